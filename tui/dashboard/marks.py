"""Marks: which items the editing keys act on, in one transaction and one undo step, and what was seen of each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from store.text import join_few, number_of, plural
from tui.lazy import history_queries, item_queries
from tui.panes.registry import NUMBERS
from tui.render.text import line

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from store.db.reader import Reader
    from store.fields import FieldValue
    from store.filters.ast import ItemFilter
    from store.filters.sql import QueryCache
    from store.queries.dependency_map import NodeRow
    from store.queries.items import ItemDetail, ItemRow
    from store.queries.priorities import Priority
    from store.review.queue import ReviewDecision
    from tui.commands import Command
    from tui.dashboard.state import Dashboard, Panes
    from tui.editing.session import ItemSession, Single

SelectedValues = dict[str, "FieldValue | int"]
"""What a marked item said when it was last shown, as far as shown."""


class Marks:
    """Marks items of the list.

    marked: what was seen of each marked item, by key. hidden: how many of them the filter does not show.
    """

    def __init__(self, dashboard: Dashboard, panes: Panes) -> None:
        self._dashboard = dashboard
        self._panes = panes
        self.marked: dict[str, SelectedValues] = {}
        self.hidden = 0

    @property
    def label(self) -> str:
        """`3 marked`, or nothing."""
        return f"{len(self.marked):,} marked" if self.marked else ""

    @property
    def notes(self) -> tuple[str, ...]:
        """`3 marked (2 not shown)`, and shorter; or nothing."""
        if not self.hidden:
            return (self.label,) if self.marked else ()
        short = f"{self._dashboard.host.glyphs.marked}{len(self.marked):,} ({self.hidden:,} hidden)"
        return f"{self.label} ({self.hidden:,} not shown)", short, f"{self.hidden:,} hidden"

    # Marking

    def toggle(self) -> None:
        """Mark the selected item, or remove its mark; in a list the cursor continues."""
        dashboard, panes = self._dashboard, self._panes
        key = dashboard.state.selected
        if key is None:
            return
        if self.marked.pop(key, None) is None:
            seen = (pair for row in self.rows_of(key) for pair in self._seen(row, selected_fields()))
            self.marked[key] = dict(seen)
            self.expect(key, dashboard.store.queue.left(key))
        self._changed()
        if panes.items.has_focus:
            panes.items.action_down()
        elif panes.first.has_focus:
            panes.first.action_down()
        else:
            dashboard.say(f"{key} is {'marked' if key in self.marked else 'not marked'}")

    def mark_all(self) -> None:
        """Mark all items of the filter."""
        self._dashboard.converse(self._dashboard.guarded(self._mark_all()))

    async def _mark_all(self) -> None:
        shown = await self._listed()
        self._mark({**shown, **self.marked})

    def invert(self) -> None:
        """Of the items of the filter, mark those that are not marked and no others."""
        self._dashboard.converse(self._dashboard.guarded(self._invert()))

    async def _invert(self) -> None:
        shown = await self._listed()
        others = {key: values for key, values in self.marked.items() if key not in shown}
        self._mark({**others, **{key: values for key, values in shown.items() if key not in self.marked}})

    def _mark(self, marked: dict[str, SelectedValues]) -> None:
        self.marked = marked
        for key in marked:
            self.expect(key, self._dashboard.store.queue.left(key))
        self._changed()

    async def _listed(self) -> dict[str, SelectedValues]:
        """The items of the filter: as shown on the screen, those beyond it as of now."""
        store = self._dashboard.store
        listed = await store.read(selected_values, self._dashboard.state.filter, store.cache)
        for row in self._panes.items.on_screen:
            if row.key in listed:
                listed[row.key] |= values_of(row, listed[row.key])
        return listed

    def clear(self) -> bool:
        """Remove all marks; whether there were any."""
        if not self.marked:
            return False
        self.marked = {}
        self._changed()
        return True

    def _changed(self) -> None:
        self.count_hidden()
        for pane in (self._panes.items, self._panes.first):
            pane.show_marked(self.marked.keys())
        self._dashboard.show_notes()
        self._dashboard.show_detail()
        self._dashboard.refresh_keys()

    def count_hidden(self) -> None:
        """Find out how many marked items the filter hides, where it may hide any."""
        if self.marked and not self._dashboard.state.shows_all:
            self._dashboard.background("marks", self._count_hidden)
        else:
            self.hidden = 0

    async def _count_hidden(self) -> None:
        filter_now = self._dashboard.state.filter
        if self._dashboard.opened is not None:
            marked = tuple(self.marked)
            store = self._dashboard.opened
            shown = await store.read(item_queries.listed_keys, filter_now, marked, store.cache)
            if filter_now == self._dashboard.state.filter and marked == tuple(self.marked):
                self.hidden = len(marked) - len(shown)
                self._dashboard.show_notes()

    # What was seen of them

    def rows_of(self, key: str) -> Iterator[ItemRow | ItemDetail | NodeRow | Priority]:
        """What the screen shows of an item; where two say something, the later is the fuller."""
        panes, state = self._panes, self._dashboard.state
        # Of a marked item more is known than these say; what pane 4 does not show may be old.
        is_listed = panes.frames[NUMBERS["dashboard"]].body is panes.first and key not in self.marked
        ranked = panes.first.rows.items if panes.first.rows is not None and is_listed else ()
        nodes = state.map_rows.nodes if state.map_rows is not None and key not in self.marked else ()
        row = panes.items.chosen
        for rows in (ranked, [node for node in nodes if not node.assumed], panes.items.on_screen, (row, state.detail)):
            yield from (row for row in rows if row is not None and row.key == key)

    def _seen(self, row: object, names: Collection[str]) -> Iterator[tuple[str, Single]]:
        """Some fields of a row, as far as the screen shows them."""
        hidden = () if row is self._dashboard.state.detail else self._panes.items.hidden_fields
        return values_of(row, [name for name in names if name not in hidden])

    def as_shown(self, keys: Sequence[str], names: Sequence[str]) -> ItemSession:
        """Some fields of one item or several as the dashboard shows them, else as of when they were marked."""
        from tui.editing.session import BulkSession, ItemSession

        dashboard = self._dashboard
        if len(keys) == 1:
            seen = {name: value for name, value in self.marked.get(keys[0], {}).items() if name in names}
            for row in self.rows_of(keys[0]):
                seen |= self._seen(row, names)
            return ItemSession(dashboard.store, keys[0], seen)
        by_name: dict[str, SelectedValues] = {name: {} for name in names}
        for key in keys:
            for name in names:
                if name in (marked := self.marked.get(key, {})):
                    by_name[name][key] = marked[name]
        detail = dashboard.state.detail
        for row in (*self._panes.items.on_screen, *((detail,) if detail is not None else ())):
            if row.key in self.marked:
                for name, value in self._seen(row, names):
                    by_name[name][row.key] = value
        return BulkSession(dashboard.store, keys, by_name)

    def expect(self, key: str, values: Mapping[str, Single]) -> None:
        """Take in what the user's own write left in fields of a marked item."""
        if (marked := self.marked.get(key)) is not None:
            marked |= {name: value for name, value in values.items() if name in marked}

    def saw(self, items: ItemSession) -> None:
        """Compare marked items with what a conflict said about them."""
        for name, values in items.seen.items():
            for key, value in values.items() if isinstance(values, Mapping) else ():
                if key in self.marked:
                    self.marked[key][name] = value

    async def check(self, *, own: Collection[str] = ()) -> None:
        """Remove the marks of items that do not exist any more; say so where it was not the user's `own` doing."""
        store = self._dashboard.opened
        if not self.marked or store is None:
            return
        asked = tuple(self.marked)
        existing = {row.key for row in await store.read(item_queries.selected_by_key, asked)}
        missing = [key for key in asked if key not in existing and key in self.marked]
        if not missing:
            return
        by_others = [key for key in missing if key not in own]
        for key in missing:
            del self.marked[key]
        self._changed()
        if by_others:
            became = await store.read(history_queries.current_key, "item", by_others[0])
            did = "renamed" if became is not None and became.key else "removed"
            who = became.by if became is not None else "someone"
            are = plural(len(by_others), "it is", "they are")
            self._dashboard.warn(f"{line(who)} {did} {line(join_few(by_others))}, so {are} no longer marked")


class DashboardItems:
    """The items that the keys act on in the dashboard."""

    decision: ReviewDecision | None = None

    def __init__(self, dashboard: Dashboard, panes: Panes, marks: Marks) -> None:
        self._dashboard = dashboard
        self._panes = panes
        self._marks = marks

    @property
    def selected(self) -> str | None:
        """The key of the item under the cursor."""
        return self._dashboard.state.selected

    @property
    def keys(self) -> tuple[str, ...]:
        """All that are marked, whether they are shown or not; without any, the selected one."""
        selected = self.selected
        return tuple(self._marks.marked) or ((selected,) if selected is not None else ())

    @property
    def category(self) -> str | None:
        """The code of the category that narrows the list."""
        return self._dashboard.state.category

    @property
    def edge(self) -> tuple[str, str, str] | None:
        """The dependency that is highlighted in the map while its keys act: source, target, label."""
        pane = self._panes.map
        lit = pane.lit_edge if pane.has_focus else None
        return (lit.source, lit.target, lit.label) if lit is not None else None

    def as_shown(self, keys: Sequence[str], names: Sequence[str]) -> ItemSession:
        """Some fields of one item or several as the dashboard shows them, else as of when they were marked."""
        return self._marks.as_shown(keys, names)

    def saw(self, items: ItemSession) -> None:
        """Compare marked items with what a conflict said about them."""
        self._marks.saw(items)

    def may_be_hidden(self, command: Command) -> bool:
        """Whether a command would change marked items that a filter or a category may hide."""
        edits = command.needs == "items" and not command.action.startswith("item_actions.copy")
        hides = bool(self._marks.marked) and not self._dashboard.state.shows_all
        return edits and hides and self._dashboard.store.frozen is None

    async def ask_which(self) -> tuple[str, ...]:
        """The marked items that a command is meant for; where the filter hides some, ask. None: none."""

        from tui.screens.dialogs import Choice, choose

        dashboard, marked = self._dashboard, tuple(self._marks.marked)
        store = dashboard.store
        shown = await store.read(item_queries.listed_keys, dashboard.state.filter, marked, store.cache)
        if len(shown) == len(marked):
            return marked
        hidden = len(marked) - len(shown)
        nearest = shown or (() if self.selected is None else (self.selected,))
        label = f"only the {len(shown):,} shown" if shown else f"only {line(''.join(nearest))}, under the cursor"
        choices = [Choice("s", label, "shown")] if nearest else []
        choices.append(Choice("a", plural(len(marked), "the marked one", f"all {len(marked):,} marked"), "all"))
        of, are = number_of(len(marked), "marked item"), plural(hidden, "is", "are")
        question = f"{hidden:,} of {of} {are} not shown by the filter. Change which?"
        answer = await choose(dashboard, question, choices, enter="shown" if nearest else None, expected=False)
        return {"shown": nearest, "all": marked, None: ()}[answer]


def selected_fields() -> tuple[str, ...]:
    """The fields of a marked item that are remembered."""
    from store.queries.items import SelectedItem

    return tuple(name for name in SelectedItem._fields if name != "key")


def selected_values(reader: Reader, wanted: ItemFilter, cache: QueryCache) -> dict[str, SelectedValues]:
    """What the items of a list say, by key, in document order."""
    names, rows = selected_fields(), item_queries.selected_items(reader, wanted, cache)
    return {row.key: {name: getattr(row, name) for name in names} for row in rows}


def values_of(row: object, names: Collection[str]) -> Iterator[tuple[str, Single]]:
    """Some fields of a row, as far as it has them."""
    return ((name, getattr(row, name)) for name in names if hasattr(row, name))
