"""The dashboard pane: how many items stand where, by category and by severity."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.marks import bar
from tui.text import Glyphs, fit, line
from tui.widgets.line_view import LineView

if TYPE_CHECKING:
    from store.rows import CategoryRow, Counts, Summary
    from tui.lines import Line

COLUMNS = (
    ("Open", "Open", "open"),
    ("In Progress", "Prog.", "in_progress"),
    ("Mitigated", "Mit.", "mitigated"),
    ("Accepted", "Acc.", "accepted"),
    ("Total", "Total", "total"),
)


def shown_columns(total: Counts) -> tuple[tuple[str, str, str], ...]:
    """The columns that are not zero everywhere; Open and Total always show."""
    return tuple(c for c in COLUMNS if c[2] in ("open", "total") or getattr(total, c[2]))


class DashboardPane(LineView):
    """Category rows, then severities; Enter on a category chooses it."""

    def __init__(self, *, glyphs: Glyphs) -> None:
        super().__init__(id="dashboard", glyphs=glyphs)
        self.summary: Summary | None = None
        self.code: str | None = None

    def show(self, summary: Summary, code: str | None) -> None:
        """New counts; the row of the chosen category holds the cursor."""
        changed = summary != self.summary
        self.summary, self.code = summary, code
        if changed:
            self.rows_changed()
        codes = [row.code for row in summary.categories]
        self.place_cursor(codes.index(code) + 1 if code in codes else len(codes) + 1)

    @property
    def row_count(self) -> int:
        """Heading, categories, total, gap, severities."""
        return len(self.summary.categories) + 7 if self.summary else 0

    def is_stop(self, index: int) -> bool:
        """The categories and the total."""
        return self.summary is not None and 1 <= index <= len(self.summary.categories) + 1

    def chosen_code(self, index: int) -> str | None:
        """The category of a row, None for the total."""
        if self.summary is None or not 1 <= index <= len(self.summary.categories):
            return None
        return self.summary.categories[index - 1].code

    def row(self, index: int, width: int) -> Line:
        """One line of the table."""
        if self.summary is None:
            return ()
        categories = self.summary.categories
        if index == 0:
            return self._heading(width)
        if index <= len(categories):
            return self._counts(categories[index - 1], width, "")
        if index == len(categories) + 1:
            return self._counts(self.summary.total, width, "strong")
        return self._severity(index - len(categories) - 2, width)

    def _sizes(self, width: int) -> tuple[int, int, int]:
        """Cells of the name, of a number column and of the bar."""
        columns = shown_columns(self.summary.total.counts) if self.summary else COLUMNS
        number = 12 if width >= 90 else 6
        names = [row.name for row in self.summary.categories] if self.summary else []
        name = max([len(line(n)) for n in names] + [8])
        room = width - number * len(columns)
        name = max(min(name + 1, room - (8 if room >= 24 else 0)), 6)
        return name, number, max(min(room - name - 2, 24), 0)

    def _heading(self, width: int) -> Line:
        name, number, _ = self._sizes(width)
        total = self.summary.total.counts if self.summary else None
        columns = shown_columns(total) if total else COLUMNS
        heads = "".join(f"{(column[0] if number >= 12 else column[1]):>{number}}" for column in columns)
        return ((fit("Category", name) + heads, "label"),)

    def _counts(self, row: CategoryRow, width: int, style: str) -> Line:
        name, number, cells = self._sizes(width)
        assert self.summary is not None
        title = row.name if row is not self.summary.total else "Total"
        spans: list[tuple[str, str]] = [(fit(line(title), name, self.glyphs.more), style)]
        for _, _, field in shown_columns(self.summary.total.counts):
            value = getattr(row.counts, field)
            spans.append((f"{value:>{number}}", style if value else "quiet"))
        if cells >= 4:
            spans += [("  ", ""), *bar(row.counts.unresolved, row.counts.total, cells, self.glyphs)]
        return tuple(spans)

    def _severity(self, index: int, width: int) -> Line:
        assert self.summary is not None
        total = self.summary.total
        if index == 0:
            return ()
        if index == 1:
            return (("Unresolved by severity", "label"),)
        name, value = (("High", total.high), ("Medium", total.medium), ("Low", total.low))[index - 2]
        cells = max(min(width - 18, 24), 4)
        return ((f"{name:<8}{value:>6}  ", ""), *bar(value, total.counts.unresolved, cells, self.glyphs, name.lower()))
