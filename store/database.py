"""Where a register lives: URL, engine, pragmas, transactions; the only maker of sessions and the only commit."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Self

from sqlalchemy import Boolean, create_engine, event, func
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm.exc import StaleDataError
from sqlalchemy.pool import StaticPool
from sqlalchemy.sql.functions import FunctionElement
from sqlmodel import Session, select

from store import upgrade
from store.actor import acting
from store.chain import compact
from store.errors import RegisterError
from store.files import check_register, make_register
from store.history import Writer
from store.models import Change
from store.schema import refuse_foreign

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from sqlalchemy import Connection, Engine
    from sqlalchemy.sql.compiler import SQLCompiler

Clock = Callable[[], datetime]
"""Gives the present moment, aware and in UTC."""


def now() -> datetime:
    """The present moment: the clock of a database that is given no other."""
    return datetime.now(UTC)


def default_path() -> Path:
    """Where a user's register lives unless another place is named."""
    import platformdirs

    return platformdirs.user_data_path("ai-debt", appauthor=False) / "register.db"


class Database:
    """One open register: short transactions for one thread at a time, whichever thread that is."""

    def __init__(
        self,
        engine: Engine,
        *,
        url: str,
        path: Path | None,
        clock: Clock,
        actor: str | None,
        raw: sqlite3.Connection | None,
    ) -> None:
        """Use `open` or `create`."""
        self.url = url
        self.path = path
        self.clock = clock
        self.actor = actor or acting()
        self._raw = raw
        self._engine = engine
        self._writing = engine.execution_options(begin="IMMEDIATE")
        self._lock = threading.RLock()
        self._busy = False

    @classmethod
    def open(cls, target: str | Path, *, clock: Clock = now, actor: str | None = None) -> Self:
        """Open the register at a path or URL, after upgrading it if it is older than this program.

        Raises RegisterError for what is missing, no register, or newer than this program.
        """
        path = _path_of(target)
        if path is None:
            return cls._open_server(str(target), create=False, clock=clock, actor=actor)
        check_register(path)
        with _speaking(path):
            with closing(upgrade.connect(path)) as connection:
                refuse_foreign(path, connection)
                revision = upgrade.read_revision(connection)
            if revision != upgrade.HEAD:
                upgrade.upgrade(path, clock=clock)
            return cls._open_file(path, clock=clock, actor=actor)

    @classmethod
    def create(
        cls, target: str | Path, *, clock: Clock = now, actor: str | None = None, exist_ok: bool = False
    ) -> Self:
        """Make an empty register at a path or URL; one that is there already is refused, or opened if `exist_ok`."""
        path = _path_of(target)
        if path is None:
            return cls._open_server(str(target), create=True, clock=clock, actor=actor)
        if path == default_path():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _speaking(path):
            made = make_register(path, _build)
        if not made and not exist_ok:
            raise RegisterError(f"there is already something at {path}", "open it, or name another place with --db")
        return cls.open(path, clock=clock, actor=actor)

    @classmethod
    def _open_file(cls, path: Path, *, clock: Clock, actor: str | None) -> Self:
        raw = upgrade.connect(path)
        try:
            raw.execute("PRAGMA foreign_keys = ON")
            # Common SQLite libraries corrupt a write-ahead log under a known race: this file goes without one.
            if raw.execute("PRAGMA journal_mode").fetchone() != ("delete",):
                raw.execute("PRAGMA journal_mode = DELETE")
        except BaseException:
            raw.close()
            raise
        # One connection for everything: `data_version` then tells what others committed, and nothing else.
        engine = create_engine("sqlite://", creator=lambda: raw, poolclass=StaticPool, json_serializer=compact)
        event.listen(engine, "begin", _begin)
        return cls(engine, url=f"sqlite:///{path}", path=path, clock=clock, actor=actor, raw=raw)

    @classmethod
    def _open_server(cls, target: str, *, create: bool, clock: Clock, actor: str | None) -> Self:
        engine = _server_engine(target)
        url = engine.url.render_as_string(hide_password=True)
        try:
            with _speaking(url), engine.begin() as connection:
                if create:
                    upgrade.run_on(connection)
                elif (revision := upgrade.revision_on(connection)) != upgrade.HEAD:
                    raise RegisterError(
                        f"{url} holds no register of this revision ({revision or 'none'})", "create or upgrade it first"
                    )
        except BaseException:
            engine.dispose()
            raise
        return cls(engine, url=url, path=None, clock=clock, actor=actor, raw=None)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A short transaction to read in: everything read in it belongs together."""
        with self._alone(), _speaking(self.path or self.url), Session(self._engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self, verb: str, *, note: str | None = None, reverses: int | None = None) -> Iterator[Writer]:
        """A transaction to write in, from its first moment: what was recorded is committed, or nothing at all."""
        with self._alone(), _speaking(self.path or self.url), Session(self._writing, expire_on_commit=False) as session:
            # Others wait from here on, so what is read now still holds when it is written.
            session.connection()
            writer = Writer(session, verb=verb, actor=self.actor, time=self.clock(), note=note, reverses=reverses)
            yield writer
            if writer.batch is not None:
                writer.flush()
                session.commit()

    def data_version(self) -> int:
        """A number that changes when another connection has committed."""
        with self._alone(), _speaking(self.path or self.url):
            if self._raw is not None:
                return int(self._raw.execute("PRAGMA data_version").fetchone()[0])
            with Session(self._engine) as session:
                return session.exec(select(func.max(Change.sequence))).one() or 0

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._engine.dispose()
            if self._raw is not None:
                self._raw.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with self._lock:
            if self._busy:
                raise RuntimeError("a transaction is open in this thread already")
            self._busy = True
            try:
                yield
            finally:
                self._busy = False


class AnyCase(FunctionElement[bool]):
    """`AnyCase(column, pattern)`: LIKE in any case (on SQLite: of ASCII letters), with `\\` as the escape."""

    type = Boolean()
    inherit_cache = True
    name = "any_case"


@compiles(AnyCase)
def _ilike(element: AnyCase, compiler: SQLCompiler, **options: object) -> str:
    column, pattern = (compiler.process(part, **options) for part in element.clauses)
    return f"{column} ILIKE {pattern} ESCAPE '\\'"


@compiles(AnyCase, "sqlite")
def _like(element: AnyCase, compiler: SQLCompiler, **options: object) -> str:
    # SQLite's LIKE disregards the case already, three times as fast as comparing what `lower` makes of both.
    column, pattern = (compiler.process(part, **options) for part in element.clauses)
    return f"{column} LIKE {pattern} ESCAPE '\\'"


def _begin(connection: Connection) -> None:
    mode = connection.get_execution_options().get("begin", "DEFERRED")
    connection.exec_driver_sql(f"BEGIN {mode}")


def _path_of(target: str | Path) -> Path | None:
    """The file that a path or an SQLite URL names, absolute; None for another kind of database."""
    if isinstance(target, str) and "://" in target:
        kind, _, rest = target.partition("://")
        if kind.partition("+")[0] != "sqlite":
            return None
        if not rest.startswith("/") or rest == "/":
            raise RegisterError(f"{target} names no file", "write sqlite:///PATH, or just the path")
        target = rest[1:]
    return Path(os.path.expanduser(target)).absolute()


def _server_engine(target: str) -> Engine:
    try:
        return create_engine(make_url(target), json_serializer=compact)
    except (NoSuchModuleError, ImportError):
        kind = target.partition("://")[0]
        raise RegisterError(f"no driver for {kind} is installed", "install one beside ai-debt, or use a file") from None
    except ArgumentError:
        raise RegisterError("the database's URL cannot be read", "write it like postgresql://HOST/NAME") from None


def _build(path: Path) -> None:
    """Make an empty register of the file at `path`."""
    with closing(upgrade.connect(path)) as connection:
        connection.execute(f"PRAGMA application_id = {upgrade.APPLICATION_ID}")
    upgrade.upgrade(path, aside=False)


@contextmanager
def _speaking(place: Path | str) -> Iterator[None]:
    """Turn what the database says into a sentence."""
    try:
        yield
    except StaleDataError:
        raise RegisterError(
            "somebody else changed the same row at the same moment", "look again, then try again"
        ) from None
    except DBAPIError as error:
        raise _refusal(place, error.orig or error) from error
    except sqlite3.Error as error:
        raise _refusal(place, error) from error


def _refusal(place: Path | str, error: BaseException) -> RegisterError:
    text = str(error)
    for sign, what, remedy in _SENTENCES:
        if sign in text:
            return RegisterError(f"{place} {what}", remedy)
    return RegisterError(f"{place} cannot be used ({text})", "nothing was changed; run `ai-debt doctor`")


_SENTENCES = (
    ("locked", "is being written by somebody else", "nothing was changed; try again in a moment"),
    ("readonly", "can only be read by you", "ask its owner for permission to write the file and its directory"),
    ("unable to open", "cannot be opened", "check the permissions of the file and its directory"),
    ("full", "has no room left to grow", "nothing was changed; make room on the disk"),
    ("malformed", "is damaged", "restore it from a backup"),
    ("not a database", "is damaged", "restore it from a backup"),
)
