"""The blocks of a Markdown document, and the limits of one."""

from __future__ import annotations

import re
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
    "hr": "rule",
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
