"""The canvas: text in the cells a terminal gives it, and a sign for every way in which lines bend, part and cross."""

from __future__ import annotations

import pytest

from tests.map_layout.pictures import in_ascii
from tui.map_layout.canvas import Canvas, Cell, Step
from tui.map_layout.model import ASCII_LINES, CONTINUED, LINES, E, N, Rect, S, Signs, W

SIDES = {N: (0, 1), E: (1, 2), S: (2, 1), W: (1, 0)}
MIDDLE: Cell = (1, 1)
both = pytest.mark.parametrize("signs", [LINES, ASCII_LINES], ids=["Unicode", "ASCII"])


def text(canvas: Canvas, signs: Signs = LINES) -> str:
    return "\n".join("".join(row).rstrip() for row in canvas.cells(signs))


def in_signs(picture: str, signs: Signs) -> str:
    return picture if signs is LINES else in_ascii(picture)


def steps(*cells: Cell, net: int = 0) -> list[Step]:
    return [(row, column, net) for row, column in cells]


def star(sides: int, *, dashed: bool = False) -> str:
    """The sign in the middle of lines that lead to some of its four sides."""
    canvas = Canvas(3, 3)
    for side, cell in SIDES.items():
        if sides & side:
            canvas.stroke(steps(MIDDLE, cell), dashed=dashed)
    return "".join(canvas.cells(LINES)[1][1] + canvas.cells(ASCII_LINES)[1][1])


@pytest.mark.parametrize(
    ("sides", "sign"),
    [
        (N | S, "│|"),
        (E | W, "─-"),
        (N | E, "└+"),
        (N | W, "┘+"),
        (S | E, "┌+"),
        (S | W, "┐+"),
        (N | E | S, "├+"),
        (N | S | W, "┤+"),
        (E | S | W, "┬+"),
        (N | E | W, "┴+"),
        (N | E | S | W, "┼+"),
    ],
)
def test_the_sign_of_a_cell_tells_where_it_opens(sides: int, sign: str) -> None:
    assert star(sides) == sign


@pytest.mark.parametrize(("sides", "sign"), [(N | S, "┆:"), (E | W, "┄-"), (N | E, "└+"), (S | W, "┐+")])
def test_a_dashed_line_is_dashed_where_it_is_straight(sides: int, sign: str) -> None:
    assert star(sides, dashed=True) == sign


@both
@pytest.mark.parametrize("first", ["down", "across"])
def test_where_lines_of_two_nets_cross_the_vertical_stays_whole(signs: Signs, first: str) -> None:
    canvas = Canvas(3, 3)
    lines = [steps((0, 1), (1, 1), (2, 1), net=1), steps((1, 0), (1, 1), (1, 2), net=2)]
    for line in lines if first == "down" else reversed(lines):
        canvas.stroke(line)
    assert text(canvas, signs) == in_signs(" │\n─│─\n │", signs)


@both
@pytest.mark.parametrize(("dashed", "picture"), [(1, " ┆\n─┆─\n ┆"), (2, " │\n┄│┄\n │")])
def test_a_dashed_line_crosses_a_solid_one(signs: Signs, dashed: int, picture: str) -> None:
    canvas = Canvas(3, 3)
    canvas.stroke(steps((0, 1), (1, 1), (2, 1), net=1), dashed=dashed == 1)
    canvas.stroke(steps((1, 0), (1, 1), (1, 2), net=2), dashed=dashed == 2)
    assert text(canvas, signs) == in_signs(picture, signs)


@both
def test_lines_of_one_net_join(signs: Signs) -> None:
    canvas = Canvas(3, 3)
    canvas.stroke(steps((0, 1), (1, 1), (2, 1)))
    canvas.stroke(steps((1, 0), (1, 1), (1, 2)))
    assert text(canvas, signs) == in_signs(" │\n─┼─\n │", signs)


def test_a_line_goes_on_in_another_net() -> None:
    """Below its label an edge belongs to the lines of its target."""
    canvas = Canvas(3, 2)
    cells = canvas.stroke([(0, 0, 1), (1, 0, 2), (1, 1, 2)])
    assert cells == {(0, 0), (1, 0), (1, 1)}
    assert text(canvas) == "│\n└─"


@both
def test_a_line_opens_to_its_box_and_ends_in_an_arrowhead(signs: Signs) -> None:
    canvas = Canvas(5, 3)
    canvas.write(0, 0, "[A]")
    canvas.stroke(steps((1, 1), (1, 2), (1, 3), (2, 3)))
    assert text(canvas, signs) == in_signs("[A]\n ──┐\n   │", signs)
    canvas.open((1, 1, 0), N)
    canvas.head((2, 3), signs.down)
    assert text(canvas, signs) == in_signs("[A]\n └─┐\n   ▼", signs)


def test_text_stands_before_lines() -> None:
    canvas = Canvas(5, 1)
    canvas.stroke(steps(*((0, column) for column in range(5))))
    canvas.write(0, 1, "abc")
    assert text(canvas) == "─abc─"


@pytest.mark.parametrize(
    ("word", "cells"),
    [
        ("ab", ("a", "b")),
        ("学a", ("学", CONTINUED, "a")),
        ("e\u0301a", ("e\u0301", "a")),
        ("❤️a", ("❤️", CONTINUED, "a")),
        ("\u0301a", ("a",)),
        ("", ()),
    ],
)
def test_text_takes_the_cells_that_a_terminal_gives_it(word: str, cells: tuple[str, ...]) -> None:
    canvas = Canvas(6, 2)
    assert canvas.write(1, 2, word) == Rect(1, 2, 1, len(cells))
    assert canvas.cells(LINES)[1] == (" ", " ", *cells, *" " * (4 - len(cells)))
    assert canvas.cells(LINES)[0] == (" ",) * 6


def test_what_is_blank_and_what_has_no_line() -> None:
    canvas = Canvas(6, 1)
    canvas.write(0, 1, "a")
    canvas.stroke(steps((0, 3), (0, 4)))
    assert [canvas.blank(0, (column,)) for column in range(6)] == [True, False, True, False, False, True]
    assert [canvas.unlined(0, (column,)) for column in range(6)] == [True, True, True, False, False, True]
    assert not canvas.blank(0, range(6))
    assert not canvas.unlined(0, range(2, 6))
    assert canvas.blank(0, ())
