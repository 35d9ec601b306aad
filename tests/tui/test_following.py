"""What others do while a form is open: what was not touched follows, what was touched says so, nothing typed moves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.widgets import Input, TextArea

from store.audit.undo import undo
from store.commands.categories import edit_category, remove_category
from store.commands.items import edit_items, remove_items, set_status
from store.commands.settings import set_register
from store.enums import Status
from tests.tui.golden import compare
from tests.tui.screen import as_bo, look_up, seat

if TYPE_CHECKING:
    from pathlib import Path

    from tests.tui.screen import Seat

LONG = "Bo's team, which has a name that goes on for longer than any form is wide, and then some"


def row_of(ana: Seat) -> int:
    """The row of the screen where the field is that has the focus."""
    assert ana.app.focused is not None
    return ana.app.focused.region.y


async def bo_edits(ana: Seat, path: Path, **fields: str) -> None:
    """Bo changes fields of EN-001, and the dashboard looks up."""
    with as_bo(path) as bo:
        edit_items(bo, ("EN-001",), dict(fields))
    await look_up(ana)


async def test_an_untouched_field_follows_and_its_cursor_stays(sample: Path) -> None:
    async with seat(sample, (80, 44)) as ana:
        await ana.choose("EN-001")
        await ana.press("e", "home", "right", "right")
        title = ana.app.focused
        assert isinstance(title, Input)
        await bo_edits(ana, sample, title="Windowed features", description="One.\nTwo.", owner="Search")
        assert title.value == "Windowed features"
        assert title.cursor_position == 2
        await ana.to("description")
        assert ana.field == "One.\nTwo."
        assert "will ask" not in ana.text
        await ana.press("ctrl+s")
        assert "Nothing changed" not in ana.text
    item = ana.item("EN-001")
    assert (item.title, item.owner) == ("Windowed features", "Search")


async def test_the_cursor_of_a_long_text_stays(sample: Path) -> None:
    async with seat(sample, (80, 44)) as ana:
        await ana.choose("EN-001")
        await bo_edits(ana, sample, description="Line one.\nLine two.\nLine three.")
        await ana.press("e")
        await ana.to("description")
        await ana.press("ctrl+home", "down", "right", "right")
        await bo_edits(ana, sample, description="Line one.\nLine number two.\nLine three.")
        area = ana.app.focused
        assert isinstance(area, TextArea)
        assert area.text == "Line one.\nLine number two.\nLine three."
        assert area.cursor_location == (1, 2)
        await bo_edits(ana, sample, description="L")
        assert area.cursor_location == (0, 1)


async def test_a_touched_field_keeps_its_text_and_says_who_changed_it(sample: Path) -> None:
    async with seat(sample, (100, 44)) as ana:
        await ana.choose("EN-001")
        await ana.press("e")
        await ana.to("owner")
        await ana.type("Search")
        at = row_of(ana)
        await bo_edits(ana, sample, owner="Ranking")
        assert ana.field == "Search"
        assert 'bo changed this to "Ranking"; saving will ask' in ana.rows[at + 1]
        await bo_edits(ana, sample, owner=LONG)
        assert "saving will ask" in ana.rows[at + 1]
        assert row_of(ana) == at
        compare("form-followed-100x44", ana)
        await bo_edits(ana, sample, owner="")
        assert "will ask" not in ana.text
        await bo_edits(ana, sample, owner="Search")
        assert "will ask" not in ana.text
        await ana.press("ctrl+s")
        assert "ctrl+s save" not in ana.text


async def test_a_field_that_bo_cleared_says_so(sample: Path) -> None:
    async with seat(sample, (40, 20)) as ana:
        await ana.choose("EN-001")
        await bo_edits(ana, sample, owner="Ranking")
        await ana.press("w")
        await ana.fill("Search")
        await bo_edits(ana, sample, owner="")
        assert "bo cleared this; saving will ask" in ana.text


async def test_what_is_being_typed_does_not_move_when_a_field_above_gets_a_hint(sample: Path) -> None:
    async with seat(sample, (80, 24)) as ana:
        await ana.choose("EN-001")
        await ana.press("e")
        await ana.to("owner")
        await ana.type("Search")
        await ana.to("description")
        await ana.type("x")
        at = row_of(ana)
        await bo_edits(ana, sample, owner="Ranking")
        assert row_of(ana) == at
        await ana.to("owner")
        assert "saving will ask" in ana.text


async def test_a_form_without_the_field_says_what_was_changed(sample: Path) -> None:
    async with seat(sample, (80, 24)) as ana:
        await ana.choose("EN-001")
        await ana.press("a")
        await ana.type("cheaper than a cure")
        with as_bo(sample) as bo:
            set_status(bo, ("EN-001",), Status.MITIGATED)
        await look_up(ana)
        assert "bo set the status to Mitigated; saving will ask" in ana.text
        assert ana.field == "cheaper than a cure"


async def test_an_item_that_is_removed_meanwhile_is_said_to_be(sample: Path) -> None:
    async with seat(sample, (80, 24)) as ana:
        await ana.choose("EN-001")
        await ana.press("c")
        await ana.type("a thought")
        with as_bo(sample) as bo:
            remove_items(bo, ("EN-001",))
        await look_up(ana)
        assert "bo removed EN-001; saving will be refused" in ana.text
        assert ana.field == "a thought"
        await ana.press("ctrl+s")
        assert "bo removed EN-001: nothing was written" in ana.text
        assert ana.field == "a thought"


async def test_pages_look_again_below_and_above(sample: Path) -> None:
    async with seat(sample, (100, 40)) as ana:
        await ana.press("C", "j", "j")
        with as_bo(sample) as bo:
            edit_category(bo, "EN", {"name": "Knots"})
            edit_category(bo, "FL", {"name": "Loops"})
        await look_up(ana)
        assert "FL  Loops" in ana.text
        await ana.press("e")
        with as_bo(sample) as bo:
            remove_items(bo, ("BE-001", "BE-002"))
            remove_category(bo, "BE")
            set_status(bo, ("PD-001",), Status.MITIGATED)
        await look_up(ana)
        await ana.press("escape")
        assert "BE  " not in ana.text
        assert any(row[1:].startswith("▌FL") for row in ana.rows)
        await ana.press("escape", "i")
        with as_bo(sample) as bo:
            set_register(bo, {"title": "Our debt"})
        await look_up(ana)
        assert "Our debt" in ana.text


async def test_every_page_and_question_stands_when_everything_changes_below(sample: Path) -> None:
    async with seat(sample, (80, 24), notifications=True) as ana:
        await ana.choose("PD-001")
        for number, key in enumerate(("I", "E", "s", "D", "d", "l", "L", "/", "?")):
            await ana.press(key)
            with as_bo(sample) as bo:
                if number % 2:
                    undo(bo)
                else:
                    remove_items(bo, ("PD-001", "EN-001"))
            await look_up(ana)
            await ana.press("escape")
            assert len(ana.app.screen_stack) == 1, key
