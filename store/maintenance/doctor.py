"""Checks a register, its file, the files next to it and what it depends on; changes nothing."""

from __future__ import annotations

import os
import platform
import re
import shlex
import sqlite3
import stat
from contextlib import ExitStack, closing, suppress
from datetime import timedelta
from enum import StrEnum
from functools import partial
from itertools import islice
from time import monotonic, sleep
from typing import TYPE_CHECKING, NamedTuple

from store.audit.log import Head
from store.audit.log import head as newest
from store.clock import now
from store.db import filesystem, migrate
from store.db import sqlite as locking
from store.db.database import path_of
from store.db.errors import interrupted_write, translated_errors
from store.db.files import check_kind, file_status, is_running, open_file, umask
from store.db.filesystem import (
    check_mount,
    fair_lock_path,
    group_name,
    is_shared,
    network_refusal,
    open_directory,
    read_only_refusal,
    sharing_commands,
    sticky_bit,
    user_name,
    who_runs,
)
from store.db.reader import Reader
from store.db.sqlite import connect, flock_holder, hard_links, is_busy, reading_process, writing_process
from store.errors import RESTORE, RegisterError, UnreadableValueError
from store.maintenance.backup import BEFORE_RESTORE, backups_of
from store.text import mask, number_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from store.clock import Clock
    from store.db.sqlite import FileHandle, Holder


class State(StrEnum):
    """A problem loses edits or prevents using the register, a warning may do so later."""

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


def examine(target: str | Path, *, allow_network_fs: bool = False, clock: Clock = now) -> Examination:
    """Check the register at a path or URL, even a damaged one; nothing is written."""
    checks = [ok("python", platform.python_version()), sqlite(sqlite3.sqlite_version_info), _umask()]
    try:
        path = path_of(target)
    except RegisterError as error:
        return Examination((*checks, refused("register", error)), None)
    handle, is_regular, heads = None, False, list[Head]()
    with ExitStack() as stack:
        try:
            handle = stack.enter_context(closing(open_file(path)))
            is_regular = stat.S_ISREG(os.fstat(handle.descriptor).st_mode)
            content = list(_content(handle, heads))
        except RegisterError as error:
            content = [refused("register", error)]
        checks += content
        checks += _surroundings(path, handle, is_regular=is_regular, allow_network_fs=allow_network_fs)
        intact = all(check.state is not State.PROBLEM for check in content) if is_regular else None
        checks += _backup(path, clock(), intact=intact)
    return Examination(tuple(checks), heads[0] if heads else None)


_RACE_BEGAN, _RACE_ENDED = (3, 7, 0), (3, 51, 3)
_BACKPORTS = {(3, 50): 7, (3, 44): 6}
"""The first fixed patch of older release lines."""


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
"""Seconds after which the rest is left to `verify`: a crafted file can keep SQLite busy forever."""
_STEPS = 100_000  # of SQLite's machine between two looks at the clock
_MOST = 5
_RESTORE = f"{RESTORE}: `ai-debt restore FILE`"


def _content(handle: FileHandle, heads: list[Head]) -> Iterator[Check]:
    """What the file holds; its newest change is added to `heads` where it can be read."""
    path = handle.path
    try:
        check_kind(handle)
        yield ok("register", f"{path} is a register file")
        file = path.resolve()
        if handle.has_write_ahead_log() or file.with_name(f"{file.name}-wal").exists():
            what = "another program uses a write-ahead log; the content was not checked, since that would write to it"
            remedy = "quit that program, then run `ai-debt list` once, which switches back to a rollback journal"
            yield warning("journal", what, remedy)
        elif _is_interrupted(file, handle):
            # SQLite leaves it alone, too, but as root it gives the journal another owner.
            yield _interrupted()
        else:
            yield ok("journal", "rollback journal")
            try:
                with (
                    translated_errors(path, handle.descriptor),
                    closing(connect(path, mode="ro", patience=PATIENCE)) as connection,
                ):
                    end = monotonic() + LONGEST
                    connection.set_progress_handler(lambda: monotonic() > end, _STEPS)
                    yield from _database(path, connection, heads)
            except RegisterError as error:
                yield _unread(path, error)
    except RegisterError as error:
        yield refused("register", error)
    except OSError as error:
        yield problem("register", f"{path} cannot be read ({error.strerror})", "check the disk")


def _database(path: Path, connection: sqlite3.Connection, heads: list[Head]) -> Iterator[Check]:
    """What one transaction finds."""
    connection.execute("begin")
    foreign = [refused("schema", error) for error in migrate.foreign(path, connection)]
    yield from foreign
    revision = None
    try:
        revision = migrate.read_revision(connection)
        yield _revision(path, revision)
    except RegisterError as error:
        yield refused("revision", error)
    if revision != migrate.HEAD:
        yield from _integrity(connection)
        return
    missing = migrate.missing_guards(connection)
    for what in missing:
        yield problem("schema", what, "run `ai-debt verify`; restoring a backup brings it back")
    if not missing and not foreign:
        yield ok("schema", "only the triggers that protect the trail")
    yield from _integrity(connection)
    with suppress(UnreadableValueError):
        head = newest(Reader(connection, clock=now))
        if len(head.digest) == len(Head().digest):
            heads.append(head)
    if heads:
        what = f"head {heads[0].digest}, change {heads[0].sequence:,}"
        yield ok("trail", what, "`ai-debt verify` checks all of it")
    else:
        yield problem("trail", "the newest change has no digest", "run `ai-debt verify`")


def _unread(path: Path, error: RegisterError) -> Check:
    """Why the file could not be read to its end."""
    cause = getattr(error.__cause__, "orig", None) or error.__cause__
    code = getattr(cause, "sqlite_errorcode", None)
    if cause is not None and is_busy(cause):
        return warning("content", f"it could not be checked: {error.what}", "try again in a moment")
    if code == sqlite3.SQLITE_READONLY_ROLLBACK:
        return _interrupted()
    if code == sqlite3.SQLITE_INTERRUPT:
        what = f"checking {path} took longer than {LONGEST:.0f} seconds"
        return warning("content", what, "run `ai-debt verify`, which has no time limit")
    return refused("content", error)


def _interrupted() -> Check:
    what = "a write was interrupted and must be rolled back first, which would write: the content was not checked"
    return warning("content", what, "see the journal under leftovers")


def _revision(path: Path, revision: str | None) -> Check:
    if revision == migrate.HEAD:
        return ok("revision", f"{revision}, the newest that this ai-debt supports")
    if revision is None:
        return problem("revision", "the file has no schema revision", RESTORE)
    if revision > migrate.HEAD:
        return refused("revision", migrate.newer(path, revision))
    return warning(
        "revision",
        f"{revision} is older than {migrate.HEAD}: opening the register upgrades it and keeps a copy",
        "make sure everyone has this version of ai-debt, then run `ai-debt list`: older ones cannot read it afterwards",
    )


def _integrity(connection: sqlite3.Connection) -> Iterator[Check]:
    errors = [" ".join(str(row[0]).split()) for row in connection.execute(f"pragma quick_check({_MOST})")]
    if errors == ["ok"]:
        yield ok("integrity", "SQLite found no errors")
    else:
        yield from (problem("integrity", f"the file is damaged: {each}", _RESTORE) for each in errors)
    broken = list(islice(migrate.broken_references(connection), _MOST))
    for what in broken:
        yield problem("references", what, _RESTORE)
    if not broken:
        yield ok("references", "no row refers to a missing row")


# The file, its disk and its directory

_TO_LOOK = getattr(os, "O_PATH", os.O_RDONLY)  # enough for a directory that may be entered, not listed
_LEAST_FREE = 16 * 1024 * 1024


def _surroundings(
    path: Path, handle: FileHandle | None, *, is_regular: bool, allow_network_fs: bool
) -> Iterator[Check]:
    """The checks of any file, or of a path without one."""
    try:
        file = path.resolve()
    except (OSError, RuntimeError):  # links in a ring
        file = path
    size = os.fstat(handle.descriptor).st_size if handle is not None and is_regular else 0
    if is_regular:
        yield ok("size", f"{size:,} bytes")
    yield from disk(file, size, allow_network_fs=allow_network_fs)
    if handle is not None and is_regular:
        yield from _names(file, handle)
        found = read_only_refusal(path)
        yield warning("access", found.what, found.remedy) if found else ok("access", "you can read and write it")
        yield _lock(handle)
        yield from _fair_lock(handle)
    if handle is None or is_regular:
        with suppress(OSError):
            status, around = file.stat(), file.parent.stat()
            yield _mode_of_file(file, status, around)
            yield _mode_of_directory(file, status, around)
    yield from _journal(file, handle)
    yield from _leftovers(file)


def disk(file: Path, size: int, *, allow_network_fs: bool) -> Iterator[Check]:
    """The file system that `file` is on or would be on, and the room there for a register of `size` bytes."""
    directory = file.parent
    try:
        with open_directory(directory, _TO_LOOK) as descriptor:
            yield _file_system(directory, descriptor, allow_network_fs=allow_network_fs)
            try:
                yield _room(directory, os.fstatvfs(descriptor), size)
            except OSError as error:
                yield problem("disk", f"the disk of {directory} does not respond ({error.strerror})", "check the disk")
    except OSError as error:
        what = f"{directory} is not accessible ({error.strerror})"
        yield problem("directory", what, "check the path, or use another one")


def _file_system(directory: Path, descriptor: int, *, allow_network_fs: bool) -> Check:
    mount = filesystem.mount_of(descriptor)
    if mount is None:
        return ok("file system", "unknown on this system; it must be a local disk")
    if not (remote := network_refusal(directory, descriptor)):
        return ok("file system", f"{mount.kind} (local)")
    if allow_network_fs:
        return warning("file system", f"{remote.what} (allowed)", "make sure that only one machine opens it")
    return refused("file system", remote)


def _room(directory: Path, status: os.statvfs_result, size: int) -> Check:
    if status.f_files and not status.f_favail:
        return problem("disk", f"the disk of {directory} has no room for more files", "remove some files there")
    free = status.f_bavail * status.f_frsize
    what = f"{free:,} bytes free"
    if free < _LEAST_FREE + 2 * size:
        # A write may need as much again for its journal, and a backup or upgrade a whole copy.
        return warning("disk", f"only {what}", f"free some space on the disk of {directory}")
    return ok("disk", what)


def _names(file: Path, handle: FileHandle) -> Iterator[Check]:
    """Whether the file has one name only: no link to it, no second name, no mount."""
    path = handle.path
    if path.is_symlink():
        yield ok("link", f"{path} is a symbolic link to {file}; its journal is next to that file")
    second = hard_links(path, os.fstat(handle.descriptor))
    yield refused("hard links", second) if second else ok("hard links", "none")
    try:
        check_mount(path, handle.descriptor)
        yield ok("mount", "the file itself is not a mount")
    except RegisterError as error:
        yield refused("mount", error)


def _ownership(status: os.stat_result) -> str:
    mode = f"{stat.S_IMODE(status.st_mode):04o}"
    return f"mode {mode}, owner {user_name(status.st_uid)}, group {group_name(status.st_gid)}"


def _mode_of_file(file: Path, status: os.stat_result, around: os.stat_result) -> Check:
    """Who may read and write the file."""
    what, mode, share = _ownership(status), status.st_mode, sharing_commands(file)
    if mode & (stat.S_IROTH | stat.S_IWOTH):
        can = "write" if mode & stat.S_IWOTH else "read"
        what = f"{what}: everyone on this machine who can reach it can {can} it"
        return warning("mode", what, _chmod("o-rwx", file, status))
    if is_shared(around) and (not mode & stat.S_IWGRP or status.st_gid != around.st_gid):
        return warning("mode", f"{what}: its directory is shared with a group that cannot write the file", share)
    if mode & stat.S_IWGRP:
        return ok("mode", f"{what}: writable by its group")
    return ok("mode", f"{what}: writable only by its owner", f"to share it with a group, {share}")


def _mode_of_directory(file: Path, status: os.stat_result, around: os.stat_result) -> Check:
    """Who may add and replace files in the directory."""
    directory, mode, share = file.parent, around.st_mode, sharing_commands(file)
    what = f"{directory}: {_ownership(around)}"
    if mode & stat.S_IWOTH:
        return warning("directory", f"{what}: everyone can add files next to the register", share)
    if found := sticky_bit(file):
        return warning("directory", found, share)
    if status.st_mode & stat.S_IWGRP and not mode & stat.S_IWGRP:
        return warning("directory", f"{what}: the group can write the register, but not its journal", share)
    if status.st_mode & stat.S_IWGRP and not mode & stat.S_ISGID:
        more = "without the setgid bit, a leftover journal does not belong to the group"
        return warning("directory", f"{what}: {more}", share)
    if mode & stat.S_IWGRP and not mode & stat.S_ISGID:
        return warning("directory", f"{what}: its group can replace the register", _chmod("g-w", directory, around))
    return ok("directory", what)


def _chmod(change: str, path: Path, status: os.stat_result) -> str:
    return f"{who_runs(status)} {shlex.join(['chmod', change, str(path)])}"


# Who has it open

_LONG = "more than two seconds"
_GLANCE = 0.05


def _lock(handle: FileHandle) -> Check:
    """Who is writing the file, or preventing others from writing."""
    writer = writing_process(handle.descriptor)
    holder = writer or reading_process(handle.descriptor)
    if holder is None:
        return ok("lock", "not in use")
    what = f"{holder.user} (process {holder.process}) is {'writing' if writer else 'reading'} it"
    if holder.stopped:
        what = f"{what} and is stopped, so no one else can write"
        remedy = f"ask {holder.user} to resume it (fg, or kill -CONT {holder.process}) or to end it"
        return problem("lock", what, remedy)
    if writer is None and _stays(holder, lambda: reading_process(handle.descriptor)):
        return problem("lock", f"{what} for {_LONG} already, so no one can write", f"ask {holder.user} to end it")
    return ok("lock", what)


def _fair_lock(handle: FileHandle) -> Iterator[Check]:
    """A lock that keeps writers from taking turns."""
    path = fair_lock_path(handle.path.resolve(), handle.descriptor)
    holder, writer = flock_holder(path), writing_process(handle.descriptor)
    if holder is None or (writer is not None and writer.process == holder.process):
        return
    if holder.stopped or _stays(holder, lambda: flock_holder(path)):
        what = f"{holder.user} (process {holder.process}) has locked {path} for {_LONG}, so writers cannot take turns"
        yield warning("lock", what, f"ask {holder.user} to end it; until then, writers do not take turns")


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


def _is_interrupted(file: Path, handle: FileHandle) -> bool:
    """Whether there is a journal to roll back, and its writer is gone."""
    journal = file.with_name(f"{file.name}-journal")
    first = file_status(journal)
    if first is None or _is_blank(journal) or writing_process(handle.descriptor):
        return False
    last = file_status(journal)
    # If it changed, someone is writing.
    return last is not None and (last.st_ino, last.st_mtime_ns) == (first.st_ino, first.st_mtime_ns)


def _journal(file: Path, handle: FileHandle | None) -> Iterator[Check]:
    """The rollback journal, where one is left."""
    journal = file.with_name(f"{file.name}-journal")
    status = file_status(journal)
    if status is None:
        return
    named = f"{journal.name} of {user_name(status.st_uid)}"
    if handle is None:
        yield warning("leftovers", f"{named} exists without its register", _remove([journal]))
    elif not _is_interrupted(file, handle):
        if _is_blank(journal) and file_status(journal) is not None:
            yield ok("leftovers", f"{named} is empty: the next write removes it")
    elif interrupted := interrupted_write(file):
        yield refused("leftovers", interrupted)
    else:
        yield warning(
            "leftovers",
            f"{named} is left over from an interrupted write",
            "run `ai-debt list` once, which rolls it back; never remove the journal",
        )


def _is_blank(journal: Path) -> bool:
    """Whether there is nothing to roll back in a journal."""
    with suppress(OSError):
        descriptor = os.open(journal, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
        try:
            return os.read(descriptor, 1) in (b"", b"\0")
        finally:
            os.close(descriptor)
    return False


def _leftovers(path: Path) -> Iterator[Check]:
    """Files of a write-ahead log, unfinished files, and copies that can be removed."""
    try:
        files = sorted(path.parent.iterdir())
    except OSError:
        return
    name, stem = re.escape(path.name), re.escape(path.stem)
    logs = [path.with_name(f"{path.name}{suffix}") for suffix in ("-wal", "-shm")]
    if logs := [log for log in logs if log in files]:
        yield warning(
            "leftovers",
            f"{_listed(logs)}: another program uses or used a write-ahead log",
            "quit that program and run `ai-debt list` once; never remove them yourself",
        )
    unfinished = re.compile(rf"\.{name}(?:\.before-.*)?\.(?:new-)?(?P<process>\d+)(?:-[0-9a-f]+)?")
    dead = [
        file for file in files if (found := unfinished.fullmatch(file.name)) and not is_running(int(found["process"]))
    ]
    if dead:
        yield warning("leftovers", f"{_listed(dead)}: left unfinished by a program that was killed", _remove(dead))
    copy = re.compile(rf"{name}\.before-[^.]+\.\d+T\d+Z|{stem}\.{BEFORE_RESTORE}-.*\.db|{name}\.damaged-.*Z")
    if copies := [file for file in files if copy.fullmatch(file.name)]:
        what = f"from before an upgrade or a restore: {_listed(copies)}"
        yield ok("copies", what, f"once they are not needed, {_remove(copies)}")
    if not logs and not dead:
        yield ok("leftovers", "no leftover files")


def _listed(files: Sequence[Path]) -> str:
    more = f" and {len(files) - _SHOWN} more" if len(files) > _SHOWN else ""
    return ", ".join(file.name for file in files[:_SHOWN]) + more


def _remove(files: Sequence[Path]) -> str:
    return f"run {shlex.join(['rm', '--', *map(str, files)])}"


OLDEST = timedelta(days=30)
"""The age of the newest backup from which it is time for another."""


def _backup(path: Path, moment: datetime, *, intact: bool | None) -> Iterator[Check]:
    """The newest backup next to the register, and whether it is time for another, or how to restore it.

    `intact` is whether the register can be read and backed up, None if there is none.
    """
    found = backups_of(path, path.parent)
    again = f"run {shlex.join(['ai-debt', 'backup', '--db', str(path)])}" if intact else None
    if not found:
        if intact is not None:
            yield warning("backup", "none next to the register", again)
        return
    made, file = found[0]
    what = f"the newest is {file.name}, {number_of(max((moment - made).days, 0), 'day')} old"
    if not intact:
        restoring = shlex.join(["ai-debt", "restore", str(file), "--db", str(path)])
        yield ok("backup", what, f"to restore it, run {restoring}")
    elif moment - made > OLDEST:
        yield warning("backup", what, again)
    else:
        yield ok("backup", what)
