"""Two people at one register: what another person does shows, and no key acts on what is gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store import register
from store.words import Severity, Status
from tests.tui.screen import as_bo, look_up, seat
from tui.screens import main

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


async def test_what_another_person_does_shows_by_itself(sample: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert main.POLL_SECONDS > 1, "the fixture stops the clock"
    monkeypatch.setattr(main, "POLL_SECONDS", 0.05)
    # With a clock that goes on there is no settling: on a slow machine it always strikes again meanwhile.
    async with seat(sample, wait=False) as ana:
        await ana.wait_for("11 open · 4 mitigated")
        with as_bo(sample) as bo:
            register.set_status(bo, ("EN-001",), Status.MITIGATED)
        await ana.wait_for("10 open · 5 mitigated")


async def test_the_next_item_is_chosen_when_i_remove_one(sample: Path) -> None:
    async with seat(sample, notifications=True) as ana:
        await ana.choose("EN-001")
        await ana.press("D", "y")
        assert ana.chosen == "EN-002"
        assert not any("EN-001 " in row for row in ana.rows[:-1])
        assert "3 of 14" in ana.text
        await ana.press("u")
        assert ana.chosen == "EN-001"


async def test_the_last_item_of_the_list_is_removed(sample: Path) -> None:
    async with seat(sample, notifications=True) as ana:
        await ana.press("2", "G", "D", "y")
        assert ana.chosen == "CD-002"
        assert "14 of 14" in ana.text


async def test_another_person_removes_the_chosen_item(sample: Path) -> None:
    async with seat(sample, notifications=True) as ana:
        await ana.choose("EN-001")
        with as_bo(sample) as bo:
            register.remove_items(bo, ("EN-001",))
        await look_up(ana)
        assert ana.chosen == "EN-002"
        assert "of 14" in ana.text


async def test_a_key_on_an_item_that_is_gone_is_refused(sample: Path) -> None:
    async with seat(sample, notifications=True) as ana:
        await ana.choose("EN-001")
        with as_bo(sample) as bo:
            register.remove_items(bo, ("EN-001",))
        await ana.press("m")
        assert "bo removed EN-001 meanwhile: nothing was written" in ana.text
        for key in ("e", "a", "l", "d", "E", "D", "s"):
            await ana.press(key)
            await ana.press("escape")
        assert ana.summary().total.counts.mitigated == 4


async def test_another_person_renames_the_chosen_item(sample: Path) -> None:
    async with seat(sample, notifications=True) as ana:
        await ana.choose("EN-001")
        with as_bo(sample) as bo:
            register.edit_items(bo, ("EN-001",), {"key": "EN-010"})
        await look_up(ana)
        assert "EN-010" in ana.text
        assert not any(row[1:].startswith((" EN-001 ", "▌EN-001 ")) for row in ana.rows)


async def test_the_cursor_stays_on_its_item_when_others_come_before_it(sample: Path) -> None:
    async with seat(sample) as ana:
        await ana.choose("EN-001")
        with as_bo(sample) as bo:
            register.add_item(bo, {"category": "BE", "description": "New.", "severity": Severity.LOW})
        await look_up(ana)
        assert ana.chosen == "EN-001"
        assert "4 of 16" in ana.text
        await ana.press("m")
        assert ana.item("EN-001").status is Status.MITIGATED


async def test_undo_is_refused_where_another_person_changed_the_field_since(sample: Path) -> None:
    async with seat(sample, notifications=True) as ana:
        await ana.choose("EN-001")
        await ana.press("m")
        with as_bo(sample) as bo:
            register.set_status(bo, ("EN-001",), Status.IN_PROGRESS)
        await ana.press("u")
        assert "bo" in ana.text
        assert ana.item("EN-001").status is Status.IN_PROGRESS


async def test_a_change_during_a_form_shows_when_the_form_is_left(sample: Path) -> None:
    async with seat(sample) as ana:
        await ana.choose("EN-001")
        await ana.press("c")
        with as_bo(sample) as bo:
            register.set_status(bo, ("EN-001",), Status.MITIGATED)
        await ana.press("escape")
        await look_up(ana)
        assert "10 open · 5 mitigated" in ana.rows[0]
