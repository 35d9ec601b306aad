"""Where each pane stands: a pure function of the terminal's size and what is in front."""

from __future__ import annotations

from typing import NamedTuple

WIDE = 110
NARROW = 60
NAMES = ("Categories", "Items", "Item", "Dashboard", "Map")


class Edges(NamedTuple):
    """How a visible pane is framed; `tabs` are the pane numbers its title row names."""

    head: tuple[str, str] = ("┌", "┐")
    foot: tuple[str, str] | None = ("└", "┘")
    tabs: tuple[int, ...] = ()
    joined: bool = False


class Arrangement(NamedTuple):
    """Visible panes by number with their edges; sizes in cells, None is whatever is left."""

    panes: dict[int, Edges]
    left_width: int | None
    categories_height: int | None
    lower_height: int | None


def arrange(
    width: int, height: int, *, current: int, right: int, zoomed: bool, categories: int, dashboard: int
) -> Arrangement:
    """The arrangement of a body of `width` by `height` cells.

    current: the pane in front, 1 to 5. right: which of 3, 4, 5 the narrow layout shows. categories,
    dashboard: rows those panes would like.
    """
    if zoomed or width < NARROW:
        return Arrangement({current: Edges(tabs=(1, 2, 3, 4, 5))}, None, None, None)
    left = {1: Edges(foot=None, tabs=(1,)), 2: Edges(("├", "┤"), tabs=(2,))}
    categories_height = max(min(categories + 1, (height - 1) // 2), 3)
    if width < WIDE:
        left_width = max(min(width * 9 // 20, 36), 24)
        return Arrangement({**left, right: Edges(tabs=(3, 4, 5))}, left_width, categories_height, None)
    lower = {4: Edges(("├", "┬"), ("└", "┴"), (4,)), 5: Edges(("", "┤"), ("", "┘"), (5,), joined=True)}
    left_width = max(min(width * 3 // 10, 48), 36)
    lower_height = max(min(dashboard + 2, height // 2), height * 2 // 5)
    return Arrangement({**left, 3: Edges(foot=None, tabs=(3,)), **lower}, left_width, categories_height, lower_height)
