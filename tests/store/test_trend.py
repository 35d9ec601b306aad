"""The trend: what every day and month of it says is what the register was then."""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.audit.replay import rebuild_as_of
from store.audit.trends import Mean, Month, Tally, trend
from store.audit.undo import redo, undo
from store.clock import end_of_day
from store.commands.categories import add_category
from store.commands.items import add_item, edit_items, remove_items
from store.commands.settings import create
from store.db.database import Database
from store.enums import Severity
from store.filters.ast import ItemFilter
from store.queries import overview as overview_queries
from store.queries.items import details
from tests.conftest import START, Ticks
from tests.counts import count as times
from tests.store.importing import changed, row, take
from tests.store.steps import STEPS, attempt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from store.audit.trends import Point
    from store.queries.overview import Counts, Summary

    Figures = tuple[Tally, list[Tally], tuple[int, ...], Mean]
    Step = tuple[int, tuple[Callable[..., object], object]]

STOCK = Tally(open=11, mitigated=4)


def tally(counts: Counts) -> Tally:
    return Tally(counts.open + counts.in_progress, counts.mitigated, counts.accepted)


def summary(db: Database) -> Summary:
    with db.read() as session:
        return overview_queries.summary(session)


def found_in(db: Database, names: list[str]) -> Figures:
    """What a register says, asked item by item."""
    found = summary(db)
    with db.read() as session:
        items = details(session, ItemFilter())
    high = [item for item in items if item.severity in (Severity.CRITICAL, Severity.HIGH) and item.status.is_open]
    days = [item.age_days for item in high]
    age = Mean(sum(days) / len(days), any(item.age_at_least for item in high), len(days)) if high else Mean()
    by_name = {category.name: tally(category.counts) for category in found.categories}
    total = found.total
    opened = (total.critical, total.high, total.medium, total.low, total.unrated)
    return tally(found.total.counts), [by_name.get(name, Tally()) for name in names], opened, age


def said_by(point: Point) -> Figures:
    return point.counts, list(point.categories), tuple(each.open for each in point.severities), point.high_age


@pytest.fixture(scope="session")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Folders for the databases of the examples."""

    def made() -> Iterator[Path]:
        root = tmp_path_factory.mktemp("trend")
        for number in count():
            (root / str(number)).mkdir()
            yield root / str(number)

    return made()


@settings(max_examples=times(4, 100))
@given(steps=st.lists(st.tuples(st.integers(0, 40), STEPS), min_size=1, max_size=6))
def test_every_point_is_what_was_there_then(sample_register: Path, places: Iterator[Path], steps: list[Step]) -> None:
    path = shutil.copyfile(sample_register, next(places) / "register.db")
    clock = Ticks(START + timedelta(days=1))
    with Database.open(path, clock=clock, actor="ana") as db:
        for days, (verb, *arguments) in steps:
            clock.moment += timedelta(days=days)
            attempt(db, verb, *arguments)
        found = trend(db)
        names = [category.name for category in found.categories]
        assert said_by(found.points[-1]) == found_in(db, names)
        for point in found.points[:: max(len(found.points) // 2, 1)]:
            with rebuild_as_of(db, end_of_day(point.day), next(places)) as past:
                assert said_by(point) == found_in(past, names)
        # What came and what went is all that differs from what the first import brought.
        flow = sum(month.inflow - month.outflow for month in found.months)
        assert found.points[-1].counts.open == STOCK.open + flow


def on(clock: Ticks, day: int) -> None:
    """The clock of some day after the import, at noon."""
    clock.moment = START + timedelta(days=day, hours=3)


def test_what_came_and_went_by_month_and_how_old_it_was(db: Database, clock: Ticks) -> None:
    on(clock, 9)
    edit_items(db, ["EN-001"], {"opened_on": date(2026, 1, 10)})
    edit_items(db, ["EN-001", "EN-002"], {"status": "mitigated"})
    on(clock, 19)
    add_item(db, {"category": "EN", "description": "new", "severity": "high", "opened_on": date(2026, 3, 1)})
    add_item(db, {"category": "EN", "description": "done", "severity": "high", "status": "mitigated"})
    edit_items(db, ["EN-003"], {"status": "in-progress"})
    edit_items(db, ["EN-003"], {"status": "accepted", "status_note": "so"})
    on(clock, 39)
    edit_items(db, ["EN-001"], {"status": "open"})
    remove_items(db, ["BE-001"])
    found = trend(db)
    assert (found.unit, len(found.points), found.points[0].counts) == ("day", 40, STOCK)
    assert found.months == (
        # EN-001 was open since the 10th of January, EN-002 at least since the import.
        Month(date(2026, 3, 1), added=1, mitigated=2, accepted=1, mitigation=Mean((60 + 9) / 2, True, 2)),
        Month(date(2026, 4, 1), reopened=1, removed=1),
    )
    en = [category.code for category in found.categories].index("EN")
    assert found.points[8].categories[en] == Tally(open=3)
    assert found.points[9].categories[en] == Tally(open=1, mitigated=2)
    assert found.points[-1].categories[en] == Tally(open=2, mitigated=2, accepted=1)
    assert found.points[-1].severities[1].open == summary(db).total.high
    assert said_by(found.points[-1]) == found_in(db, [c.name for c in found.categories])


def test_what_is_taken_back_within_its_month_neither_came_nor_went(db: Database, clock: Ticks) -> None:
    on(clock, 9)
    edit_items(db, ["EN-001", "EN-002"], {"status": "mitigated"})
    undo(db)
    assert trend(db).months == (Month(date(2026, 3, 1)),)
    redo(db)
    assert [(month.mitigated, month.mitigation.number) for month in trend(db).months] == [(2, 2)]
    on(clock, 39)
    undo(db)
    march, april = trend(db).months
    assert (march.mitigated, march.inflow, april.reopened, april.outflow) == (2, 0, 2, 0)


def test_another_import_brings_debt_and_the_first_one_none(db: Database, clock: Ticks) -> None:
    on(clock, 9)
    new = row("EN-001").replace("EN-001", "EN-009")
    take(db, changed((row("EN-003"), row("EN-003") + new)))
    assert [(month.added, month.outflow) for month in trend(db).months] == [(1, 0)]


def test_a_long_time_goes_by_months_and_may_be_cut_short(db: Database, clock: Ticks) -> None:
    on(clock, 100)
    edit_items(db, ["EN-001"], {"status": "mitigated"})
    found = trend(db)
    assert found.unit == "month"
    assert [str(point.day) for point in found.points] == ["2026-03-31", "2026-04-30", "2026-05-31", "2026-06-10"]
    assert [point.counts.open for point in found.points] == [11, 11, 11, 10]
    cut = trend(db, since=datetime(2026, 6, 8, 12, tzinfo=UTC))
    assert [str(point.day) for point in cut.points] == ["2026-06-08", "2026-06-09", "2026-06-10"]
    assert [str(month.first) for month in cut.months] == ["2026-06-01"]


def test_one_day_or_none_has_no_trend_and_says_so(tmp_path: Path, clock: Ticks) -> None:
    with Database.create(tmp_path / "register.db", clock=clock, actor="ana") as db:
        assert trend(db).nothing == "no changes recorded yet; import a document or add an item first"
        create(db, title="Debt")
        add_category(db, code="RL", name="Reward Leakage")
        add_item(db, {"category": "RL", "description": "d", "severity": "low"})
        found = trend(db)
        assert found.nothing == "all changes are from one day; trends need at least two days"
        assert (found.points[0].counts, found.months[0].added) == (Tally(open=1), 1)
        on(clock, 2)
        assert trend(db).nothing == ""
