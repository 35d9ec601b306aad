"""What a person sees of the map, and the way to a box of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.tui.screen import Seat


def caption(person: Seat) -> str:
    """What is in the foot of the map's pane."""
    return person.rows[-2].strip("└┘─ ")


def status(person: Seat) -> str:
    """What is in the map's last rows: what is chosen, in words."""
    return person.rows[-3].strip("│ ")


async def at(person: Seat, key: str) -> None:
    """Go to an item and to its box in the map, alone on the screen."""
    await person.choose(key)
    await person.press("5")
    if "1 Categories ─2 Items" not in person.rows[1]:
        await person.press("z")
