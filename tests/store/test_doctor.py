"""`examine`: whatever is at a path it says what it can, changes nothing, and names what to change."""

from __future__ import annotations

import os
import shlex
import sqlite3
import stat
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from store import places
from store.care import inside, place
from store.care.backup import back_up
from store.care.checks import Check, State
from store.care.doctor import Examination, examine, sqlite
from store.chain import head
from store.database import Database
from store.places import Mount
from store.upgrade import APPLICATION_ID
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


def of(examined: Examination, subject: str) -> Check:
    """The worst that was said of a subject."""
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
    (remove, "register", State.PROBLEM, "there is no register at"),
    (into_dangling, "register", State.PROBLEM, "there is no register at"),
    (into_ring, "register", State.PROBLEM, "cannot be reached"),
    (into_directory, "register", State.PROBLEM, "is a directory, not a register"),
    (into_fifo, "register", State.PROBLEM, "is no regular file"),
    (lambda path: path.write_bytes(b""), "register", State.PROBLEM, "is empty, not a register"),
    (lambda path: path.write_text("# Debt"), "register", State.PROBLEM, "is not a register"),
    (lambda path: os.truncate(path, 60), "register", State.PROBLEM, "is damaged"),
    (into_foreign, "register", State.PROBLEM, "a database of another program"),
    (into_log, "journal", State.WARNING, "write-ahead log"),
    (beside_log, "journal", State.WARNING, "write-ahead log"),
    (flip, "content", State.PROBLEM, "is damaged"),
    (lambda path: os.truncate(path, 20_480), "content", State.PROBLEM, "is damaged"),
    (with_broken_index, "integrity", State.PROBLEM, "the file is damaged"),
    (spill, "content", State.WARNING, "has to be taken back"),
    (spill, "leftovers", State.WARNING, "a write that was cut short"),
    (without_tables, "revision", State.PROBLEM, "holds no tables"),
    (older, "revision", State.WARNING, "its revision is 0001, older than"),
    (newer, "revision", State.PROBLEM, "was written by a newer ai-debt"),
    (with_trigger, "schema", State.PROBLEM, "holds a trigger that is not ours, 'spy'"),
    (with_endless_view, "revision", State.PROBLEM, "says no revision"),
    (without_guard, "schema", State.PROBLEM, "change_is_never_removed is gone"),
    (without_digest, "trail", State.PROBLEM, "has no digest"),
    (with_dangling_row, "references", State.PROBLEM, "refers to a row of"),
    (lambda path: path.with_name("second.db").hardlink_to(path), "hard links", State.PROBLEM, "has 2 names"),
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
    assert examined.is_sound is (State.PROBLEM not in bad(examined).values())
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
    assert examined.is_sound
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


@pytest.mark.parametrize(("days", "state"), [(0, State.OK), (29, State.OK), (31, State.WARNING)])
def test_the_age_of_the_newest_backup(register: Path, clock: Ticks, days: int, state: State) -> None:
    assert of(examine(register), "backup") == Check(
        "backup", State.WARNING, "there is none beside the register", f"run ai-debt backup --db {register}"
    )
    with Database.open(register, clock=clock) as db:
        back_up(db)
        made = back_up(db).path
    clock.moment += timedelta(days=days)
    found = of(examine(register, clock=clock), "backup")
    assert (found.state, found.what) == (state, f"the newest is {made.name}, {days} day{'' if days == 1 else 's'} old")
    register.unlink()
    found = of(examine(register, clock=clock), "backup")
    assert found.remedy == f"to bring it back, run ai-debt restore {made} --db {register}"


MODES = [
    (0o600, 0o700, {}),
    (0o660, 0o2770, {}),
    (0o644, 0o755, {"mode": "chmod o-rwx"}),
    (0o606, 0o700, {"mode": "chmod o-rwx"}),
    (0o660, 0o755, {"directory": "chmod 2770"}),
    (0o660, 0o770, {"directory": "chmod 2770"}),
    (0o600, 0o2770, {"mode": "chmod 660"}),
    (0o600, 0o770, {"directory": "chmod g-w"}),
    (0o600, 0o1777, {"directory": "mkdir"}),
]


@pytest.mark.parametrize(
    ("file", "directory", "remedies"), MODES, ids=lambda value: f"{value:o}" if isinstance(value, int) else ""
)
def test_modes_and_the_commands_that_mend_them(
    register: Path, tmp_path: Path, file: int, directory: int, remedies: dict[str, str]
) -> None:
    folder = tmp_path / "a team's"
    folder.mkdir()
    moved = register.rename(folder / "register.db")
    os.chown(folder, -1, os.getgid())
    moved.chmod(file)
    folder.chmod(directory)
    examined = examine(moved)
    assert dict.fromkeys(remedies, State.WARNING) == {
        name: state for name, state in bad(examined).items() if name in ("mode", "directory")
    }
    for subject, command in remedies.items():
        remedy = of(examined, subject).remedy or ""
        assert command in remedy
        assert any(str(folder) in word for word in shlex.split(remedy))
    assert f"{file:04o}" in of(examined, "mode").what


def test_the_command_for_others_does_what_it_says(register: Path) -> None:
    register.chmod(0o666)
    remedy = of(examine(register), "mode").remedy or ""
    assert os.system(remedy.removeprefix("run ")) == 0
    assert stat.S_IMODE(register.stat().st_mode) == 0o660


def test_a_link_is_followed(register: Path) -> None:
    link = register.with_name("link.db")
    link.symlink_to(register)
    spill(register)
    examined = examine(link)
    assert of(examined, "link").what == f"{link} is a symbolic link to {register}, beside which its journal is"
    assert "register.db-journal" in of(examined, "leftovers").what


def test_what_was_left_unfinished_is_told_from_what_is_under_way(register: Path) -> None:
    with other() as gone:
        gone.kill()
    dead = register.with_name(f".register.db.new-{gone.pid}-0123abcd")
    at_it = register.with_name(f".register.db.new-{os.getpid()}-0123abcd")
    kept = register.with_name("register.db.before-0001.20260302T090000Z")
    for each in (dead, at_it, kept):
        each.write_bytes(b"")
    examined = examine(register)
    assert of(examined, "leftovers") == Check(
        "leftovers", State.WARNING, f"{dead.name}: left unfinished by a program that was killed", f"run rm -- {dead}"
    )
    assert kept.name in of(examined, "copies").what
    assert at_it.name not in str(examined)


@pytest.mark.parametrize("content", [b"", b"\0" * 512])
def test_a_journal_that_takes_nothing_back(register: Path, content: bytes) -> None:
    register.with_name("register.db-journal").write_bytes(content)
    examined = examine(register)
    assert examined.head is not None
    assert [
        (check.state, check.what.partition(" of ")[0]) for check in examined.checks if "journal of" in check.what
    ] == [(State.OK, "register.db-journal")]


@pytest.mark.skipif(os.uname().sysname != "Linux", reason="only Linux says who holds a lock")
def test_who_holds_the_lock_and_whether_they_are_stopped(register: Path) -> None:
    with other() as ana:
        ana.do("open", str(register))
        assert of(examine(register), "lock").what == "nobody is writing it at this moment"
        assert ana.do("begin") == "writing"
        found = of(examine(register), "lock")
        assert (found.state, f"(process {ana.pid})" in found.what) == (State.OK, True)
        ana.stop()
        examined = examine(register)
        found = of(examined, "lock")
        assert found.state is State.PROBLEM
        assert found.what.endswith("which is stopped, so that nobody else can write")
        assert f"kill -CONT {ana.pid}" in (found.remedy or "")
        # Others can read all the while.
        assert examined.head is not None
        assert not [check for check in examined.checks if "cut short" in check.what]


def test_what_is_locked_for_everybody_does_not_hold_it_up(register: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inside, "PATIENCE", 0.05)
    with other() as ana:
        ana.do("open", str(register))
        assert ana.do("spill") == "spilled"
        examined = examine(register)
        assert of(examined, "content").state is State.WARNING
        assert "could not be looked into" in of(examined, "content").what
        assert examined.head is None


def test_a_file_that_keeps_sqlite_busy_is_left(register: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inside, "LONGEST", -1.0)
    monkeypatch.setattr(inside, "_STEPS", 1)
    assert "could not be looked through" in of(examine(register), "content").what


@pytest.mark.parametrize(
    ("version", "has_race"),
    [
        ((3, 6, 23), False),
        ((3, 7, 0), True),
        ((3, 40, 1), True),
        ((3, 44, 5), True),
        ((3, 44, 6), False),
        ((3, 45, 0), True),
        ((3, 50, 6), True),
        ((3, 50, 7), False),
        ((3, 51, 2), True),
        ((3, 51, 3), False),
        ((3, 52, 0), False),
    ],
)
def test_the_sqlite_libraries_that_corrupt_a_write_ahead_log(version: tuple[int, int, int], has_race: bool) -> None:
    found = sqlite(version)
    assert ("can corrupt a write-ahead log" in found.what) is has_race
    assert found.state is State.OK


@pytest.mark.parametrize(("allowed", "state"), [(False, State.PROBLEM), (True, State.WARNING)])
def test_a_network_file_system(register: Path, monkeypatch: pytest.MonkeyPatch, allowed: bool, state: State) -> None:
    monkeypatch.setattr(places, "mount_of", lambda _: Mount(1, "nfs4"))
    found = of(examine(register, allow_network_fs=allowed), "file system")
    assert found.state is state
    assert "(nfs4)" in found.what


def test_little_room(tmp_path: Path) -> None:
    found = {check.subject: check for check in place.disk(tmp_path / "x.db", 2**60, allow_network_fs=False)}
    assert found["disk"].state is State.WARNING
    assert found["disk"].remedy == f"make room on the disk of {tmp_path}"


def test_a_umask_that_lets_everybody_write(register: Path) -> None:
    before = os.umask(0)
    try:
        examined = examine(register)
        assert os.umask(0o022) == 0
    finally:
        os.umask(before)
    assert of(examined, "umask").state is State.WARNING


def test_a_server_that_is_not_there_keeps_its_password() -> None:
    examined = examine("postgresql+nodriver://ana:s3cret@db.example/debt")
    assert not examined.is_sound
    assert examined.head is None
    assert "s3cret" not in str(examined)


def test_an_sqlite_url_is_looked_at_like_its_path(register: Path) -> None:
    older(register)
    before = snapshot(register.parent)
    assert of(examine(f"sqlite+pysqlite:///{register}"), "revision").state is State.WARNING
    assert snapshot(register.parent) == before
