"""A dashboard that is open while someone restores a backup: it shows what came back, and who brought it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from store.clock import now
from store.commands.dependencies import unlink
from store.db.database import Database
from store.maintenance.backup import back_up
from store.maintenance.restore import plan_restore, restore
from tests.tui.screen import seat
from tests.tui.test_trouble import look_up

if TYPE_CHECKING:
    from pathlib import Path

    from tests.tui.screen import Seat


def removed(path: Path) -> Path:
    """A backup, made before a link was removed."""
    with Database.open(path, actor="bo") as bo:
        made = back_up(bo).path
        # One change that goes, and one in its place that tells of it: the newest has the same number as before.
        unlink(bo, "PD-001", "DD-001")
    return made


def words(person: Seat) -> str:
    """The screen as one line without its frames, since texts wrap."""
    return " ".join(person.text.replace("│", " ").split())


async def test_what_came_back_is_shown_and_can_be_edited(sample: Path) -> None:
    made = await asyncio.to_thread(removed, sample)
    async with seat(sample, (120, 36), notifications=True) as ana:
        assert "dead jobs mask" not in words(ana)
        await asyncio.to_thread(restore, sample, plan_restore(sample, made), clock=now, actor="carla")
        await look_up(ana)
        assert ana.rows[-1].strip().startswith(f"carla restored the register from {made.name}")
        assert "read only" not in ana.rows[0]
        await ana.choose("PD-001")
        assert "dead jobs mask" in words(ana)
        await ana.press("m")
        assert ana.item("PD-001").status.value == "Mitigated"
