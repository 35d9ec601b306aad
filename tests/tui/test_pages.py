"""The register's own page and the categories page under a person's hands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from store.commands.categories import add_category, remove_category
from store.commands.settings import set_register
from store.db.database import Database
from tests.tui.screen import NOON, seat
from tui.commands import COMMANDS, CONTEXTS
from tui.screens.palette import closeness

if TYPE_CHECKING:
    from pathlib import Path

    from tests.tui.screen import Seat


def codes(person: Seat) -> list[str | None]:
    """The categories as stored, in order."""
    return [category.code for category in person.summary().categories]


def labels(person: Seat) -> list[str]:
    """The labels of the stored cadence."""
    return [entry.label for entry in person.facts().cadence]


async def test_the_registers_facts_are_edited(sample: Path) -> None:
    async with seat(sample, (100, 40)) as ana:
        await ana.press("i", "e")
        assert ana.field == "AI Debt Register"
        await ana.fill("")
        await ana.press("ctrl+s")
        assert "title is empty" in ana.text
        await ana.fill("Our debt")
        await ana.to("project_total")
        await ana.type("many")
        await ana.press("ctrl+s")
        assert "'many' is not a number of projects" in ana.text
        await ana.fill("3,000")
        await ana.to("note")
        await ana.fill("Reviewed every month.")
        await ana.press("ctrl+s")
        assert "Reviewed every month." in ana.text
        assert "3000" in ana.text
        facts = ana.facts()
        assert (facts.title, facts.project_total, facts.note) == ("Our debt", 3000, "Reviewed every month.")
        assert facts.system == "Netflix ML Platform (Metaflow/Maestro)"
        await ana.press("escape", "1")
        assert "Our debt" in ana.text


async def test_a_fact_that_another_person_changed_meanwhile_is_asked_about(sample: Path) -> None:
    async with seat(sample, (100, 40)) as ana:
        await ana.press("i", "e")
        await ana.to("system")
        await ana.fill("Ours")
        with Database.open(sample, clock=lambda: NOON, actor="bo") as bo:
            set_register(bo, {"system": "Theirs"})
        await ana.press("ctrl+s")
        assert "The register changed while you were editing" in ana.text
        assert "bo: Theirs" in ana.text
        assert ana.facts().system == "Theirs"
        await ana.press("m", "enter")
        assert ana.facts().system == "Ours"


async def test_the_cadence_is_kept_in_order(sample: Path) -> None:
    async with seat(sample, (100, 40)) as ana:
        before = labels(ana)
        await ana.press("i", "n", "ctrl+s")
        assert "label is empty" in ana.text
        await ana.type("Budget")
        await ana.press("tab")
        await ana.type("One day in ten.")
        await ana.press("ctrl+s")
        assert labels(ana) == [*before, "Budget"]
        assert "Budget: One day in ten." in ana.text
        await ana.press("g", "j", "enter")
        assert ana.field == before[1]
        await ana.fill("Owners")
        await ana.press("ctrl+s")
        assert labels(ana) == [before[0], "Owners", *before[2:], "Budget"]
        await ana.press("D", "D")
        assert "'Owners'" in ana.text
        await ana.press("y")
        assert labels(ana) == [before[0], *before[2:], "Budget"]
        await ana.press("q", "u")
        assert "Owners" in labels(ana)


async def test_categories_are_added_edited_and_moved(sample: Path) -> None:
    async with seat(sample, (100, 40)) as ana:
        await ana.press("C", "n")
        await ana.type("b!")
        await ana.press("ctrl+s")
        assert "is not a category code" in ana.text
        await ana.fill("be")
        await ana.press("tab")
        await ana.type("Again")
        await ana.press("ctrl+s")
        assert "BE" in ana.text
        assert "ctrl+s add" in ana.text
        await ana.to("code")
        await ana.fill("RL")
        await ana.press("ctrl+s")
        assert codes(ana)[-1] == "RL"
        assert "RL  Again  0 items" in ana.text
        await ana.press("K", "K")
        assert codes(ana)[-3:] == ["RL", "CD", "MS"]
        await ana.press("J")
        assert codes(ana)[-3:] == ["CD", "RL", "MS"]
        await ana.press("e")
        await ana.to("name")
        await ana.fill("Reward Leakage")
        await ana.to("definition")
        await ana.type("The reward leaks.")
        await ana.press("ctrl+s")
        assert "RL  Reward Leakage" in ana.text
        await ana.press("escape")
        assert "Reward Leakage" in ana.text
        await ana.press("1", "G", "k")
        assert "The reward leaks." in ana.text


async def test_only_an_empty_category_goes(sample: Path) -> None:
    async with seat(sample, (100, 40), notifications=True) as ana:
        await ana.press("C", "D", "y")
        assert "BE" in codes(ana)
        assert "Boundary Erosion still has 2 items" in ana.sentences
        await ana.press("n")
        await ana.type("RL")
        await ana.press("tab")
        await ana.type("Reward Leakage")
        await ana.press("ctrl+s", "D", "y")
        assert "RL" not in codes(ana)


async def test_a_category_that_is_filtered_by_can_go(sample: Path) -> None:
    with Database.open(sample, clock=lambda: NOON, actor="bo") as bo:
        add_category(bo, code="RL", name="Reward Leakage")
    async with seat(sample) as ana:
        await ana.press("1", "G")
        assert "No items here yet" in ana.text
        with Database.open(sample, clock=lambda: NOON, actor="bo") as bo:
            remove_category(bo, "RL")
        ana.app.screen.live_updates.poll()
        await ana.settle()
        assert "BE-001" in ana.text
        assert "of 15" in ana.text


async def test_a_page_without_the_undo_key_says_where_it_is(sample: Path) -> None:
    async with seat(sample) as ana:
        await ana.press("C", "J")
        assert "(u on the dashboard to undo)" in ana.rows[-1]
        await ana.press("u")
        assert codes(ana)[:2] == ["EN", "BE"]
        await ana.press("escape", "u")
        assert codes(ana)[:2] == ["BE", "EN"]


async def test_a_narrow_page_says_what_was_done_before_where_to_undo_it(sample: Path) -> None:
    async with seat(sample, (40, 12)) as ana:
        await ana.press("C", "J")
        assert ana.rows[-1] == " Boundary Erosion: position 2 of 7   ?"


@pytest.mark.parametrize("width", [24, 40, 80])
async def test_every_page_says_how_to_get_help_and_how_to_leave(sample: Path, width: int) -> None:
    async with seat(sample, (width, 24)) as ana:
        for key in ("i", "C", "v", "W", "h", "R"):
            await ana.press(key)
            assert ana.rows[-1].endswith("? help  Esc close"), key
            await ana.press("?")
            assert "Help" in ana.rows[0]
            assert ana.rows[-1].endswith("Esc close")
            await ana.press("escape", "escape")


@pytest.mark.parametrize("size", [(120, 36), (80, 24), (40, 12)], ids=lambda size: f"{size[0]}x{size[1]}")
async def test_help_begins_with_the_legend_and_the_keys_of_where_one_is(sample: Path, size: tuple[int, int]) -> None:
    async with seat(sample, size) as ana:
        await ana.press("5", "?")
        assert "Legend" in ana.rows[1]
        assert "C Critical" in ana.text
        assert "✓ Mitigated" in ana.text
        texts = ["".join(text for text, _ in row) for row in ana.app.screen.lines.built[0]]
        headings = [text for text in texts if text in CONTEXTS.values()]
        assert headings[0] == CONTEXTS["map"]
        assert {text.strip() for text in texts} >= {"Anywhere", CONTEXTS["form"]}


async def test_help_is_searched_as_one_types(sample: Path) -> None:
    async with seat(sample) as ana:
        await ana.press("?", "/")
        await ana.type("trend")
        assert "Show debt trends" in ana.text
        assert "1 of " in ana.rows[0]
        await ana.press("enter", "n")
        assert "2 of " in ana.rows[0]
        await ana.press("N")
        assert "1 of " in ana.rows[0]
        await ana.press("/")
        await ana.fill("quiet zebra?")
        assert "no matches" in ana.rows[0]
        # Esc ends the search first, and then the page.
        await ana.press("escape")
        assert "no matches" not in ana.text
        assert "Help" in ana.rows[0]
        await ana.press("escape")
        assert "2 Items" in ana.text


async def test_help_finds_a_phrase_that_is_wrapped(sample: Path) -> None:
    async with seat(sample, (40, 12)) as ana:
        await ana.press("?", "/")
        await ana.type("status to mitigated")
        assert "1 of 2" in ana.rows[0]
        assert "Mitigated  " in ana.text
        await ana.press("enter", "n")
        assert "2 of 2" in ana.rows[0]
        assert "Mitigated with a note" in ana.text


def test_the_palette_finds_commands_by_words_in_any_order() -> None:
    def found(typed: str) -> list[str]:
        fitting = [(closeness(command, typed), command.id) for command in COMMANDS]
        return [name for score, name in sorted(fitting, reverse=True) if score > 0]

    assert found("owner set") == found("set OWNER") == ["item.set-owner"]
    assert found("mitigated note") == ["item.mitigate-with-note"]
    assert "change.undo" in found("undo")[:4]
    assert "item.remove" in found("D")[:5]
    assert found("zebra") == []


@pytest.mark.parametrize("size", [(80, 24), (40, 12)], ids=lambda size: f"{size[0]}x{size[1]}")
async def test_the_palette_shows_several_commands_at_once(sample: Path, size: tuple[int, int]) -> None:
    async with seat(sample, size) as ana:
        await ana.press("ctrl+p")
        await ana.wait_for("Mark or unmark the item")
        assert "Add an item" in ana.text
        await ana.type("owner")
        await ana.wait_for("Next order")
        assert "Set the owner" in ana.text
        await ana.press("escape")
        assert "Add an item" not in ana.text
