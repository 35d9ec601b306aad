"""Finds the lists of items in a document: tables, headings and list entries, and the categories that they are in."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from store.enums import Severity, Status
from store.fields import is_key
from store.formats.document.cells import is_nothing, struck
from store.formats.document.columns import (
    HYPHENS,
    STRONG,
    TEXTS,
    describes_items,
    is_legend,
    missing_for_items,
    roles_of,
    say_title,
    without_weak_severity,
)
from store.formats.document.entries import Entries, Entry, _Body, read_heading, read_list_entry
from store.formats.document.headings import HeadingContext, is_skipped, meaning, read_head, without_numbering
from store.formats.document.sections import code_of, new_section
from store.formats.document.tables import without_emphasis
from store.formats.document.vocabulary import fold
from store.formats.markdown import decode_cell
from store.text import name_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from store.formats.document.cells import Words
    from store.formats.document.headings import Head
    from store.formats.document.layout import Section
    from store.formats.document.outline import Block
    from store.formats.document.rules import ReadingRules
    from store.formats.document.tables import Table


_LEAD = re.compile(r"(?:\*\*|__)(?P<bold>[^*_]{1,60})(?:\*\*:?|__:?)|(?P<plain>[^*_:]{1,40}):")
_STRONG_KEY = re.compile(r"(?P<name>[A-Za-z]+)(?:[-_][A-Za-z0-9]+)*[-_]\d+")
_COUNTED = frozenset(
    {
        *("phase", "sprint", "week", "step", "part", "day", "version", "release", "milestone", "section", "chapter"),
        *("stage", "wave", "iteration", "adr", "utf", "sha", "iso"),
    }
)
"""What is numbered like an item, and is not one."""
_ABOUT = frozenset(
    {
        *("about", "about this document", "document info", "document information", "metadata", "overview", "summary"),
        *(
            "introduction",
            "purpose",
            "scope",
            "review cadence",
            "cadence",
            "how to use",
            "how to read this",
            "template",
        ),
        *(
            "example",
            "examples",
            "uberblick",
            "zusammenfassung",
            "resume",
            "resumen",
            "resumo",
            "sommario",
            "samenvatting",
        ),
    }
)
"""The folded names of sections about the document."""
_DEBTS = re.compile(
    r"\b(?:debts?|issues?|risks?|shortcuts?|workarounds?|todos?|backlog|schulden?|risiken|dettes?|risques?|deudas?|riesgos?|"
    r"dividas?|riscos?|debit[oi]|rischi|schulden|gjeld|skulder?|gaeld|velka|velat)\b"
)


_COUNTED_HEADING = re.compile(r"(?P<count>\d{1,3})[.)]\s+\S")
_TARGET = re.compile(r"\]\([^()]*\)")


class NotTaken(NamedTuple):
    """A table that looks like a list of items and is not taken for one: its line (from 0), why, and what to do."""

    line: int
    what: str
    remedy: str


class ItemLists(NamedTuple):
    """The lists of items in document order, their categories, and the tables that look like one and are not taken."""

    sections: list[Section]
    lists: list[Table | Entries]
    repeated: list[Table]
    not_taken: list[NotTaken]


class _Under(NamedTuple):
    """A heading and what it means: a severity or a status, or that its section never lists items."""

    heading: Block
    end: int
    parents: tuple[int, ...]
    meaning: Severity | Status | None
    skipped: bool
    direct: tuple[Block, ...]


def find_item_lists(
    lines: Sequence[str], blocks: Sequence[Block], tables: Mapping[int, Table], rules: ReadingRules, words: Words
) -> ItemLists:
    """The lists of items of a document; `tables` are all of its tables by their first line."""
    return _Finder(lines, blocks, tables, rules, words).found()


class _Finder:
    def __init__(
        self,
        lines: Sequence[str],
        blocks: Sequence[Block],
        tables: Mapping[int, Table],
        rules: ReadingRules,
        words: Words,
    ) -> None:
        self._lines, self._blocks, self._tables, self._rules, self._words = lines, blocks, tables, rules, words
        self._sections: dict[tuple[str, str | None], Section] = {}
        self._numbers: dict[tuple[str, str | None], int] = {}
        self._title = next((b for b in blocks if b.kind == "heading" and b.level == 1), None)
        self._starts = [block.start for block in blocks]
        self._key_names = {name_of for table in tables.values() for name_of in _key_names(table)}
        self._inside = set[int]()
        self._lists = list(self._whole_lists())
        self._headings = list(self._annotated())

    def found(self) -> ItemLists:
        if self._rules.reference_only:
            taken: list[tuple[int, Table | Entries]] = [
                (t.line, t) for t in self._tables.values() if t.columns.is_reference
            ]
            entries: dict[int, Entry] = {}
            items = _Ranges(entries)
        else:
            item_tables = {line: table for line, table in self._tables.items() if self._lists_items(table)}
            entries = self._heading_items(item_tables)
            items = _Ranges(entries)
            item_tables = {line: table for line, table in item_tables.items() if not items.cover(line)}
            entries = self._without_repeated(entries, item_tables)
            items = _Ranges(entries)
            taken = list(item_tables.items())
            taken += [(each.line, each) for each in self._heading_lists(entries)]
            taken += self._entry_lists(taken, items)
            if not taken:
                taken += self._entry_lists(taken, items, last_resort=True)
            if not taken:
                entries = self._numbered_items()
                taken += [(each.line, each) for each in self._heading_lists(entries)]
        taken.sort(key=lambda each: each[0])
        lists = [each for _, each in taken]
        repeated = [] if self._rules.reference_only else self._repeated(lists)
        repeating = {table.line for table in repeated}
        lists = [each for each in lists if each.line not in repeating]
        placed = [self._placed(each, number) for number, each in enumerate(lists)]
        lines = {each.line for each in (*lists, *repeated)}
        others = [table for line, table in self._tables.items() if line not in lines]
        others = [table for table in others if not items.cover(table.line)]
        not_taken = list(_not_taken(others, anything=not lists))
        return ItemLists(list(self._sections.values()), placed, repeated, not_taken)

    def _annotated(self) -> Iterator[_Under]:
        """Every heading with its parents, by their numbers."""
        stack: list[tuple[int, Block]] = []
        headings = [block for block in self._blocks if block.kind == "heading"]
        direct: dict[int, list[Block]] = {}
        last = -1
        for block in self._blocks:
            if block.kind == "heading":
                last = block.start
            direct.setdefault(last, []).append(block)
        skipped: dict[int, bool] = {}
        for number, heading in enumerate(headings):
            while stack and stack[-1][1].level >= heading.level:
                stack.pop()
            parents = tuple(index for index, _ in stack)
            skips = any(skipped[index] for index in parents) or is_skipped(heading.text)
            skipped[number] = skips
            own = tuple(direct.get(heading.start, ())[1:])
            is_category = (
                heading is self._title or self._rules.reference_only or code_of(self._lines, own)[0] is not None
            )
            says = None if is_category or self._names_keys(heading.text) else meaning(heading.text, self._words)
            stack.append((number, heading))
            end = in_section_end(headings, number, len(self._lines))
            yield _Under(heading, end, parents, says, skips, own)

    def _names_keys(self, text: str) -> bool:
        """Whether a heading begins with a code as keys in tables do: `P3` where there is a key `P2-14`."""
        first = without_numbering(text).split(maxsplit=1)[:1]
        code = first[0].strip("*_`:[]()").casefold() if first and self._key_names else ""
        return len(code) == 2 and code[1:].isdigit() and code[:1] in self._key_names

    def _above(self, line: int) -> int | None:
        """The number of the last heading before a line."""
        low, high = 0, len(self._headings)
        while low < high:
            middle = (low + high) // 2
            if self._headings[middle].heading.start <= line:
                low = middle + 1
            else:
                high = middle
        return low - 1 if low else None

    def _chain(self, line: int) -> list[_Under]:
        """The headings that a line is under, the nearest first."""
        number = self._above(line)
        if number is None:
            return []
        own = self._headings[number]
        return [own, *(self._headings[parent] for parent in reversed(own.parents))]

    def _says(self, line: int) -> tuple[Severity | None, Status | None]:
        """The severity and the status that the headings above a line say."""
        said = [self._lead(line), *(under.meaning for under in self._chain(line))]
        severity = next((each for each in said if isinstance(each, Severity)), None)
        return severity, next((each for each in said if isinstance(each, Status)), None)

    def _lead(self, line: int) -> Severity | Status | None:
        """What a line in bold, or one that ends with a colon, says about the list or table right below it."""
        at = bisect_left(self._starts, line) - 1
        block = self._blocks[at] if at >= 0 else None
        if block is None or block.kind != "paragraph" or block.end - block.start != 1:
            return None
        match = _LEAD.fullmatch(self._lines[block.start].strip())
        return meaning(match["bold"] or match["plain"], self._words) if match else None

    def _lists_items(self, table: Table) -> bool:
        if table.columns.is_reference:
            return True
        chain = self._chain(table.line)
        if "key" not in table.columns.fields and any(under.skipped for under in chain):
            return False
        placed = any(self._says(table.line))
        rows = [row.cells for row in table.body[:50]]
        return describes_items(table.columns, table.names, rows, placed=placed)

    def _heading_items(self, tables: Mapping[int, Table]) -> dict[int, Entry]:
        """The items that are headings, by their line."""
        evidence: dict[int, tuple[bool, int, Head]] = {}
        single: dict[int, frozenset[str]] = {}
        lines = sorted(tables)
        for number, under in enumerate(self._headings):
            at = bisect_left(lines, under.heading.start)
            if under.meaning is not None or under.skipped or (at < len(lines) and lines[at] < under.end):
                continue
            head = read_head(under.heading.text, self._words)
            strong = _is_strong(under.heading.text[slice(*head.key)])
            if under.heading is self._title and not strong:
                continue
            if fold(under.heading.text) in _ABOUT and not strong:
                continue
            known = self._known_fields(block for block in under.direct if block.start not in self._inside)
            keyed = head.key != (0, 0) and (strong or bool(known) or self._is_placed(under))
            tagged = any(tag.field in ("severity", "status") for tag in head.tags)
            numbered = head.title[0] > 0 and under.heading.text[:1].isdigit()
            rank = 0
            if keyed or tagged:
                rank = 3
            elif known & {"severity", "status"}:
                rank = 2 if numbered or len(known) > 1 else 1
            elif said := {"description" if name == "title" else name for name in known} - {"category"}:
                # The heading has the title: a label such as `Problem` is the description.
                rank = 2 if len(said) > 1 else 1
            if rank:
                evidence[number] = (keyed, rank, head)
                if rank == 1:
                    single[number] = known
        for numbers in (*self._numbered(), *self._counted_on(evidence)):
            if any(number in evidence for number in numbers):
                for number in numbers:
                    head = read_head(self._headings[number].heading.text, self._words)
                    evidence.setdefault(number, (False, 2, head))
        self._drop_lonely(evidence, single)
        self._add_placed(evidence, tables)
        items: dict[int, Entry] = {}
        above = {parent for number in evidence for parent in self._headings[number].parents}
        end = -1
        for number, under in enumerate(self._headings):
            start = under.heading.start
            if number not in evidence or start < end:
                continue
            if number in above and not evidence[number][0]:
                continue
            end = under.end
            items[start] = self._heading_item(number)
        return items

    def _numbered(self) -> Iterator[list[int]]:
        """Numbered headings below one that names debt, at least two of them."""
        numbered: dict[int, list[int]] = {}
        for number, under in enumerate(self._headings):
            text = under.heading.text
            if not under.parents or under.skipped or without_numbering(text) == text:
                continue
            if _DEBTS.search(fold(self._headings[under.parents[-1]].heading.text)):
                numbered.setdefault(under.parents[-1], []).append(number)
        yield from (numbers for numbers in numbered.values() if len(numbers) > 1)

    def _counted_on(self, evidence: Mapping[int, object]) -> Iterator[list[int]]:
        """Headings of one level that are counted through all sections, half of them items already."""
        levels: dict[int, list[tuple[int, int]]] = {}
        for number, under in enumerate(self._headings):
            if (match := _COUNTED_HEADING.match(under.heading.text)) and not under.skipped:
                levels.setdefault(under.heading.level, []).append((int(match["count"]), number))
        for counted in levels.values():
            counts = [count for count, _ in counted]
            numbers = [number for _, number in counted]
            if counts == sorted(set(counts)) and sum(number in evidence for number in numbers) * 2 >= len(numbers) > 2:
                yield numbers

    def _numbered_items(self) -> dict[int, Entry]:
        """The items that such headings are where nothing else lists any."""
        found = sorted(number for numbers in self._numbered() for number in numbers)
        return {self._headings[number].heading.start: self._heading_item(number) for number in found}

    def _heading_item(self, number: int) -> Entry:
        """The item of a heading."""
        under = self._headings[number]
        start, end = under.heading.start, under.end
        starts = self._starts
        body = self._blocks[bisect_right(starts, start) : bisect_left(starts, end)]
        return read_heading(self._lines, under.heading, body, self._trimmed_end(start, end), self._rules, self._words)

    def _trimmed_end(self, start: int, end: int) -> int:
        """The end of an item's section without blank lines, a rule and a comment at its end."""
        while end > start + 1:
            text = self._lines[end - 1].strip()
            if text and not re.fullmatch(r"(?:-[ \t]*){3,}|(?:\*[ \t]*){3,}|(?:_[ \t]*){3,}", text):
                break
            end -= 1
        return end

    def _drop_lonely(self, evidence: dict[int, tuple[bool, int, Head]], single: Mapping[int, frozenset[str]]) -> None:
        """Leave out headings with one field alone, unless others under the same heading have it or are items."""
        strong = {self._headings[number].parents for number, (_, rank, _) in evidence.items() if rank > 1}
        alike = Counter((self._headings[number].parents, fields) for number, fields in single.items())
        for number, fields in single.items():
            parents = self._headings[number].parents
            if number in evidence and parents not in strong and alike[parents, fields] < 2:
                del evidence[number]

    def _add_placed(self, evidence: dict[int, tuple[bool, int, Head]], tables: Mapping[int, Table]) -> None:
        """Below a heading that says a severity or status, its subheadings are items if nothing else there is."""
        above = {parent for number in evidence for parent in self._headings[number].parents}
        for number, under in enumerate(self._headings):
            if number in evidence or number in above or not under.parents or under.skipped or under.meaning is not None:
                continue
            parent = self._headings[under.parents[-1]]
            if parent.meaning is None or any(block.start in tables for block in (*parent.direct, *under.direct)):
                continue
            if any(block.kind == "list" for block in parent.direct) or fold(under.heading.text) in _ABOUT:
                continue
            if (
                under.direct
                and all(block.kind == "list" for block in under.direct)
                and not self._known_fields(under.direct)
            ):
                continue
            evidence[number] = (False, 2, read_head(under.heading.text, self._words))

    def _is_placed(self, under: _Under) -> bool:
        return any(self._headings[parent].meaning is not None for parent in under.parents)

    def _known_fields(self, blocks: Iterable[Block]) -> frozenset[str]:
        """The fields that the labels in some blocks mean."""
        body = _Body(self._lines, self._rules)
        body.read(blocks)
        return frozenset(found[0] for name in body.cells if (found := roles_of(name, self._rules)))

    def _without_repeated(self, entries: dict[int, Entry], tables: Mapping[int, Table]) -> dict[int, Entry]:
        """Leave out headings that only comment on items of tables that describe them."""
        if not entries:
            return {}
        described = {key for table in tables.values() if table.columns.texts for key in _keys_of(table)}
        keys = {line: name_key(entry.part(entry.head.key)) for line, entry in entries.items()}
        return {line: entry for line, entry in entries.items() if keys[line] not in described}

    def _heading_lists(self, entries: Mapping[int, Entry]) -> Iterator[Entries]:
        """Headings that are items, one list for each heading that they are under."""
        lists: dict[tuple[int, ...], list[Entry]] = {}
        for under in self._headings:
            if entry := entries.get(under.heading.start):
                lists.setdefault(under.parents, []).append(entry)
        for found in lists.values():
            yield Entries("heading", HeadingContext(), tuple(found))

    def _entry_lists(
        self, taken: Sequence[tuple[int, Table | Entries]], items: _Ranges, *, last_resort: bool = False
    ) -> list[tuple[int, Entries]]:
        """The lists whose entries are items."""
        known: set[str] | None = None
        lines = {line for line, _ in taken}
        found: list[tuple[int, Entries]] = []
        for block in self._lists:
            if items.cover(block.start):
                continue
            chain = self._chain(block.start)
            if any(under.skipped or fold(under.heading.text) in _ABOUT for under in chain[:1]):
                continue
            read = [read_list_entry(self._lines, start, end, self._rules, self._words) for start, end in block.entries]
            entries = [entry for entry in read if entry is not None]
            if not entries or self._explains_words(entries):
                continue
            keys = [name_key(entry.part(entry.head.key)) for entry in entries if entry.head.key != (0, 0)]
            if keys and known is None:
                known = {key for _, each in taken for key in _keys_of(each)}
            if known and sum(key in known for key in keys) * 2 > len(entries):
                continue
            beside_table = any(b.start in lines for under in chain[:1] for b in under.direct)
            placed = self._lead(block.start) is not None or (any(self._says(block.start)) and not beside_table)
            if last_resort:
                near = chain[0].heading.text if chain else ""
                evident = [e for e in entries if _has_bold_title(e) or e.box] if _DEBTS.search(fold(near)) else []
            else:
                evident = [entry for entry in entries if self._is_evident(entry)]
            if placed or (len(evident) * 2 >= len(entries) > 0 and evident):
                found.append((block.start, Entries("list", HeadingContext(), tuple(entries))))
        return found

    def _whole_lists(self) -> Iterator[Block]:
        """The lists of the document: one that is indented right below another one belongs to its last entry.

        Below `10. Title`, Markdown wants one blank more than below `9. Title`, which is easily forgotten.
        """
        former: Block | None = None
        for block in self._blocks:
            if former is not None and block.kind == "list" and block.start == former.end:
                outer, inner = self._lines[former.start], self._lines[block.start]
                is_inside = len(outer) - len(outer.lstrip()) < len(inner) - len(inner.lstrip())
                if is_inside and self._known_fields([block]):
                    self._inside.add(block.start)
                    *entries, (start, _) = former.entries
                    former = former._replace(end=block.end, entries=(*entries, (start, block.end)))
                    continue
            if former is not None:
                yield former
            former = block if block.kind == "list" else None
        if former is not None:
            yield former

    def _explains_words(self, entries: Sequence[Entry]) -> bool:
        """Whether a list is a legend: its entries begin with a severity or a status, each with another one."""
        if any(entry.head.key != (0, 0) or entry.box for entry in entries):
            return False
        said = [word for entry in entries if (word := self._leading_word(entry))]
        return len(said) * 2 > len(entries) and len(set(said)) == len(said) > 1

    def _leading_word(self, entry: Entry) -> str | None:
        """The severity or status that a list entry begins with, before a colon or a dash."""
        word = re.split(r"[:\u2013\u2014=]", entry.text.lstrip("*_`[("), maxsplit=1)[0].strip("*_`)] ")
        found = (self._words.severity(word), self._words.status(word)) if len(word) < len(entry.text) else ()
        return fold(word) if any(each is not None and each.stop >= len(word) for each in found) else None

    def _is_evident(self, entry: Entry) -> bool:
        """Whether a list entry is an item by itself: a key, a tag of severity, or fields below it."""
        title = entry.head.title
        tagged = any(
            tag.field == "severity"
            and (
                entry.part((tag.start - 1, tag.start)) == "["
                or tag.start > title[1] > title[0]
                or (tag.end < title[0] and entry.part((tag.start, tag.end)).isalnum())
            )
            for tag in entry.head.tags
        )
        fields = {found[0] for name in entry.cells if (found := roles_of(name, self._rules))}
        several = len(fields - TEXTS - {"category"}) > 1
        return tagged or several or _is_strong(entry.part(entry.head.key)) or bool(fields & (STRONG | {"owner"}))

    def _repeated(self, lists: Sequence[Table | Entries]) -> list[Table]:
        """The tables without descriptions whose keys are those of items described elsewhere."""
        texts = [each for each in lists if isinstance(each, Entries) or each.columns.texts]
        if len(texts) == len(lists):
            return []
        known = {key for each in texts for key in _keys_of(each)} | self._field_keys(texts)
        found = []
        for each in lists:
            if isinstance(each, Entries) or each.columns.texts or not known:
                continue
            keys = _keys_of(each)
            if keys and all(key in known for key in keys):
                found.append(each)
        return found

    def _field_keys(self, lists: Iterable[Table | Entries]) -> set[str]:
        """The keys that items have as a labeled field."""
        entries = (entry for each in lists if isinstance(each, Entries) for entry in each.entries)
        cells = ((name, slot) for entry in entries for name, slot in entry.cells.items())
        found = {
            name_key(slot.source.strip("*_`[] ")) for name, slot in cells if "key" in roles_of(name, self._rules)[:1]
        }
        return found

    def _placed(self, each: Table | Entries, number: int) -> Table | Entries:
        context = self._context_of(each, number)
        if isinstance(each, Entries) or context.severity is None:
            return each._replace(context=context)
        return each._replace(context=context, columns=without_weak_severity(each.columns, each.names))

    def _context_of(self, each: Table | Entries, number: int) -> HeadingContext:
        """What the headings above a list say, and the category that they name."""
        chain = self._chain(each.line - 1 if isinstance(each, Entries) and each.kind == "heading" else each.line)
        if isinstance(each, Entries) and each.kind == "heading":
            # The item's own heading is not above it.
            at = self._above(each.line)
            parents = self._headings[at].parents if at is not None else ()
            chain = [self._headings[parent] for parent in reversed(parents)]
        severity, status = None, None
        if not self._rules.reference_only:
            is_heading = isinstance(each, Entries) and each.kind == "heading"
            said = [None if is_heading else self._lead(each.line), *(under.meaning for under in chain)]
            severity = next((one for one in said if isinstance(one, Severity)), None)
            status = next((one for one in said if isinstance(one, Status)), None)
        named = next((under for under in chain if self._is_category(under)), None)
        heading = named.heading if named else None
        between = []
        if named:
            between = [b for b in named.direct if b.start < each.line]
        elif self._rules.reference_only or not chain:
            first = chain[0].heading.start if chain else -1
            between = [b for b in self._blocks if first < b.start < each.line and b.kind != "heading"]
        section = new_section(self._lines, between, heading, is_title=heading is self._title)
        key = (name_key(section.name), section.written)
        section = self._sections.setdefault(key, section)
        section.lists.append(number)
        if heading and section.headings[-1:] != [heading]:
            section.headings.append(heading)
        return HeadingContext(self._numbers.setdefault(key, len(self._numbers)), severity, status)

    def _is_category(self, under: _Under) -> bool:
        if self._rules.reference_only:
            return True
        return under.meaning is None and under.heading is not self._title


def _not_taken(tables: Sequence[Table], *, anything: bool) -> Iterator[NotTaken]:
    """The tables that look like lists of items, or else, where `anything` will do, the nearest one."""
    lacks = [(table, what) for table in tables if (what := missing_for_items(table.columns))]
    found = [each for each in lacks if not is_legend(each[0].columns, each[0].names, _cells(each[0]))]
    if anything and not found:
        likely = sorted(filter(_tells, tables), key=lambda table: -len(table.body))
        found = [*lacks, *((table, "no column of this table is known as a title") for table in likely)][:1]
    for table, what in found:
        yield NotTaken(table.line, what, say_title(table.columns, table.names, _cells(table)))


def _tells(table: Table) -> bool:
    """Whether a table has several columns, one of them with more than a word in most of its cells."""
    rows = _cells(table)
    columns = range(len(table.names)) if len(table.names) > 2 else ()
    return any(sum(" " in row[n].strip() for row in rows if n < len(row)) * 2 > len(rows) for n in columns)


def _cells(table: Table) -> list[list[str]]:
    return [row.cells for row in table.body]


class _Ranges:
    """The lines of items that are headings, to be asked whether a line is inside of one."""

    def __init__(self, items: Mapping[int, Entry]) -> None:
        self._starts = list(items)
        self._ends = [entry.end for entry in items.values()]

    def cover(self, line: int) -> bool:
        """Whether a line is inside of an item."""
        at = bisect_right(self._starts, line) - 1
        return at >= 0 and line < self._ends[at]


def in_section_end(headings: Sequence[Block], number: int, end: int) -> int:
    """The line after the section of a heading."""
    own = headings[number]
    return next((other.start for other in headings[number + 1 :] if other.level <= own.level), end)


def _is_strong(key: str) -> bool:
    """Whether a text is a key beyond doubt: a name and a number, such as TD-001, that counts no phases or versions."""
    match = _STRONG_KEY.fullmatch(key)
    return match is not None and is_key(key) and match["name"].casefold() not in _COUNTED


def _has_bold_title(entry: Entry) -> bool:
    at = entry.head.title[0]
    return entry.head.title[1] > at and entry.text[max(0, at - 2) : at] in ("**", "__")


def _key_names(table: Table) -> Iterator[str]:
    """The letters of codes that the first keys of a table begin with, such as `P` in `P2-14`."""
    column = table.columns.fields.get("key", -1)
    for row in table.body[:3] if column >= 0 else ():
        cells = row.cells
        name = cells[column].strip("~*_`[] ").rpartition("-")[0].casefold() if column < len(cells) else ""
        if len(name) == 2 and name[1:].isdigit():
            yield name[:1]


def _keys_of(each: Table | Entries) -> set[str]:
    """The keys of a list, as compared."""
    if isinstance(each, Entries):
        return {name_key(entry.part(entry.head.key)) for entry in each.entries if entry.head.key != (0, 0)}
    column = each.columns.fields.get("key")
    if column is None or each.columns.numbered:
        return set()
    cells = (row.cells for row in each.body)
    return {repeated_key(row[column]) for row in cells if column < len(row) and not is_nothing(row[column])}


def repeated_key(source: str) -> str:
    """The key in a cell, also of a link, as compared."""
    source = source.translate(HYPHENS)
    if is_key(source):
        return name_key(source)
    bare = struck(source) or _TARGET.sub("]", source)
    return name_key(without_emphasis(decode_cell(bare)).strip("[] "))
