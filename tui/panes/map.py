"""The map pane: the dependencies as a list in cascade order, with labels and cycles marked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.panes.items import STATUS_STYLE
from tui.text import Glyphs, line
from tui.widgets.line_view import LineView

if TYPE_CHECKING:
    from store.rows import EdgeRow, MapRows, NodeRow
    from tui.lines import Line

MAX_INDENT = 6


def list_lines(rows: MapRows, category: str | None, glyphs: Glyphs) -> tuple[list[Line], dict[int, str]]:
    """A row for each node, its edges under it; with a category, only edges that touch it.

    Returns the lines and the item key that a line stands for.
    """
    of_category = {node.key for node in rows.nodes if category is None or node.category == category}
    edges = [edge for edge in rows.edges if edge.source in of_category or edge.target in of_category]
    touched = {key for edge in edges for key in (edge.source, edge.target)}
    outgoing: dict[str, list[EdgeRow]] = {}
    for edge in edges:
        outgoing.setdefault(edge.source, []).append(edge)
    lines: list[Line] = []
    keys: dict[int, str] = {}
    for node in rows.nodes:
        if node.key not in touched:
            continue
        keys[len(lines)] = node.key
        lines.append(_node(node, glyphs))
        own = outgoing.get(node.key, [])
        indent = "  " * min(node.depth, MAX_INDENT)
        for number, edge in enumerate(own):
            branch = glyphs.branch[1 if number == len(own) - 1 else 0]
            back: Line = ((" closes a cycle", "warning"),) if edge.back else ()
            label = f"{line(edge.label)} " if edge.label else ""
            lines.append(
                (
                    (f"{indent}   {branch} ", "quiet"),
                    (f"{label}{glyphs.arrow} ", "quiet"),
                    (line(edge.target), ""),
                    *back,
                )
            )
    return lines, keys


def _node(node: NodeRow, glyphs: Glyphs) -> Line:
    resolved = not node.status.is_open
    state = glyphs.state(node.severity, node.status)
    return (
        ("  " * min(node.depth, MAX_INDENT), ""),
        (state[0], node.severity.value.lower()),
        (state[1], STATUS_STYLE[node.status.value]),
        (f" {line(node.key)}", "quiet" if resolved else "strong"),
        (f"  {line(node.lead)}", "quiet" if resolved else ""),
        ("  in a cycle" if node.in_cycle else "", "warning"),
    )


class MapPane(LineView):
    """The cursor stands on nodes; the chosen item is the chosen node."""

    def __init__(self, *, glyphs: Glyphs) -> None:
        super().__init__(id="map", glyphs=glyphs)
        self.lines: list[Line] = []
        self.keys: dict[int, str] = {}

    def show(self, rows: MapRows, category: str | None) -> None:
        """New rows; repaints only if they differ."""
        lines, keys = list_lines(rows, category, self.glyphs)
        if not lines:
            where = "in this category" if category else "yet"
            lines = [((f"No dependencies {where}; l links the chosen item to another.", "quiet"),)]
        if lines != self.lines:
            self.lines, self.keys = lines, keys
            self.rows_changed()
            self.place_cursor(self.cursor)

    def choose(self, key: str | None) -> None:
        """Put the cursor on an item's node, if it has one here."""
        for index, node in self.keys.items():
            if node == key:
                self.place_cursor(index)
                return

    @property
    def row_count(self) -> int:
        """All lines."""
        return len(self.lines)

    def row(self, index: int, width: int) -> Line:  # noqa: ARG002 (the painter cuts)
        """One line."""
        return self.lines[index]

    def is_stop(self, index: int) -> bool:
        """The nodes."""
        return index in self.keys
