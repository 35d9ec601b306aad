"""The forms of an item: checked next to the field, proposing, saving only what was changed, losing nothing typed."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from store.commands.items import add_item, edit_items
from store.db.database import Database
from store.enums import Effort, Severity, Status
from store.queries.history import changes
from tests.tui.screen import NOON, as_bo, look_up, seat

if TYPE_CHECKING:
    from pathlib import Path

FORM = "Esc cancel"
QUESTION = "Leave without saving what you typed?"


def changed_fields(path: Path) -> set[tuple[str, str | None]]:
    """Key and field of every change that ana's newest batch made."""
    with Database.open(path) as database, database.read() as session:
        newest, *rest = changes(session)
        return {(c.key, c.field) for c in (newest, *rest) if c.batch == newest.batch}


async def test_edit_saves_every_field_that_was_changed_and_no_other(sample: Path) -> None:
    typed = {
        "title": "Windowed features",
        "severity": "low",
        "status": "in-progress",
        "status_note": "first model pinned",
        "owner": "ML Platform",
        "due_on": "2026-06-30",
        "effort": "xl",
        "components": "Amber; Flink (PL-002; PL-003)",
        "affected": "12%",
        "description": "Short.",
        "mitigation_plan": "Pin versions.",
        "opened_on": "2025-01-02",
    }
    async with seat(sample, (80, 44)) as ana:
        await ana.choose("EN-001")
        await ana.press("e")
        for name, text in typed.items():
            await ana.to(name)
            await ana.fill(text)
        await ana.press("ctrl+s")
        assert FORM not in ana.text
        assert "EN-001  Windowed features" in ana.text
        assert "1 in progress" in ana.rows[0]
    item = ana.item("EN-001")
    assert (item.title, item.severity, item.status) == ("Windowed features", Severity.LOW, Status.IN_PROGRESS)
    assert (item.status_note, item.owner, item.due_on) == ("first model pinned", "ML Platform", date(2026, 6, 30))
    assert (item.effort, item.components) == (Effort.XL, ("Amber", "Flink (PL-002; PL-003)"))
    assert item.affected is not None
    assert (item.affected.percent, item.description, item.mitigation_plan) == (12, "Short.", "Pin versions.")
    assert item.opened_on == date(2025, 1, 2)
    assert {field for _, field in changed_fields(sample)} == set(typed)


async def test_saving_an_untouched_form_changes_nothing(sample: Path) -> None:
    async with seat(sample) as ana:
        await ana.choose("EN-001")
        before = ana.item("EN-001")
        await ana.press("e", "ctrl+s")
        assert FORM not in ana.text
        assert ana.item("EN-001") == before


WRONG = (
    ("due_on", "2026-02-30", "'2026-02-30' is not a date (use YYYY-MM-DD, 2w, or"),
    ("status", "done", "unknown status 'done'"),
    ("severity", "grave", "unknown severity 'grave': use critical, high, medium"),
    ("effort", "huge", "unknown effort 'huge'"),
    ("key", "EN 1", "'EN 1' is not an item key"),
    ("description", "", "Description is empty"),
    ("category", "?", "'?' is not a category code"),
    ("category", "ZZ", "unknown category ZZ"),
    ("key", "EN-002", "the key EN-002 is already in use"),
)


async def test_a_wrong_value_is_refused_beside_its_field(sample: Path) -> None:
    async with seat(sample, (80, 44)) as ana:
        await ana.choose("EN-001")
        before = ana.item("EN-001")
        await ana.press("e")
        for field, typed, said in WRONG:
            await ana.to(field)
            right = ana.field
            await ana.fill(typed)
            await ana.press("ctrl+s")
            assert FORM in ana.text
            error, editor = ana.app.screen.query_one(f"#error-{field}"), ana.app.screen.query_one(f"#field-{field}")
            assert said in "".join(row[error.region.x : error.region.right] for row in ana.rows[error.region.y :][:2])
            assert error.region.y == editor.region.bottom
            assert ana.app.focused is editor
            assert ana.item("EN-001") == before
            await ana.fill(right)
            assert said not in ana.text


async def test_a_wrong_value_is_said_on_leaving_the_field_and_gone_when_it_is_right(sample: Path) -> None:
    async with seat(sample, (80, 44)) as ana:
        await ana.choose("EN-001")
        await ana.press("e")
        await ana.to("due_on")
        await ana.type("soon")
        assert "is not a date" not in ana.text
        await ana.press("tab")
        assert "'soon' is not a date" in ana.text
        await ana.press("shift+tab")
        await ana.fill("2026-05-01")
        assert "is not a date" not in ana.text


async def test_another_persons_change_meanwhile_is_asked_about(sample: Path) -> None:
    async with seat(sample, (80, 44)) as ana:
        await ana.choose("EN-001")
        await ana.press("e")
        await ana.to("owner")
        await ana.type("Ana's team")
        with as_bo(sample) as bo:
            edit_items(bo, ("EN-001",), {"owner": "Bo's team", "severity": Severity.MEDIUM})
        await ana.press("ctrl+s")
        assert "bo: Bo's team" in ana.text
        assert "mine: Ana's team" in ana.text
        assert ana.item("EN-001").owner == "Bo's team"
        await ana.press("escape")
        assert ana.field == "Ana's team"
        await ana.press("escape", "y")
        await look_up(ana)
        assert "Bo's team" in ana.text


async def test_another_persons_change_of_another_field_is_no_conflict(sample: Path) -> None:
    async with seat(sample, (80, 44)) as ana:
        await ana.choose("EN-001")
        await ana.press("e")
        await ana.to("owner")
        await ana.type("Ana's team")
        with as_bo(sample) as bo:
            edit_items(bo, ("EN-001",), {"severity": Severity.MEDIUM})
        await ana.press("ctrl+s")
        item = ana.item("EN-001")
        assert (item.owner, item.severity) == ("Ana's team", Severity.MEDIUM)


async def test_leaving_asks_only_when_something_was_typed(sample: Path) -> None:
    async with seat(sample) as ana:
        await ana.choose("EN-001")
        await ana.press("e", "escape")
        assert QUESTION not in ana.text
        assert FORM not in ana.text
        await ana.press("e")
        await ana.type("!")
        await ana.press("escape")
        assert QUESTION in ana.text
        await ana.press("escape")
        assert QUESTION not in ana.text
        assert FORM in ana.text
        await ana.press("escape", "y")
        assert FORM not in ana.text
        assert ana.item("EN-001").title == "Feature Entanglement\n(Flink windowing)"


async def test_a_new_item_takes_the_category_and_the_next_free_key(sample: Path) -> None:
    async with seat(sample, (80, 44)) as ana:
        await ana.press("1", "j", "j", "j", "n")
        assert "FL-004" in ana.text
        await ana.to("description")
        await ana.type("Ratings train on ratings.")
        await ana.press("ctrl+s")
        item = ana.item("FL-004")
        assert (item.category, item.severity, item.status) == ("FL", Severity.MEDIUM, Status.OPEN)
        assert item.opened_on == NOON.date()
        assert ana.chosen == "FL-004"
        assert "12 open" in ana.rows[0]
        await ana.press("u")
        assert "FL-004" not in ana.stored_keys()


async def test_proposals_are_taken_with_down_and_enter(sample: Path) -> None:
    async with seat(sample, (80, 44)) as ana:
        with as_bo(sample) as bo:
            edit_items(bo, ("BE-001",), {"owner": "Member Foundations"})
        await ana.press("2", "g", "n")
        await ana.fill("stale")
        assert "MS  Model Staleness" in ana.text or "MS Model Staleness" in ana.text
        await ana.press("down", "enter", "tab")
        await ana.fill("MS")
        assert "MS-002" in ana.text
        await ana.press("down", "enter")
        await ana.to("description")
        await ana.type("Nobody retrains it.")
        await ana.to("components")
        await ana.type("sema")
        await ana.press("down", "enter") if "SemanticGNN" in ana.text else None
        await ana.fill("Amber; MDL-QU")
        await ana.press("down", "enter")
        await ana.to("owner")
        await ana.type("foun")
        await ana.press("down", "enter", "ctrl+s")
        item = ana.item("MS-002")
        assert item.category == "MS"
        assert item.owner == "Member Foundations"
        assert item.components == ("Amber", "MDL-QUAL")


async def test_a_new_item_needs_a_description(sample: Path) -> None:
    async with seat(sample, (80, 44)) as ana:
        await ana.press("n", "ctrl+s")
        assert "Description is empty" in ana.text
        await ana.type("Something owed.")
        await ana.press("ctrl+s")
        assert len(ana.stored_keys()) == 16


async def test_a_key_taken_meanwhile_is_refused_beside_the_key(sample: Path) -> None:
    async with seat(sample, (80, 44)) as ana:
        await ana.choose("EN-001")
        await ana.press("n")
        with as_bo(sample) as bo:
            add_item(bo, {"category": "EN", "description": "Bo was quicker.", "severity": Severity.LOW})
        await ana.to("description")
        await ana.type("Mine.")
        await ana.press("ctrl+s")
        assert FORM in ana.text
        assert ana.app.focused is not None
        assert ana.app.focused.id == "field-key"
        assert "EN-005" in ana.text
        await ana.fill("EN-005")
        await ana.press("ctrl+s")
        assert ana.item("EN-005").description == "Mine."


async def test_a_renamed_and_moved_item_stays_chosen(sample: Path) -> None:
    async with seat(sample, (80, 44)) as ana:
        await ana.choose("EN-003")
        await ana.press("e")
        await ana.to("category")
        await ana.fill("PD")
        await ana.press("tab")
        await ana.fill("PD-003")
        await ana.press("ctrl+s")
        assert ana.chosen == "PD-003"
        assert ana.item("PD-003").category == "PD"
        assert "EN-003" not in ana.stored_keys()


async def test_accepting_needs_a_rationale(sample: Path) -> None:
    async with seat(sample) as ana:
        await ana.choose("EN-001")
        await ana.press("a", "ctrl+s")
        assert "is empty" in ana.text
        await ana.type("cheaper than the cure")
        await ana.to("accepted_by")
        await ana.fill("ML Platform")
        await ana.to("accepted_until")
        assert ana.field == "2026-06-28"
        await ana.fill("")
        await ana.press("ctrl+s")
        assert "accepting requires an end" in ana.text
        await ana.fill("2026-13-01")
        await ana.press("ctrl+s")
        assert "is not a date" in ana.text
        assert ana.item("EN-001").status is Status.OPEN
        await ana.fill("2026-12-31")
        await ana.press("ctrl+s")
        item = ana.item("EN-001")
        assert (item.status, item.status_note) == (Status.ACCEPTED, "cheaper than the cure")
        assert (item.accepted_by, item.accepted_until) == ("ML Platform", date(2026, 12, 31))
        assert "1 accepted" in ana.text
        await ana.press("o")
        assert ana.item("EN-001").accepted_by is None


async def test_accepting_proposes_me_and_the_days_of_the_severity(sample: Path) -> None:
    async with seat(sample) as ana:
        await ana.choose("EN-001")
        await ana.press("a")
        await ana.type("lived with")
        await ana.press("ctrl+s")
        item = ana.item("EN-001")
        assert (item.accepted_by, item.accepted_until) == ("ana", date(2026, 6, 28))
        await ana.press("a")
        await ana.type("for good")
        await ana.to("accepted_until")
        await ana.fill("No end")
        await ana.press("ctrl+s")
        assert ana.item("EN-001").accepted_until is None


async def test_mitigated_with_a_note(sample: Path) -> None:
    async with seat(sample) as ana:
        await ana.choose("EN-001")
        await ana.press("M")
        await ana.type("pinned")
        await ana.press("enter")
        await ana.type("versions")
        await ana.press("ctrl+s")
        item = ana.item("EN-001")
        assert (item.status, item.status_note) == (Status.MITIGATED, "pinned\nversions")
        await ana.press("3")
        assert "Status note  pinned versions" in ana.text
        await ana.press("o")
        assert ana.item("EN-001").status_note is None


@pytest.mark.parametrize(
    ("keys", "verb"),
    [
        (("e",), "save"),
        (("w",), "save"),
        (("M",), "mitigate"),
        (("a",), "accept"),
        (("c",), "comment"),
        (("n",), "add"),
        (("l",), "link"),
        (("L", "1"), "relabel"),
        (("x",), "export"),
        (("I",), "import"),
        (("T",), "show"),
        (("r",), "start"),
        (("C", "n"), "add"),
        (("C", "e"), "save"),
        (("i", "n"), "add"),
        (("i", "r"), "add"),
        (("i", "e"), "save"),
        (("v", "n"), "add"),
    ],
)
async def test_the_key_bar_says_what_submitting_a_form_does(sample: Path, keys: tuple[str, ...], verb: str) -> None:
    async with seat(sample) as ana:
        await ana.choose("EN-001")
        await ana.press(*keys)
        tab = "complete" if verb in ("export", "import") else "next"
        assert f"ctrl+s {verb}  Tab {tab}  Esc cancel" in ana.text


async def test_the_key_bar_says_what_submitting_does_in_a_review(sample: Path) -> None:
    async with seat(sample) as ana:
        await ana.press("r", "ctrl+s", "F")
        assert "ctrl+s add  Tab next  Esc cancel" in ana.text
        await ana.press("escape", "i", "x")
        assert "ctrl+s export  Tab complete  Esc cancel" in ana.text


async def test_an_old_error_goes_once_something_else_is_typed(sample: Path) -> None:
    async with seat(sample) as ana:
        await ana.choose("EN-001")
        await ana.press("i", "r")
        await ana.type("High-severity debt once it affects > 10% of all ML projects")
        await ana.to("query")
        await ana.type("severity:low")
        await ana.press("ctrl+s")
        refusal = ana.app.screen.query_one(".refusal")
        assert refusal.display
        assert "already" in ana.text
        await ana.press("left", "right")
        assert refusal.display
        await ana.press("backspace")
        assert not refusal.display
        await ana.press("escape", "y")
        await ana.press("escape", "l")
        await ana.type("EN-002")
        await ana.press("tab")
        await ana.type("feature changes cascade to")
        await ana.press("ctrl+s")
        assert "already" in ana.text
        await ana.to("target")
        assert "already" in ana.text
        await ana.fill("EN-003")
        assert "already" not in ana.text


async def test_an_error_that_is_still_one_is_said_of_what_is_typed_now(sample: Path) -> None:
    async with seat(sample) as ana:
        await ana.choose("EN-001")
        await ana.press("e")
        await ana.to("due_on")
        await ana.type("soon")
        await ana.press("ctrl+s")
        assert "'soon' is not a date" in ana.text
        await ana.type("er")
        assert "'sooner' is not a date" in ana.text
        await ana.to("owner")
        await ana.type("Search")
        assert "'sooner' is not a date" in ana.text
        await ana.to("due_on")
        await ana.fill("2026-05-01")
        assert "is not a date" not in ana.text
