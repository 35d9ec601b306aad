"""The verbs that begin a review, name it and end it."""

from __future__ import annotations

import re
from datetime import UTC
from typing import TYPE_CHECKING

from sqlmodel import select

from store.chain import head
from store.errors import InvalidValueError, RegisterError, UnfinishedError, quoted
from store.fields import clean_line, required_line
from store.models import Item, Review
from store.query import condition, parse
from store.register.editing import NOTHING, change, changed_fields, created
from store.review.found import find_open, find_review, going_on
from store.review.queue import queue
from store.review.standing import snapshot
from store.rows import Done, Started
from store.states import id_of, state_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlmodel import Session

    from store.database import Database
    from store.query import Query
    from store.states import State

SKIP_DAYS = 14
"""How many days an item that was gone through is left out, unless something else is asked for."""
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
    with db.read() as session:
        _refuse_unfinished(session)
        entries = queue(session, asked, skip_days=skip_days, moment=moment)
        if not entries:
            raise _nothing(session, asked, skip_days)
    with db.write("start-review") as writer:
        _refuse_unfinished(writer.session)
        review = Review(
            title=named,
            participants=people,
            query=str(asked) or None,
            skip_days=skip_days,
            queue=entries,
            started=writer.time,
            started_by=writer.actor,
            first_sequence=head(writer.session).sequence,
            before=snapshot(writer.session),
        )
        writer.session.add(review)
        writer.session.flush()
        created(writer, review)
    number = id_of(review)
    items = f"{len(entries):,} item{'' if len(entries) == 1 else 's'}"
    return Started(writer.done(f"Started review {number}: {items} to go through"), number)


def edit_review(db: Database, number: int, *, title: str, participants: Sequence[str]) -> Done:
    """Call a review something else, or say who is there."""
    wanted: State = {"title": required_line("title", title), "participants": [*names(participants)]}
    with db.write("edit-review") as writer:
        review = find_review(writer.session, number)
        state = state_of(writer.session, review)
        fields = changed_fields(state, wanted)
        change(writer, review, state, fields)
    return writer.done(f"Changed review {number}" if fields else NOTHING)


def finish(db: Database, number: int) -> Done:
    """End a review; what was not gone through is left. Raises RegisterError where it has ended already."""
    with db.write("end-review") as writer:
        session = writer.session
        review = find_open(session, number)
        fields: State = {
            "ended": writer.time.isoformat(),
            "ended_by": writer.actor,
            "last_sequence": head(session).sequence,
            "after": snapshot(session),
        }
        change(writer, review, state_of(session, review), fields)
    return writer.done(f"Ended review {number}")


def names(typed: Sequence[str] | None) -> list[str]:
    """The names of people, each once, in order; a comma or semicolon parts two."""
    found: dict[str, str] = {}
    for each in (part for text in typed or () for part in re.split("[,;]", text)):
        if name := clean_line("participants", each):
            found.setdefault(name.casefold(), name)
    return list(found.values())


def _refuse_unfinished(session: Session) -> None:
    if review := going_on(session):
        raise UnfinishedError(id_of(review), f"{review.started_by} began {review.started:%Y-%m-%d}")


def _nothing(session: Session, query: Query, skip_days: int) -> RegisterError:
    """Why a queue is empty, and what to do."""
    if session.exec(select(Item.id).limit(1)).first() is None:
        return RegisterError("the register has no items yet", "add or import some first")
    if session.exec(select(Item.id).where(condition(session, query)).limit(1)).first() is None:
        return RegisterError(f"no item matches {quoted(str(query))}", "ask for others")
    days = f"{skip_days} day{'' if skip_days == 1 else 's'}"
    return RegisterError(f"everything was gone through within {days}", "skip 0 days to go through it again")
