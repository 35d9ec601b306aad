"""The schema of a new register, as the revisions make it: written by `make docs`, and compared by a test."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from store.db.migrate import upgrade

if TYPE_CHECKING:
    from pathlib import Path

OBJECTS = "select type, sql from sqlite_master where sql is not null and name <> 'sqlite_sequence' order by rowid"


def schema_sql(place: Path) -> str:
    """Run every revision on an empty file in `place`, and return what it has then: tables, indexes, triggers."""
    path = place / "made.db"
    path.touch()
    upgrade(path)
    with closing(sqlite3.connect(path)) as connection:
        entries = connection.execute(OBJECTS).fetchall()
    path.unlink()
    return "\n".join(f"{sql};\n" for kind in ("table", "index", "trigger") for each, sql in entries if each == kind)
