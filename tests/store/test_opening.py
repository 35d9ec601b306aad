"""Opening what is not a register, half of one, or one that may not be written: a sentence, and nothing is touched."""

from __future__ import annotations

import os
import shutil
import socket
import sqlite3
import subprocess
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from store.commands.items import comment
from store.db.database import Database
from store.db.sqlite import APPLICATION_ID
from store.errors import RegisterError
from tests.program import run
from tests.store.asking import content, trail
from tests.store.others import other

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


def patched(path: Path, start: int, data: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(start)
        file.write(data)


def with_pragma(path: Path, pragma: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA {pragma}")
        connection.commit()


def revised(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()


def other_program(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE item (id)")
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID + 1}")


def replaced_by(make: Callable[[Path], object]) -> Callable[[Path], None]:
    def wrong(path: Path) -> None:
        path.unlink()
        make(path)

    return wrong


def listening(path: Path) -> None:
    with closing(socket.socket(socket.AF_UNIX)) as end:
        os.chdir(path.parent)
        end.bind(path.name)


WRONG: list[tuple[str, Callable[[Path], object], str]] = [
    ("text", replaced_by(lambda path: path.write_text("# Debt\n" * 50, encoding="utf-8")), "is not a register: use"),
    ("empty", replaced_by(lambda path: path.touch()), "is empty, not a register"),
    ("two bytes", replaced_by(lambda path: path.write_bytes(b"SQ")), "is not a register"),
    ("pipe", replaced_by(os.mkfifo), "is not a regular file"),
    ("socket", replaced_by(listening), "is not a regular file"),
    ("directory", replaced_by(lambda path: path.mkdir()), "is a directory, not a register"),
    ("dangling link", replaced_by(lambda path: path.symlink_to("nowhere.db")), "no register at"),
    ("device", replaced_by(lambda path: path.symlink_to("/dev/zero")), "is not a regular file"),
    ("half a header", lambda path: os.truncate(path, 60), "is damaged: restore it from a backup"),
    ("half a file", lambda path: os.truncate(path, path.stat().st_size // 2), "is damaged: restore it from a backup"),
    ("newer format", lambda path: patched(path, 18, b"\x03\x03"), "uses the format of a newer SQLite: update"),
    ("newer revision", revised, "was written by a newer ai-debt (its revision is 9999): update ai-debt to open it"),
    ("foreign id", lambda path: with_pragma(path, "application_id = 7"), "is a database of another program"),
    ("other program", other_program, "is a database of another program"),
    ("encrypted", lambda path: path.write_bytes(bytes(range(256)) * 400), "is not a register"),
    ("second name", lambda path: path.with_name("b.db").hardlink_to(path), "has 2 hard links"),
]


def seen(folder: Path) -> dict[str, object]:
    """Everything in a folder, byte for byte; what cannot be read, by its kind."""
    return {
        entry.name: entry.read_bytes() if entry.is_file() and not entry.is_symlink() else entry.lstat().st_mode
        for entry in folder.iterdir()
    }


@pytest.mark.parametrize(("make", "says"), [case[1:] for case in WRONG], ids=[case[0] for case in WRONG])
def test_what_is_no_register_is_refused_and_left_alone(
    sample_copy: Path, make: Callable[[Path], object], says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(sample_copy.parent)
    make(sample_copy)
    before = seen(sample_copy.parent)
    with pytest.raises(RegisterError) as refused:
        Database.open(sample_copy)
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)
    assert seen(sample_copy.parent) == before


@pytest.mark.parametrize("kind", ["pipe", "half a file", "newer revision"])
def test_the_command_line_says_so_in_a_line(sample_copy: Path, kind: str) -> None:
    make, says = next(case[1:] for case in WRONG if case[0] == kind)
    make(sample_copy)
    done = run("list", "--db", str(sample_copy), cwd=sample_copy.parent)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("ai-debt: ")
    assert says in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.fixture
def mounted(sample_copy: Path, tmp_path: Path) -> Iterator[Path]:
    """A file that is mounted by itself at another place, as a container may get one."""
    place = tmp_path / "container" / "register.db"
    place.parent.mkdir()
    place.touch()
    if subprocess.run(["mount", "--bind", sample_copy, place], check=False, capture_output=True).returncode:
        pytest.skip("only root may mount")
    yield place
    subprocess.run(["umount", place], check=True)


def test_a_file_that_is_mounted_by_itself(mounted: Path, sample_copy: Path) -> None:
    before = sample_copy.read_bytes()
    with pytest.raises(RegisterError, match=r"is a mount point.*: mount its directory instead"):
        Database.open(mounted)
    assert sample_copy.read_bytes() == before
    Database.open(sample_copy).close()


def test_a_directory_that_is_mounted_is_fine(sample_copy: Path, tmp_path: Path) -> None:
    place = tmp_path / "container"
    place.mkdir()
    if subprocess.run(["mount", "--bind", sample_copy.parent, place], check=False, capture_output=True).returncode:
        pytest.skip("only root may mount")
    try:
        with Database.open(place / "register.db") as db:
            comment(db, ["EN-001"], "hello")
    finally:
        subprocess.run(["umount", place], check=True)


def test_a_link_to_a_register_leads_to_it(sample_copy: Path, tmp_path: Path) -> None:
    (tmp_path / "link.db").symlink_to(sample_copy)
    with Database.open(tmp_path / "link.db") as db:
        comment(db, ["EN-001"], "hello")
        assert len(content(db).items) == 15


def test_a_register_that_is_just_being_made_has_a_hidden_name(sample_copy: Path) -> None:
    sample_copy.with_name(f".{sample_copy.name}.new-1-abcd").hardlink_to(sample_copy)
    with Database.open(sample_copy) as db:
        comment(db, ["EN-001"], "hello")


def test_what_a_kill_left_half_written_is_taken_back(sample_copy: Path) -> None:
    with other() as ana:
        ana.do("open", str(sample_copy))
        before = sample_copy.read_bytes()
        assert ana.do("spill") == "spilled"
        ana.kill()
    assert sample_copy.read_bytes() != before
    assert sample_copy.with_name("register.db-journal").stat().st_size
    with Database.open(sample_copy) as db:
        assert not any(change.verb == "comment" for change in trail(db))
        comment(db, ["EN-001"], "hello")
    assert not sample_copy.with_name("register.db-journal").exists()


def test_a_write_ahead_log_that_somebody_else_holds(sample_copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("store.db.sqlite.PATIENCE", 0.1)
    with closing(sqlite3.connect(sample_copy)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("SELECT count(*) FROM item").fetchone()
        with pytest.raises(RegisterError, match="in use by another program with a write-ahead log: close that"):
            Database.open(sample_copy)
    with Database.open(sample_copy) as db:
        comment(db, ["EN-001"], "hello")


def test_copies_of_an_open_register_stay_apart(sample_copy: Path, db: Database) -> None:
    shutil.copyfile(sample_copy, sample_copy.with_name("copy.db"))
    with Database.open(sample_copy.with_name("copy.db")) as copy:
        comment(copy, ["EN-001"], "hello")
    assert not any(change.verb == "comment" for change in trail(db))
