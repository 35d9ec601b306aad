"""Collects changes to the lines of a document and applies them at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from store.formats.document.text import Text


class Edits:
    """Changes to a text by the numbers its lines had; they may come in any sequence."""

    def __init__(self, text: Text) -> None:
        self._text = text
        self._changed: dict[int, tuple[str, ...]] = {}
        self._after: dict[int, list[tuple[int, tuple[str, ...]]]] = {}
        self._before: dict[int, tuple[str, ...]] = {}
        self._order: list[int] = list(range(len(text.lines)))

    def line(self, number: int) -> str:
        """A line as it stands now (the first one where it has become several)."""
        return self._changed.get(number, (self._text.lines[number],))[0]

    def replace(self, number: int, *lines: str) -> None:
        """Put these lines (none removes it) in the place of one."""
        self._changed[number] = lines

    def remove(self, start: int, end: int) -> None:
        """Remove the lines `start` up to, not including, `end`."""
        for number in range(start, end):
            self._changed[number] = ()

    def is_removed(self, number: int) -> bool:
        """Whether a line is removed."""
        return self._changed.get(number) == ()

    def insert(self, after: int, lines: Iterable[str], *, rank: int = 0) -> None:
        """Add lines behind one (-1: before the first), behind those of a lower or the same rank."""
        if added := tuple(lines):
            self._after.setdefault(after, []).append((rank, added))

    def prefix(self, number: int, lines: Iterable[str]) -> None:
        """Put lines before one, so that they move with it."""
        self._before[number] = (*self._before.get(number, ()), *lines)

    def permute(self, slots: Sequence[range], wanted: Sequence[int]) -> None:
        """Put the lines of `slots[wanted[i]]` in the place of those of `slots[i]`; slots are ranges in rising order."""
        homes = {number: index for index, slot in enumerate(slots) for number in slot}
        bodies: list[list[int]] = [[] for _ in slots]
        starts: dict[int, int] = {}
        for place, number in enumerate(self._order):
            if (index := homes.get(number, -1)) >= 0:
                if not bodies[index]:
                    starts[place] = index
                bodies[index].append(number)
        order: list[int] = []
        place = 0
        while place < len(self._order):
            if place in starts:
                index = starts[place]
                order += bodies[wanted[index]]
                place += len(bodies[index])
            else:
                order.append(self._order[place])
                place += 1
        self._order = order

    def text(self) -> str:
        """The text with every change applied; new lines take the text's own line end, and so does its last line."""
        lines: list[tuple[str, str]] = []
        end = self._text.end
        for number in (-1, *self._order):
            if number >= 0:
                own = self._text.ends[number] or end
                lines += [(line, end) for line in self._before.get(number, ())]
                changed = self._changed.get(number)
                lines += [(self._text.lines[number], own)] if changed is None else [(line, own) for line in changed]
            for _, added in sorted(self._after.get(number, ()), key=lambda pair: pair[0]):
                lines += [(line, end) for line in added]
        if not self._text.closed:
            while len(lines) > 1 and not lines[-1][0] and self._text.lines[-1]:
                lines.pop()
            lines[-1:] = [(line, "") for line, _ in lines[-1:]]
        body = "".join(line + own for line, own in lines)
        return self._text.mark + body
