"""A Mermaid flowchart: its nodes, arrows and styles, where they are in its text, and what its labels say."""

from __future__ import annotations

import re
from bisect import bisect_right
from html.entities import html5
from typing import TYPE_CHECKING, NamedTuple
from unicodedata import category

from store.text import name_key

if TYPE_CHECKING:
    from array import array
    from collections.abc import Iterable

    Span = tuple[int, int]
    """Where something starts and ends in the text of a chart."""


LINE_BREAK = re.compile(r"(<br[ \t]*/?>|\\n|\n)", re.IGNORECASE)
_ENTITY = re.compile(
    r"(?:&#[xX](?P<hex>[0-9A-Fa-f]{1,6})|&?#(?P<number>[0-9]{1,7})|[#&](?P<name>[A-Za-z][A-Za-z0-9]{0,31}));"
)
# What makes the text of a label differ from its source.
_CODED = re.compile(r"[<\\\n#&`]")
_TAG = re.compile(
    r"</?(?:b|i|u|s|em|strong|small|big|sub|sup|span|font|code|mark|center)(?:[ \t][^<>]*)?/?>", re.IGNORECASE
)
_EMPHASIS = (
    re.compile(r"\*\*(?=\S)([^*\n]+)(?<=\S)\*\*"),
    re.compile(r"(?<!\w)__(?=\S)([^_\n]+)(?<=\S)__(?!\w)"),
    re.compile(r"\*(?=\S)([^*\n]+)(?<=\S)\*"),
    re.compile(r"(?<!\w)_(?=\S)([^_\n]+)(?<=\S)_(?!\w)"),
)
_EMPHASIZED = re.compile(r"(\*\*|__|\*|_|`)(?P<inner>.+)\1")
# A word that may be a key, and the mark between it and the text after it, as in `EN-001: Title`.
LEADING_KEY = re.compile(
    r"\s*(?P<open>\*\*|__|\*|_|`)?(?P<key>[A-Za-z0-9][\w.\-]*)(?(open)(?P=open))"
    r"(?P<mark>\s*:\s*|\s+(?:[-\u2013\u2014]+\s+)?)(?=\S)"
)
_PUNCTUATION = re.compile(r"[\W_]+")
_DIRECTION = re.compile(r"direction (?= *(?:TB|BT|RL|LR))")
_LITERAL = frozenset(" .,:()+-_/'!?=*")


def decode_label(source: str) -> str:
    """The text of a label's source, without formatting.

    `<br/>`, `\\n` and a line end are line breaks, `#35;`, `#quot;` and `&amp;` are characters; a Markdown string
    (in backticks) loses its emphasis, any label its HTML tags.
    """
    if _CODED.search(source) is None:
        return source
    emphasis = _EMPHASIS if is_markdown(source) else ()
    if emphasis:
        source = source[1:-1]
    if "\n" in source:
        source = "\n".join(line.strip() for line in source.split("\n"))
    lines = []
    for line in LINE_BREAK.split(source)[::2]:
        for pattern in emphasis:
            line = pattern.sub(r"\1", line)
        if "<" in line:
            line = _TAG.sub("", line)
        lines.append(_ENTITY.sub(_character, line) if "#" in line or "&" in line else line)
    return "\n".join(lines)


def is_markdown(source: str) -> bool:
    return len(source) > 1 and source[0] == source[-1] == "`"


def _character(match: re.Match[str]) -> str:
    if match["name"]:
        return html5.get(f"{match['name']};", match[0])
    code = int(match["hex"], 16) if match["hex"] else int(match["number"])
    return chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else match[0]


def encode_label(text: str) -> str:
    """The source of a label inside quotes: letters, digits and some punctuation are literal, the rest is `#NN;`."""
    source = "".join(
        "<br/>" if c == "\n" else c if c in _LITERAL or category(c)[0] in "LMN" else f"#{ord(c)};" for c in text
    )
    # Mermaid takes a line with these words anywhere in it for the direction of a subgraph.
    return _DIRECTION.sub("direction#32;", source)


def unquote(source: str) -> str:
    """A label's source without the quotes around it."""
    bare = source.strip()
    return bare[1:-1] if len(bare) > 1 and bare[0] == bare[-1] == '"' else bare


def compact_key(text: str) -> str:
    """A key without punctuation, as node ids are made of it."""
    return text if text.isalnum() else _PUNCTUATION.sub("", text)


class Keys:
    """The item keys that the nodes of a chart may represent, as written or in `any_case`.

    What a node represents is cached, since the same nodes are looked up again and again.
    """

    def __init__(self, keys: Iterable[str], *, any_case: bool = False) -> None:
        self._fold = name_key if any_case else str
        known = sorted(set(keys))
        self._keys = {self._fold(key): key for key in reversed(known)}
        self._keys.update(zip(known, known, strict=True))
        compact: dict[str, str] = {}
        ambiguous = set()
        for key in known:
            name = self._fold(compact_key(key))
            if compact.setdefault(name, key) is not key:
                ambiguous.add(name)
        for name in ambiguous:
            del compact[name]
        self._compact = compact
        self._by_label: dict[str | None, tuple[str | None, str | None]] = {}
        self._by_node: dict[tuple[str, str | None], tuple[str | None, str | None]] = {}

    def identify(self, node: str, label: str | None) -> tuple[str | None, str | None]:
        """The key a node represents (None if none) and the title its label gives."""
        if (found := self._by_label.get(label)) is None:
            found = self._by_label[label] = self._identify("", label)
        # A label with a key decides, whatever its node is called.
        if found[0] is not None or not node:
            return found
        if (found := self._by_node.get((node, label))) is None:
            found = self._by_node[node, label] = self._identify(node, label)
        return found

    def of_nodes(self, chart: Chart) -> dict[str, str]:
        """The keys of the nodes of a chart that represent an item."""
        return {node: key for node, label in chart.labels.items() if (key := self.identify(node, label)[0])}

    def _identify(self, node: str, label: str | None) -> tuple[str | None, str | None]:
        lines = decode_label(label).split("\n") if label is not None else []
        for number, text in enumerate(lines):
            if (key := self._key_on(text)) is not None:
                return key, "\n".join(lines[:number] + lines[number + 1 :]).strip() or None
        by_id, title = self._compact.get(self._fold(compact_key(node))), "\n".join(lines).strip() or None
        lead = LEADING_KEY.match(title or "")
        leading = self._find(lead["key"]) if lead else None
        if title and lead and leading and (leading == by_id or lead["mark"].strip()):
            return leading, title[lead.end() :]
        return by_id, title

    def _find(self, text: str) -> str | None:
        return self._keys.get(text) or self._keys.get(self._fold(text))

    def _key_on(self, line: str) -> str | None:
        """The key that a line consists of, with emphasis around it or without."""
        text = line.strip()
        if (key := self._find(text)) is None and (emphasized := _EMPHASIZED.fullmatch(text)):
            key = self._find(emphasized["inner"].strip())
        return key


_SAME_HEADS = frozenset({"<>", "oo", "xx"})


class Mention(NamedTuple):
    """A node where a statement names it, and the source and span of its label if it has one."""

    id: str
    start: int
    end: int
    label: str | None
    label_span: Span


class Link(NamedTuple):
    """An arrow between two groups of nodes; `label` is decoded, `arrow` is the arrow without it.

    `id` is the name that Mermaid lets an arrow have; it comes before `start`.
    """

    start: int
    end: int
    arrow: str
    label: str
    id: str

    @property
    def invisible(self) -> bool:
        """Whether it only positions its nodes."""
        return self.arrow.startswith("~")

    @property
    def directed(self) -> bool:
        """Whether it has a head at its end."""
        return self.arrow[-1] in ">ox"

    @property
    def bidirectional(self) -> bool:
        """Whether it has the same head at both ends."""
        return self.arrow[0] + self.arrow[-1] in _SAME_HEADS


class Statement(NamedTuple):
    """Nodes, and the links between them: `links[i]` goes from every node of `groups[i]` to those of the next group.

    `comments` are those between its lines.
    """

    line: int
    start: int
    end: int
    groups: tuple[tuple[Mention, ...], ...]
    links: tuple[Link, ...]
    comments: tuple[str, ...]

    @property
    def mentions(self) -> list[Mention]:
        """Its nodes in order."""
        return [mention for group in self.groups for mention in group]

    def arrows(self, index: int) -> list[Arrow]:
        """The edges that the link of this number makes, in the order in which Mermaid counts them."""
        sources, targets = self.groups[index : index + 2]
        return [Arrow(source.id, target.id, self.links[index], self) for source in sources for target in targets]


class NodeStyle(NamedTuple):
    """A statement that styles nodes: their ids, its fill color, and the spans of both."""

    line: int
    start: int
    end: int
    ids: tuple[str, ...]
    ids_span: Span
    color: str
    color_span: Span


class LinkStyle(NamedTuple):
    """A statement that styles edges by their numbers, which count every edge of the chart from 0."""

    line: int
    start: int
    end: int
    numbers: tuple[int, ...]
    numbers_span: Span


class Arrow(NamedTuple):
    """One edge of the chart between two node ids."""

    source: str
    target: str
    link: Link
    statement: Statement

    @property
    def label(self) -> str:
        """The decoded label of its link."""
        return self.link.label

    @property
    def ends(self) -> tuple[tuple[str, str], ...]:
        """From which node to which: once, or in both directions for a bidirectional arrow."""
        there = (self.source, self.target)
        return (there, there[::-1]) if self.link.bidirectional else (there,)


class Chart(NamedTuple):
    """A flowchart.

    Lines are counted as in the document; `start`, `end` and spans are offsets into `text`, the chart's lines joined,
    the first of which is the document's line `first`. `starts` are the offsets of the lines. `unknown` are the lines
    that are not understood, `subgraphs` the ids of subgraphs, `subgraph_ends` the lines where one ends, `continued`
    the lines that begin inside a statement. `link_properties` say how the arrow of their only node's id is drawn.

    `mentions` are the first of each id, in order, `labels` the source of the last label that each node is given (a
    subgraph is not a node), `arrows` all edges that are drawn, in order.
    """

    text: str
    first: int
    starts: array[int]
    header: int
    statements: tuple[Statement, ...]
    node_styles: tuple[NodeStyle, ...]
    link_styles: tuple[LinkStyle, ...]
    link_properties: tuple[Statement, ...]
    subgraphs: frozenset[str]
    subgraph_ends: tuple[int, ...]
    unknown: tuple[int, ...]
    continued: frozenset[int]
    mentions: dict[str, Mention]
    labels: dict[str, str | None]
    arrows: tuple[Arrow, ...]

    def line(self, offset: int) -> int:
        """The line of an offset."""
        return self.first + bisect_right(self.starts, offset) - 1

    def line_of(self, node: str) -> int:
        """The line on which a node is named first."""
        return self.line(self.mentions[node].start)

    def joined_lines(self, line: int) -> range:
        """This line and those that share a statement with it."""
        start, stop = line, line + 1
        while start in self.continued:
            start -= 1
        while stop in self.continued:
            stop += 1
        return range(start, stop)

    def span(self, lines: range) -> Span:
        """The span of these lines, without the end of the last."""
        after = lines.stop - self.first
        end = self.starts[after] - 1 if after < len(self.starts) else len(self.text)
        return self.starts[lines.start - self.first], end

    def source(self, line: int) -> str:
        """The text of one line."""
        return self.text[slice(*self.span(range(line, line + 1)))]
