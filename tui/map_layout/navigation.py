"""Where the keys lead in a drawing: from box to box, and along the edges of one box."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui.map_layout.model import Drawing, EdgePath, Rect

UP, DOWN, LEFT, RIGHT = (-1, 0), (1, 0), (0, -1), (0, 1)


def step(drawing: Drawing, box: int, way: tuple[int, int]) -> int:
    """The box that a key leads to from a box; the same one if there is none.

    Along the edges: up to a predecessor and down to a successor, the one nearest in column; in a picture from left
    to right it is left and right, the nearest in row. Across them: the nearest box that way, in the same layer if
    it has one. Where no edge leads on, the nearest box that way, too.
    """
    boxes = drawing.nodes
    here = boxes[box]
    if (way[1] != 0) == drawing.sideways:
        forward = way in (DOWN, RIGHT)
        edges = [e for e in drawing.edges if (e.source if forward else e.target) == here.key]
        found = [
            (_aside(edge, here.rect, other.rect)[not drawing.sideways], n)
            for edge in edges
            for n, other in enumerate(boxes)
            if other.key == (edge.target if forward else edge.source) and _lies(here.rect, other.rect, way)
        ]
        if found:
            return min(found)[1]
    there = [n for n, other in enumerate(boxes) if n != box and _lies(here.rect, other.rect, way)]
    return min(there, key=lambda n: _off(here.rect, boxes[n].rect), default=box)


def _center(rect: Rect) -> float:
    return rect.column + rect.width / 2


def _lies(here: Rect, there: Rect, way: tuple[int, int]) -> bool:
    """Whether a box is in a direction from another."""
    if way[0]:
        return (there.row - here.row) * way[0] > 0
    return (there.column - here.beyond if way[1] > 0 else here.column - there.beyond) >= 0


def _aside(edge: EdgePath, here: Rect, there: Rect) -> tuple[int, int]:
    """How many rows and columns there are between where an edge meets one box and where it meets the other."""
    ends = [[cell for cell in edge.cells if _meets(cell, rect)] for rect in (here, there)]
    if not all(ends):
        return abs(there.row - here.row), abs(there.column - here.column)
    (row, column), (other_row, other_column) = (min(cells) for cells in ends)
    return abs(row - other_row), abs(column - other_column)


def _meets(cell: tuple[int, int], rect: Rect) -> bool:
    """Whether a cell is next to a box."""
    row, column = cell
    if row == rect.row:
        return column in (rect.column - 1, rect.beyond)
    return row in (rect.row - 1, rect.below) and rect.column <= column < rect.beyond


def _off(here: Rect, there: Rect) -> tuple[float, float]:
    """How many rows away a box is, then how many columns."""
    return abs(there.row - here.row), abs(_center(there) - _center(here))


def edges_of(drawing: Drawing, key: str) -> list[int]:
    """The edges of a box, in reading order of their labels or arrowheads: into it, then out of it."""
    found = [number for number, edge in enumerate(drawing.edges) if key in (edge.source, edge.target)]
    return sorted(found, key=lambda n: (drawing.edges[n].source == key, min(drawing.edges[n].cells), n))


def at(drawing: Drawing, row: int, column: int) -> tuple[int | None, int | None]:
    """The box in a cell, or else the edge whose line or label is there."""
    for number, box in enumerate(drawing.nodes):
        if box.rect.holds(row, column):
            return number, None
    for number, edge in enumerate(drawing.edges):
        if (edge.box is not None and edge.box.holds(row, column)) or (row, column) in edge.cells:
            return None, number
    return None, None
