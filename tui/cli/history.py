"""The commands that print the audit trail, and take changes back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from store.audit import describe
from store.errors import NotFoundError
from tui.cli import output
from tui.cli.json import snapshot
from tui.cli.options import AsJson, Command, Db, OptionalKey, Yes
from tui.cli.output import confirmed, tell
from tui.cli.target import database
from tui.cli.text import FAINT, STRONG, prose_line, table, when
from tui.render.table import Cell, Column

if TYPE_CHECKING:
    from collections.abc import Sequence

    from store.queries.history import ChangeRow


def add_to(app: typer.Typer) -> None:
    """Add these commands to a Typer."""
    app.command("history", cls=Command, epilog=HISTORY)(history)
    app.command("undo", cls=Command, epilog=UNDO)(undo)
    app.command("redo", cls=Command, epilog=REDO)(redo)


HISTORY = """\b
Examples:
  ai-debt history
  ai-debt history EN-001 --json
  ai-debt history --since 7d --by ana
"""


def history(
    context: typer.Context,
    key: OptionalKey = None,
    limit: Annotated[
        int | None, typer.Option("--limit", "-n", metavar="N", min=1, help="Only the newest N changes.")
    ] = None,
    since: Annotated[
        str | None,
        typer.Option("--since", metavar="DATE|7d", help="Since a date or time (UTC), or within 12h, 7d."),
    ] = None,
    by: Annotated[
        str | None,
        typer.Option("--by", metavar="NAME", help="Only by this person: a name or part of one, ignoring case."),
    ] = None,
    as_json: AsJson = False,
    db: Db = None,
) -> None:
    """Show the history, the newest change first."""
    from store.formats.dates import parse_since
    from store.queries.history import changes

    with database(context, db) as opened, opened.read() as reader:
        moment = None if since is None else parse_since(since, opened.clock())
        rows = changes(reader, key=key, since=moment, by=by, limit=limit)
        at = snapshot(reader)
        known = rows or key is None or changes(reader, key=key, limit=1)
    if not known:
        raise NotFoundError(f"no item or category ever had the key {key}", "`ai-debt list` shows all keys")
    if as_json:
        output.emit_json("changes", rows, **at)
    elif rows:
        output.emit(history_text(rows))
    else:
        output.say("nothing has changed yet" if since is None and by is None else "no change matches")


UNDO = """\b
Examples:
  ai-debt undo
  ai-debt undo --yes             also if it undoes an import
"""
REDO = """\b
Examples:
  ai-debt redo
"""


def undo(context: typer.Context, yes: Yes = False, as_json: AsJson = False, db: Db = None) -> None:
    """Undo your last change. Undoing an import asks first."""
    from store.audit.undo import undo as undo_change
    from store.errors import ImportUndoError

    with database(context, db) as opened:
        try:
            done = undo_change(opened, confirmed=yes)
        except ImportUndoError as error:
            confirmed(f"{error.what}. Undo it?", yes=yes)
            done = undo_change(opened, confirmed=True, batch=error.batch)
        tell(done, as_json=as_json)


def redo(context: typer.Context, as_json: AsJson = False, db: Db = None) -> None:
    """Redo your last undo."""
    from store.audit.undo import redo as redo_change

    with database(context, db) as opened:
        tell(redo_change(opened), as_json=as_json)


def history_text(rows: Sequence[ChangeRow]) -> str:
    """Changes in words, the newest first."""
    columns = [Column("Time (UTC)", shrinks=True, least=10), Column("By", shrinks=True)]
    columns += [Column("Change", shrinks=True, least=16)]
    told = ((row, describe.deed(row, cut=prose_line)) for row in rows)
    return table(columns, [(Cell(when(row), FAINT), Cell.of(row.actor, STRONG), Cell.of(words)) for row, words in told])
