"""The keys, made from the command table."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from tui.commands import CONTEXTS, Command, of_context, reached
from tui.dispatch import bindings
from tui.render.lines import Line, wrapped
from tui.render.text import fit
from tui.screens.page import PageScreen

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from textual.binding import BindingType

    from store.filters.qualifiers import Qualifier
    from tui.widgets.line_list import Built


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
            ("C H M L are the severities Critical, High, Medium and Low, - is unrated; the mark after it is the", ""),
            (" status, with its word in the item pane. ? in its place marks an item that is assumed fixed.", ""),
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


RULES = (
    ('flink  "exact words"', "items that contain the text, ignoring case"),
    ("severity:high", "a qualifier and its value"),
    ("status:open,in-progress", "a comma is or"),
    ("severity:high age:>30d", "a space is and"),
    ("-component:Amber", "- is not"),
    ('owner:"ML Platform"', "quotes keep spaces and symbols"),
)

"""How a filter is put together, by example."""


def filter_lines(table: Sequence[Qualifier], width: int) -> Built:
    """How filters are written, then every qualifier: its values, what it asks, examples."""
    lines: list[Line] = [(("Syntax", "label"),)]
    head = max(len(example) for example, _ in RULES) + 2
    for example, words in RULES:
        if width < 2 * head:
            lines += [((example, "code"),), *wrapped((("  ", ""), (words, "")), width, "  ")]
        else:
            lines.append(((fit(example, head), "code"), (words, "")))
    for qualifier in table:
        lines += [(), *wrapped(((f"{qualifier.name}:", "strong accent"), (f"  {qualifier.help}", "")), width, "  ")]
        explained = [choice for choice in qualifier.choices if choice.help]
        for choice in explained:
            lines += _indented(((choice.name, "code"), (f"  {choice.help}", "quiet")), width)
        if not explained:
            lines += _indented(((qualifier.values, "quiet"),), width)
        lines += _indented((("   ".join(qualifier.examples), "code"),), width)
    return lines, {}


def _indented(row: Line, width: int) -> list[Line]:
    return [(("  ", ""), *part) for part in wrapped(row, width - 2, "  ")]


class FilterHelpScreen(PageScreen):
    """The words of the filter."""

    CONTEXT = "help"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("help")]

    def __init__(self) -> None:
        super().__init__("The filter language")

    async def load(self, *, choose: str | None = None) -> None:  # noqa: ARG002 (nothing to choose)
        """The table."""
        from store.filters.qualifiers import QUALIFIERS

        self.lines.show(lambda width: filter_lines(QUALIFIERS, width))
