"""A person's own keys and theme on the dashboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from store.enums import Status
from tests.tui.screen import seat
from tui.key_overrides import rebound
from tui.settings import THEMES, Settings

if TYPE_CHECKING:
    from pathlib import Path


async def test_a_new_key_works_and_the_old_one_does_not(sample: Path) -> None:
    settings = Settings(commands=rebound({"item.set-status-mitigated": ("f2", "Y"), "change.undo": ("ctrl+z",)}))
    async with seat(sample, (120, 36), settings=settings) as ana:
        await ana.choose("EN-001")
        assert "F2 mitigated" in ana.rows[-1]
        assert "m mitigated" not in ana.rows[-1]
        await ana.press("m")
        assert ana.item("EN-001").status is Status.OPEN
        await ana.press("f2")
        assert ana.item("EN-001").status is Status.MITIGATED
        assert "(ctrl+z to undo)" in ana.rows[-1]
        await ana.press("u")
        assert ana.item("EN-001").status is Status.MITIGATED
        await ana.press("ctrl+z")
        assert ana.item("EN-001").status is Status.OPEN
        await ana.press("Y")
        assert ana.item("EN-001").status is Status.MITIGATED


async def test_help_and_palette_show_the_new_keys(sample: Path) -> None:
    settings = Settings(commands=rebound({"item.set-status-mitigated": ("f2",)}))
    async with seat(sample, (120, 40), settings=settings) as ana:
        await ana.press("?", "/")
        await ana.type("Set the status to mitigated")
        await ana.press("enter")
        row = next(row for row in ana.rows if "Set the status to Mitigated" in row and "note" not in row)
        assert "F2" in row
        await ana.press("q", "q", "ctrl+p")
        await ana.type("status to mitigated")
        await ana.wait_for("Set the status to Mitigated")
        assert "F2" in ana.text
        await ana.press("escape")


async def test_moving_and_leaving_are_bound_anew_everywhere(sample: Path) -> None:
    keys = {"list.down": ("J",), "category.move-down": ("f9",), "form.save": ("ctrl+w",), "register.page": ("f3",)}
    keys |= {"register.close": ("f3",), "pane.map": ("0",), "register.cadence-new": ("a",)}
    async with seat(sample, settings=Settings(commands=rebound(keys))) as ana:
        await ana.press("2", "g", "J", "J")
        assert ana.chosen == "EN-001"
        await ana.press("j")
        assert ana.chosen == "EN-001"
        await ana.press("0")
        assert "▌5 Map" in ana.text
        await ana.press("f3")
        assert "Review cadence" in ana.text or "Purpose" in ana.text
        assert "F3 close" in ana.rows[-1]
        await ana.press("escape")
        assert "Purpose" in ana.text
        await ana.press("f3", "c")
        await ana.type("noted")
        await ana.press("ctrl+s")
        assert "ctrl+w comment" in ana.text
        await ana.press("ctrl+w")
        assert ana.item("EN-001").comments[0].note == "noted"


@pytest.mark.parametrize("theme", THEMES)
async def test_every_theme_shows_every_screen(sample: Path, theme: str) -> None:
    async with seat(sample, settings=Settings(theme=theme)) as ana:
        assert ana.app.theme == theme
        before = ana.text
        await ana.press("s", "escape", "?", "escape")
        assert ana.text == before
        assert "11 open" in ana.rows[0]
