"""Cells of Markdown tables, and text escaped so that Markdown shows it literally."""

from __future__ import annotations

import re
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


# What CommonMark trims from the ends of a table row and of its cells.
BLANK = "\t\n\v\f\r \xa0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u2028\u2029\u202f\u205f\u3000"
FOOTNOTE = r"\[\^[^\[\]\s]+\]"
"""The pattern of a footnote's mark in a text."""
_PIPE = re.compile(r"(?<!\\)\|")
_BREAK = r"<br[ \t]*/?>"
_REFERENCE = r"&#([0-9]{1,7});"
_CODED = re.compile(rf"\\\||{_BREAK}|{_REFERENCE}", re.IGNORECASE)
_PROSE_CODED = re.compile(rf"{_BREAK}|{_REFERENCE}", re.IGNORECASE)
_REFERENCED = re.compile(_REFERENCE)
# A backslash before a reference or a tag would make it plain text for other readers.
_SPECIAL = re.compile(rf"\||\n|\r|\\+(?=\n|\r|\Z|{_BREAK}|&#[0-9]{{1,7}};)|{_BREAK}|{_REFERENCE}", re.IGNORECASE)
# HTML or an autolink for other readers, and the end of the text of a link to anything but a page, mail or local file.
_MARKUP = re.compile(r"<(?=[A-Za-z/!?])|\](?=\((?!\s*<?(?:https?:|mailto:))\s*<?[^/?#)\s]*[:&\\])", re.IGNORECASE)
_CODE = re.compile(r"(?<!`)(`+)(?!`)[^`](?:.*?[^`])??\1(?!`)", re.DOTALL)
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|([A-Za-z][A-Za-z0-9]{0,31}));")
_SEMICOLON, _COMMA = re.compile(";"), re.compile(r",[ \t\n]")
_HIDING = re.compile(r"[&(\[{]")
_CLOSING = {"(": ")", "[": "]", "{": "}"}


def split_row(line: str) -> tuple[str, list[str], str]:
    """A table row: what comes before its first cell, the cells with the blanks around them, what follows the last.

    The pipes are those of GitHub Flavored Markdown: a pipe right after a backslash belongs to its cell; one inside
    backticks still splits.
    """
    row = line.strip(BLANK)
    if not row:
        return line, [], ""
    start = line.index(row)
    head, tail = line[:start], line[start + len(row) :]
    cells = _PIPE.split(row) if "\\" in row else row.split("|")
    # Outer pipes have no cell outside of them.
    if not cells[0]:
        head += "|"
        del cells[0]
    if not cells[-1]:
        tail = f"|{tail}"
        del cells[-1]
    return head, cells, tail


def _is_encodable(code: int) -> bool:
    """Whether a character reference of this number is decoded: ASCII punctuation, blanks and controls except NUL."""
    return 0 < code < 128 and not chr(code).isalnum()


def _decoded(match: re.Match[str]) -> str:
    found = match[0]
    if found == r"\|":
        return "|"
    if found[0] == "<":
        return "\n"
    return chr(int(match[1])) if _is_encodable(int(match[1])) else found


def _reference(character: str) -> str:
    return f"&#{ord(character)};"


def _encoded(match: re.Match[str]) -> str:
    found = match[0]
    if found == "|":
        return r"\|"
    if found == "\n":
        return "<br>"
    if found[0] == "&" and not _is_encodable(int(match[1])):
        return found
    if found[0] == "\\":
        return "".join(map(_reference, found))
    return _reference(found[0]) + found[1:]


def _markup(text: str) -> list[int]:
    """Where a text contains HTML or a link that could run something."""
    return [match.start() for match in _MARKUP.finditer(text)]


def _markup_of_cell(text: str) -> list[int]:
    """The same outside of code; if it is not clear which backticks begin code, nothing counts as code."""
    found = _markup(text)
    if not found or "`" not in text or "](" in text or "\\`" in text:
        return found
    code = [match.span() for match in _CODE.finditer(text)]
    return [position for position in found if not any(start < position < end for start, end in code)]


def escape_markup(text: str) -> str:
    """A text with its markup as references, which `decode_cell` and `decode_prose` turn back into it."""
    return _with_references(text, _markup(text), str)


def _with_references(text: str, positions: Iterable[int], write: Callable[[str], str]) -> str:
    """A text with references in these positions, and what `write` makes of the pieces between."""
    pieces, last = [], 0
    for position in positions:
        pieces += [write(text[last:position]), _reference(text[position])]
        last = position + 1
    return "".join([*pieces, write(text[last:])])


def row_line(cells: Iterable[str]) -> str:
    """A table row with outer pipes."""
    return "| " + " | ".join(cells) + " |"


def decode_cell(source: str) -> str:
    """The text of a cell's source: pipes, line breaks and references to ASCII punctuation are decoded, once."""
    if "&" not in source and "\\" not in source and "<" not in source:
        return source
    return _CODED.sub(_decoded, source)


def encode_cell(text: str) -> str:
    """The source of a cell that `decode_cell` turns back into exactly `text`; it never ends in a backslash."""
    return _with_references(text, _markup_of_cell(text), lambda piece: _SPECIAL.sub(_encoded, piece))


def decode_prose(source: str) -> str:
    """The text of prose outside tables: decoded as in a cell, without `\\|`."""
    return _PROSE_CODED.sub(_decoded, source)


def encode_prose(text: str, *, punctuation: bool = False) -> str:
    """One line of prose that `decode_prose` turns back into `text`, written so that it does not start a Markdown block.

    The first and the last character are written as references where they are punctuation; with
    `punctuation` every ASCII punctuation character is, so that none of it is Markdown.
    """
    coded = {position for position, c in enumerate(text) if c != " " and _is_encodable(ord(c))}
    if not punctuation:
        inner = {p for m in _SPECIAL.finditer(text) if m[0] != "|" for p in _marked(m)}
        coded &= inner | {0, len(text) - 1} | set(_markup(text))
    return "".join("<br>" if c == "\n" else _reference(c) if p in coded else c for p, c in enumerate(text))


def _marked(match: re.Match[str]) -> range:
    if match[0][0] == "\\":
        return range(match.start(), match.end())
    return range(match.start(), match.start() + (match[1] is None or _is_encodable(int(match[1]))))


def _hidden(text: str) -> list[bool]:
    """For every character, whether it is inside matched brackets, or at the end of a character reference."""
    # Loaded only for cells with brackets or references.
    from html.entities import html5

    steps = [0] * (len(text) + 1)
    stack: list[tuple[str, int]] = []
    for position, character in enumerate(text):
        if character in _CLOSING:
            stack.append((_CLOSING[character], position))
        elif stack and character == stack[-1][0]:
            steps[stack.pop()[1]] += 1
            steps[position + 1] -= 1
    hidden = [depth > 0 for depth in accumulate(steps)]
    for entity in _ENTITY.finditer(text):
        if entity[1] is None or entity[1] + ";" in html5:
            hidden[entity.end() - 1] = True
    return hidden


def _split(text: str) -> list[str]:
    if _HIDING.search(text) is None:
        return text.split(";") if ";" in text else _COMMA.split(text)
    hidden = _hidden(text)
    cuts: list[tuple[int, int]] = []
    for separator in (_SEMICOLON, _COMMA):
        cuts = cuts or [match.span() for match in separator.finditer(text) if not hidden[match.start()]]
    starts, ends = [0, *(end for _, end in cuts)], [*(start for start, _ in cuts), len(text)]
    return [text[start:end] for start, end in zip(starts, ends, strict=True)]


def split_components(cell: str) -> tuple[str, ...]:
    """The components a cell names: split at `;` if it has one outside brackets, else at `, ` outside brackets.

    The `;` of a character reference does not split; `&#59;` and the like are decoded afterwards.
    """
    pieces = _split(cell)
    if "&" in cell:
        pieces = [_REFERENCED.sub(_decoded, piece) for piece in pieces]
    return tuple(filter(None, dict.fromkeys(map(str.strip, pieces))))


def join_components(components: tuple[str, ...], like: str | None = None) -> str:
    """The text that `split_components` splits into `components` again, with the separator that `like` uses."""
    literal = [
        _REFERENCED.sub(lambda m: "&#38;" + m[0][1:] if _is_encodable(int(m[1])) else m[0], part) for part in components
    ]
    commas = like is not None and len(split_components(like)) > 1 and ";" not in like
    separators = (", ", "; ") if commas else ("; ",)
    escaped = [re.sub(r"(&#[0-9]{1,7};)|[;,()\[\]{}]", lambda m: m[1] or _reference(m[0]), part) for part in literal]
    for parts in (literal, escaped):
        for separator in separators:
            for ending in ("", ";"):
                joined = separator.join(parts) + ending
                if split_components(joined) == components:
                    return joined
    return spell_components(components)


def spell_components(components: tuple[str, ...]) -> str:
    """The same with all punctuation as references."""
    return "; ".join("".join(_reference(c) if _is_encodable(ord(c)) and c != " " else c for c in p) for p in components)


# An underscore inside a word is never emphasis, and a lone ampersand is not a reference.
_SPECIAL_MARKUP = re.compile(r"[\\`*\[\]<>|#~^$]|(?<![^\W_])_|_(?![^\W_])|&(?=#?\w+;)")
# What starts a list, a rule, an underlined heading or a definition at the beginning of a line.
_BEGINS = re.compile(r"^(?:[-+=:]|(\d+)(?=[.)]))")


def inline(text: str) -> str:
    """A text on one line, for a line, a heading or a cell; blanks and line ends are one blank."""
    line = " ".join(text.split())
    escaped = _SPECIAL_MARKUP.sub(lambda found: "\\" + found[0], line)
    if start := _BEGINS.match(line):
        at = len(start[1] or "")
        return f"{escaped[:at]}\\{escaped[at:]}"
    return escaped


INDENT = "  "
"""What is inside an entry of a list."""


def block(text: str) -> str:
    """A text with its lines and paragraphs inside an entry of a list: what follows its first line is indented."""
    paragraphs = re.split(r"\n[ \t]*(?:\n[ \t]*)+", text.strip())
    broken = (f"\\\n{INDENT}".join(map(inline, paragraph.split("\n"))) for paragraph in paragraphs)
    return f"\n\n{INDENT}".join(broken)
