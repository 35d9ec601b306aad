"""`--allow-network-fs`: before the subcommand or after it, and nowhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from store.db import filesystem
from store.db.filesystem import Mount

if TYPE_CHECKING:
    from tests.cli.door import Door

WRITE = ("set", "EN-001", "--owner", "MLP")


@pytest.fixture
def remote(sample: Door, monkeypatch: pytest.MonkeyPatch) -> Door:
    """The sample on what seems to be a network file system."""
    monkeypatch.setattr(filesystem, "mount_of", lambda _: Mount(1, "nfs4"))
    return sample


def test_without_it_there_is_reading_only(remote: Door) -> None:
    for command in (("list",), ("show", "EN-001"), ("history",), ("export",), ("map",), ("first",)):
        assert remote.done(*command).err == ""
    said = remote(*WRITE)
    assert (said.code, said.out) == (1, "")
    assert "is on a network file system (nfs4), where two machines that write corrupt it: " in said.err
    assert said.err.count("\n") == 1


@pytest.mark.parametrize("where", [0, 1, 4])
def test_it_counts_wherever_it_stands(remote: Door, where: int) -> None:
    said = remote.done(*WRITE[:where], "--allow-network-fs", *WRITE[where:])
    assert said.err.count("make sure that only this machine opens it") == 1
    item = remote.done("show", "EN-001", "--json").json["item"]
    assert isinstance(item, dict)
    assert item["owner"] == "MLP"


def test_after_two_hyphens_it_is_a_word(remote: Door) -> None:
    said = remote("show", "--", "--allow-network-fs")
    assert said.code == 1
    assert "unknown item --allow-network-fs" in said.err
    assert "be sure" not in said.err


def test_a_register_is_begun_with_it(bare: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filesystem, "mount_of", lambda _: Mount(1, "fuse.sshfs"))
    said = bare("init")
    assert said.code == 1
    assert "is on a network file system (fuse.sshfs)" in said.err
    assert not bare.database.exists()
    bare.done("init", "--allow-network-fs")
    assert bare.database.exists()
