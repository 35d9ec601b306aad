"""Which picture of the map is drawn: whole, one item in focus, an overview or a list; and what it hides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.drawing.atlas import Atlas, dependencies, items, keys_of
from tui.drawing.fan import MOST_ROWS, fan, is_fan
from tui.drawing.levels import TooNarrowError
from tui.drawing.listing import CategoryListing, Listing
from tui.drawing.whole import layout
from tui.drawing.wish import MOST_FOCUSED, MOST_WHOLE, Mode, Picture
from tui.render.text import line

if TYPE_CHECKING:
    from store.queries.dependency_map import EdgeRow
    from tui.drawing.model import Drawing
    from tui.drawing.wish import Wish

MOST_LAID = 60
"""Items above which nothing is laid out."""
FEW = 6
"""Edges of an item up to which whole labels are worth more rows."""


def picture(atlas: Atlas, wish: Wish) -> Picture:
    """The picture that is wished for; where that does not fit, the next one that says as much as it can."""
    count = len(atlas.rows.nodes)
    if not count:
        return _list(atlas, "")
    mode = wish.mode or (Mode.WHOLE if count <= MOST_WHOLE else Mode.FOCUS if count <= MOST_FOCUSED else Mode.LIST)
    why = ""
    if mode is Mode.WHOLE:
        if count <= MOST_WHOLE and (found := _whole(atlas, wish)):
            return found
        why = f"{items(count)} do not fit whole" if count <= MOST_WHOLE else f"whole up to {MOST_WHOLE} items"
        mode = Mode.FOCUS
    if mode is Mode.FOCUS and (found := _focus(atlas, wish, why)):
        return found
    return _overview(atlas, wish) if mode is Mode.OVERVIEW else _list(atlas, why)


def _whole(atlas: Atlas, wish: Wish) -> Picture | None:
    rows = atlas.rows
    try:
        drawing = layout(
            atlas.graph(atlas.nodes, atlas.within(set(atlas.nodes)), wish.glyphs), wish.width, wish.options
        )
    except TooNarrowError:
        return None
    return Picture(Mode.WHOLE, ("Whole", f"{items(len(rows.nodes))}, {dependencies(len(rows.edges))}"), drawing)


def _focus(atlas: Atlas, wish: Wish, why: str) -> Picture | None:
    """One item and what is around it, over fewer hops where more do not fit; None if not even one does."""
    key = wish.key if wish.key in atlas.nodes else atlas.busiest
    if key is None:
        return None
    for hops in range(max(wish.hops, 1), 0, -1):
        keys = atlas.around(key, hops)
        drawing = _one_hop(atlas, key, wish) if hops == 1 else _in_layers(atlas, keys, atlas.within(keys), wish)
        if drawing is not None:
            caption = _focus_words(atlas, drawing, key, hops, keys)
            notes = (why, f"{wish.hops} hops do not fit" if hops < wish.hops else "")
            return Picture(Mode.FOCUS, (*caption, *filter(None, notes)), drawing, key=key, hops=hops)
    return None


def _in_layers(atlas: Atlas, keys: set[str], edges: list[EdgeRow], wish: Wish) -> Drawing | None:
    if len(keys) > MOST_LAID:
        return None
    try:
        return layout(atlas.graph(keys, edges, wish.glyphs), wish.width, wish.options)
    except TooNarrowError:
        return None


def _one_hop(atlas: Atlas, key: str, wish: Wish) -> Drawing | None:
    """The item between its neighbours; in layers where it is no fan, or where a few labels would be cut in it."""
    edges = atlas.of(key)
    keys = keys_of(edges) | {key}
    graph = atlas.graph(keys, edges, wish.glyphs)
    drawing = None
    if edges and is_fan(graph, key):
        try:
            drawing = fan(graph, key, wish.width, wish.options)
        except TooNarrowError:
            drawing = None
    if drawing is not None and (len(edges) > FEW or all(edge.whole for edge in drawing.edges)):
        return drawing
    return _in_layers(atlas, keys, edges, wish) or drawing


def _focus_words(atlas: Atlas, drawing: Drawing, key: str, hops: int, keys: set[str]) -> tuple[str, ...]:
    rows = atlas.rows
    cut = sum(not edge.whole for edge in drawing.edges)
    drawn = len(atlas.within(keys)) if hops > 1 else len(atlas.of(key))
    shown = f"{len(keys):,} of {items(len(rows.nodes))}, {drawn:,} of {dependencies(len(rows.edges))}"
    grouped = f"grouped by category above {MOST_ROWS}" if any(b.key not in atlas.nodes for b in drawing.nodes) else ""
    labels = "1 label cut" if cut == 1 else f"{cut} labels cut" if cut else ""
    words = f"Focus {line(key)}, {hops} {'hop' if hops == 1 else 'hops'}"
    return (words, shown, *filter(None, (grouped, labels)))


def _overview(atlas: Atlas, wish: Wish) -> Picture:
    """The categories as boxes; where they do not fit, as a list."""
    graph = atlas.overview(wish.names)
    count = len(graph)
    words = f"{count} {'category' if count == 1 else 'categories'}, dependencies counted"
    if count <= MOST_LAID:
        try:
            return Picture(Mode.OVERVIEW, ("Overview", words), layout(graph, wish.width, wish.options))
        except TooNarrowError:
            pass
    return Picture(Mode.OVERVIEW, ("Overview", words, "as a list"), listing=CategoryListing(graph))


def _list(atlas: Atlas, why: str) -> Picture:
    rows = atlas.rows
    words = f"{items(len(rows.nodes))}, {dependencies(len(rows.edges))} in cascade order"
    return Picture(Mode.LIST, ("List", words, *filter(None, (why,))), listing=Listing(rows))
