"""The tracer: it reads right pictures, and refuses wrong ones with a reason and the cell."""

from __future__ import annotations

import pytest

from tests.map_layout.page import ASCII_SIGNS, UNICODE_SIGNS
from tests.map_layout.pictures import Picture, in_ascii, picture
from tests.map_layout.right_pictures import RIGHT
from tests.map_layout.tracer import TracedEdge, Untraceable, trace
from tests.map_layout.wrong_pictures import IN_ASCII, IN_BOTH, IN_UNICODE, wrong
from tui.map_layout.model import ASCII_LINES, LINES, NodeBox, Rect

REFUSED = {
    **{f"{name}, Unicode": (case, False) for name, case in wrong(IN_BOTH + IN_UNICODE).items()},
    **{f"{name}, ASCII": (case._replace(text=in_ascii(case.text)), True) for name, case in wrong(IN_BOTH).items()},
    **{f"{name}, ASCII": (case, True) for name, case in wrong(IN_ASCII).items()},
}
SIDE_BY_SIDE = "[A-1] [B-1]"
both = pytest.mark.parametrize("ascii_only", [False, True], ids=["Unicode", "ASCII"])


def drawn(name: str, *, ascii_only: bool) -> Picture:
    text, labels, _ = RIGHT[name]
    return picture(in_ascii(text) if ascii_only else text, labels)


@both
@pytest.mark.parametrize("name", RIGHT)
def test_a_right_picture_is_read(name: str, ascii_only: bool) -> None:
    edges = tuple(sorted(TracedEdge(*edge) for edge in RIGHT[name][2]))
    shown = drawn(name, ascii_only=ascii_only)
    assert trace(*shown, ascii_only=ascii_only) == edges
    assert trace(shown.cells, shown.nodes[::-1], shown.labels[::-1], ascii_only=ascii_only) == edges


@pytest.mark.parametrize("name", REFUSED)
def test_a_wrong_picture_is_refused(name: str) -> None:
    case, ascii_only = REFUSED[name]
    with pytest.raises(Untraceable, match=case.reason) as refused:
        trace(*picture(case.text, case.labels), ascii_only=ascii_only)
    assert refused.value.cell == case.cell


@both
@pytest.mark.parametrize("name", RIGHT)
def test_every_sign_matters(name: str, ascii_only: bool) -> None:
    """With another sign in its place, or none, a picture is refused or shows other edges."""
    shown = drawn(name, ascii_only=ascii_only)
    edges = trace(*shown, ascii_only=ascii_only)
    signs = [*(ASCII_SIGNS if ascii_only else UNICODE_SIGNS), " "]
    for row, column in sorted({cell for edge in edges for cell in edge.cells}):
        cells = [list(line) for line in shown.cells]
        for sign in signs:
            cells[row][column] = sign
            if sign == shown.cells[row][column]:
                continue
            try:
                other = trace(cells, shown.nodes, shown.labels, ascii_only=ascii_only)
            except Untraceable:
                continue
            assert other != edges, f"{sign!r} at {(row, column)}"


@pytest.mark.parametrize(
    ("boxes", "labels", "reason", "cell"),
    [
        ([(0, 0, 1, 6)], [(0, 5, 1, 6)], "two rectangles overlap", (0, 5)),
        ([(0, 0, 1, 5), (0, 0, 1, 5)], [], "two rectangles overlap", (0, 0)),
        ([(0, 0, 1, 12)], [], "over the margin or is empty", (0, 0)),
        ([(0, 0, 2, 5)], [], "over the margin or is empty", (0, 0)),
        ([(0, -1, 1, 5)], [], "over the margin or is empty", (0, -1)),
        ([(0, 0, 0, 5)], [], "over the margin or is empty", (0, 0)),
        ([(0, 0, 1, 5), (0, 6, 1, 5)], [(0, 5, 1, 1)], "has no text", (0, 5)),
        ([(0, 0, 1, 5)], [], "is no sign of a line", (0, 6)),
    ],
)
@both
def test_wrong_rectangles_are_refused(
    boxes: list[tuple[int, int, int, int]],
    labels: list[tuple[int, int, int, int]],
    reason: str,
    cell: tuple[int, int],
    ascii_only: bool,
) -> None:
    nodes = [NodeBox(str(number), Rect(*box)) for number, box in enumerate(boxes)]
    with pytest.raises(Untraceable, match=reason) as refused:
        trace(picture(SIDE_BY_SIDE).cells, nodes, [Rect(*label) for label in labels], ascii_only=ascii_only)
    assert refused.value.cell == cell


@pytest.mark.parametrize(
    ("rows", "reason", "cell"),
    [
        (["abcd", "abc"], "the row has 3 cells, the first one 4", (1, 3)),
        (["abcd", "abcde"], "the row has 5 cells, the first one 4", (1, 5)),
        ([["数", "b", "c", "d"]], "no cell of its own to the right", (0, 1)),
        ([["a", "", "c", "d"]], "no cell of its own to the right", (0, 1)),
        ([["a", "数", "", ""]], "no cell of its own to the right", (0, 3)),
        ([["a", "b", "c", "数"]], "reaches over the margin", (0, 3)),
        ([["a", "bc", "d", "e"]], "'bc' is not one character", (0, 1)),
        ([["a", "\u200b", "c", "d"]], "is not one character", (0, 1)),
    ],
)
def test_wrong_rows_are_refused(rows: list[list[str]], reason: str, cell: tuple[int, int]) -> None:
    with pytest.raises(Untraceable, match=reason) as refused:
        trace(rows, [NodeBox("A-1", Rect(0, 0, 1, 4))], [])
    assert refused.value.cell == cell


def test_a_wide_character_is_not_cut_by_a_rectangle() -> None:
    with pytest.raises(Untraceable, match="'' is no sign of a line"):
        trace([["a", "数", ""]], [NodeBox("A-1", Rect(0, 0, 1, 2))], [])


def test_an_edge_tells_where_it_is() -> None:
    (there, back) = trace(*drawn("two in a circle", ascii_only=False))
    assert there.cells == {(1, 2), (2, 2), (3, 2)}
    assert there.box == Rect(2, 4, 1, 1)
    assert back.cells == {(1, 6), (2, 6), (3, 6)}
    assert back.box == Rect(2, 8, 1, 1)


def test_the_tracer_knows_the_signs_of_drawings() -> None:
    for signs, known in ((LINES, UNICODE_SIGNS), (ASCII_LINES, ASCII_SIGNS)):
        plain = (signs.vertical, signs.horizontal, signs.dashed_vertical, signs.dashed_horizontal)
        assert {*plain, signs.down, signs.up, signs.right, *signs.corners.values()} == set(known)
    assert {arms: UNICODE_SIGNS[sign].arms for arms, sign in LINES.corners.items()} == {x: x for x in LINES.corners}
