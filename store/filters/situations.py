"""In what situation an item is, and what of it is filled in, as conditions of SQL."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import Float, and_, cast, false, func, literal, null, or_, true
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from store.audit.unit_of_work import undone
from store.enums import Severity, Status
from store.fields import ENDING_DAYS
from store.filters.cache import OPEN
from store.filters.expressions import Among
from store.filters.times import older
from store.models import Change, Dependency, FollowUp, Item, ItemComponent, RegisterFacts, Review

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import ColumnElement
    from sqlmodel.sql.expression import SelectOfScalar

    from store.db.reader import Reader


def share(facts: RegisterFacts | None) -> ColumnElement[float | None]:
    """The percentage of projects that an item affects; NULL where the register does not say."""
    percent: ColumnElement[float | None] = cast(col(Item.affected_percent), Float)
    if facts is None or not facts.project_total:
        return percent
    counted = literal(100.0) * col(Item.affected_count) / literal(float(facts.project_total))
    return func.coalesce(percent, counted)


def unresolved() -> ColumnElement[bool]:
    """Open or In Progress."""
    return col(Item.status).in_(OPEN)


def overdue(facts: RegisterFacts | None, today: date) -> ColumnElement[bool]:
    """Unresolved and past its due date, or there for longer than its severity may; NULL where one cannot tell."""
    days = facts.mitigate_within or {} if facts else {}
    late = [and_(col(Item.due_on).is_not(None), col(Item.due_on) < today)]
    late += [
        and_(col(Item.severity) == severity, older(days[severity.value], today))
        for severity in Severity
        if severity.value in days
    ]
    return and_(unresolved(), or_(*late))


def ended(today: date) -> ColumnElement[bool]:
    """Accepted until a day that is past."""
    until = col(Item.accepted_until)
    return and_(col(Item.status) == Status.ACCEPTED, until.is_not(None), until < today)


def ending(today: date) -> ColumnElement[bool]:
    """Accepted until a day that is near."""
    until = col(Item.accepted_until)
    near = and_(until >= today, until <= today + timedelta(days=ENDING_DAYS))
    return and_(col(Item.status) == Status.ACCEPTED, until.is_not(None), near)


def root() -> ColumnElement[bool]:
    """Unresolved, and fed by no other unresolved item."""
    source = aliased(Item)
    fed = (
        select(Dependency.target_id)
        .join(source, col(source.id) == col(Dependency.source_id))
        .where(col(source.status).in_(OPEN), col(Dependency.source_id) != col(Dependency.target_id))
    )
    return and_(unresolved(), col(Item.id).not_in(fed))


def circling(ids: str) -> ColumnElement[bool]:
    """In a cycle of unresolved items: one of these row ids, the text of a JSON array."""
    return Among(col(Item.id), literal(ids))


def changed_since_review(session: Reader) -> ColumnElement[bool]:
    """Changed after the newest review that has ended; everything before there was one."""
    ended = session.exec(select(func.max(Review.ended))).one()
    return true() if ended is None else col(Item.updated) > ended


def filled(part: str, facts: RegisterFacts | None) -> ColumnElement[bool]:
    """Whether a part of an item is filled in."""
    match part:
        case "share":
            return share(facts).is_not(None)
        case "components":
            return col(Item.id).in_(select(ItemComponent.item_id))
        case "comment":
            said = select(Change.entity_id).where(Change.entity == "item", Change.verb == "comment")
            return col(Item.id).in_(said.where(col(Change.batch).not_in(undone())))
        case "followup":
            return col(Item.id).in_(_followed(_IS_OPEN))
        case "acceptance":
            return or_(col(Item.accepted_by).is_not(None), col(Item.accepted_until).is_not(None))
        case _:
            return col(getattr(Item, _COLUMNS[part])).is_not(None)


_IS_OPEN = col(FollowUp.resolution).is_(None)


def follow_up(state: str, today: date) -> ColumnElement[bool]:
    """Whether an item has a follow-up in a state, or one that is overdue."""
    if state == "open":
        return col(Item.id).in_(_followed(_IS_OPEN))
    if state == "overdue":
        return col(Item.id).in_(_followed(_IS_OPEN, col(FollowUp.due_on) < today))
    return col(Item.id).in_(_followed(col(FollowUp.resolution) == state))


def _followed(*met: ColumnElement[bool]) -> SelectOfScalar[int]:
    """The row ids of the items of some follow-ups."""
    return select(FollowUp.item_id).where(*met)


_COLUMNS = {
    "note": "status_note",
    "owner": "owner",
    "plan": "mitigation_plan",
    "due": "due_on",
    "effort": "effort",
    "title": "title",
}


def any_of(met: list[ColumnElement[bool]], *, cannot_tell: bool) -> ColumnElement[bool]:
    """Whether any condition is met; NULL where none is and one cannot be told."""
    return or_(false(), *met, *([null()] if cannot_tell else []))
