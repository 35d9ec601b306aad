"""What SQLite says, as people read it: every kind of error is one sentence with what to do next."""

from __future__ import annotations

import os
import sqlite3
from typing import TYPE_CHECKING

import pytest

from store.commands.items import comment
from store.db.database import Database
from store.db.errors import refusal
from store.errors import RegisterError
from tests.store.asking import content

if TYPE_CHECKING:
    from pathlib import Path


def error(name: str, text: str = "as SQLite says") -> sqlite3.Error:
    """An error as SQLite's library raises it."""
    made = sqlite3.OperationalError(text)
    made.sqlite_errorcode, made.sqlite_errorname = getattr(sqlite3, name), name
    return made


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("SQLITE_BUSY", "is being written by someone else: nothing was changed; try again in a moment"),
        ("SQLITE_BUSY_RECOVERY", "is being written by someone else"),
        ("SQLITE_LOCKED", "is being written by someone else"),
        ("SQLITE_READONLY", "is read-only for you: nothing was changed; ask its owner"),
        ("SQLITE_READONLY_DBMOVED", "was moved or replaced while it was open: nothing was changed; quit"),
        ("SQLITE_READONLY_ROLLBACK", "has an interrupted write"),
        ("SQLITE_READONLY_DIRECTORY", "is read-only for you"),
        ("SQLITE_PERM", "is read-only for you"),
        ("SQLITE_CANTOPEN", "cannot be opened: nothing was changed; check the permissions"),
        ("SQLITE_CANTOPEN_ISDIR", "cannot be opened"),
        ("SQLITE_FULL", "cannot grow ("),
        ("SQLITE_IOERR_WRITE", "could not be written (disk I/O error: SQLITE_IOERR_WRITE, "),
        ("SQLITE_IOERR_FSYNC", "could not be written (disk I/O error: SQLITE_IOERR_FSYNC, "),
        ("SQLITE_IOERR_READ", "cannot be used (disk I/O error: SQLITE_IOERR_READ): what was saved before is safe"),
        ("SQLITE_IOERR_LOCK", "cannot be used (disk I/O error: SQLITE_IOERR_LOCK)"),
        ("SQLITE_CORRUPT", "is damaged: restore it from a backup"),
        ("SQLITE_CORRUPT_INDEX", "is damaged: restore it from a backup"),
        ("SQLITE_NOTADB", "is damaged: restore it from a backup"),
        ("SQLITE_TOOBIG", "contains or was given a text that is too long: nothing was changed; shorten it"),
        ("SQLITE_NOMEM", "needs more memory than is available"),
        ("SQLITE_PROTOCOL", "cannot be locked"),
        ("SQLITE_MISUSE", "cannot be used (as SQLite says): nothing was changed; run `ai-debt doctor`"),
    ],
)
def test_errors_of_sqlite(sample_copy: Path, name: str, says: str) -> None:
    said = str(refusal(sample_copy, error(name)))
    assert said.startswith(f"{sample_copy} {says}")
    assert "\n" not in said


def test_a_text_that_is_no_utf8(sample_copy: Path, bo: Database) -> None:
    raw = sqlite3.connect(sample_copy)
    raw.execute("UPDATE item SET description = CAST(x'ff41' AS TEXT) WHERE id = 1")
    raw.commit()
    raw.close()
    with pytest.raises(RegisterError, match=r"is damaged: description of item 1 is b'\\xffA', not text"):
        content(bo)


def test_a_text_that_is_too_long_for_sqlite(bo: Database) -> None:
    with bo.read() as session:
        connection = session.connection
    assert isinstance(connection, sqlite3.Connection)
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 2000)
    with pytest.raises(RegisterError, match="contains or was given a text that is too long"):
        comment(bo, ["EN-001"], "x" * 3000)


def test_a_file_that_is_cut_off_while_it_is_open(sample_copy: Path) -> None:
    with Database.open(sample_copy) as db:
        os.truncate(sample_copy, 4096)
        with pytest.raises(RegisterError, match="is damaged: restore it from a backup"):
            content(db)
        db.data_version()
        os.truncate(sample_copy, 0)
        db.data_version()
        assert "register.db" in str(db.trouble)
        with pytest.raises(RegisterError):
            comment(db, ["EN-001"], "hello")
    assert sample_copy.stat().st_size == 0
