"""Repositories of git for tests, whose `ai-debt` is that of this source tree."""

from __future__ import annotations

import shlex
import subprocess
from typing import TYPE_CHECKING

from tests.program import PATIENCE, PROGRAM, environment

if TYPE_CHECKING:
    from pathlib import Path

PERSON = {f"GIT_{who}_{what}": "ana@localhost" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}


class Repository:
    """A new repository of git at `place`; `home` is all that its user has."""

    def __init__(self, place: Path, home: Path) -> None:
        self.place = place
        programs = home / "bin"
        programs.mkdir(parents=True, exist_ok=True)
        program = programs / "ai-debt"
        program.write_text(f'#!/bin/sh\nexec {shlex.join(PROGRAM)} "$@"\n', encoding="utf-8")
        program.chmod(0o755)
        self._environment = environment(
            home, PRE_COMMIT_HOME=str(home / "pre-commit"), GIT_CONFIG_NOSYSTEM="1", **PERSON
        )
        self._environment["PATH"] = f"{programs}:{self._environment['PATH']}"
        place.mkdir(parents=True)
        self.git("init", "--quiet", "--initial-branch=main")

    def run(self, *arguments: str, cwd: str = ".") -> subprocess.CompletedProcess[str]:
        """Run a program here; what it prints is as in a terminal."""
        return subprocess.run(
            arguments,
            cwd=self.place / cwd,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            timeout=PATIENCE,
            check=False,
        )

    def git(self, *arguments: str) -> str:
        """What a command of git prints, which must succeed."""
        done = self.run("git", *arguments)
        assert done.returncode == 0, done.stdout
        return done.stdout.strip()

    def commit(self, **files: str | bytes) -> str:
        """Commit files; the name of the commit."""
        for name, content in files.items():
            path = self.place / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        self.git("add", "--all")
        self.git("commit", "--quiet", "--no-verify", "--allow-empty", "-m", "Files")
        return self.git("rev-parse", "HEAD")

    def read(self, name: str) -> str:
        """The exact text of a file, line ends included."""
        return (self.place / name).read_bytes().decode()
