"""Reads the items of a document's lists: rows of tables, headings and list entries."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

from store.enums import Status
from store.errors import InvalidValueError, quoted
from store.fields import EXTRA, FIELDS, TEXT_LIMIT, Kind, is_key
from store.formats.document.cells import State, Word, is_nothing, read_state, struck
from store.formats.document.columns import HYPHENS, STATUS, TEXTS, graded_roles, key_number, roles_of
from store.formats.document.entries import Entries, Entry
from store.formats.document.layout import Section
from store.formats.document.model import TAXONOMY, Item
from store.formats.document.rules import IGNORED
from store.formats.document.sections import infer_codes
from store.formats.document.values import READERS, REFERENCE_READERS, clean, is_too_long, line, read_key
from store.formats.document.vocabulary import fold, number_scale
from store.formats.lines import Notice, Problem
from store.formats.markdown import BLANK, decode_cell, decode_prose
from store.text import name_key, number_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from store.formats.document.cells import Words
    from store.formats.document.entries import Slot
    from store.formats.document.headings import HeadingContext
    from store.formats.document.rules import ReadingRules
    from store.formats.document.tables import Row, Table
    from store.formats.document.vocabulary import Scale

    _Read = tuple[Item, int | None, Row | Entry]
    """An item, the number that it has instead of a key, and where it was read."""


_DONE = re.compile(r"\s*(?:✅|☑️?|✔️?)\s*")
_PLACEHOLDER = re.compile(r"\[[^\[\]]*\](?!\()|<[^<>]*>|\{[^{}]*\}|\.{2,}|…|[xX]{3,}|[A-Z]{2,6}-(?:N{2,}|X{2,}|0{3,})")
_LIST_MARKER = re.compile(r"(?:\A|\n)[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]+")
_WORDS = ("severity", STATUS)
_TOTALS = frozenset({"total", "totals", "sum", "summe", "gesamt", "totale", "totaal"})
_FAMILIAR = {fold(category.name): category.code for category in TAXONOMY}
_FAMILIAR |= {name.removesuffix(" debt"): code for name, code in _FAMILIAR.items()}


class Values:
    """The sources of one item's fields as values; what cannot be read stays as text, under the name of its column."""

    def __init__(self, words: Words, rules: ReadingRules) -> None:
        self._words = words
        self._readers = REFERENCE_READERS if rules.reference_only else READERS
        self.notices: list[Notice] = []

    def take(self, into: dict[str, Any], field: str, source: str, name: str, number: int) -> None:
        """Read a source into the value of a field."""
        try:
            value = self._readers[field](source)
        except InvalidValueError as error:
            rule = {Kind.WORD: "unknown-word", Kind.DATE: "invalid-date"}.get(FIELDS[field].kind, "invalid-value")
            self.keep(into, name, source, number, error.what, rule)
            return
        if field == "components":
            into["components"], into["components_text"] = value
        elif value is not None:
            into[field] = value

    def keep(
        self, into: dict[str, Any], name: str, source: str, number: int, what: str, rule: str = "unknown-word"
    ) -> None:
        """Keep a source as text, and say so."""
        into.setdefault(EXTRA, []).append((name, clean(decode_cell(source))))
        self.notices.append(Notice(number + 1, f"{what}: it is kept as text", rule))

    def name(self, since: int, key: str | None) -> None:
        """Name the item in its notices: those from this number on."""
        if key and since < len(self.notices):
            self.notices[since:] = [each._replace(what=f"{key}: {each.what}") for each in self.notices[since:]]

    def severity(self, into: dict[str, Any], source: str, name: str, number: int, scale: Any = None) -> Word | None:
        """Read a source into the severity."""
        text = source.strip()
        word = self._words.severity(text, scale)
        if (former := struck(text)) and (word is None or word.stop <= len(former) + 4):
            word = self._words.severity(former, scale)
            # `~~High~~ Resolved` says the status, too.
            if word is not None and (state := read_state(text[text.index(former) + len(former) + 2 :], self._words)):
                into.setdefault("status", state.status)
                if state.note:
                    into.setdefault("status_note", clean(decode_cell(state.note)))
        if word is not None and word.family == "none":
            return None
        if word is not None:
            into["severity"] = word.value
        elif text and not is_nothing(text):
            self.keep(into, name, source, number, f"unknown severity {quoted(line(decode_cell(text)))}")
        return word

    def status(self, into: dict[str, Any], source: str, name: str, number: int) -> State | None:
        """Read a source into the status and its note."""
        text = source.strip()
        state = read_state(text, self._words)
        if state is not None:
            into["status"] = state.status
            if state.note:
                into.setdefault("status_note", clean(decode_cell(state.note)))
        elif (inner := struck(text)) and read_state(inner, self._words):
            into["status"] = Status.MITIGATED
        elif text and not is_nothing(text):
            self.keep(into, name, source, number, f"unknown status {quoted(line(decode_cell(text)))}")
        return state


def unmarked(source: str) -> tuple[str, str, bool]:
    """A text without the marks that say it is done, what follows a struck part, and whether there are any."""
    text, marked = source.strip(), False
    if match := _DONE.match(text):
        text, marked = text[match.end() :], bool(match[0].strip())
    if (inner := struck(text)) is not None:
        trailing = text[text.index(inner) + len(inner) :].removeprefix("~~").strip()
        trailing = _DONE.sub("", trailing, count=1) if _DONE.match(trailing) else trailing
        return inner, trailing.strip(" ,;:"), True
    if (match := re.search(r"\s*(?:✅|☑️?|✔️?)\s*\Z", text)) and match[0].strip():
        return text[: match.start()], "", True
    return text, "", marked


def unstruck(source: str) -> str:
    """A source without strike marks around all of it."""
    text = source.strip()
    if not text.startswith("~~"):
        return text
    inner = struck(text) if text.endswith("~~") else None
    return inner if inner is not None and len(inner) == len(text) - 4 else text


class ReadItems(NamedTuple):
    """The items of a document: the lists with their rows, the categories and their items, and what is to be said."""

    lists: list[Table | Entries]
    sections: list[Section]
    items: list[list[Item]]
    lines: dict[str, int]
    keyless: tuple[str, ...]
    skipped: list[Notice]


class ItemReader:
    """Reads the items of a document."""

    def __init__(
        self,
        lists: Sequence[Table | Entries],
        sections: Sequence[Section],
        rules: ReadingRules,
        words: Words,
        problems: list[Problem],
        notices: list[Notice],
    ) -> None:
        self._lists, self._sections, self._rules, self._words = list(lists), list(sections), rules, words
        self._problems, self._notices = problems, notices
        self._values = Values(words, rules)
        self._read: list[list[_Read]] = []
        self._skipped: list[Notice] = []
        self._placeholders: dict[int, list[Row]] = defaultdict(list)

    def read(self, known: Sequence[Mapping[str, Item]]) -> ReadItems:
        """All of it; `known` has the items of rows by their text for each list, from a document read before."""
        for each, items in zip(self._lists, known, strict=True):
            rows = self._entries(each) if isinstance(each, Entries) else self._rows(each, items)
            self._read.append(list(rows))
        self._notices += self._values.notices
        members = self._members()
        written = any(item.key for found in members for item, *_ in found) and not self._rules.keys
        codes = self._codes([[item.key for item, *_ in found if item.key] for found in members])
        given = self._given_keys(members, codes)
        lines: dict[str, int] = {}
        keys: dict[int, str] = {}
        read: list[list[Item]] = []
        for section, code, found in zip(self._sections, codes, members, strict=True):
            section.code = code
            read.append([])
            for item, _, record in found:
                key = item.key or given[id(record)]
                if not item.key and written:
                    self._notices.append(_keyless(key, record))
                if self._is_taken(key, record.start if isinstance(record, Entry) else record.line, lines):
                    continue
                keys[id(record)] = key
                whole = item.key == key and item.category == code
                read[-1].append(item if whole else item._replace(key=key, category=code, origin=key))
        lists = [self._with_rows(each, rows, keys) for each, rows in zip(self._lists, self._read, strict=True)]
        return ReadItems(lists, self._sections, read, lines, tuple(given.values()), self._skipped)

    def _with_rows(self, each: Table | Entries, read: Sequence[_Read], keys: Mapping[int, str]) -> Table | Entries:
        """A list with the keys of its rows or entries."""
        known = [(key, record) for _, _, record in read if (key := keys.get(id(record)))]
        if isinstance(each, Entries):
            return each._replace(rows=tuple((key, record) for key, record in known if isinstance(record, Entry)))
        rows = tuple((key, record) for key, record in known if not isinstance(record, Entry))
        return each._replace(rows=rows, placeholders=tuple(self._placeholders.get(each.line, ())))

    def _is_taken(self, key: str, number: int, lines: dict[str, int]) -> bool:
        if key not in lines:
            lines[key] = number
            return False
        what = f"{key} appears twice, on lines {lines[key] + 1} and {number + 1}"
        self._problems.append(Problem(number + 1, what, "give one of them a different key", "duplicate-key"))
        return True

    def _members(self) -> list[list[_Read]]:
        """The items of each category in document order: a cell for the category wins over the headings."""
        by_name = {name_key(section.name): number for number, section in enumerate(self._sections)}
        members: list[list[_Read]] = [[] for _ in self._sections]
        for each, rows in zip(self._lists, self._read, strict=True):
            # A row that was read before has the code of its category already.
            named = isinstance(each, Entries) or "category" in each.columns.fields
            for row in rows:
                name = row[0].category if named else ""
                number = each.context.section
                if name:
                    number = by_name.setdefault(name_key(name), len(self._sections))
                    if number == len(self._sections):
                        self._sections.append(Section(name, None, None, None, by_column=True))
                        members.append([])
                members[number].append(row)
        if any(section.by_column for section in self._sections):
            # The placeholder for no category is left out if every item has a category.
            empty = [
                n for n, s in enumerate(self._sections) if not members[n] and s.heading is None and not s.by_column
            ]
            for number in reversed(empty):
                del members[number]
                del self._sections[number]
            if empty:
                shift = len(empty)
                self._lists = [
                    e._replace(context=e.context._replace(section=max(0, e.context.section - shift)))
                    for e in self._lists
                ]
        return members

    def _codes(self, written: Sequence[Sequence[str]]) -> tuple[str, ...]:
        known = []
        for section, keys in zip(self._sections, written, strict=True):
            code, names = section.written, keys
            if section.by_column:
                code, names = code or _FAMILIAR.get(fold(section.name)), ()
            known.append((section.name, code, names))
        if len(known) > 1 and any(s.by_column for s in self._sections):
            used = set[str]()
            for number, (name, code, names) in enumerate(known):
                known[number] = (name, None if code in used else code, names)
                used.add(code or "")
        return infer_codes(known, reference_only=self._rules.reference_only)

    def _given_keys(self, members: Sequence[Sequence[_Read]], codes: Sequence[str]) -> dict[int, str]:
        """The keys of the items that have none, by the id of their row or entry, in document order."""
        code_of = {id(record): code for code, each in zip(codes, members, strict=True) for _, _, record in each}
        keyless = [(number, record) for rows in self._read for item, number, record in rows if not item.key]
        if not keyless:
            return {}
        if len(self._rules.keys) == len(keyless):
            return {id(record): key for (_, record), key in zip(keyless, self._rules.keys, strict=True)}
        taken = {name_key(item.key) for rows in self._read for item, *_ in rows if item.key}
        numbers = [(code_of[id(record)], number) for number, record in keyless]
        unique = len(set(numbers)) == len(numbers) and all(number is not None for _, number in numbers)
        last: dict[str, int] = {}
        given: dict[int, str] = {}
        for number, record in keyless:
            code = code_of[id(record)]
            if unique and number is not None and name_key(f"{code}-{number:03}") not in taken:
                key = f"{code}-{number:03}"
            else:
                at = last.get(code, 0) + 1
                while name_key(key := f"{code}-{at:03}") in taken:
                    at += 1
                last[code] = at
            taken.add(name_key(key))
            given[id(record)] = key
        return given

    def _rows(self, table: Table, known: Mapping[str, Item]) -> Iterator[tuple[Item, int | None, Row]]:
        """The items of a table."""
        columns, width = table.columns, len(table.names)
        for row in table.body:
            if (item := known.get(row.text)) is not None:
                yield item, None, row
                continue
            cells = row.cells
            if len(cells) != width:
                what = f"this row has {number_of(len(cells), 'cell')}, but its table has {width} columns"
                if "|" not in row.text and width > 1:
                    what = "this text right below a table is not an item: put a blank line before it"
                    self._notices.append(Notice(row.line + 1, what, "cell-count"))
                    continue
                then = "the others are empty" if len(cells) < width else "what follows is not read"
                self._notices.append(Notice(row.line + 1, f"{what}: {then}", "cell-count"))
                cells += [""] * (width - len(cells))
            if why := self._not_an_item(cells, columns.fields):
                if why == "placeholder":
                    self._placeholders[table.line].append(row)
                self._skip(
                    row.line, f"this row is not an item: {why}" if why != "placeholder" else "this row is a placeholder"
                )
                continue
            yield (*self._row(table, row, cells), row)

    def _skip(self, number: int, what: str) -> None:
        self._skipped.append(Notice(number + 1, what, "not-an-item"))

    def _not_an_item(self, cells: Sequence[str], fields: Mapping[str, int]) -> str | None:
        """Why a row is not an item, None if it is one."""
        key = cells[fields["key"]].strip() if "key" in fields else None
        if key and fields["key"] == 0 and is_key(key) and not _PLACEHOLDER.fullmatch(key):
            return None
        written = [cell for cell in cells if not is_nothing(cell)]
        if not written:
            return "it is empty"
        if self._rules.reference_only:
            return None
        if all(_PLACEHOLDER.fullmatch(cell.strip("*_` ")) for cell in written):
            return "placeholder"
        if key and is_nothing(key) and len(written) == 1 and len(cells) > 2:
            return "it has a dash for a key, and nothing but a text"
        if fold(written[0]) in _TOTALS and all(re.fullmatch(r"[\W\d]*", cell) for cell in written[1:]):
            return "it is a total"
        return None

    def _row(self, table: Table, row: Row, cells: Sequence[str]) -> tuple[Item, int | None]:
        """The item of a row, and its number if it has that for a key."""
        columns, context, said = table.columns, table.context, len(self._values.notices)
        values: dict[str, Any] = {}
        key, number, marked, trailing = None, None, False, ""
        plain = self._rules.reference_only
        for name, column in columns.fields.items():
            source = cells[column]
            if name == "key":
                key, number, marked = self._key(values, source, table, row)
            elif name == "severity":
                self._values.severity(values, source, table.names[column], row.line, columns.scale)
            elif name == STATUS:
                self._values.status(values, source, table.names[column], row.line)
            elif name not in TEXTS:
                self._values.take(values, name, source if plain else unstruck(source), table.names[column], row.line)
        for name in columns.texts:
            source = cells[columns.fields[name]]
            if STATUS not in values and not plain:
                # In a row without a status, the marks say whether it is done.
                source, tail, done = unmarked(source)
                marked, trailing = marked or done, trailing or tail
            self._values.take(values, name, source, name, row.line)
        if columns.extra:
            sources = (
                (name, cells[column] if plain else unstruck(cells[column])) for name, column in columns.extra.items()
            )
            extra = [(name, clean(decode_cell(source))) for name, source in sources]
            if any(is_too_long(text) for _, text in extra):
                self._problems.append(_long_cell(row.line))
            values[EXTRA] = [*values.get(EXTRA, ()), *((name, text) for name, text in extra if text)]
        self._too_long(values, row.line)
        self._values.name(said, key)
        return self._item(key, values, context, marked=marked, trailing=trailing), number

    def _too_long(self, values: Mapping[str, Any], number: int) -> None:
        """Report a text that is too long for a field."""
        for _, text in values.get(EXTRA, ()):
            if is_too_long(text):
                self._problems.append(_long_cell(number))

    def _key(self, values: dict[str, Any], source: str, table: Table, row: Row) -> tuple[str | None, int | None, bool]:
        """The key in a cell, or its number, and whether it is struck through."""
        inner = struck(source)
        if inner is not None and is_key(source.strip()[len(inner) + 4 :].strip(" ~/,;+&")):
            # It names several items.
            inner = None
        bare = inner if inner is not None else source
        name = table.names[table.columns.fields["key"]]
        if is_nothing(bare):
            return None, None, False
        if table.columns.numbered:
            return None, key_number(bare), inner is not None
        try:
            return read_key(bare.translate(HYPHENS)), None, inner is not None
        except InvalidValueError as error:
            self._values.keep(values, name, source, row.line, error.what, "invalid-key")
        return None, None, inner is not None

    def _item(
        self, key: str | None, values: dict[str, Any], context: HeadingContext, *, marked: bool, trailing: str = ""
    ) -> Item:
        """An item of its values, completed by its marks and by the headings above it."""
        if "status" not in values:
            if marked:
                values["status"] = Status.MITIGATED
                values.setdefault("status_note", clean(decode_cell(trailing)) or None)
            else:
                values["status"] = context.status or Status.OPEN
        if "severity" not in values:
            values["severity"] = context.severity
        extra = values.pop(EXTRA, ())
        category = values.pop("category", None) or ""
        return Item(key=key or "", category=category, origin=key or "", extra=tuple(extra), **values)

    def _entries(self, each: Entries) -> Iterator[tuple[Item, int | None, Entry]]:
        """The items of headings or list entries."""
        for entry in each.entries:
            values: dict[str, Any] = {}
            said = len(self._values.notices)
            fields, extra = entry_fields(entry, self._rules, self._words)
            for field, name in fields.items():
                slot = entry.cells[name]
                if field == "severity":
                    self._values.severity(values, slot.source, name, slot.line, number_scale(name))
                elif field == "status":
                    self._values.status(values, slot.source, name, slot.line)
                elif field != "key":
                    source = unstruck(slot.source)
                    if field == "components" and slot.last > slot.line:
                        source = _LIST_MARKER.sub("; ", source).lstrip("; ")
                    self._values.take(values, field, source, name, slot.line)
            for name in extra:
                if self._rules.role(name) == IGNORED:
                    continue
                if text := clean(decode_cell(entry.cells[name].source)):
                    values.setdefault(EXTRA, []).append((name, text))
            self._too_long(values, entry.start)
            item = self._entry_item(entry, values, fields, each.context)
            self._values.name(said, item.key)
            yield item, None, entry

    def _entry_item(
        self, entry: Entry, values: dict[str, Any], fields: Mapping[str, str], context: HeadingContext
    ) -> Item:
        key = entry.part(entry.head.key) or None
        if "key" in fields:
            slot = entry.cells[fields["key"]]
            try:
                key = None if is_nothing(slot.source) else read_key(slot.source)
            except InvalidValueError as error:
                self._values.keep(values, fields["key"], slot.source, slot.line, error.what, "invalid-key")
        if "title" not in values and (title := entry.part(entry.head.title).strip()):
            values["title"] = line(decode_prose(title.strip("*_ ") if title.startswith("**") else title))
        if "description" not in values:
            values["description"] = description_of(entry)
        for tag in entry.head.tags:
            source = entry.part((tag.start, tag.end))
            if tag.field == "severity" and "severity" not in values:
                self._values.severity(values, source, "severity", entry.start)
            elif tag.field == "status" and "status" not in values:
                self._values.status(values, source, "status", entry.start)
            elif tag.field == "effort" and "effort" not in values:
                self._values.take(values, "effort", source, "effort", entry.start)
        if "status" not in values and entry.box is not None:
            checked = entry.box.source in "xX"
            values["status"] = Status.MITIGATED if checked else Status.IN_PROGRESS if entry.box.source in "~/" else None
            if values["status"] is None:
                del values["status"]
                values["status"] = context.status or (Status.MITIGATED if entry.head.marked else Status.OPEN)
        return self._item(key, values, context, marked=entry.head.marked)


def _long_cell(number: int) -> Problem:
    """A cell on a line (from 0) that is longer than a field may be."""
    return Problem(number + 1, f"a cell is longer than {TEXT_LIMIT:,} bytes", "shorten it", "too-long")


def _keyless(key: str, record: Row | Entry) -> Notice:
    line = record.start if isinstance(record, Entry) else record.line
    return Notice(line + 1, f"this item has no key: it becomes {key}", "invalid-key")


def names_of(lists: Iterable[Table | Entries]) -> Iterator[str]:
    """The headers and labels of some lists of items."""
    for each in lists:
        if isinstance(each, Entries):
            yield from (name for entry in each.entries for name in entry.cells)
        else:
            yield from each.names


def used_words(lists: Sequence[Table | Entries], rules: ReadingRules, words: Words) -> Counter[tuple[Any, str, str]]:
    """How often each word for a severity or a status is in some lists of items, with its value and family."""
    used: Counter[tuple[Any, str, str]] = Counter()
    for (field, source, scale), number in Counter(word_sources(lists, rules, words)).items():
        word = words.status(source) if field == STATUS else words.severity(source, scale)
        if word is not None and word.value is not None:
            used[word.value, source[word.start : word.end].strip(), word.family] += number
    return used


def word_sources(
    lists: Sequence[Table | Entries], rules: ReadingRules, words: Words
) -> Iterator[tuple[str, str, Scale | None]]:
    """The fields of some lists of items with their sources, and the scale of numbers in them."""
    for each in lists:
        if isinstance(each, Entries):
            for _, entry in each.rows:
                fields, _ = entry_fields(entry, rules, words)
                named = [(name, fields[name]) for name in _WORDS if name in fields]
                yield from ((name, entry.cells[label].source, number_scale(label)) for name, label in named)
                tags = (tag for tag in entry.head.tags if tag.field in _WORDS)
                yield from ((tag.field, entry.part((tag.start, tag.end)), None) for tag in tags)
            continue
        columns, scale = each.columns.fields, each.columns.scale
        wanted = [(name, columns[name]) for name in _WORDS if name in columns]
        for _, row in each.rows:
            cells = row.segments
            yield from ((name, cells[column].strip(BLANK), scale) for name, column in wanted if column < len(cells))


def entry_fields(entry: Entry, rules: ReadingRules, words: Words) -> tuple[dict[str, str], list[str]]:
    """The label of each field of an item, and the labels that mean none."""
    fields: dict[str, str] = {}
    repeated = repeated_keys(entry, rules)
    titled = bool(entry.part(entry.head.title).strip())
    claims = sorted(
        ((role.rank, at, name, role) for at, name in enumerate(entry.cells) for role in graded_roles(name, rules)),
        key=lambda claim: claim[:2],
    )
    for _, _, name, role in claims:
        field, source = role.field, entry.cells[name].source
        if field in fields or name in fields.values() or entry.cells[name] in repeated:
            continue
        if (field == "title" and titled) or (field == "key" and entry.head.key != (0, 0)):
            continue
        word = words.severity(source, number_scale(name))
        if field in TEXTS and word is not None:
            continue
        if field == "severity" and not role.proves and not is_rating(source, word):
            continue
        if field == "description" and role.is_weak and (entry.prose or entry.rest):
            # The text itself describes the item.
            continue
        fields[field] = name
    return fields, [name for name, slot in entry.cells.items() if name not in fields.values() and slot not in repeated]


def repeated_keys(entry: Entry, rules: ReadingRules) -> list[Slot]:
    """The labeled fields that say the key of an item once more."""
    key = entry.part(entry.head.key)
    slots = entry.cells.items() if key else ()
    return [slot for name, slot in slots if slot.source.strip("*_` ") == key and "key" in roles_of(name, rules)[:1]]


def is_rating(source: str, word: Word | None) -> bool:
    """Whether a text is a severity and at most a remark, and not a sentence that begins with such a word."""
    return word is not None and re.match(r"[\s*_`~]*(?:\Z|[^\w\s]|\()", source[word.stop :]) is not None


def description_of(entry: Entry) -> str:
    """The prose of an item that is a heading or a list entry."""
    if entry.kind == "list":
        return clean(decode_prose(entry.rest.source)) if entry.rest else ""
    return clean(decode_prose("\n\n".join(entry.prose_text)))
