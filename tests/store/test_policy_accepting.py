"""Accepting is a decision with an end: who, why, until when, and what happens then."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from store.audit.undo import undo
from store.commands.items import accept, add_item, edit_items, reopen, set_status
from store.commands.settings import set_register
from store.db.database import Database
from store.enums import Flag, Severity, Status
from store.errors import ConflictError, InvalidValueError, NotFoundError, RegisterError
from store.formats.reports import accepted_markdown
from store.policy import proposed_ends
from tests.store.asking import item, trail
from tests.store.importing import changed, take
from tests.store.policies import Calendar, accepted, flags

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def calendar() -> Calendar:
    return Calendar()


@pytest.fixture
def late(sample_copy: Path, calendar: Calendar) -> Iterator[Database]:
    """The sample, a day old, with a clock that is moved by days."""
    with Database.open(sample_copy, clock=calendar, actor="ana") as opened:
        yield opened


DOORS: dict[str, Callable[[Database, str | None], object]] = {
    "set_status": lambda db, note: set_status(db, ["EN-001"], Status.ACCEPTED, note=note),
    "edit_items": lambda db, note: edit_items(db, ["EN-001"], {"status": "accepted", "status_note": note}),
    "accept": lambda db, note: accept(db, ["EN-001"], rationale=note or "", by="ana"),
    "add_item": lambda db, note: add_item(
        db,
        {"key": "EN-009", "category": "EN", "description": "New", "severity": "high", "status": "accepted"}
        | ({"status_note": note} if note else {}),
    ),
}


@pytest.mark.parametrize("door", DOORS)
def test_every_way_to_accepted_needs_a_reason_and_has_an_end(late: Database, door: str) -> None:
    before = trail(late)
    with pytest.raises(InvalidValueError) as refused:
        DOORS[door](late, None)
    assert refused.value.field == "status_note"
    assert trail(late) == before
    DOORS[door](late, "cheap to keep")
    found = item(late, "EN-009" if door == "add_item" else "EN-001")
    assert (found.status, found.status_note) == (Status.ACCEPTED, "cheap to keep")
    assert (found.accepted_by, found.accepted_until) == ("ana", date(2026, 6, 1))


def test_each_item_has_the_days_of_its_own_severity(late: Database) -> None:
    edit_items(late, ["EN-003"], {"severity": "low"})
    set_status(late, ["EN-001", "EN-003", "BE-002"], Status.ACCEPTED, note="cheap")
    ends = {key: item(late, key).accepted_until for key in ("EN-001", "BE-002", "EN-003")}
    assert list(ends.values()) == [date(2026, 6, 1), date(2026, 8, 30), date(2027, 3, 3)]
    undo(late)
    set_register(late, {"accept_for": "high 10, low 99999"})
    accept(late, ["EN-001", "EN-003", "BE-002"], rationale="cheap", by="bo")
    ends = {key: item(late, key).accepted_until for key in ends}
    assert list(ends.values()) == [date(2026, 3, 13), date(2026, 8, 30), date(2299, 12, 16)]
    with late.read() as session:
        assert proposed_ends(session)[Severity.HIGH] == date(2026, 3, 13)


def test_what_is_said_counts_and_no_end_is_a_choice(late: Database) -> None:
    accept(late, ["EN-001"], rationale="cheap", by="bo", until=None)
    edit_items(late, ["EN-002"], {"status": "accepted", "status_note": "so", "accepted_until": None})
    edit_items(
        late,
        ["EN-003"],
        {"status": "accepted", "status_note": "so", "accepted_by": "Board", "accepted_until": "2026-05-05"},
    )
    assert (item(late, "EN-001").accepted_until, item(late, "EN-002").accepted_until) == (None, None)
    assert (item(late, "EN-003").accepted_by, item(late, "EN-003").accepted_until) == ("Board", date(2026, 5, 5))
    assert edit_items(late, ["EN-003"], {"accepted_until": "no end"}).batch
    assert item(late, "EN-003").accepted_until is None
    accept(late, ["EN-003"], rationale="again", by="bo")
    assert item(late, "EN-003").accepted_until == date(2026, 8, 30)


def test_an_accepted_item_keeps_a_reason_and_a_name(late: Database) -> None:
    accept(late, ["EN-001"], rationale="cheap", by="bo")
    for field in ("status_note", "accepted_by"):
        with pytest.raises(InvalidValueError) as refused:
            edit_items(late, ["EN-001"], {field: None})
        assert refused.value.field == field
    edit_items(late, ["EN-001"], {"status_note": "dear to mend", "owner": "MLP"})
    assert item(late, "EN-001").accepted_until == date(2026, 6, 1)


def test_a_document_says_what_it_says(late: Database) -> None:
    take(late, changed(("| Open |", "| Accepted |")))
    found = item(late, "BE-001")
    assert (found.status, found.status_note, found.accepted_by, found.accepted_until) == (
        Status.ACCEPTED,
        None,
        None,
        None,
    )
    edit_items(late, ["BE-001"], {"owner": "MLP"})
    row = accepted(late)[0]
    assert (row.key, row.by, row.why, row.until, row.state, row.days) == ("BE-001", None, None, None, "none", None)
    assert row.since == late.clock()


def test_an_acceptance_is_ending_then_ended(late: Database, calendar: Calendar) -> None:
    accept(late, ["EN-001"], rationale="cheap", by="bo", until=date(2026, 3, 20))
    states = []
    for days in (0, 2, 1, 14, 1, 3):
        calendar.pass_days(days)
        row = accepted(late)[0]
        states.append((row.state, row.days, *sorted(flags(late, "EN-001"))))
    assert states == [
        ("none", 17),
        ("none", 15),
        ("ending", 14, Flag.ENDING),
        ("ending", 0, Flag.ENDING),
        ("ended", -1, Flag.ENDED),
        ("ended", -4, Flag.ENDED),
    ]


def test_since_is_when_it_was_accepted_last(late: Database, calendar: Calendar) -> None:
    first = calendar.moment
    set_status(late, ["EN-001"], Status.ACCEPTED, note="cheap")
    calendar.pass_days(1)
    accept(late, ["EN-001"], rationale="still cheap", by="bo")
    assert accepted(late)[0].since == first
    set_status(late, ["EN-001"], Status.OPEN)
    calendar.pass_days(1)
    undo(late)
    assert accepted(late)[0].since == first
    set_status(late, ["EN-001"], Status.OPEN)
    calendar.pass_days(1)
    set_status(late, ["EN-001"], Status.ACCEPTED, note="cheap again")
    assert accepted(late)[0].since == calendar.moment


def test_what_ended_is_opened_in_one_step(late: Database, calendar: Calendar) -> None:
    assert reopen(late).message == "No acceptance has ended"
    set_status(late, ["EN-001", "EN-002", "BE-002"], Status.ACCEPTED, note="cheap")
    calendar.pass_days(91)
    assert [row.key for row in accepted(late)] == ["EN-001", "EN-002", "BE-002"]
    done = reopen(late)
    assert (done.message, done.keys) == ("2 items: Open; cleared 2 notes and 2 acceptances", ("EN-001", "EN-002"))
    found = item(late, "EN-001")
    assert (found.status, found.status_note, found.accepted_by, found.accepted_until) == (Status.OPEN, None, None, None)
    undo(late)
    assert [row.state for row in accepted(late)] == ["ended", "ended", "none"]
    assert reopen(late, ["be-002"]).message.startswith("BE-002: Open; cleared its note 'cheap'")


def test_only_what_is_accepted_is_opened_again(late: Database, bo: Database) -> None:
    accept(late, ["EN-001"], rationale="cheap", by="bo", until=date(2026, 3, 1))
    with pytest.raises(RegisterError, match="EN-002 is Open, not Accepted"):
        reopen(late, ["EN-001", "EN-002"])
    with pytest.raises(NotFoundError):
        reopen(late, ["XX-001"])
    seen = {"EN-001": {"status": Status.ACCEPTED, "accepted_until": date(2026, 3, 1)}}
    accept(bo, ["EN-001"], rationale="longer", by="bo", until=date(2026, 9, 1))
    with pytest.raises(ConflictError, match="bo"):
        reopen(late, ["EN-001"], before=seen)
    assert item(late, "EN-001").status is Status.ACCEPTED


def test_the_auditors_page_reads_as_markdown(late: Database) -> None:
    accept(late, ["EN-001"], rationale="cheap | really\nso", by="bo", until=date(2026, 3, 1))
    accept(late, ["BE-002"], rationale="no time", by="ana", until=None)
    day = late.clock().date()
    lines = accepted_markdown(accepted(late), title="Debt", system="ML (all)", day=day).splitlines()
    assert lines[:3] == [
        "# Accepted debt",
        "",
        "Debt, ML (all), as of 2026-03-03 (UTC): 2 accepted, 1 of them ended.",
    ]
    assert lines[6] == (
        "| EN-001 | Feature Entanglement (Flink windowing) | High | bo | cheap \\| really<br>so "
        "| 2026-03-03 | 2026-03-01 | ended |"
    )
    assert lines[7].endswith("| no time | 2026-03-03 | no end date | in effect |")
    assert len(accepted_markdown((), title="Debt", system=None, day=day).splitlines()) == 3
