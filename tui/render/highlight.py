"""Finds the words that are searched for in what is shown."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate, groupby, pairwise
from typing import TYPE_CHECKING

from tui.render.text import line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tui.render.lines import Line, Span

ROLE = "hit"
"""The role of what was looked for."""


def lit(row: Line, words: Sequence[str]) -> Line:
    """A row in which the words are highlighted."""
    return lit_lines((row,), words)[0]


def lit_lines(lines: Sequence[Line], words: Sequence[str]) -> list[Line]:
    """Rows in which the words are highlighted, also a phrase that continues in the next row."""
    done = list(lines)
    for first, rows, found in _paragraphs(lines, words):
        edges: list[list[int]] = [[] for _ in rows.bodies]
        for start, end in found:
            for at in range(rows.at(start), rows.at(end - 1) + 1):
                inside = (max(start - rows.starts[at], 0), min(end - rows.starts[at], len(rows.bodies[at])))
                edges[at] += [edge + rows.indents[at] for edge in inside]
        done[first : first + len(edges)] = map(_with, lines[first : first + len(edges)], edges)
    return done


def rows_with(lines: Sequence[Line], words: Sequence[str]) -> tuple[int, ...]:
    """The rows in which the words begin, also a phrase that continues in the next row."""
    found = {first + rows.at(start) for first, rows, spans in _paragraphs(lines, words) for start, _ in spans}
    return tuple(sorted(found))


class _Paragraph:
    """The text of some rows; the end of a row and the indent of the next are one space to a phrase."""

    def __init__(self, rows: Sequence[Line]) -> None:
        texts = ["".join(text for text, _ in row) for row in rows]
        self.indents = [len(text) - len(text.lstrip()) for text in texts]
        self.bodies = [text.strip() for text in texts]
        self.starts = list(accumulate((len(body) + 1 for body in self.bodies), initial=0))
        self.text = " ".join(self.bodies)

    def at(self, place: int) -> int:
        """The row that a place of the text is in."""
        return bisect_right(self.starts, place) - 1


def _paragraphs(
    lines: Sequence[Line], words: Sequence[str]
) -> Iterator[tuple[int, _Paragraph, Sequence[tuple[int, int]]]]:
    """The paragraphs between blank rows: the first row of each, its text, and where the words are in it."""
    from store.filters.ast import spans

    shown = [line(word) for word in words]
    if not any(shown):
        return
    first = 0
    for has_text, group in groupby(lines, key=bool):
        rows = list(group)
        if has_text:
            paragraph = _Paragraph(rows)
            yield first, paragraph, spans(paragraph.text, shown)
        first += len(rows)


def selected(row: Line, start: int, end: int) -> Line:
    """A row whose characters from `start` to `end` are selected."""
    return _with(row, (start, end), "selected")


def _with(row: Line, edges: Sequence[int], role: str = ROLE) -> Line:
    """A row with a role between its first edge and its second, its third and its fourth, and so on."""
    if not edges:
        return row
    parts: list[Span] = []
    at = 0
    for text, style in row:
        cuts = sorted({0, len(text), *(edge - at for edge in edges if 0 < edge - at < len(text))})
        for begin, end in pairwise(cuts):
            inside = bisect_right(edges, at + begin) % 2 == 1
            parts.append((text[begin:end], f"{style} {role}".strip() if inside else style))
        at += len(text)
    return tuple(parts)
