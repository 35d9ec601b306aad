"""One item in focus, left to right: what feeds it, the item, what it feeds, with the labels on the lines."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.cells import cell_len

from tui.map_layout.canvas import Canvas, label_of
from tui.map_layout.graph_index import group_key, items
from tui.map_layout.layers import TooNarrowError
from tui.map_layout.model import LEAST_TITLE, Drawing, E, EdgePath, NodeBox, Rect, W
from tui.render.text import cut, line

if TYPE_CHECKING:
    from collections.abc import Sequence

    import networkx as nx

    from tui.map_layout.canvas import Step
    from tui.map_layout.model import Options

MOST_ROWS = 20
"""Rows of one side above which its items are grouped."""
LEAST_LABEL = 12
"""Cells that a label is not cut below."""
ENDS = 2
"""Cells of line around a label: one before and one behind it."""
APPROACH = 2
"""Cells of line and arrowhead before the item in focus."""


@dataclass(frozen=True, slots=True)
class Spoke:
    """A row: the neighbor's key, what its box says, the label of the edge, and a title where there is room."""

    key: str
    text: str
    label: str
    title: str = ""


def is_fan(graph: nx.MultiDiGraph[str], key: str) -> bool:
    """Whether an item's edges can be drawn as rows: no loop, one edge with each neighbor in each direction."""
    sources = [source for source, _ in graph.in_edges(key)]
    targets = [target for _, target in graph.out_edges(key)]
    return key not in sources and len(set(sources)) == len(sources) and len(set(targets)) == len(targets)


def fan(graph: nx.MultiDiGraph[str], key: str, width: int, options: Options) -> Drawing:
    """Draw an item with its neighbors. More than 20 on a side are grouped by the node's `group`, with counts.

    Raises TooNarrowError where labels would be cut too short.
    """
    left = _side([(s, label_of(data.get("label"))) for s, _, data in graph.in_edges(key, data=True)], graph)
    right = _side([(t, label_of(data.get("label"))) for _, t, data in graph.out_edges(key, data=True)], graph)
    return _Fan(left, right, _spoke(graph, key, ""), width, options).drawing()


def _spoke(graph: nx.MultiDiGraph[str], key: str, label: str) -> Spoke:
    node = graph.nodes[key]
    return Spoke(key, line(node.get("head") or key), label, line(node.get("title")))


def _side(ends: Sequence[tuple[str, str]], graph: nx.MultiDiGraph[str]) -> list[Spoke]:
    if len(ends) <= MOST_ROWS:
        return [_spoke(graph, key, label) for key, label in ends]
    groups = Counter(str(graph.nodes[key].get("group") or "") for key, _ in ends)
    shown = list(groups.items())
    if len(shown) > MOST_ROWS:
        rest = shown[MOST_ROWS - 1 :]
        shown = [*shown[: MOST_ROWS - 1], (f"{len(rest)} more categories", sum(count for _, count in rest))]
    return [Spoke(group_key(name), line(name), items(count)) for name, count in shown]


def _across(row: int, start: int, end: int) -> list[Step]:
    """Cells of a row from `start` up to before `end`."""
    return [(row, column, 0) for column in range(start, end)]


def _along(column: int, start: int, end: int) -> list[Step]:
    """Cells of a column from `start` to `end`."""
    way = 1 if end >= start else -1
    return [(row, column, 0) for row in range(start, end + way, way)]


class _Fan:
    def __init__(self, left: list[Spoke], right: list[Spoke], center: Spoke, width: int, options: Options) -> None:
        self._left, self._right, self._center = left, right, center
        self._width, self._signs, self._titles = width, options.signs, options.titles
        self._rows = max(len(left), len(right), 1)
        self._middle = self._rows // 2
        self._boxes: list[NodeBox] = []
        self._paths: list[EdgePath] = []

    def drawing(self) -> Drawing:
        """The item in the middle row, its neighbors above and below that row."""
        boxes = [max((cell_len(s.text) + 2 for s in side), default=0) for side in (self._left, self._right)]
        size = cell_len(self._center.text) + 2
        labels = self._label_sizes(boxes, size)
        self._canvas = Canvas(self._width, self._rows)
        fork = boxes[0] + ENDS + labels[0]
        start = fork + 1 + APPROACH if self._left else 0
        self._hub = self._box(self._center, self._middle, start, entitled=not self._right)
        branch = self._hub.beyond + 1
        for number, spoke in enumerate(self._left):
            row = self._middle - len(self._left) // 2 + number
            box = self._box(spoke, row, 0)
            steps = [*_across(row, box.beyond, fork), *_along(fork, row, self._middle)]
            steps += _across(self._middle, fork + 1, start)
            self._edge(spoke, steps, boxes[0] + 1, labels[0], into=True)
        for number, spoke in enumerate(self._right):
            row = self._middle - len(self._right) // 2 + number
            box = self._box(spoke, row, branch + 1 + ENDS + labels[1] + 1, entitled=True)
            steps = [*_across(self._middle, self._hub.beyond, branch), *_along(branch, self._middle, row)]
            steps += _across(row, branch + 1, box.column)
            self._edge(spoke, steps, branch + ENDS, labels[1], into=False)
        cells, in_order = self._canvas.cells(self._signs), sorted(self._boxes, key=lambda box: box.rect)
        return Drawing(self._width, cells, tuple(in_order), tuple(self._paths), sideways=True)

    def _label_sizes(self, boxes: Sequence[int], size: int) -> tuple[int, int]:
        """The cells for the labels of the two sides: all they need, or what is left, the longer side cut first."""
        need = [max((cell_len(s.label) for s in side), default=0) for side in (self._left, self._right)]
        room = self._width - size
        room -= boxes[0] + ENDS + 1 + APPROACH if self._left else 0
        room -= boxes[1] + 2 + ENDS + 1 if self._right else 0
        excess = sum(need) - room
        for _ in range(max(excess, 0)):
            need[0 if need[0] >= need[1] else 1] -= 1
        whole = [max((cell_len(s.label) for s in side), default=0) for side in (self._left, self._right)]
        if any(own < min(request, LEAST_LABEL) for own, request in zip(need, whole, strict=True)):
            raise TooNarrowError
        return need[0], need[1]

    def _box(self, spoke: Spoke, row: int, column: int, *, entitled: bool = False) -> Rect:
        """A box; `entitled` where nothing is to the right of it, so that there is room for its title."""
        room = self._width - column - cell_len(spoke.text) - 3
        shown = cut(spoke.title, room, self._signs.more) if entitled and self._titles else ""
        fits = shown and (shown == spoke.title or cell_len(shown) >= LEAST_TITLE)
        rect = self._canvas.write(row, column, f"[{spoke.text} {shown}]" if fits else f"[{spoke.text}]")
        self._boxes.append(NodeBox(spoke.key, rect))
        return rect

    def _edge(self, spoke: Spoke, steps: list[Step], column: int, size: int, *, into: bool) -> None:
        canvas = self._canvas
        cells = canvas.stroke(steps)
        canvas.open(steps[0], W)
        canvas.open(steps[-1], E)
        canvas.head(steps[-1][:2], self._signs.right)
        row = steps[0][0] if into else steps[-1][0]
        box = None
        if spoke.label:
            box = canvas.write(row, column, cut(spoke.label, size, self._signs.more))
        ends = (spoke.key, self._center.key) if into else (self._center.key, spoke.key)
        self._paths.append(
            EdgePath(
                *ends,
                label=spoke.label,
                back=False,
                cells=cells,
                box=box,
                whole=cell_len(spoke.label) <= size,
            )
        )
