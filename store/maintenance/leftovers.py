"""Files next to a register: journals, leftovers, copies and backups; and who is writing it."""

from __future__ import annotations

import os
import re
import shlex
from datetime import timedelta
from time import monotonic, sleep
from typing import TYPE_CHECKING

from store.db import locks
from store.db.errors import left_by_another
from store.db.filesystem import fair_lock_place
from store.db.locks import flock_holder, reader_of, user_name, writer_of
from store.maintenance.backup import BEFORE_RESTORE, backups_of, made_at
from store.maintenance.checks import Check, ok, problem, refused, warning
from store.text import plural

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from store.db.file_handle import FileHandle
    from store.db.locks import Holder

OLDEST = timedelta(days=30)
"""The age of the newest backup from which it is time for another."""
_LONG = "more than two seconds"
_GLANCE = 0.05
_SHOWN = 5


def lock(kept: FileHandle) -> Check:
    """Who writes the file just now, or holds up who wants to."""
    writer = writer_of(kept.descriptor)
    holder = writer or reader_of(kept.descriptor)
    if holder is None:
        return ok("lock", "nobody is writing it at this moment")
    who = holder.user or "somebody"
    what = f"it is being {'written' if writer else 'read'} by {who} (process {holder.process})"
    if holder.stopped:
        return problem(
            "lock",
            f"{what}, which is stopped, so that nobody else can write",
            f"ask {who} to go on with it (fg, or kill -CONT {holder.process}) or to end it",
        )
    if writer is None and _stays(holder, lambda: reader_of(kept.descriptor)):
        return problem("lock", f"{what} for {_LONG}, so nobody can write", f"ask {who} to end it")
    return ok("lock", what)


def turn(kept: FileHandle) -> Iterator[Check]:
    """A lock that keeps writers from taking turns."""
    place = fair_lock_place(kept.path.resolve(), kept.descriptor)
    holder, writer = flock_holder(place), writer_of(kept.descriptor)
    if holder is None or (writer is not None and writer.process == holder.process):
        return
    if holder.stopped or _stays(holder, lambda: flock_holder(place)):
        who = holder.user or "somebody"
        yield warning(
            "lock",
            f"{who} (process {holder.process}) has locked {place} for {_LONG}, so writers cannot take turns",
            f"ask {who} to end it; until then, writers go ahead without turns",
        )


def _stays(holder: Holder, ask: Callable[[], Holder | None]) -> bool:
    """Whether a process holds a lock for longer than any read or write takes."""
    end = monotonic() + locks.LOOK
    while (now := ask()) is not None and now.process == holder.process:
        if monotonic() >= end:
            return True
        sleep(_GLANCE)
    return False


def is_cut_short(path: Path, kept: FileHandle) -> bool:
    """Whether a journal is there that takes a write back, and whoever wrote is gone."""
    file = _journal_of(path)
    first = _glance(file)
    if first is None or _is_blank(file) or writer_of(kept.descriptor):
        return False
    last = _glance(file)
    # Another one by now is of somebody who is writing.
    return last is not None and (last.st_ino, last.st_mtime_ns) == (first.st_ino, first.st_mtime_ns)


def journal(path: Path, kept: FileHandle | None) -> Iterator[Check]:
    """The rollback journal, where one is left."""
    file = _journal_of(path)
    status = _glance(file)
    if status is None:
        return
    owner = user_name(status.st_uid)
    if kept is None:
        what = f"{file.name} of {owner} is there without the register it belongs to"
        yield warning("leftovers", what, _remove([file]))
    elif is_cut_short(path, kept):
        if left := left_by_another(path):
            yield refused("leftovers", left)
        else:
            yield warning(
                "leftovers",
                f"{file.name} of {owner} is left of a write that was cut short",
                "open the register once with `ai-debt list`, which takes that back; never remove the journal",
            )
    elif _is_blank(file) and _glance(file) is not None:
        yield ok("leftovers", f"{file.name} of {owner} is empty: the next write removes it")


def _journal_of(path: Path) -> Path:
    return path.with_name(f"{path.name}-journal")


def _glance(file: Path) -> os.stat_result | None:
    try:
        return file.lstat()
    except OSError:
        return None


def _is_blank(file: Path) -> bool:
    """Whether SQLite would take nothing back from a journal."""
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    except OSError:
        return False
    try:
        return os.read(descriptor, 1) in (b"", b"\0")
    except OSError:
        return False
    finally:
        os.close(descriptor)


def leftovers(path: Path) -> Iterator[Check]:
    """Files of a write-ahead log, files that were never finished, and copies that may be removed some day."""
    try:
        there = set(os.listdir(path.parent))
    except OSError:
        return
    logs = [path.with_name(f"{path.name}{end}") for end in ("-wal", "-shm") if f"{path.name}{end}" in there]
    if logs:
        yield warning(
            "leftovers",
            f"{_listed(logs)}: another program keeps the register with a write-ahead log, or did",
            "leave that program and open the register once with `ai-debt list`; never remove them yourself",
        )
    name, stem = re.escape(path.name), re.escape(path.stem)
    begun = _matching(path, there, rf"\.{name}\.new-(?P<process>\d+)-[0-9a-f]+|\.{name}\.before-.*\.(?P<other>\d+)")
    dead = [file for file, found in begun if not _lives(int(found["process"] or found["other"]))]
    if dead:
        yield warning("leftovers", f"{_listed(dead)}: left unfinished by a program that was killed", _remove(dead))
    copies = [
        file
        for file, _ in _matching(
            path, there, rf"{name}\.before-[^.]+\.\d+T\d+Z|{stem}\.{BEFORE_RESTORE}-.*\.db|{name}\.damaged-.*Z"
        )
    ]
    if copies:
        yield ok(
            "copies",
            f"kept from before an upgrade or a restore: {_listed(copies)}",
            f"once nobody needs them, {_remove(copies)}",
        )
    if not logs and not dead:
        yield ok("leftovers", "nothing that is unfinished lies beside it")


def _matching(path: Path, names: set[str], pattern: str) -> list[tuple[Path, re.Match[str]]]:
    return [(path.with_name(name), found) for name in sorted(names) if (found := re.fullmatch(pattern, name))]


def _lives(process: int) -> bool:
    """Whether a process of that number is there, which may be another one by now."""
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


def _listed(files: Sequence[Path]) -> str:
    more = f" and {len(files) - _SHOWN} more" if len(files) > _SHOWN else ""
    return ", ".join(file.name for file in files[:_SHOWN]) + more


def _remove(files: Sequence[Path]) -> str:
    return f"run {shlex.join(['rm', '--', *map(str, files)])}"


def backup(path: Path, now: datetime, *, intact: bool | None) -> Iterator[Check]:
    """The newest backup beside the register, and whether it is time for another, or the way back to it.

    `intact` is whether the register can be read and backed up, None where there is none.
    """
    found = [(made, file) for file in backups_of(path, path.parent) if (made := made_at(file)) is not None]
    again = f"run {shlex.join(['ai-debt', 'backup', '--db', str(path)])}" if intact else None
    if not found:
        if intact is not None:
            yield warning("backup", "there is none beside the register", again)
        return
    made, file = found[0]
    days = max((now - made).days, 0)
    what = f"the newest is {file.name}, {days} {plural(days, 'day')} old"
    if not intact:
        restoring = shlex.join(["ai-debt", "restore", str(file), "--db", str(path)])
        yield ok("backup", what, f"to bring it back, run {restoring}")
    elif now - made > OLDEST:
        yield warning("backup", what, again)
    else:
        yield ok("backup", what)
