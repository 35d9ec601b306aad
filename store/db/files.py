"""The files a register lives in: checked before they are opened, and made whole."""

from __future__ import annotations

import errno
import os
import re
import secrets
import stat
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from store.db.filesystem import check_mount, unreadable
from store.db.kept import Kept, is_open
from store.db.migrate import APPLICATION_ID
from store.db.reach import closed
from store.errors import DamagedError, RegisterError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_SQLITE = b"SQLite format 3\0"
_JOURNALS = (b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7", b"\x37\x7f\x06\x82", b"\x37\x7f\x06\x83")
"""How a rollback journal and a write-ahead log begin: https://www.sqlite.org/fileformat2.html"""
_BESIDE = ("-journal", "-wal", "-shm")
"""The suffixes of the files that SQLite keeps beside a database."""
_NEWEST_FORMAT = 2  # 1 is a rollback journal, 2 a write-ahead log
_STALE = 3600.0  # seconds after which nobody still works on an unfinished file
_HOW_TO_BEGIN = "begin one with `ai-debt init` or `ai-debt import FILE`, or name another with --db"


def check_register(path: Path) -> Kept:
    """The file at `path`, to be closed by the caller, if it can be a register; it is not touched.

    Raises RegisterError for what is missing, is no register or could not be written to without being destroyed.
    """
    kept = keep(path)
    try:
        check_kind(kept)
        check_mount(path, kept.descriptor)
        if displaced := kept.displaced():
            raise displaced
    except OSError as error:
        kept.close()
        raise RegisterError(f"{path} cannot be read ({error.strerror})", "look at its disk") from None
    except BaseException:
        kept.close()
        raise
    return kept


def keep(path: Path) -> Kept:
    """The file at `path`, whatever it is, to be closed by the caller. Raises RegisterError where there is none."""
    try:
        return Kept(path)
    except FileNotFoundError:
        raise RegisterError(f"there is no register at {path}", _HOW_TO_BEGIN) from None
    except PermissionError:
        raise unreadable(path) from None
    except OSError as error:
        # A socket, or a device that is not there.
        if error.errno == errno.ENXIO:
            raise RegisterError(f"{path} is no regular file, not a register", _HOW_TO_BEGIN) from None
        raise RegisterError(
            f"{path} cannot be reached ({error.strerror})", "check the path and its permissions"
        ) from None


def check_kind(kept: Kept) -> None:
    """Refuse what is no register by its kind and its first bytes."""
    path, mode = kept.path, os.fstat(kept.descriptor).st_mode
    if not stat.S_ISREG(mode):
        kind = "a directory" if stat.S_ISDIR(mode) else "no regular file"
        raise RegisterError(f"{path} is {kind}, not a register", _HOW_TO_BEGIN)
    header = kept.read(100)
    if not header.startswith(_SQLITE):
        remedy = "use `ai-debt import` for a document" if header else _HOW_TO_BEGIN
        raise RegisterError(f"{path} is {'not a register' if header else 'empty, not a register'}", remedy)
    if len(header) < 100:
        raise DamagedError(f"{path} is damaged", "restore it from a backup")
    if int.from_bytes(header[68:72], "big") != APPLICATION_ID:
        raise RegisterError(f"{path} is a database of another program, not a register", _HOW_TO_BEGIN)
    if max(header[18:20]) > _NEWEST_FORMAT:
        raise RegisterError(f"{path} is in a format of a newer SQLite", "update ai-debt and its Python to open it")


def refuse_database(path: Path, folder: int, name: str, register: Path | None) -> None:
    """Refuse to replace a database, its journal, or anything that belongs to `register` with a text, under any name.

    folder: the descriptor of the directory that `path` leads to, where the file is called `name`. Raises OSError where
    the file cannot be read.
    """
    status = _status(name, folder)
    if register is not None and _belongs(name, folder, status, register.resolve()):
        is_itself = status is not None and os.path.samestat(status, register.stat())
        what = "is the register itself" if is_itself else f"belongs to the register {register}"
        raise RegisterError(f"{path} {what}", "choose another file")
    if _owner_of(name, folder):
        raise RegisterError(f"{path} is the name of a database's journal", "choose another file")
    if status is not None and _is_database(name, folder, status, (_SQLITE, *_JOURNALS)):
        raise RegisterError(f"{path} is a database", "choose another file")


def _belongs(name: str, folder: int, status: os.stat_result | None, register: Path) -> bool:
    """Whether a file is the register or something kept beside it: a journal, a backup, a copy put aside."""
    try:
        home = os.open(register.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        if os.path.sameopenfile(folder, home) and _is_kept_beside(name, register):
            return True
        if status is None:
            return False
        found = (_status(each, home) for each in os.listdir(home) if _is_kept_beside(each, register))
        return any(each is not None and os.path.samestat(each, status) for each in found)
    finally:
        os.close(home)


def _is_kept_beside(name: str, register: Path) -> bool:
    own, stem = re.escape(register.name), re.escape(register.stem)
    names = (
        rf"{own}(?:-journal|-wal|-shm|\.(?:before|damaged)-.*)?|\.{own}\..*|\.?{stem}\.[a-z-]+-\d{{8}}T\d{{6}}Z.*\.db.*"
    )
    return re.fullmatch(names, name) is not None


def _owner_of(name: str, folder: int | None = None) -> str | None:
    """The database whose journal or log would have this name; None where there is none."""
    for suffix in _BESIDE:
        owner = name.removesuffix(suffix)
        if owner and owner != name:
            status = _status(owner, folder)
            if status is not None and _is_database(owner, folder, status, (_SQLITE,)):
                return owner
    return None


def _is_database(name: str, folder: int | None, status: os.stat_result, beginnings: tuple[bytes, ...]) -> bool:
    if not stat.S_ISREG(status.st_mode):
        return False
    if is_open(status):
        return True
    descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    try:
        return os.read(descriptor, len(_SQLITE)).startswith(beginnings)
    finally:
        os.close(descriptor)


def _status(name: str, folder: int | None = None) -> os.stat_result | None:
    try:
        return os.stat(name, dir_fd=folder, follow_symlinks=False)
    except OSError:
        return None


def make_register(
    path: Path, build: Callable[[Path], None], *, mode: int | None = None, like: Path | None = None
) -> bool:
    """Let `build` fill a new SQLite file and put it at `path`, whole; False, with nothing changed, if there is one.

    `mode` and the group of `like` instead of those that a register has in that directory. When several processes
    do it at once, exactly one of them makes the file.
    """
    try:
        return _made(path, build, mode, like)
    except OSError as error:
        if (blocked := closed(path)) is not None:
            what = f"{path} cannot be reached because you have no access to {blocked}"
            raise RegisterError(what, "ask for permission, or name another place with --db") from error
        what = f"cannot create {path} ({error.strerror})"
        raise RegisterError(what, "choose a directory you can write to") from error


def make_directory(directory: Path) -> None:
    """Make a directory and those above it, for this user alone (0700). Raises RegisterError."""
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        there = next((above for above in directory.parents if os.path.lexists(above)), directory)
        what = f"cannot create a directory in {there} ({error.strerror})"
        remedy = "check its permissions, or name another place, as in `ai-debt init --db PATH`"
        raise RegisterError(what, remedy) from error


def _made(path: Path, build: Callable[[Path], None], mode: int | None, like: Path | None) -> bool:
    unfinished = path.with_name(f".{path.name}.new-{os.getpid()}-{secrets.token_hex(4)}")
    if os.path.lexists(path):
        return False
    _refuse_journals(path)
    os.close(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        os.chmod(unfinished, _register_mode(path.parent) if mode is None else mode)
        if like is not None:
            _same_group(unfinished, like)
        build(unfinished)
        made = _put(unfinished, path)
        _sync(path.parent)
        return made
    finally:
        unfinished.unlink(missing_ok=True)


def _refuse_journals(path: Path) -> None:
    """Refuse to make a database where SQLite would take it for a journal, or apply another database's journal to it."""
    if owner := _owner_of(str(path)):
        raise RegisterError(f"{path} is the name of the journal of {owner}", "choose another name")
    for suffix in ("-journal", "-wal"):
        left = f"{path}{suffix}"
        # Somebody who has just made this register may be writing it.
        if os.path.lexists(left) and not os.path.lexists(path):
            raise RegisterError(
                f"{left} is left over from another database, and SQLite would apply it to a new one",
                "move it away, or choose another name",
            )


def _same_group(path: Path, like: Path) -> None:
    """Give a file the group of another one, or take it from the group that it has: that was never let in."""
    group = like.stat().st_gid
    if path.stat().st_gid == group:
        return
    mode = stat.S_IMODE(path.stat().st_mode)
    try:
        os.chown(path, -1, group)
    except OSError:
        os.chmod(path, mode & ~0o070)


def sweep(directory: Path, beginning: str) -> None:
    """Remove this user's unfinished files whose names begin so, and that nobody can still be working on."""
    pattern = re.compile(rf"\.{re.escape(beginning)}.*\.new-\d+-[0-9a-f]{{8}}(?:-journal)?")
    with suppress(OSError):
        for path in directory.iterdir():
            with suppress(OSError):
                status = path.lstat()
                old = time.time() - status.st_mtime > _STALE
                mine = stat.S_ISREG(status.st_mode) and status.st_uid == os.geteuid()
                if old and mine and pattern.fullmatch(path.name):
                    path.unlink()


def _register_mode(directory: Path) -> int:
    """Shared with the group in a setgid directory that it may write to, whatever the umask; private elsewhere.

    A umask says what is private by habit; such a directory says what is shared on purpose.
    """
    shared = stat.S_ISGID | stat.S_IWGRP
    return 0o660 if directory.stat().st_mode & shared == shared else 0o600


def _sync(directory: Path) -> None:
    """Bring the names in a directory to the disk, as far as its file system can."""
    with suppress(OSError):
        descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _put(unfinished: Path, path: Path) -> bool:
    """Give the finished file its name unless something has it already."""
    try:
        os.link(unfinished, path)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK):
            raise
        # A file system without hard links: the moment between looking and renaming cannot be closed there.
        if os.path.lexists(path):
            return False
        os.rename(unfinished, path)
    return True
