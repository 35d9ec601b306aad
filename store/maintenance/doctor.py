"""Looks at a register and what it stands on, changing nothing, and says what is not as it should be."""

from __future__ import annotations

import os
import platform
import sqlite3
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING

from store.audit.chain import head
from store.db.database import Database, now, path_of
from store.db.files import check_kind, keep
from store.db.textfiles import umask
from store.errors import RegisterError
from store.maintenance import leftovers, place
from store.maintenance.checks import Check, State, ok, refused, warning
from store.maintenance.inside import Inside

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from store.audit.chain import Head
    from store.db.database import Clock
    from store.db.kept import Kept

_RACE_BEGAN, _RACE_ENDED = (3, 7, 0), (3, 51, 3)
_BACK_PORTS = {(3, 50): 7, (3, 44): 6}
"""The releases of older lines that have the cure, too: the first patch of each."""


@dataclass(frozen=True, slots=True)
class Examination:
    """What was found, in a fixed order of subjects, and the newest change where the register can be read."""

    checks: tuple[Check, ...]
    head: Head | None

    @property
    def is_sound(self) -> bool:
        """Whether nothing is a problem."""
        return all(check.state is not State.PROBLEM for check in self.checks)


def examine(target: str | Path, *, allow_network_fs: bool = False, clock: Clock = now) -> Examination:
    """Look at the register at a path or URL, whatever is there; no byte is written.

    Raises RegisterError for a URL that names nothing.
    """
    path = path_of(target)
    machine = [ok("python", platform.python_version()), sqlite(sqlite3.sqlite_version_info), _umask()]
    if path is None:
        found, newest = _server(str(target))
    else:
        found, newest = _file(path, clock, allow_network_fs=allow_network_fs)
    return Examination((*machine, *found), newest)


def sqlite(version: tuple[int, int, int]) -> Check:
    """The SQLite library, and whether it may reset a write-ahead log while another process uses it."""
    name = ".".join(map(str, version))
    patch = _BACK_PORTS.get((version[0], version[1]))
    if not _RACE_BEGAN <= version < _RACE_ENDED or (patch is not None and version[2] >= patch):
        return ok("sqlite", name)
    return ok("sqlite", f"{name} can corrupt a write-ahead log (fixed in 3.51.3), which a register never uses")


def _umask() -> Check:
    mask = umask()
    what = f"{mask:04o}; a register is private or shared by its directory, whatever the umask"
    if mask & stat.S_IWOTH:
        return ok("umask", what)
    return warning("umask", f"{mask:04o} lets everybody write the files that you export", "run umask 0027")


def _server(url: str) -> tuple[list[Check], Head | None]:
    try:
        with Database.open(url) as db, db.read() as session:
            newest = head(session)
    except RegisterError as error:
        return [refused("register", error)], None
    return [
        ok("register", f"{db.url} answers, and its revision is the newest that this ai-debt knows"),
        ok("trail", f"its head is {newest.digest}, change {newest.sequence:,}", "`ai-debt verify` checks all of it"),
    ], newest


def _file(path: Path, clock: Clock, *, allow_network_fs: bool) -> tuple[list[Check], Head | None]:
    try:
        kept = keep(path)
    except RegisterError as error:
        around = _around(path, None, allow_network_fs=allow_network_fs)
        return [refused("register", error), *around, *leftovers.backup(path, clock(), intact=None)], None
    try:
        inside = Inside(kept)
        found = list(_inside(kept, inside))
        intact = all(check.state is not State.PROBLEM for check in found) if _is_regular(kept) else None
        found += _around(path, kept, allow_network_fs=allow_network_fs)
        return [*found, *leftovers.backup(path, clock(), intact=intact)], inside.head
    finally:
        kept.close()


def _inside(kept: Kept, inside: Inside) -> Iterator[Check]:
    try:
        check_kind(kept)
        yield ok("register", f"{kept.path} says in its header that it is a register")
        yield from inside.checks()
    except RegisterError as error:
        yield refused("register", error)
    except OSError as error:
        unread = RegisterError(f"{kept.path} cannot be read ({error.strerror})", "look at its disk")
        yield refused("register", unread)


def _is_regular(kept: Kept) -> bool:
    return stat.S_ISREG(os.fstat(kept.descriptor).st_mode)


def _around(path: Path, kept: Kept | None, *, allow_network_fs: bool) -> Iterator[Check]:
    """What there is to say of any file, or of the place where there is none."""
    file = place.real(path)
    regular = kept is not None and _is_regular(kept)
    size = os.fstat(kept.descriptor).st_size if kept is not None and regular else 0
    if regular:
        yield ok("size", f"{size:,} bytes")
    yield from place.disk(file, size, allow_network_fs=allow_network_fs)
    if kept is not None and regular:
        yield from place.names(path, kept)
        yield place.access(path)
        yield leftovers.lock(kept)
        yield from leftovers.turn(kept)
    if kept is None or regular:
        yield from place.modes(file)
    yield from leftovers.journal(file, kept)
    yield from leftovers.leftovers(file)
