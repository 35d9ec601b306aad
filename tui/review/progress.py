"""How far a review is: the time that its items take, and what is asked and said about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.text import join_few, number_of, plural
from tui.render.text import line

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from store.queries.items import ItemDetail
    from store.review.queries import QueueRow, ReviewRow


def still_open(review: ReviewRow) -> tuple[str, str]:
    """Two sentences about a review that has not ended: which it is, and how far it is."""
    started = f"{line(review.started_by)} started it {review.started:%Y-%m-%d %H:%M} UTC"
    done = f"{review.decided:,} of {number_of(len(review.queue), 'item')} reviewed"
    return f"Review {review.number}, {line(review.title)}, is still open.", f"{started}; {done}."


def so_far(review: ReviewRow) -> str:
    """`Review 1: 6 of 15 reviewed`."""
    return f"Review {review.number}: {review.decided:,} of {len(review.queue):,} reviewed"


def ending(review: ReviewRow) -> str:
    """The question before a review is ended."""
    left, whole = review.left, len(review.queue)
    if not left:
        return f"End review {review.number}? All of its items are decided."
    return f"End review {review.number}? {left:,} of {number_of(whole, 'item')} {plural(left, 'is', 'are')} undecided."


def acceptance_ended(item: ItemDetail) -> str:
    """What is asked about when an item is kept whose acceptance has ended."""
    return f"The acceptance of {line(item.key)} ended on {item.accepted_until}."


def already_reviewed(rows: Sequence[QueueRow], actor: str) -> str:
    """Which of some items others than the actor have reviewed, and who; empty if there are none."""
    theirs = [row for row in rows if row.decided_by not in (None, actor)]
    people = tuple(dict.fromkeys(line(row.decided_by) for row in theirs))
    have = plural(len(people), "has", "have")
    return f"{join_few(people)} {have} reviewed {join_few([line(row.key) for row in theirs])}" if theirs else ""


def back_to_skipped(review: ReviewRow) -> str:
    """The message where the skipped items come again."""
    return f"back to the items you skipped: {review.left:,} left"


def next_undecided(review: ReviewRow, at: int) -> int:
    """The index of the undecided item after `at`, starting again after the last one; `at` if there is none."""
    return next((each for each in _after(review, at) if review.queue[each].decided_at is None), at)


def passed_over(review: ReviewRow, start: int, end: int) -> list[int]:
    """The indexes between two places in a queue, as one goes through it."""
    order = _after(review, start)
    return order[: order.index(end)]


def _after(review: ReviewRow, at: int) -> list[int]:
    return [(at + step) % len(review.queue) for step in range(1, len(review.queue) + 1)]


class Stopwatch:
    """Measures seconds by item while one is on the screen; what was taken counts no more."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._spent: dict[int, float] = {}
        self._at: int | None = None
        self._since = 0.0

    def turn_to(self, at: int | None) -> None:
        """Another item is on the screen, or none."""
        now = self._clock()
        if self._at is not None:
            self._spent[self._at] = self._spent.get(self._at, 0.0) + now - self._since
        self._at, self._since = at, now

    def of(self, at: int) -> float:
        """The seconds of an item."""
        self.turn_to(self._at)
        return self._spent.get(at, 0.0)

    @property
    def total(self) -> float:
        """The seconds of all items."""
        self.turn_to(self._at)
        return sum(self._spent.values())

    def add(self, at: int, seconds: int) -> None:
        """Add seconds to those of an item, or take some away."""
        self._spent[at] = max(self.of(at) + seconds, 0.0)

    def take(self, at: int) -> int:
        """The whole seconds of an item, which starts again at 0."""
        seconds = int(self.of(at))
        self._spent.pop(at, None)
        return seconds


def clock_words(seconds: float) -> str:
    """`0:41`, `12:03`, `1:02:03`."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
