"""Small questions: a key answers, any other changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from string import punctuation
from typing import TYPE_CHECKING, Protocol, TypeVar
from urllib.parse import quote

from textual.containers import Vertical
from textual.content import Content
from textual.style import Style
from textual.widgets import Static

from tui.dispatch import Hosted
from tui.keys import textual_key
from tui.render.text import safe
from tui.screens.base import BaseScreen
from tui.terminal import shows_links

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence, Set

    from textual import events
    from textual.app import ComposeResult
    from textual.geometry import Region
    from textual.screen import Screen
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


class Asks(Protocol):
    """A screen within a conversation."""

    async def show(self, question: Screen[Answer], *, expected: bool = True) -> Answer: ...


async def confirm(screen: Asks, question: str, *, yes: str, label: str, expected: bool = True) -> bool:
    """Ask a question that only the key `yes` confirms. `expected`: whether a key asked for it."""
    return await screen.show(ConfirmScreen(question, yes=yes, label=label), expected=expected)


async def choose(
    screen: Asks,
    title: str,
    choices: Sequence[Choice],
    *,
    leave: str = "back",
    enter: str | None = None,
    expected: bool = True,
) -> str | None:
    """Ask for one of a few values; None when left without. `enter`: the value of the key for the first answer."""
    return await screen.show(ChoiceScreen(title, choices, leave=leave, enter=enter), expected=expected)


class Text(Hosted, Static):
    """A text of a question; once it is painted, keys can answer."""

    def render_lines(self, crop: Region) -> list[Strip]:
        """Paint a part."""
        self.host.typing.note_painted(self.screen)
        return super().render_lines(crop)


class Question(BaseScreen[Answer]):
    """Asks once.

    answers: the answer of each key. back: that of leaving. first: that of the key for the first answer, if it has one.
    """

    MODAL = True

    def __init__(self, answers: Mapping[str, Answer], *, back: Answer, first: Answer | None) -> None:
        super().__init__()
        self.answers, self.back, self.first = answers, back, first

    def on_key(self, event: events.Key) -> None:
        """Answer."""
        event.stop()
        if event.key in self.keys_of("question.back"):
            self.action_back()
        elif event.key in self.keys_of("question.first"):
            self.action_first()
        else:
            self.choose({event.key, event.character or event.key})

    def choose(self, pressed: Set[str]) -> None:
        """Take the answer of a key, which was pressed by these names, where it has one."""
        for key, answer in self.answers.items():
            if key in pressed:
                self.dismiss(answer)
                return

    def action_back(self) -> None:
        """Leave."""
        self.dismiss(self.back)

    def action_first(self) -> None:
        """Give the first answer, where there is one."""
        if self.first is not None:
            self.dismiss(self.first)

    def on_resize(self, event: events.Resize) -> None:
        """Take the whole width of a narrow terminal."""
        self.set_class(event.size.width < SLIM, "-slim")


class ConfirmScreen(Question[bool]):
    """A question that only the key `yes` confirms."""

    DEFAULT_CSS = CSS.replace("%s", "ConfirmScreen").replace("%%", "%")

    def __init__(self, question: str, *, yes: str, label: str) -> None:
        # The key that opened the question must not confirm it: the first answer is to go back.
        super().__init__({yes: True, "n": False, "q": False}, back=False, first=False)
        self.question, self.yes, self.label = question, yes, label

    def compose(self) -> ComposeResult:
        """The question and its keys."""
        with Vertical():
            yield Text(Content(safe(self.question)))
            back = self.key_of("question.back")
            yield Static(
                Content.assemble("\n", (self.yes, "bold $accent"), f" {self.label}   ", (back, "bold $accent"), " back")
            )


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few values, chosen by its key. `link`: a URL below it, which terminals can open."""

    key: str
    label: str
    value: str
    link: str = ""


class ChoiceScreen(Question[str | None]):
    """Asks for one of a few values; None when left without. `enter`: the value that `question.first` represents."""

    DEFAULT_CSS = CSS.replace("%s", "ChoiceScreen").replace("%%", "%")

    def __init__(self, title: str, choices: Sequence[Choice], *, leave: str = "back", enter: str | None = None) -> None:
        by_key = {key: each.value for each in choices for key in (each.key, textual_key(each.key))}
        super().__init__(by_key, back=None, first=enter)
        self.enter = enter
        self.choice_title, self.choices, self.leave = title, tuple(choices), leave

    def compose(self) -> ComposeResult:
        """The title, then a row for each choice."""
        with Vertical():
            yield Text(Content(safe(self.choice_title)))
            yield Static(Content.assemble(*self.parts))

    @property
    def parts(self) -> list[str | tuple[str, str | Style]]:
        """The choices with their keys, and the key that leaves."""
        rows: list[str | tuple[str, str | Style]] = []
        for each in self.choices:
            rows += ["\n", (each.key, "bold $accent"), f"  {self.label(each)}"]
            if each.link:
                # Some terminals take bytes of other characters for the end of the sequence.
                target = quote(each.link, safe=punctuation) if shows_links() else None
                rows += ["\n   ", (safe(each.link), Style(underline=True, link=target))]
        return [*rows, "\n\n", (self.key_of("question.back"), "bold $accent"), f" {self.leave}"]

    def label(self, choice: Choice) -> str:
        """What a choice says behind its key."""
        first = f" ({self.key_of('question.first')})" if choice.value == self.enter else ""
        return f"{safe(choice.label)}{first}"


class ToggleScreen(ChoiceScreen):
    """Switches a few things on and off, each by its key and at once, until left.

    is_on: whether a value is on. toggle: switches one. closing: the command that opened it, whose key closes it, too.
    """

    # What it changes shows next to it.
    DEFAULT_CSS = "ToggleScreen { align: right middle; }"

    def __init__(
        self,
        title: str,
        choices: Sequence[Choice],
        *,
        is_on: Callable[[str], bool],
        toggle: Callable[[str], None],
        closing: str,
    ) -> None:
        super().__init__(title, choices, leave="done")
        self.is_on, self.toggle, self.closing = is_on, toggle, closing

    def label(self, choice: Choice) -> str:
        """What a choice says, and whether it is on."""
        return f"[{'x' if self.is_on(choice.value) else ' '}] {super().label(choice)}"

    def choose(self, pressed: Set[str]) -> None:
        """Switch what a key is for, or leave with the key that opened this."""
        if not pressed.isdisjoint(self.keys_of(self.closing)):
            self.action_back()
        for value in {self.answers[key] for key in pressed & self.answers.keys()}:
            self.toggle(str(value))
            self.query(Static).last(Static).update(Content.assemble(*self.parts))

    def action_first(self) -> None:
        """Leave: everything is switched already."""
        self.action_back()
