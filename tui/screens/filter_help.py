"""What a filter can say, made from the table of the filter language."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from tui.lines import Line, wrapped
from tui.screens.page import PageScreen
from tui.text import fit
from tui.widgets.runs import bindings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.binding import BindingType

    from store.filters.qualifiers import Qualifier
    from tui.widgets.built_view import Built

RULES = (
    ('flink  "exact words"', "items that say so somewhere, in any case"),
    ("severity:high", "a qualifier and its value"),
    ("status:open,in-progress", "a comma is or"),
    ("severity:high age:>30d", "a blank is and"),
    ("-component:Amber", "- is not"),
    ('owner:"ML Platform"', "quotes keep blanks and signs"),
)
"""How a filter is put together, by example."""


def filter_lines(table: Sequence[Qualifier], width: int) -> Built:
    """How filters are written, then every qualifier: its values, what it asks, examples."""
    lines: list[Line] = [(("How it is written", "label"),)]
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
        super().__init__("What a filter can say")

    async def load(self, *, choose: str | None = None) -> None:  # noqa: ARG002 (nothing to choose)
        """The table."""
        from store.filters.qualifiers import QUALIFIERS

        self.lines.show(lambda width: filter_lines(QUALIFIERS, width))

    def do_help_close(self) -> None:
        """Go back."""
        self.dismiss(None)
