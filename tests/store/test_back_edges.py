"""Which edges run back: without them no cycle is left, few of them, the newest, and the same whoever asks."""

from __future__ import annotations

from itertools import combinations, permutations
from random import Random

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.graph import SMALL_COMPONENT, back_edges

NODES = 6
EDGES = st.lists(st.tuples(st.integers(0, NODES - 1), st.integers(0, NODES - 1)), max_size=14)
Edges = list[tuple[int, int]]


def forward(edges: Edges, back: list[bool]) -> Edges:
    return [edge for edge, own in zip(edges, back, strict=True) if not own]


def fewest(edges: Edges) -> int:
    """The least number of pairs that run back, by trying every order of the nodes."""
    pairs = set(edges)
    return min(sum(place[source] >= place[target] for source, target in pairs) for place in permutations(range(NODES)))


@given(EDGES)
def test_no_cycle_is_left(edges: Edges) -> None:
    back = back_edges(NODES, edges)
    assert len(back) == len(edges)
    assert nx.is_directed_acyclic_graph(nx.DiGraph(forward(edges, back)))
    # What is in no cycle never runs back; a loop always does.
    graph = nx.DiGraph(edges)
    for (source, target), own in zip(edges, back, strict=True):
        assert not own or nx.has_path(graph, target, source)
        assert own or source != target


@given(EDGES)
def test_edges_between_the_same_nodes_run_the_same_way(edges: Edges) -> None:
    once = list(dict.fromkeys(edges))
    ways = dict(zip(once, back_edges(NODES, once), strict=True))
    assert back_edges(NODES, edges) == [ways[edge] for edge in edges]


def test_few_run_back() -> None:
    """Against the fewest there can be, on small maps: none has more than two too many, and few have even one."""
    random = Random(1)
    pairs = [(source, target) for source in range(NODES) for target in range(NODES) if source != target]
    found = best = 0
    for _ in range(60):
        edges = random.sample(pairs, random.randint(6, 14))
        own, least = sum(back_edges(NODES, edges)), fewest(edges)
        assert least <= own <= least + 2
        found, best = found + own, best + least
    assert found <= 1.25 * best


@pytest.mark.parametrize("count", range(2, 9))
def test_one_edge_of_a_ring_runs_back_and_it_is_the_newest(count: int) -> None:
    ring = [(node, (node + 1) % count) for node in range(count)]
    for start in range(count):
        edges = ring[start:] + ring[:start]
        assert back_edges(count, edges) == [False] * (count - 1) + [True]


def test_an_edge_that_closes_a_cycle_leaves_the_others_as_they_are() -> None:
    random = Random(2)
    for _ in range(200):
        order = random.sample(range(8), 8)
        edges = random.sample(list(combinations(order, 2)), 12)
        assert not any(back_edges(8, edges))
        target, source = random.choice(edges)
        newest = (source, target)
        assert back_edges(8, [*edges, newest]) == [False] * 12 + [True]


def test_a_great_tangle_is_parted_too() -> None:
    random = Random(3)
    nodes = SMALL_COMPONENT // 2
    edges = [(random.randrange(nodes), random.randrange(nodes)) for _ in range(3 * SMALL_COMPONENT)]
    back = back_edges(nodes, edges)
    assert nx.is_directed_acyclic_graph(nx.DiGraph(forward(edges, back)))
    assert sum(back) < len(edges) / 2
