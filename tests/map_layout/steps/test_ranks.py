"""Ranks: edges go down, no rank is empty, edges are short, and no row of boxes is wider than there is room."""

from __future__ import annotations

from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.map_layout.steps.made import ACYCLIC, NODES, Pair
from tui.map_layout.layers import LANE, bounded, ranks_of

SIZES = st.lists(st.integers(6, 20), min_size=NODES, max_size=NODES)


def length(ranks: list[int], edges: list[Pair]) -> int:
    """The ranks that all edges lead down, together."""
    return sum(ranks[target] - ranks[source] for source, target in edges)


def shortest(count: int, edges: list[Pair]) -> int:
    """The least length of all edges together, by trying every rank of every node; edges lead to higher numbers."""
    best = count * len(edges)
    ranks = [0] * count

    def try_from(node: int, used: int) -> None:
        nonlocal best
        if used >= best:
            return
        if node == count:
            best = used
            return
        above = [source for source, target in edges if target == node]
        for rank in range(max((ranks[source] + 1 for source in above), default=0), count):
            ranks[node] = rank
            try_from(node + 1, used + sum(rank - ranks[source] for source in above))

    try_from(0, 0)
    return best


def row_width(level: int, ranks: list[int], sizes: list[int], edges: list[Pair], lanes: list[int]) -> int:
    """The cells of the boxes of a row, with blanks behind each, and of the lanes that pass it."""
    passing = {lane for (one, other), lane in zip(edges, lanes, strict=True) if ranks[one] < level < ranks[other]}
    return sum(size for size, rank in zip(sizes, ranks, strict=True) if rank == level) + LANE * len(passing)


@given(ACYCLIC)
def test_edges_go_down_and_no_rank_is_empty(edges: list[Pair]) -> None:
    ranks = ranks_of(NODES, edges)
    assert all(ranks[source] < ranks[target] for source, target in edges)
    assert set(ranks) == set(range(max(ranks) + 1))


def test_edges_are_short() -> None:
    """Against the shortest there can be: hardly ever longer, and never by more than a rank or two."""
    random, over = Random(1), []
    for _ in range(150):
        pairs = [tuple(sorted(random.sample(range(6), 2))) for _ in range(random.randint(3, 10))]
        ranks = ranks_of(6, pairs)
        over.append(length(ranks, pairs) - shortest(6, pairs))
    assert min(over) == 0
    assert max(over) <= 2
    assert sum(more > 0 for more in over) <= 3


@pytest.mark.parametrize(
    ("edges", "ranks"),
    [
        ([], [0, 0, 0, 0, 0]),
        ([(0, 1), (1, 2), (2, 3), (3, 4)], [0, 1, 2, 3, 4]),
        # A source is right above what it feeds, a target right below what feeds it.
        ([(0, 1), (1, 2), (2, 3), (4, 3)], [0, 1, 2, 3, 2]),
        ([(0, 1), (1, 2), (2, 3), (0, 4)], [0, 1, 2, 3, 1]),
        # Where one line would get longer and two shorter, it moves; where one each, it stays.
        ([(0, 1), (1, 2), (2, 3), (0, 4), (4, 3)], [0, 1, 2, 3, 1]),
        ([(0, 1), (1, 2), (2, 3), (0, 4), (4, 3), (4, 3)], [0, 1, 2, 3, 2]),
    ],
)
def test_where_nodes_stand(edges: list[Pair], ranks: list[int]) -> None:
    assert ranks_of(5, edges) == ranks


def test_a_node_moves_with_those_it_runs_into() -> None:
    """Neither 0 nor 1 makes a line shorter by moving alone: together they come down to what they lead to."""
    assert ranks_of(6, [(2, 3), (3, 4), (4, 5), (0, 1), (1, 5)]) == [1, 2, 0, 1, 2, 3]


@given(ACYCLIC, SIZES, st.integers(20, 100))
def test_no_row_is_wider_than_asked(edges: list[Pair], sizes: list[int], width: int) -> None:
    ranks = ranks_of(NODES, edges)
    lanes = [target for _, target in edges]
    found = bounded(ranks, sizes, edges, lanes, width)
    assert set(found) == set(range(max(found) + 1))
    for level in set(found):
        # The blanks behind the last box are not part of the picture; a box that is alone cannot be helped.
        assert row_width(level, found, sizes, edges, lanes) <= width + LANE or found.count(level) == 1
    for node in range(NODES):
        for other in range(NODES):
            assert ranks[node] >= ranks[other] or found[node] < found[other]


@given(ACYCLIC, SIZES)
def test_rows_with_room_stay(edges: list[Pair], sizes: list[int]) -> None:
    ranks = ranks_of(NODES, edges)
    lanes = [source for source, _ in edges]
    width = max(row_width(level, ranks, sizes, edges, lanes) for level in set(ranks)) - LANE
    assert bounded(ranks, sizes, edges, lanes, width) == ranks
    assert bounded(ranks, sizes, edges, lanes, width - 1) != ranks or any(ranks.count(rank) == 1 for rank in ranks)


def test_a_row_is_split_into_even_parts() -> None:
    ranks = bounded([0] * 6, [10] * 6, [], [], 50)
    assert sorted(ranks) == [0, 0, 0, 1, 1, 1]


def test_ends_of_cascades_stay_and_beginnings_go_down() -> None:
    """So that lines pass the other half of the row as seldom as can be."""
    edges = [(0, 3), (1, 4), (2, 5), (6, 1)]
    found = bounded([1, 1, 1, 2, 2, 2, 0], [10] * NODES, edges, [0, 1, 2, 6], 20)
    assert found[0] > found[1]
    assert all(found[one] < found[other] for one, other in edges)


def test_lanes_share_a_row_with_the_boxes() -> None:
    """The same row has room for one box less where enough lines pass it."""
    sizes, ranks = [10] * 7, [0, 1, 1, 1, 2, 2, 2]
    past = [(0, 4), (0, 5), (0, 6)]
    assert bounded(ranks, sizes, past, [0, 0, 0], 30) == ranks
    assert bounded(ranks, sizes, past, [4, 5, 6], 30) != ranks
    lower = [rank for rank, _ in pairwise(sorted(set(bounded(ranks, sizes, past, [4, 5, 6], 30))))]
    assert len(lower) >= 3
