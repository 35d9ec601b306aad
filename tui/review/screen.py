"""A review: one item of its queue fills the screen, the editing keys decide it, and the next one comes."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, ClassVar

from textual.containers import Horizontal

from store.audit import describe
from store.enums import Flag, Status
from store.fields import STATUS_FIELDS
from store.review.queue import ReviewDecision
from tui.commands import BY_ID, reachable
from tui.dashboard import live_updates
from tui.dispatch import acts_on_selected, bindings
from tui.editing.drafts import Purpose
from tui.editing.item_actions import ItemActions, ItemScreen
from tui.editing.session import ItemSession
from tui.lazy import review_commands, review_queries
from tui.render.text import cut, line, plain_line
from tui.review.header import SLIM, Clocks, ProgressBar, ReviewBar
from tui.review.item_view import Shown, item_page
from tui.review.minutes import MinutesScreen, end
from tui.review.progress import (
    Stopwatch,
    acceptance_ended,
    already_reviewed,
    back_to_skipped,
    next_undecided,
    passed_over,
)
from tui.review.queue import QueueScreen
from tui.screens.dialogs import Choice
from tui.widgets.bars import KeyBar
from tui.widgets.line_list import BuiltView

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from textual import events
    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.timer import Timer

    from store.audit.log import Done
    from store.queries.items import ItemDetail
    from store.review.queries import QueueRow, ReviewRow, ReviewView
    from tui.async_store import AsyncStore


ACCEPT = "item.accept"
DECIDING = frozenset({"item.mitigate-with-note", ACCEPT})
"""The dialogs that decide an item, as its status keys do; the others change it and stay."""
TICK_SECONDS = 1.0
LOW = 16
"""The rows below which the screen keeps to what it cannot do without."""
DECIDE = (
    "review.keep",
    "item.set-status-open",
    "item.set-status-in-progress",
    "item.set-status-mitigated",
    "item.accept",
    "review.next",
    "item.mitigate-with-note",
)
"""The commands of the row of keys that decide."""
VALUE = 40
"""The cells that a value takes in a sentence."""
MOST_FRESH = 3


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
            number, key = screen.review.number, screen.row.key
            await screen.change_or_raise(screen.store.write(review_commands.decide, number, key, seconds=seconds))
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


class ReviewPane(BuiltView, inherit_bindings=False):
    """The item; the keys are those of the review."""

    subject = ""

    def show(self, subject: str, shown: Shown) -> None:
        """Another subject begins at its top; the same one keeps the scroll position."""
        fresh, self.subject = subject != self.subject, subject
        self.rebuild(lambda width: item_page(shown, width, self.glyphs))
        if fresh:
            self.scroll_to(y=0, animate=False, force=True)


class ReviewScreen(ItemScreen):
    """Goes through the queue of a review, from its first undecided item on."""

    CONTEXT = "review"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("review")]
    DEFAULT_CSS = """
    ReviewScreen { layout: vertical; }
    ReviewScreen #top { height: 1; }
    ReviewScreen.-low #progress, ReviewScreen.-low #decide { display: none; }
    """

    def __init__(self, store: AsyncStore, review: ReviewRow, *, said: str = "") -> None:
        super().__init__()
        self.opened, self.review, self.said = store, review, said
        self.at = next_undecided(review, len(review.queue) - 1) if review.left else 0
        self.detail: ItemDetail | None = None
        self.item = ReviewedItem(self)
        self.actions = ReviewActions(self, self.item)
        self.item_actions = self.actions
        self.known = {at for at, row in enumerate(review.queue) if row.decided_at is not None}
        self.seen: ReviewView | None = None
        self.fresh: tuple[str, ...] = ()
        self.just = False
        self._unmark: Timer | None = None

    def compose(self) -> ComposeResult:
        """Which review and item, how far it is, the item, the keys that decide, the other keys."""
        glyphs = self.host.glyphs
        self.stopwatch = Stopwatch(self.host.target.monotonic)
        self.head = ReviewBar(id="head", glyphs=glyphs)
        self.clocks = Clocks(id="clocks", glyphs=glyphs)
        self.progress = ProgressBar(id="progress", glyphs=glyphs)
        self.pane = ReviewPane(id="reviewed", glyphs=glyphs)
        self.deciding = KeyBar(id="decide", glyphs=glyphs)
        self.keys = KeyBar(glyphs=glyphs)
        with Horizontal(id="top"):
            yield from (self.head, self.clocks)
        yield from (self.progress, self.pane, self.deciding, self.keys)

    def on_mount(self) -> None:
        """Keys, the clock, the item."""
        self.pane.focus()
        self.set_interval(TICK_SECONDS, self.tick)
        self.flow(self._begin())

    async def _begin(self) -> None:
        # Keys mean the item: what is typed before it is here waits for it.
        with self.host.typing.held():
            await self.guarded(self.load())
            if self.said:
                self.say(self.said)
            if not self.review.left:
                await self.show_minutes()

    def on_resize(self, event: events.Resize) -> None:
        """One row of keys in a low terminal."""
        self.set_class(event.size.height < LOW, "-low")
        self.refresh_keys()
        self.tick()

    # Showing

    async def load(self, *, choose: str | None = None) -> None:
        """The review and its item as of now; where `choose` is in the queue, that item."""

        def pick(review: ReviewRow) -> int:
            return next((at for at, row in enumerate(review.queue) if row.key == choose), self.at)

        await self._read(pick)

    async def turn_to(self, at: int) -> None:
        """Show another item."""
        await self._read(lambda _: at)

    async def _read(self, pick: Callable[[ReviewRow], int]) -> None:
        """Show the item at the index that `pick` chooses."""
        self.apply(await self.store.read(review_queries.review_view, self.review.number, pick))

    def apply(self, view: ReviewView) -> None:
        """Show an answer."""
        if self.seen is None or view.at != self.at:
            self.fresh, self.just = (), False
            self.host.typing.ignore_until_painted(self.pane)
        self.seen, self.review, self.at = view, view.review, view.at
        self.known = {at for at in self.known if view.review.queue[at].decided_at is not None}
        self.detail = view.item
        self.stopwatch.turn_to(self.at)
        with self.app.batch_update():
            self.head.show(self.review, self.at)
            self.progress.show(self.review)
            self.show_item()
            self.tick()
            self.refresh_keys()

    def show_item(self) -> None:
        """Paint the item."""
        if self.seen is not None:
            keys = (self.key_of("item.set-status-open"), self.key_of("item.accept"), self.key_of("change.undo"))
            now = self.store.now
            shown = Shown(self.seen, self.store.actor, now.date(), keys, self.fresh, self.just)
            self.pane.show(f"{self.at}", shown)

    def tick(self) -> None:
        """The time that this item and the whole review have taken."""
        # Under a form it is not updated: a screen below another one is repainted whole.
        if self.seen is not None and self.app.screen is self:
            # What is stored of an item that is talked about again is already there.
            in_all = self.review.seconds + self.stopwatch.total
            self.clocks.tick(self.stopwatch.of(self.at), in_all, slim=self.size.width < SLIM)

    def refresh_keys(self) -> None:
        """The keys that decide, then the others; in a low terminal all of them in one row."""
        table = {c.id: c for c in self.host.commands}
        deciding = tuple(table[name] for name in DECIDE if self.check_action("run", (name,)))
        self.deciding.show(deciding)
        reach = reachable("review", self.host.commands)
        others = [c for c in reach if c.bar and c.id != "app.quit" and self.check_action("run", (c.id,))]
        others.sort(key=lambda c: c.bar)
        rest = tuple(c for c in others if c not in deciding)
        self.keys.show((*deciding, *rest) if self.has_class("-low") else rest)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What acts on an item needs one."""
        if action != "run" or not parameters:
            return True
        return not acts_on_selected(BY_ID[str(parameters[0])], marked=False) or self.detail is not None

    # Others

    async def others_changed(self) -> None:
        """Show what others have decided and changed."""
        before = self.seen
        if before is None or not self.is_mounted:
            return
        await self.guarded(self.load())
        now = self.seen
        if now is None or now is before:
            return
        row, was = self.row, before.review.queue[self.at]
        self.just = row.decided_at != was.decided_at and row.decided_by != self.store.actor
        known = max((change.sequence for change in before.trail.changes), default=0) if before.trail else 0
        new = [change for change in now.trail.changes if change.sequence > known] if now.trail else []
        more = self.host.glyphs.more
        self.fresh = tuple(
            describe.sentence(change, cut=lambda text: cut(plain_line(text), VALUE, more))
            for change in reversed(new[:MOST_FRESH])
        )
        if now.review.is_over and not before.review.is_over:
            shows = f"{self.key_of('review.minutes')} shows its minutes"
            self.warn(f"{line(now.review.ended_by)} has ended this review; {shows}")
        if self.just or self.fresh:
            self.show_item()
            if self._unmark is not None:
                self._unmark.stop()
            self._unmark = self.set_timer(live_updates.MARK_SECONDS, self.unmark)

    def unmark(self) -> None:
        """What others did is known by now."""
        self.fresh, self.just = (), False
        self.show_item()

    # Deciding

    @property
    def row(self) -> QueueRow:
        """The item in the queue."""
        return self.review.queue[self.at]

    async def action_run(self, command_id: str) -> None:
        """Run a command; one that decides needs an item that was on the screen when its key was typed."""
        action = BY_ID[command_id].action
        decides = command_id in DECIDING or action.startswith(("item_actions.set_status", "actions.keep"))
        if not decides or self.host.typing.is_fresh(self.pane):
            await super().action_run(command_id)

    async def hold_dialog(self, purpose: Purpose) -> None:
        """Hold the conversation of a command, and go on to the next item where it decided this one."""
        decides = purpose.command in DECIDING
        with self.actions.deciding(decides=decides):
            await super().hold_dialog(purpose)
        if decides:
            await self.actions.go_on_if_done()

    def destination(self, keys: Sequence[str]) -> str | None:
        """The item to go to for what was undone or redone."""
        return self.item.selected if self.item.selected in keys else min(keys)

    async def show_done(self, done: Done, *, choose: str | None = None, undone: bool = False, go: bool = False) -> None:
        """Show what was done; an item that it decides is not shown again, for the next one comes."""
        self.actions.done = done
        if self.item.decides:
            self.stopwatch.take(self.at)
            self.tell_done(done)
        else:
            await super().show_done(done, choose=choose, undone=undone, go=go)

    # Going on

    async def go_on(self) -> None:
        """Go to the next undecided item; what others have reviewed is passed over, and said."""
        start = self.at
        await self._read(lambda review: next_undecided(review, start))
        self._say_passed(passed_over(self.review, start, self.at))
        if not self.review.left:
            await self.show_minutes()
        elif self.at <= start:
            self.add(back_to_skipped(self.review))

    def _say_passed(self, passed: Sequence[int]) -> None:
        """Say what others have reviewed since this screen was opened, once."""
        rows = [self.review.queue[at] for at in passed if at not in self.known]
        self.known |= set(passed)
        if said := already_reviewed(rows, self.store.actor):
            self.add(said)

    def add(self, words: str) -> None:
        """Say something more."""
        message = self.keys.message
        self.say(f"{message} {self.host.glyphs.dot} {words}" if message else words)

    def _go(self, at: int) -> None:
        self.converse(self.guarded(self.turn_to(max(0, min(at, len(self.review.queue) - 1)))))

    def action_turn(self, by: int) -> None:
        """Go to another item in the queue's order."""
        self._go(self.at + by)

    def action_first(self) -> None:
        """Go to the first item."""
        self._go(0)

    def action_last(self) -> None:
        """Go to the last item."""
        self._go(len(self.review.queue) - 1)

    def action_queue(self) -> None:
        """The whole queue; Enter there goes to an item."""
        self.converse(self.guarded(self._queue()))

    async def _queue(self) -> None:
        self.stopwatch.turn_to(None)
        page = QueueScreen(self.store, self.review.number, self.at)
        await self.show(page)
        await self.turn_to(self.at if page.answer is None else page.answer)

    # The end

    def action_minutes(self) -> None:
        """The minutes so far."""
        self.converse(self.show_minutes())

    def action_end(self) -> None:
        """End the review, after a question."""
        self.converse(self.guarded(self._end()))

    async def _end(self) -> None:
        ending = await end(self, self.review.number)
        if ending != "open":
            await self.show_minutes(ended_now=ending == "now")

    async def show_minutes(self, *, ended_now: bool = False) -> None:
        """The minutes; when they are left and the review has ended, this screen closes."""
        self.stopwatch.turn_to(None)
        page = MinutesScreen(self.store, self.review.number, ended_now=ended_now)
        await self.show(page)
        if page.is_over:
            self.dismiss(None)
        else:
            await self.guarded(self.load())

    def action_close(self) -> None:
        """Leave; the review stays open until someone ends it."""
        self.dismiss(None)
