"""The text files a register is written to: the one that was meant is replaced, whole or not at all."""

from __future__ import annotations

import errno
import fcntl
import os
import re
import secrets
import stat
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from store.db.files import refuse_database
from store.errors import RegisterError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

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
        super().__init__(
            f"another file was put at {path} in the meantime", "nothing was written; look at it, then try again"
        )


def _not_written(path: Path, error: OSError) -> RegisterError:
    what = f"{path} could not be written ({error.strerror})"
    return RegisterError(what, "nothing was changed there; choose another place")


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
        """Note which file is there. Raises RegisterError for anything that is no regular file."""
        self._seen = self._there()
        if self._seen is not None and not stat.S_ISREG(self._seen.st_mode):
            raise RegisterError(f"{self._path} is no regular file", "name a file")

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
            raise RegisterError(f"{step} is a link that somebody else made", "name what it points to")
        real = os.sep if to.startswith(os.sep) else real
        parts += to.split(os.sep)[::-1]
    folder, name = os.path.split(real)
    if not name:
        raise RegisterError(f"{path} is no regular file", "name a file")
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
