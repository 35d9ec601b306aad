"""The seat itself: what the other tests of this folder rely on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.tui.screen import seat

if TYPE_CHECKING:
    from pathlib import Path

LONG = "see /" + "/".join(f"folder{number:03}" for number in range(30)) + " for what was typed"


@pytest.mark.parametrize("width", [200, 80, 40, 20])
async def test_a_toast_is_read_whole_wherever_it_wraps(width: int, sample: Path) -> None:
    async with seat(sample, (width, 24), notifications=True) as ana:
        ana.app.screen_stack[0].warn(LONG)  # type: ignore[attr-defined]
        await ana.settle()
        assert ana.toasts == [LONG]
        assert LONG in ana.sentences
        assert LONG not in ana.text


async def test_no_toast_is_read_where_none_is_shown(sample: Path) -> None:
    async with seat(sample, notifications=True) as ana:
        assert ana.toasts == []


async def test_what_shows_through_a_dialog_is_read_before_it_is_painted_again(sample: Path) -> None:
    async with seat(sample) as ana:
        above = ana.rows[0]
        await ana.choose("EN-001")
        await ana.press("s")
        assert ana.rows[0] == above
        ana.app.screen.refresh()
        assert ana.rows[0] == above
