"""Measures the dashboard and the commands as a person meets them, next to a bare Textual app in the same batch."""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.program import PROGRAM, environment  # noqa: E402 - the source tree is on the path only from here on
from tests.terminal.harness import Terminal  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterable

BARE = """
from textual.app import App
from textual.widgets import Static
class Bare(App):
    def compose(self):
        yield Static("bare ready")
Bare().run()
"""
WIDE, SMALL = (120, 40), (80, 24)
SAMPLE, TEN_THOUSAND, HUNDRED_THOUSAND = SIZES = (15, 10_000, 100_000)
REST = 0.3
KEY_REST = 0.2
"""Seconds without output after which a program has nothing left to paint."""
AWHILE = 3.0
"""Seconds in which everything that is loaded after the first rows has arrived."""
IDLE = 10.0
SLOW = 900.0
KEYS = 24
FRAME = ("1 Categories", "2 Items", "3 Item", "4 Dashboard", "5 Map")


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table: what is measured, in which unit, and its limit for each of SIZES.

    unit: `paint` and `cpu` are multiples of the bare app's time and processor time to its first paint.
    """

    what: str
    unit: str
    limits: tuple[float | None, float | None, float | None]


ROWS = {
    "rows": Row("first rows with counts and the chosen item", "paint", (1.5, 1.6, 1.6)),
    "frame": Row("the empty frame", "paint", (1.25, None, None)),
    "keys": Row("CPU of one cursor key", "cpu", (0.04, 0.04, 0.05)),
    "bytes": Row("bytes of one cursor key at 80x24", "kB", (2, 2, 2)),
    "memory": Row("peak memory at first rows", "MiB", (55, 60, 75)),
    "later": Row("peak memory once all has loaded", "MiB", (None, None, None)),
    "idle": Row("bytes of ten idle seconds", "kB", (0, 0, 0)),
    "idle-cpu": Row("CPU of an idle second", "cpu", (None, None, None)),
    "list": Row("ai-debt list", "paint", (1.1, 3, 25)),
    "show": Row("ai-debt show KEY", "paint", (1.1, 1.2, 1.5)),
    "history": Row("ai-debt history KEY", "paint", (1.1, 1.2, 1.5)),
    "dashboard": Row("ai-debt dashboard", "paint", (1.1, 1.2, 1.5)),
    "import": Row("import of the document", "paint", (2, 12, 120)),
    "import-memory": Row("peak memory of that import", "MiB", (None, None, 500)),
    "export": Row("export, untouched", "paint", (1.5, 6, 40)),
    "export-changed": Row("export after one change", "paint", (1.5, 6, 40)),
    "verify": Row("verify", "paint", (1.5, 6, 40)),
}
SCREEN = {"rows", "frame", "keys", "memory", "later", "idle", "idle-cpu"}


@dataclass(frozen=True, slots=True)
class Chunk:
    """Something that a program wrote: when, its processor time and its peak memory (MiB) by then."""

    at: float
    cpu: float
    memory: float
    raw: bytes


Sight = Callable[[tuple[str, ...]], bool]
"""Whether the lines of a screen show something."""


class Watch:
    """A program on a terminal whose output is taken at once and interpreted afterwards, so that it never waits.

    Seconds count from when the program itself begins, which is after what gives it its terminal.
    """

    def __init__(self, terminal: Terminal) -> None:
        self.terminal = terminal
        self._clock = ((~terminal.pid) << 3) | 2  # As clock_getcpuclockid(3) makes it.
        line = Path(f"/proc/{terminal.pid}/cmdline")
        while b"TIOCSCTTY" in line.read_bytes():
            pass
        self._began, self._cpu = time.perf_counter(), time.clock_gettime(self._clock)

    @property
    def cpu(self) -> float:
        """Seconds of processor time until now."""
        return time.clock_gettime(self._clock) - self._cpu

    @property
    def memory(self) -> float:
        """The peak of its memory until now."""
        status = Path(f"/proc/{self.terminal.pid}/status").read_text(encoding="utf-8")
        peak = re.search(r"VmHWM:\s+(\d+)", status)
        return int(peak[1]) / 1024 if peak else 0.0

    def until_rest(self, rest: float = REST, *, awaited: bytes = b"", within: float = SLOW) -> list[Chunk]:
        """What is written until nothing has come for `rest` seconds after the text `awaited`."""
        chunks: list[Chunk] = []
        seen, last, began = b"", time.monotonic(), time.monotonic()
        while awaited not in seen or time.monotonic() - last < rest:
            raw = self.terminal.take(time.monotonic() + 0.02)
            if raw:
                chunks.append(Chunk(time.perf_counter() - self._began, self.cpu, self.memory, raw))
                last = time.monotonic()
                seen = seen if awaited in seen else seen + raw
            if time.monotonic() - began > within:
                raise AssertionError(f"no {awaited!r} in {within:g} s")
        return chunks

    def shown(self, chunks: Iterable[Chunk], *sights: Sight) -> list[Chunk]:
        """The chunks with which each sight first came to the screen, which shows all of them in the end."""
        found: dict[Sight, Chunk] = {}
        for chunk in chunks:
            self.terminal.show(chunk.raw)
            lines = self.terminal.lines
            found |= {sight: chunk for sight in sights if sight not in found and sight(lines)}
        if len(found) < len(sights):
            raise AssertionError(f"not all that was awaited came to the screen:\n{self.terminal.text}")
        return [found[sight] for sight in sights]


@dataclass(frozen=True, slots=True)
class Ran:
    """A command that ended: its seconds, those of a processor, its peak memory (MiB), and what it printed."""

    at: float
    cpu: float
    memory: float
    printed: str


class Register:
    """A register of one size, made once and kept in a folder: its database, its document, and where both agree."""

    def __init__(self, kept: Path, scratch: Path, size: int) -> None:
        self.size = size
        self._folder = kept / f"{size}-{_fingerprint()}"
        self.scratch = scratch / str(size)
        self.scratch.mkdir()
        self._changes = 0

    @cached_property
    def database(self) -> Path:
        """The register, opened and listed."""
        if self.size == SAMPLE:
            return self.imported
        return self._kept("register.db", self._generate)

    @cached_property
    def document(self) -> Path:
        """The document of the register."""
        return self._kept("document.md", self._write)

    @cached_property
    def imported(self) -> Path:
        """A register that was made by importing the document; a copy, which may be changed."""
        copy = self.scratch / "imported.db"
        shutil.copy(self._kept("imported.db", self._import), copy)
        return copy

    @cached_property
    def key(self) -> str:
        """The first item in the list."""
        printed = self.run("list").printed.splitlines()
        return next(word for line in printed for word in line.split()[:1] if re.fullmatch(r"[A-Z]+-\d+", word))

    def run(self, *arguments: str, db: Path | None = None) -> Ran:
        """Run `ai-debt` with its output in a pipe. Raises AssertionError where it fails."""
        env = environment(self.scratch, AI_DEBT_DB=str(db or self.database))
        began = time.perf_counter()
        with subprocess.Popen(
            [*PROGRAM, *arguments],
            cwd=self.scratch,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            printed, said = process.stdout.read().decode(), process.stderr.read().decode()
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise AssertionError(f"{' '.join(arguments)} ended with {process.returncode}: {said}")
        return Ran(time.perf_counter() - began, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, printed)

    def change(self) -> None:
        """Change one item of the imported register."""
        self._changes += 1
        self.run("set", self.key, "--note", f"change {self._changes}", db=self.imported)

    def _kept(self, name: str, make: Callable[[Path], None]) -> Path:
        path = self._folder / name
        if not path.exists():
            self._folder.mkdir(parents=True, exist_ok=True)
            sys.stderr.write(f"making {name} of {self.size:,} items ...\n")
            with tempfile.TemporaryDirectory(dir=self._folder) as unfinished:
                made = Path(unfinished) / name
                make(made)
                made.rename(path)
        return path

    def _generate(self, path: Path) -> None:
        maker = ROOT / "benchmarks" / "make_register.py"
        subprocess.run([sys.executable, maker, path, str(self.size)], env=environment(self.scratch), check=True)

    def _write(self, path: Path) -> None:
        if self.size == SAMPLE:
            from store.samples import sample_text

            path.write_text(sample_text(), encoding="utf-8")
        else:
            self.run("export", str(path))

    def _import(self, path: Path) -> None:
        self.run("import", str(self.document), "--yes", db=path)


def _fingerprint() -> str:
    """Tells registers apart that other code made."""
    files = (ROOT / "benchmarks" / "make_register.py", *sorted((ROOT / "migrations" / "versions").glob("*.py")))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:12]


class Batch:
    """Figures of several rounds, in each of which everything is measured once: noise hits all alike."""

    def __init__(self, wanted: set[str], registers: list[Register], folder: Path) -> None:
        self.wanted = wanted
        self.registers = registers
        self.folder = folder
        self.figures: dict[tuple[str, int], list[float]] = defaultdict(list)
        self.cpu: dict[tuple[str, int], list[float]] = defaultdict(list)
        self.bare: dict[str, list[float]] = {"paint": [], "cpu": [], "MiB": []}

    def add(self, name: str, size: int, figure: float) -> None:
        """Take in a figure, if it is wanted."""
        if name in self.wanted:
            self.figures[name, size].append(figure)

    def add_time(self, name: str, size: int, taken: Chunk | Ran) -> None:
        """Take in how long something took, and how much of that on a processor."""
        self.add(name, size, taken.at)
        self.cpu[name, size].append(taken.cpu)

    def round(self) -> None:
        """Measure everything once."""
        self._measure_bare()
        for register in self.registers:
            if self.wanted & SCREEN:
                self._measure_screen(register)
            if "bytes" in self.wanted:
                self._measure_bytes(register)
            self._measure_commands(register)

    def warm_up(self) -> None:
        """Make what is not there yet, and load everything once that the system keeps in memory."""
        self._measure_bare()
        for register in self.registers:
            with _dashboard(register, WIDE) as terminal:
                Watch(terminal).until_rest(awaited=register.key.encode())
        for figures in self.bare.values():
            figures.clear()

    def _measure_bare(self) -> None:
        with Terminal([sys.executable, "-c", BARE], env=_environment(self.folder), cwd=self.folder, size=WIDE) as bare:
            watch = Watch(bare)
            chunks = watch.until_rest(awaited=b"bare ready")
            self.bare["cpu"].append(watch.cpu)
            (painted,) = watch.shown(chunks, lambda lines: "bare ready" in lines[0])
            self.bare["paint"].append(painted.at)
            self.bare["MiB"].append(painted.memory)

    def _measure_screen(self, register: Register) -> None:
        key, size = register.key, register.size
        with _dashboard(register, WIDE) as terminal:
            watch = Watch(terminal)
            chunks = watch.until_rest(awaited=key.encode())
            frame, rows = watch.shown(chunks, _has_frame, lambda lines: _has_rows(lines, key))
            self.add_time("frame", size, frame)
            self.add_time("rows", size, rows)
            self.add("memory", size, rows.memory)
            if self.wanted & {"keys", "later", "idle", "idle-cpu"}:
                watch.until_rest(AWHILE)
                self.add("later", size, watch.memory)
            if "keys" in self.wanted:
                self.add("keys", size, statistics.median(cpu for cpu, _ in _keys(watch)))
            if self.wanted & {"idle", "idle-cpu"}:
                cpu = watch.cpu
                self.add("idle", size, sum(len(chunk.raw) for chunk in watch.until_rest(IDLE)) / 1000)
                self.add("idle-cpu", size, (watch.cpu - cpu) / IDLE)

    def _measure_bytes(self, register: Register) -> None:
        with _dashboard(register, SMALL) as terminal:
            watch = Watch(terminal)
            watch.until_rest(awaited=register.key.encode())
            watch.until_rest(AWHILE)
            self.add("bytes", register.size, statistics.median(number for _, number in _keys(watch)) / 1000)

    def _measure_commands(self, register: Register) -> None:
        key, size = register.key, register.size
        for name, arguments in (
            ("list", ("list",)),
            ("show", ("show", key)),
            ("history", ("history", key)),
            ("dashboard", ("dashboard",)),
            ("verify", ("verify",)),
        ):
            if name in self.wanted:
                self.add_time(name, size, register.run(*arguments))
        if self.wanted & {"import", "import-memory"}:
            new = register.scratch / "new.db"
            ran = register.run("import", str(register.document), "--yes", db=new)
            new.unlink()
            self.add_time("import", size, ran)
            self.add("import-memory", size, ran.memory)
        if self.wanted & {"export", "export-changed"}:
            exported, db = str(register.scratch / "exported.md"), register.imported
            self.add_time("export", size, register.run("export", exported, db=db))
            register.change()
            self.add_time("export-changed", size, register.run("export", exported, db=db))

    def report(self) -> str:
        """The table. CPU: the processor time as a multiple of the bare app's, which noise of others does not change."""
        paint, cpu = (statistics.median(self.bare[unit]) for unit in ("paint", "cpu"))
        lines = [
            f"a bare Textual app: first paint {paint:.3f} s, CPU {cpu:.3f} s, "
            f"{statistics.median(self.bare['MiB']):.0f} MiB; {len(self.bare['paint'])} rounds, "
            f"load {os.getloadavg()[0]:.1f}",
            f"{'':44}{'items':>8}{'median':>10}{'lowest':>10}{'highest':>10}{'limit':>8}{'CPU':>10}",
        ]
        for name, row in ROWS.items():
            for at, size in enumerate(SIZES):
                figures = sorted(self.figures.get((name, size), ()))
                if not figures:
                    continue
                floors = self.bare.get(row.unit, ()) if row.unit in ("paint", "cpu") else ()
                floor = statistics.median(floors) if floors else 1.0
                lowest, median, highest = (x / floor for x in (figures[0], statistics.median(figures), figures[-1]))
                limit = row.limits[at]
                used = self.cpu.get((name, size))
                lines.append(
                    f"{f'{row.what} ({name})':44}{size:8,}{median:10.3g}{lowest:10.3g}{highest:10.3g}"
                    f"{'' if limit is None else f'{limit:g}':>8}"
                    f"{f'{statistics.median(used) / cpu:10.3g}' if used else '':10}{'' if floors else f' {row.unit}'}"
                    f"{'' if limit is None or median <= limit else '  over'}"
                )
        return "\n".join(lines)


def _environment(place: Path, **more: str) -> dict[str, str]:
    return environment(place, TERM="xterm-256color", COLORTERM="truecolor", **more)


def _dashboard(register: Register, size: tuple[int, int]) -> Terminal:
    place = register.scratch
    return Terminal(PROGRAM, env=_environment(place, AI_DEBT_DB=str(register.database)), cwd=place, size=size)


def _has_frame(lines: tuple[str, ...]) -> bool:
    text = "\n".join(lines)
    return all(title in text for title in FRAME)


def _has_rows(lines: tuple[str, ...], key: str) -> bool:
    """Whether the counts are there, the item in its list, and the item in a separate pane."""
    return re.search(r"\d open", lines[0]) is not None and "\n".join(lines).count(key) > 1


def _keys(watch: Watch) -> list[tuple[float, int]]:
    """Processor time and bytes of each of some cursor keys, pressed one by one."""
    found = []
    for key in ["Down"] * (KEYS // 3) + ["Up", "Down"] * (KEYS // 3):
        cpu = watch.cpu
        watch.terminal.press(key)
        chunks = watch.until_rest(KEY_REST)
        found.append((watch.cpu - cpu, sum(len(chunk.raw) for chunk in chunks)))
        watch.shown(chunks)
    return found


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", choices=ROWS, metavar="ROW", help=f"some rows only: {', '.join(ROWS)}")
    parser.add_argument("--items", nargs="+", type=int, choices=SIZES, help="some sizes only")
    parser.add_argument("--large", action="store_true", help=f"{HUNDRED_THOUSAND:,} items, too (for an hour)")
    parser.add_argument("--runs", type=int, default=5, help="rounds")
    parser.add_argument("--keep", type=Path, default=ROOT / "build" / "bench", help="where generated registers stay")
    chosen = parser.parse_args()
    sizes = chosen.items or (SIZES if chosen.large else SIZES[:2])
    with tempfile.TemporaryDirectory() as folder:
        registers = [Register(chosen.keep, Path(folder), size) for size in sizes]
        batch = Batch(set(chosen.only or ROWS), registers, Path(folder))
        batch.warm_up()
        for _ in range(chosen.runs):
            batch.round()
    sys.stdout.write(batch.report() + "\n")


if __name__ == "__main__":
    main()
