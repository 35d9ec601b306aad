"""The settings of a register, its categories with their counts, and its whole content."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from store.enums import Severity, Status
from store.filters.sql import QueryCache
from store.formats.document import model as document
from store.queries.flags import counts
from store.queries.items import StoredRows, tallies, values_of
from store.queries.lookup import COMPONENTS_IN_USE, OWNERS_IN_USE, categories, most_used
from store.queries.rows import CategoryRow, Counts, Known, RegisterRow, Summary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from store.db.reader import Reader
    from store.queries.rows import Tally


def summary(reader: Reader, cache: QueryCache | None = None) -> Summary:
    """The register, every category, the totals and the flags; a database without a register yet has an empty title.

    `cache` spares counting again what has not changed.
    """
    cache = cache or QueryCache()
    found = tallies(reader, cache)
    by_category: defaultdict[int, list[Tally]] = defaultdict(list)
    for tally in found:
        by_category[tally.category_id].append(tally)
    # What time brings about changes without a change.
    minute = reader.now.replace(second=0, microsecond=0)
    return Summary(
        register=register_row(reader),
        categories=tuple(
            _category_row(row.code, row.name, row.definition, by_category[row.id]) for row in categories(reader)
        ),
        total=_category_row("", "Total", None, found),
        flagged=cache.get(reader, "flags", lambda: counts(reader, cache), key=minute),
    )


def _category_row(code: str, name: str, definition: str | None, found: Iterable[Tally]) -> CategoryRow:
    by_status, unresolved = Counter[Status](), Counter[Severity]()
    for tally in found:
        by_status[tally.status] += tally.items
        if tally.status.is_open:
            unresolved[tally.severity] += tally.items
    by_severity = (unresolved[severity] for severity in Severity)
    return CategoryRow(code, name, definition, Counts(*(by_status[status] for status in Status)), *by_severity)


FACTS = """
select title, extends, system, last_updated, purpose, note, project_total, document_path, version,
       cadence as cadence_pairs, mitigate_within as mitigation_days, accept_for as acceptance_days,
       (select time from change order by sequence desc limit 1) as last_change
from register where id = 1
"""


def register_row(reader: Reader) -> RegisterRow:
    """The register's own facts; none of a database without a register yet."""
    return reader.first(FACTS, row=RegisterRow) or RegisterRow()


def known(reader: Reader) -> Known:
    """The owners and components in use, most used first."""
    owners, components = (most_used(reader, sql) for sql in (OWNERS_IN_USE, COMPONENTS_IN_USE))
    return Known(tuple(name for name, _ in owners), tuple(name for name, _ in components))


def content(reader: Reader) -> document.Register:
    """Everything a document can say, in document order; a database without a register yet has an empty title."""
    return stored_content(reader)()


def stored_content(reader: Reader) -> Callable[[], document.Register]:
    """The same, decoded when the result is called, after the transaction."""
    facts, rows, stored = register_row(reader), categories(reader), StoredRows(reader)

    def decoded() -> document.Register:
        codes = {category.id: category.code for category in rows}
        items, names = stored.items(), stored.components()
        keys = {item.id: item.key for item in items}
        return document.Register(
            title=facts.title,
            extends=facts.extends,
            system=facts.system,
            last_updated=facts.last_updated,
            purpose=facts.purpose,
            note=facts.note,
            project_total=facts.project_total,
            cadence=facts.cadence,
            categories=tuple(
                document.Category(code=row.code, name=row.name, definition=row.definition, origin=row.origin)
                for row in rows
            ),
            items=tuple(
                document.Item(
                    **values_of(item, codes[item.category_id], tuple(names.get(item.id, ()))),
                    components_text=item.components_text,
                    origin=item.origin,
                )
                for item in items
            ),
            dependencies=tuple(
                document.Dependency(keys[edge.source_id], keys[edge.target_id], edge.label)
                for edge in stored.dependencies()
            ),
        )

    return decoded
