"""Reach, cycles, and scores of a dependency graph; no database."""

from __future__ import annotations

from collections import Counter, defaultdict
from functools import cached_property
from graphlib import TopologicalSorter
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from store.enums import RATINGS, Severity, weight_of

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping, Sequence


Pair = tuple[int, int]
SMALL_COMPONENT = 400
"""A component with more edges gets the back edges of a depth-first search."""


def back_edges(count: int, edges: Sequence[Pair]) -> list[bool]:
    """Whether each edge between `count` nodes is a back edge; removing them breaks every cycle. A self-loop is one.

    In each component, the smaller of two sets: the edges that close a cycle with the edges stored before them, so
    that a new edge does not change the others, and those of the greedy heuristic of Eades, Lin and Smyth (1993). In
    a large component, the back edges of a depth-first search.
    """
    found = [source == target for source, target in edges]
    part, _ = strong_components(_targets(count, edges))
    inside: dict[int, list[int]] = {}
    for number, (source, target) in enumerate(edges):
        if not found[number] and part[source] == part[target]:
            inside.setdefault(part[source], []).append(number)
    for numbers in inside.values():
        nodes = {node: at for at, node in enumerate(sorted({end for n in numbers for end in edges[n]}))}
        # Parallel edges count as one.
        pairs = list(dict.fromkeys((nodes[edges[number][0]], nodes[edges[number][1]]) for number in numbers))
        if len(pairs) > SMALL_COMPONENT:
            closing = _by_depth(len(nodes), pairs)
        else:
            closing = min(_stored(len(nodes), pairs), _greedy(len(nodes), pairs), key=sum)
        back = dict(zip(pairs, closing, strict=True))
        for number in numbers:
            found[number] = back[nodes[edges[number][0]], nodes[edges[number][1]]]
    return found


def _targets(count: int, edges: Iterable[Pair]) -> list[list[int]]:
    targets: list[list[int]] = [[] for _ in range(count)]
    for source, target in edges:
        targets[source].append(target)
    return targets


def strong_components(targets: Sequence[Sequence[int]]) -> tuple[list[int], list[int]]:
    """The number of each node's strongly connected component, and the nodes in depth-first postorder.

    `targets` has the targets of each node. This is Tarjan's algorithm (1972) without recursion.
    """
    count = len(targets)
    component, postorder = [0] * count, list[int]()
    low: dict[int, int] = {}
    open_nodes: list[int] = []
    for root in range(count):
        path = [] if root in low else [root]
        rest = {root: iter(targets[root])}
        index: dict[int, int] = {}
        while path:
            node = path[-1]
            if node not in index:
                index[node] = low[node] = len(low)
                open_nodes.append(node)
            for target in rest[node]:
                if target not in low:
                    path.append(target)
                    rest[target] = iter(targets[target])
                    break
                low[node] = min(low[node], low[target])
            else:
                path.pop()
                postorder.append(node)
                if low[node] == index[node]:
                    _close(node, open_nodes, low, component)
                elif path:
                    low[path[-1]] = min(low[path[-1]], low[node])
    return component, postorder


def _close(root: int, open_nodes: list[int], low: dict[int, int], component: list[int]) -> None:
    """Number the component of a node; its nodes no longer lower others."""
    node = -1
    while node != root:
        node = open_nodes.pop()
        component[node] = root
        low[node] = len(component)


def _by_depth(count: int, edges: Sequence[Pair]) -> list[bool]:
    """The edges to a node that a depth-first search leaves later."""
    _, postorder = strong_components(_targets(count, edges))
    order = {node: number for number, node in enumerate(postorder)}
    return [order[source] <= order[target] for source, target in edges]


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
    """The edges against an order: sinks last, sources first, else the node with most edges out over edges in."""
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
    order = {node: number for number, node in enumerate([*first, *reversed(last)])}
    return [order[source] > order[target] for source, target in edges]


DEPTH = 40
"""Nodes farther away do not count; each would add less than 4 / 2^40."""
_MOST_FOLLOWED = 10_000_000  # edges followed node by node, before many nodes are followed at once
_BATCH = 8_192  # nodes at once


class Score(NamedTuple):
    """A node's exact score in units of 2^-DEPTH, and how many nodes it reaches within DEPTH edges.

    `cut`: some of them are exactly that far away, so there may be more.
    """

    units: int
    reach: int
    cut: bool

    @property
    def value(self) -> float:
        """The score as a number; exact but for sums that need more than 53 bits."""
        return self.units / (1 << DEPTH)


def scores(links: Links[Node], weights: Sequence[int], *, most_followed: int = _MOST_FOLLOWED) -> tuple[Score, ...]:
    """Each node's weight, plus weight / 2^d of every other node that a shortest path of d edges leads to.

    A node counts once for another, whatever the number of paths, and never for itself. `weights` are whole numbers,
    one for each node. Nodes are searched from one by one, unless that follows more than `most_followed` edges, as it
    does where most nodes reach most others.
    """
    return _one_by_one(links, weights, most_followed) or _in_batches(links, weights)


def _one_by_one(links: Links[Node], weights: Sequence[int], followed: int) -> tuple[Score, ...] | None:
    """The scores by a search from each node; None if that would follow too many edges."""
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


Node = TypeVar("Node", bound="int | str")
Neighbors = tuple[tuple[int, ...], ...]


class Links(NamedTuple, Generic[Node]):
    """The edges among `nodes`, by their indexes there.

    `targets` and `sources` have the sorted neighbors of each node. Edges to other nodes are left out, parallel ones
    are one, and a node that feeds itself is in `loops`, not among its neighbors.
    """

    nodes: tuple[Node, ...]
    targets: Neighbors
    sources: Neighbors
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


def _ordered(neighbors: list[list[int]]) -> Neighbors:
    return tuple(tuple(sorted(found)) for found in neighbors)


def roots(links: Links[Node]) -> frozenset[int]:
    """The nodes that no other node feeds."""
    return frozenset(at for at, found in enumerate(links.sources) if not found)


def freed(links: Links[Node], node: int) -> tuple[int, ...]:
    """The nodes that only this one feeds."""
    return tuple(target for target in links.targets[node] if links.sources[target] == (node,))


def shortest_paths(
    start: int, neighbors: Sequence[Sequence[int]], *, among: Container[int] | None = None
) -> dict[int, tuple[int, int]]:
    """The reachable nodes, nearest first: how many edges away, and the node before it on a shortest path.

    With `among`, paths lead through those nodes only. The start itself is not included.
    """
    found = {start: (0, start)}
    front = [start]
    distance = 0
    while front:
        distance += 1
        fresh: dict[int, int] = {}
        for node in front:
            for other in neighbors[node]:
                if other not in found and (among is None or other in among):
                    fresh.setdefault(other, node)
        front = sorted(fresh)
        found.update((node, (distance, fresh[node])) for node in front)
    del found[start]
    return found


class Cascade(NamedTuple, Generic[Node]):
    """Nodes in cascade order: sources before targets, except for the edges in `back`, which close cycles.

    `depth` says how many edges each node is below the first of its cascade, by the longest path.
    """

    order: tuple[Node, ...]
    depth: dict[Node, int]
    in_cycle: frozenset[Node]
    back: frozenset[tuple[Node, Node]]


def cascade(nodes: Sequence[Node], edges: Iterable[tuple[Node, Node]]) -> Cascade[Node]:
    """Put nodes into cascade order; where the edges leave a choice, in the order of `nodes`.

    `edges` are in stored order, which decides which of them are back edges.
    """
    rank = {node: number for number, node in enumerate(nodes)}
    pairs = list(dict.fromkeys(edges))
    numbered = [(rank[source], rank[target]) for source, target in pairs]
    runs_back = back_edges(len(rank), numbered)
    component, _ = strong_components(_targets(len(rank), numbered))
    size = Counter(component)
    sources: dict[int, list[int]] = {number: [] for number in rank.values()}
    for (source, target), back in zip(numbered, runs_back, strict=True):
        if not back:
            sources[target].append(source)
    sorter = TopologicalSorter(sources)
    sorter.prepare()
    depth: dict[int, int] = {}
    ready: list[int] = []
    while sorter.is_active():
        for number in sorter.get_ready():
            heappush(ready, number)
        first = heappop(ready)
        depth[first] = 1 + max((depth[source] for source in sources[first]), default=-1)
        sorter.done(first)
    return Cascade(
        tuple(nodes[number] for number in depth),
        depth={nodes[number]: found for number, found in depth.items()},
        in_cycle=frozenset(
            [node for node, number in rank.items() if size[component[number]] > 1]
            + [source for source, target in pairs if source == target]
        ),
        back=frozenset(pair for pair, back in zip(pairs, runs_back, strict=True) if back),
    )


class Cycle(NamedTuple):
    """A strongly connected component, or one node that feeds itself; its first member is the first of the nodes.

    In a `ring` each member feeds the next and the last the first, with no other edge among them; otherwise the
    members are in the order of the nodes. A `root` is fed by no node outside.
    """

    members: tuple[int, ...]
    ring: bool
    root: bool


def cycles(links: Links[Node]) -> tuple[Cycle, ...]:
    """The cycles of a graph, in the order of their first members."""
    members: defaultdict[int, set[int]] = defaultdict(set)
    for node, component in enumerate(strong_components(links.targets)[0]):
        members[component].add(node)
    found = [_cycle(links, each) for each in members.values() if len(each) > 1 or each & links.loops]
    return tuple(sorted(found, key=lambda cycle: cycle.members[0]))


def _cycle(links: Links[Node], members: set[int]) -> Cycle:
    inner = {node: [target for target in links.targets[node] if target in members] for node in members}
    ring = len(members) == 1 or (all(len(found) == 1 for found in inner.values()) and members.isdisjoint(links.loops))
    ordered = _ring_order(inner) if ring else sorted(members)
    root = all(source in members for node in members for source in links.sources[node])
    return Cycle(tuple(ordered), ring, root)


def _ring_order(inner: dict[int, list[int]]) -> list[int]:
    """The nodes of a ring, each before the one it feeds."""
    ordered = [min(inner)]
    while len(ordered) < len(inner):
        ordered.append(inner[ordered[-1]][0])
    return ordered


class OpenNode(NamedTuple):
    """What ranking needs of an open item; `share` is the percentage of projects affected, None if it is unknown."""

    id: int
    severity: Severity | None
    share: float | None


class OpenGraph:
    """The open items in document order, and their dependencies; each answer is computed once, when asked for.

    Unless an answer says row ids, items are indexes of `nodes`.
    """

    def __init__(self, nodes: Sequence[OpenNode], edges: Sequence[Pair]) -> None:
        self.nodes = nodes
        self._edges = edges

    def without(self, ids: Container[int]) -> OpenGraph:
        """The graph without the items of some row ids."""
        return OpenGraph([node for node in self.nodes if node.id not in ids], self._edges)

    @cached_property
    def links(self) -> Links[int]:
        """The edges among the items."""
        return Links.of((node.id for node in self.nodes), self._edges)

    @cached_property
    def scores(self) -> tuple[Score, ...]:
        """The score of each item."""
        return scores(self.links, [weight_of(node.severity) for node in self.nodes])

    @cached_property
    def cycles(self) -> tuple[Cycle, ...]:
        """The cycles of items."""
        return cycles(self.links)

    @cached_property
    def order(self) -> list[int]:
        """The items by rank: highest score first, then share of projects, severity (unrated last), document order."""

        def rank(at: int) -> tuple[int, bool, float, int]:
            _, severity, share = self.nodes[at]
            return -self.scores[at].units, share is None, -(share or 0), RATINGS.index(severity)

        return sorted(range(len(self.nodes)), key=rank)

    @cached_property
    def ranks(self) -> Mapping[int, int]:
        """The rank of each item among what to fix first, by row id."""
        return {self.nodes[at].id: rank for rank, at in enumerate(self.order)}

    @property
    def values(self) -> Mapping[int, float]:
        """The score of each item as a number, by row id."""
        return {node.id: score.value for node, score in zip(self.nodes, self.scores, strict=True)}

    @property
    def in_cycles(self) -> tuple[int, ...]:
        """The row ids of the items that lead back to themselves."""
        return tuple(self.nodes[at].id for cycle in self.cycles for at in cycle.members)
