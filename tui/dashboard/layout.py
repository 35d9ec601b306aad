"""Where each pane is: computed from the terminal's size and the pane in front."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

from tui.panes.registry import FRAMED, NUMBERS, numbers
from tui.render.item_columns import COLUMNS_FROM

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from textual.widget import Widget

    from tui.panes.registry import Pane
    from tui.render.text import Glyphs
    from tui.widgets.frame import Frame
    from tui.widgets.line_list import LineView

WIDE = 110
NARROW = 60
LOW = 12
"""The rows below which no row is spent on the foot of a pane."""
ITEM_ROWS = 14
"""The rows of items for which the categories fold to the one in use."""
LIST = 49
"""The cells of a list of items whose titles have 36."""
MORE = 24
"""The cells that titles get at most beyond those, next to columns: longer ones are rare."""
DETAILS = 29
"""The cells that the details of an item keep next to the list."""
EVERY, LEFT, UPPER, LOWER = tuple(FRAMED), numbers("left"), numbers("upper"), numbers("lower")
RIGHT = (*UPPER, *LOWER)


def make_pane(pane: Pane, glyphs: Glyphs) -> LineView:
    """The widget of a pane."""
    module, _, name = pane.widget.partition(":")
    widget: Callable[..., LineView] = getattr(import_module(f"tui.panes.{module}"), name)
    return widget(glyphs=glyphs)


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
    is_folded: bool = False
    """Whether the categories pane is only its title row, which names the category in use."""


def arrange(
    width: int,
    height: int,
    *,
    current: int,
    right: int,
    zoomed: bool,
    categories: int,
    dashboard: int,
    columns: int = 0,
) -> Arrangement:
    """The arrangement of a body of `width` by `height` cells.

    current: the number of the pane in front. right: that of the pane which the narrow layout shows at the right.
    categories, dashboard: rows those panes would like. columns: cells that the list of
    items would like for its columns.
    """
    if zoomed or width < NARROW:
        # The map says at its foot which picture it shows.
        foot = None if height < LOW and current != NUMBERS["map"] else ("└", "┘")
        return Arrangement({current: Edges(foot=foot, tabs=EVERY)}, None, None, None)
    left = _stacked(LEFT)
    left[LEFT[-1]] = left[LEFT[-1]]._replace(foot=("└", "┘"))
    categories_height = max(min(categories + 1, (height - 1) // 2), 3)
    is_folded = current != NUMBERS["categories"] and height - categories_height - 2 < ITEM_ROWS
    if is_folded:
        categories_height = 1
    if width < WIDE:
        # The side with the focus gets the room it needs.
        left_width = min(LIST, width - DETAILS) if current in LEFT else max(min(width * 3 // 8, 36), 26)
        panes = {**left, right: Edges(tabs=RIGHT)}
        return Arrangement(panes, left_width, categories_height, None, is_folded)
    left_width = max(min(width * 3 // 8, LIST), 40)
    if columns and width >= COLUMNS_FROM:
        left_width = LIST + columns + min((width - COLUMNS_FROM) * 3 // 8, MORE)
    lower_height = max(min(dashboard + 2, height // 2), height * 2 // 5)
    panes = {**left, **_stacked(UPPER), **_side_by_side(LOWER)}
    return Arrangement(panes, left_width, categories_height, lower_height, is_folded)


def _stacked(panes: tuple[int, ...]) -> dict[int, Edges]:
    """Panes below one another: each has the head of the next one as its foot."""
    return {pane: Edges(("┌", "┐") if pane == panes[0] else ("├", "┤"), None, (pane,)) for pane in panes}


def _side_by_side(panes: tuple[int, ...]) -> dict[int, Edges]:
    """Panes next to one another, below others: each has its left side in common with the one before."""
    found = {}
    for pane in panes:
        is_first, is_last = pane == panes[0], pane == panes[-1]
        head = "├" if is_first else "", "┤" if is_last else "┬"
        foot = "└" if is_first else "", "┘" if is_last else "┴"
        found[pane] = Edges(head, foot, (pane,), joined=not is_first)
    return found


def show_arrangement(
    arrangement: Arrangement, frames: Mapping[int, Frame], containers: tuple[Widget, Widget, Widget]
) -> None:
    """Show the panes of an arrangement with the edges that they share; the containers are left, right and lower."""
    left, right, lower = containers
    shown = set(arrangement.panes)
    left.display = not shown.isdisjoint(LEFT)
    right.display = not shown.isdisjoint(RIGHT)
    lower.display = not shown.isdisjoint(LOWER)
    left.styles.width = arrangement.left_width or "1fr"
    frames[NUMBERS["categories"]].styles.height = arrangement.categories_height or "1fr"
    lower.styles.height = arrangement.lower_height or "1fr"
    for number, frame in frames.items():
        edges = arrangement.panes.get(number)
        frame.display = edges is not None
        if number == NUMBERS["categories"]:
            frame.fold(arrangement.is_folded)
        if edges is None:
            continue
        tabs = tuple(frames[tab].title for tab in edges.tabs)
        frame.head.show(corners=edges.head, tabs=tabs, current=edges.tabs.index(number))
        frame.foot.display = edges.foot is not None
        if edges.foot:
            frame.foot.show(corners=edges.foot)
        frame.set_class(edges.joined, "-joined")
