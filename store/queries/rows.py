"""The frozen rows that queries return; they cross threads and outlive every transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from store.enums import Flag, Severity
from store.filters.ast import ALL
from store.formats.document.model import CadenceEntry
from store.text import lead_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from store.enums import Effort, FollowUpState, SavedKind, Status
    from store.fields import FieldValue
    from store.filters.ast import Query
    from store.formats.document.model import Affected
    from store.models import Json
    from store.queries.follow_ups import FollowUpRow

BigInteger = int
FlagSet = frozenset[Flag]
Pairs = list[list[str]]
DaysBySeverity = dict[str, int]
Texts = list[str]
QueuedItems = list[list[int | str]]
"""What columns hold, by the names of `store.db.values`."""


class CategoryRecord(NamedTuple):
    """A category as it is stored."""

    id: int
    code: str
    name: str
    definition: str | None
    position: int
    origin: str | None
    version: int


class ItemRecord(NamedTuple):
    """An item as it is stored."""

    id: int
    key: str
    category_id: int
    position: int
    severity: Severity
    status: Status
    effort: Effort | None
    owner: str | None
    due_on: date | None
    opened_on: date | None
    accepted_by: str | None
    accepted_until: date | None
    affected_text: str | None
    affected_count: BigInteger | None
    affected_percent: float | None
    origin: str | None
    version: int
    created: datetime
    updated: datetime
    title: str | None
    description: str
    status_note: str | None
    components_text: str | None
    mitigation_plan: str | None
    extra: Pairs | None


class DependencyRecord(NamedTuple):
    """A dependency as it is stored."""

    id: int
    source_id: int
    target_id: int
    label: str
    position: int


class ReviewRecord(NamedTuple):
    """A review as it is stored; `store.models.Review` says what its columns mean."""

    id: int
    title: str
    participants: Texts | None
    query: str | None
    skip_days: int
    queue: QueuedItems | None
    started: datetime
    started_by: str
    ended: datetime | None
    ended_by: str | None
    first_sequence: int
    last_sequence: int | None
    before: Json
    after: Json

    @property
    def queued(self) -> list[tuple[int, str, str]]:
        """The ids of its items, the keys that they had when it started, and why each is there."""
        return [(int(item), str(key), str(reason)) for item, key, reason in self.queue or ()]


class DecisionRecord(NamedTuple):
    """A decision as it is stored."""

    id: int
    review_id: int
    item_id: int
    key: str
    actor: str
    time: datetime
    seconds: int


class FollowUpRecord(NamedTuple):
    """A follow-up as it is stored."""

    id: int
    review_id: int
    item_id: int
    key: str
    text: str
    owner: str | None
    due_on: date | None
    actor: str
    time: datetime
    resolution: FollowUpState | None


class EdgeRow(NamedTuple):
    """A dependency; `back`: it closes a cycle in cascade order. `position`: its index in the document."""

    source: str
    target: str
    label: str
    back: bool = False
    position: int = 0


class NodeRow(NamedTuple):
    """An item of the map, at `depth` edges below the first item of its cascade.

    One that is `assumed` has the status Mitigated here, whatever the register says. `rank`: its index among the items
    of the map in document order.
    """

    key: str
    lead: str
    severity: Severity
    status: Status
    category: str
    depth: int
    in_cycle: bool
    assumed: bool = False
    rank: int = 0
    flags: FlagSet = frozenset()


class MapRows(NamedTuple):
    """The dependencies in cascade order: every item that has one, and every edge."""

    nodes: tuple[NodeRow, ...]
    edges: tuple[EdgeRow, ...]


class Position(NamedTuple):
    """Where an item is in document order: the position of its category, its own in it, its row id."""

    category: int
    item: int
    id: int


class ItemRow(NamedTuple):
    """An item of a list; in a page, the description is cut to its beginning."""

    id: int
    key: str
    title: str | None
    description: str
    severity: Severity
    status: Status
    owner: str | None
    category: str
    category_position: int
    item_position: int
    flags: FlagSet

    @property
    def lead(self) -> str:
        """The title, or the description's lead words."""
        return lead_of(self.title, self.description)

    @property
    def position(self) -> Position:
        """Where it is in document order."""
        return Position(self.category_position, self.item_position, self.id)


class Tally(NamedTuple):
    """How many items of a category have a status and a severity."""

    category_id: int
    status: Status
    severity: Severity
    items: int


class ItemFilter(NamedTuple):
    """The items of a query, and of a category if one is given."""

    query: Query = ALL
    category: str | None = None


class Page(NamedTuple):
    """Consecutive items; `start` is the first one's index in the whole list, `total` the list's length."""

    items: tuple[ItemRow, ...]
    start: int
    total: int


class Neighbor(NamedTuple):
    """The other end of a dependency of the item with the row id `item`."""

    item: int
    key: str
    title: str | None
    description: str
    severity: Severity
    status: Status
    label: str

    @property
    def lead(self) -> str:
        """The title, or the description's lead words."""
        return lead_of(self.title, self.description)


class ItemDetail(NamedTuple):
    """Everything about one item; `feeds` are the edges out of it, `fed_by` those into it.

    `age_days` counts from `opened_on`, else from the import, and is then `age_at_least`. `broken_rules` are the names
    of the rules that it breaks, `unknown_rules` of those for which that is unknown. `overdue_days`: for how long at
    least it is overdue. `acceptance_days`: the days left of its acceptance, negative once it has ended.
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
    feeds: tuple[Neighbor, ...]
    fed_by: tuple[Neighbor, ...]
    last_change: ChangeRow | None
    comments: tuple[ChangeRow, ...]
    follow_ups: tuple[FollowUpRow, ...] = ()
    flags: FlagSet = frozenset()
    broken_rules: tuple[str, ...] = ()
    unknown_rules: tuple[str, ...] = ()
    overdue_days: int | None = None
    acceptance_days: int | None = None


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
    """A category with its counts; `high`, `medium`, `low` count its unresolved items."""

    code: str
    name: str
    definition: str | None
    counts: Counts
    high: int = 0
    medium: int = 0
    low: int = 0


class RegisterRow(NamedTuple):
    """The register's own facts; `last_change` is the newest change's time (aware, UTC)."""

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
    last_change: datetime | None = None

    @property
    def cadence(self) -> tuple[CadenceEntry, ...]:
        """The review cadence, in order."""
        return tuple(CadenceEntry(label, text) for label, text in self.cadence_pairs or ())

    @property
    def mitigate_within(self) -> tuple[tuple[Severity, int], ...]:
        """The days in which debt is to be mitigated, of the severities alone that have any."""
        return _by_severity(self.mitigation_days)

    @property
    def accept_for(self) -> tuple[tuple[Severity, int], ...]:
        """The days that debt is accepted for, of the severities alone that have any."""
        return _by_severity(self.acceptance_days)


def _by_severity(days: DaysBySeverity | None) -> tuple[tuple[Severity, int], ...]:
    return tuple((severity, days[severity.value]) for severity in Severity if days and severity.value in days)


class Summary(NamedTuple):
    """What the frame of the screen shows: the register, every category, the totals, and the items of each flag."""

    register: RegisterRow
    categories: tuple[CategoryRow, ...]
    total: CategoryRow
    flagged: tuple[tuple[Flag, int], ...] = ()

    @property
    def escalated(self) -> int:
        """The items that break a rule."""
        return dict(self.flagged).get(Flag.ESCALATED, 0)


class Known(NamedTuple):
    """What forms suggest: owners and components in use, most used first."""

    owners: tuple[str, ...]
    components: tuple[str, ...]


class SavedRow(NamedTuple):
    """A query with a name: a view or a rule."""

    kind: SavedKind
    name: str
    query: str


class ChangeRow(NamedTuple):
    """A change in the audit log; `before` and `after` are texts for people."""

    sequence: int
    time: datetime
    actor: str
    batch: int
    verb: str
    entity: str
    key: str
    field: str | None
    before: str | None
    after: str | None
    note: str | None


class RecentChanges(NamedTuple):
    """The newest changes; `older` counts those before them."""

    changes: tuple[ChangeRow, ...]
    older: int


class Activity(NamedTuple):
    """The changes since one: the sequence of the newest, their number, and the newest of them."""

    newest: int
    total: int
    changes: tuple[ChangeRow, ...]


class Presence(NamedTuple):
    """Who changed something, and when last (aware, UTC)."""

    actor: str
    time: datetime


class CurrentKey(NamedTuple):
    """The key or code that an item or category has now, None if it was removed, and who changed that."""

    key: str | None
    by: str


class Done(NamedTuple):
    """What a command did: a sentence for people, the keys it changed and its batch (None if nothing changed).

    `undoable`: whether `undo` reverts it. `cleared`: the fields that it cleared without being asked to.
    """

    said: str
    keys: tuple[str, ...] = ()
    batch: int | None = None
    undoable: bool = False
    cleared: tuple[str, ...] = ()


class ReviewDecision(NamedTuple):
    """The open review in which a change decides its item, and the seconds that this took."""

    review: int
    seconds: int = 0


class SelectedItem(NamedTuple):
    """An item as it was when it was selected; its fields by their names, the category by its code."""

    key: str
    version: int
    category: str
    severity: Severity
    status: Status
    status_note: str | None
    accepted_by: str | None
    accepted_until: date | None
    owner: str | None
    due_on: date | None
    effort: Effort | None
    opened_on: date | None


class WrittenRow(NamedTuple):
    """The values that a batch gave to those fields of an item that `SelectedItem` has, and its version now."""

    key: str
    version: int
    values: Mapping[str, FieldValue]


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
