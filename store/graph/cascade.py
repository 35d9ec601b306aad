"""Cascades: in which order debt makes other debt worse, and where that runs in circles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic

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
    """Put nodes into cascade order; where the edges leave a choice, the order of `nodes` decides."""
    # It is slow to import, and nothing but the map needs it.
    import networkx as nx  # type: ignore[import-untyped]

    rank = {node: number for number, node in enumerate(nodes)}
    graph = nx.DiGraph()
    graph.add_nodes_from(nodes)
    graph.add_edges_from(edges)
    in_cycle: set[Node] = set()
    back: set[tuple[Node, Node]] = set()
    for members in nx.strongly_connected_components(graph):
        if len(members) == 1 and not any(graph.has_edge(node, node) for node in members):
            continue
        inner = graph.subgraph(members)
        in_cycle |= members
        # The circle is entered where something outside feeds it, else where it comes first in the document.
        fed = {node for node in members if any(source not in members for source in graph.predecessors(node))}
        entry = min(fed or members, key=rank.__getitem__)
        last_first = nx.dfs_postorder_nodes(
            inner, entry, sort_neighbors=lambda found: sorted(found, key=rank.__getitem__, reverse=True)
        )
        place = {node: -number for number, node in enumerate(last_first)}
        back |= {(source, target) for source, target in inner.edges if place[target] <= place[source]}
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
