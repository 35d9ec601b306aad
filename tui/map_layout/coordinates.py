"""The order of each row, so that few lines cross."""

from __future__ import annotations

import itertools
from bisect import bisect_right, insort
from typing import TYPE_CHECKING

from tui.map_layout.layers import GRID, Kind, TooNarrowError, least_place, separation

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tui.map_layout.layers import Levels, Link, Vertex

SWEEPS = 8


def arrange(levels: Levels) -> None:
    """Put every row in order: weighted medians and exchanges of neighbors (Gansner et al. 1993).

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
    """The order in which rows are met going down from the nodes as stored."""
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
    """How many pairs of a row are in reverse order, minus those in the same order."""
    places = [begun[id(vertex)] for vertex in row]
    return sum(1 if left > right else -1 for left, right in itertools.combinations(places, 2))


def _by_median(row: list[Vertex], *, down: bool) -> None:
    """Sort a row by the medians of its neighbors above (going down) or below; without any a vertex stays."""
    medians = {id(v): _median(sorted(_neighbors(v, down=down))) for v in row}
    movable = sorted((v for v in row if medians[id(v)] is not None), key=lambda v: (medians[id(v)] or 0.0, v.place))
    moved = iter(movable)
    row[:] = [v if medians[id(v)] is None else next(moved) for v in row]
    _number(row)


def _neighbors(vertex: Vertex, *, down: bool) -> list[int]:
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
    """Exchange neighbors as long as that saves crossings.

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
    """Give each net that meets a box a separate cell there, in the order of where the nets lead."""
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


PULLS = 3

SETTLING = 6


def place(levels: Levels, width: int) -> None:
    """Give every vertex its anchor's column within `width` cells.

    Rows are pulled toward their neighbors; then vertices that a straight line could join become one block
    (as in Brandes and Köpf 2002) as long as all of it still fits the width; then blocks settle near what pulls them.
    Raises TooNarrowError where a row does not fit.
    """
    rows = [_Row(row, width, levels.first) for row in levels.rows]
    for row in rows:
        row.settle([0.0] * len(row.vertices), [1.0] * len(row.vertices))
    for _ in range(PULLS):
        for row in rows[1:]:
            row.pull(up=True)
        for row in reversed(rows[:-1]):
            row.pull(up=False)
    blocks = _Blocks(levels, rows)
    for link in sorted(_straightenable(levels), key=lambda link: (_bend_cost(link), abs(link.start - link.end))):
        blocks.join(link)
    blocks.settle()


class _Row:
    """A row with the distances its vertices must keep: isotonic regression by pooling (Ayer et al. 1955)."""

    def __init__(self, vertices: Sequence[Vertex], width: int, first: int) -> None:
        self.vertices = vertices
        self.offsets: list[int] = []
        at = 0
        for number, vertex in enumerate(vertices):
            at += separation(vertices[number - 1], vertex) if number else 0
            self.offsets.append(at)
        self.low = self.high = 0
        if vertices:
            self.low = least_place(vertices[0].left, first)
            self.high = (width - 1 - first - vertices[-1].right) // GRID - at
            if self.low > self.high:
                raise TooNarrowError

    def pull(self, *, up: bool) -> None:
        """Move to the mean of the neighbors above, or below."""
        wanted, weights = [], []
        for vertex in self.vertices:
            total = heavy = 0.0
            for link in vertex.ups if up else vertex.downs:
                weight = _weight(link)
                total += weight * (link.start - link.bottom if up else link.end - link.top)
                heavy += weight
            wanted.append(total / heavy / GRID if heavy else vertex.x)
            weights.append(heavy or 0.1)
        self.settle(wanted, weights)

    def settle(self, wanted: Sequence[float], weights: Sequence[float]) -> None:
        """As near to the wanted places as the distances allow."""
        blocks: list[tuple[float, float, int]] = []
        for value, offset, weight in zip(wanted, self.offsets, weights, strict=True):
            mean, heavy, count = value - offset, weight, 1
            while blocks and blocks[-1][0] >= mean:
                before, weighs, number = blocks.pop()
                mean = (before * weighs + mean * heavy) / (weighs + heavy)
                heavy, count = heavy + weighs, count + number
            blocks.append((mean, heavy, count))
        place = 0
        for mean, _, count in blocks:
            start = min(max(int(mean + 0.5), self.low), self.high)
            for number in range(place, place + count):
                self.vertices[number].x = start + self.offsets[number]
            place += count


def _weight(link: Link) -> float:
    """How much a piece of line wants to be straight: those that only pass the most."""
    return (1.0, 2.0, 8.0)[(link.upper.kind is Kind.PASS) + (link.lower.kind is Kind.PASS)]


def _straightenable(levels: Levels) -> list[Link]:
    """The pieces of line that are alone at both ends, go on in one lane, or are the middle one of an odd number."""
    found: list[Link] = []
    for row in levels.rows:
        for vertex in row:
            nets: dict[int, list[Link]] = {}
            for link in vertex.downs:
                nets.setdefault(link.net, []).append(link)
            for links in nets.values():
                passing = [link for link in links if link.upper.kind is link.lower.kind is Kind.PASS]
                chosen = passing or ([_middle(links)] if len(links) % 2 else [])
                found += [link for link in chosen if passing or _is_middle_above(link)]
    return [link for link in found if (link.top - link.bottom) % GRID == 0]


def _middle(links: Sequence[Link]) -> Link:
    return sorted(links, key=lambda link: link.lower.place)[len(links) // 2]


def _is_middle_above(link: Link) -> bool:
    """Whether it is also the middle one of what comes to its lower end."""
    others = sorted((each for each in link.lower.ups if each.net == link.net), key=lambda each: each.upper.place)
    return len(others) % 2 == 1 and others[len(others) // 2] is link


def _bend_cost(link: Link) -> int:
    """The rank of a piece of line among those to be straight, the lowest first."""
    alone = len(link.upper.downs) == 1 and len(link.lower.ups) == 1
    return 2 - (link.upper.kind is Kind.PASS) - (link.lower.kind is Kind.PASS) + (0 if alone else 2)


class _Blocks:
    """Vertices joined by straight lines, and the range of places for each block, given the others."""

    def __init__(self, levels: Levels, rows: Sequence[_Row]) -> None:
        self._vertices = [vertex for row in levels.rows for vertex in row]
        self._index = {id(vertex): number for number, vertex in enumerate(self._vertices)}
        count = len(self._vertices)
        self._left: list[tuple[int, int] | None] = [None] * count
        self._right: list[tuple[int, int] | None] = [None] * count
        self._low, self._high = [0] * count, [0] * count
        number = 0
        for row in rows:
            for place, vertex in enumerate(row.vertices):
                self._low[number], self._high[number] = row.low + row.offsets[place], row.high + row.offsets[place]
                if place:
                    distance = separation(row.vertices[place - 1], vertex)
                    self._left[number], self._right[number - 1] = (number - 1, distance), (number, distance)
                number += 1
        self._members: list[list[int]] = [[number] for number in range(count)]
        self._block = list(range(count))
        # A vertex's place less that of its block.
        self._offset = [0] * count

    def join(self, link: Link) -> bool:
        """Let a piece of line be straight, if all of the picture still fits the width."""
        one, other = self._index[id(link.upper)], self._index[id(link.lower)]
        shift = (link.top - link.bottom) // GRID
        if self._block[one] == self._block[other]:
            return self._offset[other] - self._offset[one] == shift
        kept = {self._block[other]: list(self._members[self._block[other]])}
        saved_low, saved_high = dict[int, int](), dict[int, int]()
        moved, into = self._block[other], self._block[one]
        delta = self._offset[one] + shift - self._offset[other]
        for number in kept[moved]:
            self._block[number] = into
            self._offset[number] += delta
        self._members[into] += kept[moved]
        if self._spread(into, saved_low, saved_high):
            return True
        for saved, places in ((saved_low, self._low), (saved_high, self._high)):
            for number, value in saved.items():
                places[number] = value
        del self._members[into][-len(kept[moved]) :]
        for number in kept[moved]:
            self._block[number] = moved
            self._offset[number] -= delta
        return False

    def _spread(self, block: int, saved_low: dict[int, int], saved_high: dict[int, int]) -> bool:
        """Narrow the places of a block and of all that it pushes; whether each still has one."""
        fresh = [block]
        while fresh:
            members = self._members[fresh.pop()]
            low = max(self._low[number] - self._offset[number] for number in members)
            high = min(self._high[number] - self._offset[number] for number in members)
            if low > high:
                return False
            for number in members:
                own_low, own_high = low + self._offset[number], high + self._offset[number]
                if own_low > self._low[number]:
                    saved_low.setdefault(number, self._low[number])
                    self._low[number] = own_low
                if own_high < self._high[number]:
                    saved_high.setdefault(number, self._high[number])
                    self._high[number] = own_high
                right, left = self._right[number], self._left[number]
                if right and self._low[right[0]] < own_low + right[1]:
                    saved_low.setdefault(right[0], self._low[right[0]])
                    self._low[right[0]] = own_low + right[1]
                    fresh.append(self._block[right[0]])
                if left and self._high[left[0]] > own_high - left[1]:
                    saved_high.setdefault(left[0], self._high[left[0]])
                    self._high[left[0]] = own_high - left[1]
                    fresh.append(self._block[left[0]])
        return True

    def settle(self) -> None:
        """Place the blocks: from the leftmost places that fit, each in turn as near as it can to what pulls it."""
        blocks = sorted(set(self._block), key=lambda block: self._low[block] - self._offset[block])
        wished = {
            block: sum(self._vertices[n].x - self._offset[n] for n in self._members[block]) / len(self._members[block])
            for block in blocks
        }
        for number, vertex in enumerate(self._vertices):
            vertex.x = self._low[number]
        for turn in range(SETTLING):
            for block in blocks if turn % 2 else reversed(blocks):
                here = self._vertices[self._members[block][0]].x - self._offset[self._members[block][0]]
                wanted = wished[block] if turn < 2 else self._pulled(block, here)
                low, high = self._limits(block)
                to = min(max(int(wanted + 0.5), low), high)
                for number in self._members[block]:
                    self._vertices[number].x = to + self._offset[number]

    def _limits(self, block: int) -> tuple[int, int]:
        """The places a block can have while the others stay."""
        low, high = -(10**9), 10**9
        for number in self._members[block]:
            left, right, own = self._left[number], self._right[number], self._offset[number]
            least = self._vertices[left[0]].x + left[1] if left else self._low[number]
            most = self._vertices[right[0]].x - right[1] if right else self._high[number]
            low, high = max(low, least - own, self._low[number] - own), min(high, most - own, self._high[number] - own)
        return low, high

    def _pulled(self, block: int, here: int) -> float:
        """The mean place that the lines out of a block pull it to."""
        total = heavy = 0.0
        for number in self._members[block]:
            vertex = self._vertices[number]
            for link in vertex.ups:
                if self._block[self._index[id(link.upper)]] != block:
                    total += (link.start - link.end) / GRID + here
                    heavy += 1
            for link in vertex.downs:
                if self._block[self._index[id(link.lower)]] != block:
                    total += (link.end - link.start) / GRID + here
                    heavy += 1
        return total / heavy if heavy else here
