"""The grid of cells: boxes, labels and lines, and the character that each crossing and corner gets."""

from __future__ import annotations

import itertools
from functools import lru_cache
from typing import TYPE_CHECKING

from rich.cells import cell_len, split_graphemes

from tui.map_layout.model import CONTINUED, E, N, Rect, S, W
from tui.render.text import line, split_word

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tui.map_layout.model import Signs

Cell = tuple[int, int]

"""Row and column."""

Step = tuple[int, int, int]

"""Row, column and the number of the net whose line is there."""

_OPENS = {(-1, 0): N, (1, 0): S, (0, 1): E, (0, -1): W}

_OTHER = {N: S, S: N, E: W, W: E}

_STRAIGHT = {N | S, N, S}


class Canvas:
    """Cells that are blank until something is put there."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self._texts: dict[Cell, str] = {}
        self._lines: dict[Cell, dict[int, int]] = {}
        self._heads: dict[Cell, str] = {}
        self._dashed: set[int] = set()

    def write(self, row: int, column: int, text: str) -> Rect:
        """Put text into cells, combining marks in the cell of their base character. Returns the cells it takes."""
        at = column
        for start, end, size in split_graphemes(text)[0]:
            # A mark with nothing before it would combine with other text.
            if size:
                self._texts[row, at] = text[start:end]
            for extra in range(1, size):
                self._texts[row, at + extra] = CONTINUED
            at += size
        return Rect(row, column, 1, at - column)

    def stroke(self, steps: Sequence[Step], *, dashed: bool = False) -> frozenset[Cell]:
        """Draw a line through neighboring cells. Returns the cells."""
        lines = self._lines
        if dashed:
            self._dashed.update(net for _, _, net in steps)
        for (row, column, net), (next_row, next_column, next_net) in itertools.pairwise(steps):
            way = _OPENS[next_row - row, next_column - column]
            here = lines.setdefault((row, column), {})
            here[net] = here.get(net, 0) | way
            there = lines.setdefault((next_row, next_column), {})
            there[next_net] = there.get(next_net, 0) | _OTHER[way]
        return frozenset((row, column) for row, column, _ in steps)

    def open(self, step: Step, way: int) -> None:
        """Let the line in a cell open toward a box."""
        row, column, net = step
        here = self._lines.setdefault((row, column), {})
        here[net] = here.get(net, 0) | way

    def head(self, cell: Cell, sign: str) -> None:
        """Put an arrowhead on a line."""
        self._heads[cell] = sign

    def blank(self, row: int, columns: Iterable[int]) -> bool:
        """Whether some cells of a row are empty."""
        return all((row, column) not in self._texts and (row, column) not in self._lines for column in columns)

    def unlined(self, row: int, columns: Iterable[int]) -> bool:
        """Whether no line is in some cells of a row."""
        return all((row, column) not in self._lines for column in columns)

    def cells(self, signs: Signs) -> tuple[tuple[str, ...], ...]:
        """Every cell as the character that is painted there."""
        grid = [[" "] * self.width for _ in range(self.height)]
        for (row, column), nets in self._lines.items():
            grid[row][column] = self._sign(nets, signs)
        for (row, column), sign in self._heads.items():
            grid[row][column] = sign
        for (row, column), char in self._texts.items():
            grid[row][column] = char
        return tuple(map(tuple, grid))

    def _sign(self, nets: dict[int, int], signs: Signs) -> str:
        if len(nets) == 1:
            ((net, opens),) = nets.items()
        else:
            # Two lines cross: the vertical stays whole, the horizontal continues behind it.
            net, opens = next((net, opens) for net, opens in nets.items() if opens & (N | S))
        if opens in _STRAIGHT:
            return signs.dashed_vertical if net in self._dashed else signs.vertical
        if opens & (N | S):
            return signs.corners[opens]
        return signs.dashed_horizontal if net in self._dashed else signs.horizontal


def label_of(text: str | None) -> str:
    """A label as drawn: safe, on one line, without combining marks that have no base character."""
    label = line(text)
    spans, _ = split_graphemes(label)
    first = next((start for start, end, size in spans if size and label[start:end] != " "), len(label))
    return label[first:]


@lru_cache(maxsize=4096)
def wrapped_label(label: str, width: int) -> tuple[str, ...]:
    """The lines of a label, none wider than `width` cells but for a character that is; no lines for no label."""
    words = label.split()
    if not words:
        return ()
    lines = _lines(words, width)
    low, high = max(width // 4, 1), max(cell_len(line) for line in lines)
    # The narrowest width that takes no more lines: the picture grows in neither direction.
    while low < high:
        middle = (low + high) // 2
        tried = _lines(words, middle)
        if len(tried) <= len(lines) and not _splits(words, middle, width):
            high = middle
        else:
            low = middle + 1
    return tuple(_lines(words, high))


@lru_cache(maxsize=4096)
def narrowed_label(label: str, lines: tuple[str, ...], most: int) -> tuple[str, ...]:
    """A wrapped label as narrow as the number of lines allows, without breaking words that were whole.

    It keeps a quarter of its cells: one letter per line is not a label.
    """
    words = label.split()
    widest = max(map(cell_len, lines))
    low, high = max(widest // 4, 1), widest
    while low < high:
        middle = (low + high) // 2
        if len(_lines(words, middle)) <= most and not _splits(words, middle, widest):
            high = middle
        else:
            low = middle + 1
    return tuple(_lines(words, high))


def longest_word(label: str) -> int:
    """The cells of a label's widest word."""
    return max((cell_len(word) for word in label.split()), default=0)


def _splits(words: list[str], width: int, before: int) -> bool:
    """Whether a width breaks words that a wider one leaves whole."""
    return any(width < cell_len(word) <= before for word in words)


def _lines(words: list[str], width: int) -> list[str]:
    lines: list[str] = []
    current, used = "", 0
    for word in words:
        for number, piece in enumerate(split_word(word, 0, width)):
            size = cell_len(piece)
            if current and number == 0 and used + 1 + size <= width:
                current, used = f"{current} {piece}", used + 1 + size
                continue
            if current:
                lines.append(current)
            current, used = piece, size
    return [*lines, current]
