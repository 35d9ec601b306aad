"""Items that are not rows of a table: a heading or a list entry each, with labeled fields and prose below it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, NamedTuple

from store.formats.document.columns import is_label, roles_of
from store.formats.document.headings import (
    Head,
    HeadingContext,
    Tag,
    read_head,
    read_tags,
    read_word_after,
    read_word_before,
)
from store.formats.document.vocabulary import fold
from store.formats.markdown import split_row

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from store.formats.document.cells import Words
    from store.formats.document.outline import Block
    from store.formats.document.rules import ReadingRules


Kind = Literal["heading", "list"]
_LABEL = re.compile(
    r"[^\w*_:`<\[]*(?:"
    r"(?P<mark>\*\*|__)(?P<bold>[^*\n:]{1,60}?)[ \t]*(?::[ \t]*(?P=mark)|(?P=mark)[ \t]*:)"
    r"|(?P<thin>\*|_)(?P<italic>[^*_\n:]{1,40}?)(?::(?P=thin)|(?P=thin):)"
    r"|(?P<plain>[^\W\d_][^:|\n*`\[\](){}]{0,40}?):(?=[ \t]|\Z)"
    r")[ \t]*"
)
_BETWEEN = re.compile(
    r"[ \t]*(?:[|\u00b7\u2022;]|,(?=[ \t]*[*_])|[ \t]{2,}|\t|[\u2013\u2014](?=[ \t]*(?:\*\*|__)))[ \t]*"
)
_ENTRY = re.compile(
    r"(?P<marker>[ \t]*(?:[-*+]|\d{1,9}[.)])(?:[ \t]+|\Z))(?P<box>\[(?P<check>[ xX~/-])\](?:[ \t]+|\Z))?"
)
_BOLD = re.compile(r"(?P<strike>~~)?(?P<mark>\*\*|__)(?=\S)(?P<text>.+?)(?<=\S)(?P=mark)(?(strike)~~)")
_CLOSING_TAG = re.compile(r"\s*\[(?P<tag>[^\[\]()]{1,40})\]\s*\Z")
_FIELD_HEADERS = frozenset(
    {
        *("", "field", "property", "attribute", "item", "aspect", "key", "name", "feld", "eigenschaft", "attribut"),
        *("champ", "propriete", "campo", "propiedad", "propriedade", "veld", "falt", "felt", "kentta"),
    }
)
"""The folded headers of the first column of a table of fields."""
_GOING_ON = frozenset({"description", "mitigation_plan"})
"""The fields whose values continue in the blocks after them."""
_LONG_FIELDS = _GOING_ON | {"title"}
_VALUE_HEADERS = frozenset({"value", "wert", "valeur", "valor", "valore", "waarde", "varde", "verdi", "vaerdi", "arvo"})
"""The folded headers of the second column of such a table."""
_LONG = 80
"""From this length on, the value of an unknown label continues with the text after it."""


class Slot(NamedTuple):
    """Where a value is: from `start` on line `line` to `end` on line `last`, and its source."""

    line: int
    start: int
    last: int
    end: int
    source: str


class Entry(NamedTuple):
    """An item that is a heading or an entry of a list: lines `start` up to, not including, `end`.

    `head` are the parts of the text at `head_at` (line and column), `cells` the values of its labels, `prose` the
    ranges of lines without a label, `box` is its checkbox. `rest` is the text after its title on the same line.
    """

    kind: Kind
    start: int
    end: int
    head: Head
    head_at: tuple[int, int]
    text: str
    cells: Mapping[str, Slot]
    prose: tuple[tuple[int, int], ...] = ()
    prose_text: tuple[str, ...] = ()
    rest: Slot | None = None
    box: Slot | None = None
    level: int = 0

    def part(self, span: tuple[int, int]) -> str:
        """A part of its head."""
        return self.text[span[0] : span[1]]


class Entries(NamedTuple):
    """Items of one kind under one heading; `rows` holds the key and the entry of every item."""

    kind: Kind
    context: HeadingContext
    entries: tuple[Entry, ...]
    rows: tuple[tuple[str, Entry], ...] = ()

    @property
    def line(self) -> int:
        """Its first line."""
        return self.entries[0].start

    @property
    def last_line(self) -> int:
        """Its last line."""
        return self.entries[-1].end - 1


def labels_in(text: str, start: int, rules: ReadingRules) -> list[tuple[str, int, int, bool]]:
    """The labels on a line from `start` on, if it begins with one: their name, where the value is, whether bold."""
    found: list[tuple[str, int, int, bool]] = []
    position = start
    while match := _LABEL.match(text, position):
        name = (match["bold"] or match["italic"] or match["plain"]).strip()
        bold = match["bold"] is not None
        if not fold(name) or not (is_label(name, rules) or (bold and len(name.split()) <= 6)):
            break
        end = len(text)
        following = None
        for between in _BETWEEN.finditer(text, match.end()):
            label = _LABEL.match(text, between.end())
            if label is None:
                continue
            other = (label["bold"] or label["italic"] or label["plain"]).strip()
            if label["bold"] is not None or (not bold and is_label(other, rules)):
                end, following = between.start(), between.end()
                break
        found.append((name, match.end(), end, bold))
        if following is None:
            break
        position = following
    return found


def goes_on(name: str, source: str, rules: ReadingRules) -> bool:
    """Whether what follows a label and its value belongs to it, too."""
    found = roles_of(name, rules)
    return bool(_GOING_ON.intersection(found)) or (not found and len(source) > _LONG)


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """A span without blanks and a hard line break at its end."""
    source = text[start:end]
    body = re.sub(r"(?:\\|<br[ \t]*/?>)?[ \t]*\Z", "", source)
    return start + len(source) - len(source.lstrip()), start + len(body) if body.strip() else start


class _Body:
    """Finds the labeled fields and the prose of an item."""

    def __init__(self, lines: Sequence[str], rules: ReadingRules) -> None:
        self._lines = lines
        self._rules = rules
        self.cells: dict[str, Slot] = {}
        self.prose: list[tuple[int, int]] = []
        self._open: str | None = None
        """The label whose value continues."""

    def read(self, blocks: Iterable[Block]) -> None:
        """Read the blocks of an item's text in order."""
        for block in blocks:
            if block.kind == "heading":
                self._heading(block)
            elif block.kind == "paragraph":
                self._paragraph(block.start, block.end)
            elif block.kind == "list" and self._is_fields(block):
                self._open = None
                for start, end in block.entries:
                    self._entry(start, end)
                self._open = None
            elif (
                (block.kind == "table" and self._field_table(block))
                or block.kind == "rule"
                or (block.kind == "html" and self._lines[block.start].lstrip().startswith("<!--"))
            ):
                self._open = None
            else:
                self._other(block.start, block.end)

    def _heading(self, block: Block) -> None:
        name = block.text.strip(" *_`:")
        self._open = None
        if is_label(name, self._rules) and fold(name) not in map(fold, self.cells):
            self._open = name
        else:
            self.prose.append((block.start, block.end))

    def _other(self, start: int, end: int) -> None:
        """A block without labels: it belongs to the label before it, or it is prose."""
        if self._open is None:
            self.prose.append((start, end))
        elif slot := self.cells.get(self._open):
            self._extend(self._open, slot, end - 1)
        else:
            lines = self._lines
            indent = len(lines[start]) - len(lines[start].lstrip(" \t"))
            source = "\n".join(lines[start:end])[indent:]
            self.cells[self._open] = Slot(start, indent, end - 1, len(lines[end - 1]), source)

    def _extend(self, name: str, slot: Slot, last: int) -> None:
        """Let a value continue up to the end of a line."""
        lines = self._lines
        parts = [lines[slot.line][slot.start :], *lines[slot.line + 1 : last + 1]]
        self.cells[name] = Slot(slot.line, slot.start, last, len(lines[last]), "\n".join(parts))

    def _add(self, name: str, number: int, start: int, end: int) -> bool:
        start, end = _trimmed(self._lines[number], start, end)
        if name in self.cells:
            return False
        self.cells[name] = Slot(number, start, number, end, self._lines[number][start:end])
        return True

    def _paragraph(self, start: int, end: int) -> None:
        begun = False
        for number in range(start, end):
            line = self._lines[number]
            labels = labels_in(line, len(line) - len(line.lstrip()), self._rules)
            if labels and not any(label[3] or self._is_short(label[0]) for label in labels):
                labels = [] if begun and self._goes_on() else labels
            if labels:
                begun = True
                for name, at, stop, _ in labels:
                    self._add(name, number, at, stop)
                self._open = labels[-1][0]
            elif begun and self._open and (slot := self.cells.get(self._open)):
                self._extend(self._open, slot, number)
            else:
                self._other(number, number + 1) if self._open else self._prose_line(number)
        if begun and not self._goes_on():
            self._open = None

    def _prose_line(self, number: int) -> None:
        if self.prose and self.prose[-1][1] == number:
            self.prose[-1] = (self.prose[-1][0], number + 1)
        else:
            self.prose.append((number, number + 1))

    def _goes_on(self) -> bool:
        """Whether the value of the last label continues in the blocks after it."""
        slot = self.cells.get(self._open) if self._open else None
        if slot is None or self._open is None or not slot.source.strip():
            return self._open is not None
        return goes_on(self._open, slot.source, self._rules)

    def _is_short(self, name: str) -> bool:
        """Whether a label means a field whose values are words: it does not begin a sentence of a longer text."""
        found = roles_of(name, self._rules)[:1]
        return bool(found) and not _LONG_FIELDS.intersection(found)

    def _is_fields(self, block: Block) -> bool:
        """Whether the entries of a list are labeled fields."""
        labels = [self._entry_labels(start) for start, _ in block.entries]
        known = sum(any(is_label(name, self._rules) for name, *_ in each) for each in labels)
        bold = sum(bool(each) and each[0][3] for each in labels)
        if self._open is not None and not (slot := self.cells.get(self._open)):
            # A label that waits for its value.
            return slot is None and known * 2 >= len(labels) and known > 0
        return known > 0 and (known + bold) * 2 >= len(labels)

    def _entry_labels(self, number: int) -> list[tuple[str, int, int, bool]]:
        match = _ENTRY.match(self._lines[number])
        return labels_in(self._lines[number], match.end(), self._rules) if match else []

    def _entry(self, start: int, end: int) -> None:
        """An entry of a list of fields."""
        labels = self._entry_labels(start)
        added = [self._add(name, start, at, stop) for name, at, stop, _ in labels]
        if not labels or not all(added):
            self.prose.append((start, end))
            return
        if end > start + 1:
            name = labels[-1][0]
            self._extend(name, self.cells[name], end - 1)

    def _field_table(self, block: Block) -> bool:
        """A table of two columns whose rows are fields."""
        rows = range(block.start + 2, block.end)
        headers = [cell.strip() for cell in split_row(self._lines[block.start])[1]]
        if len(headers) != 2 or not rows:
            return False
        cells = [(number, split_row(self._lines[number])) for number in rows]
        names = [parts[1][0].strip().strip("*_`").rstrip(":").strip() for _, parts in cells if parts[1]]
        known = sum(is_label(name, self._rules) for name in names)
        headed = fold(headers[0]) in _FIELD_HEADERS or is_label(headers[0], self._rules)
        sure = fold(headers[0]) in _FIELD_HEADERS and fold(headers[1]) in _VALUE_HEADERS
        if not headed or known * 2 < len(names) or known < (1 if sure else min(2, len(names))):
            return False
        if fold(headers[0]) not in _FIELD_HEADERS:
            # A header that is a field itself is the first row.
            cells.insert(0, (block.start, split_row(self._lines[block.start])))
            names.insert(0, headers[0].strip("*_`: "))
        for name, (number, (head, parts, _)) in zip(names, cells, strict=True):
            if len(parts) > 1 and name:
                at = len(head) + len(parts[0]) + 1
                source = parts[1].strip()
                start = at + len(parts[1]) - len(parts[1].lstrip()) if source else at + min(1, len(parts[1]))
                self.cells.setdefault(name, Slot(number, start, number, start + len(source), source))
        return True


def read_heading(
    lines: Sequence[str], heading: Block, inside: Sequence[Block], end: int, rules: ReadingRules, words: Words
) -> Entry:
    """The item of a heading, given the blocks below it."""
    line = lines[heading.start]
    column = line.find(heading.text) if heading.end - heading.start <= 2 else -1
    body = _Body(lines, rules)
    body.read(inside)
    text = heading.text if column >= 0 else heading.text.split("\n")[0]
    head = read_head(text, words)
    at = (heading.start, max(column, 0))
    prose = _joined(body.prose, lines)
    texts = tuple("\n".join(lines[start:stop]) for start, stop in prose)
    return Entry("heading", heading.start, end, head, at, text, body.cells, tuple(prose), texts, level=heading.level)


def _joined(ranges: Sequence[tuple[int, int]], lines: Sequence[str]) -> list[tuple[int, int]]:
    """Ranges of lines, those with only blank lines between them as one."""
    found: list[tuple[int, int]] = []
    for start, end in ranges:
        if found and not any(line.strip() for line in lines[found[-1][1] : start]):
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return found


def read_list_entry(lines: Sequence[str], start: int, end: int, rules: ReadingRules, words: Words) -> Entry | None:
    """The item of a list entry."""
    line = lines[start]
    match = _ENTRY.match(line)
    if match is None:
        return None
    column = match.end()
    text = line[column:].rstrip()
    box = None
    if match["box"]:
        box = Slot(start, match.start("check"), start, match.end("check"), match["check"])
    cells, last = _nested_fields(lines, start, end, rules)
    head, rest = _list_head(text, words, is_title=last == start)
    source = text[rest:]
    if separator := re.match(r"\s*(?:[-\u2013\u2014]+(?=\s)|[:,;.](?=\s))\s*", source):
        rest += separator.end()
        source = text[rest:]
    trailing = None
    if last > start or source.strip():
        begin = column + rest + len(source) - len(source.lstrip())
        stop = column + len(text) if last == start else len(lines[last].rstrip())
        if last == start:
            tag = next((tag for tag in head.tags if tag.start > rest), None)
            stop = column + len(text[: text.rindex("[", 0, tag.start)].rstrip()) if tag else stop
        parts = (
            [line[begin:stop]]
            if last == start
            else [line[begin:], *(each.strip() for each in lines[start + 1 : last + 1])]
        )
        if last > start or stop > begin:
            trailing = Slot(start, begin, last, stop, "\n".join(parts))
    return Entry("list", start, end, head, (start, column), text, cells, rest=trailing, box=box)


def _nested_fields(lines: Sequence[str], start: int, end: int, rules: ReadingRules) -> tuple[dict[str, Slot], int]:
    """The labeled fields below the first line of a list entry, and the last line before them."""
    found: list[tuple[int, list[tuple[str, int, int, bool]]]] = []
    level = None
    for number in range(start + 1, end):
        line = lines[number]
        inner = _ENTRY.match(line)
        indent = len(line) - len(line.lstrip())
        if inner and (level is None or indent <= level):
            level = indent
        elif inner or (level is not None and indent > level):
            continue
        at = inner.end() if inner else indent
        labels = [each for each in labels_in(line, at, rules) if is_label(each[0], rules) or each[3]]
        if not labels and inner and (plain := _LABEL.match(line, at)) and plain["plain"]:
            labels = [(plain["plain"].strip(), plain.end(), len(line), False)]
        found.append((number, labels))
    known = any(is_label(name, rules) for _, labels in found for name, *_ in labels)
    cells: dict[str, Slot] = {}
    first = end
    for index, (number, labels) in enumerate(found):
        if not labels or not (known or labels[0][3]) or labels[0][0] in cells:
            continue
        first = min(first, number)
        for name, at, stop, _ in labels:
            begin, final = _trimmed(lines[number], at, stop)
            cells.setdefault(name, Slot(number, begin, number, final, lines[number][begin:final]))
        following = found[index + 1][0] if index + 1 < len(found) else end
        while following > number + 1 and not lines[following - 1].strip():
            following -= 1
        if following > number + 1:
            slot = cells[name]
            parts = [lines[number][slot.start :], *lines[number + 1 : following]]
            cells[name] = Slot(number, slot.start, following - 1, len(lines[following - 1]), "\n".join(parts))
    last = first - 1 if cells else end - 1
    while last > start and not lines[last].strip():
        last -= 1
    return cells, last


def _list_head(text: str, words: Words, *, is_title: bool) -> tuple[Head, int]:
    """The parts of the first line of a list entry, and where the text after its title begins.

    `is_title`: without a bold phrase, all of the line is the title.
    """
    if leading := read_word_before(text, words):
        # `**HIGH:** what it is`
        tag, at = leading
        head, rest = _list_head(" " * at + text[at:], words, is_title=is_title)
        return head._replace(tags=(tag, *head.tags)), rest
    head = read_head(text, words)
    position = min(head.title[0], head.key[0] or head.title[0])
    start = (head.key[1] and head.title[0]) or position
    if re.match(r"\d+\s", text) and head.key == (0, 0):
        # `51 warnings` counts what it is about.
        start = 0
    marked = head.marked
    # The parts before the bold title, whatever of the title they were taken for.
    probe = start
    while probe and text[probe - 1] in "~*_":
        probe -= 1
    bold = _BOLD.match(text, probe)
    tags = [tag for tag in head.tags if tag.end <= probe + 1]
    if closing := _CLOSING_TAG.search(text):
        severity = words.severity(closing["tag"])
        if severity is not None and severity.end >= len(closing["tag"].strip()):
            tags.append(Tag("severity", closing.start("tag"), closing.end("tag")))
    if bold is None:
        begin = re.match(r"~~(?P<inner>.+?)~~", text[probe:])
        if begin and begin["inner"].startswith(("**", "__")):
            inner, _ = _list_head(begin["inner"], words, is_title=is_title)
            return _moved(inner, probe + 2)._replace(marked=True), probe + begin.end()
        if begin:
            return Head(head.key, (probe + 2, probe + 2 + len(begin["inner"])), tuple(tags), True), probe + begin.end()
        if is_title and head.title[0] < head.title[1]:
            return head._replace(title=(start, head.title[1])), len(text)
        return Head(head.key, (start, start), tuple(tags), marked, head.symbol), start
    inner = read_head(bold["text"], words)
    offset = bold.start("text")
    tags += [Tag(tag.field, tag.start + offset, tag.end + offset) for tag in inner.tags]
    key = head.key
    if key == (0, 0) and inner.key != (0, 0):
        key = inner.key[0] + offset, inner.key[1] + offset
    end, trailing = read_tags(text, bold.end(), words)
    tags += [tag for tag in trailing if tag not in tags]
    if (said := read_word_after(text, end, words)) and said[0].field not in [tag.field for tag in tags]:
        tags.append(said[0])
        end = said[1]
    done = marked or bold["strike"] is not None or inner.marked
    first = 0 if re.match(r"\d+\s", bold["text"]) and inner.key == (0, 0) else inner.title[0]
    title = first + offset, inner.title[1] + offset
    return Head(key, title, tuple(tags), done, head.symbol), end


def _moved(head: Head, by: int) -> Head:
    """The parts of a text that begins this much later in another one."""
    key, title = ((start + by, end + by) if end else (0, 0) for start, end in (head.key, head.title))
    tags = tuple(Tag(tag.field, tag.start + by, tag.end + by) for tag in head.tags)
    return Head(key, title, tags, head.marked)
