"""How the tests start `ai-debt` in a separate process, away from the user who runs them."""

from __future__ import annotations

import os
import pwd
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
START = "import sys; sys.argv[0] = 'ai-debt'; from tui.cli.main import main; sys.exit(main())"
PROGRAM = (sys.executable, "-P", "-c", START)
"""The command line of `ai-debt` from this source tree, to be followed by its arguments."""
STRIKE = """
import os, signal
def strike(number, owner, name):
    real = getattr(owner, name)
    def struck(*given, **more):
        os.kill(os.getpid(), number)
        return real(*given, **more)
    setattr(owner, name, struck)
"""
"""A program that sends itself a signal whenever it is about to call a function."""
PATIENCE = 120.0
"""Seconds to wait for anything; no test that passes waits so long, and a loaded machine is slow and not wrong."""


def environment(home: Path, **more: str) -> dict[str, str]:
    """A small environment: `home` is the only place for data and settings; `more` adds variables or changes them."""
    return {
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "PATH": os.pathsep.join((str(Path(sys.executable).parent), os.defpath)),
        "PYTHONPATH": str(ROOT),
        "TZ": "UTC",
        **more,
    }


def user() -> str:
    """The name that the system has for whoever runs this."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid {os.getuid()}"


def run(*arguments: str, cwd: Path, home: Path | None = None, **more: str) -> subprocess.CompletedProcess[str]:
    """Run `ai-debt` without a terminal and with empty input; `home` is `cwd` unless given."""
    return subprocess.run(
        [*PROGRAM, *arguments],
        cwd=cwd,
        env=environment(home or cwd, **more),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=PATIENCE,
        check=False,
    )
