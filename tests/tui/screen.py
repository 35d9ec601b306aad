"""The dashboard as a person sees and types it, without a terminal: text of the screen, keys, what is stored."""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import UTC, datetime
from io import StringIO
from typing import TYPE_CHECKING

from rich.console import Console

from store import reads
from store.database import Database
from tui.app import RegisterApp, Target
from tui.settings import Settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from textual.pilot import Pilot

    from store.rows import ItemDetail, Summary

NOON = datetime(2026, 3, 30, 12, 0, tzinfo=UTC)
ACTOR = "ana"
CONVERSATIONS = ("flow", "open", "cancel")


def rows(app: RegisterApp) -> list[str]:
    """The rows of the screen as text."""
    width, height = app.size
    console = Console(
        width=width, height=height, file=StringIO(), force_terminal=True, record=True, legacy_windows=False
    )
    console.print(app.screen._compositor.render_update(full=True))
    return [row.rstrip() for row in console.export_text().split("\n")[:height]]


def text(app: RegisterApp) -> str:
    """The screen as text."""
    return "\n".join(rows(app))


class Seat:
    """A person before the dashboard."""

    def __init__(self, app: RegisterApp, pilot: Pilot[int], path: Path) -> None:
        self.app, self.pilot, self.path = app, pilot, path

    async def press(self, *keys: str) -> None:
        """Press keys and wait until what they caused is shown."""
        for key in keys:
            await self.pilot.press(key)
            await self.settle()

    async def type(self, typed: str) -> None:
        """Type text into the field that has the focus."""
        for char in typed:
            await self.pilot.press(char)
        await self.settle()

    async def settle(self) -> None:
        """Wait until no worker runs, but for conversations that wait for a key."""
        calm = 0
        for _ in range(2000):
            await self.pilot.pause()
            waiting = [w for w in self.app.workers if w.is_running and w.group not in CONVERSATIONS]
            calm = 0 if waiting or self.busy else calm + 1
            if calm == 3:
                return
        raise AssertionError(f"the dashboard does not come to rest:\n{self.text}")

    @property
    def busy(self) -> bool:
        """Whether the store's thread has work."""
        return bool(self.app.executor._work_queue.qsize()) or self.app.executor._idle_semaphore._value == 0

    @property
    def rows(self) -> list[str]:
        """The rows of the screen."""
        return rows(self.app)

    @property
    def text(self) -> str:
        """The screen."""
        return text(self.app)

    def item(self, key: str) -> ItemDetail:
        """An item as it is stored."""
        with Database.open(self.path) as database, database.read() as session:
            return reads.item(session, key, today=NOON.date())

    def summary(self) -> Summary:
        """The counts as they are stored."""
        with Database.open(self.path) as database, database.read() as session:
            return reads.summary(session)


@asynccontextmanager
async def seat(
    path: Path,
    size: tuple[int, int] = (80, 24),
    *,
    settings: Settings | None = None,
    encoding: str = "utf-8",
    named: bool = True,
) -> AsyncIterator[Seat]:
    """Open the dashboard on a database and wait for its first full screen."""
    app = RegisterApp(Target(path, named=named, clock=lambda: NOON, actor=ACTOR), settings, encoding=encoding)
    async with app.run_test(size=size) as pilot:
        person = Seat(app, pilot, path)
        await person.settle()
        yield person
