"""The async store: what it reads as if items were fixed, and what it keeps until something changes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from store.audit.log import head
from store.clock import now
from store.commands.items import add_item, comment, remove_items
from store.db.database import Database
from store.enums import Status
from store.errors import NotFoundError, RegisterError
from store.maintenance.backup import back_up
from store.maintenance.restore import plan_restore, restore
from store.queries import items as item_queries
from store.queries.dependency_map import blast_radius
from tui.async_store import AsyncStore, Place

if TYPE_CHECKING:
    from pathlib import Path

    from store.db.reader import Reader


async def test_what_if_is_read_off_the_screens_thread(sample: Path) -> None:
    with ThreadPoolExecutor(1) as executor:
        store = await AsyncStore.open(Place(sample), executor)
        try:
            assert [row.key for row in (await store.priorities()).items[:2]] == ["PD-001", "DD-001"]
            found = await store.priorities(["pd-001"])
            assert (found.assumed, found.items[0].key) == (("PD-001",), "DD-001")
            nodes = {node.key: node for node in (await store.map_rows(("PD-001",))).nodes}
            assert nodes["PD-001"].assumed
            assert nodes["PD-001"].status is Status.MITIGATED
            assert not any(node.assumed for node in (await store.map_rows()).nodes)
            assert (await store.read(blast_radius, "DD-001")).fed_by[0].points == 2
            assert (await store.read(blast_radius, "DD-001", assumed=("PD-001",))).fed_by[0].points is None
            with pytest.raises(NotFoundError):
                await store.priorities(("PD-999",))
        finally:
            await store.close()


async def test_a_backup_that_comes_back_shows_though_its_changes_have_the_numbers_of_those_that_went(
    sample: Path,
) -> None:
    def newest() -> int:
        with bo.read() as session:
            return head(session).sequence

    with ThreadPoolExecutor(1) as executor, Database.open(sample, actor="bo") as bo:
        store = await AsyncStore.open(Place(sample), executor)
        try:
            made = back_up(bo)
            first, shown = await store.priorities(), await store.map_rows()
            remove_items(bo, ["PD-001"])
            assert "PD-001" not in {node.key for node in (await store.map_rows()).nodes}
            assert "PD-001" not in {row.key for row in (await store.priorities()).items}
            known = newest()
            restore(sample, plan_restore(sample, made.path), clock=now, actor="carla")
            while newest() < known:
                comment(bo, ["EN-001"], "again")
            assert newest() == known
            assert await store.map_rows() == shown
            assert (await store.priorities()).items == first.items
        finally:
            await store.close()


async def test_what_is_written_is_not_reported_as_failed(sample: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_reader: Reader, _batch: int) -> tuple[()]:
        raise RegisterError("the register is locked")

    with ThreadPoolExecutor(1) as executor:
        store = await AsyncStore.open(Place(sample), executor)
        try:
            monkeypatch.setattr(item_queries, "written_values", refuse)
            done = await store.write(add_item, {"category": "EN", "description": "Shared features."})
            assert await store.item(done.keys[0]) is not None
        finally:
            await store.close()
