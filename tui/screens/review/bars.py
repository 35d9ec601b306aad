"""The rows above an item under review: which review and item, how long it takes, how far the queue is gone through."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.geometry import Region

from tui.lines import Line, between, clip, width_of
from tui.marks import bar
from tui.screens.review.stopwatch import clock_words
from tui.text import cut, line
from tui.widgets.bars import Bar

if TYPE_CHECKING:
    from store.rows import ReviewRow

SLIM = 60
"""The cells below which the clocks say no words."""


class ReviewBar(Bar):
    """` Review 3 · Retrospective   7 of 15      00:41 on this, 12:03 in all`."""

    DEFAULT_CSS = """
    ReviewBar { color: $foreground; }
    """
    head = ""
    title = ""
    place = ""
    clocks = (0, 0)

    def show(self, review: ReviewRow, at: int) -> None:
        """Another item of a review."""
        before = (self.head, self.title, self.place)
        self.head = f"Review {review.number}"
        self.title = line(review.title)
        self.place = f"{at + 1:,} of {len(review.queue):,}"
        if before != (self.head, self.title, self.place):
            self.refresh()

    def tick(self, on_this: float, in_all: float) -> None:
        """Other times; only the cells that differ are painted."""
        clocks = (int(on_this), int(in_all))
        if clocks == self.clocks:
            return
        width = self.size.width
        before = self._clocks(width)
        self.clocks = clocks
        after = self._clocks(width)
        if len(before) != len(after):
            self.refresh()
            return
        differing = [at for at, (one, other) in enumerate(zip(before, after, strict=True)) if one != other]
        if differing:
            first, last = differing[0], differing[-1]
            self.refresh(Region(width - len(after) + first, 0, last - first + 1, 1))

    def _clocks(self, width: int) -> str:
        on_this, in_all = map(clock_words, self.clocks)
        return f" {on_this} {in_all} " if width < SLIM else f"  {on_this} on this, {in_all} in all "

    def line(self, width: int) -> Line:
        """The title gives way; the place and the clocks stay."""
        clocks = self._clocks(width)
        head: Line = ((f" {self.head}", "strong"),)
        place: Line = ((f"  {self.place}", "accent strong"),)
        dot = f" {self.glyphs.dot} "
        room = width - width_of(head) - width_of(place) - len(clocks) - cell_len(dot)
        title = cut(self.title, room, self.glyphs.more) if room >= 8 else ""
        middle: Line = ((dot, "quiet"), (title, "")) if title else ()
        return between((*head, *middle, *place), ((clocks, "quiet"),), width, more=self.glyphs.more)


class ProgressBar(Bar):
    """`━━━━━────  6 gone through, 9 left   ana 4, bo 2`."""

    counts = (0, 0)
    people: tuple[tuple[str, int], ...] = ()

    def show(self, review: ReviewRow) -> None:
        """How far a review is, and who went through how many items; repaint only if something differs."""
        names = Counter(row.decided_by for row in review.queue if row.decided_by is not None)
        told = (review.decided, len(review.queue)), tuple(names.most_common())
        if told != (self.counts, self.people):
            self.counts, self.people = told
            self.refresh()

    def line(self, width: int) -> Line:
        """The bar takes what the words leave."""
        done, whole = self.counts
        words = f"  {done:,} gone through, {whole - done:,} left "
        who = ", ".join(f"{line(name)} {number:,}" for name, number in self.people) if len(self.people) > 1 else ""
        who = f"  {cut(who, width // 3, self.glyphs.more)} " if who and width >= SLIM else ""
        size = max(width - cell_len(words) - cell_len(who) - 1, 0)
        return clip(
            ((" ", ""), *bar(done, whole, size, self.glyphs, "mitigated"), (words, ""), (who, "accent")),
            width,
            self.glyphs.more,
        )
