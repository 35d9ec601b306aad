"""The dashboard as a person sees and types it, without a terminal: text of the screen, keys, what is stored."""

from __future__ import annotations

import asyncio
import os
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from io import StringIO
from time import monotonic
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.console import Console
from textual.events import Key, MouseDown, MouseEvent, MouseMove, MouseScrollDown, MouseScrollUp, MouseUp, Paste
from textual.keys import _character_to_key
from textual.widgets import Static, TextArea
from textual.widgets._toast import Toast

from store.db.database import Database
from store.filters.ast import ItemFilter
from store.queries import items as item_queries
from store.queries import overview as overview_queries
from store.queries.items import page
from tests.program import PATIENCE
from tui.app import RegisterApp
from tui.host import Target

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from textual.pilot import Pilot

    from store.clock import Clock
    from store.queries.items import ItemDetail
    from store.queries.overview import RegisterRow, Summary
    from tui.settings import Settings

NOON = datetime(2026, 3, 30, 12, 0, tzinfo=UTC)
ACTOR = "ana"
TURNS = 20_000
"""Turns of the event loop after which something that goes on is taken to go on for ever."""
SLOW = 10.0
"""Seconds between two clicks that are not a double click."""
TYPED = {"space": " ", "enter": "\r", "tab": "\t"}
"""The characters that named keys type."""


class Counting(ThreadPoolExecutor):
    """One thread that counts what it is given, so that a test can tell that nothing new came."""

    def __init__(self) -> None:
        super().__init__(max_workers=1)
        self.given = 0

    def submit(self, fn: Callable[..., object], /, *args: object, **kwargs: object) -> Future[object]:
        """Count, then do."""
        self.given += 1
        return super().submit(fn, *args, **kwargs)

    async def drain(self) -> None:
        """Wait until everything given so far is done and reported to the loop."""
        await asyncio.wrap_future(super().submit(int))


def rows(app: RegisterApp) -> list[str]:
    """The rows of the screen as text."""
    width, height = app.size
    console = Console(
        width=width, height=height, file=StringIO(), force_terminal=True, record=True, legacy_windows=False
    )
    # With the screens below it: what shows through a dialog is not always in a cache.
    console.print(app.screen._compositor.render_update(full=True, screen_stack=app._background_screens))
    return [row.rstrip() for row in console.export_text().split("\n")[:height]]


def key_event(key: str) -> Key:
    """What the driver makes of a key: the character itself, or a name such as `enter` or `ctrl+s`."""
    if len(key) == 1:
        return Key(key if key.isalnum() else _character_to_key(key), key)
    return Key(key, TYPED.get(key))


class Seat:
    """A person before the dashboard."""

    def __init__(self, app: RegisterApp, pilot: Pilot[int], path: Path, threads: tuple[Counting, ...]) -> None:
        self.app, self.pilot, self.path, self.threads = app, pilot, path, threads
        self._hand = 0.0

    def send(self, *keys: str) -> None:
        """Press keys and wait for nothing."""
        assert self.app._driver is not None
        for key in keys:
            self.app._driver.send_message(key_event(key))

    async def press(self, *keys: str) -> None:
        """Press keys, each after what the one before it caused is shown."""
        for key in keys:
            self.send(key)
            await self.settle()

    async def type(self, typed: str) -> None:
        """Type text into the field that has the focus."""
        self.send(*typed)
        await self.settle()

    async def paste(self, text: str) -> None:
        """Paste text where the focus is."""
        assert self.app._driver is not None
        self.app._driver.send_message(Paste(text))
        await self.settle()

    async def fill(self, typed: str) -> None:
        """Type text into a field in place of what is there."""
        await self.press(*("f7", "backspace") if isinstance(self.app.focused, TextArea) else ("end", "ctrl+u"))
        await self.type(typed)

    async def to(self, name: str) -> None:
        """Go to a field of the form that is open, with Tab."""
        names = [f"field-{field.name}" for field in self.app.screen.fields]  # type: ignore[attr-defined]
        assert self.app.focused is not None
        self.send(*["tab"] * ((names.index(f"field-{name}") - names.index(str(self.app.focused.id))) % len(names)))
        await self.settle()
        assert self.app.focused.id == f"field-{name}"

    async def click(self, text: str, *, times: int = 1, below: int = 0) -> None:
        """Click on the first place of the screen, from row `below` on, that shows `text`."""
        for _ in range(times):
            self._mouse(text, MouseDown, MouseUp, below=below)
            await self.settle()
        self._hand += SLOW

    async def drag(self, start: str, end: str) -> None:
        """Drag from the beginning of one text of the screen to the end of another."""
        self._mouse(start, MouseDown)
        await self.settle()
        self._mouse(end, MouseMove, MouseUp, behind=len(end))
        await self.settle()
        self._hand += SLOW

    async def wheel(self, text: str, *, up: bool = False) -> None:
        """Turn the wheel by one notch over the first place of the screen that shows `text`."""
        self._mouse(text, MouseScrollUp if up else MouseScrollDown)
        await self.settle()

    def is_reversed(self, text: str) -> bool:
        """Whether a text of the screen is shown as what is selected."""
        strips = self.app.screen._compositor.render_strips()
        found = [segment for strip in strips for segment in strip if text in segment.text]
        return any(segment.style is not None and segment.style.reverse for segment in found)

    def _mouse(self, text: str, *kinds: type[MouseEvent], below: int = 0, behind: int = 0) -> None:
        y, row = next((y, row) for y, row in enumerate(self.rows) if y >= below and text in row)
        x = cell_len(row.partition(text)[0]) + behind
        assert self.app._driver is not None
        for kind in kinds:
            event = kind(None, x, y, 0, 0, 1, False, False, False)
            # Whether two clicks are a double click is up to the test, never to the speed of the machine.
            event.time = self._hand
            self.app._driver.process_message(event)

    @property
    def field(self) -> str:
        """The text of the field that has the focus."""
        focused = self.app.focused
        return focused.text if isinstance(focused, TextArea) else focused.value  # type: ignore[union-attr]

    async def calm(self) -> None:
        """Wait until the event loop has nothing to run and the screen is painted, whatever the store does.

        No task is ready, so all message queues are empty: only a thread, a timer or a key can go on.
        """
        await self._idle()
        for screen in self.app._background_screens if self.app.screen_stack else ():
            # What the timer of what shows behind a dialog would do. Once is enough: it finds no end of work.
            screen._on_timer_update()
        for _ in range(TURNS):
            await self._idle()
            if self.app.screen_stack:
                # What the paint timer would do within a sixtieth of a second.
                self.app.screen._on_timer_update()
            await self._idle()
            # What was painted may have led to more, as a field that was moved comes back into view.
            if self._is_unpainted:
                continue
            if not self.app.animator._animations:
                return
            # What the timer of the animations would do: the field that has the focus comes into view.
            self.app.animator()
        raise AssertionError(f"the dashboard does not come to rest:\n{self.text}")

    @property
    def _is_unpainted(self) -> bool:
        """Whether the paint timer has something to do; an application that ends paints no more."""
        if not self.app.screen_stack or self.app._exit or self.app._exception is not None:
            return False
        screen = self.app.screen
        wanted = screen._layout_required or screen._scroll_required or screen._repaint_required
        return bool(wanted or screen._dirty_widgets)

    async def _idle(self) -> None:
        """Wait until the event loop has nothing to run."""
        loop = asyncio.get_running_loop()
        for _ in range(TURNS):
            await asyncio.sleep(0)
            if not loop._ready:  # type: ignore[attr-defined]
                return
        raise AssertionError(f"the dashboard does not come to rest:\n{self.text}")

    async def settle(self) -> None:
        """Wait until nothing goes on: the threads have done what they were given and the loop is calm."""
        for _ in range(TURNS):
            given = self._given
            for thread in self.threads:
                await thread.drain()
            await self._idle()
            # What the threads have not answered yet is not worth painting.
            if given == self._given:
                await self.calm()
                if given == self._given:
                    return
        raise AssertionError(f"the dashboard does not come to rest:\n{self.text}")

    @property
    def _given(self) -> list[int]:
        """How much each thread was given so far."""
        return [thread.given for thread in self.threads]

    async def wait_for(self, text: str) -> None:
        """Wait for text that comes of itself after some time, as a search of the palette does."""
        deadline = monotonic() + PATIENCE
        while monotonic() < deadline:
            if text in self.text:
                return
            await self.pilot.pause(0.05)
        raise AssertionError(f"{text!r} does not come:\n{self.text}")

    @property
    def rows(self) -> list[str]:
        """The rows of the screen."""
        return rows(self.app)

    @property
    def text(self) -> str:
        """The screen."""
        return "\n".join(self.rows)

    @property
    def toasts(self) -> list[str]:
        """The sentences of the toasts on the screen, whole: where they wrap depends on the paths and names in them."""
        return [str(toast.render()) for toast in self.app.screen.query(Toast)]

    @property
    def sentences(self) -> str:
        """What the texts and toasts of the top screen say as one line, wherever it wraps and whether or not it fits."""
        texts = [str(text.render()) for text in self.app.screen.query(Static) if text.display]
        return " ".join(" ".join([*texts, *self.toasts]).split())

    @property
    def chosen(self) -> str | None:
        """The key of the item that keys act on."""
        return self.app.screen_stack[0].state.selected  # type: ignore[attr-defined,no-any-return]

    async def choose(self, key: str) -> None:
        """Put the cursor on an item of the items pane."""
        await self.press("2", "g")
        for _ in range(40):
            if self.chosen == key:
                return
            await self.press("j")
        raise AssertionError(f"{key} is not in the list:\n{self.text}")

    def item(self, key: str) -> ItemDetail:
        """An item as stored."""
        with Database.open(self.path, clock=lambda: NOON) as database, database.read() as session:
            return item_queries.item(session, key)

    def stored_keys(self) -> list[str]:
        """The keys of all items as stored."""
        with Database.open(self.path) as database, database.read() as session:
            return [row.key for row in page(session, ItemFilter(), limit=1000).items]

    def summary(self) -> Summary:
        """The counts as stored."""
        with Database.open(self.path) as database, database.read() as session:
            return overview_queries.summary(session)

    def facts(self) -> RegisterRow:
        """The register's own facts as stored."""
        return self.summary().register


def as_bo(path: Path, moment: datetime = NOON) -> Database:
    """The same register in another person's hands."""
    return Database.open(path, clock=lambda: moment, actor="bo")


async def look_up(person: Seat) -> None:
    """What the clock of the dashboard does every second, whatever is above the dashboard."""
    person.app.screen_stack[0].live_updates.poll()  # type: ignore[attr-defined]
    await person.settle()


@asynccontextmanager
async def seat(
    path: Path,
    size: tuple[int, int] = (80, 24),
    *,
    settings: Settings | None = None,
    encoding: str = "utf-8",
    named: bool = True,
    notifications: bool = False,
    wait: bool = True,
    actor: str = ACTOR,
    clock: Clock = lambda: NOON,
    allow_network_fs: bool = False,
    monotonic: Callable[[], float] = lambda: 0.0,
) -> AsyncIterator[Seat]:
    """Open the dashboard on a database and, by default, wait for its first full screen."""
    target = Target(path, named=named, clock=clock, actor=actor, allow_network_fs=allow_network_fs, monotonic=monotonic)
    app = RegisterApp(target, settings, encoding=encoding)
    store, others = Counting(), Counting()
    app.executor.shutdown()
    app.executor = store
    # However TEXTUAL_ANIMATIONS is set: how far a scroll has come must not depend on how much time has passed.
    app.animation_level = "none"
    asyncio.get_running_loop().set_default_executor(others)
    async with app.run_test(size=size, notifications=notifications) as pilot:
        person = Seat(app, pilot, path, (store, others))
        if wait:
            await person.settle()
        yield person
    # The thread runs in the loop's own time; a test that leaves work behind must not hold the next one.
    others.shutdown(wait=False)


def mode(path: Path) -> int:
    """The permission bits of a file."""
    return os.stat(path).st_mode & 0o777


def is_there(path: Path) -> bool:
    """Whether a path leads to something."""
    return path.exists()
