"""Columns: distances kept, nothing beyond the width, every order that fits is placed, and lines straight."""

from __future__ import annotations

from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.map_layout.steps.made import ACYCLIC, BOX, LINES, Pair, levels_of, rows_of_points, strands_of
from tests.map_layout.steps.test_levels import cells_of
from tui.map_layout.coordinates import arrange, place
from tui.map_layout.layers import GRID, Kind, Levels, Link, TooNarrowError, gap_between

TEXTS = st.lists(LINES, max_size=12)
BACKS = st.lists(st.booleans(), max_size=12)


def arranged(pairs: list[Pair], texts: list[tuple[str, ...]], backs: list[bool] | None = None) -> Levels:
    levels = levels_of(strands_of(pairs, texts, backs or ()))
    arrange(levels)
    return levels


def needed(levels: Levels) -> int:
    """The cells that the rows take at the least in their order."""
    return max(cells_of(row, levels.first) for row in levels.rows if row)


def bends(levels: Levels) -> list[Link]:
    return [link for row in levels.rows for vertex in row for link in vertex.downs if link.start != link.end]


def check_rows(levels: Levels, width: int) -> None:
    """Everything inside the width, with its blanks."""
    for row in levels.rows:
        for left, right in pairwise(row):
            assert right.column - right.left - (left.column + left.right) > gap_between(left, right)
        for vertex in row:
            assert levels.first + vertex.column - vertex.left >= 0
            assert levels.first + vertex.column + vertex.right < width


@given(ACYCLIC, TEXTS, BACKS, st.integers(0, 60))
def test_distances_are_kept_within_the_width(
    pairs: list[Pair], texts: list[tuple[str, ...]], backs: list[bool], spare: int
) -> None:
    levels = arranged([*pairs, (6, 6)], texts, backs)
    width = needed(levels) + spare
    place(levels, width)
    check_rows(levels, width)


@given(ACYCLIC, TEXTS, BACKS)
def test_a_row_that_does_not_fit_is_refused(pairs: list[Pair], texts: list[tuple[str, ...]], backs: list[bool]) -> None:
    levels = arranged(pairs, texts, backs)
    with pytest.raises(TooNarrowError):
        place(levels, needed(levels) - 1)


@pytest.mark.parametrize("spare", [0, 1, 30])
def test_a_chain_is_straight(spare: int) -> None:
    levels = arranged([(0, 1), (1, 2), (2, 3)], [("feeds",), ("a longer label",), ()])
    chain = [vertex for vertex in levels.nodes if vertex.number < 4]
    place(levels, needed(levels) + spare)
    assert len({vertex.column for vertex in chain}) == 1
    assert not bends(levels)


def test_a_line_that_passes_rows_is_straight() -> None:
    """A bend is put where lines part and meet anyway, next to boxes and labels."""
    levels = arranged([(0, 1), (1, 2), (2, 3), (3, 4), (0, 4), (0, 5), (5, 6)], [("feeds",)] * 7)
    place(levels, needed(levels) + 20)
    passing = [link for link in levels.pieces[4] if link.upper.kind is link.lower.kind is Kind.PASS]
    assert len(passing) >= 4
    assert all(link.start == link.end for link in passing)


def test_lines_that_pass_rows_are_hardly_ever_bent() -> None:
    random, straight, count = Random(9), 0, 0
    for _ in range(60):
        levels = arranged([tuple(sorted(random.sample(range(7), 2))) for _ in range(9)], [("feeds",)] * 9)
        place(levels, needed(levels) + 10)
        links = [link for row in levels.rows for vertex in row for link in vertex.downs]
        passing = [link for link in links if link.upper.kind is link.lower.kind is Kind.PASS]
        straight += sum(link.start == link.end for link in passing)
        count += len(passing)
    assert count > 100
    assert straight >= 0.95 * count


@pytest.mark.parametrize("count", [3, 5])
def test_of_an_odd_number_of_lines_the_middle_one_is_straight(count: int) -> None:
    fan = [(0, node) for node in range(1, count + 1)]
    for pairs in (fan, [(other, one) for one, other in fan]):
        levels = levels_of(strands_of(pairs), (BOX,) * (count + 1))
        arrange(levels)
        place(levels, needed(levels) + 10)
        columns = sorted(vertex.column for vertex in levels.nodes[1:])
        assert levels.nodes[0].column == columns[count // 2]


def test_between_two_stands_what_leads_to_both() -> None:
    levels = levels_of(strands_of([(0, 1), (0, 2)]), (BOX,) * 3)
    arrange(levels)
    place(levels, needed(levels) + 10)
    source, one, other = (vertex.column for vertex in levels.nodes)
    assert abs(source - (one + other) / 2) <= GRID


def test_what_is_not_pulled_apart_stays_together() -> None:
    """Room to the side is not used for its own sake."""
    for width in (60, 200):
        levels = levels_of(strands_of([(0, 1), (0, 2)]), (BOX,) * 3)
        arrange(levels)
        place(levels, width)
        assert abs(levels.nodes[1].column - levels.nodes[2].column) <= BOX + 2 + GRID


def test_lines_are_bent_only_where_straight_ones_would_push_others_beyond_the_width() -> None:
    """Three boxes above each other's left neighbor: straight lines move the lower row by a box."""
    step = BOX + 3
    for spare, bent in ((0, 2), (step - 1, 2), (step, 0)):
        levels = rows_of_points([3, 3], [[(1, 0), (2, 1)]])
        arrange(levels)
        width = needed(levels) + spare
        place(levels, width)
        check_rows(levels, width)
        assert len(bends(levels)) == bent, spare
