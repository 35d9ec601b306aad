"""Rows of cells painted from styled lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.segment import Segment
from textual.strip import Strip

from tui.lines import Line, width_of
from tui.text import safe
from tui.widgets.runs import Hosted

if TYPE_CHECKING:
    from rich.style import Style


class Painted(Hosted):
    """A widget that paints lines: whatever it is given is made safe, and each role has the theme's style."""

    if TYPE_CHECKING:

        @property
        def rich_style(self) -> Style:
            """The widget's own style, which every widget has."""

    def paint(self, spans: Line, width: int, *, lit: bool = False) -> Strip:
        """A row of `width` cells; `lit` puts it on the cursor's ground."""
        roles = self.host.roles
        base = self.rich_style + roles["lit"] if lit else self.rich_style
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
