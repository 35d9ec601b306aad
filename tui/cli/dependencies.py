"""The commands that change dependencies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from tui.cli.options import AsJson, Command, Db, Destination, Source
from tui.cli.output import tell
from tui.cli.target import database

if TYPE_CHECKING:
    from store.db.database import Database


def add_to(app: typer.Typer) -> None:
    """Add these commands to a Typer."""
    app.command("link", cls=Command, epilog=LINK)(link)
    app.command("relabel", cls=Command, epilog=RELABEL)(relabel)
    app.command("unlink", cls=Command, epilog=UNLINK)(unlink)


LINK = """\b
Examples:
  ai-debt link PD-001 DD-001 "dead jobs mask"
"""
RELABEL = """\b
Examples:
  ai-debt relabel PD-001 DD-001 "dead jobs hide"
"""
UNLINK = """\b
Examples:
  ai-debt unlink PD-001 DD-001
  ai-debt unlink PD-001 DD-001 "dead jobs mask"
"""


def link(
    context: typer.Context,
    source: Source,
    destination: Destination,
    label: Annotated[str, typer.Argument(metavar="LABEL", help="The label, read as SRC LABEL DST.")],
    as_json: AsJson = False,
    db: Db = None,
) -> None:
    """Link an item to one that it makes worse: SRC LABEL DST."""
    from store.commands.dependencies import link as link_items

    with database(context, db) as opened:
        tell(link_items(opened, source, destination, label), as_json=as_json)


def relabel(
    context: typer.Context,
    source: Source,
    destination: Destination,
    label: Annotated[str, typer.Argument(metavar="LABEL", help="The new label.")],
    old: Annotated[
        str | None, typer.Option("--old", metavar="LABEL", help="The current label, if there are several.")
    ] = None,
    as_json: AsJson = False,
    db: Db = None,
) -> None:
    """Change the label of a dependency."""
    from store.commands.dependencies import relabel as relabel_items

    with database(context, db) as opened:
        present = _only_label(opened, source, destination) if old is None else old
        tell(relabel_items(opened, source, destination, present, label), as_json=as_json)


def _only_label(opened: Database, source: str, destination: str) -> str:
    """The label of the one dependency between two items. Raises RegisterError where there is not exactly one."""
    from store.errors import NotFoundError, RegisterError
    from store.queries.items import item

    with opened.read() as reader:
        one, other = item(reader, source), item(reader, destination)
    labels = [each.label for each in one.feeds if each.key == other.key]
    if not labels:
        raise NotFoundError(f"{one.key} is not linked to {other.key}", f"`ai-debt show {one.key}` lists its links")
    if len(labels) > 1:
        raise RegisterError(
            f"{one.key} has several dependencies on {other.key}", f"choose one with --old: {', '.join(labels)}"
        )
    return labels[0]


def unlink(
    context: typer.Context,
    source: Source,
    destination: Destination,
    label: Annotated[
        str | None, typer.Argument(metavar="LABEL", help="Its label, if there are several.", show_default=False)
    ] = None,
    as_json: AsJson = False,
    db: Db = None,
) -> None:
    """Remove a dependency."""
    from store.commands.dependencies import unlink as unlink_items

    with database(context, db) as opened:
        tell(unlink_items(opened, source, destination, label), as_json=as_json)
