"""Where the panes are at every size, and how much room they have."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from store.commands.items import edit_items
from store.db.database import Database
from store.queries.overview import Counts, summary
from tests.tui.screen import ACTOR, NOON, seat
from tui.dashboard.layout import arrange
from tui.panes.dashboard import dashboard_lines
from tui.render.text import UNICODE

if TYPE_CHECKING:
    from pathlib import Path


def panes(width: int, height: int, current: int = 2, right: int = 3, *, zoomed: bool = False) -> set[int]:
    found = arrange(width, height, current=current, right=right, zoomed=zoomed, categories=8, dashboard=14)
    return set(found.panes)


def test_wide_shows_every_pane() -> None:
    assert panes(200, 48) == panes(110, 34) == {1, 2, 3, 4, 5}


@pytest.mark.parametrize("right", [3, 4, 5])
def test_narrow_shows_one_pane_at_the_right(right: int) -> None:
    assert panes(80, 22, current=right, right=right) == {1, 2, right}
    assert panes(109, 22, right=right) == {1, 2, right}


@pytest.mark.parametrize("current", [1, 2, 3, 4, 5])
def test_very_narrow_and_zoomed_show_the_pane_in_front(current: int) -> None:
    assert panes(59, 10, current=current) == {current}
    assert panes(200, 48, current=current, zoomed=True) == {current}


@pytest.mark.parametrize("height", range(4, 60))
@pytest.mark.parametrize("width", [60, 80, 109, 110, 120, 200])
def test_no_pane_is_squeezed_out(width: int, height: int) -> None:
    found = arrange(width, height, current=2, right=3, zoomed=False, categories=8, dashboard=14)
    assert found.left_width is not None
    assert 24 <= found.left_width <= width - 24
    assert found.categories_height is not None
    assert found.categories_height <= max(height // 2, 3)


async def test_at_80x24_the_items_have_14_rows_and_their_titles_36_columns(sample: Path) -> None:
    async with seat(sample, (80, 24)) as ana:
        listed = [row for row in ana.rows if row[4:5] == "-" and row[2:4].isupper()]
        assert len(listed) == 15
        title = listed[0].partition("│┌")[0].split("● ")[1].partition("│")[0]
        assert title == "Recommendation models bypass the fe…"
        assert len(title) >= 36
        assert "unassigned" in ana.text


async def test_keys_that_are_cut_stay_different(sample: Path) -> None:
    with Database.open(sample, clock=lambda: NOON, actor=ACTOR) as db:
        for key, number in (("BE-001", 123), ("BE-002", 124)):
            edit_items(db, (key,), {"key": f"debt-2024-{number:06}"})
    async with seat(sample, (80, 24)) as ana:
        assert "debt-2…-000123 H●" in ana.text
        assert "debt-2…-000124 M●" in ana.text


async def test_folded_categories_name_the_one_in_use_and_unfold_with_the_focus(sample: Path) -> None:
    async with seat(sample, (80, 24)) as ana:
        assert "1 All categories" in ana.rows[1]
        assert "11 of 15 open" in ana.rows[1]
        assert "Pipeline Debt" not in ana.text
        await ana.press("1", "j", "j")
        assert "▌1 Categories" in ana.rows[1]
        assert "▌Entanglement" in ana.text
        assert "Pipeline Debt" in ana.text
        await ana.press("2")
        assert "1 Category: Entanglement" in ana.rows[1]
        assert "3 of 3 open" in ana.rows[1]
        assert "Pipeline Debt" not in ana.text


async def test_categories_show_where_there_are_rows_for_them(sample: Path) -> None:
    async with seat(sample, (80, 30)) as ana:
        assert "Pipeline Debt" in ana.text


async def test_the_pane_in_front_has_more_room_in_a_narrow_terminal(sample: Path) -> None:
    async with seat(sample, (80, 24)) as ana:
        before = ana.app.screen.query_one("#item").size.width
        await ana.press("3")
        assert ana.app.screen.query_one("#item").size.width > before + 15
        await ana.press("2")
        assert ana.app.screen.query_one("#item").size.width == before


async def test_a_low_terminal_spends_no_row_on_a_foot(sample: Path) -> None:
    async with seat(sample, (40, 12)) as ana:
        assert "DD-001" in ana.rows[10]
        await ana.press("5")
        assert "7 dependencies" in ana.rows[10]


def test_the_table_leaves_out_statuses_before_it_cuts_a_number(sample: Path) -> None:
    with Database.open(sample) as db, db.read() as reader:
        found = summary(reader)
    many = found._replace(total=found.total._replace(counts=Counts(5977, 1018, 2483, 522)))
    for width, statuses in ((38, "Open Prog. Mit. Acc. Total"), (33, "Open Prog. Mit. Total"), (27, "Open Mit. Total")):
        table = ["".join(text for text, _ in row) for row in dashboard_lines(many, width, UNICODE)[0][:9]]
        assert table[0].split(maxsplit=1)[1].split() == statuses.split()
        assert table[8].endswith(" 10,000")
        assert all(len(row) <= width for row in table)


async def test_no_number_is_cut_in_the_title_row_of_the_categories(sample: Path) -> None:
    async with seat(sample, (60, 15)) as ana:
        assert "11 of 15" in ana.rows[1], ana.text
    async with seat(sample, (80, 24)) as ana:
        assert "11 of 15 open" in ana.rows[1], ana.text
