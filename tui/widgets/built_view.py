"""A list whose lines are built for its width; some of them lead somewhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tui.widgets.line_view import LineView

if TYPE_CHECKING:
    from tui.lines import Line

Built = tuple["list[Line]", dict[int, str]]
"""Lines, and the name of what a line leads to."""
Build = Callable[[int], Built]
"""Lines for a width in cells."""


def _nothing(width: int) -> Built:  # noqa: ARG001 (nothing fits any width)
    return [], {}


class BuiltView(LineView):
    """Shows what `build` makes; the cursor goes from stop to stop, and between them the view scrolls."""

    build: Build = staticmethod(_nothing)
    _built: tuple[int, Built] | None = None
    _stops: tuple[int, ...] = ()
    """The lines that led somewhere when the cursor was placed; painting may have built anew since."""

    def rebuild(self, build: Build) -> None:
        """Other lines."""
        self.build, self._built = build, None
        self._stops = tuple(self.built[1])
        self.rows_changed()

    @property
    def built(self) -> Built:
        """The lines for the present width, with what they lead to."""
        width = max(self.size.width - 1, 8)
        if self._built is None or self._built[0] != width:
            self._built = (width, self.build(width))
        return self._built[1]

    @property
    def row_count(self) -> int:
        """All lines."""
        return len(self.built[0])

    def row(self, index: int, width: int) -> Line:  # noqa: ARG002 (built for the width already)
        """One line."""
        return self.built[0][index]

    def is_stop(self, index: int) -> bool:
        """The lines that lead somewhere."""
        return index in self.built[1]

    def target(self, index: int) -> str | None:
        """What a line leads to."""
        return self.built[1].get(index)

    def resized(self) -> None:
        """Build anew for the width; the cursor stays on what it stood on, the view where it is read."""
        before, self._stops = self._stops, tuple(self.built[1])
        if self.cursor in before and len(before) == len(self._stops):
            self.cursor = self._stops[before.index(self.cursor)]
        self.rows_changed()
