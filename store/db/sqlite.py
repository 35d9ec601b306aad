"""Copies of a whole SQLite database from one connection to another."""

from __future__ import annotations

import sqlite3
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_PATIENCE = 10.0
"""Seconds to wait for others who read or write."""
_PAUSE = 0.02


def copy_all(source: sqlite3.Connection, target: sqlite3.Connection, *, look: Callable[[], None] | None = None) -> None:
    """Let `target` hold what `source` holds, whole or not at all.

    `look` is called once, when nobody else can read or write `target` any more and nothing was written yet; what it
    raises leaves everything as it was. Only for a `source` that nobody else writes: without `look` the copy is made
    in one step, as one in several begins anew with every commit there. Raises sqlite3.OperationalError
    (SQLITE_BUSY).
    """
    until = time.monotonic() + _PATIENCE
    looks = [] if look is None else [look]

    def between(_: int, remaining: int, total: int) -> None:
        if remaining == total:
            # Nothing was copied, as somebody else holds a lock; left to itself it would try for ever.
            if time.monotonic() > until:
                error = sqlite3.OperationalError("database is locked")
                error.sqlite_errorcode, error.sqlite_errorname = sqlite3.SQLITE_BUSY, "SQLITE_BUSY"
                raise error
        elif looks:
            # From its first page on the copying holds the lock, and it writes at its end.
            looks.pop()()

    # Every register has more than one page: with one at a time there is a moment to look before the last.
    source.backup(target, pages=-1 if look is None else 1, progress=between, sleep=_PAUSE)
