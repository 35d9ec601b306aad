"""The history page: who changed what in the item, the category or the register, in words."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from store.audit.undo import undo
from store.commands.categories import edit_category
from store.commands.dependencies import link
from store.commands.items import comment, edit_items, set_status
from store.enums import Status
from tests.tui.golden import compare
from tests.tui.screen import NOON, as_bo, look_up, seat
from tui.screens import history

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def changed(sample: Path) -> Path:
    """The sample after bo worked on EN-001 and its category."""
    with as_bo(sample, NOON + timedelta(hours=3)) as bo:
        set_status(bo, ("EN-001",), Status.MITIGATED, note="pinned versions")
        comment(bo, ("EN-001",), "The vendor answers in May.")
        link(bo, "EN-001", "CD-002", "hides")
        edit_items(bo, ("EN-001",), {"owner": "Search", "due_on": "2026-06-30"})
        undo(bo)
        edit_category(bo, "EN", {"name": "Knots"})
    return sample


@pytest.mark.parametrize("size", [(80, 24), (40, 12)], ids=["80x24", "40x12"])
async def test_the_history_of_an_item(changed: Path, size: tuple[int, int]) -> None:
    async with seat(changed, size) as ana:
        await ana.choose("EN-001")
        await ana.press("h")
        compare(f"history-{size[0]}x{size[1]}", ana)
        await ana.press("G")
        assert "added EN-001" in " ".join(ana.text.split())
        await ana.press("q")
        assert ana.chosen == "EN-001"


async def test_the_category_pane_has_the_categorys_and_all_categories_the_registers(changed: Path) -> None:
    async with seat(changed, (100, 30)) as ana:
        await ana.press("1", "j", "j", "h")
        assert "History of EN" in ana.rows[0]
        assert "set the name of the category EN from Entanglement to Knots" in ana.text
        assert "vendor" not in ana.text
        await ana.press("escape", "1", "g", "h")
        assert "History of the register" in ana.rows[0]
        assert "commented on EN-001: The vendor answers in May." in ana.text
        assert ana.text.index("Knots") < ana.text.index("vendor")


async def test_only_the_newest_are_shown_and_the_command_line_has_the_others(
    changed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "MOST_CHANGES", 3)
    async with seat(changed, (100, 30)) as ana:
        await ana.choose("EN-001")
        await ana.press("h")
        assert "older: ai-debt history EN-001" in ana.text
        assert "added EN-001" not in ana.text


async def test_the_page_follows_what_others_do(changed: Path) -> None:
    async with seat(changed, (100, 30)) as ana:
        await ana.choose("EN-001")
        await ana.press("h")
        with as_bo(changed) as bo:
            comment(bo, ("EN-001",), "May is over.")
        await look_up(ana)
        assert "commented on EN-001: May is over." in ana.text
