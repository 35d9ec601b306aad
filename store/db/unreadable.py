"""Finds stored values of the wrong kind and names their rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy.dialects import sqlite

from store.columns import UnreadableValueError
from store.models import Table

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A stored value of the wrong kind: its table, row and column, the value as shown, and what it should be."""

    table: str
    row: int
    column: str
    shown: str
    wanted: str

    @property
    def what(self) -> str:
        """A clause that names it."""
        return f"{self.table} {self.row} holds {self.shown} in {self.column}, which is not {self.wanted}"


def unreadable(connection: sqlite3.Connection) -> Iterator[Unreadable]:
    """All values of the wrong kind; reads the whole register."""
    dialect = sqlite.dialect()
    for table in Table.metadata.sorted_tables:
        readers = [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in table.c]
        query = f"SELECT rowid, {', '.join(_quoted(column.name) for column in table.c)} FROM {_quoted(table.name)}"
        for row, *values in _rows(connection, query):
            for column, read, value in zip(table.c, readers, values, strict=True):
                try:
                    if read is not None:
                        read(value)
                except UnreadableValueError as error:
                    yield Unreadable(table.name, row, column.name, error.shown, error.wanted)


def _quoted(name: str) -> str:
    return f'"{name}"'


def _rows(connection: sqlite3.Connection, query: str) -> Iterator[tuple[int, ...]]:
    """Rows in which text that is not UTF-8 comes as bytes, where sqlite3 would raise."""
    kept = connection.text_factory
    cursor = connection.cursor()
    cursor.execute(f"{query} ORDER BY rowid")
    while True:
        connection.text_factory = _text_or_bytes
        try:
            rows = cursor.fetchmany(1_000)
        finally:
            connection.text_factory = kept
        if not rows:
            return
        yield from rows


def _text_or_bytes(stored: bytes) -> str | bytes:
    try:
        return stored.decode()
    except UnicodeDecodeError:
        return stored
