"""The settings of a register, its categories with their counts, and its whole content."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from store.db import values
from store.enums import Severity, Status
from store.formats.document import model as plain
from store.formats.document.model import CadenceEntry
from store.queries.flags import counts
from store.queries.items import plain_edges, plain_items, values_of
from store.queries.lookup import categories, component_names
from store.queries.rows import CategoryRow, Counts, Known, RegisterRow, Summary

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from store.db.reader import Reader
    from store.filters.cache import QueryCache
    from store.queries.rows import BigInteger, DaysBySeverity, ItemRecord, Pairs


_Tally = dict[tuple[Status, Severity], int]
_UNRESOLVED = [status for status in Status if status.is_open]


class _Tallied(NamedTuple):
    category_id: int
    status: Status
    severity: Severity
    items: int


# The order of an index, which answers it alone.
TALLIES = """
SELECT category_id, status, severity, count(*) AS items FROM item GROUP BY category_id, status, severity
"""


def summary(reader: Reader, cache: QueryCache | None = None) -> Summary:
    """The register, every category, the totals and the flags; a database without a register yet has an empty title.

    `cache` spares working out anew what rules ask of cycles.
    """
    tallies: defaultdict[int, _Tally] = defaultdict(dict)
    whole: _Tally = defaultdict(int)
    for one in reader.each(TALLIES, row=_Tallied):
        tallies[one.category_id][one.status, one.severity] = one.items
        whole[one.status, one.severity] += one.items
    return Summary(
        register=register_row(reader),
        categories=tuple(_row(row.code, row.name, row.definition, tallies[row.id]) for row in categories(reader)),
        total=_row("", "Total", None, whole),
        flagged=cache.flag_counts(reader, counts) if cache else counts(reader),
    )


class _Facts(NamedTuple):
    """The register's own facts as they are stored; none are stored of a database without a register yet."""

    title: str = ""
    extends: str | None = None
    system: str | None = None
    last_updated: date | None = None
    purpose: str | None = None
    note: str | None = None
    project_total: BigInteger | None = None
    cadence: Pairs | None = None
    document_path: str | None = None
    version: int = 0
    mitigate_within: DaysBySeverity | None = None
    accept_for: DaysBySeverity | None = None


FACTS = """
SELECT title, extends, system, last_updated, purpose, note, project_total, cadence, document_path, version,
       mitigate_within, accept_for
FROM register WHERE id = 1
"""
LAST_CHANGE = "SELECT time FROM change ORDER BY sequence DESC LIMIT 1"


def _facts(reader: Reader) -> _Facts:
    return reader.first(FACTS, row=_Facts) or _Facts()


def register_row(reader: Reader) -> RegisterRow:
    """The register's own facts."""
    newest = reader.value(LAST_CHANGE)
    facts = _facts(reader)
    return RegisterRow(
        title=facts.title,
        extends=facts.extends,
        system=facts.system,
        last_updated=facts.last_updated,
        purpose=facts.purpose,
        note=facts.note,
        project_total=facts.project_total,
        cadence=cadence_of(facts.cadence),
        document_path=facts.document_path,
        version=facts.version,
        last_change=None if newest is None else values.timestamp(newest),
        mitigate_within=days_of(facts.mitigate_within),
        accept_for=days_of(facts.accept_for),
    )


def days_of(kept: Mapping[str, int] | None) -> tuple[tuple[Severity, int], ...]:
    """Days by severity, the highest first."""
    return tuple((severity, kept[severity.value]) for severity in Severity if kept and severity.value in kept)


def cadence_of(cadence: Pairs | None) -> tuple[CadenceEntry, ...]:
    """The review cadence, in order."""
    return tuple(CadenceEntry(label, text) for label, text in cadence or ())


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


# An index has each owner, and each component, in one place.
OWNERS = "SELECT owner, count(*) FROM item WHERE owner IS NOT NULL GROUP BY owner"
COMPONENTS = """
SELECT component.name, count(*) FROM item_component JOIN component ON component.id = item_component.component_id
GROUP BY component.id, component.name
"""


def known(reader: Reader) -> Known:
    """The owners and components in use, most used first."""
    return Known(owners=_most_used(reader.tuples(OWNERS)), components=_most_used(reader.tuples(COMPONENTS)))


def _most_used(counted: Iterable[tuple[str, int]]) -> tuple[str, ...]:
    return tuple(name for _, name in sorted((-uses, name) for name, uses in counted if name))


def content(reader: Reader) -> plain.Register:
    """Everything a document can say, in document order; a database without a register yet has an empty title."""
    facts = _facts(reader)
    rows = categories(reader)
    codes = {category.id: category.code for category in rows}
    items = plain_items(reader)
    names = component_names(reader)
    keys = {item.id: item.key for item in items}
    return plain.Register(
        title=facts.title,
        extends=facts.extends,
        system=facts.system,
        last_updated=facts.last_updated,
        purpose=facts.purpose,
        note=facts.note,
        project_total=facts.project_total,
        cadence=cadence_of(facts.cadence),
        categories=tuple(
            plain.Category(code=row.code, name=row.name, definition=row.definition, origin=row.origin) for row in rows
        ),
        items=tuple(_item(item, codes[item.category_id], names.get(item.id, ())) for item in items),
        dependencies=tuple(
            plain.Dependency(keys[edge.source_id], keys[edge.target_id], edge.label) for edge in plain_edges(reader)
        ),
    )


def _item(item: ItemRecord, code: str, components: Sequence[str]) -> plain.Item:
    return plain.Item(
        **values_of(item, code, tuple(components)),
        components_text=item.components_text,
        origin=item.origin,
    )
