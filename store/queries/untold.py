"""The items of which a query cannot tell whether they meet it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlmodel import col, select

from store.filters.sql import condition, uncertain
from store.models import Category, Item

if TYPE_CHECKING:
    from sqlmodel import Session

    from store.filters.ast import Query
    from store.filters.cache import Kept


def untold(session: Session, query: Query, kept: Kept | None = None) -> tuple[str, ...]:
    """The keys of the items that may meet a query or not, in document order: what it asks of them is not known."""
    if not uncertain(query):
        return ()
    unknown = condition(session, query, kept).is_(None)
    order = (col(Category.position), col(Category.id), col(Item.position), col(Item.id))
    rows = select(Item.key).join(Category, col(Category.id) == col(Item.category_id)).where(unknown)
    return tuple(session.exec(rows.order_by(*order)))
