"""The settings of a register, its categories with their counts, and its whole content."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from sqlalchemy import func
from sqlalchemy import select as columns
from sqlmodel import col, select

from store.audit.snapshots import component_names, id_of
from store.enums import Severity, Status
from store.formats.document import model as plain
from store.formats.document.model import CadenceEntry
from store.models import Category, Change, Component, Item, ItemComponent, RegisterFacts
from store.queries.flags import counts
from store.queries.items import ordered_categories, plain_edges, plain_items, values_of
from store.queries.rows import CategoryRow, Counts, Known, RegisterRow, Summary

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from store.db.reader import Reader
    from store.filters.cache import Kept


_Tally = dict[tuple[Status, Severity], int]
_UNRESOLVED = [status for status in Status if status.is_open]


def summary(session: Reader, kept: Kept | None = None) -> Summary:
    """The register, every category, the totals and the flags; a database without a register yet has an empty title.

    `kept` spares working out anew what rules ask of cycles.
    """
    tallies: defaultdict[int, _Tally] = defaultdict(dict)
    kinds = (col(Item.category_id), col(Item.status), col(Item.severity))
    for category_id, status, severity, number in session.execute(columns(*kinds, func.count()).group_by(*kinds)):
        tallies[category_id][status, severity] = number
    categories = session.exec(select(Category).order_by(col(Category.position), col(Category.id))).all()
    rows = tuple(_row(row.code, row.name, row.definition, tallies[row.id or 0]) for row in categories)
    whole: _Tally = defaultdict(int)
    for tally in tallies.values():
        for place, number in tally.items():
            whole[place] += number
    total = _row("", "Total", None, whole)
    return Summary(
        register=register_row(session),
        categories=rows,
        total=total,
        flagged=kept.flagged(session, counts) if kept else counts(session),
    )


def register_row(session: Reader) -> RegisterRow:
    """The register's own facts."""
    newest = session.exec(select(Change.time).order_by(col(Change.sequence).desc()).limit(1)).first()
    facts = session.get(RegisterFacts, 1) or RegisterFacts(title="", version=0)
    return RegisterRow(
        title=facts.title,
        extends=facts.extends,
        system=facts.system,
        last_updated=facts.last_updated,
        purpose=facts.purpose,
        note=facts.note,
        project_total=facts.project_total,
        cadence=cadence_of(facts),
        document_path=facts.document_path,
        version=facts.version,
        last_change=newest,
        mitigate_within=days_of(facts.mitigate_within),
        accept_for=days_of(facts.accept_for),
    )


def days_of(kept: Mapping[str, int] | None) -> tuple[tuple[Severity, int], ...]:
    """Days by severity, the highest first."""
    return tuple((severity, kept[severity.value]) for severity in Severity if kept and severity.value in kept)


def cadence_of(facts: RegisterFacts) -> tuple[CadenceEntry, ...]:
    """The review cadence, in order."""
    return tuple(CadenceEntry(label, text) for label, text in facts.cadence or ())


def _row(code: str, name: str, definition: str | None, tally: _Tally) -> CategoryRow:
    def by_status(status: Status) -> int:
        return sum(number for (one, _), number in tally.items() if one is status)

    def unresolved(severity: Severity) -> int:
        return sum(tally.get((status, severity), 0) for status in _UNRESOLVED)

    return CategoryRow(
        code=code,
        name=name,
        definition=definition,
        counts=Counts(
            open=by_status(Status.OPEN),
            in_progress=by_status(Status.IN_PROGRESS),
            mitigated=by_status(Status.MITIGATED),
            accepted=by_status(Status.ACCEPTED),
        ),
        high=unresolved(Severity.HIGH),
        medium=unresolved(Severity.MEDIUM),
        low=unresolved(Severity.LOW),
    )


def known(session: Reader) -> Known:
    """The owners and components in use, most used first."""
    owners = (
        select(Item.owner, func.count().label("uses")).where(col(Item.owner).is_not(None)).group_by(col(Item.owner))
    )
    components = (
        select(Component.name, func.count().label("uses"))
        .join(ItemComponent, col(ItemComponent.component_id) == col(Component.id))
        .group_by(col(Component.id), col(Component.name))
    )
    return Known(owners=_most_used(session.exec(owners)), components=_most_used(session.exec(components)))


def _most_used(counted: Iterable[tuple[str | None, int]]) -> tuple[str, ...]:
    ranked = sorted(((-uses, name) for name, uses in counted if name))
    return tuple(name for _, name in ranked)


def content(session: Reader) -> plain.Register:
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
        **values_of(item, code, components),
        components_text=item.components_text,
        origin=item.origin,
    )
