"""What the keys do to the item under review: those that decide it go on to the next one."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from store.enums import Flag, Status
from store.fields import STATUS_FIELDS
from store.review.queue import ReviewDecision
from tui.editing.drafts import Purpose
from tui.editing.item_actions import ItemActions
from tui.editing.session import ItemSession
from tui.review.progress import acceptance_ended, already_reviewed
from tui.screens.dialogs import Choice

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from store.audit.log import Done
    from store.queries.items import ItemDetail
    from tui.review.screen import ReviewScreen

ACCEPT = "item.accept"
DECIDING = frozenset({"item.mitigate-with-note", ACCEPT})
"""The dialogs that decide an item, as its status keys do; the others change it and stay."""


class ReviewedItem:
    """The item under review, as the editing keys act on it.

    decides: whether what is written now is the decision on it, as one step to undo.
    """

    category: str | None = None
    edge: tuple[str, str, str] | None = None

    def __init__(self, screen: ReviewScreen) -> None:
        self._screen = screen
        self.decides = False

    @property
    def selected(self) -> str | None:
        """Its key; None where someone removed it."""
        detail = self._screen.detail
        return detail.key if detail is not None else None

    @property
    def keys(self) -> tuple[str, ...]:
        """Its key, where it is there."""
        return (self.selected,) if self.selected is not None else ()

    @property
    def decision(self) -> ReviewDecision | None:
        """The decision that what is written now belongs to."""
        screen = self._screen
        return ReviewDecision(screen.review.number, int(screen.stopwatch.of(screen.at))) if self.decides else None

    def as_shown(self, keys: Sequence[str], names: Sequence[str]) -> ItemSession:
        """Some fields of the item as the screen shows them."""
        detail, key = self._screen.detail, keys[0]
        seen = {name: getattr(detail, name) for name in names} if detail is not None and detail.key == key else {}
        return ItemSession(self._screen.store, key, seen)

    def saw(self, items: ItemSession) -> None:
        """Nothing is marked in a review."""


class ReviewActions(ItemActions):
    """The editing commands on one item of a review.

    done: what was written since a command began, None where nothing was.
    """

    def __init__(self, screen: ReviewScreen, item: ReviewedItem) -> None:
        super().__init__(screen, item)
        self._screen = screen
        self._item = item
        self.done: Done | None = None

    @contextmanager
    def deciding(self, *, decides: bool = True) -> Iterator[None]:
        """What is written inside the block decides the item."""
        self.done, self._item.decides = None, decides
        try:
            yield
        finally:
            self._item.decides = False

    def set_status(self, status: str) -> None:
        """Decide the item by setting its status, and go on."""
        if self._item.selected is not None:
            self._screen.converse(self._decide_by(self._item.selected, Status(status)))

    async def _decide_by(self, key: str, status: Status) -> None:
        with self.deciding():
            await self._screen.guarded(self.write(self.seen((key,), STATUS_FIELDS), {"status": status}))
        await self.go_on_if_done()

    async def go_on_if_done(self) -> None:
        """Go on to the next item where something was written."""
        if self.done is not None:
            await self._screen.guarded(self._screen.go_on())

    def keep(self) -> None:
        """Keep the item unchanged, and continue."""
        self._screen.converse(self._screen.guarded(self._keep()))

    async def _keep(self) -> None:
        screen = self._screen
        detail, row = screen.detail, screen.row
        if detail is not None and Flag.ENDED in detail.flags:
            await self._confirm_ended(detail)
        elif row.decided_by is not None and row.decided_by != screen.store.actor:
            screen.say(f"{already_reviewed((row,), screen.store.actor)} already")
            await screen.go_on()
        else:
            await self._decide_to_keep()

    async def _decide_to_keep(self) -> None:
        screen = self._screen
        seconds = int(screen.stopwatch.of(screen.at))
        with self.deciding():
            await screen.change_or_raise(screen.store.decide(screen.review.number, screen.row.key, seconds=seconds))
        await screen.go_on()

    async def _confirm_ended(self, detail: ItemDetail) -> None:
        """An acceptance that ended is not kept without a word."""

        from tui.screens.dialogs import choose

        screen = self._screen
        open_key, accept_key = (screen.key_of(command) for command in ("item.set-status-open", ACCEPT))
        choices = (
            Choice(open_key, "open it again", "open"),
            Choice(accept_key, "accept it again", "accept"),
            Choice("k", "leave it ended", "keep"),
        )
        answer = await choose(screen, acceptance_ended(detail), choices)
        if answer == "open":
            await self._decide_by(detail.key, Status.OPEN)
        elif answer == "accept":
            await screen.hold_dialog(Purpose(ACCEPT, detail.key))
        elif answer == "keep":
            await self._decide_to_keep()

    def skip(self) -> None:
        """Go on without deciding."""
        self._screen.converse(self._screen.guarded(self._screen.go_on()))

    async def show_reversed(self, done: Done, *, undone: bool) -> None:
        """Show what was undone or redone; an item that is undecided again keeps the time that it took."""
        screen = self._screen
        before = screen.review
        await super().show_reversed(done, undone=undone)
        for at, (was, row) in enumerate(zip(before.queue, screen.review.queue, strict=True)):
            if row.key in done.keys:
                screen.stopwatch.add(at, was.seconds - row.seconds)
        screen.tick()
