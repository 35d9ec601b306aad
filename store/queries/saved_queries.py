"""The saved queries: views and rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from store.enums import SavedKind
from store.errors import NotFoundError, QueryError
from store.filters.parser import parse
from store.filters.sql import QueryCache, condition
from store.queries.lookup import SavedRow, saved
from store.text import same_name

if TYPE_CHECKING:
    from store.db.reader import Reader
    from store.filters.ast import Query


class ViewRow(NamedTuple):
    """A view with the number of its items, and of those for which that is unknown; None if its query is invalid.

    `problem`: why it is invalid, else empty.
    """

    name: str
    query: str
    built_in: bool
    items: int | None
    unknown: int | None
    problem: str = ""


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


def views(reader: Reader, cache: QueryCache | None = None) -> tuple[ViewRow, ...]:
    """Every view with its count, built-in ones first; `cache` as in `condition`."""
    cache = cache or QueryCache()
    return tuple(_view(reader, row, cache) for row in named(reader))


def _view(reader: Reader, row: SavedRow, cache: QueryCache) -> ViewRow:
    built_in = row in BUILT_IN
    try:
        met = condition(reader, parse(row.query), cache)
    except QueryError as error:
        # Another release of the program may have saved it.
        return ViewRow(row.name, row.query, built_in, None, None, str(error))
    items, unknown = (
        reader.value(f"select count(*) from item where {each.sql}", each.parameters) for each in (met, met.is_unknown)
    )
    return ViewRow(row.name, row.query, built_in, items, unknown)


def named(reader: Reader) -> tuple[SavedRow, ...]:
    """Every view, built-in ones first."""
    return (*BUILT_IN, *saved(reader, SavedKind.VIEW))


def view(reader: Reader, name: str) -> Query:
    """The query of the view of a name, ignoring case. Raises NotFoundError listing the views."""
    rows = named(reader)
    for row in rows:
        if same_name(row.name, name):
            return parse(row.query)
    names = ", ".join(row.name for row in rows)
    raise NotFoundError(f"unknown view {name.strip()}", f"use one of {names}")
