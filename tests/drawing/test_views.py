"""Which picture of a map is made, and that it says the same as the list."""

from __future__ import annotations

from random import Random

from tests.drawing.graphs import random_graphs
from tests.drawing.register_rows import atlas
from tui.drawing.views import Wish, picture


def test_the_picture_and_the_list_agree_on_the_edges_that_run_back() -> None:
    random = Random(3)
    for drawn in random_graphs(100, 5):
        edges = list(drawn.edges(data="label"))
        random.shuffle(edges)
        known = atlas(drawn, edges)
        shown = picture(known, Wish(200)).drawing
        assert shown is not None
        listed = [(edge.source, edge.target, edge.label, edge.back) for edge in known.rows.edges]
        assert sorted((e.source, e.target, e.label, e.back) for e in shown.edges) == sorted(listed)
