"""Packing: parts in stored order, side by side where that is lower, never over each other or beyond the width."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.map_layout.layered import BETWEEN, Joint, Laid, Part, Placed, pack
from tui.map_layout.layers import TooNarrowError
from tui.map_layout.routing import UnroutableError

LABELS = st.sampled_from(["", "feeds", "schema breaks cascade to", "a label of very many words that takes many lines"])


@dataclass(frozen=True)
class Size:
    """A way to lay a part out, as far as packing asks."""

    width: int
    height: int


@dataclass
class Block:
    """A part that can be laid out in some sizes, and cannot in those of its widths that are `broken`."""

    sizes: list[Size]
    broken: dict[int, Exception] = field(default_factory=dict)
    most: list[int] = field(default_factory=list)

    def options(self, width: int) -> list[Size]:
        found = [size for size in self.sizes if size.width <= width]
        if not found:
            raise TooNarrowError
        return found

    def lay(self, option: Size, width: int) -> Laid:
        self.most.append(width)
        assert option.width <= width
        if option.width in self.broken:
            raise self.broken[option.width]
        return Laid(option.width, option.height, (), (), ())


def block(*sizes: tuple[int, int]) -> Block:
    return Block([Size(*size) for size in sizes])


def places(blocks: list[Block], width: int) -> list[tuple[int, int, int, int]]:
    """Row, column, width and height of each."""
    placed, _ = pack(blocks, width)
    return [(each.row, each.column, each.laid.width, each.laid.height) for each in placed]


def check(placed: list[Placed], height: int, count: int, width: int) -> None:
    """In stored order, row after row; blanks between neighbors, a blank row between shelves."""
    assert [each.index for each in placed] == list(range(count))
    assert all(each.column + each.laid.width <= width for each in placed)
    assert height == max((each.row + each.laid.height for each in placed), default=0)
    floor = 0
    for one, other in pairwise(placed):
        floor = max(floor, one.row + one.laid.height)
        if other.row == one.row:
            assert other.column == one.column + one.laid.width + BETWEEN
        else:
            assert (other.row, other.column) == (floor + 1, 0)


@given(
    st.lists(st.lists(st.tuples(st.integers(1, 30), st.integers(1, 9)), min_size=1, max_size=4), max_size=6),
    st.integers(30, 90),
)
def test_blocks_keep_their_order_and_touch_nothing(sizes: list[list[tuple[int, int]]], width: int) -> None:
    blocks = [block(*each) for each in sizes]
    placed, height = pack(blocks, width)
    check(placed, height, len(blocks), width)
    # Side by side only where that is lower than one below the other, each at its lowest.
    lowest = sum(min(size[1] for size in each) for each in sizes) + max(len(sizes) - 1, 0)
    assert height <= lowest


@given(st.lists(st.lists(LABELS, min_size=1, max_size=3), min_size=1, max_size=4), st.integers(42, 100))
def test_real_parts_keep_their_order_and_touch_nothing(labels: list[list[str]], width: int) -> None:
    parts = [
        Part([11] * (len(each) + 1), [Joint(0, number, label, False) for number, label in enumerate(each, start=1)])
        for each in labels
    ]
    placed, height = pack(parts, width)
    check(placed, height, len(parts), width)


def test_nothing_takes_no_rows() -> None:
    assert pack([], 78) == ([], 0)


def test_side_by_side_while_there_is_room() -> None:
    blocks = [block((20, 3)), block((20, 5)), block((20, 2))]
    assert places(blocks, 78) == [(0, 0, 20, 3), (0, 23, 20, 5), (0, 46, 20, 2)]
    assert places(blocks, 60) == [(0, 0, 20, 3), (0, 23, 20, 5), (6, 0, 20, 2)]
    assert places(blocks, 40) == [(0, 0, 20, 3), (4, 0, 20, 5), (10, 0, 20, 2)]


def test_a_later_part_never_fills_a_gap_before() -> None:
    assert [row for row, *_ in places([block((20, 3)), block((70, 3)), block((20, 3))], 78)] == [0, 4, 8]


def test_labels_are_wrapped_more_where_two_then_stand_side_by_side() -> None:
    wide, narrow = (60, 3), (30, 5)
    assert places([block(wide, narrow), block((30, 3))], 78) == [(0, 0, 30, 5), (0, 33, 30, 3)]
    # Not where one below the other is as low.
    assert places([block(wide, (30, 7)), block((30, 3))], 78) == [(0, 0, 60, 3), (4, 0, 30, 3)]


def test_room_left_over_goes_to_lower_wraps() -> None:
    tall, low = (20, 6), (34, 4)
    assert places([block(tall, low), block((30, 6))], 78) == [(0, 0, 34, 4), (0, 37, 30, 6)]
    assert places([block(tall, low), block((38, 6))], 78) == [(0, 0, 20, 6), (0, 23, 38, 6)]


def test_room_left_over_spares_lines_a_bend() -> None:
    """Each part may be laid wider than its option, by what the others leave."""
    blocks = [block((20, 3)), block((20, 3))]
    pack(blocks, 78)
    assert max(blocks[0].most) > 20
    assert max(blocks[1].most) > 20
    alone = block((20, 3))
    pack([alone], 78)
    assert alone.most == [78]


@pytest.mark.parametrize("error", [TooNarrowError(), UnroutableError()])
def test_what_cannot_be_laid_side_by_side_stands_below_each_other(error: Exception) -> None:
    """And where a way to wrap the labels goes wrong even then, the next lowest is taken."""
    blocks = [block((20, 3), (30, 4), (40, 5)), block((20, 3))]
    blocks[0].broken = {20: error, 30: error}
    assert places(blocks, 60) == [(0, 0, 40, 5), (6, 0, 20, 3)]


def test_a_part_that_never_fits_is_too_narrow() -> None:
    with pytest.raises(TooNarrowError):
        pack([block((20, 3)), block((60, 3))], 50)
    broken = block((20, 3))
    broken.broken = {20: UnroutableError()}
    with pytest.raises(TooNarrowError):
        pack([broken], 50)
