"""Styled lines as plain values: what panes are made of before anything paints them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rich.cells import cell_len

from tui.text import cut, line, safe, split_word

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Span = tuple[str, str]
"""Text and the names of its styles, separated by spaces."""
Line = tuple[Span, ...]
"""One row of cells."""

_EMPHASIS = re.compile(
    r"(?P<code>`+)(?P<c>.+?)(?P=code)|(?P<strong>\*\*|__)(?P<s>\S.*?)(?P=strong)|(?P<em>[*_])(?P<e>\S[^*_]*?)(?P=em)(?!\w)"
)
GAP = 3
"""The widest gap between words that wrapping keeps."""
_WORDS = re.compile(r"\S+|\s+")


def width_of(spans: Line) -> int:
    """The cells a line takes."""
    return sum(cell_len(text) for text, _ in spans)


def clip(spans: Iterable[Span], width: int, more: str = "…") -> Line:
    """A line cut to `width` cells, with `more` where something is missing."""
    kept: list[Span] = []
    left = width
    parts = list(spans)
    for index, (text, style) in enumerate(parts):
        size = cell_len(text)
        if size > left or (size == left and any(t.strip() for t, _ in parts[index + 1 :])):
            kept.append((cut(text, left, more) if size > left else cut(text + "x", left, more), style))
            break
        kept.append((text, style))
        left -= size
    return tuple(kept)


def between(left: Line, right: Line, width: int, fill: str = " ", style: str = "", more: str = "…") -> Line:
    """`left` and `right` at the two ends of `width` cells; the left gives way."""
    room = max(width - width_of(right), 0)
    left = clip(left, room, more)
    return (*left, (fill * (room - width_of(left)), style), *clip(right, width, more))


def emphasised(text: str) -> Iterator[Span]:
    """Safe text with its inline Markdown emphasis as styles; the marks go, line ends stay."""
    text = safe(text)
    end = 0
    for match in _EMPHASIS.finditer(text):
        yield text[end : match.start()], ""
        if match["code"]:
            yield match["c"], "code"
        elif match["strong"]:
            yield match["s"], "strong"
        else:
            yield match["e"], "emphasis"
        end = match.end()
    yield text[end:], ""


def wrapped(spans: Iterable[Span], width: int, indent: str = "") -> list[Line]:
    """Spans broken into lines of at most `width` cells, between words where it can; `indent` on all but the first."""
    width = max(width, len(indent) + 1)
    lines: list[Line] = []
    row: list[Span] = []
    used = 0
    gap: Span | None = None

    def finish() -> None:
        nonlocal row, used, gap
        lines.append(tuple(row))
        row, used, gap = ([(indent, "")] if indent else []), len(indent), None

    def add(text: str, style: str) -> None:
        nonlocal used
        used += cell_len(text)
        if row and row[-1][1] == style:
            text = row.pop()[0] + text
        row.append((text, style))

    for atom in _atoms(spans):
        if atom is None:
            finish()
            continue
        if not atom[0][0].strip():
            gap = (" " * min(cell_len(atom[0][0]), GAP), atom[0][1]) if used > (len(indent) if lines else 0) else None
            continue
        size = sum(cell_len(text) for text, _ in atom)
        if gap and used + len(gap[0]) + size > width:
            finish()
        if gap:
            add(*gap)
            gap = None
        for text, style in atom:
            for piece in split_word(text, width - used, width - len(indent)):
                if used + cell_len(piece) > width and used > len(indent):
                    finish()
                add(piece, style)
    lines.append(tuple(row))
    return lines


def _atoms(spans: Iterable[Span]) -> Iterator[list[Span] | None]:
    """Words (runs of spans without white space between), gaps, and None at a line end."""
    word: list[Span] = []
    for text, style in spans:
        for number, part in enumerate(text.split("\n")):
            if number:
                if word:
                    yield word
                    word = []
                yield None
            for token in _WORDS.findall(part):
                if token.isspace():
                    if word:
                        yield word
                        word = []
                    yield [(token, style)]
                else:
                    word.append((token, style))
    if word:
        yield word


def packed(parts: Iterable[Line], width: int, gap: str = "   ") -> list[Line]:
    """Parts side by side, as many to a row of `width` cells as fit whole; one that fits no row is wrapped."""
    rows: list[Line] = []
    row: Line = ()
    for part in parts:
        if row and width_of(row) + len(gap) + width_of(part) <= width:
            row = (*row, (gap, ""), *part)
            continue
        if row:
            rows.append(row)
        *whole, row = wrapped(part, width)
        rows += whole
    return [*rows, row]


def labelled(label: str, value: str, width: int, style: str = "") -> list[Line]:
    """`label  value`, the value wrapped under itself."""
    head = (f"{label}  ", "quiet")
    return wrapped((head, (line(value), style)), width, indent="  ")
