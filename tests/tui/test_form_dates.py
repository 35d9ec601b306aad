"""Dates in forms: typed in words, shown as the day they mean, saved in numbers; those in the past are asked about."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from store.commands.items import edit_items
from store.enums import Status
from tests.tui.screen import as_bo, seat

if TYPE_CHECKING:
    from pathlib import Path

# It is Monday, 2026-03-30.
SIZES = [(80, 24), (40, 12)]


@pytest.mark.parametrize("size", SIZES)
async def test_the_day_that_words_mean_is_shown_before_it_is_saved(sample: Path, size: tuple[int, int]) -> None:
    async with seat(sample, size) as ana:
        await ana.choose("EN-001")
        await ana.press("t")
        await ana.type("next frida")
        assert "Friday, 2026-04-03" not in ana.text
        await ana.type("y")
        assert "Friday, 2026-04-03" in ana.text
        assert ana.field == "next friday"
        await ana.press("enter")
        assert ana.item("EN-001").due_on == date(2026, 4, 3)


async def test_a_field_that_is_left_holds_the_date_in_numbers(sample: Path) -> None:
    async with seat(sample, (80, 44)) as ana:
        await ana.choose("EN-001")
        await ana.press("e")
        for name, typed, written in (
            ("due_on", "2w", "2026-04-13"),
            ("opened_on", "2w", "2026-03-16"),
            ("due_on", "31.12.2026", "2026-12-31"),
        ):
            await ana.to(name)
            await ana.fill(typed)
            assert ana.field == typed
            await ana.press("tab", "shift+tab")
            assert ana.field == written
        await ana.press("ctrl+s")
        item = ana.item("EN-001")
        assert (item.due_on, item.opened_on) == (date(2026, 12, 31), date(2026, 3, 16))


async def test_an_ambiguous_date_is_refused_beside_its_field(sample: Path) -> None:
    async with seat(sample) as ana:
        await ana.choose("EN-001")
        await ana.press("t")
        await ana.type("03/04/2026")
        await ana.press("ctrl+s")
        error = ana.app.screen.query_one("#error-due_on")
        said = " ".join(row[error.region.x : error.region.right].strip() for row in ana.rows[error.region.y :][:2])
        assert "'03/04/2026' could be 3 April 2026 or 4 March 2026: type 2026-04-03 or 2026-03-04" in said
        await ana.fill("2026-04-03")
        await ana.press("ctrl+s")
        assert ana.item("EN-001").due_on == date(2026, 4, 3)


async def test_a_due_date_in_the_past_is_asked_about(sample: Path) -> None:
    async with seat(sample) as ana:
        await ana.choose("EN-001")
        await ana.press("t")
        await ana.type("yesterday")
        await ana.press("ctrl+s")
        assert "This date is in the past: due 2026-03-29." in ana.text
        # Enter is the first answer: back to the field.
        await ana.press("enter")
        assert ana.item("EN-001").due_on is None
        assert ana.field == "2026-03-29"
        await ana.press("ctrl+s", "escape")
        assert ana.field == "2026-03-29"
        await ana.press("ctrl+s", "s")
        assert ana.item("EN-001").due_on == date(2026, 3, 29)
        # It is past already, and is left unchanged.
        await ana.press("e")
        await ana.to("owner")
        await ana.fill("bo")
        await ana.press("ctrl+s")
        assert (ana.item("EN-001").due_on, ana.item("EN-001").owner) == (date(2026, 3, 29), "bo")
        await ana.press("t")
        await ana.fill("today")
        await ana.press("ctrl+s")
        assert ana.item("EN-001").due_on == date(2026, 3, 30)


async def test_opened_in_the_past_is_not_asked_about(sample: Path) -> None:
    async with seat(sample, (80, 44)) as ana:
        await ana.choose("EN-001")
        await ana.press("e")
        await ana.to("opened_on")
        await ana.fill("2020-01-31")
        await ana.press("ctrl+s")
        assert ana.item("EN-001").opened_on == date(2020, 1, 31)


async def test_an_acceptance_that_has_ended_is_asked_about(sample: Path) -> None:
    async with seat(sample) as ana:
        await ana.choose("EN-001")
        await ana.press("a")
        await ana.type("cheaper")
        await ana.to("accepted_until")
        await ana.fill("2020-01-31")
        await ana.press("enter")
        assert "This date is in the past: accepted until 2020-01-31." in ana.text
        await ana.press("f")
        assert ana.item("EN-001").status is Status.OPEN
        await ana.fill("3m")
        await ana.press("enter")
        assert ana.item("EN-001").accepted_until == date(2026, 6, 30)


async def test_no_end_and_the_severitys_own_end_stay_words(sample: Path) -> None:
    async with seat(sample) as ana:
        await ana.choose("EN-001")
        await ana.press("a")
        await ana.type("cheaper")
        await ana.to("accepted_until")
        await ana.fill("no end")
        await ana.press("enter")
        assert ana.item("EN-001").accepted_until is None
        assert ana.item("EN-001").status is Status.ACCEPTED


async def test_many_items_get_the_day_that_words_mean_or_are_cleared(sample: Path) -> None:
    async with seat(sample) as ana:
        await ana.choose("EN-001")
        await ana.press("space")
        await ana.choose("EN-002")
        await ana.press("space", "t")
        await ana.type("last friday")
        await ana.press("enter")
        assert "This date is in the past: due 2026-03-27." in ana.text
        await ana.press("enter")
        await ana.fill("tomorrow")
        await ana.press("enter")
        assert [ana.item(key).due_on for key in ("EN-001", "EN-002")] == [date(2026, 3, 31)] * 2
        await ana.press("escape")
        await ana.choose("EN-001")
        await ana.press("t")
        await ana.fill("3w")
        await ana.press("enter", "space")
        await ana.choose("EN-002")
        await ana.press("space", "t")
        # They differ, and this clears them.
        await ana.type("-")
        await ana.press("enter")
        assert [ana.item(key).due_on for key in ("EN-001", "EN-002")] == [None, None]


async def test_words_become_a_date_that_others_changes_are_held_against(sample: Path) -> None:
    async with seat(sample) as ana:
        await ana.choose("EN-001")
        await ana.press("t")
        await ana.type("tomorrow")
        with as_bo(sample) as bo:
            edit_items(bo, ("EN-001",), {"due_on": "2026-05-01"})
        await ana.press("ctrl+s")
        assert "2026-03-31" in ana.text
        assert "2026-05-01" in ana.text
        await ana.press("m", "ctrl+s")
        assert ana.item("EN-001").due_on == date(2026, 3, 31)


async def test_the_day_to_go_back_to_is_typed_in_words(sample: Path) -> None:
    async with seat(sample, (110, 30)) as ana:
        await ana.press("T")
        await ana.type("yesterday")
        assert "Sunday, 2026-03-29" in ana.text
