"""Writes changed categories into a document: headings, codes, definitions, whole sections and their order."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from store.formats.document.codes import codes_to_write
from store.formats.document.facts_writer import replace_heading, replace_prose
from store.formats.document.prose import definition_source, name_source
from store.formats.document.sections import NO_DEFINITION
from store.formats.document.template import code_line, section_lines

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from store.formats.document.edits import Edits
    from store.formats.document.layout import Layout, Section
    from store.formats.document.model import Category, Item, Register
    from store.formats.document.outline import Block

_SECTIONS = 5  # The rank of new sections: behind new rows of the table before them.


class SectionWriter:
    """Writes the categories of `register` where the document has those of `imported`."""

    def __init__(self, edits: Edits, layout: Layout, imported: Register, register: Register) -> None:
        self._edits = edits
        self._layout = layout
        self._lines = layout.text.lines
        self._sections = {section.code: section for section in layout.sections}
        self._imported = {category.code: category for category in imported.categories}
        self._register = register
        self._headed: set[int] = set()

    def section(self, category: Category) -> Section | None:
        """The section that a category has in the document."""
        return self._sections.get(category.origin) if category.origin else None

    def write(self, items: Mapping[str, Sequence[Item]]) -> None:
        """Write every category; `items` are those of each present code, needed for the codes and for new sections."""
        categories = self._register.categories
        kept = [c for c in categories if self.section(c)]
        named = [
            (c.name, s.written if (s := self.section(c)) else None, [i.key for i in items[c.code]]) for c in categories
        ]
        coded = codes_to_write(named, [c.code for c in categories])
        for number, category in enumerate(categories):
            if section := self.section(category):
                self._category(section, category, coded=number in coded)
        staying = {c.origin for c in kept}
        for code, section in self._sections.items():
            if code not in staying:
                self._remove(section)
        self._reorder(kept)
        self._add(items, coded)

    def _category(self, section: Section, category: Category, *, coded: bool) -> None:
        former = self._imported[section.code]
        definition = [""]
        if category.definition:
            marks = section.definition.marks if section.definition else "*"
            definition = [*definition_source(category.definition, marks).split("\n"), ""]
        renamed, redefined = category.name != former.name, category.definition != former.definition
        comment = [code_line(category.code)] if coded else []
        if section.code_line is not None:
            if category.code != section.written:
                self._edits.replace(section.code_line, *comment)
            comment = []
        if section.heading is None:
            if renamed or redefined or comment:
                self._give_heading(section, category, [*comment, "", *(definition if category.definition else [])])
            return
        if renamed:
            for heading in section.headings:
                replace_heading(self._edits, self._lines, heading, name_source(category.name))
        anchor = section.heading.end - 1
        if comment:
            for heading in section.headings:
                self._edits.insert(heading.end - 1, comment)
        if redefined:
            anchor = anchor if section.code_line is None else section.code_line
            self._definition(section, anchor, definition[:-1] if category.definition else [])

    def _definition(self, section: Section, anchor: int, lines: Sequence[str]) -> None:
        between = self._between(section)
        absent = next((b for b in between if self._lines[b.start].strip() == NO_DEFINITION), None)
        if absent:
            self._edits.remove(absent.start, absent.end)
            self._edits.replace(absent.start, *lines)
        elif section.definition is None:
            following = self._lines[anchor + 1] if anchor + 1 < len(self._lines) else ""
            self._edits.insert(anchor, ["", *lines, *([""] if following.strip() else [])], rank=1)
        else:
            own = section.definition
            others = [
                b
                for b in between
                if b.kind in ("paragraph", "list", "quote") and b.start not in range(own.start, own.end)
            ]
            replace_prose(self._edits, self._lines, own, lines or ([NO_DEFINITION] if others else []))

    def _between(self, section: Section) -> list[Block]:
        """The blocks between a section's heading and its first table."""
        start = section.heading.end if section.heading else 0
        end = section.tables[0].table.header.line
        return [block for block in self._layout.blocks if start <= block.start < end and not block.nested]

    def _range(self, heading: Block) -> range:
        """The lines of the section under a heading, without the blank ones behind it."""
        special = self._special
        end = len(self._lines)
        for block in self._layout.blocks:
            below = block.kind == "heading" and not block.nested and block.start > heading.start
            if below and (block.level <= heading.level or block.start in special):
                end = block.start
                break
        while end > heading.end and not self._lines[end - 1].strip():
            end -= 1
        return range(heading.start, end)

    @cached_property
    def _special(self) -> set[int]:
        """The lines of headings under which something of the register's stands."""
        layout = self._layout
        places = [board.table.header.line for board in layout.dashboards] + (
            [layout.fence.start] if layout.fence else []
        )
        headings = [b for b in layout.blocks if b.kind == "heading" and not b.nested]
        found = {max((h.start for h in headings if h.start < place), default=-1) for place in places}
        for section in layout.sections:
            found |= {heading.start for heading in section.headings}
        facts = layout.facts
        return found | {h.start for h in (facts.title, facts.purpose_heading, facts.cadence_heading) if h}

    def _shared(self, heading: Block) -> bool:
        """Whether more than a category stands in the section under a heading, so that it cannot go."""
        layout, lines = self._layout, self._range(heading)
        places = [board.table.header.line for board in layout.dashboards] + (
            [layout.fence.start] if layout.fence else []
        )
        return heading == layout.facts.title or any(place in lines for place in places)

    def _remove(self, section: Section) -> None:
        free = [heading for heading in section.headings if not self._shared(heading)]
        for heading in free:
            lines = self._range(heading)
            end = lines.stop
            while end < len(self._lines) and not self._lines[end].strip():
                end += 1
            self._edits.remove(lines.start, end)
        for table in section.tables:
            lines_ = [table.table.header.line, table.table.delimiter.line, *(row.line for row in table.table.body)]
            self._edits.remove(lines_[0], lines_[-1] + 1)

    def _give_heading(self, section: Section, category: Category, lines: Sequence[str]) -> None:
        """Put a heading of its own before the table of a category that has none."""
        first = section.tables[0].table.header.line
        if first not in self._headed:
            self._headed.add(first)
            self._edits.prefix(first, [f"## {name_source(category.name)}", *lines])

    def _reorder(self, categories: Sequence[Category]) -> None:
        order = [section.code for c in categories if (section := self.section(c))]
        there = [section.code for section in self._layout.sections if section.code in order]
        if order == there:
            return
        slots = []
        for code in there:
            section = self._sections[code]
            if section.heading and section.heading != self._layout.facts.title:
                slots.append(self._range(section.heading))
            else:
                self._give_heading(section, next(c for c in categories if c.origin == code), [""])
                table = section.tables[0].table
                slots.append(range(table.header.line, (table.body or (table.delimiter,))[-1].line + 1))
        self._edits.permute(slots, [there.index(code) for code in order])

    def _add(self, items: Mapping[str, Sequence[Item]], coded: frozenset[int]) -> None:
        levels = [s.heading.level for s in self._layout.sections if s.heading and s.heading != self._layout.facts.title]
        last: Section | None = None
        for number, category in enumerate(self._register.categories):
            if section := self.section(category):
                last = section
                continue
            level = levels[-1] if levels else 2
            lines = section_lines(category, items[category.code], code=number in coded, level=level)
            if last:
                self._edits.insert(self._end(last), ["", *lines], rank=_SECTIONS)
            else:
                self._add_first(lines)

    def _add_first(self, lines: Sequence[str]) -> None:
        """Add a section before all that are there."""
        first = self._layout.sections[0]
        if first.heading and first.heading != self._layout.facts.title:
            anchor = first.heading.start - 1
        else:
            anchor = first.tables[0].table.header.line - 1
            if category := next((c for c in self._register.categories if c.origin == first.code), None):
                self._give_heading(first, category, [""])
        blank = anchor < 0 or not self._lines[anchor].strip()
        self._edits.insert(anchor, [*lines, ""] if blank else ["", *lines, ""], rank=_SECTIONS)

    def _end(self, section: Section) -> int:
        """The last line of a section."""
        table = section.tables[-1].table
        end = (table.body or (table.delimiter,))[-1].line
        return (
            max(end, self._range(section.headings[-1]).stop - 1)
            if section.headings and not self._shared(section.headings[-1])
            else end
        )
