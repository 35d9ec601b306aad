"""A worker that opens an old register, and dies by its own hand before a statement of the upgrade."""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
from itertools import count

import store.commands.items  # noqa: F401 - loaded before the start, so that all begin at once
from store.db.database import Database
from store.errors import RegisterError
from tests.durability.crew import say, wait_for_go


def main(path: str, last: str) -> None:
    """Open the register; the statement of number `last`, counted from 0, is never executed (-1: all are)."""
    statements = count()
    connect = sqlite3.connect

    def begun(_: str) -> None:
        if next(statements) == int(last):
            os.kill(os.getpid(), signal.SIGKILL)

    def watched(*arguments: object, **options: object) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*arguments, **options)  # type: ignore[call-overload]
        connection.set_trace_callback(begun)
        return connection

    sqlite3.connect = watched  # type: ignore[assignment]
    wait_for_go()
    try:
        Database.open(path, actor="upgrader").close()
    except RegisterError as error:
        say(error=str(error))
    say(statements=next(statements))


if __name__ == "__main__":
    main(*sys.argv[1:])
