"""Reviews as they are: their items, their participants, and what differs between two of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from store.audit.log import CHANGES, ChangeRecord
from store.audit.replay import in_effect
from store.db.reader import id_list
from store.enums import Status
from store.errors import NotFoundError, RegisterError
from store.queries.history import VISIBLE, about, change_row
from store.queries.lookup import find_item, key_taken
from store.review.changes import (
    ITEM,
    LINK,
    between,
    escalated_in,
    in_document_order,
    item_changes,
    last_states,
    newly_escalated,
    snapshot,
    summaries,
)
from store.review.rows import DecisionRecord, Diff, DiffEnd, ItemNews, QueueRow, ReviewLine, ReviewRecord, ReviewRow
from store.text import same_name

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from store.db.reader import Reader
    from store.review.changes import NetChange
    from store.review.rows import Texts


_START = "start one with `ai-debt review start`"
REVIEWS = f"select {', '.join(ReviewRecord._fields)} from review"
REVIEW = f"{REVIEWS} where id = :number"
NEWEST_REVIEW = f"{REVIEWS} order by id desc limit 1"
OPEN_REVIEW = f"{REVIEWS} where ended is null order by id limit 1"
ENDED_LAST = f"{REVIEWS} where ended is not null order by last_sequence desc limit 1"
DECISIONS = f"select {', '.join(DecisionRecord._fields)} from decision where review_id = :review"


def find_review(reader: Reader, number: int | None) -> ReviewRecord:
    """The review of a number, the newest without one. Raises NotFoundError."""
    newest = newest_review(reader)
    review = newest if number is None else reader.first(REVIEW, {"number": number}, row=ReviewRecord)
    if newest is None:
        raise NotFoundError("there was no review yet", _START)
    if review is None:
        raise NotFoundError(f"there is no review {number}", "use 1" if newest.id == 1 else f"use 1 to {newest.id}")
    return review


def newest_ended(reader: Reader) -> ReviewRecord:
    """The review that ended last. Raises NotFoundError."""
    review = reader.first(ENDED_LAST, row=ReviewRecord)
    if review is None:
        first = newest_review(reader)
        remedy = f"end it with `ai-debt review finish {first.id}`" if first else _START
        raise NotFoundError("no review has ended yet", remedy)
    return review


def newest_review(reader: Reader) -> ReviewRecord | None:
    """The review that was started last."""
    return reader.first(NEWEST_REVIEW, row=ReviewRecord)


def open_review(reader: Reader) -> ReviewRecord | None:
    """The review that has not ended; there is one at most."""
    return reader.first(OPEN_REVIEW, row=ReviewRecord)


def decisions_of(reader: Reader, review: ReviewRecord) -> dict[int, DecisionRecord]:
    """The decisions of a review, by the id of the item."""
    return {one.item_id: one for one in reader.each(DECISIONS, {"review": review.id}, row=DecisionRecord)}


def find_open(reader: Reader, number: int) -> ReviewRecord:
    """A review that goes on. Raises RegisterError where it has ended."""
    review = find_review(reader, number)
    if review.ended is not None:
        what = f"{review.ended_by} ended review {number} on {review.ended:%Y-%m-%d}"
        raise RegisterError(what, f"reopen it with `ai-debt review reopen {number}`")
    return review


def queued_item(reader: Reader, review: ReviewRecord, key: str) -> tuple[int, str]:
    """The id and the key of now of an item in a review's queue; one that is gone answers to its last key.

    Raises RegisterError for an item that the review does not go through.
    """
    ids = [item for item, _, _ in review.queued]
    wanted = key.strip()
    if taken := key_taken(reader, wanted):
        item = find_item(reader, taken).id or 0
        if item in ids:
            return item, taken
    for item, state in last_states(reader, _gone(reader, ids)).items():
        if same_name(name := str(state["key"]), wanted):
            return item, name
    raise not_queued(review, wanted)


def not_queued(review: ReviewRecord, key: str) -> RegisterError:
    """The refusal of an item that a review does not go through."""
    return RegisterError(f"{key} is not in the queue of review {review.id}", "choose an item that is in it")


PRESENT = "select id from item where id in (select value from json_each(:ids))"


def _gone(reader: Reader, ids: Sequence[int]) -> list[int]:
    present = set(reader.column(PRESENT, {"ids": id_list(ids)}))
    return [item for item in ids if item not in present]


MOST = 200
"""Changes that are listed one by one."""


def unfinished(reader: Reader) -> ReviewRow | None:
    """The review that goes on, whoever began it; there is one at most."""
    found = open_review(reader)
    return None if found is None else _row(reader, found)


def review(reader: Reader, number: int | None = None) -> ReviewRow:
    """One review, the newest without a number. Raises RegisterError where there is none."""
    return _row(reader, find_review(reader, number))


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    title: str
    participants: Texts | None
    started: datetime
    started_by: str
    ended: datetime | None
    ended_by: str | None
    items: int
    decided: int


REVIEW_LINES = """
select id as number, title, participants, started, started_by, ended, ended_by,
       coalesce(json_array_length(queue), 0) as items,
       (select count(*) from decision where decision.review_id = review.id) as decided
from review order by id desc
"""


def reviews(reader: Reader) -> tuple[ReviewLine, ...]:
    """All reviews, the newest first."""
    return tuple(
        ReviewLine(
            number=line.number,
            title=line.title,
            participants=tuple(line.participants or ()),
            started=line.started,
            started_by=line.started_by,
            ended=line.ended,
            ended_by=line.ended_by,
            items=line.items,
            decided=line.decided,
        )
        for line in reader.each(REVIEW_LINES, row=_Line)
    )


LAST_DECISION = f"""
select {", ".join(DecisionRecord._fields)} from decision
where item_id = :item and review_id <> :but order by time desc, id desc limit 1
"""
DECIDED_AT = "select max(sequence) from change where entity = 'decision' and entity_id = :decision"


def item_news(reader: Reader, key: str, *, but: int | None = None) -> ItemNews:
    """What happened to an item since it was last gone through, in another review than `but`. Raises NotFoundError."""
    item = find_item(reader, key)
    last = reader.first(LAST_DECISION, {"item": item.id, "but": but or 0}, row=DecisionRecord)
    since = (reader.value(DECIDED_AT, {"decision": last.id}) or 0) if last is not None else 0
    met, asked = about(reader, item.key)
    later = f"""
    {CHANGES} where {met} and {VISIBLE} and change.entity in ('item', 'dependency') and change.sequence > :since
    order by change.sequence
    """
    found = in_effect(reader.rows(later, {**asked, "since": since}, row=ChangeRecord))
    newest = [change_row(change) for change in reversed(found)]
    return ItemNews(
        key=item.key,
        reviewed=last.time if last else None,
        review=last.review_id if last else None,
        title=find_review(reader, last.review_id).title if last else None,
        by=last.actor if last else None,
        changes=tuple(newest[:MOST]),
        total=len(newest),
    )


def _row(reader: Reader, found: ReviewRecord) -> ReviewRow:
    entries = found.queued
    decisions = decisions_of(reader, found)
    items = summaries(reader, [item for item, _, _ in entries])
    rows: list[QueueRow] = []
    for item, _, reason in entries:
        decision = decisions.get(item)
        rows.append(
            QueueRow(
                key=items[item].key,
                lead=items[item].lead,
                severity=items[item].severity,
                status=items[item].status,
                reason=reason,
                decided_by=decision.actor if decision else None,
                decided_at=decision.time if decision else None,
                seconds=decision.seconds if decision else 0,
                gone=items[item].gone,
            )
        )
    return ReviewRow(
        number=found.id,
        title=found.title,
        participants=tuple(found.participants or ()),
        query=found.query,
        skip_days=found.skip_days,
        started=found.started,
        started_by=found.started_by,
        ended=found.ended,
        ended_by=found.ended_by,
        queue=tuple(rows),
    )


_GROUPS = ("new", "mitigated", "accepted", "reopened", "changed", "removed")


def diff(reader: Reader, number: int | None = None, other: int | None = None) -> Diff:
    """What differs from the end of a review (of the one that ended last, without a number) to that of another, or now.

    What was changed and changed back is no difference. Raises RegisterError where one of them has not ended, or the
    other ended earlier.
    """
    start = newest_ended(reader) if number is None else find_review(reader, number)
    end = None if other is None else find_review(reader, other)
    for review in (start, end):
        if review is not None and review.ended is None:
            what = f"review {review.id} has not ended"
            raise RegisterError(what, f"end it with `ai-debt review finish {review.id}`")
    first, last = start.last_sequence or 0, end.last_sequence if end else None
    if last is not None and last < first:
        raise RegisterError(f"review {number} ended after review {other}", "name the earlier one first")
    became = between(reader, first, last)
    items = [one for one in became.values() if one.entity == ITEM]
    groups: dict[str, list[NetChange]] = {name: [] for name in _GROUPS}
    for one in in_document_order(reader, items):
        if one.differs:
            groups[_group(one)].append(one)
    after = end.after if end else snapshot(reader)
    return Diff(
        start=_end(start),
        end=_end(end) if end else DiffEnd(None, None, reader.now),
        **{name: tuple(item_changes(one) for one in found) for name, found in groups.items()},
        links=tuple(row for one in became.values() if one.entity == LINK and one.differs for row in one.rows()),
        escalated=newly_escalated(reader, escalated_in(start.after), escalated_in(after), became),
    )


def _end(review: ReviewRecord) -> DiffEnd:
    return DiffEnd(review.id, review.title, review.ended or review.started)


def _group(one: NetChange) -> str:
    """The first group that an item fits that differs."""
    if one.before is None or one.after is None:
        return "new" if one.before is None else "removed"
    was, is_ = Status(str(one.before["status"])), Status(str(one.after["status"]))
    if was is is_:
        return "changed"
    if is_ is Status.MITIGATED:
        return "mitigated"
    if is_ is Status.ACCEPTED:
        return "accepted"
    return "changed" if was.is_open else "reopened"
