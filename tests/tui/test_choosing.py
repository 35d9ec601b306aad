"""What is chosen: the words of the filter, the way back, keys that have nothing to do, the clipboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from store.commands.items import edit_items
from store.db.database import Database
from store.enums import Status
from tests.tui.screen import NOON, seat
from tui.commands import COMMANDS

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("words", ["数据漂移", "[/foo]", "[@click=app.quit]x[/]", "e\u0301te\u0301", "50%_\\"])
async def test_any_text_can_be_looked_for(sample: Path, words: str) -> None:
    with Database.open(sample, clock=lambda: NOON, actor="bo") as bo:
        edit_items(bo, ("DD-002",), {"owner": f"team {words}"})
    async with seat(sample) as ana:
        await ana.press("/")
        await ana.type(words)
        assert ana.chosen == "DD-002"
        assert "BE-001" not in ana.text
        await ana.press("enter")
        assert f"1 of 1  /{words}"[:12] in ana.text
        await ana.press("escape")
        assert " of 15" in ana.text


async def test_the_filter_is_edited_again_and_left_with_escape(sample: Path) -> None:
    async with seat(sample) as ana:
        await ana.press("/")
        await ana.type("flink amber")
        both = ana.text
        await ana.press("enter", "/")
        assert ana.field == "flink amber"
        await ana.press("backspace", "backspace", "backspace", "backspace", "backspace", "backspace")
        assert ana.text != both
        await ana.press("escape")
        assert " of 15" in ana.text
        assert ana.app.focused.id == "items"


async def test_letters_typed_into_the_filter_are_no_commands(sample: Path) -> None:
    async with seat(sample) as ana:
        await ana.press("/")
        await ana.type("mopqnDu?")
        assert ana.field == "mopqnDu?"
        await ana.press("escape")
        assert ana.summary().total.counts.mitigated == 4


async def test_a_filter_within_a_category_then_both_are_cleared(sample: Path) -> None:
    async with seat(sample) as ana:
        await ana.press("1", "j", "j", "/")
        await ana.type("amber")
        await ana.press("enter")
        assert ana.chosen == "EN-001"
        assert "1 of 1" in ana.text
        await ana.press("escape")
        assert "of 3" in ana.text
        await ana.press("escape")
        assert "of 15" in ana.text
        before = ana.text
        await ana.press("escape")
        assert ana.text == before


async def test_enter_and_backspace_with_nothing_to_do_do_nothing(sample: Path) -> None:
    async with seat(sample, (120, 36)) as ana:
        await ana.choose("BE-001")
        before = ana.text
        await ana.press("backspace", "backspace")
        assert ana.text == before
        await ana.press("3")
        before = ana.text
        await ana.press("enter", "backspace", "enter")
        assert ana.text == before
        await ana.press("1", "j", "5")
        before = ana.text
        await ana.press("enter", "backspace")
        assert ana.text == before


async def test_the_way_back_goes_through_every_visit(sample: Path) -> None:
    async with seat(sample, (120, 50)) as ana:
        await ana.choose("PD-001")
        visited = ["PD-001"]
        await ana.press("3")
        for _ in range(3):
            await ana.press("g", "enter")
            visited.append(str(ana.chosen))
        assert visited == ["PD-001", "DD-001", "EN-001", "EN-002"]
        for key in reversed(visited[:-1]):
            await ana.press("backspace")
            assert ana.chosen == key


async def test_a_neighbor_outside_the_filter_clears_the_filter(sample: Path) -> None:
    async with seat(sample, (120, 50)) as ana:
        await ana.press("1", "G", "k", "k")
        assert "PD-001" in ana.text
        await ana.press("2", "g", "3", "enter")
        assert ana.chosen == "DD-001"
        assert "of 15" in ana.text


async def test_the_dashboards_row_chooses_its_category(sample: Path) -> None:
    async with seat(sample, (120, 36)) as ana:
        await ana.press("4", "g", "j", "enter")
        assert "of 3" in ana.text
        assert ana.chosen == "EN-001"
        assert "▌2 Items" in ana.text


async def test_the_key_is_copied(sample: Path) -> None:
    async with seat(sample) as ana:
        await ana.choose("EN-001")
        await ana.press("y")
        assert "Copied EN-001 to the clipboard" in ana.rows[-1]
        assert ana.app.clipboard == "EN-001"


async def test_an_item_is_copied_as_markdown_unless_it_is_too_long(sample: Path) -> None:
    async with seat(sample) as ana:
        await ana.choose("EN-001")
        await ana.press("Y")
        assert "Copied EN-001 as Markdown to the clipboard" in ana.rows[-1]
        assert ana.app.clipboard.startswith("## EN-001 Feature Entanglement")
        assert "- **Status:** Open" in ana.app.clipboard
        copied = ana.app.clipboard
    with Database.open(sample) as database:
        edit_items(database, ["EN-001"], {"description": "long " * 12_000})
    async with seat(sample) as ana:
        await ana.choose("EN-001")
        await ana.press("Y")
        assert "EN-001 as Markdown: too long for the clipboard (50,000 bytes); x exports all" in ana.rows[-1]
        assert ana.app.clipboard != copied


async def test_keys_that_mean_nothing_change_nothing(sample: Path) -> None:
    async with seat(sample) as ana:
        await ana.choose("EN-001")
        before = ana.text
        await ana.press("Q", "f5", "left", "right", "ctrl+x", "&", "é", "#")
        assert ana.text == before


ITEM_KEYS = tuple(
    key
    for command in COMMANDS
    if command.needs in ("item", "items") and command.context in ("item", "dashboard")
    for key in command.keys
)


def stored(register: Path) -> bytes:
    """All that a register's file holds."""
    return register.read_bytes()


@pytest.mark.parametrize("pane", [("1", "j"), ("4",), ("4", "O")], ids="-".join)
@pytest.mark.parametrize("size", [(120, 40), (40, 12)], ids=lambda size: f"{size[0]}x{size[1]}")
async def test_item_keys_do_nothing_where_the_cursor_is_not_on_an_item(
    sample: Path, size: tuple[int, int], pane: tuple[str, ...]
) -> None:
    async with seat(sample, size) as ana:
        await ana.press("j", *pane)
        assert "m mitigated" not in ana.rows[-1]
        before = stored(sample)
        for key in ITEM_KEYS:
            ana.app.screen.keys.hush()  # type: ignore[attr-defined]
            await ana.press(key.lower() if key == "Space" else key)
            assert len(ana.app.screen_stack) == 1, key
            assert "Select an item first: 2 goes to" in ana.rows[-1], key
        assert stored(sample) == before
        await ana.press("2", "m")
        assert ana.item(str(ana.chosen)).status is Status.MITIGATED


@pytest.mark.parametrize("pane", [("2",), ("3",), ("5",), ("F", "g")], ids="-".join)
async def test_item_keys_act_where_the_cursor_is_on_an_item(sample: Path, pane: tuple[str, ...]) -> None:
    async with seat(sample) as ana:
        await ana.press("g", *pane)
        assert "m mitigated" in ana.rows[-1]
        await ana.press("p")
        assert ana.item(str(ana.chosen)).status is Status.IN_PROGRESS


async def test_marked_items_are_changed_from_any_pane(sample: Path) -> None:
    async with seat(sample) as ana:
        await ana.press("g", "space", "space", "4")
        assert "m mitigated" in ana.rows[-1]
        await ana.press("m")
        assert {key for key in ana.stored_keys() if ana.item(key).status is Status.MITIGATED} >= {"BE-001", "BE-002"}
        await ana.press("E")
        assert len(ana.app.screen_stack) == 1
        assert "Select an item first" in ana.rows[-1]


async def test_the_history_is_of_what_the_cursor_is_on(sample: Path) -> None:
    async with seat(sample, (120, 40)) as ana:
        await ana.choose("EN-001")
        for keys, title in (
            (("2", "h"), "EN-001"),
            (("1", "g", "j", "h"), "BE"),
            (("4", "g", "j", "h"), "EN"),
            (("O", "h"), "the register"),
        ):
            await ana.press(*keys)
            assert title in ana.rows[0] or title in ana.rows[1], f"{keys}:\n{ana.text}"
            await ana.press("escape")
