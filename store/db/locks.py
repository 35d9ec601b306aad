"""Locks on a register: who owns one, waiting for it with a limit, and a fair order among writers."""

from __future__ import annotations

import fcntl
import os
import pwd
import signal
import sqlite3
import struct
import sys
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, TypeVar

from store.errors import RegisterError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from store.db.file_handle import FileHandle


class FairLock:
    """A lock that goes to those who wait for it in the order they asked.

    It makes waiting fair and protects nothing: who cannot have it goes on without. It is a flock on the one descriptor
    that a `handle` keeps open, since closing any other of a register would drop SQLite's locks in this process.
    """

    def __init__(self, handle: FileHandle | None) -> None:
        self._handle = handle
        self._waiter: _Waiter | None = None

    @contextmanager
    def held(self, wait: Callable[[bool], float | None]) -> Iterator[None]:
        """Hold it, after waiting for it. `wait` says how many seconds to wait on, None to go on without.

        It is told whether somebody held it for too long before, and has not released it since.
        """
        handle = self._handle
        acquired = handle is not None and self._acquire(handle, wait)
        try:
            yield
        finally:
            if handle is not None and acquired:
                handle.unlock()

    def _acquire(self, handle: FileHandle, wait: Callable[[bool], float | None]) -> bool:
        waiter, self._waiter = self._waiter, None
        overdue = waiter is not None and waiter.adopt()
        if waiter is None or not overdue:
            try:
                fcntl.flock(handle.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                waiter = _Waiter(handle)
            except OSError:
                return False
            else:
                return True
        try:
            while (seconds := wait(overdue)) is not None:
                if waiter.done.wait(seconds):
                    return waiter.acquired
        except BaseException:
            self._abandon(waiter)
            raise
        self._abandon(waiter)
        return False

    def _abandon(self, waiter: _Waiter) -> None:
        # The wait cannot be canceled: the next write here takes it over.
        if waiter.abandon():
            self._waiter = waiter


class _Waiter:
    """A thread that waits for the lock: the system's wait for it has no time limit."""

    def __init__(self, handle: FileHandle) -> None:
        self.done = threading.Event()
        self.acquired = False
        self._handle = handle
        self._lock = threading.Lock()
        self._abandoned = False
        thread = threading.Thread(target=self._wait, name="fair-lock", daemon=True)
        # A thread begins with the signals of its maker blocked: a stop is for those who write to take.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTSTP})
        try:
            thread.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def _wait(self) -> None:
        acquired = False
        with suppress(OSError):
            fcntl.flock(self._handle.descriptor, fcntl.LOCK_EX)
            acquired = True
        with self._lock:
            if acquired and self._abandoned:
                self._handle.unlock()
            self.acquired = acquired and not self._abandoned
            self.done.set()

    def abandon(self) -> bool:
        """Release it now, or as soon as it is acquired; whether the thread still waits."""
        with self._lock:
            if self.done.is_set():
                if self.acquired:
                    self._handle.unlock()
                return False
            self._abandoned = True
            return True

    def adopt(self) -> bool:
        """Take over from who abandoned it; False where it was acquired and released in the meantime."""
        with self._lock:
            self._abandoned = False
            return not self.done.is_set()


# Where SQLite puts its locks in every file: https://www.sqlite.org/fileformat2.html#the_lock_byte_page
_PENDING, _RESERVED, _SHARED, _SHARED_LENGTH = 0x40000000, 0x40000001, 0x40000002, 510
_FLOCK = "hhqqi"  # type, whence, start, length, process
_STOPPED = ("T", "t")  # by a signal, by a debugger


@dataclass(frozen=True, slots=True)
class Holder:
    """A process that holds a lock; `user` is None where the system does not tell."""

    process: int
    user: str | None
    stopped: bool


def user_name(uid: int) -> str:
    """The name of a user, or the number of one who has none."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"


def writer_of(descriptor: int) -> Holder | None:
    """The other process that writes the file, or is about to; None where there is none or the system does not tell."""
    return _holder(descriptor, _RESERVED, 1, fcntl.F_WRLCK) or _holder(descriptor, _PENDING, 1, fcntl.F_WRLCK)


def reader_of(descriptor: int) -> Holder | None:
    """Another process that reads the file, whose end a writer has to await."""
    # Whoever may only read can also hold the locks of writers, shared, though SQLite itself does so for a moment alone.
    return (
        _holder(descriptor, _SHARED, _SHARED_LENGTH)
        or _holder(descriptor, _RESERVED, 1, fcntl.F_RDLCK)
        or _holder(descriptor, _PENDING, 1, fcntl.F_RDLCK)
    )


def _holder(descriptor: int, start: int, length: int, wanted: int | None = None) -> Holder | None:
    """Who holds a lock there: of the `wanted` kind, or of any kind."""
    if sys.platform != "linux":
        return None
    asked = struct.pack(_FLOCK, fcntl.F_WRLCK, os.SEEK_SET, start, length, 0)
    try:
        kind, _, _, _, process = struct.unpack(_FLOCK, fcntl.fcntl(descriptor, fcntl.F_GETLK, asked))
    except OSError:
        return None
    if kind == fcntl.F_UNLCK or (wanted is not None and kind != wanted):
        return None
    # A process of another container, or of another machine, has no number here.
    return _described(process) if process > 0 else None


def flock_holder(place: Path) -> Holder | None:
    """The process that holds a flock on a file or directory; None where the system does not tell.

    It may be this one.
    """
    try:
        status = place.stat()
        locks = Path("/proc/locks").read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    file = f"{os.major(status.st_dev):02x}:{os.minor(status.st_dev):02x}:{status.st_ino}"
    for line in locks:
        # Those that wait have an arrow behind their number.
        match line.split():
            case [_, "FLOCK", _, _, process, at, *_] if at == file and int(process) > 0:
                return _described(int(process))
    return None


def _described(process: int) -> Holder:
    try:
        lines = Path(f"/proc/{process}/status").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return Holder(process, None, stopped=False)
    facts = dict(line.split(":", 1) for line in lines if ":" in line)
    uid = facts.get("Uid", "").split()
    state = facts.get("State", "").split()
    return Holder(process, user_name(int(uid[0])) if uid else None, stopped=bool(state) and state[0] in _STOPPED)


def busy(place: object, descriptor: int | None) -> RegisterError:
    """The refusal of a write or read that has waited long enough, with the name of whom it waited for."""
    does, holder = "written", None
    if descriptor is not None and (holder := writer_of(descriptor)) is None and (holder := reader_of(descriptor)):
        does = "read"
    if holder is None:
        return RegisterError(f"{place} is being {does} by somebody else", "nothing was changed; try again in a moment")
    who = holder.user or "somebody"
    what = f"{place} is being {does} by {who} (process {holder.process})"
    if holder.stopped:
        return RegisterError(
            f"{what}, which is stopped",
            f"nothing was changed; ask {who} to go on with it (fg) or to end it, then try again",
        )
    return RegisterError(what, "nothing was changed; try again in a moment")


T = TypeVar("T")
PATIENCE = 10.0
"""Seconds that anybody waits for anybody else."""
LOOK = 2.0
"""Seconds after which one looks whom one waits for."""
_SLICE = 0.4


def is_busy(error: BaseException) -> bool:
    """Whether an error of SQLite's says that somebody else holds a lock."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


class Wait:
    """One transaction's wait for its locks on the file at `path`, from now on."""

    def __init__(self, path: object, descriptor: int) -> None:
        self._path = path
        self._descriptor = descriptor
        self._began = monotonic()

    @property
    def _elapsed(self) -> float:
        return monotonic() - self._began

    def insist(self, attempt: Callable[[float], T]) -> T:
        """What `attempt`, told how many seconds to wait for a lock, returns once it gets it. Raises RegisterError."""
        while True:
            try:
                return attempt(min(_SLICE, max(PATIENCE - self._elapsed, 0)))
            except sqlite3.OperationalError as error:
                if not is_busy(error):
                    raise
            self._bear()

    def execute(
        self, connection: sqlite3.Connection, statement: str, *, each: Callable[[], None] = lambda: None
    ) -> None:
        """Execute a statement that needs a lock, calling `each` before every attempt. Raises RegisterError."""

        def attempt(seconds: float) -> None:
            each()
            be_patient(connection, seconds)
            connection.execute(statement).fetchall()

        try:
            self.insist(attempt)
        finally:
            be_patient(connection)

    def _bear(self) -> None:
        """Go on waiting, unless it was long enough or is for nothing."""
        elapsed = self._elapsed
        if elapsed < min(LOOK, PATIENCE):
            return
        holder = writer_of(self._descriptor) or reader_of(self._descriptor)
        if elapsed >= PATIENCE or (holder is not None and holder.stopped):
            raise busy(self._path, self._descriptor)

    def turn(self, held: bool = False) -> float | None:
        """How many seconds to wait on for one's turn; None to go on without, where nobody writes whose turn it is.

        `held`: whoever has it was waited for in vain before, which is enough.
        """
        elapsed = self._elapsed
        if elapsed >= PATIENCE:
            return None
        if held or elapsed >= LOOK:
            holder = writer_of(self._descriptor)
            if holder is None or holder.stopped:
                return None
            return _SLICE
        return min(LOOK, PATIENCE) - elapsed


def be_patient(connection: sqlite3.Connection, seconds: float | None = None) -> None:
    """Let a connection wait so long for each lock, as long as anybody does unless told otherwise."""
    seconds = PATIENCE if seconds is None else seconds
    connection.execute(f"PRAGMA busy_timeout = {round(seconds * 1000)}")
