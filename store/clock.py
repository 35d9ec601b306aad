"""The time of a read or write, which may be in the past, and how people name times."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from store.db.reader import Reader


_WHOLE_DAY = timedelta(days=1) - timedelta(microseconds=1)


def moment(session: Reader) -> datetime:
    """Now, aware and in UTC."""
    return session.now


def today(session: Reader) -> date:
    """The day it is in UTC."""
    return session.today


def as_of(session: Reader) -> datetime | None:
    """The moment that the session's database was rebuilt for; None where it is the register of today."""
    return session.as_of


def end_of(day: date) -> datetime:
    """The last moment of a day in UTC."""
    return datetime.combine(day, time(), UTC) + _WHOLE_DAY


def called(moment: datetime) -> str:
    """A moment as people name it: a day where its last moment is meant."""
    moment = moment.astimezone(UTC)
    return f"{moment:%Y-%m-%d}" if moment == end_of(moment.date()) else f"{moment:%Y-%m-%d %H:%M} UTC"


Clock = Callable[[], datetime]
"""Gives the present moment, aware and in UTC."""


def now() -> datetime:
    """The present moment: the clock of a database that is given no other."""
    return datetime.now(UTC)
