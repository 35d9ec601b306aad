"""`ai-debt view`: the views, and keeping filters as views."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from store.text import same_name
from tui.cli import output
from tui.cli.json import snapshot
from tui.cli.options import AsJson, Command, Db, Group, QueryCommand, Yes, complete_view, composed
from tui.cli.output import confirmed, tell
from tui.cli.target import database, reading
from tui.cli.text import STRONG, table
from tui.render.table import Cell, Column

if TYPE_CHECKING:
    from store.queries.overview import ViewRow


def add_to(app: typer.Typer) -> None:
    """Add these commands to a Typer."""
    app.add_typer(view_group, name="view")


view_group = typer.Typer(cls=Group, rich_markup_mode=None)

Name = Annotated[
    str, typer.Argument(metavar="NAME", help="The view's name, in any case.", autocompletion=complete_view)
]

LIST = """\b
Examples:
  ai-debt view
  ai-debt view save "Amber, by age" "component:Amber status:open sort:age"
  ai-debt list --view "Amber, by age"
"""
SAVE = """\b
Examples:
  ai-debt view save Mine "owner:ana status:open,in-progress"
  ai-debt view save Mine "owner:ana sort:-age" --yes
"""
RENAME = """\b
Examples:
  ai-debt view rename Mine "Ana's debt"
"""
REMOVE = """\b
Examples:
  ai-debt view remove Mine
"""


@view_group.callback(invoke_without_command=True, epilog=LIST)
def view(context: typer.Context, as_json: AsJson = False, db: Db = None) -> None:
    """List the views with their counts, or save, rename and remove views."""
    if context.invoked_subcommand is not None:
        return
    from store.queries.overview import views

    with reading(context, db) as reader:
        rows, at = views(reader), snapshot(reader)
    if as_json:
        output.emit_json("views", rows, **at)
    else:
        output.emit(_page(rows))
        for row in rows:
            if row.problem:
                output.say(f"{row.name}: {row.problem}")


@view_group.command(cls=QueryCommand, epilog=SAVE)
def save(
    context: typer.Context,
    name: Name,
    query: Annotated[
        list[str], typer.Argument(metavar="QUERY...", help='Its filter, such as "severity:high owner:none".')
    ],
    yes: Yes = False,
    as_json: AsJson = False,
    db: Db = None,
) -> None:
    """Save a filter as a view. A view of the same name is replaced, after a question."""
    from store.commands.saved_queries import save_query
    from store.enums import SavedKind
    from store.queries.lookup import saved_queries

    text = composed(query, {}).text
    with database(context, db) as opened:
        with opened.read() as reader:
            rows = saved_queries(reader, SavedKind.VIEW)
        row = next((row for row in rows if same_name(row.name, name)), None)
        if row is not None and row.query != text:
            confirmed(f"Replace the view {row.name}, which is {row.query}?", yes=yes)
        before = row.query if row is not None else None
        tell(save_query(opened, SavedKind.VIEW, name, text, before=before), as_json=as_json)


@view_group.command(cls=Command, epilog=RENAME)
def rename(
    context: typer.Context,
    name: Name,
    new: Annotated[str, typer.Argument(metavar="NEW", help="Its new name.")],
    as_json: AsJson = False,
    db: Db = None,
) -> None:
    """Rename a saved view."""
    from store.commands.saved_queries import edit_query
    from store.enums import SavedKind

    with database(context, db) as opened:
        tell(edit_query(opened, SavedKind.VIEW, name, {"name": new}), as_json=as_json)


@view_group.command(cls=Command, epilog=REMOVE)
def remove(context: typer.Context, name: Name, as_json: AsJson = False, db: Db = None) -> None:
    """Remove a saved view; `ai-debt undo` restores it."""
    from store.commands.saved_queries import remove_query
    from store.enums import SavedKind

    with database(context, db) as opened:
        tell(remove_query(opened, SavedKind.VIEW, name), as_json=as_json)


def _page(rows: tuple[ViewRow, ...]) -> str:
    """The views as a table; a column for unknown answers only where there is one."""
    has_unknown = any(row.unknown for row in rows)
    columns = [Column("View", shrinks=True, least=12), Column("Items", right=True)]
    columns += [Column("Unknown", right=True)] if has_unknown else []
    columns += [Column("Filter", shrinks=True, least=12)]
    return table(
        columns,
        [
            (
                Cell.of(row.name, STRONG),
                Cell(_number(row.items)),
                *([Cell(_number(row.unknown))] if has_unknown else []),
                Cell.of(row.query),
            )
            for row in rows
        ],
    )


def _number(number: int | None) -> str:
    return "?" if number is None else f"{number:,}"
