"""What all screens share: the commands of their keys, questions one after another, work in workers."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, TypeVar, cast

from rich.cells import cell_len
from textual.screen import Screen, ScreenResultType

from store.errors import RegisterError, removed_item
from tui import dispatch
from tui.commands import BY_ID, reached
from tui.lazy import history_queries
from tui.render.text import cut, line

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Coroutine, Sequence

    from textual.worker import Worker

    from store.audit.log import Done
    from store.queries.items import ItemDetail
    from tui.async_store import AsyncStore
    from tui.editing.drafts import Claim, Draft, Purpose
    from tui.host import Host
    from tui.widgets.bars import KeyBar

Answer = TypeVar("Answer")

REFUSAL_SECONDS = 10
"""How long a refusal shows."""


class BaseScreen(Screen[ScreenResultType]):
    """A screen of the application.

    CONTEXT: whose keys act on it. MODAL: whether it shows over the screen that opened it.
    """

    CONTEXT: ClassVar[str] = ""
    MODAL: ClassVar[bool] = False

    @property
    def is_modal(self) -> bool:
        """Whether the screen below still shows, and has no keys."""
        return self.MODAL

    @property
    def host(self) -> Host:
        """The application, with its glyphs, commands and styles."""
        return cast("Host", self.app)

    @property
    def context(self) -> str:
        """The context whose keys act now."""
        return self.CONTEXT

    def key_of(self, command_id: str) -> str:
        """The key of a command, as this user has it."""
        return dispatch.key_of(self.host, command_id)

    def keys_of(self, command_id: str) -> tuple[str, ...]:
        """Textual's names of the keys of a command, as this user has them."""
        return dispatch.keys_of(self.host, command_id)

    async def action_run(self, command_id: str) -> None:
        """Run a command of this screen."""
        await dispatch.run(self, command_id)

    async def ready(self) -> bool:
        """Wait until the focused widget shows the result of earlier keys. Returns whether it had to wait."""
        return False

    async def others_changed(self) -> None:
        """Show what others have changed, where this screen shows any of it."""

    @property
    def has_unsaved(self) -> bool:
        """Whether something is typed here that is not saved."""
        return False

    def left_open(self, how: str) -> Draft | None:  # noqa: ARG002 (forms say it)
        """What would be lost if the program ended now; `how` it does, as the end of a sentence."""
        return None

    # Workers

    def flow(self, work: Coroutine[None, None, object]) -> None:
        """Run a change in a worker, so that keys go on."""
        self.run_worker(work, group="flow")

    def background(self, group: str, work: Callable[[], Coroutine[None, None, None]]) -> Worker[None]:
        """Run work in a worker, in place of older work of its group; a refusal is shown."""

        async def guarded() -> None:
            await self.guarded(work())

        return self.run_worker(guarded, group=group, exclusive=True)

    def converse(self, work: Coroutine[None, None, object]) -> None:
        """Run a conversation; what is typed before it asks, or ends, is for the question or what comes after it."""
        if self.host.typing.is_held:
            # A click, which does not wait, on what would be another conversation.
            work.close()
            return
        self.run_worker(self._to_its_end(work), group="flow")

    async def _to_its_end(self, work: Coroutine[None, None, object]) -> None:
        with self.host.typing.held():
            await work

    async def show(self, question: Screen[Answer], *, expected: bool = True) -> Answer:
        """Show a screen within a conversation until it is answered.

        What was typed before it was painted answers it only where it is `expected`: where a key asked for it.
        """
        answered = self.app.push_screen(question, wait_for_dismiss=True)
        self.host.typing.lift(question, expected=expected)
        return await answered

    # Sentences

    async def guarded(self, work: Awaitable[object]) -> None:
        """Await work; a refusal is shown."""
        try:
            await work
        except RegisterError as error:
            self.refuse(error)

    def refuse(self, error: Exception) -> None:
        """A refusal: long enough to be read, and wrapped."""
        self.warn(str(error))

    def warn(self, words: str) -> None:
        """A sentence that wants attention: long enough to be read, and wrapped."""
        self.app.notify(line(words), severity="warning", timeout=REFUSAL_SECONDS, markup=False)


class StoreScreen(BaseScreen[None]):
    """A screen over an open register: what changes it is shown, with the key that undoes it.

    opened: the register, None until it is open. purpose: what the conversation that is under way is for. resuming: the
    draft that the next form goes on with. UNDO, REDO: the commands that take back what was done last.
    """

    UNDO: ClassVar[str] = "change.undo"
    REDO: ClassVar[str] = "change.redo"

    opened: AsyncStore | None = None
    keys: KeyBar
    purpose: Purpose | None = None
    resuming: Claim | None = None

    @property
    def store(self) -> AsyncStore:
        """The open register; commands that need it are enabled only then."""
        assert self.opened is not None
        return self.opened

    @property
    def frozen(self) -> RegisterError | None:
        """Why nothing can be changed now."""
        return self.store.frozen

    async def load(self, *, choose: str | None = None) -> None:
        """Ask for everything again, and show it."""

    async def show(self, question: Screen[Answer], *, expected: bool = True) -> Answer:
        """Show a screen within a conversation until it is answered; a page goes on with the draft that is resumed."""
        if isinstance(question, StoreScreen):
            question.resuming, self.resuming = self.resuming, None
        return await super().show(question, expected=expected)

    async def _to_its_end(self, work: Coroutine[None, None, object]) -> None:
        """A conversation starts once the changes asked for before it are written."""
        with self.host.typing.held():
            if self.opened is not None:
                await self.opened.queue.drained()
            await work

    def say(self, message: str) -> None:
        """Show what was done for some seconds before the keys."""
        self.keys.say(message)

    async def fetch(self, key: str) -> ItemDetail:
        """The current item, also when someone renamed it. Raises NotFoundError where someone removed it."""
        detail = await self.store.item(key)
        if detail is None:
            became = await self.store.read(history_queries.current_key, "item", key)
            detail = await self.store.item(became.key) if became and became.key else None
            if detail is None:
                who = became.by if became else "someone"
                undo = self.key_of("change.undo")
                raise removed_item(who, key, undo)
        return detail

    # Changes

    async def change(self, verb: Awaitable[Done], *, choose: str | None = None) -> None:
        """Carry out a verb and show it; a refusal is shown."""
        await self.guarded(self.change_or_raise(verb, choose=choose))

    async def change_or_raise(self, verb: Awaitable[Done], *, choose: str | None = None) -> None:
        """Carry out a verb and show it; a refusal is the caller's."""
        done = await verb
        self.will_change(done.keys)
        await self.show_done(done, choose=choose)

    def will_change(self, keys: Collection[str]) -> None:
        """Prepare for a change of some items."""

    async def show_done(self, done: Done, *, choose: str | None = None, undone: bool = False, go: bool = False) -> None:
        """Counts, rows and details in one frame, what was done and the key that takes it back.

        The cursor goes to `choose`, or with `go` to what was changed; keys wait for that. Otherwise
        it stays: its user may have moved on.
        """
        if go and done.keys and choose is None:
            choose = self.destination(done.keys)
        await self.load(choose=choose)
        self.tell_done(done, undone=undone)

    def destination(self, keys: Sequence[str]) -> str | None:  # noqa: ARG002 (screens of items tell)
        """The item to go to for what was undone or redone in some items; None to stay."""
        return None

    def tell_done(self, done: Done, *, undone: bool = False) -> None:
        """What was done and the key that takes it back, which stays in sight however long the sentence is."""
        more, said = self.host.glyphs.more, line(done.message)
        room, hint = self.keys.room, ""
        if undone:
            hint = f" ({self.key_of(self.REDO)} to redo)"
        elif done.undoable and BY_ID[self.UNDO].context in reached(self.context):
            hint = f" ({self.key_of(self.UNDO)} to undo)"
        elif done.undoable:
            # This page has no such key: where the hint is long for the row, what was done counts more.
            hint = f" ({self.key_of(self.UNDO)} on the dashboard to undo)"
            hint = hint if cell_len(said + hint) <= room else ""
        self.say(cut(said, room - cell_len(hint), more) + hint)
