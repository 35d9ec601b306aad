"""Random keys in random bursts: the dashboard ends where the model does, however fast they came."""

from __future__ import annotations

import asyncio
import shutil
from random import Random
from typing import TYPE_CHECKING

import pytest

from tests.counts import count
from tests.tui.screen import seat
from tests.tui.triage import changes_by, keys_of, linked_register, stored
from tests.tui.triage_model import WAIT, Dashboard, step

if TYPE_CHECKING:
    from pathlib import Path

    from tests.tui.screen import Seat

KEYS = count(200, 2_000)
SEEDS = range(count(4, 100))
PAUSE = 0.2
FORTY = keys_of(40)


@pytest.fixture(scope="module")
def forty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A register of forty open items with some dependencies."""
    return linked_register(tmp_path_factory.mktemp("forty") / "register.db", 40)


async def play(person: Seat, board: Dashboard, random: Random) -> list[str]:
    """Type steps in bursts of random size with pauses of 0 to 200 ms; returns the keys typed."""
    typed: list[str] = []
    burst: list[str] = []
    while len(typed) < KEYS:
        for key in step(board, random):
            if key == WAIT:
                person.send(*burst)
                burst = []
                await person.settle()
                continue
            burst.append(key)
            typed.append(key)
            if random.random() < 0.25:
                person.send(*burst)
                burst = []
                await asyncio.sleep(random.choice((0, 0, random.uniform(0, PAUSE))))
    person.send(*burst)
    await person.settle()
    return typed


@pytest.mark.soak
@pytest.mark.parametrize("seed", SEEDS)
async def test_random_keys_do_what_each_key_must_do(forty: Path, tmp_path: Path, seed: int) -> None:
    path = shutil.copyfile(forty, tmp_path / "register.db")
    random = Random(seed)
    async with seat(path) as ana:
        screen = ana.app.screen
        board = Dashboard(FORTY, tuple(row.code for row in screen.state.view.summary.categories))
        typed = await play(ana, board, random)
        told = " ".join(typed)
        rows = {key: (row.status, row.status_note, row.severity, row.owner) for key, row in stored(path).items()}
        wanted = {key: board.items[key] for key in FORTY if key in board.items}
        assert rows == {
            key: (item.status, item.status_note, item.severity, item.owner) for key, item in wanted.items()
        }, told
        assert [(verb, frozenset(keys)) for verb, keys in changes_by(path)] == board.trail, told
        assert ana.app.screen is screen, told
        assert (screen.state.category, screen.state.filter_text) == (board.category, board.filter), told
        assert [screen.panes.items.at(index).key for index in range(screen.panes.items.total)] == board.shown, told
        assert (screen.state.selected, screen.panes.items.cursor) == (board.chosen, board.cursor), told
        assert set(screen.marks.marked) == board.marked, told
        assert ana.app.focused is screen.panes.frames[board.pane].body, told
