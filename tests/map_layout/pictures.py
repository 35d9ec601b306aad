"""Pictures of the map drawn by hand as text, made into cells and rectangles."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len

from tui.map_layout.model import CONTINUED, NodeBox, Rect

if TYPE_CHECKING:
    from collections.abc import Sequence

_IN_ASCII = str.maketrans("│─┆┄└┘┌┐├┤┬┴┼▼▲►●◐✓○", "|-:-+++++++++v^>*~+-")


class Picture(NamedTuple):
    """What a drawing has but for its edges."""

    cells: tuple[tuple[str, ...], ...]
    nodes: tuple[NodeBox, ...]
    labels: tuple[Rect, ...]


def in_ascii(text: str) -> str:
    """The same picture with the signs of ASCII."""
    return text.translate(_IN_ASCII)


def cells_of(text: str) -> tuple[str, ...]:
    """The cells of a line."""
    return tuple(cell for character in text for cell in (character, *[CONTINUED] * (cell_len(character) - 1)))


def picture(text: str, labels: Sequence[str] = ()) -> Picture:
    """A picture from its lines; empty ones above and below do not count.

    Boxes are in square brackets, their keys are their last words. labels: their text, its lines parted by `/`; of
    labels with the same first line those above and to the left are found first.
    """
    rows = [cells_of(line) for line in text.strip("\n").split("\n")] if text.strip() else []
    width = max(map(len, rows), default=0)
    cells = tuple(row + (" ",) * (width - len(row)) for row in rows)
    found: list[Rect] = []
    for label in labels:
        found.append(_find(cells, label.split("/"), found))
    return Picture(cells, _boxes(cells), tuple(found))


def _boxes(cells: Sequence[Sequence[str]]) -> tuple[NodeBox, ...]:
    boxes = []
    for number, row in enumerate(cells):
        for start in (column for column, cell in enumerate(row) if cell == "["):
            end = row.index("]", start)
            key = "".join(row[start + 1 : end]).split()[-1]
            boxes.append(NodeBox(key, Rect(number, start, 1, end + 1 - start)))
    return tuple(boxes)


def _find(cells: Sequence[Sequence[str]], lines: Sequence[str], taken: Sequence[Rect]) -> Rect:
    wanted = [cells_of(line) for line in lines]
    width = max(map(len, wanted))
    for row in range(len(cells) - len(lines) + 1):
        for column in range(len(cells[row])):
            here = [tuple(cells[row + down][column : column + len(line)]) for down, line in enumerate(wanted)]
            if here == wanted and not any(rect.holds(row, column) for rect in taken):
                return Rect(row, column, len(lines), width)
    raise AssertionError(f"the picture has no label {lines}")
