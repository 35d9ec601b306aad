"""Who owns how much of the debt, and how much nobody does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import case, func
from sqlalchemy import select as columns
from sqlmodel import col

from store.clock import today
from store.enums import Severity, Status
from store.models import Item
from store.policy.rows import OwnerRow
from store.queries.flags import Conditions

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlalchemy import ColumnElement
    from sqlmodel import Session

_UNRESOLVED = col(Item.status).in_([status for status in Status if status.is_open])


def owners(session: Session) -> tuple[OwnerRow, ...]:
    """Nobody first, where anything is without an owner, then every owner, who has most open debt first."""
    asked = Conditions.of(session)
    overdue = asked.own[0]
    unknown = _UNRESOLVED & col(Item.opened_on).is_(None)
    query = columns(
        col(Item.owner),
        func.count(),
        _number(_UNRESOLVED),
        _number(_UNRESOLVED & (col(Item.severity) == Severity.HIGH)),
        _number(asked.escalated),
        _number(overdue),
        func.min(case((_UNRESOLVED, col(Item.opened_on)))),
        func.min(case((unknown, col(Item.created)))),
    ).group_by(col(Item.owner))
    day = today(session)
    rows = [
        OwnerRow(owner, items, open_, high, broken, late, *_oldest(opened, came, day))
        for owner, items, open_, high, broken, late, opened, came in session.execute(query)
    ]
    return tuple(sorted(rows, key=lambda row: (row.owner is not None, -row.open, -row.items, row.owner or "")))


def _number(met: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((met, 1), else_=0)), 0)


def _oldest(opened: date | None, came: datetime | None, day: date) -> tuple[int | None, bool]:
    """The age of the oldest of some items: the earliest known opening, and when the first of the others came in."""
    known = [begun for begun in (opened, came.date() if came is not None else None) if begun is not None]
    return (max((day - min(known)).days, 0) if known else None), came is not None
