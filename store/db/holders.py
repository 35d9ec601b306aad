"""Who holds the lock of a register's file: the process, its user, and whether it is stopped."""

from __future__ import annotations

import fcntl
import os
import pwd
import struct
import sys
from dataclasses import dataclass
from pathlib import Path

from store.errors import RegisterError

# Where SQLite puts its locks in every file: https://www.sqlite.org/fileformat2.html#the_lock_byte_page
_PENDING, _RESERVED, _SHARED, _SHARED_LENGTH = 0x40000000, 0x40000001, 0x40000002, 510
_FLOCK = "hhqqi"  # type, whence, start, length, process
_STOPPED = ("T", "t")  # by a signal, by a debugger


@dataclass(frozen=True, slots=True)
class Holder:
    """A process that holds a lock; `user` is None where the system does not tell."""

    process: int
    user: str | None
    stopped: bool


def user_name(uid: int) -> str:
    """The name of a user, or the number of one who has none."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"


def writer_of(descriptor: int) -> Holder | None:
    """The other process that writes the file, or is about to; None where there is none or the system does not tell."""
    return _holder(descriptor, _RESERVED, 1, fcntl.F_WRLCK) or _holder(descriptor, _PENDING, 1, fcntl.F_WRLCK)


def reader_of(descriptor: int) -> Holder | None:
    """Another process that reads the file, whose end a writer has to await."""
    # Whoever may only read can also hold the locks of writers, shared, though SQLite itself does so for a moment alone.
    return (
        _holder(descriptor, _SHARED, _SHARED_LENGTH)
        or _holder(descriptor, _RESERVED, 1, fcntl.F_RDLCK)
        or _holder(descriptor, _PENDING, 1, fcntl.F_RDLCK)
    )


def _holder(descriptor: int, start: int, length: int, wanted: int | None = None) -> Holder | None:
    """Who holds a lock there: of the `wanted` kind, or of any kind."""
    if sys.platform != "linux":
        return None
    asked = struct.pack(_FLOCK, fcntl.F_WRLCK, os.SEEK_SET, start, length, 0)
    try:
        kind, _, _, _, process = struct.unpack(_FLOCK, fcntl.fcntl(descriptor, fcntl.F_GETLK, asked))
    except OSError:
        return None
    if kind == fcntl.F_UNLCK or (wanted is not None and kind != wanted):
        return None
    # A process of another container, or of another machine, has no number here.
    return _described(process) if process > 0 else None


def turn_holder(directory: Path) -> Holder | None:
    """The process that holds the lock of a directory, by which writers take turns; None where the system does not tell.

    It may be this one.
    """
    try:
        status = directory.stat()
        locks = Path("/proc/locks").read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    place = f"{os.major(status.st_dev):02x}:{os.minor(status.st_dev):02x}:{status.st_ino}"
    for line in locks:
        # Those that wait have an arrow behind their number.
        match line.split():
            case [_, "FLOCK", _, _, process, at, *_] if at == place and int(process) > 0:
                return _described(int(process))
    return None


def _described(process: int) -> Holder:
    try:
        lines = Path(f"/proc/{process}/status").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return Holder(process, None, stopped=False)
    facts = dict(line.split(":", 1) for line in lines if ":" in line)
    uid = facts.get("Uid", "").split()
    state = facts.get("State", "").split()
    return Holder(process, user_name(int(uid[0])) if uid else None, stopped=bool(state) and state[0] in _STOPPED)


def busy(place: object, descriptor: int | None) -> RegisterError:
    """The refusal of a write or read that has waited long enough, with the name of whom it waited for."""
    does, holder = "written", None
    if descriptor is not None and (holder := writer_of(descriptor)) is None and (holder := reader_of(descriptor)):
        does = "read"
    if holder is None:
        return RegisterError(f"{place} is being {does} by somebody else", "nothing was changed; try again in a moment")
    who = holder.user or "somebody"
    what = f"{place} is being {does} by {who} (process {holder.process})"
    if holder.stopped:
        return RegisterError(
            f"{what}, which is stopped",
            f"nothing was changed; ask {who} to go on with it (fg) or to end it, then try again",
        )
    return RegisterError(what, "nothing was changed; try again in a moment")
