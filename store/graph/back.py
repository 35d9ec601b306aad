"""Which edges run back, so that without them a graph has no cycle."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

Pair = tuple[int, int]
SMALL = 400
"""Edges of a cycle up to which they are looked at one by one, each with all those before it."""


def back_edges(count: int, edges: Sequence[Pair]) -> list[bool]:
    """Whether each edge between `count` nodes runs back; a loop always does.

    As few as two rules find: the edges that close a cycle with those stored before them, so that a new edge leaves
    the others as they are, or the greedy rule of Eades, Lin and Smyth (1993) where that takes fewer. Where very many
    edges lead round in circles, those that lead up a depth-first search.
    """
    found = [source == target for source, target in edges]
    part = _parts(count, edges)
    inside: dict[int, list[int]] = {}
    for number, (source, target) in enumerate(edges):
        if not found[number] and part[source] == part[target]:
            inside.setdefault(part[source], []).append(number)
    for numbers in inside.values():
        nodes = {node: at for at, node in enumerate(sorted({end for n in numbers for end in edges[n]}))}
        # However many edges there are between two nodes, they count as one: who draws each and who names pairs agree.
        pairs = dict.fromkeys((nodes[edges[number][0]], nodes[edges[number][1]]) for number in numbers)
        back = dict(zip(pairs, _round(len(nodes), list(pairs)), strict=True))
        for number in numbers:
            found[number] = back[nodes[edges[number][0]], nodes[edges[number][1]]]
    return found


def _parts(count: int, edges: Sequence[Pair]) -> list[int]:
    """For each node the number of its strongly connected component."""
    # It is slow to import, and nothing but the map needs it.
    import networkx as nx

    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_nodes_from(range(count))
    graph.add_edges_from(edges)
    part = [0] * count
    for number, members in enumerate(nx.strongly_connected_components(graph)):
        for node in members:
            part[node] = number
    return part


def _round(count: int, edges: Sequence[Pair]) -> list[bool]:
    """The edges that run back among those of one component."""
    if len(edges) > SMALL:
        return _by_depth(count, edges)
    stored, greedy = _stored(count, edges), _greedy(count, edges)
    return stored if sum(stored) <= sum(greedy) else greedy


def _by_depth(count: int, edges: Sequence[Pair]) -> list[bool]:
    """The edges that lead to a node which a depth-first search leaves later."""
    import networkx as nx

    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_nodes_from(range(count))
    graph.add_edges_from(edges)
    place = {node: number for number, node in enumerate(nx.dfs_postorder_nodes(graph))}
    return [place[source] <= place[target] for source, target in edges]


def _stored(count: int, edges: Sequence[Pair]) -> list[bool]:
    """The edges that close a cycle with the edges before them."""
    below: list[set[int]] = [set() for _ in range(count)]
    found = []
    for source, target in edges:
        back = _reaches(below, target, source)
        found.append(back)
        if not back:
            below[source].add(target)
    return found


def _reaches(below: Sequence[set[int]], start: int, end: int) -> bool:
    seen, fresh = {start}, [start]
    while fresh:
        node = fresh.pop()
        if node == end:
            return True
        new = below[node] - seen
        seen |= new
        fresh += new
    return False


def _greedy(count: int, edges: Sequence[Pair]) -> list[bool]:
    """Sinks go to the end, sources to the beginning, else the node with most edges out over edges in."""
    out: list[list[int]] = [[] for _ in range(count)]
    into: list[list[int]] = [[] for _ in range(count)]
    for source, target in edges:
        out[source].append(target)
        into[target].append(source)
    outs, ins = [len(ends) for ends in out], [len(ends) for ends in into]
    left = dict.fromkeys(range(count))
    first: list[int] = []
    last: list[int] = []

    def take(node: int) -> None:
        del left[node]
        for target in out[node]:
            ins[target] -= 1
        for source in into[node]:
            outs[source] -= 1

    while left:
        sinks = [node for node in left if outs[node] == 0]
        sources = [node for node in left if ins[node] == 0 and outs[node]]
        for node in sinks:
            last.append(node)
            take(node)
        for node in sources:
            first.append(node)
            take(node)
        if not sinks and not sources:
            node = max(left, key=lambda node: outs[node] - ins[node])
            first.append(node)
            take(node)
    place = {node: number for number, node in enumerate([*first, *reversed(last)])}
    return [place[source] > place[target] for source, target in edges]
