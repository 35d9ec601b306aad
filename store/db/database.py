"""A register database: open, create, read and write transactions, the only commit."""

from __future__ import annotations

import os
import sqlite3
import threading
from contextlib import ExitStack, closing, contextmanager, nullcontext, suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

from store.audit.log import UnitOfWork, compact_json, current_actor, head
from store.clock import Clock, format_time, now
from store.db import migrate
from store.db.bulk import staging
from store.db.errors import refusal, translated_errors, unreadable_values
from store.db.files import check_register, make_directory, make_register
from store.db.filesystem import (
    check_creatable,
    fair_lock_path,
    network_refusal,
    read_only_refusal,
    sharing_commands,
    sticky_bit,
)
from store.db.reader import Reader
from store.db.sqlite import FairLock, Wait, be_patient, connect, copy_all, is_busy, open_connection
from store.db.suspend import DeferredSuspend
from store.errors import RESTORE, DamagedError, RegisterError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import Engine
    from sqlmodel import Session

    from store.audit.log import Head
    from store.db.bulk import Staged
    from store.db.sqlite import FileHandle


_MAYBE_DAMAGED = (
    *(LookupError, ValueError, TypeError, AttributeError, ArithmeticError, RecursionError),
    sqlite3.Error,
)


class RegisterFile:
    """The file of a register, opened: its transactions, and whether it is still the one at its path."""

    def __init__(
        self, path: Path, *, clock: Clock, allow_network_fs: bool = False, read_only: RegisterError | None = None
    ) -> None:
        """Open it, after upgrading it if it is older than this program; only for reading where it cannot be written.

        `read_only`: why it must not be written even by those who could. Raises RegisterError for what is missing, not
        a register, or newer than this program.
        """
        self.path = path
        self.caution: str | None = None
        self._overwritten: RegisterError | None = None
        self._foreign: RegisterError | None = None
        self._schema: int | None = None
        self._first_digest: tuple[str] | None = None
        self._version = 0
        self._suspend = DeferredSuspend()
        with ExitStack() as stack:
            self.handle = stack.enter_context(closing(check_register(path)))
            remote = network_refusal(path, self.handle.descriptor)
            self._read_only = read_only or (None if allow_network_fs else remote) or read_only_refusal(path)
            self.trouble = self._read_only
            with translated_errors(path, self.handle.descriptor):
                self.raw = stack.enter_context(closing(_connected(self.handle, self._read_only, clock)))
            if remote and not self._read_only:
                self.caution = f"{remote.what}: make sure that only this machine opens it"
            elif not self._read_only and (found := sticky_bit(path)):
                self.caution = f"{found}: {sharing_commands(path.resolve())}"
            self._fair_lock = stack.enter_context(closing(FairLock(fair_lock_path(path, self.handle.descriptor))))
            self._wait = self._new_wait()
            self.data_version()
            self._stack = stack.pop_all()

    def close(self) -> None:
        """Close the connection, then the descriptors: closing one drops the locks of the connection."""
        self._stack.close()

    @contextmanager
    def translated_errors(self) -> Iterator[None]:
        """Turn SQLite's errors into sentences, and errors that come from a damaged file into DamagedError."""
        with translated_errors(self.path, self.handle.descriptor):
            try:
                yield
            except Exception as error:
                if not isinstance(getattr(error, "orig", error), _MAYBE_DAMAGED):
                    raise
                if _is_about_a_value(error) and (found := next(unreadable_values(self.raw), None)):
                    raise DamagedError(f"{self.path} is damaged: {found}", f"ask who wrote it, or {RESTORE}") from error
                if not isinstance(error, LookupError) or self._is_sound():
                    raise
                what = f"{self.path} is damaged (something refers to a missing row)"
                raise DamagedError(what, RESTORE) from error

    def _is_sound(self) -> bool:
        """Whether every row and every index is where others expect it; then an error is the program's own."""
        sound = self.raw.execute("pragma integrity_check(1)").fetchone() == ("ok",)
        return sound and self.raw.execute("pragma foreign_key_check").fetchone() is None

    @contextmanager
    def reading(self) -> Iterator[None]:
        """A transaction to read in. It holds a lock, too, so writers have to wait for it to end."""
        self._wait = self._new_wait()
        with self._suspend:
            try:
                self.raw.execute("begin")
                # It takes the lock now, while the wait for it can still be cut into slices.
                self._wait.execute(self.raw, "pragma schema_version", each=self._defer_suspend)
                self._check_schema()
                if isinstance(self._foreign, DamagedError):
                    raise DamagedError(self._foreign.what, self._foreign.remedy)
                yield
            finally:
                self._roll_back()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """The turn to write; rolls back at its end. Raises RegisterError where nothing can be written."""
        if self._foreign:
            # It may have been removed since: the transaction begins with another check.
            self._foreign = self._schema = None
        self.check()
        self._wait = self._new_wait()
        with self._suspend, self._fair_lock.held(self._wait.turn):
            try:
                yield
            finally:
                # After a commit that never got its lock, the transaction is still open.
                self._roll_back()

    def check(self) -> None:
        """Raise what prevents writing the file: an edit of one that was moved or replaced would be lost."""
        self._find_trouble()
        if self.trouble is not None:
            raise RegisterError(self.trouble.what, self.trouble.remedy)

    def _find_trouble(self) -> None:
        self.trouble = self._read_only or self._overwritten or self.handle.path_problem() or self._foreign

    def data_version(self) -> int:
        """A number that changes when another connection has committed.

        This also updates `trouble`: what happened to the file, or that it can no longer be read.
        """
        try:
            with self._suspend:
                self._suspend.begin()
                self._read_version()
        except sqlite3.Error as error:
            if not is_busy(error):
                self.trouble = refusal(self.path, error)
            return self._version
        self._find_trouble()
        return self._version

    def _read_version(self) -> None:
        (version,) = self.raw.execute("pragma data_version").fetchone()
        if version == self._version:
            return
        try:
            self.raw.execute("begin")
            # Under this lock no commit is half written, and an interrupted one is rolled back.
            self._check_schema()
            self._count_commits()
            if not isinstance(self._foreign, DamagedError):
                self._compare_first_digest()
        finally:
            self._roll_back()
        self._version = int(version)

    def _check_schema(self) -> None:
        """Check the schema again after it was changed, so that nothing in it can act in this transaction."""
        (version,) = self.raw.execute("pragma schema_version").fetchone()
        if version != self._schema:
            self._foreign = next(migrate.foreign(self.path, self.raw), None)
            self._schema = version

    def _count_commits(self) -> None:
        self._overwritten = self._overwritten or self.handle.count_commits()

    def _compare_first_digest(self) -> None:
        """Notice that another register was written over this one in place: the first change of its trail differs."""
        digest = self.raw.execute("select digest from change order by sequence limit 1").fetchone()
        if self._first_digest is not None and digest != self._first_digest:
            self._overwritten = self._overwritten or self.handle.overwritten()
        self._first_digest = self._first_digest or digest

    def _new_wait(self) -> Wait:
        return Wait(self.path, self.handle.descriptor)

    def begin_writing(self, *, again: bool = True) -> None:
        """Begin a transaction to write in. Raises RegisterError where nothing can be written."""
        self._wait.execute(self.raw, "begin immediate", each=self._defer_suspend)
        self._count_commits()
        self._check_schema()
        self.check()
        try:
            migrate.open_journal(self.path, self.raw)
        except sqlite3.OperationalError as error:
            # An empty journal that only its maker may write: another program was killed right after it made it.
            code = getattr(error, "sqlite_errorcode", None)
            if not again or code not in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR_WRITE):
                raise
            if code == sqlite3.SQLITE_CANTOPEN:
                self._remove_empty_journal()
            # SQLite removes it where it could at least open it.
            self._roll_back()
            self.begin_writing(again=False)

    def _remove_empty_journal(self) -> None:
        # The lock is held, so no one is writing, and there is nothing in it to roll back.
        journal = Path(f"{self.path.resolve()}-journal")
        with suppress(OSError):
            if self.raw.in_transaction and journal.lstat().st_size == 0:
                journal.unlink()

    def _roll_back(self) -> None:
        # After some errors SQLite has done so already.
        if self.raw.in_transaction:
            self.raw.execute("rollback")

    def _defer_suspend(self) -> None:
        # Let a pending suspend happen between two attempts.
        self._suspend.end()
        self._suspend.begin()

    def commit(self) -> None:
        """Commit the transaction."""
        self._new_wait().execute(self.raw, "commit")


def _is_about_a_value(error: Exception) -> bool:
    """Whether an error may come from a value of the wrong kind in a file that can still be read."""
    cause = getattr(error, "orig", error)
    if not isinstance(cause, sqlite3.Error):
        return True
    code = getattr(cause, "sqlite_errorcode", None)
    return "decode" in str(cause) if code is None else code & 0xFF == sqlite3.SQLITE_ERROR


def _connected(handle: FileHandle, read_only: RegisterError | None, clock: Clock) -> sqlite3.Connection:
    """A connection to a register of the newest revision."""
    path, has_log = handle.path, handle.has_write_ahead_log()
    if has_log and read_only:
        raise RegisterError(
            f"{path} uses a write-ahead log that you have no access to",
            "ask someone with write permission to open it once",
        )
    try:
        raw = Wait(path, handle.descriptor).retry(
            lambda seconds: open_connection(path, "ro" if read_only else "rw", seconds)
        )
    except RegisterError:
        if not has_log:
            raise
        raise RegisterError(
            f"{path} is in use by another program with a write-ahead log", "close that program, then try again"
        ) from None
    try:
        migrate.refuse_foreign(path, raw)
        revision = migrate.read_revision(raw)
        if revision != migrate.HEAD:
            if read_only and revision is not None and revision > migrate.HEAD:
                raise migrate.newer(path, revision)
            if read_only:
                raise RegisterError(
                    f"{path} must be upgraded before it can be read (its revision is {revision or 'none'})",
                    f"ask someone with write permission to open it once, since {read_only.what}",
                )
            migrate.upgrade(path, clock=clock)
        be_patient(raw)
    except BaseException:
        raw.close()
        raise
    return raw


def default_path() -> Path:
    """Where a user's register is by default."""
    import platformdirs

    return platformdirs.user_data_path("ai-debt", appauthor=False) / "register.db"


class Database:
    """One open register: short transactions for one thread at a time, whichever thread that is."""

    def __init__(self, file: RegisterFile, *, clock: Clock, actor: str | None, as_of: datetime | None = None) -> None:
        """Use `open` or `create`."""
        self.path = file.path
        self.clock = clock
        self.actor = actor or current_actor()
        self.as_of = as_of
        """The time that it was rebuilt for; None for the register of today."""
        self._file = file
        self._reader = Reader(file.raw, clock=clock, as_of=as_of)
        self._lock = threading.RLock()
        self._busy = False
        self._process = os.getpid()

    @cached_property
    def _engine(self) -> Engine:
        """SQLAlchemy on the one connection; reads do without, since importing it takes longer than drawing a screen."""
        from sqlalchemy import create_engine
        from sqlalchemy.pool import StaticPool

        connection = self._file.raw
        return create_engine(
            "sqlite://", creator=lambda: connection, poolclass=StaticPool, json_serializer=compact_json
        )

    def _session(self) -> Session:
        """A session in the transaction that is open."""
        from sqlmodel import Session

        return Session(self._engine, expire_on_commit=False)

    @classmethod
    def open(
        cls, target: str | Path, *, clock: Clock = now, actor: str | None = None, allow_network_fs: bool = False
    ) -> Self:
        """Open the register at a path or URL, after upgrading it if it is older than this program.

        Where it can only be read, or is on a network file system and that is not allowed, it opens for reading:
        `trouble` says why. Raises RegisterError for what is missing, not a register, or newer than this program.
        """
        file = RegisterFile(path_of(target), clock=clock, allow_network_fs=allow_network_fs)
        return cls(file, clock=clock, actor=actor)

    @classmethod
    def create(
        cls,
        target: str | Path,
        *,
        clock: Clock = now,
        actor: str | None = None,
        exist_ok: bool = False,
        parents: bool = False,
        allow_network_fs: bool = False,
    ) -> Self:
        """Make an empty register at a path or URL; an existing one is refused, or opened if `exist_ok`.

        The directory must exist, unless it is that of the default path, or `parents` asks for it to be made.
        """
        path = path_of(target)
        if parents or path == default_path():
            make_directory(path.parent)
        if not allow_network_fs:
            check_creatable(path.parent)
        with translated_errors(path):
            made = make_register(path, migrate.build)
        if not made and not exist_ok:
            raise RegisterError(f"{path} already exists", "open it, or choose another path with --db")
        return cls.open(path, clock=clock, actor=actor, allow_network_fs=allow_network_fs)

    @classmethod
    def open_past(cls, path: Path, moment: datetime) -> Self:
        """Open a register that was rebuilt as of a moment, which its clock shows, for reading only."""
        read_only = RegisterError(
            f"this is the register as of {format_time(moment)}", "nothing was changed; edit the current register"
        )
        file = RegisterFile(path, clock=lambda: moment, read_only=read_only)
        return cls(file, clock=lambda: moment, actor=None, as_of=moment)

    @property
    def trouble(self) -> RegisterError | None:
        """What prevents saving anything here, as of the last write or `data_version`."""
        return self._file.trouble

    @property
    def caution(self) -> str | None:
        """What should be changed about the directory of a register that can be written, or None."""
        return self._file.caution

    @contextmanager
    def read(self) -> Iterator[Reader]:
        """A short transaction to read in: one snapshot."""
        with self._alone(), self._file.translated_errors(), self._file.reading():
            yield self._reader

    @contextmanager
    def write(
        self,
        verb: str,
        *,
        note: str | None = None,
        reverses: int | None = None,
        time: datetime | None = None,
        prepared: Sequence[Staged] = (),
    ) -> Iterator[UnitOfWork]:
        """A transaction to write in, from its first moment: all that was recorded is committed, or nothing.

        `time`: when the command was started, where that is not now. `prepared` is staged before others have to wait.
        Raises RegisterError where nothing can be saved, or someone else does not release the file.
        """
        with (
            self._alone(),
            self._file.translated_errors(),
            staging(self._file.raw, prepared) if prepared else nullcontext(),
            self._file.turn(),
        ):
            self._file.begin_writing()
            # Others wait from here on, so what is read now is still true when it is written.
            began = self.clock() if time is None else time
            writer = UnitOfWork(
                self._reader, self._session, verb=verb, actor=self.actor, time=began, note=note, reverses=reverses
            )
            try:
                yield writer
                if writer.has_written:
                    self._file.check()
                    writer.flush()
                    self._file.check()
                    self._file.commit()
                    # A commit to a file that was replaced just then must not count as saved.
                    self._file.check()
            finally:
                writer.close()

    def data_version(self) -> int:
        """A number that changes when another connection has committed; this also updates `trouble`."""
        with self._alone(), self._file.translated_errors():
            return self._file.data_version()

    def replace_with(self, source: Path, *, expected: Head) -> None:
        """Replace the content with that of the register at `source`, in one commit.

        Raises RegisterError if the newest change is not `expected`.
        """
        file, changed = self._file, RegisterError("someone else changed the register", "check it, then try again")
        with self._alone(), file.translated_errors(), file.turn():
            with file.reading():
                if head(self._reader) != expected:
                    raise changed
                commits = file.handle.commits()

            def check() -> None:
                if file.handle.commits() != commits:
                    raise changed

            with closing(connect(source, mode="ro")) as other, migrate.shared_umask(self.path):
                copy_all(other, file.raw, check=check)
            file.check()

    def close(self) -> None:
        """Close the file."""
        if os.getpid() == self._process:  # a forked process would drop the locks of its parent
            with self._lock:
                self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        if os.getpid() != self._process:
            raise RegisterError(
                "a register opened by another process cannot be used in this one", "open it here, or do not fork"
            )
        with self._lock:
            if self._busy:
                raise RuntimeError("a transaction is open in this thread already")
            self._busy = True
            try:
                yield
            finally:
                self._busy = False


def path_of(target: str | Path) -> Path:
    """The file that a path or an SQLite URL names, absolute. Raises RegisterError for another kind of database."""
    if isinstance(target, str) and "://" in target:
        kind, _, rest = target.partition("://")
        if kind.partition("+")[0] != "sqlite":
            raise RegisterError(f"{kind} databases are not supported", "name a file, or sqlite:///PATH")
        if not rest.startswith("/") or rest == "/":
            raise RegisterError(f"{target} does not name a file", "write sqlite:///PATH, or just the path")
        target = rest[1:]
    return Path(os.path.expanduser(target)).absolute()
