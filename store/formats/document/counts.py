"""Numbers that a document gives of its items outside the dashboard: in headings, in sentences and in other tables.

They are written only where they agreed with the items before.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from store.enums import RATINGS, Severity, Status
from store.formats.document.dashboard import TOTALS
from store.formats.document.headings import heading_count
from store.formats.document.sections import heading_key
from store.formats.document.tables import change_row, without_emphasis
from store.formats.document.vocabulary import fold
from store.formats.markdown import decode_cell

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from store.formats.document.cells import Words
    from store.formats.document.layout import Layout
    from store.formats.document.model import Item, Register
    from store.formats.document.tables import Table
    from store.formats.lines import Edits

    Group = str | Severity | Status | None
    """What a number counts: the items of a category (its name), a severity or a status, or all of them."""


_NUMBER = re.compile(r"\d{1,6}")
_ALL = TOTALS | {"count", "number", "items", "issues", "risks", "debts", "entries", "anzahl", "nombre", "numero"}
_COUNTED = re.compile(r"(?<![\w.,/-])(?P<number>\d{1,5})\s*(?:[x\u00d7]\s*)?(?=[^\W\d_])")
_PAIR = re.compile(r"(?P<word>[^\W\d_][^:=,;\d]{0,30}?)(?P<mark>\s*[:=]\s*)(?P<number>\d{1,6})")
_OPEN = "open"


class Placed(NamedTuple):
    """An item and the number of the list that it is in."""

    item: Item
    number: int | None


class _Tally:
    """The number of items by two groups that they belong to: a category, a severity, a status, all."""

    def __init__(self, placed: Iterable[Placed], names: Mapping[str, str]) -> None:
        self._counts: Counter[tuple[Group, Group]] = Counter()
        alike = Counter((item.category, item.severity, item.status) for item, _ in placed)
        for (code, severity, status), number in alike.items():
            groups: list[Group] = [None, names.get(code, code), status]
            if severity is not None:
                groups.insert(2, severity)
            for one in groups:
                for other in groups:
                    self._counts[one, other] += number
            if status.is_open:
                for one in groups[:-1]:
                    self._counts[_OPEN, one] += number

    def of(self, one: Group, other: Group = None) -> int:
        """How many items belong to both."""
        return self._counts[one, other]

    def unresolved(self, group: Group) -> int:
        """How many of a group are not resolved."""
        return self._counts[_OPEN, group]


class CountsUpdate:
    """Writes the numbers of a document that agreed with its items and no longer do.

    `targets` are the numbers of the lists that items are in afterwards, by their keys.
    """

    def __init__(
        self,
        edits: Edits,
        layout: Layout,
        imported: Register,
        register: Register,
        targets: Mapping[str, int | None],
    ) -> None:
        self._edits = edits
        self._layout = layout
        self._imported, self._register, self._targets = imported, register, targets
        self._words: Words = layout.words
        self._categories = {section.code: section.name for section in layout.sections}
        self._named = {heading_key(section.name): section.name for section in layout.sections}

    # What counts the items is made once a number of them is found.

    @cached_property
    def _before(self) -> list[Placed]:
        numbers = {key: number for number, each in enumerate(self._layout.lists) for key, _ in each.rows}
        return [Placed(item, numbers.get(item.key)) for item in self._imported.items]

    @cached_property
    def _after(self) -> list[Placed]:
        origins = {category.code: category.origin or category.code for category in self._register.categories}
        return [
            Placed(item if code == item.category else item._replace(category=code), self._targets.get(item.key))
            for item in self._register.items
            for code in (origins[item.category],)
        ]

    @cached_property
    def _old(self) -> _Tally:
        return _Tally(self._before, self._categories)

    @cached_property
    def _new(self) -> _Tally:
        return _Tally(self._after, self._categories)

    def write(self) -> None:
        """Write all of them."""
        self._headings()
        self._sentences()
        known = {each.line for each in (*self._layout.lists, *self._layout.repeated)}
        known |= {dashboard.table.line for dashboard in self._layout.dashboards}
        for table in self._layout.tables:
            if table.line not in known:
                self._table(table)

    def _headings(self) -> None:
        """The numbers in headings: of all items below them, or of those that are not resolved."""
        headings = self._layout.headings
        for at, heading in enumerate(headings):
            if (given := heading_count(heading.text)) is None or heading.end - heading.start != 1:
                continue
            number, start, end = given
            stop = next((h.start for h in headings[at + 1 :] if h.level <= heading.level), len(self._edits.lines))
            lists = self._layout.lists
            inside = {n for n, each in enumerate(lists) if heading.start < each.line < stop}
            if not inside:
                continue
            below = [[p for p in placed if p.number in inside] for placed in (self._before, self._after)]
            totals = [len(each) for each in below]
            unresolved = [sum(p.item.status.is_open for p in each) for each in below]
            right = totals if totals[0] == number else unresolved if unresolved[0] == number else None
            if right and right[1] != number:
                column = self._edits.lines[heading.start].index(heading.text)
                self._edits.splice(heading.start, column + start, column + end, str(right[1]))

    def _sentences(self) -> None:
        """The numbers in paragraphs that count at least two statuses or severities, all of them rightly."""
        inside = [range(each.line, each.last_line + 1) for each in self._layout.lists]
        for block in self._layout.blocks:
            if block.kind != "paragraph" or any(block.start in each for each in inside):
                continue
            found = list(self._counted(block.start, block.end))
            kinds = {type(group) for *_, group in found}
            if len(found) < 2 or len(kinds) != 1:
                continue
            if all(int(self._edits.lines[line][start:end]) == self._old.of(group) for line, start, end, group in found):
                for line, start, end, group in found:
                    if self._new.of(group) != self._old.of(group):
                        self._edits.splice(line, start, end, str(self._new.of(group)))

    def _counted(self, start: int, end: int) -> Iterator[tuple[int, int, int, Group]]:
        """The numbers in some lines before a word for a status or a severity, and where they are."""
        for line in range(start, end):
            text = self._edits.lines[line]
            for match in _COUNTED.finditer(text):
                if (group := self._group(text[match.end() : match.end() + 40])) is not None:
                    yield line, *match.span("number"), group

    def _group(self, text: str) -> Severity | Status | None:
        """The status or severity at the beginning of a text."""
        for found in (self._words.status(text), self._words.severity(text)):
            if found is not None and found.value is not None and found.start == 0:
                return found.value
        return None

    def _meaning(self, text: str) -> tuple[bool, Group]:
        """Whether a header or the name of a row says what is counted, and what."""
        name = without_emphasis(decode_cell(text))
        if (group := self._group(name)) is not None:
            return True, group
        if (category := self._named.get(heading_key(name))) is not None:
            return True, category
        return fold(name) in _ALL, None

    def _table(self, table: Table) -> None:
        """The numbers of a table whose headers and rows say what they count."""
        columns = [self._meaning(name) for name in table.names]
        for row in table.body:
            cells = row.cells
            if not cells:
                continue
            is_known, group = self._meaning(cells[0]) if cells[0].strip() else (True, None)
            if not is_known and len(table.body) > 1:
                continue
            changed = {
                column: source
                for column in range(1, min(len(cells), len(columns)))
                if (source := self._cell(cells[column], columns[column], group)) is not None
            }
            if changed:
                self._edits.replace(row.line, change_row(row, changed, aligned=table.is_aligned(row)))

    def _cell(self, source: str, column: tuple[bool, Group], group: Group) -> str | None:
        """What a cell says now, None where it did not count rightly, or still does."""
        if pairs := _PAIR.findall(source):
            return self._breakdown(source, pairs, group)
        numbers = _NUMBER.findall(source)
        if not column[0] or len(numbers) != 1:
            return None
        number = int(numbers[0])
        old, new = self._old.of(group, column[1]), self._new.of(group, column[1])
        if number != old and column[1] is None and isinstance(group, Severity):
            old, new = self._old.unresolved(group), self._new.unresolved(group)
        return _NUMBER.sub(str(new), source, count=1) if number == old != new else None

    def _breakdown(self, source: str, pairs: Sequence[tuple[str, str, str]], group: Group) -> str | None:
        """A cell such as `High: 1, Medium: 2`, with the words that count something now."""
        read = [(self._group(word.strip(" *_")), mark, int(number)) for word, mark, number in pairs]
        if any(each is None or number != self._old.of(group, each) for each, _, number in read):
            return None
        kind = type(read[0][0])
        kinds: Sequence[Group] = list(Status) if kind is Status else [each for each in RATINGS if each is not None]
        zero = {each for each, _, number in read if not number}
        words = {each: word.strip(" *_") for (each, *_), (word, *_) in zip(read, pairs, strict=True)}
        parts = [
            f"{words.get(each) or self._words.spell(each)}{read[0][1]}{self._new.of(group, each)}"
            for each in kinds
            if isinstance(each, Severity | Status) and (self._new.of(group, each) or each in zero)
        ]
        parts = parts or [f"{pairs[0][0].strip(' *_')}{read[0][1]}0"]
        matches = list(_PAIR.finditer(source))
        lead = matches[0]["word"]
        start = matches[0].start() + len(lead) - len(lead.lstrip(" *_"))
        between = source[matches[0].end() : matches[1].start()] if len(matches) > 1 else ", "
        new = source[:start] + (between if between.strip() else ", ").join(parts) + source[matches[-1].end() :]
        return new if new != source else None
