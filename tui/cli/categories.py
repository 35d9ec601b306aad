"""`ai-debt category`: the categories, and changing them."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from store.text import same_name
from tui.cli import output
from tui.cli.json import shaped, snapshot
from tui.cli.options import AsJson, Command, Db, Group, Yes, complete_category
from tui.cli.output import confirmed, tell
from tui.cli.target import database, reading
from tui.cli.text import STRONG, prose_line, table
from tui.render.table import Cell, Column

if TYPE_CHECKING:
    from store.queries.overview import Summary


def add_to(app: typer.Typer) -> None:
    """Add these commands to a Typer."""
    app.add_typer(category_group, name="category")


category_group = typer.Typer(cls=Group, rich_markup_mode=None)

Code = Annotated[
    str, typer.Argument(metavar="CODE", help="The category's code, such as EN.", autocompletion=complete_category)
]
Definition = Annotated[str | None, typer.Option("--definition", metavar="TEXT", help="Its definition.")]

LIST = """\b
Examples:
  ai-debt category
  ai-debt category add SD "Serving Debt" --definition "Debt in the serving layer."
  ai-debt category move SD first
"""
ADD = """\b
Examples:
  ai-debt category add SD "Serving Debt" --definition "Debt in the serving layer."
"""
EDIT = """\b
Examples:
  ai-debt category edit SD --name "Serving"
  ai-debt category edit SD --code SV
"""
REMOVE = """\b
Examples:
  ai-debt category remove SD --yes
"""
MOVE = """\b
Examples:
  ai-debt category move SD up
"""


class Where(StrEnum):
    """Where a category goes."""

    UP = "up"
    DOWN = "down"
    FIRST = "first"
    LAST = "last"


@category_group.callback(invoke_without_command=True, epilog=LIST)
def category(context: typer.Context, as_json: AsJson = False, db: Db = None) -> None:
    """List the categories, or add, edit, move and remove them."""
    if context.invoked_subcommand is not None:
        return
    from store.queries.overview import summary

    with reading(context, db) as reader:
        row, at = summary(reader), snapshot(reader)
    if as_json:
        output.emit_json("categories", row.categories, total=shaped("total", row.total), **at)
    elif row.categories:
        output.emit(categories_text(row))
    else:
        output.say("the register has no categories yet")


@category_group.command(cls=Command, epilog=ADD)
def add(
    context: typer.Context,
    code: Code,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Its name.")],
    definition: Definition = None,
    as_json: AsJson = False,
    db: Db = None,
) -> None:
    """Add a category at the end."""
    from store.commands.categories import add_category
    from store.fields import parse_code, required_line

    code, name = parse_code(code), required_line("name", name)
    with database(context, db) as opened:
        tell(add_category(opened, code=code, name=name, definition=definition or None), as_json=as_json)


@category_group.command(cls=Command, epilog=EDIT)
def edit(
    context: typer.Context,
    code: Code,
    new_code: Annotated[
        str | None, typer.Option("--code", metavar="CODE", help="Its new code; the keys of its items stay.")
    ] = None,
    name: Annotated[str | None, typer.Option("--name", metavar="TEXT", help="Its new name.")] = None,
    definition: Definition = None,
    as_json: AsJson = False,
    db: Db = None,
) -> None:
    """Change a category's code, name or definition. An empty definition clears it."""
    from store.fields import clean_text, parse_code, required_line

    changes: dict[str, str | None] = {}
    if new_code is not None:
        changes["code"] = parse_code(new_code)
    if name is not None:
        changes["name"] = required_line("name", name)
    if definition is not None:
        changes["definition"] = clean_text("definition", definition) or None
    if not changes:
        raise typer.BadParameter("nothing to change: add --code, --name or --definition", ctx=context)
    from store.commands.categories import edit_category

    with database(context, db) as opened:
        tell(edit_category(opened, code, changes), as_json=as_json)


@category_group.command(cls=Command, epilog=REMOVE)
def remove(context: typer.Context, code: Code, yes: Yes = False, as_json: AsJson = False, db: Db = None) -> None:
    """Remove a category that has no items."""
    from store.commands.categories import remove_category
    from store.queries.overview import summary

    with database(context, db) as opened:
        with opened.read() as reader:
            row = next((row for row in summary(reader).categories if same_name(row.code, code)), None)
        seen = {"code": row.code, "name": row.name, "definition": row.definition} if row is not None else {}
        confirmed(f"Remove the category {code}?", yes=yes)
        tell(remove_category(opened, code, before=seen), as_json=as_json)


@category_group.command(cls=Command, epilog=MOVE)
def move(
    context: typer.Context,
    code: Code,
    where: Annotated[Where, typer.Argument(metavar="WHERE", help="up, down, first or last.")],
    as_json: AsJson = False,
    db: Db = None,
) -> None:
    """Move a category among the others."""
    from store.commands.categories import move_category
    from store.queries.overview import summary

    with database(context, db) as opened:
        with opened.read() as reader:
            count = len(summary(reader).categories)
        offset = {Where.UP: -1, Where.DOWN: 1, Where.FIRST: -count, Where.LAST: count}[where]
        tell(move_category(opened, code, offset), as_json=as_json)


def categories_text(summary: Summary) -> str:
    """The categories with their definitions."""
    columns = [Column("Code"), Column("Name", shrinks=True), Column("Open", right=True), Column("Total", right=True)]
    columns += [Column("Definition", shrinks=True, least=12)]
    return table(
        columns,
        [
            (
                Cell.of(row.code, STRONG),
                Cell.of(row.name),
                Cell(str(row.counts.unresolved)),
                Cell(str(row.counts.total)),
                Cell(prose_line(row.definition)),
            )
            for row in summary.categories
        ],
    )
