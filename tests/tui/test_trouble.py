"""A register that cannot be saved to: the dashboard says so in its header for as long as it lasts, and why once."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from store.db import database, filesystem
from store.db.filesystem import Mount
from store.errors import RegisterError
from tests.tui.screen import seat
from tests.unprivileged import only_root, unprivileged

if TYPE_CHECKING:
    from pathlib import Path

    from tests.tui.screen import Seat

REPLACED = "was replaced by another file while it was open"


async def look_up(person: Seat) -> None:
    """What the clock of the dashboard does every second."""
    person.app.screen.live_updates.poll()  # type: ignore[attr-defined]
    await person.settle()


async def look_below(person: Seat) -> None:
    """Take the toasts away: how much of a small screen they cover depends on the path that they name."""
    person.app.clear_notifications()
    await person.settle()


@pytest.mark.parametrize("size", [(80, 24), (120, 36), (40, 12)])
async def test_a_file_that_was_replaced_makes_it_read_only(sample: Path, size: tuple[int, int]) -> None:
    async with seat(sample, size, notifications=True) as ana:
        await look_up(ana)
        assert "read only" not in ana.rows[0]
        shutil.copyfile(sample, sample.with_name("copy"))
        os.replace(sample.with_name("copy"), sample)
        await look_up(ana)
        assert [REPLACED in toast for toast in ana.toasts] == [True]
        await look_below(ana)
        assert "read only" in ana.rows[0]
        await look_up(ana)
        assert ana.toasts == []
        # The register can still be looked at; a change is refused, and what is shown stays true.
        await ana.choose("EN-001")
        await ana.press("m")
        assert ana.item("EN-001").status.value == "Open"
        assert len(ana.toasts) == 1


async def test_a_file_that_was_moved_back_is_written_again(sample: Path) -> None:
    async with seat(sample, notifications=True) as ana:
        os.rename(sample, sample.with_name("elsewhere"))
        await look_up(ana)
        assert "read only" in ana.rows[0]
        os.rename(sample.with_name("elsewhere"), sample)
        await look_up(ana)
        assert "read only" not in ana.rows[0]
        await ana.choose("EN-001")
        await ana.press("m")
        assert ana.item("EN-001").status.value == "Mitigated"


async def test_a_network_file_system_is_read_only_from_the_start(sample: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filesystem, "mount_of", lambda _: Mount(1, "nfs4"))
    async with seat(sample, notifications=True) as ana:
        assert "read only" in ana.rows[0]
        assert "is on a network file system (nfs4)" in ana.sentences
        await ana.choose("EN-001")
        await ana.press("m")
        assert ana.item("EN-001").status.value == "Open"


async def test_who_allowed_a_network_file_system_is_cautioned_once(
    sample: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filesystem, "mount_of", lambda _: Mount(1, "nfs4"))
    async with seat(sample, notifications=True, allow_network_fs=True) as ana:
        assert "read only" not in ana.rows[0]
        assert "make sure that only this machine opens it" in ana.sentences
        await ana.choose("EN-001")
        await ana.press("m")
        await look_up(ana)
        assert len(ana.toasts) == 1


async def test_a_trigger_that_somebody_plants_makes_it_read_only_until_it_is_gone(sample: Path) -> None:
    async with seat(sample, notifications=True) as ana:
        await ana.choose("EN-001")
        with closing(sqlite3.connect(sample)) as other:
            edges = other.execute("SELECT count(*) FROM dependency").fetchone()
            other.execute("CREATE TRIGGER planted AFTER INSERT ON change BEGIN DELETE FROM dependency; END")
        await ana.press("m")
        assert ["'planted', which would act on your behalf" in toast for toast in ana.toasts] == [True]
        await look_up(ana)
        await look_below(ana)
        assert "read only" in ana.rows[0]
        # What is there can still be looked at.
        await ana.press("j", "k")
        assert ana.chosen == "EN-001"
        with closing(sqlite3.connect(sample)) as other:
            assert other.execute("SELECT count(*) FROM dependency").fetchone() == edges
            other.execute("DROP TRIGGER planted")
        assert ana.item("EN-001").status.value == "Open"
        await look_up(ana)
        assert "read only" not in ana.rows[0]
        await ana.press("m")
        assert ana.item("EN-001").status.value == "Mitigated"


def run(path: Path, *statements: str) -> None:
    """Change a register past our own verbs."""
    with closing(sqlite3.connect(path)) as other, other:
        for statement in statements:
            other.execute(statement)


@pytest.mark.parametrize(
    ("spoil", "mend", "says"),
    [
        (
            ["UPDATE item SET due_on = 20260101 WHERE id = 1"],
            ["UPDATE item SET due_on = NULL WHERE id = 1"],
            "is damaged: due_on of item 1 is 20260101, not a date",
        ),
        (
            ["ALTER TABLE item RENAME TO other", "CREATE VIEW item AS SELECT * FROM other"],
            ["DROP VIEW item", "ALTER TABLE other RENAME TO item"],
            "contains an unknown view, 'item'",
        ),
    ],
    ids=["value", "view"],
)
async def test_what_cannot_be_read_is_said_once_until_it_is_gone(
    sample: Path, spoil: list[str], mend: list[str], says: str
) -> None:
    async with seat(sample, notifications=True) as ana:
        await ana.choose("BE-001")
        run(sample, *spoil)
        for _ in range(3):
            await look_up(ana)
        assert [says in toast for toast in ana.toasts] == [True]
        run(sample, *mend)
        await look_below(ana)
        await look_up(ana)
        assert ana.toasts == []
        await ana.press("m")
        assert ana.item("BE-001").status.value == "Mitigated"


@only_root
@pytest.mark.parametrize("named", [True, False])
async def test_a_register_that_one_cannot_reach_opens_no_welcome(sample: Path, named: bool) -> None:
    os.chown(sample.parent, 54_301, 54_301)
    sample.parent.chmod(0o700)
    with unprivileged():
        async with seat(sample, named=named) as ana:
            assert ana.app.return_code == 1
            said = "".join(str(part) for part in ana.app._exit_renderables)
    assert f"cannot be reached because you have no access to {sample.parent}" in said
    assert "init" not in said


async def test_what_works_for_readers_is_said_where_they_export_and_import(
    sample: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    only = RegisterError(f"{sample} is read-only for you", "to write it, ask ana")
    monkeypatch.setattr(database, "read_only_refusal", lambda _: only)
    async with seat(sample, notifications=True) as bo:
        await bo.press("x")
        assert f"`ai-debt --db {sample} export - > FILE` writes the document" in bo.sentences
        await bo.press("I")
        assert f"`ai-debt --db {sample} import FILE --dry-run` shows what" in bo.sentences
        assert "1 All categories" in bo.rows[1]
