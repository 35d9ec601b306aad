"""The file system under a register: network mounts, modes, and the commands that fix them."""

from __future__ import annotations

import grp
import os
import pwd
import shlex
import stat
import sys
from dataclasses import dataclass
from pathlib import Path

from store.db.sqlite import user_name
from store.errors import RegisterError


def is_missing(path: Path) -> bool:
    """Whether there is nothing at `path`, not even a link; False where this user has no access."""
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False


def closed(path: Path) -> Path | None:
    """The first directory on the way to `path` that this user may not enter, or None."""
    for directory in reversed(path.absolute().parents):
        if directory.is_dir() and not os.access(
            directory, os.X_OK, effective_ids=os.access in os.supports_effective_ids
        ):
            return directory
    return None


_REMOTE = {"afs", "beegfs", "ceph", "cifs", "coda", "gpfs", "lustre", "ncpfs", "nfs", "nfs4", "smb2", "smb3", "smbfs"}
_OF_ANY_KIND = {"fuse", "9p", "prl_fs", "vboxsf", "virtiofs", "vmhgfs"}
_NETWORK = frozenset(_REMOTE | _OF_ANY_KIND)
_SHARED = stat.S_ISGID | stat.S_IWGRP
_SHARING = (("ug+rwx,g+s", stat.S_ISGID | 0o770), ("ug+rw", 0o660))
"""The mode changes that share a directory and a file, and the bits they set."""
_LOCAL_FUSE = frozenset({"fuse.fuse-overlayfs"})  # others beside `fuseblk`, a disk of this machine


@dataclass(frozen=True, slots=True)
class Mount:
    """What a file is mounted from: the number of the mount in this process's world, and the kind of file system."""

    number: int
    kind: str

    @property
    def is_network(self) -> bool:
        """Whether other machines may have it, too, so that locks cannot be relied on."""
        if self.kind.startswith("fuse."):
            return self.kind not in _LOCAL_FUSE
        return self.kind in _NETWORK


def mount_of(descriptor: int) -> Mount | None:
    """The mount that an open file or directory is on; None where the system does not tell."""
    try:
        facts = Path(f"/proc/self/fdinfo/{descriptor}").read_text(encoding="utf-8").splitlines()
        number = next(line.split()[1] for line in facts if line.startswith("mnt_id:"))
        for line in Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="replace").splitlines():
            fields, _, more = line.partition(" - ")
            if fields.split(maxsplit=1)[0] == number:
                return Mount(int(number), more.split()[0])
    except (OSError, StopIteration, IndexError, ValueError):
        pass
    return None


def check_mount(path: Path, descriptor: int) -> None:
    """Refuse a file that is mounted by itself, whose other name SQLite would not know of."""
    try:
        directory = os.open(path.resolve().parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        return
    try:
        file, around = mount_of(descriptor), mount_of(directory)
    finally:
        os.close(directory)
    if file and around and file.number != around.number:
        raise RegisterError(
            f"{path} is a mount point: opening it at another path would use another journal, which corrupts it",
            "mount its directory instead",
        )


def network(place: Path, descriptor: int) -> RegisterError | None:
    """What keeps a register on a network file system from being written."""
    mount = mount_of(descriptor)
    if mount is None or not mount.is_network:
        return None
    return RegisterError(
        f"{place} is on a network file system ({mount.kind}), where two machines that write corrupt it",
        "it can be read; to write, move it to a local disk, or use --allow-network-fs if only one machine opens it",
    )


def fair_lock_place(path: Path, descriptor: int) -> Path:
    """The file or directory whose flock lets writers take turns: the register itself, so that others are not delayed.

    It is the directory where a flock is a record lock, too, and would keep SQLite from the file.
    """
    return path if sys.platform == "linux" and network(path, descriptor) is None else path.parent


def creatable(directory: Path, *, allow_network_fs: bool) -> None:
    """Refuse to make a register in a directory on a network file system unless that is allowed."""
    try:
        descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        return
    try:
        found = None if allow_network_fs else network(directory, descriptor)
    finally:
        os.close(descriptor)
    if found:
        raise RegisterError(
            found.what, "choose a directory on a local disk, or use --allow-network-fs if only one machine opens it"
        )


def only_readable(path: Path) -> RegisterError | None:
    """What keeps this user from writing the file at `path`, with the commands that change it."""
    file = path.resolve()
    if _may(file, os.W_OK) and _may(file.parent, os.W_OK | os.X_OK):
        return None
    if any(os.statvfs(place).f_flag & os.ST_RDONLY for place in (file, file.parent)):
        return RegisterError(f"{path} is on a read-only file system", "it can be read; nothing can be changed")
    return RegisterError(f"{path} is read-only for you", f"to write it, {_cure_or_lists(file)}")


def sticky(path: Path) -> str | None:
    """What is wrong with a shared register in a directory where nobody may remove the files of others."""
    file = path.resolve()
    around = file.parent.stat()
    if not around.st_mode & stat.S_ISVTX or not file.stat().st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        return None
    return f"{file.parent} has the sticky bit, so others cannot roll back an interrupted write"


def unreadable(path: Path) -> RegisterError:
    """The refusal of a file that this user may not read, or not even reach."""
    file = Path(os.path.realpath(path))
    directory = closed(file)
    if directory is None:
        return RegisterError(f"{path} cannot be read by you", _cure_or_lists(file))
    what = f"{path} cannot be reached because you have no access to {directory}"
    if directory != file.parent:
        return RegisterError(what, f"ask {user_name(directory.stat().st_uid)} or root for permission")
    return RegisterError(what, _cure_or_lists(file))


def _may(path: Path, access: int) -> bool:
    return os.access(path, access, effective_ids=os.access in os.supports_effective_ids)


def cure(file: Path) -> str:
    """Whom to ask for which commands, so that this user and a group of people can share `file`.

    No command takes anything from anybody who may read or write it now. Of a file that cannot be looked at, it is the
    directory that is to be shared first. Empty where the modes are as they should be.
    """
    directory = file.parent
    around = directory.stat()
    try:
        status: os.stat_result | None = file.stat()
    except OSError:
        status = None
    gid, joins = _group(status, around)
    group = "GROUP" if gid is None else shlex.quote(group_name(gid))
    commands = [shlex.join(["usermod", "-aG", group, user_name(os.geteuid())])] if joins else []
    shared: list[tuple[Path, os.stat_result | None, str, int]] = [
        (directory, around, "ug+rwx,g+s,-t" if around.st_mode & stat.S_ISVTX else "ug+rwx,g+s", stat.S_ISGID | 0o770)
    ]
    if status is not None:
        shared.append((file, status, "ug+rw", 0o660))
    if not _is_shareable(directory, around):
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


def _cure_or_lists(file: Path) -> str:
    """The same; where the modes are right, how to look at what else denies access."""
    return cure(file) or f"check its access control lists: getfacl {shlex.join([str(file.parent), str(file)])}"


def who_runs(*owned: os.stat_result) -> str:
    """Who is to change the modes of what one user owns, the words before the commands."""
    if all(status.st_uid == os.geteuid() for status in owned):
        return "run"
    owner = user_name(owned[0].st_uid)
    return f"ask {owner}{'' if owner == 'root' else ' or root'} to run"


def _is_shareable(directory: Path, status: os.stat_result) -> bool:
    """Whether a directory may be given to a group: neither everybody's, nor the system's, nor somebody's home."""
    if status.st_mode & stat.S_IWOTH or len(directory.parts) < 3:
        return False
    return directory != Path(os.path.expanduser("~")) and directory.parent != Path("/home")


def _group(file: os.stat_result | None, directory: os.stat_result) -> tuple[int | None, bool]:
    """The group that is to share, None where nothing tells, and whether this user has to join it.

    A group that shares the directory or the file now goes on doing so.
    """
    mine = {os.getegid(), *os.getgroups()}
    owned = [directory] if file is None else [directory, file]
    if directory.st_mode & _SHARED == _SHARED:
        owned = owned[:1]
    for status in owned:
        if status.st_gid in mine and status.st_gid:
            return status.st_gid, False
    for status in owned:
        if status.st_gid and not _is_own(status):
            return status.st_gid, os.geteuid() != 0
    owner = user_name(owned[-1].st_uid)
    for gid in sorted(mine):
        try:
            if owner in grp.getgrgid(gid).gr_mem:
                return gid, False
        except KeyError:
            continue
    return None, False


def _is_own(status: os.stat_result) -> bool:
    """Whether a group is the private group of one user."""
    try:
        return pwd.getpwuid(status.st_uid).pw_gid == status.st_gid
    except KeyError:
        return status.st_uid == status.st_gid


def group_name(gid: int) -> str:
    """The name of a group, or the number of one that has none."""
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return str(gid)
