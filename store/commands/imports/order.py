"""Lets rows stand in the order of a document, and what it does not have behind them."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, TypeVar

from sqlmodel import col, select

from store.audit.snapshots import edge_states, entity_of, id_of, key_of
from store.models import Category, Dependency, Item

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from store.audit.log import Writer
    from store.commands.imports.merge import Merge
    from store.formats.document import model as plain

Ordered = TypeVar("Ordered", Category, Item, Dependency)


def put_in_order(writer: Writer, file: plain.Register, found: Merge) -> None:
    """Order categories (unless they were moved here), the items of each, and dependencies as the file does."""
    _order_categories(writer, file, found)
    _order_items(writer, file, found)
    _order_edges(writer, file, found)
    writer.session.flush()


def _order_categories(writer: Writer, file: plain.Register, found: Merge) -> None:
    if not found.categories_moved:
        rows = writer.session.exec(select(Category).order_by(col(Category.position), col(Category.id))).all()
        wanted = [found.codes[category.code] for category in file.categories]
        _stand(writer, [(row, row.code, row.code) for row in rows], wanted)


def _order_items(writer: Writer, file: plain.Register, found: Merge) -> None:
    codes = dict(writer.session.exec(select(Category.id, Category.code)).all())
    own: defaultdict[str, list[Item]] = defaultdict(list)
    home: dict[str | None, str] = {}
    for row in writer.session.exec(select(Item).order_by(col(Item.position), col(Item.id))):
        home[row.key] = codes[row.category_id]
        own[home[row.key]].append(row)
    wanted: defaultdict[str, list[str]] = defaultdict(list)
    for item in file.items:
        key, code = found.keys[item.key], found.codes[item.category]
        if key is not None and home.get(key) == code:
            wanted[code].append(key)
    for code, rows in own.items():
        _stand(writer, [(row, row.key, row.key) for row in rows], wanted[code])


def _order_edges(writer: Writer, file: plain.Register, found: Merge) -> None:
    rows = writer.session.exec(select(Dependency).order_by(col(Dependency.position), col(Dependency.id))).all()
    states = edge_states(writer.session, rows)
    keys = [key_of("dependency", states[id_of(row)]) for row in rows]
    there = set(zip(keys, (row.label for row in rows), strict=True))
    by_ends: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for key, row in zip(keys, rows, strict=True):
        by_ends[key].append((key, row.label))
    wanted: list[tuple[str, str]] = []
    for edge in file.dependencies:
        name = (f"{found.keys.get(edge.source)} -> {found.keys.get(edge.target)}", edge.label)
        # One that has another label here keeps its line.
        wanted += [name] if name in there else by_ends[name[0]]
    _stand(writer, [(row, key, (key, row.label)) for row, key in zip(rows, keys, strict=True)], wanted)


def _stand(writer: Writer, rows: Sequence[tuple[Ordered, str, Hashable]], wanted: Sequence[Hashable]) -> None:
    """Put rows, given in their present order with key and name, where `wanted` names them, the others behind."""
    place = {name: number for number, name in reversed(list(enumerate(wanted)))}
    ordered = sorted(rows, key=lambda row: place.get(row[2], len(wanted)))
    if ordered == list(rows):
        return
    for number, (row, key, _) in enumerate(ordered):
        if row.position != number:
            writer.record(entity_of(row), id_of(row), key, "position", row.position, number)
            row.position = number
