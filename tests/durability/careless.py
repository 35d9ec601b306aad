"""A worker that edits without the product and its rules, so that edits get lost: what a harness must see."""

from __future__ import annotations

import json
import sqlite3
import sys
from contextlib import closing

from tests.durability.crew import say, wait_for_go

FIELD = "owner"


def main(path: str, name: str, edits: str, key: str, way: str) -> None:
    """Edit an item so often: `stale` looks before it has the lock, `deferred` asks for the lock when it writes."""
    with closing(sqlite3.connect(path, isolation_level=None, timeout=5.0)) as connection:
        for turn in range(int(edits)):
            if way == "deferred":
                connection.execute("BEGIN")
            row = connection.execute("SELECT id, version, owner FROM item WHERE key = ?", (key,)).fetchone()
            if turn == 0:
                # Everybody has looked by now, and nobody has written: all but one will write over another's edit.
                wait_for_go()
            try:
                if way == "stale":
                    connection.execute("BEGIN IMMEDIATE")
                batch = write(connection, name, key, row, f"{name} {turn}")
                connection.execute("COMMIT")
            except sqlite3.OperationalError as error:
                connection.execute("ROLLBACK")
                say(error=str(error))
            else:
                say(batch=batch, key=key, field=FIELD, after=f"{name} {turn}")


def write(connection: sqlite3.Connection, name: str, key: str, row: tuple[int, int, str | None], after: str) -> int:
    """Change the row and record it, both from what this worker read."""
    number, version, before = row
    connection.execute("UPDATE item SET owner = ?, version = ? WHERE id = ?", (after, version + 1, number))
    batch = int(connection.execute("SELECT max(batch) + 1 FROM change").fetchone()[0])
    connection.execute(
        "INSERT INTO change (time, actor, batch, verb, entity, entity_id, key, field, before, after)"
        " VALUES ('2026-03-04 09:00:00', ?, ?, 'edit', 'item', ?, ?, ?, ?, ?)",
        (name, batch, number, key, FIELD, before and json.dumps(before), json.dumps(after)),
    )
    return batch


if __name__ == "__main__":
    main(*sys.argv[1:])
