"""Parses a Mermaid flowchart statement by statement, with the position of everything in it."""

from __future__ import annotations

import re
import sys
from array import array
from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING

from store.formats.lines import ExcessError
from store.formats.mermaid.chart import (
    Chart,
    Link,
    LinkStyle,
    Mention,
    NodeStyle,
    Statement,
    decode_label,
    unquote,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from store.formats.mermaid.chart import Span


_BLANKS = " \t\xa0\u3000"
_BLANK = re.compile(rf"[{_BLANKS}]+")
_ID = re.compile(r"\w+(?:[.\-/:+](?=\w)\w+)*")
_CLASS = re.compile(r":::[\w-]+")
# By its first character: what opens a shape, and what may close it.
_SHAPES: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "(": (("(((", (")))",)), ("((", ("))",)), ("([", ("])",)), ("(-", ("-)",)), ("(", (")",))),
    "[": (("[(", (")]",)), ("[[", ("]]",)), ("[/", ("/]", "\\]")), ("[\\", ("\\]", "/]")), ("[", ("]",))),
    "{": (("{{", ("}}",)), ("{", ("}",))),
    ">": ((">", ("]",)),),
}
_BORDERED = re.compile(r"\[\|\w+:[^|\n]*\|")
# A label without quotes continues on the next line only up to a bracket, as in Mermaid.
_UNQUOTED = re.compile(r'[^\[\](){}|"]*')
_PROPERTIES = re.compile(r'@\{(?P<body>[^{}"]*+(?:"[^"]*"[^{}"]*+)*+)\}')
_PROPERTY = re.compile(
    r"""[\s,]*(?P<name>[\w-]+)[ \t]*:[ \t]*
    (?P<value>"(?P<double>[^"]*)"|'(?P<single>[^'\n]*(?:''[^'\n]*)*)'|(?P<plain>[^\s,"'][^,\n"]*)?)
    [ \t]*(?=[,\n]|\s*\Z)""",
    re.VERBOSE,
)


class _Brackets:
    """Finds the next bracket, bar or quote of a text; for ascending offsets it reads each character once."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._start, self._end = 0, -1

    def after(self, offset: int) -> int:
        """The first of them at or after `offset`, or the end of the text."""
        if not self._start <= offset <= self._end and (match := _UNQUOTED.match(self._text, offset)):
            self._start, self._end = match.span()
        return self._end


def _skip(text: str, offset: int) -> int:
    """The first offset after the blanks here."""
    match = _BLANK.match(text, offset)
    return match.end() if match else offset


def _read_mention(text: str, offset: int, brackets: _Brackets) -> Mention | None:
    """The node that is named here."""
    name = _ID.match(text, offset)
    if name is None:
        return None
    end = name.end()
    label, span = None, (end, end)
    if shape := _read_shape(text, end, brackets):
        span, end = shape
        label = unquote(text[slice(*span)])
    while True:
        if text.startswith(":::", end) and (class_name := _CLASS.match(text, end)):
            end = class_name.end()
        elif text.startswith("@{", end) and (properties := _read_properties(text, end)):
            end, labeled = properties
            label, span = labeled or (label, span)
        else:
            return Mention(sys.intern(name[0]), offset, end, label, span)


def _read_shape(text: str, offset: int, brackets: _Brackets) -> tuple[Span, int] | None:
    """The span of the label in a shape, and where the shape ends."""
    start = _skip(text, offset)
    shapes = _SHAPES.get(text[start : start + 1], ())
    if shapes and (bordered := _BORDERED.match(text, start)):
        return _read_label(text, bordered.end(), ("]",), brackets)
    for opening, closings in shapes:
        if text.startswith(opening, start) and (opening != ">" or start == offset):
            found = _read_label(text, start + len(opening), closings, brackets)
            if found:
                return found
    return None


def _read_label(text: str, content: int, closings: tuple[str, ...], brackets: _Brackets) -> tuple[Span, int] | None:
    start = _skip(text, content)
    if text.startswith('"', start):
        quote = text.find('"', start + 1)
        stop = _skip(text, quote + 1)
        closing = next((c for c in closings if quote > 0 and text.startswith(c, stop)), None)
        return ((content, stop), stop + len(closing)) if closing else None
    end = _line_end(text, content)
    found = [(at, at + len(c)) for c in closings if (at := text.find(c, content, end)) > content]
    if not found:
        for closing in closings:
            at = brackets.after(content) - (len(closing) - len(closing.lstrip("/\\-")))
            if at > content and text.startswith(closing, at):
                found.append((at, at + len(closing)))
    if not found:
        return None
    stop, end = min(found)
    return (content, stop), end


def _read_properties(text: str, offset: int) -> tuple[int, tuple[str, Span] | None] | None:
    """Where properties end, and the source and span of the label among them; None where they are not understood."""
    match = _PROPERTIES.match(text, offset)
    if match is None:
        return None
    body, label = match["body"].rstrip(" \t\n,"), None
    at = 0
    while at < len(body):
        found = _PROPERTY.match(body, at)
        if found is None:
            return None
        if found["name"] == "label":
            source = found["double"] if found["double"] is not None else (found["single"] or "").replace("''", "'")
            start, end = (match.start("body") + offset for offset in found.span("value"))
            label = (source or (found["plain"] or "").strip(), (start, end))
        at = found.end()
    return match.end(), label


_LINK_ID = re.compile(r"(?P<id>\w[\w.\-]*)@(?=[<ox]?[-=~])")
_ARROW = re.compile(r"[<ox]?(?:--+[->ox]|==+[=>ox]|-\.+-[>ox]?)|~~~+")
_LABELED = re.compile(
    r"""(?P<head>[<ox]?)(?:
     --(?P<line>[ \t]*"[^"]*"[ \t]*|[^-"|>\n][^"|\n]*?)(?P<line_end>--+[->ox])
    |==(?P<thick>[ \t]*"[^"]*"[ \t]*|[^="|>\n][^"|\n]*?)(?P<thick_end>==+[=>ox])
    |-\.(?P<dots>[ \t]*"[^"]*"[ \t]*|[^."|>\n][^"|\n]*?)(?P<dots_end>(?<!\.)\.++-[>ox]?))""",
    re.VERBOSE,
)
_PIPED = re.compile(r'[ \t]*\|(?P<label>[ \t]*"[^"]*"[ \t]*|[^|"\n]*)\|')


def _read_link(text: str, offset: int) -> Link | None:
    """The arrow here; one with a head only at its beginning does not count, as Mermaid does not draw it."""
    name = _LINK_ID.match(text, offset)
    start = name.end() if name else offset
    if match := _ARROW.match(text, start):
        piped = _PIPED.match(text, match.end())
        arrow, source, end = match[0], piped["label"] if piped else "", (piped or match).end()
    elif match := _LABELED.match(text, start):
        kind = next(kind for kind in ("line", "thick", "dots") if match[kind] is not None)
        arrow = f"{match['head']}{'-' if kind == 'dots' else ''}{match[f'{kind}_end']}"
        source, end = match[kind], match.end()
    else:
        return None
    link = Link(start, end, arrow, decode_label(unquote(source)).strip(), name["id"] if name else "")
    return None if arrow[0] in "<ox" and not link.directed else link


_HEADER = re.compile(
    r"[ \t]*(?:graph|flowchart(?:-elk)?)(?=[\s;]|\Z)"
    r"(?:[ \t]+(?:TB|TD|BT|RL|LR|BR)(?=[\s;]|\Z)|[ \t]*[<>^v](?=[ \t]*(?:[;\n]|\Z)))?"
)
_OTHER_KINDS = re.compile(
    r"(?:sequenceDiagram|classDiagram(?:-v2)?|stateDiagram(?:-v2)?|erDiagram|journey|gantt|pie|quadrantChart|"
    r"requirement(?:Diagram)?|gitGraph|C4(?:Context|Container|Component|Dynamic|Deployment)|mindmap|timeline|zenuml|"
    r"kanban|info|(?:sankey|xychart|block|packet|architecture|radar|treemap)(?:-beta)?)(?=[\s:;]|\Z)"
)
_WORD = re.compile(r"(?:subgraph|end|direction|style|linkStyle|classDef|class|click|accTitle|accDescr)(?=[\s;:{]|\Z)")
# Words that are also valid names of nodes.
_NODE_NAMES = frozenset({"direction", "accTitle", "accDescr"})
_NODE_STYLE = re.compile(r"style[ \t]+(?=\w)(?P<ids>[^\s;,]+(?:[ \t]*,[ \t]*[^\s;,]+)*)[ \t]+(?=\S)")
_LINK_STYLE = re.compile(r"linkStyle[ \t]+(?P<numbers>\d{1,6}(?:[ \t]*,[ \t]*\d{1,6})*)[ \t]+(?=\S)")
# Statements without nodes and edges, up to where they end or to what `_stop` finds.
_IGNORED = {
    "direction": re.compile(r"direction[ \t]+(?:TB|TD|BT|RL|LR)(?=[\s;]|\Z)"),
    "linkStyle": re.compile(r"linkStyle[ \t]+default[ \t]+(?=\S)"),
    "classDef": re.compile(r"classDef[ \t]+\w[^\s;]*[ \t]+(?=\S)"),
    "class": re.compile(r"class[ \t]+\w[^\n;]*[ \t]\w"),
    "click": re.compile(r"click[ \t]+\w\S*[ \t]+(?=\S)"),
    "accTitle": re.compile(r"accTitle[ \t]*:[^\n]*"),
    "accDescr": re.compile(r"accDescr[ \t]*(?::[^\n]*|\{[^{}]*\})"),
}
# The rest of a statement that is not parsed further; quotes and brackets hide its end.
_REST = re.compile(r'(?:[^";%\[\n]++|"[^"\n]*"|\[[^\[\]\n]*\]|%(?!%)|["\[])*+')
_FILL = re.compile(r"fill:[ \t]*(?P<color>#?\w+)")
_DIRECTIVE = re.compile(r"%%\{(?:(?!%%\{|\}%%).)*+\}%%", re.DOTALL)
_FRONT_MATTER = re.compile(r"\s*---[ \t]*\n(?:(?![ \t]*---[ \t]*(?:\n|\Z)).*\n)*+[ \t]*---[ \t]*(?:\n|\Z)")
_LINK_STARTS = frozenset("-=~<")
_ENDS = ("\n", ";", "%%")
# Most statements: a line with a node or with the color of one, which nothing continues on the next line.
_USUAL = re.compile(
    r'[ \t]*(?P<statement>(?P<node>\w++(?:[.\-/:+](?=\w)\w++)*+)\["(?P<label>[^"\n]*)"\]'
    r"|style (?P<styled>\w++) fill:(?P<color>#?\w++))(?=\n\s*+[^\s\-=~<%])"
)
_GAP = re.compile(rf"[{_BLANKS}\n;]+")
ARROWS = 40_000
PARTS = 300_000
"""The most nodes, styles and other statements in a map."""


def is_chart(lines: Sequence[str]) -> bool:
    """Whether these lines hold a flowchart and nothing else."""
    return _header("\n".join(lines)) is not None


def diagram_kind(lines: Sequence[str]) -> tuple[int, str | None]:
    """The index of a diagram's first statement (or the number of lines), and its kind if Mermaid knows it."""
    text = "\n".join(lines)
    begin = _begin(text)
    if begin is None:
        return len(lines), None
    index = text.count("\n", 0, _skip(text, begin))
    match = _OTHER_KINDS.match(lines[index].strip())
    return index, match[0] if match else None


def _header(text: str) -> re.Match[str] | None:
    begin = _begin(text)
    return None if begin is None else _HEADER.match(text, begin)


def _begin(text: str) -> int | None:
    """Where the first statement begins, after front matter, comments and directives."""
    front_matter = _FRONT_MATTER.match(text)
    offset = front_matter.end() if front_matter else 0
    while offset < len(text):
        start = _skip(text, offset)
        if text.startswith("%%", start):
            offset = _comment_end(text, start)
        elif text.startswith("\n", start):
            offset = start + 1
        else:
            return offset
    return None


def _comment_end(text: str, offset: int) -> int:
    """Where a comment or a directive ends."""
    directive = _DIRECTIVE.match(text, offset)
    return directive.end() if directive else _line_end(text, offset)


def _line_end(text: str, offset: int) -> int:
    end = text.find("\n", offset)
    return end if end >= 0 else len(text)


def read_chart(lines: Sequence[str], first: int) -> Chart:
    """Parse lines that hold a flowchart; `first` is the number of the first one.

    Raises ExcessError for more arrows, nodes or statements than the limits allow.
    """
    text = "\n".join(lines)
    header = _header(text)
    assert header is not None, "these lines are not a flowchart"
    parser = _Parser(text, first, array("i", accumulate((len(line) + 1 for line in lines[:-1]), initial=0)))
    return parser.parse(header.start(), header.end())


class _Parser:
    def __init__(self, text: str, first: int, starts: array[int]) -> None:
        self._text = text
        self._brackets = _Brackets(text)
        self._first = first
        self._starts = starts
        self._statements: list[Statement] = []
        self._node_styles: list[NodeStyle] = []
        self._link_styles: list[LinkStyle] = []
        self._subgraphs: set[str] = set()
        self._subgraph_ends: list[int] = []
        self._unknown: list[int] = []
        self._continued: set[int] = set()
        # The line of the current statement, and how far it is understood.
        self._line = self._reached = 0
        self._parts = self._arrows = 0

    def parse(self, header: int, offset: int) -> Chart:
        """Parse the statements after the header."""
        text = self._text
        while offset < len(text):
            if usual := _USUAL.match(text, offset):
                offset = self._parse_usual(usual)
            elif gap := _GAP.match(text, offset):
                offset = gap.end()
            elif text.startswith("%%", offset):
                self._count(offset)
                offset = self._continue_lines(offset, _comment_end(text, offset))
            else:
                offset = self._parse_statement(offset)
        return self._chart(self._line_of(header))

    def _parse_usual(self, match: re.Match[str]) -> int:
        """Parse a statement of one of the usual forms; the offset after it."""
        (start, end), _, (label_start, label_end), ids_span, color_span = match.regs[1:]
        _, node, label, styled, color = match.groups()
        self._count(start)
        line = self._line_of(start)
        if color:
            ids = (sys.intern(styled),)
            self._node_styles.append(NodeStyle(line, start, end, ids, ids_span, sys.intern(color), color_span))
        else:
            mention = Mention(sys.intern(node), start, end, label, (label_start - 1, label_end + 1))
            self._statements.append(Statement(line, start, end, ((mention,),), (), ()))
        return end

    def _count(self, offset: int, parts: int = 1, arrows: int = 0) -> None:
        """Count nodes, statements and arrows. Raises ExcessError past a limit."""
        self._parts += parts
        self._arrows += arrows
        if self._parts > PARTS:
            what = f"the map has more than {PARTS:,} nodes and other statements, the limit of a map"
            raise ExcessError(self._line_of(offset), what, "remove nodes from the map")
        if self._arrows > ARROWS:
            what = f"the map has more than {ARROWS:,} arrows, the limit of a map"
            raise ExcessError(self._line_of(offset), what, "remove arrows from the map")

    def _parse_statement(self, offset: int) -> int:
        """Parse one statement; the offset after it, or after the lines that are not understood."""
        self._line, self._reached = self._line_of(offset), offset
        word = _WORD.match(self._text, offset)
        end = self._parse_keyword(word) if word else None
        if end is None and (word is None or word[0] in _NODE_NAMES):
            end = self._parse_nodes(offset)
        if end is not None:
            return self._continue_lines(offset, end)
        last = self._line_of(self._reached)
        self._count(offset)
        self._unknown += [number for number in range(self._line, last + 1) if number not in self._unknown[-1:]]
        return _line_end(self._text, self._reached)

    def _line_of(self, offset: int) -> int:
        return self._first + bisect_right(self._starts, offset) - 1

    def _continue_lines(self, start: int, end: int) -> int:
        """Note which lines begin inside a statement from `start` to `end`."""
        if self._text.find("\n", start, end) >= 0:
            self._continued.update(range(self._line_of(start) + 1, self._line_of(end) + 1))
        return end

    def _closed(self, end: int) -> int | None:
        """The end of a statement, None where more follows that does not belong to it."""
        text, after = self._text, _skip(self._text, end)
        return end if after == len(text) or text.startswith(_ENDS, after) else None

    def _stop(self, offset: int) -> int:
        """Where a statement ends: before the `;`, comment or line end after it, without the blanks there."""
        rest = _REST.match(self._text, offset)
        return offset + len(rest[0].rstrip(" \t")) if rest else offset

    def _parse_keyword(self, match: re.Match[str]) -> int | None:
        """Parse a statement that begins with a keyword: where it ends, None where it is not one."""
        text, offset = self._text, match.start()
        self._count(offset)
        if match[0] == "subgraph":
            return self._parse_subgraph(match.end())
        if match[0] == "end":
            end = self._closed(match.end())
            self._subgraph_ends += [] if end is None else [self._line]
            return end
        if style := _NODE_STYLE.match(text, offset):
            end = self._stop(style.end())
            self._count(offset, style["ids"].count(","))
            ids = tuple(sys.intern(name.strip()) for name in style["ids"].split(","))
            fill = _FILL.search(text, style.end(), end)
            color, span = (sys.intern(fill["color"]), fill.span("color")) if fill else ("", (end, end))
            self._node_styles.append(NodeStyle(self._line, offset, end, ids, style.span("ids"), color, span))
            return end
        if style := _LINK_STYLE.match(text, offset):
            end = self._stop(style.end())
            self._count(offset, style["numbers"].count(","))
            numbers = tuple(int(number) for number in style["numbers"].split(","))
            self._link_styles.append(LinkStyle(self._line, offset, end, numbers, style.span("numbers")))
            return end
        ignored = _IGNORED[match[0]].match(text, offset) if match[0] in _IGNORED else None
        if ignored is None:
            return None
        return self._closed(ignored.end()) if match[0].startswith("acc") else self._stop(ignored.end())

    def _parse_subgraph(self, offset: int) -> int | None:
        """Parse the rest of a subgraph's first line: an id, a title or both."""
        text, start = self._text, _skip(self._text, offset)
        if text.startswith('"', start):
            quote = text.find('"', start + 1)
            end = self._closed(quote + 1) if quote > 0 else None
            title = text[start + 1 : quote]
            if end is not None and title and not any(c.isspace() for c in title):
                self._subgraphs.add(title)
            return end
        if name := _ID.match(text, start):
            shape = _read_shape(text, name.end(), self._brackets)
            end = self._closed(shape[1] if shape else name.end())
            if end is not None:
                self._subgraphs.add(name[0])
                return end
        return self._stop(start)

    def _parse_nodes(self, start: int) -> int | None:
        """Parse nodes and the arrows between them; None where not all of it is understood."""
        groups: list[tuple[Mention, ...]] = []
        links: list[Link] = []
        comments: list[str] = []
        offset = start
        while (group := self._parse_group(offset)) is not None:
            groups.append(group)
            if links:
                self._count(offset, 0, len(groups[-2]) * len(group))
            found = self._parse_link(group[-1].end, comments)
            if found is None:
                if (end := self._closed(group[-1].end)) is not None:
                    statement = Statement(self._line, start, end, tuple(groups), tuple(links), tuple(comments))
                    self._statements.append(statement)
                return end
            link, offset = found
            links.append(link)
        return None

    def _parse_group(self, offset: int) -> tuple[Mention, ...] | None:
        """Parse the nodes that `&` joins."""
        group: list[Mention] = []
        while (mention := _read_mention(self._text, offset, self._brackets)) is not None:
            group.append(mention)
            self._count(offset)
            self._reached = mention.end
            offset = _skip(self._text, mention.end)
            if not self._text.startswith("&", offset):
                return tuple(group)
            offset = _skip(self._text, offset + 1)
        return None

    def _parse_link(self, offset: int, comments: list[str]) -> tuple[Link, int] | None:
        """Parse the arrow after a node; with it comes the offset of the next node. Both may be on later lines."""
        text = self._text
        offset = _skip(text, offset)
        link = None if text.startswith(_ENDS, offset) else _read_link(text, offset)
        if link is None:
            offset, between = self._skip_lines(offset)
            if text[offset : offset + 1] not in _LINK_STARTS or (link := _read_link(text, offset)) is None:
                return None
            comments += between
        self._reached = link.end
        offset = _skip(text, link.end)
        after, between = self._skip_lines(offset)
        if after > offset and (word := _WORD.match(text, after)) and word[0] not in _NODE_NAMES:
            return link, offset
        comments += between
        return link, after

    def _skip_lines(self, offset: int) -> tuple[int, list[str]]:
        """The first offset after line ends and comments, and those comments."""
        text, comments = self._text, []
        while offset < len(text):
            if text.startswith("%%", offset):
                self._count(offset)
                end = _comment_end(text, offset)
                comments.append(text[offset:end].rstrip())
                offset = _skip(text, end)
            elif text[offset] == "\n":
                offset = _skip(text, offset + 1)
            else:
                break
        return offset, comments

    def _chart(self, header: int) -> Chart:
        link_ids = {link.id for statement in self._statements for link in statement.links if link.id}
        statements: list[Statement] = []
        properties: list[Statement] = []
        first: dict[str, Mention] = {}
        labels: dict[str, str | None] = {}
        for statement in self._statements:
            mentions = statement.mentions
            if not statement.links and len(mentions) == 1 and mentions[0].id in link_ids:
                properties.append(statement)
                continue
            statements.append(statement)
            for mention in mentions:
                if mention.id not in first:
                    first[mention.id], labels[mention.id] = mention, mention.label
                elif mention.label is not None:
                    labels[mention.id] = mention.label
        subgraphs = frozenset(name for name in self._subgraphs if labels.get(name) is None)
        for name in subgraphs & labels.keys():
            del labels[name]
        arrows = (arrow for s in statements for number in range(len(s.links)) for arrow in s.arrows(number))
        return Chart(
            text=self._text,
            first=self._first,
            starts=self._starts,
            header=header,
            statements=tuple(statements),
            node_styles=tuple(self._node_styles),
            link_styles=tuple(self._link_styles),
            link_properties=tuple(properties),
            subgraphs=subgraphs,
            subgraph_ends=tuple(self._subgraph_ends),
            unknown=tuple(self._unknown),
            continued=frozenset(self._continued),
            mentions=first,
            labels=labels,
            arrows=tuple(arrow for arrow in arrows if not arrow.link.invisible),
        )
