"""A worker that reads everything in the files it is given, one line each, and says what it found."""

from __future__ import annotations

import hashlib
import signal
import sys
from pathlib import Path

from store.audit.verify import verify
from store.commands.export import export_text
from store.db.database import Database
from store.errors import RegisterError
from store.queries import documents as document_queries
from store.queries import items as item_queries
from store.queries.dependency_map import map_rows
from store.queries.history import changes
from store.queries.overview import summary
from tests.durability.crew import say, wait_for_go


def everything(db: Database) -> str:
    """A fingerprint of every value that a register tells."""
    with db.read() as session:
        content = document_queries.content(session)
        history = changes(session)
        summary(session)
        map_rows(session)
        for item in content.items:
            item_queries.item(session, item.key)
    told = (content, history, export_text(db))
    return hashlib.sha256(repr(told).encode()).hexdigest()


def look(path: str) -> None:
    """Open, read and verify a file: whatever can be read is read, whatever verifying says."""
    found: dict[str, object] = {"path": path, "refused": None, "told": None, "findings": []}
    try:
        with Database.open(Path(path), actor="reader") as db:
            try:
                found["told"] = everything(db)
            except RegisterError as refused:
                found["refused"] = str(refused)
            found["findings"] = [finding.what for finding in verify(db)]
    except RegisterError as refused:
        found["refused"] = str(refused)
    say(**found)


def main(hang: str) -> None:
    """Look at one file after another until there are no more; one that takes this many seconds of work is the end."""
    wait_for_go()
    for line in sys.stdin:
        signal.setitimer(signal.ITIMER_PROF, float(hang))
        look(line.rstrip("\n"))
        signal.setitimer(signal.ITIMER_PROF, 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
