"""Writes many rows in plain SQL, and prepares as much as possible before others wait for the write lock."""

from __future__ import annotations

from collections import defaultdict
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Any

from store.db.values import kinds_of

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    Values = Mapping[str, object]

AT_ONCE = 20_000
"""Rows that are prepared at a time, since all of a very large document would take too much memory."""
_FEW = 100


class Insert:
    """Rows for a table, which are copied there from a temporary table.

    Constraints and indexes take a third of the time that way, and the temporary table can be filled before others
    have to wait.
    """

    def __init__(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], *, number: int) -> None:
        names, marks = ", ".join(f'"{name}"' for name in columns), ", ".join("?" * len(columns))
        self._rows = iter(rows)
        self._number = number
        self._is_staged = False
        self._insert = f"insert into {table} ({names}) values ({marks})"
        self._create = f"create temp table staged_{table} ({names})"
        self._fill = f"insert into temp.staged_{table} values ({marks})"
        self._copy = f"insert into {table} ({names}) select * from temp.staged_{table} order by rowid"
        self._drop = f"drop table if exists temp.staged_{table}"

    def stage(self, connection: sqlite3.Connection) -> None:
        """Fill the temporary table unless there are too many rows; `staging` removes it."""
        if _FEW < self._number <= AT_ONCE:
            self._stage(connection, self._rows)
            self._is_staged = True

    def execute(self, connection: sqlite3.Connection) -> None:
        """Write the rows."""
        if self._is_staged:
            connection.execute(self._copy)
        elif self._number <= _FEW:
            connection.executemany(self._insert, self._rows)
        else:
            while chunk := list(islice(self._rows, AT_ONCE)):
                self._stage(connection, chunk)
                connection.execute(self._copy)
                self.drop(connection)

    def drop(self, connection: sqlite3.Connection) -> None:
        """Drop the temporary table."""
        connection.execute(self._drop)

    def _stage(self, connection: sqlite3.Connection, rows: Iterable[Sequence[Any]]) -> None:
        connection.execute(self._create)
        connection.executemany(self._fill, rows)


@contextmanager
def staging(connection: sqlite3.Connection, inserts: Sequence[Insert]) -> Iterator[None]:
    """Have rows in temporary tables, which are dropped at the end; only the connection's own files are locked."""
    connection.execute("begin")
    try:
        for insert in inserts:
            insert.stage(connection)
        connection.execute("commit")
        yield
    finally:
        if connection.in_transaction:
            connection.execute("rollback")
        for insert in inserts:
            insert.drop(connection)


def updates(table: str, rows: Mapping[int, Values]) -> Iterator[tuple[str, list[tuple[object, ...]]]]:
    """Statements, each with its parameters, that change columns of rows by row id; each row's version goes up."""
    groups: defaultdict[tuple[str, ...], list[tuple[object, ...]]] = defaultdict(list)
    for row, values in rows.items():
        names = tuple(sorted(values))
        groups[names].append((*(values[name] for name in names), row))
    version = ", version = version + 1" if "version" in kinds_of(table) else ""
    for names, parameters in groups.items():
        columns = ", ".join(f'"{name}" = ?' for name in names)
        yield f"update {table} set {columns}{version} where id = ?", parameters


def update(connection: sqlite3.Connection, table: str, row: int, values: Values) -> None:
    """Change columns of a row; its version goes up."""
    for statement, parameters in updates(table, {row: values}):
        connection.executemany(statement, parameters)


def insert(connection: sqlite3.Connection, table: str, values: Values) -> int:
    """Add a row; its id."""
    names, marks = ", ".join(f'"{name}"' for name in values), ", ".join("?" * len(values))
    cursor = connection.execute(f"insert into {table} ({names}) values ({marks})", tuple(values.values()))
    assert cursor.lastrowid is not None
    return cursor.lastrowid
