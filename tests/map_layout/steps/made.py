"""Rows of boxes, labels and lines for the tests of one step: from a few numbers, without the steps before."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from tui.map_layout.layers import GRID, Kind, Levels, Link, Strand, Vertex, build, ranks_of

if TYPE_CHECKING:
    from collections.abc import Sequence

Pair = tuple[int, int]
NODES = 7
BOX = 11
"""The cells of `[H● EN-001]`."""
WIDE = 400

PAIRS = st.lists(st.tuples(st.integers(0, NODES - 1), st.integers(0, NODES - 1)), max_size=12)
ACYCLIC = PAIRS.map(lambda pairs: [(min(pair), max(pair)) for pair in pairs if pair[0] != pair[1]])
"""Edges from lower to higher nodes, some of them more than once."""
LINES = st.sampled_from([(), ("feeds",), ("skew", "amplifies"), ("学习",), ("x" * 20,)])


def strands_of(
    pairs: Sequence[Pair], texts: Sequence[tuple[str, ...]] = (), backs: Sequence[bool] = ()
) -> list[Strand]:
    """Strands from upper to lower nodes; those without a text have no label, and only a loop runs back unasked."""
    return [
        Strand(n, *pair, pair[0] == pair[1] or backs[n : n + 1] == [True], texts[n] if n < len(texts) else ())
        for n, pair in enumerate(pairs)
    ]


def levels_of(strands: Sequence[Strand], sizes: Sequence[int] = (BOX,) * NODES, width: int = WIDE) -> Levels:
    """The rows that strands are laid through, each box as high as possible."""
    ends = [(strand.upper, strand.lower) for strand in strands if strand.upper != strand.lower]
    return build(sizes, ranks_of(len(sizes), ends), strands, width)


def rows_of_points(counts: Sequence[int], links: Sequence[Sequence[Pair]]) -> Levels:
    """Rows of this many boxes each; `links` lead from places in a row to places in the next one, each its own net."""
    rows = [[Vertex(Kind.NODE, -1, -1, 5, 5, level=level) for _ in range(count)] for level, count in enumerate(counts)]
    nodes = [vertex for row in rows for vertex in row]
    for number, vertex in enumerate(nodes):
        vertex.number = number
    for row in rows:
        for place, vertex in enumerate(row):
            vertex.place = place
    net = 0
    for (upper, lower), pairs in zip(pairwise(rows), links, strict=True):
        for one, other in pairs:
            join(upper[one], lower[other], net)
            net += 1
    return Levels(rows, [True] * len(rows), nodes, {}, {}, set())


def row_of_lines(nets: Sequence[Sequence[Pair]]) -> list[Vertex]:
    """A row from which the lines of each net lead from columns to columns in the row below."""
    ends: dict[int, Vertex] = {}
    tops: dict[int, Vertex] = {}
    for net, lines in enumerate(nets):
        for start, end in lines:
            for vertices, column in ((tops, start), (ends, end)):
                vertices.setdefault(column, Vertex(Kind.PASS, -1, net, x=column // GRID))
            join(tops[start], ends[end], net)
    return [tops[column] for column in sorted(tops)]


def join(upper: Vertex, lower: Vertex, net: int) -> Link:
    """A piece of line between two vertices."""
    link = Link(upper, lower, net)
    upper.downs.append(link)
    lower.ups.append(link)
    return link
