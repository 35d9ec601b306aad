"""The moment a read is made at, by the clock of the database that its session belongs to."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlmodel import Session

CLOCK = "clock"
"""Where a session's `info` has its clock."""


def moment(session: Session) -> datetime:
    """Now, aware and in UTC."""
    clock: Callable[[], datetime] = session.info[CLOCK]
    return clock().astimezone(UTC)


def today(session: Session) -> date:
    """The day it is in UTC."""
    return moment(session).date()
