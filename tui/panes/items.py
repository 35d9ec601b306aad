"""The items pane: the visible rows of a list of any length, fetched in pages around what is shown."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.message import Message

from tui.render.badges import flags, state
from tui.render.highlight import lit
from tui.render.item_columns import COLUMNS_FROM, Context, columns_line, fitted, heading, needed, reserved
from tui.render.lines import between, width_of
from tui.render.text import Glyphs, cut, fit_key, line, plain_line
from tui.widgets.frame import Frame
from tui.widgets.line_list import LineView

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from store.queries.items import ItemRow, Page, Position
    from tui.render.lines import Line

PAGE = 200
KEPT_PAGES = 12
WORDY = 56
"""Cells of a row from which on its flags are words."""
KEY_WIDTH = 6
"""The cells of a key for which a layout has room."""
LONG_KEY = 14
"""The cells of a key beyond which it is cut."""
MARK_WIDTH = 1
LEAD_WIDTH = 36
"""The cells of a title that columns leave."""


def item_line(row: ItemRow, key_width: int, glyphs: Glyphs, mark: str = "") -> Line:
    """`EN-001 H● Feature Entanglement`, behind a mark or the room for one where there are any."""
    resolved = not row.status.is_open
    return (
        (mark, "accent strong"),
        (fit_key(line(row.key), key_width, glyphs.more) + " ", "quiet" if resolved else "strong"),
        *state(row.severity, row.status, glyphs),
        (" ", ""),
        (plain_line(row.lead), "quiet" if resolved else ""),
    )


class ItemsPane(LineView):
    """Items in document order. Rows that are not here yet are asked for with `Wanted`."""

    class Wanted(Message):
        """Rows from `start` on are missing; a neighboring row that is here gives its place."""

        def __init__(self, start: int, after: Position | None, before: Position | None) -> None:
            super().__init__()
            self.start = start
            self.after = after
            self.before = before

    class ScoresWanted(Message):
        """The scores of a column are not here yet."""

    def __init__(self, *, glyphs: Glyphs) -> None:
        super().__init__(id="items", glyphs=glyphs)
        self.total = 0
        self.pages: dict[int, tuple[ItemRow, ...]] = {}
        self.asked: set[int] = set()
        self.empty = ""
        self.key_width = KEY_WIDTH
        self.columns: tuple[str, ...] = ()
        """The columns that show where there is room for them, and whether there is."""
        self.has_columns = False
        self._scores: Mapping[str, float] | None = None
        self._today = date.min
        self._needed: dict[str, int] = {}
        self._widths: dict[str, int] = {}
        """The cells that each column needs for the rows that are here, and those that it has."""
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
        columns = columns_line(found, self._widths, self._cell_context) if self._widths else ()
        width -= width_of(columns)
        mark = (self.glyphs.marked if found.key in self.marked else " ") if self.marked else ""
        row = lit(item_line(found, self.key_width, self.glyphs, mark), self.words)
        end = flags(found.flags, self.glyphs, words=width >= WORDY)
        if (by := self.marks.get(found.key)) is not None:
            name = cut(line(by), max(width // 3, 4), self.glyphs.more)
            end += ((f" {self.glyphs.news} {name}", "accent strong"),)
        if columns:
            return (*between(row, end, width, more=self.glyphs.more), *lit(columns, self.words))
        return between(row, end, width, more=self.glyphs.more) if end else row

    # Columns

    @property
    def wished(self) -> int:
        """The cells that its columns, and keys that are longer than usual, would like in a wide layout."""
        return reserved(self.columns) + MARK_WIDTH + self.key_width - KEY_WIDTH if self.columns else 0

    @property
    def hidden_fields(self) -> tuple[str, ...]:
        """The fields of a row that the list does not show."""
        return ("opened_on",) if "due" in self._widths else ("opened_on", "due_on")

    @property
    def shows_scores(self) -> bool:
        """Whether there is a column of scores."""
        return self.has_columns and "score" in self.columns

    @property
    def _cell_context(self) -> Context:
        return Context(self._today, self._scores, self.glyphs)

    def choose_columns(self, columns: tuple[str, ...]) -> None:
        """Show these columns where there is room."""
        self.columns = columns
        self._measure()

    def show_columns(self, width: int) -> None:
        """Show the columns, or none, in a terminal of a width."""
        if (width >= COLUMNS_FROM) != self.has_columns:
            self.has_columns = not self.has_columns
            self._measure()

    def show_scores(self, scores: Mapping[str, float]) -> None:
        """Show new scores, by key."""
        if self.shows_scores and scores != self._scores:
            self._scores = scores
            self._measure()

    def _measure(self) -> None:
        """Fit the columns to all rows that are here."""
        if not self.shows_scores:
            self._scores = None
        elif self._scores is None:
            self.tell(self.ScoresWanted())
        self._needed = {}
        self._fit([row for page in self.pages.values() for row in page])
        self.repaint_changed()

    def _fit(self, rows: Collection[ItemRow]) -> None:
        """Widen the columns to some more rows, and fit them into the pane."""
        now = needed(self.columns if self.has_columns else (), rows, self._cell_context)
        self._needed = {name: max(width, self._needed.get(name, 0)) for name, width in now.items()}
        taken = 1 + MARK_WIDTH + self.key_width + 1 + 2 + 1 + LEAD_WIDTH
        widths = fitted(self._needed, self.size.width - taken)
        if widths != self._widths:
            self._widths = widths
            if isinstance(self.parent, Frame):
                self.parent.head.show(heading=heading(widths, self.glyphs.horizontal))

    def resized(self) -> None:
        """Fit the columns to the size as well."""
        self._fit(())
        super().resized()

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
        before = self.chosen
        self.total, self.empty, self.words = page.total, empty, words
        self.pages, self.asked = {}, set()
        self.key_width, self._needed = KEY_WIDTH, {}
        self._keep(page)
        cursor = index if index is not None else min(self.cursor, max(self.total - 1, 0))
        now = self.at(cursor)
        self.replace_rows(cursor, is_same=before is not None and now is not None and before.key == now.key)

    def refresh_rows(self, rows: Iterable[ItemRow]) -> None:
        """Show items as of now, each where it is; nothing moves."""
        fresh = {row.key: row for row in rows}
        self.pages = {number: tuple(fresh.get(row.key, row) for row in page) for number, page in self.pages.items()}
        self._fit(fresh.values())
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
        widest = max((cell_len(line(row.key)) for row in page.items), default=KEY_WIDTH)
        self.key_width = min(max(self.key_width, widest), LONG_KEY)
        self._today = page.today
        self._fit(page.items)

    @property
    def chosen(self) -> ItemRow | None:
        """The item under the cursor."""
        return self.at(self.cursor) if self.total else None
