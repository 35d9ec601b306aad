"""Database errors as sentences that say what to do next."""

from __future__ import annotations

import os
import resource
import sqlite3
import stat
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from store.db.filesystem import has_access, sharing_commands, user_name
from store.db.sqlite import busy, is_busy
from store.db.values import DECODERS, TABLES, kinds_of, nullable
from store.errors import RESTORE, DamagedError, RegisterError, UnreadableValueError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from store.db.values import Decoder


_SENTENCES = {
    sqlite3.SQLITE_READONLY: (
        "is read-only for you",
        "nothing was changed; ask its owner for write permission on the file and its directory",
    ),
    sqlite3.SQLITE_READONLY_DBMOVED: (
        "was moved or replaced while it was open",
        "nothing was changed; quit and open it again",
    ),
    sqlite3.SQLITE_READONLY_ROLLBACK: (
        "has an interrupted write that only someone with write permission can roll back",
        "ask one of them to open it once",
    ),
    sqlite3.SQLITE_PERM: ("is read-only for you", "ask its owner for permission"),
    sqlite3.SQLITE_CANTOPEN: (
        "cannot be opened",
        "nothing was changed; check the permissions of the file, of its directory and of its journal",
    ),
    sqlite3.SQLITE_TOOBIG: ("contains or was given a text that is too long", "nothing was changed; shorten it"),
    sqlite3.SQLITE_NOMEM: ("needs more memory than is available", "nothing was changed; try again"),
    sqlite3.SQLITE_NOLFS: ("is too large for its file system", "nothing was changed; move it to another file system"),
    sqlite3.SQLITE_PROTOCOL: ("cannot be locked", "nothing was changed; try again in a moment"),
}


@contextmanager
def translated_errors(path: Path, descriptor: int | None = None) -> Iterator[None]:
    """Turn the errors of the database at `path` into sentences; `descriptor`: its file, to ask who has it locked."""
    try:
        yield
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise refusal(path, error, descriptor) from error
    except UnreadableValueError as error:
        raise DamagedError(f"{path} contains a value that cannot be read ({error})", RESTORE) from error
    except Exception as error:
        if "sqlalchemy" not in sys.modules:
            raise
        from sqlalchemy.exc import DBAPIError
        from sqlalchemy.orm.exc import StaleDataError

        if isinstance(error, StaleDataError):
            raise RegisterError(
                "someone else changed the same row at the same time", "check the new value, then try again"
            ) from None
        if isinstance(error, DBAPIError):
            raise refusal(path, error.orig or error, descriptor) from error
        raise


def refusal(path: Path, error: BaseException, descriptor: int | None = None) -> RegisterError:
    """The sentence for an error of the database at `path`."""
    code = getattr(error, "sqlite_errorcode", None)
    if code is None and "decode" in str(error):
        return DamagedError(f"{path} is damaged: it contains text that is not UTF-8", RESTORE)
    if is_busy(error):
        return busy(path, descriptor)
    primary = (code or 0) & 0xFF
    if primary == sqlite3.SQLITE_CANTOPEN and (interrupted := interrupted_write(path)):
        return interrupted
    if primary == sqlite3.SQLITE_FULL:
        return RegisterError(
            f"{path} cannot grow ({free(path)})", "nothing was changed; free some space, then try again"
        )
    if primary == sqlite3.SQLITE_IOERR:
        return _input_output(path, error)
    if primary in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return DamagedError(f"{path} is damaged", RESTORE)
    if found := _SENTENCES.get(code or 0) or _SENTENCES.get(primary):
        return RegisterError(f"{path} {found[0]}", found[1])
    return RegisterError(f"{path} cannot be used ({error})", "nothing was changed; run `ai-debt doctor`")


def free(path: Path) -> str:
    """The free space on the disk of a file, in words."""
    try:
        status = os.statvfs(path.parent)
    except (OSError, ValueError):
        return "its disk does not respond"
    return f"{status.f_bavail * status.f_frsize:,} bytes free on its disk"


def interrupted_write(path: Path) -> RegisterError | None:
    """What is wrong where someone was killed during a write, whose journal this user may not roll back."""
    try:
        path = path.resolve()
        journal = Path(f"{path}-journal")
        status, directory = journal.stat(), path.parent.stat()
        owners = (0, directory.st_uid, status.st_uid)
        may_remove = not directory.st_mode & stat.S_ISVTX or os.geteuid() in owners
        if may_remove and has_access(journal, os.R_OK | os.W_OK):
            return None
        more = sharing_commands(path)
    except OSError:
        return None
    user = user_name(status.st_uid)
    # An empty journal has nothing to roll back: the next write removes it.
    ask = f"ask {user} or root to {'open it' if status.st_size else 'save a change'} once"
    return RegisterError(
        f"{path} has an interrupted write by {user}, whose journal you cannot roll back",
        f"{ask}; to prevent this, {more}" if more else ask,
    )


def _input_output(path: Path, error: BaseException) -> RegisterError:
    name = str(getattr(error, "sqlite_errorname", "") or error)
    if name == "SQLITE_IOERR_DELETE" and (interrupted := interrupted_write(path)):
        return interrupted
    limit, _ = resource.getrlimit(resource.RLIMIT_FSIZE)
    if name == "SQLITE_IOERR_WRITE" and limit != resource.RLIM_INFINITY:
        return RegisterError(
            f"{path} cannot grow (files are limited to {limit:,} bytes here, {free(path)})",
            "nothing was changed; raise the limit (ulimit -f), then try again",
        )
    if name in ("SQLITE_IOERR_WRITE", "SQLITE_IOERR_TRUNCATE", "SQLITE_IOERR_FSYNC"):
        return RegisterError(
            f"{path} could not be written (disk I/O error: {name}, {free(path)})",
            "what was saved before is safe; check the disk, its free space and your quota, then try again",
        )
    return RegisterError(
        f"{path} cannot be used (disk I/O error: {name})",
        "what was saved before is safe; check the disk and its file system, then try again",
    )


def unreadable_values(connection: sqlite3.Connection) -> Iterator[str]:
    """A clause for each value of the wrong kind; reads the whole register."""
    for table in TABLES:
        columns = {name: nullable(DECODERS[kind]) for name, kind in kinds_of(table).items()}
        query = f"select rowid, {', '.join(columns)} from {table} order by rowid"
        if _is_readable(connection, query, list(columns.values())):
            continue
        cursor = connection.execute(query)
        while rows := _fetch_bytes(cursor):
            for row, *values in rows:
                for (column, decode), value in zip(columns.items(), values, strict=True):
                    try:
                        decode(value)
                    except UnreadableValueError as error:
                        yield f"{column} of {table} {row} is {error.shown}, not {error.wanted}"


def _is_readable(connection: sqlite3.Connection, query: str, decoders: Sequence[Decoder]) -> bool:
    """Whether every column of a table can be read. Most repeat their values: of many rows each is read once."""
    cursor = connection.execute(query)
    try:
        while rows := cursor.fetchmany(1_000):
            _, *columns = zip(*rows, strict=True)
            for decode, values in zip(decoders, columns, strict=True):
                for value in set(values):
                    decode(value)
    except (UnreadableValueError, sqlite3.Error):
        return False
    return True


def _fetch_bytes(cursor: sqlite3.Cursor) -> list[tuple[Any, ...]]:
    """The next rows, in which text that is not UTF-8 comes as bytes, where sqlite3 would raise."""
    connection = cursor.connection
    factory, connection.text_factory = connection.text_factory, _text_or_bytes
    try:
        return cursor.fetchmany(1_000)
    finally:
        connection.text_factory = factory


def _text_or_bytes(stored: bytes) -> str | bytes:
    try:
        return stored.decode()
    except UnicodeDecodeError:
        return stored
