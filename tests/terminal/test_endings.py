"""How the dashboard ends from outside while somebody types, and what it keeps of that for the next start."""

from __future__ import annotations

import shlex
import signal
import stat
import sys
from typing import TYPE_CHECKING

import pytest

from store import reads, register
from store.database import Database
from tests.counts import count
from tests.program import PROGRAM, START, environment
from tests.terminal.harness import Terminal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ENDINGS: dict[str, tuple[Callable[[Terminal], int], int, str]] = {
    "terminated": (lambda t: t.signal(signal.SIGTERM) or t.wait_exit(), 143, "the program was ended"),
    "hung up": (lambda t: t.signal(signal.SIGHUP) or t.wait_exit(), 129, "the terminal went away"),
    "dropped": (lambda t: t.hang_up(), 129, "the terminal went away"),
}

RESTORED = tuple((f"\x1b[?{mode}h".encode(), f"\x1b[?{mode}l".encode()) for mode in (1000, 1003, 1006, 1049, 2004))
"""What is turned on for the dashboard, and off again."""


def start(home: Path, *, code: str = START, **more: str) -> Terminal:
    env = environment(home, TERM="xterm-256color", AI_DEBT_DB=str(home / "register.db"), **more)
    return Terminal([*PROGRAM[:-1], code], env=env, cwd=home, size=(100, 50))


def drafts(home: Path) -> list[Path]:
    return sorted((home / ".local/state/ai-debt/drafts").glob("*"))


def type_a_comment(terminal: Terminal, text: str) -> None:
    terminal.wait_for("EN-001")
    terminal.press("c")
    terminal.wait_for("Comment on")
    terminal.send(text)
    terminal.wait_for(text)


@pytest.mark.soak
@pytest.mark.parametrize("ending", ENDINGS)
def test_what_was_typed_is_kept_offered_and_saved(ending: str, sample_copy: Path) -> None:
    home = sample_copy.parent
    for number in range(count(1, 100)):
        end_while_typing(home, ending, f"half a thought {number}")
        (draft,) = drafts(home)
        assert stat.S_IMODE(draft.stat().st_mode) == 0o600
        assert stat.S_IMODE(draft.parent.stat().st_mode) == 0o700
        with Database.open(home / "register.db") as database:
            # Nothing is locked any more: another process can write at once.
            register.comment(database, ("EN-003",), f"written after {number}")
        with start(home) as terminal:
            terminal.wait_for(f"when {ENDINGS[ending][2]}")
            terminal.press("t")
            terminal.wait_for(f"half a thought {number}")
            terminal.press("ctrl+s")
            terminal.wait_gone("Comment on")
            terminal.press("q")
            assert terminal.wait_exit() == 0
        assert drafts(home) == []
        with Database.open(home / "register.db") as database, database.read() as session:
            newest = reads.changes(session, limit=2)
        assert [change.note or change.after for change in newest] == [
            f"half a thought {number}",
            f"written after {number}",
        ]


def end_while_typing(home: Path, ending: str, text: str) -> None:
    """Type into a form, and end; the terminal is as it was."""
    end, code, _ = ENDINGS[ending]
    with start(home) as terminal:
        before = terminal.modes
        type_a_comment(terminal, text)
        assert end(terminal) == code
        if ending != "dropped":
            assert terminal.modes == before
            for on, off in RESTORED:
                assert terminal.raw.rfind(off) > terminal.raw.rfind(on), on
            assert b"Traceback" not in terminal.raw


def test_the_signal_that_follows_a_hang_up_starts_nothing_anew(sample_copy: Path) -> None:
    with start(sample_copy.parent) as terminal:
        terminal.wait_for("1 of 15")
        began = len(terminal.raw)
        for _ in range(3):
            terminal.signal(signal.SIGCONT)
        terminal.press("j")
        terminal.wait_for("2 of 15")
        terminal.settle()
        assert b"\x1b[?1049h" not in terminal.raw[began:]
        terminal.signal(signal.SIGHUP)
        terminal.signal(signal.SIGCONT)
        assert terminal.wait_exit() == 129


def test_a_terminal_that_takes_nothing_does_not_keep_the_program(sample_copy: Path) -> None:
    hasty = "import tui.terminal; tui.terminal.PATIENCE = 2.0; "
    with start(sample_copy.parent, code=hasty + START) as terminal:
        type_a_comment(terminal, "half a thought")
        terminal.stall()
        # More frames than are kept for a terminal that is slow, each painted as far as it can be before the next.
        for number in range(40):
            terminal.resize(100 + number % 2, 50)
            terminal.settle()
        terminal.signal(signal.SIGTERM)
        assert terminal.wait_exit() == 143
    assert len(drafts(sample_copy.parent)) == 1


def test_two_signals_keep_one_draft(sample_copy: Path) -> None:
    with start(sample_copy.parent) as terminal:
        type_a_comment(terminal, "half a thought")
        terminal.signal(signal.SIGTERM)
        terminal.signal(signal.SIGHUP)
        assert terminal.wait_exit() in (129, 143)
    assert len(drafts(sample_copy.parent)) == 1


def test_a_second_start_is_not_offered_what_the_first_is_asked_about(sample_copy: Path) -> None:
    home = sample_copy.parent
    end_while_typing(home, "terminated", "half a thought")
    with start(home) as first:
        first.wait_for("You were commenting")
        with start(home) as second:
            second.wait_for("Mitigation plan")
            second.settle()
            assert "You were" not in second.text


def test_what_an_editor_holds_when_the_program_dies_is_taken_up(sample_copy: Path) -> None:
    home = sample_copy.parent
    script = home / "ed"
    commands = ('sed -i "s/description: .*-->/&\\nnew words/" "$1"', "echo editing now", "exec sleep 999")
    script.write_text("\n".join(("#!/bin/sh", *commands, "")))
    script.chmod(0o700)
    with start(home, VISUAL=shlex.quote(str(script)), TMPDIR=str(home)) as terminal:
        terminal.wait_for("Mitigation plan")
        terminal.press("E")
        terminal.wait_for("editing now")
        terminal.signal(signal.SIGKILL)
        assert terminal.wait_exit() == -signal.SIGKILL
    with start(home) as terminal:
        terminal.wait_for("in your editor")
        terminal.wait_for("the text is in")
        terminal.press("t")
        terminal.wait_for("new words")
        terminal.press("ctrl+s")
        terminal.wait_for("u undoes")
        terminal.press("q")
        assert terminal.wait_exit() == 0
    assert drafts(home) == []
    assert list(home.glob("ai-debt-*")) == []


def test_a_terminal_that_goes_without_a_signal_ends_it_too(sample_copy: Path) -> None:
    """A program in a session of its own is told nothing when its terminal closes."""
    home = sample_copy.parent
    code = f"import os, signal; signal.pthread_sigmask(signal.SIG_BLOCK, {{signal.SIGHUP}})\n{START}"
    env = environment(home, TERM="xterm-256color", AI_DEBT_DB=str(home / "register.db"))
    with Terminal([sys.executable, "-P", "-c", code], env=env, cwd=home, size=(100, 50)) as terminal:
        type_a_comment(terminal, "half a thought")
        assert terminal.hang_up() == 129
    assert len(drafts(home)) == 1
