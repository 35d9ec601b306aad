"""Attaching, detaching, muting and the rules: each one step for undo, and what waits in the inbox follows."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from store.audit.undo import redo, undo
from store.commands import signals as signal_commands
from store.commands.items import add_item, edit_items, remove_items, set_status
from store.commands.signals import MOST_RULES, add_rule, attach, detach, move_rule, mute, remove_rule
from store.enums import Flag, Status
from store.errors import InvalidValueError, NotFoundError
from store.queries import signals as signal_queries
from store.queries.items import item
from tests.store.signals.reports import NOON, contradicted, firing, inbox, report, resolved, signals

if TYPE_CHECKING:
    from store.db.database import Database
    from store.queries.signals import SignalRuleRow, TimelineEntry
    from tests.store.policies import Calendar

AMBER = ("BE-001", "EN-001", "DD-001", "PD-001")
"""The sample's open items that affect Amber."""


def rules(db: Database) -> list[tuple[int, str, str | None, str | None]]:
    """The rules in order: number, matchers, item and label."""
    with db.read() as reader:
        return [(row.number, row.matchers, row.key, row.label) for row in signal_queries.signal_rules(reader)]


def flags(db: Database, key: str) -> frozenset[Flag]:
    """The flags of an item."""
    with db.read() as reader:
        return item(reader, key).flags


def timeline(db: Database, key: str) -> tuple[TimelineEntry, ...]:
    """The timeline of an item."""
    with db.read() as reader:
        return signal_queries.timeline(reader, key)


def test_signals_are_attached_and_detached(db: Database) -> None:
    report(db, firing("a"), firing("b", "Lag"))
    done = attach(db, [1, 2], ["en-001", "FL-001"])
    assert (done.message, done.keys) == ("Attached 2 signals to EN-001 and FL-001", ("EN-001", "FL-001"))
    assert attach(db, [1], ["EN-001"]).message == "Nothing changed"
    assert signals(db)[0].keys == ("EN-001", "FL-001")
    assert inbox(db) == []
    assert detach(db, [1], ["EN-001", "EN-002"]).message == "Detached Drift from EN-001 and EN-002"
    assert [row.name for row in signals(db, "EN-001")] == ["Lag"]
    assert attach(db, [1], ["EN-001"]).message == "Attached Drift to EN-001"
    assert undo(db).message == "Undid: Drift -> EN-001 attachment"
    assert undo(db).message == "Undid: Drift -> EN-001 detachment"
    assert len(signals(db, "EN-001")) == 2
    assert undo(db).message == "Undid: 4 attachments"
    assert inbox(db) == ["a", "b"]
    redo(db)
    assert inbox(db) == []
    for numbers, keys in (([9], ["EN-001"]), ([1], ["GONE"])):
        with pytest.raises(NotFoundError):
            attach(db, numbers, keys)


def test_a_muted_signal_counts_as_not_firing_through_its_last_day(db: Database, calendar: Calendar) -> None:
    report(db, firing("a", debt_item="FL-001"), firing("b"))
    until = date(2026, 3, 5)
    assert mute(db, [1], until).message == "Muted Drift until 2026-03-05"
    assert mute(db, [2], until).message == "Muted Drift until 2026-03-05"
    assert flags(db, "FL-001") == frozenset()
    assert (contradicted(db), inbox(db)) == ({}, [])
    calendar.moment = calendar.moment.replace(day=5, hour=23)
    assert contradicted(db) == {}
    calendar.pass_days(1)
    assert flags(db, "FL-001") == {Flag.CONTRADICTED, Flag.FIRING}
    assert inbox(db) == ["b"]
    assert mute(db, [1], None).message == "Unmuted Drift"
    assert mute(db, [1], None).message == "Nothing changed"
    assert mute(db, [1, 2], until=until.replace(day=9)).message == "Muted 2 signals until 2026-03-09"
    assert undo(db).message == "Undid: mute of 2 signals"
    with pytest.raises(InvalidValueError, match="2026-03-01 is past: choose today or a later day"):
        mute(db, [1], date(2026, 3, 1))


def test_the_first_rule_that_matches_wins(db: Database) -> None:
    report(db, firing("a", model="mdl-rec-1"), firing("b", "Lag", model="mdl-rec-1"), firing("c", "Other"))
    done = add_rule(db, 'alertname="Drift", model=~"mdl-rec.*"', key="EN-002")
    assert done.message == ('Added rule 1: alertname="Drift", model=~"mdl-rec.*" to EN-002; attached 1 signal')
    add_rule(db, 'model=~"mdl-.*"', key="EN-003")
    assert {row.fingerprint: row.keys for row in signals(db)} == {"a": ("EN-002",), "b": ("EN-003",), "c": ()}
    undone = undo(db)
    assert (undone.message, undone.keys) == ('Undid: rule model=~"mdl-.*" addition', ())
    assert inbox(db) == ["b", "c"]
    redo(db)
    assert move_rule(db, 2, before=1).message == 'Moved rule 2: model=~"mdl-.*"'
    assert [number for number, *_ in rules(db)] == [2, 1]
    assert move_rule(db, 2, before=2).message == "Nothing changed"
    report(db, firing("d", model="mdl-rec-2"))
    assert {row.fingerprint for row in signals(db, "EN-003")} == {"b", "d"}
    move_rule(db, 2)
    assert [number for number, *_ in rules(db)] == [1, 2]
    # A label that names an item comes before all rules.
    report(db, firing("e", model="mdl-rec-2", debt_item="PD-001"))
    assert [row.fingerprint for row in signals(db, "PD-001")] == ["e"]
    assert remove_rule(db, 1).message.startswith("Removed rule 1")
    assert undo(db).message == 'Undid: rule alertname="Drift", model=~"mdl-rec.*" removal'
    assert [number for number, *_ in rules(db)] == [1, 2]
    with pytest.raises(NotFoundError, match="unknown rule 9"):
        remove_rule(db, 9)
    with pytest.raises(InvalidValueError, match="rule 2 is the same"):
        add_rule(db, 'model=~"mdl-.*"', key="EN-003")


def test_a_rule_can_name_the_open_items_of_a_component(db: Database) -> None:
    report(db, firing("a", model="amber"), firing("b", model="nowhere"), firing("c"))
    done = add_rule(db, 'alertname="Drift"', label="model")
    assert done.message == (
        'Added rule 1: alertname="Drift" to the open items with the component in model; attached 1 signal'
    )
    assert [row.keys for row in signals(db) if row.fingerprint == "a"] == [AMBER]
    assert inbox(db) == ["b", "c"]
    added = add_item(db, {"category": "EN", "description": "More.", "components": ("Amber",)}).keys[0]
    report(db, firing("a", model="amber"))
    assert {row.keys for row in signals(db)} == {(*AMBER, added), ()}
    # What is mitigated later stays attached, and is contradicted.
    set_status(db, [added], Status.MITIGATED)
    assert added in contradicted(db)


def test_a_rule_of_a_removed_item_is_skipped(db: Database) -> None:
    add_rule(db, 'alertname="Drift"', key="MS-001")
    add_rule(db, 'alertname="Drift"', key="EN-001")
    remove_items(db, ["MS-001"])
    with db.read() as reader:
        first: SignalRuleRow = signal_queries.signal_rules(reader)[0]
    assert first.is_gone
    report(db, firing("a"))
    assert signals(db)[0].keys == ("EN-001",)


def test_a_register_has_a_limited_number_of_rules(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    assert MOST_RULES == 200
    monkeypatch.setattr(signal_commands, "MOST_RULES", 1)
    add_rule(db, 'alertname="Drift"', key="EN-001")
    with pytest.raises(InvalidValueError, match="there are already 1 rules"):
        add_rule(db, 'alertname="Lag"', key="EN-001")


def test_the_timeline_shows_how_long_it_stayed_quiet(db: Database, calendar: Calendar) -> None:
    one = firing("a", debt_item="EN-001")
    report(db, one)
    set_status(db, ["EN-001"], Status.MITIGATED)
    report(db, resolved(one, NOON + timedelta(days=2)))
    calendar.pass_days(4)
    set_status(db, ["EN-001"], Status.OPEN)
    set_status(db, ["EN-001"], Status.MITIGATED)
    mitigated = calendar.moment
    calendar.pass_days(3)
    assert timeline(db, "EN-001")[-1].is_quiet_now
    report(db, firing("a", starts=calendar.moment, debt_item="EN-001"))
    calendar.pass_days(1)
    entries = timeline(db, "EN-001")
    assert [(row.kind, row.text, row.actor) for row in entries] == [
        ("status", "Open", "importer"),
        ("firing", "Drift", "monitor:alertmanager"),
        ("status", "Mitigated", "ana"),
        ("resolved", "Drift", "monitor:alertmanager"),
        ("status", "Open", "ana"),
        ("status", "Mitigated", "ana"),
        ("firing", "Drift", "monitor:alertmanager"),
    ]
    # The first time, it was firing when it was mitigated.
    assert [row.quiet for row in entries if row.text == "Mitigated"] == [None, timedelta(days=3)]
    assert entries[5].time == mitigated
    assert not entries[5].is_quiet_now


def test_an_item_without_signals_has_a_timeline_of_its_statuses(db: Database) -> None:
    edit_items(db, ["EN-001"], {"owner": "bo"})
    assert [(row.kind, row.text, row.quiet) for row in timeline(db, "FL-001")] == [("status", "Mitigated", None)]


def test_an_unknown_signal(db: Database) -> None:
    report(db, firing("a"))
    with db.read() as reader:
        assert signal_queries.signal(reader, 1).fingerprint == "a"
        with pytest.raises(NotFoundError, match="unknown signal 7"):
            signal_queries.signal(reader, 7)
