"""The commands that print what the register says."""

from typing import Annotated

import typer

from store.errors import NotFoundError
from tui.cli import output, shapes
from tui.cli.help import Command
from tui.cli.options import (
    AsJson,
    AsOf,
    Db,
    Key,
    OptionalKey,
)
from tui.cli.querying import (
    InCategory,
    OfComponent,
    OfView,
    OwnedBy,
    QueryCommand,
    Severities,
    Sorted,
    Statuses,
    Terms,
    apart,
    composed,
    qualifiers,
)
from tui.cli.target import database, reading, target

PAGE = 2000


def add_to(app: typer.Typer) -> None:
    """Add these commands to a Typer."""
    app.command("list", cls=QueryCommand, epilog=LIST)(list_)
    app.command("show", cls=Command, epilog=SHOW)(show)
    app.command("dashboard", cls=Command, epilog=DASHBOARD)(dashboard)
    app.command("history", cls=Command, epilog=HISTORY)(history)
    app.command("keys", cls=Command, epilog=KEYS)(keys)
    app.command("path", cls=Command, epilog=PATH)(path)


LIST = f"""\b
{qualifiers()}

\b
Examples:
  ai-debt list
  ai-debt list flink window
  ai-debt list severity:high status:open,in-progress -component:Amber
  ai-debt list "exact words" owner:none sort:age
  ai-debt list --view "Fix first" category:EN
  ai-debt list --owner "ML Platform" --json
  ai-debt list --as-of 2026-03-01
"""
SHOW = """\b
Examples:
  ai-debt show EN-001
  ai-debt show EN-001 --json
"""
DASHBOARD = """\b
Examples:
  ai-debt dashboard
  ai-debt dashboard --as-of 30d
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
  ls -l "$(ai-debt path)"
  ai-debt backup                 copies the register; never use cp while somebody has it open
"""


def list_(
    context: typer.Context,
    query: Terms = None,
    status: Statuses = None,
    severity: Severities = None,
    category: InCategory = None,
    component: OfComponent = None,
    owner: OwnedBy = None,
    sort: Sorted = None,
    view: OfView = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
    db: Db = None,
) -> None:
    """List the items, all of them or those that a query asks for.

    A comma is "or", a blank "and", - before a term "not". --status and --severity may be given several times: any of
    them matches.
    """
    from store.audit.log import head
    from store.filters.ast import ItemFilter
    from store.queries.flags import unknown_keys
    from store.queries.items import details, list_items
    from store.queries.overview import view as saved_view
    from tui.cli import pages

    single = {"category": category, "component": component, "owner": owner}
    options = {"status": apart(status), "severity": apart(severity)}
    options |= {name: [value] for name, value in single.items() if value is not None}
    asked = composed(query or (), options, sort)
    with database(context, db, as_of) as opened, opened.read() as reader:
        if view is not None:
            asked = saved_view(reader, view).and_(asked)
        wanted = ItemFilter(asked)
        rows = () if as_json else list_items(reader, wanted)
        found = details(reader, wanted) if as_json else ()
        uncertain = unknown_keys(reader, asked)
        newest, then = head(reader), shapes.as_of(reader)
    if as_json:
        items: list[output.Json] = [shapes.item(row) for row in found]
        output.emit_json(
            "items", items, query=str(asked), cannot_tell=list(uncertain), head=shapes.head(newest), **then
        )
        return
    if rows:
        output.emit(pages.items(rows, asked.words))
    else:
        output.say("no item matches" if asked.terms else "the register has no items yet")
    if uncertain:
        output.say(pages.unknown(uncertain))


def show(context: typer.Context, key: Key, as_of: AsOf = None, as_json: AsJson = False, db: Db = None) -> None:
    """Show everything about one item."""
    from store.audit import log
    from store.queries import dependency_map
    from store.queries.items import item
    from tui.cli import pages

    with database(context, db, as_of) as opened, opened.read() as reader:
        row = item(reader, key)
        linked = not as_json and (row.feeds or row.fed_by)
        radius = dependency_map.blast_radius(reader, row.key) if linked else None
        newest, then = log.head(reader), shapes.as_of(reader)
    if as_json:
        output.emit_json("item", shapes.item(row), head=shapes.head(newest), **then)
    else:
        output.emit(pages.item(row, radius))


def dashboard(context: typer.Context, as_of: AsOf = None, as_json: AsJson = False, db: Db = None) -> None:
    """Count the items by category and status."""
    from store.audit.log import head
    from store.queries.overview import summary
    from tui.cli import pages

    with reading(context, db, as_of) as reader:
        row, newest, then = summary(reader), head(reader), shapes.as_of(reader)
    if as_json:
        total = shapes.total(row)
        output.emit_json("categories", shapes.categories(row), total=total, head=shapes.head(newest), **then)
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
    from store.audit.log import head
    from store.formats.dates import parse_since
    from store.queries.history import changes
    from tui.cli import pages

    with database(context, db) as opened, opened.read() as reader:
        moment = None if since is None else parse_since(since, opened.clock())
        rows = changes(reader, key=key, since=moment, by=by, limit=limit)
        newest = head(reader)
        known = rows or key is None or changes(reader, key=key, limit=1)
    if not known:
        raise NotFoundError(f"nothing ever had the key {key}", "`ai-debt list` shows all keys")
    if as_json:
        output.emit_json("changes", shapes.changes(rows), head=shapes.head(newest))
    elif rows:
        output.emit(pages.history(rows))
    else:
        output.say("nothing has changed yet" if since is None and by is None else "no change matches")


def keys(as_json: AsJson = False) -> None:
    """Print the dashboard's keys, with those you bound anew."""
    from tui.cli import pages
    from tui.settings import load, settings_path

    path = settings_path()
    settings = load(path)
    for problem in settings.problems:
        output.say(f"ai-debt: {problem.told(path)}")
    if as_json:
        output.emit_json("keys", shapes.keys(settings.commands))
    else:
        output.emit(pages.keys(settings.commands))


def path(context: typer.Context, as_json: AsJson = False, db: Db = None) -> None:
    """Print where the register's database is, or would be."""
    from store.text import mask
    from tui.render.text import line

    chosen = target(context, db)
    place = mask(str(chosen.address))
    if as_json:
        output.emit_json("path", place, exists=None if chosen.path is None else not chosen.missing)
    else:
        output.emit(line(place))
