"""The map pane: the dependencies as a list in cascade order, with labels and cycles marked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.lines import width_of
from tui.panes.items import STATUS_STYLE
from tui.text import Glyphs, cut, line
from tui.widgets.line_view import LineView

if TYPE_CHECKING:
    from store.rows import EdgeRow, MapRows, NodeRow
    from tui.lines import Line

MAX_INDENT = 6


def list_lines(rows: MapRows, category: str | None, glyphs: Glyphs, width: int) -> tuple[list[Line], dict[int, str]]:
    """A row for each node, its edges under it; with a category, only edges that touch it.
    Labels give way so that the target always shows.

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
            tail: Line = ((f" {glyphs.arrow} ", "quiet"), (line(edge.target), ""))
            if edge.back:
                tail += ((" closes a cycle", "warning"),)
            head = f"{indent}   {branch} "
            label = cut(line(edge.label), max(width - len(head) - width_of(tail), 8), glyphs.more)
            lines.append(((head, "quiet"), (label, "quiet"), *tail))
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
        self.shown: tuple[MapRows, str | None] | None = None
        self.lines: list[Line] = []
        self.keys: dict[int, str] = {}
        self.chosen: str | None = None

    @property
    def marks_cursor(self) -> bool:
        """Only on the chosen item, unless the keys are here."""
        return self.has_focus or self.keys.get(self.cursor) == self.chosen

    def show(self, rows: MapRows, category: str | None) -> None:
        """New rows; repaints only if they differ."""
        if self.shown != (rows, category):
            self.shown = (rows, category)
            self._build()

    def _build(self) -> None:
        if self.shown is None:
            return
        rows, category = self.shown
        lines, keys = list_lines(rows, category, self.glyphs, self.size.width - 1)
        if not lines:
            where = "in this category" if category else "yet"
            lines = [((f"No dependencies {where}; l links the chosen item to another.", "quiet"),)]
        if lines != self.lines:
            self.lines, self.keys = lines, keys
            self.rows_changed()
            self.choose(self.chosen)

    def on_resize(self) -> None:
        """Build anew for the width."""
        self._build()
        super().on_resize()

    def choose(self, key: str | None) -> None:
        """Put the cursor on an item's node, if it has one here."""
        self.chosen = key
        index = next((index for index, node in self.keys.items() if node == key), None)
        self.refresh_line(self.cursor)
        self.place_cursor(self.cursor if index is None else index)

    @property
    def row_count(self) -> int:
        """All lines."""
        return len(self.lines)

    def row(self, index: int, width: int) -> Line:  # noqa: ARG002 (built for the width already)
        """One line."""
        return self.lines[index]

    def is_stop(self, index: int) -> bool:
        """The nodes."""
        return index in self.keys
