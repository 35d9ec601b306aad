"""What the map and the scores show: pictures, supposed fixes, and what to fix first."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual import on

from store.errors import NotFoundError
from store.text import join_few, join_words, plural
from tui.commands import BY_ID
from tui.dashboard.filtering import Finding
from tui.dashboard.layout import NAMES
from tui.map_layout.model import MOST_FOCUSED
from tui.panes.fix_first import FirstPane
from tui.panes.map import MapPane
from tui.render import insights
from tui.render.text import line
from tui.widgets.line_list import LineView

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Collection

    from textual import events

    from store.queries.dependency_map import BlastRadius, MapRows
    from store.queries.items import ItemDetail
    from tui.async_store import Gateway
    from tui.panes.owners import OwnersPane
    from tui.widgets.bars import HeaderBar
    from tui.widgets.frame import Frame

PANES = ("map", "first")

"""Contexts of panes that have their own keys."""


class Exploring(Finding):
    """The commands of the map and of the view of what to fix first.

    assumed: the keys of items that are taken as mitigated, in the map and in the scores, while nothing is written.
    """

    frames: dict[int, Frame]
    header: HeaderBar
    first: FirstPane
    owners: OwnersPane
    map_rows: MapRows | None
    assumed: tuple[str, ...] = ()
    radius: BlastRadius | None = None
    _laid_out: asyncio.Event
    """Cleared while panes await their size."""
    _measured: tuple[object, ...] = ()
    _awaits_map = False
    _mapped = 0
    """The writes that the map shows, as the queue counts them."""

    @property
    def context(self) -> str:
        """Whose keys act: those of the pane that has the focus, where it has any."""
        if self.map.has_focus:
            return "map"
        return "first" if self.first.has_focus else self.CONTEXT

    async def action_run(self, command_id: str) -> None:
        """Run a command; those of a pane are its own to carry out, and those of an item need one."""
        context = BY_ID[command_id].context
        self.catch_up()
        if self.needs_chosen(command_id) and (self._refuses_category() or self._refuses_pane()):
            return
        if context in PANES:
            pane = self.map if context == "map" else self.first
            await pane.action_run(command_id)
        else:
            await super().action_run(command_id)

    def _refuses_category(self) -> bool:
        """Whether the keys are on a box that is not an item; says so."""
        category = self.map.category if self.map.has_focus else None
        if category is not None:
            self.say(f"{category} is a category; {self.key_of('list.open')} opens it")
        return category is not None

    @property
    def is_off_items(self) -> bool:
        """Whether the cursor is in a pane of something else than items, where a key must not change one."""
        panes = (self.categories, self.dashboard, self.owners)
        return any(pane.has_focus for pane in panes)

    def _refuses_pane(self) -> bool:
        """Whether the cursor is on something else than an item; says so."""
        if self.is_off_items:
            self.say(f"Select an item first: {self.key_of('pane.items')} goes to the items")
        return self.is_off_items

    @property
    def shows_first(self) -> bool:
        """Whether the dashboard shows what to fix first."""
        return self.frames[4].body is self.first

    def ask_map(self, *, awaited: bool = True) -> None:
        """Reload the map and the scores in the background. If `awaited`, keys for their panes wait for it."""
        worker = self.background("map", self._ask_map)
        self._awaits_map |= awaited or self.map_rows is None
        for pane in (self.map, self.first, self.owners) if self._awaits_map else ():
            pane.awaited = worker

    async def _ask_map(self) -> None:
        queue = self.store.queue
        await queue.drained()
        asked = queue.asked
        await self.load_map()
        self._awaits_map, self._mapped = False, asked

    def will_change(self, keys: Collection[str]) -> None:
        """Also keep the order of the fix-first list if only the item under its cursor is being changed."""
        super().will_change(keys)
        if keys:
            is_kept = self.first.has_focus and self.first.marks_cursor and set(keys) == {self.chosen}
            self.first.kept = self.chosen if is_kept else None
            if self.first.has_focus and not is_kept:
                self.ask_map()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Reload the map and scores when their pane gets the focus, and reorder the scores when it loses it."""
        left = self.first.kept is not None and self.focused is not self.first
        came = event.widget is self.focused and event.widget in (self.map, self.first, self.owners)
        if self.gateway is not None and (left or (came and self._mapped != self.gateway.queue.asked)):
            self.first.kept = None
            self.ask_map()

    async def load_map(self) -> None:
        """Ask for the map, and for the scores where they show; they may take long, and follow the rest."""
        if self.gateway is None:
            return
        try:
            rows = await self.gateway.map_rows(self.assumed)
            first = await self.gateway.priorities(self.assumed) if self.shows_first else None
        except NotFoundError:
            await self._forget_removed()
            return
        self.catch_up()
        self.map_rows = rows
        self.show_map()
        self.show_detail()
        if first is not None:
            self.first.show(first, self.chosen, self.detail)
            self.frames[4].note(f"{len(first.items):,} to fix")

    def show_map(self) -> None:
        """Show the map's rows as far as the category asks for."""
        if self.map_rows is not None:
            names = {row.code: row.name for row in self.view.summary.categories} if self.view else {}
            # While a filter is being typed, its results must not move the map.
            if not self.has_class("-filtering"):
                self.map.choose(self.chosen)
                self.first.choose(self.chosen)
            self.map.show(self.map_rows, self.category, names)

    async def read_item(self, gateway: Gateway, key: str) -> ItemDetail | None:
        """An item, and in the same read its blast radius where that is quick."""
        if not self._has_quick_radius:
            return await gateway.item(key)
        wanted = (key, self.assumed, self.map_rows)
        item, radius = await gateway.item_and_blast_radius(key, self.assumed)
        if radius is not None and wanted == (self.chosen, self.assumed, self.map_rows):
            self.radius, self._measured = radius, wanted
        return item

    @property
    def _has_quick_radius(self) -> bool:
        return self.map_rows is not None and len(self.map_rows.nodes) <= MOST_FOCUSED

    def ask_radius(self, detail: ItemDetail) -> None:
        """Ask for the blast radius of an item that has one, in a register where that is quick."""
        wanted = (detail.key, self.assumed, self.map_rows)
        if wanted != self._measured and self._has_quick_radius and (detail.feeds or detail.fed_by):
            self._measured = wanted
            self.background("radius", partial(self._ask_radius, detail.key))

    async def _ask_radius(self, key: str) -> None:
        try:
            self.radius = await self.store.blast_radius(key, self.assumed)
        except NotFoundError:
            # Someone removed it, and what shows is about to say so.
            return
        if self.detail is not None and self.detail.key == key:
            self.show_detail()

    # Pictures

    @on(MapPane.Captioned)
    def _captioned(self, event: MapPane.Captioned) -> None:
        parts = event.caption
        if parts and self.category is not None:
            parts = (*parts[:1], f"category {line(self.category)}", *parts[1:])
        if parts and self.assumed:
            parts = (*parts, f"as if {join_few(self.assumed)} fixed")
        self.frames[5].foot.show(note=f" {self.host.glyphs.dot} ".join(parts))

    @on(MapPane.Drilled)
    def _drilled(self, event: MapPane.Drilled) -> None:
        self.choose_category(event.code)

    # What to fix first

    async def do_pane_fix_first(self) -> None:
        """What to fix first in the dashboard's place, and back."""
        await self.swap_dashboard(self.first, "Fix first")

    async def swap_dashboard(self, pane: LineView, name: str) -> None:
        """Show a pane in the dashboard's place or, where it shows already, the dashboard."""
        frame = self.frames[4]
        if frame.body is pane:
            await frame.put(self.dashboard, NAMES[3])
        else:
            await frame.put(pane, name)
            self.ask_map()
        self._laid_out.clear()
        frame.note("")
        self.go_to(4)
        self.lay_out()
        frame.body.focus()

    @on(LineView.Opened)
    def _first_opened(self, event: LineView.Opened) -> None:
        if event.view is self.first:
            self.go_to(3)

    def first_moved(self) -> None:
        """Choose the item under the cursor of the list of what to fix first."""
        key = self.first.target(self.first.cursor)
        if key is not None:
            self.choose_elsewhere(key)
        if self.first.kept not in (None, key):
            self.first.kept = None
            self.ask_map()

    # What if

    @on(MapPane.Supposed)
    @on(FirstPane.Supposed)
    def _supposed(self) -> None:
        if self.chosen is not None and not self._refuses_category():
            self.converse(self.guarded(self._suppose_or_not(self.chosen)))

    async def _suppose_or_not(self, key: str) -> None:
        status = (await self.fetch(key)).status
        if key not in self.assumed and not status.is_open:
            self.say(f"{key} is {status.value} already")
        else:
            others = tuple(each for each in self.assumed if each != key)
            self._suppose(others if key in self.assumed else (*others, key))

    async def _forget_removed(self) -> None:
        """Assume no longer that removed items are fixed."""
        there = tuple([key for key in self.assumed if await self.store.item(key) is not None])
        gone = [key for key in self.assumed if key not in there]
        self._suppose(there)
        self.say(f"{join_words(gone)} {plural(len(gone), 'was', 'were')} removed")

    def _suppose(self, assumed: tuple[str, ...]) -> None:
        self.assumed = assumed
        words = f"as if {join_few(assumed)} fixed" if assumed else ""
        self.header.show(supposed=words)
        self.say(f"{insights.as_if(assumed)} {self.key_of('items.clear')} ends it" if assumed else "What if: off")
        self.ask_map()

    def do_items_clear(self) -> None:
        """Clear what is supposed, then the filter, then the category."""
        if self.assumed and not self.has_class("-filtering"):
            self._suppose(())
        else:
            super().do_items_clear()


class Governing(Exploring):
    """The view of owners."""

    @property
    def shows_owners(self) -> bool:
        """Whether the dashboard shows who owns what."""
        return self.frames[4].body is self.owners

    async def load_map(self) -> None:
        """Ask for the map, and for the owners where they show."""
        await super().load_map()
        if self.gateway is not None and self.shows_owners:
            self.owners.show(await self.gateway.owners())

    async def do_pane_owners(self) -> None:
        """Who owns what in the dashboard's place, and back."""
        await self.swap_dashboard(self.owners, "Owners")

    @on(LineView.Opened)
    def _owner_opened(self, event: LineView.Opened) -> None:
        owner = self.owners.target(event.index) if event.view is self.owners else None
        if owner is not None:
            from store.filters.ast import quote
            from store.filters.parser import parse

            # The counts are those of the whole register.
            self.narrow_to(None)
            self.want(parse(f"owner:{quote(owner)}" if owner else "owner:none"))
            self.look_again()
            self.go_to(2)
