"""Writes many rows in plain SQL, and prepares as much as possible before others wait for the write lock."""

from __future__ import annotations

import gc
from collections import defaultdict
from contextlib import contextmanager
from itertools import count, islice
from typing import TYPE_CHECKING, Any

from store.db.values import kinds_of

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    Values = Mapping[str, object]

AT_ONCE = 20_000
"""The most rows that are staged: more would take too much memory."""
CHUNK = 5_000
"""How many rows are written at a time where there are more."""
FEW = 100
"""How many rows are written without staging."""


_NUMBERS = count(1)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


class Staged:
    """Rows in a temporary table of the connection, to be copied to a table: constraints and indexes then take a third
    of the time.
    """

    def __init__(self, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        self.name = f"temp.staged_{next(_NUMBERS)}"
        self.is_filled = False
        self._columns = columns
        self._marks = ", ".join("?" * len(columns))
        self._rows = iter(rows)

    def stage(self, connection: sqlite3.Connection) -> None:
        """Create and fill the table."""
        connection.execute(f"create table {self.name} ({_listed(self._columns)})")
        connection.executemany(f"insert into {self.name} values ({self._marks})", self._rows)
        self.is_filled = True

    def drop(self, connection: sqlite3.Connection) -> None:
        """Drop the table if it is there."""
        connection.execute(f"drop table if exists {self.name}")


class Insert(Staged):
    """Rows to be added to a table, which are staged unless they are few, or too many for the memory."""

    def __init__(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], *, number: int) -> None:
        super().__init__(columns, rows)
        self._into = f"insert into {table} ({_listed(columns)})"
        self._number = number

    def stage(self, connection: sqlite3.Connection) -> None:
        """Stage the rows if that pays."""
        if FEW < self._number <= AT_ONCE:
            super().stage(connection)

    def execute(self, connection: sqlite3.Connection) -> None:
        """Write the rows."""
        if self.is_filled:
            self._copy(connection, self)
        elif self._number <= FEW:
            connection.executemany(f"{self._into} values ({self._marks})", self._rows)
        else:
            while chunk := list(islice(self._rows, CHUNK)):
                staged = Staged(self._columns, chunk)
                staged.stage(connection)
                self._copy(connection, staged)
                staged.drop(connection)

    def _copy(self, connection: sqlite3.Connection, staged: Staged) -> None:
        connection.execute(f"{self._into} select * from {staged.name} order by rowid")


@contextmanager
def staging(connection: sqlite3.Connection, prepared: Sequence[Staged]) -> Iterator[None]:
    """Fill temporary tables, which are dropped at the end; only the connection's own files are locked."""
    changes = connection.total_changes
    connection.execute("begin")
    try:
        for each in prepared:
            each.stage(connection)
        connection.execute("commit")
        if connection.total_changes - changes > CHUNK:
            # What a large write changes stays in memory until its commit: others wait for the disk only once.
            connection.execute("pragma cache_size = -32768")
        yield
    finally:
        if connection.in_transaction:
            connection.execute("rollback")
        for each in prepared:
            each.drop(connection)
        connection.execute("pragma cache_size = -2000")
        connection.execute("pragma shrink_memory")


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
    marks = ", ".join("?" * len(values))
    cursor = connection.execute(f"insert into {table} ({_listed(values)}) values ({marks})", tuple(values.values()))
    assert cursor.lastrowid is not None
    return cursor.lastrowid


@contextmanager
def garbage_collection_paused() -> Iterator[None]:
    """No garbage collection: work on many rows makes many objects and few cycles, and each collection visits all."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
