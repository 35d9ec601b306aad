"""Small questions: one key answers, any other leaves things as they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.text import safe
from tui.widgets.runs import Hosted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events
    from textual.app import ComposeResult
    from textual.geometry import Region
    from textual.strip import Strip

SLIM = 78
CSS = """
%s { align: center middle; }
%s > Vertical { width: auto; max-width: 76; min-width: 30; height: auto; max-height: 100%%; background: $surface;
    border: round $accent; padding: 0 1; }
%s Static { width: auto; max-width: 72; height: auto; }
%s.-slim > Vertical { width: 100%%; max-width: 100%%; min-width: 0; }
%s.-slim Static { width: 100%%; max-width: 100%%; }
"""


Answer = TypeVar("Answer")


class Question(Hosted, ModalScreen[Answer]):
    """Asks once: what is typed behind the answer is for what comes after it."""

    is_answered = False

    def answer(self, value: Answer) -> None:
        """Leave with a value; whoever asked calls `ready` once they have it."""
        self.is_answered = True
        self.host.wait()
        self.dismiss(value)


class Painted(Static):
    """A text that knows when it was painted first, by the clock of events."""

    painted: float | None = None

    def render_lines(self, crop: Region) -> list[Strip]:
        """Paint a part."""
        if self.painted is None:
            self.painted = Message().time
        return super().render_lines(crop)


class ConfirmScreen(Question[bool]):
    """A question that only the key `yes` confirms; with `seen`, only once it has been painted.

    What was typed before that was meant for something else.
    """

    DEFAULT_CSS = CSS.replace("%s", "ConfirmScreen").replace("%%", "%")

    def __init__(self, question: str, *, yes: str, label: str, seen: bool = False) -> None:
        super().__init__()
        self.question, self.yes, self.label, self.seen = question, yes, label, seen

    def compose(self) -> ComposeResult:
        """The question and its keys."""
        self.text = Painted(Content(safe(self.question)))
        with Vertical():
            yield self.text
            yield Static(
                Content.assemble(
                    "\n", (self.yes, "bold $accent"), f" {self.label}   ", ("Esc", "bold $accent"), " back"
                )
            )

    def on_resize(self, event: events.Resize) -> None:
        """Take the whole width of a narrow terminal."""
        self.set_class(event.size.width < SLIM, "-slim")

    def on_key(self, event: events.Key) -> None:
        """Yes, or back."""
        if self.is_answered:
            return
        event.stop()
        if (event.character or event.key) == self.yes:
            if not self.seen or (self.text.painted is not None and event.time > self.text.painted):
                self.answer(True)
        elif event.key in ("escape", "n", "q", "enter"):
            self.answer(False)


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few values, chosen by its key."""

    key: str
    label: str
    value: str


class ChoiceScreen(Question[str | None]):
    """Asks for one of a few values; None when left with Esc. `enter`: the value that Enter stands for."""

    DEFAULT_CSS = CSS.replace("%s", "ChoiceScreen").replace("%%", "%")

    def __init__(self, title: str, choices: Sequence[Choice], *, leave: str = "back", enter: str | None = None) -> None:
        super().__init__()
        self.enter = enter
        self.choice_title, self.choices, self.leave = title, tuple(choices), leave

    def compose(self) -> ComposeResult:
        """The title, then a row for each choice."""
        with Vertical():
            yield Static(Content(safe(self.choice_title)))
            rows = [part for c in self.choices for part in ("\n", (c.key, "bold $accent"), f"  {safe(c.label)}")]
            yield Static(Content.assemble(*rows, "\n\n", ("Esc", "bold $accent"), f" {self.leave}"))

    def on_resize(self, event: events.Resize) -> None:
        """Take the whole width of a narrow terminal."""
        self.set_class(event.size.width < SLIM, "-slim")

    def on_key(self, event: events.Key) -> None:
        """The choice of the key."""
        if self.is_answered:
            return
        event.stop()
        found = {choice.key: choice.value for choice in self.choices}
        if event.key == "escape":
            self.answer(None)
        elif event.key == "enter" and self.enter is not None:
            self.answer(self.enter)
        elif (value := found.get(event.character or event.key)) is not None:
            self.answer(value)
