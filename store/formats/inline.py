"""Inline Markdown as people see it: pieces of text with their styles, or the text without the marks."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING
from unicodedata import category, east_asian_width

if TYPE_CHECKING:
    from collections.abc import Iterator

Styled = tuple[str, str]
"""A piece of text and the names of its styles, separated by spaces."""

STYLES = ("strong", "emphasis", "strike", "link", "code")
_MAY_MARK = re.compile(r"[*_`~\[\\&<]")
_ENTITY = r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});"
_NAME = r"(?<!\w)(?-i:__[a-z0-9]+(?:_[a-z0-9]+)*__)(?!\w)"
"""A name such as `__init__`."""
_TAG = (
    r"</?[A-Za-z][A-Za-z0-9-]*"
    r"(?:\s+[A-Za-z_:][\w.:-]*(?:\s*=\s*(?:[^\s\"'=<>`]+|'[^']{0,999}'|\"[^\"]{0,999}\"))?){0,9}\s*/?>"
)
# Compiled, and kept by `re`, when a text has marks: the patterns are long.
_MARK = (
    rf"(?ai)\\(?P<escaped>[!-/:-@\[-`{{-~\n])|(?P<entity>{_ENTITY})|(?P<name>{_NAME})|(?P<code>`+)|(?P<run>\*+|_+|~~+)"
    r"|(?P<open>!?\[)|(?P<close>\])"
    r"|(?P<break><br\s*/?>)|<(?P<address>[A-Za-z][A-Za-z0-9+.-]{1,31}:[^\s<>]{0,999}|[\w.+-]{1,64}@[\w.-]{1,255})>"
    rf"|(?P<tag>{_TAG})"
)
_BARE = r"(?:[^\s()\\]|\\.|\\?\((?:[^\s()\\]|\\.|\((?:[^\s()\\]|\\.){0,999}\)){0,999}\))"
_TARGET = (
    rf"(?s)\(\s*(?:<(?:[^<>\n\\]|\\.){{0,999}}>|(?!<){_BARE}{{1,999}})?"
    r"(?:\s+(?:\"(?:[^\"\\]|\\.){0,999}\"|'(?:[^'\\]|\\.){0,999}'|\((?:[^()\\]|\\.){0,999}\)))?\s*\)"
)
_PARAGRAPHS = re.compile(r"(\n[ \t]*\n\s*)")
_UNUSABLE = "\ufffd"


class _Run:
    """Marks of one kind in a row, which may open a style, close one or both, and how many of them are left."""

    __slots__ = ("closes", "is_inside", "left", "length", "opens", "piece", "sign")

    def __init__(self, piece: int, text: str, before: str, after: str) -> None:
        self.piece, self.sign = piece, text[0]
        self.left = self.length = len(text)
        blank = before.isspace(), after.isspace()
        other = category(before)[0] in "PS", category(after)[0] in "PS"
        # Where words are written without blanks between them, punctuation ends no word.
        dense = east_asian_width(before) in "WF", east_asian_width(after) in "WF"
        left = not blank[1] and (not other[1] or blank[0] or other[0] or dense[0])
        right = not blank[0] and (not other[0] or blank[1] or other[1] or dense[1])
        self.is_inside = before.isascii() and before.isalnum() and after.isascii() and after.isalnum()
        # An underscore inside a word is part of a name.
        self.opens = left and (self.sign != "_" or not right or other[0])
        self.closes = right and (self.sign != "_" or not left or other[1])

    def is_opened_by(self, other: _Run) -> bool:
        """Whether the other run opens what this one closes."""
        # Two inside words, as in `2**10 and 3**4`, are not marks.
        if self.sign != other.sign or (self.is_inside and other.is_inside):
            return False
        if self.sign == "~" or not (other.closes or self.opens):
            return True
        return (self.length + other.length) % 3 != 0 or (self.length % 3 == 0 and other.length % 3 == 0)


class _Reader:
    """Reads one paragraph by the rules of CommonMark, but leaves code such as `__init__` and `2**10`, and empty links.

    What is not closed stays text.
    """

    def __init__(self, text: str, is_cut: bool) -> None:
        self.text, self.is_cut = text, is_cut
        self.pieces: list[str] = []
        self.changes: list[tuple[int, int, str]] = []
        """From which piece up to which a style applies."""
        self.runs: list[_Run] = []
        self.brackets: list[tuple[int, int, bool]] = []
        """The piece of each open bracket, the runs before it, and whether it begins an image."""
        self.inside_links = 0
        """How many of the open brackets are around a link, and cannot begin another."""
        self.ticks: dict[int, list[int]] | None = None
        """Where the runs of backticks of each length are, the last first."""

    def read(self) -> list[Styled]:
        """The pieces with their styles."""
        at = 0
        mark = re.compile(_MARK)
        while (found := mark.search(self.text, at)) is not None:
            self.pieces.append(self.text[at : found.start()])
            at = self._take(found)
        self.pieces.append(self.text[at:])
        for run in self._pair(0):
            if self.is_cut:
                self.pieces[run.piece] = ""
        starts, ends = (Counter[tuple[int, str]]() for _ in range(2))
        for start, end, style in self.changes:
            starts[start, style] += 1
            ends[end, style] += 1
        depth = dict.fromkeys(STYLES, 0)
        styled: list[Styled] = []
        for at, piece in enumerate(self.pieces):
            for style in STYLES:
                depth[style] += starts[at, style] - ends[at, style]
            if piece:
                styled.append((piece, " ".join(style for style in STYLES if depth[style])))
        return styled

    def _take(self, found: re.Match[str]) -> int:
        """Take in what begins with a mark; where the text goes on behind it."""
        kind, end = found.lastgroup, found.end()
        if kind == "code":
            return self._code(found)
        if kind == "run":
            self._run(found)
        elif kind == "open":
            self.brackets.append((len(self.pieces), len(self.runs), found[0] == "!["))
            self.pieces.append(found[0])
        elif kind == "close":
            return self._close(end)
        elif kind == "address":
            self._add(found["address"], "link")
        elif kind == "break":
            self.pieces.append("\n")
        elif kind == "entity":
            self.pieces.append(_character(found[0]))
        else:
            self.pieces.append(found["escaped"] or found[0])
        return end

    def _add(self, text: str, style: str) -> None:
        self.changes.append((len(self.pieces), len(self.pieces) + 1, style))
        self.pieces.append(text)

    def _code(self, found: re.Match[str]) -> int:
        start, size = found.end(), len(found[0])
        if self.ticks is None:
            self.ticks = {}
            for run in reversed([*re.finditer("`+", self.text)]):
                self.ticks.setdefault(len(run[0]), []).append(run.start())
        ends = self.ticks.get(size, [])
        while ends and ends[-1] < start:
            ends.pop()
        if not ends:
            self.pieces.append(found[0])
            return start
        code = self.text[start : ends[-1]]
        padded = code[:1] in (" ", "\n") and code[-1:] in (" ", "\n") and not code.isspace()
        self._add(code[1:-1] if padded and len(code) > 1 else code, "code")
        return ends[-1] + size

    def _run(self, found: re.Match[str]) -> None:
        start, end, marks = found.start(), found.end(), found[0]
        if marks[0] == "~" and len(marks) % 2:
            self.pieces.append("~")
            marks = marks[1:]
        before = self.text[start - 1] if start else " "
        self.runs.append(_Run(len(self.pieces), marks, before, self.text[end] if end < len(self.text) else " "))
        self.pieces.append(marks)

    def _close(self, end: int) -> int:
        if self.brackets:
            piece, runs, is_image = self.brackets.pop()
            is_outside = is_image or len(self.brackets) >= self.inside_links
            self.inside_links = min(self.inside_links, len(self.brackets))
            # A link without a text would not show at all.
            is_empty = len(self.pieces) == piece + 2 and not self.pieces[-1].strip()
            target = re.compile(_TARGET).match(self.text, end) if is_outside and not is_empty else None
            if target is not None:
                self._pair(runs)
                self.pieces[piece] = ""
                self.changes.append((piece, len(self.pieces), "link"))
                if not is_image:
                    self.inside_links = len(self.brackets)
                return target.end()
        self.pieces.append("]")
        return end

    def _pair(self, first: int) -> list[_Run]:
        """Give the text between the runs from `first` on that open and close each other a style; the open ones."""
        openers: list[_Run] = []
        # For each kind of closing run, below which of the openers none can open it.
        floors: dict[tuple[str, bool, bool, int], int] = {}
        for run in self.runs[first:]:
            kind = (run.sign, run.opens, run.is_inside, run.length % 3)
            while run.closes and run.left:
                at, floor = len(openers) - 1, floors.get(kind, 0)
                while at >= floor and not run.is_opened_by(openers[at]):
                    at -= 1
                if at < floor:
                    floors[kind] = len(openers)
                    break
                opener = openers[at]
                size = 2 if run.left > 1 and opener.left > 1 else 1
                style = "strike" if run.sign == "~" else STYLES[2 - size]
                self.changes.append((opener.piece + 1, run.piece, style))
                for each in (opener, run):
                    each.left -= size
                    self.pieces[each.piece] = each.sign * each.left
                del openers[at + (opener.left > 0) :]
                floors = {each: min(below, len(openers)) for each, below in floors.items()}
            if run.opens and run.left:
                openers.append(run)
        del self.runs[first:]
        return openers


def _character(entity: str) -> str:
    if entity[1] != "#":
        from html.entities import html5

        return html5.get(entity[1:], entity)
    number = int(entity[3:-1], 16) if entity[2] in "xX" else int(entity[2:-1])
    return chr(number) if 0 < number < 0xD800 or 0xDFFF < number < 0x110000 else _UNUSABLE


def read_inline(text: str, *, is_cut: bool = False) -> tuple[Styled, ...]:
    """A text's pieces, each with its styles out of `STYLES`; line ends stay, and a paragraph's marks end with it.

    is_cut: the text goes on, and its marks may end in what is missing.
    """
    return _read(text, is_cut) if _MAY_MARK.search(text) else ((text, ""),)


@lru_cache(maxsize=512)
def _read(text: str, is_cut: bool) -> tuple[Styled, ...]:
    return tuple(
        ("".join([piece for piece, _ in pieces]), style)
        for style, pieces in groupby(_pieces(text, is_cut), key=lambda styled: styled[1])
    )


def _pieces(text: str, is_cut: bool) -> Iterator[Styled]:
    for at, part in enumerate(_PARAGRAPHS.split(text)):
        if at % 2:
            yield part, ""
        else:
            yield from _Reader(part, is_cut).read()


def without_marks(text: str, *, is_cut: bool = False) -> str:
    """The text without the marks of Markdown, with its escaped characters as people read them."""
    return "".join([piece for piece, _ in read_inline(text, is_cut=is_cut)])
