"""The check of all rules, and its record: once for each item and rule until it clears."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from store.audit.undo import undo
from store.audit.verify import verify
from store.commands.items import accept, edit_items, remove_items, set_status
from store.commands.saved_queries import edit_query, remove_query, rename_query
from store.commands.settings import set_register
from store.db.database import Database
from store.enums import SavedKind, Severity, Status
from store.policy import check
from tests.store.asking import trail
from tests.store.policies import HIGH, SHARE, Calendar, flags, listed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def calendar() -> Calendar:
    return Calendar()


@pytest.fixture
def late(sample_copy: Path, calendar: Calendar) -> Iterator[Database]:
    """The sample, a day old, with a clock that is moved by days."""
    with Database.open(sample_copy, clock=calendar, actor="ana") as opened:
        yield opened
        assert verify(opened) == ()


def recorded(db: Database) -> list[tuple[str, str, str | None]]:
    """What the policy wrote, oldest first."""
    return [(row.verb, row.key, row.note) for row in reversed(trail(db)) if row.actor == "policy"]


def broken(db: Database) -> dict[str, tuple[str, ...]]:
    """What breaks each rule that anything breaks."""
    return {rule.name: rule.broken for rule in check(db).rules if rule.broken}


def test_the_check_has_every_rule_and_what_one_cannot_tell(late: Database) -> None:
    found = check(late)
    assert [(rule.name, rule.builtin) for rule in found.rules] == [
        (SHARE, False),
        ("Contradicted", True),
        ("Overdue", True),
        ("Acceptance ended", True),
    ]
    assert not found.is_broken
    assert tuple(found.items) == found.rules[0].unknown == HIGH
    edit_items(late, ["EN-002"], {"affected": "12%", "owner": "MLP"})
    found = check(late)
    assert found.is_broken
    row = found.items["EN-002"]
    assert (row.lead, row.severity, row.status, row.owner) == (
        "Embedding Coupling (SemanticGNN)",
        Severity.HIGH,
        Status.OPEN,
        "MLP",
    )
    assert recorded(late) == []


def test_it_records_once_until_it_clears(late: Database) -> None:
    edit_items(late, ["EN-002", "EN-001"], {"affected": "12%"})
    seen = late.clock()
    done = check(late, record=True)
    assert done.recorded == (("EN-001", SHARE), ("EN-002", SHARE))
    batches = {row.batch for row in trail(late) if row.actor == "policy"}
    assert len(batches) == 1
    before = trail(late)
    assert check(late, record=True).recorded == ()
    assert trail(late) == before
    edit_items(late, ["EN-001"], {"affected": "3%"})
    edit_items(late, ["BE-001"], {"affected": "30%"})
    done = check(late, record=True)
    assert (done.recorded, done.cleared) == ((("BE-001", SHARE),), (("EN-001", SHARE),))
    edit_items(late, ["EN-001"], {"affected": "20%"})
    check(late, record=True)
    assert recorded(late) == [
        ("escalate", "EN-001", SHARE),
        ("escalate", "EN-002", SHARE),
        ("escalate", "BE-001", SHARE),
        ("clear", "EN-001", SHARE),
        ("escalate", "EN-001", SHARE),
    ]
    assert seen == late.clock()


def test_what_one_cannot_tell_neither_escalates_nor_clears(late: Database) -> None:
    edit_items(late, ["EN-002"], {"affected": "12%"})
    check(late, record=True)
    edit_items(late, ["EN-002"], {"affected": None})
    assert check(late, record=True).cleared == ()
    edit_items(late, ["EN-002"], {"affected": "12%"})
    assert check(late, record=True).recorded == ()
    assert recorded(late) == [("escalate", "EN-002", SHARE)]


def test_a_rule_renamed_goes_on_and_a_rule_removed_clears(late: Database) -> None:
    edit_items(late, ["EN-002"], {"affected": "12%"})
    check(late, record=True)
    edit_query(late, SavedKind.RULE, SHARE, {"name": "Share", "query": "severity:high share:>10%"})
    assert check(late, record=True).recorded == ()
    undo(late)
    rename_query(late, SavedKind.RULE, SHARE, "Wide")
    assert check(late, record=True).recorded == ()
    remove_query(late, SavedKind.RULE, "Wide")
    assert check(late, record=True).cleared == (("EN-002", "Wide"),)


def test_a_removed_item_is_passed_over_and_nobody_undoes_the_policy(late: Database) -> None:
    edit_items(late, ["EN-002"], {"affected": "12%"})
    check(late, record=True)
    assert undo(late).message.startswith("Undid")
    assert listed(late)["EN-002"].flags == frozenset()
    edit_items(late, ["EN-002"], {"affected": "12%"})
    remove_items(late, ["EN-002"])
    done = check(late, record=True)
    assert (done.recorded, done.cleared) == ((), ())
    undo(late)
    assert check(late, record=True).recorded == ()


def test_overdue_and_ended_are_rules_as_well(late: Database, calendar: Calendar) -> None:
    edit_items(late, ["EN-003", "FL-001"], {"due_on": "2026-03-02"})
    edit_items(late, ["FL-003"], {"due_on": "2026-03-03"})
    accept(late, ["BE-002"], rationale="cheap", by="bo")
    assert broken(late) == {"Overdue": ("EN-003",)}
    calendar.pass_days(1)
    assert broken(late) == {"Overdue": ("EN-003", "FL-003")}
    calendar.pass_days(179)
    assert "Acceptance ended" not in broken(late)
    calendar.pass_days(1)
    assert broken(late)["Acceptance ended"] == ("BE-002",)
    done = check(late, record=True)
    assert done.recorded == (("EN-003", "Overdue"), ("FL-003", "Overdue"), ("BE-002", "Acceptance ended"))


def test_the_time_to_mitigate_counts_where_it_is_set(late: Database, calendar: Calendar) -> None:
    edit_items(late, ["EN-001"], {"opened_on": "2026-01-31"})
    calendar.pass_days(100)
    assert broken(late) == {}
    set_register(late, {"mitigate_within": "medium 200, high 150"})
    overdue = next(rule for rule in check(late).rules if rule.name == "Overdue")
    assert overdue.broken == ()
    assert overdue.unknown == ("BE-001", "BE-002", "EN-002", *overdue.unknown[3:])
    assert "EN-001" not in overdue.unknown
    calendar.pass_days(20)
    assert broken(late) == {"Overdue": ("EN-001",)}
    assert {flag.value for flag in flags(late, "EN-001")} == {"overdue"}
    set_status(late, ["EN-001"], Status.MITIGATED)
    assert broken(late) == {}
