"""The filter of the item list: typed with suggestions, applied, cleared, sorted; and the filters used before."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from rich.cells import cell_len

from tui.lazy import filter_completion
from tui.panes.registry import NUMBERS
from tui.render.text import line

if TYPE_CHECKING:
    from store.errors import QueryError
    from store.filters.ast import Query
    from store.filters.completion import Proposal as Completion
    from tui.dashboard.marks import Marks
    from tui.dashboard.selection import ItemSelection
    from tui.dashboard.state import Dashboard, Panes
    from tui.widgets.filter_bar import FilterBar, Wrong
    from tui.widgets.suggestions import Proposal

MOST_EARLIER = 50
"""The filters that Up goes back to."""
LEAST_TEXT = 6
"""The cells of the filter's text that a note about marks leaves room for."""
ORDERS = ("document", "score", "age", "severity", "due", "owner", "key", "changed")
"""The columns that the keys sort by; a filter can name more."""


class Filtering:
    """Filters and sorts the list.

    bar: where the filter is typed, None while it is not. earlier: the texts of filters that were applied, newest first.
    """

    def __init__(self, dashboard: Dashboard, panes: Panes, selection: ItemSelection) -> None:
        self._dashboard = dashboard
        self._panes = panes
        self._selection = selection
        self.bar: FilterBar | None = None
        self.earlier: tuple[str, ...] = ()
        self.long_filter = ""
        """The filter, where the title row of the items has no room for all of it."""
        self._is_applying = False
        self._anchor: str | None = None
        """The item that was selected when typing began: where typing leads must not depend on its speed."""

    # Typing

    def open(self) -> FilterBar:
        """The bar to type in, with the current filter."""
        from tui.widgets.filter_bar import FilterBar

        if self.bar is None:
            state = self._dashboard.state
            self._anchor = state.selected
            sorted_only = state.query is not None and not state.query.terms
            text = f"{state.filter_text} " if sorted_only else state.filter_text
            self.bar = FilterBar(text, earlier=self.earlier, glyphs=self._dashboard.host.glyphs)
        return self.bar

    def typed(self, event: FilterBar.Typed) -> None:
        """Filter by what was typed."""
        # What Enter applies may have been typed so fast that this comes after it.
        if not self._is_applying:
            self._dashboard.background("filter", partial(self._try, event.text, event.at, urgent=event.urgent))

    async def _try(self, text: str, at: int, *, urgent: bool) -> None:
        """Show what a text finds; where it is wrong, say so and leave what was found before."""
        if not urgent:
            await self._dashboard.host.typing.caught_up()
        bar = self.bar
        if bar is None:
            return
        wrong: Wrong | None = None
        choices: tuple[Completion, ...] = ()
        try:
            wrong = await self._use(text)
            bar.answer(text, wrong)
            choices = await self._dashboard.store.read(filter_completion.complete, text, at)
        finally:
            # Whatever happens, no key may wait for it any longer.
            bar.answer(text, wrong, [completed(text, each) for each in choices])

    async def _use(self, text: str) -> Wrong | None:
        """Filter by a text, or say what is wrong with it."""
        from store.errors import QueryError

        try:
            query = await self._dashboard.store.parse_filter(text)
        except QueryError as error:
            return _wrong(error)
        if text != self._dashboard.state.filter_text:
            self.set(query)
            self._select_anchor()
            self._selection.reload()
        return None

    def _select_anchor(self) -> None:
        """Select the item that typing began at, else the first that the filter finds."""
        self._panes.items.cursor = 0
        self._dashboard.state = self._dashboard.state._replace(
            selected=self._anchor, edited=None, is_outside_list=False
        )

    def set(self, query: Query) -> None:
        """Set the filter; one that changes nothing is none."""
        self._dashboard.state = self._dashboard.state._replace(query=query if query.terms or query.sort else None)

    def applied(self, text: str) -> None:
        """Apply a filter and close the bar; what is typed while that is under way is for the list."""
        self._is_applying = True
        self._dashboard.host.typing.hold_until(self._dashboard.background("filter", partial(self._apply_typed, text)))

    async def _apply_typed(self, text: str) -> None:
        try:
            if await self.apply(text):
                self._select_anchor()
                await self._selection.refresh()
        finally:
            self._is_applying = False
            if self.bar is not None:
                self.bar.tell()

    async def apply(self, text: str) -> bool:
        """Apply a text and close the bar, unless something is wrong with it; whether it was applied."""
        wrong = await self._use(text)
        if wrong is None:
            self.remember(text)
            self._close()
        return wrong is None

    async def apply_open(self) -> bool:
        """As `apply`, for what is being typed; True where nothing is."""
        return self.bar is None or await self.apply(self.bar.field.value)

    def remember(self, text: str) -> None:
        """Let Up in the filter go back to a text."""
        if text.strip():
            self.earlier = (text, *(each for each in self.earlier if each != text))[:MOST_EARLIER]

    def _close(self) -> None:
        if self.bar is not None:
            # Without the focus first, removing the field would give it to a pane that then gets the room.
            self._panes.items.focus()
            self.bar.remove()
            self.bar = None
        self._dashboard.lay_out()
        self._dashboard.go_to(NUMBERS["items"])

    # Clearing

    def leave(self) -> bool:
        """Close the bar where it is open, and clear the filter, else the category; whether the bar was open."""
        if self.bar is None:
            return False
        self._dashboard.cancel("filter")
        self._close()
        self._select_anchor()
        if not self.clear():
            self._selection.clear_category()
        return True

    def clear(self) -> bool:
        """Clear the filter; whether there was one."""
        state = self._dashboard.state
        if state.query is None:
            return False
        self.remember(state.filter_text)
        self._dashboard.state = state._replace(query=None)
        self._selection.reload()
        return True

    # What the list shows

    def show_notes(self, marks: Marks) -> None:
        """Show where the cursor is in the list, its order, what is marked, and the filter."""
        items, state = self._panes.items, self._dashboard.state
        total, query, text = items.total, state.query, ""
        parts = [f"{min(items.cursor + 1, total):,} of {total:,}" if total else "none"]
        if state.view is not None and state.view.unknown:
            parts.append(f"and {state.view.unknown:,}?")
        if query is not None:
            parts += [str(query.sort).replace("sort:", "by ")] if query.sort is not None else []
            # Its order is shown already.
            text = line(query.text if query.sort is None else query.sorted(None).text)
        text = f" /{text}" if text else ""
        frame = self._panes.frames[NUMBERS["items"]]
        room = frame.size.width if len(frame.head.tabs) == 1 else max(frame.size.width // 2, 24)
        if marks.notes:
            heads = (f"{marks.notes[0]} {self._dashboard.host.glyphs.dot} {' '.join(parts)}", *marks.notes)
            room = min(room, frame.head.note_room)
            # What does not fit is cut at its end: marks are shortened before the filter's text is lost.
            fitting = (head for head in heads if cell_len(head) + min(cell_len(text), LEAST_TEXT) <= room)
            note = next(fitting, heads[-1]) + text
        else:
            note = " ".join((*parts, text)).rstrip() if total or query else ""
        frame.note(note, room)
        is_cut = bool(text) and cell_len(note) > min(room, frame.head.note_room)
        if (whole := text.strip() if is_cut else "") != self.long_filter:
            self.long_filter = whole
            self._dashboard.refresh_keys()

    @property
    def empty_words(self) -> str:
        """What an empty list says."""
        state, key_of = self._dashboard.state, self._dashboard.key_of
        if state.query is not None:
            unknown = state.view.unknown if state.view is not None else 0
            clear = key_of("items.clear" if self.bar is None else "filter.leave")
            return f"None; {unknown:,} unknown" if unknown else f"No matches; {clear} clears the filter"
        return f"No items here yet; {key_of('item.new')} adds one"

    # Order and views

    def sort(self, by: int) -> None:
        """Sort by the column that is `by` places further."""
        from store.filters.ast import ALL, Sort

        query = self._dashboard.state.query or ALL
        name = query.sort.name if query.sort is not None else ORDERS[0]
        at = ORDERS.index(name) if name in ORDERS else 0
        name = ORDERS[(at + by) % len(ORDERS)]
        self.set(query.sorted(None if name == ORDERS[0] else Sort(name)))
        self._selection.start_list()
        self._dashboard.show_notes()

    async def take(self, text: str) -> None:
        """Filter by the text of a view, in all categories."""
        self.set(await self._dashboard.store.parse_filter(text))
        self._selection.narrow_to(None)
        self._panes.items.cursor = 0
        self._dashboard.state = self._dashboard.state._replace(selected=None)
        self.remember(text)
        await self._dashboard.load()

    def show_owner(self, owner: str) -> None:
        """Filter by an owner, or by none where that is empty, in all categories."""
        from store.filters.ast import quote
        from store.filters.parser import parse

        self._selection.narrow_to(None)
        self.set(parse(f"owner:{quote(owner)}" if owner else "owner:none"))
        self._selection.reload()
        self._dashboard.go_to(NUMBERS["items"])

    @property
    def whole_text(self) -> str:
        """What the list shows, as a filter alone would say it."""
        from store.filters.ast import quote

        state = self._dashboard.state
        if state.category is None:
            return state.filter_text
        code = state.category if state.category.isalnum() else quote(state.category)
        return f"category:{code} {state.filter_text}".strip()


def completed(text: str, completion: Completion) -> Proposal:
    """A completion as the whole text that it leads to, with the cursor where typing continues."""
    from tui.widgets.suggestions import Proposal

    rest = text[completion.end :]
    # A qualifier wants a value; behind a value comes the next term.
    gap = "" if completion.text.endswith(":") or rest else " "
    head = f"{text[: completion.start]}{completion.text}{gap}"
    return Proposal(head + rest, completion.text, completion.help, len(head))


def _wrong(error: QueryError) -> Wrong:
    from tui.widgets.filter_bar import Wrong

    return Wrong(error.column, error.length, str(error))
