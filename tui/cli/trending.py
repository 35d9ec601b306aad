"""The command that shows what became of the debt over time."""

from typing import TYPE_CHECKING, Annotated

import typer

from store.errors import RegisterError
from tui.cli import output, shapes
from tui.cli.help import Command
from tui.cli.options import AsJson, AsOf, Db
from tui.cli.target import database

if TYPE_CHECKING:
    from store.audit.trends import Trend
    from tui.render.charts import View

BY = ("category", "severity")
HEIGHT = 16
"""Lines of a chart with its heading and legend."""


def add_to(app: typer.Typer) -> None:
    """Add the command to a Typer."""
    app.command("trend", cls=Command, epilog=TREND)(trend)


TREND = """\b
Examples:
  ai-debt trend
  ai-debt trend --by category --since 90d
  ai-debt trend --as-of 2026-03-01
  ai-debt trend --json
"""


def complete_by(incomplete: str) -> list[str]:
    """What open debt is told apart by."""
    return [by for by in BY if by.startswith(incomplete)]


def trend(
    context: typer.Context,
    by: Annotated[
        str | None,
        typer.Option("--by", metavar="WHAT", help="Open debt by category or severity.", autocompletion=complete_by),
    ] = None,
    since: Annotated[
        str | None, typer.Option("--since", metavar="DATE|90d", help="From a date on (UTC), or so many days ago.")
    ] = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
    db: Db = None,
) -> None:
    """Show what became of the debt over time: charts at a terminal, else tables.

    How many items were open, mitigated and accepted, what came and went each month, how old open High and
    Critical debt was, and how long mitigating took. Up to 92 days go day by day, a longer time by months.
    """
    from store.audit.log import head
    from store.audit.trends import trend as counted
    from store.formats.dates import parse_since
    from tui.render.charts import View

    if by is not None and by.strip().casefold() not in BY:
        raise RegisterError(f"there is no {by.strip()!r} to tell debt apart by", f"use one of {', '.join(BY)}")
    with database(context, db, as_of) as opened:
        moment = None if since is None else parse_since(since, opened.clock())
        found = counted(opened, since=moment)
        with opened.read() as reader:
            newest, then = head(reader), shapes.as_of(reader)
    if as_json:
        output.emit_json("trend", shapes.trend(found), head=shapes.head(newest), **then)
    elif found.nothing:
        output.say(found.nothing)
    else:
        views = (View.STATUS, View.FLOW, View.AGES) if by is None else (View(by.strip().casefold()),)
        output.emit("\n\n".join(_shown(found, view) for view in views))


def _shown(found: "Trend", view: "View") -> str:
    from tui.cli.roles import painted
    from tui.cli.tables import Cell, Column, table
    from tui.render import charts

    width = output.width()
    if width is not None:
        return "\n".join(painted(row) for row in charts.chart(found, view, width, HEIGHT, output.glyphs()))
    heads, rows = charts.numbers(found, view)
    columns = [Column(heads[0]), *(Column(each, right=True) for each in heads[1:])]
    return table(columns, [[Cell(each) for each in row] for row in rows])
