"""The clock of a register, and times as text."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

_WHOLE_DAY = timedelta(days=1) - timedelta(microseconds=1)


def end_of_day(day: date) -> datetime:
    """The last moment of a day in UTC."""
    return datetime.combine(day, time(), UTC) + _WHOLE_DAY


def format_time(moment: datetime) -> str:
    """A time as text; the last moment of a day as the day."""
    moment = moment.astimezone(UTC)
    return f"{moment:%Y-%m-%d}" if moment == end_of_day(moment.date()) else f"{moment:%Y-%m-%d %H:%M} UTC"


Clock = Callable[[], datetime]
"""Gives the present time, aware and in UTC."""


def now() -> datetime:
    """The present time: the default clock of a database."""
    return datetime.now(UTC)
