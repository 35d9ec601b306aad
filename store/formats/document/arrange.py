"""Merges the lines of three versions of a document; parts that are known by name are found again wherever they are."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from store.formats.document.places import COUNT, EDGE, HEADERS, ITEM, OF_CATEGORY, Landmark, is_derived, landmarks
from store.formats.document.tables import Row, change_row, without_emphasis
from store.formats.line_merge import OneSided, merged, resolved
from store.formats.lines import Text
from store.formats.markdown import BLANK, split_row

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from store.formats.document.reader import ParsedTexts
    from store.formats.line_merge import Side

Element = str | Landmark
"""A line, or a part that is known by name in place of its lines."""
_PADDING = re.compile(r"[ \t]*\|[ \t]*")


def unpadded(lines: Iterable[str]) -> list[str]:
    """Lines without the blanks around cells."""
    return [_PADDING.sub("|", line.strip(BLANK)) if "|" in line else line for line in lines]


class Line(NamedTuple):
    """A line and its end."""

    text: str
    end: str


Piece = tuple[Element, Line | None]
"""An element of a document, and its line where it is one."""


class Version:
    """A document as a sequence of lines and of parts that are known by name.

    `headers` are the header rows of the table that each item is in.
    """

    def __init__(self, text: str, codes: Mapping[str, str], texts: ParsedTexts) -> None:
        self.text = Text.of(text)
        lines = [Line(*each) for each in zip(self.text.lines, self.text.ends, strict=True)]
        self.elements: list[Element] = []
        self.lines: list[Line | None] = []
        self.parts: dict[Landmark, list[Line]] = {}
        self.headers: dict[Landmark, Landmark] = {}
        at, header = 0, None
        for found, place in (landmarks(texts.parse(text).layout) if text else {}).items():
            landmark = (found[0], codes.get(found[1], found[1]), *found[2:]) if found[0] in OF_CATEGORY else found
            self._add_lines(lines[at : place.start])
            self.elements.append(landmark)
            self.lines.append(None)
            self.parts[landmark] = lines[place.start : place.stop]
            at = place.stop
            if landmark[0] in HEADERS:
                header = landmark
            elif landmark[0] in (ITEM, COUNT) and header:
                self.headers[landmark] = header
        self._add_lines(lines[at:])

    def _add_lines(self, lines: Sequence[Line]) -> None:
        self.elements += [line.text for line in lines]
        self.lines += lines

    def has_same(self, landmark: Landmark, other: Version) -> bool:
        """Whether a part reads the same in another version, but for the blanks around cells."""
        mine, theirs = self.parts.get(landmark), other.parts.get(landmark)
        return mine is not None and theirs is not None and _texts(mine) == _texts(theirs)

    def arranged(self, alive: Collection[Landmark], donors: Sequence[tuple[Version, Collection[Landmark]]]) -> _Chain:
        """The elements with every part that is alive: each that is missing here comes after the one before it there.

        With each donor come the parts that only the other side added: what is new there goes after them.
        """
        chain = _Chain()
        for element, line in zip(self.elements, self.lines, strict=True):
            if isinstance(element, str) or element in alive:
                chain.append(element, line)
        for donor, skipped in donors:
            last: Landmark | None = None
            for element in donor.elements:
                if isinstance(element, tuple) and element in alive:
                    if element not in chain.places:
                        chain.insert(element, after=last, skipped=skipped)
                    last = element
        return chain


def _texts(lines: Iterable[Line]) -> list[str]:
    return unpadded(line.text for line in lines)


class _Chain:
    """Elements in an order that more can be put between."""

    def __init__(self) -> None:
        self.places: dict[Landmark, int] = {}
        self._elements: list[Element] = [""]
        self._lines: list[Line | None] = [None]
        self._next = [0]
        self._last = 0

    def append(self, element: Element, line: Line | None) -> None:
        self._last = self._put(self._last, element, line)

    def insert(self, landmark: Landmark, *, after: Landmark | None, skipped: Collection[Landmark]) -> None:
        """Put a part after another one, or where the first of all is, and after those of `skipped` that follow it.

        A row belongs to the table before it, so that it goes before any line that follows; other parts go after those.
        """
        place = self.places[after] if after else self._before_first()
        following = self._next[place]
        while following:
            element = self._elements[following]
            if element in skipped:
                place = following
            elif isinstance(element, tuple) or landmark[0] in (ITEM, COUNT):
                break
            following = self._next[following]
        added = self._put(place, landmark, None)
        self._last = added if place == self._last else self._last

    def _before_first(self) -> int:
        place = 0
        while self._next[place] and isinstance(self._elements[self._next[place]], str):
            place = self._next[place]
        return place

    def _put(self, place: int, element: Element, line: Line | None) -> int:
        self._elements.append(element)
        self._lines.append(line)
        self._next.append(self._next[place])
        self._next[place] = number = len(self._elements) - 1
        if isinstance(element, tuple):
            self.places[element] = number
        return number

    def __iter__(self) -> Iterator[Piece]:
        place = self._next[0]
        while place:
            yield self._elements[place], self._lines[place]
            place = self._next[place]


class Arrangement(NamedTuple):
    """A merged text, and its parts in order; of some of them the text has no lines."""

    text: str
    order: tuple[Landmark, ...]


class Merger:
    """Merges a document that two people changed; the base is empty where there was none before.

    `codes` are what the codes of categories in the base and in theirs are in ours.
    """

    def __init__(self, base: str, ours: str, theirs: str, codes: Mapping[str, str], texts: ParsedTexts) -> None:
        base, ours, theirs = _with_same_ends(base, ours, theirs)
        self._base, self._theirs = Version(base, codes, texts), Version(theirs, codes, texts)
        self._ours = Version(ours, {}, texts)
        self._sides = {"ours": self._ours, "theirs": self._theirs}

    def arrange(self, items: Collection[Landmark], *, prefer: Side) -> Arrangement:
        """The merged text with these items; lines that both changed differently are as the preferred side has them."""
        alive = {*items, *(each for each in self._all_parts() if each[0] != ITEM and self._lives(each, prefer))}
        new = [
            {each for each in mine.parts if each not in other.parts and each not in self._base.parts}
            for mine, other in ((self._ours, self._theirs), (self._theirs, self._ours))
        ]
        donors = [(self._ours, frozenset[Landmark]()), (self._theirs, new[0]), (self._base, frozenset[Landmark]())]
        base, ours, theirs = (
            list(version.arranged(alive, [each for each in donors if each[0] is not version]))
            for version in (self._base, self._ours, self._theirs)
        )
        lines, order = self._lines(self._merged(base, ours, theirs, prefer), prefer)
        return Arrangement(self._joined(lines), tuple(order))

    def _merged(
        self, base: Sequence[Piece], ours: Sequence[Piece], theirs: Sequence[Piece], prefer: Side
    ) -> Iterator[Piece]:
        """The merged sequence. Parts that both moved to other places are where we moved them."""
        sides = {"ours": ours, "theirs": theirs}
        for each in merged(*([element for element, _ in side] for side in (base, ours, theirs))):
            if isinstance(each, OneSided):
                yield sides[each.side][each.number]
                continue
            mine, yours = [ours[number] for number in each.ours], [theirs[number] for number in each.theirs]
            if all(line is None for _, line in (*mine, *yours)):
                yield from (*mine, *yours)
            else:
                yield from mine if prefer == "ours" else yours

    def _all_parts(self) -> dict[Landmark, None]:
        return dict.fromkeys((*self._ours.parts, *self._theirs.parts, *self._base.parts))

    def _lives(self, landmark: Landmark, prefer: Side) -> bool:
        """Whether a part that is not an item stays: one that was removed stays where the preferred side changed it."""
        ours, theirs = landmark in self._ours.parts, landmark in self._theirs.parts
        if landmark not in self._base.parts or (ours and theirs):
            return ours or theirs
        return (
            landmark in self._sides[prefer].parts
            and not is_derived(landmark)
            and not self._sides[prefer].has_same(landmark, self._base)
        )

    def _lines(self, elements: Iterable[Piece], prefer: Side) -> tuple[list[Line], dict[Landmark, None]]:
        """The lines of a merged sequence, and its parts in order. A part may occur twice: the first one counts."""
        lines: list[Line] = []
        order: dict[Landmark, None] = {}
        header: list[Line] = []
        for element, line in elements:
            if line is not None:
                lines.append(line)
            elif isinstance(element, tuple) and element not in order:
                order[element] = None
                part = self._part(element, header, prefer)
                lines += part
                if element[0] in HEADERS:
                    header = part
        return lines, order

    def _part(self, landmark: Landmark, header: Sequence[Line], prefer: Side) -> list[Line]:
        """The lines of a part; none for an item that no side has under the columns of this header."""
        versions = [
            version.parts.get(landmark) if self._fits(version, landmark, header) else None
            for version in (self._base, self._ours, self._theirs)
        ]
        base, ours, theirs = versions
        if ours is None or theirs is None:
            found = ours or theirs or base or []
            return self._counts(landmark, header) if not found and landmark[0] == COUNT else found
        texts = [[line.text for line in each or ()] for each in versions]
        if texts[2] in (texts[0], texts[1]) and base is not None:
            return ours
        if texts[1] == texts[0]:
            return theirs
        if landmark[0] in HEADERS:
            # The columns of one side; those of the other are added where values need them.
            return ours
        if landmark[0] == EDGE and base is None:
            return ours if _quoteless(texts[1]) == _quoteless(texts[2]) else [*ours, *theirs]
        if all(len(each) < 2 for each in texts) and "|" in texts[1][0]:
            row = _merged_row(*("".join(each) for each in texts), prefer=prefer)
            if row is not None:
                return [Line(row, ours[0].end)]
        sides = {"ours": ours, "theirs": theirs}
        return [sides[side][number] for side, number in resolved(*texts, prefer=prefer)]

    def _counts(self, landmark: Landmark, header: Sequence[Line]) -> list[Line]:
        """A row of numbers that no side has under this header; what they are is corrected afterwards."""
        parts = (version.parts.get(landmark) for version in (self._ours, self._theirs))
        text, end = next(part[0] for part in parts if part)
        head, cells, tail = split_row(text)
        columns = len(split_row(header[0].text)[1]) if header else len(cells)
        row = [*cells, *[" 0 "] * (columns - len(cells))][:columns]
        return [Line(head + "|".join(row) + tail, end)]

    def _fits(self, version: Version, landmark: Landmark, header: Sequence[Line]) -> bool:
        """Whether the columns of a part are those of a header."""
        own = version.headers.get(landmark)
        return own is None or _texts(version.parts[own])[:1] == _texts(header)[:1]

    def _joined(self, lines: Sequence[Line]) -> str:
        """A text of these lines, with a byte order mark and an end of its last line where the merge has them."""
        base, ours, theirs = self._base.text, self._ours.text, self._theirs.text
        bom = theirs.bom if ours.bom == base.bom else ours.bom
        closed = theirs.closed if ours.closed == base.closed else ours.closed
        text = "".join(line.text + (line.end or ours.end) for line in lines)
        return bom + (text if closed or not lines else text.removesuffix(lines[-1].end or ours.end))


def _quoteless(lines: Iterable[str]) -> list[str]:
    return ["".join(line.replace('"', "").split()) for line in lines]


def _merged_row(base: str, ours: str, theirs: str, *, prefer: Side) -> str | None:
    """A row of a table merged by cells, None where it has not as many on both sides; the base is empty if it is new."""
    rows = [split_row(row)[1] for row in (base, ours, theirs)]
    if len(rows[1]) != len(rows[2]):
        return None
    # A cell that was not there is like no other.
    former = rows[0] if len(rows[0]) == len(rows[1]) else ["|"] * len(rows[1])
    cells = []
    padded = False
    for was, mine, yours in zip(former, rows[1], rows[2], strict=True):
        before, here, there = (cell.strip(BLANK) for cell in (was, mine, yours))
        padded = padded or (here == before and mine != was)
        if there in (before, here) or (here != before and without_emphasis(here) == without_emphasis(there)):
            cells.append(here)
        elif here == before:
            cells.append(there)
        else:
            cells.append(here if prefer == "ours" else there)
    # The row of the side that gave it another layout, with the cells that differ in it.
    layout = Row(0, ours if padded else theirs)
    return change_row(layout, {at: cell for at, cell in enumerate(cells) if cell != layout.cells[at]})


def _with_same_ends(base: str, ours: str, theirs: str) -> tuple[str, str, str]:
    """Three texts with the line ends of the side that changed them."""
    ends = [Text.of(text).end for text in (base, ours, theirs)]
    wanted = ends[2] if ends[1] == ends[0] else ends[1]
    return _ended(base, wanted), _ended(ours, wanted), _ended(theirs, wanted)


def _ended(text: str, end: str) -> str:
    """The text with these line ends; unchanged where it has several."""
    parts = Text.of(text)
    if not {*parts.ends} <= {parts.end, ""}:
        return text
    return parts.bom + end.join(parts.lines) + (end if parts.closed else "")
