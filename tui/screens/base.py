"""What the dashboard's commands share: flows beside the message loop, changes that are shown, refusals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.screen import Screen

from store.errors import RegisterError
from tui.text import line
from tui.widgets.runs import Runs

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Sequence

    from textual.worker import Worker

    from store.rows import Done, ItemDetail
    from tui.gateway import Gateway, View
    from tui.screens.form import FormField, Save
    from tui.widgets.bars import KeyBar

REFUSAL_SECONDS = 10


class Flows(Runs, Screen[None]):
    """A screen over an open register."""

    gateway: Gateway | None
    view: View | None
    detail: ItemDetail | None
    category: str | None
    chosen: str | None
    keys: KeyBar

    async def load(self, *, choose: str | None = None) -> None:
        """Ask for everything anew."""
        raise NotImplementedError

    @property
    def store(self) -> Gateway:
        """The open register; commands that need it are enabled only then."""
        assert self.gateway is not None
        return self.gateway

    def need_item(self) -> str:
        """The chosen item's key; commands that need one are enabled only then."""
        assert self.chosen is not None
        return self.chosen

    def need_detail(self) -> ItemDetail:
        """The chosen item."""
        assert self.detail is not None
        return self.detail

    def flow(self, work: Coroutine[object, object, None]) -> None:
        """Run a conversation or change beside the message loop, so that keys go on."""
        self.run_worker(work, group="flow")

    def background(self, group: str, work: Callable[[], Coroutine[None, None, None]]) -> Worker[None]:
        """Run work beside the message loop, in place of older work of its group; a refusal is shown."""

        async def guarded() -> None:
            await self.guarded(work())

        return super().background(group, guarded)

    def say(self, message: str) -> None:
        """What was done, for some seconds in place of the keys."""
        self.keys.say(message)

    def refuse(self, error: Exception) -> None:
        """A refusal: long enough to be read, and wrapped."""
        self.app.notify(line(str(error)), severity="warning", timeout=REFUSAL_SECONDS, markup=False)

    async def guarded(self, work: Awaitable[None]) -> None:
        """Await work; a refusal is shown."""
        try:
            await work
        except RegisterError as error:
            self.refuse(error)

    async def change(self, verb: Awaitable[Done], *, choose: str | None = None) -> None:
        """Carry out a verb and show it; a refusal is shown."""
        await self.guarded(self.change_or_raise(verb, choose=choose))

    async def change_or_raise(self, verb: Awaitable[Done], *, choose: str | None = None) -> None:
        """Carry out a verb and show it; a refusal is the caller's."""
        await self.show_done(await verb, choose=choose)

    async def show_done(self, done: Done, *, choose: str | None = None) -> None:
        """Counts, rows and details in one frame, and what was done."""
        if choose is None and done.keys and self.chosen not in done.keys and done.batch is not None:
            choose = done.keys[0]
        await self.load(choose=choose)
        undo = next((c.keys[0] for c in self.host.commands if c.id == "change.undo"), "u")
        dot = self.host.glyphs.dot
        self.say(f"{done.said} {dot} {undo} undoes" if done.batch is not None else done.said)

    def ask(self, title: str, fields: Sequence[FormField], save: Save) -> None:
        """Open a form."""

        async def ready() -> Sequence[FormField]:
            return fields

        self.ask_later(title, ready, save)

    def ask_later(self, title: str, fields: Callable[[], Awaitable[Sequence[FormField]]], save: Save) -> None:
        """Open a form whose fields the store must be asked for."""
        from tui.screens.form import FormScreen

        async def flow() -> None:
            await self.app.push_screen_wait(FormScreen(title, await fields(), save))

        self.flow(flow())
