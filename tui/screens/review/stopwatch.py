"""How long people talk about each item of a review."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


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
        """Let an item have so many seconds more, or fewer."""
        self._spent[at] = max(self.of(at) + seconds, 0.0)

    def take(self, at: int) -> int:
        """The whole seconds of an item, which begins anew."""
        seconds = int(self.of(at))
        self._spent.pop(at, None)
        return seconds


def clock_words(seconds: float) -> str:
    """`00:41`, `12:03`, `1:02:03`."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes:02}:{rest:02}"
