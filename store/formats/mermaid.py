"""The dependency map as a Mermaid flowchart: read with the place of everything in it, and written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html.entities import html5
from typing import TYPE_CHECKING
from unicodedata import category

from store.words import Severity, Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from store.content import Item, Register

URGENT, CALM = "#ff9999", "#ffcc99"

_BREAK = re.compile(r"<br[ \t]*/?>", re.IGNORECASE)
_ENTITY = re.compile(r"#([0-9]{1,7}|[A-Za-z][A-Za-z0-9]{0,31});")
_PLAIN = frozenset(" .,:()+-_/'!?=*")
_HEADER = re.compile(r"[ \t]*(?:graph|flowchart(?:-elk)?)(?:[ \t]+(?:TB|TD|BT|RL|LR))?(?=[ \t;]|\Z)")
_SKIPPED = re.compile(r"(?:subgraph|end|direction|classDef|class|linkStyle|click|accTitle|accDescr)(?=[\s;:]|\Z)")
_STYLE = re.compile(r"style[ \t]+(?P<ids>[^\s;,]+(?:[ \t]*,[ \t]*[^\s;,]+)*)[ \t]+(?P<rest>\S.*)")
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
_RESERVED = frozenset(
    {"end", "graph", "flowchart", "subgraph", "style", "class", "classdef", "click", "default", "href"}
)


@dataclass(frozen=True, slots=True)
class Mention:
    """A node where a statement names it: `start` to `end` on the line; its label's source and place if it has one."""

    id: str
    start: int
    end: int
    label: str | None = None
    label_start: int = 0
    label_end: int = 0


@dataclass(frozen=True, slots=True)
class Link:
    """An arrow between two groups of nodes; `label` is decoded, `arrow` is the arrow without it."""

    start: int
    end: int
    arrow: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Statement:
    """Nodes, and the links between them: `links[i]` goes from every node of `groups[i]` to those of the next group."""

    line: int
    start: int
    end: int
    groups: tuple[tuple[Mention, ...], ...]
    links: tuple[Link, ...] = ()

    def arrows(self, index: int) -> list[Arrow]:
        """The edges that the link of this number draws; an invisible one draws none."""
        link = self.links[index]
        if link.arrow.startswith("~"):
            return []
        sources, targets = self.groups[index : index + 2]
        return [Arrow(source.id, target.id, link.label, self, link) for source in sources for target in targets]


@dataclass(frozen=True, slots=True)
class Paint:
    """A style line: the nodes it colours and the place of its fill colour."""

    line: int
    ids: tuple[str, ...]
    ids_start: int
    ids_end: int
    colour: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Arrow:
    """One edge of the chart between two node ids."""

    source: str
    target: str
    label: str
    statement: Statement
    link: Link


@dataclass(frozen=True, slots=True)
class Chart:
    """A flowchart: lines are numbered as in the document, `unknown` are those not understood."""

    header: int
    last: int
    statements: tuple[Statement, ...]
    paints: tuple[Paint, ...]
    ends: tuple[int, ...]
    unknown: tuple[int, ...]

    def labels(self) -> dict[str, str | None]:
        """Every node id in order, with the source of the first label it is given."""
        found: dict[str, str | None] = {}
        for statement in self.statements:
            for mention in (mention for group in statement.groups for mention in group):
                if found.get(mention.id) is None:
                    found[mention.id] = mention.label
        return found

    def arrows(self) -> tuple[Arrow, ...]:
        """Every edge in order."""
        return tuple(arrow for s in self.statements for index in range(len(s.links)) for arrow in s.arrows(index))


def decode_label(source: str) -> str:
    """The text of a label's source: `<br/>` is a line break, `#35;` and `#quot;` are characters."""
    return "\n".join(_ENTITY.sub(_character, piece) for piece in _BREAK.split(source))


def _character(match: re.Match[str]) -> str:
    name = match[1]
    if not name.isdigit():
        return html5.get(f"{name};", match[0])
    code = int(name)
    return chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else match[0]


def encode_label(text: str) -> str:
    """The source of a label inside quotes: letters, digits and a few marks stay, all else is `#NN;`."""
    return "".join(
        "<br/>" if c == "\n" else c if c in _PLAIN or category(c)[0] in "LMN" else f"#{ord(c)};" for c in text
    )


def unquote(source: str) -> str:
    """A label's source without the quotes around it."""
    bare = source.strip()
    return bare[1:-1] if len(bare) > 1 and bare[0] == bare[-1] == '"' else bare


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
                paints += _paint(match, line)
                break
            if match := _SKIPPED.match(text, position):
                ends += [line] if match[0] == "end" else []
                break
            statement = _statement(text, position, line)
            if statement is None:
                unknown.append(line)
                break
            statements.append(statement)
            position = _skip(text, statement.end)
    return Chart(first + header, first + len(lines) - 1, tuple(statements), tuple(paints), tuple(ends), tuple(unknown))


def _skip(text: str, position: int) -> int:
    while position < len(text) and text[position] in " \t":
        position += 1
    return position


def _paint(match: re.Match[str], line: int) -> list[Paint]:
    ids = tuple(name.strip() for name in match["ids"].split(","))
    fill = _FILL.search(match.string, match.start("rest"))
    span = fill.span("colour") if fill else (match.end(), match.end())
    return [Paint(line, ids, *match.span("ids"), fill["colour"] if fill else "", *span)]


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


def compact(text: str) -> str:
    """A key without punctuation, as node ids are made of it."""
    return "".join(c for c in text if c.isalnum())


class Keys:
    """The item keys that the nodes of a chart may stand for."""

    def __init__(self, keys: Iterable[str]) -> None:
        self._keys = frozenset(keys)
        found: dict[str, list[str]] = {}
        for key in sorted(self._keys):
            found.setdefault(compact(key), []).append(key)
        self._compact = {name: keys[0] for name, keys in found.items() if len(keys) == 1}

    def identify(self, node: str, label: str | None) -> tuple[str | None, str | None]:
        """The key a node stands for (None if none) and the title its label gives."""
        lines = decode_label(label).split("\n") if label is not None else []
        for number, text in enumerate(lines):
            if text.strip() in self._keys:
                return text.strip(), "\n".join(lines[:number] + lines[number + 1 :]).strip() or None
        return self._compact.get(compact(node)), "\n".join(lines).strip() or None


def colour(severity: Severity, status: Status) -> str:
    """The fill colour of an item's node."""
    return URGENT if severity is Severity.HIGH and status is Status.OPEN else CALM


def node_label(key: str, title: str | None) -> str:
    """The source of an item's label, with its quotes."""
    text = f"{key}\n{title}" if title else key
    return f'"{encode_label(text)}"'


def node_id(key: str, taken: set[str]) -> str:
    """A node id for a key that is not among `taken`; it is added to them."""
    base = compact(key)
    if base.casefold() in _RESERVED:
        base += "_"
    number, unique = 2, base
    while unique in taken:
        unique, number = f"{base}_{number}", number + 1
    taken.add(unique)
    return unique


def edge_text(source: str, target: str, label: str, arrow: str = "-->") -> str:
    """An edge between two node ids."""
    return f"{source} {link_text(arrow, label)} {target}"


def link_text(arrow: str, label: str) -> str:
    """An arrow with its label."""
    return f'{arrow}|"{encode_label(label)}"|' if label else arrow


def mapped_items(register: Register) -> tuple[Item, ...]:
    """The items that a map shows: those with a title or a dependency."""
    linked = {key for edge in register.dependencies for key in (edge.source, edge.target)}
    return tuple(item for item in register.items if item.title or item.key in linked)


def write_map(register: Register) -> str:
    """The map of a register as a flowchart that `read_chart` reads back: titles, dependencies in order, colours."""
    taken: set[str] = set()
    items = mapped_items(register)
    ids = {item.key: node_id(item.key, taken) for item in items}
    lines = ["graph TD", '    subgraph "Debt Interactions"']
    lines += [f"        {ids[item.key]}[{node_label(item.key, item.title)}]" for item in items]
    lines += ["    end", ""]
    lines += [f"    {edge_text(ids[e.source], ids[e.target], e.label)}" for e in register.dependencies]
    lines += [""] if register.dependencies else []
    lines += [f"    style {ids[item.key]} fill:{colour(item.severity, item.status)}" for item in items]
    return "\n".join(lines) + "\n"
