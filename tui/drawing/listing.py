"""The map as a list: a row for each item in cascade order, and under it one for each edge out of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.enums import Severity, Status
from tui.render.badges import flags, state
from tui.render.lines import clip, width_of
from tui.render.text import cut, line

if TYPE_CHECKING:
    import networkx as nx

    from store.queries.dependency_map import EdgeRow, MapRows, NodeRow
    from tui.render.lines import Line
    from tui.render.text import Glyphs

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
        lead = cut(f"  {line(node.lead)}", max(width - width_of(head) - width_of(tail), 0), glyphs.more)
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
        return clip(((self._heads[node.key], "strong"), (f"  {node.lead}", "")), width, glyphs.more)
