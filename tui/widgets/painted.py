"""Rows of cells painted from styled lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.segment import Segment
from textual.geometry import Region, Size
from textual.reactive import Reactive
from textual.strip import Strip

from tui.lines import Line, width_of
from tui.text import safe
from tui.widgets.runs import Hosted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.style import Style
    from textual.color import Color
    from textual.filter import LineFilter
    from textual.geometry import Spacing


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

        @property
        def background_colors(self) -> tuple[Color, Color]:
            """The colour below the widget and its own."""

        @property
        def outer_size(self) -> Size:
            """The cells of the widget and its border."""

        @property
        def gutter(self) -> Spacing:
            """The cells of the border and the padding."""

        def get_line_filters(self) -> Sequence[LineFilter]:
            """What adapts the colours to the terminal."""

        def render_line(self, y: int) -> Strip:
            """A painted row without its border."""

    _base: Style | None = None
    """Its own style while it paints: to ask for it again for each row takes longer than painting them."""
    _strips: dict[int, Strip]
    """The rows as they were painted last, with the sides of their frame, for `_painted_as`."""
    _painted_as: tuple[int, dict[str, Style]] | None = None
    """The width of the painted rows and the theme's styles; None where nothing that is painted can be kept."""
    _sides: tuple[Strip, Strip] | None = None

    def render_lines(self, crop: Region) -> list[Strip]:
        """Some of the rows: those that were painted already where nothing has changed."""
        width = self.outer_size.width
        if self._painted_as != (width, self.host.roles):
            self._painted_as = (width, self.host.roles)
            self._strips, self._sides = {}, None
        for region in self._dirty_regions:
            for y in region.line_range:
                self._strips.pop(y, None)
        self._dirty_regions.clear()
        missing = [y for y in crop.line_range if y not in self._strips]
        if missing:
            self._base = self.rich_style
            self._strips |= zip(missing, self._paint_rows(missing, width), strict=True)
            self._base = None
        strips = [self._strips[y] for y in crop.line_range]
        return strips if crop.column_span == (0, width) else [strip.crop(*crop.column_span) for strip in strips]

    def _paint_rows(self, rows: list[int], width: int) -> list[Strip]:
        """The rows with a border at their sides, which Textual would draw anew with each of them."""
        if self._sides is None:
            first: Strip = super().render_lines(Region(0, rows[0], width, 1))[0]  # type: ignore[misc]  # a widget's
            left, right = self.gutter.left, self.gutter.right
            self._sides = (first.crop(0, left), first.crop(width - right, width))
            return [first, *self._paint_rows(rows[1:], width)]
        filters, ground = self.get_line_filters(), self.background_colors[1]
        strips = []
        for y in rows:
            strip = self.render_line(y)
            for line_filter in filters:
                strip = strip.apply_filter(line_filter, ground)
            strips.append(Strip.join((self._sides[0], strip, self._sides[1])) if any(self._sides) else strip)
        return strips

    def notify_style_update(self) -> None:
        """Paint anew with another style."""
        self._painted_as = None
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
