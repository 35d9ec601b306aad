"""Critical and unrated items on the screen: set by key and in forms, distinguished everywhere, left out elsewhere."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from textual.theme import BUILTIN_THEMES

from store.commands.items import edit_items
from store.enums import Severity, Status
from tests.tui.reviewing import begun, heading
from tests.tui.screen import as_bo, look_up, seat
from tui.theme import DARK, LIGHT, role_styles

if TYPE_CHECKING:
    from pathlib import Path

    from textual.theme import Theme

    from tests.tui.screen import Seat

SIZES = [(80, 24), (200, 50), (40, 12)]


@pytest.fixture
def mixed(sample: Path) -> Path:
    """The sample with EN-001 Critical, and BE-002 and DD-001 unrated."""
    with as_bo(sample) as bo:
        edit_items(bo, ("EN-001",), {"severity": "critical"})
        edit_items(bo, ("BE-002", "DD-001"), {"severity": None})
    return sample


def row(person: Seat, key: str) -> str:
    """The row of an item in the list of items."""
    return next(text for text in person.rows if text[2:8] == key)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_s_rates_an_item_and_takes_its_rating_away(sample: Path, size: tuple[int, int]) -> None:
    async with seat(sample, size) as ana:
        await ana.choose("EN-001")
        await ana.press("s")
        for words in ("c  Critical", "h  High", "m  Medium", "l  Low", "u  unrated", "Esc back"):
            assert words in ana.text
        await ana.press("u")
        assert ana.item("EN-001").severity is None
        await ana.press("s", "c")
        assert ana.item("EN-001").severity is Severity.CRITICAL
        await ana.press("2")
        assert "EN-001 C●" in row(ana, "EN-001")
        await ana.press("u")
        assert ana.item("EN-001").severity is None
        assert "EN-001 -●" in row(ana, "EN-001")


async def test_the_item_says_its_rating_in_a_word(mixed: Path) -> None:
    async with seat(mixed, (200, 50)) as ana:
        await ana.choose("DD-001")
        assert "● Open   unrated   Data Dependency Debt" in ana.text
        assert "severity High → unrated" in ana.text
        await ana.choose("EN-001")
        assert "● Open   Critical   Entanglement" in ana.text
        assert "-● DD-001" in ana.text


async def test_the_dashboard_counts_them_only_where_there_are_any(sample: Path) -> None:
    def severities(person: Seat) -> list[str]:
        after = person.text.partition("Unresolved by severity")[2]
        names = ("Critical", "High", "Medium", "Low", "Unrated")
        return [f"{name} {after.split(name)[1].split()[0]}" for name in names if name in after]

    async with seat(sample, (80, 24)) as ana:
        await ana.choose("EN-001")
        await ana.press("4")
        assert severities(ana) == ["High 6", "Medium 5", "Low 0"]
        await ana.press("2", "s", "c", "j", "s", "u", "4")
        assert severities(ana) == ["Critical 1", "High 4", "Medium 5", "Low 0", "Unrated 1"]
        await ana.press("u", "u")
        assert severities(ana) == ["High 6", "Medium 5", "Low 0"]


async def test_a_form_proposes_every_rating_and_takes_none(sample: Path) -> None:
    async with seat(sample, (80, 44)) as ana:
        await ana.choose("EN-001")
        await ana.press("e")
        await ana.to("severity")
        await ana.fill("unr")
        assert "unrated" in ana.text
        await ana.press("down", "enter")
        assert ana.field == "unrated"
        await ana.press("ctrl+s")
        assert ana.item("EN-001").severity is None
        await ana.press("e")
        await ana.to("severity")
        assert ana.field == ""
        assert "critical, high, medium, low or unrated" in ana.text
        await ana.type("critical")
        await ana.press("ctrl+s")
        assert ana.item("EN-001").severity is Severity.CRITICAL
        await ana.press("e")
        await ana.to("severity")
        await ana.fill("")
        await ana.press("ctrl+s")
        assert ana.item("EN-001").severity is None


async def test_a_new_item_may_be_left_unrated(sample: Path) -> None:
    async with seat(sample, (80, 44)) as ana:
        await ana.press("1", "j", "j", "j", "n")
        await ana.to("severity")
        await ana.fill("")
        await ana.to("description")
        await ana.type("Nobody has looked at it yet.")
        await ana.press("ctrl+s")
        assert ana.item("FL-004").severity is None
        assert "FL-004 -●" in row(ana, "FL-004")


async def test_several_are_rated_at_once(sample: Path) -> None:
    entangled = ("EN-001", "EN-002", "EN-003")
    async with seat(sample, (120, 50)) as ana:
        await ana.press("1", "j", "j", "2", "*", "s", "u")
        assert {ana.item(key).severity for key in entangled} == {None}
        await ana.press("e")
        await ana.to("severity")
        await ana.fill("critical")
        await ana.press("ctrl+s")
        assert {ana.item(key).severity for key in entangled} == {Severity.CRITICAL}
        await ana.press("u")
        assert {ana.item(key).severity for key in entangled} == {None}
        await ana.press("u")
        assert [ana.item(key).severity for key in entangled] == [Severity.HIGH, Severity.HIGH, Severity.MEDIUM]


async def test_a_conflict_names_what_is_unrated(sample: Path) -> None:
    async with seat(sample, (80, 44)) as ana:
        await ana.choose("EN-001")
        await ana.press("e")
        await ana.to("severity")
        await ana.fill("low")
        with as_bo(sample) as bo:
            edit_items(bo, ("EN-001",), {"severity": None})
        await ana.press("ctrl+s")
        assert "bo: unrated" in ana.text


async def test_accepting_proposes_thirty_days_for_critical_and_no_end_for_unrated(mixed: Path) -> None:
    async with seat(mixed) as ana:
        for key, until in (("EN-001", date(2026, 4, 29)), ("DD-001", None)):
            await ana.choose(key)
            await ana.press("a")
            await ana.type("lived with")
            await ana.press("ctrl+s")
            item = ana.item(key)
            assert (item.status, item.accepted_until) == (Status.ACCEPTED, until)


async def test_the_filter_finds_them_and_sorts_them_last(mixed: Path) -> None:
    async with seat(mixed, (120, 36)) as ana:
        await ana.press("/")
        await ana.type("severity:none")
        await ana.press("enter")
        assert "of 2" in ana.text
        await ana.press("/")
        await ana.fill("sort:severity")
        await ana.press("enter", "2", "g")
        assert ana.chosen == "EN-001"
        await ana.press("G")
        assert ana.chosen == "DD-001"


async def test_a_review_shows_them_first(mixed: Path) -> None:
    begun(mixed)
    async with seat(mixed) as ana:
        await ana.press("r", "enter")
        assert heading(ana) == "DD-001"
        assert "unrated; score 5, never reviewed" in ana.text
        await ana.press("s", "m")
        assert ana.item("DD-001").severity is Severity.MEDIUM


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_owners_have_columns_for_them_only_where_there_are_any(mixed: Path, size: tuple[int, int]) -> None:
    async with seat(mixed, size) as ana:
        await ana.press("O")
        assert "Crit" in ana.text
        assert "Unr" in ana.text
        with as_bo(mixed) as bo:
            edit_items(bo, ("EN-001", "BE-002", "DD-001"), {"severity": "low"})
        await look_up(ana)
        assert "Crit" not in ana.text
        assert "Unr" not in ana.text


async def test_fix_first_says_what_weighs_nothing_yet(mixed: Path) -> None:
    async with seat(mixed, (200, 50)) as ana:
        await ana.press("F")
        assert "10.00 EN-001 C●" in ana.text
        assert "5.00 DD-001 -●" in ana.text
        await ana.press("z")
        assert "EN-002; unrated" in ana.text
        await ana.press("G")
        assert "Unrated: DD-001 and BE-002 (no weight until rated)." in ana.text


@pytest.mark.parametrize("theme", [DARK, LIGHT, BUILTIN_THEMES["nord"]], ids=lambda theme: theme.name)
def test_critical_does_not_look_like_high(theme: Theme) -> None:
    styles = role_styles({**theme.to_color_system().generate(), **theme.variables})
    assert styles["critical"] != styles["high"]
    assert styles["critical"].bold
    assert len({styles[role] for role in ("critical", "high", "medium", "low", "unrated")}) == 5
