"""A write or sync fails once, wherever it is: a sentence says so, nothing acknowledged is lost, and work goes on."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from store.db.database import Database
from store.errors import RegisterError
from tests.counts import count
from tests.durability.checks import newest_change, wrong
from tests.durability.driver import on_disk
from tests.durability.recorder import Recorder
from tests.durability.strokes import stroke

if TYPE_CHECKING:
    from pathlib import Path

FIRST = 300
"""Of this many writes and syncs at the beginning, each fails in a separate trial."""
TRIALS = count(20, FIRST)
MOST_VERBS = 40


def work(path: Path, recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> tuple[int, list[str]]:
    """Work until the failure and three verbs on: the newest change acknowledged, and what the failing verb said."""
    chance = random.Random(2)
    told, refused, further = 0, [], 3
    with on_disk(recorder, monkeypatch), Database.open(path, actor="ana") as db:
        for _ in range(MOST_VERBS):
            sound = not recorder.failed
            try:
                stroke(chance)(db)
            except RegisterError as error:
                if sound and recorder.failed:
                    refused.append(str(error))
            told = newest_change(db)
            further -= recorder.failed
            if not further:
                break
    return told, refused


def reached(path: Path) -> int:
    """How far the trail goes for whoever opens the register next."""
    with Database.open(path, actor="auditor") as db:
        return newest_change(db)


@pytest.mark.soak
def test_whatever_write_fails_it_is_said_and_nothing_is_lost(
    sample_copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = sample_copy.read_bytes()
    for number in range(TRIALS):
        recorder = Recorder(fails=number * FIRST // TRIALS)
        told, refused = work(sample_copy, recorder, monkeypatch)
        assert len(refused) == 1
        assert "disk I/O error" in refused[0]
        assert wrong(sample_copy) == []
        assert reached(sample_copy) == told
        sample_copy.write_bytes(start)


def test_a_write_that_fails_and_is_not_said_is_seen(sample_copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    start = sample_copy.read_bytes()

    def seen(number: int) -> bool:
        sample_copy.write_bytes(start)
        try:
            told, refused = work(sample_copy, Recorder(fails=number, silent=True), monkeypatch)
        except RegisterError:
            return True
        return bool(refused or wrong(sample_copy)) or reached(sample_copy) != told

    # Some writes matter only to what comes after a crash: a page of the journal.
    assert any(seen(number) for number in range(0, FIRST, 15))
