"""The power is cut while a register is written: what is left is sound and holds all that was acknowledged."""

from __future__ import annotations

import random
import shutil
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from store.db.database import Database
from store.errors import RegisterError
from tests.counts import count
from tests.durability.checks import newest_change, wrong
from tests.durability.cuts import Disk
from tests.durability.driver import on_disk
from tests.durability.recorder import Recorder
from tests.durability.strokes import stroke

if TYPE_CHECKING:
    from pathlib import Path

    from tests.durability.recorder import Step

CUTS = count(30, 1000)
VERBS = 40
NAME = "register.db"


@dataclass(slots=True)
class Tally:
    """How many cuts did what to a register."""

    cuts: int = 0
    corrupt: int = 0
    lost: int = 0


def record(path: Path, monkeypatch: pytest.MonkeyPatch, *, synchronous: str | None = None) -> list[Step]:
    """What a disk is asked while someone works on the register at `path`."""
    recorder, chance = Recorder(), random.Random(1)
    with on_disk(recorder, monkeypatch) as opened, Database.open(path, actor="ana") as db:
        if synchronous is not None:
            opened[-1].execute(f"PRAGMA synchronous = {synchronous}")
        for _ in range(VERBS):
            with suppress(RegisterError):
                stroke(chance)(db)
            recorder.told(newest_change(db))
    return recorder.steps


def cut(steps: list[Step], start: bytes, place: Path, number: int) -> Tally:
    """Cut the power at random moments, and look each time at what is left."""
    tally = Tally()
    chance = random.Random(number)
    for trial in range(number):
        disk = Disk.holding({NAME: start})
        disk.take(steps[: chance.randrange(len(steps) + 1)])
        folder = place / str(trial)
        folder.mkdir()
        for name, data in disk.after_cut(chance).items():
            (folder / name).write_bytes(data)
        tally.cuts += 1
        if wrong(folder / NAME):
            tally.corrupt += 1
        else:
            with Database.open(folder / NAME, actor="auditor") as db:
                tally.lost += newest_change(db) < disk.told
        shutil.rmtree(folder)
    return tally


@pytest.mark.soak
def test_a_power_cut_loses_nothing_that_was_acknowledged(
    sample_copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = sample_copy.read_bytes()
    steps = record(sample_copy, monkeypatch)
    assert {step.kind for step in steps} >= {"write", "sync", "delete", "told"}
    assert cut(steps, start, tmp_path, CUTS) == Tally(cuts=CUTS)


@pytest.mark.parametrize(
    ("synchronous", "broken", "lost"),
    [
        # Nothing is waited for.
        pytest.param("OFF", 20, 0, id="OFF"),
        # The removal of the journal is not waited for: it comes back, and takes the last commit back.
        pytest.param("FULL", 0, 1, id="FULL"),
    ],
)
def test_a_register_that_does_not_wait_for_the_disk_is_seen_to_lose(
    sample_copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, synchronous: str, broken: int, lost: int
) -> None:
    start = sample_copy.read_bytes()
    steps = record(sample_copy, monkeypatch, synchronous=synchronous)
    tally = cut(steps, start, tmp_path, 40)
    assert tally.corrupt >= broken
    assert tally.lost >= lost
