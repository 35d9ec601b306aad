"""Categories in the map: the overview, groups of neighbors, what opens and what takes no verb of an item."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.commands.categories import edit_category
from store.commands.dependencies import link
from store.commands.items import add_item, set_status
from store.db.database import Database
from store.enums import Severity, Status
from tests.tui.mapped import at, caption, status
from tests.tui.screen import NOON, seat

if TYPE_CHECKING:
    from pathlib import Path


async def test_the_overview_opens_a_category_and_closes_it_again(sample: Path) -> None:
    async with seat(sample) as ana:
        await at(ana, "EN-001")
        await ana.press("V", "V")
        assert status(ana) == "EN  Entanglement; Enter opens it"
        await ana.press("]")
        assert status(ana) == "1 dependency from PD to EN"
        await ana.press("enter")
        assert caption(ana) == "Whole · category EN · 4 items, 3 dependencies"
        assert "MS-001" not in "\n".join(ana.rows[2:-2])
        await ana.press("backspace")
        assert caption(ana).startswith("Overview · 6 categories")


async def test_many_neighbors_are_grouped_by_category_and_a_group_opens(sample: Path) -> None:
    with Database.open(sample, clock=lambda: NOON, actor="bo") as bo:
        for number in range(24):
            category = ("BE", "CD")[number % 2]
            values = {"category": category, "description": "x", "severity": Severity.LOW, "key": f"ZZ-{number:03}"}
            add_item(bo, values)
            link(bo, f"ZZ-{number:03}", "EN-002", "piles up on")
    async with seat(sample, (110, 30)) as ana:
        await at(ana, "EN-002")
        await ana.press("enter")
        assert "[BE]─12 items─┼─►▌H● EN-002 Embedding" in ana.text
        assert caption(ana).endswith("grouped by category above 20")
        await ana.press("g", ".")
        assert status(ana) == "BE  Boundary Erosion; Enter opens it"
        await ana.press("]")
        assert status(ana) == "BE 12 items → EN-002"
        await ana.press("enter")
        assert "category BE" in caption(ana)
        assert "ZZ-000" in ana.text
        await ana.press("backspace")
        assert caption(ana).startswith("Focus EN-002")


async def test_an_overview_that_does_not_fit_is_a_list_that_opens_too(sample: Path) -> None:
    keys = ("BE-001", "EN-001", "FL-001", "DD-001", "PD-001", "CD-001", "MS-001")
    with Database.open(sample, clock=lambda: NOON, actor="bo") as bo:
        for source in keys:
            for target in keys:
                link(bo, source, target, "tangles")
    async with seat(sample, (70, 24)) as ana:
        await ana.choose("EN-001")
        await ana.press("5")
        assert "Focus" in ana.rows[-2]
        await ana.press("V")
        assert "EN 2 of 2  Entanglement" in ana.text
        assert ana.rows[-3].rstrip("│ ").endswith("│ EN  Entanglement; Enter opens it")
        await ana.press("j")
        assert "dependencies from EN to" in ana.text or "dependency from EN to" in ana.text
        await ana.press("enter")
        assert "category EN" in ana.rows[-2]
        assert ana.app.screen.state.category == "EN"


async def test_a_category_takes_no_verb_of_an_item(sample: Path) -> None:
    async with seat(sample) as ana:
        await at(ana, "PD-001")
        await ana.press("V", "V", "G", "]")
        before = ana.summary()
        for key in ("m", "d", "L", "f", "s"):
            await ana.press(key)
            assert "is a category; Enter opens it" in ana.rows[-1]
            assert len(ana.app.screen_stack) == 1
        assert ana.summary() == before


async def test_somebody_elses_change_leaves_the_chosen_category_and_its_new_name_shows(sample: Path) -> None:
    async with seat(sample, (120, 40)) as ana:
        await at(ana, "PD-001")
        await ana.press("V", "V", "g", ".")
        chosen = status(ana).split(" ")[0]
        assert chosen != "PD"
        with Database.open(sample, clock=lambda: NOON, actor="bo") as bo:
            set_status(bo, ("EN-001",), Status.MITIGATED)
            edit_category(bo, chosen, {"name": "Renamed"})
        ana.app.screen.live_updates.poll()
        await ana.settle()
        assert status(ana) == f"{chosen}  Renamed; Enter opens it"


async def test_back_from_a_category_stands_on_it(sample: Path) -> None:
    async with seat(sample) as ana:
        await at(ana, "EN-001")
        await ana.press("V", "V", "g", "enter")
        opened = caption(ana).split("category ")[1][:2]
        await ana.press("backspace")
        assert status(ana).startswith(f"{opened}  ")


async def test_what_an_item_reaches_is_counted_in_the_whole_map(sample: Path) -> None:
    async with seat(sample) as ana:
        await at(ana, "PD-001")
        assert "reaches 3" in status(ana)
        await ana.press("1", "j", "j", "j", "j", "j", "2", "5")
        await ana.press(*(["z"] if "1 Categories ─2 Items" not in ana.rows[1] else []), "g")
        assert "category PD" in caption(ana)
        assert status(ana).startswith("H● PD-002  fed by 0, feeds 1, reaches 2")
