"""Reads a register with plain SQL: one snapshot, frozen rows, and no object-relational mapper."""

from __future__ import annotations

import json
from datetime import UTC
from functools import cache
from operator import call
from typing import TYPE_CHECKING, Any, TypeVar

from store.db.values import decoder_of
from store.errors import UnreadableValueError

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from datetime import date, datetime

    from store.clock import Clock
    from store.db.values import Decoder

    Parameters = Mapping[str, object]

Row = TypeVar("Row")
T = TypeVar("T")


class Reader:
    """One snapshot of a register, for as long as its transaction is open.

    Parameters in SQL have names (`:key`). `row` is a named tuple or a frozen dataclass whose fields are the selected
    columns, in their order; each value is checked and decoded by the type of its field. Raises UnreadableValueError
    for a value of another kind.
    """

    def __init__(self, connection: sqlite3.Connection, *, clock: Clock, as_of: datetime | None = None) -> None:
        self.connection = connection
        self.clock = clock
        self.as_of = as_of
        """The time that this register was rebuilt for; None for the register of today."""

    @property
    def now(self) -> datetime:
        """The present time, aware and in UTC."""
        return self.clock().astimezone(UTC)

    @property
    def today(self) -> date:
        """The present day in UTC."""
        return self.now.date()

    def rows(self, sql: str, parameters: Parameters | None = None, *, row: type[Row]) -> tuple[Row, ...]:
        """All rows that a statement finds."""
        return tuple(self.each(sql, parameters, row=row))

    def fetch(self, sql: str, parameters: Parameters | None = None, *, row: type[Row]) -> Callable[[], tuple[Row, ...]]:
        """All rows that a statement finds, decoded when the result is called: later, when others may write again."""
        cursor = self.connection.execute(sql, parameters or {})
        make, found = _decoder(row, cursor), cursor.fetchall()
        return lambda: tuple(map(make, found))

    def each(self, sql: str, parameters: Parameters | None = None, *, row: type[Row]) -> Iterator[Row]:
        """The rows that a statement finds, one at a time."""
        cursor = self.connection.execute(sql, parameters or {})
        return map(_decoder(row, cursor), cursor)

    def first(self, sql: str, parameters: Parameters | None = None, *, row: type[Row]) -> Row | None:
        """The first row that a statement finds, None if it finds none."""
        return next(self.each(sql, parameters, row=row), None)

    def tuples(self, sql: str, parameters: Parameters | None = None) -> list[tuple[Any, ...]]:
        """All rows that a statement finds, as stored: nothing is checked or decoded."""
        return self.connection.execute(sql, parameters or {}).fetchall()

    def column(self, sql: str, parameters: Parameters | None = None) -> list[Any]:
        """The first column of all rows that a statement finds, as stored."""
        return [row[0] for row in self.connection.execute(sql, parameters or {})]

    def value(self, sql: str, parameters: Parameters | None = None) -> Any:
        """The first column of the first row that a statement finds, as stored; None if it finds none."""
        found = self.connection.execute(sql, parameters or {}).fetchone()
        return None if found is None else found[0]


def decode_rows(read: Callable[[], AbstractContextManager[Reader]], decode: Callable[[], T]) -> T:
    """What `decode` returns, which decodes rows that were fetched before.

    A value that it cannot read is reported by its row, as in a transaction.
    """
    try:
        return decode()
    except UnreadableValueError:
        with read():
            raise


def decode_columns(row: type, names: Sequence[str], found: Sequence[Sequence[Any]]) -> dict[str, Sequence[Any]]:
    """The columns of stored rows by name, decoded by the types of the fields of `row` that have these names.

    Each different value of a column is decoded once and shared. Raises UnreadableValueError.
    """
    columns = zip(*found, strict=True) if found else ((),) * len(names)
    decoded: dict[str, Sequence[Any]] = {}
    for name, kind, values in zip(names, _kinds_of(row, names), columns, strict=True):
        if kind in _TEXTS and _TEXTS[kind].issuperset(map(type, values)):
            # Texts are stored unchanged, and most of them differ.
            decoded[name] = values
            continue
        decode = decoder_of(kind)
        known = {value: decode(value) for value in set(values)}
        decoded[name] = list(map(known.__getitem__, values))
    return decoded


_TEXTS: dict[str, set[type]] = {"str": {str}, "str | None": {str, type(None)}}
"""The types of the stored values of texts, by the annotation of their field."""


def id_list(ids: Iterable[int]) -> str:
    """Row ids as one parameter, for `in (select value from json_each(:ids))`: lists of parameters have a limit."""
    return json.dumps(list(ids))


def _decoder(row: type[Row], cursor: sqlite3.Cursor) -> Callable[[Sequence[Any]], Row]:
    """What makes a `row` of the values of a statement, whose columns must be its first fields in their order."""
    decoders = _decoders(row, tuple(column[0] for column in cursor.description))  # type: ignore[arg-type]
    return lambda values: row(*map(call, decoders, values))


@cache
def _decoders(row: Any, columns: tuple[str, ...]) -> tuple[Decoder, ...]:
    fields = tuple(row.__annotations__)
    if columns != fields[: len(columns)]:
        raise TypeError(f"{row.__name__} has the fields {', '.join(fields)}, not the columns {', '.join(columns)}")
    return tuple(map(decoder_of, _kinds_of(row, columns)))


def _kinds_of(row: Any, names: Iterable[str]) -> list[str]:
    """The annotations of some fields; a named tuple has them as forward references."""
    kinds = (row.__annotations__[name] for name in names)
    return [getattr(kind, "__forward_arg__", kind) for kind in kinds]
