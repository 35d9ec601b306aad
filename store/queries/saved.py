"""The saved queries: views and rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlmodel import col, select

from store.enums import SavedKind
from store.models import SavedQuery
from store.queries.register import SavedRow

if TYPE_CHECKING:
    from sqlmodel import Session


def saved(session: Session, kind: SavedKind) -> tuple[SavedRow, ...]:
    """The saved queries of a kind, in the order they were made."""
    query = select(SavedQuery).where(SavedQuery.kind == kind)
    rows = session.exec(query.order_by(col(SavedQuery.position), col(SavedQuery.id)))
    return tuple(SavedRow(SavedKind(row.kind), row.name, row.query) for row in rows)
