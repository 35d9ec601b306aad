"""The sort orders of a query: by a value of each item, then in document order."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from store.db import values
from store.db.values import nullable
from store.enums import Effort, Severity, Status
from store.filters.sql import Condition, combined, policy, share_condition
from store.text import lead_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date, datetime

    from store.db.reader import Reader
    from store.db.values import Decoder
    from store.filters.ast import Sort
    from store.filters.sql import Positions, QueryCache

_DIGITS = re.compile(r"(\d+)")
Comparable = Any
"""What can be compared with others of its type."""


class _Order(NamedTuple):
    """What a sort order compares: a value made of columns of an item; None always comes last."""

    columns: Mapping[str, Decoder]
    value: Callable[..., Comparable | None]
    parameters: tuple[object, ...] = ()


POSITIONS = """
select category.position, item.position, item.id{columns}
from item join category on category.id = item.category_id where {where}
order by category.position, item.position, item.id
"""


def positions(reader: Reader, sort: Sort | None, where: Condition, cache: QueryCache) -> Positions:
    """The positions of the items that meet a condition, in an order; None is that of the document."""
    order = None if sort is None else _order(reader, sort.name, cache)
    if sort is None or order is None:
        found = reader.tuples(POSITIONS.format(columns="", where=where.sql), where.parameters)
        return found[::-1] if sort is not None and sort.reverse else found
    asked = Condition("".join(f", {column}" for column in order.columns), order.parameters)
    (columns, condition), parameters = combined(asked, where)
    rows = reader.tuples(POSITIONS.format(columns=columns, where=condition), parameters)
    decoders = tuple(order.columns.values())
    ordered = [
        (order.value(*[decode(value) for decode, value in zip(decoders, row[3:], strict=True)]), row[:3])
        for row in rows
    ]
    known: list[tuple[Comparable, tuple[int, int, int]]] = [pair for pair in ordered if pair[0] is not None]
    # Sorting is stable, also in reverse.
    known.sort(key=lambda pair: pair[0], reverse=sort.reverse)
    return [position for _, position in known] + [position for value, position in ordered if value is None]


def _order(reader: Reader, name: str, cache: QueryCache) -> _Order | None:
    match name:
        case "score":
            return _Order({"item.id": int}, cache.graph(reader).ranks.get)
        case "share":
            counted = share_condition(policy(reader))
            return _Order(
                {counted.sql: nullable(values.number)}, lambda share: None if share is None else -share, counted.values
            )
        case "category":
            codes = {row: values.text(code).casefold() for row, code in reader.tuples("select id, code from category")}
            return _Order({"item.category_id": int}, codes.__getitem__)
        case "reviewed":
            newest = reader.tuples("select item_id, max(time) from decision group by item_id")
            last = {item: values.timestamp(time).timestamp() for item, time in newest}
            return _Order({"item.id": int}, lambda item: last.get(item, 0))
        case _:
            return _ORDERS.get(name)


def _index(*words: Severity | Status | Effort) -> Callable[[str | None], int | None]:
    numbers: Mapping[str | None, int] = {word: at for at, word in enumerate(words)}
    return lambda word: numbers.get(word)


def _age(opened: date | None, created: datetime) -> int:
    return (opened or created.date()).toordinal()


def _natural(text: str | None) -> tuple[tuple[int, int, str], ...] | None:
    """A sort key of a text in which numbers compare as numbers, ignoring case."""
    if text is None:
        return None
    return tuple((0, int(part), "") if part.isdecimal() else (1, 0, part) for part in _DIGITS.split(text.casefold()))


_ORDERS: Mapping[str, _Order] = {
    "severity": _Order({"item.severity": nullable(values.one_of(Severity))}, _index(*Severity)),
    "status": _Order({"item.status": values.one_of(Status)}, _index(*Status)),
    "effort": _Order({"item.effort": nullable(values.one_of(Effort))}, _index(*Effort)),
    "age": _Order({"item.opened_on": nullable(values.day), "item.created": values.timestamp}, _age),
    "changed": _Order({"item.updated": values.timestamp}, lambda updated: -updated.timestamp()),
    "due": _Order({"item.due_on": nullable(values.day)}, lambda due: None if due is None else due.toordinal()),
    "owner": _Order({"item.owner": nullable(values.text)}, _natural),
    "key": _Order({"item.key": values.text}, _natural),
    "title": _Order(
        {"item.title": nullable(values.text), "substr(item.description, 1, 480)": values.text},
        lambda title, text: _natural(lead_of(title, text)),
    ),
}
