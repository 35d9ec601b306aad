"""The store never runs on the screen's thread: keys go on while it is slow, and act on what they were pressed for."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from store.commands.items import add_item
from store.db.database import Database
from store.enums import Severity, Status
from store.queries import items as item_queries
from store.queries import overview as overview_queries
from tests.program import PATIENCE
from tests.tui.screen import NOON, seat
from tui.panes import items

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Gate:
    """Holds the store's thread inside a read until it is opened."""

    def __init__(self) -> None:
        self.reached, self.opened = threading.Event(), threading.Event()
        self.threads: set[int] = set()

    async def arrival(self) -> None:
        """Wait until the store's thread is held, while the screen goes on."""
        # A separate thread: the dashboard may need the one that the loop has.
        with ThreadPoolExecutor(max_workers=1) as waiting:
            assert await asyncio.get_running_loop().run_in_executor(waiting, self.reached.wait, PATIENCE)

    def wait(self) -> None:
        """Tell who came, and wait."""
        self.threads.add(threading.get_ident())
        self.reached.set()
        assert self.opened.wait(PATIENCE)


_MODULES = {"item": item_queries, "page": item_queries, "summary": overview_queries, "written_values": item_queries}


@contextmanager
def held(monkeypatch: pytest.MonkeyPatch, name: str) -> Iterator[Gate]:
    """Hold every call of one of the store's questions; let go at the end whatever happens."""
    gate, module = Gate(), _MODULES[name]
    ask = getattr(module, name)

    def slow(*args: object, **kwargs: object) -> object:
        gate.wait()
        return ask(*args, **kwargs)

    monkeypatch.setattr(module, name, slow)
    try:
        yield gate
    finally:
        gate.opened.set()


async def test_keys_move_the_cursor_while_a_read_is_blocked(sample: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with seat(sample, (120, 36)) as ana:
        await ana.press("2", "g")
        with held(monkeypatch, "item") as gate:
            ana.send("j")
            await ana.calm()
            await gate.arrival()
            assert "2 of 15" in ana.text
            assert any(row.startswith("│▌BE-002") for row in ana.rows)
            assert "BE-001" in ana.rows[2]
            for place in ("3 of 15", "4 of 15"):
                ana.send("j")
                await ana.calm()
                assert place in ana.text
            ana.send("4")
            await ana.calm()
            assert "▌4 Dashboard" in ana.text
            ana.send("z", "?")
            await ana.calm()
            assert "Add an item" in ana.text
            ana.send("q", "z", "2")
            await ana.calm()
            assert threading.get_ident() not in gate.threads
        await ana.settle()
        assert ana.chosen == "EN-002"
        assert "EN-002  Embedding Coupling" in ana.text


async def test_a_change_waits_for_the_store_and_keys_do_not(sample: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with seat(sample) as ana:
        await ana.choose("BE-001")
        with held(monkeypatch, "summary") as gate:
            ana.send("m")
            await ana.calm()
            await gate.arrival()
            ana.send("j", "j")
            await ana.calm()
            assert "3 of 15" in ana.text
            assert "11 open" in ana.rows[0]
        await ana.settle()
        assert "10 open" in ana.rows[0]
        assert ana.item("BE-001").status is Status.MITIGATED
        assert ana.item("EN-001").status is Status.OPEN


async def test_the_first_frame_does_not_wait_for_the_store(sample: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with held(monkeypatch, "summary") as gate:
        async with seat(sample, wait=False) as ana:
            await gate.arrival()
            await ana.calm()
            assert "Opening the register" in ana.text
            ana.send("?")
            await ana.calm()
            assert "Add an item" in ana.text
            ana.send("q", "5", "z")
            await ana.calm()
            assert "▌5 Map" in ana.text
            gate.opened.set()
            await ana.settle()
            assert "11 open" in ana.rows[0]


async def test_keys_typed_before_the_register_is_open_act_in_order(
    sample: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with held(monkeypatch, "summary") as gate:
        async with seat(sample, wait=False) as ana:
            await gate.arrival()
            ana.send("j", "j", "m", "w", *"mop", "enter", "4", "q")
            await ana.calm()
            assert "Opening the register" in ana.text
            assert "▌2 Items" in ana.text
            gate.opened.set()
            await ana.settle()
    assert ana.app.return_code == 0
    item = ana.item("EN-001")
    assert (item.status, item.owner) == (Status.MITIGATED, "mop")
    assert ana.summary().total.counts.open == 10


async def test_what_was_typed_for_a_register_that_is_not_there_begins_none(tmp_path: Path) -> None:
    async with seat(tmp_path / "register.db", named=False, wait=False) as ana:
        ana.send(*"jmsbi")
        await ana.settle()
        assert "It will be stored in" in ana.text
        assert ana.app.screen_stack[-1].__class__.__name__ == "WelcomeScreen"
        await ana.press("s")
        ana.send("j", "m")
        await ana.settle()
        assert "10 open" in ana.rows[0]
        assert ana.item("BE-002").status is Status.MITIGATED


async def test_leaving_while_the_register_is_opened(sample: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with held(monkeypatch, "summary") as gate:
        async with seat(sample, wait=False) as ana:
            await gate.arrival()
            ana.send("q")
            await ana.calm()
            gate.opened.set()
        assert ana.app.return_code == 0


async def test_quick_status_keys_act_on_the_items_they_were_pressed_for(sample: Path) -> None:
    async with seat(sample) as ana:
        await ana.choose("BE-001")
        ana.send("m", "j", "p", "j", "m", "j")
        await ana.settle()
        states = {key: ana.item(key).status for key in ("BE-001", "BE-002", "EN-001", "EN-002")}
        assert states == {
            "BE-001": Status.MITIGATED,
            "BE-002": Status.IN_PROGRESS,
            "EN-001": Status.MITIGATED,
            "EN-002": Status.OPEN,
        }
        assert "8 open · 1 in progress · 6 mitigated" in ana.rows[0]


async def test_a_quick_key_after_choosing_a_category_acts_on_nothing_of_the_old_one(
    sample: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with seat(sample) as ana:
        await ana.choose("MS-001")
        await ana.press("1")
        with held(monkeypatch, "summary"):
            ana.send("j", "o", "p")
            await ana.calm()
            assert ana.chosen is None
        await ana.settle()
        assert ana.item("MS-001").status is Status.MITIGATED
        assert ana.chosen == "BE-001"
        assert ana.item("BE-001").status is Status.OPEN


@pytest.fixture
def long_list(sample: Path) -> Path:
    """A register with more items than the pages around the cursor hold."""
    with Database.open(sample, clock=lambda: NOON, actor="bo") as bo:
        for number in range(85):
            add_item(bo, {"category": "MS", "description": f"Filler {number:02}", "severity": Severity.LOW})
    return sample


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages of ten rows, so that a hundred items are many pages."""
    monkeypatch.setattr(items, "PAGE", 10)
    monkeypatch.setattr(items, "KEPT_PAGES", 4)


@pytest.mark.usefixtures("small_pages")
async def test_a_long_list_is_fetched_in_pages(long_list: Path) -> None:
    async with seat(long_list) as ana:
        assert "1 of 100" in ana.text
        keys = ana.stored_keys()
        seen = []
        for _ in range(100):
            seen.append(ana.chosen)
            await ana.press("j") if len(seen) % 10 == 9 else ana.send("j")
            await ana.settle()
        assert seen == keys
        assert len(ana.app.screen.panes.items.pages) <= 4
        await ana.press("g")
        assert ana.chosen == "BE-001"
        await ana.press("G")
        assert ana.chosen == keys[-1]
        assert "100 of 100" in ana.text
        for _ in range(12):
            await ana.press("pageup")
            assert ana.chosen is not None
            assert "…" not in [row.strip("│▌ ") for row in ana.rows]
        assert ana.chosen == "BE-001"


@pytest.mark.usefixtures("small_pages")
async def test_a_status_key_waits_for_a_row_that_is_still_being_read(
    long_list: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with seat(long_list) as ana:
        await ana.choose("BE-001")
        before = ana.summary().total.counts
        with held(monkeypatch, "page") as gate:
            ana.send("G")
            await ana.calm()
            await gate.arrival()
            assert ana.chosen is None
            ana.send("m", "g", "p")
            await ana.calm()
            assert ana.summary().total.counts == before
        await ana.settle()
        assert ana.item(ana.stored_keys()[-1]).status is Status.MITIGATED
        assert ana.item("BE-001").status is Status.IN_PROGRESS
        assert ana.chosen == "BE-001"
