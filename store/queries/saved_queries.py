"""The saved queries: views and rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func
from sqlmodel import col, select

from store.enums import SavedKind
from store.errors import NotFoundError, QueryError
from store.filters.cache import Kept
from store.filters.parser import parse
from store.filters.sql import condition
from store.models import Item, SavedQuery
from store.queries.rows import SavedRow, ViewRow
from store.text import same_name

if TYPE_CHECKING:
    from store.db.reader import Reader
    from store.filters.ast import Query


def saved(session: Reader, kind: SavedKind) -> tuple[SavedRow, ...]:
    """The saved queries of a kind, in the order they were made."""
    query = select(SavedQuery).where(SavedQuery.kind == kind)
    rows = session.exec(query.order_by(col(SavedQuery.position), col(SavedQuery.id)))
    return tuple(SavedRow(SavedKind(row.kind), row.name, row.query) for row in rows)


_UNRESOLVED = "status:open,in-progress"
BUILT_IN = tuple(
    SavedRow(SavedKind.VIEW, name, query)
    for name, query in (
        ("Open", _UNRESOLVED),
        ("High and open", f"severity:high {_UNRESOLVED}"),
        ("Escalated", "is:escalated"),
        ("No owner", f"owner:none {_UNRESOLVED}"),
        ("Not reviewed in 90 days", "reviewed:>90d"),
        ("Changed since the last review", "is:changed-since-review"),
        ("Fix first", f"{_UNRESOLVED} sort:score"),
    )
)
"""The views that every register has."""


def views(session: Reader, kept: Kept | None = None) -> tuple[ViewRow, ...]:
    """Every view with its count, the built-in ones first; `kept` as in `condition`."""
    kept = kept or Kept()
    return tuple(_view(session, row, kept) for row in named(session))


def _view(session: Reader, row: SavedRow, kept: Kept) -> ViewRow:
    built_in = row in BUILT_IN
    try:
        met = condition(session, parse(row.query), kept)
    except QueryError as error:
        # Such as one that another release of the program has saved.
        return ViewRow(row.name, row.query, built_in, None, None, str(error))
    items, untold = (
        session.exec(select(func.count()).select_from(Item).where(each)).one() for each in (met, met.is_(None))
    )
    return ViewRow(row.name, row.query, built_in, items, untold)


def named(session: Reader) -> tuple[SavedRow, ...]:
    """Every view, the built-in ones first."""
    return (*BUILT_IN, *saved(session, SavedKind.VIEW))


def view(session: Reader, name: str) -> Query:
    """What the view of a name, in any case, looks for. Raises NotFoundError naming those there are."""
    rows = named(session)
    for row in rows:
        if same_name(row.name, name):
            return parse(row.query)
    names = ", ".join(row.name for row in rows)
    raise NotFoundError(f"there is no view {name.strip()}", f"use one of {names}")
