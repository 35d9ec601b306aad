"""What tests ask of an examination, and what a killed writer leaves."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from store.maintenance.doctor import Check, State
from tests.store.others import other

if TYPE_CHECKING:
    from pathlib import Path

    from store.maintenance.doctor import Examination


def of(examined: Examination, subject: str) -> Check:
    """The worst finding about a subject."""
    found = [check for check in examined.checks if check.subject == subject]
    return max(found, key=lambda check: list(State).index(check.state))


def bad(examined: Examination) -> dict[str, State]:
    """The subjects that are not as they should be."""
    return {check.subject: of(examined, check.subject).state for check in examined.checks if check.state != State.OK}


def snapshot(folder: Path) -> dict[str, object]:
    """Everything of every file in a directory, except when it was last read."""
    return {
        each.name: (
            each.lstat().st_ino,
            each.lstat().st_mode,
            each.lstat().st_mtime_ns,
            each.lstat().st_ctime_ns,
            each.read_bytes() if each.is_file() else None,
        )
        for each in sorted(folder.iterdir())
    }


def execute(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def spill(path: Path) -> None:
    """Leave what a killed writer leaves: half a change in the file, and the journal that takes it back."""
    with other() as ana:
        ana.do("open", str(path))
        assert ana.do("spill") == "spilled"
        ana.kill()
