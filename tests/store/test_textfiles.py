"""Exports where others plant, swap, kill and write at the same time: no file but the one meant is ever changed."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import tempfile
import threading
from contextlib import closing
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import pytest

from store.commands.export import export_file
from store.db.database import Database
from store.db.files import replacing
from store.errors import RegisterError
from store.maintenance.backup import back_up
from store.samples import sample_text
from tests.counts import count
from tests.program import PATIENCE, ROOT
from tests.store.asking import processes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

OURS, NEW, THEIRS = b"ours\n" * 40, b"new\n" * 5_000, b"a text of somebody else\n"
ROOT_ONLY = pytest.mark.skipif(os.geteuid() != 0, reason="requires root to create files owned by other users")
PLANTED: dict[str, Callable[[Path, Path], None]] = {
    "link": lambda at, victim: at.symlink_to(victim),
    "dangling link": lambda at, victim: at.symlink_to(victim.with_name("nowhere")),
    "hard link": lambda at, victim: at.hardlink_to(victim),
    "FIFO": lambda at, _: os.mkfifo(at),
    "directory": lambda at, _: at.mkdir(),
    "file": lambda at, _: at.write_bytes(THEIRS) and None,
}
if os.geteuid() == 0:
    PLANTED["device"] = lambda at, _: os.mknod(at, 0o666 | stat.S_IFCHR, os.makedev(1, 7))


@pytest.fixture
def stranger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory where every link there is was made by someone else."""
    other = os.getuid() + 1
    monkeypatch.setattr(os, "getuid", lambda: other)
    return tmp_path


@pytest.fixture
def mask() -> Iterator[None]:
    """Gives the umask back."""
    old = os.umask(0o022)
    yield
    os.umask(old)


def safely(path: Path, plant: Callable[[str], None]) -> None:
    """Our way to write, with something planted at each of its moments."""
    plant("before")
    with replacing(path, register=None) as file:
        plant("seen")
        file.read()
        plant("read")
        file.replace(NEW)


def plainly(path: Path, plant: Callable[[str], None]) -> None:
    """The plain way."""
    for moment in ("before", "seen", "read"):
        plant(moment)
    if path.is_file():
        path.write_bytes(NEW)


def foreign_changes(folder: Path, write: Callable[[Path, Callable[[str], None]], None], tries: int) -> int:
    """How many files of others were changed while things were planted where we write."""
    random, changed = Random(28), 0
    for number in range(tries):
        here = folder / f"{number}"
        here.mkdir()
        (here / "theirs").mkdir()
        path, victim = here / "debt.md", here / "theirs" / "notes.md"
        victim.write_bytes(THEIRS)
        kind, moment = random.choice(list(PLANTED)), random.choice(["before", "seen", "read"])
        if random.random() < 0.7:
            path.write_bytes(OURS)

        def plant(now: str, at: Path = path, theirs: Path = victim, what: str = kind, when: str = moment) -> None:
            if now == when:
                at.unlink(missing_ok=True)
                PLANTED[what](at, theirs)

        refused = False
        try:
            write(path, plant)
        except RegisterError:
            refused = True
        planted_stays = path.is_file() and not path.is_symlink() and path.read_bytes() == THEIRS
        known = moment == "before" and kind in ("hard link", "file")
        changed += [entry.name for entry in (here / "theirs").iterdir()] != ["notes.md"]
        changed += victim.read_bytes() != THEIRS
        changed += kind == "file" and not known and not planted_stays
        if write is safely:
            assert refused is not known, (kind, moment)
            assert sorted(entry.name for entry in here.iterdir()) == ["debt.md", "theirs"]
    return changed


@pytest.mark.soak
def test_what_is_planted_or_swapped_in_changes_no_file_of_others(stranger: Path) -> None:
    assert foreign_changes(stranger, safely, count(60, 1_000)) == 0


def test_writing_plainly_is_caught(tmp_path: Path) -> None:
    assert foreign_changes(tmp_path, plainly, 60) > 5


@pytest.mark.soak
def test_a_link_swapped_in_again_and_again_is_never_written_through(stranger: Path) -> None:
    path, victim, done = stranger / "debt.md", stranger / "notes.md", threading.Event()
    victim.write_bytes(THEIRS)

    def swap() -> None:
        number = 0
        while not done.is_set():
            number += 1
            other = stranger / "swap"
            (os.symlink if number % 2 else os.link)(victim, other)
            os.replace(other, path)

    swapper = threading.Thread(target=swap)
    swapper.start()
    written = refused = 0
    while written + refused < count(300, 10_000):
        try:
            with replacing(path, register=None) as file:
                file.read()
                file.replace(NEW)
            written += 1
        except RegisterError:
            refused += 1
    done.set()
    swapper.join()
    assert victim.read_bytes() == THEIRS
    assert refused > 0


WRITE = """
import os, sys
from pathlib import Path
from store.db.files import replacing
path, stage = Path(sys.argv[1]), sys.argv[2]
def killed(*arguments, **named):
    os.kill(os.getpid(), 9)
with replacing(path, register=None) as file:
    old = file.read()
    setattr(os, stage, killed)
    file.replace(b"new\\n" * 5_000)
"""


@pytest.mark.soak
def test_a_killed_export_leaves_a_whole_file_and_the_next_one_sweeps(tmp_path: Path) -> None:
    path, left = tmp_path / "debt.md", 0
    stages = ["fdopen", "chmod", "fsync", "stat", "replace", "unlink"]
    for number in range(count(6, 200)):
        path.write_bytes(OURS)
        before = path.stat().st_mode
        ended = subprocess.run(
            [sys.executable, "-c", WRITE, str(path), stages[number % len(stages)]],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            timeout=PATIENCE,
            check=False,
        )
        assert ended.returncode == -signal.SIGKILL
        assert path.read_bytes() in (OURS, NEW)
        left += len(list(tmp_path.iterdir())) - 1
        with replacing(path, register=None) as file:
            assert file.read() in (OURS, NEW)
        assert [entry.name for entry in tmp_path.iterdir()] == ["debt.md"]
        assert path.stat().st_mode == before
    assert left >= count(5, 160)


def test_what_is_not_left_by_ourselves_is_not_swept(tmp_path: Path) -> None:
    path = tmp_path / "debt.md"
    gone = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    dead = int(gone.stdout)
    kept = [f".debt.md.new-{os.getpid()}-00000000", f".debt.md.new-{dead}-xyz", f".other.md.new-{dead}-00000000"]
    for name in kept:
        (tmp_path / name).write_bytes(b"")
    (tmp_path / f".debt.md.new-{dead}-11111111").mkdir()
    (tmp_path / f".debt.md.new-{dead}-22222222").symlink_to(tmp_path / kept[0])
    os.mkfifo(tmp_path / f".debt.md.new-{dead}-33333333")
    before = sorted(entry.name for entry in tmp_path.iterdir())
    swept = tmp_path / f".debt.md.new-{dead}-44444444"
    swept.write_bytes(b"")
    with replacing(path, register=None) as file:
        file.replace(NEW)
    assert sorted(entry.name for entry in tmp_path.iterdir()) == sorted([*before, "debt.md"])


@pytest.mark.usefixtures("mask")
@pytest.mark.parametrize(("umask", "new"), [(0o022, 0o644), (0o002, 0o664), (0o077, 0o600), (0o027, 0o640)])
def test_modes_are_exact(tmp_path: Path, umask: int, new: int) -> None:
    os.umask(umask)
    for mode in (None, 0o600, 0o666, 0o440, 0o2664):
        path = tmp_path / f"{mode}.md"
        if mode is not None:
            path.write_bytes(OURS)
            path.chmod(mode)
        with replacing(path, register=None) as file:
            file.replace(NEW)
        assert stat.S_IMODE(path.stat().st_mode) == (new if mode is None else mode)
        assert path.read_bytes() == NEW


@pytest.mark.usefixtures("mask")
def test_a_file_that_is_overwritten_may_have_changed_and_gets_a_mode(tmp_path: Path) -> None:
    os.umask(0o077)
    path = tmp_path / "debt.prom"
    for _ in range(2):
        with replacing(path, register=None) as file:
            path.write_bytes(b"by another process")
            file.overwrite(NEW, mode=0o644)
        assert path.read_bytes() == NEW
        assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert [entry.name for entry in tmp_path.iterdir()] == ["debt.prom"]


ANOTHER = """
import os, sys
from pathlib import Path
from store.errors import RegisterError
from store.db.files import replacing
os.setgroups([]); os.setgid(65534); os.setuid(65534)
for name in sys.argv[1:]:
    try:
        with replacing(Path(name), register=None) as file:
            file.replace(b"new")
        print("written")
    except RegisterError as error:
        print(error)
"""


@ROOT_ONLY
def test_directories_of_others() -> None:
    # pytest's own directories are closed to others.
    with tempfile.TemporaryDirectory() as made:
        write_as_another(Path(made))


def write_as_another(folder: Path) -> None:
    folder.chmod(0o755)
    for name, mode in (("open", 0o777), ("sticky", 0o1777), ("closed", 0o755), ("unread", 0o777)):
        (folder / name).mkdir()
        (folder / name).chmod(mode)
        (folder / name / "debt.md").write_bytes(OURS)
        (folder / name / "debt.md").chmod(0o664)
    # What cannot be read may be anybody's register.
    (folder / "unread" / "debt.md").chmod(0o640)
    (folder / "led").symlink_to(folder / "open")
    named = [folder / name / "debt.md" for name in ("open", "sticky", "closed", "led", "unread")]
    said = subprocess.run(
        [sys.executable, "-c", ANOTHER, *map(str, named)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
    ).stdout.splitlines()
    assert said[0] == said[3] == "written"
    assert "could not be written" in said[1]
    assert "could not be written" in said[2]
    assert "could not be written" in said[4]
    assert named[1].read_bytes() == named[2].read_bytes() == named[4].read_bytes() == OURS
    # Its group is another now and gets no more than everybody.
    assert stat.S_IMODE(named[0].stat().st_mode) == 0o644
    assert len(list((folder / "sticky").iterdir())) == len(list((folder / "closed").iterdir())) == 1


AT_ONCE = """
import os, sys
from pathlib import Path
from store.db.files import SwappedError, replacing
print("ready", flush=True)
sys.stdin.readline()
for number in range(30):
    try:
        with replacing(Path(sys.argv[1]), register=None) as file:
            there = file.read()
            assert there is None or len(set(there.split())) == 1, there
            file.replace(b"%d " % os.getpid() * 2_000)
    except SwappedError:
        pass
print("done")
"""


def test_exports_to_one_file_at_once_leave_it_whole(tmp_path: Path) -> None:
    path = tmp_path / "debt.md"
    assert processes(AT_ONCE, [str(path)], number=3) == ["done"] * 3
    assert len(path.read_bytes().split()) == 2_000
    assert [entry.name for entry in tmp_path.iterdir()] == ["debt.md"]


def damaged(backup: Path) -> Path:
    """A backup whose first bytes no longer say that it is a database."""
    backup.write_bytes(b"?" * 100 + backup.read_bytes()[100:])
    return backup


def link(path: Path, to: Path, *, hard: bool = False) -> Path:
    """Another name of a file."""
    (path.hardlink_to if hard else path.symlink_to)(to)
    return path


def journal_of(path: Path) -> Path:
    """A journal, as a process that was killed leaves it."""
    journal = path.with_name(f"{path.name}-journal")
    journal.write_bytes(b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7" + bytes(504))
    return journal


def database(path: Path) -> Path:
    """A database of another program."""
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("CREATE TABLE note (text)")
    return path


DATABASES: dict[str, Callable[[Path, Path], Path]] = {
    "itself": lambda own, _: own,
    "by a link": lambda own, there: link(there / "debt.md", own),
    "by a linked directory": lambda own, there: link(there / "folder", own.parent) / own.name,
    "by a roundabout path": lambda own, _: own.parent / ".." / own.parent.name / "." / own.name,
    "its journal": lambda own, _: journal_of(own),
    "the name of its journal": lambda own, _: own.with_name(f"{own.name}-journal"),
    "the name of its log": lambda own, _: own.with_name(f"{own.name}-wal"),
    "a hard link to its journal": lambda own, there: link(there / "debt.md", journal_of(own), hard=True),
    "a backup": lambda own, _: backup_of(own),
    "a damaged backup": lambda own, _: damaged(backup_of(own)),
    "a hard link to a damaged backup": lambda own, there: link(there / "debt.md", damaged(backup_of(own)), hard=True),
    "a copy elsewhere": lambda own, there: Path(shutil.copy(own, there / "debt.md")),
    "another program's": lambda _, there: database(there / "debt.md"),
    "the journal of another": lambda _, there: journal_of(database(there / "notes.db")),
    "the name of the journal of another": lambda _, there: Path(f"{database(there / 'notes.db')}-journal"),
    "the name of the index of another": lambda _, there: Path(f"{database(there / 'notes.db')}-shm"),
}


def backup_of(path: Path) -> Path:
    """A backup of a register, next to it."""
    with Database.open(path) as db:
        return back_up(db).path


def everything(folder: Path) -> dict[Path, bytes]:
    """What every file below a folder holds."""
    return {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.mark.parametrize("which", DATABASES)
def test_no_text_replaces_a_database(sample_copy: Path, tmp_path: Path, which: str) -> None:
    there = tmp_path / "there"
    there.mkdir()
    target = DATABASES[which](sample_copy, there)
    before = everything(tmp_path)
    with (
        pytest.raises(
            RegisterError, match=r"(register itself|to the register .+|a database|database's journal): choose"
        ),
        replacing(target, register=sample_copy) as file,
    ):
        file.replace(NEW)
    assert everything(tmp_path) == before


@pytest.mark.parametrize("name", ["debt.md", "register.md", "register.db.md", "register.backup.md", "notes-journal"])
def test_a_name_that_only_looks_alike_is_no_database(sample_copy: Path, name: str) -> None:
    with Database.open(sample_copy) as db:
        export_file(db, sample_copy.with_name(name))
    assert sample_copy.with_name(name).read_bytes() == sample_text().encode()


def test_a_register_that_is_open_keeps_its_locks(sample_copy: Path) -> None:
    with Database.open(sample_copy) as db, db.write("comment"):
        with pytest.raises(RegisterError, match="is a database"), replacing(sample_copy, register=None):
            pass
        begin = "import sqlite3, sys; sqlite3.connect(sys.argv[1], timeout=0).execute('BEGIN IMMEDIATE')"
        said = subprocess.run([sys.executable, "-c", begin, str(sample_copy)], capture_output=True, check=False).stderr
        assert said.endswith(b"database is locked\n")
