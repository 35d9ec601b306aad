"""The dependencies of a register as something to draw parts of: neighborhoods, categories, graphs."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from store.enums import Severity, Status
from store.text import number_of
from tui.render.badges import boxed, flags, state
from tui.render.lines import clip, width_of
from tui.render.text import cut, line, plain_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import networkx as nx

    from store.queries.dependency_map import EdgeRow, MapRows, NodeRow
    from tui.render.lines import Line
    from tui.render.text import Glyphs

_GROUP = "group "

MOST_REACHED = 1000

"""Items up to which what an item reaches is counted."""


class GraphIndex:
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
        """The rows of an item's neighborhood: over one hop its own edges, over more all between what is there."""
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
            graph.add_node(node.key, head=head, title=plain_line(node.lead), group=node.category)
        for edge in edges:
            graph.add_edge(edge.source, edge.target, label=edge.label, position=edge.position)
        return graph

    def overview(self, names: Mapping[str, str]) -> nx.MultiDiGraph[str]:
        """A node for each category with its unresolved items of all, and edges that count those they represent."""
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
    """The key of a box that represents a group; no item's key has a blank."""
    return f"{_GROUP}{name}"


def group_of(key: str) -> str | None:
    """The name of the group that a box represents, None where it represents an item."""
    return key.removeprefix(_GROUP) if key.startswith(_GROUP) else None


def items(number: int) -> str:
    """A number of items in words."""
    return number_of(number, "item")


def dependencies(number: int) -> str:
    """A number of dependencies in words."""
    return number_of(number, "dependency", "dependencies")


def keys_of(edges: Sequence[EdgeRow]) -> set[str]:
    """The ends of some edges."""
    return {end for edge in edges for end in (edge.source, edge.target)}


MAX_INDENT = 6


class Listing:
    """Rows that are made when they are shown: a list of any length costs no more than what is seen of it.

    `places` has the row of each item.
    """

    def __init__(self, rows: MapRows) -> None:
        self._rows = rows
        outs: dict[str, list[int]] = {}
        for number, edge in enumerate(rows.edges):
            outs.setdefault(edge.source, []).append(number)
        self._at: list[tuple[int, int]] = []
        self._last: set[int] = set()
        self.places: dict[str, int] = {}
        for number, node in enumerate(rows.nodes):
            self.places[node.key] = len(self._at)
            self._at.append((number, -1))
            own = outs.get(node.key, ())
            self._at += [(number, edge) for edge in own]
            self._last.update(own[-1:])

    def __len__(self) -> int:
        """All rows."""
        return len(self._at)

    def node(self, row: int) -> NodeRow:
        """The item of a row, or from which its edge leads."""
        return self._rows.nodes[self._at[row][0]]

    def edge(self, row: int) -> EdgeRow | None:
        """The edge of a row, None where the row is an item's."""
        number = self._at[row][1]
        return self._rows.edges[number] if number >= 0 else None

    def line(self, row: int, width: int, glyphs: Glyphs) -> Line:
        """What a row shows in at most `width` cells; the label gives way before the target does."""
        node, edge = self.node(row), self.edge(row)
        if edge is None:
            return self.head(node, width, glyphs)
        branch = glyphs.branch[1 if self._at[row][1] in self._last else 0]
        tail: Line = ((f"{' ' if edge.label else ''}{glyphs.arrow} ", "quiet"), (line(edge.target), ""))
        if edge.back:
            tail += ((" closes a cycle", "warning"),)
        head = f"{'  ' * min(node.depth, MAX_INDENT)}   {branch} "
        label = cut(line(edge.label), max(width - len(head) - width_of(tail), 0), glyphs.more)
        return clip(((head, "quiet"), (label, "quiet"), *tail), width, glyphs.more)

    def head(self, node: NodeRow, width: int, glyphs: Glyphs) -> Line:
        """The row of an item."""
        resolved = not node.status.is_open
        head: Line = (
            ("  " * min(node.depth, MAX_INDENT), ""),
            *state(node.severity, node.status, glyphs, supposed=node.assumed),
            (f" {line(node.key)}", "quiet" if resolved else "strong"),
            *flags(node.flags, glyphs),
        )
        tail: Line = (("  as if fixed", "warning"),) if node.assumed else ()
        tail += (("  in a cycle", "warning"),) if node.in_cycle else ()
        lead = cut(f"  {plain_line(node.lead)}", max(width - width_of(head) - width_of(tail), 0), glyphs.more)
        return clip((*head, (lead, "quiet" if resolved else ""), *tail), width, glyphs.more)


class CategoryListing(Listing):
    """A row for each category, and under it how many of its dependencies lead to which other."""

    def __init__(self, graph: nx.MultiDiGraph[str]) -> None:
        from store.queries.dependency_map import EdgeRow as Edge
        from store.queries.dependency_map import MapRows as Rows
        from store.queries.dependency_map import NodeRow as Node

        self._heads = {code: line(data.get("head")) for code, data in graph.nodes(data=True)}
        nodes = (
            Node(code, line(data.get("title")), Severity.LOW, Status.OPEN, code, depth=0, in_cycle=False)
            for code, data in graph.nodes(data=True)
        )
        edges = (Edge(source, target, str(data.get("label"))) for source, target, data in graph.edges(data=True))
        super().__init__(Rows(tuple(nodes), tuple(edges)))

    def head(self, node: NodeRow, width: int, glyphs: Glyphs) -> Line:
        """The row of a category: code, unresolved items of all, name."""
        return clip(((self._heads[node.key], "strong"), (f"  {plain_line(node.lead)}", "")), width, glyphs.more)
