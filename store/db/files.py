"""Files of a register and of its documents: checks, modes, and atomic writes."""

from __future__ import annotations

import errno
import fcntl
import os
import re
import stat
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from store.db.filesystem import (
    check_mount,
    has_access,
    inaccessible_directory,
    is_shared,
    open_directory,
    unreadable_file,
)
from store.db.sqlite import APPLICATION_ID, FileHandle, is_open
from store.errors import CREATE, RESTORE, DamagedError, RegisterError, missing_register

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


_SQLITE = b"SQLite format 3\0"
_JOURNALS = (b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7", b"\x37\x7f\x06\x82", b"\x37\x7f\x06\x83")
"""How a rollback journal and a write-ahead log begin: https://www.sqlite.org/fileformat2.html"""
JOURNAL_SUFFIXES = ("-journal", "-wal", "-shm")
"""The suffixes of the files that SQLite keeps next to a database."""
READABLE = 0o644
"""The mode bits of a register that its copies get: the same people may read them, only the owner may write them."""
_NEWEST_FORMAT = 2  # 1 is a rollback journal, 2 a write-ahead log
_STALE = 3600.0  # seconds after which an unfinished file was abandoned


def check_register(path: Path) -> FileHandle:
    """The file at `path`, to be closed by the caller, if it can be a register; it is not touched.

    Raises RegisterError for what is missing, not a register, or could not be written to without being destroyed.
    """
    handle = open_file(path)
    try:
        check_kind(handle)
        check_mount(path, handle.descriptor)
        if problem := handle.path_problem():
            raise problem
    except BaseException as error:
        handle.close()
        if isinstance(error, OSError):
            raise RegisterError(f"{path} cannot be read ({error.strerror})", "check its disk") from None
        raise
    return handle


def open_file(path: Path) -> FileHandle:
    """The file at `path`, whatever it is, to be closed by the caller. Raises RegisterError if there is none."""
    try:
        return FileHandle(path)
    except FileNotFoundError:
        raise missing_register(path) from None
    except PermissionError:
        raise unreadable_file(path) from None
    except OSError as error:
        # A socket, or a device that is not there.
        if error.errno == errno.ENXIO:
            raise RegisterError(f"{path} is not a regular file", CREATE) from None
        raise RegisterError(
            f"{path} cannot be reached ({error.strerror})", "check the path and its permissions"
        ) from None


def check_kind(handle: FileHandle) -> None:
    """Refuse what is not a register by its kind and its first bytes."""
    path, mode = handle.path, os.fstat(handle.descriptor).st_mode
    if not stat.S_ISREG(mode):
        kind = "a directory, not a register" if stat.S_ISDIR(mode) else "not a regular file"
        raise RegisterError(f"{path} is {kind}", CREATE)
    header = handle.read(100)
    if not header.startswith(_SQLITE):
        remedy = "use `ai-debt import` for a document" if header else CREATE
        raise RegisterError(f"{path} is {'not a register' if header else 'empty, not a register'}", remedy)
    if len(header) < 100:
        raise DamagedError(f"{path} is damaged", RESTORE)
    if int.from_bytes(header[68:72], "big") != APPLICATION_ID:
        raise RegisterError(f"{path} is a database of another program, not a register", CREATE)
    if max(header[18:20]) > _NEWEST_FORMAT:
        raise RegisterError(f"{path} uses the format of a newer SQLite", "update ai-debt and its Python to open it")


def refuse_database(path: Path, directory: int, name: str, register: Path | None) -> None:
    """Refuse to replace a database, its journal, or any file of `register` with a text, whatever its name.

    `directory` is the descriptor of the directory that `path` leads to, `name` the file's name there. Raises OSError
    where the file cannot be read.
    """
    status = file_status(name, directory)
    if register is not None and _belongs_to(register.resolve(), directory, name, status):
        is_itself = status is not None and os.path.samestat(status, register.stat())
        what = "is the register itself" if is_itself else f"belongs to the register {register}"
        raise RegisterError(f"{path} {what}", "choose another file")
    if _database_of_journal(name, directory):
        raise RegisterError(f"{path} is the name of a database's journal", "choose another file")
    if status is not None and _begins_with(name, directory, status, (_SQLITE, *_JOURNALS)):
        raise RegisterError(f"{path} is a database", "choose another file")


def _belongs_to(register: Path, directory: int, name: str, status: os.stat_result | None) -> bool:
    """Whether a file is the register or something kept next to it: a journal, a backup, a copy."""
    full, stem = re.escape(register.name), re.escape(register.stem)
    names = re.compile(
        rf"{full}(?:-journal|-wal|-shm|\.(?:before|damaged)-.*)?|\.{full}\..*"
        rf"|\.?{stem}\.[a-z-]+-\d{{8}}T\d{{6}}Z.*\.db.*"
    )
    home = file_status(register.parent)
    if home is None:
        return False
    if names.fullmatch(name) and os.path.samestat(os.fstat(directory), home):
        return True
    if status is None or not has_access(register.parent, os.R_OK):
        return False
    found = (file_status(register.with_name(each)) for each in os.listdir(register.parent) if names.fullmatch(each))
    return any(each is not None and os.path.samestat(each, status) for each in found)


def _database_of_journal(name: str, directory: int | None = None) -> str | None:
    """The database whose journal or log would have this name; None if there is none."""
    for suffix in JOURNAL_SUFFIXES:
        database = name.removesuffix(suffix)
        if database and database != name:
            status = file_status(database, directory)
            if status is not None and _begins_with(database, directory, status, (_SQLITE,)):
                return database
    return None


def _begins_with(name: str, directory: int | None, status: os.stat_result, beginnings: tuple[bytes, ...]) -> bool:
    """Whether a file, or a register that is open in this process, begins in one of several ways."""
    if not stat.S_ISREG(status.st_mode):
        return False
    if is_open(status):
        return True
    descriptor = os.open(name, os.O_RDONLY | _NO_FOLLOW, dir_fd=directory)
    try:
        return os.read(descriptor, len(_SQLITE)).startswith(beginnings)
    finally:
        os.close(descriptor)


def file_status(name: Path | str, directory: int | None = None) -> os.stat_result | None:
    """The status of a file itself, not of what it links to; None where it cannot be reached."""
    try:
        return os.stat(name, dir_fd=directory, follow_symlinks=False)
    except OSError:
        return None


def make_register(
    path: Path, build: Callable[[Path], None], *, mode: int | None = None, like: Path | None = None
) -> bool:
    """Let `build` fill a new SQLite file at `path`; False if that exists. Raises RegisterError.

    The default `mode` is that of registers in that directory.
    """
    try:
        if mode is None:
            # The umask is a habit; a directory is shared with a group on purpose.
            mode = 0o660 if is_shared(path.parent.stat()) else 0o600
        return make_file(path, build, mode=mode, like=like)
    except OSError as error:
        if (blocked := inaccessible_directory(path)) is not None:
            what = f"{path} cannot be reached because you have no access to {blocked}"
            raise RegisterError(what, "ask for permission, or choose another path with --db") from error
        what = f"cannot create {path} ({error.strerror})"
        raise RegisterError(what, "choose a directory you can write to") from error


def make_file(path: Path, build: Callable[[Path], None], *, mode: int, like: Path | None) -> bool:
    """Let `build` fill a new SQLite file, then give it the name `path`; False, with nothing changed, if that exists.

    It gets the group of `like`. When several processes do this at once, exactly one of them makes the file.
    """
    unfinished = path.with_name(_unfinished(path.name))
    if os.path.lexists(path):
        return False
    _refuse_journals(path)
    os.close(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        build(unfinished)
        _set_mode(unfinished, mode, None if like is None else like.stat().st_gid)
        try:
            if not _linked(unfinished, path):
                # The moment between the check and the renaming cannot be closed here.
                if os.path.lexists(path):
                    return False
                os.rename(unfinished, path)
        except FileExistsError:
            return False
        # Bring the name to the disk, as far as the file system can.
        with suppress(OSError), open_directory(path.parent) as directory:
            os.fsync(directory)
        return True
    finally:
        unfinished.unlink(missing_ok=True)


def make_directory(directory: Path) -> None:
    """Make a directory and those above it, for this user alone (0700). Raises RegisterError."""
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        there = next((above for above in directory.parents if os.path.lexists(above)), directory)
        what = f"cannot create a directory in {there} ({error.strerror})"
        remedy = "check its permissions, or choose another path, as in `ai-debt init --db PATH`"
        raise RegisterError(what, remedy) from error


def _refuse_journals(path: Path) -> None:
    """Refuse to make a database where SQLite would take it for a journal, or apply another database's journal to it."""
    if database := _database_of_journal(str(path)):
        raise RegisterError(f"{path} is the name of the journal of {database}", "choose another name")
    for suffix in ("-journal", "-wal"):
        journal = f"{path}{suffix}"
        # The register may have been made just now, and be written.
        if os.path.lexists(journal) and not os.path.lexists(path):
            raise RegisterError(
                f"{journal} is left over from another database, and SQLite would apply it to a new one",
                "move it away, or choose another name",
            )


def _unfinished(name: str) -> str:
    return f".{name}.new-{os.getpid()}-{os.urandom(4).hex()}"


def _set_mode(file: Path | int, mode: int, group: int | None) -> None:
    """Set the mode and group of a file; where its group cannot be changed, that gets no more than everyone has."""
    if group is not None and os.stat(file).st_gid != group:
        try:
            os.chown(file, -1, group)
        except OSError:
            mode = mode & ~0o070 | (mode & 0o007) << 3
    os.chmod(file, mode)


def _linked(unfinished: Path | str, name: Path | str, directory: int | None = None) -> bool:
    """Give a finished file its name; False on a file system without hard links. Raises FileExistsError."""
    try:
        os.link(unfinished, name, src_dir_fd=directory, dst_dir_fd=directory, follow_symlinks=False)
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK):
            raise
        return False
    return True


def remove_stale(directory: Path, prefix: str) -> None:
    """Remove this user's abandoned unfinished databases whose names begin with `prefix`."""
    pattern = re.compile(rf"\.{re.escape(prefix)}.*\.new-\d+-[0-9a-f]{{8}}(?:-journal)?")
    with suppress(OSError), open_directory(directory) as descriptor:
        for name in filter(pattern.fullmatch, os.listdir(descriptor)):
            status = file_status(name, descriptor)
            if status is not None and _is_mine(status) and time.time() - status.st_mtime > _STALE:
                with suppress(OSError):
                    os.unlink(name, dir_fd=descriptor)


def _is_mine(status: os.stat_result) -> bool:
    return stat.S_ISREG(status.st_mode) and status.st_uid == os.geteuid()


_MOST_LINKS = 40  # to follow one after another, as the system does
_NO_FOLLOW = os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK


@contextmanager
def replacing(path: Path, *, register: Path | None) -> Iterator[TextFile]:
    """Open a text file to read it and to replace it atomically; it keeps its mode and group.

    A symbolic link is followed when it is the user's own; one to a directory also when it is root's. Unfinished files
    of an export that was killed are removed. Raises RegisterError for a database, and for any file of a database or
    of `register`.
    """
    parent, name = _follow_links(path)
    try:
        with open_directory(parent) as directory:
            refuse_database(path, directory, name, register)
            _remove_abandoned(directory, name)
            file = TextFile(path, directory, name)
            try:
                yield file
            finally:
                file.discard()
    except OSError as error:
        what = f"{path} could not be written ({error.strerror})"
        raise RegisterError(what, "nothing was changed there; choose another path") from error


class SwappedError(RegisterError):
    """Another file has taken the place of the one to be replaced; nothing was written."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} was replaced by another file", "nothing was written; check it, then try again")


class TextFile:
    """A text file, by its name in an open directory: it is written there wherever its path leads to later.

    Raises RegisterError for anything that is not a regular file.
    """

    def __init__(self, path: Path, directory: int, name: str) -> None:
        self._path = path
        self._directory = directory
        self._name = name
        self._unfinished: str | None = None
        self._descriptor = -1
        self._original = self._present()
        if self._original is not None and not stat.S_ISREG(self._original.st_mode):
            raise RegisterError(f"{path} is not a regular file", "name a file")

    def read(self) -> bytes | None:
        """The content of the file, None if there is none."""
        if self._original is None:
            return None
        try:
            descriptor = os.open(self._name, os.O_RDONLY | _NO_FOLLOW, dir_fd=self._directory)
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.ELOOP, errno.ENXIO):
                raise SwappedError(self._path) from None
            raise
        with os.fdopen(descriptor, "rb") as file:
            if _version(os.fstat(descriptor)) != _version(self._original):
                raise SwappedError(self._path)
            return file.read()

    def check(self) -> None:
        """Raise SwappedError if the file changed since it was opened here."""
        if _version(self._present()) != _version(self._original):
            raise SwappedError(self._path)

    def prepare(self, data: bytes, *, mode: int | None = None) -> None:
        """Write these bytes to a new file in the same directory, with a mode or the usual one; sync it to disk."""
        unfinished = _unfinished(self._name)
        flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | _NO_FOLLOW
        self._descriptor = os.open(unfinished, flags, 0o600, dir_fd=self._directory)
        self._unfinished = unfinished
        with suppress(OSError):
            fcntl.flock(self._descriptor, fcntl.LOCK_EX)
        with os.fdopen(self._descriptor, "wb", closefd=False) as file:
            file.write(data)
        if mode is not None or self._original is None:
            os.chmod(self._descriptor, 0o666 & ~umask() if mode is None else mode)
        else:
            _set_mode(self._descriptor, stat.S_IMODE(self._original.st_mode), self._original.st_gid)
        os.fsync(self._descriptor)

    def commit(self) -> None:
        """Replace the file with the prepared one. Raises SwappedError if it changed since it was opened here."""
        assert self._unfinished is not None
        try:
            if self._original is not None or not _linked(self._unfinished, self._name, self._directory):
                self.check()
                os.replace(self._unfinished, self._name, src_dir_fd=self._directory, dst_dir_fd=self._directory)
        except FileExistsError:
            raise SwappedError(self._path) from None
        self.discard()
        os.fsync(self._directory)

    def replace(self, data: bytes) -> None:
        """Prepare a file and commit it. Raises SwappedError."""
        self.prepare(data)
        self.commit()

    def overwrite(self, data: bytes, *, mode: int) -> None:
        """Replace the file, also one that changed since it was opened here, and give it a mode."""
        self.prepare(data, mode=mode)
        assert self._unfinished is not None
        os.replace(self._unfinished, self._name, src_dir_fd=self._directory, dst_dir_fd=self._directory)
        self.discard()
        os.fsync(self._directory)

    def discard(self) -> None:
        """Remove the prepared file if it was not committed."""
        if self._unfinished is None:
            return
        with suppress(FileNotFoundError):
            os.unlink(self._unfinished, dir_fd=self._directory)
        self._unfinished = None
        os.close(self._descriptor)

    def _present(self) -> os.stat_result | None:
        try:
            return os.stat(self._name, dir_fd=self._directory, follow_symlinks=False)
        except FileNotFoundError:
            return None


def _version(status: os.stat_result | None) -> tuple[int, ...] | None:
    """The identity of a file and of its content, None if there is none."""
    return None if status is None else (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)


def umask() -> int:
    """The mode bits that new files of this process do not get."""
    # It can only be read by setting it; what another thread makes at that moment is at worst too private.
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _follow_links(path: Path) -> tuple[str, str]:
    """The directory and the name that a path leads to, over links that may be followed."""
    unreachable = RegisterError(f"{path} cannot be reached", "check the path and its permissions")
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
        if not os.path.islink(step):
            real = step
            continue
        try:
            owner, to = os.lstat(step).st_uid, os.readlink(step)
        except OSError:
            raise unreachable from None
        links += 1
        if links > _MOST_LINKS:
            raise unreachable
        if owner != os.getuid() and not (owner == 0 and parts):
            raise RegisterError(f"{step} is a link made by another user", "use the path that it points to")
        real = os.sep if to.startswith(os.sep) else real
        parts += to.split(os.sep)[::-1]
    directory, name = os.path.split(real)
    if not name:
        raise RegisterError(f"{path} is not a regular file", "name a file")
    return directory, name


def _remove_abandoned(directory: int, name: str) -> None:
    """Remove the user's own unfinished files of this text, of processes that were killed."""
    pattern = re.compile(rf"\.{re.escape(name)}\.new-(?P<process>[0-9]{{1,10}})-[0-9a-f]{{8}}")
    for entry in os.listdir(directory):
        left = pattern.fullmatch(entry)
        if left is None or is_running(int(left["process"])):
            continue
        status = file_status(entry, directory)
        if status is None or not _is_mine(status):
            continue
        with suppress(OSError):
            descriptor = os.open(entry, os.O_RDWR | _NO_FOLLOW, dir_fd=directory)
            try:
                # A process on another machine may be writing it.
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                os.unlink(entry, dir_fd=directory)
            finally:
                os.close(descriptor)


def is_running(process: int) -> bool:
    """Whether a process of this number is running here."""
    try:
        os.kill(process, 0)
    except (OSError, OverflowError) as error:
        return isinstance(error, PermissionError)
    return True
