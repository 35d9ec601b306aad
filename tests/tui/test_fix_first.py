"""What to fix first in the dashboard, and what if something were fixed: in the list, the map and the header."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from store.commands.items import remove_items, set_status
from store.db.database import Database
from store.enums import Status
from tests.tui.screen import NOON, seat

if TYPE_CHECKING:
    from pathlib import Path

    from tests.tui.screen import Seat


def content(path: Path) -> bytes:
    """The whole database file."""
    return path.read_bytes()


async def test_the_list_and_back_to_the_counts(sample: Path) -> None:
    async with seat(sample, (120, 40)) as ana:
        await ana.press("F")
        assert "▌4 Fix first" in ana.text
        assert "Dashboard" not in ana.text
        assert "11 to fix" in ana.text
        first = next(row for row in ana.rows if "7.50 PD-001 H● Dead Flink Jobs" in row)
        start = first.index("7.50")
        reason = " ".join(row[start:].partition("│")[0].strip() for row in ana.rows[ana.rows.index(first) + 1 :][:3])
        assert reason.startswith("feeds DD-001 and, through it, EN-001 and EN-002; High")
        await ana.press("F")
        assert "Unresolved by severity" in ana.text
        assert "▌4 Dashboard" in ana.text


@pytest.mark.parametrize(("key", "name"), [("F", "4 Fix first"), ("O", "4 Owners")])
@pytest.mark.parametrize("size", [(120, 40), (80, 24), (40, 12)], ids=lambda size: f"{size[0]}x{size[1]}")
async def test_the_frame_names_the_pane_it_shows(sample: Path, size: tuple[int, int], key: str, name: str) -> None:
    async with seat(sample, size) as ana:
        await ana.press("4", key)
        assert f"▌{name} " in ana.text
        await ana.press("3")
        assert (name in ana.text) == (size[0] >= 80)
        assert "Dashboard" not in ana.text
        await ana.press("4")
        if size[0] == 80:
            await ana.press("3")
            await ana.click(name)
        assert f"▌{name} " in ana.text
        await ana.press("F" if key == "O" else "O")
        assert ("▌4 Owners " if key == "F" else "▌4 Fix first ") in ana.text
        await ana.press("F" if key == "O" else "O")
        assert "▌4 Dashboard " in ana.text


async def test_the_cursor_chooses_the_item_and_the_verbs_act_on_it(sample: Path) -> None:
    async with seat(sample) as ana:
        await ana.press("F", "g")
        assert ana.chosen == "PD-001"
        await ana.press("j")
        assert ana.chosen == "DD-001"
        await ana.press("m")
        assert ana.item("DD-001").status is Status.MITIGATED
        assert "4.00 PD-001" in ana.text
        assert "10 to fix" in ana.text
        await ana.press("u")
        assert "7.50 PD-001" in ana.text
        await ana.press("enter")
        assert "▌3 Item" in ana.text


async def test_what_the_scores_say_of_the_whole_stands_below(sample: Path) -> None:
    async with seat(sample, (120, 40)) as ana:
        await ana.press("F", "z", "G")
        assert "Roots: PD-001 and PD-002; 6 items are isolated." in ana.text
        assert "Frees the most: PD-001 and EN-001, 1 item each." in ana.text


@pytest.mark.parametrize("pane", ["5", "F"])
async def test_what_if_marks_everything_and_writes_nothing(sample: Path, pane: str) -> None:
    async with seat(sample, (120, 40)) as ana:
        await ana.choose("PD-001")
        before = content(sample)
        await ana.press(pane, "f")
        assert "as if PD-001 fixed" in ana.rows[0]
        assert "As if PD-001 were mitigated; nothing is written. Esc ends it" in ana.rows[-1]
        assert "H? PD-001" in ana.text
        assert "11 open · 4 mitigated" in ana.rows[0]
        assert content(sample) == before
        assert ana.item("PD-001").status is Status.OPEN
        await ana.press("f")
        assert "as if" not in ana.rows[0]
        assert "H● PD-001" in ana.text


async def test_several_items_as_if_fixed_and_their_scores(sample: Path) -> None:
    async with seat(sample, (200, 50)) as ana:
        await ana.choose("DD-001")
        await ana.press("F", "f")
        await ana.choose("EN-001")
        await ana.press("4", "f")
        assert "as if DD-001 and EN-001 fixed" in ana.rows[0]
        pd = next(at for at, row in enumerate(ana.rows) if "4.00 PD-001" in row)
        assert "now 7.50; feeds no open item; High" in ana.rows[pd + 1]
        await ana.press("z", "G")
        assert "Total score: 26.00; now 32.50." in ana.text
        await ana.press("escape")
        assert "as if" not in ana.text
        assert "7.50 PD-001" in ana.text


async def test_escape_ends_it_before_it_clears_the_category(sample: Path) -> None:
    async with seat(sample, (120, 40)) as ana:
        await ana.press("1", "j", "j", "2", "5", "g", "f", "escape")
        assert "as if" not in ana.rows[0]
        assert "category EN" in ana.text
        await ana.press("escape")
        assert "category EN" not in ana.text


async def test_an_item_that_somebody_removes_is_no_longer_supposed(sample: Path) -> None:
    async with seat(sample, (120, 40)) as ana:
        await ana.choose("PD-001")
        await ana.press("5", "f")
        with Database.open(sample, clock=lambda: NOON, actor="bo") as bo:
            remove_items(bo, ("PD-001",))
        await ana.press("2", "g", "m")
        assert "as if" not in ana.rows[0]
        assert "PD-001" not in "\n".join(ana.rows[:-1])


async def test_nothing_to_fix_says_so(sample: Path) -> None:
    with Database.open(sample, clock=lambda: NOON, actor="bo") as bo:
        keys = ["BE-001", "BE-002", "EN-001", "EN-002", "EN-003", "FL-003"]
        set_status(bo, [*keys, "DD-001", "DD-002", "PD-001", "PD-002", "CD-002"], Status.MITIGATED)
    async with seat(sample) as ana:
        await ana.press("F")
        assert "No item is open." in ana.text


async def test_the_blast_radius_stands_with_the_item(sample: Path) -> None:
    async with seat(sample, (200, 50)) as ana:
        await ana.choose("PD-001")
        assert "Reaches 3 items: DD-001; EN-001 via DD-001; EN-002 via DD-001 and EN-001." in ana.text
        assert "Score 7.50; mitigating it would free DD-001." in ana.text
        await ana.choose("DD-001")
        assert "Score 7.00; mitigating it would lower the other scores by 3.50." in ana.text
        await ana.choose("EN-003")
        assert "Blast radius" not in ana.text


def listed(person: Seat) -> str:
    """The list of what to fix first in the wide layout, without its title."""
    top = next(at for at, row in enumerate(person.rows) if "4 Fix first" in row)
    return "\n".join(row[36:77] for row in person.rows[top + 1 : -2])


async def test_an_item_that_leaves_the_list_leaves_no_mark_on_another(sample: Path) -> None:
    async with seat(sample, (120, 40)) as ana:
        await ana.press("F", "g", "j")
        assert ana.chosen == "DD-001"
        await ana.press("m")
        assert "DD-001 H✓" in listed(ana)
        await ana.press("j")
        assert "DD-001" not in listed(ana)
        marked = next(row for row in listed(ana).split("\n") if "▌" in row)
        assert str(ana.chosen) in marked
        assert ana.chosen != "DD-001"


async def test_what_is_mitigated_already_is_not_supposed(sample: Path) -> None:
    async with seat(sample) as ana:
        await ana.choose("FL-001")
        await ana.press("5", "f")
        assert "FL-001 is Mitigated already" in ana.rows[-1]
        assert "as if" not in ana.rows[0]


async def test_of_several_supposed_items_only_the_removed_one_goes(sample: Path) -> None:
    async with seat(sample, (120, 40)) as ana:
        await ana.choose("PD-001")
        await ana.press("5", "f", "j", "f")
        assert "as if PD-001 and DD-001 fixed" in ana.rows[0]
        with Database.open(sample, clock=lambda: NOON, actor="bo") as bo:
            remove_items(bo, ("PD-001",))
        ana.app.screen.live_updates.poll()
        await ana.settle()
        assert "as if DD-001 fixed" in ana.rows[0]
        assert "PD-001 was removed" in ana.rows[-1]
