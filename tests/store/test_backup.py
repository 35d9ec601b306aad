"""Copies of a register while people write to it, and bringing one back."""

from __future__ import annotations

import os
import resource
import shutil
import stat
import subprocess
import sys
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from store.audit.log import head
from store.audit.undo import undo
from store.audit.verify import verify
from store.commands.items import add_item, comment, remove_items, set_status
from store.commands.settings import create
from store.db.database import Database
from store.enums import Status
from store.errors import RegisterError
from store.maintenance.backup import back_up, backups_of
from store.maintenance.restore import plan_restore, restore
from tests.conftest import START, Ticks
from tests.counts import count
from tests.program import PATIENCE, environment
from tests.store.asking import content, item, trail

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from store.audit.log import Head

WRITER = """
import sys
from store.db.database import Database
from store.commands.items import set_status
from store.enums import Status
with Database.open(sys.argv[1], actor=sys.argv[2]) as db:
    print("ready", flush=True)
    for number in range(int(sys.argv[3])):
        set_status(db, [sys.argv[2]], (Status.MITIGATED, Status.OPEN)[number % 2])
"""


def newest(path: Path) -> Head:
    with Database.open(path) as db, db.read() as session:
        return head(session)


def others(path: Path) -> list[str]:
    """What is in a directory next to the register."""
    return sorted(each.name for each in path.parent.iterdir() if each != path)


def test_a_backup_is_the_register_with_its_trail(db: Database, tmp_path: Path) -> None:
    set_status(db, ["EN-001"], Status.MITIGATED)
    made = back_up(db, to=tmp_path / "copies.db")
    assert made.path == tmp_path / "copies.db"
    assert (made.items, made.head, made.removed) == (15, newest(made.path), ())
    with Database.open(made.path) as copy:
        assert content(copy) == content(db)
        assert trail(copy) == trail(db)
        assert verify(copy) == ()


def test_without_a_place_it_goes_beside_the_register_and_says_when(db: Database, sample_copy: Path) -> None:
    db.clock = lambda: START
    first, second = back_up(db), back_up(db)
    assert first.path.name == "register.backup-20260302T090000Z.db"
    assert second.path.name == "register.backup-20260302T090000Z-2.db"
    assert [path for _, path in backups_of(sample_copy, sample_copy.parent)] == [second.path, first.path]


@pytest.mark.parametrize(
    ("mode", "copied"),
    [(0o600, 0o600), (0o660, 0o640), (0o640, 0o640), (0o644, 0o644), (0o664, 0o644), (0o666, 0o644), (0o620, 0o600)],
)
def test_a_backup_is_read_by_whom_the_register_is_read_by(
    db: Database, sample_copy: Path, mode: int, copied: int
) -> None:
    sample_copy.chmod(mode)
    before = os.umask(0o077)
    try:
        made = back_up(db)
    finally:
        os.umask(before)
    assert stat.S_IMODE(made.path.stat().st_mode) == copied


@pytest.mark.parametrize("there", ["file", "link", "dangling", "pipe", "itself"])
def test_nothing_is_written_over(db: Database, sample_copy: Path, tmp_path: Path, there: str) -> None:
    target = sample_copy if there == "itself" else tmp_path / "target.db"
    (tmp_path / "precious").write_text("precious")
    match there:
        case "file":
            target.write_text("mine")
        case "link":
            target.symlink_to(tmp_path / "precious")
        case "dangling":
            target.symlink_to(tmp_path / "nowhere")
        case "pipe":
            os.mkfifo(target)
        case _:
            pass
    before = others(sample_copy)
    with pytest.raises(RegisterError, match="already exists"):
        back_up(db, to=target)
    assert others(sample_copy) == before
    assert (tmp_path / "precious").read_text() == "precious"
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("suffix", ["-journal", "-wal", "-shm"])
def test_a_backup_is_not_made_where_the_journal_of_a_database_goes(
    db: Database, sample_copy: Path, tmp_path: Path, suffix: str
) -> None:
    for owner in (sample_copy, back_up(db, to=tmp_path / "copy.db").path):
        with pytest.raises(RegisterError, match="is the name of the journal of"):
            back_up(db, to=owner.with_name(f"{owner.name}{suffix}"))
    assert others(sample_copy) == ["copy.db"]


@pytest.mark.parametrize("suffix", ["-journal", "-wal"])
def test_nothing_is_made_where_a_journal_would_be_played_into_it(
    db: Database, tmp_path: Path, clock: Ticks, suffix: str
) -> None:
    left = tmp_path / f"copy.db{suffix}"
    left.write_bytes(b"of a database that is gone")
    with pytest.raises(RegisterError, match="is left over from another database"):
        back_up(db, to=tmp_path / "copy.db")
    with pytest.raises(RegisterError, match="is left over from another database"):
        Database.create(tmp_path / "copy.db")
    made = back_up(db)
    with pytest.raises(RegisterError, match="is left over from another database"):
        restore(tmp_path / "copy.db", plan_restore(tmp_path / "copy.db", made.path), clock=clock)
    assert left.read_bytes() == b"of a database that is gone"
    left.unlink()
    assert back_up(db, to=tmp_path / "copy.db").items == 15


def test_a_register_is_not_restored_from_itself(sample_copy: Path, tmp_path: Path) -> None:
    (tmp_path / "link.db").symlink_to(sample_copy)
    for source in (sample_copy, tmp_path / "link.db"):
        with pytest.raises(RegisterError, match="is the register itself: choose a backup of it"):
            plan_restore(sample_copy, source)


def test_a_directory_that_is_not_there_is_not_made(db: Database, tmp_path: Path) -> None:
    with pytest.raises(RegisterError, match="nowhere does not exist"):
        back_up(db, directory=tmp_path / "nowhere")
    with pytest.raises(RegisterError, match="cannot create "):
        back_up(db, to=tmp_path / "nowhere" / "copy.db")


def test_the_newest_are_kept_of_this_register_alone(db: Database, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    with Database.create(tmp_path / "other.db") as other:
        create(other, title="Another")
        foreign = back_up(other, to=folder / "register.backup-20200101T000000Z.db").path
    (folder / "register.backup-20200101T000001Z.db").write_text("no database at all")
    (folder / "notes.txt").write_text("mine")
    clock = Ticks()
    db.clock = clock
    made = []
    for _ in range(5):
        clock.moment += timedelta(minutes=1)
        made.append(back_up(db, directory=folder, keep=3))
    assert [len(each.removed) for each in made] == [0, 0, 0, 1, 1]
    assert [each.path.exists() for each in made] == [False, False, True, True, True]
    assert foreign.exists()
    assert (folder / "register.backup-20200101T000001Z.db").exists()
    assert (folder / "notes.txt").read_text() == "mine"


def test_a_copy_that_does_not_hold_is_not_kept(db: Database, sample_copy: Path) -> None:
    with db.write("edit") as writer:
        writer.session.connection().exec_driver_sql("UPDATE item SET owner = 'mallory' WHERE key = 'EN-001'")
        writer.record("item", 1, "BE-001", "owner", None, "x")
    with pytest.raises(RegisterError, match="the copy failed verification: owner of BE-001"):
        back_up(db)
    assert others(sample_copy) == []
    with db.write("edit") as writer:
        writer.session.connection().exec_driver_sql("UPDATE item SET owner = NULL WHERE key = 'EN-001'")
        writer.record("item", 1, "BE-001", "owner", "x", None)


def test_a_disk_without_room_leaves_nothing_behind(db: Database, sample_copy: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64 * 1024, hard))
    try:
        with pytest.raises(RegisterError, match="cannot grow"):
            back_up(db)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert others(sample_copy) == []
    assert back_up(db).items == 15


@pytest.mark.soak
def test_backups_hold_while_others_write(sample_copy: Path, tmp_path: Path) -> None:
    """Each backup is the register as of its newest change, and comes back as that."""
    folder = tmp_path / "backups"
    folder.mkdir()
    with Database.open(sample_copy, actor="cron") as db:
        made = [back_up(db, directory=folder)]
    keys = ("EN-001", "EN-002", "BE-001", "PD-001")
    writers = [
        subprocess.Popen(
            [sys.executable, "-P", "-c", WRITER, str(sample_copy), key, str(count(25, 400))],
            env=environment(tmp_path),
            stdout=subprocess.PIPE,
            text=True,
        )
        for key in keys
    ]
    with Database.open(sample_copy, actor="cron") as db:
        for writer in writers:
            assert writer.stdout is not None
            assert writer.stdout.readline() == "ready\n"
        while len(made) < count(5, 100) or made[-1].head == made[0].head:
            made.append(back_up(db, directory=folder))
    for writer in writers:
        writer.communicate(timeout=PATIENCE)
        assert writer.returncode == 0
    with Database.open(sample_copy) as db:
        assert verify(db) == ()
        whole = {change.sequence: change for change in trail(db)}
    for each in made:
        with Database.open(each.path) as copy:
            assert verify(copy, head=each.head.digest) == ()
            assert {change.sequence: change for change in trail(copy)} == {
                sequence: change for sequence, change in whole.items() if sequence <= each.head.sequence
            }


def test_a_restored_register_is_the_one_that_was_backed_up(db: Database, sample_copy: Path, clock: Ticks) -> None:
    made, before = back_up(db), content(db)
    set_status(db, ["EN-001"], Status.MITIGATED)
    remove_items(db, ["PD-001"])
    with Database.open(sample_copy, actor="bo", clock=clock) as bo:
        comment(bo, ["EN-002"], "look here")
        seen = bo.data_version()
        plan = plan_restore(sample_copy, made.path)
        assert {(each.key, each.field) for each in plan.differences} == {
            ("EN-001", "status"),
            ("PD-001", None),
            ("PD-001 -> DD-001", None),
        }
        assert plan.lost == (("ana", 3), ("bo", 1))
        assert (plan.head, plan.present, plan.regained, plan.damaged) == (made.head, newest(sample_copy), 0, None)
        done = restore(sample_copy, plan, clock=clock, actor="carla")
        assert "Restored 15 items" in done.message
        # Whoever has it open gets a message, and sees it.
        assert bo.data_version() != seen
        assert content(bo) == before
        assert bo.trouble is None
    newest_change = trail(db)[0]
    assert (newest_change.verb, newest_change.actor) == ("restore", "carla")
    assert newest_change.note == f"from {made.path.name}, as of change {made.head.sequence}"
    kept = next(each for each in sample_copy.parent.iterdir() if ".before-restore-" in each.name)
    with Database.open(kept) as former:
        assert item(former, "EN-001").status is Status.MITIGATED
    # The other way round, too: what was lost comes back, and the trail of the restoring goes.
    again = plan_restore(sample_copy, kept)
    assert (again.lost, again.regained) == ((("carla", 1),), 4)


def test_a_restore_is_not_undone(db: Database, sample_copy: Path, clock: Ticks) -> None:
    made = back_up(db)
    set_status(db, ["EN-001"], Status.MITIGATED)
    restore(sample_copy, plan_restore(sample_copy, made.path), clock=clock, actor="ana")
    with pytest.raises(RegisterError, match="nothing to undo"):
        undo(db)


def test_what_changed_since_it_was_shown_is_not_restored(db: Database, sample_copy: Path, clock: Ticks) -> None:
    made = back_up(db)
    plan = plan_restore(sample_copy, made.path)
    set_status(db, ["EN-001"], Status.MITIGATED)
    with pytest.raises(RegisterError, match="changed since this was shown"):
        restore(sample_copy, plan, clock=clock)
    with pytest.raises(RegisterError, match="someone else changed the register"):
        db.replace_with(made.path, expected=made.head)
    assert item(db, "EN-001").status is Status.MITIGATED


def test_a_register_that_is_gone_is_made_again(db: Database, sample_copy: Path, clock: Ticks) -> None:
    made, before = back_up(db, to=sample_copy.parent / "copy.db"), content(db)
    there = sample_copy.rename(sample_copy.parent / "moved.db")
    plan = plan_restore(sample_copy, made.path)
    assert (plan.present, plan.differences, plan.lost) == (None, (), ())
    restore(sample_copy, plan, clock=clock)
    with Database.open(sample_copy) as again:
        assert content(again) == before
        assert verify(again, head=made.head.digest) == ()
    sample_copy.unlink()
    there.rename(sample_copy)


def test_a_damaged_register_is_kept_aside_with_its_journal(sample_copy: Path, clock: Ticks) -> None:
    with Database.open(sample_copy, clock=clock) as db:
        made, before = back_up(db), content(db)
    whole = sample_copy.read_bytes()
    sample_copy.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
    journal = sample_copy.with_name(f"{sample_copy.name}-journal")
    journal.write_bytes(b"what a killed process left")
    plan = plan_restore(sample_copy, made.path)
    assert "is damaged" in str(plan.damaged)
    done = restore(sample_copy, plan, clock=clock)
    assert "the previous register is saved as" in done.message
    with Database.open(sample_copy) as db:
        assert content(db) == before
        assert verify(db) == ()
    aside = next(each for each in sample_copy.parent.iterdir() if ".damaged-" in each.name and each.suffix != ".db")
    assert aside.exists()
    assert not journal.exists()


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda path: path.write_text("# not a database"), "is not a register"),
        (lambda path: path.write_bytes(b""), "is empty"),
        (lambda path: path.mkdir(), "is a directory"),
        (lambda path: path.symlink_to("nowhere"), "no register at"),
    ],
)
def test_what_is_no_backup_is_not_restored(
    db: Database, sample_copy: Path, tmp_path: Path, make: Callable[[Path], None], says: str
) -> None:
    source = tmp_path / "source"
    make(source)
    with pytest.raises(RegisterError, match=says):
        plan_restore(sample_copy, source)
    assert len(content(db).items) == 15


def test_a_backup_that_does_not_hold_is_not_restored(db: Database, sample_copy: Path) -> None:
    made = back_up(db, to=sample_copy.parent / "copy.db")
    with Database.open(made.path) as copy, copy.write("edit") as writer:
        writer.session.connection().exec_driver_sql("UPDATE item SET owner = 'mallory'")
        writer.record("item", 1, "BE-001", "owner", None, "mallory")
    with pytest.raises(RegisterError, match=r"copy.db failed verification: owner of BE-002"):
        plan_restore(sample_copy, made.path)


def test_a_backup_of_another_register_is_not_restored(db: Database, sample_copy: Path, tmp_path: Path) -> None:
    with Database.create(tmp_path / "other.db") as other:
        create(other, title="Another")
        add_item(other, {"category": "MS", "description": "new", "severity": "low"})
    with pytest.raises(RegisterError, match="is a backup of another register, 'Another'"):
        plan_restore(sample_copy, tmp_path / "other.db")
    assert len(content(db).items) == 15


def test_an_older_backup_is_brought_up_to_date_and_stays_what_it_was(
    db: Database, sample_copy: Path, tmp_path: Path
) -> None:
    shutil.copyfile(back_up(db).path, tmp_path / "older.db")
    before = (tmp_path / "older.db").read_bytes()
    assert plan_restore(sample_copy, tmp_path / "older.db").differences == ()
    assert (tmp_path / "older.db").read_bytes() == before
