"""Connections to a register's file, copies, locks and their holders, and its descriptors."""

from __future__ import annotations

import fcntl
import os
import signal
import sqlite3
import struct
import sys
import threading
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from store.db.filesystem import user_name
from store.errors import RegisterError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

T = TypeVar("T")

APPLICATION_ID = 0x41494452
"""`AIDR` in the header of every register."""
SYNCHRONOUS = "extra"
"""Until the directory is synced as well, a journal that a commit removed comes back when the power is cut."""
PATIENCE = 10.0
"""Seconds to wait for a lock."""
LOOK = 2.0
"""Seconds after which a wait asks who holds the lock."""
_SLICE = 0.4  # seconds that SQLite waits at a time
_PAUSE = 0.02
_LIMITS = (
    (sqlite3.SQLITE_LIMIT_LENGTH, 256 * 1024 * 1024),
    (sqlite3.SQLITE_LIMIT_SQL_LENGTH, 1024 * 1024),
    (sqlite3.SQLITE_LIMIT_ATTACHED, 0),
    (sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH, 4),
)
"""Far more than any statement here needs; a file that was tampered with may try to exceed it."""


def connect(
    path: Path, *, patience: float = 10.0, mode: str = "rw", factory: type[sqlite3.Connection] = sqlite3.Connection
) -> sqlite3.Connection:
    """A connection to an existing SQLite file that starts transactions only when asked; a typo makes no file."""
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
        timeout=patience,
        factory=factory,
    )
    try:
        # Other people can write this file: its schema is not trusted to call functions.
        connection.execute("pragma trusted_schema = off")
        connection.execute("pragma cell_size_check = on")
        connection.execute(f"pragma synchronous = {SYNCHRONOUS}")
        # Without it, replacing a row would remove one without firing the triggers that guard the trail.
        connection.execute("pragma recursive_triggers = on")
        for limit, most in _LIMITS:
            connection.setlimit(limit, most)
    except BaseException:
        connection.close()
        raise
    return connection


class _Connection(sqlite3.Connection):
    """A connection whose transactions are started and ended only by statements.

    SQLAlchemy rolls back what it is given before its first use, when the transaction is open already.
    """

    def commit(self) -> None:
        """Do nothing."""

    def rollback(self) -> None:
        """Do nothing."""


def open_connection(path: Path, mode: str, patience: float) -> sqlite3.Connection:
    """A connection to a register, with the functions that its statements call."""
    raw = connect(path, patience=patience, mode=mode, factory=_Connection)
    try:
        raw.execute("pragma foreign_keys = on")
        raw.create_function("casefold", 1, _casefold, deterministic=True)
        raw.create_function("any_holds", -1, _any_holds, deterministic=True)
        # The temporary data of a sort does not belong on a disk that may be full, or that others can read.
        raw.execute("pragma temp_store = memory")
        # Common SQLite libraries corrupt a write-ahead log under a known race: this file goes without one.
        if raw.execute("pragma journal_mode").fetchone() != ("delete",):
            raw.execute("pragma journal_mode = delete")
        # The first read rolls back what a process left half written when it was killed.
        raw.execute("pragma schema_version").fetchone()
    except BaseException:
        raw.close()
        raise
    return raw


def _casefold(text: str | bytes | float | None) -> str | bytes | float | None:
    """A text to compare regardless of case; SQLite itself folds ASCII letters only."""
    # Most texts are ASCII, and LIKE disregards the case of those.
    return text if not isinstance(text, str) or text.isascii() else text.casefold()


def _any_holds(word: str, *texts: str | bytes | float | None) -> bool:
    """Whether one of some texts, case-folded, contains a case-folded word."""
    ascii_too = word.isascii()
    for text in texts:
        if isinstance(text, str) and (ascii_too or not text.isascii()) and word in text.casefold():
            return True
    return False


def copy_all(
    source: sqlite3.Connection, target: sqlite3.Connection, *, check: Callable[[], None] | None = None
) -> None:
    """Replace the content of `target` with that of `source`, in one transaction.

    `check` is called once, when `target` is locked and nothing was written yet; what it raises leaves `target`
    unchanged. It is only for a `source` that no one else writes: without it the copy is made in one step, since one
    in several steps would start over with every commit there. Raises sqlite3.OperationalError (SQLITE_BUSY).
    """
    until = monotonic() + PATIENCE
    checks = [] if check is None else [check]

    def between(_: int, remaining: int, total: int) -> None:
        if remaining == total:
            # Nothing was copied, since someone else holds a lock; SQLite itself would retry forever.
            if monotonic() > until:
                error = sqlite3.OperationalError("database is locked")
                error.sqlite_errorcode, error.sqlite_errorname = sqlite3.SQLITE_BUSY, "SQLITE_BUSY"
                raise error
        elif checks:
            # The copy holds the lock from its first page on, and writes at its end.
            checks.pop()()

    # Every register has more than one page: with one at a time there is a moment to check before the last.
    source.backup(target, pages=-1 if check is None else 1, progress=between, sleep=_PAUSE)


class FairLock:
    """A flock on the file at `path` that goes to those who wait for it in the order they asked.

    It makes waiting fair and protects nothing: a writer that cannot have it goes on without.
    """

    def __init__(self, path: Path) -> None:
        self._handle: FileHandle | None = None
        with suppress(OSError):
            self._handle = FileHandle(path)
        self._waiter: _Waiter | None = None

    def close(self) -> None:
        """Close its file."""
        if self._handle is not None:
            self._handle.close()

    @contextmanager
    def held(self, wait: Callable[[], float | None]) -> Iterator[None]:
        """Hold it, after waiting for it. `wait` returns how many more seconds to wait, None to go on without it."""
        handle = self._handle
        acquired = handle is not None and self._acquire(handle, wait)
        try:
            yield
        finally:
            if handle is not None and acquired:
                handle.unlock()

    def _acquire(self, handle: FileHandle, wait: Callable[[], float | None]) -> bool:
        if self._waiter is not None and not self._waiter.done.is_set():
            # An earlier wait for the same holder was in vain.
            return False
        try:
            fcntl.flock(handle.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waiter = self._waiter = _Waiter(handle)
        except OSError:
            return False
        else:
            return True
        acquired = False
        try:
            while (seconds := wait()) is not None:
                if waiter.done.wait(seconds):
                    acquired = waiter.acquired
                    break
        finally:
            if not acquired:
                waiter.abandon()
        return acquired


class _Waiter:
    """A thread that waits for the lock: the system's wait for it has no time limit."""

    def __init__(self, handle: FileHandle) -> None:
        self.done = threading.Event()
        self.acquired = False
        self._handle = handle
        self._lock = threading.Lock()
        self._abandoned = False
        thread = threading.Thread(target=self._wait, name="fair-lock", daemon=True)
        # A thread inherits blocked signals: only threads that write may receive a suspend.
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTSTP})
        try:
            thread.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)

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

    def abandon(self) -> None:
        """Release the lock now, or as soon as it is acquired: the wait itself cannot be canceled."""
        with self._lock:
            self._abandoned = True
            if self.acquired:
                self._handle.unlock()


# Where SQLite puts its locks in every file: https://www.sqlite.org/fileformat2.html#the_lock_byte_page
_PENDING, _RESERVED, _SHARED, _SHARED_LENGTH = 0x40000000, 0x40000001, 0x40000002, 510
_FLOCK = "hhqqi"  # type, whence, start, length, process


class Holder(NamedTuple):
    """A process that holds a lock; `user` is "someone" if unknown."""

    process: int
    user: str
    stopped: bool


def writing_process(descriptor: int) -> Holder | None:
    """The other process that writes the file, or is about to; None if there is none, or if that is unknown."""
    return _holder(descriptor, _RESERVED, 1, fcntl.F_WRLCK) or _holder(descriptor, _PENDING, 1, fcntl.F_WRLCK)


def reading_process(descriptor: int) -> Holder | None:
    """Another process that reads the file, which a writer has to wait for."""
    # A process that may only read can also share the locks of writers, though SQLite itself does so only briefly.
    return (
        _holder(descriptor, _SHARED, _SHARED_LENGTH)
        or _holder(descriptor, _RESERVED, 1, fcntl.F_RDLCK)
        or _holder(descriptor, _PENDING, 1, fcntl.F_RDLCK)
    )


def _holder(descriptor: int, start: int, length: int, wanted: int | None = None) -> Holder | None:
    """The holder of a lock on these bytes: of the `wanted` kind, or of any kind."""
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


def flock_holder(path: Path) -> Holder | None:
    """The process, possibly this one, that holds a flock on a file or directory; None if unknown."""
    try:
        status = path.stat()
        locks = Path("/proc/locks").read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    file = f"{os.major(status.st_dev):02x}:{os.minor(status.st_dev):02x}:{status.st_ino}"
    for line in locks:
        # Those that wait have an arrow after their number.
        match line.split():
            case [_, "FLOCK", _, _, process, at, *_] if at == file and int(process) > 0:
                return _described(int(process))
    return None


def _described(process: int) -> Holder:
    facts: dict[str, str] = {}
    with suppress(OSError):
        lines = Path(f"/proc/{process}/status").read_text(encoding="utf-8", errors="replace").splitlines()
        facts = dict(line.split(":", 1) for line in lines if ":" in line)
    uid, state = facts.get("Uid", "").split(), facts.get("State", "").strip()
    # By a signal, or by a debugger.
    return Holder(process, user_name(int(uid[0])) if uid else "someone", stopped=state[:1] in ("T", "t"))


def busy(path: object, descriptor: int | None) -> RegisterError:
    """The refusal of a write or read that has waited long enough, which names who holds the lock."""
    writer = None if descriptor is None else writing_process(descriptor)
    holder = writer or (None if descriptor is None else reading_process(descriptor))
    who = f"{holder.user} (process {holder.process})" if holder else "someone else"
    what = f"{path} is being {'read' if holder and not writer else 'written'} by {who}"
    if holder and holder.stopped:
        return RegisterError(
            f"{what}, which is stopped",
            f"nothing was changed; ask {holder.user} to resume it (fg) or to end it, then try again",
        )
    return RegisterError(what, "nothing was changed; try again in a moment")


def is_busy(error: BaseException) -> bool:
    """Whether an error of SQLite means that someone else holds a lock."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


class Wait:
    """One transaction's wait for its locks on the file at `path`, from now on."""

    def __init__(self, path: object, descriptor: int) -> None:
        self._path = path
        self._descriptor = descriptor
        self._began = monotonic()

    def retry(self, attempt: Callable[[float], T]) -> T:
        """The result of `attempt`, whose argument is the seconds to wait for a lock. Raises RegisterError."""
        while True:
            try:
                return attempt(min(_SLICE, max(self._began + PATIENCE - monotonic(), 0)))
            except sqlite3.OperationalError as error:
                if not is_busy(error):
                    raise
            elapsed = monotonic() - self._began
            if elapsed >= min(LOOK, PATIENCE):
                holder = writing_process(self._descriptor) or reading_process(self._descriptor)
                if elapsed >= PATIENCE or (holder is not None and holder.stopped):
                    raise busy(self._path, self._descriptor)

    def execute(
        self, connection: sqlite3.Connection, statement: str, *, each: Callable[[], None] = lambda: None
    ) -> None:
        """Execute a statement that needs a lock, calling `each` before every attempt. Raises RegisterError."""

        def attempt(seconds: float) -> None:
            each()
            be_patient(connection, seconds)
            connection.execute(statement).fetchall()

        try:
            self.retry(attempt)
        finally:
            be_patient(connection)

    def turn(self) -> float | None:
        """The seconds to go on waiting for the fair lock; None to go without it, since its holder does not write."""
        elapsed = monotonic() - self._began
        if elapsed < min(LOOK, PATIENCE):
            return min(LOOK, PATIENCE) - elapsed
        holder = writing_process(self._descriptor)
        return None if elapsed >= PATIENCE or holder is None or holder.stopped else _SLICE


def be_patient(connection: sqlite3.Connection, seconds: float | None = None) -> None:
    """Let a connection wait up to `seconds` for each lock, by default PATIENCE."""
    seconds = PATIENCE if seconds is None else seconds
    connection.execute(f"pragma busy_timeout = {round(seconds * 1000)}")


_COUNTER = 24  # where an SQLite file counts its commits: four bytes, big end first
_REOPEN = "nothing more is saved here; quit and open it again"


class _Descriptors(NamedTuple):
    """All descriptors of one file, and those without a user."""

    all: list[int]
    free: list[int]


# Closing any descriptor of a file drops all locks that the process holds on it, SQLite's as well: all descriptors
# of a file are closed together, with its last user.
_lock = threading.Lock()
_open: dict[tuple[int, int], _Descriptors] = {}


def _identity(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino


def is_open(status: os.stat_result) -> bool:
    """Whether a file is a register that this process has open: opening and closing it again would drop its locks."""
    with _lock:
        return _identity(status) in _open


class FileHandle:
    """A file found at `path`: to read its header, to ask for its locks, to check that it is still there.

    Raises OSError where it cannot be opened; it never waits for the other end of a pipe.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._commits = 0
        with _lock:
            self.identity = _identity(path.stat())
            descriptors = _open.get(self.identity)
            if descriptors is not None and descriptors.free:
                self.descriptor = descriptors.free.pop()
            else:
                # Each user has its own: a flock belongs to the descriptor.
                self.descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
                self.identity = _identity(os.fstat(self.descriptor))
                _open.setdefault(self.identity, _Descriptors([], [])).all.append(self.descriptor)

    def close(self) -> None:
        """Close it, once, after SQLite's connection."""
        with _lock:
            descriptors = _open[self.identity]
            descriptors.free.append(self.descriptor)
            if len(descriptors.free) == len(descriptors.all):
                del _open[self.identity]
                for descriptor in descriptors.all:
                    os.close(descriptor)

    def unlock(self) -> None:
        """Release the flock on the descriptor, unless it was closed."""
        with _lock, suppress(OSError):
            if self.identity in _open and self.descriptor in _open[self.identity].all:
                fcntl.flock(self.descriptor, fcntl.LOCK_UN)

    def read(self, length: int, start: int = 0) -> bytes:
        """Read bytes of the file."""
        return os.pread(self.descriptor, length, start)

    def has_write_ahead_log(self) -> bool:
        """Whether the header names a write-ahead log as the journal."""
        return max(self.read(2, 18)) > 1

    def commits(self) -> int:
        """The file's own count of commits; read it under a lock."""
        return int.from_bytes(self.read(4, _COUNTER), "big")

    def count_commits(self) -> RegisterError | None:
        """Read the count of commits within a transaction; a refusal if it went down.

        SQLite only increments it: a smaller number means that a copy was written over the file in place.
        """
        commits = self.commits()
        if commits < self._commits:
            return self.overwritten()
        self._commits = commits
        return None

    def overwritten(self) -> RegisterError:
        """The refusal of a file that another one was written over in place."""
        return RegisterError(f"{self.path} was overwritten by another file while it was open", _REOPEN)

    def path_problem(self) -> RegisterError | None:
        """The refusal of a file that is no longer at `path`, or has another name as well."""
        status = os.fstat(self.descriptor)
        try:
            found = _identity(self.path.stat())
        except OSError:
            what, remedy = "moved away", "nothing more is saved here; quit and open it at its new path, or move it back"
            if not status.st_nlink:
                what, remedy = "removed", "nothing more is saved here; quit, and restore it from a backup"
            return RegisterError(f"{self.path} was {what} while it was open", remedy)
        if found != self.identity:
            return RegisterError(
                f"{self.path} was replaced by another file while it was open",
                f"{_REOPEN}, you are looking at the old file",
            )
        return hard_links(self.path, status)


def hard_links(path: Path, status: os.stat_result) -> RegisterError | None:
    """The refusal of a file with several names, each of which would have its own journal."""
    if status.st_nlink < 2:
        return None
    # A register that is just being made still has its first, hidden name.
    hidden = 0
    with suppress(OSError):
        for name in os.listdir(path.parent):
            if name.startswith(f".{path.name}.new-"):
                with suppress(OSError):
                    hidden += _identity(path.with_name(name).lstat()) == _identity(status)
    if status.st_nlink - hidden < 2:
        return None
    return RegisterError(
        f"{path} has {status.st_nlink} hard links, and writing through two of them corrupts it",
        f"remove the others (`find DIR -samefile` finds them), or when no one has it open, make a separate file "
        f"with `cp -p {path.name} copy && mv copy {path.name}`",
    )
