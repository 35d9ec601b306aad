"""The command that draws the dependency map."""

from typing import TYPE_CHECKING, Annotated

import typer

from store.errors import RegisterError
from tui.cli import output, shapes
from tui.cli.help import Command
from tui.cli.options import AsJson, AsOf, Assumed, Db, OptionalKey
from tui.cli.target import database

if TYPE_CHECKING:
    from store.db.reader import Reader
    from store.queries.dependency_map import MapRows

MODES = ("whole", "focus", "overview", "list")
MOST_HOPS = 99
LEAST_WIDTH, MOST_WIDTH = 10, 1000


def add_to(app: typer.Typer) -> None:
    """Add the command to a Typer."""
    app.command("map", cls=Command, epilog=MAP)(map_)


MAP = """\b
Examples:
  ai-debt map
  ai-debt map EN-001 --hops 2
  ai-debt map --width 78 --ascii
  ai-debt map --mode list
  ai-debt map --if PD-001
  ai-debt map --mermaid > map.mmd
"""


def complete_mode(incomplete: str) -> list[str]:
    """The kinds of picture."""
    return [mode for mode in MODES if mode.startswith(incomplete)]


Hops = Annotated[
    int | None,
    typer.Option("--hops", metavar="K", min=1, max=MOST_HOPS, help="With a KEY: how many edges away; else 1."),
]
Width = Annotated[
    int | None,
    typer.Option(
        "--width", metavar="N", min=LEAST_WIDTH, max=MOST_WIDTH, help="Columns to draw in; else the terminal's, or 80."
    ),
]
AsAscii = Annotated[bool, typer.Option("--ascii", help="Draw with ASCII characters.")]
Mode = Annotated[
    str | None,
    typer.Option(
        "--mode",
        metavar="MODE",
        help="whole, focus, overview or list; else what fits.",
        autocompletion=complete_mode,
    ),
]
AsMermaid = Annotated[bool, typer.Option("--mermaid", help="Print the Mermaid text.")]


def map_(
    context: typer.Context,
    key: OptionalKey = None,
    hops: Hops = None,
    width: Width = None,
    as_ascii: AsAscii = False,
    mode: Mode = None,
    assumed: Assumed = None,
    as_mermaid: AsMermaid = False,
    as_of: AsOf = None,
    as_json: AsJson = False,
    db: Db = None,
) -> None:
    """Draw which debt makes which worse.

    With a KEY: what feeds that item and what it makes worse, over as many edges as --hops says.
    """
    from store.audit.log import head
    from store.queries.dependency_map import map_rows, with_flags
    from store.queries.lookup import find_item
    from store.queries.overview import summary
    from tui.cli import mappage

    if as_mermaid and (as_json or assumed):
        raise typer.BadParameter("--mermaid goes with neither --json nor --if")
    if hops is not None and key is None:
        raise typer.BadParameter("--hops needs the KEY of the item in the middle")
    wanted = _mode(mode)
    with database(context, db, as_of) as opened, opened.read() as reader:
        if key is not None:
            key = find_item(reader, key).key
        rows = with_flags(reader, map_rows(reader, assumed=assumed or ()))
        names = {row.code: row.name for row in summary(reader).categories}
        taken = [find_item(reader, each).key for each in assumed or ()]
        newest, then = head(reader), shapes.as_of(reader)
        mermaid = _mermaid(reader, rows, key, hops or 1) if as_mermaid else ""
    if as_mermaid:
        output.emit_text(mermaid)
    elif as_json:
        shown = mappage.part(rows, key, hops or 1)
        edges = shapes.edges(shown.edges)
        output.emit_json("nodes", shapes.nodes(shown.nodes), edges=edges, head=shapes.head(newest), **then)
    elif not mappage.part(rows, key, hops or 1).edges:
        output.say("there are no dependencies yet" if key is None else f"{key} has no dependencies")
    else:
        page = mappage.Page(names=names, width=width, ascii_only=as_ascii)
        output.emit(page.text(rows, wanted, key=key, hops=hops or 1, assumed=taken))


def _mode(typed: str | None) -> str | None:
    """A kind of picture, in any case. Raises RegisterError naming those there are."""
    if typed is None or typed.strip().casefold() in MODES:
        return typed.strip().casefold() if typed else None
    raise RegisterError(f"there is no mode {typed.strip()!r}", f"use one of {', '.join(MODES)}")


def _mermaid(reader: "Reader", rows: "MapRows", key: str | None, hops: int) -> str:
    """The Mermaid text of the map, or of an item's neighbourhood."""
    from store.formats.mermaid.writer import write_map
    from store.queries.documents import content
    from tui.cli import mappage

    keys = None if key is None else frozenset({key, *(node.key for node in mappage.part(rows, key, hops).nodes)})
    return write_map(content(reader), keys)
