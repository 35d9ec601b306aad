"""Lets the product work on a recorded disk: what it asks of `sqlite3` is answered by SQLite through apsw.

The verbs run whole, with their own SQL, pragmas and transactions; only the library's door is another one, because
Python's own gives no way to put a file system below it. `on_disk` changes the door where the product opens a file.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import apsw

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import pytest

    from tests.durability.recorder import Recorder

    Bound = Sequence[Any] | Mapping[str, Any]

_URI = apsw.SQLITE_OPEN_URI | apsw.SQLITE_OPEN_READWRITE
_ERRORS: tuple[tuple[type[apsw.Error], type[sqlite3.Error], str], ...] = (
    (apsw.BusyError, sqlite3.OperationalError, "database is locked"),
    (apsw.IOError, sqlite3.OperationalError, "disk I/O error"),
    (apsw.FullError, sqlite3.OperationalError, "database or disk is full"),
    (apsw.CantOpenError, sqlite3.OperationalError, "unable to open database file"),
    (apsw.CorruptError, sqlite3.DatabaseError, "database disk image is malformed"),
    (apsw.NotADBError, sqlite3.DatabaseError, "file is not a database"),
    (apsw.ConstraintError, sqlite3.IntegrityError, "constraint failed"),
)


@contextmanager
def _as_sqlite3() -> Iterator[None]:
    """Raise what `sqlite3` would."""
    try:
        yield
    except apsw.Error as error:
        for kind, ours, text in _ERRORS:
            if isinstance(error, kind):
                raise ours(text) from error
        raise sqlite3.OperationalError(str(error)) from error


class Cursor:
    """As much of a `sqlite3.Cursor` as the product uses; the rows are read at once."""

    arraysize = 1

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.description: Sequence[Sequence[Any]] | None = None
        self.rowcount = -1
        self.lastrowid: int | None = None
        self._rows: list[Any] = []

    def execute(self, statement: str, values: Bound = ()) -> Cursor:
        with _as_sqlite3():
            apsw_cursor = self.connection.apsw.cursor()
            apsw_cursor.exec_trace = self._begun
            changes = self.connection.apsw.total_changes()
            self._rows = list(apsw_cursor.execute(statement, values if isinstance(values, Mapping) else tuple(values)))
            changed = self.connection.apsw.total_changes() > changes
        self.rowcount = self.connection.apsw.changes() if changed else 0 if self.description is None else -1
        self.lastrowid = self.connection.apsw.last_insert_rowid()
        return self

    def executemany(self, statement: str, many: Sequence[Sequence[Any]]) -> Cursor:
        changed = 0
        for values in many:
            changed += max(self.execute(statement, values).rowcount, 0)
        self.rowcount = changed
        return self

    def _begun(self, cursor: apsw.Cursor, _statement: str, _values: object) -> bool:
        # Asked here because a cursor without rows ends too early to be asked later.
        described = cursor.get_description()
        self.description = [(column[0], None, None, None, None, None, None) for column in described] or None
        return True

    def fetchone(self) -> Any:
        return self._rows.pop(0) if self._rows else None

    def fetchmany(self, size: int = 1) -> list[Any]:
        taken, self._rows = self._rows[:size], self._rows[size:]
        return taken

    def fetchall(self) -> list[Any]:
        return self.fetchmany(len(self._rows))

    def __iter__(self) -> Iterator[Any]:
        return iter(self.fetchall())

    def close(self) -> None:
        self._rows = []


class Connection:
    """As much of a `sqlite3.Connection` as the product uses."""

    isolation_level = None

    def __init__(self, uri: str, recorder: Recorder, timeout: float) -> None:
        with _as_sqlite3():
            self.apsw = apsw.Connection(uri, flags=_URI, vfs=recorder.name)
            self.apsw.set_busy_timeout(int(timeout * 1000))

    @property
    def in_transaction(self) -> bool:
        return self.apsw.in_transaction

    def cursor(self) -> Cursor:
        return Cursor(self)

    def execute(self, statement: str, values: Bound = ()) -> Cursor:
        return self.cursor().execute(statement, values)

    def executemany(self, statement: str, many: Sequence[Sequence[Any]]) -> Cursor:
        return self.cursor().executemany(statement, many)

    def commit(self) -> None:
        if self.in_transaction:
            self.execute("COMMIT")

    def rollback(self) -> None:
        if self.in_transaction:
            self.execute("ROLLBACK")

    def setlimit(self, category: int, limit: int) -> int:
        return self.apsw.limit(category, limit)

    def create_function(self, name: str, number: int, function: Callable[..., Any], *, deterministic: bool) -> None:
        self.apsw.create_scalar_function(name, function, number, deterministic=deterministic)

    def close(self) -> None:
        with _as_sqlite3():
            self.apsw.close()


class OwnTransactions(Connection):
    """As the connection of a register: only statements begin and end transactions."""

    def commit(self) -> None:
        """Do nothing."""

    def rollback(self) -> None:
        """Do nothing."""


@contextmanager
def on_disk(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Connection]]:
    """Put whatever the product opens on a recorded disk: yields the connections, the newest last."""
    opened: list[Connection] = []

    def connect(
        name: str, *, timeout: float = 5.0, factory: type[sqlite3.Connection] = sqlite3.Connection, **_: object
    ) -> Connection:
        kind = Connection if factory is sqlite3.Connection else OwnTransactions
        opened.append(kind(name, recorder, timeout))
        return opened[-1]

    with monkeypatch.context() as patched:
        patched.setattr(sqlite3, "connect", connect)
        yield opened
