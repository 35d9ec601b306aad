"""The verbs that start a review, change who takes part, end it and reopen it."""

from __future__ import annotations

import re
from datetime import UTC
from typing import TYPE_CHECKING

from sqlmodel import select

from store.audit.chain import head
from store.audit.snapshots import id_of, state_of
from store.commands.conflicts import NOTHING, change, changed_fields, conflicts_of, created, refuse_conflicts
from store.errors import InvalidValueError, RegisterError, UnfinishedError, quoted
from store.fields import clean_line, required_line
from store.filters.parser import parse
from store.filters.sql import condition
from store.models import Item, Review
from store.review.found import find_open, find_review, going_on
from store.review.queue import queue
from store.review.rows import Started
from store.review.standing import snapshot
from store.text import in_a_row

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlmodel import Session

    from store.audit.snapshots import State
    from store.db.database import Database
    from store.filters.ast import Query
    from store.queries.changes import Done
    from store.review.rows import ReviewRow

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
        review = find_open(writer.session, number)
        state = state_of(writer.session, review)
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
        review = find_open(session, number)
        fields: State = {
            "ended": writer.time.isoformat(),
            "ended_by": writer.actor,
            "last_sequence": head(session).sequence,
            "after": snapshot(session),
        }
        change(writer, review, state_of(session, review), fields)
    return writer.done(f"Ended review {number}")


def reopen(db: Database, number: int) -> Done:
    """Open a review again that has ended. Raises RegisterError where it has not, and while another one is open."""
    with db.write("reopen-review") as writer:
        session = writer.session
        review = find_review(session, number)
        if review.ended is None:
            raise RegisterError(f"review {number} is open already", "there is nothing to reopen")
        _refuse_unfinished(session)
        state = state_of(session, review)
        change(writer, review, state, dict.fromkeys(("ended", "ended_by", "last_sequence", "after")))
    return writer.done(f"Reopened review {number}")


def names(typed: Sequence[str] | None) -> list[str]:
    """The names of people, each once, in order; a comma or semicolon parts two."""
    found: dict[str, str] = {}
    for each in (part for text in typed or () for part in re.split("[,;]", text)):
        if name := clean_line("participants", each):
            found.setdefault(name.casefold(), name)
    return list(found.values())


def _refuse_unfinished(session: Session) -> None:
    if review := going_on(session):
        raise UnfinishedError(id_of(review), f"{review.started_by} started on {review.started:%Y-%m-%d}")


def _nothing(session: Session, query: Query, skip_days: int) -> RegisterError:
    """Why a queue is empty, and what to do."""
    if session.exec(select(Item.id).limit(1)).first() is None:
        return RegisterError("the register has no items yet", "add or import some first")
    if session.exec(select(Item.id).where(condition(session, query)).limit(1)).first() is None:
        return RegisterError(f"no item matches {quoted(str(query))}", "ask for others")
    days = f"{skip_days} day{'' if skip_days == 1 else 's'}"
    return RegisterError(f"everything was gone through within {days}", "skip 0 days to go through it again")
