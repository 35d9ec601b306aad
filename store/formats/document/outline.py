"""Which lines of a document are headings, tables, fences, lists and quotes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock, heading, lheading, table

from store.formats.document.layout import ExcessError
from store.formats.markdown import BLANK

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from markdown_it.token import Token

    Rule = Callable[[StateBlock, int, int, bool], bool]

DEPTH = 32
"""How many lists may stand in one another; twice as many quotations may."""
HEADINGS = 20_000
STEPS = 200_000
"""How often lines may be tried as the start of a block: twice per line of text, never in tables and fences."""

# Which blocks a kind of headings may end.
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


@dataclass(frozen=True, slots=True)
class Block:
    """A block of the document: lines `start` up to, not including, `end`, without blank lines behind it.

    `text` is a heading's text or a fence's info string, `level` a heading's level, `entries` the
    line ranges of a list's entries, and `nested` says that the block stands in a list or a quote.
    """

    kind: str
    start: int
    end: int
    text: str = ""
    level: int = 0
    entries: tuple[tuple[int, int], ...] = ()
    nested: bool = False


@cache
def _parser() -> MarkdownIt:
    # The text inside blocks is read by our own rules: parsing it here is slow on hostile text.
    # Past its own limit the parser would leave out the rest of the document without a word.
    markdown = MarkdownIt("commonmark", {"maxNesting": 10 * DEPTH}).enable("table").disable(["inline", "text_join"])
    markdown.block.ruler.at("table", _table, {"alt": ["paragraph", "reference"]})
    markdown.block.ruler.before("table", "limits", _limits, {"alt": ["paragraph", "reference", "list"]})
    for name, rule in (("heading", heading), ("lheading", lheading)):
        markdown.block.ruler.at(name, _counting(rule), {"alt": _ALTERNATIVES[name]})
    return markdown


def _limits(state: StateBlock, start: int, _end: int, _silent: bool) -> bool:
    """A rule that matches nothing; it stops the parser where blocks are nested too deep or are too many."""
    if state.level >= 2 * DEPTH:
        what = f"lists or quotations stand more than {DEPTH} deep in one another here"
        raise ExcessError(start, what, "move this text out of them")
    state.env["steps"] = steps = state.env.get("steps", 0) + 1
    if steps > STEPS:
        what = f"there are more than {STEPS // 2:,} lines of text outside of tables and fences"
        raise ExcessError(start, what, "keep the register in a document of its own")
    return False


def _counting(rule: Rule) -> Rule:
    """A rule for headings that stops the parser where there are too many."""

    def counted(state: StateBlock, start: int, end: int, silent: bool) -> bool:
        found = rule(state, start, end, silent)
        if found and not silent:
            state.env["headings"] = number = state.env.get("headings", 0) + 1
            if number > HEADINGS:
                what = f"there are more than {HEADINGS:,} headings, the limit of a document"
                raise ExcessError(start, what, "keep the register in a document of its own")
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
        # A line that begins with a pipe begins no other block.
        if text[:1] != "|" and (not text.strip(BLANK) or any(ending(state, last, end, True) for ending in endings)):
            break
        last += 1
    state.push("table_open", "table", 1).map = [start, last]
    state.push("table_close", "table", -1)
    state.parentType = parent
    state.line = last
    return True


def outline(lines: Sequence[str]) -> tuple[Block, ...]:
    """The blocks at the top of the document, and every table wherever it stands, in order. Raises ExcessError."""
    tokens = _parser().parse("\n".join(lines))
    blocks: list[Block] = []
    for index, token in enumerate(tokens):
        if token.map is None or (token.level and token.type != "table_open"):
            continue
        if token.nesting < 0 or token.type == "inline":
            continue
        start, end = token.map[0], _last(lines, *token.map)
        kind = _KINDS.get(token.type, "other")
        text, level = "", 0
        if kind == "heading":
            text, level = tokens[index + 1].content, int(token.tag[1])
        elif kind == "fence":
            text = token.info.strip()
        entries = _entries(tokens, index, lines) if kind == "list" else ()
        blocks.append(Block(kind, start, end, text, level, entries, token.level > 0))
    return tuple(blocks)


def _last(lines: Sequence[str], start: int, end: int) -> int:
    end = min(end, len(lines))
    while end > start + 1 and not lines[end - 1].strip():
        end -= 1
    return end


def _entries(tokens: Sequence[Token], index: int, lines: Sequence[str]) -> tuple[tuple[int, int], ...]:
    found = []
    level = tokens[index].level
    for token in tokens[index + 1 :]:
        if token.level <= level:
            break
        if token.type == "list_item_open" and token.level == level + 1 and token.map:
            found.append((token.map[0], _last(lines, *token.map)))
    return tuple(found)


def fence_body(lines: Sequence[str], fence: Block) -> range:
    """The lines inside a fence, without its own two (the closing one may be missing)."""
    opening = re.match(r"[ \t]*(`{3,}|~{3,})", lines[fence.start])
    marks = opening[1] if opening else "```"
    closing = re.fullmatch(r"[ \t]*(`{3,}|~{3,})[ \t]*", lines[fence.end - 1])
    closed = fence.end - 1 > fence.start and closing and closing[1].startswith(marks)
    return range(fence.start + 1, fence.end - 1 if closed else fence.end)
