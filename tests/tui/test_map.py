"""The map under a person's hands: walking, edges, kinds of picture, verbs on the chosen box, the mouse."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from store.commands.dependencies import link
from store.commands.items import add_item, comment, set_status
from store.db.database import Database
from store.enums import Severity, Status
from tests.tui.mapped import at, caption, status
from tests.tui.screen import NOON, seat

if TYPE_CHECKING:
    from pathlib import Path


KEYS = {"EN-001", "EN-002", "FL-001", "FL-003", "DD-001", "PD-001", "PD-002", "CD-001", "MS-001"}
EDGES = {
    "EN-001 feature changes cascade to EN-002",
    "FL-001 amplified popularity biases MS-001",
    "DD-001 schema breaks cascade to EN-001",
    "PD-001 dead jobs mask DD-001",
    "PD-002 skew amplifies EN-001",
    "CD-001 misconfig delays MS-001",
    "FL-003 misleading signal feeds FL-001",
}


def many(path: Path, count: int) -> None:
    """Add as many items, each made worse by the one before it."""
    with Database.open(path, clock=lambda: NOON, actor="bo") as bo:
        for number in range(count):
            values = {"category": "BE", "key": f"ZZ-{number:03}", "description": "x", "severity": Severity.LOW}
            add_item(bo, values)
            if number:
                link(bo, f"ZZ-{number - 1:03}", f"ZZ-{number:03}", f"step {number}")


async def test_the_chosen_item_is_the_chosen_box_and_the_other_way_round(sample: Path) -> None:
    async with seat(sample) as ana:
        await at(ana, "EN-001")
        assert "▌H● EN-001 Feature Entanglement" in ana.text
        assert status(ana).startswith("H● EN-001  fed by 2, feeds 1, reaches 1")
        assert caption(ana) == "Whole · 9 items, 7 dependencies"
        await ana.press("j")
        assert ana.chosen == "EN-002"
        assert "▌H● EN-002" in ana.text
        await ana.press("z", "2")
        assert any(row.count("▌EN-002") for row in ana.rows)


async def test_an_item_without_a_box_stays_chosen_until_a_key_moves(sample: Path) -> None:
    async with seat(sample) as ana:
        await at(ana, "EN-003")
        assert ana.chosen == "EN-003"
        assert status(ana) == "EN-003 has no dependencies here"
        await ana.press("j")
        assert ana.chosen == "PD-001"


async def test_up_and_down_follow_the_edges_left_and_right_the_layer(sample: Path) -> None:
    async with seat(sample) as ana:
        await at(ana, "PD-001")
        walked = []
        for key in ("j", "j", "j", "k", "k", "right", "right", "left", "k"):
            await ana.press(key)
            walked.append(ana.chosen)
        assert walked[:5] == ["DD-001", "EN-001", "EN-002", "EN-001", "DD-001"]
        assert walked[5:] == ["PD-002", "FL-001", "PD-002", "PD-001"]


async def test_reading_order_reaches_every_box_and_the_brackets_every_edge(sample: Path) -> None:
    async with seat(sample) as ana:
        await at(ana, "PD-001")
        boxes, edges = set(), set()
        await ana.press("g")
        for _ in KEYS:
            boxes.add(ana.chosen)
            for _ in range(3):
                await ana.press("]")
                edges.add(status(ana))
            await ana.press("[", ".")
        assert boxes == KEYS
        assert edges == EDGES
        await ana.press("G", ".")
        last = ana.chosen
        await ana.press(",")
        assert ana.chosen != last


async def test_every_verb_acts_on_the_chosen_box_and_shows_at_once(sample: Path) -> None:
    async with seat(sample) as ana:
        await at(ana, "PD-001")
        await ana.press("j", "m")
        assert ana.item("DD-001").status is Status.MITIGATED
        assert "▌H✓ DD-001" in ana.text
        await ana.press("u", "s", "l")
        assert ana.item("DD-001").severity is Severity.LOW
        assert "▌L● DD-001" in ana.text
        await ana.press("w")
        await ana.type("MLP")
        await ana.press("ctrl+s")
        assert ana.item("DD-001").owner == "MLP"
        assert ana.chosen == "DD-001"


async def test_the_lit_edge_is_relabeled_and_unlinked_without_asking_which(sample: Path) -> None:
    async with seat(sample) as ana:
        await at(ana, "EN-001")
        await ana.press("]", "]")
        assert status(ana) == "PD-002 skew amplifies EN-001"
        await ana.press("L")
        await ana.fill("skew hides")
        await ana.press("ctrl+s")
        assert ("EN-001", "skew hides") in [(edge.key, edge.label) for edge in ana.item("PD-002").feeds]
        assert status(ana) == "PD-002 skew hides EN-001"
        await ana.press("d")
        assert ana.item("PD-002").feeds == ()
        assert "PD-002" not in "\n".join(ana.rows[2:-3])
        await ana.press("u")
        assert "[H● PD-002" in ana.text


async def test_a_link_from_the_chosen_box_is_drawn(sample: Path) -> None:
    async with seat(sample) as ana:
        await at(ana, "EN-002")
        await ana.press("l")
        await ana.type("CD-002")
        await ana.press("tab")
        await ana.type("blurs")
        await ana.press("ctrl+s")
        assert "[M● CD-002" in ana.text
        assert "│ blurs" in ana.text
        assert caption(ana) == "Whole · 10 items, 8 dependencies"


async def test_one_item_in_focus_more_hops_and_back(sample: Path) -> None:
    async with seat(sample, (120, 30)) as ana:
        await at(ana, "EN-001")
        await ana.press("enter")
        assert caption(ana) == "Focus EN-001, 1 hop · 4 of 9 items, 3 of 7 dependencies"
        assert "─schema breaks cascade to─┐" in ana.text
        await ana.press("left")
        assert ana.chosen in ("DD-001", "PD-002")
        assert caption(ana).startswith("Focus EN-001")
        await ana.press("+")
        assert caption(ana) == "Focus EN-001, 2 hops · 5 of 9 items, 4 of 7 dependencies"
        await ana.press("-", "enter")
        assert caption(ana).startswith(f"Focus {ana.chosen}, 1 hop")
        await ana.press("backspace")
        assert caption(ana).startswith("Focus EN-001")
        await ana.press("backspace")
        assert caption(ana).startswith("Whole")


async def test_a_focus_follows_what_is_chosen_in_another_pane(sample: Path) -> None:
    async with seat(sample, (120, 40)) as ana:
        await ana.choose("EN-001")
        await ana.press("5", "enter")
        assert "Focus EN-001" in ana.text
        await ana.choose("MS-001")
        assert "Focus MS-001" in ana.text


async def test_the_kinds_of_picture_in_turn(sample: Path) -> None:
    async with seat(sample) as ana:
        await at(ana, "EN-001")
        shown = []
        for _ in range(4):
            await ana.press("V")
            shown.append(caption(ana).split(" ")[0])
        assert shown == ["Focus", "Overview", "List", "Whole"]


async def test_the_list_walks_items_and_edges(sample: Path) -> None:
    async with seat(sample) as ana:
        await at(ana, "PD-001")
        await ana.press("V", "V", "V")
        assert "▌H● PD-001  Dead Flink Jobs" in ana.text
        await ana.press("j")
        assert status(ana) == "PD-001 dead jobs mask DD-001"
        await ana.press("j")
        assert ana.chosen == "DD-001"
        await ana.press("enter")
        assert caption(ana).startswith("Focus DD-001")


async def test_more_items_than_fit_whole_begin_in_focus(sample: Path) -> None:
    many(sample, 30)
    async with seat(sample, (110, 30)) as ana:
        await at(ana, "ZZ-010")
        assert caption(ana).startswith("Focus ZZ-010, 1 hop · 3 of 39 items, 2 of 36 dependencies")
        shown = []
        for _ in range(3):
            await ana.press("V")
            shown.append(caption(ana).split(" ")[0])
        assert shown == ["Overview", "List", "Focus"]


async def test_a_redraw_where_nothing_changed_does_not_move_the_picture(sample: Path) -> None:
    many(sample, 14)
    async with seat(sample) as ana:
        await at(ana, "ZZ-010")
        await ana.press("j")
        before = ana.rows[2:-3]
        with Database.open(sample, clock=lambda: NOON, actor="bo") as bo:
            comment(bo, ("BE-001",), "nothing that the map shows")
        await ana.press("c")
        await ana.type("mine")
        await ana.press("ctrl+s")
        assert ana.rows[2:-3] == before


async def test_keys_go_on_while_a_picture_is_drawn(sample: Path) -> None:
    many(sample, 60)
    async with seat(sample) as ana:
        await ana.choose("ZZ-010")
        await ana.press("5")
        free = threading.Event()
        ana.threads[1].submit(free.wait)
        try:
            for key in ("V", "2", "G"):
                ana.send(key)
                await ana.calm()
            assert any("▌MS-001" in row for row in ana.rows)
            assert "Overview" not in ana.text
        finally:
            free.set()
        await ana.settle()
        await ana.press("5")
        assert "Overview" in ana.text


async def test_the_mouse_chooses_boxes_and_edges(sample: Path) -> None:
    async with seat(sample) as ana:
        await at(ana, "EN-001")
        await ana.click("CD-001]")
        assert ana.chosen == "CD-001"
        await ana.click("dead jobs mask")
        assert status(ana) == "PD-001 dead jobs mask DD-001"
        await ana.click("FL-003 Artwork", times=2)
        assert caption(ana).startswith("Focus FL-003")


@pytest.mark.parametrize("size", [(200, 50), (80, 24), (40, 12)], ids=lambda size: f"{size[0]}x{size[1]}")
async def test_scrolling_follows_the_choice(sample: Path, size: tuple[int, int]) -> None:
    many(sample, 12)
    async with seat(sample, size) as ana:
        await at(ana, "PD-001") if size[0] > 40 else await ana.press("5")
        await ana.press("g")
        for _ in range(21):
            row = next((row for row in ana.rows[2:] if "▌" in row and str(ana.chosen) in row), None)
            assert row is not None, ana.text
            await ana.press(".")


async def test_without_color_the_chosen_box_is_marked_all_the_same(
    sample: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with seat(sample) as ana:
        await at(ana, "EN-001")
        assert ana.text.count("▌H●") == 1


async def test_in_the_list_the_marked_row_is_the_item_that_keys_act_on(sample: Path) -> None:
    async with seat(sample) as ana:
        await at(ana, "EN-003")
        await ana.press("V", "V", "V")
        assert status(ana) == "EN-003 has no dependencies here"
        assert not any("▌" in row for row in ana.rows[2:])
        await ana.press("j")
        marked = next(row for row in ana.rows[2:] if "▌" in row)
        assert str(ana.chosen) in marked
        assert status(ana).startswith(f"M● {ana.chosen}")


async def test_a_lit_edge_stays_lit_whatever_its_label_holds(sample: Path) -> None:
    with Database.open(sample, clock=lambda: NOON, actor="bo") as bo:
        link(bo, "EN-002", "CD-002", "weird \u202e label\tof tabs")
    async with seat(sample) as ana:
        await at(ana, "CD-002")
        await ana.press("]")
        lit = status(ana)
        assert lit.startswith("EN-002 weird")
        with Database.open(sample, clock=lambda: NOON, actor="bo") as bo:
            set_status(bo, ("EN-001",), Status.MITIGATED)
        ana.app.screen.live_updates.poll()
        await ana.settle()
        assert status(ana) == lit
