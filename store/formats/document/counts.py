"""Numbers that a document gives of its items outside the dashboard: in headings, in sentences and in other tables.

An export writes them only where they agreed with the items before; `wrong_counts` finds those that do not.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from store.enums import RATINGS, Severity, Status
from store.errors import quoted
from store.formats.document.dashboard import TOTALS
from store.formats.document.headings import heading_count
from store.formats.document.sections import heading_key
from store.formats.document.tables import change_row, without_emphasis
from store.formats.document.vocabulary import fold
from store.formats.lines import Edits, Notice
from store.formats.markdown import decode_cell

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping, Sequence

    from store.formats.document.cells import Words
    from store.formats.document.layout import Dashboard, Layout
    from store.formats.document.model import Item, Register
    from store.formats.document.outline import Block
    from store.formats.document.tables import Row, Table

    Group = str | Severity | Status | None
    """What a number counts: the items of a category (its name), a severity or a status, or all of them."""


_NUMBER = re.compile(r"\d{1,6}")
_ALL = TOTALS | {"count", "number", "items", "issues", "risks", "debts", "entries", "anzahl", "nombre", "numero"}
_COUNTED = re.compile(r"(?<![\w.,/-])(?P<number>\d{1,5})\s*(?:[x\u00d7]\s*)?(?=[^\W\d_])")
_PAIR = re.compile(r"(?P<word>[^\W\d_][^:=,;\d]{0,30}?)(?P<mark>\s*[:=]\s*)(?P<number>\d{1,6})")
_SAID = re.compile(r"(?P<word>[^\W\d_][^:=,;\d.|\u00b7()]{0,30}?)\s*[:=][\s*_]*(?P<number>\d{1,6})(?![\d/-]|[.,]\d)")
_OPEN = "open"


_NOT_A_COUNT = 1_000
"""A number in parentheses in a heading from which on it is more likely a year."""


class WrongCount(NamedTuple):
    """A number that disagrees with the items: its line (from 0), what it is of, and where it is.

    That is from `start` to `end` in the text of a heading, or the cell in this column of a row.
    """

    line: int
    name: str
    number: int
    right: int
    start: int = 0
    end: int = 0
    row: Row | None = None
    column: int = 0


class _CountedHeading(NamedTuple):
    """A heading with a number: where that is in its text, and how many items, and unresolved ones, are below it."""

    block: Block
    number: int
    start: int
    end: int
    old: tuple[int, int]
    new: tuple[int, int]


def _totals(items: Sequence[Item]) -> tuple[int, int]:
    return len(items), sum(item.status.is_open for item in items)


def wrong_counts(layout: Layout, register: Register) -> list[WrongCount]:
    """The numbers in headings and tables, other than dashboards, that disagree with the items of a document."""
    return list(CountsUpdate(Edits(layout.text), layout, register, register, {}).wrong())


def write_counts(edits: Edits, wrong: Iterable[WrongCount]) -> None:
    """Write the right numbers in place of the wrong ones."""
    rows: dict[int, tuple[Row, dict[int, str]]] = {}
    for each in wrong:
        if each.row is not None:
            source = _NUMBER.sub(str(each.right), each.row.cells[each.column], count=1)
            rows.setdefault(each.line, (each.row, {}))[1][each.column] = source
            continue
        text = edits.lines[each.line]
        at = text.rindex(str(each.number), 0, len(text))
        edits.splice(each.line, at, at + len(str(each.number)), str(each.right))
    for line, (row, cells) in rows.items():
        edits.replace(line, change_row(row, cells))


def count_notices(layout: Layout, register: Register) -> Iterator[Notice]:
    """The numbers outside of dashboards that disagree with the items."""
    for each in wrong_counts(layout, register):
        what = f"{quoted(each.name)} says {each.number}, but the items say {each.right}"
        yield Notice(each.line + 1, what, "wrong-count")


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
        for table in self._count_tables():
            self._table(table)

    def wrong(self) -> Iterator[WrongCount]:
        """The numbers in headings and tables that disagree with the items; the register is the imported one."""
        headings = list(self._counted_headings())
        total = sum(each.number == each.old[0] != each.old[1] for each in headings)
        unresolved = sum(each.number == each.old[1] != each.old[0] for each in headings)
        for each in headings:
            if each.number not in each.old and each.number < _NOT_A_COUNT:
                right = each.old[1 if unresolved > total else 0]
                name = each.block.text[: each.start].rstrip(" ([")
                yield WrongCount(each.block.start, name, each.number, right, each.start, each.end)
        for table in self._count_tables():
            yield from self._wrong_cells(table)

    def _headings(self) -> None:
        """The numbers in headings: of all items below them, or of those that are not resolved."""
        for each in self._counted_headings():
            right = next((new for old, new in zip(each.old, each.new, strict=True) if old == each.number), each.number)
            if right != each.number:
                column = self._edits.lines[each.block.start].index(each.block.text)
                self._edits.splice(each.block.start, column + each.start, column + each.end, str(right))

    def _counted_headings(self) -> Iterator[_CountedHeading]:
        headings = self._layout.headings
        for at, heading in enumerate(headings):
            if (given := heading_count(heading.text)) is None or heading.end - heading.start != 1:
                continue
            stop = next((h.start for h in headings[at + 1 :] if h.level <= heading.level), len(self._edits.lines))
            inside = {n for n, each in enumerate(self._layout.lists) if heading.start < each.line < stop}
            if inside:
                old, new = ([p.item for p in placed if p.number in inside] for placed in (self._before, self._after))
                yield _CountedHeading(heading, *given, _totals(old), _totals(new))

    def _sentences(self) -> None:
        """The numbers in text that count at least two statuses or severities, all of them rightly."""
        inside = [range(each.line, each.last_line + 1) for each in self._layout.lists]
        for block in self._layout.blocks:
            if block.kind not in ("paragraph", "list", "quote") or any(block.start in each for each in inside):
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
        """The numbers in some lines next to a word for a status or a severity, and where they are."""
        for line in range(start, end):
            text = self._edits.lines[line]
            for match in _SAID.finditer(text):
                if (group := self._group(match["word"].strip(" *_"))) is not None:
                    yield line, *match.span("number"), group
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

    def _count_tables(self) -> Iterator[Table]:
        """The tables that may count items."""
        known = {each.line for each in (*self._layout.lists, *self._layout.repeated)}
        known |= {dashboard.table.line for dashboard in self._layout.dashboards}
        yield from (table for table in self._layout.tables if table.line not in known)

    def _counted_rows(self, table: Table) -> Iterator[tuple[Row, list[str], Group]]:
        """The rows of a table whose names say what they count."""
        for row in table.body:
            if not (cells := row.cells):
                continue
            is_known, group = self._meaning(cells[0]) if cells[0].strip() else (True, None)
            if is_known or len(table.body) == 1:
                yield row, cells, group

    def _table(self, table: Table) -> None:
        """The numbers of a table whose headers and rows say what they count."""
        for row, changed in self._changed_cells(table, ()):
            self._edits.replace(row.line, change_row(row, changed, aligned=table.is_aligned(row)))

    def cells_of(self, dashboard: Dashboard) -> dict[int, dict[int, str]]:
        """What the columns of a dashboard that do not count a status say now, by line (from 0) and column."""
        known = {dashboard.name_column, *dashboard.columns.values()}
        return {row.line: changed for row, changed in self._changed_cells(dashboard.table, known)}

    def _changed_cells(self, table: Table, known: Container[int]) -> Iterator[tuple[Row, dict[int, str]]]:
        columns = [self._meaning(name) for name in table.names]
        for row, cells, group in self._counted_rows(table):
            changed = {
                column: source
                for column in range(1, min(len(cells), len(columns)))
                if column not in known and (source := self._cell(cells[column], columns[column], group)) is not None
            }
            if changed:
                yield row, changed

    def _wrong_cells(self, table: Table) -> Iterator[WrongCount]:
        """The numbers of a column that disagree with the items, where at least as many agree."""
        for column in range(1, len(table.names)):
            is_known, counted = self._meaning(table.names[column])
            if not is_known:
                continue
            read: list[tuple[Row, str, int, tuple[int, int]]] = []
            for row, cells, group in self._counted_rows(table):
                if column < len(cells) and (found := _NUMBER.fullmatch(cells[column].strip(" *_`"))):
                    total, rated = self._old.of(group, counted), counted is None and isinstance(group, Severity)
                    right = total, self._old.unresolved(group) if rated else total
                    read.append((row, without_emphasis(decode_cell(cells[0])), int(found[0]), right))
            wrong = [each for each in read if each[2] not in each[3]]
            if len(wrong) * 2 > len(read):
                continue
            unresolved = sum(number == right[1] for _, _, number, right in read)
            which = int(unresolved > sum(number == right[0] for _, _, number, right in read))
            for row, name, said, right in wrong:
                full_name = f"{name}, {table.names[column]}"
                yield WrongCount(row.line, full_name, said, right[which], row=row, column=column)

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
