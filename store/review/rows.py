"""The frozen rows of reviews."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from store.enums import FollowUpState

if TYPE_CHECKING:
    from datetime import date, datetime

    from store.enums import Severity, Status
    from store.models import Json
    from store.queries.rows import ChangeRow, Counts, Done

    Texts = list[str]
    QueuedItems = list[list[int | str]]
    """JSON of columns, by the names of `store.db.values`."""


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


Outcome = Literal["kept", "changed", "removed", "left"]


class QueueRow(NamedTuple):
    """An item to go through, and why; `decided_by` went through it last, at `decided_at`, in `seconds` in all.

    Key, lead, severity and status are those of now; one that is `gone` says what it said last.
    """

    key: str
    lead: str
    severity: Severity
    status: Status
    reason: str
    decided_by: str | None
    decided_at: datetime | None
    seconds: int
    gone: bool


class ReviewDecision(NamedTuple):
    """The open review in which a change decides its item, and the seconds that this took."""

    review: int
    seconds: int = 0


class ReviewRow(NamedTuple):
    """A review with its queue, in order; `ended` is None while it goes on."""

    number: int
    title: str
    participants: tuple[str, ...]
    query: str | None
    skip_days: int
    started: datetime
    started_by: str
    ended: datetime | None
    ended_by: str | None
    queue: tuple[QueueRow, ...]

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""
        return self.ended is not None

    @property
    def decided(self) -> int:
        """How many items were gone through."""
        return sum(row.decided_at is not None for row in self.queue)

    @property
    def left(self) -> int:
        """How many items were not gone through yet."""
        return len(self.queue) - self.decided

    @property
    def seconds(self) -> int:
        """The time that all items took."""
        return sum(row.seconds for row in self.queue)


class ReviewLine(NamedTuple):
    """A review as lists show it: `items` are those of its queue, `decided` of them were gone through."""

    number: int
    title: str
    participants: tuple[str, ...]
    started: datetime
    started_by: str
    ended: datetime | None
    ended_by: str | None
    items: int
    decided: int


class FollowUpRow(NamedTuple):
    """What somebody is to do about an item after a review; `number` stays the same and is never given again.

    `key` is the item's key, the last one it had where it was removed (`gone`). `actor` recorded the follow-up at
    `time`. `closed_by` marked it done or dropped at `closed_at`, both None while it is open. `overdue_days` are the
    days since an open one was due, None where it is not overdue.
    """

    number: int
    review: int
    key: str
    text: str
    owner: str | None
    due_on: date | None
    actor: str
    time: datetime
    state: FollowUpState = FollowUpState.OPEN
    closed_by: str | None = None
    closed_at: datetime | None = None
    overdue_days: int | None = None
    gone: bool = False

    @property
    def is_open(self) -> bool:
        """Whether it is still to do."""
        return self.state is FollowUpState.OPEN


class ItemNews(NamedTuple):
    """What happened to an item since it was last `reviewed`, newest first; `total` counts all of its changes.

    Of one that never was, `reviewed`, `review`, `title` and `by` are None, and all that ever happened to it counts.
    """

    key: str
    reviewed: datetime | None
    review: int | None
    title: str | None
    by: str | None
    changes: tuple[ChangeRow, ...]
    total: int


class ItemChanges(NamedTuple):
    """What became of an item between two moments: a change for each field that says something else at the end.

    Each is told as one, from what the field said at the beginning to what it said at the end, with whoever was
    involved. Lead, severity and status are those of the end, of a removed one the last.
    """

    key: str
    lead: str
    severity: Severity
    status: Status
    changes: tuple[ChangeRow, ...]


class MinutesItem(NamedTuple):
    """An item of a review's queue as it was at the end: `left` where nobody went through it."""

    key: str
    lead: str
    severity: Severity
    status: Status
    reason: str
    outcome: Outcome
    by: str | None
    seconds: int


class Acceptance(NamedTuple):
    """A decision to accept: why, by whom, and until when at most (None: no end); `actor` wrote it down."""

    key: str
    lead: str
    rationale: str | None
    by: str | None
    until: date | None
    actor: str


class Escalation(NamedTuple):
    """An item that breaks rules that it did not break before."""

    key: str
    lead: str
    rules: tuple[str, ...]


class Reopening(NamedTuple):
    """A review that had ended was opened again, at `time` and by whom."""

    time: datetime
    by: str
    ended: datetime
    ended_by: str


class Minutes(NamedTuple):
    """What a review came to: `items` were gone through, `left` were not, both in the queue's order.

    `changes` are those to the queue's items and new ones, `links` those to dependencies that one of them is an end
    of. `follow_ups` were recorded in the review, `closed` were marked done or dropped in it, whichever review recorded
    them. While the review goes on, all of it is as of now.
    """

    number: int
    title: str
    participants: tuple[str, ...]
    query: str | None
    started: datetime
    started_by: str
    ended: datetime | None
    ended_by: str | None
    reopened: tuple[Reopening, ...]
    items: tuple[MinutesItem, ...]
    left: tuple[MinutesItem, ...]
    changes: tuple[ItemChanges, ...]
    links: tuple[ChangeRow, ...]
    accepted: tuple[Acceptance, ...]
    follow_ups: tuple[FollowUpRow, ...]
    closed: tuple[FollowUpRow, ...]
    escalated: tuple[Escalation, ...]
    before: Counts
    after: Counts
    escalated_before: int
    escalated_after: int

    @property
    def queued(self) -> int:
        """How many items there were to go through."""
        return len(self.items) + len(self.left)

    @property
    def kept(self) -> int:
        """How many were gone through and stay as they were."""
        return sum(item.outcome == "kept" for item in self.items)

    @property
    def changed(self) -> int:
        """How many were gone through and are not what they were."""
        return len(self.items) - self.kept

    @property
    def seconds(self) -> int:
        """The time that all items took."""
        return sum(item.seconds for item in (*self.items, *self.left))


class DiffEnd(NamedTuple):
    """One of the moments that are compared: the end of a review, or now where `number` is None."""

    number: int | None
    title: str | None
    time: datetime


class Diff(NamedTuple):
    """What differs between two moments: each item in the first group that fits, in document order, removed ones by key.

    `mitigated`, `accepted` and `reopened` say what the status came to; `changed` are all others that are not what
    they were. `escalated` breaks rules that it did not break before, whatever else became of it.
    """

    start: DiffEnd
    end: DiffEnd
    new: tuple[ItemChanges, ...]
    mitigated: tuple[ItemChanges, ...]
    accepted: tuple[ItemChanges, ...]
    reopened: tuple[ItemChanges, ...]
    changed: tuple[ItemChanges, ...]
    removed: tuple[ItemChanges, ...]
    links: tuple[ChangeRow, ...]
    escalated: tuple[Escalation, ...]

    @property
    def is_empty(self) -> bool:
        """Whether nothing differs."""
        groups = (self.new, self.mitigated, self.accepted, self.reopened, self.changed, self.removed)
        return not any((*groups, self.links, self.escalated))


class Started(NamedTuple):
    """A review that was started: what was done, and its number."""

    done: Done
    number: int


SKIP_DAYS = 14
"""How many days an item that was gone through is left out, unless something else is asked for."""
