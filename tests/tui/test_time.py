"""Another day in the dashboard, and the debt over time, under a person's hands."""

from __future__ import annotations

import asyncio
import tempfile
import threading
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from rich.cells import cell_len

from store.commands.categories import edit_category
from store.commands.items import add_item, edit_items
from store.enums import Status
from tests.tui.screen import NOON, as_bo, look_up, mode, seat

if TYPE_CHECKING:
    from pathlib import Path

LATER = NOON + timedelta(days=40)
"""The 9th of May; on the 9th of April bo changed something."""


@pytest.fixture
def lived(sample: Path) -> Path:
    """The sample with two changes after ten days."""
    with as_bo(sample, NOON + timedelta(days=10)) as bo:
        edit_items(bo, ["EN-001"], {"status": "mitigated"})
        add_item(bo, {"category": "EN", "description": "Nobody knows.", "severity": "low"})
    return sample


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where what is thrown away is made."""
    place = tmp_path / "throw-away"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    return place


def left(folder: Path) -> list[Path]:
    """What is in a folder."""
    return list(folder.iterdir())


async def test_another_day_is_shown_and_left_as_it_is(lived: Path, folder: Path) -> None:
    async with seat(lived, (110, 30), clock=lambda: LATER, notifications=True) as ana:
        await ana.choose("EN-004")
        await ana.press("T")
        assert "30 days ago, 2026-04-09" in ana.text
        assert "2026-04-09 2 changes" in ana.text
        await ana.type("2026-04-08")
        await ana.press("enter")
        assert "as of 2026-04-08  read only  11 open · 4 mitigated" in ana.text
        assert "T or Esc returns to today" in ana.rows[-1]
        (place,) = left(folder)
        assert mode(place) == 0o700
        assert ana.chosen != "EN-004"
        await ana.choose("EN-001")
        await ana.press("3")
        assert "● Open" in ana.text
        assert "9+ days" in ana.text
        for key in ("m", "e", "u", "x", "n"):
            ana.app.clear_notifications()
            await ana.press(key)
            assert "this is the register as of 2026-04-08: T or Esc returns to today" in ana.sentences
        await ana.press("i", "e")
        assert "this is the register as of 2026-04-08" in ana.sentences
        await ana.press("escape", "H")
        assert "Trends until 2026-04-08" in ana.text
        assert "● open 11   ✓ mitigated 4" in ana.text
        await ana.press("q")
        with as_bo(lived, LATER) as bo:
            edit_items(bo, ["EN-002"], {"status": "accepted", "status_note": "cheap"})
        await look_up(ana)
        assert "11 open · 4 mitigated" in ana.rows[0]
        await ana.press("escape")
        assert "10 open · 5 mitigated · 1 accepted" in ana.rows[0]
        assert "as of" not in ana.text
        assert left(folder) == []
        await ana.choose("EN-001")
        await ana.press("o")
        assert ana.item("EN-001").status is Status.OPEN


async def test_the_past_is_left_by_the_key_that_leads_there_or_with_the_program(lived: Path, folder: Path) -> None:
    async with seat(lived, (40, 12), clock=lambda: LATER) as ana:
        await ana.press("T", "down", "enter", "enter")
        assert "as of 2026-04-09  read only" in ana.rows[0]
        await ana.press("/", "q", "enter", "escape")
        assert "as of" in ana.rows[0]
        await ana.press("T")
        assert "as of" not in ana.rows[0]
        await ana.press("T")
        await ana.type("2020-01-01")
        await ana.press("enter")
        assert "the register was created on 2026-03-30" in ana.sentences
        await ana.press("escape", "y", "T")
        await ana.type("1d")
        await ana.press("enter")
        assert len(left(folder)) == 1
    assert left(folder) == []


async def test_going_there_takes_time_and_can_be_given_up(lived: Path, folder: Path) -> None:
    async with seat(lived, (80, 24), clock=lambda: LATER) as ana:
        await ana.press("T")
        await ana.type("2026-04-08")
        gate = threading.Event()
        busy = asyncio.get_running_loop().run_in_executor(None, gate.wait)
        ana.send("enter")
        while "Rebuilding 2026-04-08" not in ana.rows[-1]:
            await ana.calm()
        ana.send("escape")
        await ana.calm()
        assert "This is the register of today" in ana.rows[-1]
        gate.set()
        await busy
        await ana.settle()
        assert "as of" not in ana.rows[0]
        assert left(folder) == []


async def test_the_debt_over_time_by_all_it_is_told_apart_by(lived: Path) -> None:
    with as_bo(lived, NOON + timedelta(days=11)) as bo:
        edit_category(bo, "EN", {"name": "漢字" * 30})
    async with seat(lived, (80, 24), clock=lambda: LATER) as ana:
        await ana.press("H")
        assert "● open 11   ✓ mitigated 5   ○ accepted 0" in ana.text
        assert "2026-03-30" in ana.text
        assert "●●●●" in ana.text
        await ana.press("c")
        assert "Open debt by category" in ana.text
        assert "E 漢字漢字" in ana.text
        assert all(cell_len(row) <= 80 for row in ana.rows)
        await ana.press("v")
        assert "M Medium 5   L Low 1" in ana.text
        await ana.press("f")
        assert "█ added 1 (new, reopened)   ░ resolved 1 (mitigated, accepted, removed)" in ana.text
        await ana.press("right")
        assert "H mean age of open High 40+   ✓ mean time to mitigate 10+" in ana.text
        await ana.press("right", "G")
        assert "2026-03-30    11          4         0" in ana.text
        with as_bo(lived, LATER) as bo:
            edit_items(bo, ["EN-002"], {"status": "accepted", "status_note": "cheap"})
        await look_up(ana)
        await ana.press("g", "left", "right")
        assert "● open 10   ✓ mitigated 5   ○ accepted 1" in ana.text
        await ana.pilot.resize_terminal(40, 12)
        await ana.settle()
        assert "│ ○ accepted 1" in ana.text
        assert "the numbers are below" in ana.rows[-2]
        await ana.press("q")
        assert ana.app.screen is ana.app.screen_stack[0]


async def test_a_trend_in_ascii_and_none_of_one_day(sample: Path, lived: Path) -> None:
    async with seat(lived, (60, 20), clock=lambda: LATER, encoding="ascii") as ana:
        await ana.press("H")
        for key in "cvfa":
            await ana.press(key)
            assert ana.text.isascii()
    async with seat(sample, (60, 20), clock=lambda: NOON + timedelta(days=10)) as ana:
        await ana.press("T")
        await ana.type("2026-03-30")
        await ana.press("enter", "H")
        assert "All changes are from one day; trends need at least two" in ana.text
