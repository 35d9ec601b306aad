"""Values that only a walk over the whole register gives, cached until something changes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy import select as columns
from sqlmodel import col

from store.audit.log import head
from store.clock import moment
from store.enums import Status
from store.graph import Links, cycles, place_of, scores, share_of
from store.models import Category, Dependency, Item, RegisterFacts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from store.audit.log import Head
    from store.db.reader import Reader
    from store.enums import Flag, Severity
    from store.graph import Score

Wanted = TypeVar("Wanted")
OPEN = tuple(status for status in Status if status.is_open)
Places = list[tuple[int, int, int]]
"""Where items stand, in the order of a list: category position, position in it, row id."""
Flagged = tuple[tuple["Flag", int], ...]
"""How many items have a flag, of the flags that any has."""


@dataclass(frozen=True, slots=True)
class Node:
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
    def circling(self) -> str:
        """The row ids of the items that lead back to themselves, as the text of a JSON array."""
        return json.dumps([self._links.nodes[at] for circle in cycles(self._links) for at in circle.members])


class Kept:
    """Answers that are dear, for as long as the newest change is the same; for one thread at a time."""

    def __init__(self) -> None:
        self._head: Head | None = None
        self._graph: Graph | None = None
        self._places: tuple[object, Places] | None = None
        self._flagged: tuple[datetime, Flagged] | None = None

    def graph(self, session: Reader) -> Graph:
        """The open items and their dependencies."""
        self._renew(session)
        if self._graph is None:
            self._graph = read_graph(session)
        return self._graph

    def places(self, session: Reader, wanted: Wanted, find: Callable[[Reader, Wanted, Kept], Places]) -> Places:
        """The places of what is wanted, found once."""
        self._renew(session)
        if self._places is None or self._places[0] != wanted:
            self._places = (wanted, find(session, wanted, self))
        return self._places[1]

    def flagged(self, session: Reader, find: Callable[[Reader, Kept], Flagged]) -> Flagged:
        """How many items have which flag, found once in a minute: what time brings about changes without a change."""
        self._renew(session)
        minute = moment(session).replace(second=0, microsecond=0)
        if self._flagged is None or self._flagged[0] != minute:
            self._flagged = (minute, find(session, self))
        return self._flagged[1]

    def _renew(self, session: Reader) -> None:
        now = head(session)
        if now != self._head:
            self._head, self._graph, self._places, self._flagged = now, None, None, None


def read_graph(session: Reader) -> Graph:
    """The open items in document order, and the dependencies."""
    facts = session.get(RegisterFacts, 1)
    projects = facts.project_total if facts else None
    items = (
        columns(col(Item.id), col(Item.severity), col(Item.affected_percent), col(Item.affected_count))
        .join(Category, col(Category.id) == col(Item.category_id))
        .where(col(Item.status).in_(OPEN))
        .order_by(col(Category.position), col(Category.id), col(Item.position), col(Item.id))
    )
    nodes = [
        Node(item or 0, severity, share_of(percent, count, projects))
        for item, severity, percent, count in session.execute(items)
    ]
    edges = session.execute(columns(col(Dependency.source_id), col(Dependency.target_id)))
    return Graph(nodes, [(source, target) for source, target in edges])
