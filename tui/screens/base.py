"""What the dashboard's commands share: flows in a worker, changes that are shown, refusals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.screen import Screen

from store.errors import NotFoundError, RegisterError
from tui.commands import reached
from tui.render.text import cut, line
from tui.screens.conversing import Converses

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Coroutine, Mapping, Sequence

    from textual.worker import Worker

    from store.audit.log import Done
    from store.fields import FieldValue
    from store.queries.items import ItemDetail
    from store.review.queue import ReviewDecision
    from tui.async_store import Gateway, View
    from tui.editing.drafts import Claim, Purpose
    from tui.editing.fields import FormField, Save, Tell
    from tui.editing.session import Watched, WatchedItem
    from tui.screens.dialogs import Choice
    from tui.widgets.bars import KeyBar

REFUSAL_SECONDS = 10


class Flows(Converses, Screen[None]):
    """A screen over an open register."""

    gateway: Gateway | None
    view: View | None
    detail: ItemDetail | None
    category: str | None
    chosen: str | None
    keys: KeyBar
    purpose: Purpose | None = None
    """What the conversation that continues is for."""
    resuming: Claim | None = None
    """The draft that the next form continues with."""

    async def load(self, *, choose: str | None = None) -> None:
        """Ask for everything again."""
        raise NotImplementedError

    @property
    def edge(self) -> tuple[str, str, str] | None:
        """The dependency that keys act on, as source, target and label; None where they act on an item."""
        return None

    @property
    def decision(self) -> ReviewDecision | None:
        """The decision in a review that what is written now belongs to; None outside of a review."""
        return None

    @property
    def subject(self) -> str | None:
        """The key or code of what is being looked at; None where that is the whole register."""
        return self.chosen

    @property
    def frozen(self) -> RegisterError | None:
        """Why nothing can be changed now."""
        return self.store.frozen

    @property
    def store(self) -> Gateway:
        """The open register; commands that need it are enabled only then."""
        assert self.gateway is not None
        return self.gateway

    async def fetch(self, key: str) -> ItemDetail:
        """The current item, also when someone renamed it. Raises NotFoundError where someone removed it."""
        detail = await self.store.item(key)
        if detail is None:
            became = await self.store.current_key(key)
            detail = await self.store.item(became.key) if became and became.key else None
            if detail is None:
                who = became.by if became else "someone"
                undo = self.key_of("change.undo")
                raise NotFoundError(f"{who} removed {key}", f"{undo} restores what you removed yourself")
        return detail

    @property
    def targets(self) -> tuple[str, ...]:
        """The keys of the items that an editing command acts on."""
        return (self.chosen,) if self.chosen is not None else ()

    def as_shown(self, keys: Sequence[str], names: Sequence[str]) -> WatchedItem:
        """Some fields of one item or several as shown; what was not shown is not among them."""
        raise NotImplementedError

    def as_seen(self, keys: Sequence[str], names: Sequence[str]) -> WatchedItem:
        """As shown; where the screen has not caught up with this user's own changes, as those left it."""
        item = self.as_shown(keys, names)
        self.catch_up_with_own(item)
        return item

    def catch_up_with_own(self, item: WatchedItem) -> None:
        """Take this user's own changes of what is about to be written for seen."""
        for key in item.keys:
            item.expect(key, self.store.queue.left(key))

    async def watched_item(self, name: str, names: Sequence[str]) -> WatchedItem:
        """Some fields of an item, or of several whose keys are joined by spaces, as shown, else as of now."""
        raise NotImplementedError

    def saw(self, items: WatchedItem) -> None:
        """Hold marked items against what was said about them in a conflict."""

    async def carry_out(self, command_id: str, keys: Sequence[str]) -> None:
        """Run an editing command on some items, within a conversation."""
        raise NotImplementedError

    async def write(self, item: WatchedItem, changes: Mapping[str, FieldValue]) -> None:
        """Write fields of one item or several; where others have changed them, the user is asked."""
        raise NotImplementedError

    async def edit_exactly(self, item: WatchedItem, changes: Mapping[str, FieldValue]) -> None:
        """Write fields of one item or several, held against all that was seen of them."""
        raise NotImplementedError

    async def _to_its_end(self, work: Coroutine[None, None, object]) -> None:
        """A conversation begins once the changes asked for before it are written."""
        with self.host.typing.held():
            if self.gateway is not None:
                await self.gateway.queue.drained()
            await work

    def flow(self, work: Coroutine[None, None, object]) -> None:
        """Run a change in a worker, so that keys go on."""
        self.run_worker(work, group="flow")

    def background(self, group: str, work: Callable[[], Coroutine[None, None, None]]) -> Worker[None]:
        """Run work in a worker, in place of older work of its group; a refusal is shown."""

        async def guarded() -> None:
            await self.guarded(work())

        return super().background(group, guarded)

    def say(self, message: str) -> None:
        """What was done, for some seconds before the keys."""
        self.keys.say(message)

    def refuse(self, error: Exception) -> None:
        """A refusal: long enough to be read, and wrapped."""
        self.warn(str(error))

    def warn(self, words: str) -> None:
        """A sentence that wants attention: long enough to be read, and wrapped."""
        self.app.notify(line(words), severity="warning", timeout=REFUSAL_SECONDS, markup=False)

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
        done = await verb
        self.will_change(done.keys)
        await self.show_done(done, choose=choose)

    def is_about(self, keys: Sequence[str]) -> bool:
        """Whether what was done to some items shows where the cursor is."""
        return self.chosen in keys

    def will_change(self, keys: Collection[str]) -> None:
        """Prepare for a change of some items."""

    async def show_done(self, done: Done, *, choose: str | None = None, undone: bool = False, go: bool = False) -> None:
        """Counts, rows and details in one frame, what was done and the key that takes it back.

        The cursor goes to `choose`, or with `go` to what was changed; keys wait for that. Otherwise
        it stays: its user may have moved on.
        """
        if go and self.chosen in done.keys:
            choose = self.chosen
        elif go and done.keys and not self.is_about(done.keys):
            choose = min(done.keys)
        await self.load(choose=choose)
        self.tell_done(done, undone=undone)

    def tell_done(self, done: Done, *, undone: bool = False) -> None:
        """What was done and the key that takes it back, which stays in sight however long the sentence is."""
        more, said = self.host.glyphs.more, line(done.message)
        room, hint = self.keys.room, ""
        if undone:
            hint = f" ({self.key_of('change.redo')} to redo)"
        elif done.undoable and "item" in reached(self.context):
            hint = f" ({self.key_of('change.undo')} to undo)"
        elif done.undoable:
            # This page has no such key: where the hint is long for the row, what was done counts more.
            hint = f" ({self.key_of('change.undo')} on the dashboard to undo)"
            hint = hint if cell_len(said + hint) <= room else ""
        self.say(cut(said, room - cell_len(hint), more) + hint)

    async def ask(
        self,
        title: str,
        fields: Sequence[FormField],
        save: Save,
        *,
        watched: Watched | None = None,
        typed: Mapping[str, str] | None = None,
        purpose: Purpose | None = None,
        tell: Tell | None = None,
        verb: str = "save",
    ) -> bool:
        """Open a form; whether it was saved. Options as in `FormScreen`, `purpose` as in `LeftOpen`."""
        from tui.editing.form import ask_form

        return await ask_form(
            self, title, fields, save, session=watched, typed=typed, purpose=purpose, tell=tell, verb=verb
        )

    async def confirm(self, question: str, *, yes: str, label: str) -> bool:
        """Ask a question that only the key `yes` confirms."""
        from tui.screens.dialogs import confirm

        return await confirm(self, question, yes=yes, label=label)

    async def choose_one(
        self, title: str, choices: Sequence[Choice], *, enter: str | None = None, expected: bool = True
    ) -> str | None:
        """Ask for one of a few values; None when left without. `enter`: the value of the key for the first answer.

        `expected` as in `show`.
        """
        from tui.screens.dialogs import choose

        return await choose(self, title, choices, enter=enter, expected=expected)
