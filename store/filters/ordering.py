"""In which order a query lists its items: by a value of each, and as in the document where those are equal."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func
from sqlalchemy import select as columns
from sqlmodel import col, select

from store.enums import Effort, Severity, Status
from store.filters import situations
from store.models import Category, Decision, Item, RegisterFacts
from store.text import lead_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date, datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.sql.elements import SQLCoreOperations

    from store.db.reader import Reader
    from store.filters.ast import Sort
    from store.filters.cache import Kept, Places

_DIGITS = re.compile(r"(\d+)")
Comparable = Any
"""What can be compared with its like."""


@dataclass(frozen=True, slots=True)
class _Order:
    """What an order compares: columns of an item, made into something comparable; None comes last either way."""

    columns: tuple[SQLCoreOperations[object], ...]
    value: Callable[..., Comparable | None]


def places(session: Reader, sort: Sort | None, met: Sequence[ColumnElement[bool]], kept: Kept) -> Places:
    """The places of the items that meet some conditions, in an order; None is that of the document."""
    positions = {row.id: row.position for row in session.exec(select(Category))}
    order = None if sort is None else _order(session, sort.name, kept)
    asked = order.columns if order else ()
    query = columns(col(Item.category_id), col(Item.position), col(Item.id), *asked).where(*met)
    rows = [(positions[row[0]], row[1], row[2] or 0, *row[3:]) for row in session.execute(query)]
    rows.sort(key=lambda row: row[:3])
    found = [row[:3] for row in rows]
    if sort is None or order is None:
        return found[::-1] if sort is not None and sort.reverse else found
    values = [order.value(*row[3:]) for row in rows]
    known = [(value, place) for value, place in zip(values, found, strict=True) if value is not None]
    # Sorting keeps equals in the order they are in, also the other way round.
    known.sort(key=lambda pair: pair[0], reverse=sort.reverse)
    unknown = [place for value, place in zip(values, found, strict=True) if value is None]
    return [place for _, place in known] + unknown


def _order(session: Reader, name: str, kept: Kept) -> _Order | None:
    facts = session.get(RegisterFacts, 1)
    match name:
        case "score":
            return _Order((col(Item.id),), kept.graph(session).ranks.get)
        case "share":
            return _Order((situations.share(facts),), lambda share: None if share is None else -share)
        case "category":
            codes = {row.id: row.code.casefold() for row in session.exec(select(Category))}
            return _Order((col(Item.category_id),), lambda category: codes[category])
        case "reviewed":
            newest = func.max(col(Decision.time))
            last = dict(session.execute(columns(col(Decision.item_id), newest).group_by(col(Decision.item_id))).all())
            return _Order((col(Item.id),), lambda item: last[item].timestamp() if item in last else 0)
        case _:
            return _ORDERS.get(name)


def _index(*words: Severity | Status | Effort) -> Callable[[str | None], int | None]:
    numbers: Mapping[str | None, int] = {word: at for at, word in enumerate(words)}
    return lambda word: numbers.get(word)


def _age(opened: date | None, created: datetime) -> int:
    return (opened or created.date()).toordinal()


def _natural(text: str | None) -> tuple[tuple[int, int, str], ...] | None:
    """A text to be compared by its numbers where it has some, in any case."""
    if text is None:
        return None
    return tuple((0, int(part), "") if part.isdecimal() else (1, 0, part) for part in _DIGITS.split(text.casefold()))


_ORDERS: Mapping[str, _Order] = {
    "severity": _Order((col(Item.severity),), _index(*Severity)),
    "status": _Order((col(Item.status),), _index(*Status)),
    "effort": _Order((col(Item.effort),), _index(*Effort)),
    "age": _Order((col(Item.opened_on), col(Item.created)), _age),
    "changed": _Order((col(Item.updated),), lambda updated: -updated.timestamp()),
    "due": _Order((col(Item.due_on),), lambda due: None if due is None else due.toordinal()),
    "owner": _Order((col(Item.owner),), _natural),
    "key": _Order((col(Item.key),), _natural),
    "title": _Order(
        (col(Item.title), func.substr(col(Item.description), 1, 480)),
        lambda title, text: _natural(lead_of(title, text)),
    ),
}
