"""The pages and dialogs of the dashboard alone: views, trends, and the columns of the item list."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from store.errors import RegisterError
from tui.render.item_columns import COLUMNS, COLUMNS_FROM, toggled
from tui.screens.dialogs import Choice, ToggleScreen
from tui.screens.trend import TrendScreen
from tui.screens.views import ViewsScreen, save_as
from tui.settings import save_columns, settings_path

if TYPE_CHECKING:
    from tui.dashboard.screen import DashboardScreen


async def views_page(screen: DashboardScreen, _: str) -> None:
    """The views; the one that is chosen becomes the dashboard's filter."""
    page = ViewsScreen(screen.store)
    await screen.show(page)
    if page.taken is not None:
        await screen.filtering.take(page.taken)
    else:
        await screen.load()


async def save_view(screen: DashboardScreen, _: str) -> None:
    """Save the dashboard's filter as a view."""
    if not await screen.filtering.apply_open():
        return
    query = screen.filtering.whole_text
    if not query and screen.resuming is None:
        make, views, new = (screen.key_of(command) for command in ("items.filter", "view.list", "view.new"))
        raise RegisterError(
            "no filter to save", f"press {make} to filter, or {new} in the views ({views}) to save any filter"
        )
    await save_as(screen, "Save the filter as a view", query)


async def trend_page(screen: DashboardScreen, _: str) -> None:
    """The debt over time, until today or the day that is shown."""
    await screen.show(TrendScreen(screen.store, screen.state.day))


async def choose_columns(screen: DashboardScreen, _: str) -> None:
    """Switch columns on and off, effective at once; the settings file gets what was chosen."""
    host, items = screen.host, screen.panes.items
    if screen.size.width < COLUMNS_FROM:
        screen.say(f"Item columns need a terminal at least {COLUMNS_FROM} wide; this one is {screen.size.width} wide")
        return

    def toggle(name: str) -> None:
        host.settings = host.settings._replace(columns=toggled(host.settings.columns, name))
        items.choose_columns(host.settings.columns)
        screen.lay_out()

    before = host.settings.columns
    choices = [Choice(column.key, f"{column.label}: {column.help}", name) for name, column in COLUMNS.items()]
    await screen.show(
        ToggleScreen(
            "Columns of the item list",
            choices,
            is_on=lambda name: name in host.settings.columns,
            toggle=toggle,
            closing="items.columns",
        )
    )
    if host.settings.columns != before:
        await asyncio.to_thread(save_columns, settings_path(), host.settings.columns)
