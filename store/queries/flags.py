"""Flags of items that follow from time and rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.db.values import FLAG_SETS
from store.filters.sql import Condition, can_be_unknown, combined, condition, flag_conditions, in_ids, rule_conditions
from store.queries.lookup import IN_DOCUMENT_ORDER

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from store.db.reader import Reader
    from store.db.values import FlagSet
    from store.enums import Severity
    from store.filters.ast import Query
    from store.filters.sql import FlagCounts, QueryCache


def flag_bits(reader: Reader, cache: QueryCache | None = None) -> Condition:
    """The flags of an item as the bits of a number; a flag whose answer is unknown is not set."""
    conditions, parameters = combined(*flag_conditions(reader, cache).values())
    bits = (f"case when {sql} then {1 << at} else 0 end" for at, sql in enumerate(conditions))
    return Condition(" + ".join(bits), tuple(parameters.values()))


def flagged(reader: Reader, where: Condition, cache: QueryCache | None = None) -> dict[str, FlagSet]:
    """The flags of those items that have any and meet a condition, by key."""
    (bits, wanted), parameters = combined(flag_bits(reader, cache), where)
    found = f"select item.key, {bits} as flags from item where {wanted}"
    rows = reader.tuples(f"select key, flags from ({found}) as flagged where flags > 0", parameters)
    return {key: FLAG_SETS[flags] for key, flags in rows}


def flag_counts(reader: Reader, cache: QueryCache | None = None) -> FlagCounts:
    """How many items have each flag that any has."""
    # One statement for each flag, so that indexes are used where they can be.
    numbers = (
        (flag, reader.value(f"select count(*) from item where {where.sql}", where.parameters))
        for flag, where in flag_conditions(reader, cache).items()
    )
    return tuple((flag, number) for flag, number in numbers if number)


def item_flags(reader: Reader, ids: Sequence[int]) -> dict[int, tuple[FlagSet, tuple[str, ...], tuple[str, ...]]]:
    """By id, the flags of items, the names of the rules that each breaks, and of those for which that is unknown."""
    rules = [(row.name, where) for row, where in rule_conditions(reader) if isinstance(where, Condition)]
    columns, parameters = combined(flag_bits(reader), *(where for _, where in rules), in_ids("item.id", ids))
    found = {}
    sql = f"select item.id, {', '.join(columns[:-1])} from item where {columns[-1]}"
    for item, flags, *answers in reader.tuples(sql, parameters):
        broken = tuple(name for (name, _), is_broken in zip(rules, answers, strict=True) if is_broken)
        unknown = tuple(name for (name, _), is_broken in zip(rules, answers, strict=True) if is_broken is None)
        found[item] = (FLAG_SETS[flags], broken, unknown)
    return found


def unknown_keys(reader: Reader, query: Query, cache: QueryCache | None = None) -> tuple[str, ...]:
    """The keys of the items for which it is unknown whether they match a query, in document order."""
    if not can_be_unknown(query):
        return ()
    where = condition(reader, query, cache).is_unknown
    return tuple(reader.column(f"select item.key from {IN_DOCUMENT_ORDER.format(where=where.sql)}", where.parameters))


def overdue_days(
    due_on: date | None, opened: date, severity: Severity | None, *, limits: Mapping[str, int], today: date
) -> tuple[int | None, int | None]:
    """For how many days an open item is past its due date, and open longer than `limits` allow; None where it is not.

    `limits` are the days that items of a severity may be open.
    """
    past = 0 if due_on is None else (today - due_on).days
    limit = None if severity is None else limits.get(severity.value)
    longer = 0 if limit is None else (today - opened).days - limit
    return past if past > 0 else None, longer if longer > 0 else None
