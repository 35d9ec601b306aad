"""Which category and item are selected on the dashboard, the rows around them, and the way back."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from textual.worker import WorkerError

from store.errors import NotFoundError, QueryError
from tui.lazy import item_queries
from tui.panes import items as items_pane

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection

    from textual.worker import Worker

    from store.queries.items import ItemDetail, ItemRow
    from tui.async_store import AsyncStore, View
    from tui.dashboard.state import Dashboard, Panes
    from tui.panes.items import ItemsPane

MOST_BACK = 100
"""The items that Backspace goes back through."""


class ItemSelection:
    """Selects a category, which narrows the list, or an item, and asks the store for what that shows.

    read_item: gives everything about an item that its pane shows. first_moved: called when the cursor of the list of
    what to fix first moved. slid: whether the last answer put another item under the cursor than its user did.
    """

    def __init__(
        self,
        dashboard: Dashboard,
        panes: Panes,
        *,
        read_item: Callable[[AsyncStore, str], Awaitable[ItemDetail | None]],
        first_moved: Callable[[], None],
    ) -> None:
        self._dashboard = dashboard
        self._panes = panes
        self._read_item = read_item
        self._first_moved = first_moved
        self._back: list[str] = []
        self._refreshing: Worker[None] | None = None
        self._selecting: Worker[None] | None = None
        self.slid = False

    # Asking the store

    @property
    def refreshing(self) -> Worker[None] | None:
        """The worker that loads the list, where that is under way."""
        worker = self._refreshing
        return worker if worker is not None and not worker.is_finished else None

    def reload(self, *, select: str | None = None) -> None:
        """Ask again in the background, after pending writes. A newer question replaces an older one."""
        self._refreshing = self._dashboard.background("look", partial(self._refresh_after_writes, select))
        map_pane = self._panes.map
        if select is None and (map_pane.awaited is None or map_pane.awaited.is_finished):
            # The map shows the category of the list.
            map_pane.awaited = self._refreshing

    async def _refresh_after_writes(self, select: str | None) -> None:
        await self._dashboard.store.queue.drained()
        await self.refresh(select=select)

    async def settled(self) -> None:
        """Wait until the list that was asked for last is here."""
        if self._refreshing is not None:
            with suppress(WorkerError):
                await self._refreshing.wait()

    async def refresh(self, *, select: str | None = None) -> None:
        """Ask for what the selection and the filter show, and show it."""
        dashboard = self._dashboard
        while (store := dashboard.opened) is not None:
            state = dashboard.state
            key = select or state.selected
            view = await self._ask(store, key, outside=select is not None or state.is_outside_list)
            if store is not dashboard.opened:
                continue
            before = dashboard.state.selected
            self.catch_up()
            now = dashboard.state
            if now.selected != before:
                select = None
            # The cursor or the filter may have moved on while the store answered: what they left must not come back.
            if (select or key == now.selected) and (state.query, state.category) == (now.query, now.category):
                dashboard.apply(view, keeps_row=self._keeps_row(view))
                self.slid = not select and key is not None and key != dashboard.state.selected
                return

    async def _ask(self, store: AsyncStore, key: str | None, *, outside: bool) -> View:
        """A view around an item, which may be `outside` of the list, or around the cursor's row."""
        from tui.async_store import Wanted

        dashboard, cursor = self._dashboard, self._panes.items.cursor

        def wanted(key: str | None) -> Wanted:
            return Wanted(dashboard.state.filter, key, cursor, items_pane.PAGE)

        try:
            view = await store.view(wanted(key))
        except QueryError as error:
            # Someone removed what the filter names.
            dashboard.state = dashboard.state._replace(query=None)
            dashboard.refuse(error)
            view = await store.view(wanted(key))
        except NotFoundError:
            if dashboard.state.category is None:
                raise
            # Someone removed the category that was selected.
            dashboard.state = dashboard.state._replace(category=None)
            view = await store.view(wanted(key))
        state = dashboard.state
        if view.item is None and key != state.selected:
            # The item to go to no longer exists.
            return await self._ask(store, state.selected, outside=state.is_outside_list)
        is_outside = outside and view.item is not None
        if view.at is None and not is_outside and view.page.items and not self._keeps_row(view):
            view = await store.view(wanted(None))
        return view

    def _keeps_row(self, view: View) -> bool:
        """Whether the item under the cursor stays where it is, though its user's change puts it elsewhere."""
        items, state = self._panes.items, self._dashboard.state
        item, row = view.item, items.chosen
        return (
            item is not None
            and row is not None
            and item.key == row.key == state.edited
            and state.filter == state.listed
            and (view.at, view.page.total) != (items.cursor, items.total)
        )

    async def add_page(self, wanted: ItemsPane.Wanted) -> None:
        """Load rows of the list."""
        store, state = self._dashboard.opened, self._dashboard.state
        if store is not None:
            page = await store.read(
                item_queries.page,
                state.filter,
                start=wanted.start,
                limit=items_pane.PAGE,
                after=wanted.after,
                before=wanted.before,
                cache=store.cache,
            )
            self._panes.items.add(page)
            if self._dashboard.state.selected is None and self._panes.items.chosen is not None:
                self.select(self._panes.items.chosen.key)

    @property
    def is_row_missing(self) -> bool:
        """Whether the row under the cursor has not been read yet."""
        items = self._panes.items
        return self._dashboard.state.selected is None and items.total > 0 and items.chosen is None

    async def read_row(self) -> None:
        """Load the row under the cursor."""
        items = self._panes.items
        await self._dashboard.guarded(self.add_page(items.wanted(items.cursor)))

    @property
    def awaited(self) -> tuple[Worker[None] | None, ...]:
        """The workers that load what the focused pane is about to show."""
        panes, state = self._panes, self._dashboard.state
        if panes.item.has_focus:
            return self._refreshing, self._selecting
        selects = panes.categories.has_focus or self._dashboard.is_filtering
        follows = panes.items.has_focus or panes.dashboard.has_focus or (state.selected is None and not selects)
        return (self._refreshing,) if follows else ()

    async def ready(self) -> bool:
        """Wait until the pane that has the focus shows what was asked for. Returns whether it had to wait."""
        pending = [worker for worker in self.awaited if worker is not None and not worker.is_finished]
        for worker in pending:
            with suppress(WorkerError):
                await worker.wait()
        return bool(pending)

    # Moves

    def catch_up(self) -> None:
        """Take in every move, also one whose message is still on its way: the next key is meant for where it led."""
        panes = self._panes
        for view, take in (
            (panes.categories, self._category_moved),
            (panes.items, self._item_moved),
            (panes.map, self.select_node),
            (panes.first, self._first_moved),
        ):
            if view.moved:
                view.moved = False
                take()

    def _category_moved(self) -> None:
        self.select_category(self._panes.categories.code)

    def select_category(self, code: str | None) -> None:
        """Narrow the list to a category, or to none."""
        if code != self._dashboard.state.category:
            self.narrow_to(code)
            self.start_list()

    def narrow_to(self, code: str | None) -> None:
        """Narrow the list to a category, or to none, and move the category cursors to it."""
        self._dashboard.state = self._dashboard.state._replace(category=code)
        self._panes.categories.choose(code)
        self._panes.dashboard.choose(code)

    def start_list(self) -> None:
        """Show another list from its top."""
        self._panes.items.cursor = 0
        self._dashboard.state = self._dashboard.state._replace(selected=None, edited=None, is_outside_list=False)
        self.reload()

    def _item_moved(self) -> None:
        dashboard, row = self._dashboard, self._panes.items.chosen
        dashboard.show_notes()
        edited = dashboard.state.edited
        dashboard.state = dashboard.state._replace(is_outside_list=False, edited=None)
        if row is not None and row.key == edited:
            dashboard.state = dashboard.state._replace(edited=edited)
        elif edited is not None:
            dashboard.state = dashboard.state._replace(selected=row.key if row is not None else None)
            self.reload()
        elif row is not None:
            self.select(row.key)
        else:
            # Until the row is here, no key may act on the item that was selected before.
            dashboard.state = dashboard.state._replace(selected=None)

    def select_node(self) -> None:
        """Select the item of the box or row under the map's cursor."""
        if self._panes.map.key is not None:
            self.select_anywhere(self._panes.map.key)

    def select_anywhere(self, key: str) -> None:
        """Select an item that may be outside of the list; the list's cursor follows it where it is there."""
        if key != self._dashboard.state.selected:
            self._dashboard.state = self._dashboard.state._replace(selected=key, is_outside_list=True)
            self._panes.map.pass_by(key)
            self.reload(select=key)

    def select(self, key: str) -> None:
        """Select an item: its details follow; the list's cursor stays with it where it holds it."""
        if key != self._dashboard.state.selected:
            self._dashboard.state = self._dashboard.state._replace(selected=key)
            self._panes.map.pass_by(key)
            self._selecting = self._dashboard.background("choose", partial(self._show_selected, key))

    async def _show_selected(self, key: str) -> None:
        dashboard = self._dashboard
        if dashboard.opened is None:
            return
        detail = await self._read_item(dashboard.opened, key)
        self.catch_up()
        if detail is not None and key == dashboard.state.selected:
            dashboard.state = dashboard.state._replace(detail=detail)
            self.point_at(key)
            dashboard.show_detail()
            dashboard.refresh_keys()

    def point_at(self, key: str | None) -> None:
        """Move the cursors of the map and of the list of what to fix first to an item."""
        self._panes.map.choose(key)
        self._panes.first.choose(key)

    def will_change(self, keys: Collection[str]) -> None:
        """Keep the row of the item under the cursor if it is the only one being changed."""
        state = self._dashboard.state
        if keys:
            is_kept = set(keys) == {state.selected} and not state.shows_all
            self._dashboard.state = state._replace(edited=state.selected if is_kept else None)

    # Going to an item, and back

    def visit(self, key: str) -> None:
        """Go to an item from a neighbor or a node, remembering where its user came from."""
        selected = self._dashboard.state.selected
        if selected and selected != key:
            self._back = [*self._back[-MOST_BACK:], selected]
        self.jump(key)

    def go_back(self) -> None:
        """Go to the item before the last visit."""
        if self._back:
            self.jump(self._back.pop())

    def jump(self, key: str) -> None:
        """Select an item wherever it is; a filter that hides it is cleared."""
        self._dashboard.state = self._dashboard.state._replace(selected=key, is_outside_list=True)
        self.point_at(key)
        self._refreshing = self._dashboard.background("look", partial(self._jump, key))

    async def _jump(self, key: str) -> None:
        await self.refresh(select=key)
        state = self._dashboard.state
        if state.view is not None and state.view.at is None and not state.shows_all:
            self._dashboard.state = state._replace(query=None)
            self.narrow_to(None)
            await self.refresh(select=key)

    def clear_category(self) -> bool:
        """Show all categories again; whether one was selected."""
        if not self._dashboard.state.category:
            return False
        self.narrow_to(None)
        self.reload()
        return True


def row_of(row: ItemRow, item: ItemDetail) -> ItemRow:
    """A row of the list as its item is now."""
    return row._replace(**{name: getattr(item, name) for name in row._fields if name in item._fields})
