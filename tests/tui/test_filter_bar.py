"""The filter under a person's hands: live results, what is wrong with it, what fits, and the order of the list."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from store.commands.items import edit_items, remove_items
from store.db.database import Database
from store.enums import Status
from store.filters.ast import ItemFilter
from store.filters.parser import parse
from store.queries.items import page
from tests.tui.screen import as_bo, look_up, seat
from tests.tui.test_threads import held

if TYPE_CHECKING:
    from pathlib import Path

    from tests.tui.screen import Seat


def found(path: Path, query: str) -> list[str]:
    """The keys of the items that a query finds, in its order."""
    with Database.open(path) as database, database.read() as session:
        return [row.key for row in page(session, ItemFilter(parse(query)), limit=1000).items]


def listed(person: Seat) -> list[str]:
    """The keys of the items pane, in its order."""
    items = person.app.screen_stack[0].panes.items  # type: ignore[attr-defined]
    return [items.at(index).key for index in range(items.total)]


def lit(person: Seat) -> tuple[set[str], set[str]]:
    """What is highlighted in the list and in the item's details."""
    main = person.app.screen_stack[0]
    views = (main.panes.items, main.panes.item)  # type: ignore[attr-defined]
    rows = [[view.row(at, view.size.width - 1) for at in range(view.row_count)] for view in views]
    in_list, in_details = ({text for row in each for text, style in row if "hit" in style.split()} for each in rows)
    return in_list, in_details


async def test_a_query_filters_as_it_is_typed_and_its_words_are_lit(sample: Path) -> None:
    async with seat(sample) as ana:
        await ana.press("/")
        await ana.type("flink -dead")
        wanted = found(sample, "flink -dead")
        assert 1 < len(wanted) < 15
        assert listed(ana) == wanted
        assert f"1 of {len(wanted)}  /flink -dead" in ana.text
        assert lit(ana) == ({"Flink"}, {"Flink"})
        await ana.press("enter")
        assert ana.app.focused.id == "items"
        assert "/ filter" in ana.rows[-1]
        await ana.press("escape")
        assert listed(ana) == found(sample, "")
        assert lit(ana) == (set(), set())


async def test_what_is_wrong_is_pointed_at_and_the_last_result_stays(sample: Path) -> None:
    async with seat(sample) as ana:
        await ana.press("/")
        await ana.type("flink")
        await ana.type(" severity:hgh")
        assert listed(ana) == found(sample, "flink")
        assert "/flink" in ana.text
        at = next(number for number, row in enumerate(ana.rows) if row.startswith("flink severity:hgh"))
        assert ana.rows[at + 1].startswith(f"{'':15}^^^ unknown severity")
        assert "did you mean severity:high?" in ana.rows[at + 1]
        await ana.press("enter")
        assert ana.field == "flink severity:hgh"
        await ana.pilot.resize_terminal(40, 12)
        await ana.settle()
        assert "severity:high?" in ana.text
        await ana.press("backspace", "backspace")
        await ana.type("igh")
        assert "^" not in ana.text
        assert listed(ana) == found(sample, "flink severity:high")
        await ana.type(" category:XX")
        assert "unknown category XX" in ana.text
        assert listed(ana) == found(sample, "flink severity:high")
        await ana.press("escape")
        assert listed(ana) == found(sample, "")


async def test_qualifiers_and_values_are_completed(sample: Path) -> None:
    with as_bo(sample) as bo:
        edit_items(bo, ("EN-002", "DD-001"), {"owner": "ML Platform"})
    async with seat(sample) as ana:
        await ana.press("/")
        assert "status:" in ana.text
        assert "The status of the item" in ana.text
        await ana.type("ow")
        await ana.press("tab")
        assert ana.field == "owner:"
        assert "2 items" in ana.text
        await ana.press("down", "enter")
        assert ana.field == 'owner:"ML Platform" '
        assert listed(ana) == ["EN-002", "DD-001"]
        await ana.type("sev")
        await ana.press("down", "up", "tab")
        await ana.type("m")
        await ana.press("tab", "enter")
        assert listed(ana) == []
        assert "No matches; Esc clears the filter" in ana.text
        await ana.press("escape", "/")
        await ana.click("category:")
        assert ana.field == "category:"
        await ana.press("escape", "/", "up")
        assert ana.field == 'owner:"ML Platform" severity:medium '
        await ana.press("down")
        assert ana.field == ""
        await ana.press("f1")
        assert "The filter language" in ana.text
        await ana.press("escape")
        assert ana.app.focused is not None
        await ana.type("x")
        assert ana.field == "x"


async def test_what_is_typed_behind_the_filter_is_for_what_it_finds(
    sample: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with seat(sample, (40, 12)) as ana:
        await ana.press("3")
        with held(monkeypatch, "summary") as gate:
            ana.send("/", *"key:dd-*", "enter")
            await ana.calm()
            await gate.arrival()
            ana.send("j", "m")
            await ana.calm()
        await ana.settle()
        assert ana.item("DD-002").status is Status.MITIGATED
        assert ana.item("BE-002").status is Status.OPEN
        assert listed(ana) == ["DD-001", "DD-002"]


async def test_the_list_is_sorted_by_one_column_after_the_other(sample: Path) -> None:
    async with seat(sample) as ana:
        await ana.press("j", ">")
        assert listed(ana) == found(sample, "sort:score")
        assert ana.chosen == listed(ana)[0]
        assert "1 of 15 by score" in ana.text
        for order in ("age", "severity", "due", "owner", "key", "changed"):
            await ana.press(">")
            assert f"by {order}" in ana.text
            assert listed(ana) == found(sample, f"sort:{order}")
        await ana.press(">")
        assert listed(ana) == found(sample, "")
        await ana.press("<", "<", "/")
        assert ana.field == "sort:key "
        await ana.type("severity:high")
        await ana.press("enter")
        assert listed(ana) == found(sample, "severity:high sort:key")
        await ana.press("/")
        await ana.fill("severity:high sort:-key")
        await ana.press("enter")
        assert listed(ana) == found(sample, "severity:high sort:key")[::-1]
        assert "by -key" in ana.text
        await ana.press("<")
        assert listed(ana) == found(sample, "severity:high sort:owner")


async def test_a_filter_that_names_what_somebody_removed_is_dropped(sample: Path) -> None:
    async with seat(sample, notifications=True) as ana:
        await ana.press("/")
        await ana.type("feeds:EN-001")
        await ana.press("enter")
        assert listed(ana) == found(sample, "feeds:EN-001")
        with as_bo(sample) as bo:
            remove_items(bo, ("EN-001",))
        await look_up(ana)
        assert len(listed(ana)) == 14
        assert "unknown item EN-001" in ana.sentences


@pytest.mark.parametrize("size", [(120, 36), (80, 24), (40, 12)], ids=lambda size: f"{size[0]}x{size[1]}")
async def test_an_applied_filter_shows_whole_above_the_keys_or_beside_them(sample: Path, size: tuple[int, int]) -> None:
    text = "status:open severity:>=medium flink"
    async with seat(sample, size) as ana:
        await ana.press("/")
        await ana.type(text)
        # While it is typed, what is before the cursor is in view.
        assert text[-30:] in ana.text
        await ana.press("enter")
        assert f"/{text}" in ana.text
        assert "?" in ana.rows[-1]
        await ana.press("escape")
        assert text not in ana.text
