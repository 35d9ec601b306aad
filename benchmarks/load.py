"""Measures import, lint, diff, export and sync of large and hostile documents: each answers, or says why not."""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.program import PROGRAM, START, environment  # noqa: E402 - the source tree is on the path only from here on

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SECONDS, MEGABYTES = 60, 1024
"""The limits of every command."""
PEAK = f"""
import atexit, resource
resource.setrlimit(resource.RLIMIT_CPU, ({2 * SECONDS}, {2 * SECONDS}))
def peak():
    with open("/proc/self/status") as status:
        found = next(line for line in status if line.startswith("VmHWM:")).split()[1]
    with open("peak.txt", "w") as file:
        file.write(found)
atexit.register(peak)
"""
"""Makes the program write its peak memory in kB: what the system counts for a process includes who started it."""
HEAD = "# Debts\n\n| ID | Title | Severity | Status |\n|---|---|---|---|\n"
LAST = "| LD-0 | The last one | Low | Open |\n"
PROSE = "It goes on for a while and says why, since when, and who knows about it. "
HOSTILE = 100_000
PIECES = ("[", "*", "|", "<", "`", "[*|<`", "[*", "*a **b ", "![a](", "` `` ", "<!--", "> ", "- ")


def rows(number: int, row: Callable[[int], str]) -> str:
    """Many rows."""
    return "".join(map(row, range(1, number + 1)))


def large() -> Iterator[tuple[str, str]]:
    """Large documents, by the name of their file."""
    table = rows(100_000, lambda n: f"| LD-{n} | Thing {n}: {PROSE * 2} | High | Open |\n")
    yield "20-mb-table.md", HEAD + table + LAST
    entry = f"**Status:** Open\n**Severity:** High\n\n{PROSE * 12}\n\n"
    yield "20-mb-headings.md", "# Debts\n\n" + rows(19_000, lambda n: f"### LD-{n} - Thing {n}\n\n{entry}")
    small = "| Debt | Priority | Status |\n|---|---|---|\n" + f"| Some debt {PROSE * 2} | P1 | Open |\n" * 40
    yield "20-mb-tables.md", "# Debts\n\n" + rows(2_000, lambda n: f"## Part {n}\n\n{small}\n")
    yield "20-mb-fence.md", f"# Debts\n\n```text\n{PROSE * 280_000}\n```\n\n{HEAD}{LAST}"
    yield "20-mb-line.csv", "ID,Title,Severity,Status\n" + "a,b," * 5_000_000
    header = "ID,Title,Severity,Status,Owner\n"
    yield "100000-rows.csv", header + rows(100_000, lambda n: f"LD-{n},Thing {n} is wrong,High,Open,Ann\n")
    yield "5-mb-cell.md", f"{HEAD}| LD-1 | {'word ' * 1_000_000} | High | Open |\n{LAST}"
    yield "5-mb-cell.csv", f"ID,Title,Severity,Status\nLD-1,{'word ' * 1_000_000},High,Open\n"
    columns = [f"Column {number}" for number in range(2_000)]
    yield "2000-columns.md", f"| ID | Title | {' | '.join(columns)} |\n{'|---' * 2_002}|\n| LD-1 | One |\n"
    yield "2000-columns.csv", f"ID,Title,{','.join(columns)}\nLD-1,One\n"


def hostile() -> Iterator[tuple[str, str]]:
    """Pieces of markup over and over, in each place that is read, by the name of their file."""
    for number, piece in enumerate(PIECES):
        text = (piece * HOSTILE)[:HOSTILE]
        places = {
            "cell": f"{HEAD}| LD-1 | {text} | High | Open |\n{LAST}",
            "heading": f"# Debts\n\n### LD-1 - {text}\n\n**Status:** Open\n\n### LD-0 - Last\n\n**Status:** Open\n",
            "entry": f"# Debts\n\n## High\n\n- [ ] **LD-1** {text}\n- [ ] **LD-0** Last\n",
            "paragraph": f"{HEAD}{LAST}\n{text}\n",
            "header": f"| ID | Title | Status | {text} |\n|---|---|---|---|\n| LD-0 | Last | Open | b |\n",
            "lines": f"{HEAD}{LAST}\n" + f"{piece}\n" * (HOSTILE // (len(piece) + 1)),
        }
        for place, document in places.items():
            yield f"{place}-{number}-of-{''.join(each for each in piece if each.isalnum()) or 'signs'}.md", document


class Measured(NamedTuple):
    """What a command took, and how it ended."""

    seconds: float
    megabytes: int
    code: int
    said: str


def measure(arguments: list[str], home: Path) -> Measured:
    """Run a command."""
    start = time.monotonic()
    said = home / "said.txt"
    with said.open("wb") as out:
        ended = subprocess.run(
            [sys.executable, "-P", "-c", PEAK + START, *arguments],
            cwd=home,
            env=environment(home, AI_DEBT_DB=str(home / "register.db")),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            check=False,
        )
    seconds = time.monotonic() - start
    peak = int((home / "peak.txt").read_text(encoding="utf-8")) // 1024
    lines = said.read_text(encoding="utf-8", errors="replace").splitlines()
    return Measured(seconds, peak, ended.returncode, lines[-1] if lines else "")


def commands(name: str, home: Path) -> Iterator[tuple[str, Measured]]:
    """What each command takes with a document."""
    suffix = Path(name).suffix
    for words in (["lint", name], ["import", name, "--dry-run"]):
        yield words[0] + " ".join(["", *words[2:]]), measure(words, home)
    imported = measure(["import", name, "--yes"], home)
    yield "import", imported
    if imported.code:
        return
    listed = subprocess.run(
        [*PROGRAM, "export", "--format", "csv"],
        cwd=home,
        env=environment(home, AI_DEBT_DB=str(home / "register.db")),
        capture_output=True,
        text=True,
        check=True,
    )
    key = listed.stdout.rsplit("\n", 2)[-2].partition(",")[0]
    measure(["set", key, "--status", "mitigated"], home)
    yield "export", measure(["export", f"new{suffix}"], home)
    yield "diff", measure(["diff", name, f"new{suffix}"], home)
    yield "sync", measure(["sync", f"new{suffix}"], home)


def main() -> int:
    """Print the table; 1 if a limit was exceeded, or a command failed without a sentence."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", metavar="PART", default="", help="only documents with this in their names")
    only = parser.parse_args().only
    failed = False
    for name, text in (*large(), *hostile()):
        if only not in name:
            continue
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / name).write_text(text, encoding="utf-8", newline="")
            for words, found in commands(name, Path(folder)):
                ok = found.seconds <= SECONDS and found.megabytes <= MEGABYTES and found.code in (0, 1, 3)
                failed |= not ok
                end = found.said[:60] if found.code == 1 else f"exit {found.code}"
                mark = " " if ok else "!"
                print(f"{mark} {name:28} {words:16} {found.seconds:6.1f} s {found.megabytes:5} MiB  {end}", flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
