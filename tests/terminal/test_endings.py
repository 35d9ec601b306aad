"""How the dashboard ends from outside while someone types, and what it keeps of that for the next start."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import stat
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from store.audit.verify import verify
from store.commands.items import comment
from store.db.database import Database
from store.queries.history import changes
from store.queries.overview import summary
from tests.counts import count
from tests.program import PATIENCE, PROGRAM, START, STRIKE, environment
from tests.terminal.harness import Terminal
from tui.signals import ENDING

if TYPE_CHECKING:
    from collections.abc import Callable

ENDINGS: dict[str, tuple[Callable[[Terminal], int], int, str]] = {
    "terminated": (lambda t: t.signal(signal.SIGTERM) or t.wait_exit(), 143, "the program was ended"),
    "hung up": (lambda t: t.signal(signal.SIGHUP) or t.wait_exit(), 129, "the terminal went away"),
    "dropped": (lambda t: t.hang_up(), 129, "the terminal went away"),
    "interrupted": (lambda t: t.signal(signal.SIGINT) or t.wait_exit(), 130, "the program was ended"),
    "left": (lambda t: t.press("ctrl+c", "ctrl+c") or t.wait_exit(), 0, "you quit"),
    "told to quit": (lambda t: t.signal(signal.SIGQUIT) or t.wait_exit(), 131, "the program was ended"),
}

RESTORED = (
    *((f"\x1b[?{mode}h".encode(), f"\x1b[?{mode}l".encode()) for mode in (1000, 1003, 1004, 1006, 1015, 1049, 2004)),
    *((f"\x1b[?{mode}l".encode(), f"\x1b[?{mode}h".encode()) for mode in (7, 25)),
    (b"\x1b[>", b"\x1b[<u"),
)
"""What is set for the dashboard, and set back: the mouse, the focus, the screen, pastes; lines, cursor, keyboard."""
FAULTS = {signal.SIGSEGV, signal.SIGBUS, signal.SIGFPE, signal.SIGILL}
UNCAUGHT = FAULTS | {signal.SIGKILL, signal.SIGPIPE, signal.SIGXFSZ}
"""What ends a process by default and is left as Python has it."""
DEFAULTS = """
import os, resource, signal
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
for number in signal.valid_signals() - {19, 20, 21, 22}:
    child = os.fork()
    if not child:
        if number != signal.SIGKILL:
            signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
        os._exit(0)
    if os.WIFSIGNALED(os.waitpid(child, 0)[1]):
        print(int(number))
"""
"""Says which signals end a process; those that stop one are left out."""
SHELL = """
import os, signal, sys
signal.signal(signal.SIGTTOU, signal.SIG_IGN)
job = os.fork()
if not job:
    os.setpgid(0, 0)
    os.tcsetpgrp(0, os.getpid())
    signal.signal(signal.SIGTTOU, signal.SIG_DFL)
    os.execv(sys.argv[2], sys.argv[2:])
os.waitpid(job, os.WUNTRACED)
os.tcsetpgrp(0, os.getpgrp())
os.kill(job, int(sys.argv[1]))
os.kill(job, signal.SIGCONT)
status = os.waitpid(job, os.WUNTRACED)[1]
print("stopped again" if os.WIFSTOPPED(status) else f"ended with {os.WEXITSTATUS(status)}", flush=True)
"""
"""What a shell does of `ai-debt`, ctrl+z, `kill %1`."""


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
            comment(database, ("EN-003",), f"written after {number}")
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
            newest = changes(session, limit=2)
        assert [change.note or change.after for change in newest] == [
            f"half a thought {number}",
            f"written after {number}",
        ]


def end_while_typing(home: Path, ending: str, text: str) -> None:
    """Type into a form, and end; the terminal is restored."""
    end, code, _ = ENDINGS[ending]
    with start(home) as terminal:
        before = terminal.modes
        type_a_comment(terminal, text)
        assert end(terminal) == code
        if ending != "dropped":
            check_given_back(terminal, before)


def check_given_back(terminal: Terminal, before: list[object]) -> None:
    """The terminal is restored."""
    assert terminal.modes == before
    for on, off in RESTORED:
        assert terminal.raw.rfind(off) > terminal.raw.rfind(on), on
    assert b"Traceback" not in terminal.raw


def texts(draft: Path) -> dict[str, str]:
    """What a draft keeps."""
    found = json.loads(draft.read_text(encoding="utf-8"))["texts"]
    assert isinstance(found, dict)
    return found


def test_every_signal_that_ends_a_process_is_handled_but_for_faults() -> None:
    said = subprocess.check_output([sys.executable, "-c", DEFAULTS], text=True, timeout=PATIENCE)
    assert {int(number) for number in said.split()} == {*ENDING} | UNCAUGHT


def test_the_dashboard_handles_them_from_its_first_frame_on(sample_copy: Path) -> None:
    with start(sample_copy.parent) as terminal:
        terminal.wait_for("1 of 15")
        status = Path(f"/proc/{terminal.pid}/status").read_text(encoding="ascii")
        masks = {name: int(value, 16) for name, value in re.findall(r"^(Sig\w+):\s+([0-9a-f]+)$", status, re.MULTILINE)}
        assert [number for number in ENDING if not masks["SigCgt"] >> number - 1 & 1] == []
        assert [number for number in FAULTS if masks["SigCgt"] >> number - 1 & 1] == []


@pytest.mark.soak
@pytest.mark.parametrize(
    "number", ENDING if count(0, 1) else (signal.SIGALRM, signal.SIGABRT, signal.SIGXCPU, signal.SIGRTMAX), ids=int
)
def test_any_signal_keeps_the_text_gives_the_terminal_back_and_says_its_number(number: int, sample_copy: Path) -> None:
    with start(sample_copy.parent) as terminal:
        before = terminal.modes
        type_a_comment(terminal, "half a thought")
        terminal.signal(number)
        assert terminal.wait_exit() == 128 + number
        check_given_back(terminal, before)
    (draft,) = drafts(sample_copy.parent)
    assert "half a thought" in texts(draft).values()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=int)
@pytest.mark.parametrize(
    "at",
    [
        "import tui.cli.output as output; strike(NUMBER, output, 'prepare_streams')",
        "import tui.app as app; strike(NUMBER, app.RegisterApp, '__init__')",
        "import tui.app as app; strike(NUMBER, app.RegisterApp, 'run_async')",
        "import tui.terminal as terminal; strike(NUMBER, terminal.TerminalDriver, 'start_application_mode')",
        "import tui.app as app; strike(NUMBER, app.RegisterApp, 'on_mount')",
        "import store.db.database as database; strike(NUMBER, database.Database, 'open')",
        "sys.addaudithook(lambda event, args: event == 'import' and args[0] == 'textual.app' "
        "and os.kill(os.getpid(), NUMBER))",
    ],
)
def test_a_signal_during_the_start(number: int, at: str, sample_copy: Path) -> None:
    code = f"import sys; {STRIKE}\n{at.replace('NUMBER', str(number))}\n{START}"
    with start(sample_copy.parent, code=code) as terminal:
        before = terminal.modes
        assert terminal.wait_exit() == 128 + number
        assert terminal.modes == before
        if b"\x1b[?1049h" in terminal.raw:
            check_given_back(terminal, before)
        assert b"Traceback" not in terminal.raw


def test_a_signal_during_a_write_comes_after_it(sample_copy: Path) -> None:
    at = f"from store.db.database import Database; strike({int(signal.SIGTERM)}, Database, 'write')"
    with start(sample_copy.parent, code=f"{STRIKE}\n{at}\n{START}") as terminal:
        before = terminal.modes
        terminal.wait_for("11 open")
        terminal.press("2", "g", "m")
        assert terminal.wait_exit() == 143
        check_given_back(terminal, before)
    with Database.open(sample_copy) as database, database.read() as session:
        assert summary(session).total.counts.unresolved == 10
    with Database.open(sample_copy) as database:
        assert verify(database) == ()


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
    hasty = "import tui.signals; tui.signals.PATIENCE = 2.0; "
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


def test_a_program_that_hears_nothing_gives_the_terminal_back_too(sample_copy: Path) -> None:
    deaf = "import threading, tui.app, tui.signals; tui.signals.PATIENCE = 1.0"
    deaf += "; tui.app.RegisterApp.leave = lambda *_: threading.Event().wait()\n"
    with start(sample_copy.parent, code=deaf + START) as terminal:
        before = terminal.modes
        type_a_comment(terminal, "half a thought")
        terminal.signal(signal.SIGTERM)
        assert terminal.wait_exit() == 143
        check_given_back(terminal, before)
    assert len(drafts(sample_copy.parent)) == 1


@pytest.mark.soak
@pytest.mark.parametrize(
    "pair",
    [
        (signal.SIGTERM, signal.SIGHUP),
        (signal.SIGINT, signal.SIGINT),
        (signal.SIGQUIT, signal.SIGTERM),
        (signal.SIGABRT, signal.SIGSYS),
    ],
)
def test_two_signals_keep_one_draft(pair: tuple[int, int], sample_copy: Path) -> None:
    for number in range(count(1, 20)):
        with start(sample_copy.parent) as terminal:
            before = terminal.modes
            if number:
                terminal.wait_for("You were commenting")
                terminal.press("d", "y")
            type_a_comment(terminal, "half a thought")
            for each in pair:
                terminal.signal(each)
            assert terminal.wait_exit() in {128 + each for each in pair}
            check_given_back(terminal, before)
        assert len(drafts(sample_copy.parent)) == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGSYS], ids=int)
def test_a_signal_to_a_suspended_dashboard_acts_when_it_goes_on(number: int, sample_copy: Path) -> None:
    with start(sample_copy.parent) as terminal:
        before = terminal.modes
        type_a_comment(terminal, "half a thought")
        terminal.signal(signal.SIGTSTP)
        terminal.wait_until(lambda: b"\x1b[?1049l" in terminal.raw, "the terminal to be given back")
        os.waitid(os.P_PID, terminal.pid, os.WSTOPPED | os.WNOWAIT)
        terminal.signal(number)
        terminal.signal(signal.SIGCONT)
        assert terminal.wait_exit() == 128 + number
        check_given_back(terminal, before)
    assert len(drafts(sample_copy.parent)) == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP], ids=int)
def test_a_suspended_job_that_is_killed_leaves_the_terminal_to_the_shell(number: int, sample_copy: Path) -> None:
    home = sample_copy.parent
    env = environment(home, TERM="xterm-256color", AI_DEBT_DB=str(sample_copy))
    command = [sys.executable, "-c", SHELL, str(int(number)), *PROGRAM]
    with Terminal(command, env=env, cwd=home, size=(100, 50)) as terminal:
        before = terminal.modes
        type_a_comment(terminal, "half a thought")
        (job,) = Path(f"/proc/{terminal.pid}/task/{terminal.pid}/children").read_text(encoding="ascii").split()
        os.kill(int(job), signal.SIGTSTP)
        terminal.wait_for("ended with")
        assert f"ended with {128 + number}" in terminal.text
        assert terminal.wait_exit() == 0
        check_given_back(terminal, before)
    assert len(drafts(home)) == 1


def test_a_second_start_is_not_offered_what_the_first_is_asked_about(sample_copy: Path) -> None:
    home = sample_copy.parent
    end_while_typing(home, "terminated", "half a thought")
    with start(home) as first:
        first.wait_for("You were commenting")
        with start(home) as second:
            second.wait_for("Mitigation plan")
            second.settle()
            assert "You were" not in second.text


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGKILL, -9), (signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGUSR1, 138)],
)
def test_what_an_editor_holds_when_the_program_dies_is_taken_up(number: int, code: int, sample_copy: Path) -> None:
    home = sample_copy.parent
    script = home / "ed"
    commands = ('sed -i "s/description: .*-->/&\\nnew words/" "$1"', "echo editing now", "exec sleep 999")
    script.write_text("\n".join(("#!/bin/sh", *commands, "")))
    script.chmod(0o700)
    with start(home, VISUAL=shlex.quote(str(script)), TMPDIR=str(home)) as terminal:
        terminal.wait_for("Mitigation plan")
        terminal.press("E")
        terminal.wait_for("editing now")
        terminal.signal(number)
        assert terminal.wait_exit() == code
    with start(home) as terminal:
        terminal.wait_for("in your editor")
        terminal.wait_for("the text is in")
        terminal.press("t")
        terminal.wait_for("new words")
        terminal.press("ctrl+s")
        terminal.wait_for("(u to undo)")
        terminal.press("q")
        assert terminal.wait_exit() == 0
    assert drafts(home) == []
    assert list(home.glob("ai-debt-*")) == []


def test_a_terminal_that_goes_without_a_signal_ends_it_too(sample_copy: Path) -> None:
    """A program in a separate session is not notified when its terminal closes."""
    home = sample_copy.parent
    code = f"import os, signal; signal.pthread_sigmask(signal.SIG_BLOCK, {{signal.SIGHUP}})\n{START}"
    env = environment(home, TERM="xterm-256color", AI_DEBT_DB=str(home / "register.db"))
    with Terminal([sys.executable, "-P", "-c", code], env=env, cwd=home, size=(100, 50)) as terminal:
        type_a_comment(terminal, "half a thought")
        assert terminal.hang_up() == 129
    assert len(drafts(home)) == 1
