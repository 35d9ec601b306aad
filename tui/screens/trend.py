"""The page of the debt over time: one chart at a time, its figures below."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

from tui.dispatch import bindings
from tui.render.charts import View, chart, numbers
from tui.render.lines import clip
from tui.render.table import Cell, Column, table_lines
from tui.screens.page import PageScreen

if TYPE_CHECKING:
    from textual import events
    from textual.binding import BindingType

    from store.audit.trends import Trend
    from tui.async_store import AsyncStore
    from tui.render.lines import Line
    from tui.render.text import Glyphs


def page_lines(found: Trend, view: View, width: int, height: int, glyphs: Glyphs) -> list[Line]:
    """The chart, and below it the newest figures first."""
    drawn = chart(found, view, width, height, glyphs)
    if found.nothing:
        return drawn
    heads, rows = numbers(found, view)
    columns = [Column(head, right=at > 0) for at, head in enumerate(heads)]
    cells = [[Cell(text) for text in row] for row in reversed(rows)]
    lines = table_lines(columns, cells, None, head="strong")
    return [*drawn, (), *(clip(row, width, glyphs.more) for row in lines)]


class TrendScreen(PageScreen):
    """Charts of debt trends, counted and drawn in a worker."""

    CONTEXT = "trend"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("trend")]

    def __init__(self, store: AsyncStore, day: str) -> None:
        super().__init__(f"Trends until {day}" if day else "Trends", store)
        self.shown = View.STATUS
        self.found: Trend | None = None

    async def load(self, *, choose: str | None = None) -> None:  # noqa: ARG002 (nothing to choose)
        """Count again, and show it."""
        if self.found is None:
            self.lines.show(lambda width: ([clip((("Counting the changes", "quiet"),), width)], {}))
        self.found = await self.store.trend()
        await self._draw()

    async def _draw(self) -> None:
        size, glyphs = self.lines.size, self.host.glyphs
        if self.found is None:
            return
        width, height = max(size.width - 1, 8), size.height
        drawn = await asyncio.to_thread(page_lines, self.found, self.shown, width, height, glyphs)
        self.lines.show(lambda width: ([clip(row, width, glyphs.more) for row in drawn], {}))
        self.frame.foot.show(note="the numbers are below" if len(drawn) > height else "")

    def on_resize(self, event: events.Resize) -> None:  # noqa: ARG002 (the lines know their size)
        """Draw for the new size."""
        self.call_after_refresh(self.background, "draw", self._draw)

    def action_show(self, view: str) -> None:
        """Show another chart."""
        self.shown = View(view)
        self.lines.scroll_home(animate=False)
        self.background("draw", self._draw)

    def action_step(self, by: int) -> None:
        """Show the chart `by` steps further."""
        views = list(View)
        self.action_show(views[(views.index(self.shown) + by) % len(views)])
