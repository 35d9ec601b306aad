"""Maps with all that can go wrong in them: endless labels, hostile and odd characters, hubs, tangles, long keys."""

from __future__ import annotations

from itertools import combinations, permutations
from random import Random
from typing import TYPE_CHECKING

import networkx as nx
import pytest
from rich.cells import cell_len

from tests.map_layout.checking import MODES, UNICODE, check, check_size, read
from tests.map_layout.graphs import Edge, graph
from tests.map_layout.register_rows import index
from tui.map_layout.focus_view import fan
from tui.map_layout.layered import layout
from tui.map_layout.layers import TooNarrowError
from tui.map_layout.model import PictureRequest
from tui.map_layout.views import picture

if TYPE_CHECKING:
    from collections.abc import Callable

WIDTHS = (20, 42, 78)
KEYS = tuple(f"XX-{number:03}" for number in range(1, 61))
HOSTILE = "a\x1b[31m\u202eevil\u200b\x07\x9b\u2066\ue000\U000e0041\n\t[/b] [@click=app.quit]"
ODD = "❤️ love ☁️ 👍🏽 1️⃣ x\u20dd e" + "\u0301" * 30 + " 🇩🇪 ก็ नि 학"


def plain(count: int, edges: list[Edge]) -> nx.MultiDiGraph:
    return graph([f"H● {key}" for key in KEYS[:count]], edges)


def labeled(*pairs: tuple[int, int]) -> list[Edge]:
    return [(KEYS[one], KEYS[other], f"edge {number}") for number, (one, other) in enumerate(pairs)]


def long_keys() -> nx.MultiDiGraph:
    made = nx.MultiDiGraph()
    keys = [f"{'K' * 36}-{number:03}" for number in range(3)]
    for key in keys:
        made.add_node(key, head=f"H● {key}", title="Title")
    for one, other in ((0, 1), (1, 2), (2, 0), (0, 2), (1, 1)):
        made.add_edge(keys[one], keys[other], label="feeds it")
    return made


def many(count: int, edges: int) -> nx.MultiDiGraph:
    random = Random(count)
    return plain(count, labeled(*(tuple(random.sample(range(count), 2)) for _ in range(edges))))


MAPS: dict[str, Callable[[], nx.MultiDiGraph]] = {
    "endless labels": lambda: plain(
        3,
        [
            (KEYS[0], KEYS[1], "word " * 1000),
            (KEYS[1], KEYS[2], "x" * 5000),
            (KEYS[2], KEYS[0], "学" * 2500),
            (KEYS[0], KEYS[2], "❤️" * 2500),
        ],
    ),
    "blank labels": lambda: plain(
        3, [(KEYS[0], KEYS[1], "   "), (KEYS[1], KEYS[2], "\t\n \u3000"), (KEYS[2], KEYS[0], "\u00a0")]
    ),
    "hostile labels": lambda: plain(2, [(KEYS[0], KEYS[1], HOSTILE), (KEYS[1], KEYS[1], "\x00\u200b\u200d")]),
    "odd characters": lambda: graph(
        [f"H● {KEYS[0]} {ODD}", f"H● {KEYS[1]} {ODD}"], [(KEYS[0], KEYS[1], ODD), (KEYS[1], KEYS[0], ODD)]
    ),
    "long keys": long_keys,
    "all to all, once": lambda: plain(8, labeled(*combinations(range(8), 2))),
    "all to all, both ways": lambda: plain(8, labeled(*permutations(range(8), 2))),
    "a star of 40 targets": lambda: plain(41, labeled(*((0, node) for node in range(1, 41)))),
    "a star of 40 sources": lambda: plain(41, labeled(*((node, 0) for node in range(1, 41)))),
    "a star both ways": lambda: plain(
        21, labeled(*((0, node) for node in range(1, 21)), *((node, 0) for node in range(1, 21)))
    ),
    "three parallel edges": lambda: plain(2, labeled((0, 1), (0, 1), (0, 1))),
    "three self loops": lambda: plain(2, labeled((0, 0), (0, 0), (0, 0), (1, 1))),
    "a ring": lambda: plain(10, labeled(*((node, (node + 1) % 10) for node in range(10)))),
    "every node fed and feeding": lambda: plain(
        8, labeled(*((node, (node + 1) % 8) for node in range(8)), *(((node + 1) % 8, node) for node in range(8)))
    ),
    "60 nodes": lambda: many(60, 72),
    "60 nodes and no edge": lambda: plain(60, []),
}
FITS = {
    "long keys": 78,
    "all to all, both ways": 78,
    "a star both ways": 78,
    "all to all, once": 42,
    "60 nodes": 42,
}
"""The first of the widths at which each of the larger maps is drawn; the others are at all of them."""


@pytest.mark.parametrize("name", MAPS)
def test_an_extreme_map_is_drawn_right_or_is_too_narrow(name: str) -> None:
    drawn = MAPS[name]()
    for width in WIDTHS:
        for options in MODES.values():
            if width < FITS.get(name, 0):
                with pytest.raises(TooNarrowError):
                    layout(drawn, width, options)
            else:
                check(drawn, layout(drawn, width, options), width, options)


def safe(text: str) -> bool:
    return not any(
        ord(char) < 32 or 0x7F <= ord(char) < 0xA0 or char in "\u202e\u200b\u2066\U000e0041" for char in text
    )


def test_nothing_a_terminal_acts_on_is_drawn() -> None:
    drawn = graph([f"H● {KEYS[0]}", f"H● {KEYS[1]}"], [(KEYS[0], KEYS[1], HOSTILE)])
    for key in drawn:
        drawn.nodes[key].update(title=HOSTILE, head=f"H● {key}{HOSTILE}")
    for options in MODES.values():
        for drawing in (layout(drawn, 300, options), fan(drawn, KEYS[0], 300, options)):
            check_size(drawing, 300)
            assert all(safe(cell) for row in drawing.cells for cell in row)
            assert "<U+202E>evil<U+200B>" in drawing.text
            assert [(edge.source, edge.target) for edge in read(drawing, options)] == [tuple(KEYS[:2])]


def test_a_mark_with_nothing_to_stand_on_is_left_out() -> None:
    """It would be on a line or a blank next to the label, and take the label's room without being seen."""
    lone = "\u0301\u0302"
    for label, shown in ((lone, ""), (f"{lone} word", "word"), (f"\ufe0f{lone}e\u0301", "e\u0301")):
        drawn = plain(2, [(KEYS[0], KEYS[1], label)])
        for drawing in (layout(drawn, 42), fan(drawn, KEYS[0], 42, UNICODE)):
            assert [edge.label for edge in read(drawing)] == [shown]
            assert [edge.label for edge in drawing.edges] == [shown]


def test_marks_stand_in_the_cell_of_their_character() -> None:
    """A wide sign takes two cells, one that only a selector makes wide is drawn as all terminals draw it."""
    drawing = layout(plain(2, [(KEYS[0], KEYS[1], "☕❤️ e\u0301")]), 42)
    row = next(row for row in drawing.cells if "☕" in row)
    start = row.index("☕")
    assert row[start : start + 5] == ("☕", "", "❤", " ", "e\u0301")
    assert cell_len("".join(row)) == 42


@pytest.mark.parametrize("name", MAPS)
def test_a_picture_of_an_extreme_map_is_never_wider_than_asked(name: str) -> None:
    known = index(MAPS[name]())
    for width in (1, 10, *WIDTHS):
        shown = picture(known, PictureRequest(width, key=KEYS[0], hops=2))
        if shown.drawing is not None:
            check_size(shown.drawing, width)
