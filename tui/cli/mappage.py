"""The map as it is printed: the same picture as the dashboard's, with its caption below."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from store.text import join_words
from tui.cli import output
from tui.cli.roles import painted
from tui.cli.tables import FAINT, STRONG, paragraph
from tui.map_layout.graph_index import GraphIndex
from tui.map_layout.model import Mode, PictureRequest
from tui.map_layout.painter import Lit, Painter
from tui.map_layout.views import picture
from tui.render.lines import clip
from tui.render.text import ASCII, line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from store.queries.dependency_map import MapRows
    from tui.map_layout.model import Picture
    from tui.render.text import Glyphs

WIDTH = 80
"""Columns where stdout is no terminal."""
UNCUT = 1_000_000
"""Columns of a list that goes elsewhere than to a terminal."""


def part(rows: MapRows, key: str | None, hops: int) -> MapRows:
    """All of the map, or an item's neighbourhood; nothing of it where the item has no dependencies."""
    if key is None:
        return rows
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
        if mode not in (None, Mode.FOCUS):
            rows = part(rows, key, hops)
        index = GraphIndex(rows)
        wanted = Mode(mode) if mode else Mode.FOCUS if key is not None else None
        width = self.width or output.width() or WIDTH
        request = PictureRequest(width, wanted, key, hops, self.glyphs, self.names)
        found = picture(index, request)
        caption = list(found.caption)
        if key is not None and found.mode is not Mode.FOCUS:
            caption.insert(1, f"{line(key)} and what is within {hops} {'hop' if hops == 1 else 'hops'}")
        if assumed:
            caption.append(f"as if {join_words([line(each) for each in assumed])} were mitigated; nothing is written")
        below = paragraph(f" {self.glyphs.dot} ".join(caption), STRONG if assumed else FAINT)
        return "\n".join([*self._rows(index, found, width), "", below])

    def _rows(self, index: GraphIndex, found: Picture, width: int) -> list[str]:
        if found.drawing is not None:
            painter = Painter(found.drawing, index.nodes, self.glyphs)
            return [painted(painter.row(row, Lit())) for row in range(found.drawing.height)]
        if found.listing is None:
            return []
        room = width if self.width or output.width() else UNCUT
        rows = (found.listing.line(row, room, self.glyphs) for row in range(len(found.listing)))
        return [painted(clip(row, room, self.glyphs.more)) for row in rows]
