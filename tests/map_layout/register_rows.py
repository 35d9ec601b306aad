"""The rows of a map as the store answers them, made from a graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.enums import RATINGS, Status, letter
from store.graph import cascade
from store.queries.dependency_map import EdgeRow, MapRows, NodeRow
from tui.map_layout.graph_index import GraphIndex

if TYPE_CHECKING:
    import networkx as nx

    from tests.map_layout.graphs import Edge

_SEVERITIES = {letter(severity): severity for severity in RATINGS}
_STATUSES = dict(zip("●◐✓○", Status, strict=True))


def rows(graph: nx.MultiDiGraph, stored: list[Edge] | None = None) -> MapRows:
    """The rows of the nodes and edges of a graph; `stored` are its edges in the document's order, if it is another."""
    edges = stored if stored is not None else list(graph.edges(data="label"))
    whole = cascade(list(graph), [(source, target) for source, target, _ in edges])
    depth = whole.depth
    rank = {key: number for number, key in enumerate(graph)}
    return MapRows(
        nodes=tuple(_node(graph, key, rank[key], depth[key], key in whole.in_cycle) for key in whole.order),
        edges=tuple(EdgeRow(*edge, back=edge[:2] in whole.back, position=number) for number, edge in enumerate(edges)),
    )


def _node(graph: nx.MultiDiGraph, key: str, rank: int, depth: int, in_cycle: bool) -> NodeRow:
    head = graph.nodes[key]["head"]
    return NodeRow(
        key=key,
        lead=graph.nodes[key]["title"],
        severity=_SEVERITIES[head[0]],
        status=_STATUSES[head[1]],
        category=key.partition("-")[0],
        depth=depth,
        in_cycle=in_cycle,
        rank=rank,
    )


def index(graph: nx.MultiDiGraph, stored: list[Edge] | None = None) -> GraphIndex:
    """The index of a graph."""
    return GraphIndex(rows(graph, stored))
