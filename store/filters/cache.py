"""Values that only a walk over the whole register gives, cached until something changes."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from store.audit.log import head
from store.db.reader import id_list
from store.filters.situations import OPEN_SQL, policy
from store.graph import Links, cycles, place_of, scores, share_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from store.audit.log import Head
    from store.db.reader import Reader
    from store.enums import Flag, Severity
    from store.graph import Score
    from store.queries.rows import BigInteger

Wanted = TypeVar("Wanted")
Places = list[tuple[int, int, int]]
"""Where items stand, in the order of a list: category position, position in it, row id."""
FlagCounts = tuple[tuple["Flag", int], ...]
"""How many items have a flag, of the flags that any has."""


class Node(NamedTuple):
    """An open item as ranking sees it."""

    id: int
    severity: Severity
    share: float | None


class Graph:
    """The open items in document order, and what feeds what among them; each answer is worked out when it is asked."""

    def __init__(self, nodes: Sequence[Node], edges: Sequence[tuple[int, int]]) -> None:
        self._nodes = nodes
        self._edges = edges

    @cached_property
    def _links(self) -> Links[int]:
        return Links.of((node.id for node in self._nodes), self._edges)

    @cached_property
    def _scores(self) -> tuple[Score, ...]:
        return scores(self._links, [node.severity.weight for node in self._nodes])

    @cached_property
    def scores(self) -> Mapping[int, float]:
        """The score of each item, by row id."""
        return {node.id: score.value for node, score in zip(self._nodes, self._scores, strict=True)}

    @cached_property
    def ranks(self) -> Mapping[int, int]:
        """The place of each item among what to fix first, by row id."""
        nodes, found = self._nodes, self._scores
        order = sorted(range(len(nodes)), key=lambda at: place_of(at, found[at], nodes[at].share, nodes[at].severity))
        return {nodes[at].id: rank for rank, at in enumerate(order)}

    @cached_property
    def in_cycles(self) -> str:
        """The row ids of the items that lead back to themselves, as the text of a JSON array."""
        return id_list(self._links.nodes[at] for circle in cycles(self._links) for at in circle.members)


class QueryCache:
    """Answers that take long, for as long as the newest change is the same; for one thread at a time."""

    def __init__(self) -> None:
        self._head: Head | None = None
        self._graph: Graph | None = None
        self._places: tuple[object, Places] | None = None
        self._counts: tuple[object, Mapping[int, int]] | None = None
        self._flag_counts: tuple[datetime, FlagCounts] | None = None

    def graph(self, reader: Reader) -> Graph:
        """The open items and their dependencies."""
        self._renew(reader)
        if self._graph is None:
            self._graph = read_graph(reader)
        return self._graph

    def places(self, reader: Reader, wanted: Wanted, find: Callable[[Reader, Wanted, QueryCache], Places]) -> Places:
        """The places of what is wanted, found once."""
        self._renew(reader)
        if self._places is None or self._places[0] != wanted:
            self._places = (wanted, find(reader, wanted, self))
        return self._places[1]

    def counts(self, reader: Reader, wanted: object, find: Callable[[], Mapping[int, int]]) -> Mapping[int, int]:
        """How many items of what is wanted each category has, by row id; found once."""
        self._renew(reader)
        if self._counts is None or self._counts[0] != wanted:
            self._counts = (wanted, find())
        return self._counts[1]

    def flag_counts(self, reader: Reader, find: Callable[[Reader, QueryCache], FlagCounts]) -> FlagCounts:
        """How many items have which flag, found once in a minute: what time brings about changes without a change."""
        self._renew(reader)
        minute = reader.now.replace(second=0, microsecond=0)
        if self._flag_counts is None or self._flag_counts[0] != minute:
            self._flag_counts = (minute, find(reader, self))
        return self._flag_counts[1]

    def _renew(self, reader: Reader) -> None:
        now = head(reader)
        if now != self._head:
            self._head, self._graph, self._places, self._counts, self._flag_counts = now, None, None, None, None


class _OpenItem(NamedTuple):
    id: int
    severity: Severity
    affected_percent: float | None
    affected_count: BigInteger | None


OPEN_ITEMS = f"""
SELECT item.id, item.severity, item.affected_percent, item.affected_count
FROM item JOIN category ON category.id = item.category_id
WHERE item.status IN {OPEN_SQL}
ORDER BY category.position, category.id, item.position, item.id
"""
EDGES = "SELECT source_id, target_id FROM dependency"


def read_graph(reader: Reader) -> Graph:
    """The open items in document order, and the dependencies."""
    projects = policy(reader).project_total
    nodes = [
        Node(item.id, item.severity, share_of(item.affected_percent, item.affected_count, projects))
        for item in reader.each(OPEN_ITEMS, row=_OpenItem)
    ]
    return Graph(nodes, reader.tuples(EDGES))
