"""The writes of one person, one after another in the order asked for, each based on what the one before it left."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Mapping

    from store.fields import FieldValue
    from store.queries.items import WrittenRow


class Expectation(Protocol):
    """What a person saw of the items that they are about to change."""

    def expect(self, key: str, values: Mapping[str, FieldValue | int]) -> None:
        """Take in what the person's own write left in fields of an item."""


class WriteQueue:
    """A queue for writes, and a memory of what they left for as long as the screen may show what was before them.

    A write is checked against what its user saw. What the user's own earlier write left counts as seen, also while
    the screen has not caught up: a conflict is someone else's change and nothing else.
    """

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self.asked = 0
        """The number of writes requested so far."""
        self._waiting: list[Expectation] = []
        self._followers: list[Expectation] = []
        self._left: dict[str, tuple[int, dict[str, FieldValue | int]]] = {}

    @property
    def is_busy(self) -> bool:
        """Whether a write waits or is under way."""
        return bool(self._waiting) or self._lock.locked()

    def follow(self, follower: Expectation) -> None:
        """Notify a follower of the values that each later write leaves."""
        self._followers.append(follower)

    @asynccontextmanager
    async def turn(self, seen: Expectation) -> AsyncIterator[None]:
        """Wait for all writes before, then keep later ones waiting; `seen` takes in what the others leave."""
        self.asked += 1
        self._waiting.append(seen)
        try:
            async with self._lock:
                yield
        finally:
            self._waiting.remove(seen)

    async def drained(self) -> None:
        """Wait until all writes asked for so far are done."""
        async with self._lock:
            return

    def wrote(self, rows: Iterable[WrittenRow], number: int) -> None:
        """Remember what a write left; `number`: how many writes there were up to this one."""
        for row in rows:
            values: dict[str, FieldValue | int] = {**row.values, "version": row.version}
            before = self._left.get(row.key, (0, {}))[1]
            self._left[row.key] = (number, before | values)
            for seen in (*self._waiting, *self._followers):
                seen.expect(row.key, values)

    def left(self, key: str) -> Mapping[str, FieldValue | int]:
        """What own writes left in an item's fields that the screen may not show yet."""
        return self._left.get(key, (0, {}))[1]

    def shown(self, number: int) -> None:
        """The screen shows what the first `number` writes left, and what others wrote since."""
        self._left = {key: left for key, left in self._left.items() if left[0] > number}
