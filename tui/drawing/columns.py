"""The column of everything in the rows: lines straight where they can be, nothing beyond the width."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.drawing.levels import GRID, Kind, TooNarrowError, least_place, separation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.drawing.levels import Levels, Link, Vertex

PULLS = 3
SETTLING = 6


def place(levels: Levels, width: int) -> None:
    """Give every vertex its anchor's column within `width` cells.

    Rows are pulled to where their neighbours stand; then vertices that a straight line could join become one block
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
        """Move to the mean of the neighbours above, or below."""
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
    """Vertices joined by straight lines, and the places between which each block can stand, given the others."""

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
