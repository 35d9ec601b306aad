"""A register database: open, create, read and write transactions, the only commit."""

from __future__ import annotations

import os
import threading
from contextlib import closing, contextmanager, nullcontext
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

from store.audit.log import UnitOfWork, current_actor, head
from store.clock import Clock, called, now
from store.db import migrate
from store.db.bulk import staging
from store.db.connection import RegisterFile
from store.db.errors import speaking
from store.db.files import make_directory, make_register
from store.db.filesystem import creatable
from store.db.reader import READER, Reader
from store.errors import RegisterError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from types import TracebackType

    from sqlalchemy import Engine
    from sqlmodel import Session

    from store.audit.log import Head
    from store.db.bulk import Stageable


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
            raise RegisterError(f"there is already something at {path}", "open it, or name another place with --db")
        return cls.open(path, clock=clock, actor=actor, allow_network_fs=allow_network_fs)

    @classmethod
    def open_past(cls, path: Path, moment: datetime) -> Self:
        """Open a register that was rebuilt as of a moment: for reading only, and its clock stands."""
        frozen = RegisterError(
            f"this is the register as of {called(moment)}", "nothing was changed; edit the register of today"
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
                    raise RegisterError("somebody else changed the register meanwhile", "look at it again")
                commits = self._file.commits()
            with closing(migrate.connect(source, mode="ro")) as other:
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
                "a register that another process opened cannot be used in this one", "open it here, or do not fork"
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
            raise RegisterError(f"databases of the kind {kind} are not supported", "name a file, or sqlite:///PATH")
        if not rest.startswith("/") or rest == "/":
            raise RegisterError(f"{target} names no file", "write sqlite:///PATH, or just the path")
        target = rest[1:]
    return Path(os.path.expanduser(target)).absolute()
