"""The commands that begin a register and write it out."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from store.text import command_line
from tui.cli import output
from tui.cli.editing import tell
from tui.cli.help import Command
from tui.cli.options import AsJson, Db, named_path
from tui.cli.target import database, target


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
    db: Db = None,
) -> None:
    """Write the register as its Markdown document: the imported one, with only what changed written into it."""
    from store.commands.export import export_file, export_text

    if file is None or file == "-":
        with database(context, db) as opened:
            text = export_text(opened)
        output.emit_document(text)
        return
    with database(context, db) as opened:
        if opened.trouble is not None:
            way = command_line(f"export - > {shlex.quote(file)}", target(context, db).named)
            raise opened.trouble.but(f"`{way}` writes the document without recording the export")
        tell(export_file(opened, Path(file), force=force), as_json=False)
