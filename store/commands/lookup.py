"""The rows that a command changes, by the keys and codes that people type."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlmodel import col, select

from store.db.reader import reader_of
from store.models import Category, Item
from store.queries.lookup import chunks, find_category, find_items

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlmodel import Session


def item_row(session: Session, key: str) -> Item:
    """The item of a key. Raises NotFoundError naming the nearest key there is."""
    return item_rows(session, (key,))[0]


def item_rows(session: Session, keys: Iterable[str]) -> list[Item]:
    """The items of some keys, each once, in the order given. Raises NotFoundError for the first that is not there."""
    ids = [item.id for item in find_items(reader_of(session), keys)]
    rows: dict[int | None, Item] = {}
    for chunk in chunks(ids):
        rows |= {row.id: row for row in session.exec(select(Item).where(col(Item.id).in_(chunk)))}
    return [rows[item] for item in ids]


def category_row(session: Session, code: str) -> Category:
    """The category of a code. Raises NotFoundError naming the codes there are."""
    return session.get_one(Category, find_category(reader_of(session), code).id)
