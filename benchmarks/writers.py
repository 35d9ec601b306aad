"""Measures many people at one register: how long an edit waits, and whether everybody gets a turn."""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from store.commands.imports.apply import apply_import  # noqa: E402 - the source tree is on the path only from here on
from store.commands.imports.plan import plan_import  # noqa: E402
from store.db.database import Database  # noqa: E402
from store.samples import sample_text  # noqa: E402
from tests.durability.crew import Crew  # noqa: E402


@dataclass(frozen=True, slots=True)
class Load:
    """So many writers, each with one edit in so many seconds (0: one after the other), and what they are held to."""

    name: str
    writers: int
    every: float
    seconds: float
    p99: float | None
    worst: float
    least: float
    """The edits of the slowest writer, as a share of `least_of`."""
    least_of: str


LOADS = (
    Load("people", 50, 2.0, 60.0, 0.250, 2.0, 0.50, "mean"),
    Load("flat out", 16, 0.0, 30.0, None, 1.0, 0.25, "most"),
)


def measure(load: Load, path: Path, seconds: float) -> bool:
    """Print a load's figures beside its limits; whether they keep them."""
    arguments = (str(load.every), str(seconds))
    with Crew() as crew:
        crew.hire("timed_editor", *((str(path), f"w{number}", *arguments) for number in range(load.writers)))
        crew.finish()
        waits = [[line["waited"] for line in member.acknowledged] for member in crew.members]
        complaints = crew.complaints
    every = sorted(wait for each in waits for wait in each)
    counts = [len(each) for each in waits]
    shares = {"mean": statistics.mean(counts), "most": max(counts)}
    p99, worst, share = every[len(every) * 99 // 100], every[-1], min(counts) / shares[load.least_of]
    figures = [
        (f"p99 {p99 * 1000:.0f} ms", load.p99 is None or p99 < load.p99, load.p99 and f"< {load.p99 * 1000:.0f} ms"),
        (f"worst {worst:.2f} s", worst < load.worst, f"< {load.worst:.0f} s"),
        (f"slowest {share:.2f} of the {load.least_of}", share >= load.least, f">= {load.least:.2f}"),
        (f"{len(complaints)} errors", not complaints, "0"),
    ]
    who = f"{load.writers} writers, {load.name}"
    told = "; ".join(f"{figure} ({limit})" if limit else figure for figure, _, limit in figures)
    kept = all(good for _, good, _ in figures)
    rate = len(every) / seconds
    sys.stdout.write(f"{who:<21}{rate:6.0f} edits/s; {told}: {'kept' if kept else 'MISSED'}\n")
    return kept


def main() -> None:
    """Measure every load on the sample."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, help="how long each load lasts instead of its own time")
    chosen = parser.parse_args()
    for load in LOADS:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "register.db"
            with Database.create(path, actor="importer") as db:
                apply_import(db, plan_import(None, sample_text(), path=None))
            measure(load, path, chosen.seconds or load.seconds)


if __name__ == "__main__":
    main()
