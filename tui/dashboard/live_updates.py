"""What others do while the dashboard is open: shown within two seconds, marked for a moment with who did it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from store.errors import RegisterError
from tui.render.text import cut, line, plain_line
from tui.screens.base import Flows
from tui.screens.conversing import Converses

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.timer import Timer

    from store.queries.history import Activity, ChangeRow, Presence
    from store.queries.overview import Counts
    from tui.async_store import Gateway
    from tui.panes.categories import CategoriesPane
    from tui.panes.items import ItemsPane
    from tui.widgets.bars import HeaderBar

MARK_SECONDS = 6.0
"""How long what others changed stays marked."""
FEW = 20
"""Entries of one batch that are marked one by one; of more, one sentence tells."""
VALUE = 40
"""The cells that a value takes in a sentence."""


class Mark(NamedTuple):
    """Who changed an item just now, and what, in words."""

    by: str
    words: str


class Sharing(Flows):
    """Polls for what others committed; screens above the dashboard are notified, too."""

    categories: CategoriesPane
    items: ItemsPane
    header: HeaderBar
    marks: dict[str, Mark]
    presences: tuple[Presence, ...] = ()
    _unmark: Timer | None = None
    trouble = ""
    slid = False
    """Whether the last look put another item under the cursor than its user did."""
    _polling = False
    _failed = ""
    """What kept the last look from being shown."""

    def show_detail(self) -> None:
        """Show what is chosen in the item pane."""
        raise NotImplementedError

    def poll(self) -> None:
        """Look for commits of other processes, in a worker, unless one is being taken in."""
        if not self._polling:
            self._polling = True
            self.background("poll", self._poll)

    async def _poll(self) -> None:
        try:
            if self.gateway is not None:
                await self._catch_up_with_others(self.gateway)
        finally:
            self._polling = False

    async def _catch_up_with_others(self, gateway: Gateway) -> None:
        changed = await gateway.changed_elsewhere()
        self.show_trouble(gateway.trouble)
        if changed:
            try:
                await self._take_in(gateway)
            except RegisterError as error:
                # It lasts, and is looked at again every second: it is said once.
                if str(error) in (self.trouble, self._failed):
                    return
                self._failed = str(error)
                raise
            self._failed = ""
        self.show_presences(gateway)

    async def _take_in(self, gateway: Gateway) -> None:
        """Show what others committed."""
        before = self._counts()
        self.slid = False
        await self.load()
        if self.slid:
            # Nobody asked for the item that is under the cursor now: keys typed before it shows are not for it.
            self.host.typing.ignore_until_painted(self.items)
        news, self.presences = await gateway.activity()
        self.categories.mark(self.categories.marks | {code for code, _ in self._counts() - before})
        self.hear(news)
        for screen in self.app.screen_stack:
            if isinstance(screen, Converses) and not isinstance(screen, Sharing):
                await screen.others_changed()
        gateway.seen()

    async def look_round(self) -> None:
        """Who changed something before this dashboard was opened, and whether anything can be saved in it."""
        if self.gateway is not None:
            _, self.presences = await self.gateway.activity()
            self.show_presences(self.gateway)
            self.show_trouble(self.gateway.trouble)
            if self.gateway.caution:
                self.warn(self.gateway.caution)

    def show_trouble(self, trouble: str) -> None:
        """Why nothing is saved, or nothing any more: two words for as long as it lasts, and once the sentence."""
        if trouble != self.trouble:
            self.trouble = trouble
            self.header.show(trouble="read only" if trouble else "")
            if trouble:
                self.warn(trouble)

    def show_presences(self, gateway: Gateway) -> None:
        """Say in the header who else has changed something in the last ten minutes, by the store's clock."""
        now, lately = gateway.now, gateway.lately
        # A clock that is far ahead must not keep someone here for days.
        there = (one.actor for one in self.presences if abs(now - one.time) <= lately)
        self.header.show(others=tuple(actor for actor in there if actor != gateway.actor))

    def hear(self, news: Activity) -> None:
        """Mark what others changed; a batch of many changes, or a restored backup, is described in a sentence."""
        from store.audit import describe

        batches: dict[int, list[ChangeRow]] = {}
        for change in reversed(news.changes):
            batches.setdefault(change.batch, []).append(change)
        marks: dict[str, Mark] = {}
        for batch in batches.values():
            if batch[0].verb == describe.RESTORED:
                self.say(line(describe.sentence(batch[0])))
                continue
            number = len(batch) + (news.total - len(news.changes) if batch[0] is news.changes[-1] else 0)
            if number > FEW:
                self.say(f"{line(batch[0].actor)} {describe.summed_up(batch[0].verb, number)}")
                continue
            for key in dict.fromkeys(key for change in batch for key in _items(change)):
                own = [change for change in batch if key in _items(change)]
                marks[key] = Mark(own[0].actor, self._words(own))
        if marks or self.categories.marks:
            self.mark({**self.marks, **marks})
            if self._unmark is not None:
                self._unmark.stop()
            self._unmark = self.set_timer(MARK_SECONDS, self.unmark)

    def mark(self, marks: dict[str, Mark]) -> None:
        """Mark these items and no others."""
        self.marks = marks
        self.items.mark({key: mark.by for key, mark in marks.items()})
        self.show_detail()

    def unmark(self) -> None:
        """What was changed is known by now."""
        self.categories.mark(frozenset())
        self.mark({})

    def _counts(self) -> set[tuple[str, Counts]]:
        """The categories with their counts, as shown."""
        return {(row.code, row.counts) for row in self.view.summary.categories} if self.view is not None else set()

    def _words(self, changes: Sequence[ChangeRow]) -> str:
        from store.audit import describe

        return line(describe.of_one(changes, cut=lambda text: cut(plain_line(text), VALUE, self.host.glyphs.more)))


def _items(change: ChangeRow) -> tuple[str, ...]:
    """The keys of the items that a change is about."""
    if change.entity in ("item", "follow-up"):
        return (change.key,)
    return tuple(change.key.split(" -> ")) if change.entity == "dependency" else ()
