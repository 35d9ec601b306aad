"""The table of the dashboard's panes: frames, layouts, tabs and the commands that go to a pane are made from it."""

from __future__ import annotations

from typing import Literal, NamedTuple

Place = Literal["left", "upper", "lower"]


class Pane(NamedTuple):
    """One pane of the dashboard.

    `key` goes to it, by the command `pane.NAME`; `title` is on its frame, and `noun` is what the command's help calls
    it. `widget` is its class: `owners:OwnersPane` is in the module tui.panes.owners. `place` is where it is in a wide
    terminal: at the left, where panes are below one another, at the right above, or at the right below, where they
    are side by side. `replaces`: the pane whose frame it shares; its key switches between the two, and `bar` is the
    rank of that in the key bar.
    """

    name: str
    key: str
    title: str
    noun: str
    widget: str
    place: Place = "lower"
    replaces: str = ""
    bar: int = 0


# fmt: off
PANES: tuple[Pane, ...] = (
    Pane("categories", "1", "Categories", "the categories", "categories:CategoriesPane", "left"),
    Pane("items", "2", "Items", "the items", "items:ItemsPane", "left"),
    Pane("item", "3", "Item", "the item's details", "item:ItemPane", "upper"),
    Pane("dashboard", "4", "Dashboard", "the dashboard", "dashboard:DashboardPane"),
    Pane("map", "5", "Map", "the dependency map", "map:MapPane"),
    Pane("fix-first", "F", "Fix first", "what to fix first", "fix_first:FirstPane", replaces="dashboard", bar=16),
    Pane("owners", "O", "Owners", "owners", "owners:OwnersPane", replaces="dashboard", bar=18),
)
# fmt: on
BY_NAME = {pane.name: pane for pane in PANES}
FRAMED = dict(enumerate((pane for pane in PANES if not pane.replaces), start=1))
"""The panes that have a frame, by the number on it."""
NUMBERS = {pane.name: number for number, pane in FRAMED.items()}
NUMBERS |= {pane.name: NUMBERS[pane.replaces] for pane in PANES if pane.replaces}
"""The number of the frame of every pane."""


def numbers(*places: Place) -> tuple[int, ...]:
    """The numbers of the frames in some places."""
    return tuple(number for number, pane in FRAMED.items() if pane.place in places)
