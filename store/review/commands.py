"""Commands of a review: start, decide, follow up, end, reopen."""

from __future__ import annotations

import re
from datetime import UTC
from typing import TYPE_CHECKING, NamedTuple

from sqlmodel import col, select

from store.audit.log import head, who_changed
from store.audit.snapshots import assign, id_of, state_of
from store.commands.conflicts import NOTHING, change, changed_fields, conflicts_of, created, dumped, refuse_conflicts
from store.db.reader import reader_of
from store.enums import FollowUpState
from store.errors import FieldConflict, InvalidValueError, NotFoundError, RegisterError, UnfinishedError, quoted
from store.fields import clean_line, clean_text, required_line
from store.filters.parser import parse
from store.filters.sql import condition
from store.models import Decision, FollowUp, Item, Review
from store.queries.follow_ups import item_keys
from store.review.queries import find_open, find_review, not_queued, open_review, queued_item, snapshot
from store.review.queue import SKIP_DAYS, queue
from store.text import in_a_row, number_of, plural

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from sqlmodel import Session

    from store.audit.log import UnitOfWork
    from store.audit.snapshots import State
    from store.db.database import Database
    from store.db.reader import Reader
    from store.fields import FieldValue
    from store.filters.ast import Query
    from store.queries.rows import Done, ReviewDecision, ReviewRecord
    from store.review.queries import ReviewRow


class Started(NamedTuple):
    """A review that was started: what was done, and its number."""

    done: Done
    number: int


LONGEST = 36_500
"""The most days."""


def usual_title(moment: datetime) -> str:
    """What a review that begins then is called, unless it is said."""
    return f"Retrospective {moment.astimezone(UTC).date()}"


def start(
    db: Database,
    *,
    title: str | None = None,
    participants: Sequence[str] | None = None,
    query: str | None = None,
    skip_days: int = SKIP_DAYS,
) -> Started:
    """Begin a review of all items, or of those that a query finds; who is there is the actor unless it is said.

    What was gone through within so many days is left out. Raises UnfinishedError while another review goes on,
    QueryError for a query that cannot be understood, and RegisterError where nothing is left to go through.
    """
    if not 0 <= skip_days <= LONGEST:
        raise InvalidValueError("skip_days", f"{skip_days} days cannot be left out", f"use 0 to {LONGEST}")
    moment = db.clock().astimezone(UTC)
    named = required_line("title", title) if title else usual_title(moment)
    people = names(participants) or [db.actor]
    asked = parse(query or "")
    # It may take long to rank a large register: nobody is to wait for that.
    with db.read() as reader:
        _refuse_unfinished(reader)
        entries = queue(reader, asked, skip_days=skip_days, moment=moment)
        if not entries:
            raise _nothing(reader, asked, skip_days)
    with db.write("start-review") as writer:
        _refuse_unfinished(reader_of(writer.session))
        review = Review(
            title=named,
            participants=people,
            query=str(asked) or None,
            skip_days=skip_days,
            queue=entries,
            started=writer.time,
            started_by=writer.actor,
            first_sequence=head(reader_of(writer.session)).sequence,
            before=snapshot(reader_of(writer.session)),
        )
        writer.session.add(review)
        writer.session.flush()
        created(writer, review)
    number = id_of(review)
    items = number_of(len(entries), "item")
    return Started(writer.done(f"Started review {number}: {items} to go through"), number)


def edit_review(
    db: Database,
    number: int,
    *,
    title: str | None = None,
    participants: Sequence[str] | None = None,
    before: ReviewRow | None = None,
) -> Done:
    """Change the title of an open review, or who takes part; `before` is the review as the person saw it.

    Raises RegisterError where it has ended, and ConflictError where somebody else has changed the same since.
    """
    wanted: State = {} if title is None else {"title": required_line("title", title)}
    if participants is not None:
        wanted["participants"] = [*names(participants)]
        if not wanted["participants"]:
            raise InvalidValueError("participants", "a review needs at least one participant", "name one")
    with db.write("edit-review") as writer:
        review = _to_change(writer.session, find_open(reader_of(writer.session), number))
        state = state_of(reader_of(writer.session), review)
        fields = changed_fields(state, wanted)
        if before is not None:
            seen: State = {"title": before.title, "participants": [*before.participants]}
            refuse_conflicts(conflicts_of(writer.session, review, state, wanted=fields, before=seen))
        change(writer, review, state, fields)
    return writer.done(f"Changed {in_a_row(list(fields))} of review {number}" if fields else NOTHING)


def finish(db: Database, number: int) -> Done:
    """End a review; what was not decided is left. Raises RegisterError where it has ended already."""
    with db.write("end-review") as writer:
        session = writer.session
        review = _to_change(session, find_open(reader_of(session), number))
        fields: State = {
            "ended": writer.time.isoformat(),
            "ended_by": writer.actor,
            "last_sequence": head(reader_of(session)).sequence,
            "after": snapshot(reader_of(session)),
        }
        change(writer, review, state_of(reader_of(session), review), fields)
    return writer.done(f"Ended review {number}")


def reopen(db: Database, number: int) -> Done:
    """Open a review again that has ended. Raises RegisterError where it has not, and while another one is open."""
    with db.write("reopen-review") as writer:
        session = writer.session
        review = _to_change(session, find_review(reader_of(session), number))
        if review.ended is None:
            raise RegisterError(f"review {number} is open already", "there is nothing to reopen")
        _refuse_unfinished(reader_of(session))
        state = state_of(reader_of(session), review)
        change(writer, review, state, dict.fromkeys(("ended", "ended_by", "last_sequence", "after")))
    return writer.done(f"Reopened review {number}")


def _to_change(session: Session, found: ReviewRecord) -> Review:
    return session.get_one(Review, found.id)


def names(typed: Sequence[str] | None) -> list[str]:
    """The names of people, each once, in order; a comma or semicolon parts two."""
    found: dict[str, str] = {}
    for each in (part for text in typed or () for part in re.split("[,;]", text)):
        if name := clean_line("participants", each):
            found.setdefault(name.casefold(), name)
    return list(found.values())


def _refuse_unfinished(reader: Reader) -> None:
    if review := open_review(reader):
        raise UnfinishedError(review.id, f"{review.started_by} started on {review.started:%Y-%m-%d}")


ANY_ITEM = "SELECT 1 FROM item LIMIT 1"


def _nothing(reader: Reader, query: Query, skip_days: int) -> RegisterError:
    """Why a queue is empty, and what to do."""
    if reader.value(ANY_ITEM) is None:
        return RegisterError("the register has no items yet", "add or import some first")
    met = condition(reader, query)
    if reader.value(f"SELECT 1 FROM item WHERE {met.sql} LIMIT 1", met.parameters) is None:
        return RegisterError(f"no item matches {quoted(str(query))}", "ask for others")
    days = f"{skip_days} {plural(skip_days, 'day')}"
    return RegisterError(f"everything was gone through within {days}", "skip 0 days to go through it again")


ENTITY = "follow-up"


_VERBS = {FollowUpState.DONE: "close-follow-up", FollowUpState.DROPPED: "close-follow-up"}


_SAID = {
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
    """Mark some follow-ups done, drop them, or reopen them; `before` is what the person saw of each.

    Raises NotFoundError, and ConflictError where one is in another state than the person saw and than they want.
    """
    with db.write(_VERBS.get(state, "reopen-follow-up")) as writer:
        rows = [_find(writer.session, number) for number in dict.fromkeys(numbers)]
        keys = _keys(writer.session, rows)
        changed = [row for row in rows if _state(row) is not state]
        refuse_conflicts(
            [
                _conflict(writer.session, row, keys[id_of(row)], mine=state, before=before[id_of(row)])
                for row in changed
                if before and before.get(id_of(row), _state(row)) is not _state(row)
            ]
        )
        resolution = None if state is FollowUpState.OPEN else state.value
        for row in changed:
            _change(writer, row, keys[id_of(row)], {"resolution": resolution})
        named = _named(changed, keys)
        about = _items(writer.session, changed)
    return writer.done(_SAID[state].format(named) if changed else NOTHING, about)


def edit_follow_up(
    db: Database, number: int, changes: Mapping[str, FieldValue], *, before: Mapping[str, FieldValue] | None = None
) -> Done:
    """Change the `text`, `owner` or `due_on` of a follow-up; `before` is what the person saw of them.

    Raises NotFoundError, InvalidValueError beside the field that is wrong, and ConflictError where one of the fields
    says something else now.
    """
    wanted = dumped({name: _clean(name, value) for name, value in changes.items()})
    with db.write("edit-follow-up") as writer:
        row = _find(writer.session, number)
        state = state_of(reader_of(writer.session), row)
        fields = changed_fields(state, wanted)
        refuse_conflicts(conflicts_of(writer.session, row, state, wanted=fields, before=dumped(before or {})))
        keys = _keys(writer.session, [row])
        _change(writer, row, keys[number], fields)
        about = _items(writer.session, [row])
    return writer.done(f"Changed {_named([row], keys)}" if fields else NOTHING, about if fields else ())


def clean_task(text: str) -> str:
    """What is to be done, as it is stored. Raises InvalidValueError."""
    if task := clean_text("text", text):
        return task
    raise InvalidValueError("text", "the follow-up is empty", "say what is to be done")


def clean_owner(owner: str | None) -> str | None:
    """Who does it, as it is stored; None for nobody."""
    return clean_line("owner", owner) or None if owner else None


def _clean(name: str, value: FieldValue) -> FieldValue:
    match name, value:
        case "text", str() | None:
            return clean_task(value or "")
        case "owner", str() | None:
            return clean_owner(value)
        case "due_on", _ if not isinstance(value, str):
            return value
    raise InvalidValueError(name, f"{value!r} is not a {name.replace('_', ' ')} of a follow-up", "use another value")


def _find(session: Session, number: int) -> FollowUp:
    row = session.get(FollowUp, number)
    if row is None:
        raise NotFoundError(f"there is no follow-up {number}", "`ai-debt followups --all` lists them")
    return row


def _state(row: FollowUp) -> FollowUpState:
    return FollowUpState(row.resolution) if row.resolution else FollowUpState.OPEN


def _change(writer: UnitOfWork, row: FollowUp, key: str, fields: State) -> None:
    """Let a follow-up say these fields, and record each under the present key of its item."""
    state = state_of(reader_of(writer.session), row)
    assign(writer.session, row, fields)
    for name, value in fields.items():
        writer.record(ENTITY, id_of(row), key, name, state[name], value)


def _keys(session: Session, rows: Sequence[FollowUp]) -> dict[int, str]:
    """The keys that the items of follow-ups have now, or had last, by the number of the follow-up."""
    keys, _ = item_keys(reader_of(session), sorted({row.item_id for row in rows}))
    return {id_of(row): keys.get(row.item_id, row.key) for row in rows}


def _items(session: Session, rows: Sequence[FollowUp]) -> tuple[str, ...]:
    """The keys of the items that are still there."""
    ids = {row.item_id for row in rows}
    return tuple(session.exec(select(Item.key).where(col(Item.id).in_(ids)).order_by(col(Item.key))))


def _named(rows: Sequence[FollowUp], keys: Mapping[int, str]) -> str:
    if len(rows) == 1:
        return f"follow-up {id_of(rows[0])} on {keys[id_of(rows[0])]}"
    return f"{len(rows):,} follow-ups"


def _conflict(
    session: Session, row: FollowUp, key: str, *, mine: FollowUpState, before: FollowUpState
) -> FieldConflict:
    return FieldConflict(
        key=f"follow-up {id_of(row)} on {key}",
        field="state",
        before=before.value,
        mine=mine.value,
        theirs=_state(row).value,
        by=who_changed(reader_of(session), ENTITY, id_of(row), "resolution"),
    )


def decide(db: Database, number: int, key: str, *, seconds: int = 0) -> Done:
    """Decide to keep an item as it is, in so many seconds more; who decides last is the one who is named.

    Raises RegisterError where the review has ended or the item is not in its queue.
    """
    with db.write("decide") as writer:
        review = find_open(reader_of(writer.session), number)
        item, name = queued_item(reader_of(writer.session), review, key)
        _record(writer, review, (item, name), seconds)
    return writer.done(f"{name} stays as it is", (name,))


def decide_items(writer: UnitOfWork, decision: ReviewDecision, items: Sequence[Item]) -> None:
    """Record that a change decides some items, as a part of its batch. Raises RegisterError as `decide` does."""
    review = find_open(reader_of(writer.session), decision.review)
    ids = {item for item, _, _ in review.queued}
    for item in items:
        if item.id not in ids:
            raise not_queued(review, item.key)
        _record(writer, review, (id_of(item), item.key), decision.seconds)


def _record(writer: UnitOfWork, review: ReviewRecord, item: tuple[int, str], seconds: int) -> None:
    """Record who decided the item of an id and key, and when; the seconds add up."""
    number, key = item
    query = select(Decision).where(Decision.review_id == review.id, Decision.item_id == number)
    decision, took = writer.session.exec(query).first(), max(seconds, 0)
    if decision is not None:
        state = state_of(reader_of(writer.session), decision)
        now: State = {"actor": writer.actor, "time": writer.time.isoformat(), "seconds": decision.seconds + took}
        change(writer, decision, state, changed_fields(state, now))
        return
    decision = Decision(
        review_id=review.id, item_id=number, key=key, actor=writer.actor, time=writer.time, seconds=took
    )
    writer.session.add(decision)
    writer.session.flush()
    created(writer, decision)


def follow_up(
    db: Database, number: int, key: str, *, text: str, owner: str | None = None, due_on: date | None = None
) -> Done:
    """Note what somebody is to see to after the review, about an item of its queue."""
    task = clean_task(text)
    with db.write("follow-up") as writer:
        session = writer.session
        review = find_open(reader_of(session), number)
        item, name = queued_item(reader_of(session), review, key)
        row = FollowUp(
            review_id=review.id,
            item_id=item,
            key=name,
            text=task,
            owner=clean_owner(owner),
            due_on=due_on,
            actor=writer.actor,
            time=writer.time,
        )
        session.add(row)
        session.flush()
        created(writer, row)
    return writer.done(f"Recorded follow-up {id_of(row)} on {name}", (name,))
