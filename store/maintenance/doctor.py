"""Checks a register, its file, the files next to it and what it depends on; changes nothing."""

from __future__ import annotations

import os
import platform
import re
import shlex
import sqlite3
import stat
from contextlib import closing, suppress
from datetime import timedelta
from enum import StrEnum
from functools import partial
from time import monotonic, sleep
from typing import TYPE_CHECKING, NamedTuple

from store.audit.log import Head
from store.audit.log import head as newest
from store.clock import now
from store.db import filesystem, migrate
from store.db import sqlite as locking
from store.db.database import path_of
from store.db.errors import left_by_another, speaking
from store.db.files import check_kind, keep, umask
from store.db.filesystem import (
    check_mount,
    cure,
    fair_lock_place,
    group_name,
    network,
    only_readable,
    sticky,
    who_runs,
)
from store.db.migrate import foreign, missing_guards
from store.db.reader import Reader
from store.db.sqlite import connect, flock_holder, is_busy, reading_process, second_name, user_name, writing_process
from store.errors import RegisterError, UnreadableValueError
from store.maintenance.backup import BEFORE_RESTORE, backups_of, made_at
from store.text import mask, plural

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from store.clock import Clock
    from store.db.sqlite import FileHandle, Holder


class State(StrEnum):
    """How something is: a problem loses edits or keeps the register from being used, a warning may do so later."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


class Check(NamedTuple):
    """What was found of a `subject`: a clause without its full stop, and the `remedy`, None where none is needed."""

    subject: str
    state: State
    what: str
    remedy: str | None = None


def _check(state: State, subject: str, what: str, remedy: str | None = None) -> Check:
    return Check(subject, state, mask(what), mask(remedy) if remedy else None)


ok, warning, problem = (partial(_check, state) for state in State)


def refused(subject: str, error: RegisterError) -> Check:
    """A refusal as a problem."""
    return problem(subject, error.what, error.remedy)


class Examination(NamedTuple):
    """What was found, in a fixed order of subjects, and the newest change where the register can be read."""

    checks: tuple[Check, ...]
    head: Head | None

    @property
    def is_sound(self) -> bool:
        """Whether nothing is a problem."""
        return _has_no_problem(self.checks)


def _has_no_problem(checks: Sequence[Check]) -> bool:
    return all(check.state is not State.PROBLEM for check in checks)


def examine(target: str | Path, *, allow_network_fs: bool = False, clock: Clock = now) -> Examination:
    """Check the register at a path or URL, whatever is there; no byte is written."""
    machine = [ok("python", platform.python_version()), sqlite(sqlite3.sqlite_version_info), _umask()]
    try:
        path = path_of(target)
    except RegisterError as error:
        return Examination((*machine, refused("register", error)), None)
    try:
        handle = keep(path)
    except RegisterError as error:
        around = _around(path, None, allow_network_fs=allow_network_fs)
        found = (refused("register", error), *around, *_backup(path, clock(), intact=None))
        return Examination((*machine, *found), None)
    with closing(handle):
        inside, head = _inside(handle)
        intact = _has_no_problem(inside) if _is_regular(handle) else None
        around = _around(path, handle, allow_network_fs=allow_network_fs)
        return Examination((*machine, *inside, *around, *_backup(path, clock(), intact=intact)), head)


_RACE_BEGAN, _RACE_ENDED = (3, 7, 0), (3, 51, 3)
_BACKPORTS = {(3, 50): 7, (3, 44): 6}
"""The releases of older lines that are fixed, too: the first patch of each."""


def sqlite(version: tuple[int, int, int]) -> Check:
    """The SQLite library, and whether it may reset a write-ahead log while another process uses it."""
    name = ".".join(map(str, version))
    patch = _BACKPORTS.get((version[0], version[1]))
    if not _RACE_BEGAN <= version < _RACE_ENDED or (patch is not None and version[2] >= patch):
        return ok("sqlite", name)
    return ok("sqlite", f"{name} can corrupt a write-ahead log (fixed in 3.51.3), which a register never uses")


def _umask() -> Check:
    value = umask()
    if value & stat.S_IWOTH:
        return ok("umask", f"{value:04o}; it does not affect the register")
    return warning("umask", f"{value:04o} lets everyone write the files that you export", "run umask 0027")


# What the file holds

PATIENCE = 2.0
"""Seconds to wait for a lock."""
LONGEST = 60.0
"""Seconds after which the rest is left to `verify`: a crafted file may keep SQLite busy for ever."""
_STEPS = 100_000  # of SQLite's machine between two looks at the clock
_MOST = 5
_WITH_LOG = 2
_RESTORE = "restore it from a backup: `ai-debt restore FILE`"


def _inside(handle: FileHandle) -> tuple[list[Check], Head | None]:
    """What the file holds, and its newest change once all checks were made; what cannot be read is a check, too."""
    path, found, head = handle.path, list[Check](), None
    try:
        check_kind(handle)
        found.append(ok("register", f"{path} is a register file"))
        if unreadable := _before_sqlite(handle):
            return [*found, unreadable], None
        found.append(ok("journal", "rollback journal"))
        try:
            with speaking(path, handle.descriptor), closing(_connected(path)) as connection:
                head = _read(path, connection, found)
        except RegisterError as error:
            found.append(_unread(path, error))
    except RegisterError as error:
        found.append(refused("register", error))
    except OSError as error:
        unread = RegisterError(f"{path} cannot be read ({error.strerror})", "check the disk")
        found.append(refused("register", unread))
    return found, head


def _before_sqlite(handle: FileHandle) -> Check | None:
    """Why SQLite cannot read the file without writing next to it or into it."""
    file = handle.path.resolve()
    if max(handle.read(2, 18)) == _WITH_LOG or file.with_name(f"{file.name}-wal").exists():
        return warning(
            "journal",
            "another program uses a write-ahead log; the content was not checked, since that would write to it",
            "quit that program, then run `ai-debt list` once, which switches back to a rollback journal",
        )
    # SQLite leaves it alone, too, but as root it gives the journal another owner.
    return _cut_short() if _is_cut_short(file, handle) else None


def _connected(path: Path) -> sqlite3.Connection:
    connection = connect(path, mode="ro", patience=PATIENCE)
    end = monotonic() + LONGEST
    connection.set_progress_handler(lambda: monotonic() > end, _STEPS)
    return connection


def _read(path: Path, connection: sqlite3.Connection, found: list[Check]) -> Head | None:
    """Add what one transaction finds; the newest change, where the schema is known."""
    connection.execute("begin")
    strange = [refused("schema", error) for error in foreign(path, connection)]
    found += strange
    try:
        revision = migrate.read_revision(connection)
    except RegisterError as error:
        found.append(refused("revision", error))
        revision = None
    else:
        found.append(_revision(path, revision))
    if revision == migrate.HEAD:
        missing = missing_guards(connection.execute)
        for name in missing:
            what = f"the trigger {name}, which protects the trail, is missing"
            found.append(problem("schema", what, "run `ai-debt verify`; restoring a backup brings it back"))
        if not missing and not strange:
            found.append(ok("schema", "only the triggers that protect the trail"))
    found += _integrity(connection)
    if revision != migrate.HEAD:
        return None
    with suppress(UnreadableValueError):
        head = newest(Reader(connection, clock=now))
        if len(head.digest) == len(Head().digest):
            what = f"head {head.digest}, change {head.sequence:,}"
            found.append(ok("trail", what, "`ai-debt verify` checks all of it"))
            return head
    found.append(problem("trail", "the newest change has no digest", "run `ai-debt verify`"))
    return None


def _unread(path: Path, error: RegisterError) -> Check:
    """Why the file could not be read to its end."""
    cause = getattr(error.__cause__, "orig", None) or error.__cause__
    code = getattr(cause, "sqlite_errorcode", None)
    if cause is not None and is_busy(cause):
        return warning("content", f"it could not be checked: {error.what}", "try again in a moment")
    if code == sqlite3.SQLITE_READONLY_ROLLBACK:
        return _cut_short()
    if code == sqlite3.SQLITE_INTERRUPT:
        what = f"checking {path} took longer than {LONGEST:.0f} seconds"
        return warning("content", what, "run `ai-debt verify`, which has no time limit")
    return refused("content", error)


def _cut_short() -> Check:
    what = "a write was interrupted and must be rolled back first, which would write: the content was not checked"
    return warning("content", what, "see the journal under leftovers")


def _revision(path: Path, revision: str | None) -> Check:
    if revision == migrate.HEAD:
        return ok("revision", f"{revision}, the newest that this ai-debt supports")
    if revision is None:
        return problem("revision", "the file has no schema revision", "restore it from a backup")
    if revision > migrate.HEAD:
        return refused("revision", migrate.newer(path, revision))
    return warning(
        "revision",
        f"{revision} is older than {migrate.HEAD}: opening the register upgrades it and keeps a copy",
        "make sure everyone has this version of ai-debt, then run `ai-debt list`: older ones cannot read it afterwards",
    )


def _integrity(connection: sqlite3.Connection) -> Iterator[Check]:
    said = [" ".join(str(row[0]).split()) for row in connection.execute(f"pragma quick_check({_MOST})")]
    if said == ["ok"]:
        yield ok("integrity", "SQLite found no errors")
    else:
        yield from (problem("integrity", f"the file is damaged: {each}", _RESTORE) for each in said)
    broken = connection.execute("pragma foreign_key_check").fetchmany(_MOST)
    for table, row, other, _ in broken:
        yield problem("references", f"row {row} of {table} refers to a missing row of {other}", _RESTORE)
    if not broken:
        yield ok("references", "no row refers to a missing row")


# The file, its disk and its directory

_TO_LOOK = getattr(os, "O_PATH", os.O_RDONLY)  # enough for a directory that may be entered, not listed
_LEAST_FREE = 16 * 1024 * 1024
_EVERYBODY = stat.S_IROTH | stat.S_IWOTH
_SHARED = stat.S_ISGID | stat.S_IWGRP


def _is_regular(handle: FileHandle) -> bool:
    return stat.S_ISREG(os.fstat(handle.descriptor).st_mode)


def _around(path: Path, handle: FileHandle | None, *, allow_network_fs: bool) -> Iterator[Check]:
    """What there is to say of any file, or of the place where there is none."""
    file = real(path)
    regular = handle is not None and _is_regular(handle)
    size = os.fstat(handle.descriptor).st_size if handle is not None and regular else 0
    if regular:
        yield ok("size", f"{size:,} bytes")
    yield from disk(file, size, allow_network_fs=allow_network_fs)
    if handle is not None and regular:
        yield from _names(path, handle)
        hindrance = only_readable(path)
        if hindrance:
            yield warning("access", hindrance.what, hindrance.remedy)
        else:
            yield ok("access", "you can read and write it")
        yield _lock(handle)
        yield from _turn(handle)
    if handle is None or regular:
        yield from _modes(file)
    yield from _journal(file, handle)
    yield from _leftovers(file)


def disk(file: Path, size: int, *, allow_network_fs: bool) -> Iterator[Check]:
    """The file system that `file` is on or would be on, and the room there for a register of `size` bytes."""
    directory = file.parent
    try:
        descriptor = os.open(directory, _TO_LOOK | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        what = f"{directory} is not accessible ({error.strerror})"
        yield problem("directory", what, "check the path, or use another one")
        return
    try:
        yield _file_system(directory, descriptor, allow_network_fs=allow_network_fs)
        yield _room(directory, descriptor, size)
    except OSError as error:
        yield problem("disk", f"the disk of {directory} does not respond ({error.strerror})", "check the disk")
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
        return ok("file system", "unknown on this system; it must be a local disk")
    if not (remote := network(directory, descriptor)):
        return ok("file system", f"{mount.kind} (local)")
    if allow_network_fs:
        return warning("file system", f"{remote.what} (allowed)", "make sure that only one machine opens it")
    return refused("file system", remote)


def _room(directory: Path, descriptor: int, size: int) -> Check:
    status = os.fstatvfs(descriptor)
    free = status.f_bavail * status.f_frsize
    if status.f_files and not status.f_favail:
        return problem("disk", f"the disk of {directory} has no room for more files", "remove some files there")
    what = f"{free:,} bytes free"
    if free < _LEAST_FREE + 2 * size:
        # A write may need as much again for its journal, and a backup or upgrade a whole copy.
        return warning("disk", f"only {what}", f"free some space on the disk of {directory}")
    return ok("disk", what)


def _names(path: Path, handle: FileHandle) -> Iterator[Check]:
    """Whether the file has one name only: no link to it, no second name, no mount."""
    if path.is_symlink():
        yield ok("link", f"{path} is a symbolic link to {real(path)}; its journal is next to that file")
    second = second_name(path, os.fstat(handle.descriptor))
    yield refused("hard links", second) if second else ok("hard links", "none")
    try:
        check_mount(path, handle.descriptor)
        yield ok("mount", "the file itself is not a mount")
    except RegisterError as error:
        yield refused("mount", error)


def _modes(file: Path) -> Iterator[Check]:
    """Who may read and write the file and its directory, and the commands that let a group share them."""
    with suppress(OSError):
        status, around = file.stat(), file.parent.stat()
        yield _mode_of_file(file, status, around)
        yield _mode_of_directory(file, status, around)


def _said(status: os.stat_result) -> str:
    mode = f"{stat.S_IMODE(status.st_mode):04o}"
    return f"mode {mode}, owner {user_name(status.st_uid)}, group {group_name(status.st_gid)}"


def _mode_of_file(file: Path, status: os.stat_result, around: os.stat_result) -> Check:
    what, mode = _said(status), status.st_mode
    if mode & _EVERYBODY:
        can = "write" if mode & stat.S_IWOTH else "read"
        what = f"{what}: everyone on this machine who can reach it can {can} it"
        return warning("mode", what, _chmod("o-rwx", file, status))
    shared = around.st_mode & _SHARED == _SHARED
    if shared and (not mode & stat.S_IWGRP or status.st_gid != around.st_gid):
        return warning("mode", f"{what}: its directory is shared with a group that cannot write the file", cure(file))
    if mode & stat.S_IWGRP:
        return ok("mode", f"{what}: writable by its group")
    return ok("mode", f"{what}: writable only by its owner", f"to share it with a group, {cure(file)}")


def _mode_of_directory(file: Path, status: os.stat_result, around: os.stat_result) -> Check:
    directory, mode = file.parent, around.st_mode
    what = f"{directory}: {_said(around)}"
    if mode & stat.S_IWOTH:
        return warning("directory", f"{what}: everyone can add files next to the register", cure(file))
    if found := sticky(file):
        return warning("directory", found, cure(file))
    if status.st_mode & stat.S_IWGRP and not mode & stat.S_IWGRP:
        return warning("directory", f"{what}: the group can write the register, but not its journal", cure(file))
    if status.st_mode & stat.S_IWGRP and not mode & stat.S_ISGID:
        more = "without the setgid bit, a leftover journal does not belong to the group"
        return warning("directory", f"{what}: {more}", cure(file))
    if mode & stat.S_IWGRP and not mode & stat.S_ISGID:
        return warning("directory", f"{what}: its group can replace the register", _chmod("g-w", directory, around))
    return ok("directory", what)


def _chmod(change: str, path: Path, status: os.stat_result) -> str:
    return f"{who_runs(status)} {shlex.join(['chmod', change, str(path)])}"


# Who has it open

_LONG = "more than two seconds"
_GLANCE = 0.05


def _lock(handle: FileHandle) -> Check:
    """Who writes the file just now, or holds up who wants to."""
    writer = writing_process(handle.descriptor)
    holder = writer or reading_process(handle.descriptor)
    if holder is None:
        return ok("lock", "not in use")
    who = holder.user or "someone"
    what = f"{who} (process {holder.process}) is {'writing' if writer else 'reading'} it"
    if holder.stopped:
        what = f"{what} and is stopped, so no one else can write"
        return problem("lock", what, f"ask {who} to resume it (fg, or kill -CONT {holder.process}) or to end it")
    if writer is None and _stays(holder, lambda: reading_process(handle.descriptor)):
        return problem("lock", f"{what} for {_LONG} already, so no one can write", f"ask {who} to end it")
    return ok("lock", what)


def _turn(handle: FileHandle) -> Iterator[Check]:
    """A lock that keeps writers from taking turns."""
    place = fair_lock_place(handle.path.resolve(), handle.descriptor)
    holder, writer = flock_holder(place), writing_process(handle.descriptor)
    if holder is None or (writer is not None and writer.process == holder.process):
        return
    if holder.stopped or _stays(holder, lambda: flock_holder(place)):
        who = holder.user or "someone"
        what = f"{who} (process {holder.process}) has locked {place} for {_LONG}, so writers cannot take turns"
        yield warning("lock", what, f"ask {who} to end it; until then, writers do not take turns")


def _stays(holder: Holder, ask: Callable[[], Holder | None]) -> bool:
    """Whether a process holds a lock for longer than any read or write takes."""
    end = monotonic() + locking.LOOK
    while (present := ask()) is not None and present.process == holder.process:
        if monotonic() >= end:
            return True
        sleep(_GLANCE)
    return False


# The files next to it

_SHOWN = 5


def _is_cut_short(path: Path, handle: FileHandle) -> bool:
    """Whether a journal is there that takes a write back, and whoever wrote is gone."""
    file = _journal_of(path)
    first = _status(file)
    if first is None or _is_blank(file) or writing_process(handle.descriptor):
        return False
    last = _status(file)
    # Another one by now belongs to someone who is writing.
    return last is not None and (last.st_ino, last.st_mtime_ns) == (first.st_ino, first.st_mtime_ns)


def _journal(path: Path, handle: FileHandle | None) -> Iterator[Check]:
    """The rollback journal, where one is left."""
    file = _journal_of(path)
    status = _status(file)
    if status is None:
        return
    named = f"{file.name} of {user_name(status.st_uid)}"
    if handle is None:
        yield warning("leftovers", f"{named} exists without its register", _remove([file]))
    elif not _is_cut_short(path, handle):
        if _is_blank(file) and _status(file) is not None:
            yield ok("leftovers", f"{named} is empty: the next write removes it")
    elif left := left_by_another(path):
        yield refused("leftovers", left)
    else:
        yield warning(
            "leftovers",
            f"{named} is left over from an interrupted write",
            "run `ai-debt list` once, which rolls it back; never remove the journal",
        )


def _journal_of(path: Path) -> Path:
    return path.with_name(f"{path.name}-journal")


def _status(file: Path) -> os.stat_result | None:
    with suppress(OSError):
        return file.lstat()
    return None


def _is_blank(file: Path) -> bool:
    """Whether SQLite would take nothing back from a journal."""
    with suppress(OSError):
        descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
        try:
            return os.read(descriptor, 1) in (b"", b"\0")
        finally:
            os.close(descriptor)
    return False


def _leftovers(path: Path) -> Iterator[Check]:
    """Files of a write-ahead log, files that were never finished, and copies that may be removed some day."""
    try:
        names = set(os.listdir(path.parent))
    except OSError:
        return
    name, stem = re.escape(path.name), re.escape(path.stem)
    logs = [path.with_name(log) for log in (f"{path.name}-wal", f"{path.name}-shm") if log in names]
    if logs:
        yield warning(
            "leftovers",
            f"{_listed(logs)}: another program uses or used a write-ahead log",
            "quit that program and run `ai-debt list` once; never remove them yourself",
        )
    unfinished = rf"\.{name}\.new-(?P<process>\d+)-[0-9a-f]+|\.{name}\.before-.*\.(?P<other>\d+)"
    dead = [
        file
        for file in _matching(path, names, unfinished)
        if (found := re.fullmatch(unfinished, file.name)) and not _lives(int(found["process"] or found["other"]))
    ]
    if dead:
        yield warning("leftovers", f"{_listed(dead)}: left unfinished by a program that was killed", _remove(dead))
    copies = _matching(
        path, names, rf"{name}\.before-[^.]+\.\d+T\d+Z|{stem}\.{BEFORE_RESTORE}-.*\.db|{name}\.damaged-.*Z"
    )
    if copies:
        what = f"from before an upgrade or a restore: {_listed(copies)}"
        yield ok("copies", what, f"once they are not needed, {_remove(copies)}")
    if not logs and not dead:
        yield ok("leftovers", "no leftover files")


def _matching(path: Path, names: set[str], pattern: str) -> list[Path]:
    return [path.with_name(name) for name in sorted(names) if re.fullmatch(pattern, name)]


def _lives(process: int) -> bool:
    """Whether a process of that number is there, which may be another one by now."""
    try:
        with suppress(PermissionError):
            os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    return True


def _listed(files: Sequence[Path]) -> str:
    more = f" and {len(files) - _SHOWN} more" if len(files) > _SHOWN else ""
    return ", ".join(file.name for file in files[:_SHOWN]) + more


def _remove(files: Sequence[Path]) -> str:
    return f"run {shlex.join(['rm', '--', *map(str, files)])}"


OLDEST = timedelta(days=30)
"""The age of the newest backup from which it is time for another."""


def _backup(path: Path, moment: datetime, *, intact: bool | None) -> Iterator[Check]:
    """The newest backup next to the register, and whether it is time for another, or how to restore it.

    `intact` is whether the register can be read and backed up, None where there is none.
    """
    found = [(made, file) for file in backups_of(path, path.parent) if (made := made_at(file)) is not None]
    again = f"run {shlex.join(['ai-debt', 'backup', '--db', str(path)])}" if intact else None
    if not found:
        if intact is not None:
            yield warning("backup", "none next to the register", again)
        return
    made, file = found[0]
    days = max((moment - made).days, 0)
    what = f"the newest is {file.name}, {days} {plural(days, 'day')} old"
    if not intact:
        restoring = shlex.join(["ai-debt", "restore", str(file), "--db", str(path)])
        yield ok("backup", what, f"to restore it, run {restoring}")
    elif moment - made > OLDEST:
        yield warning("backup", what, again)
    else:
        yield ok("backup", what)
