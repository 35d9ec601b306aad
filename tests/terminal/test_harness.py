"""The pseudo-terminal harness itself: what the other tests of this folder rely on."""

from __future__ import annotations

import signal
import sys
from typing import TYPE_CHECKING

import pytest

from tests.program import environment
from tests.terminal.harness import Terminal, colors

if TYPE_CHECKING:
    from pathlib import Path


def start(code: str, cwd: Path, *, size: tuple[int, int] = (80, 24), **env: str) -> Terminal:
    return Terminal([sys.executable, "-c", code], env=environment(cwd, **env), cwd=cwd, size=size)


def test_the_program_has_a_terminal_of_the_given_size(tmp_path: Path) -> None:
    code = "import os, sys; os.open('/dev/tty', os.O_RDWR); print(*os.get_terminal_size(), sys.stdin.isatty())"
    with start(code, tmp_path, size=(40, 12)) as terminal:
        terminal.wait_for("40 12 True")
        assert terminal.wait_exit() == 0
        assert len(terminal.lines) == 12


def test_keys_arrive_and_the_screen_follows_the_cursor(tmp_path: Path) -> None:
    code = """
import sys, tty
tty.setraw(0)
print('ready', end='', flush=True)
typed = sys.stdin.buffer.raw.read(16)
sys.stdout.write('\\x1b[2J\\x1b[3;5H' + repr(typed))
sys.stdout.flush()
sys.exit(typed != b'\\x1b[A')
"""
    with start(code, tmp_path) as terminal:
        terminal.wait_for("ready")
        terminal.press("Up")
        assert terminal.wait_exit() == 0
        assert "ready" not in terminal.text
        assert terminal.lines[2] == "    b'\\x1b[A'"


def test_a_control_key_is_its_control_character(tmp_path: Path) -> None:
    with start("print('ready', flush=True); input()", tmp_path) as terminal:
        terminal.wait_for("ready")
        terminal.press("ctrl+d")
        assert terminal.wait_exit() == 1
        assert "EOFError" in terminal.text


def test_a_new_size_reaches_the_program(tmp_path: Path) -> None:
    code = """
import os, signal
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGWINCH])
print('ready', flush=True)
signal.sigwait([signal.SIGWINCH])
print('now', *os.get_terminal_size())
"""
    with start(code, tmp_path) as terminal:
        terminal.wait_for("ready")
        terminal.resize(120, 36)
        terminal.wait_for("now 120 36")
        assert terminal.wait_exit() == 0


def test_sequences_that_draw_nothing_leave_no_trace_even_in_pieces(tmp_path: Path) -> None:
    code = """
import os
for byte in b'a\\x1b[<ub\\x1b[>1uc\\x1bP+q544e\\x1b\\\\d\\x1b[?2026$pe\\n':
    os.write(1, bytes([byte]))
"""
    with start(code, tmp_path) as terminal:
        assert terminal.wait_exit() == 0
        assert terminal.lines[0] == "abcde"


def test_a_signal_ends_the_program_and_shows_in_its_exit_code(tmp_path: Path) -> None:
    with start("import signal; print('ready', flush=True); signal.pause()", tmp_path) as terminal:
        terminal.wait_for("ready")
        terminal.signal(signal.SIGTERM)
        assert terminal.wait_exit() == -signal.SIGTERM


def test_waiting_in_vain_shows_the_screen(tmp_path: Path) -> None:
    with start("print('only this', flush=True); input()", tmp_path) as terminal:
        terminal.wait_for("only this")
        with pytest.raises(AssertionError, match=r"'something else'.*have passed(.|\n)*only this"):
            terminal.wait_for("something else", within=0.05)


def test_waiting_in_vain_ends_while_the_program_writes_on(tmp_path: Path) -> None:
    with (
        start("while True: print('again', flush=True)", tmp_path) as terminal,
        pytest.raises(AssertionError, match=r"have passed(.|\n)*again"),
    ):
        terminal.wait_for("something else", within=0.5)


def test_waiting_for_a_program_that_ended_says_so(tmp_path: Path) -> None:
    with (
        start("print('bye'); raise SystemExit(3)", tmp_path) as terminal,
        pytest.raises(AssertionError, match="with 3"),
    ):
        terminal.wait_for("something else")


TYPED = "import sys, time, tty; tty.setraw(0); print('ready', flush=True); "
SPIN = "while time.process_time() < 0.4: pass"


def test_what_works_without_a_word_is_waited_for(tmp_path: Path) -> None:
    with start(f"{TYPED}sys.stdin.read(1)\n{SPIN}\nprint('done', flush=True); time.sleep(999)", tmp_path) as terminal:
        terminal.wait_for("ready")
        terminal.press("x")
        terminal.settle()
        assert "done" in terminal.text


@pytest.mark.parametrize("code", ["time.sleep(999)", "\nwhile True: pass"], ids=["reads nothing", "works on"])
def test_what_is_not_over_is_not_rest(code: str, tmp_path: Path) -> None:
    with start(f"{TYPED}{code}", tmp_path) as terminal:
        terminal.wait_for("ready")
        terminal.press("x")
        with pytest.raises(AssertionError, match=r"not at rest(.|\n)*ready"):
            terminal.settle(within=0.5)


def test_a_program_that_ended_is_at_rest(tmp_path: Path) -> None:
    with start("print('bye', flush=True)", tmp_path) as terminal:
        terminal.settle()
        assert "bye" in terminal.text


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"\x1b[1;7mbold\x1b[0m", set()),
        (b"\x1b[31mred", {"31"}),
        (b"\x1b[1;38;2;1;2;3mrgb\x1b[48;5;7m", {"1;38;2;1;2;3", "48;5;7"}),
        (b"\x1b[97m\x1b[39m\x1b[49m", {"97"}),
    ],
)
def test_colors_are_told_from_other_styles(raw: bytes, expected: set[str]) -> None:
    assert colors(raw) == expected
