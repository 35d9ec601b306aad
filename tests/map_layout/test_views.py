"""Which picture of a map is made: by request, size and fit, no wider than asked, with a caption of what it hides."""

from __future__ import annotations

from random import Random

import pytest

from tests.counts import count
from tests.map_layout.checking import check_edges, check_size
from tests.map_layout.graphs import GRAPHS, graph, random_graphs
from tests.map_layout.register_rows import index
from tui.map_layout.focus_view import MOST_ROWS
from tui.map_layout.model import MOST_FOCUSED, MOST_WHOLE, Mode, Picture, PictureRequest
from tui.map_layout.views import FEW, picture
from tui.render.lines import width_of
from tui.render.text import ASCII, UNICODE, Glyphs

MODES = (None, *Mode)


def nodes(count: int) -> list[str]:
    return [f"H● {'ABCDEFG'[number % 7] * 2}-{number:03}" for number in range(count)]


def star(rays: int) -> Picture:
    """A map of one node that feeds this many, in focus."""
    hub, *others = nodes(rays + 1)
    edges = [("AA-000", other.split(" ")[1], f"drives {number}") for number, other in enumerate(others)]
    return picture(index(graph([hub, *others], edges)), PictureRequest(78, mode=Mode.FOCUS, key="AA-000"))


def check_fits(shown: Picture, width: int, glyphs: Glyphs) -> None:
    assert (shown.drawing is None) != (shown.listing is None)
    if shown.drawing is not None:
        check_size(shown.drawing, width)
    if shown.listing is not None:
        assert all(width_of(shown.listing.line(row, width, glyphs)) <= width for row in range(len(shown.listing)))


@pytest.mark.soak
def test_the_picture_and_the_list_agree_on_the_edges_that_run_back() -> None:
    random = Random(3)
    for drawn in random_graphs(count(30, 100), 5):
        edges = list(drawn.edges(data="label"))
        random.shuffle(edges)
        known = index(drawn, edges)
        shown = picture(known, PictureRequest(200)).drawing
        assert shown is not None
        listed = [(edge.source, edge.target, edge.label, edge.back) for edge in known.rows.edges]
        assert sorted((e.source, e.target, e.label, e.back) for e in shown.edges) == sorted(listed)


@pytest.mark.soak
@pytest.mark.parametrize("name", GRAPHS)
def test_no_picture_is_wider_than_asked(name: str) -> None:
    known = index(GRAPHS[name]())
    key = next(iter(known.nodes), None)
    for width in (*range(1, 50, count(4, 1)), *range(50, 121, count(21, 7))):
        for mode in MODES:
            for glyphs in (UNICODE, ASCII):
                check_fits(picture(known, PictureRequest(width, mode, key, hops=2, glyphs=glyphs)), width, glyphs)


@pytest.mark.parametrize(
    ("count", "mode"),
    [
        (0, Mode.LIST),
        (1, Mode.WHOLE),
        (MOST_WHOLE, Mode.WHOLE),
        (MOST_WHOLE + 1, Mode.FOCUS),
        (MOST_FOCUSED, Mode.FOCUS),
        (MOST_FOCUSED + 1, Mode.LIST),
    ],
)
def test_the_size_decides_the_mode(count: int, mode: Mode) -> None:
    keys = [node.split(" ")[1] for node in nodes(count)]
    edges = [(one, other, "feeds") for one, other in zip(keys[::2], keys[1::2], strict=False)]
    assert picture(index(graph(nodes(count), edges)), PictureRequest(78)).mode is mode


def test_a_mode_that_is_wished_for_is_kept() -> None:
    known = index(GRAPHS["seed"]())
    for mode in Mode:
        assert picture(known, PictureRequest(78, mode)).mode is mode


def test_a_map_that_is_too_wide_gives_way_to_a_focus_then_to_a_list() -> None:
    known = index(GRAPHS["long labels"]())
    assert picture(known, PictureRequest(18)).mode is Mode.WHOLE
    assert picture(known, PictureRequest(17)).mode is not Mode.WHOLE
    assert picture(known, PictureRequest(5)).mode is Mode.LIST
    assert "4 items do not fit as a whole map" in picture(known, PictureRequest(5)).caption


def test_more_hops_than_fit_are_fewer() -> None:
    known = index(GRAPHS["circles"]())
    request = PictureRequest(19, Mode.FOCUS, "CY-002", hops=3)
    shown = picture(known, request)
    assert shown.hops < request.hops
    assert "3 hops do not fit" in shown.caption


def test_a_focus_shows_what_is_so_many_hops_away() -> None:
    drawn = GRAPHS["seed"]()
    known = index(drawn)
    for hops, keys in (
        (1, {"EN-001", "EN-002", "DD-001", "PD-002"}),
        (2, {"EN-001", "EN-002", "DD-001", "PD-002", "PD-001"}),
    ):
        shown = picture(known, PictureRequest(100, Mode.FOCUS, "EN-001", hops))
        assert shown.drawing is not None
        assert {box.key for box in shown.drawing.nodes} == keys
        assert (shown.key, shown.hops, shown.drawing.sideways) == ("EN-001", hops, hops == 1)
        assert f"{len(keys)} of 9 items, {len(keys) - 1} of 7 dependencies" in shown.caption
        check_edges(drawn.subgraph(keys), shown.drawing)


@pytest.mark.parametrize(("long", "cut"), [(0, 0), (1, 1), (5, 5)])
def test_the_caption_counts_the_labels_that_are_cut(long: int, cut: int) -> None:
    hub, *others = nodes(FEW + 3)
    labels = ["a reason that needs more room than there is beside two boxes" if n < long else "short" for n in range(9)]
    edges = [(other.split(" ")[1], "AA-000", labels[n]) for n, other in enumerate(others)]
    shown = picture(index(graph([hub, *others], edges)), PictureRequest(78, Mode.FOCUS, "AA-000"))
    assert shown.drawing is not None
    assert shown.drawing.sideways
    assert [edge.whole for edge in shown.drawing.edges].count(False) == cut
    assert [words for words in shown.caption if words.endswith("cut")] == [
        *([f"{cut} label{'s' * (cut > 1)} cut"] if cut else [])
    ]


def test_a_few_labels_that_would_be_cut_are_whole_in_layers_instead() -> None:
    known = index(GRAPHS["seed"]())
    for width, sideways in ((94, True), (78, False)):
        shown = picture(known, PictureRequest(width, Mode.FOCUS, "EN-001"))
        assert shown.drawing is not None
        assert shown.drawing.sideways is sideways
        assert all(edge.whole for edge in shown.drawing.edges)


def test_a_focus_without_a_key_that_is_there_is_on_the_item_with_most_dependencies() -> None:
    known = index(GRAPHS["seed"]())
    for key in (None, "XX-999"):
        assert picture(known, PictureRequest(78, Mode.FOCUS, key)).key == "EN-001"


def test_a_side_of_many_is_grouped() -> None:
    few, many = star(MOST_ROWS), star(MOST_ROWS + 1)
    assert few.drawing is not None
    assert many.drawing is not None
    assert len(few.drawing.nodes) == MOST_ROWS + 1
    grouped = f"grouped by category above {MOST_ROWS}"
    assert grouped not in few.caption
    assert grouped in many.caption
    assert len(many.drawing.nodes) == 1 + 7
    assert {edge.label for edge in many.drawing.edges} == {"3 items"}


def test_the_overview_counts() -> None:
    shown = picture(index(GRAPHS["seed"]()), PictureRequest(78, Mode.OVERVIEW, names={"EN": "Entanglement"})).drawing
    assert shown is not None
    assert "EN 2 of 2 Entangle" in shown.text
    assert "FL 1 of 2" in shown.text
    assert sum(int(edge.label) for edge in shown.edges) == 7
    assert [(edge.source, edge.target) for edge in shown.edges if edge.source == edge.target] == [
        ("EN", "EN"),
        ("FL", "FL"),
    ]
