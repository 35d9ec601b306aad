"""Whose turn it is to write, and who is named that lets nobody else have theirs."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import threading
from time import monotonic
from typing import TYPE_CHECKING

import pytest

from store.commands.items import comment
from store.db import filesystem, sqlite
from store.db.database import Database
from store.db.filesystem import user_name
from store.errors import RegisterError
from tests.program import PATIENCE
from tests.store.asking import trail
from tests.store.others import Other, linux, since, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ME = user_name(os.getuid())


@pytest.fixture(scope="module")
def somebody() -> Iterator[list[Other]]:
    """A process of someone else, which takes long to start, for one test after the other; at most one."""
    there: list[Other] = []
    yield there
    for person in there:
        person.leave()


@pytest.fixture
def ana(sample_copy: Path, somebody: list[Other]) -> Iterator[Other]:
    """Someone else at the sample."""
    if not somebody or somebody[0].is_gone:
        somebody[:] = [Other()]
    assert somebody[0].do("open", str(sample_copy)) == "opened"
    yield somebody[0]
    if not somebody[0].is_gone:
        somebody[0].signal(signal.SIGCONT)
        somebody[0].do("end")
        somebody[0].do("close")


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who waits looks round at once."""
    monkeypatch.setattr(sqlite, "LOOK", 0.1)


def comments(db: Database) -> int:
    """How many comments the trail has."""
    return sum(change.verb == "comment" for change in trail(db))


def saying(db: Database) -> str:
    """The message that a writer gets."""
    with pytest.raises(RegisterError) as refused:
        comment(db, ["EN-001"], "hello")
    return str(refused.value)


@linux
@pytest.mark.usefixtures("soon")
def test_a_writer_who_is_stopped_is_named(
    sample_copy: Path, db: Database, ana: Other, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ana.do("begin") == "writing"
    ana.stop()
    # They look round long before their patience ends, however slow the machine is.
    monkeypatch.setattr(sqlite, "PATIENCE", PATIENCE)
    before = monotonic()
    assert saying(db) == (
        f"{sample_copy} is being written by {ME} (process {ana.pid}), which is stopped: nothing was changed; "
        f"ask {ME} to resume it (fg) or to end it, then try again"
    )
    assert since(before) < PATIENCE
    # Who only reads does not notice.
    assert comments(db) == 0
    ana.signal(signal.SIGCONT)
    assert ana.do("end") == "ended"
    comment(db, ["EN-001"], "hello")
    assert comments(db) == 2


@linux
@pytest.mark.usefixtures("soon")
def test_who_opens_the_register_is_told_of_a_stopped_writer_when_they_write(sample_copy: Path, ana: Other) -> None:
    assert ana.do("begin") == "writing"
    ana.stop()
    with Database.open(sample_copy) as db:
        assert "which is stopped" in saying(db)


@linux
@pytest.mark.usefixtures("soon")
def test_a_stopped_writer_that_is_killed_is_waited_for_no_more(db: Database, ana: Other) -> None:
    assert ana.do("spill") == "spilled"
    ana.stop()
    ana.kill()
    comment(db, ["EN-001"], "hello")
    assert comments(db) == 1


@linux
def test_a_writer_who_works_is_waited_for_and_then_named(
    sample_copy: Path, db: Database, ana: Other, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ana.do("begin") == "writing"
    monkeypatch.setattr(sqlite, "PATIENCE", 0.3)
    assert saying(db) == (
        f"{sample_copy} is being written by {ME} (process {ana.pid}): nothing was changed; try again in a moment"
    )
    assert ana.do("end") == "ended"
    comment(db, ["EN-001"], "hello")


@linux
@pytest.mark.usefixtures("soon")
def test_a_reader_who_is_stopped_is_named(db: Database, ana: Other) -> None:
    assert ana.do("read") == "reading"
    ana.stop()
    said = saying(db)
    assert f"is being read by {ME} (process {ana.pid}), which is stopped" in said
    ana.signal(signal.SIGCONT)
    assert ana.do("end") == "ended"
    assert comments(db) == 0
    comment(db, ["EN-001"], "hello")


def test_the_lock_of_a_process_without_a_number_is_somebody_elses(
    sample_copy: Path, db: Database, bo: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Two registers of one process: the system does not name a process to itself.
    monkeypatch.setattr(sqlite, "PATIENCE", 0.1)
    with bo.write("comment"):
        assert saying(db).startswith(f"{sample_copy} is being written by someone else: nothing was changed")


@pytest.mark.parametrize("mode", [fcntl.LOCK_EX, fcntl.LOCK_SH])
def test_a_turn_that_nobody_takes_is_passed_by(
    sample_copy: Path, db: Database, monkeypatch: pytest.MonkeyPatch, mode: int
) -> None:
    monkeypatch.setattr(sqlite, "LOOK", 0.1)
    register = os.open(sample_copy, os.O_RDONLY)
    try:
        fcntl.flock(register, mode)
        for _ in range(3):
            comment(db, ["EN-001"], "hello")
        assert sum(thread.name == "fair-lock" for thread in threading.enumerate()) == 1
    finally:
        os.close(register)
    comment(db, ["EN-001"], "hello")
    assert comments(db) == 4


def test_writers_of_one_process_take_turns(sample_copy: Path, db: Database, bo: Database) -> None:
    asked = threading.Event()

    def write() -> None:
        asked.set()
        comment(bo, ["EN-001"], "hello")

    with db.write("comment"):
        other = threading.Thread(target=write)
        other.start()
        asked.wait()
        wait_until(lambda: any(thread.name == "fair-lock" for thread in threading.enumerate()))
    other.join()
    assert comments(db) == 1
    # Another one takes over the descriptor of one that was closed.
    bo.close()
    with Database.open(sample_copy) as third, db.write("comment"):
        register = os.open(sample_copy, os.O_RDONLY)
        with pytest.raises(BlockingIOError):
            fcntl.flock(register, fcntl.LOCK_EX | fcntl.LOCK_NB)
        third.close()
        with pytest.raises(BlockingIOError):
            fcntl.flock(register, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(register)


def test_registers_of_one_directory_do_not_wait_for_each_other(
    sample_copy: Path, db: Database, ana: Other, monkeypatch: pytest.MonkeyPatch
) -> None:
    neighbor = sample_copy.with_name("neighbor.db")
    shutil.copyfile(sample_copy, neighbor)
    neighbor.chmod(0o600)
    assert ana.do("begin") == "writing"

    def refuse(*_: object) -> float | None:
        raise AssertionError("it waits for its turn")

    monkeypatch.setattr(sqlite.Wait, "turn", refuse)
    with Database.open(neighbor) as other:
        comment(other, ["EN-001"], "hello")
    with pytest.raises(AssertionError):
        comment(db, ["EN-001"], "hello")


@pytest.mark.parametrize("elsewhere", ["network", "platform"])
def test_where_a_flock_is_a_record_lock_the_directory_has_it(
    sample_copy: Path, monkeypatch: pytest.MonkeyPatch, elsewhere: str
) -> None:
    if elsewhere == "network":
        monkeypatch.setattr(filesystem, "network_refusal", lambda *_: RegisterError("far away", "come closer"))
    else:
        monkeypatch.setattr(filesystem.sys, "platform", "darwin")
    register, directory = (os.open(place, os.O_RDONLY) for place in (sample_copy, sample_copy.parent))
    with Database.open(sample_copy) as db, db.write("comment"):
        fcntl.flock(register, fcntl.LOCK_EX | fcntl.LOCK_NB)
        with pytest.raises(BlockingIOError):
            fcntl.flock(directory, fcntl.LOCK_EX | fcntl.LOCK_NB)
    fcntl.flock(directory, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(register)
    os.close(directory)


def test_without_turns_writing_goes_on(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError("no such lock")

    monkeypatch.setattr(sqlite.fcntl, "flock", refuse)
    comment(db, ["EN-001"], "hello")
    assert comments(db) == 1


def test_who_waits_for_their_turn_has_it_next(sample_copy: Path, db: Database, ana: Other) -> None:
    assert ana.do("begin") == "writing"
    order: list[str] = []
    register = os.open(sample_copy, os.O_RDONLY)

    def write() -> None:
        comment(db, ["EN-001"], "hello")
        order.append("written")

    def stand_behind() -> None:
        fcntl.flock(register, fcntl.LOCK_EX)
        order.append("behind")

    people = [threading.Thread(target=write), threading.Thread(target=stand_behind)]
    people[0].start()
    wait_until(lambda: any(thread.name == "fair-lock" for thread in threading.enumerate()))
    assert order == []
    assert ana.do("end") == "ended"
    people[0].join()
    people[1].start()
    people[1].join()
    os.close(register)
    assert order == ["written", "behind"]


@pytest.mark.parametrize("at", ["begin", "read"])
def test_nobody_is_suspended_in_the_midst_of_a_transaction(db: Database, ana: Other, at: str) -> None:
    assert ana.do(at) in ("writing", "reading")
    # The signal comes while the lock is held, and stops the process only once the write has ended.
    assert ana.do("stop") == "went on"
    ana.send("end")
    ana.wait_stopped()
    comment(db, ["EN-001"], "hello")
    assert {change.verb for change in trail(db)} == {"import", "comment"}
    ana.signal(signal.SIGCONT)
    assert ana.answer() == "ended"


def test_between_writes_people_are_suspended_as_ever(ana: Other) -> None:
    assert ana.do("comment", "before") == "saved"
    ana.send("stop")
    ana.wait_stopped()
    ana.signal(signal.SIGCONT)
    assert ana.answer() == "went on"


def test_a_forked_process_is_refused_what_its_parent_opened(db: Database, ana: Other) -> None:
    assert ana.do("fork").startswith("a register opened by another process cannot be used in this one")
    assert ana.do("comment", "from the parent") == "saved"
    assert comments(db) == 1
