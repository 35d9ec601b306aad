"""The descriptors that this process has of each register file, and what became of the file on disk."""

from __future__ import annotations

import fcntl
import os
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from store.errors import RegisterError

if TYPE_CHECKING:
    from pathlib import Path

_COUNTER = 24  # where an SQLite file counts its commits: four bytes, big end first
_AGAIN = "nothing more is saved here; leave and open it again"
_AGAIN_FORMER = f"{_AGAIN}, what you see is the former one"

# Closing any descriptor of a file drops all locks that the process holds on it, SQLite's as well: what is open more
# than once is closed with its last user.
_lock = threading.Lock()
_open: dict[tuple[int, int], _Shared] = {}


@dataclass(slots=True)
class _Shared:
    """The descriptors of one file (`free`: those without a user), all to be closed when the last user leaves."""

    descriptors: list[int] = field(default_factory=list)
    free: list[int] = field(default_factory=list)
    users: int = 0


def _identity(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino


def is_open(status: os.stat_result) -> bool:
    """Whether a file is a register that this process has open: opening and closing it again would drop its locks."""
    with _lock:
        return _identity(status) in _open


class FileHandle:
    """A file as it was found at `path`: to read its header, to ask for its locks, to see whether it is still there.

    Raises OSError where it cannot be opened; it never waits for the other end of a pipe.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._closed = False
        self._least = 0
        with _lock:
            self.identity = _identity(path.stat())
            shared = _open.get(self.identity)
            if shared is not None and shared.free:
                self.descriptor = shared.free.pop()
            else:
                # One for every user: a flock is the descriptor's.
                self.descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
                self.identity = _identity(os.fstat(self.descriptor))
                shared = _open.setdefault(self.identity, _Shared())
                shared.descriptors.append(self.descriptor)
            shared.users += 1

    def close(self) -> None:
        """Leave it; only after SQLite's own connection is closed."""
        with _lock:
            if self._closed:
                return
            self._closed = True
            shared = _open[self.identity]
            shared.users -= 1
            shared.free.append(self.descriptor)
            if not shared.users:
                del _open[self.identity]
                for descriptor in shared.descriptors:
                    os.close(descriptor)

    def unlock(self) -> None:
        """Release the flock on the descriptor; where it was closed, that has happened."""
        with _lock, suppress(OSError):
            shared = _open.get(self.identity)
            if shared is not None and self.descriptor in shared.descriptors:
                fcntl.flock(self.descriptor, fcntl.LOCK_UN)

    def read(self, length: int, start: int = 0) -> bytes:
        """Bytes of the file."""
        return os.pread(self.descriptor, length, start)

    def commits(self) -> int:
        """The file's own count of commits, which is to be read under a lock."""
        return int.from_bytes(self.read(4, _COUNTER), "big")

    def count_commits(self) -> RegisterError | None:
        """Look at the file's own count of commits, within a transaction; what is wrong where it went back.

        SQLite only ever adds to it: a smaller number comes of a copy that was written over the file in place.
        """
        counter = self.commits()
        if counter < self._least:
            return self.overwritten()
        self._least = counter
        return None

    def overwritten(self) -> RegisterError:
        """What is wrong where a copy was written over the file in place."""
        return RegisterError(f"{self.path} was overwritten by another file while it was open", _AGAIN)

    def displaced(self) -> RegisterError | None:
        """What is wrong where `path` no longer leads to this file, or another name does as well."""
        status = os.fstat(self.descriptor)
        try:
            there: os.stat_result | None = self.path.stat()
        except OSError:
            there = None
        if there is not None and _identity(there) != self.identity:
            return RegisterError(
                f"{self.path} was replaced by another file while it was open",
                _AGAIN_FORMER,
            )
        if there is None and not status.st_nlink:
            return RegisterError(
                f"{self.path} was removed while it was open",
                "nothing more is saved here; leave, and restore it from a backup",
            )
        if there is None:
            return RegisterError(
                f"{self.path} was moved away while it was open",
                "nothing more is saved here; leave and open it in its new place, or move it back",
            )
        return second_name(self.path, status)


def second_name(path: Path, status: os.stat_result) -> RegisterError | None:
    """What is wrong where a file has several names: each would have a journal of its own."""
    if status.st_nlink < 2:
        return None
    # A register that is just being made has its first, hidden name for another moment.
    hidden = 0
    for name in path.parent.glob(f".{_literal(path.name)}.new-*"):
        try:
            hidden += _identity(name.lstat()) == _identity(status)
        except OSError:
            continue
    if status.st_nlink - hidden < 2:
        return None
    return RegisterError(
        f"{path} has {status.st_nlink} names (hard links), and writing through two of them destroys it",
        f"remove the others (`find DIR -samefile` finds them), or once nobody has it open give it a file of its own "
        f"with `cp -p {path.name} copy && mv copy {path.name}`",
    )


def _literal(name: str) -> str:
    """A name as a pattern that matches itself alone."""
    import glob

    return glob.escape(name)
