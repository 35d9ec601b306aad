"""`examine` of what a register depends on: disk, modes, names, leftovers, backups, and who holds it."""

from __future__ import annotations

import os
import shlex
import stat
import subprocess
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from store.db import filesystem
from store.db.database import Database
from store.db.filesystem import Mount
from store.maintenance import doctor
from store.maintenance.backup import back_up
from store.maintenance.doctor import Check, State, examine, sqlite
from tests.store.examining import bad, of, spill
from tests.store.others import linux, other

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Ticks


@pytest.fixture
def register(sample_copy: Path) -> Path:
    """A register as the program makes one: for its owner alone."""
    sample_copy.chmod(0o600)
    return sample_copy


@pytest.mark.parametrize(("days", "state"), [(0, State.OK), (29, State.OK), (31, State.WARNING)])
def test_the_age_of_the_newest_backup(register: Path, clock: Ticks, days: int, state: State) -> None:
    assert of(examine(register), "backup") == Check(
        "backup", State.WARNING, "none next to the register", f"run ai-debt backup --db {register}"
    )
    with Database.open(register, clock=clock) as db:
        back_up(db)
        made = back_up(db).path
    clock.moment += timedelta(days=days)
    found = of(examine(register, clock=clock), "backup")
    assert (found.state, found.what) == (state, f"the newest is {made.name}, {days} day{'' if days == 1 else 's'} old")
    register.unlink()
    found = of(examine(register, clock=clock), "backup")
    assert found.remedy == f"to restore it, run ai-debt restore {made} --db {register}"


MODES = [
    (0o600, 0o700, {}),
    (0o660, 0o2770, {}),
    (0o644, 0o755, {"mode": "chmod o-rwx"}),
    (0o606, 0o700, {"mode": "chmod o-rwx"}),
    (0o660, 0o755, {"directory": "chmod ug+rwx,g+s"}),
    (0o660, 0o770, {"directory": "chmod ug+rwx,g+s"}),
    (0o600, 0o2770, {"mode": "chmod ug+rw"}),
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
    assert of(examined, "link").what == f"{link} is a symbolic link to {register}; its journal is next to that file"
    left = of(examined, "leftovers")
    assert left.state is State.WARNING
    assert left.what.startswith("register.db-journal of ")
    assert left.what.endswith("is left over from an interrupted write")


def test_what_was_left_unfinished_is_told_from_what_is_under_way(register: Path) -> None:
    gone = subprocess.Popen(["true"])
    gone.wait()
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


@linux
def test_who_holds_the_lock_and_whether_they_are_stopped(register: Path) -> None:
    with other() as ana:
        ana.do("open", str(register))
        assert of(examine(register), "lock").what == "not in use"
        assert ana.do("begin") == "writing"
        found = of(examine(register), "lock")
        assert (found.state, f"(process {ana.pid})" in found.what) == (State.OK, True)
        ana.stop()
        examined = examine(register)
        found = of(examined, "lock")
        assert found.state is State.PROBLEM
        assert found.what.endswith("and is stopped, so no one else can write")
        assert f"kill -CONT {ana.pid}" in (found.remedy or "")
        # Others can read all the while.
        assert examined.head is not None
        assert not [check for check in examined.checks if "interrupted" in check.what]


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
    monkeypatch.setattr(filesystem, "mount_of", lambda _: Mount(1, "nfs4"))
    found = of(examine(register, allow_network_fs=allowed), "file system")
    assert found.state is state
    assert "(nfs4)" in found.what


def test_little_room(tmp_path: Path) -> None:
    found = {check.subject: check for check in doctor.disk(tmp_path / "x.db", 2**60, allow_network_fs=False)}
    assert found["disk"].state is State.WARNING
    assert found["disk"].remedy == f"free some space on the disk of {tmp_path}"


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
    assert State.PROBLEM in bad(examined).values()
    assert examined.head is None
    assert "s3cret" not in str(examined)
