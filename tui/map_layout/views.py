"""Which picture of the map is drawn: whole, one item in focus, an overview or a list; and what it hides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.text import number_of, plural
from tui.map_layout.focus_view import MOST_ROWS, fan, is_fan
from tui.map_layout.graph_index import CategoryListing, GraphIndex, Listing, dependencies, items, keys_of
from tui.map_layout.layered import layout
from tui.map_layout.layers import TooNarrowError
from tui.map_layout.model import MOST_FOCUSED, MOST_WHOLE, Mode, Picture
from tui.render.text import line

if TYPE_CHECKING:
    from store.queries.dependency_map import EdgeRow
    from tui.map_layout.model import Drawing, PictureRequest

MOST_LAID = 60
"""Items above which nothing is laid out."""
FEW = 6
"""Edges of an item up to which whole labels are worth more rows."""


def picture(index: GraphIndex, request: PictureRequest) -> Picture:
    """The picture that is wished for; where that does not fit, the next one that says as much as it can."""
    count = len(index.rows.nodes)
    if not count:
        return _list(index, "")
    mode = request.mode or (Mode.WHOLE if count <= MOST_WHOLE else Mode.FOCUS if count <= MOST_FOCUSED else Mode.LIST)
    why = ""
    if mode is Mode.WHOLE:
        if count <= MOST_WHOLE and (found := _whole(index, request)):
            return found
        unfit = f"{items(count)} {plural(count, 'does', 'do')} not fit as a whole map"
        why = unfit if count <= MOST_WHOLE else f"whole up to {MOST_WHOLE} items"
        mode = Mode.FOCUS
    if mode is Mode.FOCUS and (found := _focus(index, request, why)):
        return found
    return _overview(index, request) if mode is Mode.OVERVIEW else _list(index, why)


def _whole(index: GraphIndex, request: PictureRequest) -> Picture | None:
    rows = index.rows
    try:
        drawing = layout(
            index.graph(index.nodes, index.within(set(index.nodes)), request.glyphs), request.width, request.options
        )
    except TooNarrowError:
        return None
    return Picture(Mode.WHOLE, ("Whole", f"{items(len(rows.nodes))}, {dependencies(len(rows.edges))}"), drawing)


def _focus(index: GraphIndex, request: PictureRequest, why: str) -> Picture | None:
    """One item and what is around it, over fewer hops where more do not fit; None if not even one does."""
    key = request.key if request.key in index.nodes else index.busiest
    if key is None:
        return None
    for hops in range(max(request.hops, 1), 0, -1):
        keys = index.around(key, hops)
        drawing = _one_hop(index, key, request) if hops == 1 else _in_layers(index, keys, index.within(keys), request)
        if drawing is not None:
            caption = _focus_words(index, drawing, key, hops, keys)
            notes = (why, f"{request.hops} hops do not fit" if hops < request.hops else "")
            return Picture(Mode.FOCUS, (*caption, *filter(None, notes)), drawing, key=key, hops=hops)
    return None


def _in_layers(index: GraphIndex, keys: set[str], edges: list[EdgeRow], request: PictureRequest) -> Drawing | None:
    if len(keys) > MOST_LAID:
        return None
    try:
        return layout(index.graph(keys, edges, request.glyphs), request.width, request.options)
    except TooNarrowError:
        return None


def _one_hop(index: GraphIndex, key: str, request: PictureRequest) -> Drawing | None:
    """The item between its neighbors; in layers where it is not a fan, or where a few labels would be cut in it."""
    edges = index.of(key)
    keys = keys_of(edges) | {key}
    graph = index.graph(keys, edges, request.glyphs)
    drawing = None
    if edges and is_fan(graph, key):
        try:
            drawing = fan(graph, key, request.width, request.options)
        except TooNarrowError:
            drawing = None
    if drawing is not None and (len(edges) > FEW or all(edge.whole for edge in drawing.edges)):
        return drawing
    return _in_layers(index, keys, edges, request) or drawing


def _focus_words(index: GraphIndex, drawing: Drawing, key: str, hops: int, keys: set[str]) -> tuple[str, ...]:
    rows = index.rows
    cut = sum(not edge.whole for edge in drawing.edges)
    drawn = len(index.within(keys)) if hops > 1 else len(index.of(key))
    shown = f"{len(keys):,} of {items(len(rows.nodes))}, {drawn:,} of {dependencies(len(rows.edges))}"
    grouped = f"grouped by category above {MOST_ROWS}" if any(b.key not in index.nodes for b in drawing.nodes) else ""
    labels = f"{number_of(cut, 'label')} cut" if cut else ""
    words = f"Focus {line(key)}, {number_of(hops, 'hop')}"
    return (words, shown, *filter(None, (grouped, labels)))


def _overview(index: GraphIndex, request: PictureRequest) -> Picture:
    """The categories as boxes; where they do not fit, as a list."""
    graph = index.overview(request.names)
    count = len(graph)
    words = f"{number_of(count, 'category', 'categories')}, dependencies counted"
    if count <= MOST_LAID:
        try:
            return Picture(Mode.OVERVIEW, ("Overview", words), layout(graph, request.width, request.options))
        except TooNarrowError:
            pass
    return Picture(Mode.OVERVIEW, ("Overview", words, "as a list"), listing=CategoryListing(graph))


def _list(index: GraphIndex, why: str) -> Picture:
    rows = index.rows
    words = f"{items(len(rows.nodes))}, {dependencies(len(rows.edges))} in cascade order"
    return Picture(Mode.LIST, ("List", words, *filter(None, (why,))), listing=Listing(rows))
