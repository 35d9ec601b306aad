"""A register database: open, create, read and write transactions, the only commit."""

from __future__ import annotations

import os
import sqlite3
import threading
from contextlib import closing, contextmanager, nullcontext, suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

from store.audit.log import UnitOfWork, compact_json, current_actor, head
from store.clock import Clock, format_time, now
from store.db import migrate
from store.db.bulk import staging
from store.db.errors import refusal, speaking, unreadable
from store.db.files import check_register, make_directory, make_register
from store.db.filesystem import creatable, cure, fair_lock_place, network, only_readable, sticky
from store.db.migrate import foreign, refuse_foreign
from store.db.reader import READER, Reader
from store.db.sqlite import FairLock, FileHandle, Wait, be_patient, connect, copy_all, is_busy, open_connection
from store.db.suspend import Steady
from store.errors import DamagedError, RegisterError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime
    from types import TracebackType

    from sqlalchemy import Engine
    from sqlmodel import Session

    from store.audit.log import Head
    from store.db.bulk import Stageable


_ASK_OR_RESTORE = "ask who wrote it, or restore it from a backup"
_MAYBE_DAMAGED = (
    *(LookupError, ValueError, TypeError, AttributeError, ArithmeticError, RecursionError),
    sqlite3.Error,
)
_READ_BY_LOG = "ask someone with write permission to open it once"


class RegisterFile:
    """The file at `path`, opened; `hindrance` is what keeps it from being written for as long as it is open."""

    def __init__(self, kept: FileHandle, raw: sqlite3.Connection, hindrance: RegisterError | None) -> None:
        """Use `open`."""
        self.path = kept.path
        self.raw = raw
        self._kept = kept
        self._hindrance = hindrance
        self._overwritten: RegisterError | None = None
        self._fair_handle = _fair_handle(kept)
        self._fair_lock = FairLock(self._fair_handle)
        self._version = 0
        self._schema: int | None = None
        self._foreign: RegisterError | None = None
        self._beginning: tuple[str] | None = None
        self._wait = self._new_wait()
        self._steady = Steady()
        self.trouble = hindrance
        self.caution: str | None = None

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        clock: Callable[[], datetime],
        allow_network_fs: bool = False,
        frozen: RegisterError | None = None,
    ) -> RegisterFile:
        """Open a register, after upgrading it if it is older than this program; for reading where that is all one may.

        `frozen`: why nobody is to write it, whoever may. Raises RegisterError for what is missing, no register, or
        newer than this program.
        """
        kept = check_register(path)
        try:
            remote = network(path, kept.descriptor)
            hindrance = frozen or (None if allow_network_fs else remote) or only_readable(path)
            with speaking(path, kept.descriptor):
                raw = _connected(kept, hindrance, clock)
            try:
                opened = cls(kept, raw, hindrance)
                if remote and not hindrance:
                    opened.caution = f"{remote.what}: make sure that only this machine opens it"
                elif not hindrance and (found := sticky(path)):
                    opened.caution = f"{found}: {cure(path.resolve())}"
                opened.data_version()
            except BaseException:
                raw.close()
                raise
        except BaseException:
            kept.close()
            raise
        return opened

    def engine(self) -> Engine:
        """An engine on the one connection, whose transactions are begun and committed here."""
        from sqlalchemy import create_engine
        from sqlalchemy.pool import StaticPool

        return create_engine("sqlite://", creator=lambda: self.raw, poolclass=StaticPool, json_serializer=compact_json)

    @contextmanager
    def speaking(self) -> Iterator[None]:
        """Turn what SQLite says into sentences, and what is not found in a file that is damaged."""
        with speaking(self.path, self._kept.descriptor):
            try:
                yield
            except Exception as error:
                if not isinstance(getattr(error, "orig", error), _MAYBE_DAMAGED):
                    raise
                if self._can_tell(error) and (found := next(unreadable(self.raw), None)):
                    raise DamagedError(f"{self.path} is damaged: {found.what}", _ASK_OR_RESTORE) from error
                if not isinstance(error, LookupError) or self._is_sound():
                    raise
                what = f"{self.path} is damaged (something refers to a missing row)"
                raise DamagedError(what, "restore it from a backup") from error

    @staticmethod
    def _can_tell(error: Exception) -> bool:
        """Whether an error may come from a value of the wrong kind in a file that can still be read."""
        said = getattr(error, "orig", error)
        if not isinstance(said, sqlite3.Error):
            return True
        code = getattr(said, "sqlite_errorcode", None)
        return "decode" in str(said) if code is None else code & 0xFF == sqlite3.SQLITE_ERROR

    def _is_sound(self) -> bool:
        """Whether every row and every index is where others look for it; then a failure is the program's own."""
        whole = self.raw.execute("PRAGMA integrity_check(1)").fetchone() == ("ok",)
        return whole and self.raw.execute("PRAGMA foreign_key_check").fetchone() is None

    @contextmanager
    def reading(self) -> Iterator[None]:
        """A transaction to read in. It holds a lock, too: a writer has to wait for its end."""
        self._wait = self._new_wait()
        with self._steady:
            try:
                self._begin_reading()
                yield
            finally:
                self._roll_back()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """A transaction to write in, from its first moment. Raises RegisterError where nothing can be written."""
        with self.turn():
            self._begin_writing()
            yield

    @contextmanager
    def turn(self) -> Iterator[None]:
        """One's turn to write. Raises RegisterError where nothing can be written."""
        if self._foreign:
            # Somebody may have removed it since: the transaction begins with another look.
            self._foreign = self._schema = None
        self.check()
        self._wait = self._new_wait()
        with self._steady, self._fair_lock.held(self._wait.turn):
            try:
                yield
            finally:
                # A commit that met a lock to the end is still a transaction.
                self._roll_back()

    def check(self) -> None:
        """Raise what keeps the file from being written: an edit of one that is elsewhere by now would be lost."""
        self._look()
        if self.trouble is not None:
            raise RegisterError(self.trouble.what, self.trouble.remedy)

    def _look(self) -> None:
        self.trouble = self._hindrance or self._overwritten or self._kept.displaced() or self._foreign

    def data_version(self) -> int:
        """A number that changes when another connection has committed.

        It finds out what became of the file, too: that it cannot even be asked any more is a trouble.
        """
        try:
            with self._steady:
                self._steady.hold()
                self._ask_version()
        except sqlite3.Error as error:
            if not is_busy(error):
                self.trouble = refusal(self.path, error)
            return self._version
        self._look()
        return self._version

    def _ask_version(self) -> None:
        (version,) = self.raw.execute("PRAGMA data_version").fetchone()
        if version == self._version:
            return
        try:
            self.raw.execute("BEGIN")
            # Under this lock no commit is half written, and one that was cut short is taken back.
            self._check_schema()
            self._count_commits()
            if not isinstance(self._foreign, DamagedError):
                self._compare_beginnings()
        finally:
            self._roll_back()
        self._version = int(version)

    def _check_schema(self) -> None:
        """Check the schema again after somebody changed it, so that nothing in it can act in this transaction."""
        (version,) = self.raw.execute("PRAGMA schema_version").fetchone()
        if version != self._schema:
            self._foreign = next(foreign(self.path, self.raw), None)
            self._schema = version

    def _compare_beginnings(self) -> None:
        """Notice another register that was written over this one in place: its trail begins in another way."""
        beginning = self.raw.execute("SELECT digest FROM change ORDER BY sequence LIMIT 1").fetchone()
        if self._beginning is not None and beginning != self._beginning:
            self._overwritten = self._overwritten or self._kept.overwritten()
        self._beginning = self._beginning or beginning

    def commits(self) -> int:
        """The file's own count of commits, within a transaction."""
        return self._kept.commits()

    def replace_with(self, source: sqlite3.Connection, *, commits: int) -> None:
        """Let the file hold what `source` holds, within one's turn to write.

        Raises RegisterError, with nothing changed, where somebody committed after the `commits` that were there.
        """

        def look() -> None:
            if self._kept.commits() != commits:
                raise RegisterError("someone else changed the register", "check it, then try again")

        with migrate.as_shared(self.path):
            copy_all(source, self.raw, look=look)

    def close(self) -> None:
        """Let go of the file."""
        self.raw.close()
        if self._fair_handle is not None:
            self._fair_handle.close()
        self._kept.close()

    def _new_wait(self) -> Wait:
        return Wait(self.path, self._kept.descriptor)

    def _begin_reading(self) -> None:
        self.raw.execute("BEGIN")
        # It takes the lock now, while the wait for it can still be cut into slices.
        self._wait.execute(self.raw, "PRAGMA schema_version", each=self._hold)
        self._check_schema()
        if isinstance(self._foreign, DamagedError):
            raise DamagedError(self._foreign.what, self._foreign.remedy)

    def _begin_writing(self, *, again: bool = True) -> None:
        self._wait.execute(self.raw, "BEGIN IMMEDIATE", each=self._hold)
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
            self._begin_writing(again=False)

    def _remove_empty_journal(self) -> None:
        # The lock is held, so nobody writes, and nobody needs it; it would take nothing back.
        journal = Path(f"{self.path.resolve()}-journal")
        with suppress(OSError):
            if self.raw.in_transaction and journal.lstat().st_size == 0:
                journal.unlink()

    def _roll_back(self) -> None:
        # After some errors SQLite has done so already.
        if self.raw.in_transaction:
            self.raw.execute("ROLLBACK")

    def _hold(self) -> None:
        # Let a pending suspend happen between two attempts.
        self._steady.let_go()
        self._steady.hold()

    def commit(self) -> None:
        """Commit the transaction."""
        self._new_wait().execute(self.raw, "COMMIT")

    def _count_commits(self) -> None:
        self._overwritten = self._overwritten or self._kept.count_commits()


def _fair_handle(kept: FileHandle) -> FileHandle | None:
    """What the fair lock of a register is on; None where that cannot be opened."""
    place = fair_lock_place(kept.path, kept.descriptor)
    try:
        return kept if place == kept.path else FileHandle(place)
    except OSError:
        return None


def _connected(kept: FileHandle, hindrance: RegisterError | None, clock: Callable[[], datetime]) -> sqlite3.Connection:
    """A connection to a register of the newest revision."""
    path = kept.path
    wait = Wait(path, kept.descriptor)
    logs = max(kept.read(2, 18)) > 1
    if logs and hindrance:
        raise RegisterError(f"{path} uses a write-ahead log that you have no access to", _READ_BY_LOG)
    try:
        raw = wait.insist(lambda seconds: open_connection(path, "ro" if hindrance else "rw", seconds))
    except RegisterError:
        if not logs:
            raise
        raise RegisterError(
            f"{path} is in use by another program with a write-ahead log", "close that program, then try again"
        ) from None
    try:
        refuse_foreign(path, raw)
        revision = migrate.read_revision(raw)
        if revision != migrate.HEAD:
            if hindrance:
                raise _other_revision(path, revision, hindrance)
            migrate.upgrade(path, clock=clock)
        be_patient(raw)
    except BaseException:
        raw.close()
        raise
    return raw


def _other_revision(path: Path, revision: str | None, hindrance: RegisterError) -> RegisterError:
    if revision is not None and revision > migrate.HEAD:
        return migrate.newer(path, revision)
    return RegisterError(
        f"{path} must be upgraded before it can be read (its revision is {revision or 'none'})",
        f"ask someone with write permission to open it once, since {hindrance.what}",
    )


def default_path() -> Path:
    """Where a user's register lives unless another place is named."""
    import platformdirs

    return platformdirs.user_data_path("ai-debt", appauthor=False) / "register.db"


class Database:
    """One open register: short transactions for one thread at a time, whichever thread that is."""

    def __init__(self, file: RegisterFile, *, clock: Clock, actor: str | None, as_of: datetime | None = None) -> None:
        """Use `open` or `create`."""
        self.url = f"sqlite:///{file.path}"
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
        """What writes go through; reads do without, since importing it takes longer than drawing a screen."""
        return self._file.engine()

    def _session(self) -> Session:
        """A session in the transaction that is open."""
        from sqlmodel import Session

        return Session(self._engine, expire_on_commit=False, info={READER: self._reader})

    @classmethod
    def open(
        cls, target: str | Path, *, clock: Clock = now, actor: str | None = None, allow_network_fs: bool = False
    ) -> Self:
        """Open the register at a path or URL, after upgrading it if it is older than this program.

        Where it can only be read, or is on a network file system and that is not allowed, it opens for reading:
        `trouble` says why. Raises RegisterError for what is missing, no register, or newer than this program.
        """
        file = RegisterFile.open(path_of(target), clock=clock, allow_network_fs=allow_network_fs)
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
        """Make an empty register at a path or URL; one that is there already is refused, or opened if `exist_ok`.

        The directory must be there, unless it is that of the default path, or `parents` asks for it to be made.
        """
        path = path_of(target)
        if parents or path == default_path():
            make_directory(path.parent)
        creatable(path.parent, allow_network_fs=allow_network_fs)
        with speaking(path):
            made = make_register(path, migrate.build)
        if not made and not exist_ok:
            raise RegisterError(f"{path} already exists", "open it, or choose another path with --db")
        return cls.open(path, clock=clock, actor=actor, allow_network_fs=allow_network_fs)

    @classmethod
    def open_past(cls, path: Path, moment: datetime) -> Self:
        """Open a register that was rebuilt as of a moment: for reading only, and its clock stands."""
        frozen = RegisterError(
            f"this is the register as of {format_time(moment)}", "nothing was changed; edit the current register"
        )
        file = RegisterFile.open(path, clock=lambda: moment, frozen=frozen)
        return cls(file, clock=lambda: moment, actor=None, as_of=moment)

    @property
    def trouble(self) -> RegisterError | None:
        """What keeps everything from being saved here, as far as is known by the last write or `data_version`."""
        return self._file.trouble

    @property
    def caution(self) -> str | None:
        """What should be changed about the place of a register that can be written there, or None."""
        return self._file.caution

    @contextmanager
    def read(self) -> Iterator[Reader]:
        """A short transaction to read in: everything read in it belongs together."""
        with self._alone(), self._file.speaking(), self._file.reading():
            yield self._reader

    @contextmanager
    def write(
        self,
        verb: str,
        *,
        note: str | None = None,
        reverses: int | None = None,
        time: datetime | None = None,
        prepared: Sequence[Stageable] = (),
    ) -> Iterator[UnitOfWork]:
        """A transaction to write in, from its first moment: what was recorded is committed, or nothing at all.

        `time`: when the command was begun, where that is not now. `prepared` is staged before others have to wait.
        Raises RegisterError where nothing can be saved, or somebody else does not let go of the file.
        """
        with (
            self._alone(),
            self._file.speaking(),
            staging(self._file.raw, prepared) if prepared else nullcontext(),
            self._file.writing(),
        ):
            # Others wait from here on, so what is read now still holds when it is written.
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
                    # What went into a file that was replaced at that very moment must not pass for saved.
                    self._file.check()
            finally:
                writer.close()

    def data_version(self) -> int:
        """A number that changes when another connection has committed; it finds `trouble`, too."""
        with self._alone(), self._file.speaking():
            return self._file.data_version()

    def replace_with(self, source: Path, *, expected: Head) -> None:
        """Let the file hold what the register at `source` holds, whole or not at all; others see it as a commit.

        Raises RegisterError when its newest change is not the `expected` one any more.
        """
        with self._alone(), self._file.speaking(), self._file.turn():
            with self._file.reading():
                if head(self._reader) != expected:
                    raise RegisterError("someone else changed the register", "check it, then try again")
                commits = self._file.commits()
            with closing(connect(source, mode="ro")) as other:
                self._file.replace_with(other, commits=commits)
            self._file.check()

    def close(self) -> None:
        """Let go of the file."""
        if os.getpid() != self._process:
            return  # what a forked process does to the file's locks and journal, its parent suffers
        with self._lock:
            self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
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
