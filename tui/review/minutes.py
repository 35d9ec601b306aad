"""The minutes of a review, as exported, and the questions before a review is ended or reopened."""

from __future__ import annotations

import re
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

from rich.cells import cell_len

from store.errors import OverwriteError
from tui.dispatch import bindings
from tui.editing.fields import FormField, Values, complete_path, propose_path, typed_path
from tui.editing.form import ask_form
from tui.lazy import reports, review_commands, review_minutes, review_queries
from tui.render.lines import Line, emphasized, wrapped
from tui.render.table import GAP, Cell, Column, table_lines
from tui.render.text import line, plain_line
from tui.review.progress import ending
from tui.screens.dialogs import confirm
from tui.screens.page import PageScreen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.binding import BindingType

    from store.db.reader import Reader
    from tui.async_store import AsyncStore
    from tui.render.text import Glyphs
    from tui.screens.base import StoreScreen
    from tui.widgets.line_list import Built

YES = ("y", "Y")
"""The keys that say yes; the second one where the first is bound to what asks."""

Ending = Literal["open", "now", "before"]


def minutes_text(reader: Reader, number: int) -> tuple[str, bool]:
    """The minutes of a review so far as Markdown, and whether it has ended."""
    found = review_minutes.minutes(reader, number)
    return reports.minutes_markdown(found), found.review.ended is not None


class MinutesScreen(PageScreen):
    """Shows the minutes of a review; when it closes, `is_over` says whether that has ended.

    ended_now: the user has just ended it, and is asked for the file to write the minutes to.
    """

    CONTEXT = "minutes"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("minutes")]

    def __init__(self, store: AsyncStore, number: int, *, ended_now: bool = False) -> None:
        super().__init__(f"Minutes of review {number}", store)
        self.number = number
        self.ended_now = ended_now
        self.is_over = False

    async def load(self, *, choose: str | None = None) -> None:  # noqa: ARG002 (nothing to choose)
        """The current minutes."""
        text, self.is_over = await self.store.read(minutes_text, self.number)
        glyphs = self.host.glyphs
        self.lines.show(lambda width: marked_lines(text, width, glyphs))
        self.frame.note("ended" if self.is_over else "still open")
        self.show_keys()

    async def lines_shown(self) -> None:
        """Offer to write the minutes of what has just ended."""
        if self.ended_now:
            await self._offer()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what is open can be ended, only what has ended can be reopened."""
        unfit = "minutes.end" if self.is_over else "minutes.reopen"
        return not (action == "run" and parameters == (unfit,))

    def action_end(self) -> None:
        """End the review, after a question."""
        self.converse(self.guarded(self._end()))

    async def _end(self) -> None:
        ending = await end(self, self.number)
        if ending == "open":
            return
        await self.load()
        self.lines.action_first()
        if ending == "now":
            await self._offer()

    async def _offer(self) -> None:
        """Ask for the file of the minutes that are final now."""
        await self._export(f"Review {self.number} has ended: export its minutes")

    def action_reopen(self) -> None:
        """Reopen the review, after a question."""
        self.converse(self.guarded(self._reopen()))

    async def _reopen(self) -> None:
        if await reopen(self, self.number):
            await self.load()

    def action_export(self) -> None:
        """Export the minutes."""
        self.converse(self.guarded(self._export("Export the minutes")))

    async def _write(self, path: Path, *, force: bool = False) -> None:
        """Write the minutes and say so; that the review is still open comes first, where it is not cut off."""
        said, is_over = await self.store.export_minutes(self.number, path, force=force)
        if not is_over:
            is_open = f"Review {self.number} is still open ({self.key_of('minutes.end')} ends it)"
            said = f"{is_open} {self.host.glyphs.dot} {said}"
        self.say(said)

    async def _export(self, title: str) -> None:
        refused: list[tuple[Path, str]] = []

        async def save(values: Values) -> None:
            path = typed_path(values["path"])
            try:
                await self._write(path)
            except OverwriteError as error:
                refused.append((path, error.what))

        hint = "the Markdown file to write"
        start = str(Path.cwd() / f"review-{self.number}.md")
        field = FormField("path", "File", start, hint, check=typed_path, propose=propose_path, complete=complete_path)
        await ask_form(self, title, (field,), save, verb="export")
        for path, why in refused:
            question = f"{why}.\n\nReplace it anyway?"
            if await confirm(self, question, yes="R", label="replace the file"):
                await self._write(path, force=True)


_CELLS = re.compile(r"(?<!\\)\|")

_LIST = re.compile(r"( *)- (.*)")


_LEAST = 8

"""The cells below which no column of a table is cut."""


def marked_lines(text: str, width: int, glyphs: Glyphs) -> Built:
    """A Markdown text in `width` cells."""
    lines: list[Line] = []
    for is_table, rows in groupby(text.splitlines(), lambda row: row.startswith("|")):
        if is_table:
            lines += _table([_cells(row) for row in rows], width, glyphs)
        else:
            for row in rows:
                lines += _row(row, width, glyphs)
    return lines, {}


def _row(row: str, width: int, glyphs: Glyphs) -> list[Line]:
    row = row.removesuffix("\\")
    if row.startswith("#"):
        level = len(row) - len(row.lstrip("#"))
        style = {1: "strong accent", 2: "label"}.get(level, "strong")
        return wrapped(((plain_line(row[level:]), style),), width)
    entry = _LIST.match(row)
    lead = f"{entry[1]}{glyphs.dot} " if entry else " " * (len(row) - len(row.lstrip()))
    rows = wrapped(emphasized(entry[2] if entry else row.strip()), max(width - len(lead), 1))
    return [((lead if at == 0 else " " * len(lead), "quiet"), *each) for at, each in enumerate(rows)]


def _cells(row: str) -> list[str]:
    return [plain_line(cell) for cell in _CELLS.split(row)[1:-1]]


def _table(rows: Sequence[list[str]], width: int, glyphs: Glyphs) -> list[Line]:
    """Aligned columns, the widest cut where it must be; in no room for that, the cells one behind another."""
    head, marks, *body = rows
    sizes = [max(cell_len(cell) for cell in column) for column in zip(head, *body, strict=True)]
    if max(sizes) - (sum(sizes) + GAP * (len(sizes) - 1) - width) < _LEAST and max(sizes) > 0:
        return [each for row in body for each in wrapped((("   ".join(filter(None, row)), ""),), width, "  ")]
    columns = [
        Column(title, right=mark.endswith(":"), shrinks=at == sizes.index(max(sizes)), least=_LEAST)
        for at, (title, mark) in enumerate(zip(head, marks, strict=True))
    ]
    cells = [[Cell(cell) for cell in row] for row in body]
    return [each for each in table_lines(columns, cells, width, glyphs.more, head="quiet") if each]


async def end(screen: StoreScreen, number: int) -> Ending:
    """Ask, then end a review: whether it is still `open`, ended `now`, or was ended `before` by someone else.

    Raises RegisterError where it cannot be written.
    """
    review = await screen.store.read(review_queries.review, number)
    if review.is_over:
        screen.say(f"{line(review.ended_by)} has ended review {number} already")
        return "before"
    if not await _agrees(screen, ending(review), ("review.end", "minutes.end"), label="end it"):
        return "open"
    done = await screen.store.write(review_commands.finish, number)
    screen.say(done.message)
    return "now"


async def reopen(screen: StoreScreen, number: int) -> bool:
    """Ask, then open a review again; whether it is open now.

    Raises RegisterError where it has not ended, or another review is open.
    """
    review = await screen.store.read(review_queries.review, number)
    # What would be refused is not asked about.
    if review.ended is not None and await screen.store.read(review_queries.unfinished) is None:
        question = f"Reopen review {number}? {line(review.ended_by)} ended it {review.ended:%Y-%m-%d %H:%M} UTC."
        if not await _agrees(screen, question, ("reviews.reopen", "minutes.reopen"), label="reopen it"):
            return False
    done = await screen.store.write(review_commands.reopen, number)
    screen.say(f"{done.message} {screen.host.glyphs.dot} {screen.key_of('review.open')} on the dashboard resumes it")
    return True


async def _agrees(screen: StoreScreen, question: str, asked_by: tuple[str, ...], *, label: str) -> bool:
    """Ask a question of some commands; neither their keys nor what was typed before it is shown say yes."""
    taken = {key for command in screen.host.commands if command.id in asked_by for key in command.keys}
    yes = next((key for key in YES if key not in taken), YES[0])
    return await confirm(screen, question, yes=yes, label=label, expected=False)
