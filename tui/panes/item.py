"""The item pane: everything about the chosen item, or about the category or register that is being chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.widgets.line_list import Build, BuiltView

if TYPE_CHECKING:
    from tui.render.text import Glyphs


class ItemPane(BuiltView):
    """The cursor goes from neighbor to neighbor."""

    def __init__(self, *, glyphs: Glyphs) -> None:
        super().__init__(id="item", glyphs=glyphs)
        self.subject: str | None = None

    def show(self, subject: str, build: Build) -> None:
        """Another subject begins at its top; the same one keeps the scroll position."""
        fresh, self.subject = subject != self.subject, subject
        self.rebuild(build, from_top=fresh)
