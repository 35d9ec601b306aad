"""The dependency map of a report as SVG, drawn from the same layout as in a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree

from rich.cells import cell_len

from tui.map_layout.model import CONTINUED, LINES, E, Mode, N, PictureRequest, S, W
from tui.render.text import UNICODE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from store.queries.dependency_map import NodeRow
    from tui.map_layout.model import Drawing, Rect
    from tui.report.page import MapBlock

WIDTHS = (78, 96, 120)
"""Cells that a map may be wide; the first in which it fits is taken."""
CELL, ROW = 8.4, 20.0
_OPENINGS = {sign: opens for opens, sign in LINES.corners.items()} | {
    LINES.vertical: N | S,
    LINES.dashed_vertical: N | S,
    LINES.horizontal: E | W,
    LINES.dashed_horizontal: E | W,
    LINES.down: N,
    LINES.up: S,
    LINES.right: W,
}
"""Where the line in a cell goes on, by its character."""
_HEADS = {
    LINES.down: ((-3, -3), (3, -3), (0, 4)),
    LINES.up: ((-3, 3), (3, 3), (0, -4)),
    LINES.right: ((-4, -4), (-4, 4), (4, 0)),
}
"""The corners of arrowheads, from the middle of their cell."""


def map_picture(shown: MapBlock) -> str | None:
    """The map as one SVG element, None where it does not fit or would be a tangle: its table says the same."""
    from tui.map_layout.graph_index import GraphIndex
    from tui.map_layout.views import picture

    if len(shown.part.links) < shown.part.links_total:
        return None
    index = GraphIndex(shown.part.rows)
    mode = Mode.OVERVIEW if shown.part.by_category else Mode.WHOLE
    for width in WIDTHS:
        found = picture(index, PictureRequest(width, mode, None, 1, UNICODE, shown.names))
        if found.drawing is not None and found.mode is mode:
            return _svg(found.drawing, index.nodes)
    return None


def _svg(drawing: Drawing, nodes: Mapping[str, NodeRow]) -> str:
    width, height = _number(drawing.width * CELL), _number(drawing.height * ROW)
    root = ElementTree.Element(
        "svg",
        {
            "class": "map",
            "viewBox": f"0 0 {width} {height}",
            "width": width,
            "height": height,
            "role": "img",
            "aria-labelledby": "map-picture-title map-picture-desc",
        },
    )
    ElementTree.SubElement(root, "title", {"id": "map-picture-title"}).text = "Dependency map"
    described = "Arrows lead from debt to the debt that it makes worse; the table below lists them."
    ElementTree.SubElement(root, "desc", {"id": "map-picture-desc"}).text = described
    for is_dashed in (False, True):
        lines = " ".join(_lines(drawing, dashed=is_dashed))
        if lines:
            ElementTree.SubElement(root, "path", {"class": "back edge" if is_dashed else "edge", "d": lines})
    ElementTree.SubElement(root, "path", {"class": "head", "d": " ".join(_heads(drawing))})
    for edge in drawing.edges:
        if edge.box is not None:
            _text(root, drawing, edge.box, "label")
    for box in drawing.nodes:
        node = nodes.get(box.key)
        kind = "node" if node is None or node.status.is_open else "node resolved"
        ElementTree.SubElement(root, "rect", {"class": kind, "rx": "4", **_placed(box.rect)})
        inside = box.rect._replace(column=box.rect.column + 1, width=box.rect.width - 2)
        _text(root, drawing, inside, kind)
    return ElementTree.tostring(root, encoding="unicode")


def _placed(rect: Rect) -> dict[str, str]:
    """The rectangle of a box, a little lower than its row."""
    return {
        "x": _number(rect.column * CELL + 1),
        "y": _number(rect.row * ROW + 1),
        "width": _number(rect.width * CELL - 2),
        "height": _number(rect.height * ROW - 2),
    }


def _text(root: ElementTree.Element, drawing: Drawing, rect: Rect, kind: str) -> None:
    """The lines of text in a rectangle, each as wide as in a terminal, whatever the font."""
    for row in range(rect.row, rect.below):
        cells = "".join(drawing.cells[row][rect.column : rect.beyond])
        words = cells.strip()
        if not words:
            continue
        column = rect.column + cell_len(cells) - cell_len(cells.lstrip())
        element = ElementTree.SubElement(
            root,
            "text",
            {
                "class": kind,
                "x": _number(column * CELL),
                "y": _number(row * ROW + ROW * 0.68),
                "textLength": _number(cell_len(words) * CELL),
                "lengthAdjust": "spacingAndGlyphs",
            },
        )
        element.text = words


def _line_cells(drawing: Drawing) -> Iterator[tuple[float, float, str]]:
    """The middle of each cell of a line, and its character."""
    for row, column in sorted({cell for edge in drawing.edges for cell in edge.cells}):
        sign = drawing.cells[row][column]
        if sign != CONTINUED:
            yield (column + 0.5) * CELL, (row + 0.5) * ROW, sign


def _lines(drawing: Drawing, *, dashed: bool) -> Iterator[str]:
    """The strokes of solid or dashed lines, from the middle of each cell to its sides."""
    for x, y, sign in _line_cells(drawing):
        if (sign in (LINES.dashed_vertical, LINES.dashed_horizontal)) != dashed:
            continue
        opens = _OPENINGS.get(sign, 0)
        for side, (to_x, to_y) in ((N, (0, -ROW / 2)), (E, (CELL / 2, 0)), (S, (0, ROW / 2)), (W, (-CELL / 2, 0))):
            if opens & side:
                yield f"M{_number(x)} {_number(y)}l{_number(to_x)} {_number(to_y)}"


def _heads(drawing: Drawing) -> Iterator[str]:
    for x, y, sign in _line_cells(drawing):
        if sign in _HEADS:
            corners = " ".join(f"{_number(x + right)} {_number(y + down)}" for right, down in _HEADS[sign])
            yield f"M{corners}z"


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
