"""Writes many rows in plain SQL, and prepares as much as possible before others wait for the write lock."""

from __future__ import annotations

import gc
from collections import defaultdict
from contextlib import contextmanager
from itertools import count, islice
from typing import TYPE_CHECKING, Any, ClassVar

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
    """Rows in a temporary table from which they are written: constraints and indexes then take a third of the time.
    Few rows are not staged, nor are too many for the memory.
    """

    TYPES: ClassVar[Mapping[str, str]] = {}
    """The types of columns that may store a value in another form."""

    def __init__(self, columns: Sequence[str], rows: Iterable[Sequence[Any]], number: int) -> None:
        self.name = f"temp.staged_{next(_NUMBERS)}"
        self.is_filled = False
        self._columns = columns
        self._marks = ", ".join("?" * len(columns))
        self._rows = iter(rows)
        self._number = number

    def stage(self, connection: sqlite3.Connection) -> None:
        """Create and fill the table if that pays."""
        if FEW < self._number <= AT_ONCE:
            # The types are not read from the other table: that would take a lock, for which others have to wait.
            columns = ", ".join(f'"{name}" {self.TYPES.get(name, "")}' for name in self._columns)
            connection.execute(f"create table {self.name} ({columns})")
            connection.executemany(f"insert into {self.name} values ({self._marks})", self._rows)
            self.is_filled = True

    def drop(self, connection: sqlite3.Connection) -> None:
        """Drop the table if it exists."""
        connection.execute(f"drop table if exists {self.name}")


class Insert(Staged):
    """Rows to be added to a table."""

    def __init__(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], number: int) -> None:
        super().__init__(columns, rows, number)
        self._into = f"insert into {table} ({_listed(columns)})"

    def execute(self, connection: sqlite3.Connection) -> None:
        """Write the rows."""
        if self.is_filled:
            self._copy(connection, self)
        elif self._number <= FEW:
            connection.executemany(f"{self._into} values ({self._marks})", self._rows)
        else:
            while chunk := list(islice(self._rows, CHUNK)):
                staged = Staged(self._columns, chunk, CHUNK)
                staged.stage(connection)
                self._copy(connection, staged)
                staged.drop(connection)

    def _copy(self, connection: sqlite3.Connection, staged: Staged) -> None:
        connection.execute(f"{self._into} select * from {staged.name} order by rowid")


class Update(Staged):
    """New values of columns of a table's rows; each row's version goes up."""

    def __init__(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """Each of `rows` is the values of the columns, then the row's id."""
        super().__init__((*columns, "id"), rows, len(rows))
        self._table = table
        self._version = ", version = version + 1" if "version" in kinds_of(table) else ""

    def execute(self, connection: sqlite3.Connection) -> None:
        """Write the values."""
        names = self._columns[:-1]
        if self.is_filled:
            columns = ", ".join(f'"{name}" = staged."{name}"' for name in names)
            source = f" from {self.name} as staged where {self._table}.id = staged.id"
            connection.execute(f"update {self._table} set {columns}{self._version}{source}")
        else:
            columns = ", ".join(f'"{name}" = ?' for name in names)
            connection.executemany(f"update {self._table} set {columns}{self._version} where id = ?", self._rows)


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


def updates(table: str, rows: Mapping[int, Values]) -> list[Update]:
    """What changes columns of rows by row id."""
    groups: defaultdict[tuple[str, ...], list[tuple[object, ...]]] = defaultdict(list)
    for row, values in rows.items():
        names = tuple(sorted(values))
        groups[names].append((*(values[name] for name in names), row))
    return [Update(table, names, group) for names, group in groups.items()]


def update(connection: sqlite3.Connection, table: str, row: int, values: Values) -> None:
    """Change columns of a row; its version goes up."""
    for each in updates(table, {row: values}):
        each.execute(connection)


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
