"""Channels: lines of different nets only cross, each net turns on few tracks, and a knee leads nets past each other."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.map_layout.steps.made import Pair, row_of_lines
from tui.map_layout.layers import GRID
from tui.map_layout.model import E, N, S, W
from tui.map_layout.routing import Channel, UnroutableError, route, turns

WIDTH = 40
STEPS = {(-1, 0): N, (1, 0): S, (0, 1): E, (0, -1): W}
Cell = tuple[int, int]
Nets = list[list[Pair]]


@st.composite
def nets(draw: st.DrawFn) -> Nets:
    """Nets of which each comes from one column or goes to one; no column is the end of two."""
    free_tops, free_ends = (draw(st.permutations(range(0, 24, GRID))) for _ in range(2))
    found: Nets = []
    for many, parts in draw(st.lists(st.tuples(st.integers(1, 3), st.booleans()), max_size=6)):
        one, others = (free_tops, free_ends) if parts else (free_ends, free_tops)
        if len(one) < 1 or len(others) < many:
            break
        column, ends = one.pop(), [others.pop() for _ in range(many)]
        found.append([(column, end) if parts else (end, column) for end in ends])
    return found


def path(channel: Channel, link_number: int, lines: list[Pair], net: int) -> list[Cell]:
    """The cells of a line from the row above the first track to the row below the last one."""
    row = row_of_lines([lines])
    links = {(link.start, link.end): link for vertex in row for link in vertex.downs}
    start, end = lines[link_number]
    at, cells = -1, [(-1, start)]
    column = start
    for track, to in turns(channel.nets[net], links[start, end]):
        cells += [(down, column) for down in range(at + 1, track + 1)]
        way = 1 if to > column else -1
        cells += [(track, across) for across in range(column + way, to + way, way)] if to != column else []
        at, column = track, to
    cells += [(down, column) for down in range(at + 1, channel.tracks + 1)]
    assert column == end
    return cells


def drawn(wanted: Nets, width: int = WIDTH) -> tuple[Channel, dict[Cell, dict[int, int]]]:
    """The channel of some nets, and for each cell in which directions which net leaves it."""
    channel = route(row_of_lines(wanted), width)
    opens: dict[Cell, dict[int, int]] = {}
    for net, lines in enumerate(wanted):
        for number in range(len(lines)):
            cells = path(channel, number, lines, net)
            for one, other in pairwise(cells):
                step = STEPS[other[0] - one[0], other[1] - one[1]]
                back = STEPS[one[0] - other[0], one[1] - other[1]]
                for cell, way in ((one, step), (other, back)):
                    here = opens.setdefault(cell, {})
                    here[net] = here.get(net, 0) | way
    return channel, opens


def crossings(opens: dict[Cell, dict[int, int]]) -> int:
    return sum(len(here) > 1 for here in opens.values())


def corner(ways: int) -> bool:
    return bool(ways & (N | S)) and bool(ways & (E | W))


@given(nets())
def test_two_nets_share_a_cell_only_where_one_goes_down_and_one_across(wanted: Nets) -> None:
    channel, opens = drawn(wanted)
    for here in opens.values():
        assert len(here) <= 2
        assert len(here) == 1 or sorted(here.values()) == [N | S, E | W]
    assert all(0 <= column < WIDTH for _, column in opens)
    assert channel.tracks == max((track + 1 for net in channel.nets.values() for track in net.tracks), default=0)


@given(nets())
def test_corners_of_two_nets_never_touch(wanted: Nets) -> None:
    """In plain signs, `+` next to `+` or over it would read as one line."""
    _, opens = drawn(wanted)
    for (row, column), here in opens.items():
        for beside in ((row, column + 1), (row + 1, column)):
            for net, ways in here.items():
                for other, their in opens.get(beside, {}).items():
                    assert net == other or not (corner(ways) and corner(their))


@given(nets())
def test_every_net_is_routed_with_all_its_ends(wanted: Nets) -> None:
    channel = route(row_of_lines(wanted), WIDTH)
    assert set(channel.nets) == set(range(len(wanted)))
    for net, lines in enumerate(wanted):
        found = channel.nets[net]
        assert (found.tops, found.bottoms) == ({start for start, _ in lines}, {end for _, end in lines})
        assert found.straight == (lines == [(lines[0][0], lines[0][0])])
        assert len(found.tracks) == (0 if found.straight else 1 if found.knee is None else 2)
        assert found.tracks == tuple(sorted(found.tracks))


@pytest.mark.parametrize(
    ("wanted", "tracks"),
    [
        ([], 0),
        ([[(4, 4)], [(8, 8)]], 0),
        ([[(4, 8)]], 1),
        # One source with three targets, and three sources with one target.
        ([[(4, 0), (4, 4), (4, 8)]], 1),
        ([[(0, 4), (4, 4), (8, 4)]], 1),
        # Next to each other, nets share a track; where they would overlap or touch, they do not.
        ([[(0, 4)], [(6, 10)], [(12, 16)]], 1),
        ([[(0, 6)], [(4, 10)]], 2),
        ([[(0, 8)], [(2, 10)], [(4, 12)]], 3),
        # Where one comes down in the column in which another goes on there is a row between their corners.
        ([[(0, 4)], [(4, 8)]], 3),
        ([[(0, 4)], [(4, 8)], [(8, 12)]], 5),
    ],
)
def test_tracks(wanted: Nets, tracks: int) -> None:
    assert route(row_of_lines(wanted), WIDTH).tracks == tracks


@given(st.permutations(range(0, 16, GRID)))
def test_of_two_nets_the_one_turns_first_that_gives_fewer_crossings(columns: list[int]) -> None:
    """All four ends in separate columns: either order is possible."""
    one, other = [(columns[0], columns[1])], [(columns[2], columns[3])]
    spans = [(min(ends), max(ends)) for ((*ends,),) in (one, other)]

    def count(first: int, second: int) -> int:
        upper, lower = (one, other)[first][0], (one, other)[second][0]
        return (spans[first][0] < lower[0] < spans[first][1]) + (spans[second][0] < upper[1] < spans[second][1])

    assert crossings(drawn([one, other])[1]) == min(count(0, 1), count(1, 0))


def test_a_knee_resolves_a_swap() -> None:
    """Each has to turn above the other: one turns twice, at the free column nearest to it."""
    channel, opens = drawn([[(0, 8)], [(8, 0)]], width=9)
    knees = [net.knee for net in channel.nets.values()]
    assert sorted(knees, key=str) == [4, None]
    assert sorted(len(net.tracks) for net in channel.nets.values()) == [1, 2]
    assert crossings(opens) == 1


def test_a_knee_stands_between_the_ends_if_it_can_and_close_to_them_else() -> None:
    for taken, knee in (((), 4), ((4,), 2), ((2, 4, 6), 10)):
        straight = [[(column, column)] for column in taken]
        channel, _ = drawn([[(0, 8)], [(8, 0)], *straight])
        assert [net.knee for net in channel.nets.values() if net.knee is not None] == [knee]


def test_every_circle_gets_a_knee_of_its_own() -> None:
    channel, _ = drawn([[(0, 4)], [(4, 0)], [(20, 24)], [(24, 20)]])
    knees = [net.knee for net in channel.nets.values() if net.knee is not None]
    assert knees == [2, 22]


def test_without_a_free_column_it_cannot_be_routed() -> None:
    for wanted in ([[(0, 2)], [(2, 0)]], [[(0, 2)], [(2, 4)], [(4, 0)]]):
        width = 1 + max(end for lines in wanted for _, end in lines)
        for columns in (width, width + 1):
            with pytest.raises(UnroutableError):
                route(row_of_lines(wanted), columns)
        assert route(row_of_lines(wanted), width + GRID).tracks >= 3


def test_a_line_without_a_corner_in_a_net_with_one_goes_straight() -> None:
    lines = [(4, 4), (4, 8)]
    channel = route(row_of_lines([lines]), WIDTH)
    straight, bent = row_of_lines([lines])[0].downs
    assert turns(channel.nets[0], straight) == []
    assert turns(channel.nets[0], bent) == [(0, 8)]


def test_lines_of_one_net_share_cells() -> None:
    _, opens = drawn([[(4, 0), (4, 8)], [(12, 16), (20, 16)]])
    assert opens[0, 4] == {0: N | E | W}
    assert opens[0, 16] == {1: S | E | W}
