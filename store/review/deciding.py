"""The verbs within a review: an item is decided, somebody is to see to something."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlmodel import select

from store.audit.snapshots import id_of, state_of
from store.commands.conflicts import change, changed_fields, created
from store.models import Decision, FollowUp
from store.review.follow_ups import clean_owner, clean_task
from store.review.found import find_open, not_queued, queued, queued_item

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from store.audit.log import Writer
    from store.audit.snapshots import State
    from store.db.database import Database
    from store.models import Item, Review
    from store.queries.changes import Done
    from store.review.rows import ReviewDecision


def decide(db: Database, number: int, key: str, *, seconds: int = 0) -> Done:
    """Decide to keep an item as it is, in so many seconds more; who decides last is the one who is named.

    Raises RegisterError where the review has ended or the item is not in its queue.
    """
    with db.write("decide") as writer:
        review = find_open(writer.session, number)
        item, name = queued_item(writer.session, review, key)
        _record(writer, review, (item, name), seconds)
    return writer.done(f"{name} stays as it is", (name,))


def decide_items(writer: Writer, decision: ReviewDecision, items: Sequence[Item]) -> None:
    """Record that a change decides some items, as a part of its batch. Raises RegisterError as `decide` does."""
    review = find_open(writer.session, decision.review)
    ids = {item for item, _, _ in queued(review)}
    for item in items:
        if item.id not in ids:
            raise not_queued(review, item.key)
        _record(writer, review, (id_of(item), item.key), decision.seconds)


def _record(writer: Writer, review: Review, item: tuple[int, str], seconds: int) -> None:
    """Record who decided the item of an id and key, and when; the seconds add up."""
    number, key = item
    query = select(Decision).where(Decision.review_id == review.id, Decision.item_id == number)
    decision, took = writer.session.exec(query).first(), max(seconds, 0)
    if decision is not None:
        state = state_of(writer.session, decision)
        now: State = {"actor": writer.actor, "time": writer.time.isoformat(), "seconds": decision.seconds + took}
        change(writer, decision, state, changed_fields(state, now))
        return
    decision = Decision(
        review_id=id_of(review), item_id=number, key=key, actor=writer.actor, time=writer.time, seconds=took
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
        review = find_open(session, number)
        item, name = queued_item(session, review, key)
        row = FollowUp(
            review_id=id_of(review),
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
