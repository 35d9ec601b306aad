"""What to fix first: the open items by their score, each with the reason in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.message import Message

from tui.dispatch import bindings
from tui.render import insights
from tui.render.badges import SUPPOSED, flags, state
from tui.render.lines import Line, clip, wrapped
from tui.render.text import Glyphs, line, plain_line
from tui.widgets.line_list import Built, BuiltView

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from textual.binding import BindingType

    from store.queries.items import ItemDetail
    from store.queries.priorities import Priorities, Priority

MOST_ITEMS = 500
"""Items that are listed: nobody fixes the five hundredth first."""
INDENT = "       "


def first_lines(rows: Priorities, width: int, glyphs: Glyphs, marked: Collection[str] = ()) -> Built:
    """Two rows or more for each item, then what the scores say about the whole."""
    lines: list[Line] = []
    targets: dict[int, str] = {}
    if rows.assumed:
        lines += wrapped(((insights.as_if(rows.assumed), "warning"),), width)
        for key in rows.assumed:
            targets[len(lines)] = key
            lines.append(
                ((f"{SUPPOSED:>6} ", "warning strong"), (line(key), "strong accent"), (" as if fixed", "quiet"))
            )
    if not rows.items:
        words = insights.nothing(rows.assumed)
        lines += wrapped(((f"{words[0].upper()}{words[1:]}.", "quiet"),), width)
        return lines, targets
    for row in rows.items[:MOST_ITEMS]:
        targets[len(lines)] = row.key
        lines += _item(row, width, glyphs, glyphs.marked if row.key in marked else " ")
    if more := len(rows.items[MOST_ITEMS:]):
        lines += wrapped(((f"{insights.items(more)} more; `ai-debt first` lists them all", "quiet"),), width)
    lines.append(())
    for sentence in insights.summary(rows, glyphs):
        lines += wrapped(((sentence, "quiet"),), width, indent="  ")
    return lines, targets


def _item(row: Priority, width: int, glyphs: Glyphs, mark: str) -> list[Line]:
    """Score, mark, key, state and title; the reason below, with the share of projects where it is known."""
    changed = row.score_now is not None and row.score_now != row.score
    head: Line = (
        (f"{row.score:>6.2f}", "strong"),
        (mark, "strong accent"),
        (f"{line(row.key)} ", "strong accent"),
        *state(row.severity, row.status, glyphs),
        *flags(row.flags, glyphs),
        (f" {plain_line(row.lead)}", ""),
    )
    why = f"{row.reason}{f'; {share} of projects' if (share := insights.share(row)) else ''}"
    if changed:
        why = f"now {row.score_now:.2f}; {why}"
    below = wrapped(((line(why), "quiet"),), max(width - len(INDENT), 12))
    return [clip(head, width, glyphs.more), *(((INDENT, ""), *each) for each in below)]


def in_order(before: Priorities, rows: Priorities, item: ItemDetail) -> Priorities:
    """Current rows in their previous order. `item` keeps its place even if it no longer needs fixing."""
    now = {row.key: row for row in rows.items}
    there = {row.key: row for row in before.items}
    if item.key in there and item.key not in now:
        now[item.key] = there[item.key]._replace(status=item.status, severity=item.severity)
    kept = [now.pop(key) for key in there if key in now]
    return rows._replace(items=(*kept, *now.values()))


class FirstPane(BuiltView):
    """The cursor goes from item to item, and chooses it."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("first")]

    class Supposed(Message):
        """The chosen item is to be taken as fixed, or no longer."""

    def __init__(self, *, glyphs: Glyphs) -> None:
        super().__init__(id="first", glyphs=glyphs)
        self.rows: Priorities | None = None
        self.marked: Collection[str] = ()
        self._points = False
        self.kept: str | None = None
        """The changed item under the cursor. The order stays the same until the cursor leaves it."""

    @property
    def marks_cursor(self) -> bool:
        """Only where the chosen item is listed."""
        return self._points

    def _tell(self) -> None:
        """A move chooses where it led."""
        self._points = True
        super()._tell()
        self.repaint_changed()

    def action_down(self) -> None:
        """Go to the next item, or to the first one if the chosen item is not listed."""
        self._step(1, super().action_down)

    def action_up(self) -> None:
        """Go to the previous item, or to the first one if the chosen item is not listed."""
        self._step(-1, super().action_up)

    def action_page_down(self) -> None:
        """A page down from the cursor, wherever the view is."""
        self._page(1, super().action_page_down)

    def action_page_up(self) -> None:
        """A page up from the cursor, wherever the view is."""
        self._page(-1, super().action_page_up)

    def _page(self, by: int, scroll: Callable[[], None]) -> None:
        if self._points:
            self._jump(self.cursor + by * max(self.size.height - 1, 1), by)
        else:
            scroll()

    def _step(self, by: int, scroll: Callable[[], None]) -> None:
        stop = self._next_stop(self.cursor + by, by)
        if not self._points:
            stop = next(iter(self.built[1]), None)
        if stop is not None:
            self.place_cursor(stop, tell=True)
        else:
            scroll()

    def show(self, rows: Priorities, key: str | None, item: ItemDetail | None) -> None:
        """Show new scores. The cursor stays on the chosen item if it is listed. `item` holds its details."""
        if self.rows is not None and item is not None and item.key == self.kept:
            rows = in_order(self.rows, rows, item)
        if rows != self.rows:
            self.rows = rows
            self._build()
        self.choose(key)

    def resized(self) -> None:
        """Keep the chosen item in view."""
        super().resized()
        if self._points:
            self.show_cursor()

    def _build(self) -> None:
        rows = self.rows
        if rows is not None:
            self.rebuild(lambda width: first_lines(rows, width, self.glyphs, self.marked))

    def show_marked(self, keys: Collection[str]) -> None:
        """Show which items are marked."""
        self.marked = keys
        self._build()

    def choose(self, key: str | None) -> None:
        """Put the cursor on an item, if it is listed; else nothing is marked."""
        index = next((index for index, each in self.built[1].items() if each == key), None)
        self._points = index is not None
        if index is not None and index != self.cursor:
            self.place_cursor(index)
        self.repaint_changed()

    def action_what_if(self) -> None:
        """Take the chosen item as fixed, or no longer."""
        self.tell(self.Supposed())
