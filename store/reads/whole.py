"""The register as one whole: its content as plain values, and its dependencies in cascade order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlmodel import col, select

from store import content as plain
from store.find import find_category, find_items
from store.graph import cascade, depths
from store.lead import lead_of
from store.models import Dependency, Item, RegisterFacts
from store.reads.details import affected_of, extra_of
from store.reads.overview import cadence_of
from store.reads.pages import ordered_categories
from store.reads.plain import plain_edges, plain_items
from store.rows import EdgeRow, MapRows, NodeRow
from store.states import component_names, id_of
from store.words import Status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlmodel import Session


def content(session: Session) -> plain.Register:
    """Everything a document can say, in document order; a database without a register yet has an empty title."""
    facts = session.get(RegisterFacts, 1) or RegisterFacts(title="")
    categories = ordered_categories(session)
    codes = {category.id: category.code for category in categories}
    items = plain_items(session)
    names = component_names(session)
    keys = {item.id: item.key for item in items}
    return plain.Register(
        title=facts.title,
        extends=facts.extends,
        system=facts.system,
        last_updated=facts.last_updated,
        purpose=facts.purpose,
        note=facts.note,
        project_total=facts.project_total,
        cadence=cadence_of(facts),
        categories=tuple(
            plain.Category(code=row.code, name=row.name, definition=row.definition, origin=row.origin)
            for row in categories
        ),
        items=tuple(_item(item, codes[item.category_id], tuple(names[id_of(item)])) for item in items),
        dependencies=tuple(
            plain.Dependency(keys[edge.source_id], keys[edge.target_id], edge.label) for edge in plain_edges(session)
        ),
    )


def _item(item: Item, code: str, components: tuple[str, ...]) -> plain.Item:
    return plain.Item(
        key=item.key,
        category=code,
        severity=item.severity,
        status=item.status,
        title=item.title,
        description=item.description,
        status_note=item.status_note,
        components=components,
        components_text=item.components_text,
        mitigation_plan=item.mitigation_plan,
        owner=item.owner,
        effort=item.effort,
        affected=affected_of(item),
        due_on=item.due_on,
        opened_on=item.opened_on,
        accepted_by=item.accepted_by,
        accepted_until=item.accepted_until,
        extra=extra_of(item),
        origin=item.origin,
    )


def map_rows(session: Session, *, category: str | None = None, assumed: Sequence[str] = ()) -> MapRows:
    """Every item that has a dependency, and every dependency, in cascade order.

    Of a category: its items and their neighbours. Circles are those of the whole register either way. The items
    whose keys are `assumed` are shown as if they were Mitigated; NotFoundError names one that is not there.
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
    if category is not None:
        own = find_category(session, category).id
        edges = [
            edge for edge in edges if own in (items[edge.source_id].category_id, items[edge.target_id].category_id)
        ]
    shown = {end for edge in edges for end in (edge.source_id, edge.target_id)}
    order = [node for node in whole.order if node in shown]
    rank = {node: number for number, node in enumerate(order)}
    pairs = [(edge.source_id, edge.target_id) for edge in edges]
    depth = depths(order, [pair for pair in pairs if pair not in whole.back])
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
            for node in order
        ),
        edges=tuple(
            EdgeRow(
                source=items[edge.source_id].key,
                target=items[edge.target_id].key,
                label=edge.label,
                back=(edge.source_id, edge.target_id) in whole.back,
                position=places[id_of(edge)],
            )
            for edge in sorted(edges, key=lambda edge: (rank[edge.source_id], edge.position, id_of(edge)))
        ),
    )
