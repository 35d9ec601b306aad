"""What is asked of the map's drawing, and what comes back."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from tui.render.text import UNICODE, Glyphs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tui.drawing.listing import Listing
    from tui.drawing.model import Drawing, Options

MOST_WHOLE = 25
"""Items up to which the whole map is drawn."""
MOST_FOCUSED = 2000
"""Items of a map above which it begins as a list."""


class Mode(StrEnum):
    """The kinds of picture."""

    WHOLE = "whole"
    FOCUS = "focus"
    OVERVIEW = "overview"
    LIST = "list"


class Wish(NamedTuple):
    """What is to be drawn. Without a mode the size of the map decides; `names` are those of the categories."""

    width: int
    mode: Mode | None = None
    key: str | None = None
    hops: int = 1
    glyphs: Glyphs = UNICODE
    names: Mapping[str, str] = MappingProxyType({})

    @property
    def options(self) -> Options:
        """How the layout draws."""
        from tui.drawing.model import ASCII_LINES, LINES, Options

        return Options(LINES if self.glyphs is UNICODE else ASCII_LINES)


class Picture(NamedTuple):
    """What was drawn: a drawing or a list. `key` and `hops` are those of a focus.

    caption: the mode and what it hides, the most telling part first.
    """

    mode: Mode
    caption: tuple[str, ...]
    drawing: Drawing | None = None
    listing: Listing | None = None
    key: str | None = None
    hops: int = 0
