"""A register that cannot be saved to: the dashboard says so in its header for as long as it lasts, and why once."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from store.database import places
from store.database.places import Mount
from tests.tui.screen import seat

if TYPE_CHECKING:
    from pathlib import Path

    from tests.tui.screen import Seat


async def look_up(person: Seat) -> None:
    """What the clock of the dashboard does every second."""
    person.app.screen.poll()  # type: ignore[attr-defined]
    await person.settle()


def words(person: Seat) -> str:
    """The screen without its line ends and frames, since sentences are wrapped."""
    return " ".join(" ".join(row.replace("│", " ").replace("▌", " ").split()) for row in person.rows)


@pytest.mark.parametrize("size", [(80, 24), (120, 36), (40, 12)])
async def test_a_file_that_was_replaced_makes_it_read_only(sample: Path, size: tuple[int, int]) -> None:
    async with seat(sample, size, notifications=True) as ana:
        await look_up(ana)
        assert "read only" not in ana.rows[0]
        shutil.copyfile(sample, sample.with_name("copy"))
        os.replace(sample.with_name("copy"), sample)
        await look_up(ana)
        assert "read only" in ana.rows[0]
        notifications = [note.message for note in ana.app._notifications]
        assert len(notifications) == 1
        assert "was replaced by another file while it was open" in notifications[0]
        await look_up(ana)
        assert len(ana.app._notifications) == 1
        # The register can still be looked at; a change is refused, and what is shown stays true.
        await ana.choose("EN-001")
        await ana.press("m")
        assert ana.item("EN-001").status.value == "Open"
        assert len(ana.app._notifications) == 2


async def test_a_file_that_was_moved_back_is_written_again(sample: Path) -> None:
    async with seat(sample, notifications=True) as ana:
        os.rename(sample, sample.with_name("elsewhere"))
        await look_up(ana)
        assert "read only" in ana.rows[0]
        os.rename(sample.with_name("elsewhere"), sample)
        await look_up(ana)
        assert "read only" not in ana.rows[0]
        await ana.choose("EN-001")
        await ana.press("m")
        assert ana.item("EN-001").status.value == "Mitigated"


async def test_a_network_file_system_is_read_only_from_the_start(sample: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "mount_of", lambda _: Mount(1, "nfs4"))
    async with seat(sample, notifications=True) as ana:
        assert "read only" in ana.rows[0]
        assert "is on a network file system (nfs4)" in words(ana)
        await ana.choose("EN-001")
        await ana.press("m")
        assert ana.item("EN-001").status.value == "Open"


async def test_who_allowed_a_network_file_system_is_cautioned_once(
    sample: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "mount_of", lambda _: Mount(1, "nfs4"))
    async with seat(sample, notifications=True, allow_network_fs=True) as ana:
        assert "read only" not in ana.rows[0]
        assert "be sure that only this machine opens it" in words(ana)
        await ana.choose("EN-001")
        await ana.press("m")
        await look_up(ana)
        assert len(ana.app._notifications) == 1
