"""The settings of a register, its categories and views with their counts, and the owners and components in use."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from store.enums import RATINGS, SavedKind, Severity, Status
from store.errors import NotFoundError, QueryError
from store.filters.parser import parse
from store.filters.sql import QueryCache, condition
from store.queries.flags import flag_counts
from store.queries.items import tallies
from store.queries.lookup import (
    COMPONENTS_IN_USE,
    NAMES_IN_USE,
    SavedRow,
    categories,
    grouped,
    most_used,
    saved_queries,
)
from store.text import same_name

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

    from store.db.reader import Reader
    from store.db.values import BigInteger, DaysBySeverity, Pairs
    from store.enums import Flag
    from store.filters.ast import Query
    from store.formats.document.model import CadenceEntry
    from store.queries.items import Tally


class Counts(NamedTuple):
    """How many items have each status."""

    open: int = 0
    in_progress: int = 0
    mitigated: int = 0
    accepted: int = 0

    @property
    def total(self) -> int:
        """All items."""
        return self.open + self.in_progress + self.mitigated + self.accepted

    @property
    def unresolved(self) -> int:
        """Open or In Progress."""
        return self.open + self.in_progress


class CategoryRow(NamedTuple):
    """A category with its counts; those by severity, in the order of `RATINGS`, count its unresolved items."""

    code: str
    name: str
    definition: str | None
    counts: Counts
    critical: int = 0
    high: int = 0
    medium: int = 0
    low: int = 0
    unrated: int = 0

    @property
    def by_severity(self) -> tuple[tuple[Severity | None, int], ...]:
        """The unresolved items by severity; Critical and unrated only where there are any."""
        counts = zip(RATINGS, (self.critical, self.high, self.medium, self.low, self.unrated), strict=True)
        always = (Severity.HIGH, Severity.MEDIUM, Severity.LOW)
        return tuple((severity, number) for severity, number in counts if number or severity in always)


class RegisterRow(NamedTuple):
    """The settings of a register; `last_change` is the newest change's time (aware, UTC)."""

    title: str = ""
    extends: str | None = None
    system: str | None = None
    last_updated: date | None = None
    purpose: str | None = None
    note: str | None = None
    project_total: BigInteger | None = None
    document_path: str | None = None
    version: int = 0
    cadence_pairs: Pairs | None = None
    mitigation_days: DaysBySeverity | None = None
    acceptance_days: DaysBySeverity | None = None
    signal_label: str | None = None
    last_change: datetime | None = None

    @property
    def cadence(self) -> tuple[CadenceEntry, ...]:
        """The review cadence, in order."""
        from store.formats.document.model import CadenceEntry

        return tuple(CadenceEntry(label, text) for label, text in self.cadence_pairs or ())

    @property
    def mitigate_within(self) -> tuple[tuple[Severity, int], ...]:
        """The days in which debt is to be mitigated, for the severities that have a limit."""
        return _by_severity(self.mitigation_days)

    @property
    def accept_for(self) -> tuple[tuple[Severity, int], ...]:
        """The days that debt is accepted for, for the severities that have a setting."""
        return _by_severity(self.acceptance_days)


def _by_severity(days: DaysBySeverity | None) -> tuple[tuple[Severity, int], ...]:
    return tuple((severity, days[severity.value]) for severity in Severity if days and severity.value in days)


class Summary(NamedTuple):
    """The register, every category, the totals, and the number of items with each flag."""

    register: RegisterRow
    categories: tuple[CategoryRow, ...]
    total: CategoryRow
    flagged: tuple[tuple[Flag, int], ...] = ()


class NamesInUse(NamedTuple):
    """What forms suggest: owners and components in use, most used first."""

    owners: tuple[str, ...]
    components: tuple[str, ...]


def summary(reader: Reader, cache: QueryCache | None = None) -> Summary:
    """The register, every category, the totals and the flags; a database without a register yet has an empty title.

    `cache` avoids counting again what has not changed.
    """
    cache = cache or QueryCache()
    found = tallies(reader, cache)
    by_category = grouped((tally.category_id, tally) for tally in found)
    # Flags change as time goes by, even if nothing else does.
    minute = reader.now.replace(second=0, microsecond=0)
    return Summary(
        register=register_row(reader),
        categories=tuple(
            _category_row(row.code, row.name, row.definition, by_category.get(row.id, ())) for row in categories(reader)
        ),
        total=_category_row("", "Total", None, found),
        flagged=cache.get(reader, "flags", lambda: flag_counts(reader, cache), key=minute),
    )


def _category_row(code: str, name: str, definition: str | None, found: Iterable[Tally]) -> CategoryRow:
    by_status, unresolved = Counter[Status](), Counter[Severity | None]()
    for tally in found:
        by_status[tally.status] += tally.items
        if tally.status.is_open:
            unresolved[tally.severity] += tally.items
    by_severity = (unresolved[severity] for severity in RATINGS)
    return CategoryRow(code, name, definition, Counts(*(by_status[status] for status in Status)), *by_severity)


FACTS = """
select title, extends, system, last_updated, purpose, note, project_total, document_path, version,
       cadence as cadence_pairs, mitigate_within as mitigation_days, accept_for as acceptance_days,
       signal_label,
       (select time from change order by sequence desc limit 1) as last_change
from register where id = 1
"""


def register_row(reader: Reader) -> RegisterRow:
    """The settings of the register; the defaults if the database has no register yet."""
    return reader.first(FACTS, row=RegisterRow) or RegisterRow()


def names_in_use(reader: Reader) -> NamesInUse:
    """The owners and components in use, most used first."""
    in_use = (NAMES_IN_USE.format(column="owner"), COMPONENTS_IN_USE)
    owners, components = (most_used(reader, sql) for sql in in_use)
    return NamesInUse(tuple(name for name, _ in owners), tuple(name for name, _ in components))


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
BUILT_IN_VIEWS = tuple(
    SavedRow(SavedKind.VIEW, name, query)
    for name, query in (
        ("Open", _UNRESOLVED),
        ("High and open", f"severity:>=high {_UNRESOLVED}"),
        ("Contradicted", "is:contradicted"),
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
    return tuple(_view(reader, row, cache) for row in all_views(reader))


def _view(reader: Reader, row: SavedRow, cache: QueryCache) -> ViewRow:
    built_in = row in BUILT_IN_VIEWS
    try:
        where = condition(reader, parse(row.query), cache)
    except QueryError as error:
        # Another version of the program may have saved it.
        return ViewRow(row.name, row.query, built_in, None, None, str(error))
    items, unknown = (
        reader.value(f"select count(*) from item where {each.sql}", each.parameters)
        for each in (where, where.is_unknown)
    )
    return ViewRow(row.name, row.query, built_in, items, unknown)


def all_views(reader: Reader) -> tuple[SavedRow, ...]:
    """Every view, built-in ones first."""
    return (*BUILT_IN_VIEWS, *saved_queries(reader, SavedKind.VIEW))


def view(reader: Reader, name: str) -> Query:
    """The query of the view of a name, ignoring case. Raises NotFoundError listing the views."""
    rows = all_views(reader)
    for row in rows:
        if same_name(row.name, name):
            return parse(row.query)
    names = ", ".join(row.name for row in rows)
    raise NotFoundError(f"unknown view {name.strip()}", f"use one of {names}")
