"""Edit sessions without a screen: what others change is followed, noted or asked about until it is written."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from store.commands.items import edit_items, remove_items, set_status
from store.enums import Status
from store.errors import RegisterError
from tests.test_house import loaded_by
from tests.tui.screen import NOON, as_bo
from tui.async_store import AsyncStore, Place
from tui.editing.session import FormFollower, ItemSession, RemoteChange

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from tui.editing.session import Conflict, Side

NAMES = ("title", "owner", "description", "status")


class Page:
    """A form that is no more than texts."""

    def __init__(self, texts: dict[str, str]) -> None:
        self.texts = texts
        self.news: dict[str, RemoteChange] = {}
        self.notes: tuple[str, ...] = ()

    def text_of(self, name: str) -> str:
        return self.texts[name]

    def put_text(self, name: str, text: str) -> None:
        self.texts[name] = text

    async def show_remote_change(self, name: str, news: RemoteChange | None) -> None:
        self.news.pop(name, None)
        if news is not None:
            self.news[name] = news

    async def show_notes(self, notes: Sequence[str]) -> None:
        self.notes = tuple(notes)


@asynccontextmanager
async def opened(path: Path) -> AsyncIterator[AsyncStore]:
    """The register as ana has it open."""
    with ThreadPoolExecutor(1) as executor:
        store = await AsyncStore.open(Place(path, actor="ana", clock=lambda: NOON), executor)
        try:
            yield store
        finally:
            await store.close()


async def begin(store: AsyncStore, key: str = "EN-001") -> tuple[ItemSession, Page, FormFollower]:
    """A session on an item, with a form of its title, owner and description."""
    detail = await store.item(key)
    assert detail is not None
    session = ItemSession.of(store, detail, NAMES)
    texts = {name: text for name, text in session.texts().items() if name != "status"}
    page = Page(dict(texts))
    return session, page, FormFollower(session, texts, page)


async def test_a_form_follows_what_others_change_where_nothing_was_typed(sample: Path) -> None:
    async with opened(sample) as store:
        _, page, follower = await begin(store)
        page.texts["owner"] = "Search"
        with as_bo(sample) as bo:
            edit_items(bo, ("EN-001",), {"title": "Windows", "owner": "Ranking", "status": Status.IN_PROGRESS})
        await follower.follow()
        assert page.texts["title"] == follower.base["title"] == "Windows"
        assert page.texts["owner"] == "Search"
        assert page.news == {"owner": RemoteChange("bo", "Ranking")}
        assert page.notes == ("bo set the status to In Progress; saving will ask",)
        assert follower.is_changed
        with as_bo(sample) as bo:
            remove_items(bo, ("EN-001",))
        await follower.follow()
        assert page.notes == ("bo removed EN-001; saving will be refused",)


@pytest.mark.parametrize(("side", "owner"), [("mine", "Search"), ("theirs", "Ranking"), ("before", "Data")])
async def test_a_save_asks_until_it_is_written(sample: Path, side: Side, owner: str) -> None:
    async with opened(sample) as store:
        session, page, follower = await begin(store)
        page.texts["owner"] = "Search"
        asked: list[Conflict] = []
        with as_bo(sample) as bo:
            edit_items(bo, ("EN-001",), {"owner": "Data"})

        async def attempt() -> None:
            changes = session.changes(follower.texts)
            if changes:
                await store.write(edit_items, session.keys, changes, before=session.before())

        async def decide(conflicts: Sequence[Conflict]) -> bool:
            asked.extend(conflicts)
            if len(asked) == 1:
                with as_bo(sample) as bo:
                    edit_items(bo, ("EN-001",), {"owner": "Ranking"})
            await follower.apply_answer(conflicts, {conflicts[0].id: "mine" if len(asked) == 1 else side})
            return True

        assert await session.save(attempt, decide)
        assert [(each.before, each.theirs, each.mine) for each in asked] == [
            ("", "Data", "Search"),
            ("Data", "Ranking", "Search"),
        ]
        detail = await store.item("EN-001")
        assert detail is not None
        assert detail.owner == owner


async def test_a_save_goes_to_a_renamed_item_and_is_refused_for_a_removed_one(sample: Path) -> None:
    async with opened(sample) as store:
        session, page, follower = await begin(store)
        page.texts["owner"] = "Search"

        async def attempt() -> None:
            await store.write(edit_items, session.keys, session.changes(follower.texts), before=session.before())

        async def decide(conflicts: Sequence[Conflict]) -> bool:
            raise AssertionError(conflicts)

        with as_bo(sample) as bo:
            edit_items(bo, ("EN-001",), {"key": "EN-009"})
        assert await session.save(attempt, decide)
        assert session.keys == ("EN-009",)
        page.texts["owner"] = "Ranking"
        with as_bo(sample) as bo:
            set_status(bo, ("EN-009",), Status.MITIGATED)
            remove_items(bo, ("EN-009",))
        with pytest.raises(RegisterError, match="bo removed EN-009"):
            await session.save(attempt, decide)


def test_sessions_load_no_screen(tmp_path: Path) -> None:
    assert "textual" not in loaded_by("import tui.editing.session", tmp_path)
