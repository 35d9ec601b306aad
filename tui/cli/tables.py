"""Columns of text: fitted to the terminal with `…`, or plain, aligned and uncut where stdout is no terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len

from store.enums import UNRATED
from store.filters.ast import spans
from tui.cli import output
from tui.render.lines import emphasised, wrapped
from tui.render.text import cut, line, safe

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

GAP = 2
HEAD, STRONG, FAINT = "1", "1", "2"
INLINE = {"strong": "1", "emphasis": "3", "strike": "9", "link": "4", "code": "36"}
STYLES = {
    "Critical": "1;35",
    "High": "1;31",
    "Medium": "33",
    "Low": "36",
    UNRATED: "34",
    "Open": "31",
    "In Progress": "33",
    "Mitigated": "32",
    "Accepted": "34",
}


def paint(text: str, style: str) -> str:
    """Safe text in a style where stdout takes colour: the parameters of one SGR sequence, or nothing."""
    return f"\x1b[{style}m{text}\x1b[0m" if style and text and output.coloured() else text


class Cell(NamedTuple):
    """A cell: a safe line and its style, and words that stand out in it."""

    text: str
    style: str = ""
    words: tuple[str, ...] = ()

    @classmethod
    def of(cls, text: str | None, style: str = "", words: tuple[str, ...] = ()) -> Cell:
        """Text of any make as a cell."""
        return cls(line(text), style, words)

    def painted(self, shown: str) -> str:
        """What is shown of the text, in its style, the words in bold."""
        parts: list[str] = []
        at = 0
        for start, end in spans(shown, self.words):
            parts += [paint(shown[at:start], self.style), paint(shown[start:end], f"{self.style};{STRONG}".lstrip(";"))]
            at = end
        return "".join([*parts, paint(shown[at:], self.style)])


class Column(NamedTuple):
    """A column; `shrinks` says that it may be cut, the later column first, to `least` cells."""

    title: str
    right: bool = False
    shrinks: bool = False
    least: int = 8


def _length(text: str) -> int:
    """The cells of a safe line."""
    return len(text) if text.isascii() else cell_len(text)


def _widths(columns: Sequence[Column], rows: Sequence[Sequence[Cell]], room: int | None) -> list[int]:
    """The cells each column gets: what it needs, or less where the terminal is too narrow."""
    widths = [max([len(column.title), *(_length(row[at].text) for row in rows)]) for at, column in enumerate(columns)]
    if room is None:
        return widths
    excess = sum(widths) + GAP * (len(widths) - 1) - room
    shrinking = [(at, column.least) for at, column in enumerate(columns) if column.shrinks]
    everything = [(at, 1) for at in range(len(columns))]
    for at, least in (*reversed(shrinking), *reversed(everything)):
        taken = max(min(excess, widths[at] - least), 0)
        widths[at] -= taken
        excess -= taken
    return widths


def _row(cells: Iterable[Cell], columns: Sequence[Column], widths: Sequence[int], more: str, colored: bool) -> str:
    parts: list[str] = []
    for cell, column, size in zip(cells, columns, widths, strict=True):
        shown = cell.text if _length(cell.text) <= size else cut(cell.text, size, more)
        blank = " " * (size - _length(shown))
        painted = cell.painted(shown) if colored else shown
        parts.append(blank + painted if column.right else painted + blank)
    return (" " * GAP).join(parts).rstrip()


def table(columns: Sequence[Column], rows: Sequence[Sequence[Cell]]) -> str:
    """A header and rows as lines; an empty cell is a dash, so that every line has every column."""
    more, colored = output.glyphs().more, output.coloured()
    filled = [[cell if cell.text else Cell("-", FAINT) for cell in row] for row in rows]
    widths = _widths(columns, filled, output.width())
    head = [Cell(column.title, HEAD) for column in columns]
    return "\n".join(_row(row, columns, widths, more, colored) for row in (head, *filled))


def one_line(text: str, style: str = "") -> str:
    """A safe line, cut to the terminal."""
    room = output.width()
    return paint(text if room is None else cut(text, room, output.glyphs().more), style)


def paragraph(text: str, style: str = "") -> str:
    """A safe line; at a terminal on as many as it takes, the later ones indented."""
    room = output.width()
    if room is None:
        return text
    rows = ["".join(part for part, _ in row) for row in wrapped([(text, "")], room, indent="  ")]
    return "\n".join(paint(row, style) for row in rows)


def pairs(entries: Sequence[tuple[str, str]], *, prose: frozenset[str] = frozenset()) -> str:
    """Labels and texts below each other; a text of several lines, or too wide, goes on beneath itself.

    Entries without text are left out. The labels in `prose` have text with inline Markdown, which shows as style at a
    terminal.
    """
    shown = [(label, text) for label, text in entries if text]
    if not shown:
        return ""
    room = output.width()
    margin = max(cell_len(label) for label, _ in shown) + GAP
    beside = room is None or room - margin >= 24
    lines: list[str] = []
    for label, text in shown:
        if beside:
            body = _body(text, None if room is None else room - margin, is_prose=label in prose)
            first = paint(label, STRONG) + " " * (margin - cell_len(label))
            lines += [(first + body[0]).rstrip(), *((" " * margin + below).rstrip() for below in body[1:])]
        else:
            lines += [paint(cut(label, room or 1), STRONG), *_body(text, room, is_prose=label in prose)]
    return "\n".join(lines)


def _body(text: str, room: int | None, *, is_prose: bool) -> list[str]:
    """The lines of a text, wrapped to a terminal."""
    if room is None:
        return safe(text).split("\n")
    spans = emphasised(text) if is_prose else [(safe(text), "")]
    return ["".join(paint(part, _sgr(styles)) for part, styles in row) for row in wrapped(spans, room)]


def _sgr(styles: str) -> str:
    return ";".join(INLINE[style] for style in styles.split())
