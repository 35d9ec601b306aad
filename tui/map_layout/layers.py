"""The rows of a layered picture: boxes, and between them labels, each with the lines that pass it."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from rich.cells import cell_len

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from store.graph import Pair

GRID = 2

"""Lines are in every second column: between two of them there is always a blank, or one cell of a crossing."""


class TooNarrowError(Exception):
    """The picture does not fit the width."""


class Kind(Enum):
    """The kinds of things in a row."""

    NODE = 0
    PASS = 1
    LABEL = 2
    LOOP = 3


@dataclass(slots=True, eq=False)
class Vertex:
    """Something in a row. Its line is at the anchor: it takes `left` cells before and `right` cells after that.

    number: the node's or the edge's; of a line that passes, -1. x: the anchor in steps of the grid. place: how
    many are before it in its row.
    """

    kind: Kind
    number: int
    net: int
    left: int = 0
    right: int = 0
    lines: tuple[str, ...] = ()
    level: int = 0
    x: int = 0
    place: int = 0
    ups: list[Link] = field(default_factory=list)
    downs: list[Link] = field(default_factory=list)

    @property
    def column(self) -> int:
        """The anchor's column."""
        return self.x * GRID

    def wrap(self, lines: tuple[str, ...]) -> None:
        """Other lines for a label, with the cells they take."""
        self.right += _width(lines) - _width(self.lines)
        self.lines = lines


@dataclass(slots=True, eq=False)
class Link:
    """A piece of line between two rows. `top` and `bottom` are its cells from the anchors of its ends.

    Lines of one net may share cells: it has one end above (one source) or one end below (one target).
    """

    upper: Vertex
    lower: Vertex
    net: int
    top: int = 0
    bottom: int = 0

    @property
    def start(self) -> int:
        """The column where it leaves the upper row."""
        return self.upper.x * GRID + self.top

    @property
    def end(self) -> int:
        """The column where it enters the lower row."""
        return self.lower.x * GRID + self.bottom


@dataclass(frozen=True, slots=True)
class Strand:
    """An edge to be laid: the numbers of its upper and lower node, and whether it runs from the lower to the upper.

    Only a loop has the same node twice; it is a strand that runs back.
    """

    number: int
    upper: int
    lower: int
    back: bool
    lines: tuple[str, ...]

    @property
    def width(self) -> int:
        """The cells of line and label."""
        return 1 + _width(self.lines)


def _width(lines: Sequence[str]) -> int:
    """The cells of a label behind its line."""
    return 1 + max(map(cell_len, lines)) if lines else 0


@dataclass(slots=True)
class Levels:
    """All rows from the top, and for each edge its pieces of line from the upper node to the lower one.

    boxes: whether a row is one of boxes. nodes: the vertex of each node. A loop's pieces are the one that leaves
    the node and the one that comes back.
    """

    rows: list[list[Vertex]]
    boxes: list[bool]
    nodes: list[Vertex]
    labels: dict[int, Vertex]
    pieces: dict[int, list[Link]]
    dashed: set[int]

    @property
    def first(self) -> int:
        """The column of the grid's first line: 0, or 1 where the boxes then begin at the left edge."""
        return self.nodes[0].left % GRID

    @property
    def least_width(self) -> int:
        """The cells that the widest row takes at the least."""
        return max(least_width(row, self.first) for row in self.rows)


def gap_between(left: Vertex, right: Vertex) -> int:
    """The blanks that stay between two neighbors of a row."""
    beside_text = left.kind in (Kind.LABEL, Kind.LOOP)
    return 1 if left.kind is Kind.PASS or (right.kind is Kind.PASS and not beside_text) else 2


def separation(left: Vertex, right: Vertex) -> int:
    """The least distance of two neighbors' anchors, in steps of the grid."""
    return -(-(left.right + gap_between(left, right) + 1 + right.left) // GRID)


def least_width(row: Sequence[Vertex], first: int) -> int:
    """The cells that a row needs in any order, if the grid begins in the column `first`."""
    return max((_width_in_order(order, first) for order in _widest_orders(row)), default=0)


def _widest_orders(row: Sequence[Vertex]) -> Iterator[list[Vertex]]:
    """The orders of which one is the widest.

    Next to each other, two lose a cell to the grid where the one has as much behind its line as the other before its
    own, both odd or both even: as many such neighbors as can be, and lanes before, behind or round them.
    """
    lanes = [vertex for vertex in row if vertex.kind is Kind.PASS]
    others = [vertex for vertex in row if vertex.kind is not Kind.PASS]
    for before in sorted({0, min(1, len(lanes)), len(lanes)}) if row else ():
        for odd in (0, 1):
            yield [*lanes[:before], *_losing(others, odd), *lanes[before:]]


def _losing(row: Sequence[Vertex], odd: int) -> list[Vertex]:
    """A row so that many neighbors lose a cell; it begins with what has an odd number of cells before its line."""
    waiting: tuple[list[Vertex], list[Vertex]] = ([], [])
    # The last ones are taken first: those after which the same kind can follow.
    for vertex in sorted(row, key=lambda vertex: vertex.left % GRID == vertex.right % GRID):
        waiting[vertex.left % GRID].append(vertex)
    found: list[Vertex] = []
    while any(waiting):
        odd = odd if waiting[odd] else 1 - odd
        found.append(waiting[odd].pop())
        odd = found[-1].right % GRID
    return found


def _width_in_order(row: Sequence[Vertex], first: int) -> int:
    steps = sum(separation(one, other) for one, other in itertools.pairwise(row))
    return first + least_place(row[0].left, first) * GRID + steps * GRID + row[-1].right + 1


def least_place(left: int, first: int) -> int:
    """The first place in the grid that has `left` cells before it."""
    return max(-((first - left) // GRID), 0)


def _up(cells: int) -> int:
    return -(-cells // GRID) * GRID


def room_for_box(size: int) -> int:
    """The cells that a box of `size` cells takes in a row of boxes, with the blanks behind it."""
    return _up(size + 2)


def lanes(count: int, ends: Sequence[tuple[int, int]], back: Sequence[bool]) -> list[int]:
    """For each edge the number of the lane in which it passes rows of boxes; edges of one lane share their line.

    Its label is next to the end that shares its line with fewer edges, so it passes in the lane of the other one:
    below `count` that of its source, then that of its target, then a separate one for an edge that runs back.
    """
    outs, ins = [0] * count, [0] * count
    for (upper, lower), own in zip(ends, back, strict=True):
        outs[upper] += not own
        ins[lower] += not own
    return [
        2 * count + number if back[number] else count + lower if ins[lower] >= outs[upper] else upper
        for number, (upper, lower) in enumerate(ends)
    ]


def build(
    sizes: Sequence[int],
    ranks: Sequence[int],
    strands: Sequence[Strand],
    width: int,
    anchors: Sequence[int] | None = None,
) -> Levels:
    """Lay every edge through the rows. `sizes` are the cells of each box, `anchors` those before its line: without
    them it is in the middle.

    Raises TooNarrowError where a row cannot fit `width` cells.
    """
    return _Builder(sizes, ranks, strands, width, anchors).build()


class _Builder:
    def __init__(
        self,
        sizes: Sequence[int],
        ranks: Sequence[int],
        strands: Sequence[Strand],
        width: int,
        anchors: Sequence[int] | None,
    ) -> None:
        self._ranks, self._strands, self._width = ranks, strands, width
        count = len(sizes)
        self._lanes = lanes(count, [(s.upper, s.lower) for s in strands], [s.back for s in strands])
        out, into = [False] * count, [False] * count
        # A line that runs back has its own place at each of its two boxes.
        above, below = [0] * count, [0] * count
        for strand in strands:
            if strand.back:
                below[strand.upper] += 1
                above[strand.lower] += strand.lower != strand.upper
                below[strand.upper] += strand.lower == strand.upper
            else:
                out[strand.upper] = into[strand.lower] = True
        self._nodes = []
        for number, size in enumerate(sizes):
            ports = max(below[number] + out[number], above[number] + into[number])
            cells = max(size, GRID * ports + 1)
            left = (cells - 1) // 2 if anchors is None else min(anchors[number], cells - 1)
            self._nodes.append(Vertex(Kind.NODE, number, -1, left, cells - 1 - left))
        self._dashed: set[int] = set()

    def build(self) -> Levels:
        """Rows of boxes and labels, then the edges through them."""
        shelves = self._shelves()
        rows: list[list[Vertex]] = []
        boxes: list[bool] = []
        at: dict[int, int] = {}
        for rank, shelf in enumerate(shelves):
            for node in (node for node in self._nodes if self._ranks[node.number] == rank):
                node.level = len(rows)
            rows.append([])
            boxes.append(True)
            for part in shelf:
                at |= {strand.number: len(rows) for strand in part}
                rows.append([])
                boxes.append(False)
        for node in self._nodes:
            rows[node.level].append(node)
        levels = Levels(rows, boxes, self._nodes, {}, {}, self._dashed)
        lay = _Layer(levels)
        count = len(self._nodes)
        for strand in self._strands:
            own = 2 * count + 2 * strand.number
            nets = (own, own + 1) if strand.back else (strand.upper, count + strand.lower)
            if strand.back:
                self._dashed |= {own, own + 1}
            if strand.upper == strand.lower:
                lay.loop(strand, at[strand.number], nets)
            else:
                lay.edge(strand, at[strand.number], nets)
        if levels.least_width > self._width:
            raise TooNarrowError
        return levels

    def _shelves(self) -> list[list[list[Strand]]]:
        """Under each rank, the rows of labels with the edges whose label is there."""
        most = max(self._ranks, default=-1)
        wanted: list[list[Strand]] = [[] for _ in range(most + 1)]
        for strand in self._strands:
            wanted[self._home(strand)].append(strand)
        shelves: list[list[list[Strand]]] = []
        for rank in range(most + 1):
            shelves.append(self._parts(wanted[rank], rank) if rank < most or wanted[rank] else [])
        return shelves

    def _home(self, strand: Strand) -> int:
        """The rank below which an edge's label is."""
        in_lane_of_source = self._lanes[strand.number] == strand.upper
        return self._ranks[strand.lower] - 1 if in_lane_of_source else self._ranks[strand.upper]

    def _parts(self, strands: list[Strand], rank: int) -> list[list[Strand]]:
        """The labels under a rank in as many rows as they need."""
        passing = {
            self._lanes[s.number]
            for s in self._strands
            if self._ranks[s.upper] <= rank < self._ranks[s.lower] and self._home(s) != rank
        }
        parts: list[list[Strand]] = []
        left = list(strands)
        while left:
            part, left = self._fill(left, passing)
            parts.append(part)
            # Below its label an edge continues in the lane of its target.
            passing |= {s.lower + len(self._nodes) if not s.back else self._lanes[s.number] for s in part}
        return parts or [[]]

    def _fill(self, strands: list[Strand], passing: set[int]) -> tuple[list[Strand], list[Strand]]:
        """As many labels, in order, as fit next to the lines that pass, at least one; and the rest."""
        used = 0
        for number, strand in enumerate(strands):
            beside = passing | {s.upper if not s.back else self._lanes[s.number] for s in strands[number + 1 :]}
            used += _up(strand.width + 2 + (GRID if strand.upper == strand.lower else 0))
            if number and used + GRID * len(beside) > self._width:
                return strands[:number], strands[number:]
        return strands, []


class _Layer:
    """Lays edges through the rows; lines of one net share what they can."""

    def __init__(self, levels: Levels) -> None:
        self._levels = levels
        self._passing: dict[tuple[int, int], Vertex] = {}
        self._links: dict[tuple[int, int, int], Link] = {}

    def edge(self, strand: Strand, level: int, nets: tuple[int, int]) -> None:
        """From the upper node past every row to the lower one."""
        upper, lower = self._levels.nodes[strand.upper], self._levels.nodes[strand.lower]
        label = Vertex(Kind.LABEL, strand.number, nets[0], 0, strand.width - 1, strand.lines, level)
        self._levels.rows[level].append(label)
        self._levels.labels[strand.number] = label
        pieces: list[Link] = []
        at = upper
        for row in range(upper.level + 1, level):
            at = self._step(at, self._pass(nets[0], row), nets[0], pieces)
        at = self._step(at, label, nets[0], pieces)
        for row in range(level + 1, lower.level):
            at = self._step(at, self._pass(nets[1], row), nets[1], pieces)
        self._step(at, lower, nets[1], pieces)
        self._levels.pieces[strand.number] = pieces

    def loop(self, strand: Strand, level: int, nets: tuple[int, int]) -> None:
        """Down from the node, round, and up to it again."""
        node = self._levels.nodes[strand.upper]
        label = Vertex(Kind.LOOP, strand.number, nets[0], 0, strand.width - 1 + GRID, strand.lines, level)
        self._levels.rows[level].append(label)
        self._levels.labels[strand.number] = label
        pieces: list[Link] = []
        for number, net in enumerate(nets):
            at = node
            for row in range(node.level + 1, level):
                at = self._step(at, self._pass(net, row), net, pieces)
            self._step(at, label, net, pieces)
            pieces[-1].bottom = GRID * number
        self._levels.pieces[strand.number] = pieces

    def _pass(self, net: int, row: int) -> Vertex:
        found = self._passing.get((net, row))
        if found is None:
            found = self._passing[net, row] = Vertex(Kind.PASS, -1, net, level=row)
            self._levels.rows[row].append(found)
        return found

    def _step(self, upper: Vertex, lower: Vertex, net: int, pieces: list[Link]) -> Vertex:
        key = (id(upper), id(lower), net)
        link = self._links.get(key)
        if link is None:
            link = self._links[key] = Link(upper, lower, net)
            upper.downs.append(link)
            lower.ups.append(link)
        pieces.append(link)
        return lower


LANE = 2

"""Cells that a line passing a row takes, with the blank next to it."""


def ranks_of(count: int, edges: Sequence[Pair]) -> list[int]:
    """The rank of each node, from 0; edges go to higher ranks.

    Longest paths, then nodes move, each with those that its edges leave no choice, for as long as that makes the
    edges shorter (what network simplex, Gansner et al. 1993, does for whole trees at a time).
    """
    above: list[list[int]] = [[] for _ in range(count)]
    below: list[list[int]] = [[] for _ in range(count)]
    for source, target in edges:
        below[source].append(target)
        above[target].append(source)
    order = _topological(count, above, below)
    rank = [0] * count
    for node in order:
        rank[node] = max((rank[source] + 1 for source in above[node]), default=0)
    moved = True
    while moved:
        down = [_move(node, rank, above, below, 1) for node in reversed(order)]
        up = [_move(node, rank, below, above, -1) for node in order]
        moved = any(down) or any(up)
    return _packed(rank)


def _move(
    start: int, rank: list[int], behind: Sequence[Sequence[int]], ahead: Sequence[Sequence[int]], way: int
) -> bool:
    """Move a node one rank, and all that it would run into, as often as that makes the edges shorter."""
    moved = False
    while True:
        group, fresh = {start}, [start]
        while fresh:
            node = fresh.pop()
            pushed = {other for other in ahead[node] if rank[other] == rank[node] + way} - group
            group |= pushed
            fresh += pushed
        shorter = sum(other not in group for node in group for other in ahead[node])
        longer = sum(other not in group for node in group for other in behind[node])
        if shorter <= longer:
            return moved
        for node in group:
            rank[node] += way
        moved = True


def _topological(count: int, above: Sequence[Sequence[int]], below: Sequence[Sequence[int]]) -> list[int]:
    waits = [len(sources) for sources in above]
    order = [node for node in range(count) if not waits[node]]
    for node in order:
        for target in below[node]:
            waits[target] -= 1
            if not waits[target]:
                order.append(target)
    return order


def _packed(rank: Sequence[int]) -> list[int]:
    """The same order of ranks, without gaps."""
    places = {value: place for place, value in enumerate(sorted(set(rank)))}
    return [places[value] for value in rank]


def bounded(
    rank: Sequence[int], sizes: Sequence[int], edges: Sequence[Pair], lanes: Sequence[int], width: int
) -> list[int]:
    """The ranks with every row of boxes split that is wider than `width` cells with the lines that pass it.

    sizes: the cells of each box with the blanks behind it. lanes: for each edge in which lane it passes. Nodes of one
    rank have no edge between them, so any of them may be below the others (the idea of Coffman and Graham, 1972,
    with real widths).
    """
    found = list(rank)
    level = 0
    while level <= max(found, default=-1):
        row = [node for node, own in enumerate(found) if own == level]
        passing = {
            lane for (source, target), lane in zip(edges, lanes, strict=True) if found[source] < level < found[target]
        }
        room = max(width + LANE - LANE * len(passing), max(sizes[node] for node in row))
        need = sum(sizes[node] for node in row)
        if need > room and len(row) > 1:
            _split(found, level, _upper(row, sizes, edges, -(-need // room)))
        else:
            level += 1
    return found


def _upper(row: Sequence[int], sizes: Sequence[int], edges: Sequence[Pair], parts: int) -> set[int]:
    """The share of a row that stays: ends of cascades first, beginnings last."""
    degree = dict.fromkeys(row, 0)
    for source, target in edges:
        if source in degree:
            degree[source] += 1
        if target in degree:
            degree[target] -= 1
    ordered = sorted(row, key=lambda node: degree[node])
    limit = -(-sum(sizes[node] for node in row) // parts)
    kept, used = {ordered[0]}, sizes[ordered[0]]
    for node in ordered[1:]:
        if used + sizes[node] > limit:
            break
        kept.add(node)
        used += sizes[node]
    return kept


def _split(rank: list[int], level: int, upper: set[int]) -> None:
    for node, own in enumerate(rank):
        if own > level or (own == level and node not in upper):
            rank[node] += 1
