"""Cascades: in which order debt makes other debt worse, and where that runs in circles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic

from store.graph.back import back_edges
from store.graph.links import Node

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


@dataclass(frozen=True, slots=True)
class Cascade(Generic[Node]):
    """Nodes in cascade order: sources before targets, but for the edges in `back`, which close circles."""

    order: tuple[Node, ...]
    in_cycle: frozenset[Node]
    back: frozenset[tuple[Node, Node]]


def cascade(nodes: Sequence[Node], edges: Iterable[tuple[Node, Node]]) -> Cascade[Node]:
    """Put nodes into cascade order; where the edges leave a choice, the order of `nodes` decides.

    `edges` are in stored order: which of them close circles depends on it.
    """
    # It is slow to import, and nothing but the map needs it.
    import networkx as nx

    rank = {node: number for number, node in enumerate(nodes)}
    pairs = list(dict.fromkeys(edges))
    runs_back = back_edges(len(rank), [(rank[source], rank[target]) for source, target in pairs])
    back = {pair for pair, own in zip(pairs, runs_back, strict=True) if own}
    graph: nx.DiGraph[Node] = nx.DiGraph()
    graph.add_nodes_from(nodes)
    graph.add_edges_from(pairs)
    in_cycle = {
        node
        for members in nx.strongly_connected_components(graph)
        for node in members
        if len(members) > 1 or graph.has_edge(node, node)
    }
    graph.remove_edges_from(back)
    order = nx.lexicographical_topological_sort(graph, key=rank.__getitem__)
    return Cascade(tuple(order), frozenset(in_cycle), frozenset(back))


def depths(order: Iterable[Node], edges: Iterable[tuple[Node, Node]]) -> dict[Node, int]:
    """How many edges each node is below the first of its cascade, by the longest way; `edges` follow `order`."""
    sources: dict[Node, list[Node]] = {}
    for source, target in edges:
        sources.setdefault(target, []).append(source)
    found: dict[Node, int] = {}
    for node in order:
        found[node] = 1 + max((found[source] for source in sources.get(node, ())), default=-1)
    return found
