"""Network file systems: known by the mount that a file is on, read by all, written only where that is allowed."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from store.commands.items import comment
from store.db import filesystem
from store.db.database import Database
from store.db.filesystem import Mount, mount_of
from store.errors import RegisterError
from tests.store.asking import content, trail

if TYPE_CHECKING:
    from pathlib import Path

REMOTE = [
    "nfs", "nfs4", "cifs", "smb3", "9p", "ceph", "afs", "fuse", "fuse.sshfs", "fuse.glusterfs", "lustre", "virtiofs",
]  # fmt: skip


@pytest.fixture(autouse=True)
def _synchronous() -> None:
    """Wait for the disk with each commit, as the program does."""


@pytest.fixture
def on(monkeypatch: pytest.MonkeyPatch) -> object:
    """Makes every file seem to be on a kind of file system."""
    return lambda kind: monkeypatch.setattr(filesystem, "mount_of", lambda _: Mount(1, kind))


@pytest.mark.parametrize("kind", REMOTE)
def test_it_is_read_and_not_written(sample_copy: Path, on: object, kind: str) -> None:
    assert callable(on)
    on(kind)
    before = sample_copy.read_bytes()
    with Database.open(sample_copy) as db:
        assert len(content(db).items) == 15
        said = (
            f"{sample_copy} is on a network file system ({kind}), where two machines that write corrupt it: it can be "
            "read; to write, move it to a local disk, or use --allow-network-fs if only one machine opens it"
        )
        assert str(db.trouble) == said
        with pytest.raises(RegisterError) as refused:
            comment(db, ["EN-001"], "hello")
        assert str(refused.value) == said
    assert sample_copy.read_bytes() == before


@pytest.mark.parametrize("kind", ["ext4", "xfs", "btrfs", "tmpfs", "overlay", "fuseblk", "fuse.fuse-overlayfs"])
def test_a_local_disk_is_written(sample_copy: Path, on: object, kind: str) -> None:
    assert callable(on)
    on(kind)
    with Database.open(sample_copy) as db:
        comment(db, ["EN-001"], "hello")
        assert (db.trouble, db.caution) == (None, None)


def test_who_allows_it_writes_with_care(sample_copy: Path, on: object) -> None:
    assert callable(on)
    on("nfs4")
    with Database.open(sample_copy, allow_network_fs=True) as db:
        comment(db, ["EN-001"], "hello")
        assert any(change.verb == "comment" for change in trail(db))
        assert db.trouble is None
        assert str(db.caution).endswith("corrupt it: make sure that only this machine opens it")
        with db.read() as session:
            assert session.value("PRAGMA synchronous") == 3
            assert session.value("PRAGMA journal_mode") == "delete"


def test_a_register_is_made_there_only_where_that_is_allowed(tmp_path: Path, on: object) -> None:
    assert callable(on)
    on("cifs")
    with pytest.raises(RegisterError, match=r"network file system \(cifs\).*: choose a directory on a local disk"):
        Database.create(tmp_path / "register.db")
    assert list(tmp_path.iterdir()) == []
    Database.create(tmp_path / "register.db", allow_network_fs=True).close()


def kind_of(place: Path) -> str:
    """What a place is on, by asking the system."""
    descriptor = os.open(place, os.O_RDONLY)
    try:
        mount = mount_of(descriptor)
        assert mount is not None
        return mount.kind
    finally:
        os.close(descriptor)


@pytest.mark.skipif(not os.path.exists("/proc/self/mountinfo"), reason="requires /proc/self/mountinfo")
def test_the_system_says_what_a_file_is_on(tmp_path: Path) -> None:
    place = tmp_path / "a b"
    place.mkdir()
    before = kind_of(place)
    assert not Mount(1, before).is_network
    if subprocess.run(["mount", "-t", "tmpfs", "tmpfs", place], check=False, capture_output=True).returncode:
        pytest.skip("only root may mount")
    try:
        assert kind_of(place) == "tmpfs"
        (place / "file").touch()
        assert kind_of(place / "file") == "tmpfs"
    finally:
        subprocess.run(["umount", place], check=True)
    assert kind_of(place) == before


def test_a_system_that_does_not_say_counts_as_local(sample_copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert mount_of(999_999) is None
    monkeypatch.setattr(filesystem, "mount_of", lambda _: None)
    with Database.open(sample_copy) as db:
        comment(db, ["EN-001"], "hello")
