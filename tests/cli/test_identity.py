"""Whoever changes something is recorded by the real name of their user, whatever the environment says."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.program import PATIENCE, PROGRAM, START, environment, user
from tests.terminal.harness import Terminal

if TYPE_CHECKING:
    from collections.abc import Iterator

SPOOFED = dict.fromkeys(("LOGNAME", "USER", "LNAME", "USERNAME", "SUDO_UID", "LOGIN"), "mallory")
NOBODY = "nobody"


def newest(home: Path, env: dict[str, str]) -> str:
    """Who made the newest change, as the program tells."""
    done = subprocess.run(
        [*PROGRAM, "history", "--limit", "1", "--json"],
        env=env,
        cwd=home,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=PATIENCE,
        check=True,
    )
    return str(json.loads(done.stdout)["changes"][0]["actor"])


@pytest.mark.parametrize(
    ("more", "called"),
    [
        (SPOOFED, "{}"),
        ({**SPOOFED, "SUDO_USER": "mia\x1b]0;x\x07", "AI_DEBT_ACTOR": "bo\u202e"}, "{} via mia ]0;x (bo)"),
    ],
    ids=["spoofed", "sudo"],
)
def test_the_command_line_without_a_terminal(more: dict[str, str], called: str, sample_copy: Path) -> None:
    home = sample_copy.parent
    env = environment(home, AI_DEBT_DB=str(sample_copy), **more)
    subprocess.run(
        [*PROGRAM, "set", "EN-001", "--owner", "zoe"],
        env=env,
        cwd=home,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=PATIENCE,
        check=True,
        start_new_session=True,
    )
    assert newest(home, env) == called.format(user())


def test_the_dashboard(sample_copy: Path) -> None:
    home = sample_copy.parent
    env = environment(home, TERM="xterm", AI_DEBT_DB=str(sample_copy), **SPOOFED)
    with Terminal([*PROGRAM], env=env, cwd=home, size=(200, 30)) as terminal:
        terminal.wait_for("1 of 15")
        terminal.wait_until(lambda: user() in terminal.lines[0], "the user's name in the header")
        assert "mallory" not in terminal.text
        terminal.press("m")
        terminal.wait_for("(u to undo)")
        terminal.press("q")
        assert terminal.wait_exit() == 0
    assert newest(home, env) == user()


@pytest.fixture
def elsewhere(sample_copy: Path) -> Iterator[Path]:
    """A home of another user's, with a register in it."""
    home = Path(tempfile.mkdtemp(prefix="ai-debt-other-"))
    shutil.copyfile(sample_copy, home / "register.db")
    number = pwd.getpwnam(NOBODY).pw_uid
    for path in (home, home / "register.db"):
        os.chown(path, number, -1)
    yield home
    shutil.rmtree(home)


@pytest.mark.skipif(os.getuid() != 0, reason="requires root to start processes as other users")
def test_another_user_who_keeps_the_environment_of_the_first(elsewhere: Path) -> None:
    number = pwd.getpwnam(NOBODY).pw_uid
    # The other user may not be able to read this checkout and its interpreter: all is loaded before.
    code = f"""
import importlib, os, pkgutil, store, tui.cli.main, tui.cli.application, tui.crash
import platformdirs
tui.cli.application.app_of()
for module in pkgutil.walk_packages(store.__path__, "store."):
    importlib.import_module(module.name)
os.setgroups([]); os.setgid({number}); os.setuid({number})
{START}
"""
    env = environment(elsewhere, AI_DEBT_DB=str(elsewhere / "register.db"), **SPOOFED)
    told = [
        subprocess.run(
            [sys.executable, "-P", "-c", code, *arguments],
            env=env,
            cwd=elsewhere,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PATIENCE,
            check=True,
        ).stdout
        for arguments in (["set", "EN-001", "--owner", "zoe"], ["history", "--limit", "1", "--json"])
    ]
    assert json.loads(told[1])["changes"][0]["actor"] == NOBODY
