"""Finds the values that a register's columns cannot hold, and names their rows: others can write any value."""

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
    """A value that cannot be read: the `row` of a `table`, the column, the value as it is shown and what is wanted."""

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
    """Every value of a register that cannot be read; it reads all there is."""
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
    """Rows whose texts are bytes where they are not UTF-8: SQLite's own module gives up there."""
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
