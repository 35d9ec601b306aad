"""The dependency map, and the blast radius of an item."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import ldexp
from typing import TYPE_CHECKING, NamedTuple

from store.enums import Status
from store.filters.sql import EDGES, Condition, in_ids
from store.graph import DEPTH, Links, cascade, depths, nearest, scores
from store.queries.flags import flagged
from store.queries.items import dependency_records, item_records
from store.queries.lookup import categories, find_item, find_items
from store.queries.rows import EdgeRow, MapRows, NodeRow
from store.text import lead_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from store.audit.log import Head
    from store.db.reader import Reader
    from store.enums import Severity
    from store.filters.sql import QueryCache
    from store.graph import Score
    from store.queries.lookup import FoundItem
    from store.queries.rows import ItemRecord


ON_THE_MAP = "item.id IN (SELECT source_id FROM dependency UNION SELECT target_id FROM dependency)"


@dataclass(frozen=True, slots=True)
class ReachRow:
    """An item that another one reaches, or with `upstream` one that reaches it, `distance` edges away.

    `points` is what the one further down adds to the score of the other; None where it does not count because
    one of them, or every path between them, is not open. `before` is the row before this one on the path.
    """

    key: str
    lead: str
    severity: Severity
    status: Status
    distance: int
    points: float | None
    upstream: bool
    before: ReachRow | None = field(repr=False, compare=False)

    @property
    def path(self) -> tuple[str, ...]:
        """The keys along a shortest path in the direction of the edges, both ends included; over open items
        alone where it counts.
        """
        keys: list[str] = []
        row: ReachRow | None = self
        while row is not None:
            keys.append(row.key)
            row = row.before
        return tuple(keys if self.upstream else reversed(keys))


class BlastRadius(NamedTuple):
    """The blast radius of an item and what feeds it, all of it, nearest first; `assumed` as in Priorities.

    `score` is None where the item is neither Open nor In Progress. Mitigated, it would leave the items in `frees`
    fed by no open item, and the scores of all others would add up to `drop` less.
    """

    key: str
    lead: str
    severity: Severity
    status: Status
    score: float | None
    reached: tuple[ReachRow, ...]
    fed_by: tuple[ReachRow, ...]
    frees: tuple[str, ...]
    drop: float
    assumed: tuple[str, ...] = ()


FEW = 1000
"""Changes up to which a map that is known is mended."""
_MOVES = frozenset({"key", "category", "position"})
"""The fields of an item that give it another name or place on the map."""


def map_rows(reader: Reader, *, assumed: Sequence[str] = ()) -> MapRows:
    """Every item that has a dependency, and every dependency, in cascade order.

    The items whose keys are `assumed` are shown as if they were Mitigated; NotFoundError names one that is not there.
    """
    taken = {item.id for item in find_items(reader, assumed)}
    edges = dependency_records(reader)
    # The items of the map alone: most of a large register stands by itself.
    items = {item.id: item for item in item_records(reader, Condition(ON_THE_MAP))}
    codes = {one.id: one.code for one in categories(reader)}
    ranks = {item: number for number, item in enumerate(items)}
    places = {edge.id: number for number, edge in enumerate(edges)}
    whole = cascade(list(items), [(edge.source_id, edge.target_id) for edge in edges])
    place = {node: number for number, node in enumerate(whole.order)}
    pairs = [(edge.source_id, edge.target_id) for edge in edges]
    depth = depths(whole.order, [pair for pair in pairs if pair not in whole.back])
    return MapRows(
        nodes=tuple(
            NodeRow(
                key=items[node].key,
                lead=lead_of(items[node].title, items[node].description),
                severity=items[node].severity,
                status=Status.MITIGATED if node in taken else items[node].status,
                category=codes[items[node].category_id],
                depth=depth[node],
                in_cycle=node in whole.in_cycle,
                assumed=node in taken,
                rank=ranks[node],
            )
            for node in whole.order
        ),
        edges=tuple(
            EdgeRow(
                source=items[edge.source_id].key,
                target=items[edge.target_id].key,
                label=edge.label,
                back=(edge.source_id, edge.target_id) in whole.back,
                position=places[edge.id],
            )
            for edge in sorted(edges, key=lambda edge: (place[edge.source_id], edge.position, edge.id))
        ),
    )


def map_after(reader: Reader, known: MapRows, since: Head, *, assumed: Sequence[str] = ()) -> MapRows:
    """The map, of which all that it said when the newest change was `since` is known.

    Where only a few items say something else now, only those are read; the same rows come back where none does.
    """
    changed = _changed(reader, since)
    if changed is None:
        return map_rows(reader, assumed=assumed)
    taken = {item.id for item in find_items(reader, assumed)}
    changed |= taken | {item.id for item in find_items(reader, [node.key for node in known.nodes if node.assumed])}
    now = {item.key: item for item in item_records(reader, in_ids("item.id", changed))}
    nodes = tuple(_again(node, now.get(node.key), taken) for node in known.nodes)
    return known if nodes == known.nodes else MapRows(nodes, known.edges)


def _again(node: NodeRow, item: ItemRecord | None, taken: set[int]) -> NodeRow:
    if item is None:
        return node
    assumed = item.id in taken
    return node._replace(
        lead=lead_of(item.title, item.description),
        severity=item.severity,
        status=Status.MITIGATED if assumed else item.status,
        assumed=assumed,
    )


DIGEST = "SELECT digest FROM change WHERE sequence = :sequence"
LATER = "SELECT entity, entity_id, field, verb FROM change WHERE sequence > :sequence LIMIT :limit"


def _changed(reader: Reader, since: Head) -> set[int] | None:
    """The items that say something else since a change; None where more than that may be another."""
    if reader.value(DIGEST, {"sequence": since.sequence}) != since.digest:
        return None  # a backup was put in the register's place
    later = reader.tuples(LATER, {"sequence": since.sequence, "limit": FEW + 1})
    if len(later) > FEW:
        return None
    changed: set[int] = set()
    for entity, item, name, verb in later:
        if entity == "item" and (verb == "comment" or (name is not None and name not in _MOVES)):
            changed.add(item)
        elif entity != "register":
            return None
    return changed


_Found = dict[int, tuple[int, int]]


def blast_radius(reader: Reader, key: str, *, assumed: Sequence[str] = ()) -> BlastRadius:
    """The blast radius of an item, and what feeds it, with the items whose keys are `assumed` taken as Mitigated.

    Raises NotFoundError for a key that is not there.
    """
    wanted = find_item(reader, key)
    taken = find_items(reader, assumed)
    linked = item_records(reader, Condition(ON_THE_MAP) | Condition("item.id = :p0", (wanted.id,)))
    return _Around(linked, reader.tuples(EDGES), taken).row(wanted.id)


class _Around:
    """The items that have dependencies, by number, in document order."""

    def __init__(
        self, items: Sequence[ItemRecord], edges: Sequence[tuple[int, int]], taken: Sequence[FoundItem]
    ) -> None:
        self._items = items
        self._assumed = tuple(item.key for item in taken)
        gone = {item.id for item in taken}
        self._status = [Status.MITIGATED if item.id in gone else item.status for item in items]
        self._links = Links.of([item.id for item in items], edges)
        self._open = frozenset(at for at, status in enumerate(self._status) if status.is_open)

    def row(self, item: int) -> BlastRadius:
        """What there is to say about the item of an id."""
        node = self._links.nodes.index(item)
        is_open = node in self._open
        down = nearest(node, self._links.targets, among=self._open) if is_open else {}
        up = nearest(node, self._links.sources, among=self._open) if is_open else {}
        # Only what leads here changes its score without this item, and it counts nothing but what it leads to.
        near = self._reached((node, *up)) if is_open else set()
        scored, without = self._scores(near), self._scores(near - {node})
        shown = self._items[node]
        return BlastRadius(
            key=shown.key,
            lead=lead_of(shown.title, shown.description),
            severity=shown.severity,
            status=self._status[node],
            score=scored[node].value if is_open else None,
            reached=self._rows(node, nearest(node, self._links.targets), down),
            fed_by=self._rows(node, nearest(node, self._links.sources), up, upstream=True),
            frees=tuple(self._items[target].key for target in self._freed(node, near)),
            drop=sum(scored[source].units - without[source].units for source in up) / (1 << DEPTH),
            assumed=self._assumed,
        )

    def _reached(self, starts: Iterable[int]) -> set[int]:
        """Some open nodes and all that they reach over open ones."""
        reached = set(starts)
        fresh = list(reached)
        while fresh:
            found = {node for node in self._links.targets[fresh.pop()] if node in self._open} - reached
            reached |= found
            fresh += found
        return reached

    def _scores(self, nodes: set[int]) -> dict[int, Score]:
        """The scores of some nodes, as if there were no others."""
        ordered = sorted(nodes)
        links = Links.of(ordered, ((node, target) for node in ordered for target in self._links.targets[node]))
        return dict(zip(ordered, scores(links, [self._items[node].severity.weight for node in ordered]), strict=True))

    def _freed(self, node: int, near: set[int]) -> list[int]:
        """The open nodes that no open node but this one feeds."""
        return [
            target
            for target in self._links.targets[node]
            if target in near and self._open.intersection(self._links.sources[target]) == {node}
        ]

    def _rows(self, node: int, found: _Found, counted: _Found, *, upstream: bool = False) -> tuple[ReachRow, ...]:
        """A row for each node found; where it counts, with the path over open nodes."""
        counting = self._chained(node, counted, counts=True, upstream=upstream)
        others = self._chained(node, found, counts=False, upstream=upstream)
        rows = {each: counting.get(each) or others[each] for each in found}
        return tuple(rows[each] for each in sorted(found, key=lambda each: (rows[each].distance, each)))

    def _chained(self, node: int, found: _Found, *, counts: bool, upstream: bool) -> dict[int, ReachRow]:
        """The rows of what was found from a node, each with the row before it; the node's own is among them."""
        rows: dict[int, ReachRow] = {}
        for each, (distance, before) in {node: (0, node), **found}.items():
            item = self._items[each]
            points = ldexp((self._items[node] if upstream else item).severity.weight, -distance)
            rows[each] = ReachRow(
                key=item.key,
                lead=lead_of(item.title, item.description),
                severity=item.severity,
                status=self._status[each],
                distance=distance,
                points=points if counts else None,
                upstream=upstream,
                before=rows.get(before),
            )
        return rows


def marked(reader: Reader, rows: MapRows, cache: QueryCache | None = None) -> MapRows:
    """A map whose items have their flags."""
    found = flagged(reader, Condition(ON_THE_MAP), cache)
    if not found:
        return rows
    nodes = tuple(node._replace(flags=found[node.key]) if node.key in found else node for node in rows.nodes)
    return rows._replace(nodes=nodes)
