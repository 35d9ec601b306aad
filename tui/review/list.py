"""The list of reviews, the newest first: the minutes of one, and how it is reopened."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from tui.dispatch import bindings
from tui.lazy import review_queries
from tui.render.lines import Line, between
from tui.render.text import Glyphs, line
from tui.review.minutes import MinutesScreen, reopen
from tui.screens.page import PageScreen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.binding import BindingType

    from store.review.queries import ReviewLine
    from tui.async_store import AsyncStore
    from tui.widgets.line_list import Built, LineView


def review_lines(reviews: Sequence[ReviewLine], width: int, glyphs: Glyphs) -> Built:
    """A row for each review: number, day, title, who took part, how many items were decided."""
    lines: list[Line] = []
    digits = max((len(str(row.number)) for row in reviews), default=1)
    for row in reviews:
        people = ", ".join(map(line, row.participants))
        head: Line = (
            (f"{row.number:>{digits}}  ", "strong accent"),
            (f"{row.started:%Y-%m-%d}  ", "quiet"),
            (line(row.title), "strong"),
            (f"  {people}", ""),
        )
        end = "" if row.ended else "open"
        tail: Line = ((f"  {row.decided:,} of {row.items:,}", ""), (f"  {end}" if end else "", "warning"))
        lines.append(between(head, tail, width, more=glyphs.more))
    targets = {at: str(row.number) for at, row in enumerate(reviews)}
    return lines or [(("No review yet.", "quiet"),)], targets


class ReviewsScreen(PageScreen):
    """Lists the reviews."""

    CONTEXT = "reviews"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("reviews")]

    def __init__(self, store: AsyncStore) -> None:
        super().__init__("Reviews", store)

    async def load(self, *, choose: str | None = None) -> None:  # noqa: ARG002 (the cursor stays)
        """The current reviews."""
        reviews, glyphs = await self.store.read(review_queries.reviews), self.host.glyphs
        self.lines.show(lambda width: review_lines(reviews, width, glyphs))

    def on_line_view_opened(self, event: LineView.Opened) -> None:
        """Enter shows the minutes."""
        event.stop()
        if self.lines.chosen is not None:
            self.converse(self.guarded(self._minutes(int(self.lines.chosen))))

    async def _minutes(self, number: int) -> None:
        await self.show(MinutesScreen(self.store, number))
        await self.load()

    def action_reopen(self) -> None:
        """Reopen the chosen review, after a question."""
        if self.lines.chosen is not None:
            self.converse(self.guarded(self._reopen(int(self.lines.chosen))))

    async def _reopen(self, number: int) -> None:
        if await reopen(self, number):
            await self.load()
