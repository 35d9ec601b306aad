"""Commands of a review: start, decide, follow up, end, reopen."""

from __future__ import annotations

import re
from datetime import UTC
from typing import TYPE_CHECKING, NamedTuple

from sqlmodel import select

from store.audit.log import head, who_changed
from store.audit.snapshots import id_of
from store.commands.conflicts import NOTHING, add_row, dumped, edit_row, refuse_conflicts
from store.enums import FollowUpState
from store.errors import (
    NO_ITEMS,
    FieldConflict,
    InvalidValueError,
    NotFoundError,
    RegisterError,
    UnfinishedError,
    no_participant,
    quoted,
)
from store.fields import clean_line, clean_text, required_line
from store.filters.parser import parse
from store.filters.sql import condition
from store.models import Decision, FollowUp, Review
from store.queries.follow_ups import item_keys
from store.review.queries import find_open, find_review, not_queued, open_review, queued_item, snapshot
from store.review.queue import SKIP_DAYS, default_title, queue
from store.text import join_words, number_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from store.audit.log import Done, UnitOfWork
    from store.audit.snapshots import State
    from store.db.database import Database
    from store.db.reader import Reader
    from store.fields import FieldValue
    from store.filters.ast import Query
    from store.models import Item
    from store.review.queries import ReviewRecord, ReviewRow
    from store.review.queue import ReviewDecision

MOST_SKIP_DAYS = 36_500


class Started(NamedTuple):
    """A review that was started: what was done, and its number."""

    done: Done
    number: int

    @property
    def batch(self) -> int | None:
        """The batch that started it."""
        return self.done.batch


def start(
    db: Database,
    *,
    title: str | None = None,
    participants: Sequence[str] | None = None,
    query: str | None = None,
    skip_days: int = SKIP_DAYS,
) -> Started:
    """Start a review of all items, or of those that match a query; without participants it is the actor's.

    Items that were reviewed within `skip_days` are skipped. Raises UnfinishedError while another review is open,
    QueryError for a query that cannot be parsed, and RegisterError where nothing is left to review.
    """
    if not 0 <= skip_days <= MOST_SKIP_DAYS:
        raise InvalidValueError("skip_days", f"{skip_days} days cannot be skipped", f"use 0 to {MOST_SKIP_DAYS}")
    moment = db.clock().astimezone(UTC)
    title = required_line("title", title) if title else default_title(moment)
    people = names(participants) or [db.actor]
    parsed = parse(query or "")
    # Ranking a large register takes long: do it before the write lock is held.
    with db.read() as reader:
        _refuse_unfinished(reader)
        entries = queue(reader, parsed, skip_days=skip_days, moment=moment)
        if not entries:
            raise _nothing(reader, parsed, skip_days)
    with db.write("start-review") as writer:
        _refuse_unfinished(writer.reader)
        review = Review(
            title=title,
            participants=people,
            query=str(parsed) or None,
            skip_days=skip_days,
            queue=entries,
            started=writer.time,
            started_by=writer.actor,
            first_sequence=head(writer.reader).sequence,
            before=snapshot(writer.reader),
        )
        add_row(writer, review)
    number = id_of(review)
    return Started(writer.done(f"Started review {number}: {number_of(len(entries), 'item')} to review"), number)


def edit_review(
    db: Database,
    number: int,
    *,
    title: str | None = None,
    participants: Sequence[str] | None = None,
    before: ReviewRow | None = None,
) -> Done:
    """Change the title or the participants of an open review; `before` is the review as the user saw it.

    Raises RegisterError where it has ended, and ConflictError where someone else has changed the same since.
    """
    wanted: State = {} if title is None else {"title": required_line("title", title)}
    if participants is not None:
        wanted["participants"] = [*names(participants)]
        if not wanted["participants"]:
            raise no_participant()
    seen: State = {} if before is None else {"title": before.title, "participants": [*before.participants]}
    with db.write("edit-review") as writer:
        fields = edit_row(writer, _row(writer, find_open(writer.reader, number)), wanted, before=seen)
    return writer.done(f"Changed {join_words(list(fields))} of review {number}" if fields else NOTHING)


def finish(db: Database, number: int) -> Done:
    """End a review; items without a decision are left. Raises RegisterError where it has ended already."""
    with db.write("end-review") as writer:
        review = _row(writer, find_open(writer.reader, number))
        fields: State = {
            "ended": writer.time.isoformat(),
            "ended_by": writer.actor,
            "last_sequence": head(writer.reader).sequence,
            "after": snapshot(writer.reader),
        }
        edit_row(writer, review, fields)
    return writer.done(f"Ended review {number}")


def reopen(db: Database, number: int) -> Done:
    """Reopen a review that has ended. Raises RegisterError where it has not, and while another one is open."""
    with db.write("reopen-review") as writer:
        review = _row(writer, find_review(writer.reader, number))
        if review.ended is None:
            raise RegisterError(f"review {number} is already open", "there is nothing to reopen")
        _refuse_unfinished(writer.reader)
        edit_row(writer, review, dict.fromkeys(("ended", "ended_by", "last_sequence", "after")))
    return writer.done(f"Reopened review {number}")


def _row(writer: UnitOfWork, found: ReviewRecord) -> Review:
    return writer.session.get_one(Review, found.number)


def names(typed: Sequence[str] | None) -> list[str]:
    """The names of people, each once, in order; commas and semicolons separate them."""
    found: dict[str, str] = {}
    for each in (part for text in typed or () for part in re.split("[,;]", text)):
        if name := clean_line("participants", each):
            found.setdefault(name.casefold(), name)
    return list(found.values())


def _refuse_unfinished(reader: Reader) -> None:
    if review := open_review(reader):
        raise UnfinishedError(review.number, f"{review.started_by} started on {review.started:%Y-%m-%d}")


def _nothing(reader: Reader, query: Query, skip_days: int) -> RegisterError:
    """Why a queue is empty, and what to do."""
    if reader.value("select 1 from item limit 1") is None:
        return RegisterError(NO_ITEMS, "add or import some first")
    met = condition(reader, query)
    if reader.value(f"select 1 from item where {met.sql} limit 1", met.parameters) is None:
        return RegisterError(f"no item matches {quoted(str(query))}", "try another filter")
    days = number_of(skip_days, "day")
    again = "skip the last 0 days to review it again (--skip-days 0 on the command line)"
    return RegisterError(f"everything was reviewed within {days}", again)


def decide(db: Database, number: int, key: str, *, seconds: int = 0) -> Done:
    """Decide to leave an item unchanged, in `seconds` more; the last one who decides is the one on record.

    Raises RegisterError where the review has ended or the item is not in its queue.
    """
    with db.write("decide") as writer:
        review = find_open(writer.reader, number)
        item, name = queued_item(writer.reader, review, key)
        _record_decision(writer, review, item, name, seconds)
    return writer.done(f"Kept {name} unchanged", (name,))


def decide_items(writer: UnitOfWork, decision: ReviewDecision, items: Sequence[Item]) -> None:
    """Record that a change decides some items, as a part of its batch. Raises RegisterError as `decide` does."""
    review = find_open(writer.reader, decision.review)
    ids = {item for item, _, _ in review.queued}
    for item in items:
        if item.id not in ids:
            raise not_queued(review, item.key)
        _record_decision(writer, review, id_of(item), item.key, decision.seconds)


def _record_decision(writer: UnitOfWork, review: ReviewRecord, item: int, key: str, seconds: int) -> None:
    """Record who decided an item, and when; the seconds add up."""
    query = select(Decision).where(Decision.review_id == review.number, Decision.item_id == item)
    decision, seconds = writer.session.exec(query).first(), max(seconds, 0)
    if decision is not None:
        seconds += decision.seconds
        edit_row(writer, decision, {"actor": writer.actor, "time": writer.time.isoformat(), "seconds": seconds})
    else:
        decision = Decision(
            review_id=review.number, item_id=item, key=key, actor=writer.actor, time=writer.time, seconds=seconds
        )
        add_row(writer, decision)


def follow_up(
    db: Database, number: int, key: str, *, text: str, owner: str | None = None, due_on: date | None = None
) -> Done:
    """Record what someone is to do after the review, about an item of its queue."""
    task = _task(text)
    with db.write("follow-up") as writer:
        review = find_open(writer.reader, number)
        item, name = queued_item(writer.reader, review, key)
        row = FollowUp(
            review_id=review.number,
            item_id=item,
            key=name,
            text=task,
            owner=_owner(owner),
            due_on=due_on,
            actor=writer.actor,
            time=writer.time,
        )
        add_row(writer, row)
    return writer.done(f"Added follow-up {id_of(row)} on {name}", (name,))


_MARKED = {
    FollowUpState.OPEN: "Reopened {}",
    FollowUpState.DONE: "Marked {} done",
    FollowUpState.DROPPED: "Dropped {}",
}


def mark_follow_ups(
    db: Database,
    numbers: Sequence[int],
    state: FollowUpState,
    *,
    before: Mapping[int, FollowUpState] | None = None,
) -> Done:
    """Mark some follow-ups done, drop them, or reopen them; `before` is what the user saw of each.

    Raises NotFoundError, and ConflictError where one is in another state than the user saw and than they want.
    """
    with db.write("reopen-follow-up" if state is FollowUpState.OPEN else "close-follow-up") as writer:
        rows = [_follow_up(writer, number) for number in dict.fromkeys(numbers)]
        changed = [row for row in rows if _state(row) is not state]
        keys, items = _keys(writer.reader, changed)
        conflicts = [
            FieldConflict(
                key=_named([row], keys),
                field="state",
                before=seen.value,
                mine=state.value,
                theirs=_state(row).value,
                by=who_changed(writer.reader, "follow-up", id_of(row), "resolution"),
            )
            for row in changed
            if (seen := (before or {}).get(id_of(row))) and seen is not _state(row)
        ]
        refuse_conflicts(conflicts)
        for row in changed:
            resolution = None if state is FollowUpState.OPEN else state.value
            edit_row(writer, row, {"resolution": resolution}, key=keys[id_of(row)])
    return writer.done(_MARKED[state].format(_named(changed, keys)) if changed else NOTHING, items)


def edit_follow_up(
    db: Database, number: int, changes: Mapping[str, FieldValue], *, before: Mapping[str, FieldValue] | None = None
) -> Done:
    """Change the `text`, `owner` or `due_on` of a follow-up; `before` is what the user saw of them.

    Raises NotFoundError, InvalidValueError for the field that is wrong, and ConflictError if one of the fields has
    changed since.
    """
    wanted = dumped({name: _clean(name, value) for name, value in changes.items()})
    with db.write("edit-follow-up") as writer:
        row = _follow_up(writer, number)
        keys, items = _keys(writer.reader, [row])
        if not edit_row(writer, row, wanted, before=dumped(before or {}), key=keys[number]):
            return writer.done(NOTHING)
    return writer.done(f"Changed {_named([row], keys)}", items)


def _task(text: str) -> str:
    if task := clean_text("text", text):
        return task
    raise InvalidValueError("text", "the follow-up is empty", "describe what has to be done")


def _owner(owner: str | None) -> str | None:
    return clean_line("owner", owner) or None if owner else None


def _clean(name: str, value: FieldValue) -> FieldValue:
    match name, value:
        case "text", str() | None:
            return _task(value or "")
        case "owner", str() | None:
            return _owner(value)
        case "due_on", _ if not isinstance(value, str):
            return value
    raise InvalidValueError(name, f"{value!r} is not a {name.replace('_', ' ')} of a follow-up", "use another value")


def _follow_up(writer: UnitOfWork, number: int) -> FollowUp:
    row = writer.session.get(FollowUp, number)
    if row is None:
        raise NotFoundError(f"follow-up {number} does not exist", "`ai-debt followups --all` lists them")
    return row


def _state(row: FollowUp) -> FollowUpState:
    return FollowUpState(row.resolution) if row.resolution else FollowUpState.OPEN


def _keys(reader: Reader, rows: Sequence[FollowUp]) -> tuple[dict[int, str], tuple[str, ...]]:
    """The present or last keys of the items of follow-ups, by the number of the follow-up; and those that exist."""
    keys, gone = item_keys(reader, sorted({row.item_id for row in rows}))
    existing = tuple(sorted(key for item, key in keys.items() if item not in gone))
    return {id_of(row): keys.get(row.item_id, row.key) for row in rows}, existing


def _named(rows: Sequence[FollowUp], keys: Mapping[int, str]) -> str:
    if len(rows) == 1:
        return f"follow-up {id_of(rows[0])} on {keys[id_of(rows[0])]}"
    return f"{len(rows):,} follow-ups"
