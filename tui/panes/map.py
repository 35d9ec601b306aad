"""The map pane: the dependencies as a list in cascade order, with labels and cycles marked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.lines import width_of, wrapped
from tui.marks import state
from tui.text import Glyphs, cut, line
from tui.widgets.built_view import Built, BuiltView

if TYPE_CHECKING:
    from store.rows import EdgeRow, MapRows, NodeRow
    from tui.lines import Line

MAX_INDENT = 6


def map_lines(rows: MapRows, category: str | None, glyphs: Glyphs, width: int) -> Built:
    """A row for each node, its edges under it; with a category, only edges that touch it.
    Labels give way so that the target always shows.

    A node's line leads to its item.
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
        lines.append(_node(node, glyphs, width))
        own = outgoing.get(node.key, [])
        indent = "  " * min(node.depth, MAX_INDENT)
        for number, edge in enumerate(own):
            branch = glyphs.branch[1 if number == len(own) - 1 else 0]
            tail: Line = ((f" {glyphs.arrow} ", "quiet"), (line(edge.target), ""))
            if edge.back:
                tail += ((" closes a cycle", "warning"),)
            head = f"{indent}   {branch} "
            label = cut(line(edge.label), max(width - len(head) - width_of(tail), 0), glyphs.more)
            lines.append(((head, "quiet"), (label, "quiet"), *tail))
    if not lines:
        where = "in this category" if category else "yet"
        lines = wrapped(((f"No dependencies {where}; l links the chosen item to another.", "quiet"),), width)
    return lines, keys


def _node(node: NodeRow, glyphs: Glyphs, width: int) -> Line:
    resolved = not node.status.is_open
    head: Line = (
        ("  " * min(node.depth, MAX_INDENT), ""),
        *state(node.severity, node.status, glyphs),
        (f" {line(node.key)}", "quiet" if resolved else "strong"),
    )
    tail: Line = (("  in a cycle", "warning"),) if node.in_cycle else ()
    lead = cut(f"  {line(node.lead)}", max(width - width_of(head) - width_of(tail), 0), glyphs.more)
    return (*head, (lead, "quiet" if resolved else ""), *tail)


class MapPane(BuiltView):
    """The cursor stands on nodes; the chosen item is the chosen node."""

    def __init__(self, *, glyphs: Glyphs) -> None:
        super().__init__(id="map", glyphs=glyphs)
        self.shown: tuple[MapRows, str | None] | None = None
        self.chosen: str | None = None

    @property
    def marks_cursor(self) -> bool:
        """Only on the chosen item, unless the keys are here."""
        return self.has_focus or self.target(self.cursor) == self.chosen

    def show(self, rows: MapRows, category: str | None) -> None:
        """New rows; builds and repaints only if they differ."""
        if self.shown != (rows, category):
            self.shown = (rows, category)
            self.rebuild(lambda width: map_lines(rows, category, self.glyphs, width))
            self.choose(self.chosen)

    def choose(self, key: str | None) -> None:
        """Put the cursor on an item's node, if it has one here."""
        self.chosen = key
        index = next((index for index, node in self.built[1].items() if node == key), None)
        if index is not None:
            self.place_cursor(index)
        self.repaint_changed()

    def resized(self) -> None:
        """Keep the chosen node in view."""
        super().resized()
        self.show_cursor()
