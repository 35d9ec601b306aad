"""Marks: `space`, `*` and `!` say which items the editing keys act on, in one transaction and one undo step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from store.text import join_few, plural
from tui.commands import BY_ID
from tui.dashboard.filtering import Finding
from tui.render.text import line

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from store.audit.log import Done
    from store.queries.dependency_map import MapRows, NodeRow
    from store.queries.items import ItemDetail, ItemRow
    from store.queries.priorities import Priority
    from tui.editing.session import Single, WatchedItem
    from tui.selection_reads import SelectedValues


class Marking(Finding):
    """Which items are marked.

    marked: what was seen of each marked item, by key.
    """

    marked: dict[str, SelectedValues]
    map_rows: MapRows | None

    @property
    def targets(self) -> tuple[str, ...]:
        """All that are marked, whether they are shown or not; without any, the chosen one."""
        return tuple(self.marked) or super().targets

    @property
    def marked_words(self) -> str:
        """`3 marked`, or nothing."""
        return f"{len(self.marked):,} marked" if self.marked else ""

    @property
    def marked_notes(self) -> tuple[str, ...]:
        """`3 marked (2 not shown)`, and shorter; or nothing."""
        if not self.hidden:
            return (self.marked_words,) if self.marked else ()
        short = f"{self.host.glyphs.marked}{len(self.marked):,} ({self.hidden:,} hidden)"
        return f"{self.marked_words} ({self.hidden:,} not shown)", short, f"{self.hidden:,} hidden"

    def is_about(self, keys: Sequence[str]) -> bool:
        """Whether what was done to some items shows where the cursor is; marked ones show by their marks."""
        return super().is_about(keys) or any(key in self.marked for key in keys)

    def needs_chosen(self, command_id: str) -> bool:
        """Whether a command acts on the chosen item: not where it acts on those that are marked."""
        return super().needs_chosen(command_id) and not (self.marked and BY_ID[command_id].needs == "items")

    async def action_run(self, command_id: str) -> None:
        """Run a command; what can only be done to one item says so where others are marked."""
        if self.marked and BY_ID[command_id].id in ONE_ONLY and self.chosen is not None:
            self.say(f"{self.key_of(command_id)} acts on one item: {self.chosen}, not on the marked ones")
        if self._may_hit_hidden(command_id):
            self.converse(self.guarded(self._run_on_marked(command_id)))
        else:
            await super().action_run(command_id)

    # Marks that the filter hides

    def _may_hit_hidden(self, command_id: str) -> bool:
        """Whether a command would change marked items that a filter or a category may hide."""
        from store.filters.ast import ItemFilter

        edits = BY_ID[command_id].needs == "items" and not command_id.startswith("item.copy-")
        return bool(edits and self.marked and self.filter != ItemFilter()) and self.store.frozen is None

    async def _run_on_marked(self, command_id: str) -> None:
        """Run a command on the marked items; where the filter hides some, ask on which."""
        marked = tuple(self.marked)
        shown = await self.store.listed_keys(self.filter, marked)
        keys = marked if len(shown) == len(marked) else await self._which(marked, shown)
        if keys:
            await self.carry_out(command_id, keys)

    async def _which(self, marked: Sequence[str], shown: Sequence[str]) -> Sequence[str]:
        """The items that a command is meant for; none where it is left."""
        from tui.screens.dialogs import Choice

        hidden = len(marked) - len(shown)
        alone = () if self.chosen is None else (self.chosen,)
        nearest = shown or alone
        label = f"only the {len(shown):,} shown" if shown else f"only {line(''.join(alone))}, under the cursor"
        choices = [Choice("s", label, "shown")] if nearest else []
        choices.append(Choice("a", f"all {len(marked):,} marked", "all"))
        are = plural(hidden, "is", "are")
        question = f"{hidden:,} of {len(marked):,} marked items {are} not shown by the filter. Change which?"
        enter = "shown" if nearest else None
        answer = await self.choose_one(question, choices, enter=enter, expected=False)
        return {"shown": nearest, "all": marked, None: ()}[answer]

    # Marking

    def do_items_mark(self) -> None:
        """Mark the chosen item, or no longer; in a list the cursor continues."""
        key = self.chosen
        if key is None:
            return
        if self.marked.pop(key, None) is None:
            from tui.selection_reads import SELECTED_FIELDS

            said = (pair for row in self._rows_of(key) for pair in _said(row, SELECTED_FIELDS))
            self.marked[key] = dict(said)
            self.expect(key, self.store.queue.left(key))
        self._marks_changed()
        if self.items.has_focus:
            self.items.action_down()
        elif self.first.has_focus:
            self.first.action_down()
        else:
            self.say(f"{key} is {'marked' if key in self.marked else 'not marked'}")

    def do_items_mark_all(self) -> None:
        """Mark all items of the filter."""
        self.converse(self.guarded(self._mark_all()))

    async def _mark_all(self) -> None:
        shown = await self._listed()
        self._mark({**shown, **self.marked})

    def do_items_mark_invert(self) -> None:
        """Of the items of the filter, mark those that are not marked and no others."""
        self.converse(self.guarded(self._invert()))

    async def _invert(self) -> None:
        shown = await self._listed()
        others = {key: values for key, values in self.marked.items() if key not in shown}
        self._mark({**others, **{key: values for key, values in shown.items() if key not in self.marked}})

    def _mark(self, marked: dict[str, SelectedValues]) -> None:
        self.marked = marked
        for key in marked:
            self.expect(key, self.store.queue.left(key))
        self._marks_changed()

    async def _listed(self) -> dict[str, SelectedValues]:
        """The items of the filter: as shown on the screen, those beyond it as of now."""
        listed = await self.store.selected_items(self.filter)
        for row in self.items.on_screen:
            if row.key in listed:
                listed[row.key] |= _said(row, listed[row.key])
        return listed

    def do_items_clear(self) -> None:
        """Clear the marks, then all else that narrows what is shown."""
        if self.marked and not self.has_class("-filtering"):
            self.forget_marks()
        else:
            super().do_items_clear()

    def forget_marks(self) -> None:
        """Let nothing be marked."""
        self.marked = {}
        self._marks_changed()

    def _marks_changed(self) -> None:
        self.count_marks()
        for pane in (self.items, self.first):
            pane.show_marked(self.marked.keys())
        self.show_notes()
        self.show_detail()
        self.refresh_keys()

    def count_marks(self) -> None:
        """Find out how many marked items the filter hides, where it may hide any."""
        from store.filters.ast import ItemFilter

        if self.marked and self.filter != ItemFilter():
            self.background("marks", self._count_hidden)
        else:
            self.hidden = 0

    async def _count_hidden(self) -> None:
        wanted = self.filter
        if self.gateway is not None:
            marked = tuple(self.marked)
            shown = await self.gateway.listed_keys(wanted, marked)
            if wanted == self.filter and marked == tuple(self.marked):
                self.hidden = len(marked) - len(shown)
                self.show_notes()

    # What was seen of them

    def _rows_of(self, key: str) -> Iterator[ItemRow | ItemDetail | NodeRow | Priority]:
        """What the screen shows of an item; where two say something, the later is the fuller."""
        # Of a marked item more is known than these say; what pane 4 does not show may be old.
        is_listed = self.frames[4].body is self.first and key not in self.marked
        ranked = self.first.rows.items if self.first.rows is not None and is_listed else ()
        nodes = self.map_rows.nodes if self.map_rows is not None and key not in self.marked else ()
        chosen = self.items.chosen
        for rows in (ranked, [node for node in nodes if not node.assumed], self.items.on_screen, (chosen, self.detail)):
            yield from (row for row in rows if row is not None and row.key == key)

    def as_shown(self, keys: Sequence[str], names: Sequence[str]) -> WatchedItem:
        """Some fields of one item or several as the dashboard shows them, else as of when they were marked."""
        from tui.editing.session import WatchedItem, WatchedItems

        if len(keys) == 1:
            seen = {name: value for name, value in self.marked.get(keys[0], {}).items() if name in names}
            for row in self._rows_of(keys[0]):
                seen |= _said(row, names)
            return WatchedItem(self.store, keys[0], seen)
        by_name: dict[str, SelectedValues] = {name: {} for name in names}
        for key in keys:
            for name in names:
                if name in (marked := self.marked.get(key, {})):
                    by_name[name][key] = marked[name]
        for row in (*self.items.on_screen, *((self.detail,) if self.detail is not None else ())):
            if row.key in self.marked:
                for name, value in _said(row, names):
                    by_name[name][row.key] = value
        return WatchedItems(self.store, keys, by_name)

    def expect(self, key: str, values: Mapping[str, Single]) -> None:
        """Take in what the person's own write left in fields of a marked item."""
        if (marked := self.marked.get(key)) is not None:
            marked |= {name: value for name, value in values.items() if name in marked}

    def saw(self, items: WatchedItem) -> None:
        """Hold marked items against what was said about them in a conflict."""
        for name, values in items.seen.items():
            for key, value in values.items() if isinstance(values, Mapping) else ():
                if key in self.marked:
                    self.marked[key][name] = value

    async def show_done(self, done: Done, *, choose: str | None = None, undone: bool = False, go: bool = False) -> None:
        """Let no mark stay on what was removed."""
        if self.marked:
            await self.check_marks(own=done.keys)
        await super().show_done(done, choose=choose, undone=undone, go=go)

    async def check_marks(self, *, own: Collection[str] = ()) -> None:
        """Let items that are gone, or have another key, be marked no more; say so where it was not my `own` doing."""
        if not self.marked or self.gateway is None:
            return
        asked = tuple(self.marked)
        existing = await self.gateway.existing_keys(asked)
        gone = [key for key in asked if key not in existing and key in self.marked]
        if not gone:
            return
        told = [key for key in gone if key not in own]
        for key in gone:
            del self.marked[key]
        self._marks_changed()
        if told:
            became = await self.gateway.current_key(told[0])
            did = "renamed" if became is not None and became.key else "removed"
            names = join_few(told)
            who = became.by if became is not None else "someone"
            are = plural(len(told), "it is", "they are")
            self.warn(f"{line(who)} {did} {line(names)}, so {are} no longer marked")


ONE_ONLY = ("item.edit-texts", "item.relabel", "item.unlink", "item.history")
"""What is done to the chosen item alone."""


def _said(row: object, names: Collection[str]) -> Iterator[tuple[str, Single]]:
    """Some fields of a row, as far as it has them."""
    return ((name, getattr(row, name)) for name in names if hasattr(row, name))
