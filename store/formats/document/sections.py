"""Finds the parts of a document: the fields of the register, and its categories."""

from __future__ import annotations

import re
from itertools import takewhile
from typing import TYPE_CHECKING

from store.fields import is_code
from store.formats.document.layout import Entry, Facts, Prose, Section, Span
from store.formats.document.values import CODE, clean, heading_key, line
from store.formats.markdown import decode_prose
from store.text import name_key

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from store.formats.document.layout import Block
    from store.formats.document.values import ItemTable


LABELS = {"extends": "Extends", "system": "System", "last updated": "Last Updated", "project total": "Project Total"}
PURPOSE, CADENCE = frozenset({"purpose"}), frozenset({"review cadence", "cadence"})

_LABELED = re.compile(
    r"(?P<lead>[ \t]*(?:>[ \t]?)*[ \t]*(?:[-*+][ \t]+)?)(?P<mark>\*\*|__)(?P<label>[^*_:]+)(?::(?P=mark)|(?P=mark):)"
)
_MARKER = re.compile(r"[ \t]*(?:[-*+]|\d{1,9}[.)])(?:[ \t]+|\Z)")
_ENTRY = re.compile(r"(?P<mark>\*\*|__)(?P<label>[^\n]*?)(?::(?P=mark)|(?P=mark):)[ \t]*(?P<text>.*)", re.DOTALL)
_NOTE = re.compile(r"([*_])Note:(?P<text>.*)\1", re.DOTALL)


def read_facts(
    lines: Sequence[str], blocks: Sequence[Block], categories: Collection[int], boundaries: Collection[int]
) -> Facts:
    """Find the register's facts.

    `categories` are the lines of headings that belong to categories, `boundaries` the first lines of
    tables and fences that belong to the register and so end any text before them.
    """
    headings = [block for block in blocks if block.kind == "heading"]
    title = next((block for block in headings if block.level == 1), None)
    named = [heading for heading in headings if heading is not title and heading.start not in categories]
    purpose_heading = next((heading for heading in named if heading_key(heading.text) in PURPOSE), None)
    cadence_heading = next((heading for heading in named if heading_key(heading.text) in CADENCE), None)
    purpose, rest, note = _purpose(lines, blocks, purpose_heading, boundaries) if purpose_heading else (None,) * 3
    first = next((b.start for b in blocks if b.kind == "heading" or b.start in boundaries), len(lines))
    below_title = section_blocks(blocks, title, boundaries) if title else []
    labels: dict[str, Span] = {}
    for block in blocks:
        if block.kind in ("quote", "paragraph", "list") and (block.start < first or block in below_title):
            for number in range(block.start, block.end):
                if found := read_label(lines[number], number):
                    labels.setdefault(*found)
    cadence = section_blocks(blocks, cadence_heading, boundaries) if cadence_heading else []
    entries = tuple(read_entry(lines, *entry) for block in cadence for entry in block.entries)
    return Facts(title, labels, purpose_heading, purpose, rest, note, cadence_heading, entries)


def section_blocks(blocks: Sequence[Block], heading: Block, boundaries: Collection[int]) -> list[Block]:
    """The blocks between a heading and the next heading, or a line in `boundaries`."""
    following = (block for block in blocks if block.start > heading.start)
    return list(takewhile(lambda block: block.kind != "heading" and block.start not in boundaries, following))


def read_label(text: str, number: int) -> tuple[str, Span] | None:
    """A labeled value such as `> **System:** value`: its folded label and where the value is."""
    match = _LABELED.match(text)
    if match is None or (label := heading_key(match["label"])) not in LABELS:
        return None
    value = text[match.end() :]
    source = value.strip()
    start = match.end() + len(value) - len(value.lstrip())
    return label, Span(number, start, start + len(source), source)


def _purpose(
    lines: Sequence[str], blocks: Sequence[Block], heading: Block, boundaries: Collection[int]
) -> tuple[Prose | None, Prose | None, Prose | None]:
    """The purpose before the note, the rest of it after the note, and the note."""
    inside = section_blocks(blocks, heading, boundaries)
    limit = next((b.start for b in blocks if b.start > heading.start and b not in inside), len(lines))
    for block in inside:
        source = "\n".join(lines[block.start : block.end]).strip()
        if block.kind == "paragraph" and (match := _NOTE.fullmatch(source)):
            text = clean(decode_prose(match["text"]))
            note = Prose(block.start, block.end, text, match[1])
            return _prose(lines, heading.end, block.start), _prose(lines, block.end, limit), note
    return _prose(lines, heading.end, limit), None, None


def _prose(lines: Sequence[str], start: int, end: int) -> Prose | None:
    while start < end and not lines[start].strip():
        start += 1
    while start < end and not lines[end - 1].strip():
        end -= 1
    text = clean(decode_prose("\n".join(lines[start:end])))
    return Prose(start, end, text) if start < end else None


def read_entry(lines: Sequence[str], start: int, end: int) -> Entry:
    """An entry of a list: `- **Label:** text`, or only text."""
    match = _MARKER.match(lines[start])
    marker = match[0] if match else ""
    rest = [lines[start][len(marker) :]]
    for text in lines[start + 1 : end]:
        width = min(len(marker), len(text) - len(text.lstrip(" \t")))
        rest.append(text[width:])
    source = "\n".join(rest).strip()
    if labeled := _ENTRY.fullmatch(source):
        label, text = line(decode_prose(labeled["label"])), clean(decode_prose(labeled["text"]))
        return Entry(start, end, marker, label, text)
    return Entry(start, end, marker, "", clean(decode_prose(source)))


NAMELESS = "Debt Items"
NO_DEFINITION = "<!-- no definition -->"
_ITALIC = re.compile(r"(?P<mark>[*_])(?![*_\s])(?P<text>.+)(?<!\s)(?P=mark)", re.DOTALL)


def find_sections(lines: Sequence[str], blocks: Sequence[Block], tables: Mapping[int, ItemTable]) -> list[Section]:
    """The categories in document order; tables under headings of one name belong to one category."""
    sections: dict[tuple[str, str | None], Section] = {}
    heading: Block | None = None
    between: list[Block] = []
    title = next((b for b in blocks if b.kind == "heading" and b.level == 1), None)
    for block in blocks:
        if block.kind == "heading":
            heading, between = block, []
        elif block.start in tables:
            section = _section(lines, between, heading, is_title=heading is title)
            key = (name_key(section.name), section.written)
            section = sections.setdefault(key, section)
            section.tables.append(tables[block.start])
            if heading and section.headings[-1:] != [heading]:
                section.headings.append(heading)
        if block.kind != "heading":
            between.append(block)
    return list(sections.values())


def _section(lines: Sequence[str], between: Sequence[Block], heading: Block | None, *, is_title: bool) -> Section:
    """A category: its heading and what is between that and its table."""
    written, code_line = _code(lines, between)
    name = line(decode_prose(heading.text)) if heading else ""
    prose = _definition(lines, between, whole=not is_title) if heading else None
    return Section(name or NAMELESS, written, code_line, prose)


def _code(lines: Sequence[str], blocks: Sequence[Block]) -> tuple[str | None, int | None]:
    for block in blocks:
        for number in range(block.start, block.end) if block.kind == "html" else ():
            if (match := CODE.fullmatch(lines[number].strip())) and is_code(match["code"]):
                return match["code"], number
    return None, None


def _definition(lines: Sequence[str], blocks: Sequence[Block], *, whole: bool) -> Prose | None:
    """The first paragraph that is all italic, else the prose (not below the title, where other facts are)."""
    texts: list[Block] = []
    for block in blocks:
        if block.kind == "html":
            if lines[block.start].strip() == NO_DEFINITION:
                return None
            if texts:
                break
            continue
        if block.kind not in ("paragraph", "list", "quote"):
            break
        texts.append(block)
    for block in texts:
        source = "\n".join(lines[block.start : block.end]).strip()
        if block.kind == "paragraph" and (match := _italic(source)):
            return Prose(block.start, block.end, clean(decode_prose(match["text"])), match["mark"])
    if not texts or not whole:
        return None
    source = "\n".join(lines[texts[0].start : texts[-1].end])
    return Prose(texts[0].start, texts[-1].end, clean(decode_prose(source)))


def _italic(source: str) -> re.Match[str] | None:
    """A paragraph that is italic as a whole; bold words inside it are allowed."""
    match = _ITALIC.fullmatch(source)
    if match is None:
        return None
    mark = match["mark"]
    return None if mark in match["text"].replace(mark * 2, "") else match
