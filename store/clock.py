"""The time of a read or write, which may be in the past, and how people name times."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlmodel import Session


CLOCK, AS_OF = "clock", "as of"
"""Where a session's `info` has its clock, and the moment that it looks back to."""
_WHOLE_DAY = timedelta(days=1) - timedelta(microseconds=1)


def moment(session: Session) -> datetime:
    """Now, aware and in UTC."""
    clock: Callable[[], datetime] = session.info[CLOCK]
    return clock().astimezone(UTC)


def today(session: Session) -> date:
    """The day it is in UTC."""
    return moment(session).date()


def as_of(session: Session) -> datetime | None:
    """The moment that the session's database was rebuilt for; None where it is the register of today."""
    found: datetime | None = session.info.get(AS_OF)
    return found


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
