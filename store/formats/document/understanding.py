"""What was understood of a document: its lists of items, what their columns and words mean, and what is left."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, NamedTuple

from store.enums import Status
from store.formats.document.cells import is_nothing, struck
from store.formats.document.csv_lens import line_of
from store.formats.document.entries import Entries
from store.formats.document.items import entry_fields, word_sources
from store.formats.document.reader import parse
from store.formats.document.rules import EVERYTHING, EXTRA, IGNORED
from store.formats.document.values import line
from store.formats.document.vocabulary import fold
from store.formats.markdown import decode_cell

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from store.enums import Severity
    from store.formats.document.layout import Layout
    from store.formats.document.outline import Block
    from store.formats.document.reader import Parsed
    from store.formats.document.rules import ReadingRules
    from store.formats.document.tables import Table
    from store.formats.document.vocabulary import Scale
    from store.formats.lines import Notice


_LONGEST = 60
"""The most characters of a word that is not known."""


class FoundList(NamedTuple):
    """A list of items: its shape, its first line (from 1), and what the headings above it say about its items."""

    shape: str
    line: int
    items: int
    heading: str | None = None
    category: str | None = None
    severity: Severity | None = None
    status: Status | None = None


class FoundName(NamedTuple):
    """What a column or a label means: a field, `extra` or `ignore`, in the lists on these lines.

    `role` is None in a table that looks like a list of items and is not taken for one.
    """

    name: str
    role: str | None
    lines: tuple[int, ...]


class FoundWord(NamedTuple):
    """A word for a severity or a status (`field`): its value, None is unrated, and how many items use it.

    A word that is not `known` is kept as text.
    """

    field: str
    word: str
    value: Severity | Status | None
    known: bool
    uses: int


class LeftText(NamedTuple):
    """A section without items: its heading, the line of that (from 1), and how many lines of text it has."""

    heading: str | None
    line: int
    lines: int


class Understanding(NamedTuple):
    """What was understood of a document.

    `not_items` are rows of its lists that are not items, `not_taken` tables that look like lists of items. `is_usual`:
    all lists have the columns of the reference shape and no others, use its words, and no table is left out.
    """

    lists: tuple[FoundList, ...] = ()
    names: tuple[FoundName, ...] = ()
    words: tuple[FoundWord, ...] = ()
    text: tuple[LeftText, ...] = ()
    not_items: tuple[Notice, ...] = ()
    not_taken: tuple[Notice, ...] = ()
    is_usual: bool = False

    def roles_of(self, name: str) -> list[str | None]:
        """What a column or a label means: lists may differ."""
        return [each.role for each in self.names if fold(each.name) == fold(name)]


def unused(text: str, rules: ReadingRules) -> str | None:
    """A name or a word in the mapping rules that is nowhere in a text."""
    folded: list[str] = []
    for name in (*rules.roles, *rules.severities, *rules.statuses):
        folded = folded or [fold(each) for each in text.splitlines()]
        if not any(name in each for each in folded):
            return name
    return None


def understand(text: str, rules: ReadingRules = EVERYTHING) -> Understanding:
    """What is understood of a text. It is read again, since few callers ask for this."""
    return understood(parse(text, rules=rules))


def understood(parsed: Parsed) -> Understanding:
    """What was understood of a parsed document."""
    layout = parsed.layout
    not_taken = tuple(each for each in parsed.notices if each.rule == "unread-table")
    names = (*_names(layout), *_names_not_taken(layout, {each.line for each in not_taken}))
    words = tuple(_words(layout))
    usual = (
        layout.csv is None
        and not not_taken
        and all(not isinstance(each, Entries) and each.columns.is_reference for each in layout.lists)
        and all(each.role not in (EXTRA, IGNORED) for each in names)
        and all(each.known and each.value and each.word.casefold() == each.value.value.casefold() for each in words)
        and not (layout.rules.roles or layout.rules.severities or layout.rules.statuses)
    )
    return Understanding(
        lists=tuple(_lists(layout)),
        names=names,
        words=words,
        text=() if layout.csv else tuple(_text(layout)),
        not_items=tuple(each for each in parsed.skipped if "placeholder" not in each.what) if usual else parsed.skipped,
        not_taken=not_taken,
        is_usual=usual,
    )


def _line(layout: Layout, number: int) -> int:
    """A line from 1, also of CSV."""
    return (line_of(layout.csv, number) if layout.csv else number) + 1


def _lists(layout: Layout) -> Iterator[FoundList]:
    headings = layout.headings
    starts = [block.start for block in headings]
    for each in layout.lists:
        if isinstance(each, Entries):
            shape = "headings" if each.kind == "heading" else "list"
        else:
            shape = "CSV" if layout.csv else "table"
        at = bisect_right(starts, each.line - (shape == "headings")) - 1
        while shape == "headings" and at >= 0 and headings[at].level >= each.entries[0].level:  # type: ignore[union-attr]
            at -= 1
        section = layout.sections[each.context.section] if each.context.section < len(layout.sections) else None
        yield FoundList(
            shape,
            _line(layout, each.line),
            len(each.rows),
            line(headings[at].text) if at >= 0 else None,
            section.name if section and section.is_headed else None,
            each.context.severity,
            each.context.status,
        )


def _roles(each: Table | Entries, layout: Layout) -> Iterator[tuple[str, str]]:
    """Each column or label of a list, and what it means."""
    rules = layout.rules
    if isinstance(each, Entries):
        for entry in each.entries:
            fields, others = entry_fields(entry, rules, layout.words)
            yield from ((name, field) for field, name in fields.items())
            yield from ((name, IGNORED if rules.role(name) == IGNORED else EXTRA) for name in others)
        return
    field_of = {column: field for field, column in each.columns.fields.items()}
    extra = set(each.columns.extra.values())
    for column, name in enumerate(each.names):
        yield name, field_of.get(column) or (EXTRA if column in extra else IGNORED)


def _names(layout: Layout) -> Iterator[FoundName]:
    """The columns and labels of all lists, merged where they mean the same."""
    found: dict[tuple[str, str], tuple[str, dict[int, None]]] = {}
    for each in layout.lists:
        number = _line(layout, each.line)
        for name, role in dict.fromkeys(_roles(each, layout)):
            found.setdefault((fold(name) or name, role), (name, {}))[1][number] = None
    for (_, role), (name, lines) in found.items():
        yield FoundName(name, role, tuple(lines))


def _names_not_taken(layout: Layout, lines: Collection[int]) -> Iterator[FoundName]:
    """The columns of the tables on some lines (from 1), which mean nothing yet."""
    for table in layout.tables:
        if table.line + 1 in lines:
            yield from (FoundName(name, None, (table.line + 1,)) for name in table.names if fold(name))


def _words(layout: Layout) -> Iterator[FoundWord]:
    """The words for severities and statuses, merged where they are the same."""
    found: dict[tuple[str, str], FoundWord] = {}
    for field, source, scale in word_sources(layout.lists, layout.rules, layout.words):
        each = _word(field, source.strip(), scale, layout)
        if each is not None:
            key = field, fold(each.word) or each.word
            found[key] = found[key]._replace(uses=found[key].uses + 1) if key in found else each
    yield from sorted(found.values(), key=lambda each: (each.field, -each.uses))


def _word(field: str, source: str, scale: Scale | None, layout: Layout) -> FoundWord | None:
    """The word in a source; None where it says nothing."""

    def find(text: str) -> FoundWord | None:
        word = layout.words.severity(text, scale) if field == "severity" else layout.words.status(text)
        if word is None or word.family == "none":
            return None
        return FoundWord(field, text[word.start : word.end].strip(), word.value, True, 1)

    if is_nothing(source):
        return None
    inner = struck(source)
    if (known := find(source)) or (inner and (known := find(inner))):
        return known
    if field == "severity" and layout.words.severity(source, scale) is not None:
        return None
    default = Status.OPEN if field == "status" else None
    return FoundWord(field, line(decode_cell(source))[:_LONGEST], default, False, 1)


class _Lines:
    """Some ranges of lines, to be asked whether a line is in one."""

    def __init__(self, ranges: Iterable[tuple[int, int]]) -> None:
        ordered = sorted(ranges)
        self._starts = [start for start, _ in ordered]
        self._ends = [end for _, end in ordered]

    def hold(self, number: int) -> bool:
        at = bisect_right(self._starts, number) - 1
        return at >= 0 and number < self._ends[at]


def _text(layout: Layout) -> Iterator[LeftText]:
    """The sections that hold nothing but text that is not read."""
    items = _Lines(_item_lines(layout))
    known = _Lines(_fact_lines(layout))
    sections: list[tuple[Block | None, list[Block]]] = [(None, [])]
    for block in layout.blocks:
        if block.kind == "heading":
            sections.append((block, []))
        elif block.kind != "rule":
            sections[-1][1].append(block)
    for heading, blocks in sections:
        if any(map(items.hold, ([heading.start] if heading else []) + [block.start for block in blocks])):
            continue
        left = [block for block in blocks if not known.hold(block.start)]
        if number := sum(block.end - block.start for block in left):
            yield LeftText(line(heading.text) if heading else None, (heading or left[0]).start + 1, number)


def _item_lines(layout: Layout) -> Iterator[tuple[int, int]]:
    """The lines of items, of tables that repeat them or count them, and of the map."""
    for each in layout.lists:
        if isinstance(each, Entries):
            yield from ((entry.start, entry.end) for entry in each.entries)
    tables = [each for each in layout.lists if not isinstance(each, Entries)]
    tables += [*layout.repeated, *(dashboard.table for dashboard in layout.dashboards)]
    yield from ((table.line, table.last_line + 1) for table in tables)
    if layout.fence is not None:
        yield layout.fence.start, layout.fence.end


def _fact_lines(layout: Layout) -> Iterator[tuple[int, int]]:
    """The lines of the register's facts and of the definitions of its categories."""
    facts = layout.facts
    prose = [facts.purpose, facts.purpose_rest, facts.note, *(section.definition for section in layout.sections)]
    yield from ((each.start, each.end) for each in (*prose, *facts.entries) if each is not None)
    lines = {span.line for span in facts.labels.values()}
    lines |= {section.code_line for section in layout.sections if section.code_line is not None}
    ordered = sorted(lines)
    for block in layout.blocks:
        at = bisect_left(ordered, block.start)
        if block.kind != "heading" and at < len(ordered) and ordered[at] < block.end:
            yield block.start, block.end
