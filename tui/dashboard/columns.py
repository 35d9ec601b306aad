"""Choosing the columns of the item list, which a wide terminal shows and the settings keep."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tui.render.item_columns import COLUMNS, COLUMNS_FROM, toggled
from tui.screens.dialogs import Choice, ToggleScreen
from tui.settings import save_columns, settings_path

if TYPE_CHECKING:
    from tui.dashboard.screen import DashboardScreen


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
