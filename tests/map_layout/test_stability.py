"""One more node or edge leaves the rest of a map unchanged, as far as possible: counted over many maps."""

from __future__ import annotations

from collections import Counter
from itertools import combinations
from random import Random
from typing import TYPE_CHECKING

import networkx as nx
import pytest

from tests.counts import count
from tests.map_layout.graphs import GRAPHS, random_graphs
from tui.map_layout.layered import layout
from tui.map_layout.model import Options

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tui.map_layout.model import Drawing

    Change = Callable[[nx.MultiDiGraph, Random], nx.MultiDiGraph]

WIDTH = 78
BARE = Options(titles=False)
NEW = "ZZ-999"
LAST = 10**6
"""The place in stored order of what comes to it."""


def alone(drawn: nx.MultiDiGraph, _random: Random) -> nx.MultiDiGraph:
    """With a node that has no edge."""
    more = nx.MultiDiGraph(drawn)
    more.add_node(NEW, head=f"H● {NEW}", title="")
    return more


def leaf(drawn: nx.MultiDiGraph, random: Random) -> nx.MultiDiGraph:
    """With a node that some other node feeds."""
    more = alone(drawn, random)
    more.add_edge(random.choice(list(drawn)), NEW, label="feeds", position=LAST)
    return more


def counts(change: Change) -> Counter[str]:
    """How much of the seed and of random maps stays: where boxes are, and their relative positions."""
    random, found = Random(1), Counter[str]()
    for drawn in (GRAPHS["seed"](), *random_graphs(count(50, 200), 9)):
        before, after = layout(drawn, WIDTH, BARE), layout(change(drawn, random), WIDTH, BARE)
        found.update(_kept(drawn, before, after))
    return found


def _kept(drawn: nx.MultiDiGraph, before: Drawing, after: Drawing) -> Iterator[str]:
    was = {box.key: box.rect for box in before.nodes}
    now = {box.key: box.rect for box in after.nodes}
    for key, rect in was.items():
        yield "boxes"
        yield "boxes that stay" if now[key][:2] == rect[:2] else "boxes that move"
    # Parts that have nothing to do with each other may pass each other.
    parts = nx.weakly_connected_components(drawn)
    for one, other in (pair for part in parts for pair in combinations(sorted(part), 2)):
        if was[one].row != was[other].row:
            kept = (was[one].row < was[other].row) == (now[one].row < now[other].row)
            yield "above" if kept and now[one].row != now[other].row else "no longer above"
        elif now[one].row == now[other].row:
            kept = (was[one].column < was[other].column) == (now[one].column < now[other].column)
            yield "in order" if kept else "out of order"


def share(found: Counter[str], kept: str, lost: str) -> float:
    return found[kept] / (found[kept] + found[lost])


@pytest.mark.soak
def test_a_node_without_edges_moves_nothing() -> None:
    found = counts(alone)
    assert found["boxes that stay"] == found["boxes"]


@pytest.mark.soak
def test_a_leaf_moves_little() -> None:
    """Measured on 200: all stay above each other, 95 % in order; 45 % do not move at all."""
    found = counts(leaf)
    assert share(found, "above", "no longer above") > 0.98
    assert share(found, "in order", "out of order") > 0.9
    assert share(found, "boxes that stay", "boxes that move") > 0.35


def test_a_leaf_on_the_seed_keeps_the_order_of_all_others() -> None:
    drawn = GRAPHS["seed"]()
    before = layout(drawn, WIDTH, BARE)
    for key in drawn:
        more = alone(drawn, Random(0))
        more.add_edge(key, NEW, label="feeds", position=LAST)
        found = Counter(_kept(drawn, before, layout(more, WIDTH, BARE)))
        assert not found["no longer above"], key
        assert not found["out of order"], key
