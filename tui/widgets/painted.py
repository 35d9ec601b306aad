"""Rows of cells painted from styled lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.segment import Segment
from textual.geometry import Size
from textual.reactive import Reactive
from textual.strip import Strip

from tui.lines import Line, width_of
from tui.text import safe
from tui.widgets.runs import Hosted

if TYPE_CHECKING:
    from rich.style import Style
    from textual.geometry import Region


class Inelastic:
    """A widget as large as its place, whatever it shows: another size of it asks for no other layout."""

    virtual_size = Reactive(Size(0, 0))


class Covered(Inelastic, Hosted):
    """A widget that others cover entirely: nothing of it is painted."""

    if TYPE_CHECKING:

        @property
        def rich_style(self) -> Style:
            """The widget's own style, which every widget has."""

    _blank: tuple[int, dict[str, Style], Strip] | None = None

    def render_lines(self, crop: Region) -> list[Strip]:
        """Blank rows."""
        roles = self.host.roles
        if self._blank is None or self._blank[:2] != (crop.width, roles):
            self._blank = (crop.width, roles, Strip.blank(crop.width, self.rich_style))
        return [self._blank[2]] * crop.height


class Painted(Hosted):
    """A widget that paints lines: whatever it is given is made safe, and each role has the theme's style."""

    if TYPE_CHECKING:
        _dirty_regions: set[Region]
        """What is to be painted again; Textual leaves it to widgets that paint lines to empty it."""

        @property
        def rich_style(self) -> Style:
            """The widget's own style, which every widget has."""

    _base: Style | None = None
    """Its own style while it paints: to ask for it again for each row takes longer than painting them."""
    _strips: tuple[tuple[Region, dict[str, Style]], list[Strip]] | None = None
    """The rows as they were painted last, of which part and in which theme."""

    def render_lines(self, crop: Region) -> list[Strip]:
        """Some of the rows: those that were painted already where nothing has changed."""
        now = (crop, self.host.roles)
        if self._strips is None or self._dirty_regions or self._strips[0] != now:
            self._base = self.rich_style
            strips: list[Strip] = super().render_lines(crop)  # type: ignore[misc]  # a widget's
            self._base = None
            self._strips = (now, strips)
            self._dirty_regions.clear()
        return self._strips[1]

    def notify_style_update(self) -> None:
        """Paint anew with another style."""
        self._strips = None
        super().notify_style_update()

    def paint(self, spans: Line, width: int, *, lit: bool = False) -> Strip:
        """A row of `width` cells; `lit` puts it on the cursor's ground."""
        roles = self.host.roles
        base = self._base or self.rich_style
        base = base + roles["lit"] if lit else base
        segments = []
        for text, names in spans:
            style = base
            for name in names.split():
                style += roles[name]
            segments.append(Segment(safe(text), style))
        fill = width - width_of(spans)
        if fill > 0:
            segments.append(Segment(" " * fill, base))
        return Strip(segments, width).simplify()
