"""The maps that drawings are tested with hold what they are there for."""

from __future__ import annotations

import re

import networkx as nx
import pytest
from rich.cells import cell_len

from store.formats.document.reader import read
from store.samples import sample_text
from tests.map_layout.graphs import GRAPHS, random_graphs
from tui.render.text import UNICODE

NUMBER = 300
Parts = tuple[list[tuple[str, dict[str, str]]], list[tuple[str, str, dict[str, str]]]]


def parts(graph: nx.MultiDiGraph) -> Parts:
    return list(graph.nodes(data=True)), list(graph.edges(data=True))


def test_the_seed_is_the_map_of_the_sample() -> None:
    register = read(sample_text()).register
    assert register is not None
    nodes, edges = parts(GRAPHS["seed"]())
    wanted = {(one.source, one.target, one.label) for one in register.dependencies}
    assert {(source, target, edge["label"]) for source, target, edge in edges} == wanted
    items = {item.key: item for item in register.items}
    for key, node in nodes:
        item = items[key]
        assert item.title is not None
        assert node == {
            "head": f"{UNICODE.state(item.severity, item.status)} {key}",
            "title": " ".join(item.title.split()),
        }


@pytest.mark.parametrize("name", GRAPHS)
def test_a_map_has_what_is_drawn_of_it(name: str) -> None:
    check(GRAPHS[name]())


def check(graph: nx.MultiDiGraph) -> None:
    for key, node in graph.nodes(data=True):
        assert re.fullmatch(rf"[HML][●◐✓○] {key}", node["head"])
        assert re.fullmatch(r"[A-Z]{2}-\d{3}", key)
        assert node["title"] == node["title"].strip()
    edges = list(graph.edges(data="label"))
    assert len(set(edges)) == len(edges)
    assert all(label == " ".join(label.split()) for _, _, label in edges)


def test_some_maps_are_hard() -> None:
    hub = GRAPHS["hub"]()
    assert (hub.in_degree("HB-001"), hub.out_degree("HB-001")) == (8, 8)
    words = [word for _, _, label in GRAPHS["long labels"]().edges(data="label") for word in label.split()]
    assert max(map(cell_len, words)) == 40
    assert any(cell_len(label) > len(label) for _, _, label in GRAPHS["wide"]().edges(data="label"))
    assert not nx.is_directed_acyclic_graph(GRAPHS["seed with a cycle"]())


def test_random_maps_are_of_every_kind() -> None:
    graphs = list(random_graphs(NUMBER, 1))
    for graph in graphs:
        check(graph)
        assert 4 <= len(graph) <= 12
        assert len(graph) - 2 <= graph.number_of_edges() <= 2 * len(graph)
    labels = [label for graph in graphs for _, _, label in graph.edges(data="label")]
    assert {len(label) for label in labels} == set(range(46))
    assert sum(cell_len(label) > len(label) for label in labels) > NUMBER / 10
    for kind in (
        [not nx.is_directed_acyclic_graph(graph) for graph in graphs],
        [nx.number_of_selfloops(graph) > 0 for graph in graphs],
        [nx.DiGraph(graph).number_of_edges() < graph.number_of_edges() for graph in graphs],
        [not nx.is_weakly_connected(graph) for graph in graphs],
    ):
        assert NUMBER / 10 < sum(kind) < NUMBER * 9 / 10


def test_random_maps_are_the_same_for_a_seed() -> None:
    first = [parts(graph) for graph in random_graphs(20, 7)]
    assert first == [parts(graph) for graph in random_graphs(30, 7)][:20]
    assert first != [parts(graph) for graph in random_graphs(20, 8)]
