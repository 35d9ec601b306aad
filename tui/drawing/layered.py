"""One connected part of a map, top to bottom (Sugiyama, Tagawa and Toda 1981): from its edges to lines and boxes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.drawing.channels import route, turns
from tui.drawing.columns import place
from tui.drawing.levels import GRID, Kind, Strand, TooNarrowError, build, lanes, least_width, room_for_box
from tui.drawing.order import arrange
from tui.drawing.ranks import bounded, ranks_of
from tui.drawing.wrap import longest_word, narrowed_label, wrapped_label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.drawing.canvas import Step
    from tui.drawing.channels import Channel
    from tui.drawing.levels import Levels, Link, Vertex

WRAPS = (30, 22, 16, 12, 9)
"""The cells that labels are wrapped to, the widest first."""
SLACKS = (0, 4, 12)
"""Cells by which rows of boxes are kept narrower, where the lines that pass them need more than expected."""


@dataclass(frozen=True, slots=True)
class Joint:
    """An edge of a part: numbers of its nodes within the part, its label, and whether it runs back."""

    source: int
    target: int
    label: str
    back: bool


@dataclass(frozen=True, slots=True)
class Laid:
    """A part that is laid out: rows and columns count from its own top left.

    boxes: row, first column and cells of each node's box. texts: row and column of each edge's label, and its
    lines. paths: the cells of each edge's line from its source to its target.
    """

    width: int
    height: int
    boxes: tuple[tuple[int, int, int], ...]
    texts: tuple[tuple[int, int, tuple[str, ...]], ...]
    paths: tuple[tuple[Step, ...], ...]


@dataclass(frozen=True, slots=True)
class Option:
    """A way to wrap the labels of a part: its rows, the least cells they take and the height they lead to."""

    levels: Levels
    width: int
    height: int


class Part:
    """A connected part with everything that does not depend on how labels are wrapped."""

    def __init__(self, sizes: Sequence[int], joints: Sequence[Joint], anchors: Sequence[int] | None = None) -> None:
        self.sizes, self.joints, self._anchors = sizes, joints, anchors
        self.ends = [(j.target, j.source) if j.back else (j.source, j.target) for j in joints]
        self._ranks = ranks_of(len(sizes), [pair for pair in self.ends if pair[0] != pair[1]])
        self._lanes = lanes(len(sizes), self.ends, [joint.back for joint in joints])

    def options(self, width: int) -> list[Option]:
        """The ways to wrap the labels that fit a width, words whole where they can be.

        Raises TooNarrowError if there is none.
        """
        if max(self.sizes) > width:
            raise TooNarrowError
        sizes = [room_for_box(size) for size in self.sizes]
        for slack in SLACKS:
            ranks = bounded(self._ranks, sizes, self.ends, self._lanes, width - slack)
            for whole in (True, False):
                if found := self._wraps(ranks, width, whole=whole):
                    return found
        raise TooNarrowError

    def _wraps(self, ranks: Sequence[int], width: int, *, whole: bool) -> list[Option]:
        """The options with words whole, or broken where they are longer than a line."""
        found: list[Option] = []
        tried: set[tuple[tuple[str, ...], ...]] = set()
        widest = max((longest_word(joint.label) for joint in self.joints), default=0) if whole else 0
        for wrap in WRAPS:
            size = max(min(max(wrap, widest), width - 2), 1)
            lines = tuple(wrapped_label(joint.label, size) for joint in self.joints)
            if lines not in tried:
                tried.add(lines)
                found += self._option(lines, ranks, width)
        return found

    def _option(self, lines: Sequence[tuple[str, ...]], ranks: Sequence[int], width: int) -> list[Option]:
        strands = [
            Strand(number, *self.ends[number], joint.back, lines[number]) for number, joint in enumerate(self.joints)
        ]
        try:
            levels = build(self.sizes, ranks, strands, width, self._anchors)
            self._narrow(levels)
        except TooNarrowError:
            return []
        return [Option(levels, levels.least_width, _expected_height(levels))]

    def _narrow(self, levels: Levels) -> None:
        """Let every label take as many lines as its row has anyway, and no more cells than that takes."""
        for row in levels.rows:
            labelled = [vertex for vertex in row if vertex.lines]
            most = max((len(vertex.lines) for vertex in labelled), default=1)
            for vertex in labelled:
                if len(vertex.lines) < most:
                    vertex.wrap(narrowed_label(self.joints[vertex.number].label, vertex.lines, most))

    def _unwrap(self, option: Option) -> None:
        """Wrap the labels of each row only as far as the picture is wide anyway."""
        for row in option.levels.rows:
            labelled = [vertex for vertex in row if vertex.lines]
            for wrap in WRAPS:
                if not labelled or all(len(vertex.lines) == 1 for vertex in labelled):
                    break
                kept = [(vertex.lines, vertex.right) for vertex in labelled]
                for vertex in labelled:
                    vertex.wrap(wrapped_label(self.joints[vertex.number].label, wrap))
                lower = max(len(vertex.lines) for vertex in labelled) < max(len(lines) for lines, _ in kept)
                if lower and least_width(row, option.levels.first) <= option.width:
                    break
                for vertex, (lines, right) in zip(labelled, kept, strict=True):
                    vertex.lines, vertex.right = lines, right

    def lay(self, option: Option, width: int) -> Laid:
        """The picture at most `width` cells wide. Raises TooNarrowError or UnroutableError where that cannot be."""
        self._unwrap(option)
        self._narrow(option.levels)
        arrange(option.levels)
        place(option.levels, width)
        return _Laying(self, option.levels, width).laid()


def _heights(levels: Levels) -> list[int]:
    return [
        1 if box else max([1, *(_height(vertex) for vertex in row)])
        for row, box in zip(levels.rows, levels.boxes, strict=True)
    ]


def _height(vertex: Vertex) -> int:
    return max(len(vertex.lines) + 1, 2) if vertex.kind is Kind.LOOP else len(vertex.lines)


def _expected_height(levels: Levels) -> int:
    """The rows of the picture, if a line turns wherever lines part or meet, and beside labels below each other."""
    turning = sum(any(len(vertex.downs) > 1 for vertex in row) for row in levels.rows)
    turning += sum(any(len(vertex.ups) > 1 for vertex in row) for row in levels.rows)
    labels = levels.boxes.count(False)
    stacked = sum(not box and not above for above, box in zip(levels.boxes, levels.boxes[1:], strict=False))
    return sum(_heights(levels)) + turning + sum(levels.boxes) + (2 * stacked if labels else 0)


class _Laying:
    """Rows for everything that has its column."""

    def __init__(self, part: Part, levels: Levels, width: int) -> None:
        self._part, self._levels = part, levels
        self._channels = [route(row, width) for row in levels.rows]
        self._heights = _heights(levels)
        self._tops: list[int] = []
        self._first_track: list[int] = []
        top = 0
        for number, height in enumerate(self._heights):
            self._tops.append(top)
            tracks = self._channels[number].tracks
            stub = 1 if self._needs_stub(number, tracks) else 0
            self._first_track.append(top + height + stub)
            arrow = 1 if number + 1 < len(levels.boxes) and levels.boxes[number + 1] else 0
            top += height + stub + tracks + arrow
        self._height = top

    def _needs_stub(self, level: int, tracks: int) -> bool:
        """Whether a row without corners comes first: under boxes and loops a corner would read as theirs, and a label
        beside an arrowhead would not stand beside its line."""
        row = self._levels.rows[level]
        if not self._levels.boxes[level]:
            return tracks > 0 and any(vertex.kind is Kind.LOOP for vertex in row)
        boxes = [vertex for vertex in row if vertex.kind is Kind.NODE]
        return tracks > 0 or any(link.net in self._levels.dashed for vertex in boxes for link in vertex.downs)

    def laid(self) -> Laid:
        """Boxes, labels and lines, from the leftmost column on."""
        nodes, labels = self._levels.nodes, self._levels.labels
        paths = [self._path(number) for number in range(len(self._part.joints))]
        vertices = [vertex for row in self._levels.rows for vertex in row]
        columns = [column for path in paths for _, column, _ in path]
        left = min([*(vertex.column - vertex.left for vertex in vertices), *columns])
        right = max([*(vertex.column + vertex.right for vertex in vertices), *columns])
        return Laid(
            width=right - left + 1,
            height=self._height,
            boxes=tuple((self._tops[v.level], v.column - v.left - left, v.left + v.right + 1) for v in nodes),
            texts=tuple(
                (self._tops[v.level], v.column + (GRID if v.kind is Kind.LOOP else 0) + 2 - left, v.lines)
                for v in (labels[number] for number in range(len(paths)))
            ),
            paths=tuple(tuple((row, column - left, net) for row, column, net in path) for path in paths),
        )

    def _path(self, number: int) -> list[Step]:
        joint, label = self._part.joints[number], self._levels.labels[number]
        pieces = self._levels.pieces[number]
        if label.kind is Kind.LOOP:
            half = len(pieces) // 2
            down, up = self._down(pieces[:half]), self._down(pieces[half:])
            bottom = self._tops[label.level] + self._heights[label.level] - 1
            left, right = label.column, label.column + GRID
            net, back = pieces[0].net, pieces[-1].net
            start = self._tops[label.level]
            down += [(row, left, net) for row in range(start, bottom + 1)]
            down += [(bottom, column, net) for column in range(left + 1, right + 1)]
            return [*down, *((row, right, back) for row in range(bottom - 1, start - 1, -1)), *reversed(up)]
        path = self._down(pieces)
        return path[::-1] if joint.back else path

    def _down(self, pieces: Sequence[Link]) -> list[Step]:
        """The cells of pieces of line that follow each other, with the rows between them."""
        steps: list[Step] = []
        for link in pieces:
            level = link.upper.level
            steps += self._piece(link, self._channels[level])
            lower = link.lower
            if lower.kind is not Kind.NODE and link is not pieces[-1]:
                top = self._tops[lower.level]
                net = lower.net
                steps += [(row, lower.column, net) for row in range(top, top + self._heights[lower.level])]
        return steps

    def _piece(self, link: Link, channel: Channel) -> list[Step]:
        level, column, net = link.upper.level, link.start, link.net
        row = self._tops[level] + self._heights[level]
        steps: list[Step] = []
        for track, to in turns(channel.nets[net], link):
            turn = self._first_track[level] + track
            steps += [(each, column, net) for each in range(row, turn + 1)]
            way = 1 if to > column else -1
            steps += [(turn, each, net) for each in range(column + way, to + way, way)] if to != column else []
            row, column = turn + 1, to
        return steps + [(each, column, net) for each in range(row, self._tops[link.lower.level])]
