"""Making registers, and refusing what is none."""

from __future__ import annotations

import errno
import os
import sqlite3
import stat
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from store.commands.settings import create
from store.db.database import Database, default_path
from store.db.sqlite import APPLICATION_ID
from store.errors import RegisterError
from tests.store.asking import content, processes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CREATE = """
import sys
from pathlib import Path
from store.db.database import Database
from store.errors import RegisterError
print("ready", flush=True)
sys.stdin.readline()
try:
    with Database.create(Path(sys.argv[1]), exist_ok=sys.argv[2] == "open") as db:
        with db.read() as session:
            tables = session.value("SELECT count(*) FROM sqlite_master")
    print("opened", tables > 8)
except RegisterError as error:
    print(error)
"""


@pytest.fixture
def umask() -> Iterator[None]:
    """Gives the umask back."""
    old = os.umask(0o022)
    yield
    os.umask(old)


def test_a_new_register_is_whole_and_alone(tmp_path: Path) -> None:
    path = tmp_path / "register.db"
    with Database.create(path) as db:
        create(db, title="Debt of ours", system="Search")
        assert [category.code for category in content(db).categories] == ["BE", "EN", "FL", "DD", "PD", "CD", "MS"]
    assert [entry.name for entry in tmp_path.iterdir()] == ["register.db"]
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_second_register_is_refused(tmp_path: Path) -> None:
    with Database.create(tmp_path / "register.db") as db:
        create(db, title="One")
        with pytest.raises(RegisterError, match="already has a register"):
            create(db, title="Two")


def test_what_is_there_is_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "register.db"
    path.write_text("my notes", encoding="utf-8")
    with pytest.raises(RegisterError, match="already exists"):
        Database.create(path)
    assert path.read_text(encoding="utf-8") == "my notes"


def test_an_existing_register_is_opened_where_that_is_wanted(sample_copy: Path) -> None:
    with Database.create(sample_copy, exist_ok=True) as db:
        assert len(content(db).items) == 15


def test_a_dangling_link_is_not_followed_when_creating(tmp_path: Path) -> None:
    path = tmp_path / "register.db"
    path.symlink_to(tmp_path / "elsewhere.db")
    with pytest.raises(RegisterError, match="already exists"):
        Database.create(path)
    assert not (tmp_path / "elsewhere.db").exists()


def test_a_directory_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(RegisterError, match=r"cannot create .* \(No such file or directory\)"):
        Database.create(tmp_path / "nowhere" / "register.db")


def test_a_directory_that_cannot_be_made_is_named_with_the_reason(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way", encoding="utf-8")
    with pytest.raises(RegisterError) as refused:
        Database.create(blocked / "deep" / "register.db", parents=True)
    assert refused.value.what == f"cannot create a directory in {blocked} (Not a directory)"
    assert "`ai-debt init --db PATH`" in refused.value.remedy


def test_the_default_place_makes_its_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert default_path() == tmp_path / "data" / "ai-debt" / "register.db"
    Database.create(default_path()).close()
    assert stat.S_IMODE((tmp_path / "data" / "ai-debt").stat().st_mode) == 0o700


@pytest.mark.usefixtures("umask")
@pytest.mark.parametrize(
    ("directory", "mask", "mode"),
    [
        (0o700, 0o022, 0o600),
        (0o770, 0o002, 0o600),
        (0o2770, 0o002, 0o660),
        (0o2770, 0o022, 0o660),
        (0o2770, 0o077, 0o660),
        (0o2770, 0o027, 0o660),
        (0o2750, 0o002, 0o600),
    ],
)
def test_who_may_read_and_write(tmp_path: Path, directory: int, mask: int, mode: int) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(directory)
    os.umask(mask)
    Database.create(shared / "register.db").close()
    assert stat.S_IMODE((shared / "register.db").stat().st_mode) == mode
    assert os.umask(mask) == mask


def test_processes_create_one_register(tmp_path: Path) -> None:
    said = processes(CREATE, [str(tmp_path / "register.db"), "refuse"])
    assert sorted(line == "opened True" for line in said) == [False, False, True]
    assert sum("already exists" in line for line in said) == 2
    assert [entry.name for entry in tmp_path.iterdir()] == ["register.db"]


def test_processes_that_would_open_it_all_do(tmp_path: Path) -> None:
    assert processes(CREATE, [str(tmp_path / "register.db"), "open"]) == ["opened True"] * 3
    assert [entry.name for entry in tmp_path.iterdir()] == ["register.db"]


def test_a_file_system_without_hard_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    Database.create(tmp_path / "register.db").close()
    with pytest.raises(RegisterError, match="already exists"):
        Database.create(tmp_path / "register.db")
    assert [entry.name for entry in tmp_path.iterdir()] == ["register.db"]


def other_database(path: Path) -> None:
    """An SQLite file of some other program."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE notes (id)")


def claimed_database(path: Path) -> None:
    """An SQLite file that says it is ours, and holds nothing of ours."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute("CREATE TABLE notes (id)")


def half_a_register(path: Path) -> None:
    """A register of which the beginning alone was copied."""
    Database.create(path).close()
    os.truncate(path, 5000)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda _: None, "no register at"),
        (lambda path: path.mkdir(), "is a directory"),
        (lambda path: os.mkfifo(path), "is not a regular file"),
        (lambda path: path.write_bytes(b""), "is empty"),
        (lambda path: path.write_text("# Debt\n" * 50, encoding="utf-8"), "is not a register: use `ai-debt import`"),
        (lambda path: path.symlink_to("nowhere.db"), "no register at"),
        (other_database, "of another program"),
        (claimed_database, "no schema revision"),
        (half_a_register, "is damaged"),
    ],
)
def test_wrong_files_are_left_alone(tmp_path: Path, make: object, says: str) -> None:
    path = tmp_path / "register.db"
    assert callable(make)
    make(path)
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(RegisterError, match=says) as refused:
        Database.open(path)
    assert "\n" not in str(refused.value)
    assert (path.read_bytes() if path.is_file() else None) == before


def test_a_path_through_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(RegisterError, match="cannot be reached"):
        Database.open(tmp_path / "file" / "register.db")


def test_unusual_names(tmp_path: Path) -> None:
    # The bytes of a name, as one may have come from elsewhere: a locale need not have the letter.
    path = tmp_path / os.fsdecode("a ?#%41é.db".encode())
    Database.create(path).close()
    with Database.open(str(path)) as db:
        assert db.path == path
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]
