"""What fits the text being typed: a few rows under a form's fields."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message
from textual.widget import Widget

from tui.render.lines import Line, clip
from tui.render.text import UNICODE, Glyphs, line
from tui.widgets.painted import Painted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events

ROWS = 4


@dataclass(frozen=True, slots=True)
class Proposal:
    """A value, and how it is shown; `about` says more of it where there is room, `at` puts the cursor elsewhere than
    behind it.
    """

    value: str
    shown: str
    about: str = ""
    at: int | None = None


class Proposals(Painted, Widget):
    """A heading such as the hint of the field, then proposals; one of them can be selected."""

    ALLOW_SELECT = False

    DEFAULT_CSS = f"""
    Proposals {{ height: {ROWS + 1}; color: $foreground; }}
    """

    @dataclass
    class Taken(Message):
        """A proposal was clicked."""

        proposal: Proposal

    def __init__(self, *, glyphs: Glyphs = UNICODE) -> None:
        super().__init__()
        self.glyphs = glyphs
        self.hint = ""
        self.choices: tuple[Proposal, ...] = ()
        self.at: int | None = None
        self.top = 0

    @property
    def lit(self) -> Proposal | None:
        """The selected proposal."""
        return self.choices[self.at] if self.at is not None and self.at < len(self.choices) else None

    def show(self, hint: str, choices: Sequence[Proposal]) -> None:
        """Other proposals; none of them is selected."""
        self.hint, self.choices, self.at, self.top = hint, tuple(choices), None, 0
        self.refresh()

    def hide(self) -> None:
        """None at all, until something is typed."""
        self.show(self.hint, ())

    def heading(self, width: int) -> list[Line]:
        """The rows above the proposals."""
        more = f"   {len(self.choices)} known: {self.key_of('suggestions.next')} chooses" if self.choices else ""
        return [clip(((f"{line(self.hint)}{more}".strip(), "quiet"),), width, self.glyphs.more)]

    def entry(self, proposal: Proposal, width: int) -> Line:  # noqa: ARG002 (what is too long is cut)
        """The row of a proposal, without its mark."""
        return ((line(proposal.shown), ""),)

    def step(self, by: int) -> None:
        """Light the next or previous one; above the first, none."""
        at = -1 if self.at is None else self.at
        at = min(at + by, len(self.choices) - 1)
        self.at = at if at >= 0 else None
        if self.at is not None:
            room = max(self.size.height - len(self.heading(self.size.width)), 1)
            self.top = max(min(self.top, self.at), self.at - room + 1)
        self.refresh()

    def content(self, y: int) -> tuple[Line, bool]:
        """One row."""
        width = self.size.width
        heading = self.heading(width)
        if y < len(heading):
            return heading[y], False
        index = self.top + y - len(heading)
        if index >= len(self.choices):
            return (), False
        lit = index == self.at
        mark = f"{self.glyphs.cursor if lit else ' '} "
        spans = ((mark, "accent"), *self.entry(self.choices[index], width - len(mark)))
        return clip(spans, width, self.glyphs.more), lit

    def on_click(self, event: events.Click) -> None:
        """Take the one under the pointer."""
        above = len(self.heading(self.size.width))
        index = self.top + event.y - above
        if event.y >= above and index < len(self.choices):
            self.post_message(self.Taken(self.choices[index]))
