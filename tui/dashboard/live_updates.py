"""What others do while the dashboard is open: shown within two seconds, marked for a moment with who did it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from store.errors import RegisterError
from tui.render.text import cut, line, plain_line

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from textual.timer import Timer

    from store.queries.history import Activity, ChangeRow, Presence
    from store.queries.overview import Counts
    from tui.async_store import AsyncStore
    from tui.dashboard.selection import ItemSelection
    from tui.dashboard.state import Dashboard, Panes

MARK_SECONDS = 6.0
"""How long what others changed stays marked."""
FEW = 20
"""Entries of one batch that are marked one by one; of more, one sentence tells."""
MOST_VALUE = 40
"""The cells that a value takes in a sentence."""


class RecentChange(NamedTuple):
    """Who changed an item just now, and what, in words."""

    by: str
    words: str


class LiveUpdates:
    """Polls for what others committed, and shows it.

    changed: what others changed in the last seconds, by key. trouble: why nothing can be saved, or empty. notify:
    lets the screens above the dashboard show it, too. set_timer: calls a function after some seconds.
    """

    def __init__(
        self,
        dashboard: Dashboard,
        panes: Panes,
        selection: ItemSelection,
        *,
        notify: Callable[[], Awaitable[None]],
        set_timer: Callable[[float, Callable[[], None]], Timer],
    ) -> None:
        self._dashboard = dashboard
        self._panes = panes
        self._selection = selection
        self._notify = notify
        self._set_timer = set_timer
        self.changed: dict[str, RecentChange] = {}
        self.trouble = ""
        self._presences: tuple[Presence, ...] = ()
        self._unmark: Timer | None = None
        self._polls = False
        self._failed = ""
        """What kept the last poll from being shown."""

    def poll(self) -> None:
        """Look for commits of other processes in the background, unless one is being taken in or it is another day."""
        if not self._polls and not self._dashboard.state.day:
            self._polls = True
            self._dashboard.background("poll", self._poll)

    async def _poll(self) -> None:
        try:
            if self._dashboard.opened is not None:
                await self._catch_up(self._dashboard.opened)
        finally:
            self._polls = False

    async def _catch_up(self, store: AsyncStore) -> None:
        has_changed = await store.changed_elsewhere()
        self._show_trouble(store.trouble)
        if has_changed:
            try:
                await self._take_in(store)
            except RegisterError as error:
                # It lasts, and is checked again every second: it is reported once.
                if str(error) in (self.trouble, self._failed):
                    return
                self._failed = str(error)
                raise
            self._failed = ""
        self._show_presences(store)

    async def _take_in(self, store: AsyncStore) -> None:
        """Show what others committed."""
        categories = self._panes.categories
        before = self._counts()
        self._selection.slid = False
        await self._dashboard.load()
        if self._selection.slid:
            # Nobody asked for the item that is under the cursor now: keys typed before it shows are not for it.
            self._dashboard.host.typing.ignore_until_painted(self._panes.items)
        activity, self._presences = await store.activity()
        categories.mark(categories.marks | {code for code, _ in self._counts() - before})
        self._show_activity(activity)
        await self._notify()
        store.mark_seen()

    async def start(self) -> None:
        """Show who changed something before this dashboard was opened, and whether anything can be saved in it."""
        store = self._dashboard.opened
        if store is not None:
            _, self._presences = await store.activity()
            self._show_presences(store)
            self._show_trouble(store.trouble)
            if store.caution:
                self._dashboard.warn(store.caution)

    def _show_trouble(self, trouble: str) -> None:
        """Show why nothing can be saved: two words for as long as it lasts, and once the sentence."""
        if trouble != self.trouble:
            self.trouble = trouble
            self._panes.header.show(trouble="read only" if trouble else "")
            if trouble:
                self._dashboard.warn(trouble)

    def _show_presences(self, store: AsyncStore) -> None:
        """Show in the header who else has changed something in the last ten minutes, by the store's clock."""
        now, recently = store.now, store.recently
        # A clock that is far ahead must not keep someone here for days.
        recent = (one.actor for one in self._presences if abs(now - one.time) <= recently)
        self._panes.header.show(others=tuple(actor for actor in recent if actor != store.actor))

    def _show_activity(self, activity: Activity) -> None:
        """Mark what others changed; a batch of many changes, or a restored backup, is described in a sentence."""
        from store.audit import describe

        batches: dict[int, list[ChangeRow]] = {}
        for change in reversed(activity.changes):
            batches.setdefault(change.batch, []).append(change)
        changed: dict[str, RecentChange] = {}
        for batch in batches.values():
            if batch[0].verb == describe.RESTORED:
                self._dashboard.say(line(describe.sentence(batch[0])))
                continue
            is_oldest = batch[0] is activity.changes[-1]
            number = len(batch) + (activity.total - len(activity.changes) if is_oldest else 0)
            if number > FEW:
                self._dashboard.say(f"{line(batch[0].actor)} {describe.summed_up(batch[0].verb, number)}")
                continue
            for key in dict.fromkeys(key for change in batch for key in _items(change)):
                own = [change for change in batch if key in _items(change)]
                changed[key] = RecentChange(own[0].actor, self._words(own))
        if changed or self._panes.categories.marks:
            self._mark({**self.changed, **changed})
            if self._unmark is not None:
                self._unmark.stop()
            self._unmark = self._set_timer(MARK_SECONDS, self.unmark)

    def _mark(self, changed: dict[str, RecentChange]) -> None:
        """Mark these items and no others."""
        self.changed = changed
        self._panes.items.mark({key: change.by for key, change in changed.items()})
        self._dashboard.show_detail()

    def unmark(self) -> None:
        """Remove the marks of what others changed."""
        self._panes.categories.mark(frozenset())
        self._mark({})

    def words_of(self, key: str) -> str:
        """What others did to an item just now, in words, or nothing."""
        change = self.changed.get(key)
        return f"{change.words} just now" if change is not None else ""

    def _counts(self) -> set[tuple[str, Counts]]:
        """The categories with their counts, as shown."""
        view = self._dashboard.state.view
        return {(row.code, row.counts) for row in view.summary.categories} if view is not None else set()

    def _words(self, changes: Sequence[ChangeRow]) -> str:
        from store.audit import describe

        more = self._dashboard.host.glyphs.more
        return line(describe.of_one(changes, cut=lambda text: cut(plain_line(text), MOST_VALUE, more)))


def _items(change: ChangeRow) -> tuple[str, ...]:
    """The keys of the items that a change is about."""
    if change.entity in ("item", "follow-up"):
        return (change.key,)
    if change.entity == "signal-item":
        return (change.key.rpartition(" -> ")[2],)
    return tuple(change.key.split(" -> ")) if change.entity == "dependency" else ()
