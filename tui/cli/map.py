"""The commands that draw the dependency map, and change dependencies."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from store.errors import RegisterError
from store.text import join_words, number_of
from tui.cli import output
from tui.cli.command import PAST, Commands, Found, Session, argument, flag, option
from tui.cli.json import snapshot
from tui.cli.options import Assumed, Destination, OptionalKey, Source, proposed
from tui.cli.text import FAINT, STRONG, painted, paragraph
from tui.lazy import dependency_commands, dependency_map, lookup, overview_queries
from tui.render.text import ASCII, line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from store.audit.log import Done
    from store.db.database import Database
    from store.db.reader import Reader
    from store.queries.dependency_map import MapRows
    from tui.map_layout.graph_index import GraphIndex
    from tui.map_layout.model import Picture
    from tui.render.text import Glyphs


commands = Commands()

MODES = ("whole", "focus", "overview", "list")
MOST_HOPS = 99
LEAST_WIDTH, MOST_WIDTH = 10, 1000


Hops = Annotated[
    int | None, option("--hops", "K", "With a KEY: how many edges away (default: 1).", min=1, max=MOST_HOPS)
]
Width = Annotated[
    int | None,
    option("--width", "N", "Columns to draw in (default: the terminal's, or 80).", min=LEAST_WIDTH, max=MOST_WIDTH),
]
AsAscii = Annotated[bool, flag("--ascii", "Draw with ASCII characters.")]
Mode = Annotated[
    str | None, option("--mode", "MODE", "whole, focus, overview or list (default: what fits).", proposed(MODES))
]
AsMermaid = Annotated[bool, flag("--mermaid", "Print the Mermaid text.")]


@commands.session("map", shared=PAST)
def map_(
    session: Session,
    key: OptionalKey = None,
    hops: Hops = None,
    width: Width = None,
    as_ascii: AsAscii = False,
    mode: Mode = None,
    assumed: Assumed = None,
    as_mermaid: AsMermaid = False,
) -> None:
    """Draw the dependencies: which debt makes which worse.

    With a KEY: the items that feed it and that it makes worse, up to --hops edges away.

    Examples:
      ai-debt map
      ai-debt map EN-001 --hops 2
      ai-debt map --width 78 --ascii
      ai-debt map --mode list
      ai-debt map --if PD-001
      ai-debt map --mermaid > map.mmd
    """
    if as_mermaid and (session.as_json or assumed):
        raise typer.BadParameter("--mermaid cannot be combined with --json or --if")
    if hops is not None and key is None:
        raise typer.BadParameter("--hops needs a KEY")
    wanted = _mode(mode)
    with session.reading() as reader:
        if key is not None:
            key = lookup.find_item(reader, key).key
        rows = dependency_map.with_flags(reader, dependency_map.map_rows(reader, assumed=assumed or ()))
        names = {row.code: row.name for row in overview_queries.summary(reader).categories}
        taken = [lookup.find_item(reader, each).key for each in assumed or ()]
        at = snapshot(reader)
        mermaid = _mermaid(reader, rows, key, hops or 1) if as_mermaid else ""
    shown = part(rows, key, hops or 1)
    page = Page(names=names, width=width, ascii_only=as_ascii)
    if as_mermaid:
        output.emit_text(mermaid)
    elif session.as_json or shown.edges:
        more = {"edges": shown.edges}
        text = partial(page.text, rows, wanted, key=key, hops=hops or 1, assumed=taken)
        session.show(Found("nodes", shown.nodes, text, more=more), at)
    else:
        output.say("no dependencies yet" if key is None else f"{key} has no dependencies")


def _mode(typed: str | None) -> str | None:
    """A kind of picture, in any case. Raises RegisterError naming those there are."""
    if typed is None or typed.strip().casefold() in MODES:
        return typed.strip().casefold() if typed else None
    raise RegisterError(f"unknown mode {typed.strip()!r}", f"use one of {', '.join(MODES)}")


def _mermaid(reader: Reader, rows: MapRows, key: str | None, hops: int) -> str:
    """The Mermaid text of the map, or of an item's neighborhood."""
    from store.formats.mermaid.writer import write_map
    from store.queries.documents import content

    keys = None if key is None else frozenset({key, *(node.key for node in part(rows, key, hops).nodes)})
    return write_map(content(reader), keys)


WIDTH = 80
"""Columns where stdout is not a terminal."""
UNCUT = 1_000_000
"""Columns of a list that goes elsewhere than to a terminal."""


def part(rows: MapRows, key: str | None, hops: int) -> MapRows:
    """All of the map, or an item's neighborhood; nothing of it where the item has no dependencies."""
    if key is None:
        return rows
    from tui.map_layout.graph_index import GraphIndex

    return GraphIndex(rows).part(key, hops)


@dataclass(frozen=True, slots=True)
class Page:
    """How the map is printed: `names` of the categories, and what was asked for in place of what stdout is."""

    names: Mapping[str, str] = field(default_factory=dict)
    width: int | None = None
    ascii_only: bool = False

    @property
    def glyphs(self) -> Glyphs:
        """The signs to draw with."""
        return ASCII if self.ascii_only else output.glyphs()

    def text(
        self, rows: MapRows, mode: str | None, *, key: str | None = None, hops: int = 1, assumed: Sequence[str] = ()
    ) -> str:
        """The picture and its caption."""
        from tui.map_layout.graph_index import GraphIndex
        from tui.map_layout.model import Mode as PictureMode
        from tui.map_layout.model import PictureRequest
        from tui.map_layout.views import picture

        if mode not in (None, PictureMode.FOCUS):
            rows = part(rows, key, hops)
        index = GraphIndex(rows)
        wanted = PictureMode(mode) if mode else PictureMode.FOCUS if key is not None else None
        width = self.width or output.width() or WIDTH
        request = PictureRequest(width, wanted, key, hops, self.glyphs, self.names)
        found = picture(index, request)
        caption = list(found.caption)
        if key is not None and found.mode is not PictureMode.FOCUS:
            caption.insert(1, f"{line(key)} and what is within {number_of(hops, 'hop')}")
        if assumed:
            caption.append(f"as if {join_words([line(each) for each in assumed])} were mitigated; nothing is written")
        below = paragraph(f" {self.glyphs.dot} ".join(caption), STRONG if assumed else FAINT)
        return "\n".join([*self._rows(index, found, width), "", below])

    def _rows(self, index: GraphIndex, found: Picture, width: int) -> list[str]:
        from tui.map_layout.painter import Lit, Painter
        from tui.render.lines import clip

        if found.drawing is not None:
            painter = Painter(found.drawing, index.nodes, self.glyphs)
            return [painted(painter.row(row, Lit())) for row in range(found.drawing.height)]
        if found.listing is None:
            return []
        room = width if self.width or output.width() else UNCUT
        rows = (found.listing.line(row, room, self.glyphs) for row in range(len(found.listing)))
        return [painted(clip(row, room, self.glyphs.more)) for row in rows]


@commands.writes("link")
def link(
    opened: Database,
    source: Source,
    destination: Destination,
    label: Annotated[str, argument("LABEL", "The label; the dependency reads SRC LABEL DST.")],
) -> Done:
    """Link an item to one that it makes worse.

    Examples:
      ai-debt link PD-001 DD-001 "dead jobs mask"
    """
    return dependency_commands.link(opened, source, destination, label)


@commands.writes("relabel")
def relabel(
    opened: Database,
    source: Source,
    destination: Destination,
    label: Annotated[str, argument("LABEL", "The new label.")],
    old: Annotated[str | None, option("--old", "LABEL", "The current label, if there are several.")] = None,
) -> Done:
    """Change the label of a dependency.

    Examples:
      ai-debt relabel PD-001 DD-001 "dead jobs hide"
    """
    return dependency_commands.relabel(opened, source, destination, old, label)


@commands.writes("unlink")
def unlink(
    opened: Database,
    source: Source,
    destination: Destination,
    label: Annotated[str | None, argument("LABEL", "Its label, if there are several.")] = None,
) -> Done:
    """Remove a dependency.

    Examples:
      ai-debt unlink PD-001 DD-001
      ai-debt unlink PD-001 DD-001 "dead jobs mask"
    """
    return dependency_commands.unlink(opened, source, destination, label)
