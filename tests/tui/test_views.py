"""Saved views under a person's hands: counted, chosen, saved, edited, removed, and shared with others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.commands.saved_queries import edit_query, save_query
from store.db.database import Database
from store.enums import SavedKind
from store.queries import lookup
from store.queries import overview as overview_queries
from tests.store.policies import save_unchecked
from tests.tui.screen import as_bo, look_up, seat
from tests.tui.test_filter_bar import found, listed

if TYPE_CHECKING:
    from pathlib import Path


def saved(path: Path) -> dict[str, str]:
    """The views that are stored."""
    with Database.open(path) as database, database.read() as session:
        return {row.name: row.query for row in lookup.saved_queries(session, SavedKind.VIEW)}


async def test_views_are_counted_and_choosing_one_filters(sample: Path) -> None:
    async with seat(sample, notifications=True) as ana:
        await ana.press("1", "j", "v")
        shown = {row.split("  ")[0].strip("│▌ "): row for row in ana.rows}
        for row in overview_queries.BUILT_IN_VIEWS:
            assert f" {len(found(sample, row.query))} item" in shown[row.name]
        assert "None yet; n adds one" in ana.text
        await ana.press("e")
        assert "Open is built in and cannot be changed" in ana.sentences
        await ana.press("j", "enter")
        assert listed(ana) == found(sample, "severity:>=high status:open,in-progress")
        assert "/severity:>" in ana.text
        await ana.press("v", "G", "q")
        assert listed(ana) == found(sample, "severity:>=high status:open,in-progress")


async def test_the_filter_is_saved_replaced_after_a_question_and_taken_back(sample: Path) -> None:
    async with seat(sample, notifications=True) as ana:
        await ana.press("ctrl+s")
        assert "no filter to save" in ana.sentences
        await ana.press("1", "j", "j", "/")
        await ana.type("flink")
        await ana.press("ctrl+s")
        await ana.type("fix FIRST")
        await ana.press("tab")
        assert ana.field == "category:EN flink"
        await ana.press("ctrl+s")
        assert "Fix first is a built-in view" in ana.text
        await ana.to("name")
        await ana.fill("Mine")
        await ana.to("query")
        await ana.fill("flink severity:hgh")
        await ana.press("ctrl+s")
        assert "column 16: unknown severity" in ana.text
        await ana.fill("flink severity:high")
        await ana.press("ctrl+s")
        assert saved(sample) == {"Mine": "flink severity:high"}
        assert "Saved view Mine (u to undo)" in ana.text
        with as_bo(sample) as bo:
            save_query(bo, SavedKind.VIEW, "Mine", "owner:bo")
        await ana.press("ctrl+s")
        await ana.type("mine")
        await ana.press("ctrl+s")
        assert "There is a view Mine: owner:bo" in ana.text
        await ana.press("escape")
        assert "there is a view Mine already" in ana.text
        assert saved(sample) == {"Mine": "owner:bo"}
        await ana.press("ctrl+s")
        with as_bo(sample) as bo:
            save_query(bo, SavedKind.VIEW, "Mine", "owner:cy")
        await ana.press("R")
        assert "bo changed query of Mine to 'owner:cy' while you were editing" in ana.sentences
        await ana.press("ctrl+s", "R")
        assert saved(sample) == {"Mine": "category:EN flink"}
        await ana.press("u")
        assert saved(sample) == {"Mine": "owner:cy"}


async def test_saved_views_are_renamed_edited_and_removed_by_two(sample: Path) -> None:
    async with seat(sample, (80, 30), notifications=True) as ana:
        await ana.press("v", "n")
        await ana.type("Amber")
        await ana.press("tab")
        await ana.type("component:Amber")
        await ana.press("ctrl+s")
        assert "▌Amber" in ana.text
        with as_bo(sample) as bo:
            save_query(bo, SavedKind.VIEW, "Theirs", "owner:none")
        await look_up(ana)
        assert "Theirs" in ana.text
        await ana.press("e")
        await ana.fill("Amber, by age")
        await ana.to("query")
        await ana.fill("component:Amber sort:age")
        with as_bo(sample) as bo:
            edit_query(bo, SavedKind.VIEW, "Amber", {"query": "component:amber"})
        await ana.press("ctrl+s")
        assert "bo: component:amber" in ana.text
        await ana.press("m", "enter")
        assert saved(sample) == {"Amber, by age": "component:Amber sort:age", "Theirs": "owner:none"}
        assert "▌Amber, by age" in ana.text
        await ana.press("enter")
        assert listed(ana) == found(sample, "component:Amber sort:age")
        await ana.press("u")
        assert "Amber" in saved(sample)
        await ana.press("v", "G", "D")
        assert "Remove the view Theirs?" in ana.text
        await ana.press("y")
        assert list(saved(sample)) == ["Amber"]
        assert "▌Amber" in ana.text
        await ana.press("q", "u")
        assert list(saved(sample)) == ["Amber", "Theirs"]


async def test_a_view_that_is_not_understood_says_so(sample: Path) -> None:
    with as_bo(sample) as bo:
        save_unchecked(bo, SavedKind.VIEW, "Of tomorrow", "mood:good")
    async with seat(sample, (40, 12), notifications=True) as ana:
        await ana.press("v", "G")
        assert "invalid" in ana.text
        assert "unknown qualifier 'mood'" in ana.text
        await ana.press("enter")
        assert "Views" in ana.text
        await ana.press("e")
        await ana.to("query")
        await ana.fill("owner:none")
        await ana.press("ctrl+s", "enter")
        assert listed(ana) == found(sample, "owner:none")
