"""What is loaded for reading: neither the tables, nor what only some commands need."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.program import ROOT, START, environment
from tests.terminal.harness import Terminal

if TYPE_CHECKING:
    from pathlib import Path

HEAVY = ("sqlalchemy", "sqlmodel", "pydantic", "alembic", "networkx", "lark", "dateparser", "markdown_it")
FORMS = "textual.widgets._text_area"
LOADED = f"[name for name in {(*HEAVY, FORMS)!r} if name in sys.modules]"


@pytest.mark.parametrize(
    "words",
    [
        ("list",),
        ("list", "amber", "severity:high", "--owner", "none", "--sort", "age"),
        ("list", "is:cycle", "sort:score"),
        ("first",),
        ("show", "EN-001"),
        ("history",),
        ("history", "EN-001"),
        ("dashboard",),
        ("verify",),
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("options", [(), ("--json",)], ids=["", "json"])
def test_a_command_that_reads(sample_copy: Path, words: tuple[str, ...], options: tuple[str, ...]) -> None:
    code = f"import atexit, sys\natexit.register(lambda: print({LOADED}, file=sys.stderr))\n{START}"
    done = subprocess.run(
        [sys.executable, "-P", "-c", code, *words, *options],
        cwd=sample_copy.parent,
        env=environment(sample_copy.parent, PYTHONPATH=str(ROOT), AI_DEBT_DB=str(sample_copy)),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    assert done.stderr.splitlines()[-1] == "[]"


def test_the_dashboard_until_its_first_rows_show(sample_copy: Path) -> None:
    told = sample_copy.parent / "loaded"
    code = (
        "import sys\nfrom pathlib import Path\nfrom tui.app import RegisterApp\nloaded = RegisterApp.note_loaded\n"
        f"RegisterApp.note_loaded = lambda app: (Path({str(told)!r}).write_text(str({LOADED})), loaded())\n{START}"
    )
    env = environment(sample_copy.parent, TERM="xterm-256color", AI_DEBT_DB=str(sample_copy))
    with Terminal([sys.executable, "-P", "-c", code], env=env, cwd=sample_copy.parent) as terminal:
        terminal.wait_for("11 open")
        terminal.press("q")
        assert terminal.wait_exit() == 0
    assert told.read_text(encoding="utf-8") == "[]"


def test_the_dashboard_until_its_frame_shows() -> None:
    code = "import sys\nimport tui.app, tui.cli.main\nprint([name for name in sys.modules if 'sqlite' in name])"
    done = subprocess.run(
        [sys.executable, "-P", "-c", code],
        env=environment(ROOT, PYTHONPATH=str(ROOT)),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    assert done.stdout.strip() == "[]"
