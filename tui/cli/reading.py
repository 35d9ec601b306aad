"""The commands that print what the register says."""

from typing import TYPE_CHECKING, Annotated

import typer

from store.errors import NotFoundError
from tui.cli import output, shapes
from tui.cli.help import Command
from tui.cli.options import (
    AsJson,
    Db,
    Key,
    OptionalKey,
    complete_category,
    complete_severity,
    complete_status,
)
from tui.cli.target import database, reading, target

if TYPE_CHECKING:
    from sqlmodel import Session

    from store.rows import ItemFilter, ItemRow

PAGE = 2000


def add_to(app: typer.Typer) -> None:
    """Add these commands to a Typer."""
    app.command("list", cls=Command, epilog=LIST)(list_)
    app.command("show", cls=Command, epilog=SHOW)(show)
    app.command("dashboard", cls=Command, epilog=DASHBOARD)(dashboard)
    app.command("history", cls=Command, epilog=HISTORY)(history)
    app.command("keys", cls=Command, epilog=KEYS)(keys)
    app.command("path", cls=Command, epilog=PATH)(path)


LIST = """\b
Examples:
  ai-debt list
  ai-debt list flink window
  ai-debt list --status open --status in-progress --severity high
  ai-debt list --owner MLP --json
"""
SHOW = """\b
Examples:
  ai-debt show EN-001
  ai-debt show EN-001 --json
"""
DASHBOARD = """\b
Examples:
  ai-debt dashboard
  ai-debt dashboard --json
"""
HISTORY = """\b
Examples:
  ai-debt history
  ai-debt history EN-001 --json
  ai-debt history --since 7d --by ana
"""
KEYS = """\b
Examples:
  ai-debt keys
  ai-debt keys --json
"""
PATH = """\b
Examples:
  cp "$(ai-debt path)" register-backup.db
"""


def list_(
    context: typer.Context,
    words: Annotated[
        list[str] | None, typer.Argument(metavar="WORD", help="Words that must each occur in an item.")
    ] = None,
    status: Annotated[
        list[str] | None,
        typer.Option(
            "--status",
            metavar="STATUS",
            help="open, in-progress, mitigated or accepted.",
            autocompletion=complete_status,
        ),
    ] = None,
    severity: Annotated[
        list[str] | None,
        typer.Option("--severity", metavar="SEVERITY", help="high, medium or low.", autocompletion=complete_severity),
    ] = None,
    category: Annotated[
        str | None,
        typer.Option("--category", metavar="CODE", help="A category's code or name.", autocompletion=complete_category),
    ] = None,
    component: Annotated[str | None, typer.Option("--component", metavar="NAME", help="An affected component.")] = None,
    owner: Annotated[str | None, typer.Option("--owner", metavar="NAME", help="Who owns it.")] = None,
    as_json: AsJson = False,
    db: Db = None,
) -> None:
    """List the items, all of them or those that match.

    --status and --severity may be given several times: any of them matches.
    """
    from store.reads import details, head
    from store.rows import ItemFilter
    from store.words import Severity, Status
    from tui.cli import pages

    statuses = tuple(Status.parse(typed) for typed in status or ())
    severities = tuple(Severity.parse(typed) for typed in severity or ())
    searched = tuple(word for typed in words or () for word in typed.split())
    with database(context, db) as opened, opened.read() as session:
        wanted = ItemFilter(
            words=searched,
            category=None if category is None else _code(session, category),
            status=statuses,
            severity=severities,
            component=component,
            owner=owner,
        )
        # At a terminal lead words will do; what goes elsewhere is whole.
        fitted = not as_json and output.width() is not None
        rows = _all_rows(session, wanted) if fitted else []
        found = () if fitted else details(session, wanted, today=opened.clock().date())
        newest = head(session)
    if as_json:
        output.emit_json("items", [shapes.item(row) for row in found], head=shapes.head(newest))
    elif rows or found:
        output.emit(pages.items(rows or found))
    else:
        output.say("no item matches" if wanted != ItemFilter() else "the register has no items yet")


def show(context: typer.Context, key: Key, as_json: AsJson = False, db: Db = None) -> None:
    """Show everything about one item."""
    from store import reads
    from tui.cli import pages

    with database(context, db) as opened, opened.read() as session:
        row = reads.item(session, key, today=opened.clock().date())
        linked = not as_json and (row.feeds or row.fed_by)
        radius = reads.radius(session, row.key) if linked else None
        newest = reads.head(session)
    if as_json:
        output.emit_json("item", shapes.item(row), head=shapes.head(newest))
    else:
        output.emit(pages.item(row, radius))


def dashboard(context: typer.Context, as_json: AsJson = False, db: Db = None) -> None:
    """Count the items by category and status."""
    from store.reads import head, summary
    from tui.cli import pages

    with reading(context, db) as session:
        row, newest = summary(session), head(session)
    if as_json:
        output.emit_json("categories", shapes.categories(row), total=shapes.total(row), head=shapes.head(newest))
    else:
        output.emit(pages.dashboard(row))


def history(
    context: typer.Context,
    key: OptionalKey = None,
    limit: Annotated[
        int | None, typer.Option("--limit", "-n", metavar="N", min=1, help="The newest N changes only.")
    ] = None,
    since: Annotated[
        str | None,
        typer.Option("--since", metavar="DATE|7d", help="From a date or time (UTC) on, or within 12h, 7d."),
    ] = None,
    by: Annotated[
        str | None, typer.Option("--by", metavar="NAME", help="Only by whom: a name or a part of it, in any case.")
    ] = None,
    as_json: AsJson = False,
    db: Db = None,
) -> None:
    """Print the audit trail in words, the newest change first."""
    from store.reads import changes, head, parse_since
    from tui.cli import pages

    with database(context, db) as opened, opened.read() as session:
        moment = None if since is None else parse_since(since, opened.clock())
        rows = changes(session, key=key, since=moment, by=by, limit=limit)
        newest = head(session)
        known = rows or key is None or changes(session, key=key, limit=1)
    if not known:
        raise NotFoundError(f"nothing ever had the key {key}", "`ai-debt list` shows the keys there are")
    if as_json:
        output.emit_json("changes", shapes.changes(rows), head=shapes.head(newest))
    elif rows:
        output.emit(pages.history(rows))
    else:
        output.say("nothing has changed yet" if since is None and by is None else "no change matches")


def keys(as_json: AsJson = False) -> None:
    """Print the dashboard's keys, with those you bound anew."""
    from tui.cli import pages
    from tui.settings import Settings, SettingsError, load, settings_path

    try:
        commands = load(settings_path()).commands
    except SettingsError as error:
        output.say(f"ai-debt: {error}; the defaults are shown")
        commands = Settings().commands
    if as_json:
        output.emit_json("keys", shapes.keys(commands))
    else:
        output.emit(pages.keys(commands))


def path(context: typer.Context, as_json: AsJson = False, db: Db = None) -> None:
    """Print where the register's database is, or would be."""
    from store.secret import mask
    from tui.text import line

    chosen = target(context, db)
    place = mask(str(chosen.address))
    if as_json:
        output.emit_json("path", place, exists=None if chosen.path is None else not chosen.missing)
    else:
        output.emit(line(place))


def _all_rows(session: "Session", wanted: "ItemFilter") -> list["ItemRow"]:
    """All items that match, read a page at a time."""
    from store.reads import page

    rows: list[ItemRow] = []
    while True:
        found = page(session, wanted, start=len(rows), limit=PAGE, after=rows[-1].place if rows else None)
        rows += found.items
        if len(found.items) < PAGE:
            return rows


def _code(session: "Session", typed: str) -> str:
    """The code of a category by its code or name, in any case. Raises NotFoundError naming those there are."""
    from store.reads import summary

    rows = summary(session).categories
    for row in rows:
        if typed.casefold() in (row.code.casefold(), row.name.casefold()):
            return row.code
    codes = ", ".join(row.code for row in rows)
    raise NotFoundError(
        f"there is no category {typed}", f"use one of {codes}" if codes else "add one with `ai-debt category add`"
    )
