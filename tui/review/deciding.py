"""What the keys do to the item under review: those that decide it go on to the next one."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from store.enums import Flag, Status
from store.errors import ImportUndoError, RegisterError
from store.fields import STATUS_FIELDS
from store.review.queue import ReviewDecision
from tui.editing.item_actions import STATUSES, Editing
from tui.editing.session import WatchedItem
from tui.review.progress import acceptance_ended, already_reviewed
from tui.screens.dialogs import Choice

if TYPE_CHECKING:
    from collections.abc import Awaitable, Iterator, Sequence

    from textual.widget import Widget

    from store.audit.log import Done
    from store.queries.items import ItemDetail
    from store.review.queries import QueueRow, ReviewRow
    from tui.review.progress import Stopwatch

ACCEPT = "item.accept"
DECIDING = frozenset({"item.mitigate-with-note", ACCEPT})
"""The conversations that decide an item, as its status keys do; the others change it and stay."""


class Deciding(Editing):
    """The editing commands on one item of a review.

    at: its index in the queue. done: what was written since a conversation began, None where nothing was.
    """

    review: ReviewRow
    at: int
    pane: Widget
    stopwatch: Stopwatch
    done: Done | None = None
    _decides = False

    @property
    def row(self) -> QueueRow:
        """The item in the queue."""
        return self.review.queue[self.at]

    @property
    def decision(self) -> ReviewDecision | None:
        """What is written while a command decides the item is its decision, as one step to undo."""
        if not self._decides:
            return None
        return ReviewDecision(self.review.number, int(self.stopwatch.of(self.at)))

    async def go_on(self) -> None:
        """Show the next undecided item, or the end."""
        raise NotImplementedError

    def tick(self) -> None:
        """Show the time that this item and the whole review have taken."""
        raise NotImplementedError

    def as_shown(self, keys: Sequence[str], names: Sequence[str]) -> WatchedItem:
        """Some fields of the item as this screen shows them."""
        detail, key = self.detail, keys[0]
        seen = {name: getattr(detail, name) for name in names} if detail is not None and detail.key == key else {}
        return WatchedItem(self.store, key, seen)

    async def show_done(self, done: Done, *, choose: str | None = None, undone: bool = False, go: bool = False) -> None:
        """What was done; an item that it decides is not shown again, for the next one comes."""
        self.done = done
        if self._decides:
            self.stopwatch.take(self.at)
            self.tell_done(done)
        else:
            await super().show_done(done, choose=choose, undone=undone, go=go)

    # Deciding

    async def action_run(self, command_id: str) -> None:
        """Run a command; one that decides needs an item that was on the screen when its key was typed."""
        decides = command_id in DECIDING or command_id in STATUSES or command_id == "review.keep"
        if not decides or self.host.typing.is_fresh(self.pane):
            await super().action_run(command_id)

    @contextmanager
    def _deciding(self, *, decides: bool) -> Iterator[None]:
        self.done, self._decides = None, decides
        try:
            yield
        finally:
            self._decides = False

    async def _converse(self, command_id: str, name: str) -> None:
        decides = command_id in DECIDING
        with self._deciding(decides=decides):
            await super()._converse(command_id, name)
        if decides and self.done is not None:
            await self.guarded(self.go_on())

    def _set_status(self, status: Status) -> None:
        if self.chosen is not None:
            self.converse(self._decide_by(self.chosen, status))

    async def _decide_by(self, key: str, status: Status) -> None:
        with self._deciding(decides=True):
            await self.guarded(self.write(self.as_seen((key,), STATUS_FIELDS), {"status": status}))
        if self.done is not None:
            await self.guarded(self.go_on())

    async def _decide_to_keep(self) -> None:
        """Keep the item unchanged, and continue."""
        seconds = int(self.stopwatch.of(self.at))
        with self._deciding(decides=True):
            await self.change_or_raise(self.store.decide(self.review.number, self.row.key, seconds=seconds))
        await self.go_on()

    def action_keep(self) -> None:
        """Keep the item unchanged, and continue."""
        self.converse(self.guarded(self._keep()))

    async def _keep(self) -> None:
        detail, row = self.detail, self.row
        if detail is not None and Flag.ENDED in detail.flags:
            await self._confirm_ended(detail)
        elif row.decided_by is not None and row.decided_by != self.store.actor:
            self.say(f"{already_reviewed((row,), self.store.actor)} already")
            await self.go_on()
        else:
            await self._decide_to_keep()

    async def _confirm_ended(self, item: ItemDetail) -> None:
        """An acceptance that ended is not kept without a word."""
        open_key, accept_key = (self.key_of(command) for command in ("item.set-status-open", ACCEPT))
        choices = (
            Choice(open_key, "open it again", "open"),
            Choice(accept_key, "accept it again", "accept"),
            Choice("k", "leave it ended", "keep"),
        )
        answer = await self.choose_one(acceptance_ended(item), choices)
        if answer == "open":
            await self._decide_by(item.key, Status.OPEN)
        elif answer == "accept":
            await self._converse(ACCEPT, item.key)
        elif answer == "keep":
            await self._decide_to_keep()

    def action_next(self) -> None:
        """Go on without deciding."""
        self.converse(self.guarded(self.go_on()))

    # What was done, taken back: the next key is meant for the item that this leads to

    def do_change_undo(self) -> None:
        """Undo my newest change, and go to its item."""
        self.converse(self._undo_and_go())

    async def _undo_and_go(self) -> None:
        try:
            await self._show_reversed(self.store.undo(), undone=True)
        except ImportUndoError as error:
            await self._undo_import(error)
        except RegisterError as error:
            self.refuse(error)

    def do_change_redo(self) -> None:
        """Redo what was undone, and go to its item."""
        self.converse(self.guarded(self._show_reversed(self.store.redo(), undone=False)))

    async def _show_reversed(self, verb: Awaitable[Done], *, undone: bool) -> None:
        """Show what was undone or redone; an item that is undecided again keeps the time that it took."""
        done, before = await verb, self.review
        await self.show_done(done, undone=undone, go=True)
        for at, (was, row) in enumerate(zip(before.queue, self.review.queue, strict=True)):
            if row.key in done.keys:
                self.stopwatch.add(at, was.seconds - row.seconds)
        self.tick()
