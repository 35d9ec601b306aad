"""The items pane: the visible rows of a list of any length, fetched in pages around what is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.message import Message

from tui.render.badges import flags, state
from tui.render.highlight import lit
from tui.render.lines import between
from tui.render.text import Glyphs, cut, fit, line, plain_line
from tui.widgets.line_list import LineView

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from store.queries.items import ItemRow, Page, Position
    from tui.render.lines import Line

PAGE = 200
KEPT_PAGES = 12
WORDY = 56
"""Cells of a row from which on its flags are said in words."""


def item_line(row: ItemRow, key_width: int, glyphs: Glyphs, mark: str = "") -> Line:
    """`EN-001 H● Feature Entanglement`, behind a mark or the room for one where there are any."""
    resolved = not row.status.is_open
    return (
        (mark, "accent strong"),
        (fit(line(row.key), key_width, glyphs.more) + " ", "quiet" if resolved else "strong"),
        *state(row.severity, row.status, glyphs),
        (" ", ""),
        (plain_line(row.lead), "quiet" if resolved else ""),
    )


class ItemsPane(LineView):
    """Items in document order. Rows that are not here yet are asked for with `Wanted`."""

    class Wanted(Message):
        """Rows from `start` on are missing; a neighbouring row that is here gives its place."""

        def __init__(self, start: int, after: Position | None, before: Position | None) -> None:
            super().__init__()
            self.start = start
            self.after = after
            self.before = before

    def __init__(self, *, glyphs: Glyphs) -> None:
        super().__init__(id="items", glyphs=glyphs)
        self.total = 0
        self.pages: dict[int, tuple[ItemRow, ...]] = {}
        self.asked: set[int] = set()
        self.empty = ""
        self.key_width = 6
        self.marks: dict[str, str] = {}
        self.words: tuple[str, ...] = ()
        self.marked: Collection[str] = ()

    @property
    def row_count(self) -> int:
        """All items of the filter."""
        return self.total if self.total else 1

    def is_stop(self, index: int) -> bool:
        """Every item."""
        return index < self.total

    @property
    def _all_stops(self) -> bool:
        return True

    def at(self, index: int) -> ItemRow | None:
        """The item of a row, None while it is not here."""
        page = self.pages.get(index // PAGE)
        offset = index % PAGE
        return page[offset] if page is not None and offset < len(page) else None

    def row(self, index: int, width: int) -> Line:
        """Key, state, lead words; a quiet row while the page is on its way."""
        if not self.total:
            return ((self.empty, "quiet"),)
        found = self.at(index)
        if found is None:
            self._want(index // PAGE)
            return ((self.glyphs.more, "quiet"),)
        mark = (self.glyphs.marked if found.key in self.marked else " ") if self.marked else ""
        row = lit(item_line(found, self.key_width, self.glyphs, mark), self.words)
        end = flags(found.flags, self.glyphs, words=width >= WORDY)
        if (by := self.marks.get(found.key)) is not None:
            name = cut(line(by), max(width // 3, 4), self.glyphs.more)
            end += ((f" {self.glyphs.news} {name}", "accent strong"),)
        return between(row, end, width, more=self.glyphs.more) if end else row

    def mark(self, marks: dict[str, str]) -> None:
        """Say behind these items who changed them just now, by key."""
        self.marks = marks
        self.repaint_changed()

    def show_marked(self, keys: Collection[str]) -> None:
        """Show which items are marked."""
        self.marked = keys
        self.repaint_changed()

    @property
    def on_screen(self) -> tuple[ItemRow, ...]:
        """The items that are on the screen."""
        top = self.scroll_offset.y
        rows = (self.at(index) for index in range(top, top + self.size.height)) if self.display else ()
        return tuple(row for row in rows if row is not None)

    def _want(self, number: int) -> None:
        if number not in self.asked:
            self.tell(self.wanted(number * PAGE))

    def wanted(self, index: int) -> Wanted:
        """Ask for the page of a row that is not loaded; pass the result to `add`."""
        number = index // PAGE
        self.asked.add(number)
        before, after = self.pages.get(number + 1), self.pages.get(number - 1)
        return self.Wanted(
            number * PAGE,
            after[-1].position if after else None,
            before[0].position if before and not after else None,
        )

    def show(self, page: Page, index: int | None, *, empty: str = "", words: tuple[str, ...] = ()) -> None:
        """A list from new, with the page around `index`; the cursor goes there. `words` are highlighted.

        Where that is the item that has the cursor already, its row stays where it is on the screen.
        """
        before, place = self.chosen, self.cursor
        self.total, self.empty, self.words = page.total, empty, words
        self.pages, self.asked = {}, set()
        self.key_width = 6
        self._keep(page)
        cursor = index if index is not None else min(self.cursor, max(self.total - 1, 0))
        now = self.at(cursor)
        if before is None or now is None or before.key != now.key:
            self.rows_changed()
            self.place_cursor(cursor)
            return
        self.cursor = cursor
        self.rows_changed()
        if cursor != place:
            self._scroll_rows(self.scroll_offset.y + cursor - place)

    def refresh_rows(self, rows: Iterable[ItemRow]) -> None:
        """Show items as of now, each where it is; nothing moves."""
        fresh = {row.key: row for row in rows}
        self.pages = {number: tuple(fresh.get(row.key, row) for row in page) for number, page in self.pages.items()}
        self.repaint_changed()

    def add(self, page: Page) -> None:
        """A page that was asked for."""
        if page.start // PAGE not in self.asked:
            return
        if len(self.pages) >= KEPT_PAGES:
            here = self.cursor // PAGE
            far = max(self.pages, key=lambda number: abs(number - here))
            self.pages.pop(far)
            self.asked.discard(far)
        self._keep(page)
        self.repaint_changed()

    def _keep(self, page: Page) -> None:
        for start in range(0, len(page.items), PAGE):
            number = (page.start + start) // PAGE
            self.pages[number] = page.items[start : start + PAGE]
            self.asked.add(number)
        widest = max((cell_len(line(row.key)) for row in page.items), default=6)
        self.key_width = min(max(self.key_width, widest), 14)

    @property
    def chosen(self) -> ItemRow | None:
        """The item under the cursor."""
        return self.at(self.cursor) if self.total else None
