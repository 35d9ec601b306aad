"""Styled lines as plain values: what panes are made of before anything paints them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rich.cells import cell_len

from store.formats.inline import read_inline
from tui.render.text import cut, line, safe, split_word

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Span = tuple[str, str]
"""Text and the names of its styles, separated by spaces."""
Line = tuple[Span, ...]
"""One row of cells."""

GAP = 3
"""The widest gap between words that wrapping keeps."""
_TOKENS = re.compile(r"\S+|\n|[^\S\n]+")


def width_of(spans: Iterable[Span]) -> int:
    """The cells a line takes."""
    return sum([len(text) if text.isascii() else cell_len(text) for text, _ in spans])


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


def emphasized(text: str | None, style: str = "") -> Iterator[Span]:
    """Safe text with its inline Markdown as styles, on top of a base style; the marks go, line ends stay."""
    for piece, styles in read_inline(text or ""):
        yield safe(piece), f"{style} {styles}".strip()


def wrapped(spans: Iterable[Span], width: int, indent: str = "") -> list[Line]:
    """Spans broken into lines of at most `width` cells, between words where it can; `indent` on all but the first."""
    start = len(indent)
    width = max(width, start + 1)
    lines: list[Line] = []
    row: list[Span] = []
    used = 0
    gap = ("", "")

    def finish() -> None:
        nonlocal row, used, gap
        lines.append(tuple(row))
        row, used, gap = ([(indent, "")] if indent else []), start, ("", "")

    for word in _words(spans):
        if word is None:
            finish()
            continue
        if word[0][0].isspace():
            text, style = word[0]
            gap = (" " * min(cell_len(text), GAP), style) if used > (start if lines else 0) else ("", "")
            continue
        size = width_of(word)
        if gap[0] and used + len(gap[0]) + size > width:
            finish()
        fits = used + len(gap[0]) + size <= width
        for text, style in (gap, *word) if gap[0] else word:
            for piece in (text,) if fits else split_word(text, width - used, width - start):
                size = len(piece) if piece.isascii() else cell_len(piece)
                if used + size > width and used > start:
                    finish()
                used += size
                if row and row[-1][1] == style:
                    row[-1] = (row[-1][0] + piece, style)
                else:
                    row.append((piece, style))
        gap = ("", "")
    lines.append(tuple(row))
    return lines


def _words(spans: Iterable[Span]) -> Iterator[list[Span] | None]:
    """Words (spans without white space between), the white space between them, and None at a line end."""
    word: list[Span] = []
    for text, style in spans:
        for token in _TOKENS.findall(text):
            if not token.isspace():
                word.append((token, style))
                continue
            if word:
                yield word
                word = []
            yield [(token, style)] if token != "\n" else None
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


def labeled(label: str, value: str, width: int) -> list[Line]:
    """`label  value`, the value wrapped under itself."""
    return wrapped((_label(label), (line(value), "")), width, indent="  ")


def labeled_prose(label: str, value: str, width: int) -> list[Line]:
    """The same of a value with inline Markdown."""
    return wrapped((_label(label), *emphasized(line(value))), width, indent="  ")


def _label(label: str) -> Span:
    return f"{label}  ", "quiet"


def spoken(spans: Iterable[Span]) -> str:
    """A line for whoever hears it: signs of punctuation in place of the gaps between a label and what it labels."""
    text = ""
    for part, _ in spans:
        if text.endswith("  "):
            text = f"{text.rstrip()}: "
        elif part.startswith("  ") and text:
            text, part = f"{text.rstrip()}, ", part.lstrip()
        text += part
    return " ".join(text.split()).replace(" ; ", "; ")
