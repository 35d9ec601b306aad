"""Measures backups of a register that people edit: how long each takes, and how long it holds up who writes."""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.make_register import make_register  # noqa: E402 - the source tree is on the path only from here on
from store.audit.log import head  # noqa: E402
from store.audit.verify import verify  # noqa: E402
from store.clock import now  # noqa: E402
from store.db.database import Database  # noqa: E402
from store.maintenance.backup import back_up  # noqa: E402
from store.maintenance.restore import plan_restore, restore  # noqa: E402
from store.queries.documents import content  # noqa: E402
from tests.program import environment  # noqa: E402

LIMIT_MS = 250
"""What 99 of 100 edits may take while backups are made."""
WRITERS = 4
WRITER = """
import random, sys, time
from store.db.database import Database
from store.commands.items import edit_items
path, name, mean = sys.argv[1], sys.argv[2], float(sys.argv[3])
chance = random.Random(name)
with Database.open(path, actor=name) as db:
    with db.read() as session:
        from store.queries.documents import content
        keys = [item.key for item in content(session).items][:20]
    print("ready", flush=True)
    sys.stdin.readline()
    number = 0
    while True:
        time.sleep(chance.expovariate(1 / mean))
        number += 1
        began = time.perf_counter()
        edit_items(db, [chance.choice(keys)], {"owner": f"{name} {number}"})
        try:
            print(time.perf_counter() - began, flush=True)
        except BrokenPipeError:
            break
"""


QUIET = 100
"""Edits that are measured before the first backup, to compare with."""


@dataclass(frozen=True, slots=True)
class Measured:
    """Milliseconds of edits before the backups and while they are made, of each backup, and where these are."""

    before: list[float]
    edits: list[float]
    taken: list[float]
    made: list[Path]


def edits_of(logs: list[Path]) -> list[list[float]]:
    """Milliseconds of every edit so far of each writer."""
    return [[float(text) * 1000 for text in log.read_text().split("\n")[1:-1]] for log in logs]


def measured(place: Path, *, items: int, backups: int, pause: float) -> Measured:
    """Let people edit, and after a while make backups."""
    path, folder = place / "register.db", place / "backups"
    folder.mkdir()
    make_register(path, items)
    logs = [place / f"writer-{number}" for number in range(WRITERS)]
    writers = [
        subprocess.Popen(
            [sys.executable, "-P", "-c", WRITER, str(path), f"person {number}", str(pause)],
            env=environment(place),
            stdin=subprocess.PIPE,
            stdout=logs[number].open("w"),
        )
        for number in range(WRITERS)
    ]
    try:
        while not all(log.read_text() for log in logs):
            time.sleep(0.05)
        for writer in writers:
            assert writer.stdin is not None
            writer.stdin.write(b"go\n")
            writer.stdin.flush()
        while sum(map(len, edits_of(logs))) < QUIET:
            time.sleep(0.05)
        before = edits_of(logs)
        taken, made = [], []
        with Database.open(path, actor="cron") as db:
            for _ in range(backups):
                began = time.perf_counter()
                made.append(back_up(db, directory=folder).path)
                taken.append((time.perf_counter() - began) * 1000)
    finally:
        for writer in writers:
            writer.terminate()
        for writer in writers:
            writer.wait()
    edits = [ms for known, every in zip(before, edits_of(logs), strict=True) for ms in every[len(known) :]]
    return Measured([ms for every in before for ms in every], edits, taken, made)


def told(edits: list[float]) -> str:
    """How long edits or backups took."""
    return f"median {statistics.median(edits):.0f} ms, p99 {p99(edits):.0f} ms, worst {max(edits):.0f} ms"


def p99(values: list[float]) -> float:
    """What 99 of 100 values do not go beyond."""
    return sorted(values)[min(int(len(values) * 0.99), len(values) - 1)]


def drilled(place: Path, backups: list[Path]) -> int:
    """How many of the backups come back, each as what it holds and by what its trail says."""
    right = 0
    for number, backup in enumerate(backups):
        path = place / f"restored-{number}.db"
        restore(path, plan_restore(path, backup), clock=now)
        with Database.open(path) as db, Database.open(backup) as kept:
            with db.read() as session, kept.read() as other:
                same, noted = content(session) == content(other), head(other).digest
            right += same and not verify(db, head=noted)
        path.unlink()
    return right


def main() -> None:
    """Print one line for each figure; exit code 1 where a limit is not kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--backups", type=int, default=100, help="how many backups are made")
    parser.add_argument("--items", type=int, default=1000, help="how many items the register has")
    parser.add_argument("--pause", type=float, default=2.0, help="seconds between two edits of a person, in the mean")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        found = measured(place, items=chosen.items, backups=chosen.backups, pause=chosen.pause)
        right = drilled(place, found.made)
    sys.stdout.write(
        f"{len(found.before)} edits of {WRITERS} people before: {told(found.before)}\n"
        f"{len(found.taken)} backups of {chosen.items:,} items: {told(found.taken)}\n"
        f"{len(found.edits)} edits at the same time: {told(found.edits)}; limit of p99 {LIMIT_MS} ms\n"
        f"{right} of {len(found.made)} backups were restored unchanged\n"
    )
    if p99(found.edits) > LIMIT_MS or right < len(found.made):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
