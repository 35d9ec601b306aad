"""Whoever upgrades a register is killed, or is not alone: the register is then of the newest revision, and whole."""

from __future__ import annotations

import random
import signal
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from store.audit.verify import verify
from store.db.database import Database
from store.db.migrate import HEAD
from tests.counts import count
from tests.durability.crew import Crew
from tests.store.asking import content
from tests.store.releases import rebuild

if TYPE_CHECKING:
    from pathlib import Path

KILLS = count(4, 100)
AT_ONCE = count(4, 8)


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A register of the first release."""
    return rebuild("0001", tmp_path / "register.db")


def revision(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        return str(connection.execute("SELECT version_num FROM alembic_version").fetchone()[0])


def whole(path: Path) -> bool:
    """Whether the register opens as one of today and lacks nothing."""
    with Database.open(path, actor="auditor") as db:
        assert verify(db) == ()
        assert len(content(db).items) == 16
    return revision(path) == HEAD


@pytest.mark.soak
def test_an_upgrade_that_was_killed_is_made_by_the_next_to_open(old: Path) -> None:
    start = old.read_bytes()
    with Crew() as crew:
        (first,) = crew.hire("upgrader", (str(old), "-1"))
        first.join()
        statements = first.lines[-1]["statements"]
    assert statements > 50
    assert whole(old)
    chance = random.Random(1)
    # Those that every upgrade has: the first, and the last before it is saved.
    moments = [0, statements - 1, *(chance.randrange(statements) for _ in range(KILLS - 2))]
    left = 0
    for begin in range(0, KILLS, AT_ONCE):
        trials = {old.with_name(f"{begin + at}.db"): moment for at, moment in enumerate(moments[begin:][:AT_ONCE])}
        for path in trials:
            path.write_bytes(start)
        with Crew() as crew:
            for member in crew.hire("upgrader", *((str(path), str(moment)) for path, moment in trials.items())):
                member.join()
                assert member.process.returncode == -signal.SIGKILL
        for path in trials:
            left += revision(path) != HEAD
            assert whole(path)
    assert left > KILLS / 2


@pytest.mark.soak
def test_many_upgrade_at_once_and_one_of_them_does_it(old: Path) -> None:
    with Crew() as crew:
        crew.hire("upgrader", *((str(old), "-1") for _ in range(AT_ONCE)))
        crew.finish()
        assert crew.complaints == []
    assert whole(old)
    assert len(list(old.parent.glob("register.db.before-*"))) == 1
