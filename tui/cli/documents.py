"""The commands that begin a register and write it out."""

import shlex
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from store.text import command_line
from tui.cli import output
from tui.cli.editing import tell
from tui.cli.help import Command
from tui.cli.options import AsJson, Db, named_path
from tui.cli.progress import working
from tui.cli.target import database, target

if TYPE_CHECKING:
    from store.commands.export import Format


def add_to(app: typer.Typer) -> None:
    """Add these commands to a Typer."""
    app.command("init", cls=Command, epilog=INIT)(init)
    app.command("export", cls=Command, epilog=EXPORT)(export)


INIT = """\b
Examples:
  ai-debt init --system "Search platform"
  ai-debt init --db team.db --title "AI debt of the search team"
"""
EXPORT = """\b
Examples:
  ai-debt export | diff docs/ai-debt-register.md -
  ai-debt export docs/ai-debt-register.md
  ai-debt export debt.csv
  ai-debt export --format json | jq '.items[].key'
  ai-debt export --blank new-register.md
"""


def init(
    context: typer.Context,
    title: Annotated[
        str, typer.Option("--title", metavar="TEXT", help="What the register is called.")
    ] = "AI Debt Register",
    system: Annotated[
        str | None, typer.Option("--system", metavar="TEXT", help="The system whose debt it holds.", show_default=False)
    ] = None,
    as_json: AsJson = False,
    db: Db = None,
) -> None:
    """Begin an empty register with the seven categories of ML-specific debt."""
    from store.commands.settings import create
    from store.fields import clean_line, required_line

    title, system = required_line("title", title), clean_line("system", system or "") or None
    made = target(context, db).created()
    try:
        tell(create(made, title=title, system=system), as_json=as_json)
    finally:
        made.close()


def export(
    context: typer.Context,
    file: Annotated[
        str | None,
        typer.Argument(
            metavar="FILE", help="Where to write; without it, to stdout.", show_default=False, callback=named_path
        ),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Write over a file that changed since it was imported or exported.")
    ] = False,
    format_: Annotated[
        Literal["markdown", "csv", "json"] | None,
        typer.Option(
            "--format",
            metavar="markdown|csv|json",
            help="The format; without it, that of FILE's suffix, else the document's.",
            show_default=False,
        ),
    ] = None,
    blank: Annotated[
        bool, typer.Option("--blank", help="An empty register instead, with the same categories and columns.")
    ] = False,
    db: Db = None,
) -> None:
    """Write the register as its document: the imported one, with only what changed written into it.

    In another format than the document's it is a copy: the items as CSV, or everything as JSON.
    """
    from store.commands.export import export_to, format_of, is_document, text_in

    path = None if file is None or file == "-" else Path(file)
    if blank:
        chosen = format_ or (format_of(path) if path else "markdown")
        _blank(context, path, chosen, force=force, db=db)
        return
    with database(context, db) as opened:
        if path is None:
            with working("Writing the document"):
                text = text_in(opened, format_)
        else:
            if opened.trouble is not None and is_document(opened, format_ or format_of(path)):
                way = command_line(f"export - > {shlex.quote(str(path))}", target(context, db).named)
                raise opened.trouble.but(f"`{way}` writes the document without recording the export")
            with working(f"Writing {path}"):
                done = export_to(opened, path, format_, force=force)
            tell(done, as_json=False)
    if path is None:
        output.emit_document(text)


def _blank(context: typer.Context, path: Path | None, chosen: "Format", *, force: bool, db: str | None) -> None:
    """Write an empty register; without a database, one of the taxonomy."""
    from store.commands.export import blank_text, export_copy

    place = target(context, db)
    opened = None if place.missing else place.opened()
    if opened is None and place.named is not None:
        output.say(f"ai-debt: there is no register at {place.named}: these are the categories of a new one")
    with opened or nullcontext():
        text = blank_text(opened, chosen)
        if path is not None:
            tell(export_copy(opened, path, text, force=force), as_json=False)
    if path is None:
        output.emit_document(text)
