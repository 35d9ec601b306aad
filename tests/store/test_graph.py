"""Graphs of plain numbers: scores against a count by hand, cycles, roots, reach; whatever the edges."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.graph import DEPTH, Links, cycles, freed, roots, scores, shortest_paths

NODES = tuple(range(7))
EDGES = st.lists(st.tuples(st.sampled_from(NODES), st.sampled_from(NODES)), max_size=18)
WEIGHTS = st.lists(st.sampled_from([4, 2, 1]), min_size=len(NODES), max_size=len(NODES))
Edges = list[tuple[int, int]]


def counted(edges: Edges, weights: list[int], *, closed: frozenset[int] = frozenset()) -> dict[int, Fraction]:
    """The scores of the nodes that are not closed, as the package gives them."""
    left = [node for node in range(len(weights)) if node not in closed]
    found = scores(Links.of(left, edges), [weights[node] for node in left])
    return {node: Fraction(score.units, 1 << DEPTH) for node, score in zip(left, found, strict=True)}


def steps(edges: Edges, start: int, end: int, number: int) -> bool:
    """Whether some walk of this many edges leads from one node to another."""
    if number == 0:
        return start == end
    return any(steps(edges, target, end, number - 1) for source, target in set(edges) if source == start)


def distances(edges: Edges) -> dict[tuple[int, int], int]:
    """The edges between every two nodes of which one reaches the other, by relaxing until nothing changes."""
    found = {(node, node): 0 for node in NODES}
    for _ in NODES:
        for source, target in edges:
            for end in NODES:
                if (target, end) in found:
                    far = found[target, end] + 1
                    found[source, end] = min(far, found.get((source, end), far))
    return found


@given(EDGES, WEIGHTS)
def test_a_score_is_the_weight_and_all_that_is_reached_halved_by_each_step(edges: Edges, weights: list[int]) -> None:
    far = distances(edges)
    expected = [
        sum(Fraction(weights[end], 2 ** far[start, end]) for end in NODES if (start, end) in far) for start in NODES
    ]
    reach = [sum((start, end) in far for end in NODES) - 1 for start in NODES]
    links = Links.of(NODES, edges)
    one_by_one, in_batches = scores(links, weights), scores(links, weights, most_followed=0)
    assert one_by_one == in_batches
    assert [Fraction(score.units, 1 << DEPTH) for score in one_by_one] == expected
    assert [score.value for score in one_by_one] == expected
    assert [score.reach for score in one_by_one] == reach
    assert not any(score.cut for score in one_by_one)


@given(EDGES, WEIGHTS, st.sampled_from(NODES), st.sampled_from(NODES))
def test_cycles_do_not_inflate_a_score(edges: Edges, weights: list[int], node: int, other: int) -> None:
    before = counted(edges, weights)
    most = weights[node] + Fraction(sum(weights) - weights[node], 2)
    assert weights[node] <= before[node] <= most
    if (node, other) in distances(edges):
        # What it reaches now feeds it too: a cycle that was not there, or one more way around.
        assert counted([*edges, (other, node)], weights)[node] == before[node]


@given(
    EDGES, WEIGHTS, st.lists(st.tuples(st.sampled_from(NODES), st.booleans()), max_size=6), st.sampled_from([4, 2, 1])
)
def test_one_more_open_item_downstream_never_lowers_a_score(
    edges: Edges, weights: list[int], ties: list[tuple[int, bool]], weight: int
) -> None:
    new = len(NODES)
    more = [(node, new) if into else (new, node) for node, into in ties]
    before, after = counted(edges, weights), counted(edges + more, [*weights, weight])
    assert all(after[node] >= before[node] for node in NODES)
    fed = {node for node, into in ties if into}
    assert all(after[node] > before[node] for node in fed)


@given(EDGES, WEIGHTS, st.sampled_from(NODES), st.frozensets(st.sampled_from(NODES), max_size=3))
def test_mitigating_an_item_never_raises_another(
    edges: Edges, weights: list[int], node: int, closed: frozenset[int]
) -> None:
    before = counted(edges, weights, closed=closed)
    after = counted(edges, weights, closed=closed | {node})
    assert all(after[other] <= before[other] for other in after)


def test_the_nearest_way_counts_and_closed_items_carry_nothing() -> None:
    edges = [(0, 1), (1, 2), (0, 2), (0, 2), (2, 3), (3, 3)]
    weights = [4, 2, 1, 4, 1, 1, 1]
    assert counted(edges, weights)[0] == 4 + Fraction(2, 2) + Fraction(1, 2) + Fraction(4, 4)
    assert counted(edges, weights, closed=frozenset({2})) == {0: 5, 1: 2, 3: 4, 4: 1, 5: 1, 6: 1}


@pytest.mark.parametrize("followed", [10**9, 0])
def test_what_is_too_far_away_is_left_out_and_said_to_be(followed: int) -> None:
    length = DEPTH + 20
    found = scores(
        Links.of(range(length), [(node, node + 1) for node in range(length - 1)]), [4] * length, most_followed=followed
    )
    assert [score.reach for score in found] == [min(DEPTH, length - 1 - node) for node in range(length)]
    assert [score.cut for score in found] == [length - 1 - node >= DEPTH for node in range(length)]
    assert Fraction(found[0].units, 1 << DEPTH) == 8 - Fraction(4, 2**DEPTH)
    assert found[-1].value == 4


def test_what_is_too_much_for_one_by_one_is_counted_in_batches() -> None:
    side = 100
    edges = [(node, side) for node in range(side)] + [(side, node) for node in range(side + 1, 2 * side + 1)]
    found = scores(Links.of(range(2 * side + 1), edges), [1] * (2 * side + 1), most_followed=20 * side)
    assert found[0].value == 1 + 1 / 2 + side / 4
    assert (found[0].reach, found[side].reach, found[side + 1].reach) == (side + 1, side, 0)


def test_no_nodes_have_no_scores() -> None:
    assert scores(Links.of((), ()), ()) == ()
    assert cycles(Links.of((), ())) == ()


@given(EDGES)
def test_cycles_are_the_nodes_that_reach_each_other(edges: Edges) -> None:
    far = distances(edges)
    alike = {
        frozenset(other for other in NODES if (node, other) in far and (other, node) in far)
        for node in NODES
        if any(steps(edges, node, node, number) for number in range(1, len(NODES) + 1))
    }
    found = cycles(Links.of(NODES, edges))
    assert {frozenset(cycle.members) for cycle in found} == alike
    assert [cycle.members[0] for cycle in found] == sorted(min(members) for members in alike)
    for cycle in found:
        inner = {edge for edge in edges if edge[0] in cycle.members and edge[1] in cycle.members}
        around = set(zip(cycle.members, (*cycle.members[1:], cycle.members[0]), strict=True))
        assert cycle.ring == (inner == around)
        assert cycle.ring or cycle.members == tuple(sorted(cycle.members))
        assert cycle.root == all(source in cycle.members for source, target in edges if target in cycle.members)


@given(EDGES)
def test_roots_are_fed_by_nothing_and_the_freed_by_one_alone(edges: Edges) -> None:
    links = Links.of(NODES, edges)
    feeders = {node: {source for source, target in edges if target == node} - {node} for node in NODES}
    assert roots(links) == {node for node in NODES if not feeders[node]}
    for node in NODES:
        left = Links.of([other for other in NODES if other != node], edges)
        fresh = {left.nodes[at] for at in roots(left)} - roots(links)
        assert set(freed(links, node)) == fresh


@given(EDGES, st.sampled_from(NODES), st.none() | st.frozensets(st.sampled_from(NODES)))
def test_what_is_reachable_with_the_shortest_paths(edges: Edges, start: int, among: frozenset[int] | None) -> None:
    passed = set(NODES) if among is None else among | {start}
    far = distances([edge for edge in edges if passed.issuperset(edge)])
    found = shortest_paths(start, Links.of(NODES, edges).targets, among=among)
    assert {end: distance for end, (distance, _) in found.items()} == {
        end: distance for (source, end), distance in far.items() if source == start and end != start
    }
    assert list(found.values()) == sorted(found.values(), key=lambda each: each[0])
    for end, (distance, before) in found.items():
        assert (before, end) in edges
        assert distance == (found[before][0] if before != start else 0) + 1
