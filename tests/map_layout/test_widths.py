"""Every width: a drawing no wider than that with all its edges, or a refusal below the least that the map takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.counts import count
from tests.map_layout.checking import MODES, UNICODE, check, check_same_picture
from tests.map_layout.graphs import GRAPHS, graph, random_graphs
from tui.map_layout.layered import layout
from tui.map_layout.layers import TooNarrowError
from tui.map_layout.model import Options

if TYPE_CHECKING:
    from tui.map_layout.model import Drawing

LEAST = {
    "seed": 16,
    "seed with a cycle": 18,
    "self loops": 14,
    "parallel": 18,
    "bipartite": 20,
    "wide": 18,
    "long labels": 18,
    "isolated": 11,
    "hub": 15,
}
"""The least width of a map: its boxes are 11 cells wide, lines that pass and words of labels take the rest."""
WIDTHS = (*range(1, 31), *range(31, 121, count(7, 1)))
"""Each up to where the narrowest maps begin to fit, then a choice of odd and even ones."""
KEYS = tuple(f"HY-{number:03}" for number in range(7))
LABELS = st.lists(st.sampled_from(["a", "b", " ", "学", "😀", "e\u0301", "❤️", "-"]), max_size=24).map(
    "".join
) | st.sampled_from(["", "feeds", "skew amplifies"])
EDGES = st.lists(st.tuples(st.sampled_from(KEYS), st.sampled_from(KEYS), LABELS), max_size=12, unique=True)
TITLES = st.lists(
    st.sampled_from(["", " Title", " A title of some length 学習"]), min_size=len(KEYS), max_size=len(KEYS)
)


def drawn(name: str, width: int, options: Options) -> Drawing | None:
    try:
        return layout(GRAPHS[name](), width, options)
    except TooNarrowError:
        return None


@pytest.mark.soak
@pytest.mark.parametrize("name", LEAST)
def test_widths_up_to_120(name: str) -> None:
    shown = GRAPHS[name]()
    for width in WIDTHS:
        options = list(MODES.values())[width % 2]
        drawing = drawn(name, width, options)
        assert (drawing is not None) == (width >= LEAST[name]), width
        if drawing is not None:
            check(shown, drawing, width, options)


@pytest.mark.soak
@pytest.mark.parametrize("name", ["seed", "seed with a cycle"])
def test_the_seed_in_both_modes_at_its_widths(name: str) -> None:
    for width in (width for width in WIDTHS if width >= LEAST[name]):
        one, other = (drawn(name, width, Options(mode.signs, titles=False)) for mode in MODES.values())
        assert one is not None
        assert other is not None
        check_same_picture(one, other)


def test_no_width_is_too_much() -> None:
    for name in ("seed", "isolated"):
        check(GRAPHS[name](), layout(GRAPHS[name](), 1000), 1000)


@pytest.mark.soak
@pytest.mark.parametrize("width", [30, 42, 60, 100, 140])
def test_random_maps_at_other_widths(width: int) -> None:
    narrow = 0
    for number, shown in enumerate(random_graphs(count(15, 40), width)):
        options = list(MODES.values())[number % 2]
        try:
            check(shown, layout(shown, width, options), width, options)
        except TooNarrowError:
            narrow += 1
    assert narrow <= (4 if width < 40 else 0)


@given(EDGES, TITLES, st.integers(30, 100), st.booleans())
def test_any_small_map_is_drawn_right_or_is_too_narrow(
    edges: list[tuple[str, str, str]], titles: list[str], width: int, ascii_only: bool
) -> None:
    # Of edges that nothing tells apart, one is enough to draw.
    told_apart = {(source, target, " ".join(label.split())): (source, target, label) for source, target, label in edges}
    shown = graph([f"H● {key}{title}" for key, title in zip(KEYS, titles, strict=True)], told_apart.values())
    options = MODES["ASCII"] if ascii_only else UNICODE
    try:
        drawing = layout(shown, width, options)
    except TooNarrowError:
        assert width < 60
        return
    check(shown, drawing, width, options)
