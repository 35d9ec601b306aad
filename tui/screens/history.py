"""The history page: who changed what, the newest first, batch by batch."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, ClassVar

from store.audit import describe
from tui.dispatch import bindings
from tui.lazy import history_queries
from tui.render.lines import Line, wrapped
from tui.render.text import Glyphs, cut, line, plain_line
from tui.screens.page import PageScreen

if TYPE_CHECKING:
    from textual.binding import BindingType

    from store.queries.history import RecentChanges
    from tui.async_store import AsyncStore
    from tui.editing.item_actions import ItemScreen
    from tui.widgets.line_list import Built

MOST_CHANGES = 500
"""The changes that are shown."""
VALUE = 400
"""The cells of a value that are shown."""


def history_lines(rows: RecentChanges, about: str | None, width: int, glyphs: Glyphs) -> Built:
    """A heading for each batch, under it a line for each change."""
    lines: list[Line] = []
    for _, group in groupby(rows.changes, key=lambda change: change.batch):
        batch = list(group)
        first = batch[0]
        heading: Line = (
            (f"{first.time:%Y-%m-%d %H:%M} UTC  ", "quiet"),
            (line(first.actor), "strong accent"),
            (f"  {line(first.verb.replace('-', ' '))}", "label"),
        )
        lines += [*([()] if lines else []), *wrapped(heading, width)]
        # The trail is written from the first change of a batch to its last; so it is read.
        for change in reversed(batch):
            words = describe.deed(change, cut=lambda text: cut(plain_line(text), VALUE, glyphs.more))
            lines += [(("  ", ""), *row) for row in wrapped(((line(words), ""),), width - 2, "  ")]
    if rows.older:
        command = f"ai-debt history {about}" if about else "ai-debt history"
        lines += [(), *wrapped(((f"{rows.older:,} older: {line(command)}", "quiet"),), width)]
    return lines or [(("Nothing has changed yet.", "quiet"),)], {}


class HistoryScreen(PageScreen):
    """The newest changes of an item, a category or, without a key, the whole register."""

    CONTEXT = "history"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("history")]

    def __init__(self, store: AsyncStore, key: str | None) -> None:
        super().__init__(f"History of {line(key) if key else 'the register'}", store)
        self.key = key

    async def load(self, *, choose: str | None = None) -> None:  # noqa: ARG002 (nothing to choose)
        """The current trail."""
        rows = await self.store.read(history_queries.recent_changes, key=self.key, limit=MOST_CHANGES)
        glyphs = self.host.glyphs
        self.lines.show(lambda width: history_lines(rows, self.key, width, glyphs))


async def history(screen: ItemScreen, _: str) -> None:
    """The history of what is chosen."""
    await screen.show(HistoryScreen(screen.store, screen.subject))
