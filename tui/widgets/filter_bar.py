"""The rows in which a filter is typed: the field, what is wrong with it or how it continues, and what fits."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from textual import on
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input

from tui.dispatch import Hosted, Runs, bindings
from tui.render.lines import Line, clip, wrapped
from tui.render.text import UNICODE, Glyphs, fit, line
from tui.widgets.inputs import LineField
from tui.widgets.suggestions import Proposal, Proposals

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.text import Text
    from textual.app import ComposeResult
    from textual.binding import BindingType

FULL, LOW = 6, 4
"""The rows of the bar, and of one in a terminal that has few."""
ENOUGH = 20
"""The rows of a terminal from which it takes its full height."""
ABOUT = 22
"""The cells of what a proposal puts in before what it is about."""


def hint(node: Hosted) -> str:
    """What can be typed, and the keys that act on it."""
    keep, leave, explain = (node.key_of(name) for name in ("filter.keep", "filter.leave", "items.filter-help"))
    return f"text or qualifier:value; {keep} applies, {leave} clears, {explain} helps"


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong with a filter, from which character on and for how many."""

    column: int
    length: int
    sentence: str


def pointed(wrong: Wrong, at: int, cells: int, width: int, rows: int) -> list[Line]:
    """The sentence next to a mark under the place, or under it; where `rows` are too few, the sentence alone.

    at, cells: where the mark begins, and how wide it is.
    """
    mark, sentence = "^" * max(min(cells, width - at), 1), line(wrong.sentence)
    size = cell_len(sentence)
    if 0 <= at < width and at + len(mark) + 1 + size <= width:
        return [((" " * at, ""), (mark, "wrong"), (f" {sentence}", "high"))]
    if size < at < width:
        return [((" " * (at - size - 1), ""), (f"{sentence} ", "high"), (mark, "wrong"))]
    below: list[Line] = [((" ", ""), *row) for row in wrapped(((sentence, "high"),), width - 1)]
    return [((" " * at, ""), (mark, "wrong")), *below] if 0 <= at < width and len(below) < rows else below[:rows]


class FilterField(LineField):
    """The text, with the error in it highlighted."""

    wrong: Wrong | None = None

    def shown(self) -> Text:
        """The text, with what is wrong in it marked."""
        text = super().shown()
        if self.wrong is not None:
            begin = min(self.wrong.column, max(len(text) - 1, 0))
            text.stylize(self.host.roles["wrong"], begin, begin + max(self.wrong.length, 1))
        return text

    def cell_of(self, column: int) -> int:
        """The cell of a character, as scrolled now."""
        return self.cell_at(column) + self.styles.padding.left - self.scroll_offset.x


class _Fitting(Proposals):
    """What fits, under what is wrong."""

    DEFAULT_CSS = """
    _Fitting { height: 1fr; margin-top: 0; }
    """

    wrong: Wrong | None = None

    def heading(self, width: int) -> list[Line]:
        """What is wrong, else what the selected proposal is about, else what can be done."""
        if self.wrong is not None:
            field = self.screen.query_one(FilterField)
            begin, end = (field.cell_of(self.wrong.column + more) for more in (0, max(self.wrong.length, 1)))
            rows = max(self.size.height - bool(self.choices), 1)
            return pointed(self.wrong, begin, end - begin, width, rows)
        words = hint(self)
        if self.choices:
            complete, step, keep = (self.key_of(f"filter.{name}") for name in ("complete", "next", "keep"))
            words = f"{complete}, or {step} and {keep}, accepts a suggestion; {keep} applies the filter"
        return [clip(((f" {words}", "quiet"),), width, self.glyphs.more)]

    def entry(self, proposal: Proposal, width: int) -> Line:
        """What it puts in, and what that is about."""
        shown = line(proposal.shown)
        if not proposal.about or width < 2 * ABOUT:
            return ((shown, ""),)
        return ((fit(shown, max(ABOUT, cell_len(shown)), self.glyphs.more), ""), (f"  {line(proposal.about)}", "quiet"))


class FilterBar(Runs, Vertical):
    """Tells every change of the text, and when it is kept or left.

    earlier: filters that were kept before, the newest first; Up goes through them.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("filter", priority=True)]
    DEFAULT_CSS = f"""
    FilterBar {{ height: {FULL}; background: $panel; }}
    FilterBar.-low {{ height: {LOW}; }}
    FilterField {{ height: 1; border: none; padding: 0 1; background: $surface-lighten-1; }}
    """

    @dataclass
    class Typed(Message):
        """Another text, with the cursor before its character `at`; `urgent`: a key waits for what fits it."""

        text: str
        at: int
        urgent: bool = False

    @dataclass
    class Kept(Message):
        """Enter."""

        text: str

    class Left(Message):
        """Esc."""

    def __init__(self, text: str, *, earlier: Sequence[str] = (), glyphs: Glyphs = UNICODE) -> None:
        super().__init__(id="filter")
        self.field = FilterField(text, placeholder=hint(self), compact=True, select_on_focus=False)
        self.fitting = _Fitting(glyphs=glyphs)
        self.earlier = tuple(earlier)
        self.back = -1
        """Which of the earlier filters is in the field; -1 is what was typed."""
        self._first = self.typed = text
        self._answered: str | None = None
        """The text that the proposals are for."""
        self._news = asyncio.Event()
        """Set when proposals came, or will come no more."""

    @property
    def is_changed(self) -> bool:
        """Whether the text is another than it began with."""
        return self.field.value != self._first

    def compose(self) -> ComposeResult:
        """The field, then what fits."""
        yield self.field
        yield self.fitting

    @staticmethod
    def rows(height: int) -> int:
        """The rows it takes of a terminal's."""
        return FULL if height >= ENOUGH else LOW

    def on_resize(self) -> None:
        """Take fewer rows of a terminal that has few."""
        self.set_class(self.rows(self.app.size.height) == LOW, "-low")

    def on_mount(self) -> None:
        """Tell what it begins with."""
        self.tell()

    def on_unmount(self) -> None:
        """Let no key wait for proposals any longer."""
        self._news.set()

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        text = self.field.value
        if self.back < 0 or text != self.earlier[self.back]:
            self.back, self.typed = -1, text
        self.tell()

    def tell(self, *, urgent: bool = False) -> None:
        """Tell what the field says."""
        self.post_message(self.Typed(self.field.value, self.field.cursor_position, urgent))

    def answer(self, text: str, wrong: Wrong | None, choices: Sequence[Proposal] | None = None) -> None:
        """Show what is wrong with a text and, once that is known, what fits, unless another text is there."""
        if text != self.field.value:
            return
        self.field.wrong = self.fitting.wrong = wrong
        self.field.refresh()
        self.fitting.show("", choices or ())
        if choices is not None:
            self._answered = text
            self._news.set()

    @property
    def _lit(self) -> Proposal | None:
        return self.fitting.lit if self._answered == self.field.value else None

    # Keys

    async def action_complete(self) -> None:
        """Take the selected proposal, else the first."""
        await self._until_answered()
        if self.fitting.choices:
            self._take(self.fitting.lit or self.fitting.choices[0])

    async def _until_answered(self) -> None:
        """Wait for the proposals for the text in the field."""
        while self._answered != self.field.value and self.is_attached:
            self._news.clear()
            self.tell(urgent=True)
            await self._news.wait()

    @on(Proposals.Taken)
    def _taken(self, event: Proposals.Taken) -> None:
        self._take(event.proposal)

    def _take(self, proposal: Proposal) -> None:
        self.back = -1
        self._put(proposal.value, proposal.at)
        self.field.focus()

    def _put(self, text: str, at: int | None = None) -> None:
        self.field.value = text
        self.field.cursor_position = len(text) if at is None else at

    async def action_next(self) -> None:
        """The next proposal; back to what was typed from an earlier filter."""
        await self._until_answered()
        if self.back >= 0 and self._lit is None:
            self._go_back(-1)
        else:
            self.fitting.step(1)

    def action_previous(self) -> None:
        """The proposal before; above the first, the filters that were kept before."""
        if self._lit is None:
            self._go_back(1)
        else:
            self.fitting.step(-1)

    def _go_back(self, by: int) -> None:
        self.back = min(max(self.back + by, -1), len(self.earlier) - 1)
        self._put(self.earlier[self.back] if self.back >= 0 else self.typed)

    def action_keep(self) -> None:
        """Take the selected proposal; without one, keep the filter."""
        if self._lit is not None:
            self._take(self._lit)
        else:
            self.post_message(self.Kept(self.field.value))

    def action_leave(self) -> None:
        """Leave."""
        self.post_message(self.Left())
