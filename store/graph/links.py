"""Who feeds whom among some nodes: neighbours, reach, roots, and who is the only one to feed another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Sequence

Node = TypeVar("Node", bound="int | str")
Neighbours = tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Links(Generic[Node]):
    """The edges among `nodes`; a node is meant by its number there, and its neighbours are in that order.

    `targets` and `sources` have a tuple for each node. Edges with another end are left out, several between
    two nodes are one, and a node that feeds itself is in `loops`, not among its own neighbours.
    """

    nodes: tuple[Node, ...]
    targets: Neighbours
    sources: Neighbours
    loops: frozenset[int]

    @classmethod
    def of(cls, nodes: Iterable[Node], edges: Iterable[tuple[Node, Node]]) -> Links[Node]:
        """The links of some nodes, each named once."""
        named = tuple(nodes)
        number = {node: at for at, node in enumerate(named)}
        targets: list[list[int]] = [[] for _ in named]
        sources: list[list[int]] = [[] for _ in named]
        loops: set[int] = set()
        for source, target in {
            (number[source], number[target]) for source, target in edges if source in number and target in number
        }:
            if source == target:
                loops.add(source)
            else:
                targets[source].append(target)
                sources[target].append(source)
        return cls(named, _ordered(targets), _ordered(sources), frozenset(loops))


def _ordered(neighbours: list[list[int]]) -> Neighbours:
    return tuple(tuple(sorted(found)) for found in neighbours)


def roots(links: Links[Node]) -> frozenset[int]:
    """The nodes that no other node feeds."""
    return frozenset(at for at, found in enumerate(links.sources) if not found)


def freed(links: Links[Node], node: int) -> tuple[int, ...]:
    """The nodes that this one alone feeds: without it, no other node would feed them."""
    return tuple(target for target in links.targets[node] if links.sources[target] == (node,))


def nearest(
    start: int, neighbours: Sequence[Sequence[int]], *, among: Container[int] | None = None
) -> dict[int, tuple[int, int]]:
    """All that is reachable, nearest first: how many edges away, and the node before it on a shortest path.

    With `among`, paths lead through those nodes alone. The start itself is not among the answers.
    """
    found = {start: (0, start)}
    front = [start]
    distance = 0
    while front:
        distance += 1
        fresh: dict[int, int] = {}
        for node in front:
            for other in neighbours[node]:
                if other not in found and (among is None or other in among):
                    fresh.setdefault(other, node)
        front = sorted(fresh)
        found.update((node, (distance, fresh[node])) for node in front)
    del found[start]
    return found
