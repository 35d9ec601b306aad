"""What the map, the scores and the list of owners show, also as if some items were fixed."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from store.errors import NotFoundError
from store.text import join_few, join_words, plural
from tui.lazy import dependency_map, item_queries, policy
from tui.map_layout.model import MOST_FOCUSED
from tui.panes.registry import NUMBERS
from tui.render import insights
from tui.render.text import line

if TYPE_CHECKING:
    from collections.abc import Collection

    from textual.widget import Widget

    from store.queries.items import ItemDetail
    from tui.async_store import AsyncStore
    from tui.dashboard.selection import ItemSelection
    from tui.dashboard.state import Dashboard, Panes


class WhatIf:
    """Loads the map, the scores and the owners, and supposes that items are fixed; nothing is written."""

    def __init__(self, dashboard: Dashboard, panes: Panes) -> None:
        self._dashboard = dashboard
        self._panes = panes
        self._measured: tuple[object, ...] = ()
        """What the blast radius that shows was asked for."""
        self._is_awaited = False
        self._loaded = 0
        """The writes that the map shows, as the queue counts them."""

    # Loading

    def reload(self, *, awaited: bool = True) -> None:
        """Load the map and the scores again in the background. If `awaited`, keys for their panes wait for it."""
        panes = self._panes
        worker = self._dashboard.background("map", self._reload)
        self._is_awaited |= awaited or self._dashboard.state.map_rows is None
        for pane in (panes.map, panes.first, panes.owners) if self._is_awaited else ():
            pane.awaited = worker

    async def _reload(self) -> None:
        queue = self._dashboard.store.queue
        await queue.drained()
        asked = queue.asked
        await self._load()
        self._is_awaited, self._loaded = False, asked

    async def _load(self) -> None:
        """Ask for the map, and for the scores or the owners where they show; they may take long."""
        dashboard, panes = self._dashboard, self._panes
        store, assumed = dashboard.opened, dashboard.state.assumed
        if store is None:
            return
        frame = panes.frames[NUMBERS["dashboard"]]
        body = frame.body
        try:
            rows = await store.map_rows(assumed)
            needs_scores = body is panes.first or panes.items.shows_scores
            first = await store.priorities(assumed) if needs_scores else None
        except NotFoundError:
            await self._forget_removed()
            return
        dashboard.catch_up()
        dashboard.state = dashboard.state._replace(map_rows=rows)
        self.show_map()
        dashboard.show_detail()
        if first is not None:
            panes.items.show_scores({row.key: row.score for row in first.items})
            if body is panes.first:
                panes.first.show(first, dashboard.state.selected, dashboard.state.detail)
                frame.note(f"{len(first.items):,} to fix")
        if dashboard.opened is not None and body is panes.owners:
            panes.owners.show(await dashboard.opened.read(policy.owners))

    def focus_moved(self, came: Widget, focused: Widget | None) -> None:
        """Reload the map and scores when their pane gets the focus, and reorder the scores when it loses it."""
        panes, store = self._panes, self._dashboard.opened
        left = panes.first.kept is not None and focused is not panes.first
        is_here = came is focused and came in (panes.map, panes.first, panes.owners)
        if store is not None and (left or (is_here and self._loaded != store.queue.asked)):
            panes.first.kept = None
            self.reload()

    def will_change(self, keys: Collection[str]) -> None:
        """Keep the order of the fix-first list if only the item under its cursor is being changed."""
        first = self._panes.first
        if keys:
            is_kept = first.has_focus and first.marks_cursor and set(keys) == {self._dashboard.state.selected}
            first.kept = self._dashboard.state.selected if is_kept else None
            if first.has_focus and not is_kept:
                self.reload()

    def first_moved(self, selection: ItemSelection) -> None:
        """Select the item under the cursor of the list of what to fix first."""
        first = self._panes.first
        key = first.target(first.cursor)
        if key is not None:
            selection.select_anywhere(key)
        if first.kept not in (None, key):
            first.kept = None
            self.reload()

    # Showing

    def show_map(self) -> None:
        """Show the map's rows as far as the category asks for."""
        dashboard, state, panes = self._dashboard, self._dashboard.state, self._panes
        if state.map_rows is not None:
            names = {row.code: row.name for row in state.view.summary.categories} if state.view else {}
            # While a filter is being typed, its results must not move the map.
            if not dashboard.is_filtering:
                panes.map.choose(state.selected)
                panes.first.choose(state.selected)
            panes.map.show(state.map_rows, state.category, names)

    def show_caption(self, caption: tuple[str, ...]) -> None:
        """Show what the picture of the map is, below it."""
        state = self._dashboard.state
        if caption and state.category is not None:
            caption = (*caption[:1], f"category {line(state.category)}", *caption[1:])
        if caption and state.assumed:
            caption = (*caption, f"as if {join_few(state.assumed)} fixed")
        dot = self._dashboard.host.glyphs.dot
        self._panes.frames[NUMBERS["map"]].foot.show(note=f" {dot} ".join(caption))

    # The blast radius of the selected item

    async def read_item(self, store: AsyncStore, key: str) -> ItemDetail | None:
        """An item, and in the same read its blast radius where that is quick."""
        state = self._dashboard.state
        if not self._is_quick:
            return await store.item(key)
        item, radius = await store.item_and_blast_radius(key, state.assumed)
        now, asked = self._dashboard.state, (key, state.assumed, state.map_rows)
        if radius is not None and asked == (now.selected, now.assumed, now.map_rows):
            self._dashboard.state = now._replace(blast_radius=radius)
            self._measured = asked
        return item

    @property
    def _is_quick(self) -> bool:
        rows = self._dashboard.state.map_rows
        return rows is not None and len(rows.nodes) <= MOST_FOCUSED

    def measure(self, detail: ItemDetail) -> None:
        """Ask for the blast radius of an item that has one, in a register where that is quick."""
        state = self._dashboard.state
        asked = (detail.key, state.assumed, state.map_rows)
        if asked != self._measured and self._is_quick and (detail.feeds or detail.fed_by):
            self._measured = asked
            self._dashboard.background("radius", partial(self._measure, detail.key))

    async def _measure(self, key: str) -> None:
        dashboard = self._dashboard
        try:
            radius = await dashboard.store.read(dependency_map.blast_radius, key, assumed=dashboard.state.assumed)
        except NotFoundError:
            # Someone removed it, and what shows is about to say so.
            return
        dashboard.state = dashboard.state._replace(blast_radius=radius)
        if dashboard.state.detail is not None and dashboard.state.detail.key == key:
            dashboard.show_detail()

    # What if

    def toggle(self) -> None:
        """Suppose that the selected item is fixed, or no longer."""
        if self._dashboard.state.selected is not None:
            self._dashboard.converse(self._dashboard.guarded(self._toggle(self._dashboard.state.selected)))

    async def _toggle(self, key: str) -> None:
        dashboard = self._dashboard
        status, assumed = (await dashboard.fetch(key)).status, dashboard.state.assumed
        if key not in assumed and not status.is_open:
            dashboard.say(f"{key} is {status.value} already")
        else:
            others = tuple(each for each in assumed if each != key)
            self._suppose(others if key in assumed else (*others, key))

    async def _forget_removed(self) -> None:
        """Assume no longer that removed items are fixed."""
        dashboard = self._dashboard
        rows = await dashboard.store.read(item_queries.selected_by_key, dashboard.state.assumed)
        existing = {row.key for row in rows}
        missing = [key for key in dashboard.state.assumed if key not in existing]
        self._suppose(tuple(key for key in dashboard.state.assumed if key in existing))
        dashboard.say(f"{join_words(missing)} {plural(len(missing), 'was', 'were')} removed")

    def clear(self) -> bool:
        """Suppose nothing; whether anything was supposed."""
        if not self._dashboard.state.assumed:
            return False
        self._suppose(())
        return True

    def _suppose(self, assumed: tuple[str, ...]) -> None:
        dashboard = self._dashboard
        dashboard.state = dashboard.state._replace(assumed=assumed)
        self._panes.header.show(supposed=f"as if {join_few(assumed)} fixed" if assumed else "")
        end = f"{insights.as_if(assumed)} {dashboard.key_of('items.clear')} ends it"
        dashboard.say(end if assumed else "What if: off")
        self.reload()
