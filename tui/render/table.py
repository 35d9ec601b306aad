"""Tables of the screen and of the command line: columns as wide as their cells, cut where there is too little room."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len

from store.filters.ast import spans
from tui.render.text import cut, line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tui.render.lines import Line, Span

GAP = 2
"""The cells between two columns."""


class Cell(NamedTuple):
    """A cell: a safe line and its style, and words to highlight in it."""

    text: str
    style: str = ""
    words: tuple[str, ...] = ()

    @classmethod
    def of(cls, text: str | None, style: str = "", words: tuple[str, ...] = ()) -> Cell:
        """Text of any make as a cell."""
        return cls(line(text), style, words)

    def spans(self, shown: str, found: str) -> Iterator[Span]:
        """What is shown of the text, in its style; `found` is the style of the words, on top of it."""
        at = 0
        for start, end in spans(shown, self.words):
            yield shown[at:start], self.style
            yield shown[start:end], f"{self.style};{found}".lstrip(";")
            at = end
        yield shown[at:], self.style


class Column(NamedTuple):
    """A column; `shrinks` says that it may be cut, the later column first, to `least` cells.

    gap: the cells before it, unless it is the first. size: its cells, where that is decided already.
    """

    title: str
    right: bool = False
    shrinks: bool = False
    least: int = 8
    gap: int = GAP
    size: int | None = None


def table_lines(
    columns: Sequence[Column],
    rows: Sequence[Sequence[Cell]],
    room: int | None,
    more: str = "…",
    *,
    head: str = "",
    found: str = "",
) -> list[Line]:
    """A header and rows in `room` cells, or uncut without it, with `more` where something is missing.

    head, found: the styles of the header, and of the words that are highlighted in cells.
    """
    widths = column_widths(columns, rows, room)
    titles = [Cell(column.title, head) for column in columns]
    return [_row(row, columns, widths, more, found) for row in (titles, *rows)]


def column_widths(columns: Sequence[Column], rows: Sequence[Sequence[Cell]], room: int | None) -> list[int]:
    """The cells each column gets: what it needs, or less where there is too little room."""
    widths = [
        max([_length(column.title), *(_length(row[at].text) for row in rows)]) if column.size is None else column.size
        for at, column in enumerate(columns)
    ]
    if room is None:
        return widths
    excess = sum(widths) + sum(column.gap for column in columns[1:]) - room
    shrinking = [(at, column.least) for at, column in enumerate(columns) if column.shrinks]
    everything = [(at, 1) for at in range(len(columns))]
    for at, least in (*reversed(shrinking), *reversed(everything)):
        taken = max(min(excess, widths[at] - least), 0)
        widths[at] -= taken
        excess -= taken
    return widths


def _length(text: str) -> int:
    """The cells of a safe line."""
    return len(text) if text.isascii() else cell_len(text)


def _row(cells: Sequence[Cell], columns: Sequence[Column], widths: Sequence[int], more: str, found: str) -> Line:
    """The cells side by side, without blanks at the end."""
    parts: list[Span] = []
    blank = 0
    for at, (cell, column, size) in enumerate(zip(cells, columns, widths, strict=True)):
        blank += column.gap if at else 0
        shown, length = cell.text, _length(cell.text)
        if length > size:
            shown = cut(shown, size, more)
            length = _length(shown)
        left = size - length
        before, after = (left, 0) if column.right else (0, left)
        if shown and not shown.isspace():
            parts.append((" " * (blank + before), ""))
            parts += cell.spans(shown, found) if cell.words else [(shown, cell.style)]
            blank = after
        else:
            blank += size
    return tuple(part for part in parts if part[0])
