"""A drawing held against its map: the tracer reads its edges and no others, labels are whole, nothing is too wide."""

from __future__ import annotations

from typing import TYPE_CHECKING

import networkx as nx
from rich.cells import cell_len

from tests.map_layout.pictures import in_ascii
from tests.map_layout.tracer import TracedEdge, trace
from tui.map_layout.model import ASCII_LINES, LINES, Options
from tui.render.text import line

if TYPE_CHECKING:
    from tests.map_layout.page import Cell
    from tui.map_layout.model import Drawing, EdgePath

UNICODE, ASCII = Options(LINES), Options(ASCII_LINES)
MODES = {"Unicode": UNICODE, "ASCII": ASCII}
Ends = tuple[str, str, str]
"""Source, target, and the characters of the label without blanks: where a line was broken is not seen in them."""


def squeezed(text: str) -> str:
    """A text without its blanks."""
    return "".join(text.split())


def edges_of(graph: nx.MultiDiGraph) -> list[Ends]:
    """The edges of a map, as a drawing must show them."""
    return sorted((source, target, squeezed(line(label))) for source, target, label in graph.edges(data="label"))


def read(drawing: Drawing, options: Options = UNICODE) -> tuple[TracedEdge, ...]:
    """The edges that the tracer finds in the cells."""
    labels = [edge.box for edge in drawing.edges if edge.box is not None]
    return trace(drawing.cells, drawing.nodes, labels, ascii_only=options.signs is ASCII_LINES)


def check(graph: nx.MultiDiGraph, drawing: Drawing, width: int, options: Options = UNICODE) -> None:
    """Hold a drawing of a whole map against it."""
    check_size(drawing, width)
    assert sorted(box.key for box in drawing.nodes) == sorted(graph)
    for box in drawing.nodes:
        shown = "".join(drawing.cells[box.rect.row][box.rect.column : box.rect.beyond])
        head = line(graph.nodes[box.key]["head"])
        assert shown.startswith((f"[{head} ", f"[{head}]"))
        assert shown.endswith("]")
    check_edges(graph, drawing, options)


def check_size(drawing: Drawing, width: int) -> None:
    """It is as wide as it says, and no wider than asked."""
    assert drawing.width <= width
    assert {len(row) for row in drawing.cells} <= {drawing.width}
    assert all(cell_len("".join(row)) == drawing.width for row in drawing.cells)


def check_edges(graph: nx.MultiDiGraph, drawing: Drawing, options: Options = UNICODE) -> None:
    """The tracer reads exactly the edges of a map with whole labels, and the drawing says the same of each."""
    traced = read(drawing, options)
    assert [(edge.source, edge.target, squeezed(edge.label)) for edge in sorted(traced, key=_ends)] == edges_of(graph)
    assert all(edge.whole for edge in drawing.edges)
    check_paths(drawing, traced)
    back = [edge for edge in drawing.edges if edge.back]
    forward = [(edge.source, edge.target) for edge in drawing.edges if not edge.back]
    assert nx.is_directed_acyclic_graph(nx.DiGraph(forward))
    assert not back or not nx.is_directed_acyclic_graph(graph)


def _ends(edge: TracedEdge | EdgePath) -> Ends:
    return edge.source, edge.target, squeezed(edge.label)


def check_paths(drawing: Drawing, traced: tuple[TracedEdge, ...]) -> None:
    """The drawing describes each edge as the tracer saw it: where it runs, whether back, and its label's place."""
    for path in drawing.edges:
        ends = (path.source, path.target, path.back, path.box)
        same = [edge for edge in traced if (edge.source, edge.target, edge.back, edge.box) == ends]
        assert any(edge.cells <= path.cells and _hidden(drawing, path, path.cells - edge.cells) for edge in same)
        assert (path.box is None) == (not path.label)


def _hidden(drawing: Drawing, path: EdgePath, cells: frozenset[Cell]) -> bool:
    """Whether a line goes on behind all of some cells: verticals of others, and the label in it."""
    return all(
        drawing.cells[row][column] in "│┆|:" or (path.box is not None and path.box.holds(row, column))
        for row, column in cells
    )


def crossings(drawing: Drawing, options: Options = UNICODE) -> int:
    """The cells in which a line goes on behind another."""
    traced = read(drawing, options)
    behind: set[Cell] = set()
    for path in drawing.edges:
        ends = (path.source, path.target, path.back, path.box)
        for edge in traced:
            if (edge.source, edge.target, edge.back, edge.box) == ends and edge.cells <= path.cells:
                behind |= path.cells - edge.cells
    return len(behind)


def check_same_picture(unicode: Drawing, ascii_only: Drawing) -> None:
    """Two drawings that only the signs of their lines tell apart."""
    assert ascii_only.nodes == unicode.nodes
    assert ascii_only.edges == unicode.edges
    lines = {cell for edge in unicode.edges for cell in edge.cells}
    assert ascii_only.cells == tuple(
        tuple(in_ascii(cell) if (row, column) in lines else cell for column, cell in enumerate(cells))
        for row, cells in enumerate(unicode.cells)
    )
