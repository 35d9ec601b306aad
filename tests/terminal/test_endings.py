"""How the dashboard ends from outside while somebody types, and what it keeps of that for the next start."""

from __future__ import annotations

import signal
import stat
from typing import TYPE_CHECKING

import pytest

from tests.program import PROGRAM, environment
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


def start(home: Path, **more: str) -> Terminal:
    env = environment(home, TERM="xterm-256color", AI_DEBT_DB=str(home / "register.db"), **more)
    return Terminal([*PROGRAM], env=env, cwd=home, size=(100, 50))


def drafts(home: Path) -> list[Path]:
    return sorted((home / ".local/state/ai-debt/drafts").glob("*"))


def type_a_comment(terminal: Terminal, text: str) -> None:
    terminal.wait_for("EN-001")
    terminal.press("c")
    terminal.wait_for("Comment on")
    terminal.send(text)
    terminal.wait_for(text)


@pytest.mark.parametrize("ending", ENDINGS)
def test_what_was_typed_is_kept_offered_and_saved(ending: str, sample_copy: Path) -> None:
    home = sample_copy.parent
    end, code, why = ENDINGS[ending]
    with start(home) as terminal:
        before = terminal.modes
        type_a_comment(terminal, "half a thought")
        assert end(terminal) == code
        if ending != "dropped":
            assert terminal.modes == before
            for on, off in RESTORED:
                assert terminal.raw.rfind(off) > terminal.raw.rfind(on), on
            assert b"Traceback" not in terminal.raw
    (draft,) = drafts(home)
    assert stat.S_IMODE(draft.stat().st_mode) == 0o600
    assert stat.S_IMODE(draft.parent.stat().st_mode) == 0o700
    with start(home) as terminal:
        terminal.wait_for(f"when {why}")
        terminal.press("t")
        terminal.wait_for("half a thought")
        terminal.send(" made whole")
        terminal.press("ctrl+s")
        terminal.wait_gone("Comment on")
        terminal.press("q")
        assert terminal.wait_exit() == 0
    assert drafts(home) == []
