"""Help: the legend, the keys made from the command table, and the filter language."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.widgets import Input

from store.enums import Flag, Severity, Status, letter, rating
from tui.commands import CONTEXTS, Command, of_context, reached
from tui.dispatch import bindings
from tui.render.badges import FLAG_ROLES, FLAG_WORDS, STATUS_ROLES, SUPPOSED
from tui.render.highlight import lit_lines, rows_with
from tui.render.lines import Line, packed, wrapped
from tui.render.text import fit
from tui.screens.page import Lines, PageScreen
from tui.widgets.inputs import LineField

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from textual.binding import BindingType

    from store.filters.qualifiers import Qualifier
    from tui.render.text import Glyphs
    from tui.screens.base import StoreScreen
    from tui.widgets.line_list import Built


def legend(width: int, glyphs: Glyphs) -> list[Line]:
    """What letters, marks, signs and colors mean; every color repeats what a letter, a sign or a word says."""
    statuses = [((f"{glyphs.mark(each)} {each.value}", f"strong {STATUS_ROLES[each.value]}"),) for each in Status]
    severities = [((f"{letter(each)} {rating(each)}", f"strong {rating(each).lower()}"),) for each in (*Severity, None)]
    signs = [((f"{glyphs.flag(flag)} {FLAG_WORDS[flag]}", FLAG_ROLES[flag]),) for flag in Flag]
    others: list[Line] = [
        ((f"{glyphs.cursor} cursor", "accent"),),
        ((f"{glyphs.marked} marked", "accent strong"),),
        ((f"{glyphs.news} who changed it just now", "accent strong"),),
        ((f"{SUPPOSED} in place of the status: assumed fixed", "warning"),),
        ((f"{glyphs.above} {glyphs.below} more above or below", "accent"),),
    ]
    lines: list[Line] = [(("Legend", "label"),)]
    for row in (severities, statuses, signs, others):
        lines += packed(row, width)
    words = "Each color repeats a letter, a sign or a word: red is High or Critical, green is Mitigated."
    return [*lines, *wrapped(((words, "quiet"),), width), ()]


def help_lines(commands: Iterable[Command], width: int, glyphs: Glyphs, here: str = "anywhere") -> Built:
    """The legend, then a heading for each context, those first whose keys act `here`; a row for each command."""
    table = tuple(commands)
    keys_width = min(max(len("  ".join(command.keys)) for command in table), max(width // 3, 8))
    lines = legend(width, glyphs)
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
    return lines[:-1], {}


class HelpLines(Lines):
    """Lines in which words are searched for."""

    def go_to(self, index: int) -> None:
        """Scroll a line and the one behind it into view, with some lines before it."""
        if not self.scroll_offset.y <= index < self.scroll_offset.y + self.size.height - 1:
            self._scroll_rows(index - 2)


class FindField(LineField):
    """The words to search for."""

    DEFAULT_CSS = """
    FindField { height: 1; border: none; padding: 0 1; background: $surface-lighten-1; }
    """


class ReferenceScreen(PageScreen):
    """A page that is searched as one types."""

    CONTEXT = "help"
    LINES = HelpLines
    lines: HelpLines
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("help")]
    found: tuple[int, ...] = ()
    """The lines that have the words."""
    at = 0
    """Which of them is shown."""
    field: FindField | None = None

    @abstractmethod
    def build(self, width: int) -> Built:
        """The lines of the page."""

    async def load(self, *, choose: str | None = None) -> None:  # noqa: ARG002 (nothing to choose)
        """The page as this user has it."""
        self._show_lines()

    def _show_lines(self) -> None:
        """The lines, with the words that are searched for highlighted."""
        words = (self.field.value,) if self.field is not None else ()

        def highlighted(width: int) -> Built:
            lines, targets = self.build(width)
            return lit_lines(lines, words), targets

        self.lines.show(highlighted)

    async def action_find(self) -> None:
        """Type words to search for."""
        if self.field is None:
            self.field = FindField(placeholder="words to search for", compact=True)
            await self.mount(self.field, before=self.keys)
        self.field.focus()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        top = self.lines.scroll_offset.y
        self.found = rows_with(self.lines.built[0], (event.value,))
        self.at = next((number for number, line in enumerate(self.found) if line >= top), 0)
        self._show_lines()
        self._show_found()

    def _show_found(self) -> None:
        words = self.field.value.strip() if self.field is not None else ""
        if self.found:
            self.lines.go_to(self.found[self.at])
        count = f"{self.at + 1} of {len(self.found)}" if self.found else "no matches"
        self.frame.note(count if words else "")

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        self.lines.focus()

    def action_find_next(self) -> None:
        """Go to the next line that has the words."""
        self._step(1)

    def action_find_previous(self) -> None:
        """Go to the previous line that has the words."""
        self._step(-1)

    def _step(self, by: int) -> None:
        if self.found:
            self.at = (self.at + by) % len(self.found)
            self._show_found()

    def action_close(self) -> None:
        """End the search, else go back."""
        if self.field is None:
            self.dismiss(None)
            return
        self.lines.focus()
        self.field.remove()
        self.field, self.found = None, ()
        self._show_lines()
        self._show_found()


class HelpScreen(ReferenceScreen):
    """The legend, and every key and what it does."""

    def __init__(self, here: str) -> None:
        super().__init__("Help")
        self.here = here

    def build(self, width: int) -> Built:
        """The table as this user has it."""
        return help_lines(self.host.commands, width, self.host.glyphs, self.here)


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


class FilterHelpScreen(ReferenceScreen):
    """The words of the filter."""

    def __init__(self) -> None:
        super().__init__("The filter language")

    def build(self, width: int) -> Built:
        """The table."""
        from store.filters.qualifiers import QUALIFIERS

        return filter_lines(QUALIFIERS, width)


async def filter_help(screen: StoreScreen, _: str) -> None:
    """Show what a filter can say."""
    await screen.show(FilterHelpScreen())
