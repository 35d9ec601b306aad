"""What monitoring reports is one signal per source and fingerprint, and its starts and ends are in the trail."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from store.audit.describe import sentence
from store.audit.undo import undo
from store.commands.ingest import ingest
from store.commands.items import remove_items, set_status
from store.commands.settings import set_register
from store.commands.signals import detach
from store.db.database import Database
from store.enums import Flag, SignalState, Status
from store.errors import RegisterError
from store.formats.signals.model import SignalReport
from store.queries import signals as signal_queries
from store.queries.history import changes
from store.queries.items import item
from tests.store.signals.reports import ALERTMANAGER, NOON, contradicted, firing, inbox, report, resolved, signals

if TYPE_CHECKING:
    from store.formats.signals.model import Observation
    from tests.store.policies import Calendar

HOUR = timedelta(hours=1)


def events(db: Database) -> list[str]:
    """What monitors recorded, oldest first."""
    with db.read() as reader:
        rows = changes(reader)
    return [sentence(row) for row in reversed(rows) if row.actor.startswith("monitor:")]


def test_the_same_alert_a_thousand_times_is_one_signal_with_a_count(db: Database, calendar: Calendar) -> None:
    found = report(db, firing("a"))
    assert (found.new, found.waiting, found.message) == (1, 1, "1 new signal; 1 in the inbox")
    for _ in range(999):
        calendar.moment += timedelta(minutes=1)
        assert report(db, firing("a")).message == "1 repeated"
    [row] = signals(db)
    assert (row.number, row.reports, row.state, row.starts) == (1, 1_000, SignalState.FIRING, NOON)
    assert row.last_seen == calendar.moment
    assert events(db) == ["monitor:alertmanager reported the signal Drift"]


def test_starts_and_ends_are_what_the_trail_keeps(db: Database, calendar: Calendar) -> None:
    one = firing("a")
    report(db, one)
    assert report(db, resolved(one, NOON + HOUR)).message == "1 resolved"
    assert report(db, resolved(one, NOON + HOUR)).message == "1 repeated"
    calendar.moment += 5 * HOUR
    again = firing("a", starts=NOON + 3 * HOUR)
    assert report(db, again).message == "1 firing again"
    assert events(db) == [
        "monitor:alertmanager reported the signal Drift",
        "monitor:alertmanager reported the signal Drift as resolved",
        "monitor:alertmanager reported the signal Drift as firing",
    ]
    [row] = signals(db)
    assert (row.state, row.starts, row.ends, row.reports) == (SignalState.FIRING, NOON + 3 * HOUR, None, 2)


def test_an_older_report_that_arrives_late_does_not_fire_again(db: Database, calendar: Calendar) -> None:
    one = firing("a")
    report(db, one)
    report(db, resolved(one, NOON + HOUR))
    assert report(db, firing("a", starts=NOON - HOUR)).message == "1 repeated"
    assert report(db, one, asked=NOON).message == "1 repeated"
    assert signals(db)[0].state is SignalState.RESOLVED
    # Prometheus restarts, and says the same start again.
    calendar.moment += 24 * HOUR
    assert report(db, one).message == "1 firing again"
    # So does the end of an older episode, which changes nothing.
    assert report(db, resolved(firing("a", starts=NOON - 3 * HOUR), NOON - HOUR)).message == "1 repeated"
    assert signals(db)[0].state is SignalState.FIRING


def test_the_results_of_an_older_run_change_nothing(db: Database) -> None:
    def run(at: datetime, *, failed: bool) -> Observation:
        one = firing("a", starts=at)._replace(knows_start=False, is_new=failed)
        return one if failed else resolved(one, at)

    report(db, run(NOON, failed=True))
    assert report(db, run(NOON + HOUR, failed=False)).message == "1 resolved"
    assert report(db, run(NOON, failed=True)._replace(summary="older")).message == "1 repeated"
    assert signals(db)[0].summary == "it drifts"
    assert report(db, run(NOON + 2 * HOUR, failed=True)).message == "1 firing again"
    assert report(db, run(NOON + HOUR, failed=False)).message == "1 repeated"
    [row] = signals(db)
    assert (row.state, row.starts, row.reports) == (SignalState.FIRING, NOON + 2 * HOUR, 3)


def test_a_later_start_while_it_fires_is_a_new_episode(db: Database) -> None:
    report(db, firing("a"))
    assert report(db, firing("a", starts=NOON + HOUR)).message == "1 firing again"
    assert signals(db)[0].starts == NOON + HOUR
    # A check that says only when it ran goes on failing.
    assert report(db, firing("a", starts=NOON + 2 * HOUR)._replace(knows_start=False)).message == "1 repeated"
    assert signals(db)[0].starts == NOON + HOUR


def test_a_passed_check_resolves_what_is_known_and_is_otherwise_ignored(db: Database) -> None:
    passed = resolved(firing("a"), NOON)._replace(is_new=False, knows_start=False)
    assert report(db, passed).message == "1 passed"
    assert signals(db) == ()
    report(db, firing("a"))
    late = passed._replace(starts=NOON + HOUR, ends=NOON + HOUR)
    assert report(db, late).message == "1 resolved"
    assert report(db, late).message == "1 repeated"
    assert (signals(db)[0].starts, signals(db)[0].ends) == (NOON, NOON + HOUR)


def test_what_was_resolved_before_anyone_heard_of_it_is_kept(db: Database, calendar: Calendar) -> None:
    assert report(db, resolved(firing("a"), NOON + HOUR)).message == "1 new signal; 1 in the inbox"
    assert report(db, firing("b")._replace(state=SignalState.RESOLVED)).new == 1
    assert [(row.fingerprint, row.ends, row.reports) for row in signals(db)] == [
        ("b", calendar.moment, 0),
        ("a", NOON + HOUR, 0),
    ]
    later = resolved(firing("a", starts=NOON + 2 * HOUR), NOON + 3 * HOUR)
    assert report(db, later).message == "1 resolved"


def test_duplicates_in_one_report_count_and_the_last_one_wins(db: Database) -> None:
    one = firing("a")
    assert report(db, one, one._replace(summary="worse"), resolved(one, NOON + HOUR)).new == 1
    [row] = signals(db)
    assert (row.reports, row.state, row.summary) == (2, SignalState.RESOLVED, "it drifts")


def test_a_complete_list_resolves_what_it_does_not_have(db: Database, calendar: Calendar) -> None:
    def listed(*fingerprints: str, origin: str = "http://alerts.example") -> str:
        observations = tuple(firing(each) for each in fingerprints)
        found = SignalReport(observations, origin=origin, is_complete=True)
        return ingest(db, found, source=ALERTMANAGER, asked=calendar.moment).message

    listed("a", "b")
    other = firing("z")._replace(source="json")
    ingest(db, SignalReport((other,)), source="json")
    assert listed("c", origin="http://other.example") == "1 new signal; 1 in the inbox"
    assert listed("b") == "1 resolved, 1 repeated"
    states = {row.fingerprint: row.state.value for row in signals(db)}
    assert states == {"a": "resolved", "b": "firing", "c": "firing", "z": "firing"}
    assert listed() == "1 resolved"
    # A monitor that has just started may not know yet what it reported before.
    report(db, firing("e"))
    calendar.moment += 2 * HOUR
    found = ingest(
        db,
        SignalReport((), is_complete=True),
        source=ALERTMANAGER,
        started=calendar.moment - HOUR,
    )
    assert found.message == "No signals"
    assert found.notices == (
        "alertmanager has just started and may not list everything yet: 2 signals that it reported before stay firing",
    )
    assert ingest(db, SignalReport((), is_complete=True), source=ALERTMANAGER).resolved == 2
    # What began to fire after the monitor was asked cannot be in its list.
    report(db, firing("d", starts=calendar.moment + HOUR))
    assert listed() == "No signals"


def test_a_label_names_the_items(db: Database) -> None:
    found = report(
        db,
        firing("a", debt_item="fl-001"),
        firing("b", debt_item="EN-001, EN-002 ;GONE-9"),
        firing("c", debt_item="GONE-9"),
        firing("d", debt_item=""),
    )
    assert (found.attached, found.waiting) == (3, 2)
    assert [row.fingerprint for row in signals(db, "EN-002")] == ["b"]
    assert inbox(db) == ["c", "d"]
    assert found.contradicted == (("FL-001", "mitigated, but Drift has been firing since 2026-03-02"),)
    with db.read() as reader:
        assert item(reader, "FL-001").flags == {Flag.CONTRADICTED, Flag.FIRING}
        assert item(reader, "EN-001").flags == {Flag.FIRING}


def test_the_label_is_a_setting_of_the_register(db: Database) -> None:
    set_register(db, {"signal_label": "debt"})
    assert report(db, firing("a", debt_item="FL-001"), firing("b", debt="FL-001")).attached == 1
    assert inbox(db) == ["a"]
    set_register(db, {"signal_label": ""})
    assert report(db, firing("a", debt_item="FL-001")).attached == 1
    undo(db)
    with db.read() as reader:
        assert signal_queries.item_label(reader) == "debt"


def test_contradicted_items_are_reopened_only_when_asked(db: Database) -> None:
    found = report(db, firing("a", debt_item="FL-001"))
    assert found.reopened == ()
    assert set(contradicted(db)) == {"FL-001"}
    assert report(db, firing("a", debt_item="FL-001"), reopen=True).reopened == ("FL-001",)
    assert contradicted(db) == {}
    with db.read() as reader:
        assert item(reader, "FL-001").status is Status.OPEN
    assert undo(db).message == "Undid: FL-001 status change"
    assert set(contradicted(db)) == {"FL-001"}


def test_undo_passes_over_what_monitors_reported(db: Database) -> None:
    set_status(db, ["EN-001"], Status.IN_PROGRESS)
    report(db, firing("a", debt_item="EN-001"))
    assert undo(db).message == "Undid: EN-001 status change"
    monitor = Database.open(db.path, actor="monitor:alertmanager", clock=db.clock)
    with monitor, pytest.raises(RegisterError, match="nothing to undo"):
        undo(monitor)
    assert len(signals(db)) == 1


def test_what_a_person_detached_stays_detached(db: Database) -> None:
    report(db, firing("a", debt_item="FL-001"))
    detach(db, [1], ["FL-001"])
    assert report(db, firing("a", debt_item="FL-001")).attached == 0
    assert inbox(db) == ["a"]


def test_a_removed_item_returns_its_signals_to_the_inbox_until_it_is_restored(db: Database) -> None:
    report(db, firing("a", debt_item="MS-001"))
    assert inbox(db) == []
    remove_items(db, ["MS-001"])
    assert inbox(db) == ["a"]
    assert report(db, firing("a", debt_item="MS-001")).attached == 0
    undo(db)
    assert inbox(db) == []


def test_ten_thousand_alerts_are_one_batch(db: Database) -> None:
    many = [firing(f"{number}", f"Alert{number % 50}", debt_item="EN-001") for number in range(10_000)]
    assert report(db, *many).message == "10,000 new signals; 10,000 attached"
    assert report(db, *many).message == "10,000 repeated"
    with db.read() as reader:
        assert signal_queries.signal_counts(reader) == (10_000, 0, 0)
        batches = {row.batch for row in changes(reader) if row.actor.startswith("monitor:")}
    assert len(batches) == 1


def test_nothing_is_half_taken(db: Database) -> None:
    bad = firing("b")._replace(starts=datetime(2026, 1, 1, tzinfo=UTC), summary="\ud800")
    with pytest.raises((RegisterError, UnicodeEncodeError)):
        report(db, firing("a"), bad)
    assert signals(db) == ()
    assert events(db) == []
