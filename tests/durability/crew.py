"""Processes that work on one register at once: exec'd, saying line by line what they have done, and killed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any, Self

from tests.program import PATIENCE, ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

Line = dict[str, Any]
"""One line that a worker printed."""
READY = {"ready": True}


def say(**line: object) -> None:
    """What a worker prints: a line that either arrived whole or was never said."""
    os.write(1, (json.dumps(line) + "\n").encode())


def wait_for_go() -> None:
    """What a worker does before its work: say that it is ready, and wait for the others."""
    say(**READY)
    sys.stdin.readline()


class Member:
    """One worker: a module of this package with its arguments, and what it has said so far."""

    def __init__(self, crew: Crew, module: str, arguments: tuple[str, ...]) -> None:
        self._crew = crew
        self.killed = False
        self.lines: list[Line] = []
        self.process = subprocess.Popen(
            [sys.executable, "-m", f"tests.durability.{module}", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
        )
        # Pipes that nobody empties would stop the worker.
        self._readers = [threading.Thread(target=read) for read in (self._read_lines, self._read_errors)]
        self.errors = b""
        for reader in self._readers:
            reader.start()

    def _read_lines(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.endswith(b"\n"):
                with self._crew.heard:
                    self.lines.append(json.loads(line))
                    self._crew.heard.notify_all()
        self.process.wait()
        with self._crew.heard:
            self._crew.heard.notify_all()

    def _read_errors(self) -> None:
        assert self.process.stderr is not None
        self.errors = self.process.stderr.read()

    def go(self) -> None:
        """Let it begin."""
        assert self.process.stdin is not None
        self.process.stdin.write(b"go\n")
        self.process.stdin.flush()

    def kill(self) -> None:
        """End it wherever it is."""
        self.killed = True
        self.process.kill()
        self.join()

    def join(self) -> None:
        """Tell it that no more is wanted, and wait for its end."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(timeout=PATIENCE * 10)
        for reader in self._readers:
            reader.join()
        for pipe in (self.process.stdout, self.process.stderr):
            assert pipe is not None
            pipe.close()

    @property
    def acknowledged(self) -> list[Line]:
        """The edits that were acknowledged to it."""
        return [line for line in list(self.lines) if "batch" in line]

    @property
    def complaints(self) -> list[str]:
        """What went wrong in it, other than being killed."""
        said = [line["error"] for line in list(self.lines) if "error" in line]
        if self.killed:
            return said
        return said + ([self.errors.decode(errors="replace")] if self.process.poll() not in (None, 0) else [])


class Crew:
    """All the workers of one trial; leaving it ends whoever is still at work."""

    def __init__(self) -> None:
        self.heard = threading.Condition()
        self.members: list[Member] = []

    def hire(self, module: str, *workers: tuple[str, ...]) -> list[Member]:
        """Start workers, one for each tuple of arguments, and let them begin together."""
        hired = [Member(self, module, arguments) for arguments in workers]
        self.members += hired
        self.wait(lambda: all(READY in one.lines or one.process.poll() is not None for one in hired))
        for member in hired:
            assert READY in member.lines, member.errors.decode()
            member.go()
        return hired

    def wait(self, true: Callable[[], bool]) -> None:
        """Wait until what the members have said makes something true."""
        with self.heard:
            assert self.heard.wait_for(true, timeout=PATIENCE), self.complaints

    @property
    def at_work(self) -> list[Member]:
        """Those that have not been killed."""
        return [member for member in self.members if not member.killed]

    @property
    def acknowledged(self) -> list[Line]:
        """Every edit that was acknowledged."""
        return [line for member in self.members for line in member.acknowledged]

    @property
    def complaints(self) -> list[str]:
        """What went wrong in anybody."""
        return [complaint for member in self.members for complaint in member.complaints]

    def finish(self) -> None:
        """Let everybody come to an end."""
        for member in self.at_work:
            member.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for member in self.members:
            if member.process.poll() is None:
                member.kill()
