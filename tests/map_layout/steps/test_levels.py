"""Rows of boxes and labels: each edge passes each row between its ends, and a row has room in any order."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.map_layout.steps.made import ACYCLIC, BOX, LINES, NODES, PAIRS, Pair, levels_of, strands_of
from tui.map_layout.layers import (
    GRID,
    Kind,
    Link,
    Strand,
    TooNarrowError,
    Vertex,
    gap_between,
    lanes,
    least_place,
    least_width,
    room_for_box,
    separation,
)

TEXTS = st.lists(LINES, max_size=12)
BACKS = st.lists(st.booleans(), max_size=12)
LANES = st.just(Vertex(Kind.PASS, -1, 0))
BOXES = st.integers(1, 14).map(lambda size: Vertex(Kind.NODE, 0, 0, (size - 1) // 2, size // 2))
LABELS = st.builds(
    lambda kind, right: Vertex(kind, 0, 0, 0, right), st.sampled_from([Kind.LABEL, Kind.LOOP]), st.integers(0, 9)
)
ROWS = st.lists(st.one_of(LANES, BOXES), min_size=1, max_size=5) | st.lists(
    st.one_of(LANES, LABELS), min_size=1, max_size=5
)


def down(pair: Pair) -> Pair:
    return min(pair), max(pair)


def row_numbers(pieces: list[Link]) -> list[int]:
    """The rows that pieces of line pass, each of them once if one piece begins where the other ends."""
    for one, other in pairwise(pieces):
        assert one.lower is other.upper
    return [pieces[0].upper.level, *(link.lower.level for link in pieces)]


@given(ACYCLIC, TEXTS, BACKS)
def test_every_edge_passes_every_row_between_its_ends(
    pairs: list[Pair], texts: list[tuple[str, ...]], backs: list[bool]
) -> None:
    strands = strands_of(pairs, texts, backs)
    levels = levels_of(strands)
    for strand in strands:
        pieces = levels.pieces[strand.number]
        upper, lower = levels.nodes[strand.upper], levels.nodes[strand.lower]
        assert (pieces[0].upper, pieces[-1].lower) == (upper, lower)
        assert row_numbers(pieces) == list(range(upper.level, lower.level + 1))
        between = [link.lower for link in pieces[:-1]]
        label = levels.labels[strand.number]
        assert (label.kind, label.number, label.lines) == (Kind.LABEL, strand.number, strand.lines)
        assert [vertex for vertex in between if vertex.kind is not Kind.PASS] == [label]
        assert not levels.boxes[label.level]


@given(PAIRS.map(lambda pairs: list(map(down, pairs))), TEXTS, BACKS)
def test_every_row_holds_what_passes_it_once(
    pairs: list[Pair], texts: list[tuple[str, ...]], backs: list[bool]
) -> None:
    levels = levels_of(strands_of(pairs, texts, backs))
    links = {id(link): link for pieces in levels.pieces.values() for link in pieces}.values()
    met = {id(vertex) for link in links for vertex in (link.upper, link.lower)}
    for number, row in enumerate(levels.rows):
        assert all(vertex.level == number for vertex in row)
        assert all(id(vertex) in met or vertex.kind is Kind.NODE for vertex in row)
        assert all((vertex.kind is Kind.NODE) <= levels.boxes[number] for vertex in row)
    assert sum(map(len, levels.rows)) == len({id(vertex) for row in levels.rows for vertex in row})
    assert {id(link) for link in links} == {id(link) for row in levels.rows for v in row for link in v.downs}
    assert {id(link) for link in links} == {id(link) for row in levels.rows for v in row for link in v.ups}


@given(ACYCLIC, TEXTS, BACKS)
def test_edges_of_one_net_share_what_they_can(
    pairs: list[Pair], texts: list[tuple[str, ...]], backs: list[bool]
) -> None:
    """A net is what comes from one box or what goes to one, so that a line two edges share is never mistaken."""
    strands = strands_of(pairs, texts, backs)
    levels = levels_of(strands)
    passing = Counter((v.net, v.level) for row in levels.rows for v in row if v.kind is Kind.PASS)
    assert set(passing.values()) <= {1}
    users: dict[int, list[Strand]] = {}
    for strand in strands:
        label = levels.labels[strand.number]
        for link in levels.pieces[strand.number]:
            assert link.net in levels.dashed if strand.back else link.net not in levels.dashed
            # Above its label it shares with others of its source, below with others of its target.
            one_source = link.upper.level < label.level
            assert strand.back or link.net == (strand.upper if one_source else NODES + strand.lower)
            users.setdefault(id(link), []).append(strand)
        assert (len(label.ups), len(label.downs)) == (1, 1)
        for link in (*label.ups, *label.downs):
            assert users[id(link)][-1] is strand
    for strand in strands:
        label = levels.labels[strand.number]
        assert [users[id(link)] for link in (*label.ups, *label.downs)] == [[strand], [strand]]
        if strand.back:
            assert all(users[id(link)] == [strand] for link in levels.pieces[strand.number])


@given(st.lists(LINES, min_size=1, max_size=3))
def test_a_loop_leaves_its_box_and_comes_back(texts: list[tuple[str, ...]]) -> None:
    levels = levels_of(strands_of([(0, 0)] * len(texts), texts), sizes=(BOX,))
    for number, text in enumerate(texts):
        out, back = levels.pieces[number][: len(levels.pieces[number]) // 2], levels.pieces[number][-1]
        label = levels.labels[number]
        assert (label.kind, label.lines) == (Kind.LOOP, text)
        assert out[0].upper is levels.nodes[0]
        assert out[-1].lower is back.lower is label
        assert back.end - out[-1].end == GRID
        assert out[-1].net != back.net
        assert {out[-1].net, back.net} <= levels.dashed


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        # Three lines part at 0 right above their labels; three join at 3.
        ([(0, 1), (0, 2), (0, 3)], [0, 0, 0]),
        ([(0, 3), (1, 3), (2, 3)], [7, 7, 7]),
        # One line each: it goes on in the lane of its target, and its label is under its source.
        ([(0, 1), (1, 2)], [5, 6]),
    ],
)
def test_the_lane_is_that_of_the_end_with_more_edges(pairs: list[Pair], expected: list[int]) -> None:
    assert lanes(4, pairs, [False] * len(pairs)) == expected


def test_what_runs_back_has_a_lane_of_its_own() -> None:
    assert lanes(2, [(0, 1), (0, 1), (0, 1)], [False, True, True]) == [3, 5, 6]


def test_a_label_stands_next_to_the_end_with_fewer_edges() -> None:
    """An edge from 0 past two ranks to 3, with other edges that leave 0 or come to 3."""
    chain = [(0, 1), (1, 2), (2, 3)]
    parts = levels_of(strands_of([*chain, (0, 3), (0, 4)]))
    assert parts.labels[3].level == parts.nodes[3].level - 1
    joins = levels_of(strands_of([*chain, (0, 3), (4, 3)]))
    assert joins.labels[3].level == joins.nodes[0].level + 1


def test_labels_that_have_no_room_beside_each_other_stand_below_each_other() -> None:
    strands = strands_of([(0, node) for node in range(1, 4)], [("a" * 10,)] * 3)
    rows = {width: levels_of(strands, (BOX, 3, 3, 3), width).boxes.count(False) for width in (42, 41, 30, 29, 20)}
    assert rows == {42: 1, 41: 2, 30: 2, 29: 3, 20: 3}


@given(ACYCLIC, TEXTS, BACKS, st.integers(10, 90))
def test_rows_fit_or_are_refused(
    pairs: list[Pair], texts: list[tuple[str, ...]], backs: list[bool], width: int
) -> None:
    strands = strands_of(pairs, texts, backs)
    try:
        levels = levels_of(strands, width=width)
    except TooNarrowError:
        assert width < 11 * 13
        return
    assert levels.least_width <= width
    assert levels.least_width == max(least_width(row, levels.first) for row in levels.rows)


def cells_of(row: list[Vertex], first: int) -> int:
    """The cells of a row in its order: each anchor on the first line of the grid that leaves the blanks."""
    beyond = column = 0
    for number, vertex in enumerate(row):
        start = beyond + gap_between(row[number - 1], vertex) if number else 0
        column = next(at for at in range(first, start + 99, GRID) if at - vertex.left >= start)
        beyond = column + vertex.right + 1
    return beyond


@given(ROWS, st.integers(0, 1))
def test_the_least_width_suffices_in_any_order(row: list[Vertex], first: int) -> None:
    """And in one of the orders all of it is needed."""
    assert least_width(row, first) == max(cells_of(list(order), first) for order in permutations(row))


def test_an_empty_row_takes_no_cells() -> None:
    assert least_width([], 1) == 0


@given(ROWS)
def test_the_separation_leaves_the_blanks_and_no_step_more(row: list[Vertex]) -> None:
    for left, right in pairwise(row):
        blanks = separation(left, right) * GRID - left.right - right.left - 1
        assert gap_between(left, right) <= blanks < gap_between(left, right) + GRID


def test_blanks_between_neighbors() -> None:
    """Text has two blanks behind it, or it would seem to go on; next to a line one is enough."""
    box, label, loop, lane = (Vertex(kind, 0, 0) for kind in (Kind.NODE, Kind.LABEL, Kind.LOOP, Kind.PASS))
    assert [gap_between(box, box), gap_between(label, label), gap_between(label, lane), gap_between(loop, lane)] == [
        2
    ] * 4
    assert [gap_between(lane, box), gap_between(lane, label), gap_between(box, lane), gap_between(lane, lane)] == [
        1
    ] * 4


@pytest.mark.parametrize(("left", "first", "place"), [(0, 0, 0), (0, 1, 0), (1, 1, 0), (1, 0, 1), (5, 1, 2), (5, 0, 3)])
def test_the_first_place_with_cells_before_it(left: int, first: int, place: int) -> None:
    assert least_place(left, first) == place


def test_the_grid_begins_where_boxes_begin_at_the_left_edge() -> None:
    assert [levels_of([], sizes=(size,)).first for size in (9, 10, 11, 12)] == [0, 0, 1, 1]


def test_a_box_has_room_for_every_line_that_meets_it() -> None:
    """Each line that runs back has a separate place at both its boxes."""
    for count in range(8):
        levels = levels_of(strands_of([(0, 1)] * (count + 1), (), [True] * count + [False]), sizes=(5, 5))
        for box in levels.nodes:
            assert box.left + box.right + 1 == max(5, GRID * (count + 1) + 1)


def test_the_room_for_a_box_has_its_blanks_and_ends_on_the_grid() -> None:
    assert [room_for_box(size) for size in (9, 10, 11)] == [12, 12, 14]


def test_other_lines_take_other_cells() -> None:
    levels = levels_of(strands_of([(0, 1)], [("schema breaks",)]))
    label = levels.labels[0]
    assert label.right == len("schema breaks") + 1
    label.wrap(("schema", "breaks"))
    assert (label.right, label.lines) == (len("schema") + 1, ("schema", "breaks"))
    label.wrap(())
    assert label.right == 0
