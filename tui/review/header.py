"""The rows above an item under review: which review and item, how long it takes, how much is decided."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from rich.cells import cell_len

from tui.render.badges import bar
from tui.render.lines import Line, clip, width_of
from tui.render.text import cut, line
from tui.review.progress import clock_words
from tui.widgets.bars import Bar

if TYPE_CHECKING:
    from store.review.queries import ReviewRow

SLIM = 60

"""The cells below which the clocks say no words."""

LEAST = 8

"""The cells below which the title is left out."""


class ReviewBar(Bar):
    """` Review 3 · Retrospective   7 of 15`."""

    DEFAULT_CSS = """
    ReviewBar { width: 1fr; }
    """
    head = ""
    title = ""
    place = ""

    def show(self, review: ReviewRow, at: int) -> None:
        """Another item of a review."""
        before = (self.head, self.title, self.place)
        self.head = f"Review {review.number}"
        self.title = line(review.title)
        self.place = f"{at + 1:,} of {len(review.queue):,}"
        if before != (self.head, self.title, self.place):
            self.refresh()

    def line(self, width: int) -> Line:
        """The title gives way; the place stays."""
        head: Line = ((f" {self.head}", "strong"),)
        place: Line = ((f"  {self.place}", "accent strong"),)
        dot = f" {self.glyphs.dot} "
        room = width - width_of(head) - width_of(place) - cell_len(dot)
        title = cut(self.title, room, self.glyphs.more) if room >= LEAST else ""
        middle: Line = ((dot, "quiet"), (title, "")) if title else ()
        return clip((*head, *middle, *place), width, self.glyphs.more)


class Clocks(Bar):
    """`0:41 this item · 12:03 total`: a separate widget, since a row is repainted for the whole width of its widget."""

    DEFAULT_CSS = """
    Clocks { width: 30; }
    """
    times = (-1, -1)
    slim = False

    def tick(self, on_item: float, total: float, *, slim: bool) -> None:
        """Other times; painted only where they are others in whole seconds."""
        told = (int(on_item), int(total)), slim
        if told != (self.times, self.slim):
            self.times, self.slim = told
            self.styles.width = len(self._text)
            self.refresh()

    @property
    def _text(self) -> str:
        on_item, total = map(clock_words, self.times)
        return f" {on_item} {total} " if self.slim else f"  {on_item} this item {self.glyphs.dot} {total} total "

    def line(self, width: int) -> Line:
        """Both times."""
        return clip(((self._text, "quiet"),), width, self.glyphs.more)


class ProgressBar(Bar):
    """`━━━━━────  6 reviewed, 9 left   ana 4, bo 2`."""

    counts = (0, 0)
    people: tuple[tuple[str, int], ...] = ()

    def show(self, review: ReviewRow) -> None:
        """How far a review is, and who decided how many items; repaint only if something differs."""
        names = Counter(row.decided_by for row in review.queue if row.decided_by is not None)
        told = (review.decided, len(review.queue)), tuple(names.most_common())
        if told != (self.counts, self.people):
            self.counts, self.people = told
            self.refresh()

    def line(self, width: int) -> Line:
        """The bar takes what the words leave."""
        done, whole = self.counts
        words = f"  {done:,} reviewed, {whole - done:,} left "
        who = ", ".join(f"{line(name)} {number:,}" for name, number in self.people) if len(self.people) > 1 else ""
        who = f"  {cut(who, width // 3, self.glyphs.more)} " if who and width >= SLIM else ""
        size = max(width - cell_len(words) - cell_len(who) - 1, 0)
        return clip(
            ((" ", ""), *bar(done, whole, size, self.glyphs, "mitigated"), (words, ""), (who, "accent")),
            width,
            self.glyphs.more,
        )
