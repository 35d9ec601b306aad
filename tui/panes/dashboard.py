"""The dashboard pane: the numbers of items by category and by severity."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len

from store.enums import rating
from tui.render.badges import FLAG_ROLES, FLAG_WORDS, bar
from tui.render.text import Glyphs, fit, line
from tui.widgets.line_list import LineView

if TYPE_CHECKING:
    from store.queries.overview import CategoryRow, Counts, Summary
    from tui.render.lines import Line

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
    """Category rows, then the severities that there are; Enter on a category chooses it."""

    def __init__(self, *, glyphs: Glyphs) -> None:
        super().__init__(id="dashboard", glyphs=glyphs)
        self.summary: Summary | None = None
        self.code: str | None = None

    def show_summary(self, summary: Summary, code: str | None) -> None:
        """Show new counts. The cursor moves to the chosen category only when another one was chosen."""
        changed = summary != self.summary
        row = self.chosen_code(self.cursor) if self.summary is not None and code == self.code else code
        self.summary = summary
        if changed:
            self.rows_changed()
        self.choose(row)
        self.code = code

    def choose(self, code: str | None) -> None:
        """Put the cursor on a category, or on the total."""
        codes = [row.code for row in self.summary.categories] if self.summary is not None else []
        cursor = codes.index(code) + 1 if code in codes else len(codes) + 1
        self.code = code
        if cursor != self.cursor:
            self.place_cursor(cursor)

    @property
    def row_count(self) -> int:
        """Heading, categories, total, gap, severities, a gap and the flags that there are."""
        if self.summary is None:
            return 0
        flagged = len(self.summary.flagged)
        rated = len(self.summary.total.by_severity)
        return len(self.summary.categories) + 4 + rated + (flagged + 1 if flagged else 0)

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
        index -= len(categories) + 2
        rated = len(self.summary.total.by_severity)
        return self._severity(index, width) if index < rated + 2 else self._flag(index - rated - 3)

    def _columns(self, width: int) -> list[tuple[str, str, int]]:
        """Heading, count and cells of each number column."""
        total = self.summary.total.counts if self.summary else None
        columns = shown_columns(total) if total else COLUMNS
        found = []
        for word, short, field in columns:
            head = word if width >= 90 else short
            found.append((head, field, max(len(head), len(str(getattr(total, field, "")))) + (2 if width >= 90 else 1)))
        return found

    def _sizes(self, width: int) -> tuple[int, int]:
        """Cells of the name and of the bar."""
        names = [row.name for row in self.summary.categories] if self.summary else []
        wished = max([cell_len(line(name)) for name in names] + [8]) + 1
        room = width - sum(cells for _, _, cells in self._columns(width))
        beside = 8 if room >= 24 else 6 if room >= 22 else 0
        name = max(min(wished, room - beside), 6)
        return name, max(min(room - name - 2, 24), 0)

    def _heading(self, width: int) -> Line:
        name, _ = self._sizes(width)
        heads = "".join(f"{head:>{cells}}" for head, _, cells in self._columns(width))
        return ((fit("Category", name) + heads, "label"),)

    def _counts(self, row: CategoryRow, width: int, style: str) -> Line:
        name, size = self._sizes(width)
        title = "Total" if self.summary is not None and row is self.summary.total else row.name
        spans: list[tuple[str, str]] = [(fit(line(title), name, self.glyphs.more), style)]
        for _, field, cells in self._columns(width):
            value = getattr(row.counts, field)
            spans.append((f"{value:>{cells}}", style if value else "quiet"))
        if size >= 4:
            spans += [("  ", ""), *bar(row.counts.unresolved, row.counts.total, size, self.glyphs)]
        return tuple(spans)

    def _flag(self, index: int) -> Line:
        """How many items have a flag."""
        assert self.summary is not None
        if index < 0:
            return ()
        flag, number = self.summary.flagged[index]
        words = f"{self.glyphs.flag(flag)} {FLAG_WORDS[flag].capitalize()}"
        return ((f"{words:<22}{number:>6,}", FLAG_ROLES[flag]),)

    def _severity(self, index: int, width: int) -> Line:
        assert self.summary is not None
        total = self.summary.total
        if index == 0:
            return ()
        if index == 1:
            return (("Unresolved by severity", "label"),)
        severity, value = total.by_severity[index - 2]
        name = rating(severity)
        cells = max(min(width - 18, 24), 4)
        return (
            (f"{name.capitalize():<8}{value:>6}  ", ""),
            *bar(value, total.counts.unresolved, cells, self.glyphs, name.lower()),
        )
