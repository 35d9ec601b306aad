"""What each node weighs with all that it leads to: the nearer, the more."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from store.graph.links import Links, Node

DEPTH = 40
"""How many edges away a node may be to count: what is farther would add less than 4 / 2^40."""

_FOLLOWED = 10_000_000  # edges followed for one node after the other, before they are for many at once
_BATCH = 8_192  # nodes at once


@dataclass(frozen=True, slots=True)
class Score:
    """A node's score in units of 2^-DEPTH, exact, and how many nodes it reaches within DEPTH edges.

    `cut` says that some are as far away as that, so that there may be more.
    """

    units: int
    reach: int
    cut: bool

    @property
    def value(self) -> float:
        """The score as a number; exact but for sums that need more than 53 bits."""
        return self.units / (1 << DEPTH)


def scores(links: Links[Node], weights: Sequence[int], *, followed: int = _FOLLOWED) -> tuple[Score, ...]:
    """Each node's weight, plus weight / 2^d of every other node that a shortest path of d edges leads to.

    A node counts once for another, whatever the number of paths, and never for itself. Each node's edges are
    searched by themselves; where that follows more than so many, as where most nodes reach most others, many
    nodes at once. `weights` are whole numbers, one for each node.
    """
    return _one_by_one(links, weights, followed) or _in_batches(links, weights)


def _one_by_one(links: Links[Node], weights: Sequence[int], followed: int) -> tuple[Score, ...] | None:
    """The scores by a search from each node; None where that would follow too many edges."""
    found: list[Score] = []
    for start, weight in enumerate(weights):
        units = weight << DEPTH
        seen, front = {start}, [start]
        for shift in reversed(range(DEPTH)):
            fresh: list[int] = []
            for node in front:
                targets = links.targets[node]
                followed -= len(targets)
                for target in targets:
                    if target not in seen:
                        seen.add(target)
                        fresh.append(target)
            if followed < 0:
                return None
            front = fresh
            if not front:
                break
            units += sum(weights[node] for node in front) << shift
        found.append(Score(units, len(seen) - 1, bool(front)))
    return tuple(found)


def _in_batches(links: Links[Node], weights: Sequence[int]) -> tuple[Score, ...]:
    """The scores by following many nodes of one weight at once back to all that reach them, a bit for each."""
    units = [weight << DEPTH for weight in weights]
    reach = [0] * len(units)
    cut: set[int] = set()
    alike: defaultdict[int, list[int]] = defaultdict(list)
    for node, weight in enumerate(weights):
        if links.sources[node]:
            alike[weight].append(node)
    for weight, nodes in alike.items():
        for at in range(0, len(nodes), _BATCH):
            front = {node: 1 << bit for bit, node in enumerate(nodes[at : at + _BATCH])}
            seen = dict(front)
            for shift in reversed(range(DEPTH)):
                front = _step_back(links, front, seen)
                for node, bits in front.items():
                    number = bits.bit_count()
                    reach[node] += number
                    units[node] += weight * number << shift
                if not front:
                    break
            cut.update(front)
    return tuple(Score(units[node], reach[node], node in cut) for node in range(len(units)))


def _step_back(links: Links[Node], front: dict[int, int], seen: dict[int, int]) -> dict[int, int]:
    """The nodes one edge before the front, with the bits that are new to each; those are added to `seen`."""
    met: dict[int, int] = {}
    for node, bits in front.items():
        for source in links.sources[node]:
            met[source] = met.get(source, 0) | bits
    fresh: dict[int, int] = {}
    for node, bits in met.items():
        known = seen.get(node, 0)
        if new := bits & ~known:
            seen[node] = known | new
            fresh[node] = new
    return fresh
