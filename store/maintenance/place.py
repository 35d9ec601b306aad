"""What a register's file stands on: its disk, its modes and owners, its other names."""

from __future__ import annotations

import os
import shlex
import stat
from typing import TYPE_CHECKING

from store.db import filesystem
from store.db.filesystem import check_mount, cure, group_name, network, only_readable, sticky, who_runs
from store.db.holders import user_name
from store.db.kept import second_name
from store.errors import RegisterError
from store.maintenance.checks import Check, ok, problem, refused, warning

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from store.db.kept import Kept

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


def names(path: Path, kept: Kept) -> Iterator[Check]:
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
