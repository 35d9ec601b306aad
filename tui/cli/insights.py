"""The commands that count the debt, say what to fix first, and show the debt over time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NamedTuple

from store.enums import RATINGS, rating
from store.errors import NO_ITEMS, RegisterError
from store.formats.dates import parse_since
from tui.cli import output
from tui.cli.command import PAST, Commands, Found, Session, option
from tui.cli.json import shaped, snapshot
from tui.cli.map import Page
from tui.cli.options import Assumed, proposed
from tui.cli.text import (
    FLAGGED,
    NARROW,
    STRONG,
    lead,
    one_line,
    painted,
    paragraph,
    prose_line,
    severity_cell,
    signs,
    state,
    table,
    table_of,
)
from tui.lazy import dependency_map, overview_queries, priority_queries, trends
from tui.render import insights
from tui.render.badges import FLAG_WORDS
from tui.render.table import Cell, Column
from tui.render.text import line

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from store.audit.trends import CategoryName, Point, Tally, Trend
    from store.db.reader import Reader
    from store.enums import Severity
    from store.queries.overview import CategoryRow, RegisterRow, Summary
    from store.queries.priorities import Priorities, Priority
    from tui.render.charts import View


commands = Commands()


@commands.reads("dashboard", shared=PAST)
def dashboard(reader: Reader) -> Found:
    """Count the items by category and status.

    Examples:
      ai-debt dashboard
      ai-debt dashboard --as-of 30d
      ai-debt dashboard --json
    """
    row = overview_queries.summary(reader)
    more = {"total": shaped("total", row.total)}
    return Found("categories", row.categories, lambda: dashboard_text(row), more=more)


@commands.session("first", shared=PAST)
def first(
    session: Session,
    assumed: Assumed = None,
    limit: Annotated[int | None, option("--limit -n", "N", "Show only the first N.", min=1)] = None,
) -> None:
    """List the open items by what to fix first, with reasons.

    An item scores by its severity (Critical 8, High 4, Medium 2, Low 1, unrated 0) and by all open debt that it makes
    worse, halved for each step away. --if can be repeated, and also shows the map.

    Examples:
      ai-debt first
      ai-debt first --limit 5
      ai-debt first --if PD-001 --if DD-001
      ai-debt first --json
    """
    with session.reading() as reader:
        rows = priority_queries.priorities(reader, assumed=assumed or ())
        is_empty = not rows.items and not overview_queries.summary(reader).total.counts.total
        at = snapshot(reader)
        linked = dependency_map.map_rows(reader, assumed=rows.assumed) if rows.assumed and not session.as_json else None
    shown = rows.items[:limit]

    def text() -> str:
        picture = Page().text(linked, None, assumed=rows.assumed) if linked and linked.edges else ""
        return first_text(rows, shown) + (f"\n\n{picture}" if picture else "")

    more = {"unresolved": len(rows.items), "assumed": list(rows.assumed), "cycles": rows.cycles}
    empty = NO_ITEMS if is_empty else insights.nothing(rows.assumed)
    session.show(Found("first", shown, text, empty=empty, more=more), at)


BY = ("category", "severity")
HEIGHT = 16
"""Lines of a chart with its heading and legend."""


@commands.session("trend", shared=PAST)
def trend(
    session: Session,
    by: Annotated[str | None, option("--by", "WHAT", "Open debt by category or severity.", proposed(BY))] = None,
    since: Annotated[str | None, option("--since", "DATE|90d", "Since a date (UTC), or a number of days ago.")] = None,
) -> None:
    """Show debt trends: charts in a terminal, else tables.

    Items by status, debt added and resolved by month, the age of open High and Critical debt, and the time to
    mitigate. Up to 92 days are shown by day, longer spans by month.

    Examples:
      ai-debt trend
      ai-debt trend --by category --since 90d
      ai-debt trend --as-of 2026-03-01
      ai-debt trend --json
    """
    from tui.render.charts import View

    if by is not None and by.strip().casefold() not in BY:
        raise RegisterError(f"unknown grouping {by.strip()!r}", f"use one of {', '.join(BY)}")
    with session.database() as opened:
        moment = None if since is None else parse_since(since, opened.clock())
        found = trends.trend(opened, since=moment)
        with opened.read() as reader:
            at = snapshot(reader)
    views = (View.STATUS, View.FLOW, View.AGES) if by is None else (View(by.strip().casefold()),)
    if found.nothing and not session.as_json:
        output.say(found.nothing)
    else:
        session.show(
            Found("trend", trend_report(found), lambda: "\n\n".join(_trend_text(found, view) for view in views)), at
        )


class CategoryTally(NamedTuple):
    """The counts of a category."""

    category: CategoryName
    counts: Tally


class SeverityTally(NamedTuple):
    """The counts of a severity, None of the unrated items."""

    severity: Severity | None
    counts: Tally


class TrendPoint(NamedTuple):
    """A point with the names of what it counts."""

    point: Point
    categories: tuple[CategoryTally, ...]
    severities: tuple[SeverityTally, ...]


class TrendReport(NamedTuple):
    """A trend whose points can be read without it."""

    trend: Trend
    points: tuple[TrendPoint, ...]


def trend_report(found: Trend) -> TrendReport:
    """A trend as JSON has it."""
    points = (
        TrendPoint(
            point,
            tuple(map(CategoryTally, found.categories, point.categories)),
            tuple(map(SeverityTally, RATINGS, point.severities)),
        )
        for point in found.points
    )
    return TrendReport(found, tuple(points))


def _trend_text(found: Trend, view: View) -> str:
    from tui.render import charts

    width = output.width()
    if width is not None:
        return "\n".join(painted(row) for row in charts.chart(found, view, width, HEIGHT, output.glyphs()))
    heads, rows = charts.numbers(found, view)
    columns = [Column(heads[0]), *(Column(each, right=True) for each in heads[1:])]
    return table(columns, [[Cell(each) for each in row] for row in rows])


BAR = 20


def register_title(row: RegisterRow) -> str:
    """The register's title and its system."""
    return prose_line(f"{row.title} {output.glyphs().dot} {row.system}" if row.system else row.title)


def dashboard_text(summary: Summary) -> str:
    """Counts by category with bars; a status that no item has anywhere gets no column."""
    total = summary.total.counts
    counted: list[tuple[str, Callable[[CategoryRow], int], bool]] = [
        ("Open", lambda row: row.counts.open, True),
        ("In Progress", lambda row: row.counts.in_progress, total.in_progress > 0),
        ("Mitigated", lambda row: row.counts.mitigated, True),
        ("Accepted", lambda row: row.counts.accepted, total.accepted > 0),
        ("Total", lambda row: row.counts.total, True),
    ]
    shown = [(title, count) for title, count, wanted in counted if wanted]
    most = max([row.counts.total for row in summary.categories], default=0)
    bars = output.width() is None or (output.width() or 0) >= 80
    columns = [Column("Category", shrinks=True, least=12), *(Column(title, right=True) for title, _ in shown)]
    columns += [Column("Unresolved")] if bars and most else []

    def cells(row: CategoryRow, style: str) -> list[Cell]:
        made = [Cell.of(row.name, style), *(Cell(str(count(row)), style) for _, count in shown)]
        return [*made, Cell(_bar(row, most))] if bars and most else made

    rows = [cells(row, "") for row in summary.categories]
    total_cells = [Cell("Total", STRONG), *(Cell(str(count(summary.total)), STRONG) for _, count in shown)]
    rows.append([*total_cells, Cell(" ")] if bars and most else total_cells)
    split = ", ".join(f"{number} {rating(severity)}" for severity, number in summary.total.by_severity)
    words = f"Unresolved: {total.unresolved} of {total.total}, {split}"
    head = one_line(register_title(summary.register), STRONG)
    found = ", ".join(f"{number:,} {FLAG_WORDS[flag]}" for flag, number in summary.flagged)
    told = "\n".join([paragraph(words), *([one_line(f"Flagged: {found}", FLAGGED)] if found else [])])
    return f"{head}\n\n{table(columns, rows)}\n\n{told}"


def _bar(row: CategoryRow, most: int) -> str:
    """A bar as long as the category's items, filled as far as they are unresolved."""
    signs = output.glyphs()
    whole = max(round(BAR * row.counts.total / most), 1) if row.counts.total else 0
    filled = round(whole * row.counts.unresolved / row.counts.total) if whole else 0
    if row.counts.unresolved and not filled:
        filled = 1
    return signs.bar * filled + signs.track * (whole - filled) or " "


WIDE = 110


def first_text(rows: Priorities, shown: Sequence[Priority]) -> str:
    """The items shown of all there are, under what is assumed."""
    sentences = insights.summary(rows, output.glyphs())
    if len(shown) < len(rows.items):
        sentences.append(f"Shown: {len(shown)} of {len(rows.items)} open items.")
    parts = [_first_table(shown, assumed=bool(rows.assumed)), "\n".join(map(paragraph, sentences))]
    if rows.assumed:
        parts.insert(0, paragraph(insights.as_if(rows.assumed), STRONG))
    return "\n\n".join(parts)


def _first_state(row: Priority) -> str:
    """`H● ▲`."""
    return state(row.severity, row.status) + signs(row.flags)


def _first_table(shown: Sequence[Priority], *, assumed: bool) -> str:
    """The items as a table, where there is room with more columns; where there is little, reasons are wrapped."""
    room = output.width() or WIDE
    if room < NARROW:
        heads = [f"{_first_state(row)} {line(row.key)}  {row.score:.2f}" for row in shown]
        return "\n".join(paragraph(f"{head}  {line(row.reason)}") for head, row in zip(heads, shown, strict=True))
    wide = room >= WIDE
    return table_of(
        shown,
        (Column("Key"), lambda row: Cell.of(row.key, STRONG)),
        (Column("State" if wide else ""), lambda row: severity_cell(row.severity, _first_state(row))),
        (Column("Score", right=True), lambda row: Cell(f"{row.score:.2f}")),
        (Column("Now", right=True), lambda row: Cell(f"{row.score_now or 0:.2f}")) if assumed else None,
        (Column("Share", right=True), lambda row: Cell(insights.share(row))),
        (Column("Frees", right=True), lambda row: Cell(str(row.frees))) if wide else None,
        (Column("Why", shrinks=True, least=16), lambda row: Cell.of(row.reason)),
        (Column("Title", shrinks=True), lambda row: Cell.of(lead(row.lead))) if wide else None,
    )
