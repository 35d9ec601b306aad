"""Many rows at a time as plain values: the attributes of the table's rows, without what it costs to track changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from sqlalchemy import func
from sqlalchemy import select as columns
from sqlmodel import col

from store.models import Category, Dependency, Item

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement, Select
    from sqlmodel import Session

_ORDER = (col(Category.position), col(Category.id), col(Item.position), col(Item.id))
_ITEM = [col(getattr(Item, name)) for name in Item.model_fields]
_EDGE = [col(getattr(Dependency, name)) for name in Dependency.model_fields]
LEAD = (col(Item.title), func.substr(col(Item.description), 1, 480))
"""What the lead words of an item are made of."""


def plain_items(session: Session, *met: ColumnElement[bool]) -> Sequence[Item]:
    """The items that meet some conditions, in document order, to be read only."""
    query = columns(*_ITEM).join(Category, col(Category.id) == col(Item.category_id)).where(*met).order_by(*_ORDER)
    # They have every attribute of a table's row, and that is all that reading asks for.
    return cast("Sequence[Item]", session.execute(query).all())


def plain_edges(session: Session, *met: ColumnElement[bool]) -> Sequence[Dependency]:
    """The dependencies that meet some conditions, in document order, to be read only."""
    query: Select[*tuple[object, ...]] = columns(*_EDGE).where(*met)
    ordered = query.order_by(col(Dependency.position), col(Dependency.id))
    return cast("Sequence[Dependency]", session.execute(ordered).all())
