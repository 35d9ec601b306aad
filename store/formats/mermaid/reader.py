"""Reads a flowchart line by line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from store.formats.mermaid.chart import Chart, Link, LinkStyle, Mention, Paint, Statement
from store.formats.mermaid.labels import decode_label, unquote

if TYPE_CHECKING:
    from collections.abc import Sequence

_HEADER = re.compile(r"[ \t]*(?:graph|flowchart(?:-elk)?)(?:[ \t]+(?:TB|TD|BT|RL|LR))?(?=[ \t;]|\Z)")
_SKIPPED = re.compile(r"(?:subgraph|end|direction|classDef|class|linkStyle|click|accTitle|accDescr)(?=[\s;:]|\Z)")
_WHOLE_LINE = frozenset({"accTitle", "accDescr"})
_STYLE = re.compile(r"style[ \t]+(?P<ids>[^\s;,]+(?:[ \t]*,[ \t]*[^\s;,]+)*)[ \t]+(?=\S)")
_LINK_STYLE = re.compile(r"linkStyle[ \t]+(?P<numbers>\d{1,6}(?:[ \t]*,[ \t]*\d{1,6})*)(?=[ \t])")
# What ends a statement that is not taken apart here; in quotes and brackets nothing does.
_STOP = re.compile(r'"[^"]*"|\[[^\]]*\]|(?P<stop>;|%%)')
_FILL = re.compile(r"fill:[ \t]*(?P<colour>#?\w+)")
_ID = re.compile(r"\w+(?:[.\-](?=\w)\w+)*")
_CLASS = re.compile(r":::[\w-]+")
_SHAPES = (
    ("(((", (")))",)),
    ("((", ("))",)),
    ("([", ("])",)),
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
_ARROW = re.compile(r"[<ox]?(?:--+[->ox]|==+[=>ox]|-\.+-[>ox]?)|~~~+")
_LABELLED = re.compile(
    r"""[<ox]?(?:--(?P<a>[ \t]*"[^"]*"[ \t]*|[^-"|>][^"|]*?)--+[->ox]
    |==(?P<b>[ \t]*"[^"]*"[ \t]*|[^="|>][^"|]*?)==+[=>ox]
    |-\.(?P<c>[ \t]*"[^"]*"[ \t]*|[^."|>][^"|]*?)\.+-[>ox]?)""",
    re.VERBOSE,
)
_PIPED = re.compile(r'[ \t]*\|(?P<label>[ \t]*"[^"]*"[ \t]*|[^|"]*)\|')


def is_chart(lines: Sequence[str]) -> bool:
    """Whether these lines of a fence hold a flowchart."""
    return _header(lines) is not None


def _header(lines: Sequence[str]) -> int | None:
    front = False
    for number, text in enumerate(lines):
        bare = text.strip()
        if bare == "---":
            front = not front
        elif bare and not front and not bare.startswith("%%"):
            return number if _HEADER.match(text) else None
    return None


def read_chart(lines: Sequence[str], first: int) -> Chart:
    """Read the lines of a fence that holds a flowchart; `first` is the number of its first line."""
    header = _header(lines)
    if header is None:
        raise ValueError("these lines hold no flowchart")
    statements: list[Statement] = []
    paints: list[Paint] = []
    link_styles: list[LinkStyle] = []
    ends: list[int] = []
    unknown: list[int] = []
    for number in range(header, len(lines)):
        text, line = lines[number], first + number
        match = _HEADER.match(text) if number == header else None
        position = _skip(text, match.end() if match else 0)
        while position < len(text) and not text.startswith("%%", position):
            if text[position] == ";":
                position = _skip(text, position + 1)
                continue
            if match := _STYLE.match(text, position):
                end = _stop(text, match.end())
                paints.append(_paint(match, line, end))
                position = _skip(text, end)
                continue
            if match := _SKIPPED.match(text, position):
                ends += [line] if match[0] == "end" else []
                end = len(text) if match[0] in _WHOLE_LINE else _stop(text, match.end())
                if numbered := _LINK_STYLE.match(text, position):
                    link_styles.append(_link_style(numbered, line, end))
                position = _skip(text, end)
                continue
            statement = _statement(text, position, line)
            if statement is None:
                unknown.append(line)
                break
            statements.append(statement)
            position = _skip(text, statement.end)
    return Chart(
        header=first + header,
        last=first + len(lines) - 1,
        statements=tuple(statements),
        paints=tuple(paints),
        link_styles=tuple(link_styles),
        ends=tuple(ends),
        unknown=tuple(unknown),
    )


def _skip(text: str, position: int) -> int:
    while position < len(text) and text[position] in " \t":
        position += 1
    return position


def _stop(text: str, position: int) -> int:
    """Where a statement ends: before the `;` or the comment that follows it, without the blanks there."""
    found = next((match.start() for match in _STOP.finditer(text, position) if match["stop"]), len(text))
    return max(position, len(text[:found].rstrip(" \t")))


def _paint(match: re.Match[str], line: int, end: int) -> Paint:
    ids = tuple(name.strip() for name in match["ids"].split(","))
    fill = _FILL.search(match.string, match.end(), end)
    span = fill.span("colour") if fill else (end, end)
    return Paint(line, match.start(), end, ids, *match.span("ids"), fill["colour"] if fill else "", *span)


def _link_style(match: re.Match[str], line: int, end: int) -> LinkStyle:
    numbers = tuple(int(number) for number in match["numbers"].split(","))
    return LinkStyle(line, match.start(), end, numbers, *match.span("numbers"))


def _statement(text: str, start: int, line: int) -> Statement | None:
    groups: list[tuple[Mention, ...]] = []
    links: list[Link] = []
    position = start
    while True:
        group: list[Mention] = []
        while True:
            mention = _mention(text, position)
            if mention is None:
                return None
            group.append(mention)
            position = _skip(text, mention.end)
            if not text.startswith("&", position):
                break
            position = _skip(text, position + 1)
        groups.append(tuple(group))
        link = _link(text, position)
        if link is None:
            break
        links.append(link)
        position = _skip(text, link.end)
    if position < len(text) and text[position] != ";" and not text.startswith("%%", position):
        return None
    return Statement(line, start, groups[-1][-1].end, tuple(groups), tuple(links))


def _mention(text: str, position: int) -> Mention | None:
    name = _ID.match(text, position)
    if name is None:
        return None
    end = name.end()
    label, label_start, label_end = None, end, end
    after = _skip(text, end)
    for opening, closings in _SHAPES if text[after : after + 1] in ("[", "(", "{", ">") else ():
        if text.startswith(opening, after) and (opening != ">" or after == end):
            content = after + len(opening)
            if span := _label_end(text, content, closings):
                label_start, label_end, end = content, span[0], span[1]
                label = unquote(text[label_start:label_end])
                break
    if after_class := _CLASS.match(text, end):
        end = after_class.end()
    return Mention(name[0], position, end, label, label_start, label_end)


def _label_end(text: str, content: int, closings: tuple[str, ...]) -> tuple[int, int] | None:
    start = _skip(text, content)
    if text.startswith('"', start):
        quote = text.find('"', start + 1)
        position = _skip(text, quote + 1)
        return next(
            ((position, position + len(c)) for c in closings if quote > 0 and text.startswith(c, position)), None
        )
    found = [(at, at + len(c)) for c in closings if (at := text.find(c, content)) > content]
    return min(found, default=None)


def _link(text: str, position: int) -> Link | None:
    if match := _ARROW.match(text, position):
        piped = _PIPED.match(text, match.end())
        if piped is None:
            return Link(position, match.end(), match[0])
        return Link(position, piped.end(), match[0], decode_label(unquote(piped["label"])).strip())
    if match := _LABELLED.match(text, position):
        group = next(name for name in "abc" if match[name] is not None)
        arrow = match[0][: match.start(group) - position] + match[0][match.end(group) - position :]
        plain = "-.->" if group == "c" else {"-": "-->", "=": "==>"}[arrow[-2]]
        return Link(position, match.end(), plain, decode_label(unquote(match[group])).strip())
    return None
