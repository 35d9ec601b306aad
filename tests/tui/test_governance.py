"""Governance on the screen: marks and counts everywhere, rules on the register's page, who owns what."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from store import policy
from store.commands.items import accept, edit_items, set_status
from store.commands.saved_queries import save_query
from store.db.database import Database
from store.enums import Flag, SavedKind, Status
from tests.tui.screen import NOON, as_bo, look_up, seat

if TYPE_CHECKING:
    from pathlib import Path

    from store.policy import RuleRow

RULE = "High-severity debt once it affects > 10% of all ML projects"
TODAY = NOON.date()


def governed(path: Path) -> None:
    """Let two items be escalated, one overdue, one acceptance ended and one ending."""
    with Database.open(path, clock=lambda: NOON, actor="ana") as db:
        edit_items(db, ["EN-001", "PD-001"], {"affected": "12%", "owner": "ML Platform"})
        edit_items(db, ["EN-001"], {"due_on": TODAY - timedelta(days=5)})
        accept(db, ["EN-002"], rationale="cheap", by="Board", until=TODAY - timedelta(days=1))
        accept(db, ["DD-002"], rationale="later", by="Board", until=TODAY + timedelta(days=3))


def rules(path: Path) -> dict[str, RuleRow]:
    """The rules as stored."""
    with Database.open(path) as db, db.read() as session:
        return {row.name: row for row in policy.rules(session)}


async def test_marks_stand_everywhere_with_words_where_there_is_room(sample: Path) -> None:
    governed(sample)
    async with seat(sample, (120, 48)) as ana:
        assert "▲ 2 escalated" in ana.rows[0]
        assert "9 open · 4 mitigated" in ana.rows[0]
        for said in ("▲ Escalated", "◷ Overdue", "■ Acceptance ended", "□ Acceptance ending"):
            assert said in ana.text
        listed = {
            key: next(row for row in ana.rows if f" {key} " in row[:12]) for key in ("EN-001", "EN-002", "DD-002")
        }
        assert {key: row.partition("││")[0].rstrip()[-2:].strip() for key, row in listed.items()} == {
            "EN-001": "▲◷",
            "EN-002": "■",
            "DD-002": "□",
        }
        await ana.choose("EN-001")
        assert "▲ escalated" in ana.text
        assert "◷ overdue by 5 days" in ana.text
        assert f"Escalated by  {RULE}" in " ".join(row.partition("││")[2].strip("│ ") for row in ana.rows)
        await ana.choose("EN-002")
        assert "■ acceptance ended 1 day ago" in ana.text
        await ana.choose("DD-002")
        assert "□ acceptance ends in 3 days" in ana.text
        await ana.choose("DD-001")
        assert "Not checked" in ana.text
        await ana.press("F")
        assert "EN-001 H● ▲◷" in ana.text
        await ana.press("2", "z")
        assert any("▲ escalated ◷ overdue" in row for row in ana.rows)
        await ana.press("5", "V", "V", "V")
        assert "H● PD-001 ▲" in ana.text


async def test_signs_fit_a_small_terminal_and_ascii(sample: Path) -> None:
    governed(sample)
    async with seat(sample, (40, 12), encoding="ascii") as ana:
        assert "!2" in ana.rows[0]
        row = next(row for row in ana.rows if "EN-001" in row)
        assert row.rstrip("| ").endswith("!@")
        assert all(row.isascii() and len(row) <= 40 for row in ana.rows)


async def test_what_clears_goes_from_the_header(sample: Path) -> None:
    governed(sample)
    async with seat(sample) as ana:
        await ana.choose("EN-001")
        await ana.press("m")
        assert "▲ 1 escalated" in ana.rows[0]
        with as_bo(sample) as bo:
            set_status(bo, ["PD-001"], Status.MITIGATED)
        await look_up(ana)
        assert "escalated" not in ana.rows[0]


async def test_a_rule_is_added_edited_and_removed_on_the_registers_page(sample: Path) -> None:
    governed(sample)
    async with seat(sample, (120, 48)) as ana:
        await ana.press("i")
        at = next(number for number, row in enumerate(ana.rows) if f"{RULE}  severity" in row)
        assert "severity:high status:open,in-progress share:>10%" in ana.rows[at]
        assert "▲ broken by 2 items; 3 items unknown" in ana.rows[at + 1]
        await ana.press("r")
        await ana.type("Platform")
        await ana.to("query")
        await ana.type('owner:"ML Platform" moood:bad')
        await ana.press("ctrl+s")
        assert "moood" in ana.text
        assert list(rules(sample)) == [RULE]
        await ana.fill('owner:"ML Platform"')
        await ana.press("ctrl+s")
        assert rules(sample)["Platform"].broken == ("EN-001", "PD-001")
        await ana.press("G", "E")
        assert ana.field == "Platform"
        await ana.fill("Ours")
        await ana.to("query")
        await ana.fill("is:escalated")
        await ana.press("ctrl+s")
        assert "cannot use is:escalated" in ana.text
        await ana.fill("owner:none severity:high status:open")
        await ana.press("ctrl+s")
        assert (list(rules(sample)), len(rules(sample)["Ours"].broken)) == ([RULE, "Ours"], 3)
        await ana.press("G", "D")
        assert "Remove the rule 'Ours'" in ana.text
        await ana.press("y")
        assert list(rules(sample)) == [RULE]


async def test_somebody_elses_edit_of_a_rule_is_asked_about(sample: Path) -> None:
    async with seat(sample, (120, 48)) as ana:
        await ana.press("i", "G", "E")
        await ana.to("query")
        await ana.fill("severity:high")
        with as_bo(sample) as bo:
            save_query(bo, SavedKind.RULE, RULE, "severity:low")
        await ana.press("ctrl+s")
        assert "bo" in ana.text
        assert rules(sample)[RULE].query == "severity:low"
        await ana.press("m", "ctrl+s")
        assert rules(sample)[RULE].query == "severity:high"


async def test_days_of_policy_are_shown_and_edited(sample: Path) -> None:
    with as_bo(sample) as bo:
        edit_items(bo, ["BE-001"], {"opened_on": "2026-03-02"})
    async with seat(sample, (120, 48)) as ana:
        await ana.press("i")
        assert "Mitigate within  no limit" in ana.text
        assert "Accept for  critical 30, high 90, medium 180, low 365 by default" in ana.text
        await ana.press("e")
        await ana.to("mitigate_within")
        await ana.type("high soon")
        await ana.press("ctrl+s")
        assert "is not a number of days" in ana.text
        await ana.fill("medium 20, high 10d")
        await ana.press("ctrl+s")
        assert "Mitigate within  high 10, medium 20" in ana.text
        await ana.press("escape", "escape")
        assert "◷ Overdue" in ana.text
        assert Flag.OVERDUE in ana.item("BE-001").flags
        await ana.choose("BE-001")
        assert "◷ overdue by 18 days" in ana.text


async def test_owners_with_their_counts_lead_to_what_they_own(sample: Path) -> None:
    governed(sample)
    async with seat(sample, (120, 48)) as ana:
        await ana.press("O")
        assert "unassigned" in ana.text
        assert "7 open without an owner; Enter" in ana.text
        row = next(row for row in ana.rows if "│ ML Platf" in row)
        assert row.partition("ML Platf")[2].split()[1:5] == ["2", "2", "2", "1"]
        await ana.press("j", "enter")
        assert '/owner:"ML' in ana.text
        assert "1 of 2" in ana.text
        await ana.press("O", "O", "g", "enter")
        assert "/owner:none" in ana.text
        assert "1 of 13" in ana.text
        await ana.press("O")
        assert "Unresolved by severity" in ana.text


@pytest.mark.parametrize("size", [(80, 24), (40, 12)])
async def test_accepting_is_a_choice_of_an_end(sample: Path, size: tuple[int, int]) -> None:
    async with seat(sample, size) as ana:
        await ana.choose("BE-002")
        await ana.press("a")
        await ana.type("lived with")
        await ana.to("accepted_until")
        assert ana.field == "2026-09-26"
        await ana.fill("")
        await ana.press("ctrl+s")
        assert "accepting requires an end" in " ".join(ana.text.split())
        assert ana.item("BE-002").status is Status.OPEN
        await ana.fill("no end")
        await ana.press("ctrl+s")
        found = ana.item("BE-002")
        assert (found.status, found.accepted_by, found.accepted_until) == (Status.ACCEPTED, "ana", None)
        await ana.press("e")
        await ana.to("accepted_until")
        assert ana.field == "no end"
        await ana.fill("2027-01-31")
        await ana.press("ctrl+s")
        assert ana.item("BE-002").accepted_until == date(2027, 1, 31)
