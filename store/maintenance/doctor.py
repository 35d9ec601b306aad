"""Checks a register and what it depends on, and changes nothing."""

from __future__ import annotations

import os
import platform
import shlex
import sqlite3
import stat
from contextlib import closing
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING

from store.audit.log import Head
from store.audit.log import head as newest
from store.clock import now
from store.db import filesystem, migrate
from store.db.database import path_of
from store.db.errors import speaking
from store.db.file_handle import second_name
from store.db.files import check_kind, keep, umask
from store.db.filesystem import check_mount, cure, group_name, network, only_readable, sticky, who_runs
from store.db.locks import is_busy, user_name
from store.db.migrate import foreign, missing_guards
from store.db.reader import Reader
from store.errors import RegisterError, UnreadableValueError
from store.maintenance import leftovers
from store.maintenance.checks import Check, State, ok, problem, refused, warning
from store.maintenance.leftovers import is_cut_short

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from store.clock import Clock
    from store.db.file_handle import FileHandle


PATIENCE = 2.0
"""Seconds to wait for a lock."""
LONGEST = 60.0
"""Seconds after which the rest is left to `verify`: a file that somebody prepared may keep SQLite busy for ever."""
_STEPS = 100_000  # of SQLite's machine between two looks at the clock
_MOST = 5
_WITH_LOG = 2


@dataclass(slots=True)
class Inside:
    """A look into the register that is `kept`; `head` is known once its checks were all made."""

    kept: FileHandle
    head: Head | None = None

    def checks(self) -> Iterator[Check]:
        """What the file holds; what cannot be read is a check as well."""
        path = self.kept.path
        if said := self._beside():
            yield said
            return
        yield ok("journal", "it is kept with a rollback journal, as it should be")
        try:
            with speaking(path, self.kept.descriptor), closing(self._connected()) as connection:
                yield from self._read(connection)
        except RegisterError as error:
            yield _unread(path, error)

    def _beside(self) -> Check | None:
        """Why SQLite cannot look into the file without writing beside it or into it."""
        file = self.kept.path.resolve()
        if max(self.kept.read(2, 18)) == _WITH_LOG or file.with_name(f"{file.name}-wal").exists():
            return warning(
                "journal",
                "it is kept with a write-ahead log by another program, and was not looked into, since that would write",
                "leave that program, then open it once with `ai-debt list`, which goes back to a rollback journal",
            )
        # SQLite leaves it alone, too, but as root it gives the journal another owner.
        return _cut_short() if is_cut_short(file, self.kept) else None

    def _connected(self) -> sqlite3.Connection:
        connection = migrate.connect(self.kept.path, mode="ro", patience=PATIENCE)
        end = monotonic() + LONGEST
        connection.set_progress_handler(lambda: monotonic() > end, _STEPS)
        return connection

    def _read(self, connection: sqlite3.Connection) -> Iterator[Check]:
        # One transaction: what is read in it belongs together.
        connection.execute("BEGIN")
        path = self.kept.path
        strange = list(foreign(path, connection))
        yield from (refused("schema", error) for error in strange)
        try:
            revision = migrate.read_revision(connection)
        except RegisterError as error:
            yield refused("revision", error)
            revision = None
        else:
            yield _revision(self.kept, revision)
        if revision == migrate.HEAD:
            yield from _guards(connection, strange=bool(strange))
        yield from _integrity(connection)
        if revision == migrate.HEAD:
            yield self._trail(connection)

    def _trail(self, connection: sqlite3.Connection) -> Check:
        try:
            found = newest(Reader(connection, clock=now))
        except UnreadableValueError:
            found = Head(digest="")
        if len(found.digest) != len(Head().digest):
            return problem("trail", "the newest change has no digest", "run `ai-debt verify`")
        self.head = found
        what = f"its head is {found.digest}, change {found.sequence:,}"
        return ok("trail", what, "`ai-debt verify` checks all of it, which takes longer")


def _unread(path: Path, error: RegisterError) -> Check:
    """Why the file could not be read to its end."""
    cause = getattr(error.__cause__, "orig", None) or error.__cause__
    code = getattr(cause, "sqlite_errorcode", None)
    if cause is not None and is_busy(cause):
        return warning("content", f"it could not be looked into: {error.what}", "try again in a moment")
    if code == sqlite3.SQLITE_READONLY_ROLLBACK:
        return _cut_short()
    if code == sqlite3.SQLITE_INTERRUPT:
        what = f"{path} could not be looked through in {LONGEST:.0f} seconds"
        return warning("content", what, "run `ai-debt verify`, which takes its time")
    return refused("content", error)


def _cut_short() -> Check:
    what = "a write was cut short and has to be taken back before it is looked into, which would write"
    return warning("content", what, "what to do is said of the journal, under leftovers")


def _revision(kept: FileHandle, revision: str | None) -> Check:
    if revision == migrate.HEAD:
        return ok("revision", f"its revision is {revision}, the newest that this ai-debt knows")
    if revision is None:
        return problem("revision", f"{kept.path} holds no tables, it was never finished", "restore it from a backup")
    if revision > migrate.HEAD:
        return refused("revision", migrate.newer(kept.path, revision))
    return warning(
        "revision",
        f"its revision is {revision}, older than {migrate.HEAD}: opening it brings it up to date and keeps a copy",
        "see that everybody has this ai-debt, then open it with `ai-debt list`: an older one cannot read it afterwards",
    )


def _guards(connection: sqlite3.Connection, *, strange: bool) -> Iterator[Check]:
    missing = missing_guards(connection.execute)
    for name in missing:
        what = f"the trigger {name} is gone, which keeps the trail from being changed"
        yield problem("schema", what, "run `ai-debt verify`; a restored backup has it again")
    if not missing and not strange:
        yield ok("schema", "it has no triggers but those that protect the trail")


def _integrity(connection: sqlite3.Connection) -> Iterator[Check]:
    said = [" ".join(str(row[0]).split()) for row in connection.execute(f"PRAGMA quick_check({_MOST})")]
    if said == ["ok"]:
        yield ok("integrity", "SQLite finds nothing wrong in the file")
    else:
        for each in said:
            yield problem(
                "integrity", f"the file is damaged: {each}", "restore it from a backup: `ai-debt restore FILE`"
            )
    broken = [row[:3] for row in connection.execute("PRAGMA foreign_key_check").fetchmany(_MOST)]
    for table, row, other in broken:
        yield problem(
            "references",
            f"row {row} of {table} refers to a row of {other} that is not there",
            "restore it from a backup: `ai-debt restore FILE`",
        )
    if not broken:
        yield ok("references", "every row refers to rows that are there")


_TO_LOOK = getattr(os, "O_PATH", os.O_RDONLY)  # enough for a directory that may be entered, not listed
_LEAST_FREE = 16 * 1024 * 1024
_EVERYBODY = stat.S_IROTH | stat.S_IWOTH
_SHARED = stat.S_ISGID | stat.S_IWGRP


def disk(file: Path, size: int, *, allow_network_fs: bool) -> Iterator[Check]:
    """The file system that `file` is on or would be on, and the room there for a register of `size` bytes."""
    directory = file.parent
    try:
        descriptor = os.open(directory, _TO_LOOK | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        yield problem(
            "directory", f"{directory} cannot be entered ({error.strerror})", "check the path, or name another"
        )
        return
    try:
        yield _file_system(directory, descriptor, allow_network_fs=allow_network_fs)
        yield _room(directory, descriptor, size)
    except OSError as error:
        yield problem("disk", f"the disk of {directory} does not answer ({error.strerror})", "look at the disk")
    finally:
        os.close(descriptor)


def real(path: Path) -> Path:
    """The file itself, where `path` leads to it over links."""
    try:
        return path.resolve()
    except (OSError, RuntimeError):  # links in a ring
        return path


def _file_system(directory: Path, descriptor: int, *, allow_network_fs: bool) -> Check:
    mount = filesystem.mount_of(descriptor)
    if mount is None:
        return ok("file system", "this system does not tell which kind it is: it must be a local disk")
    if not (remote := network(directory, descriptor)):
        return ok("file system", f"{mount.kind}, of this machine alone")
    if allow_network_fs:
        return warning("file system", f"{remote.what}, which was allowed", "be sure that only one machine opens it")
    return refused("file system", remote)


def _room(directory: Path, descriptor: int, size: int) -> Check:
    status = os.fstatvfs(descriptor)
    free = status.f_bavail * status.f_frsize
    if status.f_files and not status.f_favail:
        return problem("disk", f"no more files can be made on the disk of {directory}", "remove some there")
    what = f"{free:,} bytes are free"
    if free < _LEAST_FREE + 2 * size:
        # A write may need as much again for its journal, and a backup or upgrade a whole copy.
        return warning("disk", f"{what}, which is little", f"make room on the disk of {directory}")
    return ok("disk", what)


def names(path: Path, kept: FileHandle) -> Iterator[Check]:
    """Whether the file has one name alone: not a link to it, a second one, or a mount of its own."""
    if path.is_symlink():
        yield ok("link", f"{path} is a symbolic link to {real(path)}, beside which its journal is")
    second = second_name(path, os.fstat(kept.descriptor))
    yield refused("hard links", second) if second else ok("hard links", "the file has one name")
    try:
        check_mount(path, kept.descriptor)
        yield ok("mount", "the file is not mounted by itself")
    except RegisterError as error:
        yield refused("mount", error)


def access(path: Path) -> Check:
    """Whether this user may write the file, which they can read."""
    if hindrance := only_readable(path):
        return warning("access", hindrance.what, hindrance.remedy)
    return ok("access", "you may read and write it")


def modes(file: Path) -> Iterator[Check]:
    """Who may read and write the file and its directory, and the commands that let a group share them."""
    try:
        status, around = file.stat(), file.parent.stat()
    except OSError:
        return
    yield _mode_of_file(file, status, around)
    yield _mode_of_directory(file, status, around)


def _said(status: os.stat_result) -> str:
    mode = f"{stat.S_IMODE(status.st_mode):04o}"
    return f"its mode is {mode}, its owner {user_name(status.st_uid)}, its group {group_name(status.st_gid)}"


def _mode_of_file(file: Path, status: os.stat_result, around: os.stat_result) -> Check:
    what, mode = _said(status), status.st_mode
    if mode & _EVERYBODY:
        can = "write" if mode & stat.S_IWOTH else "read"
        return warning(
            "mode", f"{what}: everybody on this machine who reaches it can {can} it", _chmod("o-rwx", file, status)
        )
    shared = around.st_mode & _SHARED == _SHARED
    if shared and (not mode & stat.S_IWGRP or status.st_gid != around.st_gid):
        return warning("mode", f"{what}: its directory is shared with a group that cannot write it", cure(file))
    if mode & stat.S_IWGRP:
        return ok("mode", f"{what}: its group can write it")
    return ok("mode", f"{what}: it is written by its owner alone", f"to share it with a group, {cure(file)}")


def _mode_of_directory(file: Path, status: os.stat_result, around: os.stat_result) -> Check:
    directory, mode = file.parent, around.st_mode
    what = f"{directory}: {_said(around)}"
    if mode & stat.S_IWOTH:
        return warning("directory", f"{what}: everybody can put files beside the register", cure(file))
    if found := sticky(file):
        return warning("directory", found, cure(file))
    if status.st_mode & stat.S_IWGRP and not mode & stat.S_IWGRP:
        return warning("directory", f"{what}: the group can write the register, but not its journal here", cure(file))
    if status.st_mode & stat.S_IWGRP and not mode & stat.S_ISGID:
        more = "without the setgid bit a journal that somebody leaves is not the group's"
        return warning("directory", f"{what}: {more}", cure(file))
    if mode & stat.S_IWGRP and not mode & stat.S_ISGID:
        return warning("directory", f"{what}: its group can replace the register", _chmod("g-w", directory, around))
    return ok("directory", what)


def _chmod(change: str, path: Path, status: os.stat_result) -> str:
    return f"{who_runs(status)} {shlex.join(['chmod', change, str(path)])}"


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
    """Look at the register at a path or URL, whatever is there; no byte is written."""
    machine = [ok("python", platform.python_version()), sqlite(sqlite3.sqlite_version_info), _umask()]
    found: list[Check]
    try:
        path = path_of(target)
    except RegisterError as error:
        found, newest = [refused("register", error)], None
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


def _inside(kept: FileHandle, inside: Inside) -> Iterator[Check]:
    try:
        check_kind(kept)
        yield ok("register", f"{kept.path} says in its header that it is a register")
        yield from inside.checks()
    except RegisterError as error:
        yield refused("register", error)
    except OSError as error:
        unread = RegisterError(f"{kept.path} cannot be read ({error.strerror})", "look at its disk")
        yield refused("register", unread)


def _is_regular(kept: FileHandle) -> bool:
    return stat.S_ISREG(os.fstat(kept.descriptor).st_mode)


def _around(path: Path, kept: FileHandle | None, *, allow_network_fs: bool) -> Iterator[Check]:
    """What there is to say of any file, or of the place where there is none."""
    file = real(path)
    regular = kept is not None and _is_regular(kept)
    size = os.fstat(kept.descriptor).st_size if kept is not None and regular else 0
    if regular:
        yield ok("size", f"{size:,} bytes")
    yield from disk(file, size, allow_network_fs=allow_network_fs)
    if kept is not None and regular:
        yield from names(path, kept)
        yield access(path)
        yield leftovers.lock(kept)
        yield from leftovers.turn(kept)
    if kept is None or regular:
        yield from modes(file)
    yield from leftovers.journal(file, kept)
    yield from leftovers.leftovers(file)
