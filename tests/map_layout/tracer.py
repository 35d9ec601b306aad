"""A tracer: from the cells of a picture and the rectangles in it back to the edges, or why they are ambiguous."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.map_layout.page import DASHED, OPPOSITE, SIDEWAYS, SOLID, STEP, UPRIGHT, Cell, Page, Untraceable, beside
from tui.map_layout.model import N, NodeBox, Rect, S

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["TracedEdge", "Untraceable", "trace"]


@dataclass(frozen=True, slots=True, order=True)
class TracedEdge:
    """An edge as a reader sees it. `cells` are those of its line, without the verticals it goes on behind."""

    source: str
    target: str
    label: str = ""
    back: bool = False
    cells: frozenset[Cell] = field(default=frozenset(), compare=False, repr=False)
    box: Rect | None = field(default=None, compare=False, repr=False)


@dataclass(slots=True)
class _Line:
    source: NodeBox
    target: NodeBox
    cells: frozenset[Cell]
    back: bool
    label: Rect | None = None


@dataclass(slots=True)
class _Run:
    """Cells of a solid line side by side, across the way the line is followed: all ways in lead to all ways out.

    ways_in: how many ways there are from a box to here; ways_out: from here to an arrowhead.
    """

    cells: list[Cell]
    entries: list[Cell]
    exits: list[Cell]
    ways_in: int = 0
    ways_out: int = 0

    def between(self, one: Cell, other: Cell) -> list[Cell]:
        """The cells from one to the other, both included."""
        first, last = sorted((self.cells.index(one), self.cells.index(other)))
        return self.cells[first : last + 1]


def trace(
    cells: Sequence[Sequence[str]], nodes: Sequence[NodeBox], labels: Sequence[Rect], *, ascii_only: bool = False
) -> tuple[TracedEdge, ...]:
    """The edges of a picture in order of their values; Untraceable where it is wrong or can be read in two ways.

    cells: rows of cells as in a Drawing; nodes, labels: where the boxes and labels are, in any order.
    """
    page = Page(cells, nodes, labels, ascii_only=ascii_only)
    lines = [line for net in _nets(page) for line in _lines(page, net)]
    at: dict[Cell, list[_Line]] = {}
    for line in lines:
        for cell in line.cells:
            at.setdefault(cell, []).append(line)
    _check_boxes(page, at)
    for label in labels:
        _give(page, label, at)
    return tuple(
        sorted(
            TracedEdge(
                line.source.key,
                line.target.key,
                page.text(line.label) if line.label else "",
                line.back,
                line.cells,
                line.label,
            )
            for line in lines
        )
    )


def _nets(page: Page) -> Iterator[list[Cell]]:
    """The line cells, those together that are joined."""
    seen: set[Cell] = set()
    for first in page.lines:
        if first not in seen:
            net = _joined(page, first, tuple(STEP))
            seen.update(net)
            yield net


def _joined(page: Page, first: Cell, sides: tuple[int, ...]) -> list[Cell]:
    """The cells that are reached over the given sides of each, in reading order."""
    found = {first}
    waiting = [first]
    while waiting:
        links = page.links[waiting.pop()]
        for side in sides:
            if side in links and links[side] not in found:
                found.add(links[side])
                waiting.append(links[side])
    return sorted(found)


def _lines(page: Page, net: list[Cell]) -> list[_Line]:
    heads = [cell for cell in net if cell in page.heads]
    ends = [(cell, side) for cell in net for side in page.ends[cell]]
    styles = {page.lines[cell].style: cell for cell in reversed(net)}
    if not heads:
        raise Untraceable("the line has no arrowhead", net[0])
    if not ends:
        raise Untraceable("the line leaves no box", net[0])
    if DASHED not in styles:
        return _solid(page, net, heads, ends)
    if SOLID in styles:
        raise Untraceable("a dashed line meets a solid one", styles[SOLID])
    return [_dashed(page, net, heads, ends)]


def _dashed(page: Page, net: list[Cell], heads: list[Cell], ends: list[tuple[Cell, int]]) -> _Line:
    for cell in net:
        if page.lines[cell].arms.bit_count() > 2:
            raise Untraceable("a dashed line meets another", cell)
    # Joined cells with two ends at most are one path, and here one of them is an arrowhead, the other a box.
    ((cell, side),) = ends
    if page.lines[cell].style != DASHED or side not in UPRIGHT:
        raise Untraceable("a dashed line leaves its box without an upright dash", cell)
    return _Line(page.ends[cell][side], page.heads[heads[0]], frozenset(net), back=True)


def _solid(page: Page, net: list[Cell], heads: list[Cell], ends: list[tuple[Cell, int]]) -> list[_Line]:
    """The lines of a net: downwards if its arrowheads point down, to the right if they point there."""
    forward = page.lines[heads[0]].points
    for cell in heads:
        if page.lines[cell].points == N:
            raise Untraceable("a solid line leads up", cell)
        if page.lines[cell].points != forward:
            raise Untraceable("the arrowheads of one line point in two directions", cell)
    for cell, side in ends:
        if side != OPPOSITE[forward]:
            raise Untraceable("the line meets a box without an arrowhead", cell)
    runs = _runs(page, net, forward)
    return [
        _Line(page.ends[start][OPPOSITE[forward]], page.heads[way[-1]], frozenset(way), back=False)
        for start, _ in ends
        for way in _ways(page, runs, start, forward)
    ]


def _runs(page: Page, net: list[Cell], forward: int) -> dict[Cell, _Run]:
    """The run of every cell, with the number of ways through it."""
    backward = OPPOSITE[forward]
    across = SIDEWAYS if forward == S else UPRIGHT
    run_of: dict[Cell, _Run] = {}
    runs: list[_Run] = []
    for cell in sorted(net, key=lambda cell: cell if forward == S else cell[::-1]):
        if cell not in run_of:
            cells = _joined(page, cell, across)
            entries = [cell for cell in cells if page.lines[cell].arms & backward]
            exits = [cell for cell in cells if page.lines[cell].arms & forward or cell in page.heads]
            runs.append(_Run(cells, entries, exits))
            run_of |= dict.fromkeys(cells, runs[-1])
    for run in runs:
        before = [page.links[cell].get(backward) for cell in run.entries]
        run.ways_in = sum(1 if cell is None else run_of[cell].ways_in for cell in before)
        if not run.ways_in:
            raise Untraceable("the line comes here from no box", run.cells[0])
    for run in reversed(runs):
        after = [page.links[cell].get(forward) for cell in run.exits]
        run.ways_out = sum(1 if cell is None else run_of[cell].ways_out for cell in after)
        if not run.ways_out:
            raise Untraceable("the line leads to no arrowhead from here", run.cells[0])
    for run in runs:
        if run.ways_in > 1 and run.ways_out > 1:
            raise Untraceable("several lines come together here and several part", run.cells[0])
    return run_of


def _ways(
    page: Page, runs: dict[Cell, _Run], entry: Cell | None, forward: int, passed: Sequence[Cell] = ()
) -> Iterator[list[Cell]]:
    """The cells of each way from the one where a run is entered, or None beyond an arrowhead, to an arrowhead."""
    way = list(passed)
    while entry is not None:
        run = runs[entry]
        first, *others = run.exits
        for other in others:
            yield from _ways(page, runs, page.links[other].get(forward), forward, [*way, *run.between(entry, other)])
        way += run.between(entry, first)
        entry = page.links[first].get(forward)
    yield way


def _check_boxes(page: Page, at: dict[Cell, list[_Line]]) -> None:
    for cell, lines in sorted(at.items()):
        for side in STEP:
            box = page.box_at.get(beside(cell, side))
            if box is not None and any(box not in (line.source, line.target) for line in lines):
                raise Untraceable(f"the line touches {box.key}, which is not its end", cell)


def _give(page: Page, label: Rect, at: dict[Cell, list[_Line]]) -> None:
    """Give a label to the line it is in or next to."""
    corner = (label.row, label.column)
    left = (label.row, label.column - 1)
    if page.links.get(left, {}).get(SIDEWAYS[0]) == (label.row, label.beyond):
        cells = [left]
    else:
        for row in range(label.row, label.below):
            for column in (label.column - 1, label.beyond):
                if not page.blank((row, column)):
                    raise Untraceable("the label touches something", (row, column))
        cells = [(row, label.column - 2) for row in range(label.row, label.below)]
        if not all(cell in page.lines and page.lines[cell].upright for cell in cells):
            raise Untraceable("the label stands beside no line", corner)
    owners = {id(line): line for cell in cells for line in at[cell]}
    if len(owners) > 1:
        raise Untraceable("the label stands beside what several lines share", corner)
    (owner,) = owners.values()
    if owner.label is not None:
        raise Untraceable("the line has another label", corner)
    owner.label = label
