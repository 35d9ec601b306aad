"""The open connection of a register file: its transactions, its locks, and what prevents writing."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from store.audit.log import compact_json
from store.db import migrate
from store.db.errors import refusal, speaking, unreadable
from store.db.file_handle import FileHandle
from store.db.files import check_register
from store.db.filesystem import cure, fair_lock_place, network, only_readable, sticky
from store.db.locks import FairLock, Wait, be_patient, is_busy
from store.db.migrate import foreign, refuse_foreign
from store.db.sqlite import copy_all
from store.db.suspend import Steady
from store.errors import DamagedError, RegisterError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from sqlalchemy import Engine

_ASK_OR_RESTORE = "ask who wrote it, or restore it from a backup"
_MAYBE_DAMAGED = (
    *(LookupError, ValueError, TypeError, AttributeError, ArithmeticError, RecursionError),
    sqlite3.Error,
)
_READ_BY_LOG = "ask somebody who may write it to open it once"


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
                    opened.caution = f"{remote.what}: be sure that only this machine opens it"
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
                what = f"{self.path} is damaged (something is not where it is referred to)"
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
                raise RegisterError("somebody else changed the register meanwhile", "look at it again")

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
        # Between two attempts a stop that came meanwhile may happen.
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
        raise RegisterError(f"{path} is kept with a write-ahead log, which you may not take part in", _READ_BY_LOG)
    try:
        raw = wait.insist(lambda seconds: _connect(path, "ro" if hindrance else "rw", seconds))
    except RegisterError:
        if not logs:
            raise
        raise RegisterError(
            f"{path} is in use by another program with a write-ahead log", "leave that program, then try again"
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


class _Connection(sqlite3.Connection):
    """A connection whose transactions are begun and ended by statements alone.

    SQLAlchemy rolls back what it is given before its first use, when the transaction is open already.
    """

    def commit(self) -> None:
        """Do nothing."""

    def rollback(self) -> None:
        """Do nothing."""


def _connect(path: Path, mode: str, seconds: float) -> sqlite3.Connection:
    raw = migrate.connect(path, patience=seconds, mode=mode, factory=_Connection)
    try:
        raw.execute("PRAGMA foreign_keys = ON")
        raw.create_function("casefold", 1, _casefold, deterministic=True)
        raw.create_function("any_holds", -1, _any_holds, deterministic=True)
        # What a sort puts aside is nothing for a disk that may be full or others' to read.
        raw.execute("PRAGMA temp_store = MEMORY")
        # Common SQLite libraries corrupt a write-ahead log under a known race: this file goes without one.
        if raw.execute("PRAGMA journal_mode").fetchone() != ("delete",):
            raw.execute("PRAGMA journal_mode = DELETE")
        # The first read takes back what a process left half written when it was killed.
        raw.execute("PRAGMA schema_version").fetchone()
    except BaseException:
        raw.close()
        raise
    return raw


def _other_revision(path: Path, revision: str | None, hindrance: RegisterError) -> RegisterError:
    if revision is not None and revision > migrate.HEAD:
        return migrate.newer(path, revision)
    return RegisterError(
        f"{path} has to be brought up to date before it is read (its revision is {revision or 'none'})",
        f"ask somebody who may write it to open it once, since {hindrance.what}",
    )


def _casefold(text: str | bytes | float | None) -> str | bytes | float | None:
    """A text to be compared in any case; SQLite itself knows that of ASCII letters only."""
    # Most texts are ASCII, and LIKE disregards the case of those.
    return text if not isinstance(text, str) or text.isascii() else text.casefold()


def _any_holds(word: str, *texts: str | bytes | float | None) -> bool:
    """Whether one of some texts, folded, holds a folded word."""
    ascii_too = word.isascii()
    for text in texts:
        if isinstance(text, str) and (ascii_too or not text.isascii()) and word in text.casefold():
            return True
    return False
