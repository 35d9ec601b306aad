"""Items as lists and pages show them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from store.filters.ast import ALL

if TYPE_CHECKING:
    from datetime import date, datetime

    from store.enums import Effort, Flag, Severity, Status
    from store.filters.ast import Query
    from store.formats.document.model import Affected
    from store.queries.changes import ChangeRow
    from store.review.rows import FollowUpRow


@dataclass(frozen=True, slots=True)
class Place:
    """Where an item stands in document order: category position, position in it, row id."""

    category: int
    position: int
    id: int


@dataclass(frozen=True, slots=True)
class ItemRow:
    """An item as lists show it; `lead` is the title, or the description's lead words."""

    key: str
    lead: str
    severity: Severity
    status: Status
    category: str
    owner: str | None
    place: Place
    flags: frozenset[Flag] = frozenset()


@dataclass(frozen=True, slots=True)
class ItemFilter:
    """Which items: those of a query, and of a category where one is given."""

    query: Query = ALL
    category: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Consecutive items; `start` is the first one's index in the whole list, `total` the list's length."""

    items: tuple[ItemRow, ...]
    start: int
    total: int


@dataclass(frozen=True, slots=True)
class Neighbour:
    """The other end of a dependency."""

    key: str
    lead: str
    severity: Severity
    status: Status
    label: str


@dataclass(frozen=True, slots=True)
class ItemDetail:
    """Everything about one item; `feeds` are the edges out of it, `fed_by` those into it.

    `age_days` counts from `opened_on`, else from the import, and is then `age_at_least`. `broken_rules` are the names
    of the rules that it breaks, `untold_rules` those of which one cannot tell. `overdue_days`: for how long at least it
    is overdue. `acceptance_days`: how many are left of its acceptance, below zero where it has ended.
    """

    key: str
    title: str | None
    category: str
    category_name: str
    severity: Severity
    status: Status
    status_note: str | None
    description: str
    components: tuple[str, ...]
    mitigation_plan: str | None
    owner: str | None
    effort: Effort | None
    affected: Affected | None
    due_on: date | None
    opened_on: date | None
    accepted_by: str | None
    accepted_until: date | None
    extra: tuple[tuple[str, str], ...]
    version: int
    created: datetime
    updated: datetime
    age_days: int
    age_at_least: bool
    feeds: tuple[Neighbour, ...]
    fed_by: tuple[Neighbour, ...]
    last_change: ChangeRow | None
    comments: tuple[ChangeRow, ...]
    follow_ups: tuple[FollowUpRow, ...] = ()
    flags: frozenset[Flag] = frozenset()
    broken_rules: tuple[str, ...] = ()
    untold_rules: tuple[str, ...] = ()
    overdue_days: int | None = None
    acceptance_days: int | None = None
