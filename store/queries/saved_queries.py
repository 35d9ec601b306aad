"""Views: queries to come back to by name, the built-in ones and those that people saved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func
from sqlmodel import select

from store.commands.saved_queries import edit_query, remove_query, save_query
from store.enums import SavedKind
from store.errors import InvalidValueError, NotFoundError, QueryError
from store.filters.cache import Kept
from store.filters.parser import parse
from store.filters.sql import condition
from store.models import Item
from store.queries.register import SavedRow
from store.queries.saved import saved
from store.queries.views import ViewRow
from store.sameness import same_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlmodel import Session

    from store.db.database import Database
    from store.filters.ast import Query
    from store.queries.changes import Done

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


def views(session: Session, kept: Kept | None = None) -> tuple[ViewRow, ...]:
    """Every view with its count, the built-in ones first; `kept` as in `condition`."""
    kept = kept or Kept()
    return tuple(_view(session, row, kept) for row in named(session))


def _view(session: Session, row: SavedRow, kept: Kept) -> ViewRow:
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


def named(session: Session) -> tuple[SavedRow, ...]:
    """Every view, the built-in ones first."""
    return (*BUILT_IN, *saved(session, SavedKind.VIEW))


def view(session: Session, name: str) -> Query:
    """What the view of a name, in any case, looks for. Raises NotFoundError naming those there are."""
    rows = named(session)
    for row in rows:
        if same_name(row.name, name):
            return parse(row.query)
    names = ", ".join(row.name for row in rows)
    raise NotFoundError(f"there is no view {name.strip()}", f"use one of {names}")


def save_view(db: Database, name: str, query: str, *, before: str | None = None) -> Done:
    """Save a query as a view, in place of the saved one of that name; `before` as in `save_query`."""
    _own(name)
    parse(query)
    return save_query(db, SavedKind.VIEW, name, query, before=before)


def edit_view(db: Database, name: str, changes: Mapping[str, str], *, before: Mapping[str, str] | None = None) -> Done:
    """Change the `name` or the `query` of a saved view."""
    _own(name)
    _own(changes.get("name", ""))
    parse(changes.get("query", ""))
    return edit_query(db, SavedKind.VIEW, name, changes, before=before)


def remove_view(db: Database, name: str) -> Done:
    """Remove a saved view."""
    _own(name)
    return remove_query(db, SavedKind.VIEW, name)


def _own(name: str) -> None:
    """Refuse the name of a view that is built in."""
    found = next((row.name for row in BUILT_IN if same_name(row.name, name)), None)
    if found is not None:
        raise InvalidValueError(
            "name", f"{found} is a built-in view and stays as it is", "save what you want under another name"
        )
