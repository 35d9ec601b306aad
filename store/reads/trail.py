"""The audit trail as people read it: newest first, values as texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, not_, or_
from sqlalchemy import select as columns
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from store.find import key_taken
from store.models import Category, Change, Item
from store.rows import ChangeRow
from store.states import text_of, whole_text

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Select
    from sqlmodel import Session


def changes(session: Session, *, key: str | None = None, limit: int | None = None) -> tuple[ChangeRow, ...]:
    """The trail, newest first: all of it, or what touched an item and its dependencies, or a category.

    Items and categories that are gone still answer to the key they had; an unknown key has no changes.
    """
    query = select(Change).where(told()).order_by(col(Change.sequence).desc())
    if key is not None:
        query = query.where(_about(session, key.strip()))
    return tuple(change_row(change) for change in session.exec(query.limit(limit)))


def told() -> ColumnElement[bool]:
    """What people are told of the trail: not where a row stands in the imported text or among its like."""
    field = col(Change.field)
    order = and_(field == "position", col(Change.entity) != "category")
    return or_(field.is_(None), and_(field != "origin", not_(order)))


def undone() -> Select[int | None]:
    """The batches that are undone now: reversed by an undo that no redo reversed."""
    redone = aliased(Change)
    again = select(redone.sequence).where(redone.reverses == col(Change.batch)).exists()
    # Few entries reverse anything: the index on `reverses` finds them.
    reversing = columns(col(Change.reverses)).where(col(Change.reverses).is_not(None))
    return reversing.where(col(Change.verb) == "undo", ~again).distinct()


def change_row(change: Change) -> ChangeRow:
    """One entry as people read it: a whole row is told in a few words."""
    tell = text_of if change.field else whole_text
    return ChangeRow(
        sequence=change.sequence or 0,
        time=change.time,
        actor=change.actor,
        batch=change.batch,
        verb=change.verb,
        entity=change.entity,
        key=change.key,
        field=change.field,
        before=tell(change.before),
        after=tell(change.after),
        note=change.note,
    )


def _about(session: Session, key: str) -> ColumnElement[bool]:
    """What the trail says under a key, and under the other keys that its item or category had."""
    found = key_taken(session, key) or key
    category = next((one for one in session.exec(select(Category.code)) if one.lower() == key.lower()), key)
    ends = [
        col(Change.key).startswith(f"{found} -> ", autoescape=True),
        col(Change.key).endswith(f" -> {found}", autoescape=True),
    ]
    rows = [col(Change.key) == found]
    for entity, query in (
        ("item", select(Item.id).where(Item.key == found)),
        ("category", select(Category.id).where(Category.code == category)),
    ):
        rows.append(and_(col(Change.entity) == entity, col(Change.entity_id).in_(query)))
    return or_(*rows, and_(col(Change.entity) == "dependency", or_(*ends)))
