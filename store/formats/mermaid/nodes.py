"""Reads a node where a flowchart names it: id, shape with label, class, and the properties of `@{ ... }`."""

from __future__ import annotations

import re

from store.formats.mermaid.chart import Mention
from store.formats.mermaid.labels import unquote

BLANKS = " \t\xa0\u3000"
_BLANKS = re.compile(f"[{BLANKS}]+")
_ID = re.compile(r"\w+(?:[.\-/:+](?=\w)\w+)*")
_CLASS = re.compile(r":::[\w-]+")
_SHAPES = (
    ("(((", (")))",)),
    ("((", ("))",)),
    ("([", ("])",)),
    ("(-", ("-)",)),
    ("[(", (")]",)),
    ("[[", ("]]",)),
    ("{{", ("}}",)),
    ("[/", ("/]", "\\]")),
    ("[\\", ("\\]", "/]")),
    ("(", (")",)),
    ("[", ("]",)),
    ("{", ("}",)),
    (">", ("]",)),
)
_BORDERED = re.compile(r"\[\|\w+:[^|\n]*\|")
# A label without quotes goes on over a line end only up to a bracket, as Mermaid has it.
_BARE = re.compile(r'[^\[\](){}|"]*')
_DATA = re.compile(r'@\{(?P<body>[^{}"]*+(?:"[^"]*"[^{}"]*+)*+)\}')
_PROPERTY = re.compile(
    r"""[\s,]*(?P<name>[\w-]+)[ \t]*:[ \t]*
    (?P<value>"(?P<double>[^"]*)"|'(?P<single>[^'\n]*(?:''[^'\n]*)*)'|(?P<plain>[^\s,"'][^,\n"]*)?)
    [ \t]*(?=[,\n]|\s*\Z)""",
    re.VERBOSE,
)


class Brackets:
    """Finds the next bracket, bar or quote of a text; for ascending positions it reads each character once."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._start, self._end = 0, -1

    def after(self, position: int) -> int:
        """The first such position at or after `position`, or the end of the text."""
        if not self._start <= position <= self._end:
            bare = _BARE.match(self._text, position)
            assert bare
            self._start, self._end = bare.span()
        return self._end


def skip(text: str, position: int) -> int:
    """The first place from `position` on that is no blank."""
    if position < len(text) and text[position] in BLANKS:
        blanks = _BLANKS.match(text, position)
        assert blanks
        return blanks.end()
    return position


def line_end(text: str, position: int) -> int:
    """The end of the line of a place."""
    end = text.find("\n", position)
    return end if end >= 0 else len(text)


def read_id(text: str, position: int) -> re.Match[str] | None:
    """The id of a node or a subgraph."""
    return _ID.match(text, position)


def read_mention(text: str, position: int, brackets: Brackets) -> Mention | None:
    """The node that is named at a place."""
    name = read_id(text, position)
    if name is None:
        return None
    end = name.end()
    label, start, stop = None, end, end
    if shape := read_shape(text, end, brackets):
        start, stop, end = shape
        label = unquote(text[start:stop])
    while True:
        if text.startswith(":::", end) and (after_class := _CLASS.match(text, end)):
            end = after_class.end()
        elif text.startswith("@{", end) and (data := _read_data(text, end)):
            end, said = data
            if said is not None:
                label, start, stop = said
        else:
            return Mention(name[0], position, end, label, start, stop)


def read_shape(text: str, position: int, brackets: Brackets) -> tuple[int, int, int] | None:
    """Where the label in a shape begins and ends, and where the shape ends."""
    after = skip(text, position)
    if text[after : after + 1] not in ("[", "(", "{", ">"):
        return None
    if bordered := _BORDERED.match(text, after):
        return _label(text, bordered.end(), ("]",), brackets)
    for opening, closings in _SHAPES:
        if text.startswith(opening, after) and (opening != ">" or after == position):
            found = _label(text, after + len(opening), closings, brackets)
            if found:
                return found
    return None


def _label(text: str, content: int, closings: tuple[str, ...], brackets: Brackets) -> tuple[int, int, int] | None:
    start = skip(text, content)
    if text.startswith('"', start):
        quote = text.find('"', start + 1)
        position = skip(text, quote + 1)
        closing = next((c for c in closings if quote > 0 and text.startswith(c, position)), None)
        return (content, position, position + len(closing)) if closing else None
    end = line_end(text, content)
    found = [(at, at + len(c)) for c in closings if (at := text.find(c, content, end)) > content]
    if not found:
        for closing in closings:
            at = brackets.after(content) - (len(closing) - len(closing.lstrip("/\\-")))
            if at > content and text.startswith(closing, at):
                found.append((at, at + len(closing)))
    return (content, *min(found)) if found else None


def _read_data(text: str, position: int) -> tuple[int, tuple[str, int, int] | None] | None:
    """Where properties end, and the source and the place of the label among them; None where none are understood."""
    data = _DATA.match(text, position)
    if data is None:
        return None
    body, said = data["body"].rstrip(" \t\n,"), None
    at = 0
    while at < len(body):
        found = _PROPERTY.match(body, at)
        if found is None:
            return None
        if found["name"] == "label":
            source = found["double"] if found["double"] is not None else (found["single"] or "").replace("''", "'")
            start, end = (data.start("body") + place for place in found.span("value"))
            said = (source or (found["plain"] or "").strip(), start, end)
        at = found.end()
    return data.end(), said
