"""What tests of reviews on the screen share."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from store.db.database import Database
from store.review.commands import start
from store.review.queries import review
from tests.tui.screen import ACTOR, NOON

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from store.review.queries import ReviewRow
    from tests.tui.screen import Seat

QUEUE = ("PD-001", "DD-001", "PD-002", "EN-001", "BE-001", "EN-002", "BE-002", "EN-003", "FL-003", "DD-002", "CD-002")
"""The sample's unresolved items in the order in which a review goes through them."""


@contextmanager
def elsewhere(path: Path, moment: datetime = NOON) -> Iterator[Database]:
    """The same register in ana's hands, elsewhere."""
    with Database.open(path, clock=lambda: moment, actor=ACTOR) as database:
        yield database


def begun(path: Path, moment: datetime = NOON, *, query: str | None = None, skip_days: int = 14) -> None:
    """Ana begins a review."""
    with elsewhere(path, moment) as database:
        start(database, title="Retrospective", query=query, skip_days=skip_days)


def stored(path: Path, number: int = 1) -> ReviewRow:
    """A review as stored."""
    with Database.open(path) as database, database.read() as session:
        return review(session, number)


def decided(path: Path) -> dict[str, str | None]:
    """Who reviewed what."""
    return {row.key: row.decided_by for row in stored(path).queue if row.decided_by}


def heading(person: Seat) -> str:
    """The key of the item on the screen."""
    low = person.app.size.height < 16
    return person.rows[1 if low else 2].split()[0]
