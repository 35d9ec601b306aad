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


class _Staged:
    """A temporary table of rows for a table: copied from there, constraints and indexes take a third of the time."""

    def __init__(self, table: str, columns: Iterable[str]) -> None:
        names = [f'"{name}"' for name in columns]
        marks = ", ".join("?" * len(names))
        self.name = f"temp.staged_{table}"
        self.insert = f"insert into {table} ({', '.join(names)}) values ({marks})"
        self.copy = f"insert into {table} ({', '.join(names)}) select * from {self.name} order by rowid"
        self._create = f"create temp table staged_{table} ({', '.join(names)})"
        self._fill = f"insert into {self.name} values ({marks})"

    def fill(self, connection: sqlite3.Connection, rows: Iterable[Sequence[Any]]) -> None:
        """Create it with these rows."""
        connection.execute(self._create)
        connection.executemany(self._fill, rows)

    def drop(self, connection: sqlite3.Connection) -> None:
        """Drop it if it is there."""
        connection.execute(f"drop table if exists {self.name}")


class Insert:
    """Rows to be added to a table, which can be staged before others have to wait for the write lock."""

    def __init__(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], *, number: int) -> None:
        self._staged = _Staged(table, columns)
        self._rows = iter(rows)
        self._number = number
        self._is_staged = False

    def stage(self, connection: sqlite3.Connection) -> None:
        """Stage the rows unless they are very many, or few; `staging` removes them."""
        if _FEW < self._number <= AT_ONCE:
            self._staged.fill(connection, self._rows)
            self._is_staged = True

    def execute(self, connection: sqlite3.Connection) -> None:
        """Write the rows."""
        if self._is_staged:
            connection.execute(self._staged.copy)
        elif self._number <= _FEW:
            connection.executemany(self._staged.insert, self._rows)
        else:
            while chunk := list(islice(self._rows, AT_ONCE)):
                self._staged.fill(connection, chunk)
                connection.execute(self._staged.copy)
                self._staged.drop(connection)

    def drop(self, connection: sqlite3.Connection) -> None:
        """Remove what is staged."""
        self._staged.drop(connection)


def insert_exactly(
    connection: sqlite3.Connection, table: str, columns: Mapping[str, str], rows: Sequence[tuple[Any, ...]]
) -> bool:
    """Add rows at the end of a table; whether it then holds just these behind the rows that were there.

    columns: how each column is read back, by name; the first one is the row id.
    """
    staged, first, key = _Staged(table, columns), rows[0][0], next(iter(columns))
    if len(rows) <= _FEW:
        connection.executemany(staged.insert, rows)
        found = f"select {', '.join(columns.values())} from {table} where {key} >= ? order by {key}"
        return connection.execute(found, (first,)).fetchall() == rows
    staged.fill(connection, rows)
    connection.execute(staged.copy)
    # Without the affinity of a column, only what is the same and of the same type is equal.
    same = " and ".join(f'+given."{name}" is +{read}' for name, read in columns.items())
    counts = f"""
    select (select count(*) from {table} where {key} >= ?),
           (select count(*) from {staged.name} as given join {table} on {table}.{key} = given.{key} where {same})
    """
    found = connection.execute(counts, (first,)).fetchone()
    staged.drop(connection)
    return bool(found == (len(rows), len(rows)))


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
