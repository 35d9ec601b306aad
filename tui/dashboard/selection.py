"""What is chosen on the dashboard: category, item, and the way back."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from textual import on
from textual.worker import WorkerError

from tui.commands import BY_ID
from tui.panes.items import ItemsPane
from tui.screens.base import Flows
from tui.widgets.line_list import LineView

if TYPE_CHECKING:
    from collections.abc import Collection

    from textual.worker import Worker

    from store.filters.ast import ItemFilter, Query
    from store.queries.items import ItemDetail
    from tui.async_store import Gateway
    from tui.panes.categories import CategoriesPane
    from tui.panes.dashboard import DashboardPane
    from tui.panes.fix_first import FirstPane
    from tui.panes.item import ItemPane
    from tui.panes.map import MapPane

HISTORY = 100


class Choosing(Flows):
    """Choosing a category filters, choosing a node or a neighbour goes to that item."""

    categories: CategoriesPane
    items: ItemsPane
    item: ItemPane
    dashboard: DashboardPane
    map: MapPane
    first: FirstPane
    wanted: Query | None = None
    """The filter that holds; None for none."""
    back: list[str]
    edited: str | None = None
    """The item under the cursor after its user changed it: it keeps its row until the cursor leaves it."""
    elsewhere = False
    """Whether the chosen item may be missing from the list, for example after undo went to it."""
    _looking: Worker[None] | None = None
    _choosing: Worker[None] | None = None

    hidden = 0
    """How many marked items the filter does not show."""

    @property
    def edge(self) -> tuple[str, str, str] | None:
        """The dependency that is highlighted in the map while its keys act: source, target, label."""
        lit = self.map.lit_edge if self.map.has_focus else None
        return (lit.source, lit.target, lit.label) if lit is not None else None

    @property
    def filter(self) -> ItemFilter:
        """What the items pane shows."""
        raise NotImplementedError

    async def look(self, *, choose: str | None = None) -> None:
        """Ask for what the choice and the filter show."""
        raise NotImplementedError

    async def ready(self) -> bool:
        """Wait until the pane that has the focus shows what was asked for."""
        under_way = [worker for worker in self.awaited if worker is not None and not worker.is_finished]
        for worker in under_way:
            with suppress(WorkerError):
                await worker.wait()
        return bool(under_way)

    @property
    def awaited(self) -> tuple[Worker[None] | None, ...]:
        """The workers that load what the focused pane is about to show."""
        if self.item.has_focus:
            return self._looking, self._choosing
        chooses = self.categories.has_focus or self.has_class("-filtering")
        follows = self.items.has_focus or self.dashboard.has_focus or (self.chosen is None and not chooses)
        return (self._looking,) if follows else ()

    def look_again(self, *, choose: str | None = None) -> None:
        """Reload in the background after pending writes. A newer reload replaces an older one."""
        self._looking = self.background("look", partial(self._look_after_writes, choose))
        if choose is None and (self.map.awaited is None or self.map.awaited.is_finished):
            # The map shows the category of the list.
            self.map.awaited = self._looking

    async def looked(self) -> None:
        """Wait until the list that was asked for last is there."""
        if self._looking is not None:
            with suppress(WorkerError):
                await self._looking.wait()

    async def _look_after_writes(self, choose: str | None) -> None:
        await self.store.queue.drained()
        await self.look(choose=choose)

    def will_change(self, keys: Collection[str]) -> None:
        """Keep the row of the item under the cursor if it is the only one being changed."""
        from store.filters.ast import ItemFilter

        if keys:
            is_kept = set(keys) == {self.chosen} and self.filter != ItemFilter()
            self.edited = self.chosen if is_kept else None

    def lay_out(self) -> None:
        """Give every pane its place."""
        raise NotImplementedError

    def go_to(self, number: int) -> None:
        """Bring a pane to the front and focus it."""
        raise NotImplementedError

    def show_detail(self) -> None:
        """Show what is chosen in the item pane."""
        raise NotImplementedError

    def show_notes(self) -> None:
        """Show the position of the cursor in the list."""
        raise NotImplementedError

    def refresh_keys(self) -> None:
        """Show the keys of what is enabled."""
        raise NotImplementedError

    def forget_marks(self) -> None:
        """Let nothing be marked."""

    @property
    def marked_notes(self) -> tuple[str, ...]:
        """What the list says about marks, then the same in fewer cells; empty where there are none."""
        return ()

    async def action_run(self, command_id: str) -> None:
        """Run a command on the item under the cursor, after the rows have loaded."""
        self.catch_up()
        pane = self.focused
        rows = pane.awaited if isinstance(pane, LineView) and self.needs_chosen(command_id) else None
        for worker in (self._looking, rows):
            if worker is not None and not worker.is_finished and self.host.typing.tries_again_after(worker):
                return
        if self.needs_chosen(command_id) and not self.host.typing.was_seen(self.items):
            self.say("The list has changed; the key was ignored")
        elif self.needs_chosen(command_id) and self._is_row_missing:
            read = self._page(self.items.wanted(self.items.cursor))
            self.host.typing.tries_again_after(self.run_worker(self.guarded(read), group="row"))
        elif self.has(BY_ID[command_id].needs):
            await super().action_run(command_id)

    @property
    def _is_row_missing(self) -> bool:
        """Whether the row under the cursor has not been read yet."""
        return self.chosen is None and self.items.total > 0 and self.items.chosen is None

    def has(self, needs: str) -> bool:
        """Whether what a command needs is there, or comes with the row under the cursor."""
        if needs == "items":
            return bool(self.targets) or self._is_row_missing
        if needs == "item":
            return self.chosen is not None or self._is_row_missing
        return self.view is not None if needs == "register" else True

    def needs_chosen(self, command_id: str) -> bool:
        """Whether a command acts on the chosen item."""
        return BY_ID[command_id].needs in ("item", "items")

    @on(LineView.Moved)
    def catch_up(self) -> None:
        """Take in every move, also one whose message is still on its way: the next key is meant for where it led."""
        for view, take in (
            (self.categories, self._category_moved),
            (self.items, self._item_moved),
            (self.map, self.choose_node),
            (self.first, self.first_moved),
        ):
            if view.moved:
                view.moved = False
                take()

    def _category_moved(self) -> None:
        self.choose_category(self.categories.code)

    def choose_category(self, code: str | None) -> None:
        """Filter by a category, or by none."""
        if code != self.category:
            self.narrow_to(code)
            self.begin_list()

    def narrow_to(self, code: str | None) -> None:
        """Filter by a category, or by none, and move the category cursors to it."""
        self.category = code
        self.categories.choose(code)
        self.dashboard.choose(code)

    def begin_list(self) -> None:
        """Show another list from its top."""
        self.items.cursor, self.chosen, self.edited, self.elsewhere = 0, None, None, False
        self.look_again()

    def _item_moved(self) -> None:
        self.show_notes()
        chosen, self.elsewhere = self.items.chosen, False
        edited, self.edited = self.edited, None
        if chosen is not None and chosen.key == edited:
            self.edited = edited
        elif edited is not None:
            self.chosen = chosen.key if chosen is not None else None
            self.look_again()
        elif chosen is not None:
            self.choose(chosen.key)
        else:
            # Until the row is here, no key may act on the item that was chosen before.
            self.chosen = None

    def choose_node(self) -> None:
        """Choose the item of the box or row under the map's cursor."""
        if self.map.key is not None:
            self.choose_elsewhere(self.map.key)

    def choose_elsewhere(self, key: str) -> None:
        """Choose an item that may be elsewhere than in the list; the list's cursor follows it where it is there."""
        if key != self.chosen:
            self.chosen, self.elsewhere = key, True
            self.map.pass_by(key)
            self.look_again(choose=key)

    def first_moved(self) -> None:
        """Choose the item under the cursor of the list of what to fix first."""
        raise NotImplementedError

    def choose(self, key: str) -> None:
        """Choose an item: its details follow; the list's cursor stays with it where it holds it."""
        if key != self.chosen:
            self.chosen = key
            self.map.pass_by(key)
            self._choosing = self.background("choose", partial(self._choose, key))

    async def _choose(self, key: str) -> None:
        if self.gateway is None:
            return
        detail = await self.read_item(self.gateway, key)
        self.catch_up()
        if detail is not None and key == self.chosen:
            self.detail = detail
            self.map.choose(key)
            self.first.choose(key)
            self.show_detail()
            self.refresh_keys()

    async def read_item(self, gateway: Gateway, key: str) -> ItemDetail | None:
        """Everything about an item that its pane shows."""
        raise NotImplementedError

    def visit(self, key: str) -> None:
        """Go to an item from a neighbour or a node, remembering where I came from."""
        if self.chosen and self.chosen != key:
            self.back = [*self.back[-HISTORY:], self.chosen]
        self.jump(key)

    def jump(self, key: str) -> None:
        """Choose an item wherever it is; a filter that hides it is cleared."""
        self.chosen, self.elsewhere = key, True
        self.map.choose(key)
        self.first.choose(key)
        self._looking = self.background("look", partial(self._jump, key))

    async def _jump(self, key: str) -> None:
        await self.look(choose=key)
        if self.view is not None and self.view.at is None and (self.category or self.wanted):
            self.wanted = None
            self.narrow_to(None)
            await self.look(choose=key)

    @on(LineView.Opened)
    def _opened(self, event: LineView.Opened) -> None:
        if event.view is self.categories:
            self.go_to(2)
        elif event.view is self.items:
            self.go_to(3)
        elif event.view is self.dashboard:
            self.choose_category(self.dashboard.chosen_code(event.index))
            self.go_to(2)
        elif event.view is self.item and (target := self.item.target(event.index)):
            self.visit(target)

    @on(LineView.Back)
    def _back(self) -> None:
        if self.back:
            self.jump(self.back.pop())

    @on(ItemsPane.Wanted)
    def _page_wanted(self, event: ItemsPane.Wanted) -> None:
        self.background(f"page-{event.start}", partial(self._page, event))

    async def _page(self, event: ItemsPane.Wanted) -> None:
        if self.gateway is not None:
            self.items.add(await self.gateway.page(self.filter, event.start, event.after, event.before))
            if self.chosen is None and self.items.chosen is not None:
                self.choose(self.items.chosen.key)
