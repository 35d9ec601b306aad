"""Other people at the same register, each in a separate process that is started by exec, never by fork alone."""

from __future__ import annotations

import json
import os
import selectors
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING

import pytest

from tests.program import PATIENCE, ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

HAND = Path(__file__).with_name("hand.py")
linux = pytest.mark.skipif(sys.platform != "linux", reason="requires Linux to find a lock's owner")


class Other:
    """A person; with `uid` one of another user, which only root can start."""

    def __init__(
        self,
        *,
        uid: int | None = None,
        gid: int | None = None,
        groups: Sequence[int] = (),
        code: Path = ROOT,
    ) -> None:
        who = ["-", "-", ""] if uid is None else [str(uid), str(gid), ",".join(map(str, groups))]
        hand = code / HAND.relative_to(ROOT)
        self._process = subprocess.Popen(
            [sys.executable, "-P", str(hand), *who],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            env={**os.environ, "PYTHONPATH": str(code), "PYTHONUTF8": "1"},
            # A stop is ignored in a process group whose parents are all elsewhere, as a runner's can be.
            process_group=0,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._in, self._out = self._process.stdin, self._process.stdout
        assert self._line() == "ready"

    @property
    def pid(self) -> int:
        """The process."""
        return self._process.pid

    def _line(self) -> str:
        with selectors.DefaultSelector() as selector:
            selector.register(self._out, selectors.EVENT_READ)
            assert selector.select(PATIENCE), "no answer"
        return self._out.readline().rstrip("\n")

    def send(self, *command: object) -> None:
        """Give a command and wait for nothing."""
        self._in.write(json.dumps(command) + "\n")
        self._in.flush()

    def answer(self) -> str:
        """What is answered next."""
        return self._line()

    @property
    def has_answered(self) -> bool:
        """Whether an answer has come within half a second."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._out, selectors.EVENT_READ)
            return bool(selector.select(0.5))

    def do(self, *command: object) -> str:
        """Give a command; the answer."""
        self.send(*command)
        return self.answer()

    def stop(self) -> None:
        """Stop the process and wait until it is."""
        self.signal(signal.SIGSTOP)
        self.wait_stopped()

    def wait_stopped(self) -> None:
        """Wait until the process is stopped."""
        wait_until(lambda: os.waitid(os.P_PID, self.pid, os.WSTOPPED | os.WNOWAIT | os.WNOHANG) is not None)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal."""
        self._process.send_signal(number)

    def kill(self) -> None:
        """End it as `kill -9` does, whatever it is at."""
        self._process.kill()
        self._process.communicate(timeout=PATIENCE)

    @property
    def is_gone(self) -> bool:
        """Whether the process has ended."""
        return self._process.poll() is not None

    def leave(self) -> None:
        """Let it end, stopped or not."""
        if self._process.poll() is None:
            self.kill()


@contextmanager
def other(**options: object) -> Iterator[Other]:
    """Another person, gone at the end."""
    person = Other(**options)  # type: ignore[arg-type]
    try:
        yield person
    finally:
        person.leave()


def readable_code(folder: Path) -> Path:
    """A copy of the program that every user can read, whoever's the checkout is."""
    # With compiled files, except for unfinished ones: other users could not keep what they compile.
    ignore = shutil.ignore_patterns("*.pyc.*")
    for package in ("store", "migrations"):
        shutil.copytree(ROOT / package, folder / package, ignore=ignore)
    (folder / "tests" / "store").mkdir(parents=True)
    shutil.copyfile(HAND, folder / HAND.relative_to(ROOT))
    return folder


def since(moment: float) -> float:
    """The seconds that have passed."""
    return monotonic() - moment


def wait_until(holds: Callable[[], bool]) -> None:
    """Wait until something holds."""
    end = monotonic() + PATIENCE
    while not holds():
        assert monotonic() < end
        sleep(0.005)
