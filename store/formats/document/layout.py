"""Where each part of a register is in its document: blocks of lines, what they hold, and the limits of a document."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from itertools import accumulate, takewhile
from operator import add
from typing import TYPE_CHECKING, NamedTuple

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock, heading, lheading, table
from markdown_it.token import Token

from store.fields import TEXT_LIMIT
from store.formats.lines import ExcessError
from store.formats.markdown import BLANK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from store.formats.document.model import Register
    from store.formats.document.tables import Row, Table
    from store.formats.lines import Notice, Problem, Text
    from store.formats.mermaid.chart import Chart, Keys
    from store.formats.register_json import Copy

    Rule = Callable[[StateBlock, int, int, bool], bool]


DEPTH = 32
"""How deep lists may be nested; quotations may be nested twice as deep."""
HEADINGS = 20_000
STEPS = 200_000
"""How often lines are tried as the start of a block: twice per line of text, never in tables and fences."""

# The blocks that a kind of heading may end.
_ALTERNATIVES: dict[str, list[str]] = {"heading": ["paragraph", "reference", "blockquote"], "lheading": []}
_KINDS = {
    "heading_open": "heading",
    "table_open": "table",
    "fence": "fence",
    "bullet_list_open": "list",
    "ordered_list_open": "list",
    "blockquote_open": "quote",
    "paragraph_open": "paragraph",
    "html_block": "html",
}


class Block(NamedTuple):
    """A block of the document: lines `start` up to, not including, `end`, without the blank lines after it.

    `text` is a heading's text or a fence's info string, `level` a heading's level, `entries` the
    line ranges of a list's entries.
    """

    kind: str
    start: int
    end: int
    text: str = ""
    level: int = 0
    entries: tuple[tuple[int, int], ...] = ()


@cache
def _parser() -> MarkdownIt:
    # The text inside blocks is read by our own rules: parsing it here is slow on hostile text.
    # Past its own limit the parser would silently leave out the rest of the document.
    markdown = MarkdownIt("commonmark", {"maxNesting": 10 * DEPTH}).enable("table").disable(["inline", "text_join"])
    markdown.block.ruler.at("table", _table, {"alt": ["paragraph", "reference"]})
    markdown.block.ruler.before("table", "limits", _limits, {"alt": ["paragraph", "reference", "list"]})
    for name, rule in (("heading", heading), ("lheading", lheading)):
        markdown.block.ruler.at(name, _counting(rule), {"alt": _ALTERNATIVES[name]})
    return markdown


def _limits(state: StateBlock, start: int, _end: int, _silent: bool) -> bool:
    """A rule that matches nothing; it stops the parser where blocks are nested too deep or are too many."""
    if state.level >= 2 * DEPTH:
        what = f"lists or quotations are nested more than {DEPTH} deep here"
        raise ExcessError(start, what, "move this text out of them")
    what = f"there are more than {STEPS // 2:,} lines of text outside of tables and fences"
    _count(state, "steps", STEPS, start, what)
    return False


def _count(state: StateBlock, name: str, limit: int, line: int, excess: str) -> None:
    state.env[name] = number = state.env.get(name, 0) + 1
    if number > limit:
        raise ExcessError(line, excess, "keep the register in a separate document")


def _counting(rule: Rule) -> Rule:
    """A rule for headings that stops the parser where there are too many."""

    def counted(state: StateBlock, start: int, end: int, silent: bool) -> bool:
        found = rule(state, start, end, silent)
        if found and not silent:
            what = f"there are more than {HEADINGS:,} headings, the limit of a document"
            _count(state, "headings", HEADINGS, start, what)
        return found

    return counted


def _table(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """The rule for tables without its cells, which are scanned where they are needed."""
    if not table(state, start, end, True):
        return False
    if silent:
        return True
    parent, state.parentType = state.parentType, "table"
    endings = state.md.block.ruler.getRules("blockquote")
    last = start + 2
    while last < end and state.sCount[last] >= state.blkIndent and not state.is_code_block(last):
        text = state.src[state.bMarks[last] : state.eMarks[last]]
        # A line that starts with a pipe does not start another block.
        if text[:1] != "|" and (not text.strip(BLANK) or any(ending(state, last, end, True) for ending in endings)):
            break
        last += 1
    state.push("table_open", "table", 1).map = [start, last]
    state.push("table_close", "table", -1)
    state.parentType = parent
    state.line = last
    return True


class LineState(StateBlock):
    """The library's state before the first line, without the text inside fences, which is not needed.

    Its own way to this state first visits every blank at the beginning of a line.
    """

    def __init__(self, lines: Sequence[str], markdown: MarkdownIt, tokens: list[Token]) -> None:
        super().__init__("", markdown, {}, tokens)
        self.src = "\n".join(lines).replace("\0", "\ufffd")
        # The library does not count a last line without text.
        lines = lines[:-1] if lines and not lines[-1].strip(" \t") else lines
        indents = [line[: len(line) - len(line.lstrip(" \t"))] if line[:1] in " \t" else "" for line in lines]
        widths = list(map(len, lines))
        starts = list(accumulate((width + 1 for width in widths), initial=0))[: len(lines)]
        self.bMarks = [*starts, len(self.src)]
        self.eMarks = [*map(add, starts, widths), len(self.src)]
        self.tShift = [*map(len, indents), 0]
        self.sCount = [len(indent.expandtabs(4)) if "\t" in indent else len(indent) for indent in (*indents, "")]
        self.bsCount = [0] * len(self.bMarks)
        self.lineMax = len(lines)

    def getLines(self, begin: int, end: int, indent: int, keepLastLF: bool) -> str:
        """The text of lines that are a heading, a paragraph or a reference."""
        return "" if keepLastLF else super().getLines(begin, end, indent, keepLastLF)


def outline(lines: Sequence[str]) -> tuple[tuple[Block, ...], tuple[Block, ...]]:
    """The blocks of a document in order, and the tables inside its lists and quotations. Raises ExcessError."""
    markdown, tokens = _parser(), list[Token]()
    state = LineState(lines, markdown, tokens)
    markdown.block.tokenize(state, 0, state.lineMax)
    blocks: list[Block] = []
    nested: list[Block] = []
    for index, token in enumerate(tokens):
        if token.map is None or token.nesting < 0 or token.type == "inline":
            continue
        start, end = token.map[0], _trimmed(lines, *token.map)
        kind = _KINDS.get(token.type, "other")
        if token.level:
            if kind == "table":
                nested.append(Block(kind, start, end))
        elif kind == "heading":
            blocks.append(Block(kind, start, end, tokens[index + 1].content, int(token.tag[1])))
        elif kind == "list":
            blocks.append(Block(kind, start, end, entries=tuple(_entries(lines, tokens[index + 1 :]))))
        else:
            blocks.append(Block(kind, start, end, token.info.strip()))
    return tuple(blocks), tuple(nested)


def _trimmed(lines: Sequence[str], start: int, end: int) -> int:
    """The end of a block without the blank lines after it."""
    end = min(end, len(lines))
    while end > start + 1 and not lines[end - 1].strip():
        end -= 1
    return end


def _entries(lines: Sequence[str], tokens: Iterable[Token]) -> Iterator[tuple[int, int]]:
    """The entries of the list that ends first among these tokens."""
    for token in takewhile(lambda token: token.level, tokens):
        if token.type == "list_item_open" and token.level == 1 and token.map:
            yield token.map[0], _trimmed(lines, *token.map)


def fence_body(lines: Sequence[str], fence: Block) -> range:
    """The lines between the first and the last line of a fence (the last one may be missing)."""
    opening = re.match(r"[ \t]*(`{3,}|~{3,})", lines[fence.start])
    marks = opening[1] if opening else "```"
    closing = re.fullmatch(r"[ \t]*(`{3,}|~{3,})[ \t]*", lines[fence.end - 1])
    closed = fence.end - 1 > fence.start and closing and closing[1].startswith(marks)
    return range(fence.start + 1, fence.end - 1 if closed else fence.end)


class Span(NamedTuple):
    """A value on a line: where its source starts and ends."""

    line: int
    start: int
    end: int
    source: str


class Prose(NamedTuple):
    """Lines `start` up to, not including, `end` that hold a text; `marks` are the emphasis around it."""

    start: int
    end: int
    text: str
    marks: str = ""


class Entry(NamedTuple):
    """An entry of the review cadence: lines `start` up to, not including, `end`, and the list marker before it."""

    start: int
    end: int
    marker: str
    label: str
    text: str


class Facts(NamedTuple):
    """The register's own facts: title, labeled values by folded label, purpose, note and cadence.

    `purpose_rest` is the part of the purpose after the note.
    """

    title: Block | None
    labels: dict[str, Span]
    purpose_heading: Block | None
    purpose: Prose | None
    purpose_rest: Prose | None
    note: Prose | None
    cadence_heading: Block | None
    entries: tuple[Entry, ...]


@dataclass(slots=True)
class Section:
    """Where a category is: its headings, its written code, its definition and its tables."""

    name: str
    written: str | None
    code_line: int | None
    definition: Prose | None
    tables: list[Table] = field(default_factory=list)
    headings: list[Block] = field(default_factory=list)
    code: str = ""

    @property
    def heading(self) -> Block | None:
        """Its first heading."""
        return self.headings[0] if self.headings else None

    @property
    def line(self) -> int:
        """The line (from 0) of its code, else of its heading, else of its first table."""
        if self.code_line is not None:
            return self.code_line
        return self.heading.start if self.heading else self.tables[0].header.line


class Dashboard(NamedTuple):
    """A table of counts: the category column, the count columns by word, and the category of each row (None: total)."""

    table: Table
    name_column: int
    columns: dict[str, int]
    rows: tuple[tuple[str | None, Row], ...]


class Unread(NamedTuple):
    """Items whose titles and dependencies a map may hold on lines that cannot be read; None: any item."""

    keys: frozenset[str] | None

    def covers(self, key: str) -> bool:
        """Whether this item may be on such a line."""
        return self.keys is None or key in self.keys


class Layout(NamedTuple):
    """The parts of a document; `keys` are those of its items."""

    text: Text
    blocks: tuple[Block, ...]
    facts: Facts
    sections: tuple[Section, ...]
    keys: Keys
    dashboards: tuple[Dashboard, ...]
    chart: Chart | None
    fence: Block | None
    diagrams: tuple[Diagram, ...] = ()
    unread: Unread | None = None
    nested_tables: tuple[Block, ...] = ()

    @property
    def headings(self) -> list[Block]:
        """Its headings in order."""
        return [block for block in self.blocks if block.kind == "heading"]


class Diagram(NamedTuple):
    """A mermaid block that is not a flowchart: its line (from 0), the text there, its kind (None: cannot be read)."""

    line: int
    text: str
    kind: str | None


class StandaloneMap(NamedTuple):
    """The map of a text without a table of items, and the system that the text names."""

    chart: Chart
    system: str | None


class Reading(NamedTuple):
    """What a document holds. With problems, the register is what could be read and must not be stored.

    If the only problem is that the text holds a map and no items, `map` is that map. The register is None without an
    item table. `unread` is what its map may contain on lines that cannot be read. A `copy` is a text such as JSON that
    no export writes changes into.
    """

    register: Register | None
    problems: tuple[Problem, ...] = ()
    notices: tuple[Notice, ...] = ()
    map: StandaloneMap | None = None
    unread: Unread | None = None
    copy: Copy | None = None


ROWS = 200_000
COLUMNS = 500
CELLS = 2_000_000


def check_tables(lines: Sequence[str], blocks: Sequence[Block]) -> None:
    """Raise ExcessError for a text with too many rows, columns or cells."""
    rows = cells = 0
    for block in blocks:
        if block.kind != "table":
            continue
        rows += block.end - block.start - 2
        if rows > ROWS:
            what = f"the tables have more than {ROWS:,} rows, the limit of a document"
            raise ExcessError(block.start, what, "split the register into several databases")
        for number in range(block.start, block.end):
            # The pipes between cells, or a few more.
            pipes = lines[number].count("|")
            if pipes > COLUMNS + 1:
                pipes -= lines[number].count("\\|")
            if pipes > COLUMNS + 1:
                what = f"this row has more than {COLUMNS} cells, the limit of a table"
                raise ExcessError(number, what, "remove columns; write a | inside a cell as \\|")
            cells += pipes
            if cells > CELLS:
                what = f"the tables have more than {CELLS:,} cells, the limit of a document"
                raise ExcessError(number, what, "remove columns, or split the register into several databases")
        if len(lines[block.start]) > TEXT_LIMIT:
            what = f"the headers of this table are longer than {TEXT_LIMIT:,} characters"
            raise ExcessError(block.start, what, "shorten them")
