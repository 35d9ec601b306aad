"""Measures commands and the dashboard as a person meets them: time to the first paint, time and bytes per key."""

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

from store.samples import SAMPLE_NAME, sample_text  # noqa: E402 - the source tree is on the path only from here on
from tests.program import PROGRAM, environment  # noqa: E402
from tests.terminal.harness import Terminal  # noqa: E402

COMMANDS = (("--help",), ("keys",), ("dashboard",), ("list",), ("export",))
BARE = """
from textual.app import App
from textual.widgets import Static
class Bare(App):
    def compose(self):
        yield Static("bare ready")
Bare().run()
"""


@dataclass(frozen=True, slots=True)
class Screen:
    """What one start on a terminal took: seconds and bytes to the first paint, milliseconds and bytes per key."""

    paint: float
    started_bytes: int
    key_ms: float = 0.0
    key_bytes: float = 0.0


def command(arguments: tuple[str, ...], place: Path, database: Path) -> float:
    """Seconds of one run of `ai-debt`."""
    began = time.perf_counter()
    subprocess.run(
        [*PROGRAM, *arguments],
        cwd=place,
        env=environment(place, AI_DEBT_DB=str(database)),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return time.perf_counter() - began


def screen(words: list[str], awaited: str, place: Path, database: Path, *, size: tuple[int, int], keys: int) -> Screen:
    """Start a program, wait for a text, then press `Down` and `Up` in turn, `keys` times in all."""
    env = environment(place, TERM="xterm-256color", COLORTERM="truecolor", AI_DEBT_DB=str(database))
    began = time.perf_counter()
    with Terminal(words, env=env, cwd=place, size=size) as terminal:
        terminal.wait_for(awaited)
        paint = time.perf_counter() - began
        terminal.settle()
        started, times, sizes = len(terminal.raw), [], []
        for index in range(keys):
            sent, pressed = len(terminal.raw), time.perf_counter()
            terminal.press("Up" if index % 2 else "Down")
            terminal.wait_change("an answer to a key")
            times.append(time.perf_counter() - pressed)
            terminal.settle()
            sizes.append(len(terminal.raw) - sent)
        terminal.press("ctrl+q" if keys == 0 else "q")
        terminal.wait_exit()
    if not times:
        return Screen(paint, started)
    return Screen(paint, started, statistics.median(times) * 1000, statistics.median(sizes))


def imported(place: Path) -> Path:
    """A database in `place` that holds the sample."""
    (place / SAMPLE_NAME).write_text(sample_text(), encoding="utf-8")
    database = place / "register.db"
    subprocess.run(
        [*PROGRAM, "--db", str(database), "import", SAMPLE_NAME, "--yes"],
        cwd=place,
        env=environment(place),
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return database


def report(place: Path, database: Path, awaited: str, runs: int) -> None:
    """Print one line for each command and each size of the terminal."""
    for arguments in COMMANDS:
        seconds = statistics.median(command(arguments, place, database) for _ in range(runs))
        sys.stdout.write(f"{'ai-debt ' + ' '.join(arguments):<28}{seconds:8.2f} s\n")
    for size in ((80, 24), (200, 50)):
        bare = [sys.executable, "-c", BARE]
        floors = [screen(bare, "bare ready", place, database, size=size, keys=0) for _ in range(runs)]
        shown = [screen(list(PROGRAM), awaited, place, database, size=size, keys=10) for _ in range(runs)]
        floor, paint = statistics.median(s.paint for s in floors), statistics.median(s.paint for s in shown)
        key_ms, key_bytes = statistics.median(s.key_ms for s in shown), statistics.median(s.key_bytes for s in shown)
        sys.stdout.write(
            f"{f'dashboard at {size[0]}x{size[1]}':<28}{paint:8.2f} s to {awaited!r}, {paint / floor:.1f} x bare; "
            f"start {statistics.median(s.started_bytes for s in shown):.0f} B; "
            f"a key {key_ms:.0f} ms, {key_bytes:.0f} B\n"
        )


def main() -> None:
    """Measure the sample, or the database that is named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--db", type=Path, help="a database to measure on instead of the sample")
    parser.add_argument("--awaited", default="BE-001", help="the text that ends the first paint")
    parser.add_argument("--runs", type=int, default=5, help="how often each is run; the median counts")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        database = chosen.db.resolve() if chosen.db else imported(place)
        report(place, database, chosen.awaited, chosen.runs)


if __name__ == "__main__":
    main()
