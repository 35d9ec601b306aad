"""A dashboard that is suspended from outside: between two writes, with the terminal given back, and it comes again."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest

from store.commands.items import comment
from store.db.database import Database
from tests.program import PROGRAM, environment
from tests.terminal.harness import Terminal

if TYPE_CHECKING:
    from pathlib import Path


def suspend(terminal: Terminal) -> None:
    """Stop the program, which gives the terminal back first."""
    before = len(terminal.raw)
    terminal.signal(signal.SIGTSTP)
    terminal.wait_until(lambda: b"\x1b[?1049l" in terminal.raw[before:], "the terminal to be given back")
    os.waitid(os.P_PID, terminal.pid, os.WSTOPPED | os.WNOWAIT)


def resume(terminal: Terminal) -> None:
    """Let the program go on; it paints everything again."""
    before = len(terminal.raw)
    terminal.signal(signal.SIGCONT)
    terminal.wait_until(lambda: b"\x1b[?1049h" in terminal.raw[before:], "the screen to come back")


def looks(terminal: Terminal) -> list[str]:
    """Every row of the screen, each cell with what shows of its colors."""
    rows = ([(c.data, c.bg, c.reverse, c.data.strip() and (c.fg, c.bold)) for c in row] for row in terminal.cells)
    return [repr(row) for row in rows]


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=str)
@pytest.mark.parametrize("keys", ["jjj 3jj 2kkG g 5jjjj 2jj 5. zj", "1jjj 2jj 4jj 2F jjj 1k 5zj", "2jj VVjj G ? jjG"])
def test_what_keys_change_on_the_screen_is_what_a_whole_paint_shows(
    keys: str, size: tuple[int, int], sample_copy: Path, tmp_path: Path
) -> None:
    # Rows that change are written to the terminal at once; Textual composes the whole screen.
    command = [*PROGRAM, "--db", str(sample_copy)]
    env = environment(tmp_path, TERM="xterm-256color", COLORTERM="truecolor")
    with Terminal(command, env=env, cwd=tmp_path, size=size) as terminal:
        terminal.wait_for("11 open")
        terminal.settle()
        for burst in keys.split():
            terminal.send(burst)
            terminal.settle()
        shown = looks(terminal)
        suspend(terminal)
        resume(terminal)
        terminal.settle()
        assert looks(terminal) == shown


def test_a_suspended_dashboard_keeps_nobody_from_writing(sample_copy: Path, tmp_path: Path) -> None:
    command = [*PROGRAM, "--db", str(sample_copy)]
    with Terminal(command, env=environment(tmp_path, TERM="xterm-256color"), cwd=tmp_path) as terminal:
        terminal.wait_for("11 open")
        terminal.press("2", "g", "m")
        suspend(terminal)
        with Database.open(sample_copy) as db:
            comment(db, ["EN-001"], "written meanwhile")
        resume(terminal)
        terminal.wait_for("10 open")
        terminal.press("q")
        assert terminal.wait_exit() == 0
