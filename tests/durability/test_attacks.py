"""Whoever can write the file changes one row by plain SQL: verifying names what is wrong, every time."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing, suppress
from typing import TYPE_CHECKING

import pytest

from store.audit import log
from store.audit.verify import verify
from store.db.database import Database
from store.db.sqlite import connect
from store.errors import RegisterError
from tests.counts import count
from tests.durability.attacks import attack_row, attack_trail, unguarded
from tests.durability.strokes import stroke

if TYPE_CHECKING:
    from pathlib import Path

    from store.audit.verify import Finding

TRIALS = count(30, 1000)
STROKES = 30


@pytest.fixture(scope="module")
def worked_on(sample_register: Path) -> bytes:
    """The sample after some work, as the bytes of its file."""
    path = sample_register.with_name("worked-on.db")
    path.write_bytes(sample_register.read_bytes())
    chance = random.Random(3)
    with Database.open(path, actor="ana") as db:
        for _ in range(STROKES):
            with suppress(RegisterError):
                stroke(chance)(db)
        assert verify(db) == ()
    return path.read_bytes()


def findings(path: Path, *, head: str | None = None) -> tuple[Finding, ...]:
    with Database.open(path, actor="auditor") as db:
        return verify(db, head=head)


@pytest.mark.soak
def test_every_attack_on_the_trail_is_found_where_it_was_made(worked_on: bytes, tmp_path: Path) -> None:
    path = tmp_path / "register.db"
    chance = random.Random(4)
    for trial in range(TRIALS):
        path.write_bytes(worked_on)
        with unguarded(path) as connection:
            wrong = attack_trail(connection, chance)
        found = findings(path)
        assert found, f"trial {trial}: change {wrong}"
        first = next(finding for finding in found if finding.kind == "chain")
        assert first.sequence == wrong, f"trial {trial}: {first.what}"


@pytest.mark.soak
def test_every_attack_on_a_row_is_found(worked_on: bytes, tmp_path: Path) -> None:
    path = tmp_path / "register.db"
    chance = random.Random(5)
    missed = []
    for _ in range(TRIALS):
        path.write_bytes(worked_on)
        with unguarded(path) as connection:
            try:
                done = attack_row(connection, chance)
            except sqlite3.IntegrityError:
                # The tables themselves refuse it: two items of one key.
                continue
        if not findings(path):
            missed.append(done)
    assert missed == []


@pytest.mark.soak
def test_a_trail_that_was_cut_short_is_found_by_a_digest_noted_before(worked_on: bytes, tmp_path: Path) -> None:
    path = tmp_path / "register.db"
    chance = random.Random(6)
    for _ in range(TRIALS // 4):
        path.write_bytes(worked_on)
        with Database.open(path) as db, db.read() as session:
            links = list(log.entries(session))
        left = chance.randrange(len(links))
        noted = chance.choice(links[left:])
        with unguarded(path) as connection:
            connection.execute("DELETE FROM change WHERE sequence > ?", (left,))
            connection.execute("UPDATE sqlite_sequence SET seq = ? WHERE name = 'change'", (left,))
        cut = [finding for finding in findings(path, head=str(noted.digest)) if finding.kind == "chain"]
        assert [finding.sequence for finding in cut] == [left + 1]
        # Whoever noted nothing later than what is left has nothing to tell it by, but the rows.
        assert not [finding for finding in findings(path) if finding.kind == "chain"]


def test_a_register_nobody_attacked_has_no_findings(worked_on: bytes, tmp_path: Path) -> None:
    path = tmp_path / "register.db"
    path.write_bytes(worked_on)
    with unguarded(path):
        pass
    assert findings(path) == ()


@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE change SET actor = 'bo' WHERE sequence = 3",
        "DELETE FROM change WHERE sequence = 3",
        "INSERT OR REPLACE INTO change SELECT * FROM change WHERE sequence = 3",
        "REPLACE INTO change SELECT * FROM change WHERE sequence = 3",
        "UPDATE OR REPLACE change SET sequence = 4 WHERE sequence = 3",
    ],
)
def test_nobody_changes_the_trail_by_accident(sample_copy: Path, attack: str) -> None:
    with closing(connect(sample_copy)) as connection:
        before = connection.execute("SELECT * FROM change").fetchall()
        with pytest.raises(sqlite3.IntegrityError, match="the trail is append-only"):
            connection.execute(attack)
        assert connection.execute("SELECT * FROM change").fetchall() == before
