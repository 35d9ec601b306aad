"""In which row of boxes each node stands: sources above targets, edges short, no row wider than there is room."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from store.graph import Pair

LANE = 2
"""Cells that a line passing a row takes, with the blank beside it."""


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
    rank have no edge between them, so any of them may stand below the others (the idea of Coffman and Graham, 1972,
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
