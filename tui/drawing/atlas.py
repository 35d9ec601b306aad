"""The dependencies of a register as something to draw parts of: neighbourhoods, categories, graphs."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from tui.render.badges import boxed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import networkx as nx

    from store.queries.dependency_map import EdgeRow, MapRows, NodeRow
    from tui.render.text import Glyphs

_GROUP = "group "
MOST_REACHED = 1000
"""Items up to which what an item reaches is counted."""


class Atlas:
    """The map's rows with what leads where; made once for the rows, and asked for one drawing after another."""

    def __init__(self, rows: MapRows) -> None:
        self.rows = rows
        self.nodes: dict[str, NodeRow] = {node.key: node for node in rows.nodes}
        self.categories = frozenset(node.category for node in rows.nodes)
        self._outs: dict[str, list[EdgeRow]] = {}
        self._ins: dict[str, list[EdgeRow]] = {}
        for edge in sorted(rows.edges, key=lambda edge: edge.position):
            self._outs.setdefault(edge.source, []).append(edge)
            self._ins.setdefault(edge.target, []).append(edge)

    @property
    def busiest(self) -> str | None:
        """The item with most dependencies, the first of them in the document; None without any item."""
        degree = Counter(end for edge in self.rows.edges for end in (edge.source, edge.target))
        return min(self.nodes, key=lambda key: (-degree[key], self.nodes[key].rank), default=None)

    def of(self, key: str) -> list[EdgeRow]:
        """The edges of an item in stored order: into it, then out of it; a loop once."""
        outs = [edge for edge in self._outs.get(key, ()) if edge.target != key]
        return [*self._ins.get(key, ()), *outs]

    def around(self, key: str, hops: int) -> set[str]:
        """What feeds an item over at most `hops` edges, what it feeds over as many, and itself."""
        found = {key}
        for edges, far in ((self._ins, "source"), (self._outs, "target")):
            fresh = {key}
            for _ in range(hops):
                fresh = {getattr(edge, far) for end in fresh for edge in edges.get(end, ())} - found
                found |= fresh
        return found

    def reach(self, key: str) -> str:
        """How many items an item reaches, its blast radius, as a number; many are only said to be many."""
        found, fresh = {key}, [key]
        while fresh and len(found) <= MOST_REACHED:
            for edge in self._outs.get(fresh.pop(), ()):
                if edge.target not in found:
                    found.add(edge.target)
                    fresh.append(edge.target)
        return f"{len(found) - 1:,}" if not fresh else f"over {MOST_REACHED:,}"

    def within(self, keys: set[str]) -> list[EdgeRow]:
        """The edges between some items, in stored order."""
        edges = [edge for key in keys for edge in self._outs.get(key, ()) if edge.target in keys]
        return sorted(edges, key=lambda edge: edge.position)

    def part(self, key: str, hops: int) -> MapRows:
        """The rows of an item's neighbourhood: over one hop its own edges, over more all between what is there."""
        from store.queries.dependency_map import MapRows as Rows

        keys = self.around(key, hops)
        kept = self.within(keys) if hops > 1 else self.of(key)
        positions = {edge.position for edge in kept}
        nodes = tuple(node for node in self.rows.nodes if node.key in keys)
        return Rows(nodes, tuple(edge for edge in self.rows.edges if edge.position in positions))

    def graph(self, keys: Iterable[str], edges: Iterable[EdgeRow], glyphs: Glyphs) -> nx.MultiDiGraph[str]:
        """Some items in document order with some edges, to be laid out."""
        import networkx

        graph: nx.MultiDiGraph[str] = networkx.MultiDiGraph()
        for node in sorted((self.nodes[key] for key in keys), key=lambda node: node.rank):
            head = f"{''.join(mark for mark, _ in boxed(node, glyphs))} {node.key}"
            graph.add_node(node.key, head=head, title=node.lead, group=node.category)
        for edge in edges:
            graph.add_edge(edge.source, edge.target, label=edge.label, position=edge.position)
        return graph

    def overview(self, names: Mapping[str, str]) -> nx.MultiDiGraph[str]:
        """A node for each category with its unresolved items of all, and edges that count those they stand for."""
        import networkx

        nodes = sorted(self.rows.nodes, key=lambda node: node.rank)
        totals, unresolved = Counter(n.category for n in nodes), Counter(n.category for n in nodes if n.status.is_open)
        graph: nx.MultiDiGraph[str] = networkx.MultiDiGraph()
        for code, total in totals.items():
            graph.add_node(code, head=f"{code} {unresolved[code]} of {total}", title=names.get(code, ""))
        pairs = Counter((self.nodes[e.source].category, self.nodes[e.target].category) for e in self.rows.edges)
        for (source, target), count in pairs.items():
            graph.add_edge(source, target, label=f"{count:,}")
        return graph


def of_category(rows: MapRows, category: str | None) -> MapRows:
    """The rows of a category's items and of what they feed or are fed by; all rows without a category."""
    from store.queries.dependency_map import MapRows as Rows

    if category is None:
        return rows
    own = {node.key for node in rows.nodes if node.category == category}
    edges = tuple(edge for edge in rows.edges if edge.source in own or edge.target in own)
    ends = keys_of(edges)
    return Rows(tuple(node for node in rows.nodes if node.key in ends), edges)


def group_key(name: str) -> str:
    """The key of a box that stands for a group; no item's key has a blank."""
    return f"{_GROUP}{name}"


def group_of(key: str) -> str | None:
    """The name of the group that a box stands for, None where it stands for an item."""
    return key.removeprefix(_GROUP) if key.startswith(_GROUP) else None


def counted(number: int, word: str, words: str) -> str:
    """`1 item`, `1,200 items`."""
    return f"{number:,} {word if number == 1 else words}"


def items(number: int) -> str:
    """A number of items in words."""
    return counted(number, "item", "items")


def dependencies(number: int) -> str:
    """A number of dependencies in words."""
    return counted(number, "dependency", "dependencies")


def keys_of(edges: Sequence[EdgeRow]) -> set[str]:
    """The ends of some edges."""
    return {end for edge in edges for end in (edge.source, edge.target)}
