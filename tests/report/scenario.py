"""A register with a year of history, for reports: reviews, acceptances, a rule, owners, signals and follow-ups."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from store.commands.categories import edit_category
from store.commands.dependencies import relabel
from store.commands.imports.apply import apply_import
from store.commands.imports.plan import plan_import
from store.commands.items import accept, add_item, edit_items, remove_items, set_status
from store.commands.saved_queries import rename_query
from store.commands.settings import set_register
from store.db.database import Database
from store.enums import SavedKind, Status
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


def live(path: Path, mark: str = "") -> None:
    """Make the register: imported a year before NOW, with one review that has ended four weeks ago.

    Texts end in `mark`.
    """
    calendar = Calendar(day(11, 28, 2025))
    with Database.create(path, clock=calendar, actor="ana") as db:
        apply_import(db, plan_import(None, sample_text(), path=None))
        if mark:
            _mark(db, mark)
        _spring(db, calendar, mark)
        _review(db, calendar, mark)
        calendar.moment = day(11, 9)
        why, board = f"the new schema registry replaces it{mark}", f"Board{mark}"
        accept(db, ["DD-002"], rationale=why, by=board, until=date(2026, 11, 20))
        calendar.moment = day(11, 16)
        description = f"The fallback model is never retrained{mark}"
        values = {"category": "MS", "description": description, "severity": "critical", "owner": f"Ranking{mark}"}
        add_item(db, values | {"due_on": date(2026, 11, 27)})
        set_status(db, ["FL-001"], Status.MITIGATED, note=f"done{mark}" if mark else None)
        remove_items(db, ["CD-002"])
        calendar.moment = day(11, 23)
        drift = firing("a1", f"FeatureDrift{mark}", starts=day(11, 22), debt_item="FL-002")
        report(db, drift, firing("a2", starts=day(11, 22)))


def _mark(db: Database, mark: str) -> None:
    """Mark what the sample says."""
    set_register(db, {"title": f"AI Debt Register{mark}", "system": f"Platform{mark}"})
    with db.read() as reader:
        keys = reader.column("select key from item order by id")
        categories = reader.tuples("select code, name from category")
        (rule,) = reader.column("select name from saved_query where kind = 'rule'")
    for key in keys:
        edit_items(db, [key], {"title": f"Debt {key}{mark}"})
    for code, name in categories:
        edit_category(db, code, {"name": f"{name}{mark}"})
    rename_query(db, SavedKind.RULE, rule, f"{rule}{mark}")
    relabel(db, "PD-001", "DD-001", None, f"dead jobs mask{mark}")


def _spring(db: Database, calendar: Calendar, mark: str) -> None:
    """What happened in the months before the review."""
    calendar.moment = day(2, 3)
    set_register(db, {"project_total": 3000})
    edit_items(db, ["EN-001", "EN-002"], {"owner": f"ML Platform{mark}", "affected": "450 projects"})
    calendar.moment = day(4, 14)
    edit_items(db, ["PD-001", "PD-002", "DD-001"], {"owner": f"Streaming{mark}"})
    set_status(db, ["PD-002"], Status.MITIGATED)
    calendar.moment = day(6, 9)
    description = f"Backfills overwrite labels{mark}"
    add_item(db, {"category": "PD", "description": description, "severity": "high", "owner": f"Labels{mark}"})
    calendar.moment = day(8, 18)
    set_status(db, ["PD-002"], Status.OPEN)


def _review(db: Database, calendar: Calendar, mark: str) -> None:
    """A review in which two items are decided and one is kept."""
    calendar.moment = day(11, 2)
    people = [f"ana{mark}", f"bo{mark}"]
    number = reviews.start(db, title=f"Autumn review{mark}", participants=people, skip_days=0).number
    decision = ReviewDecision(number, 60)
    why, board = f"cheaper than the cure{mark}", f"Board{mark}"
    accept(db, ["BE-002"], rationale=why, by=board, until=date(2026, 12, 9), decision=decision)
    set_status(db, ["EN-003"], Status.MITIGATED, decision=decision)
    reviews.decide(db, number, "EN-001", seconds=30)
    task = f"measure the skew every week{mark}"
    reviews.follow_up(db, number, "EN-001", text=task, owner=f"bo{mark}", due_on=date(2026, 11, 20))
    reviews.follow_up(db, number, "PD-001", text=f"ask who reads the topic{mark}")
    reviews.finish(db, number)
