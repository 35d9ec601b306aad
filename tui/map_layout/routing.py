"""The lines between two rows: each net turns on a separate track where nets would meet."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tui.map_layout.layers import GRID

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.map_layout.layers import Link, Vertex


class UnroutableError(Exception):
    """No free column is left to lead two nets past each other."""


@dataclass(slots=True)
class Net:
    """The ends of a net in a channel, as columns, and the tracks on which it turns: none, one, or two.

    With two it goes from the first to the second at the column `knee`.
    """

    tops: set[int] = field(default_factory=set)
    bottoms: set[int] = field(default_factory=set)
    tracks: tuple[int, ...] = ()
    knee: int | None = None

    @property
    def straight(self) -> bool:
        """Whether it only goes down."""
        return self.tops == self.bottoms and len(self.tops) == 1


@dataclass(slots=True)
class Channel:
    """The nets between two rows and how many tracks they take."""

    nets: dict[int, Net]
    tracks: int


@dataclass(slots=True, eq=False)
class _Run:
    """A part of a net on one track. `above` are the runs that must turn before it, with the tracks between."""

    net: Net
    low: int
    high: int
    tops: frozenset[int]
    bottoms: frozenset[int]
    above: dict[int, int] = field(default_factory=dict)
    track: int = -1


def route(row: Sequence[Vertex], width: int) -> Channel:
    """Route the lines that leave a row downwards within `width` columns.

    Tracks by the left-edge rule (Hashimoto and Stevens 1971) under the order that ends in one column ask for; where
    that order is a circle one net gets a knee (Deutsch 1976). Raises UnroutableError where no column is free for it.
    """
    nets: dict[int, Net] = {}
    for vertex in row:
        for link in vertex.downs:
            net = nets.setdefault(link.net, Net())
            net.tops.add(link.start)
            net.bottoms.add(link.end)
    bent = [net for net in nets.values() if not net.straight]
    runs = [_Run(net, *_span(net.tops | net.bottoms), frozenset(net.tops), frozenset(net.bottoms)) for net in bent]
    taken = {column for net in nets.values() for column in net.tops | net.bottoms}
    while True:
        _constrain(runs)
        circle = _circle(runs)
        if not circle:
            break
        runs = _bend(runs, circle, taken, width)
    _prefer(runs)
    tracks = _assign(runs)
    for net in bent:
        net.tracks = tuple(sorted({run.track for run in runs if run.net is net}))
    return Channel(nets, tracks)


def _span(columns: set[int]) -> tuple[int, int]:
    return min(columns), max(columns)


def _constrain(runs: Sequence[_Run]) -> None:
    """What comes down in a column must turn before what continues down in it begins: two tracks before, in plain signs
    two corners on top of each other would read as one line."""
    for run in runs:
        run.above.clear()
    for number, upper in enumerate(runs):
        for lower in runs:
            if lower.net is upper.net:
                if lower is not upper and upper.bottoms == lower.tops:
                    lower.above[number] = 1
            elif upper.tops & lower.bottoms:
                lower.above[number] = 2


def _circle(runs: Sequence[_Run]) -> list[_Run]:
    """Runs that each must turn before the next, all round; none if there is no such circle."""
    state = [0] * len(runs)
    for start in range(len(runs)):
        if state[start]:
            continue
        path = [start]
        waits = [iter(runs[start].above)]
        state[start] = 1
        while path:
            found = next(waits[-1], None)
            if found is None:
                state[path.pop()] = 2
                waits.pop()
            elif state[found] == 1:
                return [runs[number] for number in path[path.index(found) :]]
            elif not state[found]:
                state[found] = 1
                path.append(found)
                waits.append(iter(runs[found].above))
    return []


def _bend(runs: list[_Run], circle: Sequence[_Run], taken: set[int], width: int) -> list[_Run]:
    """Give one run of a circle a knee at the nearest free column."""
    best: tuple[int, int, _Run] | None = None
    for run in circle:
        if run.net.knee is not None:
            continue
        middle = (run.low + run.high) // 2
        for column in range(0, width, GRID):
            if column not in taken:
                outside = max(run.low - column, column - run.high, 0)
                found = (outside * width + abs(column - middle), column, run)
                best = found if best is None or found[:2] < best[:2] else best
    if best is None:
        raise UnroutableError
    _, knee, run = best
    taken.add(knee)
    run.net.knee = knee
    own = frozenset((knee,))
    upper = _Run(run.net, *_span({*run.tops, knee}), run.tops, own)
    lower = _Run(run.net, *_span({*run.bottoms, knee}), own, run.bottoms)
    return [*(each for each in runs if each is not run), upper, lower]


def _prefer(runs: Sequence[_Run]) -> None:
    """Let overlapping runs that are free to turn in either order take the one with fewer crossings."""
    wishes = []
    for i, one in enumerate(runs):
        for j in range(i + 1, len(runs)):
            other = runs[j]
            if one.low > other.high or other.low > one.high:
                continue
            first = _crossings(one, other) - _crossings(other, one)
            if first:
                wishes.append((-abs(first), i, j) if first < 0 else (-abs(first), j, i))
    for _, upper, lower in sorted(wishes):
        if upper not in runs[lower].above and not _must_precede(runs, lower, upper):
            runs[lower].above[upper] = 1


def _crossings(upper: _Run, lower: _Run) -> int:
    """How many crossings two runs have when one turns above the other."""
    return sum(upper.low < column < upper.high for column in lower.tops) + sum(
        lower.low < column < lower.high for column in upper.bottoms
    )


def _must_precede(runs: Sequence[_Run], one: int, other: int) -> bool:
    """Whether a run must turn before another one."""
    seen, fresh = {other}, [other]
    while fresh:
        for number in runs[fresh.pop()].above:
            if number == one:
                return True
            if number not in seen:
                seen.add(number)
                fresh.append(number)
    return False


def _assign(runs: Sequence[_Run]) -> int:
    """Put each run on the first track that is free for it below those that turn before it. Returns the tracks."""
    tracks: list[list[_Run]] = []
    left = list(runs)
    while left:
        ready = [run for run in left if all(runs[number].track >= 0 for number in run.above)]
        for run in sorted(ready, key=lambda run: (run.low, run.high)):
            track = max((runs[number].track + more for number, more in run.above.items()), default=0)
            while track < len(tracks) and any(
                run.low <= other.high + 1 and other.low <= run.high + 1 for other in tracks[track]
            ):
                track += 1
            while len(tracks) <= track:
                tracks.append([])
            tracks[track].append(run)
            run.track = track
        left = [run for run in left if run.track < 0]
    return len(tracks)


def turns(net: Net, link: Link) -> list[tuple[int, int]]:
    """Where a piece of line turns: the track and the column it goes to, from the top; nothing if it goes straight."""
    start, end = link.start, link.end
    if not net.tracks or (start == end and len(net.tracks) == 1):
        return []
    if net.knee is None or len(net.tracks) == 1:
        return [(net.tracks[0], end)]
    return [(net.tracks[0], net.knee), (net.tracks[1], end)]
