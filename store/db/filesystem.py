"""The file system under a register: network mounts, modes, and the commands that fix them."""

from __future__ import annotations

import grp
import os
import pwd
import shlex
import stat
import sys
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from store.errors import RegisterError

if TYPE_CHECKING:
    from collections.abc import Iterator

_REMOTE = {"afs", "beegfs", "ceph", "cifs", "coda", "gpfs", "lustre", "ncpfs", "nfs", "nfs4", "smb2", "smb3", "smbfs"}
_OF_ANY_KIND = {"fuse", "9p", "prl_fs", "vboxsf", "virtiofs", "vmhgfs"}
_LOCAL_FUSE = frozenset({"fuse.fuse-overlayfs"})  # `fuseblk`, a disk of this machine, has no dot
_SHARED = stat.S_ISGID | stat.S_IWGRP


def is_missing(path: Path) -> bool:
    """Whether there is nothing at `path`, not even a link; False where this user has no access."""
    try:
        os.lstat(path)
    except OSError as error:
        return isinstance(error, (FileNotFoundError, NotADirectoryError))
    return False


def has_access(path: Path, access: int) -> bool:
    """Whether the effective user has access to a file."""
    return os.access(path, access, effective_ids=os.access in os.supports_effective_ids)


def inaccessible_directory(path: Path) -> Path | None:
    """The first directory on the way to `path` that this user may not enter, or None."""
    parents = reversed(path.absolute().parents)
    return next((each for each in parents if each.is_dir() and not has_access(each, os.X_OK)), None)


def is_shared(directory: os.stat_result) -> bool:
    """Whether a directory gives new files to its group, which may write to it."""
    return directory.st_mode & _SHARED == _SHARED


@contextmanager
def open_directory(path: Path | str, flags: int = os.O_RDONLY) -> Iterator[int]:
    """The descriptor of a directory. Raises OSError."""
    descriptor = os.open(path, flags | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


class Mount(NamedTuple):
    """What a file is mounted from: the number of the mount in this process's namespace, and the kind of file system."""

    number: int
    kind: str

    @property
    def is_network(self) -> bool:
        """Whether other machines may mount it, so that locks cannot be relied on."""
        if self.kind.startswith("fuse."):
            return self.kind not in _LOCAL_FUSE
        return self.kind in _REMOTE | _OF_ANY_KIND


def mount_of(descriptor: int) -> Mount | None:
    """The mount that an open file or directory is on; None if unknown."""
    with suppress(OSError, StopIteration, IndexError, ValueError):
        facts = Path(f"/proc/self/fdinfo/{descriptor}").read_text(encoding="utf-8").splitlines()
        number = next(line.split()[1] for line in facts if line.startswith("mnt_id:"))
        for line in Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="replace").splitlines():
            fields, _, more = line.partition(" - ")
            if fields.split(maxsplit=1)[0] == number:
                return Mount(int(number), more.split()[0])
    return None


def check_mount(path: Path, descriptor: int) -> None:
    """Refuse a file that is mounted by itself, whose other name SQLite would not know of."""
    with suppress(OSError), open_directory(path.resolve().parent) as directory:
        file, around = mount_of(descriptor), mount_of(directory)
        if file and around and file.number != around.number:
            raise RegisterError(
                f"{path} is a mount point: opening it at another path would use another journal, which corrupts it",
                "mount its directory instead",
            )


def network_refusal(path: Path, descriptor: int) -> RegisterError | None:
    """What prevents writing to a register on a network file system."""
    mount = mount_of(descriptor)
    if mount is None or not mount.is_network:
        return None
    return RegisterError(
        f"{path} is on a network file system ({mount.kind}), where two machines that write corrupt it",
        "it can be read; to write, move it to a local disk, or use --allow-network-fs if only one machine opens it",
    )


def check_creatable(directory: Path) -> None:
    """Refuse to create a register in a directory on a network file system."""
    with suppress(OSError), open_directory(directory) as descriptor:
        if found := network_refusal(directory, descriptor):
            raise RegisterError(
                found.what, "choose a directory on a local disk, or use --allow-network-fs if only one machine opens it"
            )


def fair_lock_path(path: Path, descriptor: int) -> Path:
    """The file or directory whose flock lets writers take turns: the register itself, so that others are not delayed.

    Where a flock is also a record lock, which would lock SQLite out of the file, it is the directory.
    """
    return path if sys.platform == "linux" and network_refusal(path, descriptor) is None else path.parent


def read_only_refusal(path: Path) -> RegisterError | None:
    """What prevents this user from writing the file at `path`, with the commands that change it."""
    file = path.resolve()
    if has_access(file, os.W_OK) and has_access(file.parent, os.W_OK | os.X_OK):
        return None
    if any(os.statvfs(each).f_flag & os.ST_RDONLY for each in (file, file.parent)):
        return RegisterError(f"{path} is on a read-only file system", "it can be read; nothing can be changed")
    return RegisterError(f"{path} is read-only for you", f"to write it, {_sharing_advice(file)}")


def unreadable_file(path: Path) -> RegisterError:
    """The refusal of a file that this user may not read, or not even reach."""
    file = Path(os.path.realpath(path))
    directory = inaccessible_directory(file)
    if directory is None:
        return RegisterError(f"{path} cannot be read by you", _sharing_advice(file))
    what = f"{path} cannot be reached because you have no access to {directory}"
    if directory != file.parent:
        return RegisterError(what, f"ask {user_name(directory.stat().st_uid)} or root for permission")
    return RegisterError(what, _sharing_advice(file))


def sticky_bit(path: Path) -> str | None:
    """What is wrong with a shared register in a directory where users may only remove their own files."""
    file = path.resolve()
    if not file.parent.stat().st_mode & stat.S_ISVTX or not file.stat().st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        return None
    return f"{file.parent} has the sticky bit, so others cannot roll back an interrupted write"


def sharing_commands(file: Path) -> str:
    """Whom to ask to run which commands, so that this user and a group can share `file`.

    No command takes access from anyone who has it now. For a file that cannot be reached, its directory is to be
    shared first. Empty where the modes are right.
    """
    directory = file.parent
    around, status = directory.stat(), None
    with suppress(OSError):
        status = file.stat()
    gid, joins = _sharing_group(status, around)
    group = "GROUP" if gid is None else shlex.quote(group_name(gid))
    commands = [shlex.join(["usermod", "-aG", group, user_name(os.geteuid())])] if joins else []
    shared: list[tuple[Path, os.stat_result | None, str, int]]
    if _is_shareable(directory, around):
        change = "ug+rwx,g+s,-t" if around.st_mode & stat.S_ISVTX else "ug+rwx,g+s"
        shared = [(directory, around, change, stat.S_ISGID | 0o770)]
        if status is not None:
            shared.append((file, status, "ug+rw", 0o660))
    else:
        new = directory / file.stem
        commands += [shlex.join(["mkdir", str(new)]), shlex.join(["mv", str(file), str(new)])]
        shared = [(new, None, "ug+rwx,g+s", 0), (new / file.name, None, "ug+rw", 0)]
    if strangers := [str(path) for path, known, _, _ in shared if known is None or known.st_gid != gid]:
        commands.append(f"chgrp {group} {shlex.join(strangers)}")
    for path, known, change, bits in shared:
        if known is None or known.st_mode & (bits | stat.S_ISVTX) != bits:
            commands.append(shlex.join(["chmod", change, str(path)]))
    if not commands:
        return ""
    asked = "ask root to run" if joins else who_runs(*(known for known in (status, around) if known is not None))
    return f"{asked} {' && '.join(commands)}{', then log in again' if joins else ''}"


def _sharing_advice(file: Path) -> str:
    """The same; where the modes are right, how to find what else denies access."""
    lists = shlex.join([str(file.parent), str(file)])
    return sharing_commands(file) or f"check its access control lists: getfacl {lists}"


def who_runs(*owned: os.stat_result) -> str:
    """Who is to change the modes of what one user owns, the words before the commands."""
    if all(status.st_uid == os.geteuid() for status in owned):
        return "run"
    owner = user_name(owned[0].st_uid)
    return f"ask {owner}{'' if owner == 'root' else ' or root'} to run"


def _is_shareable(directory: Path, status: os.stat_result) -> bool:
    """Whether a directory may be given to a group: it is not writable by everyone, nor the system's, nor a home."""
    if status.st_mode & stat.S_IWOTH or len(directory.parts) < 3:
        return False
    return directory != Path(os.path.expanduser("~")) and directory.parent != Path("/home")


def _sharing_group(file: os.stat_result | None, directory: os.stat_result) -> tuple[int | None, bool]:
    """The group to share with, None if unknown, and whether this user has to join it.

    A group that has access now keeps it.
    """
    mine = {os.getegid(), *os.getgroups()}
    owned = [directory] if file is None or is_shared(directory) else [directory, file]
    for status in owned:
        if status.st_gid in mine and status.st_gid:
            return status.st_gid, False
    for status in owned:
        if status.st_gid and not _is_private_group(status):
            return status.st_gid, os.geteuid() != 0
    owner = user_name(owned[-1].st_uid)
    for gid in sorted(mine):
        try:
            if owner in grp.getgrgid(gid).gr_mem:
                return gid, False
        except KeyError:
            continue
    return None, False


def _is_private_group(status: os.stat_result) -> bool:
    """Whether a group is the private group of one user."""
    try:
        return pwd.getpwuid(status.st_uid).pw_gid == status.st_gid
    except KeyError:
        return status.st_uid == status.st_gid


def user_name(uid: int) -> str:
    """The name of a user, or the number of one who has none."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"


def group_name(gid: int) -> str:
    """The name of a group, or the number of one that has none."""
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return str(gid)
