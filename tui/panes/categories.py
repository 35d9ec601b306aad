"""The categories pane: every category with what is unresolved of it, and a bar."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len

from tui.render.badges import bar
from tui.render.text import Glyphs, fit, line
from tui.widgets.frame import Frame
from tui.widgets.line_list import LineView

if TYPE_CHECKING:
    from store.queries.overview import CategoryRow, Counts, Summary
    from tui.render.lines import Line

ALL = "All categories"


def category_line(name: str, counts: Counts, width: int, glyphs: Glyphs, digits: int, *, is_news: bool = False) -> Line:
    """`Name   2 of 3 ━━━──`, the name cut, counts under each other; others changed the counts where they are news."""
    cells = 10 if width >= 44 else 5
    word = " of " if width >= 40 else "/"
    numbers = f"{counts.unresolved:>{digits},}{word}{counts.total:<{digits},}"
    room = max(width - cell_len(numbers) - cells - 2, 4)
    called = fit(line(name), room - (2 if is_news else 0), glyphs.more)
    return (
        (called + " ", ""),
        (f"{glyphs.news} " if is_news else "", "accent strong"),
        (numbers + " ", "accent strong" if is_news else "strong" if counts.unresolved else "quiet"),
        *bar(counts.unresolved, counts.total, cells, glyphs),
    )


class CategoriesPane(LineView):
    """The cursor's row filters the items; the first row is all of them."""

    def __init__(self, *, glyphs: Glyphs) -> None:
        super().__init__(id="categories", glyphs=glyphs)
        self.rows: tuple[CategoryRow, ...] = ()
        self.marks: frozenset[str] = frozenset()

    @property
    def row_count(self) -> int:
        """All categories, then each."""
        return len(self.rows)

    def row(self, index: int, width: int) -> Line:
        """Name, counts, bar."""
        row = self.rows[index]
        digits = len(f"{self.rows[0].counts.total:,}")
        name, is_news = row.name if index else ALL, bool(index) and row.code in self.marks
        return category_line(name, row.counts, width, self.glyphs, digits, is_news=is_news)

    def mark(self, codes: frozenset[str]) -> None:
        """Mark these categories: others changed their counts just now."""
        self.marks = codes
        self.repaint_changed()
        self._show_in_use()

    @property
    def code(self) -> str | None:
        """The chosen category, None for all."""
        return self.rows[self.cursor].code if 0 < self.cursor < len(self.rows) else None

    def _show_in_use(self) -> None:
        """Name the chosen category in the title row of the folded pane."""
        if self.rows and isinstance(self.parent, Frame):
            row = self.rows[self.cursor]
            name = f"Category: {line(row.name)}" if self.cursor else ALL
            news = f"{self.glyphs.news} " if self.marks else ""
            counts = f"{news}{row.counts.unresolved:,} of {row.counts.total:,}"
            self.parent.in_use(name, f"{counts} open", counts)

    def show_summary(self, summary: Summary, code: str | None) -> None:
        """New counts; the cursor stays on the category of `code`."""
        rows = (summary.total, *summary.categories)
        resized = len(rows) != len(self.rows)
        if rows != self.rows or resized:
            self.rows = rows
            self.rows_changed()
        self.choose(code)

    def choose(self, code: str | None) -> None:
        """Put the cursor on a category, or on all of them."""
        cursor = next((at for at, row in enumerate(self.rows) if at and row.code == code), 0)
        if cursor != self.cursor:
            self.place_cursor(cursor)
        self._show_in_use()
