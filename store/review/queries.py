"""Reviews and their items, and what happened to an item since its last review."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from store.audit.log import CHANGES, ChangeRecord
from store.audit.replay import in_effect
from store.db.reader import id_list
from store.enums import Severity, Status
from store.errors import NotFoundError, RegisterError
from store.fields import text_of
from store.policy import escalated
from store.queries.history import VISIBLE, about, change_row, recent_changes
from store.queries.items import item as item_detail
from store.queries.lookup import find_item, find_key
from store.queries.overview import Counts, summary
from store.queries.signals import contradicted_items
from store.text import lead_of, plural, same_name

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from store.audit.snapshots import State
    from store.db.reader import Reader
    from store.db.values import QueuedItems, Texts
    from store.models import Json
    from store.queries.history import ChangeRow, RecentChanges
    from store.queries.items import ItemDetail


class ReviewRecord(NamedTuple):
    """A review as stored; `store.models.Review` says what its columns mean, `number` is its id."""

    number: int
    title: str
    participants: Texts
    query: str | None
    skip_days: int
    started: datetime
    started_by: str
    ended: datetime | None
    ended_by: str | None
    queue: QueuedItems | None
    first_sequence: int
    last_sequence: int | None
    before: Json
    after: Json

    @property
    def queued(self) -> list[tuple[int, str, str]]:
        """The ids of its items, the keys that they had when it started, and why each is there."""
        return [(int(item), str(key), str(reason)) for item, key, reason in self.queue or ()]


class DecisionRecord(NamedTuple):
    """A decision as stored."""

    id: int
    review_id: int
    item_id: int
    key: str
    actor: str
    time: datetime
    seconds: int


class QueueRow(NamedTuple):
    """An item to review, and why; `decided_by` reviewed it last, at `decided_at`, in `seconds` in total.

    Key, lead, severity and status are the present ones, or the last ones of an item that is `gone`.
    """

    key: str
    lead: str
    severity: Severity | None
    status: Status
    reason: str
    decided_by: str | None
    decided_at: datetime | None
    seconds: int
    gone: bool


class ReviewRow(NamedTuple):
    """A review with its queue, in order; `ended` is None while it is open."""

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
        """How many items were reviewed."""
        return sum(row.decided_at is not None for row in self.queue)

    @property
    def left(self) -> int:
        """How many items were not reviewed yet."""
        return len(self.queue) - self.decided

    @property
    def seconds(self) -> int:
        """The time that all items took."""
        return sum(row.seconds for row in self.queue)


class ReviewLine(NamedTuple):
    """A review as lists show it: `items` are those of its queue, `decided` of them were reviewed."""

    number: int
    title: str
    participants: Texts
    started: datetime
    started_by: str
    ended: datetime | None
    ended_by: str | None
    items: int
    decided: int


class ItemActivity(NamedTuple):
    """What happened to an item since it was last `reviewed`, newest first; `total` counts all of its changes.

    For an item that never was, `reviewed`, `review`, `title` and `by` are None, and everything counts.
    """

    key: str
    reviewed: datetime | None
    review: int | None
    title: str | None
    by: str | None
    changes: tuple[ChangeRow, ...]
    total: int


class ReviewView(NamedTuple):
    """A review and one item of its queue, from one moment.

    at: the item's index. item, trail: None where it is gone. news: what changed since it was last reviewed.
    """

    review: ReviewRow
    at: int
    item: ItemDetail | None
    news: ItemActivity | None
    trail: RecentChanges | None


START = "start one with `ai-debt review start`"
"""What to do without any review."""


_HEAD = "id as number, title, coalesce(participants, '[]') as participants"
REVIEWS = f"select {_HEAD}, {', '.join(ReviewRecord._fields[3:])} from review"
REVIEW = f"{REVIEWS} where id = :number"
NEWEST_REVIEW = f"{REVIEWS} order by id desc limit 1"
OPEN_REVIEW = f"{REVIEWS} where ended is null order by id limit 1"
ENDED_LAST = f"{REVIEWS} where ended is not null order by last_sequence desc limit 1"
DECISIONS = f"select {', '.join(DecisionRecord._fields)} from decision"


def find_review(reader: Reader, number: int | None) -> ReviewRecord:
    """The review of a number, the newest without one. Raises NotFoundError."""
    newest = reader.first(NEWEST_REVIEW, row=ReviewRecord)
    review = newest if number is None else reader.first(REVIEW, {"number": number}, row=ReviewRecord)
    if newest is None:
        raise NotFoundError("no reviews yet", START)
    if review is None:
        remedy = plural(newest.number, "use 1", f"use 1 to {newest.number}")
        raise NotFoundError(f"review {number} does not exist", remedy)
    return review


def newest_ended(reader: Reader) -> ReviewRecord:
    """The review that ended last. Raises NotFoundError."""
    review = reader.first(ENDED_LAST, row=ReviewRecord)
    if review is None:
        first = open_review(reader)
        remedy = f"end it with `ai-debt review finish {first.number}`" if first else START
        raise NotFoundError("no review has ended yet", remedy)
    return review


def open_review(reader: Reader) -> ReviewRecord | None:
    """The review that has not ended; there is one at most."""
    return reader.first(OPEN_REVIEW, row=ReviewRecord)


def decisions_of(reader: Reader, review: ReviewRecord) -> dict[int, DecisionRecord]:
    """The decisions of a review, by the id of the item."""
    sql, asked = f"{DECISIONS} where review_id = :review", {"review": review.number}
    return {one.item_id: one for one in reader.each(sql, asked, row=DecisionRecord)}


def find_open(reader: Reader, number: int) -> ReviewRecord:
    """An open review. Raises RegisterError where it has ended."""
    review = find_review(reader, number)
    if review.ended is not None:
        what = f"{review.ended_by} ended review {number} on {review.ended:%Y-%m-%d}"
        raise RegisterError(what, f"reopen it with `ai-debt review reopen {number}`")
    return review


PRESENT = "select id from item where id in (select value from json_each(:ids))"


def queued_item(reader: Reader, review: ReviewRecord, key: str) -> tuple[int, str]:
    """The id and the present key of an item in a review's queue; a removed one is found by its last key.

    Raises RegisterError for an item that is not in the queue.
    """
    ids = [item for item, _, _ in review.queued]
    wanted = key.strip()
    if taken := find_key(reader, wanted):
        item = find_item(reader, taken).id
        if item in ids:
            return item, taken
    present = set(reader.column(PRESENT, {"ids": id_list(ids)}))
    for item, state in last_states(reader, [item for item in ids if item not in present]).items():
        if same_name(name := str(state["key"]), wanted):
            return item, name
    raise not_queued(review, wanted)


def not_queued(review: ReviewRecord, key: str) -> RegisterError:
    """The refusal of an item that is not in a review's queue."""
    return RegisterError(f"{key} is not in the queue of review {review.number}", "choose an item that is in it")


MOST = 200
"""Changes that are listed one by one."""
LATEST = 30
"""The changes of an item that a review shows."""


def unfinished(reader: Reader) -> ReviewRow | None:
    """The open review, whoever started it; there is one at most."""
    found = open_review(reader)
    return None if found is None else _row(reader, found)


def review(reader: Reader, number: int | None = None) -> ReviewRow:
    """One review, the newest without a number. Raises RegisterError if there is none."""
    return _row(reader, find_review(reader, number))


REVIEW_LINES = f"""
select {_HEAD}, started, started_by, ended, ended_by, coalesce(json_array_length(queue), 0) as items,
       (select count(*) from decision where decision.review_id = review.id) as decided
from review order by id desc
"""


def reviews(reader: Reader) -> tuple[ReviewLine, ...]:
    """All reviews, the newest first."""
    return reader.rows(REVIEW_LINES, row=ReviewLine)


LAST_DECISION = f"{DECISIONS} where item_id = :item and review_id <> :but order by time desc, id desc limit 1"
DECIDED_AT = "select max(sequence) from change where entity = 'decision' and entity_id = :decision"


def item_activity(reader: Reader, key: str, *, but: int | None = None) -> ItemActivity:
    """What happened to an item since it was last reviewed, in another review than `but`. Raises NotFoundError."""
    item = find_item(reader, key)
    last = reader.first(LAST_DECISION, {"item": item.id, "but": but or 0}, row=DecisionRecord)
    since = (reader.value(DECIDED_AT, {"decision": last.id}) or 0) if last is not None else 0
    where = about(reader, item.key)
    later = f"""
    {CHANGES} where {where.sql} and {VISIBLE} and change.entity in ('item', 'dependency') and change.sequence > :since
    order by change.sequence
    """
    found = in_effect(reader.rows(later, {**where.parameters, "since": since}, row=ChangeRecord))
    return ItemActivity(
        key=item.key,
        reviewed=last.time if last else None,
        review=last.review_id if last else None,
        title=find_review(reader, last.review_id).title if last else None,
        by=last.actor if last else None,
        changes=tuple(change_row(change) for change in reversed(found[-MOST:])),
        total=len(found),
    )


def review_view(reader: Reader, number: int, pick: Callable[[ReviewRow], int]) -> ReviewView:
    """A review, and the item at the index that `pick` chooses. Raises NotFoundError if the review does not exist."""
    found = review(reader, number)
    at = pick(found)
    key = found.queue[at].key
    try:
        item = item_detail(reader, key)
    except NotFoundError:
        return ReviewView(found, at, None, None, None)
    news = item_activity(reader, key, but=number)
    return ReviewView(found, at, item, news, recent_changes(reader, key=key, limit=LATEST))


def _row(reader: Reader, found: ReviewRecord) -> ReviewRow:
    decisions = decisions_of(reader, found)
    items = summaries(reader, [item for item, _, _ in found.queued])
    rows = [
        QueueRow(
            *items[item][:4],
            reason,
            decided_by=decision.actor if decision else None,
            decided_at=decision.time if decision else None,
            seconds=decision.seconds if decision else 0,
            gone=items[item].gone,
        )
        for item, _, reason in found.queued
        for decision in (decisions.get(item),)
    ]
    return ReviewRow._make((*found[:2], tuple(found.participants), *found[3:9], tuple(rows)))


class ItemSummary(NamedTuple):
    """An item in a few words; one that is `gone` as of its removal."""

    key: str
    lead: str
    severity: Severity | None
    status: Status
    gone: bool = False

    @classmethod
    def of(cls, state: State, *, gone: bool = False) -> ItemSummary:
        """The item with a state."""
        lead = lead_of(text_of(state.get("title")), text_of(state.get("description")) or "")
        severity = None if state["severity"] is None else Severity(str(state["severity"]))
        return cls(str(state["key"]), lead, severity, Status(str(state["status"])), gone)


class _Item(NamedTuple):
    id: int
    key: str
    title: str | None
    start: str
    severity: Severity | None
    status: Status


# The lead words of an item are made of the beginning of its description.
ITEMS = """
select id, key, title, substr(description, 1, 480) as start, severity, status
from item where id in (select value from json_each(:ids))
"""
REMOVALS = """
select entity_id, before from change
where entity = 'item' and entity_id in (select value from json_each(:ids))
  and field is null and before is not null and after is null
order by sequence
"""


def summaries(reader: Reader, ids: Sequence[int]) -> dict[int, ItemSummary]:
    """The items of some ids, as far as the log knows them."""
    found = {
        item.id: ItemSummary(item.key, lead_of(item.title, item.start), item.severity, item.status)
        for item in reader.each(ITEMS, {"ids": id_list(ids)}, row=_Item)
    }
    removed = last_states(reader, [item for item in ids if item not in found])
    return found | {item: ItemSummary.of(state, gone=True) for item, state in removed.items()}


def last_states(reader: Reader, ids: Sequence[int]) -> dict[int, State]:
    """The states of items when they were removed last, by id."""
    return {item: json.loads(before) for item, before in reader.tuples(REMOVALS, {"ids": id_list(ids)})}


Broken = dict[str, tuple[str, ...]]
"""Rules by the key of the item that breaks them."""


def snapshot(reader: Reader) -> dict[str, Json]:
    """The present counts, broken rules and contradicted items, as a review stores them."""
    return {
        "counts": {**summary(reader).total.counts._asdict()},
        "escalated": [[key, list(rules)] for key, rules in escalated(reader).items()],
        "contradicted": [[row.key, row.reason] for row in contradicted_items(reader)],
    }


def counts_in(snapshot: Json) -> Counts:
    """The counts of a snapshot."""
    match snapshot:
        case {"counts": dict(found)}:
            return Counts(**{name: number for name in Counts._fields if isinstance(number := found.get(name), int)})
    return Counts()


def escalated_in(snapshot: Json) -> Broken:
    """The broken rules of a snapshot."""
    found: Broken = {}
    listed = snapshot.get("escalated") if isinstance(snapshot, dict) else None
    for entry in listed if isinstance(listed, list) else ():
        match entry:
            case [str(key), list(rules)]:
                found[key] = tuple(map(str, rules))
    return found


def contradicted_in(snapshot: Json) -> dict[str, str]:
    """The contradicted items of a snapshot: the reason by key. Older snapshots have none."""
    listed = snapshot.get("contradicted") if isinstance(snapshot, dict) else None
    found: dict[str, str] = {}
    for entry in listed if isinstance(listed, list) else ():
        match entry:
            case [str(key), str(reason)]:
                found[key] = reason
    return found
