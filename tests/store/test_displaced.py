"""A file that is replaced, moved, removed or written over while it is open: nothing is saved into nowhere."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from store.commands.items import comment
from store.commands.settings import create, set_register
from store.db.database import Database
from store.errors import RegisterError
from tests.store.asking import content, trail

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from store.clock import Clock


def replaced(path: Path) -> None:
    """Another file is moved over it."""
    shutil.copyfile(path, path.with_name("copy"))
    os.replace(path.with_name("copy"), path)


def removed(path: Path) -> None:
    """It is removed."""
    path.unlink()


def moved(path: Path) -> None:
    """It is moved away."""
    path.rename(path.with_name("elsewhere.db"))


def linked(path: Path) -> None:
    """It is given a second name."""
    path.with_name("second.db").hardlink_to(path)


CASES = [
    (replaced, "was replaced by another file while it was open: nothing more is saved here; quit and open it again, "),
    (removed, "was removed while it was open: nothing more is saved here; quit, and restore it from a backup"),
    (moved, "was moved away while it was open: nothing more is saved here; quit and open it at its new path"),
    (linked, "has 2 hard links, and writing through two of them corrupts it: remove the others"),
]


@pytest.mark.parametrize(("happen", "says"), CASES)
def test_it_is_noticed_at_the_next_poll(
    sample_copy: Path, db: Database, happen: Callable[[Path], None], says: str
) -> None:
    db.data_version()
    assert db.trouble is None
    happen(sample_copy)
    db.data_version()
    assert str(db.trouble).startswith(f"{sample_copy} {says}")
    # What one sees is still what it was.
    assert len(content(db).items) == 15


@pytest.mark.parametrize(("happen", "says"), CASES)
def test_nothing_is_written_afterwards(
    sample_copy: Path, db: Database, happen: Callable[[Path], None], says: str
) -> None:
    happen(sample_copy)
    with pytest.raises(RegisterError) as refused:
        comment(db, ["EN-001"], "hello")
    assert str(refused.value).startswith(f"{sample_copy} {says}")
    assert not any(change.verb == "comment" for change in trail(db))
    assert not list(sample_copy.parent.glob("*-journal"))


@pytest.mark.parametrize(("happen", "says"), CASES)
def test_nothing_is_saved_that_was_being_written(
    sample_copy: Path, db: Database, happen: Callable[[Path], None], says: str
) -> None:
    def write() -> None:
        with db.write("comment") as writer:
            writer.record("item", 1, "BE-001", None, None, "hello", note="hello")
            happen(sample_copy)

    with pytest.raises(RegisterError, match=r"while it was open|hard links") as refused:
        write()
    assert says in str(refused.value)
    assert not any(change.verb == "comment" for change in trail(db))


def test_a_change_that_went_into_a_replaced_file_does_not_pass_for_saved(
    sample_copy: Path, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = db._file.commit

    def commit_too_late() -> None:
        commit()
        replaced(sample_copy)

    monkeypatch.setattr(db._file, "commit", commit_too_late)
    shutil.copyfile(sample_copy, sample_copy.with_name("before"))
    with pytest.raises(RegisterError, match="was replaced by another file"):
        comment(db, ["EN-001"], "hello")


def test_a_file_that_was_moved_back_is_written_again(sample_copy: Path, db: Database) -> None:
    moved(sample_copy)
    db.data_version()
    assert db.trouble
    sample_copy.with_name("elsewhere.db").rename(sample_copy)
    db.data_version()
    assert db.trouble is None
    comment(db, ["EN-001"], "hello")


def test_a_directory_that_was_moved(sample_copy: Path, db: Database) -> None:
    sample_copy.parent.rename(sample_copy.parent.with_name("gone"))
    db.data_version()
    assert "was moved away" in str(db.trouble)
    sample_copy.parent.with_name("gone").rename(sample_copy.parent)


def test_an_older_copy_written_over_it_in_place(sample_copy: Path, db: Database, bo: Database) -> None:
    backup = sample_copy.with_name("backup")
    shutil.copyfile(sample_copy, backup)
    for _ in range(3):
        comment(bo, ["EN-001"], "hello")
    db.data_version()
    assert db.trouble is None
    with backup.open("rb") as source, sample_copy.open("r+b") as target:
        shutil.copyfileobj(source, target)
        target.truncate()
    db.data_version()
    assert "was overwritten by another file while it was open" in str(db.trouble)
    with pytest.raises(RegisterError, match="was overwritten"):
        comment(db, ["EN-001"], "hello")


def test_another_register_written_over_it_in_place(sample_copy: Path, bo: Database, clock: Clock) -> None:
    other = sample_copy.with_name("other.db")
    with Database.create(other, clock=clock) as made:
        create(made, title="Of others")
        for _ in range(30):
            set_register(made, {"purpose": f"{made.clock()}"})
    with other.open("rb") as source, sample_copy.open("r+b") as target:
        shutil.copyfileobj(source, target)
        target.truncate()
    bo.data_version()
    assert "was overwritten by another file while it was open" in str(bo.trouble)


def test_a_backup_that_sqlite_puts_back_is_no_trouble(sample_copy: Path, bo: Database) -> None:
    backup = sample_copy.with_name("backup")
    shutil.copyfile(sample_copy, backup)
    for _ in range(9):
        comment(bo, ["EN-001"], "hello")
    with closing(sqlite3.connect(backup)) as source, closing(sqlite3.connect(sample_copy)) as target:
        source.backup(target)
    bo.data_version()
    assert bo.trouble is None
    comment(bo, ["EN-001"], "goes on")
    assert sum(change.verb == "comment" for change in trail(bo)) == 1


def test_something_else_written_over_it_in_place(sample_copy: Path, bo: Database) -> None:
    version = bo.data_version()
    sample_copy.write_bytes(b"no register at all\n" * 1000)
    assert bo.data_version() == version
    assert "is damaged" in str(bo.trouble)
    with pytest.raises(RegisterError):
        comment(bo, ["EN-001"], "hello")
    assert sample_copy.read_bytes() == b"no register at all\n" * 1000


def test_a_change_by_somebody_else_is_no_trouble(db: Database, bo: Database) -> None:
    for _ in range(5):
        comment(bo, ["EN-001"], "hello")
        comment(db, ["EN-001"], "hello")
        db.data_version()
        bo.data_version()
        assert (db.trouble, bo.trouble) == (None, None)


def test_a_register_open_twice_keeps_the_locks_of_the_one_when_the_other_is_closed(sample_copy: Path) -> None:
    from tests.store.others import other

    with other() as ana, Database.open(sample_copy) as db:
        assert ana.do("open", str(sample_copy)) == "opened"
        with db.write("comment"):
            Database.open(sample_copy).close()
            # Were the lock gone, her write would go through at once.
            ana.send("comment", "hello")
            assert not ana.has_answered
        assert ana.answer() == "saved"
