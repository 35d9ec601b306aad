"""The dashboard under a person's hands: what the keys do, on the screen and in the store."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from store.commands.items import set_status
from store.db.database import Database
from store.enums import Severity, Status
from store.queries.overview import Counts
from tests.tui.screen import NOON, seat
from tui.panes.categories import category_line
from tui.render.text import UNICODE

if TYPE_CHECKING:
    from pathlib import Path


async def test_the_first_screen_shows_the_register(sample: Path) -> None:
    async with seat(sample) as ana:
        assert "Netflix ML Platform" in ana.rows[0]
        assert "11 open · 4 mitigated" in ana.rows[0]
        assert "1 All categories ───────────── 11 of 15 open" in ana.rows[1]
        assert "BE-001 H●" in ana.text
        assert " of 15" in ana.text
        assert "? help  q quit" in ana.rows[-1]


def test_the_digits_of_large_counts_are_grouped() -> None:
    row = category_line("Entanglement", Counts(open=950, in_progress=58, mitigated=421), 46, UNICODE, len("10,000"))
    assert "".join(text for text, _ in row) == "Entanglement        1,008 of 1,429  ━━━━━━━───"


@pytest.mark.parametrize(
    ("key", "status", "counts"),
    [
        ("m", Status.MITIGATED, "10 open · 5 mitigated"),
        ("p", Status.IN_PROGRESS, "10 open · 1 in progress · 4 mitigated"),
    ],
)
async def test_a_status_key_acts_at_once(sample: Path, key: str, status: Status, counts: str) -> None:
    async with seat(sample, (120, 36)) as ana:
        await ana.choose("EN-001")
        await ana.press(key)
        assert ana.item("EN-001").status is status
        assert counts in ana.rows[0]
        assert f"EN-001: {status.value} (u to undo)" in ana.rows[-1]
        assert ana.app.screen.state.selected == "EN-001"


async def test_undo_and_redo(sample: Path) -> None:
    async with seat(sample) as ana:
        await ana.choose("EN-001")
        await ana.press("m", "u")
        assert ana.item("EN-001").status is Status.OPEN
        assert "Undid: EN-001 status change (ctrl+r to redo)" in ana.rows[-1]
        assert "11 open · 4 mitigated" in ana.rows[0]
        await ana.press("ctrl+r")
        assert ana.item("EN-001").status is Status.MITIGATED
        await ana.press("u", "u")
        assert "11 open · 4 mitigated" in ana.rows[0]


async def test_undoing_the_import_asks_first(sample: Path) -> None:
    async with seat(sample) as ana:
        await ana.press("u")
        assert "undo the import" in ana.text
        await ana.press("escape")
        assert ana.summary().total.counts.total == 15


async def test_choosing_a_category_filters_everything(sample: Path) -> None:
    async with seat(sample, (120, 36)) as ana:
        await ana.press("1", "j", "j")
        assert "1 of 3" in ana.text
        assert "EN-003" in ana.text
        assert "BE-001" not in ana.text
        assert "Models share inputs" in ana.text or "Entanglement" in ana.rows[2]
        assert any(row.count("▌") and "Entanglement" in row for row in ana.rows[20:])
        await ana.press("escape")
        assert " of 15" in ana.text


async def test_the_filter_follows_the_typing(sample: Path) -> None:
    async with seat(sample) as ana:
        await ana.press("/")
        await ana.type("flink")
        found = [row for row in ana.rows if "EN-001" in row]
        assert found
        assert "BE-001" not in ana.text
        await ana.press("enter")
        assert "/flink" in ana.text
        await ana.press("escape")
        assert " of 15" in ana.text


async def test_a_filter_that_finds_nothing_says_so(sample: Path) -> None:
    async with seat(sample) as ana:
        await ana.press("/")
        await ana.type("zzzz")
        assert "No matches" in ana.text
        await ana.press("escape")
        assert " of 15" in ana.text


async def test_a_neighbor_leads_to_its_item_and_back(sample: Path) -> None:
    async with seat(sample, (120, 50)) as ana:
        await ana.choose("EN-001")
        await ana.press("3", "g", "j", "enter")
        there = ana.app.screen.state.selected
        assert there in ("EN-002", "DD-001", "PD-002")
        await ana.press("backspace")
        assert ana.app.screen.state.selected == "EN-001"


async def test_a_node_of_the_map_is_the_chosen_item(sample: Path) -> None:
    async with seat(sample, (120, 50)) as ana:
        await ana.press("5", "g", "j")
        chosen = ana.app.screen.state.selected
        await ana.press("m" if ana.item(chosen).status is Status.OPEN else "o")
        assert ana.item(chosen).last_change.actor == "ana"
        assert f"{chosen}: " in ana.rows[-1]


@pytest.mark.parametrize("size", [(200, 50), (120, 36), (80, 24), (40, 12)])
async def test_every_pane_is_reachable_and_nothing_is_cut_without_a_mark(sample: Path, size: tuple[int, int]) -> None:
    signs = ("All categories", "BE-001", "BE-001", "Boundary Erosion", "PD-001")
    async with seat(sample, size) as ana:
        for number, sign in enumerate(signs, start=1):
            await ana.press(str(number))
            assert f"▌{number} " in ana.text
            assert sign in ana.text
            assert all(len(row) <= size[0] for row in ana.rows)
        await ana.press("1")
        for number in (2, 3, 4, 5, 1):
            await ana.press("tab")
            assert f"▌{number} " in ana.text
        await ana.press("shift+tab", "z")
        assert "▌5 Map" in ana.rows[1]
        assert "Netflix" in ana.rows[0]


async def test_zoom_gives_the_pane_the_screen_and_back(sample: Path) -> None:
    async with seat(sample, (120, 36)) as ana:
        before = ana.rows[1:-1]
        await ana.press("z")
        assert "▌2 Items" in ana.rows[1]
        assert "┌ 3 Item" not in ana.text
        await ana.press("z")
        assert ana.rows[1:-1] == before


async def test_another_persons_change_shows(sample: Path) -> None:
    async with seat(sample) as ana:
        with Database.open(sample, clock=lambda: NOON, actor="bo") as database:
            set_status(database, ("EN-001",), Status.MITIGATED)
        ana.app.screen.live_updates.poll()
        await ana.settle()
        assert "10 open · 5 mitigated" in ana.rows[0]


async def test_severity_owner_due_and_comment(sample: Path) -> None:
    async with seat(sample) as ana:
        await ana.choose("EN-001")
        await ana.press("s", "l")
        assert ana.item("EN-001").severity is Severity.LOW
        await ana.press("w")
        await ana.type("ML Platform")
        await ana.press("enter")
        assert ana.item("EN-001").owner == "ML Platform"
        await ana.press("t")
        await ana.type("2026-04-31")
        await ana.press("enter")
        assert "is not a date" in ana.text
        await ana.press("backspace", "backspace")
        await ana.type("30")
        await ana.press("enter")
        assert str(ana.item("EN-001").due_on) == "2026-04-30"
        await ana.press("c")
        await ana.type("asked the vendor")
        await ana.press("ctrl+s")
        assert ana.item("EN-001").comments[0].note == "asked the vendor"


async def test_removing_wants_another_key(sample: Path) -> None:
    async with seat(sample) as ana:
        await ana.choose("EN-001")
        await ana.press("D", "D")
        assert "Remove EN-001 and its 3 dependencies?" in ana.text
        await ana.press("y")
        assert ana.summary().total.counts.total == 14
        await ana.press("u")
        assert len(ana.item("EN-001").fed_by) == 2


async def test_the_palette_runs_a_command(sample: Path) -> None:
    async with seat(sample) as ana:
        await ana.choose("EN-001")
        await ana.press("ctrl+p")
        await ana.type("status to Mitigated")
        await ana.wait_for("Set the status to Mitigated")
        await ana.press("enter")
        assert ana.item("EN-001").status is Status.MITIGATED


async def test_quitting(sample: Path) -> None:
    async with seat(sample) as ana:
        await ana.press("?")
        assert "Add an item" in ana.text
        await ana.press("q")
        assert " of 15" in ana.text
        ana.send("q")
        await ana.calm()
        assert ana.app.return_value == 0


@pytest.mark.parametrize(
    ("size", "said"), [((120, 36), "cleared its note 'pinned versions' (u to undo)"), ((40, 12), "cleared it…")]
)
async def test_a_status_key_says_that_it_removed_a_note(sample: Path, size: tuple[int, int], said: str) -> None:
    with Database.open(sample, clock=lambda: NOON, actor="ana") as db:
        set_status(db, ["EN-001"], Status.MITIGATED, note="pinned versions")
    async with seat(sample, size) as ana:
        await ana.choose("EN-001")
        await ana.press("o")
        assert f"EN-001: Open; {said}" in ana.rows[-1]
        # The key to undo shows, and so does one of the keys.
        _, hint, keys = ana.rows[-1].partition("(u to undo)")
        assert hint
        assert "?" in keys
        await ana.press("u")
        found = ana.item("EN-001")
        assert (found.status, found.status_note) == (Status.MITIGATED, "pinned versions")


@pytest.mark.parametrize("size", [(120, 36), (80, 24), (40, 12)], ids=lambda size: f"{size[0]}x{size[1]}")
async def test_the_keys_stay_beside_what_was_done(sample: Path, size: tuple[int, int]) -> None:
    async with seat(sample, size) as ana:
        await ana.press("m")
        assert ana.rows[-1].startswith(" BE-001: Mitigated (u to undo) ")
        assert "? help" in ana.rows[-1]
        assert ("m mitigated" in ana.rows[-1]) is (size[0] >= 80)
        ana.app.screen.say("A sentence that is much longer than forty cells, and says so at length")
        await ana.settle()
        assert ana.rows[-1].startswith(" A sentence that is much longer")
        assert "?" in ana.rows[-1]
        ana.app.screen.keys.hush()
        await ana.settle()
        assert ana.rows[-1].startswith(" m mitigated  p progress")
        assert "? help  q quit" in ana.rows[-1]
