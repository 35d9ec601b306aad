"""Reads a document: the register in it, where each part is, and what is wrong with it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from store.errors import quoted
from store.formats.dates import find_date
from store.formats.document.cells import Words
from store.formats.document.checks import find_notices, long_texts
from store.formats.document.csv_lens import as_table, line_of, read_csv
from store.formats.document.dashboard import find_dashboards
from store.formats.document.entries import Entries
from store.formats.document.headings import heading_count, uncounted
from store.formats.document.item_lists import NotTaken, find_item_lists
from store.formats.document.items import ItemReader, names_of, used_words
from store.formats.document.layout import Diagram, Facts, Layout, Reading, StandaloneMap, Unread
from store.formats.document.maps import merged
from store.formats.document.model import CadenceEntry, Category, Dependency, Item, Register
from store.formats.document.outline import check_tables, fence_body, outline
from store.formats.document.rules import EVERYTHING
from store.formats.document.sections import read_facts
from store.formats.document.tables import read_table
from store.formats.document.values import clean, line
from store.formats.document.vocabulary import has_four_lights, language_of
from store.formats.lines import ExcessError, Notice, Problem, Text, check_length
from store.formats.markdown import decode_prose
from store.formats.mermaid.chart import Keys
from store.formats.mermaid.parser import diagram_kind, is_chart, read_chart
from store.formats.register_json import is_json, read_json
from store.text import name_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from store.formats.document.item_lists import ItemLists
    from store.formats.document.items import ReadItems
    from store.formats.document.layout import Section
    from store.formats.document.maps import Map
    from store.formats.document.outline import Block
    from store.formats.document.rules import ReadingRules
    from store.formats.document.tables import Table
    from store.formats.mermaid.chart import Chart
    from store.formats.tabular import Csv


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
    """A register, completed with what could not be read from one with the same keys that knows it."""
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
_NO_LIST = NotTaken(
    0,
    "the document does not contain a list of items",
    "a register has its items in tables, under headings or in lists, each with a title or an ID",
)
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
    notices: tuple[Notice, ...] = ()
    skipped: tuple[Notice, ...] = ()

    @property
    def reading(self) -> Reading:
        """The public part of it, in line order; conflict markers hide the problems that they cause."""
        # Without the items that could not be read, every count of the items would disagree.
        register = None if self.markers or self.problems or self.respelled else self.register
        notices = [*self.notices, *find_notices(self.layout, register)] if register is not None else []
        return Reading(
            self.register,
            self.markers or tuple(sorted((*self.problems, *self.respelled), key=lambda problem: problem.line)),
            tuple(sorted(notices, key=lambda notice: notice.line)),
            None if self.markers or self.respelled else self.map,
            self.layout.unread,
            self.layout.rules,
            self.skipped,
            items_only=self.layout.csv is not None,
        )


class ParsedTexts:
    """The documents that one operation needs, each parsed once, and so are rows, keys and maps that several have."""

    def __init__(self) -> None:
        self._parsed: dict[tuple[str, str], Parsed] = {}
        self._items: dict[str, dict[str, Item]] = {}
        self._keys: dict[frozenset[str], Keys] = {}
        self._charts: dict[tuple[int, str], Chart] = {}
        self._maps: dict[tuple[int, int], Map] = {}

    def parse(self, text: str, rules: ReadingRules = EVERYTHING) -> Parsed:
        """What a document holds."""
        known = text, repr(rules)
        if known not in self._parsed:
            self._parsed[known] = parse(text, self, rules)
        return self._parsed[known]

    def items(self, table: Table, rules: ReadingRules) -> dict[str, Item]:
        """The items by row of the tables that are read like this one, to be looked up and added to."""
        if "category" in table.columns.fields:
            return {}
        return self._items.setdefault(repr((table.columns, table.context[1:], rules._replace(keys=()))), {})

    def keep(self, layout: Layout, items: Iterable[Sequence[Item]], found: _Findings) -> None:
        """Keep the items of a document by their rows, unless something of it has to be reported of every text."""
        if found.problems or found.notices:
            return
        given = frozenset(layout.rules.keys)
        known = {item.key: item for each in items for item in each if item.key not in given}
        for table in layout.lists:
            if not isinstance(table, Entries):
                kept = self.items(table, layout.rules)
                kept.update((row.text, known[key]) for key, row in table.rows if key in known)

    def keys(self, keys: Iterable[str]) -> Keys:
        """The keys that the nodes of a map may represent."""
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

    def titles(self, layout: Layout) -> dict[str, str | None]:
        """The titles that the nodes of a map give to items, whatever the lists say."""
        return merged(self.maps(layout))[0]

    def maps(self, layout: Layout) -> list[Map]:
        """What each flowchart of a document says."""
        return [_map(each, layout.keys, _Findings(self)) for each in layout.charts]

    def map(self, chart: Chart, keys: Keys, found: _Findings) -> Map:
        """What a map says about the items with these keys; both are of `chart` and `keys`."""
        # What is reported of a map has to be reported of each text.
        known, reported = (id(chart), id(keys)), len(found.respelled)
        read = self._maps.get(known) or _map(chart, keys, found)
        if len(found.respelled) == reported:
            self._maps[known] = read
        return read


@dataclass(slots=True)
class _Findings:
    """The problems, the notices, the line of each key, and keys and codes that differ only in spelling."""

    texts: ParsedTexts
    problems: list[Problem] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    lines: dict[str, int] = field(default_factory=dict)
    respelled: list[Problem] = field(default_factory=list)

    def add_problem(self, number: int, what: str, remedy: str, rule: str) -> None:
        self.problems.append(Problem(number + 1, what, remedy, rule))

    def add_respelled(self, number: int, name: str, other: str, other_number: int, remedy: str) -> None:
        what = f"{name} appears twice: as {other} on line {other_number + 1}, and on line {number + 1}"
        self.respelled.append(Problem(number + 1, what, remedy, "spelled-twice"))


class _Outline(NamedTuple):
    """The lines of a text and its blocks; of a CSV text, those of the table that it is read as."""

    text: Text
    blocks: tuple[Block, ...] = ()
    nested: tuple[Block, ...] = ()
    csv: Csv | None = None


def _outline(text: str, rules: ReadingRules, words: Words) -> _Outline:
    """The outline of a text. Raises ExcessError."""
    csv = read_csv(text, rules, words)
    if csv is None:
        check_length(text)
    parts = as_table(csv) if csv else Text.of(text)
    try:
        blocks, nested = outline(parts.lines)
    except ExcessError:
        if not is_chart(parts.lines):
            raise
        # A map alone is not Markdown, and has different limits.
        blocks, nested = (), ()
    try:
        check_tables(parts.lines, blocks)
    except ExcessError as error:
        if csv is None:
            raise
        raise ExcessError(line_of(csv, error.problem.line - 1), error.problem.what, "remove columns or rows") from None
    return _Outline(parts, blocks, nested, csv)


def parse(text: str, texts: ParsedTexts | None = None, rules: ReadingRules = EVERYTHING) -> Parsed:
    """Parse a document; whatever is wrong becomes a problem with its line."""
    found = _Findings(texts or ParsedTexts())
    words = Words(rules, four_lights=has_four_lights(text))
    try:
        parts = _outline(text, rules, words)
    except ExcessError as error:
        found.problems.append(error.problem)
        parts = _Outline(Text.of(""))
    lines = parts.text.lines
    if "\0" in text or not text.isascii():
        _check_characters(lines, found)
    tables = [read_table(lines, b.start, b.end, rules, words) for b in parts.blocks if b.kind == "table"]
    lists = find_item_lists(lines, parts.blocks, {table.line: table for table in tables}, rules, words)
    items = _read_items(lists, rules, words, found)
    words.used = partial(used_words, items.lists, rules, words)
    words.language = language_of(names_of(items.lists))
    mermaid = [block for block in parts.blocks if block.kind == "fence" and _MERMAID.match(block.text)]
    fences = {block: is_chart(_body(lines, block)) for block in mermaid}
    layout = _layout(parts, tables, lists.repeated, items, fences, words, rules, found)
    bare = not items.lists and layout.chart is None and is_chart(lines)
    maps = [range(len(lines))] if bare else [fence_body(lines, each) for each in fences]
    register = standalone = None
    if items.lists:
        register = _register(layout, items.items, found)
        found.problems += long_texts(layout, register)
    else:
        standalone = _standalone_map(layout, lists.not_taken, found)
    counted = {dashboard.table.line for dashboard in layout.dashboards}
    missed = [each for each in lists.not_taken if each.line not in counted]
    found.notices += [Notice(each.line + 1, each.what, "unread-table") for each in missed]
    return Parsed(
        layout,
        register,
        _at_lines(found.problems, parts.csv),
        standalone,
        tuple(conflict_markers(lines, maps)),
        tuple(_at_lines(found.respelled, parts.csv)),
        tuple(_at_lines(found.notices, parts.csv)),
        tuple(_at_lines(items.skipped, parts.csv)),
    )


def _layout(
    parts: _Outline,
    tables: Sequence[Table],
    repeated: Sequence[Table],
    items: ReadItems,
    fences: Mapping[Block, bool],
    words: Words,
    rules: ReadingRules,
    found: _Findings,
) -> Layout:
    """Where everything is in a document, given its tables, its items and its Mermaid blocks (True: a map)."""
    lines = parts.text.lines
    flowcharts = [block for block, is_map in fences.items() if is_map]
    fence = flowcharts[0] if flowcharts else None
    taken = {each.line for each in (*items.lists, *repeated)}
    dashboards = find_dashboards([table for table in tables if table.line not in taken], items.sections)
    headings = {heading.start for section in items.sections for heading in section.headings}
    stops = {*taken, *(dashboard.table.line for dashboard in dashboards), *([fence.start] if fence else [])}
    flowcharts = flowcharts[:1] if rules.reference_only else flowcharts
    charts = [_chart(_body(lines, each), each.start + 1, found) for each in flowcharts]
    diagrams = tuple(_diagram(lines, block) for block, is_map in fences.items() if not is_map)
    return Layout(
        text=parts.text,
        blocks=parts.blocks,
        facts=read_facts(lines, parts.blocks, headings, stops),
        sections=tuple(items.sections),
        lists=tuple(items.lists),
        repeated=tuple(repeated),
        tables=tuple(tables),
        words=words,
        rules=rules._replace(keys=items.keyless),
        keys=found.texts.keys(found.lines),
        titled=_titled_keys(items),
        dashboards=dashboards,
        charts=tuple(each for each in charts if each is not None),
        fence=fence,
        diagrams=diagrams,
        unread=find_unread(next(iter(charts), None), [d.text for d in diagrams if d.kind is None], found.lines),
        nested_tables=parts.nested,
        csv=parts.csv,
    )


Said = TypeVar("Said", Problem, Notice)


def _at_lines(said: Sequence[Said], csv: Csv | None) -> list[Said]:
    """The notices of a table, at the lines of the CSV text that it is made from."""
    return [each._replace(line=line_of(csv, each.line - 1) + 1) for each in said] if csv else list(said)


def _read_items(lists: ItemLists, rules: ReadingRules, words: Words, found: _Findings) -> ReadItems:
    """The items of the lists of a document; keys and codes that differ only in spelling are reported."""
    _unique_codes(lists.sections, found)
    reader = ItemReader(lists.lists, lists.sections, rules, words, found.problems, found.notices)
    known = [{} if isinstance(each, Entries) else found.texts.items(each, rules) for each in lists.lists]
    read = reader.read(known)
    found.lines = read.lines
    if not rules.reference_only:
        _leave_out_counts(read)
    spellings: dict[str, str] = {}
    for key, number in read.lines.items():
        other = spellings.setdefault(name_key(key), key)
        if other != key:
            found.add_respelled(number, key, other, read.lines[other], "give one of them a different key")
    by_name: dict[str, Section] = {}
    for section in read.sections:
        section_code = by_name.setdefault(name_key(section.code), section)
        if section_code is not section:
            remedy = "write a different code below the heading of one of them: <!-- code: XY -->"
            name = f"the category code {section.code}"
            found.add_respelled(section.line, name, section_code.code, section_code.line, remedy)
    return read


def _leave_out_counts(read: ReadItems) -> None:
    """Name categories without the numbers in their headings that count their items."""
    names = {name_key(section.name) for section in read.sections}
    for section, items in zip(read.sections, read.items, strict=True):
        given, bare = heading_count(section.name), uncounted(section.name)
        counts = len(items), sum(item.status.is_open for item in items)
        if given and given[0] in counts and len(section.headings) == 1 and bare and name_key(bare) not in names:
            section.name = bare
            names.add(name_key(bare))


def _chart(lines: Sequence[str], first: int, found: _Findings) -> Chart | None:
    """The map on these lines, None where it is too large."""
    try:
        return found.texts.chart(lines, first)
    except ExcessError as error:
        found.problems.append(error.problem)
        return None


def _standalone_map(layout: Layout, not_taken: Sequence[NotTaken], found: _Findings) -> StandaloneMap | None:
    """The map of a text without a table of items, in a fence or as the whole text; None if there are other problems."""
    lines, chart = layout.text.lines, layout.chart
    if chart is None and is_chart(lines):
        chart = _chart(lines, 0, found)
    if chart is None:
        if not found.problems:
            number, nearest, remedy = not_taken[0] if not_taken else _NO_LIST
            found.add_problem(number, nearest, remedy, "no-items")
        return None
    standalone = None if found.problems else StandaloneMap(chart, _label(layout.facts, "system"))
    found.add_problem(chart.header, "this is a map without a table of items", _STANDALONE_MAP, "no-items")
    return standalone


def read(text: str, texts: ParsedTexts | None = None, rules: ReadingRules = EVERYTHING) -> Reading:
    """Read a document, or a register in JSON. Never raises: what is wrong with it is in the problems."""
    if is_json(text):
        found = read_json(text)
        return Reading(found.register, found.problems, copy=found.copy)
    return (texts or ParsedTexts()).parse(text, rules).reading


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


def _unique_codes(sections: Sequence[Section], found: _Findings) -> None:
    """Report a code that is written for two categories."""
    seen: dict[str, int] = {}
    for section in sections:
        if section.written and section.code_line is not None:
            if section.written in seen:
                lines = f"on lines {seen[section.written] + 1} and {section.code_line + 1}"
                what = f"the category code {section.written} appears twice, {lines}"
                remedy = "give one of the categories a different code"
                found.add_problem(section.code_line, what, remedy, "duplicate-code")
                section.written = None
            else:
                seen[section.written] = section.code_line


def _register(layout: Layout, items: Sequence[Sequence[Item]], found: _Findings) -> Register:
    categories = tuple(
        Category(code=s.code, name=s.name, definition=s.definition.text if s.definition else None, origin=s.code)
        for s in layout.sections
    )
    titles, dependencies = merged([found.texts.map(each, layout.keys, found) for each in layout.charts])
    titled = [[_titled(item, titles, layout.titled) for item in each] for each in items]
    found.texts.keep(layout, titled, found)
    return _facts(layout.facts, found)._replace(
        categories=categories, items=tuple(item for each in titled for item in each), dependencies=dependencies
    )


def _titled_keys(items: ReadItems) -> frozenset[str]:
    """The items whose titles are in the lists."""
    lists = [each for each in items.lists if isinstance(each, Entries) or "title" in each.columns.fields]
    if not lists:
        return frozenset()
    found = {key for each in lists for key, _ in each.rows}
    return frozenset(item.key for each in items.items for item in each if item.title and item.key in found)


def _titled(item: Item, titles: Mapping[str, str | None], titled: frozenset[str]) -> Item:
    """An item with the title that its node gives it, unless its list does."""
    title = titles.get(item.key)
    if item.title == title or item.key in titled:
        return item
    # `_replace` takes several times as long.
    return Item(item.key, item.category, item.severity, item.status, title, *item[5:])


def _facts(facts: Facts, found: _Findings) -> Register:
    total: int | None = None
    if span := facts.labels.get("project total"):
        digits = span.source.replace(",", "").strip()
        total = int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 13 else None
        if total is None and digits:
            what = f"the project total {quoted(span.source)} is not a number: it is kept as text"
            found.notices.append(Notice(span.line + 1, what, "invalid-value"))
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


def _map(chart: Chart, keys: Keys, found: _Findings) -> Map:
    """What a map says about items. Nodes whose label spells the key of an item differently are reported."""
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
