"""A drawing of the dependency map as plain values: cells, and the rectangles and paths in them."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from tui.render.text import UNICODE, Glyphs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tui.map_layout.graph_index import Listing

CONTINUED = ""

"""The cell to the right of a character that is two cells wide."""

LEAST_TITLE = 8

"""The cells below which a title that is cut says nothing."""


class Rect(NamedTuple):
    """A rectangle of cells; rows and columns count from 0 at the top left."""

    row: int
    column: int
    height: int
    width: int

    @property
    def below(self) -> int:
        """The first row under it."""
        return self.row + self.height

    @property
    def beyond(self) -> int:
        """The first column to the right of it."""
        return self.column + self.width

    def holds(self, row: int, column: int) -> bool:
        """Whether a cell is inside."""
        return self.row <= row < self.below and self.column <= column < self.beyond


class NodeBox(NamedTuple):
    """A node's box, brackets included. Next to an item in focus that feeds it and is fed by it, a key has two."""

    key: str
    rect: Rect


class EdgePath(NamedTuple):
    """An edge: every cell of its line, arrowhead included, as (row, column).

    `box` is where its label is, None if it has none or it is hidden; `whole` says that nothing of the label
    is missing. `back` edges close a cycle: their line is dashed, runs upwards and is shared with no other edge.
    """

    source: str
    target: str
    label: str
    back: bool
    cells: frozenset[tuple[int, int]]
    box: Rect | None
    whole: bool


class Drawing(NamedTuple):
    """What is painted, and what it means.

    cells: a row of `width` cells for each line; a cell is one character, or "" right of a wide one. nodes, edges:
    in reading order and in stored order. sideways: whether edges run from left to right.

    How to read it: a line leaves a node from the cell next to its box without an arrowhead, and ends in the arrowhead
    next to another. It continues through cells that open toward each other: in Unicode each character says where it
    opens, in ASCII `|` and `:` open up and down, `-` left and right, and `+` to every neighbor that opens toward it
    (a box does, above and below). A line meets another only to share an end with it: lines of one source part, lines
    of one target join, and so a solid line is followed downwards, to either side, but never up; where boxes are left
    and right of each other, to the right, up and down, but never left. A dashed line is followed to its other end.
    Where lines cross, the vertical is whole and the horizontal continues behind it. A label is one blank to the
    right of its line, or in a horizontal line, in the part that no other edge shares.
    """

    width: int
    cells: tuple[tuple[str, ...], ...]
    nodes: tuple[NodeBox, ...]
    edges: tuple[EdgePath, ...]
    sideways: bool = False

    @property
    def height(self) -> int:
        """Rows of cells."""
        return len(self.cells)

    @property
    def text(self) -> str:
        """The picture as lines without blanks at their ends."""
        return "\n".join("".join(row).rstrip() for row in self.cells)


class Signs(NamedTuple):
    """The characters of lines. `corners` by where they open, as a sum of N, E, S and W."""

    vertical: str
    horizontal: str
    dashed_vertical: str
    dashed_horizontal: str
    corners: dict[int, str]
    down: str
    up: str
    right: str
    more: str


N, E, S, W = 1, 2, 4, 8

"""Where a cell opens."""

_JOINTS = {N | E: "└", N | W: "┘", S | E: "┌", S | W: "┐"} | {
    N | E | S: "├",
    N | S | W: "┤",
    E | S | W: "┬",
    N | E | W: "┴",
    N | E | S | W: "┼",
}

LINES = Signs(
    vertical="│",
    horizontal="─",
    dashed_vertical="┆",
    dashed_horizontal="┄",
    corners=_JOINTS,
    down="▼",
    up="▲",
    right="►",
    more="…",
)

ASCII_LINES = Signs(
    vertical="|",
    horizontal="-",
    dashed_vertical=":",
    dashed_horizontal="-",
    corners=dict.fromkeys(_JOINTS, "+"),
    down="v",
    up="^",
    right=">",
    more="..",
)


class Options(NamedTuple):
    """How a map is drawn: with which signs, and whether nodes show their titles where there is room."""

    signs: Signs = LINES
    titles: bool = True


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


class PictureRequest(NamedTuple):
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
