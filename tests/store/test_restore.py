"""Restoring what people restore for: registers that are damaged, tampered with, or in use at that moment."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from store.audit.log import head
from store.audit.verify import verify
from store.commands.items import set_status
from store.db import sqlite
from store.db.database import Database
from store.enums import Status
from store.errors import RegisterError
from store.maintenance.backup import back_up
from store.maintenance.restore import plan_restore, restore
from tests.program import PATIENCE, environment
from tests.store.asking import content, item, trail

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Ticks

READER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN")
connection.execute("SELECT * FROM item LIMIT 1").fetchall()
print("reading", flush=True)
sys.stdin.readline()
"""

BACKUP = """
import os, signal, sys
from pathlib import Path
from store.maintenance import backup
from store.db.database import Database
def killed(path):
    os.kill(os.getpid(), signal.SIGKILL)
backup._verified = killed
with Database.open(sys.argv[1]) as db:
    backup.back_up(db, directory=Path(sys.argv[2]))
"""


def raw(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement)


def beside(path: Path, sign: str) -> list[Path]:
    return sorted(each for each in path.parent.iterdir() if sign in each.name)


def test_a_register_that_was_tampered_with_comes_back(sample_copy: Path, clock: Ticks) -> None:
    with Database.open(sample_copy, clock=clock) as db:
        made, before = back_up(db), content(db)
    raw(sample_copy, "UPDATE item SET owner = 'mallory' WHERE key = 'EN-001'")
    with Database.open(sample_copy) as db:
        assert verify(db) != ()
    plan = plan_restore(sample_copy, made.path)
    assert [(each.key, each.field, each.before) for each in plan.differences] == [("EN-001", "owner", "mallory")]
    restore(sample_copy, plan, clock=clock)
    with Database.open(sample_copy) as db:
        assert content(db) == before
        assert verify(db) == ()
    (kept,) = beside(sample_copy, ".before-restore-")
    with Database.open(kept) as former:
        assert item(former, "EN-001").owner == "mallory"


def test_a_register_with_a_broken_page_comes_back_and_keeps_every_byte(sample_copy: Path, clock: Ticks) -> None:
    with Database.open(sample_copy, clock=clock) as db:
        made, before = back_up(db), content(db)
    with closing(sqlite3.connect(sample_copy)) as connection:
        (page,) = (
            connection.execute(
                "SELECT rootpage FROM sqlite_master WHERE name = 'sqlite_autoindex_alembic_version_1'"
            ).fetchone()
            or connection.execute("SELECT max(rootpage) FROM sqlite_master WHERE type = 'index'").fetchone()
        )
    whole = bytearray(sample_copy.read_bytes())
    # The header of a page that no read of the content needs: only a look at the whole file finds it.
    whole[(page - 1) * 4096 : (page - 1) * 4096 + 12] = b"\xff" * 12
    sample_copy.write_bytes(whole)
    plan = plan_restore(sample_copy, made.path)
    assert "is damaged" in str(plan.damaged)
    restore(sample_copy, plan, clock=clock)
    with Database.open(sample_copy) as db:
        assert content(db) == before
        assert verify(db) == ()
    (kept,) = beside(sample_copy, ".damaged-")
    assert kept.read_bytes() == bytes(whole)


def test_the_record_comes_with_what_was_restored(db: Database, sample_copy: Path, clock: Ticks) -> None:
    made = back_up(db)
    set_status(db, ["EN-001"], Status.MITIGATED)
    before = db.data_version()
    restore(sample_copy, plan_restore(sample_copy, made.path), clock=clock, actor="carla")
    # One commit and no second one: nobody ever sees the restored register without its record.
    assert db.data_version() == before + 1
    assert [(each.sequence, each.verb) for each in trail(db)[:1]] == [(made.head.sequence + 1, "restore")]


def test_a_commit_at_the_last_moment_is_not_overwritten(
    db: Database, bo: Database, sample_copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, before = back_up(db), content(db)
    whole = sqlite.copy_all

    def late(*connections: sqlite3.Connection, **more: object) -> None:
        raw(sample_copy, "UPDATE item SET effort = NULL, owner = 'late' WHERE key = 'EN-001'")
        whole(*connections, **more)  # type: ignore[arg-type]

    with bo.read() as session:
        expected = head(session)
    monkeypatch.setattr("store.db.database.copy_all", late)
    with pytest.raises(RegisterError, match="someone else changed the register"):
        db.replace_with(made.path, expected=expected)
    assert item(bo, "EN-001").owner == "late"
    monkeypatch.undo()
    with bo.read() as session:
        expected = head(session)
    db.replace_with(made.path, expected=expected)
    assert content(bo) == before


def test_who_does_not_stop_reading_is_named(
    db: Database, sample_copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: Ticks
) -> None:
    made = back_up(db)
    set_status(db, ["EN-001"], Status.MITIGATED)
    plan = plan_restore(sample_copy, made.path)
    reader = subprocess.Popen(
        [sys.executable, "-c", READER, str(sample_copy)],
        env=environment(tmp_path),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert reader.stdout is not None
        assert reader.stdout.readline() == "reading\n"
        monkeypatch.setattr(sqlite, "PATIENCE", 0.2)
        with pytest.raises(RegisterError, match=f"is being read by .*process {reader.pid}"):
            restore(sample_copy, plan, clock=clock)
    finally:
        reader.communicate("go on\n", timeout=PATIENCE)
    assert item(db, "EN-001").status is Status.MITIGATED
    assert beside(sample_copy, ".before-restore-") == []


def test_a_killed_backup_leaves_the_register_and_what_the_next_one_sweeps(
    db: Database, sample_copy: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    sample_copy.chmod(0o660)
    done = subprocess.run(
        [sys.executable, "-P", "-c", BACKUP, str(sample_copy), str(folder)],
        env=environment(tmp_path),
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode < 0
    (left,) = folder.iterdir()
    assert left.name.startswith(".register.backup-")
    assert stat.S_IMODE(left.stat().st_mode) & 0o027 == 0
    assert verify(db) == ()
    mine = folder / ".register.notes"
    mine.write_text("not of ours")
    # Someone may still be working on a young one.
    back_up(db, directory=folder)
    assert left.exists()
    for each in (left, mine):
        os.utime(each, (0, 0))
    made = back_up(db, directory=folder)
    assert not left.exists()
    assert mine.exists()
    assert made.path.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="requires root to give a file to another group")
def test_a_copy_lets_no_group_in_that_the_register_does_not(
    sample_copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sample_copy.chmod(0o660)
    os.chown(sample_copy, -1, 54321)
    with Database.open(sample_copy) as db:
        shared = back_up(db, to=tmp_path / "shared.db").path

        def refused(*_: object) -> None:
            raise PermissionError

        # As for someone who may read the register, but is not in its group.
        monkeypatch.setattr(os, "chown", refused)
        private = back_up(db, to=tmp_path / "private.db").path
    assert (shared.stat().st_gid, stat.S_IMODE(shared.stat().st_mode)) == (54321, 0o640)
    assert (private.stat().st_gid, stat.S_IMODE(private.stat().st_mode)) == (os.getegid(), 0o600)
