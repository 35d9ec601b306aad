"""A register with a year of history, for reports: reviews, acceptances, a rule, owners, signals and follow-ups."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from store.commands.imports.apply import apply_import
from store.commands.imports.plan import plan_import
from store.commands.items import accept, add_item, edit_items, remove_items, set_status
from store.commands.settings import set_register
from store.db.database import Database
from store.enums import Status
from store.review import commands as reviews
from store.review.queue import ReviewDecision
from store.samples import sample_text
from tests.store.policies import Calendar
from tests.store.signals.reports import firing, report

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 11, 30, 9, tzinfo=UTC)
"""When the report is read."""


def day(month: int, number: int, year: int = 2026) -> datetime:
    """A morning."""
    return datetime(year, month, number, 9, tzinfo=UTC)


def live(path: Path) -> None:
    """Make the register: imported a year before NOW, with one review that has ended four weeks ago."""
    calendar = Calendar(day(11, 28, 2025))
    with Database.create(path, clock=calendar, actor="ana") as db:
        apply_import(db, plan_import(None, sample_text(), path=None))
        _spring(db, calendar)
        _review(db, calendar)
        calendar.moment = day(11, 9)
        accept(db, ["DD-002"], rationale="the new schema registry replaces it", by="Board", until=date(2026, 11, 20))
        calendar.moment = day(11, 16)
        values = {"category": "MS", "description": "The fallback model is never retrained", "severity": "critical"}
        add_item(db, values | {"owner": "Ranking", "due_on": date(2026, 11, 27)})
        set_status(db, ["FL-001"], Status.MITIGATED)
        remove_items(db, ["CD-002"])
        calendar.moment = day(11, 23)
        report(
            db, firing("a1", "FeatureDrift", starts=day(11, 22), debt_item="FL-002"), firing("a2", starts=day(11, 22))
        )


def _spring(db: Database, calendar: Calendar) -> None:
    """What happened in the months before the review."""
    calendar.moment = day(2, 3)
    set_register(db, {"project_total": 3000})
    edit_items(db, ["EN-001", "EN-002"], {"owner": "ML Platform", "affected": "450 projects"})
    calendar.moment = day(4, 14)
    edit_items(db, ["PD-001", "PD-002", "DD-001"], {"owner": "Streaming"})
    set_status(db, ["PD-002"], Status.MITIGATED)
    calendar.moment = day(6, 9)
    add_item(db, {"category": "PD", "description": "Backfills overwrite labels", "severity": "high", "owner": "Labels"})
    calendar.moment = day(8, 18)
    set_status(db, ["PD-002"], Status.OPEN)


def _review(db: Database, calendar: Calendar) -> None:
    """A review in which two items are decided and one is kept."""
    calendar.moment = day(11, 2)
    number = reviews.start(db, title="Autumn review", participants=["ana", "bo"], skip_days=0).number
    decision = ReviewDecision(number, 60)
    accept(db, ["BE-002"], rationale="cheaper than the cure", by="Board", until=date(2026, 12, 9), decision=decision)
    set_status(db, ["EN-003"], Status.MITIGATED, decision=decision)
    reviews.decide(db, number, "EN-001", seconds=30)
    task = "measure the skew every week"
    reviews.follow_up(db, number, "EN-001", text=task, owner="bo", due_on=date(2026, 11, 20))
    reviews.follow_up(db, number, "PD-001", text="ask who reads the topic")
    reviews.finish(db, number)
