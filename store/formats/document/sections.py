"""Finds the sections of a document: the fields of the register, and its categories."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from store.formats.document.layout import ItemTable, Prose, Section
from store.formats.document.values import CODE, clean, is_code, line
from store.formats.markdown import decode_prose
from store.text import name_key

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from store.formats.document.outline import Block
    from store.formats.document.table import Columns, Table


NAMELESS = "Debt Items"
NO_DEFINITION = "<!-- no definition -->"
_ITALIC = re.compile(r"(?P<mark>[*_])(?![*_\s])(?P<text>.+)(?<!\s)(?P=mark)", re.DOTALL)


def find_sections(
    lines: Sequence[str], blocks: Sequence[Block], tables: Mapping[int, tuple[Table, Columns]]
) -> list[Section]:
    """The categories in document order; tables under headings of one name belong to one category."""
    sections: dict[tuple[str, str | None], Section] = {}
    heading: Block | None = None
    between: list[Block] = []
    title = next((b for b in blocks if b.kind == "heading" and b.level == 1 and not b.nested), None)
    for block in blocks:
        if block.nested:
            continue
        if block.kind == "heading":
            heading, between = block, []
        elif block.start in tables:
            section = _section(lines, between, heading, is_title=heading is title)
            key = (name_key(section.name), section.written)
            section = sections.setdefault(key, section)
            section.tables.append(ItemTable(*tables[block.start]))
            if heading and section.headings[-1:] != [heading]:
                section.headings.append(heading)
        if block.kind != "heading":
            between.append(block)
    return list(sections.values())


def _section(lines: Sequence[str], between: Sequence[Block], heading: Block | None, *, is_title: bool) -> Section:
    """A category: its heading and what stands between that and its table."""
    written, code_line = _code(lines, between)
    name = line(decode_prose(heading.text)) if heading else ""
    prose = _definition(lines, between, whole=not is_title) if heading else None
    return Section(name or NAMELESS, heading, written, code_line, prose)


def _code(lines: Sequence[str], blocks: Sequence[Block]) -> tuple[str | None, int | None]:
    for block in blocks:
        for number in range(block.start, block.end) if block.kind == "html" else ():
            if (match := CODE.fullmatch(lines[number].strip())) and is_code(match["code"]):
                return match["code"], number
    return None, None


def _definition(lines: Sequence[str], blocks: Sequence[Block], *, whole: bool) -> Prose | None:
    """The first paragraph that is all italic, else the prose (not below the title, where other things stand)."""
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
