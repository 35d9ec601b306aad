"""The keys, made from the command table."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from tui.commands import CONTEXTS, Command, of_context, reached
from tui.lines import Line, wrapped
from tui.screens.page import PageScreen
from tui.text import fit
from tui.widgets.runs import bindings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.binding import BindingType

    from tui.widgets.built_view import Built


def help_lines(commands: Iterable[Command], width: int, here: str = "anywhere") -> Built:
    """A heading for each context, those first whose keys act `here`; a row for each command."""
    table = tuple(commands)
    keys_width = min(max(len("  ".join(command.keys)) for command in table), max(width // 3, 8))
    lines: list[Line] = []
    for context in dict.fromkeys((*reached(here), *CONTEXTS)):
        title = CONTEXTS[context]
        own = of_context(context, table)
        if not own:
            continue
        lines += [((title, "label"),)]
        for command in own:
            head = fit("  ".join(command.keys), keys_width) + "  "
            for number, row in enumerate(wrapped(((command.help, ""),), width - len(head))):
                lines.append(((head if number == 0 else " " * len(head), "strong accent"), *row))
        lines.append(())
    lines += wrapped(
        (
            ("Marks  ", "label"),
            ("C H M L are the severities Critical, High, Medium and Low, - is unrated; the mark behind is the", ""),
            (" status, with its word in the item pane. ? in its place marks an item that is only taken as fixed.", ""),
        ),
        width,
    )
    return lines, {}


class HelpScreen(PageScreen):
    """Every key and what it does."""

    CONTEXT = "help"

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("help")]

    def __init__(self, here: str) -> None:
        super().__init__("Keys")
        self.here = here

    async def load(self, *, choose: str | None = None) -> None:  # noqa: ARG002 (nothing to choose)
        """The table as this user has it."""
        commands = self.host.commands
        self.lines.show(lambda width: help_lines(commands, width, self.here))

    def do_help_close(self) -> None:
        """Go back."""
        self.dismiss(None)
