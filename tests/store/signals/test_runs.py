"""Run after run of the same checks, from the files that tools write to the signals of a register."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from store.audit.verify import verify
from store.commands.ingest import ingest
from store.db.database import Database
from store.enums import SignalState
from store.formats.signals import dbt, evidently, great_expectations
from tests.store.policies import Calendar
from tests.store.signals.readers import NOW, body_of, text_of
from tests.store.signals.reports import signals

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.store.signals.readers import Reader


@pytest.fixture
def db(sample_copy: Path) -> Iterator[Database]:
    """The sample, on the day after the runs."""
    calendar = Calendar()
    calendar.moment = NOW
    with Database.open(sample_copy, clock=calendar, actor="ana") as opened:
        yield opened
        assert verify(opened) == ()


def take(db: Database, read: Reader, body: Any) -> str:
    """Take in a file, and say what was done."""
    report = read(body if isinstance(body, str) else json.dumps(body), now=NOW)
    return ingest(db, report, source=report.observations[0].source).message


def firing(db: Database) -> list[str]:
    return sorted(row.name for row in signals(db) if row.state is SignalState.FIRING)


def test_two_months_of_great_expectations(db: Database) -> None:
    read = great_expectations.read
    january = take(db, read, text_of("great_expectations/validation-2026-01.json"))
    assert january == "7 new signals, 4 passed; 1 attached, 6 in the inbox"
    (attached,) = signals(db, "EN-001")
    assert attached.name == "expect_column_values_to_be_unique: orders.order_id"
    february = take(db, read, text_of("great_expectations/validation-2026-02.json"))
    assert february == "5 resolved, 2 repeated, 4 passed"
    assert firing(db) == [
        "expect_column_mean_to_be_between: orders.score",
        "expect_table_row_count_to_be_between: orders",
    ]


def test_a_run_of_dbt_that_passes_keeps_the_severity_and_the_last_message(db: Database) -> None:
    body = body_of("dbt/test.json")
    take(db, dbt.read, body)
    for result in body["results"]:
        result |= {"status": "pass", "message": None}
    body["metadata"]["generated_at"] = "2026-12-03T23:00:00Z"
    assert take(db, dbt.read, body) == "7 resolved, 2 passed"
    assert firing(db) == []
    (row,) = (row for row in signals(db) if row.name == "unique_orders_order_id")
    assert (row.severity, row.summary) == ("error", "Got 1 result, configured to fail if != 0")
    assert dict(row.labels)["status"] == "pass"


def test_a_suite_of_evidently_that_is_run_again_repeats_its_signals(db: Database) -> None:
    take(db, evidently.read, text_of("evidently/test-suite-0.6.json"))
    before = firing(db)
    assert take(db, evidently.read, text_of("evidently/test-suite-0.4.json")).startswith("10 repeated")
    assert firing(db) == before
