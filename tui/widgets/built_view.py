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

    def rebuild(self, build: Build, *, from_top: bool = False) -> None:
        """Replace the lines. The cursor keeps its target, and its screen row if the view is scrolled.

        from_top: scroll to the first line, with the cursor on the first stop.
        """
        if from_top:
            self.build, self._built = build, None
            self.cursor = next(iter(self.built[1]), 0)
            self.scroll_to(y=0, animate=False, force=True, immediate=True)
            self.rows_changed()
            return
        before, place = self.built[1], self.cursor
        names = [name for at, name in before.items() if at <= place]
        self.build, self._built = build, None
        if place in before:
            # A name can appear more than once; keep the same occurrence.
            stops = self.built[1]
            same = [at for at, name in stops.items() if name == names[-1]]
            nearest = min(stops, key=lambda stop: abs(stop - place), default=place)
            self.cursor = same[min(names.count(names[-1]), len(same)) - 1] if same else nearest
        self.rows_changed()
        if self.cursor != place and self.scroll_offset.y:
            self._scroll_rows(self.scroll_offset.y + self.cursor - place)

    @property
    def built(self) -> Built:
        """The lines for the present width, with what they lead to; at another width the cursor stays on its stop.

        While it is hidden it has no width, and stays as it was.
        """
        width = max(self.size.width - 1, 8)
        if self._built is None:
            self._built = (width, self.build(width))
        elif self._built[0] != width and self.size:
            before = tuple(self._built[1][1])
            self._built = (width, self.build(width))
            now = tuple(self._built[1][1])
            if self.cursor in before and len(before) == len(now):
                self.cursor = now[before.index(self.cursor)]
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
        """Build anew for the width; the view stays where it is read."""
        self.rows_changed()
