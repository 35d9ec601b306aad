"""Reads a document: the register it holds, where each part is, and what is wrong with it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from store.errors import InvalidValueError, quoted
from store.fields import FIELDS, TEXT_LIMIT, Kind
from store.formats.dates import find_date
from store.formats.document.checks import find_notices, long_texts
from store.formats.document.dashboard import find_dashboards
from store.formats.document.layout import (
    Diagram,
    Facts,
    Layout,
    Reading,
    StandaloneMap,
    Unread,
    check_tables,
    fence_body,
    outline,
)
from store.formats.document.model import CadenceEntry, Category, Dependency, Item, Register
from store.formats.document.sections import find_sections, infer_codes, read_facts
from store.formats.document.tables import read_table
from store.formats.document.values import (
    PAIRED,
    READERS,
    clean,
    is_too_long,
    line,
    read_key,
)
from store.formats.lines import ExcessError, Problem, Text, check_length
from store.formats.markdown import decode_cell, decode_prose
from store.formats.mermaid.chart import Keys
from store.formats.mermaid.parser import diagram_kind, is_chart, read_chart
from store.formats.register_json import is_json, read_json
from store.text import name_key, number_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from store.formats.document.layout import Block, Section
    from store.formats.document.tables import Columns, Row, Table
    from store.formats.mermaid.chart import Chart


_WORD = re.compile(r"[A-Za-z0-9]+(?:[-_.][A-Za-z0-9]+)*")


def find_unread(chart: Chart | None, blocks: Iterable[str], keys: Iterable[str]) -> Unread | None:
    """What cannot be read of a map and of the blocks that may be one, given the keys of the document's items."""
    texts = list(blocks)
    if chart is None:
        return Unread(None) if texts else None
    texts += map(chart.source, chart.unknown)
    if not texts:
        return None
    known = Keys(keys)
    nodes = {node: known.identify(node, label)[0] for node, label in chart.labels.items()}
    words = {word for text in texts for word in _WORD.findall(text)}
    named = frozenset(key for word in words if (key := nodes.get(word) or known.identify(word, word)[0]))
    return Unread(named) if named else None


def with_unread(read: Register, unread: Unread | None, known: Register | None) -> Register:
    """A register as it was read, completed with what could not be read from one with the same keys that knows it."""
    if unread is None or known is None:
        return read
    titles = {item.key: item.title for item in known.items if unread.covers(item.key)}
    items = tuple(item if item.title else item._replace(title=titles.get(item.key)) for item in read.items)
    keys, ends = {item.key for item in items}, {edge.ends for edge in read.dependencies}
    # Each dependency that could not be read comes after the one that it followed.
    following: dict[tuple[str, str] | None, list[Dependency]] = {}
    last = None
    for edge in known.dependencies:
        if edge.ends in ends:
            last = edge.ends
        elif any(unread.covers(key) for key in edge.ends) and keys.issuperset(edge.ends):
            following.setdefault(last, []).append(edge)
    edges = following.pop(None, [])
    for edge in read.dependencies:
        edges += [edge, *following.pop(edge.ends, ())]
    return read._replace(items=items, dependencies=tuple(edges))


def without_unread(register: Register, unread: Unread | None, read: Register, known: Register | None) -> Register:
    """A register without what its document has on lines that cannot be read: writing that would duplicate it.

    `read` is the register that was read from the document, whose keys are the items' origins; `known` as in
    `with_unread`.
    """
    if unread is None:
        return register
    if unread.keys is None:
        items = tuple(item._replace(title=None) for item in register.items)
        return register._replace(items=items, dependencies=())
    complete = with_unread(read, unread, known)
    titled = {new.key for old, new in zip(read.items, complete.items, strict=True) if old.title != new.title}
    ends = {edge.ends for edge in complete.dependencies} - {edge.ends for edge in read.dependencies}
    origins = {item.key: item.origin or item.key for item in register.items}
    items = tuple(item._replace(title=None) if origins[item.key] in titled else item for item in register.items)
    edges = [edge for edge in register.dependencies if (origins[edge.source], origins[edge.target]) not in ends]
    return register._replace(items=items, dependencies=tuple(edges))


_MARKER = re.compile(r"<{7}(?:[ \t].*)?|>{7}(?:[ \t].*)?|\|{7}[ \t]+[^|\s][^|]*")
# A heading's underline and an empty row of a table look the same.
_POSSIBLE_MARKER = re.compile(r"(?:={7}|\|{7})[ \t]*")
_MARKER_STARTS = frozenset(mark * 7 for mark in "<>|=")


def conflict_markers(lines: Sequence[str], maps: Sequence[range]) -> Iterator[Problem]:
    """A problem for every conflict marker; `maps` are the numbers, from 0, of the lines inside each map.

    `<<<<<<<`, `>>>>>>>` and `||||||| label` are always markers. A bare `=======` or `|||||||` is one
    if the document contains one of those, or inside a map.
    """
    likely = [number for number, line in enumerate(lines) if line[:7] in _MARKER_STARTS]
    sure = {number for number in likely if _MARKER.fullmatch(lines[number])}
    for number in likely:
        likely_here = sure or any(number in each for each in maps)
        if number in sure or (likely_here and _POSSIBLE_MARKER.fullmatch(lines[number])):
            what = "this is a merge conflict marker"
            yield Problem(number + 1, what, "resolve the merge conflict, then import again", "conflict-marker")


def has_conflict_marker(text: str) -> bool:
    """Whether a line of a text could be read as a conflict marker."""
    return any(_MARKER.fullmatch(line) or _POSSIBLE_MARKER.fullmatch(line) for line in text.split("\n"))


UNTITLED = "AI Debt Register"
_NO_ITEMS = "a register has a table with the columns ID, Severity and Status under each category's heading"
_STANDALONE_MAP = (
    "a map has no severities and statuses, so import the document of the register first, "
    "or start a register and add its items"
)
_MERMAID = re.compile(r"\{?\.?mermaid(?![\w-])", re.IGNORECASE)


@dataclass(slots=True)
class Parsed:
    """A parsed document, and what is wrong with it.

    `markers` are its conflict markers, `respelled` its keys and codes that differ only in spelling. They prevent an
    import, not an export: an earlier version may have imported some.
    """

    layout: Layout
    register: Register | None
    problems: list[Problem]
    map: StandaloneMap | None = None
    markers: tuple[Problem, ...] = ()
    respelled: tuple[Problem, ...] = ()

    @property
    def reading(self) -> Reading:
        """The public part of it, in line order; conflict markers hide the problems that they cause."""
        # Without the items that could not be read, every count of the items would disagree.
        register = None if self.markers or self.problems or self.respelled else self.register
        notices = find_notices(self.layout, register) if register is not None else []
        return Reading(
            self.register,
            self.markers or tuple(sorted((*self.problems, *self.respelled), key=lambda problem: problem.line)),
            tuple(sorted(notices, key=lambda notice: notice.line)),
            None if self.markers or self.respelled else self.map,
            self.layout.unread,
        )


class ParsedTexts:
    """The documents that one operation needs, each parsed once, and so are rows, keys and maps that several have."""

    def __init__(self) -> None:
        self._parsed: dict[str, Parsed] = {}
        self._items: dict[tuple[tuple[str, int], ...], dict[str, Item]] = {}
        self._keys: dict[frozenset[str], Keys] = {}
        self._charts: dict[tuple[int, str], Chart] = {}
        self._maps: dict[tuple[int, int], _Map] = {}

    def parse(self, text: str) -> Parsed:
        """What a document holds."""
        if text not in self._parsed:
            self._parsed[text] = parse(text, self)
        return self._parsed[text]

    def items(self, columns: Columns) -> dict[str, Item]:
        """The items by row of the tables with these columns, to be looked up and added to."""
        return self._items.setdefault((*columns.fields.items(), *columns.extra.items()), {})

    def keys(self, keys: Iterable[str]) -> Keys:
        """The keys that the nodes of a map may stand for."""
        known = frozenset(keys)
        if known not in self._keys:
            self._keys[known] = Keys(known)
        return self._keys[known]

    def chart(self, lines: Sequence[str], first: int) -> Chart:
        """The map on these lines. Raises ExcessError."""
        chart = self._charts.get((first, "\n".join(lines)))
        if chart is None:
            chart = read_chart(lines, first)
            self._charts[first, chart.text] = chart
        return chart

    def map(self, chart: Chart, keys: Keys, found: _Findings) -> _Map:
        """What a map says of the items with these keys; both are of `chart` and `keys`."""
        # What is reported of a map has to be reported of each text.
        known, reported = (id(chart), id(keys)), len(found.respelled)
        read = self._maps.get(known) or _map(chart, keys, found)
        if len(found.respelled) == reported:
            self._maps[known] = read
        return read


_Map = tuple["dict[str, str | None]", "tuple[Dependency, ...]"]
"""The titles that nodes give to items, and the dependencies."""


@dataclass(slots=True)
class _Findings:
    """The problems, the items by key without category and title, and the line and the first spelling of each key."""

    texts: ParsedTexts
    problems: list[Problem] = field(default_factory=list)
    items: dict[str, Item] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    respelled: list[Problem] = field(default_factory=list)
    spellings: dict[str, str] = field(default_factory=dict)

    def add_problem(self, number: int, what: str, remedy: str, rule: str) -> None:
        self.problems.append(Problem(number + 1, what, remedy, rule))

    def add_respelled(self, number: int, name: str, other: str, other_number: int, remedy: str) -> None:
        what = f"{name} is there twice: as {other} on line {other_number + 1}, and on line {number + 1}"
        self.respelled.append(Problem(number + 1, what, remedy, "spelled-twice"))


def parse(text: str, texts: ParsedTexts | None = None) -> Parsed:
    """Parse a document; whatever is wrong becomes a problem with its line."""
    found = _Findings(texts or ParsedTexts())
    try:
        check_length(text)
        parts = Text.of(text)
        try:
            blocks, nested = outline(parts.lines)
        except ExcessError:
            if not is_chart(parts.lines):
                raise
            # A map alone is not Markdown, and has limits of its own.
            blocks, nested = (), ()
        check_tables(parts.lines, blocks)
    except ExcessError as error:
        found.problems.append(error.problem)
        parts, blocks, nested = Text.of(""), (), ()
    if "\0" in text or not text.isascii():
        _check_characters(parts.lines, found)
    tables = [read_table(parts.lines, block.start, block.end) for block in blocks if block.kind == "table"]
    items = {table.line: table for table in tables if table.columns.is_items}
    mermaid = [block for block in blocks if block.kind == "fence" and _MERMAID.match(block.text)]
    fences = {block: is_chart(_body(parts.lines, block)) for block in mermaid}
    fence = next((block for block, is_map in fences.items() if is_map), None)
    sections = find_sections(parts.lines, blocks, items)
    for section in sections:
        section.tables = [table._replace(rows=tuple(_read_rows(table, found))) for table in section.tables]
    _set_codes(sections, found)
    found.spellings.clear()
    dashboards = find_dashboards([table for table in tables if not table.columns.is_items], sections)
    headings = {section.heading.start for section in sections if section.heading}
    stops = {*items, *(dashboard.table.line for dashboard in dashboards), *([fence.start] if fence else [])}
    facts = read_facts(parts.lines, blocks, headings, stops)
    chart = _chart(_body(parts.lines, fence), fence.start + 1, found) if fence else None
    diagrams = tuple(_diagram(parts.lines, block) for block, is_map in fences.items() if not is_map)
    unread = find_unread(chart, [each.text for each in diagrams if each.kind is None], found.lines)
    keys = found.texts.keys(found.lines)
    layout = Layout(parts, blocks, facts, tuple(sections), keys, dashboards, chart, fence, diagrams, unread, nested)
    bare = not sections and chart is None and is_chart(parts.lines)
    maps = [range(len(parts.lines))] if bare else [fence_body(parts.lines, each) for each in fences]
    markers = tuple(conflict_markers(parts.lines, maps))
    register = standalone = None
    if sections:
        register = _register(layout, found)
        found.problems += long_texts(layout, register)
    else:
        standalone = _standalone_map(layout, found)
    return Parsed(layout, register, found.problems, standalone, markers, tuple(found.respelled))


def _chart(lines: Sequence[str], first: int, found: _Findings) -> Chart | None:
    """The map on these lines, None where it is too large."""
    try:
        return found.texts.chart(lines, first)
    except ExcessError as error:
        found.problems.append(error.problem)
        return None


def _standalone_map(layout: Layout, found: _Findings) -> StandaloneMap | None:
    """The map of a text without a table of items, in a fence or as the whole text; None if there are other problems."""
    lines, chart = layout.text.lines, layout.chart
    if chart is None and is_chart(lines):
        chart = _chart(lines, 0, found)
    if chart is None:
        if not found.problems:
            found.add_problem(0, "the document does not contain a register", _NO_ITEMS, "no-items")
        return None
    standalone = None if found.problems else StandaloneMap(chart, _label(layout.facts, "system"))
    found.add_problem(chart.header, "this is a map without a table of items", _STANDALONE_MAP, "no-items")
    return standalone


def read(text: str, texts: ParsedTexts | None = None) -> Reading:
    """Read a document, or a register in JSON. Never raises: what is wrong with it is in the problems."""
    if is_json(text):
        found = read_json(text)
        return Reading(found.register, found.problems, copy=found.copy)
    return (texts or ParsedTexts()).parse(text).reading


def _body(lines: Sequence[str], fence: Block) -> Sequence[str]:
    body = fence_body(lines, fence)
    return lines[body.start : body.stop]


def _diagram(lines: Sequence[str], fence: Block) -> Diagram:
    """A mermaid block that is not a flowchart."""
    body = _body(lines, fence)
    at, kind = diagram_kind(body)
    line = fence.start + (0 if at == len(body) else 1 + at)
    return Diagram(line, "\n".join(body[at:]), kind)


_SURROGATE = re.compile("[\ud800-\udfff]")


def _check_characters(lines: Sequence[str], found: _Findings) -> None:
    for number, text in enumerate(lines):
        if "\0" in text:
            found.add_problem(number, "there is a NUL character", "remove it", "invalid-character")
        if _SURROGATE.search(text):
            what, remedy = "there is an unpaired surrogate", "save the document as UTF-8"
            found.add_problem(number, what, remedy, "invalid-character")


def _read_rows(table: Table, found: _Findings) -> list[tuple[str, Row]]:
    """The rows of a table that have a unique key and the right number of cells."""
    rows = []
    known, number, column = found.texts.items(table.columns), len(table.names), table.columns.fields["key"]
    for row in table.body:
        item, cells = known.get(row.text), []
        if item is not None:
            key = item.key
        else:
            cells = row.cells
            if len(cells) != number:
                what = f"this row has {number_of(len(cells), 'cell')}, but its table has {number} columns"
                remedy = "give it as many cells; write a | inside a cell as \\|"
                if "|" not in row.text:
                    remedy = "put a blank line between the table and the text after it"
                found.add_problem(row.line, what, remedy, "cell-count")
                continue
            try:
                key = read_key(cells[column])
            except InvalidValueError as error:
                what = error.what if decode_cell(cells[column]).strip() else "the item has no key"
                found.add_problem(row.line, what, error.remedy, "invalid-key")
                continue
        if key in found.lines:
            what = f"{key} is there twice, on lines {found.lines[key] + 1} and {row.line + 1}"
            found.add_problem(row.line, what, "give one of them a different key", "duplicate-key")
            continue
        other = found.spellings.setdefault(name_key(key), key)
        if other != key:
            found.add_respelled(row.line, key, other, found.lines[other], "give one of them a different key")
        found.lines[key] = row.line
        rows.append((key, row))
        if item := item or _read_item(key, row.line, cells, table.columns, found):
            found.items[key] = item
    return rows


_RULES = {Kind.WORD: "unknown-word", Kind.DATE: "invalid-date"}
"""The rules that say what is wrong with the cells of some kinds of fields."""


def _read_item(key: str, line: int, cells: Sequence[str], columns: Columns, found: _Findings) -> Item | None:
    """The item in a row, without its category and title; None where a value cannot be read."""
    values: dict[str, object] = {}
    good = True
    for name, column in columns.fields.items():
        try:
            value = READERS[name](cells[column])
        except InvalidValueError as error:
            rule = _RULES.get(FIELDS[name].kind, "invalid-value")
            found.add_problem(line, f"{key}: {error.what}", error.remedy, rule)
            good = False
            continue
        if name in PAIRED:
            values[name], values[PAIRED[name]] = value
        else:
            values[name] = value
    if columns.extra:
        extra = [(name, clean(decode_cell(cells[column]))) for name, column in columns.extra.items()]
        values["extra"] = tuple((name, text) for name, text in extra if text)
        if any(is_too_long(text) for _, text in extra):
            found.add_problem(line, f"{key}: a cell is longer than {TEXT_LIMIT:,} bytes", "shorten it", "too-long")
    return Item(category="", origin=key, **values) if good else None  # type: ignore[arg-type]


def _set_codes(sections: Sequence[Section], found: _Findings) -> None:
    seen: dict[str, int] = {}
    for section in sections:
        if section.written and section.code_line is not None:
            if section.written in seen:
                lines = f"on lines {seen[section.written] + 1} and {section.code_line + 1}"
                what = f"the category code {section.written} is there twice, {lines}"
                remedy = "give one of the categories a different code"
                found.add_problem(section.code_line, what, remedy, "duplicate-code")
                section.written = None
            else:
                seen[section.written] = section.code_line
    keys = [[key for table in section.tables for key, _ in table.rows] for section in sections]
    codes = infer_codes([(s.name, s.written, k) for s, k in zip(sections, keys, strict=True)])
    by_name: dict[str, Section] = {}
    for section, code in zip(sections, codes, strict=True):
        section.code = code
        other = by_name.setdefault(name_key(code), section)
        if other is not section:
            remedy = "write a different code below the heading of one of them: <!-- code: XY -->"
            found.add_respelled(section.line, f"the category code {code}", other.code, other.line, remedy)


def _register(layout: Layout, found: _Findings) -> Register:
    categories = tuple(
        Category(code=s.code, name=s.name, definition=s.definition.text if s.definition else None, origin=s.code)
        for s in layout.sections
    )
    titles, dependencies = found.texts.map(layout.chart, layout.keys, found) if layout.chart else ({}, ())
    items = tuple(item for section in layout.sections for item in _items(section, titles, found))
    return _facts(layout.facts, found)._replace(categories=categories, items=items, dependencies=dependencies)


def _facts(facts: Facts, found: _Findings) -> Register:
    total: int | None = None
    if span := facts.labels.get("project total"):
        digits = span.source.replace(",", "").strip()
        total = int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 13 else None
        if total is None and digits:
            what = f"the project total {quoted(span.source)} is not a number"
            found.add_problem(span.line, what, "write it like 3000", "invalid-value")
    date = find_date(facts.labels["last updated"].source) if "last updated" in facts.labels else None
    return Register(
        title=(line(decode_prose(facts.title.text)) if facts.title else "") or UNTITLED,
        extends=_label(facts, "extends"),
        system=_label(facts, "system"),
        last_updated=date.value if date else None,
        purpose="\n\n".join(prose.text for prose in (facts.purpose, facts.purpose_rest) if prose) or None,
        note=facts.note.text or None if facts.note else None,
        project_total=total,
        cadence=tuple(CadenceEntry(entry.label, entry.text) for entry in facts.entries),
    )


def _label(facts: Facts, label: str) -> str | None:
    return line(decode_prose(facts.labels[label].source)) or None if label in facts.labels else None


def _items(section: Section, titles: Mapping[str, str | None], found: _Findings) -> Iterator[Item]:
    """The items of a category."""
    for table in section.tables:
        known = found.texts.items(table.columns)
        for key, row in table.rows:
            title = titles.get(key)
            if item := found.items.pop(key, None):
                if item.title != title or item.category != section.code:
                    # `_replace` takes several times as long.
                    item = Item(item.key, section.code, item.severity, item.status, title, *item[5:])
                yield item
                if not found.problems:
                    known[row.text] = item


def _map(chart: Chart, keys: Keys, found: _Findings) -> _Map:
    """What a map says of items. Nodes whose label spells the key of an item differently are reported."""
    any_case = None
    titles: dict[str, str | None] = {}
    nodes: dict[str, str] = {}
    for node, label in chart.labels.items():
        key, title = keys.identify("", label)
        if key is None:
            if label is not None:
                any_case = any_case or Keys(found.lines, any_case=True)
                if (other := any_case.identify("", label)[0]) is not None:
                    remedy = "spell the key the same in the table and in the map"
                    found.add_respelled(chart.line_of(node), node, other, found.lines[other], remedy)
            key, title = keys.identify(node, label)
        if key is not None:
            nodes[node] = key
            titles.setdefault(key, clean(title or "") or None)
    edges = [
        Dependency(nodes[source], nodes[target], clean(arrow.label))
        for arrow in chart.arrows
        for source, target in arrow.ends
        if source in nodes and target in nodes
    ]
    return titles, tuple(dict.fromkeys(edges))
