"""Finding on the dashboard: a filter as typed, sorting by column, and saved views."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, cast

from rich.cells import cell_len

from tui.dashboard.selection import Choosing
from tui.render.text import line

if TYPE_CHECKING:
    from store.errors import QueryError
    from store.filters.ast import ItemFilter, Query
    from store.filters.completion import Proposal as Proposed
    from tui.widgets.filter_bar import FilterBar, Wrong
    from tui.widgets.frame import Frame
    from tui.widgets.suggestions import Proposal

EARLIER = 50
"""The filters that Up goes back to."""
LEAST_TEXT = 6
"""The cells of the filter's text that a note about marks leaves room for."""
ORDERS = ("document", "score", "age", "severity", "key", "changed")
"""The columns that the keys sort by; a filter can name more."""


class Finding(Choosing):
    """What the items pane shows, and in which order.

    earlier: the texts of filters that were kept, the newest first.
    """

    frames: dict[int, Frame]
    earlier: tuple[str, ...] = ()
    _keeping = False
    long_filter = ""
    """The filter, where the title row of the items has no room for all of it."""
    _anchor: str | None = None
    """The item that was chosen when the filter bar opened: where typing leads must not depend on its speed."""

    @property
    def filter(self) -> ItemFilter:
        """What the items pane shows."""
        from store.filters.ast import ALL, ItemFilter

        return ItemFilter(self.wanted or ALL, self.category)

    @property
    def filter_text(self) -> str:
        """The filter as typed."""
        return self.wanted.text if self.wanted is not None else ""

    @property
    def looked_for(self) -> tuple[str, ...]:
        """The words to highlight where they show."""
        return self.wanted.words if self.wanted is not None else ()

    @property
    def _bar(self) -> FilterBar | None:
        return cast("FilterBar | None", next((child for child in self.children if child.id == "filter"), None))

    # What shows of it

    def show_notes(self) -> None:
        """The position of the cursor in the list, its order, and the filter."""
        total = self.items.total
        at = min(self.items.cursor + 1, total)
        parts = [f"{at:,} of {total:,}" if total else "none"]
        if self.view is not None and self.view.unknown:
            parts.append(f"and {self.view.unknown:,}?")
        wanted, text = self.wanted, ""
        if wanted is not None:
            parts += [str(wanted.sort).replace("sort:", "by ")] if wanted.sort is not None else []
            # Its order is said already.
            text = line(wanted.text if wanted.sort is None else wanted.sorted(None).text)
        text = f" /{text}" if text else ""
        frame = self.frames[2]
        room = frame.size.width if len(frame.head.tabs) == 1 else max(frame.size.width // 2, 24)
        if self.marked_notes:
            heads = (f"{self.marked_notes[0]} {self.host.glyphs.dot} {' '.join(parts)}", *self.marked_notes)
            room = min(room, frame.head.note_room)
            # What does not fit is cut at its end: marks are said in fewer cells before the filter's text is lost.
            fitting = (head for head in heads if cell_len(head) + min(cell_len(text), LEAST_TEXT) <= room)
            said = next(fitting, heads[-1]) + text
        else:
            said = " ".join((*parts, text)).rstrip() if total or wanted else ""
        frame.note(said, room)
        is_cut = bool(text) and cell_len(said) > min(room, frame.head.note_room)
        if (whole := text.strip() if is_cut else "") != self.long_filter:
            self.long_filter = whole
            self.refresh_keys()

    def empty_words(self) -> str:
        """What an empty list says."""
        if self.wanted is not None:
            unknown = self.view.unknown if self.view is not None else 0
            clear = self.key_of("filter.leave" if self._bar is not None else "items.clear")
            return f"None; {unknown:,} unknown" if unknown else f"No matches; {clear} clears the filter"
        return f"No items here yet; {self.key_of('item.new')} adds one"

    @property
    def has_unsaved(self) -> bool:
        """Whether a filter is being typed."""
        return self._bar is not None and self._bar.is_changed

    def bottom_rows(self, height: int) -> int:
        """The rows under the panes: the keys, or the filter that is typed."""
        bar = self._bar
        return bar.rows(height) if bar is not None else 1

    # Typing

    async def do_items_filter(self) -> None:
        """Type a filter."""
        from tui.widgets.filter_bar import FilterBar

        bar = self._bar
        if bar is None:
            self._anchor = self.chosen
            sorted_only = self.wanted is not None and not self.wanted.terms
            text = f"{self.filter_text} " if sorted_only else self.filter_text
            bar = FilterBar(text, earlier=self.earlier, glyphs=self.host.glyphs)
            await self.mount(bar, before=self.keys)
        self.add_class("-filtering")
        if not self.frames[2].display:
            self.go_to(2)
        self.lay_out()
        bar.field.focus()

    def on_filter_bar_typed(self, event: FilterBar.Typed) -> None:
        """Filter as typed."""
        event.stop()
        # What Enter keeps may have been typed so fast that this comes after it.
        if not self._keeping:
            self.background("filter", partial(self._type, event.text, event.at, urgent=event.urgent))

    async def _type(self, text: str, at: int, *, urgent: bool) -> None:
        """Show what a text finds; where it is wrong, say so and leave what was found before."""
        if not urgent:
            await self.host.typing.caught_up()
        bar = self._bar
        if bar is None:
            return
        wrong: Wrong | None = None
        choices: tuple[Proposed, ...] = ()
        try:
            wrong = await self._try(text)
            bar.answer(text, wrong)
            choices = await self.store.complete(text, at)
        finally:
            # Whatever happens, no key may wait for it any longer.
            bar.answer(text, wrong, [put(text, each) for each in choices])

    async def _try(self, text: str) -> Wrong | None:
        """Filter by a text, or say what is wrong with it."""
        from store.errors import QueryError

        try:
            wanted = await self.store.understand(text)
        except QueryError as error:
            return _wrong(error)
        if text != self.filter_text:
            self.want(wanted)
            self._from_anchor()
            self.look_again()
        return None

    def _from_anchor(self) -> None:
        """Choose the item that typing began at, else the first that the filter finds."""
        self.chosen, self.edited, self.items.cursor = self._anchor, None, 0
        self.elsewhere = False

    def want(self, wanted: Query) -> None:
        """Apply a filter; one that changes nothing is none."""
        self.wanted = wanted if wanted.terms or wanted.sort else None

    def on_filter_bar_kept(self, event: FilterBar.Kept) -> None:
        """Apply the filter; what is typed next is for the list."""
        event.stop()
        self._keeping = True
        self.host.typing.hold_until(self.background("filter", partial(self._keep, event.text)))

    async def _keep(self, text: str) -> None:
        try:
            if await self.keep(text):
                self._from_anchor()
                await self.look()
        finally:
            self._keeping = False
            if self._bar is not None:
                self._bar.tell()

    async def keep(self, text: str) -> bool:
        """Apply a text and close the bar, unless something is wrong with it; whether it was applied."""
        wrong = await self._try(text)
        if wrong is None:
            self.remember(text)
            self._close_filter()
        return wrong is None

    async def keep_typed(self) -> bool:
        """As `keep`, for the text in the bar; without a bar, there is nothing wrong."""
        return self._bar is None or await self.keep(self._bar.field.value)

    def remember(self, text: str) -> None:
        """Let Up in the filter go back to a text."""
        if text.strip():
            self.earlier = (text, *(each for each in self.earlier if each != text))[:EARLIER]

    def on_filter_bar_left(self, event: FilterBar.Left) -> None:
        """Leave, and clear the filter."""
        event.stop()
        self.do_items_clear()

    def do_items_clear(self) -> None:
        """Clear the filter, then the category."""
        if self.has_class("-filtering"):
            self.workers.cancel_group(self, "filter")
            self._close_filter()
            self._from_anchor()
        if self.wanted is not None:
            self.remember(self.filter_text)
            self.wanted = None
        elif self.category:
            self.narrow_to(None)
        else:
            return
        self.look_again()

    def _close_filter(self) -> None:
        self.remove_class("-filtering")
        # Without the focus first, removing the field would give it to a pane that then gets the room.
        self.set_focus(self.items)
        self.query("#filter").remove()
        self.lay_out()
        self.go_to(2)

    # Order

    def do_items_sort_next(self) -> None:
        """The next order."""
        self._sort(1)

    def do_items_sort_previous(self) -> None:
        """The order before."""
        self._sort(-1)

    def _sort(self, by: int) -> None:
        from store.filters.ast import ALL, Sort

        wanted = self.wanted or ALL
        name = wanted.sort.name if wanted.sort is not None else ORDERS[0]
        at = ORDERS.index(name) if name in ORDERS else 0
        name = ORDERS[(at + by) % len(ORDERS)]
        self.want(wanted.sorted(None if name == ORDERS[0] else Sort(name)))
        self.begin_list()
        self.show_notes()

    # Views

    async def take(self, text: str) -> None:
        """Filter by the text of a view, in all categories."""
        self.want(await self.store.understand(text))
        self.narrow_to(None)
        self.items.cursor, self.chosen = 0, None
        self.remember(text)
        await self.load()

    @property
    def shown_filter(self) -> str:
        """What the items pane shows, as a filter alone would say it."""
        from store.filters.ast import quote

        if self.category is None:
            return self.filter_text
        code = self.category if self.category.isalnum() else quote(self.category)
        return f"category:{code} {self.filter_text}".strip()

    def do_items_filter_help(self) -> None:
        """Show what a filter can say."""
        from tui.screens.help import FilterHelpScreen

        self.app.push_screen(FilterHelpScreen())


def put(text: str, proposed: Proposed) -> Proposal:
    """A proposal as the whole text that it leads to, with the cursor where typing continues."""
    from tui.widgets.suggestions import Proposal

    rest = text[proposed.end :]
    # A qualifier wants a value; behind a value comes the next term.
    gap = "" if proposed.text.endswith(":") or rest else " "
    head = f"{text[: proposed.start]}{proposed.text}{gap}"
    return Proposal(head + rest, proposed.text, proposed.help, len(head))


def _wrong(error: QueryError) -> Wrong:
    from tui.widgets.filter_bar import Wrong

    return Wrong(error.column, error.length, str(error))
