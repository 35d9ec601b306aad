"""The dependency map, and the blast radius of an item."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import ldexp
from typing import TYPE_CHECKING, NamedTuple

from store.enums import Status, weight_of
from store.filters.sql import EDGES, Condition, in_ids
from store.graph import DEPTH, Links, cascade, scores, shortest_paths
from store.queries.flags import flagged
from store.queries.items import item_records
from store.queries.lookup import categories, find_item, find_items

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from store.audit.log import Head
    from store.db.reader import Reader
    from store.db.values import FlagSet
    from store.enums import Severity
    from store.filters.sql import QueryCache
    from store.graph import Score
    from store.queries.items import ItemRecord


class DependencyRecord(NamedTuple):
    """A dependency as stored."""

    id: int
    source_id: int
    target_id: int
    label: str
    position: int


DEPENDENCIES = "select id, source_id, target_id, label, position from dependency order by position, id"


def dependency_records(reader: Reader) -> tuple[DependencyRecord, ...]:
    """The dependencies, in document order."""
    return reader.rows(DEPENDENCIES, row=DependencyRecord)


class EdgeRow(NamedTuple):
    """A dependency; `back`: it closes a cycle in cascade order. `position`: its index in the document."""

    source: str
    target: str
    label: str
    back: bool = False
    position: int = 0


class NodeRow(NamedTuple):
    """An item of the map, at `depth` edges below the first item of its cascade.

    An `assumed` item counts as Mitigated, whatever its status is. `rank`: its index among the items of the map in
    document order.
    """

    key: str
    lead: str
    severity: Severity | None
    status: Status
    category: str
    depth: int
    in_cycle: bool
    assumed: bool = False
    rank: int = 0
    flags: FlagSet = frozenset()


class MapRows(NamedTuple):
    """The dependencies in cascade order: every item that has one, and every edge."""

    nodes: tuple[NodeRow, ...]
    edges: tuple[EdgeRow, ...]


ON_THE_MAP = Condition("item.id in (select source_id from dependency union select target_id from dependency)")


@dataclass(frozen=True, slots=True)
class ReachRow:
    """An item that another one reaches, or with `upstream` one that reaches it, `distance` edges away.

    `points` is what the downstream item adds to the score of the upstream one; None if it adds nothing, since one of
    them is not open or no path over open items joins them. `before` is the previous row on the path.
    """

    key: str
    lead: str
    severity: Severity | None
    status: Status
    distance: int
    points: float | None
    upstream: bool
    before: ReachRow | None = field(repr=False, compare=False)

    @property
    def path(self) -> tuple[str, ...]:
        """The keys along a shortest path in the direction of the edges, including both ends; if the item has points,
        over open items only.
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
    severity: Severity | None
    status: Status
    score: float | None
    reached: tuple[ReachRow, ...]
    fed_by: tuple[ReachRow, ...]
    frees: tuple[str, ...]
    drop: float
    assumed: tuple[str, ...] = ()


MAX_CHANGES = 1000
"""Changes up to which a map is updated; after more it is read again."""


def map_rows(reader: Reader, *, assumed: Sequence[str] = ()) -> MapRows:
    """Every item that has a dependency, and every dependency, in cascade order.

    The items whose keys are `assumed` are shown as if they were Mitigated. Raises NotFoundError for an unknown one.
    """
    mitigated = {item.id for item in find_items(reader, assumed)}
    edges = dependency_records(reader)
    items = {item.id: item for item in item_records(reader, ON_THE_MAP)}
    codes = {category.id: category.code for category in categories(reader)}
    pairs = [(edge.source_id, edge.target_id) for edge in edges]
    found = cascade(list(items), pairs)
    rank = {item: number for number, item in enumerate(items)}
    order = {item: number for number, item in enumerate(found.order)}
    nodes = (
        NodeRow(
            key=items[item].key,
            lead=items[item].lead,
            severity=items[item].severity,
            status=Status.MITIGATED if item in mitigated else items[item].status,
            category=codes[items[item].category_id],
            depth=found.depth[item],
            in_cycle=item in found.in_cycle,
            assumed=item in mitigated,
            rank=rank[item],
        )
        for item in found.order
    )
    rows = [
        EdgeRow(items[edge.source_id].key, items[edge.target_id].key, edge.label, pair in found.back, number)
        for number, (edge, pair) in enumerate(zip(edges, pairs, strict=True))
    ]
    ordered = sorted(zip(pairs, rows, strict=True), key=lambda edge: order[edge[0][0]])
    return MapRows(tuple(nodes), tuple(row for _, row in ordered))


def map_after(reader: Reader, known: MapRows, since: Head, *, assumed: Sequence[str] = ()) -> MapRows:
    """The map now, given the map when the newest change was `since`.

    If only a few items changed, only those are read; the same rows are returned if none differs.
    """
    changed = _changed(reader, since)
    if changed is None:
        return map_rows(reader, assumed=assumed)
    mitigated = {item.id for item in find_items(reader, assumed)}
    changed |= mitigated | {item.id for item in find_items(reader, [node.key for node in known.nodes if node.assumed])}
    items = {item.key: item for item in item_records(reader, in_ids("item.id", changed))}
    nodes = tuple(
        node._replace(
            lead=item.lead,
            severity=item.severity,
            status=Status.MITIGATED if item.id in mitigated else item.status,
            assumed=item.id in mitigated,
        )
        if (item := items.get(node.key))
        else node
        for node in known.nodes
    )
    return known if nodes == known.nodes else MapRows(nodes, known.edges)


DIGEST = "select digest from change where sequence = :sequence"
LATER = "select entity, entity_id, field, verb from change where sequence > :sequence limit :limit"


def _changed(reader: Reader, since: Head) -> set[int] | None:
    """The items that changed since a change; None if items or edges of the map may have changed."""
    if reader.value(DIGEST, {"sequence": since.sequence}) != since.digest:
        return None  # a backup was restored
    later = reader.tuples(LATER, {"sequence": since.sequence, "limit": MAX_CHANGES + 1})
    if len(later) > MAX_CHANGES:
        return None
    changed: set[int] = set()
    for entity, item, name, verb in later:
        # Other changes rename or move the item on the map, or add or remove it.
        if entity == "item" and (verb == "comment" or name not in (None, "key", "category", "position")):
            changed.add(item)
        elif entity != "register":
            return None
    return changed


def with_flags(reader: Reader, rows: MapRows, cache: QueryCache | None = None) -> MapRows:
    """A map whose items have their flags."""
    found = flagged(reader, ON_THE_MAP, cache)
    if not found:
        return rows
    nodes = tuple(node._replace(flags=found[node.key]) if node.key in found else node for node in rows.nodes)
    return rows._replace(nodes=nodes)


def blast_radius(reader: Reader, key: str, *, assumed: Sequence[str] = ()) -> BlastRadius:
    """The blast radius of an item, and what feeds it, with the items whose keys are `assumed` taken as Mitigated.

    Raises NotFoundError for an unknown key.
    """
    wanted = find_item(reader, key)
    taken = find_items(reader, assumed)
    mitigated = {item.id for item in taken}
    items = [
        item._replace(status=Status.MITIGATED) if item.id in mitigated else item
        for item in item_records(reader, ON_THE_MAP | in_ids("item.id", [wanted.id]))
    ]
    links = Links.of([item.id for item in items], reader.tuples(EDGES))
    open_nodes = frozenset(at for at, item in enumerate(items) if item.status.is_open)
    node = links.nodes.index(wanted.id)
    is_open = node in open_nodes
    up = shortest_paths(node, links.sources, among=open_nodes) if is_open else {}
    # Without this item, only the scores of items upstream change, and they depend only on what those reach.
    near = _reachable((node, *up), links, open_nodes) if is_open else set()
    scored, without = _scores(items, links, near), _scores(items, links, near - {node})
    item = items[node]
    return BlastRadius(
        key=item.key,
        lead=item.lead,
        severity=item.severity,
        status=item.status,
        score=scored[node].value if is_open else None,
        reached=_reach_rows(items, node, links.targets, open_nodes),
        fed_by=_reach_rows(items, node, links.sources, open_nodes, upstream=True),
        # The open nodes that only this open node feeds.
        frees=tuple(
            items[target].key
            for target in links.targets[node]
            if target in near and open_nodes.intersection(links.sources[target]) == {node}
        ),
        drop=sum(scored[source].units - without[source].units for source in up) / (1 << DEPTH),
        assumed=tuple(item.key for item in taken),
    )


def _reachable(starts: Iterable[int], links: Links[int], open_nodes: frozenset[int]) -> set[int]:
    """Some open nodes, and all open nodes that they reach over open ones."""
    reached = set(starts)
    fresh = list(reached)
    while fresh:
        found = open_nodes.intersection(links.targets[fresh.pop()]) - reached
        reached |= found
        fresh += found
    return reached


def _scores(items: Sequence[ItemRecord], links: Links[int], nodes: set[int]) -> dict[int, Score]:
    """The scores of some nodes, as if there were no others."""
    ordered = sorted(nodes)
    among = Links.of(ordered, ((node, target) for node in ordered for target in links.targets[node]))
    return dict(zip(ordered, scores(among, [weight_of(items[node].severity) for node in ordered]), strict=True))


def _reach_rows(
    items: Sequence[ItemRecord],
    start: int,
    neighbors: Sequence[Sequence[int]],
    open_nodes: frozenset[int],
    *,
    upstream: bool = False,
) -> tuple[ReachRow, ...]:
    """A row for each node that is reached, with the path over open nodes if there is one."""
    rows = _path_rows(items, start, shortest_paths(start, neighbors), counts=False, upstream=upstream)
    if start in open_nodes:
        counted = shortest_paths(start, neighbors, among=open_nodes)
        rows |= _path_rows(items, start, counted, counts=True, upstream=upstream)
    del rows[start]
    return tuple(row for _, row in sorted(rows.items(), key=lambda found: (found[1].distance, found[0])))


def _path_rows(
    items: Sequence[ItemRecord], start: int, found: dict[int, tuple[int, int]], *, counts: bool, upstream: bool
) -> dict[int, ReachRow]:
    """The rows of the nodes that `shortest_paths` found, and of the start; each has the row before it on its path."""
    rows: dict[int, ReachRow] = {}
    for node, (distance, before) in {start: (0, start), **found}.items():
        item = items[node]
        weight = weight_of(items[start if upstream else node].severity)
        rows[node] = ReachRow(
            key=item.key,
            lead=item.lead,
            severity=item.severity,
            status=item.status,
            distance=distance,
            points=ldexp(weight, -distance) if counts else None,
            upstream=upstream,
            before=rows.get(before),
        )
    return rows
