"""The verbs within a review: an item was gone through, somebody is to see to something."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlmodel import select

from store.errors import InvalidValueError
from store.fields import clean_line, clean_text
from store.models import Decision, FollowUp
from store.register.editing import change, changed_fields, created
from store.review.found import find_open, queued_item
from store.states import id_of, state_of

if TYPE_CHECKING:
    from datetime import date

    from store.database import Database
    from store.rows import Done
    from store.states import State


def decide(db: Database, number: int, key: str, *, seconds: int = 0) -> Done:
    """Note that an item was gone through, in so many seconds more; who did so last stands there.

    What was decided is what the trail says of the item. Raises RegisterError where the review has ended or does not
    go through that item.
    """
    with db.write("decide") as writer:
        session = writer.session
        review = find_open(session, number)
        item, name = queued_item(session, review, key)
        query = select(Decision).where(Decision.review_id == review.id, Decision.item_id == item)
        decision = session.exec(query).first()
        took = max(seconds, 0)
        if decision is None:
            decision = Decision(
                review_id=id_of(review),
                item_id=item,
                key=name,
                actor=writer.actor,
                time=writer.time,
                seconds=took,
            )
            session.add(decision)
            session.flush()
            created(writer, decision)
        else:
            state = state_of(session, decision)
            now: State = {"actor": writer.actor, "time": writer.time.isoformat(), "seconds": decision.seconds + took}
            change(writer, decision, state, changed_fields(state, now))
    return writer.done(f"Went through {name}", (name,))


def follow_up(
    db: Database, number: int, key: str, *, text: str, owner: str | None = None, due_on: date | None = None
) -> Done:
    """Note what somebody is to see to after the review, about an item of its queue."""
    task = clean_text("text", text)
    if not task:
        raise InvalidValueError("text", "the follow-up is empty", "say what is to be done")
    with db.write("follow-up") as writer:
        session = writer.session
        review = find_open(session, number)
        item, name = queued_item(session, review, key)
        row = FollowUp(
            review_id=id_of(review),
            item_id=item,
            key=name,
            text=task,
            owner=clean_line("owner", owner) or None if owner else None,
            due_on=due_on,
            actor=writer.actor,
            time=writer.time,
        )
        session.add(row)
        session.flush()
        created(writer, row)
    return writer.done(f"Noted a follow-up on {name}", (name,))
