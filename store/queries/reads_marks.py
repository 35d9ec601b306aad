"""Many items at once: a few fields of each, in a statement or two however many they are."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import fields
from typing import TYPE_CHECKING

from sqlalchemy import select as columns
from sqlmodel import col, select

from store.audit.snapshots import id_of, text_of
from store.fields import FIELDS
from store.filters.cache import Kept
from store.filters.sql import conditions
from store.models import Category, Change, Item
from store.queries.lookup import chunks, find_category
from store.queries.marks import HeldRow, WrittenRow

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sqlalchemy import ColumnElement
    from sqlmodel import Session

    from store.fields import FieldValue
    from store.queries.rows_items import ItemFilter

_NAMES = tuple(field.name for field in fields(HeldRow))
_FIELDS = tuple(name for name in _NAMES if name in FIELDS and name != "key")
_HELD = columns(*(col(Category.code if name == "category" else getattr(Item, name)) for name in _NAMES))
_HELD = _HELD.join(Category, col(Category.id) == col(Item.category_id)).order_by(
    col(Category.position), col(Category.id), col(Item.position), col(Item.id)
)


def held(session: Session, wanted: ItemFilter, kept: Kept | None = None) -> tuple[HeldRow, ...]:
    """The items of a list, in document order whatever its own; `kept` as in `page`."""
    return tuple(_rows(session, *_met(session, wanted, kept)))


def held_of(session: Session, keys: Sequence[str]) -> tuple[HeldRow, ...]:
    """Those of some keys, written exactly, that are there; in the order given."""
    found: dict[str, HeldRow] = {}
    for chunk in chunks(keys):
        found |= {row.key: row for row in _rows(session, col(Item.key).in_(chunk))}
    return tuple(found[key] for key in keys if key in found)


def there(session: Session, keys: Sequence[str]) -> frozenset[str]:
    """Those of some keys, written exactly, that an item has."""
    found: set[str] = set()
    for chunk in chunks(keys):
        found.update(session.exec(select(Item.key).where(col(Item.key).in_(chunk))))
    return frozenset(found)


def shown_of(session: Session, wanted: ItemFilter, keys: Iterable[str], kept: Kept | None = None) -> tuple[str, ...]:
    """Those of some keys that are among the items of a list, in the order given; `kept` as in `page`."""
    shown = set(session.exec(select(Item.key).where(*_met(session, wanted, kept))))
    return tuple(key for key in keys if key in shown)


def written(session: Session, batch: int) -> tuple[WrittenRow, ...]:
    """What a batch left in the fields of items; those that it removed are left out."""
    query = (
        columns(col(Item.key), col(Item.version), col(Change.field), col(Change.after))
        .join(Item, col(Item.id) == col(Change.entity_id))
        .where(col(Change.batch) == batch, col(Change.entity) == "item", col(Change.field).in_(_FIELDS))
        .order_by(col(Change.sequence))
    )
    values: defaultdict[tuple[str, int], dict[str, FieldValue]] = defaultdict(dict)
    for key, version, field, after in session.execute(query):
        values[key, version][field] = FIELDS[field].read(text_of(after) or "")
    return tuple(WrittenRow(key, version, fields_) for (key, version), fields_ in values.items())


def _met(session: Session, wanted: ItemFilter, kept: Kept | None) -> list[ColumnElement[bool]]:
    met = conditions(session, wanted.query, kept or Kept())
    if wanted.category is not None:
        met.append(col(Item.category_id) == id_of(find_category(session, wanted.category)))
    return met


def _rows(session: Session, *met: ColumnElement[bool]) -> Iterator[HeldRow]:
    for row in session.execute(_HELD.where(*met)):
        yield HeldRow(*row)
