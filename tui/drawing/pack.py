"""Connected parts side by side on shelves, in stored order, as low as that gets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.drawing.channels import UnroutableError
from tui.drawing.levels import GRID, TooNarrowError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.drawing.layered import Laid, Option, Part

BETWEEN = 3
"""Blanks between two parts."""
EASE = 4
"""Cells beyond the least width that spare lines a bend."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A part that is laid out, with the row and column of its top left."""

    index: int
    laid: Laid
    row: int
    column: int


def pack(parts: Sequence[Part], width: int) -> tuple[list[Placed], int]:
    """Lay the parts out within a width. Returns them with their places, and the height of all.

    Raises TooNarrowError where one of them does not fit alone.
    """
    options = [part.options(width) for part in parts]
    shelves: list[list[int]] = []
    for index in range(len(parts)):
        if shelves:
            shelf = shelves[-1]
            apart = _height(_chosen([options[each] for each in shelf], width))
            apart += 1 + _height(_chosen([options[index]], width))
            together = _chosen([options[each] for each in (*shelf, index)], width)
            if together and _height(together) < apart:
                shelf.append(index)
                continue
        shelves.append([index])
    placed: list[Placed] = []
    row = 0
    for shelf in shelves:
        for side_by_side in _lay_shelf(parts, options, shelf, width):
            column = 0
            row += 1 if row else 0
            for index, laid in side_by_side:
                placed.append(Placed(index, laid, row, column))
                column += laid.width + BETWEEN
            row += max(laid.height for _, laid in side_by_side)
    return placed, row


def _height(options: Sequence[Option]) -> int:
    return max(option.height for option in options)


def _chosen(options: Sequence[Sequence[Option]], width: int) -> list[Option]:
    """For each of some parts the option with which they stand side by side as low as can be; none if they never do."""
    for height in sorted({option.height for each in options for option in each}):
        low = [[option for option in each if option.height <= height] for each in options]
        if all(low):
            narrow = [min(each, key=lambda option: option.width) for each in low]
            ease = EASE if len(options) > 1 else 0
            spare = width - sum(option.width + ease for option in narrow) - BETWEEN * (len(narrow) - 1)
            if spare >= 0:
                return _eased(low, narrow, spare)
    return []


def _eased(options: Sequence[Sequence[Option]], narrow: list[Option], spare: int) -> list[Option]:
    """Lower options in place of the narrowest, where the spare cells allow."""
    found = list(narrow)
    for number, each in enumerate(options):
        fitting = [option for option in each if option.width <= found[number].width + spare]
        lowest = min(fitting, key=lambda option: (option.height, option.width))
        spare -= lowest.width - found[number].width
        found[number] = lowest
    return found


def _lay_shelf(
    parts: Sequence[Part], options: Sequence[Sequence[Option]], shelf: Sequence[int], width: int
) -> list[list[tuple[int, Laid]]]:
    """The parts of a shelf side by side; one below the other where that goes wrong."""
    if len(shelf) > 1:
        chosen = _chosen([options[index] for index in shelf], width)
        left = width
        side_by_side: list[tuple[int, Laid]] = []
        try:
            for number, (index, option) in enumerate(zip(shelf, chosen, strict=True)):
                rest = chosen[number + 1 :]
                # Room that a part leaves over is for those that follow.
                spare = (left - option.width - sum(o.width + BETWEEN for o in rest)) // (len(rest) + 1)
                laid = parts[index].lay(option, option.width + spare)
                side_by_side.append((index, laid))
                left -= laid.width + BETWEEN
            # What is left over in the end spares the others bends.
            for number, (index, laid) in enumerate(side_by_side):
                if left + BETWEEN >= GRID:
                    wider = parts[index].lay(chosen[number], laid.width + left + BETWEEN)
                    left -= wider.width - laid.width
                    side_by_side[number] = index, wider
        except (TooNarrowError, UnroutableError):
            pass
        else:
            return [side_by_side]
    return [[(index, _lay_alone(parts[index], options[index], width))] for index in shelf]


def _lay_alone(part: Part, options: Sequence[Option], width: int) -> Laid:
    """The lowest picture of a part; another way to wrap its labels where the first one fails."""
    for option in sorted(options, key=lambda option: option.height):
        try:
            return part.lay(option, width)
        except (TooNarrowError, UnroutableError):
            continue
    raise TooNarrowError
