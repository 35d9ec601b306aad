"""The queue of a review: every item, why it is here, and who decided it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len

from tui.dispatch import bindings
from tui.lazy import review_queries
from tui.render.badges import state
from tui.render.lines import Line, between, width_of
from tui.render.text import Glyphs, cut, line, plain_line
from tui.screens.page import PageScreen

if TYPE_CHECKING:
    from textual.binding import BindingType

    from store.review.queries import QueueRow, ReviewRow
    from tui.async_store import AsyncStore
    from tui.widgets.line_list import Built, LineView

REASON = 100
"""The cells from which the reason is next to the item."""
NAME = 16


def queue_lines(review: ReviewRow, width: int, glyphs: Glyphs) -> Built:
    """A row for each item; what is decided has a mark and a name."""
    digits = len(f"{len(review.queue):,}")
    lines: list[Line] = []
    for number, row in enumerate(review.queue, start=1):
        lines.append(_row(row, f"{number:>{digits},}", width, glyphs))
    return lines, {at: str(at) for at in range(len(lines))}


def _row(row: QueueRow, number: str, width: int, glyphs: Glyphs) -> Line:
    is_decided = row.decided_by is not None
    mark = glyphs.marks[2] if is_decided else " "
    head: Line = (
        (f"{mark} ", "mitigated strong"),
        (f"{number}  ", "quiet"),
        (f"{line(row.key)} ", "strong" if not is_decided else "quiet"),
        *(((" -", "quiet"),) if row.gone else state(row.severity, row.status, glyphs)),
    )
    who = f"  {cut(line(row.decided_by), NAME, glyphs.more)}" if is_decided else ""
    lead = f" {plain_line(row.lead)}{' (removed)' if row.gone else ''}"
    if width < REASON:
        return between((*head, (lead, "")), ((who, "quiet"),), width, more=glyphs.more)
    room = (width - width_of(head) - NAME - 2) // 2
    lead = cut(lead, room, glyphs.more)
    lead += " " * (room - cell_len(lead))
    return between((*head, (lead, ""), (f"  {line(row.reason)}", "quiet")), ((who, "quiet"),), width, more=glyphs.more)


class QueueScreen(PageScreen):
    """Shows the queue; when it closes, `answer` is the index of the item to go to, None for none."""

    CONTEXT = "queue"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("queue")]

    def __init__(self, store: AsyncStore, number: int, at: int) -> None:
        super().__init__(f"Queue of review {number}", store)
        self.number, self.at = number, at
        self.answer: int | None = None

    async def load(self, *, choose: str | None = None) -> None:  # noqa: ARG002 (the cursor stays)
        """The current queue; the cursor begins at the item that the review is at."""
        review, glyphs = await self.store.read(review_queries.review, self.number), self.host.glyphs
        is_first = not self.lines.row_count
        self.lines.show(lambda width: queue_lines(review, width, glyphs))
        if is_first:
            self.lines.place_cursor(self.at)
        self.frame.note(f"{review.decided:,} of {len(review.queue):,} reviewed")

    def on_line_view_opened(self, event: LineView.Opened) -> None:
        """Enter goes to the item."""
        event.stop()
        self.answer = event.index
        self.dismiss(None)
