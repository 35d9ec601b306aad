"""Two people change the same field: each is shown what the other wrote, chooses a value, and loses nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from store.commands.categories import add_category, edit_category
from store.commands.dependencies import relabel
from store.commands.items import accept, edit_items, remove_items, set_status
from store.commands.settings import set_register
from store.enums import Severity, Status
from store.queries import items as item_queries
from tests.tui.golden import compare
from tests.tui.screen import as_bo, look_up, seat

if TYPE_CHECKING:
    from pathlib import Path

    from tests.tui.screen import Seat

CONFLICT = "EN-001 changed while you were editing"
FORM = "Esc cancel"


async def type_owner(ana: Seat, text: str) -> None:
    """Begin to name the owner of EN-001."""
    await ana.press("j", "j")
    await ana.press("w")
    await ana.fill(text)


def bo_edits(path: Path, **fields: str) -> None:
    """Bo changes fields of EN-001."""
    with as_bo(path) as bo:
        edit_items(bo, ("EN-001",), dict(fields))


async def type_two_fields(ana: Seat) -> None:
    """Begin to edit EN-001 and type an owner and a mitigation plan."""
    await ana.press("j", "j")
    await ana.press("e")
    await ana.to("owner")
    await ana.fill("Search")
    await ana.to("mitigation_plan")
    await ana.type("First of all: ")


@pytest.mark.parametrize("size", [(80, 24), (40, 12)], ids=["80x24", "40x12"])
async def test_the_page_shows_all_that_was_and_shall_be(sample: Path, size: tuple[int, int]) -> None:
    async with seat(sample, size) as ana:
        await type_two_fields(ana)
        bo_edits(sample, owner="Ranking and its friends", mitigation_plan="Pin one version of each feature.")
        await ana.press("ctrl+s")
        compare(f"conflict-{size[0]}x{size[1]}", ana)
        await ana.press("m", "t")
        compare(f"conflict-chosen-{size[0]}x{size[1]}", ana)


@pytest.mark.parametrize(("key", "owner"), [("m", "Search"), ("t", "Ranking"), ("b", None)])
async def test_one_of_the_three_is_chosen(sample: Path, key: str, owner: str | None) -> None:
    async with seat(sample) as ana:
        await type_owner(ana, "Search")
        bo_edits(sample, owner="Ranking", effort="S")
        await ana.press("ctrl+s", key)
        assert ana.item("EN-001").owner == "Ranking"
        await ana.press("enter")
        assert FORM not in ana.text
    item = ana.item("EN-001")
    assert (item.owner, item.effort) == (owner, "S")


async def test_what_was_before_is_no_choice_where_it_is_mine(sample: Path) -> None:
    async with seat(sample) as ana:
        await ana.press("j", "j")
        with as_bo(sample) as bo:
            set_status(bo, ("EN-001",), Status.ACCEPTED, note="we live with it")
        # The note goes with the old status: mine and what it said before are both nothing.
        await ana.press("m", "tab", "b")
        assert "Status note  not chosen yet" in ana.text
        await ana.press("t")
        assert "Status note  → bo" in ana.text


async def test_nothing_is_saved_before_every_field_is_chosen(sample: Path) -> None:
    async with seat(sample) as ana:
        await type_two_fields(ana)
        bo_edits(sample, owner="Ranking", mitigation_plan="Pin.")
        await ana.press("ctrl+s", "m", "ctrl+s")
        assert "Choose for Mitigation plan first" in ana.text
        await ana.press("up", "t", "down", "m", "enter")
    item = ana.item("EN-001")
    assert item.owner == "Ranking"
    assert item.mitigation_plan is not None
    assert item.mitigation_plan.startswith("First of all: ")


async def test_going_back_keeps_all_that_was_typed_and_saving_asks_again(sample: Path) -> None:
    async with seat(sample) as ana:
        await type_owner(ana, "Search")
        bo_edits(sample, owner="Ranking")
        for leave in ("escape", "q"):
            await ana.press("ctrl+s", leave)
            assert FORM in ana.text
            assert ana.field == "Search"
            assert ana.item("EN-001").owner == "Ranking"
        await ana.press("ctrl+s")
        assert CONFLICT in ana.text


async def test_a_change_during_the_choice_is_asked_about_too(sample: Path) -> None:
    async with seat(sample) as ana:
        await type_owner(ana, "Search")
        bo_edits(sample, owner="Ranking")
        await ana.press("ctrl+s", "m")
        bo_edits(sample, owner="Streaming")
        await look_up(ana)
        assert "bo: Ranking" in ana.text
        await ana.press("enter")
        assert "bo: Streaming" in ana.text
        assert "before: Ranking" in ana.text
        assert ana.item("EN-001").owner == "Streaming"
        await ana.press("m", "enter")
    assert ana.item("EN-001").owner == "Search"


async def test_it_is_settled_without_a_question_where_bo_took_it_back(sample: Path) -> None:
    async with seat(sample) as ana:
        await type_owner(ana, "Search")
        bo_edits(sample, owner="Ranking")
        await ana.press("ctrl+s", "escape")
        bo_edits(sample, owner="")
        await ana.press("ctrl+s")
        assert FORM not in ana.text
    assert ana.item("EN-001").owner == "Search"


# One key


async def test_a_key_does_not_overwrite_what_was_not_on_the_screen_yet(sample: Path) -> None:
    async with seat(sample) as ana:
        await ana.press("j", "j")
        with as_bo(sample) as bo:
            accept(bo, ("EN-001",), rationale="cheaper", by="bo", until=None)
        await ana.press("m")
        assert CONFLICT in ana.text
        assert ana.item("EN-001").status is Status.ACCEPTED
        await ana.press("escape")
        assert "Nothing was changed" in ana.text
        assert ana.item("EN-001").status is Status.ACCEPTED


async def test_a_key_is_carried_out_once_it_is_chosen(sample: Path) -> None:
    async with seat(sample) as ana:
        await ana.press("j", "j")
        with as_bo(sample) as bo:
            set_status(bo, ("EN-001",), Status.IN_PROGRESS)
        await ana.press("m", "m", "enter")
        assert ana.item("EN-001").status is Status.MITIGATED
        await ana.press("u")
        assert ana.item("EN-001").status is Status.IN_PROGRESS


async def test_a_key_that_asks_for_what_bo_did_already_does_nothing(sample: Path) -> None:
    async with seat(sample) as ana:
        await ana.press("j", "j")
        with as_bo(sample) as bo:
            set_status(bo, ("EN-001",), Status.MITIGATED)
        await ana.press("m")
        assert "Nothing changed" in ana.text


async def test_a_key_holds_to_what_was_shown_even_where_it_asks_for_the_same(sample: Path) -> None:
    async with seat(sample) as ana:
        await ana.press("j", "j")
        with as_bo(sample) as bo:
            set_status(bo, ("EN-001",), Status.MITIGATED)
        await ana.press("o")
        assert CONFLICT in ana.text


async def test_a_note_written_meanwhile_does_not_go_with_the_status_unasked(sample: Path) -> None:
    async with seat(sample) as ana:
        await ana.press("j", "j")
        bo_edits(sample, status_note="half done")
        await ana.press("m")
        assert "bo: half done" in ana.text
        await ana.press("t", "enter")
    item = ana.item("EN-001")
    assert (item.status, item.status_note) == (Status.MITIGATED, "half done")


async def test_a_severity_is_held_against_what_was_shown(sample: Path) -> None:
    async with seat(sample) as ana:
        await ana.press("j", "j")
        with as_bo(sample) as bo:
            edit_items(bo, ("EN-001",), {"severity": Severity.LOW})
        await ana.press("s", "m")
        assert "bo: Low" in ana.text
        await ana.press("m", "enter")
    assert ana.item("EN-001").severity is Severity.MEDIUM


async def test_accepting_holds_against_the_status_that_was_shown(sample: Path) -> None:
    async with seat(sample, (80, 30)) as ana:
        await ana.press("j", "j")
        with as_bo(sample) as bo:
            set_status(bo, ("EN-001",), Status.MITIGATED)
        await ana.press("a")
        await ana.type("cheaper than a cure")
        await ana.press("ctrl+s")
        assert "bo: Mitigated" in ana.text
        await ana.press("m", "enter")
        assert ana.item("EN-001").status is Status.ACCEPTED
        await ana.choose("EN-002")
        with as_bo(sample) as bo:
            set_status(bo, ("EN-002",), Status.MITIGATED)
        await ana.press("a")
        await ana.type("cheaper than a cure")
        await ana.press("ctrl+s", "t", "enter")
    item = ana.item("EN-002")
    assert (item.status, item.status_note) == (Status.MITIGATED, "cheaper than a cure")


# What is removed and renamed


async def test_a_renamed_item_is_still_the_one_that_is_edited(sample: Path) -> None:
    async with seat(sample, notifications=True) as ana:
        await type_owner(ana, "Search")
        bo_edits(sample, key="EN-010")
        await ana.press("ctrl+s")
        assert FORM not in ana.text
        assert ana.item("EN-010").owner == "Search"
        await ana.choose("EN-002")
        with as_bo(sample) as bo:
            edit_items(bo, ("EN-002",), {"key": "EN-020"})
        await ana.press("m")
    assert ana.item("EN-020").status is Status.MITIGATED


async def test_saving_an_item_that_is_gone_is_refused_and_keeps_the_text(sample: Path) -> None:
    async with seat(sample) as ana:
        await type_owner(ana, "Search")
        with as_bo(sample) as bo:
            remove_items(bo, ("EN-001",))
        await ana.press("ctrl+s")
        assert "bo removed EN-001: nothing was written" in ana.text
        assert ana.field == "Search"
    assert "EN-001" not in ana.stored_keys()


async def test_a_refusal_is_whole_in_a_small_terminal(sample: Path) -> None:
    async with seat(sample, (40, 12), notifications=True) as ana:
        await ana.press("j", "j")
        with as_bo(sample) as bo:
            remove_items(bo, ("EN-001",))
        await ana.press("m")
        said = " ".join(word for row in ana.rows if row[0] == "▌" for word in row[1:38].split())
        assert "bo removed EN-001: nothing was written" in said


async def test_removing_what_bo_changed_since_is_refused(sample: Path) -> None:
    async with seat(sample, (120, 36), notifications=True) as ana:
        await ana.press("j", "j")
        await ana.press("D")
        with as_bo(sample) as bo:
            set_status(bo, ("EN-001",), Status.IN_PROGRESS)
        await ana.press("y")
        assert "bo changed status of EN-001 since you looked at it" in ana.sentences
        assert "EN-001" in ana.stored_keys()
        await look_up(ana)
        await ana.press("D", "y")
    assert "EN-001" not in ana.stored_keys()


async def test_a_label_that_bo_changed_is_named_with_who(sample: Path) -> None:
    async with seat(sample, (120, 36), notifications=True) as ana:
        await ana.choose("PD-001")
        await ana.press("L")
        with as_bo(sample) as bo, bo.read() as session:
            edge = item_queries.item(session, "PD-001").feeds[0]
        with as_bo(sample) as bo:
            relabel(bo, "PD-001", edge.key, edge.label, "hide the cause of")
        await ana.fill("mask")
        await ana.press("ctrl+s")
        assert f"bo has since changed the label of PD-001 -> {edge.key} from" in ana.sentences
        assert ana.field == "mask"


# Category, facts, cadence


async def test_a_category_is_asked_about(sample: Path) -> None:
    async with seat(sample, (100, 40), notifications=True) as ana:
        await ana.press("C", "e")
        await ana.to("name")
        await ana.fill("Boundaries")
        with as_bo(sample) as bo:
            edit_category(bo, "BE", {"name": "Erosion", "code": "BX"})
        await ana.press("ctrl+s")
        assert "bo: Erosion" in ana.text
        await ana.press("m", "enter")
        category = ana.summary().categories[0]
        assert (category.code, category.name) == ("BX", "Boundaries")


async def test_removing_a_category_that_bo_changed_is_refused(sample: Path) -> None:
    with as_bo(sample) as bo:
        add_category(bo, code="SD", name="Serving", definition=None)
    async with seat(sample, (100, 40), notifications=True) as ana:
        await ana.press("C", "G", "D")
        with as_bo(sample) as bo:
            edit_category(bo, "SD", {"definition": "What serving owes."})
        await ana.press("y")
        assert "bo changed definition of SD since you looked at it" in ana.sentences
    assert ana.summary().categories[-1].code == "SD"


async def test_an_entry_of_the_cadence_is_changed_beside_others(sample: Path) -> None:
    async with seat(sample, (100, 40), notifications=True) as ana:
        cadence = ana.facts().cadence
        await ana.press("i", "E")
        await ana.to("text")
        await ana.fill("Every Monday.")
        with as_bo(sample) as bo:
            set_register(bo, {"cadence": cadence[1:][::-1] + cadence[:1]})
        await ana.press("ctrl+s")
        assert [entry.label for entry in ana.facts().cadence] == [e.label for e in (*cadence[1:][::-1], cadence[0])]
        assert ana.facts().cadence[-1].text == "Every Monday."


async def test_an_entry_of_the_cadence_that_bo_changed_is_asked_about(sample: Path) -> None:
    async with seat(sample, (100, 40), notifications=True) as ana:
        first, *others = ana.facts().cadence
        await ana.press("i", "E")
        await ana.to("text")
        await ana.fill("Every Monday.")
        with as_bo(sample) as bo:
            set_register(bo, {"cadence": (type(first)(first.label, "Every Friday."), *others)})
        await ana.press("ctrl+s")
        assert "This entry of the cadence changed while you were editing" in ana.text
        assert "bo: Every Friday." in ana.text
        await ana.press("m", "enter")
        assert ana.facts().cadence[0].text == "Every Monday."
        await ana.press("D")
        with as_bo(sample) as bo:
            set_register(bo, {"cadence": (type(first)(first.label, "Never."), *others)})
        await ana.press("y")
        assert "bo changed this entry since you looked at it" in ana.sentences
        assert len(ana.facts().cadence) == len(others) + 1
