"""The dashboard pane: the numbers of items by category and by severity."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len

from store.enums import rating
from tui.render.badges import FLAG_ROLES, FLAG_WORDS, bar
from tui.render.table import Cell, Column, table_lines
from tui.render.text import Glyphs, line
from tui.widgets.line_list import BuiltView

if TYPE_CHECKING:
    from store.queries.overview import CategoryRow, Summary
    from tui.render.lines import Line
    from tui.widgets.line_list import Built

COLUMNS = (
    ("Open", "Open", "open"),
    ("In Progress", "Prog.", "in_progress"),
    ("Mitigated", "Mit.", "mitigated"),
    ("Accepted", "Acc.", "accepted"),
    ("Total", "Total", "total"),
)
"""The heading of each count, where there is room and where there is little, and its name."""
WIDE = 90
LEAST_NAME = 6
"""The cells of a category's name, for which counts are left out."""
LEFT_OUT_FIRST = ("accepted", "in_progress", "mitigated")


def dashboard_lines(summary: Summary, width: int, glyphs: Glyphs) -> Built:
    """The categories and their total, which are stops, then the severities and flags that there are."""
    lines = _table(summary, width, glyphs)
    targets = {at: row.code for at, row in enumerate(summary.categories, 1)} | {len(summary.categories) + 1: ""}
    lines += [(), (("Unresolved by severity", "label"),)]
    for severity, number in summary.total.by_severity:
        name, cells = rating(severity), max(min(width - 18, 24), 4)
        shown = bar(number, summary.total.counts.unresolved, cells, glyphs, name.lower())
        lines.append(((f"{name.capitalize():<8}{number:>6,}  ", ""), *shown))
    lines += [()] if summary.flagged else []
    for flag, number in summary.flagged:
        words = f"{glyphs.flag(flag)} {FLAG_WORDS[flag].capitalize()}"
        lines.append(((f"{words:<22}{number:>6,}", FLAG_ROLES[flag]),))
    return lines, targets


def _table(summary: Summary, width: int, glyphs: Glyphs) -> list[Line]:
    """The counts. A column that is zero everywhere is left out, but for Open and Total, and what has no room."""
    total, rows = summary.total.counts, (*summary.categories, summary.total)
    gap = 2 if width >= WIDE else 1
    heads = {name: wide if width >= WIDE else short for wide, short, name in COLUMNS}
    sizes = {name: max(len(head), len(f"{getattr(total, name):,}")) for name, head in heads.items()}
    counted = [name for name in heads if name in ("open", "total") or getattr(total, name)]
    for name in LEFT_OUT_FIRST:
        if name in counted and width - sum(sizes[each] + gap for each in counted) < LEAST_NAME:
            counted.remove(name)
    room = width - sum(sizes[each] + gap for each in counted)
    wished = max([cell_len(line(row.name)) for row in summary.categories] + [8]) + 1
    beside = 8 if room >= 24 else 6 if room >= 22 else 0
    first = max(min(wished, room - beside), LEAST_NAME)
    rest = max(min(room - first - 2, 24), 0)
    columns = [Column("Category", size=first)]
    columns += [Column(heads[each], right=True, gap=gap, size=sizes[each]) for each in counted]

    def cells(row: CategoryRow) -> list[Cell]:
        name, style = ("Total", "strong") if row is summary.total else (row.name, "")
        numbers = [getattr(row.counts, each) for each in counted]
        return [Cell.of(name, style), *(Cell(f"{number:,}", style if number else "quiet") for number in numbers)]

    head, *found = table_lines(columns, [cells(row) for row in rows], None, glyphs.more, head="label")
    bars = [bar(row.counts.unresolved, row.counts.total, rest, glyphs) if rest >= 4 else () for row in rows]
    return [head, *(((*row, ("  ", ""), *shown) if shown else row) for row, shown in zip(found, bars, strict=True))]


class DashboardPane(BuiltView):
    """The cursor goes over the categories and their total; Enter on a category chooses it."""

    def __init__(self, *, glyphs: Glyphs) -> None:
        super().__init__(id="dashboard", glyphs=glyphs)
        self.summary: Summary | None = None
        self.code: str | None = None

    def show_summary(self, summary: Summary, code: str | None) -> None:
        """Show new counts. The cursor moves to the chosen category only when another one was chosen."""
        row = self.chosen_code(self.cursor) if self.summary is not None and code == self.code else code
        if summary != self.summary:
            self.summary = summary
            self.rebuild(lambda width: dashboard_lines(summary, width, self.glyphs))
        self.choose(row)
        self.code = code

    def choose(self, code: str | None) -> None:
        """Put the cursor on a category, or on the total."""
        self.code = code
        stops = {target: at for at, target in self.built[1].items()}
        cursor = stops.get(code or "", stops.get("", 0))
        if cursor != self.cursor:
            self.place_cursor(cursor)

    def chosen_code(self, index: int) -> str | None:
        """The category of a row, None for the total."""
        return self.target(index) or None
