"""A picture of the map read cell by cell: what is box, label or line, and what each line cell opens to."""

from __future__ import annotations

import string
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len, split_graphemes

from tui.map_layout.model import CONTINUED, E, N, NodeBox, Rect, S, W

if TYPE_CHECKING:
    from collections.abc import Sequence

Cell = tuple[int, int]
"""Row and column."""

STEP = {N: (-1, 0), E: (0, 1), S: (1, 0), W: (0, -1)}
OPPOSITE = {N: S, E: W, S: N, W: E}
SIDEWAYS = (E, W)
UPRIGHT = (N, S)

SOLID, DASHED = "solid", "dashed"
EITHER = ""
"""The style of signs that solid and dashed lines have in common."""


def beside(cell: Cell, side: int) -> Cell:
    """The neighbor at a side."""
    down, right = STEP[side]
    return cell[0] + down, cell[1] + right


class Untraceable(Exception):
    """The picture is wrong: why, and the cell where it shows."""

    def __init__(self, reason: str, cell: Cell) -> None:
        super().__init__(f"row {cell[0]}, column {cell[1]}: {reason}")
        self.cell = cell


class Sign(NamedTuple):
    """A character of a line: the sum of the sides it opens to, its style, and the side an arrowhead points to."""

    character: str
    arms: int
    style: str = EITHER
    points: int = 0

    @property
    def upright(self) -> bool:
        """Whether it is the plain vertical, behind which a horizontal goes on."""
        return self.character in "│┆|:"


_JOINTS = {"└": N | E, "┘": N | W, "┌": S | E, "┐": S | W, "├": N | E | S, "┤": N | S | W, "┬": E | S | W}
_JOINTS |= {"┴": N | E | W, "┼": N | E | S | W}
UNICODE_SIGNS = {
    "│": Sign("│", N | S, SOLID),
    "─": Sign("─", E | W, SOLID),
    "┆": Sign("┆", N | S, DASHED),
    "┄": Sign("┄", E | W, DASHED),
    "▼": Sign("▼", N, points=S),
    "▲": Sign("▲", S, points=N),
    "►": Sign("►", W, points=E),
} | {joint: Sign(joint, arms) for joint, arms in _JOINTS.items()}
ASCII_SIGNS = {
    "|": Sign("|", N | S, SOLID),
    ":": Sign(":", N | S, DASHED),
    "-": Sign("-", E | W),
    "+": Sign("+", 0),
    "v": Sign("v", N, points=S),
    "^": Sign("^", S, points=N),
    ">": Sign(">", W, points=E),
}
"""The sides of `+` come from its neighbors."""
_NARROW = {" ", *string.ascii_letters, *string.digits, *string.punctuation, *UNICODE_SIGNS}


class Page:
    """The parts of a picture.

    lines: the sign in each line cell. links: for each side a line cell opens to, the line cell that opens to it from
    there, be it behind a vertical or at the other end of a label. ends: the box instead, where the line meets one
    without an arrowhead. heads: the box that each arrowhead points at.
    """

    def __init__(
        self, cells: Sequence[Sequence[str]], nodes: Sequence[NodeBox], labels: Sequence[Rect], *, ascii_only: bool
    ) -> None:
        """Read the picture, or raise Untraceable."""
        self.cells = cells
        self.width = len(cells[0]) if cells else 0
        self.box_at: dict[Cell, NodeBox] = {}
        self.label_at: dict[Cell, Rect] = {}
        self._check_rows()
        for node in nodes:
            self.box_at |= dict.fromkeys(self._claim(node.rect), node)
        for label in labels:
            self.label_at |= dict.fromkeys(self._claim(label), label)
        self.lines = self._read(ASCII_SIGNS if ascii_only else UNICODE_SIGNS)
        self.lines |= {cell: self._opened(cell) for cell, sign in self.lines.items() if not sign.arms}
        self.links: dict[Cell, dict[int, Cell]] = {}
        self.ends: dict[Cell, dict[int, NodeBox]] = {}
        self.heads: dict[Cell, NodeBox] = {}
        for cell, sign in self.lines.items():
            self._connect(cell, sign)

    def blank(self, cell: Cell) -> bool:
        """Whether nothing is there; nothing is beyond the margin either."""
        row, column = cell
        return not (0 <= row < len(self.cells) and 0 <= column < self.width) or (
            self.cells[row][column] == " " and cell not in self.box_at and cell not in self.label_at
        )

    def text(self, rect: Rect) -> str:
        """The words in a rectangle, its lines joined by a blank."""
        lines = ("".join(row[rect.column : rect.beyond]).strip() for row in self.cells[rect.row : rect.below])
        return " ".join(line for line in lines if line)

    def _check_rows(self) -> None:
        for number, row in enumerate(self.cells):
            if len(row) != self.width:
                raise Untraceable(f"the row has {len(row)} cells, the first one {self.width}", (number, len(row)))
            if _NARROW.issuperset(row):
                continue
            room = 0
            for column, cell in enumerate(row):
                if (cell == CONTINUED) != (room == 1):
                    raise Untraceable("a wide character has no cell of its own to the right", (number, column))
                if cell != CONTINUED and not (len(split_graphemes(cell)[0]) == 1 and cell_len(cell)):
                    raise Untraceable(f"{cell!r} is not one character", (number, column))
                room = cell_len(cell) - 1
            if room == 1:
                raise Untraceable("a wide character reaches over the margin", (number, self.width - 1))

    def _claim(self, rect: Rect) -> list[Cell]:
        corner = (rect.row, rect.column)
        inside = 0 <= rect.row < rect.below <= len(self.cells) and 0 <= rect.column < rect.beyond <= self.width
        if not inside:
            raise Untraceable("a rectangle reaches over the margin or is empty", corner)
        claimed = [(row, column) for row in range(rect.row, rect.below) for column in range(rect.column, rect.beyond)]
        for cell in claimed:
            if cell in self.box_at or cell in self.label_at:
                raise Untraceable("two rectangles overlap", cell)
        if not self.text(rect):
            raise Untraceable("a rectangle has no text", corner)
        return claimed

    def _read(self, signs: dict[str, Sign]) -> dict[Cell, Sign]:
        lines: dict[Cell, Sign] = {}
        for number, row in enumerate(self.cells):
            for column, character in enumerate(row):
                cell = (number, column)
                if character == " " or cell in self.box_at or cell in self.label_at:
                    continue
                if character not in signs:
                    raise Untraceable(f"{character!r} is no sign of a line and in no rectangle", cell)
                lines[cell] = signs[character]
        return lines

    def _next(self, cell: Cell, side: int) -> tuple[Cell, bool]:
        """The cell an arm comes to, and whether it had to go behind a vertical."""
        place = beside(cell, side)
        behind = False
        while side in SIDEWAYS and (sign := self.lines.get(place)) is not None and sign.upright:
            place = beside(place, side)
            behind = True
        return place, behind

    def _opened(self, cell: Cell) -> Sign:
        """A `+` with the sides it opens to."""
        arms = 0
        for side in STEP:
            place, behind = self._next(cell, side)
            sign = self.lines.get(place)
            if sign is None:
                arms |= side if place in self.box_at and side in UPRIGHT else 0
            elif sign.character != "+":
                arms |= side if sign.arms & OPPOSITE[side] else 0
            elif behind:
                raise Untraceable("two corners beside a vertical can be read as one line or as two", cell)
            else:
                arms |= side
        if arms.bit_count() < 2 or arms in (N | S, E | W):
            raise Untraceable("the corner leads nowhere", cell)
        return Sign("+", arms)

    def _connect(self, cell: Cell, sign: Sign) -> None:
        if sign.points:
            box = self.box_at.get(beside(cell, sign.points))
            if box is None:
                raise Untraceable("the arrowhead points at no box", cell)
            self.heads[cell] = box
        self.links[cell] = {}
        self.ends[cell] = {}
        for side in STEP:
            if sign.arms & side:
                self._connect_arm(cell, sign, side)

    def _connect_arm(self, cell: Cell, sign: Sign, side: int) -> None:
        place, behind = self._next(cell, side)
        if place in self.label_at:
            place = self._through(cell, side, self.label_at[place])
        found = self.lines.get(place)
        if found is not None:
            if not found.arms & OPPOSITE[side]:
                raise Untraceable(f"the line opens to {found.character!r}, which does not open to it", cell)
            self.links[cell][side] = place
        elif behind:
            raise Untraceable("the line does not go on behind the vertical", cell)
        elif place not in self.box_at:
            raise Untraceable("the line opens to a blank", cell)
        elif sign.points:
            raise Untraceable("the arrowhead has no line", cell)
        else:
            self.ends[cell][side] = self.box_at[place]

    def _through(self, cell: Cell, side: int, label: Rect) -> Cell:
        """The other end of a label in the horizontal line."""
        other = (cell[0], label.beyond if side == E else label.column - 1)
        signs = [self.lines[place].character for place in (cell, other) if place in self.lines]
        around = "".join(signs if side == E else reversed(signs))
        if label.height > 1 or around not in ("──", "─►", "┄┄", "┄►", "--", "->"):
            raise Untraceable("the line opens to a label that does not stand in it", cell)
        return other
