"""The keys of the map: every box and every edge is reached, up and down follow the edges, left and right the layer."""

from __future__ import annotations

from collections import Counter
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from tests.counts import count
from tests.map_layout.checking import UNICODE
from tests.map_layout.graphs import GRAPHS, around, random_graphs
from tui.map_layout.focus_view import fan, is_fan
from tui.map_layout.layered import layout
from tui.map_layout.navigation import DOWN, LEFT, RIGHT, UP, at, edges_of, step

if TYPE_CHECKING:
    from collections.abc import Callable

    import networkx as nx

    from tui.map_layout.model import Drawing

    Pictures = Callable[[], tuple[Drawing, ...]]

RANDOM = count(12, 60)
"""Random maps next to those at hand."""


def maps() -> tuple[nx.MultiDiGraph, ...]:
    return (*(make() for make in GRAPHS.values()), *random_graphs(RANDOM, 31))


@cache
def whole_pictures() -> tuple[Drawing, ...]:
    return tuple(layout(shown, width) for shown in maps() for width in (42, 78))


@cache
def fans() -> tuple[Drawing, ...]:
    parts = ((around(shown, key), key) for shown in maps() for key in shown)
    return tuple(fan(part, key, 300, UNICODE) for part, key in parts if part.number_of_edges() and is_fan(part, key))


def ends(drawing: Drawing, key: str, way: tuple[int, int]) -> set[str]:
    """Where the edges of a box lead that do not run back, or where they come from."""
    forward = [edge for edge in drawing.edges if not edge.back]
    if way in (DOWN, RIGHT):
        return {edge.target for edge in forward if edge.source == key}
    return {edge.source for edge in forward if edge.target == key}


def columns(drawing: Drawing, key: str, way: tuple[int, int]) -> dict[str, int]:
    """The other ends of the edges of a box that way, and how many columns each edge leads to the side."""
    found: dict[str, int] = {}
    rects = {box.key: box.rect for box in drawing.nodes}
    for edge in drawing.edges:
        one, other = (edge.source, edge.target) if way == DOWN else (edge.target, edge.source)
        if one == key and not edge.back:
            box, far = rects[key], rects[other]
            start, end = (box.below, far.row - 1) if way == DOWN else (box.row - 1, far.below)
            here = min(c for row, c in edge.cells if row == start and box.column <= c < box.beyond)
            there = min(c for row, c in edge.cells if row == end and far.column <= c < far.beyond)
            found[other] = min(found.get(other, abs(here - there)), abs(here - there))
    return found


@pytest.mark.soak
@pytest.mark.parametrize("pictures", [whole_pictures, fans])
def test_boxes_are_in_reading_order(pictures: Pictures) -> None:
    """`,` and `.` count through all of them."""
    for drawing in pictures():
        places = [box.rect[:2] for box in drawing.nodes]
        assert places == sorted(set(places))


@pytest.mark.soak
@pytest.mark.parametrize("pictures", [whole_pictures, fans])
def test_every_edge_is_reached_from_both_its_ends(pictures: Pictures) -> None:
    """`[` and `]` go round the edges of a box: those into it, then those out of it."""
    for drawing in pictures():
        for box in drawing.nodes:
            found = edges_of(drawing, box.key)
            assert sorted(found) == [n for n, e in enumerate(drawing.edges) if box.key in (e.source, e.target)]
            out = [drawing.edges[n].source == box.key for n in found]
            assert out == sorted(out)


@pytest.mark.soak
def test_up_and_down_lead_along_the_edge_that_is_nearest_in_column() -> None:
    for drawing in whole_pictures():
        for number, here in enumerate(drawing.nodes):
            for way in (UP, DOWN):
                linked = columns(drawing, here.key, way)
                there = drawing.nodes[step(drawing, number, way)]
                if linked:
                    assert linked[there.key] == min(linked.values())


@pytest.mark.soak
def test_left_and_right_lead_along_the_layer() -> None:
    for drawing in whole_pictures():
        for number, (here, there) in enumerate(pairwise(drawing.nodes)):
            if here.rect.row == there.rect.row:
                assert step(drawing, number, RIGHT) == number + 1
                assert step(drawing, number + 1, LEFT) == number


@pytest.mark.soak
def test_left_and_right_follow_the_edges_of_a_fan() -> None:
    for drawing in fans():
        boxes = Counter(box.key for box in drawing.nodes)
        hub = next(key for key in boxes if boxes[key] == 1 and all(key in (e.source, e.target) for e in drawing.edges))
        center = next(n for n, box in enumerate(drawing.nodes) if box.key == hub)
        here = drawing.nodes[center]
        for way, back in ((LEFT, RIGHT), (RIGHT, LEFT)):
            linked = ends(drawing, here.key, way)
            there = step(drawing, center, way)
            assert not linked or drawing.nodes[there].key in linked
            for number, box in enumerate(drawing.nodes):
                if box.key in linked and (box.rect.column < here.rect.column) == (way is LEFT):
                    assert step(drawing, number, back) == center


def test_a_way_without_an_edge_leads_to_the_nearest_box_that_way_or_nowhere() -> None:
    drawing = layout(GRAPHS["isolated"](), 78)
    assert [box.rect.row for box in drawing.nodes] == [0, 0, 0, 0, 0, 1, 1]
    assert step(drawing, 0, DOWN) == 5
    assert step(drawing, 6, UP) == 2
    assert [step(drawing, 0, way) for way in (UP, LEFT)] == [0, 0]
    assert [step(drawing, 6, way) for way in (DOWN,)] == [6]


@pytest.mark.soak
@pytest.mark.parametrize("pictures", [whole_pictures, fans])
def test_a_cell_tells_what_is_there(pictures: Pictures) -> None:
    """What the mouse points at."""
    for drawing in pictures():
        for number, box in enumerate(drawing.nodes):
            assert at(drawing, box.rect.row, box.rect.column) == (number, None)
            assert at(drawing, box.rect.row, box.rect.beyond - 1) == (number, None)
        for number, edge in enumerate(drawing.edges):
            assert edge.box is None or at(drawing, edge.box.row, edge.box.column) == (None, number)
            for row, column in edge.cells:
                box, found = at(drawing, row, column)
                assert box is None
                assert found is not None
                owner = drawing.edges[found]
                assert (row, column) in owner.cells or (owner.box is not None and owner.box.holds(row, column))
        assert at(drawing, drawing.height, 0) == (None, None)
