"""The dependencies in cascade order, read whole, or read again after a few changes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import func
from sqlalchemy import select as columns
from sqlmodel import col, select

from store.audit.snapshots import id_of
from store.enums import Status
from store.graph.cascade import cascade, depths
from store.lead import lead_of
from store.models import Change, Dependency, Item
from store.queries.items import ordered_categories
from store.queries.lookup import chunks, find_items
from store.queries.plain import plain_edges, plain_items
from store.queries.rows import EdgeRow, MapRows, NodeRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlmodel import Session

    from store.audit.chain import Head

FEW = 1000
"""Changes up to which a map that is known is mended."""
_MOVES = frozenset({"key", "category", "position"})
"""The fields of an item that give it another name or place on the map."""


def newest(session: Session) -> int:
    """The sequence of the newest change, 0 without any."""
    return session.exec(select(func.max(Change.sequence))).one() or 0


def map_rows(session: Session, *, assumed: Sequence[str] = ()) -> MapRows:
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


def map_after(session: Session, known: MapRows, since: Head, *, assumed: Sequence[str] = ()) -> MapRows:
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


def _changed(session: Session, since: Head) -> set[int] | None:
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
