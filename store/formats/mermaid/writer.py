"""Writes the parts of a flowchart, and the whole map of a register."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.enums import Severity, Status
from store.formats.mermaid.labels import compact, encode_label, node_label

if TYPE_CHECKING:
    from collections.abc import Collection

    from store.formats.document.model import Item, Register

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
