"""One item in focus, left to right: read back by the tracer, labels whole or said to be cut, many grouped."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.counts import count
from tests.map_layout.checking import MODES, UNICODE, check_edges, check_paths, check_same_picture, check_size, read
from tests.map_layout.graphs import GRAPHS, around, graph, random_graphs
from tui.map_layout.focus_view import LEAST_LABEL, MOST_ROWS, fan, is_fan
from tui.map_layout.graph_index import group_key
from tui.map_layout.layers import TooNarrowError

if TYPE_CHECKING:
    import networkx as nx

LABELS = st.text("ab 学", max_size=30)
WIDE = 300
RANDOM = count(20, 60)
"""Random maps."""


def spokes(ins: list[str], outs: list[str]) -> nx.MultiDiGraph:
    """A node with an edge for each label, and different nodes at their other ends."""
    sources = [(f"IN-{number:03}", label) for number, label in enumerate(ins)]
    targets = [(f"OU-{number:03}", label) for number, label in enumerate(outs)]
    return graph(
        ["H● HB-001", *(f"M◐ {key}" for key, _ in (*sources, *targets))],
        [*((key, "HB-001", label) for key, label in sources), *(("HB-001", key, label) for key, label in targets)],
    )


@pytest.mark.soak
@pytest.mark.parametrize("mode", MODES)
def test_every_focus_on_every_map(mode: str) -> None:
    drawn_at_all = 0
    for shown in (*(make() for make in GRAPHS.values()), *random_graphs(RANDOM, 21)):
        for key in shown:
            part = around(shown, key)
            if not is_fan(part, key) or not part.number_of_edges():
                continue
            drawing = fan(part, key, WIDE, MODES[mode])
            check_size(drawing, WIDE)
            traced = read(drawing, MODES[mode])
            check_paths(drawing, traced)
            assert all(edge.whole for edge in drawing.edges)
            wanted = sorted(part.edges(data="label"))
            assert [(edge.source, edge.target, edge.label) for edge in traced] == wanted
            drawn_at_all += 1
    assert drawn_at_all > 5 * RANDOM


def test_both_modes_are_one_picture() -> None:
    hub = GRAPHS["hub"]()
    check_same_picture(*(fan(hub, "HB-001", 78, options) for options in MODES.values()))


@given(st.lists(LABELS, max_size=6), st.lists(LABELS, max_size=6), st.integers(1, 100), st.booleans())
def test_a_focus_is_drawn_right_or_is_too_narrow(ins: list[str], outs: list[str], width: int, ascii_only: bool) -> None:
    drawn = spokes(ins, outs)
    options = MODES["ASCII"] if ascii_only else UNICODE
    try:
        drawing = fan(drawn, "HB-001", width, options)
    except TooNarrowError:
        assert width < 2 * LEAST_LABEL + 50
        return
    check_size(drawing, width)
    if all(edge.whole for edge in drawing.edges):
        check_edges(drawn, drawing, options)
        return
    traced = read(drawing, options)
    check_paths(drawing, traced)
    assert [edge[:2] for edge in sorted(drawn.edges())] == [(edge.source, edge.target) for edge in traced]


def test_labels_give_way_until_they_would_say_nothing() -> None:
    drawn = spokes(["a label of some length"], ["another one that is longer still"])
    widths = [width for width in range(1, 101) if _fits(drawn, width)]
    assert widths == list(range(widths[0], 101))
    narrowest, widest = (fan(drawn, "HB-001", width, UNICODE) for width in (widths[0], 100))
    # One of them ends in a blank, which is left out before the sign.
    assert [edge.box.width for edge in narrowest.edges if edge.box] == [LEAST_LABEL - 1, LEAST_LABEL]
    assert [edge.whole for edge in narrowest.edges] == [False, False]
    assert narrowest.text.count("…") == 2
    assert [edge.whole for edge in widest.edges] == [True, True]


def _fits(drawn: nx.MultiDiGraph, width: int) -> bool:
    try:
        fan(drawn, "HB-001", width, UNICODE)
    except TooNarrowError:
        return False
    return True


def test_a_neighbor_that_feeds_and_is_fed_has_two_boxes() -> None:
    drawn = graph(["H● HB-001", "H● XX-001"], [("HB-001", "XX-001", "feeds"), ("XX-001", "HB-001", "feeds again")])
    drawing = fan(drawn, "HB-001", 78, UNICODE)
    assert sorted(box.key for box in drawing.nodes) == ["HB-001", "XX-001", "XX-001"]
    assert [tuple(edge) for edge in sorted(drawn.edges(data="label"))] == [
        (edge.source, edge.target, edge.label) for edge in read(drawing)
    ]


def test_what_is_no_fan() -> None:
    assert not is_fan(GRAPHS["self loops"](), "SL-003")
    assert not is_fan(GRAPHS["parallel"](), "PA-001")
    assert is_fan(GRAPHS["hub"](), "HB-001")
    assert is_fan(GRAPHS["circle of two"](), "CY-001")


def test_more_than_fit_a_side_are_grouped_with_counts() -> None:
    drawn = spokes(["feeds"] * MOST_ROWS, ["drives"] * (MOST_ROWS + 1))
    for number, key in enumerate(drawn):
        drawn.nodes[key]["group"] = f"G{number % 3}"
    drawing = fan(drawn, "HB-001", 78, UNICODE)
    check_size(drawing, 78)
    traced = [(edge.source, edge.target, edge.label) for edge in read(drawing)]
    assert traced[:3] == [("HB-001", group_key(f"G{number}"), "7 items") for number in range(3)]
    assert len(traced) == 3 + MOST_ROWS


def test_groups_beyond_the_rows_are_one() -> None:
    drawn = spokes([], ["drives"] * 60)
    for number, key in enumerate(drawn):
        drawn.nodes[key]["group"] = f"G{number}"
    drawing = fan(drawn, "HB-001", 78, UNICODE)
    assert drawing.height == MOST_ROWS
    labels = [edge.label for edge in read(drawing)]
    assert sorted(labels) == ["1 item"] * (MOST_ROWS - 1) + [f"{60 - MOST_ROWS + 1} items"]
    assert f"[{60 - MOST_ROWS + 1} more categories]" in drawing.text


def test_titles_stand_where_nothing_is_to_the_right() -> None:
    shown = graph(
        ["H● HB-001 The hub", "M● IN-001 One", "M● OU-001 Another"],
        [("IN-001", "HB-001", "a"), ("HB-001", "OU-001", "b")],
    )
    assert fan(shown, "HB-001", 78, UNICODE).text == "[M● IN-001]─a───►[H● HB-001]───b─►[M● OU-001 Another]"
    assert fan(shown, "OU-001", 78, UNICODE).text == "[H● HB-001]─b───►[M● OU-001 Another]"
