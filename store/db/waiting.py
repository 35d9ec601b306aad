"""Waiting for a lock in slices: as long as somebody works, but not for somebody who is stopped."""

from __future__ import annotations

import sqlite3
from time import monotonic
from typing import TYPE_CHECKING, TypeVar

from store.db.holders import busy, reader_of, writer_of

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

PATIENCE = 10.0
"""Seconds that anybody waits for anybody else."""
LOOK = 2.0
"""Seconds after which one looks whom one waits for."""
_SLICE = 0.4


def is_busy(error: BaseException) -> bool:
    """Whether an error of SQLite's says that somebody else holds a lock."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


class Wait:
    """One transaction's wait for its locks on the file at `path`, from now on."""

    def __init__(self, path: object, descriptor: int) -> None:
        self._path = path
        self._descriptor = descriptor
        self._began = monotonic()

    @property
    def _elapsed(self) -> float:
        return monotonic() - self._began

    def insist(self, attempt: Callable[[float], T]) -> T:
        """What `attempt`, told how many seconds to wait for a lock, returns once it gets it. Raises RegisterError."""
        while True:
            try:
                return attempt(min(_SLICE, max(PATIENCE - self._elapsed, 0)))
            except sqlite3.OperationalError as error:
                if not is_busy(error):
                    raise
            self._bear()

    def execute(
        self, connection: sqlite3.Connection, statement: str, *, each: Callable[[], None] = lambda: None
    ) -> None:
        """Execute a statement that needs a lock, calling `each` before every attempt. Raises RegisterError."""

        def attempt(seconds: float) -> None:
            each()
            be_patient(connection, seconds)
            connection.execute(statement).fetchall()

        try:
            self.insist(attempt)
        finally:
            be_patient(connection)

    def _bear(self) -> None:
        """Go on waiting, unless it was long enough or is for nothing."""
        elapsed = self._elapsed
        if elapsed < min(LOOK, PATIENCE):
            return
        holder = writer_of(self._descriptor) or reader_of(self._descriptor)
        if elapsed >= PATIENCE or (holder is not None and holder.stopped):
            raise busy(self._path, self._descriptor)

    def turn(self, held: bool = False) -> float | None:
        """How many seconds to wait on for one's turn; None to go on without, where nobody writes whose turn it is.

        `held`: whoever has it was waited for in vain before, which is enough.
        """
        elapsed = self._elapsed
        if elapsed >= PATIENCE:
            return None
        if held or elapsed >= LOOK:
            holder = writer_of(self._descriptor)
            if holder is None or holder.stopped:
                return None
            return _SLICE
        return min(LOOK, PATIENCE) - elapsed


def be_patient(connection: sqlite3.Connection, seconds: float | None = None) -> None:
    """Let a connection wait so long for each lock, as long as anybody does unless told otherwise."""
    seconds = PATIENCE if seconds is None else seconds
    connection.execute(f"PRAGMA busy_timeout = {round(seconds * 1000)}")
