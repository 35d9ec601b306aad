"""A whole map in layers: every node, every edge, every label."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len

from store.graph import back_edges
from tui.drawing.canvas import Canvas
from tui.drawing.layered import Joint, Part
from tui.drawing.levels import TooNarrowError
from tui.drawing.model import LEAST_TITLE, Drawing, EdgePath, N, NodeBox, Options, Rect, S
from tui.drawing.pack import BETWEEN, pack
from tui.drawing.wrap import label_of
from tui.render.text import cut, line

if TYPE_CHECKING:
    from collections.abc import Sequence

    import networkx as nx

    from tui.drawing.canvas import Cell, Step


MUCH = 16
"""Columns left over from which wider boxes are tried."""
MOST_TITLE = 40
"""Cells of a title that a box makes room for."""


def layout(graph: nx.MultiDiGraph[str], width: int, options: Options | None = None) -> Drawing:
    """Draw a map at most `width` cells wide.

    Nodes have a `head` (state and key) and a `title`, and their order in the graph is the stored one; edges have a
    `label`, and a `position` in stored order.
    Raises TooNarrowError where the map does not fit.
    """
    chosen = options or Options()
    narrow = _Whole(graph, width, chosen)
    drawing = narrow.drawing()
    if chosen.titles and narrow.has_cut_titles and width - max(box.rect.beyond for box in drawing.nodes) >= MUCH:
        # Boxes as wide as their titles push the others apart: there is room for it, and it must cost no row.
        try:
            wide = _Whole(graph, width, chosen, titled=True).drawing()
        except TooNarrowError:
            return drawing
        return wide if wide.height <= drawing.height else drawing
    return drawing


class _Whole:
    """A map being laid out; `titled` boxes have their place for the title, others take what is left beside them."""

    def __init__(self, graph: nx.MultiDiGraph[str], width: int, options: Options, *, titled: bool = False) -> None:
        self._width, self._options, self._titled = width, options, titled
        self.has_cut_titles = False
        self._keys = [str(node) for node in graph.nodes]
        number = {node: index for index, node in enumerate(graph.nodes)}
        self._heads = [line(data.get("head") or str(node)) for node, data in graph.nodes(data=True)]
        self._titles = [line(data.get("title")) for _, data in graph.nodes(data=True)]
        # A graph keeps its edges by their sources: which of them came first, only they can tell.
        edges = sorted(graph.edges(data=True), key=lambda edge: int(edge[2].get("position", 0)))
        self._ends = [(number[source], number[target]) for source, target, _ in edges]
        self._labels = [label_of(data.get("label")) for _, _, data in edges]
        self._back = back_edges(len(self._keys), self._ends)
        self._boxes: dict[int, Rect] = {}
        self._rects: dict[int, Rect | None] = {}
        self._cells: dict[int, frozenset[Cell]] = {}

    def drawing(self) -> Drawing:
        """Parts side by side, then what stands alone."""
        members, alone = self._parts()
        parts = [self._part(nodes, edges) for nodes, edges in members]
        placed, height = pack(parts, self._width)
        loose, rows = self._flow(alone, height + 1 if height and alone else height)
        canvas = self._canvas = Canvas(self._width, rows)
        net = 0
        for each in placed:
            nodes, edges = members[each.index]
            for node, (row, column, size) in zip(nodes, each.laid.boxes, strict=True):
                self._box(node, Rect(each.row + row, each.column + column, 1, size))
            for edge, (row, column, lines), path in zip(edges, each.laid.texts, each.laid.paths, strict=True):
                self._rects[edge] = self._label(each.row + row, each.column + column, lines)
                steps = [(each.row + row, each.column + column, net + own) for row, column, own in path]
                self._stroke(edge, steps)
            net += 2 * (len(nodes) + len(edges))
        for node, rect in loose.items():
            self._box(node, rect)
        if self._options.titles:
            for node in sorted(self._boxes, key=lambda node: self._boxes[node]):
                self._entitle(node)
        boxes = sorted((NodeBox(self._keys[node], rect) for node, rect in self._boxes.items()), key=lambda b: b.rect)
        return Drawing(self._width, canvas.cells(self._options.signs), tuple(boxes), self._paths())

    def _paths(self) -> tuple[EdgePath, ...]:
        return tuple(
            EdgePath(
                source=self._keys[source],
                target=self._keys[target],
                label=self._labels[edge],
                back=self._back[edge],
                cells=self._cells[edge],
                box=self._rects[edge],
                whole=True,
            )
            for edge, (source, target) in enumerate(self._ends)
        )

    def _size(self, node: int) -> int:
        size = cell_len(self._heads[node]) + 2
        title = min(cell_len(self._titles[node]), MOST_TITLE) if self._titled else 0
        return size + 1 + title if title else size

    def _anchor(self, node: int) -> int:
        """The cells of a box before its line, which stands under its key whatever title is behind that."""
        return (cell_len(self._heads[node]) + 1) // 2

    def _parts(self) -> tuple[list[tuple[list[int], list[int]]], list[int]]:
        """The nodes and edges of each connected part, and the nodes without any edge."""
        leader = list(range(len(self._keys)))

        def find(node: int) -> int:
            while leader[node] != node:
                leader[node] = leader[leader[node]]
                node = leader[node]
            return node

        for source, target in self._ends:
            one, other = find(source), find(target)
            leader[max(one, other)] = min(one, other)
        nodes: dict[int, list[int]] = {}
        edges: dict[int, list[int]] = {}
        for node in range(len(leader)):
            nodes.setdefault(find(node), []).append(node)
        for edge, (source, _) in enumerate(self._ends):
            edges.setdefault(find(source), []).append(edge)
        return [(own, edges[root]) for root, own in nodes.items() if root in edges], [
            own[0] for root, own in nodes.items() if root not in edges
        ]

    def _part(self, nodes: Sequence[int], edges: Sequence[int]) -> Part:
        local = {node: place for place, node in enumerate(nodes)}
        joints = [
            Joint(local[self._ends[edge][0]], local[self._ends[edge][1]], self._labels[edge], self._back[edge])
            for edge in edges
        ]
        return Part([self._size(node) for node in nodes], joints, [self._anchor(node) for node in nodes])

    def _flow(self, alone: Sequence[int], row: int) -> tuple[dict[int, Rect], int]:
        """Boxes beside each other, row by row; with the number of rows in all."""
        found: dict[int, Rect] = {}
        column = 0
        for node in alone:
            size = self._size(node)
            if size > self._width:
                raise TooNarrowError
            if column + size > self._width:
                row, column = row + 1, 0
            found[node] = Rect(row, column, 1, size)
            column += size + BETWEEN
        return found, row + 1 if alone else row

    def _box(self, node: int, rect: Rect) -> None:
        self._boxes[node] = rect
        head = self._heads[node]
        self._canvas.write(rect.row, rect.column, f"[{head}{' ' * (rect.width - 2 - cell_len(head))}]")

    def _label(self, row: int, column: int, lines: tuple[str, ...]) -> Rect | None:
        if not lines:
            return None
        for number, text in enumerate(lines):
            self._canvas.write(row + number, column, text)
        return Rect(row, column, len(lines), max(map(cell_len, lines)))

    def _stroke(self, edge: int, steps: Sequence[Step]) -> None:
        canvas, back, signs = self._canvas, self._back[edge], self._options.signs
        loop = self._ends[edge][0] == self._ends[edge][1]
        self._cells[edge] = canvas.stroke(steps, dashed=back)
        canvas.open(steps[0], S if back and not loop else N)
        row, column, _ = steps[-1]
        canvas.head((row, column), signs.up if back else signs.down)

    def _entitle(self, node: int) -> None:
        """Let a box grow to the right over blank cells for as much of its title as that shows."""
        rect, title = self._boxes[node], self._titles[node]
        if not title:
            return
        head = self._heads[node]
        spare = rect.width - 2 - cell_len(head)
        wanted = 1 + cell_len(title) - spare
        room = self._room(rect, wanted)
        shown = cut(title, room + spare - 1, self._options.signs.more)
        self.has_cut_titles = self.has_cut_titles or shown != title
        if shown != title and cell_len(shown) < LEAST_TITLE:
            return
        text = f"{head} {shown}"
        size = max(cell_len(text) + 2, rect.width)
        self._box_with(node, Rect(rect.row, rect.column, 1, size), text)

    def _box_with(self, node: int, rect: Rect, text: str) -> None:
        self._boxes[node] = rect
        self._canvas.write(rect.row, rect.column, f"[{text}{' ' * (rect.width - 2 - cell_len(text))}]")

    def _room(self, rect: Rect, wanted: int) -> int:
        """How many cells to the right of a box are free for it, with a blank or two behind them."""
        canvas = self._canvas
        for count in range(wanted):
            column = rect.beyond + count
            if column >= self._width or not canvas.blank(rect.row, range(column, min(column + 3, self._width))):
                return count
            if not all(canvas.unlined(row, (column,)) for row in (rect.row - 1, rect.below)):
                return count
        return wanted
