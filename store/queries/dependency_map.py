"""The dependency map, and the blast radius of an item."""

from __future__ import annotations

from dataclasses import replace
from math import ldexp
from typing import TYPE_CHECKING

from sqlalchemy import select as columns
from sqlmodel import col, select

from store.audit.snapshots import id_of
from store.enums import Status
from store.graph import DEPTH, Links, cascade, depths, nearest, scores
from store.models import Change, Dependency, Item
from store.queries.items import ordered_categories, plain_edges, plain_items
from store.queries.lookup import chunks, find_item, find_items
from store.queries.rows import EdgeRow, MapRows, NodeRow, RadiusRow, ReachRow
from store.text import lead_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from store.audit.log import Head
    from store.db.reader import Reader
    from store.graph import Score


FEW = 1000
"""Changes up to which a map that is known is mended."""
_MOVES = frozenset({"key", "category", "position"})
"""The fields of an item that give it another name or place on the map."""


def map_rows(session: Reader, *, assumed: Sequence[str] = ()) -> MapRows:
    """Every item that has a dependency, and every dependency, in cascade order.

    The items whose keys are `assumed` are shown as if they were Mitigated; NotFoundError names one that is not there.
    """
    taken = {id_of(item) for item in find_items(session, assumed)}
    edges = plain_edges(session)
    # The items of the map alone: most of a large register stands by itself.
    ends = select(Dependency.source_id).union(select(Dependency.target_id))
    items = {id_of(item): item for item in plain_items(session, col(Item.id).in_(ends))}
    codes = {one.id: one.code for one in ordered_categories(session)}
    ranks = {item: number for number, item in enumerate(items)}
    places = {id_of(edge): number for number, edge in enumerate(edges)}
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
                position=places[id_of(edge)],
            )
            for edge in sorted(edges, key=lambda edge: (place[edge.source_id], edge.position, id_of(edge)))
        ),
    )


def map_after(session: Reader, known: MapRows, since: Head, *, assumed: Sequence[str] = ()) -> MapRows:
    """The map, of which all that it said when the newest change was `since` is known.

    Where only a few items say something else now, only those are read; the same rows come back where none does.
    """
    changed = _changed(session, since)
    if changed is None:
        return map_rows(session, assumed=assumed)
    taken = {id_of(item) for item in find_items(session, assumed)}
    shown = [node.key for node in known.nodes if node.assumed]
    items = list(plain_items(session, col(Item.key).in_(shown))) if shown else []
    for chunk in chunks(sorted(changed | taken)):
        items += plain_items(session, col(Item.id).in_(chunk))
    now = {item.key: item for item in items}
    nodes = tuple(_again(node, now.get(node.key), taken) for node in known.nodes)
    return known if nodes == known.nodes else MapRows(nodes, known.edges)


def _again(node: NodeRow, item: Item | None, taken: set[int]) -> NodeRow:
    if item is None:
        return node
    assumed = item.id in taken
    return replace(
        node,
        lead=lead_of(item.title, item.description),
        severity=item.severity,
        status=Status.MITIGATED if assumed else item.status,
        assumed=assumed,
    )


def _changed(session: Reader, since: Head) -> set[int] | None:
    """The items that say something else since a change; None where more than that may be another."""
    if session.scalar(columns(col(Change.digest)).where(col(Change.sequence) == since.sequence)) != since.digest:
        return None  # a backup was put in the register's place
    what = (col(Change.entity), col(Change.entity_id), col(Change.field), col(Change.verb))
    told = session.execute(columns(*what).where(col(Change.sequence) > since.sequence).limit(FEW + 1)).all()
    if len(told) > FEW:
        return None
    changed: set[int] = set()
    for entity, item, field, verb in told:
        if entity == "item" and (verb == "comment" or (field is not None and field not in _MOVES)):
            changed.add(item)
        elif entity != "register":
            return None
    return changed


_Found = dict[int, tuple[int, int]]


def radius(session: Reader, key: str, *, assumed: Sequence[str] = ()) -> RadiusRow:
    """The blast radius of an item, and what feeds it, with the items whose keys are `assumed` taken as Mitigated.

    Raises NotFoundError for a key that is not there.
    """
    wanted = find_item(session, key)
    taken = find_items(session, assumed)
    ends = select(Dependency.source_id).union(select(Dependency.target_id))
    linked = plain_items(session, col(Item.id).in_(ends) | (col(Item.id) == wanted.id))
    around = _Around(linked, [(edge.source_id, edge.target_id) for edge in plain_edges(session)], taken)
    return around.row(id_of(wanted))


class _Around:
    """The items that have dependencies, by number, in document order."""

    def __init__(self, items: Sequence[Item], edges: Sequence[tuple[int, int]], taken: Sequence[Item]) -> None:
        self._items = items
        self._assumed = tuple(item.key for item in taken)
        gone = {item.id for item in taken}
        self._status = [Status.MITIGATED if item.id in gone else item.status for item in items]
        self._links = Links.of([id_of(item) for item in items], edges)
        self._open = frozenset(at for at, status in enumerate(self._status) if status.is_open)

    def row(self, item: int) -> RadiusRow:
        """What there is to say about the item of an id."""
        node = self._links.nodes.index(item)
        is_open = node in self._open
        down = nearest(node, self._links.targets, among=self._open) if is_open else {}
        up = nearest(node, self._links.sources, among=self._open) if is_open else {}
        # Only what leads here changes its score without this item, and it counts nothing but what it leads to.
        near = self._reached((node, *up)) if is_open else set()
        scored, without = self._scores(near), self._scores(near - {node})
        shown = self._items[node]
        return RadiusRow(
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
