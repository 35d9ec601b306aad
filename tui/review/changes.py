"""What happened since the last review: new, mitigated, reopened, escalated and changed debt."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from store.audit import describe
from tui.dispatch import bindings
from tui.lazy import review_minutes, review_queries
from tui.render.badges import state
from tui.render.lines import Line, wrapped
from tui.render.text import Glyphs, cut, line, plain_line
from tui.review.list import ReviewsScreen
from tui.screens.page import PageScreen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.binding import BindingType

    from store.db.reader import Reader
    from store.queries.history import ChangeRow
    from store.review.minutes import Diff, ItemChanges
    from tui.async_store import AsyncStore
    from tui.widgets.line_list import Built, LineView

VALUE = 60
"""The cells that a value takes in a change."""


def since_lines(diff: Diff, width: int, glyphs: Glyphs) -> Built:
    """A heading for each kind, a stop for each item, a line for each of its changes."""
    start = diff.start
    title = f" ({line(start.title)})" if start.title else ""
    begun = f"Since review {start.number}{title} ended at {start.time:%Y-%m-%d %H:%M} UTC"
    lines: list[Line] = wrapped(((begun, "strong accent"),), width)
    targets: dict[int, str] = {}

    def item(key: str, head: Line, stops: bool = True) -> None:
        if stops:
            targets[len(lines)] = key
        lines.extend(wrapped(head, width, "  "))

    def deeds(changes: Sequence[ChangeRow], indent: str) -> None:
        for change in changes:
            words = describe.sentence(change, cut=lambda text: cut(plain_line(text), VALUE, glyphs.more))
            rows = wrapped(((line(words), ""),), width - len(indent), "  ")
            lines.extend(((indent, ""), *row) for row in rows)

    groups: tuple[tuple[str, Sequence[ItemChanges], bool], ...] = (
        ("New", diff.new, False),
        ("Mitigated", diff.mitigated, True),
        ("Accepted", diff.accepted, True),
        ("Reopened", diff.reopened, True),
        ("Changed", diff.changed, True),
        ("Removed", diff.removed, False),
    )
    if diff.escalated:
        lines += [(), ((f"Escalated ({len(diff.escalated):,})", "label"),)]
        for each in diff.escalated:
            rules = ", ".join(map(line, each.rules))
            item(each.key, ((f"{line(each.key)}  ", "strong"), (plain_line(each.lead), ""), (f"  {rules}", "high")))
    for name, rows, tells in groups:
        if rows:
            lines += [(), ((f"{name} ({len(rows):,})", "label"),)]
        for row in rows:
            mark = (*state(row.severity, row.status, glyphs), (" ", ""))
            head = (*mark, (f"{line(row.key)}  ", "strong"), (plain_line(row.lead), ""))
            item(row.key, head, stops=name != "Removed")
            if tells:
                deeds(row.changes, "   ")
    if diff.links:
        lines += [(), ((f"Dependencies ({len(diff.links):,})", "label"),)]
        deeds(diff.links, "")
    if diff.is_empty:
        lines += [(), (("Nothing has happened since.", ""),)]
    return lines, targets


def since_review(reader: Reader) -> Diff | None:
    """What happened since the last review ended, None where none has."""
    ended = any(row.ended for row in review_queries.reviews(reader))
    return review_minutes.diff(reader) if ended else None


class SinceScreen(PageScreen):
    """Shows what differs; when it closes, `answer` is the key of the item to go to, None for none."""

    CONTEXT = "since"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("since")]

    def __init__(self, store: AsyncStore) -> None:
        super().__init__("Since the last review", store)
        self.answer: str | None = None

    async def load(self, *, choose: str | None = None) -> None:  # noqa: ARG002 (the cursor stays)
        """What differs now."""
        diff, glyphs = await self.store.read(since_review), self.host.glyphs
        if diff is None:
            words = f"No review has ended yet; {self.key_of('review.open')} on the dashboard starts one."
            self.lines.show(lambda width: (wrapped(((words, "quiet"),), width), {}))
            return
        self.lines.show(lambda width: since_lines(diff, width, glyphs))

    def on_line_view_opened(self, event: LineView.Opened) -> None:
        """Enter goes to the item."""
        event.stop()
        self.answer = self.lines.chosen
        self.dismiss(None)

    def action_reviews(self) -> None:
        """The list of reviews."""
        self.converse(self._reviews())

    async def _reviews(self) -> None:
        await self.show(ReviewsScreen(self.store))
