"""The order of each row, so that few lines cross."""

from __future__ import annotations

import itertools
from bisect import bisect_right, insort
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tui.drawing.levels import Levels, Link, Vertex

SWEEPS = 8


def arrange(levels: Levels) -> None:
    """Put every row in order: weighted medians and exchanges of neighbours (Gansner et al. 1993).

    Begins with the order in which the nodes are stored, and keeps it where nothing is gained; of a picture and its
    mirror image it is the one that is nearer to that.
    """
    rows = levels.rows
    _begin(levels)
    begun = {id(vertex): vertex.place for row in rows for vertex in row}
    best = crossings(rows)
    kept = [list(row) for row in rows]
    for sweep in range(SWEEPS):
        if not best:
            break
        down = sweep % 2 == 0
        for row in rows[1:] if down else reversed(rows[:-1]):
            _by_median(row, down=down)
        _exchange(rows, freely=not down)
        found = crossings(rows)
        if found < best:
            best, kept = found, [list(row) for row in rows]
    mirrored = sum(_nearer_mirrored(row, begun) for row in kept) > 0
    for row, order in zip(rows, kept, strict=True):
        row[:] = reversed(order) if mirrored else order
        _number(row)
    _exchange(rows)
    _order_ends(levels)


def crossings(rows: Sequence[Sequence[Vertex]]) -> int:
    """How many pairs of lines cross between the rows (Barth, Jünger and Mutzel 2002, with a sorted list)."""
    found = 0
    for row in rows:
        ends: list[int] = []
        for vertex in row:
            below = sorted(link.lower.place for link in vertex.downs)
            found += sum(len(ends) - bisect_right(ends, place) for place in below)
            for place in below:
                insort(ends, place)
    return found


def _begin(levels: Levels) -> None:
    """The order in which rows are met going down from the nodes as they are stored."""
    met: set[int] = set()
    order: list[list[Vertex]] = [[] for _ in levels.rows]

    def visit(start: Vertex) -> None:
        fresh = [start]
        while fresh:
            vertex = fresh.pop()
            if id(vertex) in met:
                continue
            met.add(id(vertex))
            order[vertex.level].append(vertex)
            fresh += [link.lower for link in reversed(vertex.downs)]

    for row in levels.rows:
        for vertex in row:
            if not vertex.ups:
                visit(vertex)
    for row, found in zip(levels.rows, order, strict=True):
        row[:] = found
        _number(row)


def _number(row: Sequence[Vertex]) -> None:
    for place, vertex in enumerate(row):
        vertex.place = place


def _nearer_mirrored(row: Sequence[Vertex], begun: Mapping[int, int]) -> int:
    """How many pairs of a row stand the other way round than they did, less those that stand as they did."""
    places = [begun[id(vertex)] for vertex in row]
    return sum(1 if left > right else -1 for left, right in itertools.combinations(places, 2))


def _by_median(row: list[Vertex], *, down: bool) -> None:
    """Sort a row by the medians of its neighbours above (going down) or below; without any a vertex stays."""
    medians = {id(v): _median(sorted(_neighbours(v, down=down))) for v in row}
    movable = sorted((v for v in row if medians[id(v)] is not None), key=lambda v: (medians[id(v)] or 0.0, v.place))
    moved = iter(movable)
    row[:] = [v if medians[id(v)] is None else next(moved) for v in row]
    _number(row)


def _neighbours(vertex: Vertex, *, down: bool) -> list[int]:
    return [link.upper.place for link in vertex.ups] if down else [link.lower.place for link in vertex.downs]


def _median(places: Sequence[int]) -> float | None:
    count = len(places)
    if not count:
        return None
    middle = count // 2
    if count % 2:
        return float(places[middle])
    if count == 2:
        return (places[0] + places[1]) / 2
    left, right = places[middle - 1] - places[0], places[-1] - places[middle]
    if left + right == 0:
        return (places[middle - 1] + places[middle]) / 2
    return (places[middle - 1] * right + places[middle] * left) / (left + right)


def _exchange(rows: Sequence[list[Vertex]], *, freely: bool = False) -> None:
    """Exchange neighbours as long as that saves crossings.

    Freely, at first also those that cross as often either way: a line through many rows is led past another one row
    by row, and only the last exchange saves the crossing.
    """
    for turn in range(SWEEPS):
        better = False
        for row in rows:
            ups = [sorted(link.upper.place for link in vertex.ups) for vertex in row]
            downs = [sorted(link.lower.place for link in vertex.downs) for vertex in row]
            for i in range(len(row) - 1):
                now = _inversions(ups[i], ups[i + 1]) + _inversions(downs[i], downs[i + 1])
                if not now:
                    continue
                then = _inversions(ups[i + 1], ups[i]) + _inversions(downs[i + 1], downs[i])
                if then < now or (freely and not turn and then == now):
                    row[i], row[i + 1] = row[i + 1], row[i]
                    for places in (ups, downs):
                        places[i], places[i + 1] = places[i + 1], places[i]
                    better = True
            _number(row)
        if not better:
            return


def _inversions(left: Sequence[int], right: Sequence[int]) -> int:
    """How often a line of the left one crosses a line of the right one."""
    return sum(len(left) - bisect_right(left, place) for place in right)


def _order_ends(levels: Levels) -> None:
    """Give each net that meets a box a cell of its own there, in the order of where the nets lead."""
    for node in levels.nodes:
        for links, top in ((node.downs, True), (node.ups, False)):
            nets: dict[int, list[Link]] = {}
            for link in links:
                nets.setdefault(link.net, []).append(link)
            if len(nets) < 2:
                continue
            ordered = sorted(nets.values(), key=lambda group: _mean_place(group, top=top))
            plain = next((i for i, group in enumerate(ordered) if group[0].net not in levels.dashed), None)
            middle = plain if plain is not None else (len(ordered) - 1) // 2
            first = max(-middle, -(node.left // 2))
            # All of them inside the box, the shared line in the middle where it can be.
            first = min(first, node.right // 2 - len(ordered) + 1)
            for i, group in enumerate(ordered):
                for link in group:
                    if top:
                        link.top = 2 * (first + i)
                    else:
                        link.bottom = 2 * (first + i)


def _mean_place(links: Sequence[Link], *, top: bool) -> tuple[float, int]:
    places = [(link.lower if top else link.upper).place for link in links]
    return sum(places) / len(places), links[0].net
