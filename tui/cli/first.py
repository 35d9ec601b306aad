"""The command that says what to fix first."""

from typing import Annotated

import typer

from tui.cli import output, shapes
from tui.cli.help import Command
from tui.cli.options import AsJson, AsOf, Assumed, Db
from tui.cli.target import reading


def add_to(app: typer.Typer) -> None:
    """Add the command to a Typer."""
    app.command("first", cls=Command, epilog=FIRST)(first)


FIRST = """\b
Examples:
  ai-debt first
  ai-debt first --limit 5
  ai-debt first --if PD-001 --if DD-001
  ai-debt first --json
"""


def first(
    context: typer.Context,
    assumed: Assumed = None,
    limit: Annotated[int | None, typer.Option("--limit", "-n", metavar="N", min=1, help="The first N only.")] = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
    db: Db = None,
) -> None:
    """List the open items, what to fix first at the top, each with its score and the reason.

    An item scores by its severity (Critical 8, High 4, Medium 2, Low 1, unrated 0) and by all open debt that it makes
    worse, which counts half for each step away. --if may be given several times, and shows the map below as well.
    """
    from store.audit.log import head
    from store.queries import priorities
    from store.queries.dependency_map import map_rows
    from store.queries.overview import summary
    from tui.cli import firstpage, mappage
    from tui.render import insights

    with reading(context, db, as_of) as reader:
        rows = priorities.priorities(reader, assumed=assumed or ())
        empty = not rows.items and not summary(reader).total.counts.total
        newest, then = head(reader), shapes.as_of(reader)
        linked = map_rows(reader, assumed=rows.assumed) if rows.assumed and not as_json else None
    shown = rows.items[:limit]
    if as_json:
        output.emit_json(
            "first",
            shapes.first(shown),
            unresolved=len(rows.items),
            assumed=list(rows.assumed),
            cycles=shapes.cycles(rows.cycles),
            head=shapes.head(newest),
            **then,
        )
    elif shown:
        output.emit(firstpage.first(rows, shown))
        if linked and linked.edges:
            output.emit("\n" + mappage.Page().text(linked, None, assumed=rows.assumed))
    else:
        output.say("the register has no items yet" if empty else insights.nothing(rows.assumed))
