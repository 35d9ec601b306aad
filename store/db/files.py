"""Files of a register and of its documents: checks, modes, and atomic writes."""

from __future__ import annotations

import errno
import fcntl
import os
import re
import secrets
import stat
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from store.db.filesystem import check_mount, closed, unreadable
from store.db.migrate import APPLICATION_ID
from store.db.sqlite import FileHandle, is_open
from store.errors import DamagedError, RegisterError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


_SQLITE = b"SQLite format 3\0"
_JOURNALS = (b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7", b"\x37\x7f\x06\x82", b"\x37\x7f\x06\x83")
"""How a rollback journal and a write-ahead log begin: https://www.sqlite.org/fileformat2.html"""
_BESIDE = ("-journal", "-wal", "-shm")
"""The suffixes of the files that SQLite keeps beside a database."""
_NEWEST_FORMAT = 2  # 1 is a rollback journal, 2 a write-ahead log
_STALE = 3600.0  # seconds after which nobody still works on an unfinished file
_HOW_TO_BEGIN = "create one with `ai-debt init` or `ai-debt import FILE`, or choose another with --db"


def check_register(path: Path) -> FileHandle:
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
        raise RegisterError(f"{path} cannot be read ({error.strerror})", "check its disk") from None
    except BaseException:
        kept.close()
        raise
    return kept


def keep(path: Path) -> FileHandle:
    """The file at `path`, whatever it is, to be closed by the caller. Raises RegisterError where there is none."""
    try:
        return FileHandle(path)
    except FileNotFoundError:
        raise RegisterError(f"there is no register at {path}", _HOW_TO_BEGIN) from None
    except PermissionError:
        raise unreadable(path) from None
    except OSError as error:
        # A socket, or a device that is not there.
        if error.errno == errno.ENXIO:
            raise RegisterError(f"{path} is not a regular file", _HOW_TO_BEGIN) from None
        raise RegisterError(
            f"{path} cannot be reached ({error.strerror})", "check the path and its permissions"
        ) from None


def check_kind(kept: FileHandle) -> None:
    """Refuse what is no register by its kind and its first bytes."""
    path, mode = kept.path, os.fstat(kept.descriptor).st_mode
    if not stat.S_ISREG(mode):
        kind = "a directory, not a register" if stat.S_ISDIR(mode) else "not a regular file"
        raise RegisterError(f"{path} is {kind}", _HOW_TO_BEGIN)
    header = kept.read(100)
    if not header.startswith(_SQLITE):
        remedy = "use `ai-debt import` for a document" if header else _HOW_TO_BEGIN
        raise RegisterError(f"{path} is {'not a register' if header else 'empty, not a register'}", remedy)
    if len(header) < 100:
        raise DamagedError(f"{path} is damaged", "restore it from a backup")
    if int.from_bytes(header[68:72], "big") != APPLICATION_ID:
        raise RegisterError(f"{path} is a database of another program, not a register", _HOW_TO_BEGIN)
    if max(header[18:20]) > _NEWEST_FORMAT:
        raise RegisterError(f"{path} uses the format of a newer SQLite", "update ai-debt and its Python to open it")


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
            raise RegisterError(what, "ask for permission, or choose another path with --db") from error
        what = f"cannot create {path} ({error.strerror})"
        raise RegisterError(what, "choose a directory you can write to") from error


def make_directory(directory: Path) -> None:
    """Make a directory and those above it, for this user alone (0700). Raises RegisterError."""
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        there = next((above for above in directory.parents if os.path.lexists(above)), directory)
        what = f"cannot create a directory in {there} ({error.strerror})"
        remedy = "check its permissions, or choose another path, as in `ai-debt init --db PATH`"
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


_LINKS = 40  # to follow one after another, as the system does
_NO_HARD_LINKS = frozenset({errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK})
_CLOSED = os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK


@contextmanager
def replacing(path: Path, *, register: Path | None) -> Iterator[TextFile]:
    """Reach a text file to read it and to replace it, whole or not at all; its mode, group and place are kept.

    A symbolic link is followed when it is the user's own; one to a directory also when it is root's. What
    an export that was killed left beside the file is removed. Raises RegisterError for a database, and for anything
    that belongs to one or to `register`, the one whose text it is.
    """
    folder, name = _place(path)
    try:
        directory = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise _not_written(path, error) from error
    file = TextFile(path, directory, name)
    try:
        refuse_database(path, directory, name, register)
        _sweep(directory, name)
        file.look()
        yield file
    except OSError as error:
        raise _not_written(path, error) from error
    finally:
        file.discard()
        os.close(directory)


class SwappedError(RegisterError):
    """Another file was put in the place of the one to be replaced; nothing was written."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} was replaced by another file", "nothing was written; check it, then try again")


def _not_written(path: Path, error: OSError) -> RegisterError:
    what = f"{path} could not be written ({error.strerror})"
    return RegisterError(what, "nothing was changed there; choose another path")


class TextFile:
    """A name in a directory that is held open: whatever its path leads to later, the file is written here."""

    def __init__(self, path: Path, directory: int, name: str) -> None:
        self._path = path
        self._directory = directory
        self._name = name
        self._seen: os.stat_result | None = None
        self._unfinished: str | None = None
        self._descriptor = -1

    def look(self) -> None:
        """Note which file is there. Raises RegisterError for anything that is not a regular file."""
        self._seen = self._there()
        if self._seen is not None and not stat.S_ISREG(self._seen.st_mode):
            raise RegisterError(f"{self._path} is not a regular file", "name a file")

    def read(self) -> bytes | None:
        """What the file holds, None where there is none."""
        if self._seen is None:
            return None
        try:
            descriptor = os.open(self._name, os.O_RDONLY | _CLOSED, dir_fd=self._directory)
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.ELOOP, errno.ENXIO):
                raise self._swapped() from None
            raise
        with os.fdopen(descriptor, "rb") as file:
            if not _same(os.fstat(file.fileno()), self._seen):
                raise self._swapped()
            return file.read()

    def check(self) -> None:
        """Raise SwappedError if the file is no longer the one seen."""
        there = self._there()
        if (there is None) != (self._seen is None) or (there and self._seen and not _same(there, self._seen)):
            raise self._swapped()

    def prepare(self, data: bytes) -> None:
        """Write a new file with these bytes beside the one seen, and sync it to disk."""
        unfinished = f".{self._name}.new-{os.getpid()}-{secrets.token_hex(4)}"
        flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | _CLOSED
        self._descriptor = os.open(unfinished, flags, 0o600, dir_fd=self._directory)
        self._unfinished = unfinished
        with suppress(OSError):
            fcntl.flock(self._descriptor, fcntl.LOCK_EX)
        with os.fdopen(self._descriptor, "wb", closefd=False) as file:
            file.write(data)
        os.fchmod(self._descriptor, self._mode(self._descriptor))
        os.fsync(self._descriptor)

    def put(self) -> None:
        """Put the prepared file in the place of the one seen. Raises SwappedError if that is another file by now."""
        assert self._unfinished is not None
        self._put(self._unfinished)
        self.discard()
        os.fsync(self._directory)

    def discard(self) -> None:
        """Remove the prepared file if it was not put in place."""
        if self._unfinished is None:
            return
        with suppress(FileNotFoundError):
            os.unlink(self._unfinished, dir_fd=self._directory)
        self._unfinished = None
        os.close(self._descriptor)

    def replace(self, data: bytes) -> None:
        """Prepare a file and put it in place. Raises SwappedError if the one to be replaced is another file by now."""
        self.prepare(data)
        self.put()

    def _mode(self, descriptor: int) -> int:
        """The mode of the file seen, whose group the new one gets; for a new one what the umask leaves of 0666."""
        if self._seen is None:
            return 0o666 & ~umask()
        mode = stat.S_IMODE(self._seen.st_mode)
        if os.fstat(descriptor).st_gid != self._seen.st_gid:
            try:
                os.fchown(descriptor, -1, self._seen.st_gid)
            except OSError:
                # Another group gets no more than everybody has.
                return mode & ~0o070 | (mode & 0o007) << 3
        return mode

    def _put(self, unfinished: str) -> None:
        here = {"src_dir_fd": self._directory, "dst_dir_fd": self._directory}
        if self._seen is None:
            try:
                os.link(unfinished, self._name, follow_symlinks=False, **here)
            except FileExistsError:
                raise self._swapped() from None
            except OSError as error:
                if error.errno not in _NO_HARD_LINKS:
                    raise
            else:
                return
        self.check()
        os.replace(unfinished, self._name, **here)

    def _there(self) -> os.stat_result | None:
        try:
            return os.stat(self._name, dir_fd=self._directory, follow_symlinks=False)
        except FileNotFoundError:
            return None

    def _swapped(self) -> SwappedError:
        return SwappedError(self._path)


def _same(one: os.stat_result, other: os.stat_result) -> bool:
    """Whether it is the same file, untouched."""
    return (one.st_dev, one.st_ino, one.st_size, one.st_mtime_ns) == (
        other.st_dev,
        other.st_ino,
        other.st_size,
        other.st_mtime_ns,
    )


def umask() -> int:
    """The mode bits that new files of this process do not get."""
    # It can only be read by setting it; what another thread makes meanwhile is at worst too private.
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _place(path: Path) -> tuple[str, str]:
    """The directory and the name that a path leads to, over links that may be followed."""
    parts = os.path.abspath(path).split(os.sep)[:0:-1]
    real, links = os.sep, 0
    while parts:
        part = parts.pop()
        if part in ("", os.curdir):
            continue
        if part == os.pardir:
            real = os.path.dirname(real)
            continue
        step = os.path.join(real, part)
        try:
            owner = os.lstat(step).st_uid if os.path.islink(step) else None
            to = os.readlink(step) if owner is not None else ""
        except OSError:
            raise RegisterError(f"{path} cannot be reached", "check the path and its permissions") from None
        if owner is None:
            real = step
            continue
        links += 1
        if links > _LINKS:
            raise RegisterError(f"{path} cannot be reached", "check the path and its permissions")
        if owner != os.getuid() and not (owner == 0 and parts):
            raise RegisterError(f"{step} is a link made by another user", "use the path that it points to")
        real = os.sep if to.startswith(os.sep) else real
        parts += to.split(os.sep)[::-1]
    folder, name = os.path.split(real)
    if not name:
        raise RegisterError(f"{path} is not a regular file", "name a file")
    return folder, name


def _sweep(directory: int, name: str) -> None:
    """Remove what writing this file left behind in processes that ended before they were done."""
    pattern = re.compile(rf"\.{re.escape(name)}\.new-(?P<process>[0-9]{{1,10}})-[0-9a-f]{{8}}")
    for entry in os.listdir(directory):
        left = pattern.fullmatch(entry)
        if left and not _runs(int(left["process"])):
            with suppress(OSError):
                _remove_left(directory, entry)


def _runs(process: int) -> bool:
    """Whether there is a process of this number, here."""
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True
    return True


def _remove_left(directory: int, entry: str) -> None:
    """Remove an unfinished file if it is the user's own and no process, on whatever machine, is writing it."""
    found = os.stat(entry, dir_fd=directory, follow_symlinks=False)
    if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid():
        return
    descriptor = os.open(entry, os.O_RDWR | _CLOSED, dir_fd=directory)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.unlink(entry, dir_fd=directory)
    finally:
        os.close(descriptor)
