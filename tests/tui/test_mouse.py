"""The mouse: it does what keys do, on what is under the pointer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.tui.screen import seat

if TYPE_CHECKING:
    from pathlib import Path


async def test_a_click_on_a_row_chooses_it_and_a_double_click_opens_it(sample: Path) -> None:
    async with seat(sample) as ana:
        await ana.click("EN-002")
        assert ana.chosen == "EN-002"
        assert "▌EN-002" in ana.text
        await ana.click("EN-003", times=2)
        assert ana.chosen == "EN-003"
        assert ana.app.focused.id == "item"


async def test_a_click_on_a_category_filters(sample: Path) -> None:
    async with seat(sample) as ana:
        await ana.click("1 All categories")
        await ana.click("Hidden Feedback")
        assert ana.chosen == "FL-001"
        assert "1 of 3" in ana.text


async def test_a_click_chooses_the_row_that_was_pressed_though_the_categories_fold(sample: Path) -> None:
    async with seat(sample) as ana:
        await ana.press("1")
        await ana.click("FL-001")
        assert ana.chosen == "FL-001"
        assert "1 All categories" in ana.rows[1]


async def test_a_click_chooses_the_box_that_was_pressed_though_the_map_is_drawn_anew(sample: Path) -> None:
    async with seat(sample) as ana:
        await ana.press("5", "2")
        await ana.click("H● DD-001", below=1)
        assert ana.chosen == "DD-001"
        await ana.press("2")
        row = next(y for y, row in enumerate(ana.rows) if "H● PD-002" in row.partition("││")[2])
        await ana.click("H● PD-002", below=row)
        assert ana.app.focused.id == "map"
        assert ana.chosen == "PD-002"


async def test_a_click_on_a_node_of_the_map_chooses_its_item(sample: Path) -> None:
    async with seat(sample, (120, 36)) as ana:
        await ana.click("H● PD-002")
        assert ana.chosen == "PD-002"
        assert ana.app.focused.id == "map"


@pytest.mark.parametrize(("tab", "pane"), [("4 Dashboard", "dashboard"), ("5 Map", "map"), ("3 Item", "item")])
async def test_a_click_on_a_tab_brings_its_pane(sample: Path, tab: str, pane: str) -> None:
    async with seat(sample) as ana:
        await ana.click(tab)
        assert ana.app.focused.id == pane
        assert f"▌{tab}" in ana.text


@pytest.mark.parametrize("width", [30, 45, 62, 66])
async def test_a_click_finds_the_tabs_where_they_are_painted(sample: Path, width: int) -> None:
    async with seat(sample, (width, 12)) as ana:
        await ana.press("z")
        for tab, pane in (("5", "map"), ("1", "categories"), ("4", "dashboard"), ("2", "items"), ("3", "item")):
            row = ana.rows[1]
            await ana.click(tab, below=1)
            assert ana.app.focused.id == pane, row


async def test_the_wheel_scrolls_and_the_next_key_goes_on_from_the_cursor(sample: Path) -> None:
    async with seat(sample, (80, 16)) as ana:
        for _ in range(3):
            await ana.wheel("DD-001 H")
        assert "MS-001" in ana.text
        assert "BE-001 H" not in ana.text
        assert ana.chosen == "BE-001"
        await ana.press("j")
        assert ana.chosen == "BE-002"
        assert "▌BE-002" in ana.text


@pytest.mark.parametrize(
    ("label", "shown"),
    [("? help", "Add an item"), ("e edit", "ctrl+s save"), ("m mitigated", ": Mitigated"), ("/ filter", "text or")],
)
async def test_a_click_on_the_key_bar_runs_the_command(sample: Path, label: str, shown: str) -> None:
    async with seat(sample) as ana:
        await ana.click(label)
        assert shown in ana.text


async def test_a_click_on_quit_leaves(sample: Path) -> None:
    async with seat(sample) as ana:
        await ana.click("q quit")
        assert not ana.app.is_running


async def test_the_welcome_and_pages_can_be_clicked(sample: Path) -> None:
    async with seat(sample.with_name("none.db"), named=False) as ana:
        await ana.click("? help")
        assert "Show the keys" in ana.text
        await ana.click("Esc close")
        await ana.click("n new register")
        assert "New register" in ana.text
        await ana.click("Esc cancel")
        assert "Which debt hurts us" in ana.text


async def test_a_click_on_what_was_done_runs_no_command_under_it(sample: Path) -> None:
    async with seat(sample) as ana:
        await ana.press("2", "o", "m")
        assert ": Mitigated" in ana.text
        before = ana.item("BE-001")
        await ana.click(": Mitigated", below=23)
        assert ": Mitigated" not in ana.rows[-1]
        assert ana.item("BE-001") == before
        assert ana.app.focused.id == "items"


async def test_text_that_is_dragged_over_is_copied_and_the_next_key_ends_that(sample: Path) -> None:
    async with seat(sample, (120, 40)) as ana:
        await ana.choose("EN-001")
        before = ana.text
        await ana.drag("Several recommendation", "same Flink")
        copied = ana.app.clipboard
        assert copied.startswith("Several recommendation")
        assert copied.endswith("same Flink")
        assert "▌" not in copied
        assert all(row == row.rstrip() for row in copied.splitlines())
        assert f"Copied {len(copied.splitlines())} lines to the clipboard" in ana.rows[-1]
        assert ana.is_reversed("Several recommendation")
        await ana.press("3", "2")
        assert not ana.is_reversed("Several recommendation")
        assert ana.chosen == "EN-001"
        assert before.splitlines()[1:8] == ana.text.splitlines()[1:8]


async def test_dragging_over_a_list_copies_rows_and_chooses_none(sample: Path) -> None:
    async with seat(sample, (120, 40)) as ana:
        await ana.choose("BE-001")
        await ana.drag("EN-001 H●", "EN-003 M●")
        assert [row[:6] for row in ana.app.clipboard.splitlines()] == ["EN-001", "EN-002", "EN-003"]
        assert ana.chosen == "BE-001"
        await ana.click("EN-002 H●")
        assert ana.chosen == "EN-002"
        assert len(ana.app.clipboard.splitlines()) == 3


async def test_text_of_a_page_can_be_selected(sample: Path) -> None:
    async with seat(sample, (120, 40)) as ana:
        await ana.press("i")
        await ana.drag("System", "ML Platform")
        assert ana.app.clipboard.startswith("System  Netflix ML Platform")
