"""One connected part of a map, top to bottom (Sugiyama, Tagawa and Toda 1981): from its edges to lines and boxes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.cells import cell_len

from store.graph import back_edges
from tui.map_layout.canvas import Canvas, label_of, longest_word, narrowed_label, wrapped_label
from tui.map_layout.coordinates import arrange, place
from tui.map_layout.layers import (
    GRID,
    Kind,
    Strand,
    TooNarrowError,
    bounded,
    build,
    lanes,
    least_width,
    ranks_of,
    room_for_box,
)
from tui.map_layout.model import LEAST_TITLE, Drawing, EdgePath, N, NodeBox, Options, Rect, S
from tui.map_layout.routing import UnroutableError, route, turns
from tui.render.text import cut, line

if TYPE_CHECKING:
    from collections.abc import Sequence

    import networkx as nx

    from tui.map_layout.canvas import Cell, Step
    from tui.map_layout.layers import Levels, Link, Vertex
    from tui.map_layout.routing import Channel

WRAPS = (30, 22, 16, 12, 9)

"""The cells that labels are wrapped to, the widest first."""

SLACKS = (0, 4, 12)

"""Cells by which rows of boxes are kept narrower, where the lines that pass them need more than expected."""


@dataclass(frozen=True, slots=True)
class Joint:
    """An edge of a part: numbers of its nodes within the part, its label, and whether it runs back."""

    source: int
    target: int
    label: str
    back: bool


@dataclass(frozen=True, slots=True)
class Laid:
    """A part that is laid out: rows and columns count from its own top left.

    boxes: row, first column and cells of each node's box. texts: row and column of each edge's label, and its
    lines. paths: the cells of each edge's line from its source to its target.
    """

    width: int
    height: int
    boxes: tuple[tuple[int, int, int], ...]
    texts: tuple[tuple[int, int, tuple[str, ...]], ...]
    paths: tuple[tuple[Step, ...], ...]


@dataclass(frozen=True, slots=True)
class Option:
    """A way to wrap the labels of a part: its rows, the least cells they take and the height they lead to."""

    levels: Levels
    width: int
    height: int


class Part:
    """A connected part with everything that does not depend on how labels are wrapped."""

    def __init__(self, sizes: Sequence[int], joints: Sequence[Joint], anchors: Sequence[int] | None = None) -> None:
        self.sizes, self.joints, self._anchors = sizes, joints, anchors
        self.ends = [(j.target, j.source) if j.back else (j.source, j.target) for j in joints]
        self._ranks = ranks_of(len(sizes), [pair for pair in self.ends if pair[0] != pair[1]])
        self._lanes = lanes(len(sizes), self.ends, [joint.back for joint in joints])

    def options(self, width: int) -> list[Option]:
        """The ways to wrap the labels that fit a width, words whole where they can be.

        Raises TooNarrowError if there is none.
        """
        if max(self.sizes) > width:
            raise TooNarrowError
        sizes = [room_for_box(size) for size in self.sizes]
        for slack in SLACKS:
            ranks = bounded(self._ranks, sizes, self.ends, self._lanes, width - slack)
            for whole in (True, False):
                if found := self._wraps(ranks, width, whole=whole):
                    return found
        raise TooNarrowError

    def _wraps(self, ranks: Sequence[int], width: int, *, whole: bool) -> list[Option]:
        """The options with words whole, or broken where they are longer than a line."""
        found: list[Option] = []
        tried: set[tuple[tuple[str, ...], ...]] = set()
        widest = max((longest_word(joint.label) for joint in self.joints), default=0) if whole else 0
        for wrap in WRAPS:
            size = max(min(max(wrap, widest), width - 2), 1)
            lines = tuple(wrapped_label(joint.label, size) for joint in self.joints)
            if lines not in tried:
                tried.add(lines)
                found += self._option(lines, ranks, width)
        return found

    def _option(self, lines: Sequence[tuple[str, ...]], ranks: Sequence[int], width: int) -> list[Option]:
        strands = [
            Strand(number, *self.ends[number], joint.back, lines[number]) for number, joint in enumerate(self.joints)
        ]
        try:
            levels = build(self.sizes, ranks, strands, width, self._anchors)
            self._narrow(levels)
        except TooNarrowError:
            return []
        return [Option(levels, levels.least_width, _expected_height(levels))]

    def _narrow(self, levels: Levels) -> None:
        """Let every label take as many lines as its row has anyway, and no more cells than that takes."""
        for row in levels.rows:
            labeled = [vertex for vertex in row if vertex.lines]
            most = max((len(vertex.lines) for vertex in labeled), default=1)
            for vertex in labeled:
                if len(vertex.lines) < most:
                    vertex.wrap(narrowed_label(self.joints[vertex.number].label, vertex.lines, most))

    def _unwrap(self, option: Option) -> None:
        """Wrap the labels of each row only as far as the picture is wide anyway."""
        for row in option.levels.rows:
            labeled = [vertex for vertex in row if vertex.lines]
            for wrap in WRAPS:
                if not labeled or all(len(vertex.lines) == 1 for vertex in labeled):
                    break
                kept = [(vertex.lines, vertex.right) for vertex in labeled]
                for vertex in labeled:
                    vertex.wrap(wrapped_label(self.joints[vertex.number].label, wrap))
                lower = max(len(vertex.lines) for vertex in labeled) < max(len(lines) for lines, _ in kept)
                if lower and least_width(row, option.levels.first) <= option.width:
                    break
                for vertex, (lines, right) in zip(labeled, kept, strict=True):
                    vertex.lines, vertex.right = lines, right

    def lay(self, option: Option, width: int) -> Laid:
        """The picture at most `width` cells wide. Raises TooNarrowError or UnroutableError where that cannot be."""
        self._unwrap(option)
        self._narrow(option.levels)
        arrange(option.levels)
        place(option.levels, width)
        return _Laying(self, option.levels, width).laid()


def _heights(levels: Levels) -> list[int]:
    return [
        1 if box else max([1, *(_height(vertex) for vertex in row)])
        for row, box in zip(levels.rows, levels.boxes, strict=True)
    ]


def _height(vertex: Vertex) -> int:
    return max(len(vertex.lines) + 1, 2) if vertex.kind is Kind.LOOP else len(vertex.lines)


def _expected_height(levels: Levels) -> int:
    """The rows of the picture, if a line turns wherever lines part or meet, and next to labels below each other."""
    turning = sum(any(len(vertex.downs) > 1 for vertex in row) for row in levels.rows)
    turning += sum(any(len(vertex.ups) > 1 for vertex in row) for row in levels.rows)
    labels = levels.boxes.count(False)
    stacked = sum(not box and not above for above, box in zip(levels.boxes, levels.boxes[1:], strict=False))
    return sum(_heights(levels)) + turning + sum(levels.boxes) + (2 * stacked if labels else 0)


class _Laying:
    """Rows for everything that has its column."""

    def __init__(self, part: Part, levels: Levels, width: int) -> None:
        self._part, self._levels = part, levels
        self._channels = [route(row, width) for row in levels.rows]
        self._heights = _heights(levels)
        self._tops: list[int] = []
        self._first_track: list[int] = []
        top = 0
        for number, height in enumerate(self._heights):
            self._tops.append(top)
            tracks = self._channels[number].tracks
            stub = 1 if self._needs_stub(number, tracks) else 0
            self._first_track.append(top + height + stub)
            arrow = 1 if number + 1 < len(levels.boxes) and levels.boxes[number + 1] else 0
            top += height + stub + tracks + arrow
        self._height = top

    def _needs_stub(self, level: int, tracks: int) -> bool:
        """Whether a row without corners comes first: under boxes and loops a corner would read as theirs, and a label
        next to an arrowhead would not be next to its line."""
        row = self._levels.rows[level]
        if not self._levels.boxes[level]:
            return tracks > 0 and any(vertex.kind is Kind.LOOP for vertex in row)
        boxes = [vertex for vertex in row if vertex.kind is Kind.NODE]
        return tracks > 0 or any(link.net in self._levels.dashed for vertex in boxes for link in vertex.downs)

    def laid(self) -> Laid:
        """Boxes, labels and lines, from the leftmost column on."""
        nodes, labels = self._levels.nodes, self._levels.labels
        paths = [self._path(number) for number in range(len(self._part.joints))]
        vertices = [vertex for row in self._levels.rows for vertex in row]
        columns = [column for path in paths for _, column, _ in path]
        left = min([*(vertex.column - vertex.left for vertex in vertices), *columns])
        right = max([*(vertex.column + vertex.right for vertex in vertices), *columns])
        return Laid(
            width=right - left + 1,
            height=self._height,
            boxes=tuple((self._tops[v.level], v.column - v.left - left, v.left + v.right + 1) for v in nodes),
            texts=tuple(
                (self._tops[v.level], v.column + (GRID if v.kind is Kind.LOOP else 0) + 2 - left, v.lines)
                for v in (labels[number] for number in range(len(paths)))
            ),
            paths=tuple(tuple((row, column - left, net) for row, column, net in path) for path in paths),
        )

    def _path(self, number: int) -> list[Step]:
        joint, label = self._part.joints[number], self._levels.labels[number]
        pieces = self._levels.pieces[number]
        if label.kind is Kind.LOOP:
            half = len(pieces) // 2
            down, up = self._down(pieces[:half]), self._down(pieces[half:])
            bottom = self._tops[label.level] + self._heights[label.level] - 1
            left, right = label.column, label.column + GRID
            net, back = pieces[0].net, pieces[-1].net
            start = self._tops[label.level]
            down += [(row, left, net) for row in range(start, bottom + 1)]
            down += [(bottom, column, net) for column in range(left + 1, right + 1)]
            return [*down, *((row, right, back) for row in range(bottom - 1, start - 1, -1)), *reversed(up)]
        path = self._down(pieces)
        return path[::-1] if joint.back else path

    def _down(self, pieces: Sequence[Link]) -> list[Step]:
        """The cells of pieces of line that follow each other, with the rows between them."""
        steps: list[Step] = []
        for link in pieces:
            level = link.upper.level
            steps += self._piece(link, self._channels[level])
            lower = link.lower
            if lower.kind is not Kind.NODE and link is not pieces[-1]:
                top = self._tops[lower.level]
                net = lower.net
                steps += [(row, lower.column, net) for row in range(top, top + self._heights[lower.level])]
        return steps

    def _piece(self, link: Link, channel: Channel) -> list[Step]:
        level, column, net = link.upper.level, link.start, link.net
        row = self._tops[level] + self._heights[level]
        steps: list[Step] = []
        for track, to in turns(channel.nets[net], link):
            turn = self._first_track[level] + track
            steps += [(each, column, net) for each in range(row, turn + 1)]
            way = 1 if to > column else -1
            steps += [(turn, each, net) for each in range(column + way, to + way, way)] if to != column else []
            row, column = turn + 1, to
        return steps + [(each, column, net) for each in range(row, self._tops[link.lower.level])]


BETWEEN = 3

"""Blanks between two parts."""

EASE = 4

"""Cells beyond the least width that spare lines a bend."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A part that is laid out, with the row and column of its top left."""

    index: int
    laid: Laid
    row: int
    column: int


def pack(parts: Sequence[Part], width: int) -> tuple[list[Placed], int]:
    """Lay the parts out within a width. Returns them with their places, and the height of all.

    Raises TooNarrowError where one of them does not fit alone.
    """
    options = [part.options(width) for part in parts]
    shelves: list[list[int]] = []
    for index in range(len(parts)):
        if shelves:
            shelf = shelves[-1]
            apart = _shelf_height(_chosen([options[each] for each in shelf], width))
            apart += 1 + _shelf_height(_chosen([options[index]], width))
            together = _chosen([options[each] for each in (*shelf, index)], width)
            if together and _shelf_height(together) < apart:
                shelf.append(index)
                continue
        shelves.append([index])
    placed: list[Placed] = []
    row = 0
    for shelf in shelves:
        for side_by_side in _lay_shelf(parts, options, shelf, width):
            column = 0
            row += 1 if row else 0
            for index, laid in side_by_side:
                placed.append(Placed(index, laid, row, column))
                column += laid.width + BETWEEN
            row += max(laid.height for _, laid in side_by_side)
    return placed, row


def _shelf_height(options: Sequence[Option]) -> int:
    return max(option.height for option in options)


def _chosen(options: Sequence[Sequence[Option]], width: int) -> list[Option]:
    """For each of some parts the option with which they fit side by side in the fewest rows; none if they never do."""
    for height in sorted({option.height for each in options for option in each}):
        low = [[option for option in each if option.height <= height] for each in options]
        if all(low):
            narrow = [min(each, key=lambda option: option.width) for each in low]
            ease = EASE if len(options) > 1 else 0
            spare = width - sum(option.width + ease for option in narrow) - BETWEEN * (len(narrow) - 1)
            if spare >= 0:
                return _eased(low, narrow, spare)
    return []


def _eased(options: Sequence[Sequence[Option]], narrow: list[Option], spare: int) -> list[Option]:
    """Lower options in place of the narrowest, where the spare cells allow."""
    found = list(narrow)
    for number, each in enumerate(options):
        fitting = [option for option in each if option.width <= found[number].width + spare]
        lowest = min(fitting, key=lambda option: (option.height, option.width))
        spare -= lowest.width - found[number].width
        found[number] = lowest
    return found


def _lay_shelf(
    parts: Sequence[Part], options: Sequence[Sequence[Option]], shelf: Sequence[int], width: int
) -> list[list[tuple[int, Laid]]]:
    """The parts of a shelf side by side; one below the other where that goes wrong."""
    if len(shelf) > 1:
        chosen = _chosen([options[index] for index in shelf], width)
        left = width
        side_by_side: list[tuple[int, Laid]] = []
        try:
            for number, (index, option) in enumerate(zip(shelf, chosen, strict=True)):
                rest = chosen[number + 1 :]
                # Room that a part leaves over is for those that follow.
                spare = (left - option.width - sum(o.width + BETWEEN for o in rest)) // (len(rest) + 1)
                laid = parts[index].lay(option, option.width + spare)
                side_by_side.append((index, laid))
                left -= laid.width + BETWEEN
            # What is left over in the end spares the others bends.
            for number, (index, laid) in enumerate(side_by_side):
                if left + BETWEEN >= GRID:
                    wider = parts[index].lay(chosen[number], laid.width + left + BETWEEN)
                    left -= wider.width - laid.width
                    side_by_side[number] = index, wider
        except (TooNarrowError, UnroutableError):
            pass
        else:
            return [side_by_side]
    return [[(index, _lay_alone(parts[index], options[index], width))] for index in shelf]


def _lay_alone(part: Part, options: Sequence[Option], width: int) -> Laid:
    """The lowest picture of a part; another way to wrap its labels where the first one fails."""
    for option in sorted(options, key=lambda option: option.height):
        try:
            return part.lay(option, width)
        except (TooNarrowError, UnroutableError):
            continue
    raise TooNarrowError


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
    """A map being laid out; `titled` boxes have their place for the title, others take what is left next to them."""

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
        """Parts side by side, then isolated boxes."""
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
        """The cells of a box before its line, which is under its key whatever title follows that."""
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
        """Boxes next to each other, row by row; with the total number of rows."""
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
