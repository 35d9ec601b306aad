"""Which edges run back, so that without them a graph has no cycle."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

Pair = tuple[int, int]
SMALL = 400
"""Edges up to which they are taken in one by one, each looked at with all those before it."""


def back_edges(count: int, edges: Sequence[Pair]) -> list[bool]:
    """Whether each edge between `count` nodes runs back; a loop always does.

    As few as two rules find: the edges that close a cycle with those stored before them, so that a new edge leaves
    the others where they are, or the greedy rule of Eades, Lin and Smyth (1993), where that takes fewer.
    """
    loops = [source == target for source, target in edges]
    plain = [number for number, loop in enumerate(loops) if not loop]
    pairs = [edges[number] for number in plain]
    best = _greedy(count, pairs)
    if len(pairs) <= SMALL:
        stored = _stored(count, pairs)
        if sum(stored) <= sum(best):
            best = stored
    found = list(loops)
    for number, back in zip(plain, best, strict=True):
        found[number] = back
    return found


def _stored(count: int, edges: Sequence[Pair]) -> list[bool]:
    """The edges that close a cycle with the edges before them."""
    below: list[set[int]] = [set() for _ in range(count)]
    found = []
    for source, target in edges:
        back = _reaches(below, target, source)
        found.append(back)
        if not back:
            below[source].add(target)
    return found


def _reaches(below: Sequence[set[int]], start: int, end: int) -> bool:
    seen, fresh = {start}, [start]
    while fresh:
        node = fresh.pop()
        if node == end:
            return True
        new = below[node] - seen
        seen |= new
        fresh += new
    return False


def _greedy(count: int, edges: Sequence[Pair]) -> list[bool]:
    """Sinks go to the end, sources to the beginning, else the node with most edges out over edges in."""
    out: list[list[int]] = [[] for _ in range(count)]
    into: list[list[int]] = [[] for _ in range(count)]
    for source, target in edges:
        out[source].append(target)
        into[target].append(source)
    outs, ins = [len(ends) for ends in out], [len(ends) for ends in into]
    left = dict.fromkeys(range(count))
    first: list[int] = []
    last: list[int] = []

    def take(node: int) -> None:
        del left[node]
        for target in out[node]:
            ins[target] -= 1
        for source in into[node]:
            outs[source] -= 1

    while left:
        sinks = [node for node in left if outs[node] == 0]
        sources = [node for node in left if ins[node] == 0 and outs[node]]
        for node in sinks:
            last.append(node)
            take(node)
        for node in sources:
            first.append(node)
            take(node)
        if not sinks and not sources:
            node = max(left, key=lambda node: outs[node] - ins[node])
            first.append(node)
            take(node)
    place = {node: number for number, node in enumerate([*first, *reversed(last)])}
    return [place[source] > place[target] for source, target in edges]
