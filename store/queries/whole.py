"""The register as one whole: its content as plain values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.audit.snapshots import component_names, id_of
from store.formats.document import model as plain
from store.models import RegisterFacts
from store.queries.details import affected_of, extra_of
from store.queries.items import ordered_categories
from store.queries.overview import cadence_of
from store.queries.plain import plain_edges, plain_items

if TYPE_CHECKING:
    from sqlmodel import Session

    from store.models import Item


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
