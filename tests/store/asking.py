"""Short ways to ask a database in tests."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from store.commands.export import export_text
from store.queries import documents as document_queries
from store.queries import items as item_queries
from store.queries.history import changes
from tests.program import PATIENCE, ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from store.audit.log import Done
    from store.db.database import Database
    from store.db.reader import Reader
    from store.formats.document.model import Register
    from store.queries.history import ChangeRow
    from store.queries.items import ItemDetail


@contextmanager
def statements(reader: Reader) -> Iterator[list[str]]:
    """What is asked of the database within the block, with the values of the parameters."""
    asked: list[str] = []
    reader.connection.set_trace_callback(asked.append)
    try:
        yield asked
    finally:
        reader.connection.set_trace_callback(None)


def content(db: Database) -> Register:
    """Everything in a register."""
    with db.read() as session:
        return document_queries.content(session)


def item(db: Database, key: str) -> ItemDetail:
    """Everything about one item."""
    with db.read() as session:
        return item_queries.item(session, key)


def trail(db: Database, key: str | None = None) -> tuple[ChangeRow, ...]:
    """The audit trail, newest first."""
    with db.read() as session:
        return changes(session, key=key)


def exported(db: Database) -> str:
    """The register as its document."""
    return export_text(db)


def edges(db: Database) -> set[tuple[str, str, str]]:
    """The dependencies."""
    return {(edge.source, edge.target, edge.label) for edge in content(db).dependencies}


def processes(script: str, arguments: Sequence[str], *, number: int = 3) -> list[str]:
    """What this many processes print that run a script at once, each in a separate Python."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    started = [
        subprocess.Popen(
            [sys.executable, "-c", script, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            env=environment,
        )
        for _ in range(number)
    ]
    # Each says that it is ready, and all go on together.
    for process in started:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in started:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    return [process.communicate(timeout=PATIENCE)[0].strip() for process in started]


def reversed_by(db: Database, done: Done) -> int | None:
    """The batch that an undo or redo reversed."""
    with db.read() as session:
        found: int | None = session.value("SELECT reverses FROM change WHERE batch = :batch", {"batch": done.batch})
        return found
