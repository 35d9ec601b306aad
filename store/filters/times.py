"""Times of an item as conditions of SQL: compared with a date, or with a span up to now or from now."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import and_, case, false, null, true
from sqlmodel import col, select

from store.filters.ast import Operator, RelativeDate, Value
from store.formats.dates import Direction, parse_date
from store.models import Decision, Item

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement
    from sqlalchemy.sql.elements import SQLCoreOperations

AGO = {
    Operator.BELOW: Operator.ABOVE,
    Operator.AT_MOST: Operator.AT_LEAST,
    Operator.ABOVE: Operator.BELOW,
    Operator.AT_LEAST: Operator.AT_MOST,
}
"""Less than so long ago is later than that."""


def due(value: Value, today: date) -> ColumnElement[bool]:
    """When an item is due; what has no date is due never."""
    day = col(Item.due_on)
    if value.meant is None:
        return day.is_(None)
    if isinstance(value.meant, timedelta):
        return and_(day.is_not(None), _compared(day, value.operator, today + value.meant))
    return and_(day.is_not(None), _compared(day, value.operator, _date(value, today, Direction.AHEAD)))


def opened(value: Value, today: date) -> ColumnElement[bool]:
    """When an item was opened; where the document does not say, no later than its import, which may not settle it."""
    if isinstance(value.meant, timedelta):
        return _opened(AGO[value.operator], today - value.meant, today)
    return _opened(value.operator, _date(value, today, Direction.BACK), today)


def older(days: int, today: date) -> ColumnElement[bool]:
    """Whether an item has been there for more than so many days."""
    return _opened(Operator.BELOW, today - timedelta(days=days), today)


def changed(value: Value, now: datetime) -> ColumnElement[bool]:
    """When an item was changed last."""
    moment = col(Item.updated)
    met = {
        Operator.ABOVE: lambda bound: moment > bound,
        Operator.AT_LEAST: lambda bound: moment >= bound,
        Operator.BELOW: lambda bound: moment < bound,
        Operator.AT_MOST: lambda bound: moment <= bound,
    }
    return and_(*(met[operator](bound) for operator, bound in _instants(value, now)))


def reviewed(value: Value, now: datetime) -> ColumnElement[bool]:
    """When an item was gone through last in a review; never is before any time."""
    found = select(Decision.item_id)
    item, moment = col(Item.id), col(Decision.time)
    if value.meant is None:
        return item.not_in(found)
    met = {
        Operator.ABOVE: lambda bound: item.in_(found.where(moment > bound)),
        Operator.AT_LEAST: lambda bound: item.in_(found.where(moment >= bound)),
        Operator.BELOW: lambda bound: item.not_in(found.where(moment >= bound)),
        Operator.AT_MOST: lambda bound: item.not_in(found.where(moment > bound)),
    }
    return and_(*(met[operator](bound) for operator, bound in _instants(value, now)))


def _opened(operator: Operator, bound: date, today: date) -> ColumnElement[bool]:
    stated = col(Item.opened_on)
    # What is said to be opened in the future is opened today.
    told = _compared(case((stated > today, today), else_=stated), operator, bound)
    created = col(Item.created)
    before, up_to = created < _begins(bound), created <= _ends(bound)
    guessed = {
        Operator.BELOW: case((before, true()), else_=null()),
        Operator.AT_MOST: case((up_to, true()), else_=null()),
        Operator.ABOVE: case((up_to, false()), else_=null()),
        Operator.AT_LEAST: case((before, false()), else_=null()),
        Operator.IS: case((before, false()), else_=null()),
    }
    return case((stated.is_not(None), told), else_=guessed[operator])


def _compared(
    day: SQLCoreOperations[date] | SQLCoreOperations[date | None], operator: Operator, bound: date
) -> ColumnElement[bool]:
    match operator:
        case Operator.BELOW:
            return day < bound
        case Operator.AT_MOST:
            return day <= bound
        case Operator.ABOVE:
            return day > bound
        case Operator.AT_LEAST:
            return day >= bound
        case Operator.IS:
            return day == bound


def _instants(value: Value, now: datetime) -> list[tuple[Operator, datetime]]:
    """What a moment must meet: to be so far before now, or on, before or after a day in UTC."""
    if isinstance(value.meant, timedelta):
        return [(AGO[value.operator], now - value.meant)]
    day = _date(value, now.date(), Direction.BACK)
    match value.operator:
        case Operator.ABOVE | Operator.AT_MOST:
            return [(value.operator, _ends(day))]
        case Operator.BELOW | Operator.AT_LEAST:
            return [(value.operator, _begins(day))]
        case Operator.IS:
            return [(Operator.AT_LEAST, _begins(day)), (Operator.AT_MOST, _ends(day))]


def _date(value: Value, today: date, direction: Direction) -> date:
    if isinstance(value.meant, RelativeDate):
        return parse_date(value.meant.text, "date", today, direction)
    assert isinstance(value.meant, date)
    return value.meant


def _begins(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)


def _ends(day: date) -> datetime:
    return datetime.combine(day, time.max, UTC)
