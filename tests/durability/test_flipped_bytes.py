"""Bytes of a register are flipped at random: reading neither crashes nor hangs, and what changed is reported."""

from __future__ import annotations

import random
import signal
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from store.commands.items import set_status
from store.db.database import Database
from store.enums import Status
from tests.counts import count
from tests.durability.crew import Crew

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.durability.crew import Line, Member

TRIALS = count(20, 1000)
PARTS = count(1, 4)


def flipped(start: bytes, chance: random.Random) -> bytes:
    """The file with some bits of some bytes turned over."""
    data = bytearray(start)
    for _ in range(chance.choice((1, 1, 2, 8))):
        data[chance.randrange(len(data))] ^= chance.randrange(1, 256)
    return bytes(data)


@dataclass(slots=True)
class Tally:
    """How often each outcome of flipping bytes of a file occurred."""

    ended: list[str] = field(default_factory=list)
    changed: int = 0
    unreported: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Reader:
    """A worker that reads files; another one takes its place when a file is its end."""

    crew: Crew
    hang: float = 3.0
    """Seconds of work on a file after which the worker ends itself; waiting for the machine does not count."""
    worker: Member | None = None

    def look(self, path: Path) -> Line | None:
        """What it found in a file, None if that was its end."""
        if self.worker is None:
            (self.worker,) = self.crew.hire("reader", (str(self.hang),))
        worker, said = self.worker, len(self.worker.lines)
        assert worker.process.stdin is not None
        worker.process.stdin.write(f"{path}\n".encode())
        worker.process.stdin.flush()

        self.crew.wait(lambda: len(worker.lines) > said or worker.process.poll() is not None)
        if len(worker.lines) > said:
            return worker.lines[-1]
        worker.join()
        self.worker = None
        return None


def trials(
    start: bytes, path: Path, chance: random.Random, *, spoil: Callable[[bytes, random.Random], bytes], number: int
) -> Tally:
    """Spoil the file so often, and look each time."""
    tally = Tally()
    with Crew() as crew:
        reader = Reader(crew)
        path.write_bytes(start)
        sound = reader.look(path)
        assert sound is not None
        assert not sound["findings"]
        for trial in range(number):
            path.write_bytes(spoil(start, chance))
            found = reader.look(path)
            if found is None:
                last = crew.members[-1]
                tally.ended.append(f"trial {trial}: {last.process.returncode} {last.errors.decode(errors='replace')}")
            elif found["told"] != sound["told"]:
                tally.changed += 1
                if not found["findings"] and not found["refused"]:
                    tally.unreported.append(trial)
            for left in path.parent.glob(f"{path.name}-*"):
                left.unlink()
    return tally


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(PARTS))
def test_what_flipped_bytes_changed_is_reported(sample_copy: Path, seed: int) -> None:
    tally = trials(sample_copy.read_bytes(), sample_copy, random.Random(seed), spoil=flipped, number=TRIALS // PARTS)
    assert tally.ended == []
    assert tally.changed >= TRIALS // PARTS / 4
    assert len(tally.unreported) <= tally.changed / 100, tally


def test_what_is_not_reported_is_seen(sample_copy: Path) -> None:
    start = sample_copy.read_bytes()
    with Database.open(sample_copy, actor="ana") as db:
        set_status(db, ["EN-001"], Status.MITIGATED)
    edited = sample_copy.read_bytes()
    # A proper edit is another content, and rightly nothing that verifying reports.
    tally = trials(start, sample_copy, random.Random(0), spoil=lambda *_: edited, number=2)
    assert (tally.changed, tally.unreported) == (2, [0, 1])


def test_a_reader_that_hangs_is_seen(sample_copy: Path) -> None:
    with Crew() as crew:
        # So little time that every file takes too long.
        assert Reader(crew, hang=0.001).look(sample_copy) is None
        assert crew.members[0].process.returncode == -signal.SIGPROF
