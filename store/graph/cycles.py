"""Cycles: groups of nodes each of which leads back to itself through the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from store.graph.links import Links, Node


@dataclass(frozen=True, slots=True)
class Cycle:
    """A strongly connected component, or one node that feeds itself; its first member is the first of the nodes.

    In a `ring` each member feeds the next and the last the first, and there is no other edge among them; else
    the members are in the order of the nodes. A `root` is fed by no node outside.
    """

    members: tuple[int, ...]
    ring: bool
    root: bool


def cycles(links: Links[Node]) -> tuple[Cycle, ...]:
    """The cycles of a graph, in the order of their first members."""
    if not any(links.targets) and not links.loops:
        return ()
    # It is slow to import, and a graph without edges does not need it.
    import networkx as nx

    graph: nx.DiGraph[int] = nx.DiGraph(
        (source, target) for source, found in enumerate(links.targets) for target in found
    )
    graph.add_nodes_from(links.loops)
    found = [
        _cycle(links, members)
        for members in nx.strongly_connected_components(graph)
        if len(members) > 1 or not members.isdisjoint(links.loops)
    ]
    return tuple(sorted(found, key=lambda cycle: cycle.members[0]))


def _cycle(links: Links[Node], members: set[int]) -> Cycle:
    inner = {node: [target for target in links.targets[node] if target in members] for node in members}
    ring = len(members) == 1 or (all(len(found) == 1 for found in inner.values()) and members.isdisjoint(links.loops))
    ordered = _around(inner) if ring else sorted(members)
    root = all(source in members for node in members for source in links.sources[node])
    return Cycle(tuple(ordered), ring, root)


def _around(inner: dict[int, list[int]]) -> list[int]:
    """The nodes of a ring, each before the one it feeds."""
    walked = [min(inner)]
    while len(walked) < len(inner):
        walked.append(inner[walked[-1]][0])
    return walked
