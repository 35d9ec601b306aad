"""A drawing as styled lines: the neighborhood of the selection is highlighted, the rest is dimmed."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tui.render.badges import boxed
from tui.render.text import line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from store.queries.dependency_map import NodeRow
    from tui.map_layout.model import Drawing, NodeBox, Rect
    from tui.render.lines import Line, Span
    from tui.render.text import Glyphs


class Lit(NamedTuple):
    """What is highlighted: the selected box and edge, by number, and the box's neighbors. Everything, without a box."""

    box: int | None = None
    edge: int | None = None
    keys: frozenset[str] = frozenset()
    edges: frozenset[int] = frozenset()

    @classmethod
    def around(cls, drawing: Drawing, box: int | None, edge: int | None) -> Lit:
        """A box with its edges and their other ends."""
        if box is None:
            return cls()
        key = drawing.nodes[box].key
        edges = frozenset(n for n, each in enumerate(drawing.edges) if key in (each.source, each.target))
        ends = {end for n in edges for end in (drawing.edges[n].source, drawing.edges[n].target)}
        return cls(box, edge, frozenset({key, *ends}), edges)


class Painter:
    """The rows of one drawing; `nodes` are the items of its boxes, where they are items."""

    def __init__(self, drawing: Drawing, nodes: Mapping[str, NodeRow], glyphs: Glyphs) -> None:
        self.drawing, self._nodes, self._glyphs = drawing, nodes, glyphs
        self._boxes: dict[int, list[int]] = {}
        for number, box in enumerate(drawing.nodes):
            self._boxes.setdefault(box.rect.row, []).append(number)
        self._labels: dict[int, list[tuple[Rect, int]]] = {}
        self._lines: dict[tuple[int, int], list[int]] = {}
        for number, edge in enumerate(drawing.edges):
            for cell in edge.cells:
                self._lines.setdefault(cell, []).append(number)
            if edge.box is not None:
                for row in range(edge.box.row, edge.box.below):
                    self._labels.setdefault(row, []).append((edge.box, number))

    def row(self, row: int, lit: Lit) -> Line:
        """The spans of a row."""
        cells = self.drawing.cells[row]
        parts: list[tuple[int, int, Sequence[Span]]] = []
        for number in self._boxes.get(row, ()):
            box = self.drawing.nodes[number]
            parts.append((box.rect.column, box.rect.beyond, self._box(number, box, lit)))
        for rect, number in self._labels.get(row, ()):
            text = "".join(cells[rect.column : rect.beyond])
            parts.append((rect.column, rect.beyond, [(text, self._label_role(number, lit))]))
        spans: list[Span] = []
        at = 0
        for start, end, inside in sorted(parts):
            spans += self._between(row, at, start, lit)
            spans += inside
            at = end
        return (*spans, *self._between(row, at, len(cells), lit))

    def _between(self, row: int, start: int, end: int, lit: Lit) -> list[Span]:
        """Lines and blanks, cells of one style together."""
        cells = self.drawing.cells[row]
        spans: list[Span] = []
        for column in range(start, end):
            role = self._line_role(self._lines.get((row, column), ()), lit)
            if spans and spans[-1][1] == role:
                spans[-1] = (spans[-1][0] + cells[column], role)
            else:
                spans.append((cells[column], role))
        return spans

    def _line_role(self, edges: Sequence[int], lit: Lit) -> str:
        if not edges:
            return ""
        if lit.edge is not None and lit.edge in edges:
            return "accent strong"
        return "accent" if any(edge in lit.edges for edge in edges) else "quiet" if lit.box is None else "frame"

    def _label_role(self, edge: int, lit: Lit) -> str:
        if lit.edge == edge:
            return "accent strong"
        return "" if lit.box is None or edge in lit.edges else "quiet"

    def _box(self, number: int, box: NodeBox, lit: Lit) -> list[Span]:
        text = "".join(self.drawing.cells[box.rect.row][box.rect.column : box.rect.beyond])
        chosen = lit.box == number
        calm = lit.box is not None and box.key not in lit.keys
        bracket: Span = (self._glyphs.cursor, "accent strong") if chosen else (text[0], "quiet")
        node = self._nodes.get(box.key)
        resolved = node is not None and not node.status.is_open
        role = "strong" if chosen else "quiet" if calm or resolved else ""
        if node is None:
            return [bracket, (text[1:-1], role or "strong"), (text[-1], "quiet")]
        marks = boxed(node, self._glyphs)
        key_at = 1 + sum(len(mark) for mark, _ in marks)
        key_end = key_at + 1 + len(line(node.key))
        return [
            bracket,
            *((mark, f"{style} strong" if chosen else style) for mark, style in marks),
            (text[key_at:key_end], role or "strong"),
            (text[key_end:-1], "quiet" if calm or resolved else ""),
            (text[-1], "quiet"),
        ]
