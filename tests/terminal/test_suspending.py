"""A dashboard that is suspended from outside: between two writes, with the terminal given back, and it comes again."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

from store.commands.items import comment
from store.db.database import Database
from tests.program import PROGRAM, environment
from tests.terminal.harness import Terminal

if TYPE_CHECKING:
    from pathlib import Path


def test_a_suspended_dashboard_keeps_nobody_from_writing(sample_copy: Path, tmp_path: Path) -> None:
    command = [*PROGRAM, "--db", str(sample_copy)]
    with Terminal(command, env=environment(tmp_path, TERM="xterm-256color"), cwd=tmp_path) as terminal:
        terminal.wait_for("11 open")
        terminal.press("2", "g", "m")
        terminal.signal(signal.SIGTSTP)
        terminal.wait_until(lambda: b"\x1b[?1049l" in terminal.raw, "the terminal to be given back")
        os.waitid(os.P_PID, terminal.pid, os.WSTOPPED | os.WNOWAIT)
        with Database.open(sample_copy) as db:
            comment(db, ["EN-001"], "written meanwhile")
        before = len(terminal.raw)
        terminal.signal(signal.SIGCONT)
        terminal.wait_until(lambda: b"\x1b[?1049h" in terminal.raw[before:], "the screen to come back")
        terminal.wait_for("10 open")
        terminal.press("q")
        assert terminal.wait_exit() == 0
