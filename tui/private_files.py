"""A user's own files, written whole or not at all: those that nobody else may read, and the settings."""

from __future__ import annotations

import fcntl
import os
import stat
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MOST_BYTES = 16 * 1024 * 1024


class PrivateError(Exception):
    """A file or folder that is not only its user's, or cannot be used; says which and why, in one clause."""


def state_folder(*parts: str) -> Path:
    """A folder of the user's state directory, made 0700. Raises PrivateError where there can be none."""
    from platformdirs import user_state_path

    folder = user_state_path("ai-debt", appauthor=False)
    _own_folder(folder)
    for part in parts:
        folder /= part
        _own_folder(folder)
    return folder


def _own_folder(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            found = os.fstat(descriptor)
            if found.st_uid != os.getuid():
                raise PrivateError(f"{folder} belongs to someone else")
            if found.st_mode & 0o077:
                os.fchmod(descriptor, 0o700)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise PrivateError(f"{folder} cannot be used ({error.strerror})") from None


def write_private(file: Path, text: str, *, mode: int = 0o600) -> None:
    """Write a file 0600 or with another mode, whole or not at all. Raises PrivateError."""
    unfinished = file.with_name(f".{file.name}.new-{os.getpid()}-{os.urandom(4).hex()}")
    try:
        descriptor = os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="surrogatepass", newline="") as out:
            out.write(text)
            out.flush()
            os.fchmod(descriptor, mode)
            os.fsync(out.fileno())
        os.replace(unfinished, file)
    except OSError as error:
        with suppress(OSError):
            unfinished.unlink()
        raise PrivateError(f"{file} could not be written ({error.strerror})") from None


def replace_locked(path: Path, change: Callable[[str], str]) -> None:
    """Change the text of a file, or of one that is made with its folder, while no other process does the same.

    A link is followed, and the mode stays. Raises PrivateError, and what `change` raises; ValueError for what is not
    UTF-8.
    """
    try:
        file = path.resolve()
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder = os.open(file.parent, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise PrivateError(f"{path} cannot be written ({error.strerror})") from None
    try:
        # Some file systems have no locks; there, the last one who writes wins.
        with suppress(OSError):
            fcntl.flock(folder, fcntl.LOCK_EX)
        text, mode = _text_and_mode(file)
        write_private(file, change(text), mode=mode)
    finally:
        os.close(folder)


def _text_and_mode(file: Path) -> tuple[str, int]:
    """The text of a file with its line ends, and its mode; empty and 0600 for a missing file."""
    try:
        return file.read_bytes().decode("utf-8"), stat.S_IMODE(file.stat().st_mode)
    except FileNotFoundError:
        return "", 0o600
    except OSError as error:
        raise PrivateError(f"{file} cannot be read ({error.strerror})") from None


def open_private(file: Path) -> int:
    """A descriptor of a private file. Raises PrivateError for one that others can read or that is not the user's."""
    try:
        descriptor = os.open(file, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise PrivateError(f"{file} cannot be read ({error.strerror})") from None
    found = os.fstat(descriptor)
    why = ""
    if not stat.S_ISREG(found.st_mode):
        why = "is not a regular file"
    elif found.st_uid != os.getuid():
        why = "belongs to someone else"
    elif found.st_mode & 0o077:
        why = "can be read by others"
    elif found.st_size > MOST_BYTES:
        why = "is too long"
    if why:
        os.close(descriptor)
        raise PrivateError(f"{file} {why}")
    return descriptor


def read_private(descriptor: int) -> str:
    """The text of a private file. Raises PrivateError where it is none."""
    try:
        return os.pread(descriptor, MOST_BYTES, 0).decode("utf-8", "surrogatepass")
    except (OSError, UnicodeDecodeError):
        raise PrivateError("its text cannot be read") from None
