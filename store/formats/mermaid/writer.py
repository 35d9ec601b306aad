"""Writes the parts of a flowchart, and the labels of its nodes."""

from __future__ import annotations

import re
from html.entities import html5
from typing import TYPE_CHECKING
from unicodedata import category

from store.enums import Severity, Status
from store.text import name_key

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from store.formats.document.model import Item, Register


_BREAK = re.compile(r"<br[ \t]*/?>|\\n|\n", re.IGNORECASE)
_ENTITY = re.compile(
    r"(?:&#[xX](?P<hex>[0-9A-Fa-f]{1,6})|&?#(?P<number>[0-9]{1,7})|[#&](?P<name>[A-Za-z][A-Za-z0-9]{0,31}));"
)
_CODED = re.compile(r"[<\\\n#&`]")
"""What a label has somewhere where its source is not its text."""
_TAG = re.compile(
    r"</?(?:b|i|u|s|em|strong|small|big|sub|sup|span|font|code|mark|center)(?:[ \t][^<>]*)?/?>", re.IGNORECASE
)
_EMPHASIS = (
    re.compile(r"\*\*(?=\S)([^*\n]+)(?<=\S)\*\*"),
    re.compile(r"(?<!\w)__(?=\S)([^_\n]+)(?<=\S)__(?!\w)"),
    re.compile(r"\*(?=\S)([^*\n]+)(?<=\S)\*"),
    re.compile(r"(?<!\w)_(?=\S)([^_\n]+)(?<=\S)_(?!\w)"),
)
_MARKED = re.compile(r"(\*\*|__|\*|_|`)(?P<inner>.+)\1")
_LEAD = re.compile(
    r"\s*(?P<open>\*\*|__|\*|_|`)?(?P<key>[A-Za-z0-9][\w.\-]*)(?(open)(?P=open))"
    r"(?P<mark>\s*:\s*|\s+(?:[-\u2013\u2014]+\s+)?)(?=\S)"
)
_PUNCTUATION = re.compile(r"[\W_]+")
_DIRECTION = re.compile(r"direction (?= *(?:TB|BT|RL|LR))")
_PLAIN = frozenset(" .,:()+-_/'!?=*")


def decode_label(source: str) -> str:
    """The text of a label's source, without the marks of its looks.

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
    pieces = []
    for piece in _BREAK.split(source):
        text = piece
        for marks in emphasis:
            text = marks.sub(r"\1", text)
        pieces.append(_ENTITY.sub(_character, _TAG.sub("", text)))
    return "\n".join(pieces)


def is_markdown(source: str) -> bool:
    """Whether a label's source is a Markdown string."""
    return len(source) > 1 and source[0] == source[-1] == "`"


def _character(match: re.Match[str]) -> str:
    if match["name"]:
        return html5.get(f"{match['name']};", match[0])
    code = int(match["hex"], 16) if match["hex"] else int(match["number"])
    return chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else match[0]


def encode_label(text: str) -> str:
    """The source of a label inside quotes: letters, digits and a few marks stay, all else is `#NN;`."""
    source = "".join(
        "<br/>" if c == "\n" else c if c in _PLAIN or category(c)[0] in "LMN" else f"#{ord(c)};" for c in text
    )
    # Mermaid takes a line with these words anywhere in it for the direction of a subgraph.
    return _DIRECTION.sub("direction#32;", source)


def unquote(source: str) -> str:
    """A label's source without the quotes around it."""
    bare = source.strip()
    return bare[1:-1] if len(bare) > 1 and bare[0] == bare[-1] == '"' else bare


def compact(text: str) -> str:
    """A key without punctuation, as node ids are made of it."""
    return text if text.isalnum() else _PUNCTUATION.sub("", text)


def leading_key(text: str) -> re.Match[str] | None:
    """The word that may be a `key`, and the `mark` between it and the text behind it, as in `EN-001: Title`."""
    return _LEAD.match(text)


class Keys:
    """The item keys that the nodes of a chart may stand for, as they are written or in `any_case`."""

    def __init__(self, keys: Iterable[str], *, any_case: bool = False) -> None:
        self._spell = name_key if any_case else str
        known = sorted(set(keys))
        self._keys = {self._spell(key): key for key in reversed(known)} | {key: key for key in known}
        found: dict[str, list[str]] = {}
        for key in known:
            found.setdefault(self._spell(compact(key)), []).append(key)
        self._compact = {name: keys[0] for name, keys in found.items() if len(keys) == 1}

    def identify(self, node: str, label: str | None) -> tuple[str | None, str | None]:
        """The key a node stands for (None if none) and the title its label gives."""
        lines = decode_label(label).split("\n") if label is not None else []
        for number, text in enumerate(lines):
            if (key := self._alone(text)) is not None:
                return key, "\n".join(lines[:number] + lines[number + 1 :]).strip() or None
        own, title = self._compact.get(self._spell(compact(node))), "\n".join(lines).strip() or None
        lead = leading_key(title or "")
        led = self._known(lead["key"]) if lead else None
        if title and lead and led and (led == own or lead["mark"].strip()):
            return led, title[lead.end() :]
        return own, title

    def _known(self, text: str) -> str | None:
        return self._keys.get(text) or self._keys.get(self._spell(text))

    def _alone(self, line: str) -> str | None:
        """The key that a line is, with emphasis around it or without."""
        text = line.strip()
        if (key := self._known(text)) is None and (marked := _MARKED.fullmatch(text)):
            key = self._known(marked["inner"].strip())
        return key


def node_label(key: str, title: str | None) -> str:
    """The source of an item's label, with its quotes."""
    text = f"{key}\n{title}" if title else key
    return f'"{encode_label(text)}"'


URGENT, CALM = "#ff9999", "#ffcc99"
_RESERVED = frozenset(
    {"end", "graph", "flowchart", "subgraph", "style", "class", "classdef", "click", "default", "href"}
)


def colour(severity: Severity, status: Status) -> str:
    """The fill colour of an item's node."""
    return URGENT if severity is Severity.HIGH and status is Status.OPEN else CALM


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


def write_map(register: Register, keys: Collection[str] | None = None) -> str:
    """The map of a register as a flowchart that `read_chart` reads back: titles, dependencies in order, colours.

    With `keys` it shows these items, whether or not they have a title or a dependency, and what is between them.
    """
    taken: set[str] = set()
    items = mapped_items(register) if keys is None else [item for item in register.items if item.key in keys]
    ids = {item.key: node_id(item.key, taken) for item in items}
    edges = [edge for edge in register.dependencies if edge.source in ids and edge.target in ids]
    lines = ["graph TD"]
    if items:
        lines.append('    subgraph "Debt Interactions"')
        lines += [f"        {ids[item.key]}[{node_label(item.key, item.title)}]" for item in items]
        lines += ["    end", ""]
    lines += [f"    {edge_text(ids[edge.source], ids[edge.target], edge.label)}" for edge in edges]
    lines += [""] if edges else []
    lines += [f"    style {ids[item.key]} fill:{colour(item.severity, item.status)}" for item in items]
    return "\n".join(lines) + "\n"
