"""Writers are killed at random moments: what was acknowledged is there, and whoever goes on notices nothing."""

from __future__ import annotations

import os
import random
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from store.commands.items import comment
from store.db.database import Database
from store.db.files import umask
from store.db.migrate import upgrade
from store.db.sqlite import APPLICATION_ID
from tests.counts import count
from tests.durability.audit import audit, versions
from tests.durability.checks import wrong
from tests.durability.crew import Crew
from tests.durability.driver import on_disk
from tests.durability.recorder import Recorder
from tests.store.releases import rebuild

if TYPE_CHECKING:
    from pathlib import Path

    from tests.durability.audit import Audit

ROUNDS = count(1, 20)
"""Registers that writers work on."""
TRIALS = count(5, 50)
"""How often writers of each are killed."""
WRITERS = 4
"""Who is left when no more are killed: then new ones come."""
HIRED = count(5, 12)
EDITS = (5, count(20, 100))
"""Between how many acknowledged edits and how many the next kill comes."""
KEYS = ("EN-001", "EN-002", "MS-001", "BE-001", "BE-002")


def hire(crew: Crew, path: Path) -> None:
    """Enough writers for a few kills, with names that nobody had."""
    missing = max(WRITERS + HIRED - len(crew.at_work), 0)
    crew.hire("editor", *((str(path), f"w{len(crew.members) + one}", "0", *KEYS) for one in range(missing)))


def judge(path: Path, crew: Crew, before: int) -> Audit:
    """Look at what is there while the survivors go on."""
    acknowledged = crew.acknowledged
    assert wrong(path) == []
    found = audit(path, acknowledged, versions_before=before)
    assert found.clean, found
    return found


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(ROUNDS))
def test_nothing_that_was_acknowledged_dies_with_its_writer(sample_copy: Path, seed: int) -> None:
    chance = random.Random(seed)
    before = versions(sample_copy)
    with Crew() as crew:
        for _ in range(TRIALS):
            if len(crew.at_work) <= WRITERS:
                hire(crew, sample_copy)
            enough = len(crew.acknowledged) + chance.randint(*EDITS)
            crew.wait(lambda enough=enough: len(crew.acknowledged) >= enough or crew.complaints != [])
            chance.choice(crew.at_work).kill()
            judge(sample_copy, crew, before)
            assert crew.complaints == []
        crew.finish()
        assert crew.complaints == []
        found = judge(sample_copy, crew, before)
        # Whoever was killed had at most one edit saved without hearing of it.
        assert 0 <= found.changes - len(crew.acknowledged) <= TRIALS
        assert len(crew.acknowledged) >= TRIALS * EDITS[0]


def test_an_acknowledged_edit_that_is_not_there_is_seen(sample_copy: Path) -> None:
    before = versions(sample_copy)
    with Crew() as crew:
        crew.hire("editor", (str(sample_copy), "ana", "3", *KEYS))
        crew.finish()
        told = crew.acknowledged
    never_saved = {**told[0], "batch": 1000}
    assert audit(sample_copy, [*told, never_saved], versions_before=before).missing == (never_saved,)


@pytest.mark.parametrize("mode", [0o600, 0o660, 0o664])
def test_a_journal_is_for_the_same_people_from_its_first_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: int
) -> None:
    """A process that is killed right after it made the journal leaves it to the others all the same."""
    path = rebuild("0003", tmp_path / "register.db")
    with closing(sqlite3.connect(path)) as raw:
        raw.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    path.chmod(mode)
    recorder = Recorder()
    before = os.umask(0o077)
    try:
        with on_disk(recorder, monkeypatch):
            upgrade(path, aside=False)
            with Database.open(path) as db:
                for _ in range(3):
                    comment(db, ["EN-001"], "hello")
        assert umask() == 0o077
    finally:
        os.umask(before)
    assert [mask & mode for mask in recorder.journal_masks] == [0] * 4
