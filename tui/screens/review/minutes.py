"""The minutes of a review, as they are exported; while it goes on, Enter ends it."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from store.errors import InvalidValueError, RegisterError
from tui.paths import complete_path, propose_path, typed_path
from tui.screens.form_field import FormField, Values
from tui.screens.page import Lines, PageScreen
from tui.screens.review.ending import end
from tui.screens.review.marked import marked_lines
from tui.widgets.runs import bindings

if TYPE_CHECKING:
    from textual.binding import BindingType

    from tui.gateway import Gateway
    from tui.widgets.line_view import LineView


class Openable(Lines):
    """Lines that Enter acts on as a whole."""

    def do_list_open(self) -> None:
        """Tell of Enter wherever the view is."""
        self.post_message(self.Opened(self, self.cursor))


class MinutesScreen(PageScreen):
    """Shows the minutes of a review; when it closes, `is_over` says whether that has ended."""

    CONTEXT = "minutes"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("minutes")]
    LINES = Openable

    def __init__(self, gateway: Gateway, number: int) -> None:
        super().__init__(f"Minutes of review {number}", gateway)
        self.number = number
        self.is_over = False

    async def load(self, *, choose: str | None = None) -> None:  # noqa: ARG002 (nothing to choose)
        """The minutes as they are now."""
        text, self.is_over = await self.store.minutes_text(self.number)
        glyphs = self.host.glyphs
        self.lines.show(lambda width: marked_lines(text, width, glyphs))
        self.frame.note("ended" if self.is_over else "not ended yet")
        self.show_keys()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what has not ended can be ended."""
        return not (action == "run" and parameters == ("minutes.end",) and self.is_over)

    def on_line_view_opened(self, event: LineView.Opened) -> None:
        """Enter ends the review; of one that is over it closes the minutes."""
        event.stop()
        if self.is_over:
            self.dismiss(None)
        else:
            self.do_minutes_end()

    def do_minutes_end(self) -> None:
        """End the review."""
        self.converse(self.guarded(self._end()))

    async def _end(self) -> None:
        if await end(self, self.number):
            await self.load()
            self.lines.do_list_first()

    def do_minutes_export(self) -> None:
        """Export the minutes."""
        self.converse(self.guarded(self._export()))

    async def _export(self) -> None:
        refused: list[tuple[Path, str]] = []

        async def save(values: Values) -> None:
            path = typed_path(values["path"])
            try:
                self.say(await self.store.export_minutes(self.number, path))
            except InvalidValueError:
                raise
            except RegisterError as error:
                if not await asyncio.to_thread(os.path.isfile, path):
                    raise
                refused.append((path, error.what))

        hint = "the Markdown file that is written"
        start = str(Path.cwd() / f"review-{self.number}.md")
        field = FormField("path", "File", start, hint, check=typed_path, propose=propose_path, complete=complete_path)
        await self.ask("Export the minutes", (field,), save, verb="export")
        for path, why in refused:
            question = f"{why}.\n\nReplace it all the same?"
            if await self.confirm(question, yes="R", label="replace the file"):
                self.say(await self.store.export_minutes(self.number, path, force=True))

    def do_minutes_close(self) -> None:
        """Go back."""
        self.dismiss(None)
