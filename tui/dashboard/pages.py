"""The pages that the dashboard opens with what it shows, or that change what it shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.errors import RegisterError
from tui.screens.trend import TrendScreen
from tui.screens.views import ViewsScreen, save_as

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
            "there is no filter to save", f"{make} makes one, and {new} among the views ({views}) saves any"
        )
    await save_as(screen, "Save the filter as a view", query)


async def trend_page(screen: DashboardScreen, _: str) -> None:
    """The debt over time, until today or the day that is shown."""
    await screen.show(TrendScreen(screen.store, screen.state.day))
