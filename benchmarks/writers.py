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

from benchmarks.make_register import make_register  # noqa: E402 - the source tree is on the path only from here on
from store.commands.export import export_file, export_text  # noqa: E402
from store.commands.imports.apply import apply_import  # noqa: E402
from store.commands.imports.plan import plan_import  # noqa: E402
from store.db.database import Database  # noqa: E402
from store.samples import sample_text  # noqa: E402
from tests.durability.crew import Crew  # noqa: E402


@dataclass(frozen=True, slots=True)
class Load:
    """A number of writers, each with one edit in some seconds (0: one after the other), and what they are held to."""

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
    """Print a load's figures next to its limits; whether they keep them."""
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


ITEMS = 10_000
EDITORS = 4
EVERY = 0.25
LONGEST = 0.200
"""Seconds that an edit may wait while someone imports or exports."""


def measure_documents(verb: str, folder: Path, seconds: float) -> bool:
    """Print how long edits wait at most while someone imports or exports a document; whether the limit is kept."""
    document, path = folder / "debt.md", folder / "register.db"
    make_register(folder / "made.db", ITEMS)
    with Database.open(folder / "made.db") as made:
        document.write_text(export_text(made), encoding="utf-8")
    with Database.create(path, actor="importer") as db:
        plan = plan_import(None, document.read_text(encoding="utf-8"), path=None)
        apply_import(db, plan)
        export_file(db, document, force=True)
    keys = plan.added[:: ITEMS // 10]
    with Crew() as crew:
        editors = ((str(path), f"w{number}", str(EVERY), str(seconds), *keys) for number in range(EDITORS))
        people = crew.hire("timed_editor", *editors)
        worker = crew.hire("document_writer", (str(path), str(document), verb, str(seconds * 0.8)))[0]
        crew.finish()
        waits = sorted(line["waited"] for member in people for line in member.acknowledged)
        took = [line["took"] for line in worker.acknowledged]
        complaints = crew.complaints
    kept = bool(took) and waits[-1] < LONGEST and not complaints
    sys.stdout.write(
        f"{EDITORS} editors while one {verb}s {ITEMS:,} items, {len(took)} times in {max(took, default=0):.1f} s each: "
        f"median {waits[len(waits) // 2] * 1000:.0f} ms, longest wait {waits[-1] * 1000:.0f} ms "
        f"(< {LONGEST * 1000:.0f} ms); {len(complaints)} errors (0): {'kept' if kept else 'MISSED'}\n"
    )
    return kept


def main() -> None:
    """Measure every load on the sample, then imports and exports of a large register."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, help="how long each load lasts instead of the default")
    chosen = parser.parse_args()
    for load in LOADS:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "register.db"
            with Database.create(path, actor="importer") as db:
                apply_import(db, plan_import(None, sample_text(), path=None))
            measure(load, path, chosen.seconds or load.seconds)
    for verb in ("import", "export"):
        with tempfile.TemporaryDirectory() as folder:
            measure_documents(verb, Path(folder), chosen.seconds or 60.0)


if __name__ == "__main__":
    main()
