"""Finds the words that are searched for in what is shown."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

from tui.render.text import line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.render.lines import Line, Span

ROLE = "hit"
"""The role of what was looked for."""


def lit(row: Line, words: Sequence[str]) -> Line:
    """A row in which the words are highlighted."""
    return lit_lines((row,), words)[0]


def lit_lines(lines: Sequence[Line], words: Sequence[str]) -> list[Line]:
    """Rows in which the words are highlighted, also a phrase that continues in the next row."""
    shown = [line(word) for word in words]
    if not any(shown):
        return list(lines)
    done: list[Line] = []
    paragraph: list[Line] = []
    for row in lines:
        if row:
            paragraph.append(row)
            continue
        done += [*_lit(paragraph, shown), row]
        paragraph = []
    return done + _lit(paragraph, shown)


def _lit(rows: Sequence[Line], words: Sequence[str]) -> list[Line]:
    """The rows of one paragraph; the end of a row and the indent of the next are one space to a phrase."""
    from store.filters.ast import spans

    texts = ["".join(text for text, _ in row) for row in rows]
    indents = [len(text) - len(text.lstrip()) for text in texts]
    bodies = [text.strip() for text in texts]
    starts = list(accumulate((len(body) + 1 for body in bodies), initial=0))
    edges: list[list[int]] = [[] for _ in rows]
    for start, end in spans(" ".join(bodies), words):
        for at in range(bisect_right(starts, start) - 1, bisect_right(starts, end - 1)):
            inside = (max(start - starts[at], 0), min(end - starts[at], len(bodies[at])))
            edges[at] += [edge + indents[at] for edge in inside]
    return [_with(row, found) for row, found in zip(rows, edges, strict=True)]


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
