"""The minutes' Markdown as styled lines: headings, lists, tables and paragraphs, without the marks."""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING

from rich.cells import cell_len

from tui.lines import Line, clip, width_of, wrapped
from tui.text import fit, line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tui.lines import Span
    from tui.text import Glyphs
    from tui.widgets.built_view import Built

_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_STRONG = re.compile(r"(?<!\\)\*\*")
_CELLS = re.compile(r"(?<!\\)\|")
_LIST = re.compile(r"( *)- (.*)")
_GAP = 2
_LEAST = 8
"""The cells below which no column of a table is cut."""


def marked_lines(text: str, width: int, glyphs: Glyphs) -> Built:
    """A Markdown text in `width` cells."""
    lines: list[Line] = []
    for is_table, rows in groupby(text.splitlines(), lambda row: row.startswith("|")):
        if is_table:
            lines += _table([_cells(row) for row in rows], width, glyphs)
        else:
            for row in rows:
                lines += _row(row, width, glyphs)
    return lines, {}


def _row(row: str, width: int, glyphs: Glyphs) -> list[Line]:
    row = row.removesuffix("\\")
    if row.startswith("#"):
        level = len(row) - len(row.lstrip("#"))
        style = {1: "strong accent", 2: "label"}.get(level, "strong")
        return wrapped(((_plain(row[level:]), style),), width)
    entry = _LIST.match(row)
    lead = f"{entry[1]}{glyphs.dot} " if entry else " " * (len(row) - len(row.lstrip()))
    rows = wrapped(_spans(entry[2] if entry else row.strip()), max(width - len(lead), 1))
    return [((lead if at == 0 else " " * len(lead), "quiet"), *each) for at, each in enumerate(rows)]


def _plain(text: str) -> str:
    return line(_ESCAPED.sub(r"\1", text))


def _spans(text: str) -> Iterator[Span]:
    """The document's own emphasis as a style; what users wrote is shown as they wrote it."""
    for at, part in enumerate(_STRONG.split(text)):
        words = _plain(part)
        yield (
            f"{' ' if part[:1] == ' ' else ''}{words}{' ' if part[-1:] == ' ' and words else ''}",
            ("", "strong")[at % 2],
        )


def _cells(row: str) -> list[str]:
    return [_plain(cell) for cell in _CELLS.split(row)[1:-1]]


def _table(rows: Sequence[list[str]], width: int, glyphs: Glyphs) -> list[Line]:
    """Aligned columns, the widest cut where it must be; in no room for that, the cells one behind another."""
    head, marks, *body = rows
    sizes = [max(cell_len(cell) for cell in column) for column in zip(head, *body, strict=True)]
    over = sum(sizes) + _GAP * (len(sizes) - 1) - width
    widest = sizes.index(max(sizes))
    if over > 0:
        sizes[widest] -= over
    if sizes[widest] < _LEAST:
        return [each for row in body for each in wrapped((("   ".join(filter(None, row)), ""),), width, "  ")]
    lines: list[Line] = []
    for at, row in enumerate((head, *body)):
        cells = [
            cell.rjust(size) if mark.endswith(":") else fit(cell, size, glyphs.more)
            for cell, size, mark in zip(row, sizes, marks, strict=True)
        ]
        lines.append(clip((((" " * _GAP).join(cells).rstrip(), "quiet" if at == 0 else ""),), width, glyphs.more))
    return [each for each in lines if width_of(each)]
