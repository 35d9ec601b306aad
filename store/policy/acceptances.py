"""Accepted debt: by whom, why, since and until when; and the verb that opens it again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select as columns
from sqlmodel import col

from store.audit.undone import undone
from store.clock import today
from store.commands.items import set_status
from store.commands.terms import days_of, proposed_end
from store.enums import Severity, Status
from store.errors import RegisterError
from store.lead import lead_of
from store.models import Category, Change, Item, RegisterFacts
from store.policy.days import ENDING_DAYS
from store.policy.rows import AcceptedRow
from store.queries.changes import Done
from store.queries.lookup import chunks, find_items
from store.queries.plain import LEAD

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from sqlmodel import Session

    from store.db.database import Database
    from store.fields import FieldValue
    from store.policy.rows import AcceptedState


def proposed_ends(session: Session) -> dict[Severity, date]:
    """Until when debt of each severity is accepted today where nobody says."""
    day, days = today(session), days_of(session.get(RegisterFacts, 1))
    return {severity: proposed_end(days, severity, day) for severity in Severity}


def state_of_end(until: date | None, day: date) -> AcceptedState:
    """How an acceptance until a day stands on another: it ends after its last day."""
    if until is None or (until - day).days > ENDING_DAYS:
        return "none"
    return "ended" if until < day else "ending"


def accepted(session: Session) -> tuple[AcceptedRow, ...]:
    """Every accepted item: ended acceptances first, then those that end next, then those without an end."""
    day = today(session)
    query = (
        columns(
            col(Item.id),
            col(Item.key),
            *LEAD,
            col(Item.severity),
            col(Category.code),
            col(Item.accepted_by),
            col(Item.status_note),
            col(Item.accepted_until),
            col(Item.created),
        )
        .join(Category, col(Category.id) == col(Item.category_id))
        .where(col(Item.status) == Status.ACCEPTED)
        .order_by(col(Category.position), col(Category.id), col(Item.position), col(Item.id))
    )
    found = session.execute(query).all()
    since = _since(session, [row[0] for row in found])
    rows = [
        AcceptedRow(
            key=key,
            lead=lead_of(title, text),
            severity=severity,
            category=category,
            by=by,
            why=why,
            since=since.get(item, created),
            until=until,
            state=state_of_end(until, day),
            days=None if until is None else (until - day).days,
        )
        for item, key, title, text, severity, category, by, why, until, created in found
    ]
    return tuple(sorted(rows, key=lambda row: (row.days is None, row.days)))


def _since(session: Session, ids: Sequence[int]) -> dict[int, datetime]:
    """When each item was accepted last, of those that were not made accepted; what was taken back does not count."""
    found: dict[int, datetime] = {}
    for chunk in chunks(ids):
        set_ = columns(col(Change.entity_id), col(Change.time), col(Change.after)).where(
            col(Change.entity) == "item",
            col(Change.entity_id).in_(chunk),
            col(Change.field) == "status",
            col(Change.verb) != "undo",
            col(Change.batch).not_in(undone()),
        )
        for item, time, status in session.execute(set_.order_by(col(Change.sequence))):
            if status == Status.ACCEPTED.value:
                found[item] = time
    return found


def reopen(
    db: Database,
    keys: Sequence[str] | None = None,
    *,
    before: Mapping[str, Mapping[str, FieldValue]] | None = None,
) -> Done:
    """Let accepted debt be Open again, in one step: all whose acceptance has ended, or the items that are named.

    A named item is opened whether its acceptance has ended or not: whoever names it has decided. `before` is what the
    person saw, as in `edit_items`. Raises RegisterError for an item that is not accepted, ConflictError where somebody
    accepted it anew meanwhile.
    """
    with db.read() as session:
        if keys is None:
            ended = [row for row in accepted(session) if row.state == "ended"]
            seen = {row.key: {"status": Status.ACCEPTED, "accepted_until": row.until} for row in ended}
        else:
            items = find_items(session, keys)
            for item in items:
                if item.status is not Status.ACCEPTED:
                    raise RegisterError(
                        f"{item.key} is {item.status.value}, not Accepted", "`ai-debt accepted` lists what is accepted"
                    )
            seen = {item.key: {"status": item.status, "accepted_until": item.accepted_until} for item in items}
    if not seen:
        return Done("No acceptance has ended")
    return set_status(db, tuple(seen), Status.OPEN, before=before or seen, exactly=True)
