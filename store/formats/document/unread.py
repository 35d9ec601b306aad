"""What the mermaid blocks of a document hold that cannot be read: it is neither taken as removed nor written again."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from store.formats.mermaid.labels import Keys

if TYPE_CHECKING:
    from collections.abc import Iterable

    from store.formats.document.model import Dependency, Register
    from store.formats.mermaid.chart import Chart

_WORD = re.compile(r"[A-Za-z0-9]+(?:[-_.][A-Za-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Unread:
    """Items whose titles and dependencies a map may hold on lines that cannot be read; None: any item."""

    keys: frozenset[str] | None

    def __contains__(self, key: str) -> bool:
        return self.keys is None or key in self.keys


def find_unread(chart: Chart | None, blocks: Iterable[str], keys: Iterable[str]) -> Unread | None:
    """What cannot be read of a map and of the blocks that may be one, given the keys of the document's items."""
    texts = list(blocks)
    if chart is None:
        return Unread(None) if texts else None
    texts += [chart.text[slice(*chart.span(range(number, number + 1)))] for number in chart.unknown]
    known = Keys(keys)
    nodes = {node: known.identify(node, label)[0] for node, label in chart.labels().items()}
    words = {word for text in texts for word in _WORD.findall(text)}
    named = frozenset(key for word in words if (key := nodes.get(word) or known.identify(word, word)[0]))
    return Unread(named) if named else None


def filled(read: Register, unread: Unread | None, known: Register | None) -> Register:
    """A register as it was read, with what could not be read as another one that has the same keys knows it."""
    if unread is None or known is None:
        return read
    titles = {item.key: item.title for item in known.items if item.key in unread}
    items = tuple(item if item.title else replace(item, title=titles.get(item.key)) for item in read.items)
    here, ends = {item.key for item in items}, {_ends(edge) for edge in read.dependencies}
    # What is kept comes behind the one that it followed.
    behind: dict[tuple[str, str] | None, list[Dependency]] = {}
    anchor = None
    for edge in known.dependencies:
        if _ends(edge) in ends:
            anchor = _ends(edge)
        elif (edge.source in unread or edge.target in unread) and here >= {edge.source, edge.target}:
            behind.setdefault(anchor, []).append(edge)
    edges = behind.pop(None, [])
    for edge in read.dependencies:
        edges += [edge, *behind.pop(_ends(edge), ())]
    return replace(read, items=items, dependencies=tuple(edges))


def _ends(edge: Dependency) -> tuple[str, str]:
    return edge.source, edge.target


def masked(register: Register, unread: Unread | None, read: Register, known: Register | None) -> Register:
    """A register without what its document holds on lines that cannot be read: writing that again would double it.

    `read` is the register that was read from the document, whose keys are the items' origins; `known` as in `filled`.
    """
    if unread is None:
        return register
    if unread.keys is None:
        items = tuple(replace(item, title=None) for item in register.items)
        return replace(register, items=items, dependencies=())
    held = filled(read, unread, known)
    titles = {now.key for was, now in zip(read.items, held.items, strict=True) if was.title != now.title}
    ends = set(map(_ends, held.dependencies)) - set(map(_ends, read.dependencies))
    names = {item.key: item.origin or item.key for item in register.items}
    items = tuple(replace(item, title=None) if names[item.key] in titles else item for item in register.items)
    edges = [edge for edge in register.dependencies if (names[edge.source], names[edge.target]) not in ends]
    return replace(register, items=items, dependencies=tuple(edges))
