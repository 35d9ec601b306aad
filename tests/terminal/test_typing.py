"""Keys at typing speed on a real terminal: each hits what was on the screen for it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from store.enums import Status
from store.review.commands import start
from tests.program import PROGRAM, environment
from tests.terminal.harness import Terminal
from tests.tui.reviewing import decided
from tests.tui.screen import as_bo
from tests.tui.triage import keys_of, open_register, stored

if TYPE_CHECKING:
    from pathlib import Path

FIFTEEN = keys_of(15)
WRITTEN = (Status.MITIGATED, Status.IN_PROGRESS, Status.MITIGATED, Status.IN_PROGRESS, Status.MITIGATED)


def dashboard(path: Path, home: Path) -> Terminal:
    """The dashboard on a register."""
    env = environment(home, TERM="xterm-256color", AI_DEBT_ACTOR="ana")
    return Terminal([*PROGRAM, "--db", str(path)], env=env, cwd=home)


def type_keys(terminal: Terminal, keys: str, pause: float) -> None:
    """Type keys one after the other, at a speed that asks for no answer."""
    for key in keys:
        terminal.send(key)
        time.sleep(pause)


@pytest.mark.parametrize("pause", [0.033, 0.1, 0.2])
def test_statuses_land_where_they_were_typed(tmp_path: Path, pause: float) -> None:
    path = open_register(tmp_path / "register.db", 15)
    with dashboard(path, tmp_path) as terminal:
        terminal.wait_for("15 open")
        type_keys(terminal, "gmjpjmjpjmj", pause)
        terminal.wait_for("10 open · 2 in progress")
        terminal.wait_for(f"▌{FIFTEEN[5]}")
        terminal.send("q")
        assert terminal.wait_exit() == 0
    changed = {key: row.status for key, row in stored(path).items() if row.status is not Status.OPEN}
    assert changed == dict(zip(FIFTEEN, WRITTEN, strict=False))


@pytest.mark.parametrize("awaited", ["", "\x1b[?1049h", "1 Categories"], ids=["at once", "raw", "framed"])
def test_what_is_typed_before_the_register_is_open_acts_in_order(tmp_path: Path, awaited: str) -> None:
    path = open_register(tmp_path / "register.db", 15)
    with dashboard(path, tmp_path) as terminal:
        terminal.wait_until(lambda: awaited.encode() in terminal.raw, awaited)
        terminal.send("jjmjpkkq")
        assert terminal.wait_exit() == 0
    changed = {key: row.status for key, row in stored(path).items() if row.status is not Status.OPEN}
    assert changed == {FIFTEEN[2]: Status.MITIGATED, FIFTEEN[3]: Status.IN_PROGRESS}


def test_one_packet_goes_where_each_of_its_keys_leads(tmp_path: Path) -> None:
    path = open_register(tmp_path / "register.db", 15)
    with dashboard(path, tmp_path) as terminal:
        terminal.wait_for("15 open")
        terminal.send("42Gmmpq")
        assert terminal.wait_exit() == 0
    changed = {key: row.status for key, row in stored(path).items() if row.status is not Status.OPEN}
    assert changed == {FIFTEEN[-1]: Status.IN_PROGRESS}


def test_a_key_that_is_held_down_in_a_review_decides_one_item(tmp_path: Path) -> None:
    path = open_register(tmp_path / "register.db", 15)
    with as_bo(path) as bo:
        start(bo, title="Retrospective", query=None, skip_days=14)
    with dashboard(path, tmp_path) as terminal:
        terminal.wait_for("15 open")
        terminal.press("r", "Enter")
        terminal.wait_for("Enter keep")
        terminal.settle()
        terminal.send("mmmmmmmm")
        terminal.settle()
        terminal.press("q")
        terminal.wait_for("1 All categories")
        terminal.press("q")
        assert terminal.wait_exit() == 0
    assert len(decided(path)) == 1


def test_keys_act_by_their_places_where_the_terminal_says_these(sample_copy: Path, tmp_path: Path) -> None:
    env = environment(tmp_path, TERM="xterm-kitty", AI_DEBT_DB=str(sample_copy))
    with Terminal(PROGRAM, env=env, cwd=tmp_path) as terminal:
        terminal.wait_for("11 open")
        assert b"\x1b[=4;2u" in terminal.raw
        terminal.send("\x1b[1100::109;;1100u")
        terminal.wait_for("BE-001: Mitigated")
        terminal.send("\x1b[1081::113;;1081u")
        assert terminal.wait_exit() == 0
