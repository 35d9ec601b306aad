"""Lines of two and of three texts: which are the same, where they differ, and merging what two people changed."""

from __future__ import annotations

from collections import Counter
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeVar

from store.formats.document.diff import in_order

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Sequence

T = TypeVar("T", bound="Hashable")

_SMALL = 40_000
"""The most pairs of elements that are compared each with each, where none is unique."""


def matches(one: Sequence[T], other: Sequence[T]) -> list[tuple[int, int]]:
    """The numbers of the elements that both have in the same order, in ascending order.

    Elements that each has once come first, so that a moved paragraph is not torn apart for the sake of blank lines.
    """
    found: list[tuple[int, int]] = []
    todo = [(0, len(one), 0, len(other))]
    while todo:
        start, end, first, last = todo.pop()
        while start < end and first < last and one[start] == other[first]:
            found.append((start, first))
            start, first = start + 1, first + 1
        while start < end and first < last and one[end - 1] == other[last - 1]:
            end, last = end - 1, last - 1
            found.append((end, last))
        if start == end or first == last:
            continue
        anchors = _anchors(one, other, range(start, end), range(first, last))
        if not anchors and (end - start) * (last - first) <= _SMALL:
            matcher = SequenceMatcher(None, one[start:end], other[first:last], autojunk=False)
            for block in matcher.get_matching_blocks():
                found += [(start + block.a + at, first + block.b + at) for at in range(block.size)]
        elif anchors:
            for here, there in anchors:
                todo.append((start, here, first, there))
                start, first = here, there
            todo.append((start, end, first, last))
    return sorted(found)


def _anchors(one: Sequence[T], other: Sequence[T], here: range, there: range) -> list[tuple[int, int]]:
    """The elements that are unique in both ranges, as far as they are in the same order."""
    counts, others = Counter(one[number] for number in here), Counter(other[number] for number in there)
    places = {other[number]: number for number in there if others[other[number]] == 1}
    pairs = [(number, places[one[number]]) for number in here if counts[one[number]] == 1 and one[number] in places]
    staying = in_order([place for _, place in pairs])
    return [pair for number, pair in enumerate(pairs) if number in staying]


class Change(NamedTuple):
    """The elements `old` of one text that are the elements `new` of another."""

    old: range
    new: range


def changes(one: Sequence[T], other: Sequence[T]) -> Iterator[Change]:
    """Where two sequences differ."""
    at = to = 0
    for here, there in [*matches(one, other), (len(one), len(other))]:
        if at < here or to < there:
            yield Change(range(at, here), range(to, there))
        at, to = here + 1, there + 1


def hunks(one: Sequence[str], other: Sequence[str], found: Iterable[Change], *, context: int = 1) -> list[str]:
    """Some of the changes between two texts as the lines of a unified diff."""
    groups: list[list[Change]] = []
    for change in found:
        if groups and change.old.start - groups[-1][-1].old.stop <= 2 * context:
            groups[-1].append(change)
        else:
            groups.append([change])
    lines = []
    for group in groups:
        before = min(context, group[0].old.start)
        after = min(context, len(one) - group[-1].old.stop)
        old = range(group[0].old.start - before, group[-1].old.stop + after)
        new = range(group[0].new.start - before, group[-1].new.stop + after)
        lines.append(f"@@ -{_place(old)} +{_place(new)} @@")
        at = old.start
        for change in group:
            lines += [f" {one[number]}" for number in range(at, change.old.start)]
            lines += [f"-{one[number]}" for number in change.old]
            lines += [f"+{other[number]}" for number in change.new]
            at = change.old.stop
        lines += [f" {one[number]}" for number in range(at, old.stop)]
    return lines


def _place(lines: range) -> str:
    start = lines.start + 1 if lines else lines.start
    return f"{start}" if len(lines) == 1 else f"{start},{len(lines)}"


Side = Literal["ours", "theirs"]


class OneSided(NamedTuple):
    """An element of the sequence of one side."""

    side: Side
    number: int


class Conflict(NamedTuple):
    """Elements that two people changed differently: their ranges on both sides."""

    ours: range
    theirs: range


def merged(base: Sequence[T], ours: Sequence[T], theirs: Sequence[T]) -> Iterator[OneSided | Conflict]:
    """The elements of a three-way merge in order; what both have is as ours."""
    mine, yours = dict(matches(base, ours)), dict(matches(base, theirs))
    shared = [(number, mine[number], yours[number]) for number in mine if number in yours]
    at = (0, 0, 0)
    for place in [*shared, (len(base), len(ours), len(theirs))]:
        before, here, there = (range(start, end) for start, end in zip(at, place, strict=True))
        elements = [base[number] for number in before]
        own, other = [ours[number] for number in here], [theirs[number] for number in there]
        if other in (elements, own):
            yield from (OneSided("ours", number) for number in here)
        elif own == elements:
            yield from (OneSided("theirs", number) for number in there)
        else:
            yield Conflict(here, there)
        if place[0] < len(base):
            yield OneSided("ours", place[1])
        at = (place[0] + 1, place[1] + 1, place[2] + 1)


def resolved(base: Sequence[T], ours: Sequence[T], theirs: Sequence[T], *, prefer: Side) -> Iterator[OneSided]:
    """The elements of a three-way merge in which every conflict is resolved in favor of a side."""
    for each in merged(base, ours, theirs):
        if isinstance(each, OneSided):
            yield each
        else:
            yield from (OneSided(prefer, number) for number in getattr(each, prefer))
