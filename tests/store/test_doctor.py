"""`examine`: whatever is at a path it says what it can, changes nothing, and names what to change."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from store.audit.log import head
from store.db.database import Database
from store.db.sqlite import APPLICATION_ID
from store.maintenance import doctor
from store.maintenance.backup import back_up
from store.maintenance.doctor import State, examine
from tests.store.examining import bad, execute, of, snapshot, spill
from tests.store.others import other

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Ticks

WRITTEN_BY_HAND = "INSERT INTO item_component VALUES (4711, 4712, 1)"
RELEASE = Path(__file__).with_name("releases") / "0001.sql"


@pytest.fixture
def register(sample_copy: Path) -> Path:
    """A register as the program makes one: for its owner alone."""
    sample_copy.chmod(0o600)
    return sample_copy


def remove(path: Path) -> None:
    path.unlink()


def into_fifo(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def into_directory(path: Path) -> None:
    path.unlink()
    path.mkdir()


def into_ring(path: Path) -> None:
    path.unlink()
    path.symlink_to(path)


def into_dangling(path: Path) -> None:
    path.unlink()
    path.symlink_to("elsewhere.db")


def into_foreign(path: Path) -> None:
    execute(path, "PRAGMA application_id = 1")


def into_log(path: Path) -> None:
    execute(path, "PRAGMA journal_mode = WAL")


def beside_log(path: Path) -> None:
    path.with_name(f"{path.name}-wal").write_bytes(b"")


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[4096:-4096] = b"\xff" * (len(data) - 8192)
    path.write_bytes(data)


def with_broken_index(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE type = 'index' LIMIT 1").fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * 8)


def without_tables(path: Path) -> None:
    path.unlink()
    execute(path, f"PRAGMA application_id = {APPLICATION_ID}", "PRAGMA user_version = 1")


def older(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(RELEASE.read_text(encoding="utf-8"))
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")


def newer(path: Path) -> None:
    execute(path, "UPDATE alembic_version SET version_num = '0999'")


def with_trigger(path: Path) -> None:
    execute(path, "CREATE TRIGGER spy AFTER INSERT ON item BEGIN DELETE FROM document; END")


def with_endless_view(path: Path) -> None:
    execute(
        path,
        "DROP TABLE alembic_version",
        "CREATE VIEW alembic_version AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) "
        "SELECT max(x) AS version_num FROM n",
    )


def without_guard(path: Path) -> None:
    execute(path, "DROP TRIGGER change_is_never_removed")


def without_digest(path: Path) -> None:
    execute(path, "DROP TRIGGER change_is_never_changed", "UPDATE change SET digest = x'00'")


def with_dangling_row(path: Path) -> None:
    execute(path, WRITTEN_BY_HAND)


FOUND: list[tuple[Callable[[Path], object], str, State, str]] = [
    (remove, "register", State.PROBLEM, "no register at"),
    (into_dangling, "register", State.PROBLEM, "no register at"),
    (into_ring, "register", State.PROBLEM, "cannot be reached"),
    (into_directory, "register", State.PROBLEM, "is a directory, not a register"),
    (into_fifo, "register", State.PROBLEM, "is not a regular file"),
    (lambda path: path.write_bytes(b""), "register", State.PROBLEM, "is empty, not a register"),
    (lambda path: path.write_text("# Debt"), "register", State.PROBLEM, "is not a register"),
    (lambda path: os.truncate(path, 60), "register", State.PROBLEM, "is damaged"),
    (into_foreign, "register", State.PROBLEM, "a database of another program"),
    (into_log, "journal", State.WARNING, "write-ahead log"),
    (beside_log, "journal", State.WARNING, "write-ahead log"),
    (flip, "content", State.PROBLEM, "is damaged"),
    (lambda path: os.truncate(path, 20_480), "content", State.PROBLEM, "is damaged"),
    (with_broken_index, "integrity", State.PROBLEM, "the file is damaged"),
    (spill, "content", State.WARNING, "must be rolled back"),
    (without_tables, "revision", State.PROBLEM, "no schema revision"),
    (older, "revision", State.WARNING, "0001 is older than"),
    (newer, "revision", State.PROBLEM, "was written by a newer ai-debt"),
    (with_trigger, "schema", State.PROBLEM, "contains an unknown trigger, 'spy'"),
    (with_endless_view, "revision", State.PROBLEM, "no schema revision"),
    (without_guard, "schema", State.PROBLEM, "change_is_never_removed, which protects the trail, is missing"),
    (without_digest, "trail", State.PROBLEM, "has no digest"),
    (with_dangling_row, "references", State.PROBLEM, "refers to a missing row of"),
    (lambda path: path.with_name("second.db").hardlink_to(path), "hard links", State.PROBLEM, "has 2 hard links"),
]


@pytest.mark.parametrize(("spoil", "subject", "state", "what"), FOUND, ids=lambda value: getattr(value, "__name__", ""))
def test_whatever_is_there_is_said_and_not_touched(
    register: Path, spoil: Callable[[Path], object], subject: str, state: State, what: str
) -> None:
    spoil(register)
    before = snapshot(register.parent)
    examined = examine(register)
    found = of(examined, subject)
    assert found.state is state
    assert what in found.what
    assert found.remedy
    assert snapshot(register.parent) == before


def test_opening_what_a_kill_left_changes_it(register: Path) -> None:
    spill(register)
    before = snapshot(register.parent)
    Database.open(register).close()
    assert snapshot(register.parent) != before


def test_a_register_with_a_backup_is_sound(register: Path, clock: Ticks) -> None:
    with Database.open(register, clock=clock) as db, db.read() as session:
        newest = head(session)
    with Database.open(register, clock=clock) as db:
        back_up(db)
    examined = examine(register, clock=clock)
    assert bad(examined) == {}
    assert State.PROBLEM not in bad(examined).values()
    assert examined.head == newest
    assert newest.digest in of(examined, "trail").what
    assert of(examined, "size").what == f"{register.stat().st_size:,} bytes"


def test_it_names_every_thing_once_for_a_sound_register(register: Path) -> None:
    subjects = [check.subject for check in examine(register).checks]
    assert subjects == [
        *("python", "sqlite", "umask", "register", "journal", "revision", "schema", "integrity", "references", "trail"),
        *("size", "file system", "disk", "hard links", "mount", "access", "lock", "mode", "directory", "leftovers"),
        "backup",
    ]


def test_what_is_locked_for_everybody_does_not_hold_it_up(register: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "PATIENCE", 0.05)
    with other() as ana:
        ana.do("open", str(register))
        assert ana.do("spill") == "spilled"
        examined = examine(register)
        assert of(examined, "content").state is State.WARNING
        assert "could not be checked" in of(examined, "content").what
        assert examined.head is None


def test_a_file_that_keeps_sqlite_busy_is_left(register: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "LONGEST", -1.0)
    monkeypatch.setattr(doctor, "_STEPS", 1)
    assert "took longer than" in of(examine(register), "content").what


def test_an_sqlite_url_is_looked_at_like_its_path(register: Path) -> None:
    older(register)
    before = snapshot(register.parent)
    assert of(examine(f"sqlite+pysqlite:///{register}"), "revision").state is State.WARNING
    assert snapshot(register.parent) == before
