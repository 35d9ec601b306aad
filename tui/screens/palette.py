"""The command palette: its entries, made from the command table, and the field to type in."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual.command import CommandInput, CommandPalette, DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from tui.commands import CONTEXTS, Command, reachable
from tui.dispatch import action_of
from tui.widgets.inputs import LineField

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from textual.app import ComposeResult


def closeness(command: Command, query: str) -> float:
    """How well a command fits what is typed, 0 where it does not: its key, then words of its label, then the others."""
    typed = query.strip()
    words, label = typed.casefold().split(), command.label.casefold()
    name = command.id.translate(str.maketrans(".-", "  "))
    everything = f"{label} {command.help} {name} {command.id} {CONTEXTS[command.context]} {' '.join(command.keys)}"
    everything = everything.casefold()
    if not all(word in everything for word in words):
        return 0.0
    starts = sum(f" {word}" in f" {everything}" for word in words) / max(len(words), 1)
    exact = 4 * (typed in command.keys) + 2 * (label == " ".join(words)) + all(word in label for word in words)
    return 1 + exact + starts / 2


class RegisterCommands(Provider):
    """Every command that is enabled on the screen the palette was opened from."""

    def _enabled(self) -> Iterator[Command]:
        context = getattr(self.screen, "context", "")
        if not context:
            return
        for command in reachable(context, getattr(self.app, "commands", ())):
            if command.context != "list" and self.screen.check_action("run", (command.id,)):
                yield command

    def _run(self, command: Command) -> Callable[[], Awaitable[None]]:
        return partial(self.screen.run_action, action_of(command))

    async def discover(self) -> Hits:
        """All of them, before anything is typed."""
        for command in self._enabled():
            yield DiscoveryHit(Content(command.help), self._run(command), help=self._keys(command))

    async def search(self, query: str) -> Hits:
        """Those that have every word that is typed, in any order."""
        for command in self._enabled():
            score = closeness(command, query)
            if score > 0:
                yield Hit(score, Content(command.help), self._run(command), help=self._keys(command))

    @staticmethod
    def _keys(command: Command) -> str:
        return "  ".join(command.keys)


class PaletteField(CommandInput, LineField):
    """The words to find a command by."""


class Palette(CommandPalette):
    """Textual's palette, with our commands and our field; in a low terminal, at the top."""

    DEFAULT_CSS = """
    Palette.-low > Vertical { margin-top: 0; }
    """
    VERTICAL_BREAKPOINTS: list[tuple[int, str]] | None = [(0, "-low"), (20, "-high")]  # noqa: RUF012 (as Textual has it)

    def __init__(self) -> None:
        super().__init__([RegisterCommands])

    def compose(self) -> ComposeResult:
        """Textual's widgets, but our field."""
        for widget in super().compose():
            if isinstance(widget, CommandInput):
                yield PaletteField(placeholder="Search for commands", select_on_focus=False)
            else:
                yield widget
