"""Backs up a register that is in use, in one step; a backup is verified before it gets its name."""

from __future__ import annotations

import os
import re
import sqlite3
import stat
from contextlib import closing, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from store.audit.log import Head, head, identity
from store.audit.verify import verify
from store.clock import now
from store.db.database import Database
from store.db.errors import translated_errors
from store.db.files import READABLE, make_register, remove_stale
from store.db.filesystem import inaccessible_directory, is_missing
from store.db.migrate import refuse_foreign
from store.db.reader import Reader
from store.db.sqlite import connect, copy_all
from store.errors import RegisterError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

BACKUP, BEFORE_RESTORE = "backup", "before-restore"
_STAMP = "%Y%m%dT%H%M%SZ"


class Backup(NamedTuple):
    """A verified backup: its path, its items and head, and the older ones that were removed for it."""

    path: Path
    items: int
    head: Head
    removed: tuple[Path, ...] = ()


def back_up(db: Database, *, to: Path | None = None, directory: Path | None = None, keep: int | None = None) -> Backup:
    """Copy a register to the file `to`, or into `directory` (default: its own) under a name with the time.

    `keep`: how many backups of this register to leave in the directory, the newest; older ones are removed once the
    new one is there. Whoever may read the register may read it, and its owner alone may write it. Writers wait no
    longer than the copy takes. Raises RegisterError, with nothing left behind, for a file that already exists, and
    for a copy that fails verification.
    """
    source = db.path
    path = to.absolute() if to is not None else _unused_path(directory or source.parent, source, BACKUP, db.clock())
    remove_stale(path.parent, source.stem if to is None else path.name)
    found: list[tuple[int, Head]] = []

    def build(unfinished: Path) -> None:
        copy(source, unfinished)
        found.append(_verified(unfinished))

    _make_copy(source, path, build)
    items, newest = found[-1]
    return Backup(path, items, newest, tuple(_prune(db, path.parent, keep)) if keep else ())


def copy_before_restore(db: Database) -> Path:
    """Copy a register, sound or not, into its directory under a name with the time; its path."""
    path = _unused_path(db.path.parent, db.path, BEFORE_RESTORE, db.clock())
    _make_copy(db.path, path, lambda unfinished: copy(db.path, unfinished))
    return path


def _make_copy(source: Path, path: Path, build: Callable[[Path], None]) -> None:
    mode = stat.S_IMODE(source.stat().st_mode) & READABLE
    if not make_register(path, build, mode=mode, like=source):
        raise RegisterError(f"{path} already exists", "choose another path, or remove it first")


def copy(source: Path, target: Path) -> None:
    """Copy the register at `source` over the SQLite file at `target`, in one step.

    A copy in several steps would start over with every commit of someone else.
    """
    with (
        translated_errors(source),
        closing(connect(source, mode="ro")) as here,
        translated_errors(target),
        closing(connect(target)) as there,
    ):
        # Writers of the source do not wait for the copy to reach the disk: it is synced once it is complete.
        there.execute("pragma synchronous = off")
        copy_all(here, there)
    with target.open("rb") as written:
        os.fsync(written.fileno())


def backups_of(path: Path, directory: Path) -> list[tuple[datetime, Path]]:
    """When backups of the register at `path` were made, and their paths, by their names: the newest first."""
    name = re.compile(rf"{re.escape(path.stem)}\.{BACKUP}-(?P<time>\d{{8}}T\d{{6}}Z)(?:-(?P<number>\d+))?\.db")
    found: list[tuple[datetime, int, Path]] = []
    with suppress(OSError):
        for each in directory.iterdir():
            if (match := name.fullmatch(each.name)) and each.is_file() and not each.is_symlink():
                with suppress(ValueError):
                    time = datetime.strptime(match["time"], _STAMP).replace(tzinfo=UTC)
                    found.append((time, int(match["number"] or 1), each))
    return [(time, each) for time, _, each in sorted(found, reverse=True)]


def _unused_path(directory: Path, source: Path, kind: str, time: datetime) -> Path:
    if blocked := inaccessible_directory(directory / source.name):
        raise RegisterError(f"{directory} cannot be reached because you have no access to {blocked}", "choose another")
    if not directory.is_dir():
        raise RegisterError(f"the directory {directory} does not exist", "create it first, or choose another")
    for number in range(1, 1_000):
        more = f"-{number}" if number > 1 else ""
        path = directory.absolute() / f"{source.stem}.{kind}-{time.strftime(_STAMP)}{more}.db"
        if is_missing(path):
            return path
    raise RegisterError(f"{directory} has too many backups from this second", "try again in a moment")


def _verified(path: Path) -> tuple[int, Head]:
    """How many items a copy holds, and its newest change. Raises RegisterError for one that fails verification."""
    with Database.open(path) as db:
        if found := verify(db):
            what = f"the copy failed verification: {found[0].what}"
            raise RegisterError(what, "run `ai-debt verify`; no backup was made")
        with db.read() as reader:
            return reader.value("select count(*) from item"), head(reader)


def newest_backup(db: Database, directories: Iterable[Path]) -> datetime | None:
    """When the newest backup of a register in some directories was made, by its name; None if there is none."""
    found = (next(_own_backups(db, directory), None) for directory in directories)
    return max((time for time, _ in filter(None, found)), default=None)


def _own_backups(db: Database, directory: Path) -> Iterator[tuple[datetime, Path]]:
    """The backups of this register, not of another one with the same name, the newest first."""
    with db.read() as reader:
        own = identity(reader)
    return ((time, path) for time, path in backups_of(db.path, directory) if own and _identity_of(path) == own)


def _prune(db: Database, directory: Path, keep: int) -> Iterator[Path]:
    """Remove all but the newest backups of this register."""
    for _, path in list(_own_backups(db, directory))[keep:]:
        with suppress(OSError):
            path.unlink()
            yield path


def _identity_of(path: Path) -> str | None:
    """The identity of the register that a backup is of; None where that is unknown, and it must not be removed."""
    # Opening it as a register might upgrade it.
    with suppress(sqlite3.Error, RegisterError), closing(connect(path, mode="ro")) as connection:
        refuse_foreign(path, connection)
        return identity(Reader(connection, clock=now))
    return None
