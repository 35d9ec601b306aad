"""Parses a Mermaid flowchart statement by statement."""

from __future__ import annotations

import re
from itertools import accumulate
from typing import TYPE_CHECKING

from store.formats.document.layout import ExcessError
from store.formats.mermaid.chart import Chart, Link, LinkStyle, Mention, Paint, Properties, Statement
from store.formats.mermaid.writer import decode_label, unquote

if TYPE_CHECKING:
    from collections.abc import Sequence


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


_LINK_ID = re.compile(r"(?P<id>\w[\w.\-]*)@(?=[<ox]?[-=~])")
_ARROW = re.compile(r"[<ox]?(?:--+[->ox]|==+[=>ox]|-\.+-[>ox]?)|~~~+")
_LABELLED = re.compile(
    r"""(?P<head>[<ox]?)(?:
     --(?P<line>[ \t]*"[^"]*"[ \t]*|[^-"|>\n][^"|\n]*?)(?P<line_end>--+[->ox])
    |==(?P<thick>[ \t]*"[^"]*"[ \t]*|[^="|>\n][^"|\n]*?)(?P<thick_end>==+[=>ox])
    |-\.(?P<dots>[ \t]*"[^"]*"[ \t]*|[^."|>\n][^"|\n]*?)(?P<dots_end>(?<!\.)\.++-[>ox]?))""",
    re.VERBOSE,
)
_PIPED = re.compile(r'[ \t]*\|(?P<label>[ \t]*"[^"]*"[ \t]*|[^|"\n]*)\|')


def read_link(text: str, position: int) -> Link | None:
    """The arrow at a place; one with a head at its beginning alone is none, as Mermaid does not draw it."""
    name = _LINK_ID.match(text, position)
    start = name.end() if name else position
    if match := _ARROW.match(text, start):
        piped = _PIPED.match(text, match.end())
        source, end, arrow = (piped["label"], piped.end(), match[0]) if piped else ("", match.end(), match[0])
    elif match := _LABELLED.match(text, start):
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
_OTHER = re.compile(
    r"(?:sequenceDiagram|classDiagram(?:-v2)?|stateDiagram(?:-v2)?|erDiagram|journey|gantt|pie|quadrantChart|"
    r"requirement(?:Diagram)?|gitGraph|C4(?:Context|Container|Component|Dynamic|Deployment)|mindmap|timeline|zenuml|"
    r"kanban|info|(?:sankey|xychart|block|packet|architecture|radar|treemap)(?:-beta)?)(?=[\s:;]|\Z)"
)
"""The other kinds of diagrams that Mermaid draws."""
_WORD = re.compile(r"(?:subgraph|end|direction|style|linkStyle|classDef|class|click|accTitle|accDescr)(?=[\s;:{]|\Z)")
# Words that a node may have for a name.
_NAMES = frozenset({"direction", "accTitle", "accDescr"})
_STYLE = re.compile(r"style[ \t]+(?=\w)(?P<ids>[^\s;,]+(?:[ \t]*,[ \t]*[^\s;,]+)*)[ \t]+(?=\S)")
_LINK_STYLE = re.compile(r"linkStyle[ \t]+(?P<numbers>\d{1,6}(?:[ \t]*,[ \t]*\d{1,6})*)[ \t]+(?=\S)")
# What says nothing about nodes and edges, up to where it ends or to what `_stop` finds.
_TOLD = {
    "direction": re.compile(r"direction[ \t]+(?:TB|TD|BT|RL|LR)(?=[\s;]|\Z)"),
    "linkStyle": re.compile(r"linkStyle[ \t]+default[ \t]+(?=\S)"),
    "classDef": re.compile(r"classDef[ \t]+\w[^\s;]*[ \t]+(?=\S)"),
    "class": re.compile(r"class[ \t]+\w[^\n;]*[ \t]\w"),
    "click": re.compile(r"click[ \t]+\w\S*[ \t]+(?=\S)"),
    "accTitle": re.compile(r"accTitle[ \t]*:[^\n]*"),
    "accDescr": re.compile(r"accDescr[ \t]*(?::[^\n]*|\{[^{}]*\})"),
}
# What ends a statement that is not taken apart here; in quotes and brackets nothing does.
_STOP = re.compile(r'"[^"\n]*"|\[[^\[\]\n]*\]|(?P<stop>;|%%|\n)')
_FILL = re.compile(r"fill:[ \t]*(?P<colour>#?\w+)")
_DIRECTIVE = re.compile(r"%%\{(?:(?!%%\{|\}%%).)*+\}%%", re.DOTALL)
_FRONT = re.compile(r"\s*---[ \t]*\n(?:(?![ \t]*---[ \t]*(?:\n|\Z)).*\n)*+[ \t]*---[ \t]*(?:\n|\Z)")
_CONTINUES = frozenset("-=~<")
_GAP = re.compile(rf"[{BLANKS}\n;]+")
ARROWS = 40_000
PARTS = 300_000
"""The most nodes, styles and other statements in a map."""


def is_chart(lines: Sequence[str]) -> bool:
    """Whether these lines hold a flowchart and nothing else."""
    return _header("\n".join(lines)) is not None


def first_statement(lines: Sequence[str]) -> int:
    """The line, from 0, that says what kind of diagram these are; as many as there are where none does."""
    text = "\n".join(lines)
    begin = _begin(text)
    return len(lines) if begin is None else text.count("\n", 0, skip(text, begin))


def other_kind(line: str) -> str | None:
    """The kind of a diagram that begins with this line and is not a flowchart; None for what Mermaid does not know."""
    match = _OTHER.match(line.strip())
    return match[0] if match else None


def _header(text: str) -> re.Match[str] | None:
    """The line that begins a flowchart."""
    begin = _begin(text)
    return None if begin is None else _HEADER.match(text, begin)


def _begin(text: str) -> int | None:
    """Where the first statement begins, behind front matter, comments and directives."""
    front = _FRONT.match(text)
    position = front.end() if front else 0
    while position < len(text):
        start = skip(text, position)
        if text.startswith("%%", start):
            position = _comment_end(text, start)
        elif text.startswith("\n", start):
            position = start + 1
        else:
            return position
    return None


def _comment_end(text: str, position: int) -> int:
    """Where a comment or a directive ends."""
    directive = _DIRECTIVE.match(text, position)
    return directive.end() if directive else line_end(text, position)


def read_chart(lines: Sequence[str], first: int) -> Chart:
    """Read the lines of a fence that holds a flowchart; `first` is the number of its first line.

    Raises ExcessError where it has more arrows, nodes or statements than can be taken in.
    """
    text = "\n".join(lines)
    header = _header(text)
    if header is None:
        raise ValueError("these lines hold no flowchart")
    reader = _Reader(text, first, tuple(accumulate((len(line) + 1 for line in lines[:-1]), initial=0)))
    return reader.read(header.start(), header.end())


class _Reader:
    def __init__(self, text: str, first: int, starts: tuple[int, ...]) -> None:
        self._text = text
        self._brackets = Brackets(text)
        self._first = first
        self._starts = starts
        self._statements: list[Statement] = []
        self._paints: list[Paint] = []
        self._link_styles: list[LinkStyle] = []
        self._subgraphs: set[str] = set()
        self._ends: list[int] = []
        self._unknown: list[int] = []
        self._continued: set[int] = set()
        self._line = 0
        # How far into the statement at hand everything is understood.
        self._reached = 0
        self._arrows = 0
        self._parts = 0

    def read(self, header: int, position: int) -> Chart:
        """Read the statements behind the header."""
        text = self._text
        self._line = heading = self._line_of(header)
        while position < len(text):
            if gap := _GAP.match(text, position):
                position = gap.end()
            elif text.startswith("%%", position):
                self._count(position)
                position = self._passed(position, _comment_end(text, position))
            else:
                position = self._next(position)
        return self._chart(heading)

    def _count(self, position: int, number: int = 1) -> None:
        """Count nodes or statements at a position. Raises ExcessError past the limit."""
        self._parts += number
        if self._parts > PARTS:
            what = f"the map has more than {PARTS:,} nodes and other statements, the limit of a map"
            raise ExcessError(self._line_of(position), what, "take nodes out of the map")

    def _count_arrows(self, position: int, number: int) -> None:
        """Count the edges that an arrow makes. Raises ExcessError past the limit."""
        self._arrows += number
        if self._arrows > ARROWS:
            what = f"the map has more than {ARROWS:,} arrows, the limit of a map"
            raise ExcessError(self._line_of(position), what, "take arrows out of the map")

    def _next(self, position: int) -> int:
        """Read one statement; the place behind it, or behind the lines that are not understood."""
        self._line, self._reached = self._line_of(position), position
        word = _WORD.match(self._text, position)
        end = self._word(word) if word else None
        if end is None and (word is None or word[0] in _NAMES):
            end = self._read_statement(position)
        if end is not None:
            return self._passed(position, end)
        last = self._line_of(self._reached)
        self._count(position)
        self._unknown += [number for number in range(self._line, last + 1) if number not in self._unknown[-1:]]
        return line_end(self._text, self._reached)

    def _line_of(self, place: int) -> int:
        """The line of a place; places come in order but for the few lines of one statement."""
        number = max(self._line - self._first, 0)
        while number > 0 and self._starts[number] > place:
            number -= 1
        while number + 1 < len(self._starts) and self._starts[number + 1] <= place:
            number += 1
        return self._first + number

    def _passed(self, start: int, end: int) -> int:
        """Note which lines begin inside of what was read from `start` to `end`."""
        if self._text.find("\n", start, end) >= 0:
            self._continued.update(range(self._line_of(start) + 1, self._line_of(end) + 1))
        return end

    def _closed(self, end: int) -> int | None:
        """The end of a statement, None where something that is none of it follows."""
        text, after = self._text, skip(self._text, end)
        return end if after == len(text) or text[after] in ";\n" or text.startswith("%%", after) else None

    def _stop(self, position: int) -> int:
        """Where a statement ends: before the `;`, the comment or the line end behind it, without the blanks there."""
        text = self._text
        found = next((match.start() for match in _STOP.finditer(text, position) if match["stop"]), len(text))
        return max(position, position + len(text[position:found].rstrip(" \t")))

    def _word(self, match: re.Match[str]) -> int | None:
        """Read a statement that begins with a word of its own: where it ends, None where it is none."""
        text, position = self._text, match.start()
        self._count(position)
        if match[0] == "subgraph":
            return self._subgraph(match.end())
        if match[0] == "end":
            end = self._closed(match.end())
            self._ends += [] if end is None else [self._line]
            return end
        if style := _STYLE.match(text, position):
            end = self._stop(style.end())
            self._count(position, style["ids"].count(","))
            self._paints.append(_paint(style, self._line, end))
            return end
        if style := _LINK_STYLE.match(text, position):
            end = self._stop(style.end())
            self._count(position, style["numbers"].count(","))
            numbers = tuple(int(number) for number in style["numbers"].split(","))
            self._link_styles.append(LinkStyle(self._line, position, end, numbers, *style.span("numbers")))
            return end
        told = _TOLD[match[0]].match(text, position) if match[0] in _TOLD else None
        if told is None or match[0].startswith("acc"):
            return self._closed(told.end()) if told else None
        return self._stop(told.end())

    def _subgraph(self, position: int) -> int | None:
        """Read the rest of a subgraph's first line: an id, a title or both."""
        text, start = self._text, skip(self._text, position)
        if text.startswith('"', start):
            quote = text.find('"', start + 1)
            end = self._closed(quote + 1) if quote > 0 else None
            title = text[start + 1 : quote]
            if end is not None and title and not any(c.isspace() for c in title):
                self._subgraphs.add(title)
            return end
        if name := read_id(text, start):
            shape = read_shape(text, name.end(), self._brackets)
            end = self._closed(shape[2] if shape else name.end())
            if end is not None:
                self._subgraphs.add(name[0])
                return end
        return self._stop(start)

    def _read_statement(self, start: int) -> int | None:
        """Read nodes and the arrows between them; None where not all of it is understood."""
        groups: list[tuple[Mention, ...]] = []
        links: list[Link] = []
        remarks: list[str] = []
        position = start
        while (group := self._group(position)) is not None:
            groups.append(group)
            if links:
                self._count_arrows(position, len(groups[-2]) * len(group))
            found = self._link(group[-1].end, remarks)
            if found is None:
                if (end := self._closed(group[-1].end)) is not None:
                    statement = Statement(self._line, start, end, tuple(groups), tuple(links), tuple(remarks))
                    self._statements.append(statement)
                return end
            link, position = found
            links.append(link)
        return None

    def _group(self, position: int) -> tuple[Mention, ...] | None:
        """The nodes that `&` joins."""
        group: list[Mention] = []
        while (mention := read_mention(self._text, position, self._brackets)) is not None:
            group.append(mention)
            self._count(position)
            self._reached = mention.end
            position = skip(self._text, mention.end)
            if not self._text.startswith("&", position):
                return tuple(group)
            position = skip(self._text, position + 1)
        return None

    def _link(self, position: int, remarks: list[str]) -> tuple[Link, int] | None:
        """The arrow behind a node, and the place of the node behind it; either may stand on a later line."""
        text = self._text
        position = skip(text, position)
        link = read_link(text, position)
        if link is None:
            position, between = self._later(position)
            if text[position : position + 1] not in _CONTINUES or (link := read_link(text, position)) is None:
                return None
            remarks += between
        self._reached = link.end
        position = skip(text, link.end)
        after, between = self._later(position)
        if after > position and (word := _WORD.match(text, after)) and word[0] not in _NAMES:
            return link, position
        remarks += between
        return link, after

    def _later(self, position: int) -> tuple[int, list[str]]:
        """The first place behind line ends and comments, and those comments."""
        text, remarks = self._text, []
        while position < len(text):
            if text.startswith("%%", position):
                self._count(position)
                end = _comment_end(text, position)
                remarks.append(text[position:end].rstrip())
                position = skip(text, end)
            elif text[position] == "\n":
                position = skip(text, position + 1)
            else:
                break
        return position, remarks

    def _chart(self, header: int) -> Chart:
        named = {link.id for statement in self._statements for link in statement.links if link.id}
        told = [s for s in self._statements if not s.links and len(s.groups[0]) == 1 and s.groups[0][0].id in named]
        statements = tuple(s for s in self._statements if s not in told) if told else tuple(self._statements)
        labelled = {m.id for s in statements for group in s.groups for m in group if m.label is not None}
        return Chart(
            text=self._text,
            first=self._first,
            starts=self._starts,
            header=header,
            statements=statements,
            paints=tuple(self._paints),
            link_styles=tuple(self._link_styles),
            properties=tuple(Properties(s.line, s.start, s.end, s.groups[0][0].id) for s in told),
            subgraphs=frozenset(self._subgraphs - labelled),
            ends=tuple(self._ends),
            unknown=tuple(self._unknown),
            continued=frozenset(self._continued),
        )


def _paint(match: re.Match[str], line: int, end: int) -> Paint:
    ids = tuple(name.strip() for name in match["ids"].split(","))
    fill = _FILL.search(match.string, match.end(), end)
    span = fill.span("colour") if fill else (end, end)
    return Paint(line, match.start(), end, ids, *match.span("ids"), fill["colour"] if fill else "", *span)
