"""Rows of cells painted from styled lines, written to the terminal at once where they can be."""

from __future__ import annotations

from abc import abstractmethod
from functools import lru_cache
from itertools import takewhile
from typing import TYPE_CHECKING

from rich.segment import Segment
from textual.geometry import Region, Size
from textual.reactive import Reactive
from textual.strip import Strip

from tui.compat import layout_is_due, take_dirty_regions, visible_widgets
from tui.dispatch import Hosted
from tui.render.lines import Line, clip, width_of
from tui.render.text import safe

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from rich.style import Style
    from textual.color import Color
    from textual.widget import Widget as _Widget
else:
    # At run time a plain mixin: Textual takes a class's style rules from the first of its bases that is a node.
    _Widget = object


class Inelastic:
    """A widget as large as its place, whatever it shows: another size of it asks for no other layout.

    Nor for painting: the layout that gave it the size paints it.
    """

    virtual_size = Reactive(Size(0, 0), repaint=False)


@lru_cache(maxsize=8)
def blank_line(width: int, style: Style) -> Strip:
    """A blank row of what others cover entirely."""
    return Strip.blank(width, style)


class Covered(Inelastic, Hosted):
    """A widget that others cover entirely: nothing of it is painted."""

    if TYPE_CHECKING:

        @property
        def rich_style(self) -> Style:
            """The widget's own style, which every widget has."""

    def render_lines(self, crop: Region) -> list[Strip]:
        """Blank rows."""
        return [blank_line(crop.width, self.rich_style)] * crop.height


class Painted(Hosted, _Widget):
    """A widget that paints lines: whatever it is given is made safe, and each role has the theme's style."""

    _styles: dict[tuple[str, bool], Style]
    """The styles of roles, on the cursor's ground or not; `_pens` has the parameters of SGR for each."""
    _pens: dict[tuple[str, bool], str]
    _exposed: tuple[Mapping[_Widget, object], bool] | None = None
    """Whether all of it showed among some widgets."""
    _strips: dict[int, Strip]
    """The rows as painted last, with the sides of their frame, for `_painted_as`."""
    _painted_as: tuple[int, dict[str, Style]] | None = None
    """The width of the painted rows and the theme's styles; None where nothing that is painted can be kept."""
    _sides: tuple[Strip, Strip] | None = None
    _own: tuple[Style, Color] | None = None

    @property
    def _own_style(self) -> tuple[Style, Color]:
        """The widget's style and background, which Textual computes from all of its ancestors."""
        if self._own is None:
            self._own = self.rich_style, self.background_colors[1]
        return self._own

    def render_lines(self, crop: Region) -> list[Strip]:
        """Some of the rows: those that were painted already where nothing has changed."""
        width = self.outer_size.width
        if self._painted_as != (width, self.host.roles):
            self._painted_as = (width, self.host.roles)
            self._strips, self._sides, self._own = {}, None, None
            self._styles, self._pens = {}, {}
        for region in take_dirty_regions(self):
            for y in region.line_range:
                self._strips.pop(y, None)
        missing = [y for y in crop.line_range if y not in self._strips]
        if missing:
            self._strips |= zip(missing, self._paint_rows(missing, width), strict=True)
        strips = [self._strips[y] for y in crop.line_range]
        return strips if crop.column_span == (0, width) else [strip.crop(*crop.column_span) for strip in strips]

    def _paint_rows(self, rows: list[int], width: int) -> list[Strip]:
        """The rows with a border at their sides, which Textual would draw again with each of them."""
        if self._sides is None and not any(self.gutter):
            self._sides = Strip([]), Strip([])
        if self._sides is None:
            first = super().render_lines(Region(0, rows[0], width, 1))[0]
            left, right = self.gutter.left, self.gutter.right
            self._sides = (first.crop(0, left), first.crop(width - right, width))
            return [first, *self._paint_rows(rows[1:], width)]
        filters, (_, ground) = self.get_line_filters(), self._own_style
        painted: dict[tuple[Line, bool], Strip] = {}
        strips = []
        for y in rows:
            content = self.content(y)
            strip = painted.get(content)
            if strip is None:
                strip = self.paint(content[0], self.size.width, lit=content[1])
                for line_filter in filters:
                    strip = strip.apply_filter(line_filter, ground)
                if any(self._sides):
                    strip = Strip.join((self._sides[0], strip, self._sides[1]))
                painted[content] = strip
            strips.append(strip)
        return strips

    @abstractmethod
    def content(self, y: int) -> tuple[Line, bool]:
        """What a row shows, and whether it is on the cursor's ground."""

    def render_line(self, y: int) -> Strip:
        """A painted row without its border."""
        spans, lit = self.content(y)
        return self.paint(spans, self.size.width, lit=lit)

    def repaint(self, rows: Collection[int]) -> None:
        """Paint some rows again: at once, or with all that changes on the screen."""
        if not self.paint_at_once(rows):
            self.refresh(*(Region(0, y, self.size.width, 1) for y in rows))

    def paint_at_once(self, rows: Iterable[int]) -> bool:
        """Write some rows to the terminal, if nothing covers them and they stay where they are.

        Textual would compose all that is next to them again, too, which is most of what a cursor key costs.
        """
        canvas = self.host.canvas
        if canvas is None or self._painted_as != (self.outer_size.width, self.host.roles) or not self._is_exposed:
            return False
        (left, top, width, _), above = self.content_region, self.gutter.top
        painted = []
        for y in rows:
            self._strips.pop(y + above, None)
            spans, lit = self.content(y)
            if width_of(spans) > width:
                spans = clip(spans, width, more="")
            runs = [(safe(text), self._pen(names, lit=lit)) for text, names in spans]
            runs.append((" " * (width - width_of(spans)), self._pen("", lit=lit)))
            painted.append((left, top + y, runs))
        canvas.paint(painted, self.app.cursor_position)
        return True

    @property
    def _is_exposed(self) -> bool:
        """Whether all of it shows on the terminal, and no other layout is due."""
        screen = self.screen
        if not screen.is_current or layout_is_due(screen):
            return False
        visible = visible_widgets(screen)
        if self._exposed is None or self._exposed[0] is not visible:
            region, clip = visible.get(self, (Region(), Region()))
            above = takewhile(lambda each: each[0] is not self, visible.items())
            is_covered = any(other.intersection(shown).overlaps(region) for _, (other, shown) in above)
            self._exposed = visible, bool(region) and clip.contains_region(region) and not is_covered
        return self._exposed[1]

    def _pen(self, names: str, *, lit: bool) -> str:
        """The parameters of SGR that some roles are painted with."""
        pen = self._pens.get((names, lit))
        if pen is None:
            strip = Strip([Segment("x", self._style(names, lit=lit))])
            for line_filter in self.get_line_filters():
                strip = strip.apply_filter(line_filter, self._own_style[1])
            codes, is_styled, _ = strip.render(self.app.console).removeprefix("\x1b[").partition("mx")
            pen = self._pens[names, lit] = codes if is_styled else ""
        return pen

    def notify_style_update(self) -> None:
        """Paint again with another style."""
        self._painted_as = self._own = None
        self._styles, self._pens = {}, {}
        super().notify_style_update()

    def paint(self, spans: Line, width: int, *, lit: bool = False) -> Strip:
        """A row of `width` cells; `lit` puts it on the cursor's ground."""
        segments = [Segment(safe(text), self._style(names, lit=lit)) for text, names in spans]
        fill = width - width_of(spans)
        if fill > 0:
            segments.append(Segment(" " * fill, self._style("", lit=lit)))
        return Strip(segments, width).simplify()

    def _style(self, names: str, *, lit: bool) -> Style:
        """The style of some roles."""
        style = self._styles.get((names, lit))
        if style is None:
            roles, (style, _) = self.host.roles, self._own_style
            for name in (*names.split(), "lit") if lit else names.split():
                style += roles[name]
            self._styles[names, lit] = style
        return style
