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


def dashboard_lines(summary: Summary, width: int, glyphs: Glyphs) -> Built:
    """The categories and their total, which are stops, then the severities and flags that there are."""
    lines = _table(summary, width, glyphs)
    targets = {at: row.code for at, row in enumerate(summary.categories, 1)} | {len(summary.categories) + 1: ""}
    lines += [(), (("Unresolved by severity", "label"),)]
    for severity, number in summary.total.by_severity:
        name, cells = rating(severity), max(min(width - 18, 24), 4)
        shown = bar(number, summary.total.counts.unresolved, cells, glyphs, name.lower())
        lines.append(((f"{name.capitalize():<8}{number:>6}  ", ""), *shown))
    lines += [()] if summary.flagged else []
    for flag, number in summary.flagged:
        words = f"{glyphs.flag(flag)} {FLAG_WORDS[flag].capitalize()}"
        lines.append(((f"{words:<22}{number:>6,}", FLAG_ROLES[flag]),))
    return lines, targets


def _table(summary: Summary, width: int, glyphs: Glyphs) -> list[Line]:
    """The counts. A column that is zero everywhere is left out, but for Open and Total, and a bar without room."""
    total, rows = summary.total.counts, (*summary.categories, summary.total)
    counted = [each for each in COLUMNS if each[2] in ("open", "total") or getattr(total, each[2])]
    gap = 2 if width >= WIDE else 1
    heads = [wide if width >= WIDE else short for wide, short, _ in counted]
    sizes = [max(len(head), len(str(getattr(total, name)))) for head, (_, _, name) in zip(heads, counted, strict=True)]
    room = width - sum(size + gap for size in sizes)
    wished = max([cell_len(line(row.name)) for row in summary.categories] + [8]) + 1
    beside = 8 if room >= 24 else 6 if room >= 22 else 0
    first = max(min(wished, room - beside), 6)
    rest = max(min(room - first - 2, 24), 0)
    columns = [Column("Category", size=first)]
    columns += [Column(head, right=True, gap=gap, size=size) for head, size in zip(heads, sizes, strict=True)]

    def cells(row: CategoryRow) -> list[Cell]:
        name, style = ("Total", "strong") if row is summary.total else (row.name, "")
        numbers = [getattr(row.counts, each) for _, _, each in counted]
        return [Cell.of(name, style), *(Cell(str(number), style if number else "quiet") for number in numbers)]

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
