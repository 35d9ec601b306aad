"""Registers with nothing in them, with very much, and terminals with hardly any room."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from store.commands.categories import edit_category, remove_category
from store.commands.imports.apply import apply_import
from store.commands.imports.plan import plan_import
from store.commands.items import comment, edit_items
from store.commands.settings import create, set_register
from store.db.database import Database
from store.enums import Severity, Status
from store.formats.document.model import Category, Item, Register
from store.formats.document.writer import write
from tests.tui.screen import ACTOR, NOON, seat

if TYPE_CHECKING:
    from pathlib import Path

EVERY_KEY = (
    *("1", "2", "3", "4", "5", "tab", "z", "z", "j", "k", "g", "G", "pagedown", "pageup", "enter", "backspace"),
    *("e", "escape", "n", "escape", "l", "escape", "d", "escape", "a", "escape", "s", "escape", "D", "escape"),
    *(
        "i",
        "escape",
        "C",
        "escape",
        "x",
        "escape",
        "I",
        "escape",
        "/",
        "escape",
        "?",
        "q",
        "y",
        "m",
        "u",
        "u",
        "escape",
    ),
    *("ctrl+r", "2"),
)


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    """A register without categories and items."""
    path = tmp_path / "register.db"
    with Database.create(path, clock=lambda: NOON, actor=ACTOR) as database:
        create(database, title="Nothing yet")
        for code in ("BE", "EN", "FL", "DD", "PD", "CD", "MS"):
            remove_category(database, code)
    return path


async def test_nothing_at_all(empty: Path) -> None:
    async with seat(empty, (120, 36), notifications=True) as ana:
        assert "no items" in ana.rows[0]
        assert "No items here yet; n adds one" in ana.text
        assert "No dependencies yet" in ana.text
        await ana.press("o", "m", "a", "e", "D", "l", "y", "E")
        assert len(ana.app.screen_stack) == 1
        await ana.press("C")
        assert "No categories yet; n adds one." in ana.text
        await ana.press("e", "D", "K", "J", "enter", "escape")
        assert len(ana.app.screen_stack) == 1
        await ana.press("n")
        await ana.to("description")
        await ana.type("The first.")
        await ana.press("ctrl+s")
        assert "ctrl+s add" in ana.text
        await ana.press("escape", "y", "C", "n")
        await ana.type("RL")
        await ana.press("tab")
        await ana.type("Reward Leakage")
        await ana.press("ctrl+s", "escape", "n")
        await ana.to("description")
        await ana.type("The first.")
        await ana.press("ctrl+s")
        assert ana.stored_keys() == ["RL-001"]
        assert ana.chosen == "RL-001"
        assert "RL-001" in ana.text


async def test_an_item_with_nothing_but_its_key(tmp_path: Path) -> None:
    path = tmp_path / "register.db"
    bare = Item(key="BE-001", category="BE", title=None, description="", severity=Severity.LOW, status=Status.OPEN)
    document = write(Register(title="T", categories=(Category(code="BE", name="Boundary Erosion"),), items=(bare,)))
    with Database.create(path, clock=lambda: NOON, actor=ACTOR) as database:
        apply_import(database, plan_import(None, document, path=None))
    async with seat(path) as ana:
        assert "No description yet." in ana.text
        assert "BE-001 L●" in ana.text
        await ana.press("m", "e", "escape", "3", "G")
        assert "BE-001" in ana.text


@pytest.mark.parametrize("size", [(110, 30), (80, 24), (40, 12)], ids=lambda size: f"{size[0]}x{size[1]}")
async def test_names_longer_than_any_pane_are_cut_with_a_mark(sample: Path, size: tuple[int, int]) -> None:
    with Database.open(sample, clock=lambda: NOON, actor="bo") as bo:
        edit_category(bo, "BE", {"name": "Erosion " * 40})
        edit_category(bo, "EN", {"name": "数据" * 60})
        set_register(bo, {"system": "System " * 40})
    async with seat(sample, size) as ana:
        # An item of another category: the text about an item is wrapped, not cut.
        await ana.choose("FL-001")
        for number in "12345":
            await ana.press(number)
            assert all(len(row) <= size[0] for row in ana.rows)
        await ana.press("4", "g")
        shown = [row for row in ana.rows if "Erosion" in row]
        assert shown
        assert all("…" in row for row in shown)
        await ana.press("4")
        assert any("数据" in row and "…" in row for row in ana.rows)


async def test_markdown_shows_as_style_wherever_texts_are_read(sample: Path) -> None:
    with Database.open(sample, clock=lambda: NOON, actor="bo") as bo:
        texts = {"title": "A **hot** path", "description": "**Old** [docs](x) of `max_pool_size`"}
        edit_items(bo, ["EN-001"], texts)
        comment(bo, ["EN-001"], "~~not~~ *now* \\*")
        edit_category(bo, "EN", {"definition": "*All* that is entangled"})
    async with seat(sample, (120, 40)) as ana:
        await ana.choose("EN-001")
        assert "EN-001  A hot path" in ana.text
        assert "Old docs of max_pool_size" in ana.text
        assert any("EN-001" in row and "A hot path" in row for row in ana.rows)
        await ana.press("3", "z")
        assert "not now *" in ana.text
        assert "**" not in ana.text
        await ana.press("C")
        assert "All that is entangled" in ana.text


@pytest.mark.parametrize("size", [(40, 12), (20, 5), (1, 1)], ids=lambda size: f"{size[0]}x{size[1]}")
async def test_the_smallest_terminals_survive_every_key(sample: Path, size: tuple[int, int]) -> None:
    async with seat(sample, size, notifications=True) as ana:
        await ana.press(*EVERY_KEY)
        assert ana.app.is_running
        assert ana.app.return_code is None
        assert len(ana.app.screen_stack) == 1


async def test_a_terminal_that_changes_its_size_keeps_what_is_chosen(sample: Path) -> None:
    async with seat(sample, (120, 50)) as ana:
        await ana.choose("EN-001")
        before = ana.text
        for size in ((80, 24), (40, 12), (1, 1), (200, 50), (59, 20), (60, 20), (110, 24), (120, 50)):
            await ana.pilot.resize_terminal(*size)
            await ana.settle()
            assert ana.chosen == "EN-001"
            if size[1] > 5:
                assert "EN-001" in ana.text
        assert ana.text == before


@pytest.mark.parametrize("key", ["e", "i", "/"])
async def test_pages_and_forms_follow_the_size(sample: Path, key: str) -> None:
    async with seat(sample, (120, 36)) as ana:
        await ana.choose("EN-001")
        await ana.press(key)
        before = ana.text
        for size in ((40, 12), (20, 5), (120, 36)):
            await ana.pilot.resize_terminal(*size)
            await ana.settle()
        assert ana.text == before
