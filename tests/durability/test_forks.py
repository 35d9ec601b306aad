"""No process is ever forked while a database is open in it: both would believe that the same locks are theirs."""

from __future__ import annotations

import ast
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.program import PATIENCE, ROOT, environment
from tests.test_house import python_files

if TYPE_CHECKING:
    from pathlib import Path

FORKING = {"fork", "forkpty", "preexec_fn", "multiprocessing", "ProcessPoolExecutor"}
"""What copies a process with all that is open in it; starting a program from the beginning does not."""

SHOWING = ROOT / "tests" / "store" / "hand.py"
"""Forks on purpose, to show the message that a child gets."""


def names(source: str) -> set[str]:
    """What a source takes from elsewhere: modules, what is in them, named arguments."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Attribute(attr=name) | ast.keyword(arg=str(name)):
                found.add(name)
            case ast.Import(names=imported) | ast.ImportFrom(names=imported):
                module = getattr(node, "module", None)
                found |= {part for alias in imported for part in alias.name.split(".")} | set((module or "").split("."))
    return found


def test_nothing_here_forks() -> None:
    forking = {path: found for path in python_files() if (found := names(path.read_text(encoding="utf-8")) & FORKING)}
    assert forking == {SHOWING: {"fork"}}


@pytest.mark.parametrize(
    "source",
    [
        "import os\nos.fork()",
        "from os import fork",
        "import pty\npty.fork()",
        "import multiprocessing.pool",
        "from multiprocessing import Process",
        "from concurrent.futures import ProcessPoolExecutor",
        "subprocess.Popen(['true'], preexec_fn=print)",
    ],
)
def test_every_way_to_fork_is_seen(source: str) -> None:
    assert names(source) & FORKING


WATCH = """
import os, subprocess, sys
forks = []
os.register_at_fork(before=lambda: forks.append(1))
from store.db.database import Database
from tests.durability.crew import Crew
with Database.open(sys.argv[1]), Crew() as crew:
    crew.hire("careless", (sys.argv[1], "ana", "1", "EN-001", "stale"))
    crew.finish()
    subprocess.run(["true"], check=True)
    started = len(forks)
{control}
print(started, len(forks))
"""


@pytest.mark.parametrize(("control", "counted"), [("", "0 0"), ("if not os.fork(): os._exit(0)\nos.wait()", "0 1")])
def test_a_worker_starts_without_a_fork(sample_copy: Path, tmp_path: Path, control: str, counted: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WATCH.format(control=control), str(sample_copy)],
        cwd=ROOT,
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.stdout.strip() == counted, done.stderr
