"""How fast keys come does not matter: in bursts they lead, in every pane, where they lead one at a time."""

from __future__ import annotations

import asyncio
import shutil
from random import Random
from typing import TYPE_CHECKING

import pytest

from tests.counts import count
from tests.tui.screen import seat
from tests.tui.triage import changes_by, linked_register, stored

if TYPE_CHECKING:
    from pathlib import Path

    from tests.tui.screen import Seat

KEYS = count(80, 200)
SEEDS = range(count(2, 100))
PAUSE = 0.2

Keys = tuple[str, ...]
SETTING = tuple((key,) for key in "oopppmmmuu")
POOLS: tuple[tuple[int, tuple[Keys, ...]], ...] = (
    (10, tuple((key,) for key in ("j", "j", "j", "j", "k", "k", "g", "G", "down", "up", "pagedown", "pageup"))),
    (5, tuple((key,) for key in ("2", "3", "3", "4", "5", "5", "F", "F", "O"))),
    (5, tuple((key,) for key in (".", ",", "left", "right", "[", "]", "+", "-", "V", "f"))),
    (6, (*SETTING, ("ctrl+r",))),
    (3, (("3", "j", "enter"), ("5", "enter"), ("backspace",), ("escape",))),
    (
        2,
        (
            ("M", "B", "ctrl+s"),
            ("s", "h"),
            ("s", "l"),
            ("w", "ctrl+u", "Q", "enter"),
            ("/", "ctrl+u", *"sort:key", "enter"),
            ("/", "ctrl+u", "enter"),
            (">",),
            ("<",),
            ("z",),
            ("D", "y"),
        ),
    ),
)
"""How often keys of a kind come: moving, panes, the map, changes, opening and going back, forms and lists.

Nothing narrows the list: what is on the way to an item that a filter hides is not looked at in a burst, and leaves the
list's cursor and the map's focus where they were. The other random keys have filters and categories.
"""


@pytest.fixture(scope="module")
def linked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A register of forty open items with some dependencies."""
    return linked_register(tmp_path_factory.mktemp("linked") / "register.db", 40)


def some_keys(random: Random) -> list[str]:
    """Random keys, those of a form together."""
    typed: list[str] = []
    while len(typed) < KEYS:
        pool = random.choices([keys for _, keys in POOLS], [weight for weight, _ in POOLS])[0]
        typed += random.choice(pool)
    return typed


async def type_in_bursts(person: Seat, keys: list[str], random: Random) -> None:
    """Type keys in packets of random size with pauses of 0 to 200 ms."""
    burst: list[str] = []
    for key in keys:
        burst.append(key)
        if random.random() < 0.25:
            person.send(*burst)
            burst = []
            await asyncio.sleep(random.choice((0, 0, random.uniform(0, PAUSE))))
    person.send(*burst)
    await person.settle()


async def type_one_by_one(person: Seat, keys: list[str]) -> None:
    """Type each key when the dashboard rests."""
    for key in keys:
        person.send(key)
        await person.settle()


def shown(person: Seat) -> dict[str, object]:
    """What the next key would be for."""
    screen = person.app.screen_stack[0]
    pane = next((number for number, frame in screen.panes.frames.items() if frame.body is screen.focused), None)
    picture = screen.panes.map.picture
    return {
        "screen": type(person.app.screen).__name__,
        "pane": pane,
        "category": screen.state.category,
        "filter": screen.state.filter_text,
        "list": [screen.panes.items.at(index).key for index in range(screen.panes.items.total)],
        "cursor": (screen.state.selected, screen.panes.items.cursor),
        "map": (
            screen.panes.map.key,
            screen.panes.map.edge,
            picture.mode if picture is not None and pane == 5 else None,
        ),
        "first": screen.panes.first.target(screen.panes.first.cursor) if screen.panes.first.has_focus else None,
        "item": screen.panes.item.target(screen.panes.item.cursor) if pane == 3 else None,
        "dashboard": screen.panes.dashboard.cursor,
        "supposed": screen.state.assumed,
    }


@pytest.mark.soak
@pytest.mark.parametrize("seed", SEEDS)
async def test_the_speed_of_keys_does_not_matter(linked: Path, tmp_path: Path, seed: int) -> None:
    random = Random(seed)
    keys = some_keys(random)
    slow, fast = (shutil.copyfile(linked, tmp_path / name) for name in ("slow.db", "fast.db"))
    async with seat(slow) as ana:
        await type_one_by_one(ana, keys)
        wanted = shown(ana)
    async with seat(fast) as ana:
        await type_in_bursts(ana, keys, random)
        assert shown(ana) == wanted, " ".join(keys)
    assert changes_by(fast) == changes_by(slow), " ".join(keys)
    assert [(row.key, row.status, row.owner) for row in stored(fast).values()] == [
        (row.key, row.status, row.owner) for row in stored(slow).values()
    ], " ".join(keys)
