"""Whole maps in layers: the tracer reads back exactly what was drawn, on every map at hand and on many more."""

from __future__ import annotations

import networkx as nx
import pytest

from tests.counts import count
from tests.map_layout.checking import MODES, UNICODE, check, check_same_picture, crossings, read
from tests.map_layout.graphs import GRAPHS, graph, random_graphs
from tui.map_layout.layered import layout
from tui.map_layout.model import ASCII_LINES, Options

WIDTH = 78
SEEDS = range(10)
GRAPHS_OF_A_SEED = count(25, 100)
"""Random maps in parts that run next to each other."""

modes = pytest.mark.parametrize("mode", MODES)
titled = pytest.mark.parametrize("titles", [True, False], ids=["titles", "no titles"])


@modes
@titled
def test_the_seed(mode: str, titles: bool) -> None:
    drawing = layout(GRAPHS["seed"](), WIDTH, MODES[mode]._replace(titles=titles))
    check(GRAPHS["seed"](), drawing, WIDTH, MODES[mode])
    assert (len(drawing.nodes), len(drawing.edges)) == (9, 7)
    assert sum(edge.box is not None for edge in drawing.edges) == 7
    assert crossings(drawing, MODES[mode]) == 0
    assert drawing.height <= 14


@modes
@titled
def test_the_seed_with_a_cycle(mode: str, titles: bool) -> None:
    drawing = layout(GRAPHS["seed with a cycle"](), WIDTH, MODES[mode]._replace(titles=titles))
    check(GRAPHS["seed with a cycle"](), drawing, WIDTH, MODES[mode])
    assert sum(edge.box is not None for edge in drawing.edges) == 8
    assert [(edge.source, edge.target) for edge in drawing.edges if edge.back] == [("MS-001", "FL-003")]
    assert drawing.height <= 18


@modes
@pytest.mark.parametrize("name", GRAPHS)
def test_every_map_at_hand(name: str, mode: str) -> None:
    check(GRAPHS[name](), layout(GRAPHS[name](), WIDTH, MODES[mode]), WIDTH, MODES[mode])


@pytest.mark.soak
@modes
@pytest.mark.parametrize("seed", SEEDS)
def test_random_maps(seed: int, mode: str) -> None:
    for drawn in random_graphs(GRAPHS_OF_A_SEED, seed):
        check(drawn, layout(drawn, WIDTH, MODES[mode]), WIDTH, MODES[mode])


@pytest.mark.parametrize("name", GRAPHS)
def test_both_modes_are_one_picture(name: str) -> None:
    check_same_picture(*(layout(GRAPHS[name](), WIDTH, Options(mode.signs, titles=False)) for mode in MODES.values()))


@pytest.mark.soak
@pytest.mark.parametrize("seed", SEEDS)
def test_both_modes_are_one_picture_on_random_maps(seed: int) -> None:
    for drawn in random_graphs(GRAPHS_OF_A_SEED // 5, seed):
        check_same_picture(*(layout(drawn, WIDTH, Options(mode.signs, titles=False)) for mode in MODES.values()))


@pytest.mark.parametrize("name", GRAPHS)
def test_titles_change_boxes_alone(name: str) -> None:
    """What tells the modes apart where titles are cut, and where they show: how far a box reaches to the right."""
    bare = layout(GRAPHS[name](), WIDTH, UNICODE._replace(titles=False))
    for options in MODES.values():
        drawing = layout(GRAPHS[name](), WIDTH, options)
        assert drawing.edges == bare.edges
        for box, short in zip(drawing.nodes, bare.nodes, strict=True):
            assert (box.key, box.rect[:3]) == (short.key, short.rect[:3])
            assert box.rect.width >= short.rect.width
            assert options.signs is not ASCII_LINES or "…" not in drawing.text


def test_the_order_in_which_edges_are_stored_tells_which_runs_back() -> None:
    nodes = ["H● AA-001", "H● BB-001"]
    for first, last in ((("AA-001", "BB-001"), ("BB-001", "AA-001")), (("BB-001", "AA-001"), ("AA-001", "BB-001"))):
        drawing = layout(graph(nodes, [(*first, "feeds"), (*last, "feeds again")]), WIDTH)
        assert [(edge.source, edge.target, edge.back) for edge in drawing.edges] == [(*first, False), (*last, True)]
        assert [(edge.source, edge.target) for edge in read(drawing) if edge.back] == [last]


def test_drawing_twice_gives_the_same() -> None:
    for drawn in random_graphs(20, 11):
        copy = nx.MultiDiGraph(drawn)
        assert layout(drawn, WIDTH) == layout(copy, WIDTH)


def test_boxes_make_room_for_their_titles_where_there_is_plenty() -> None:
    drawn = GRAPHS["seed"]()
    wide, narrow = layout(drawn, 200), layout(drawn, 78)
    assert all(f" {data['title']}]" in wide.text for _, data in drawn.nodes(data=True))
    assert not all(f" {data['title']}]" in narrow.text for _, data in drawn.nodes(data=True))
    assert wide.height <= narrow.height
