"""Writes changed register fields and categories into the sections of a document."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from store.formats.dates import find_date
from store.formats.document.sections import LABELS, NO_DEFINITION
from store.formats.document.template import (
    PURPOSE_HEADING,
    cadence_lines,
    code_line,
    definition_source,
    entry_source,
    label_values,
    name_source,
    note_source,
    purpose_source,
    section_lines,
    title_source,
)
from store.formats.document.values import codes_to_write

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from store.formats.document.layout import Block, Edits, Entry, Layout, Prose, Section
    from store.formats.document.model import CadenceEntry, Category, Item, Register


END = 9  # The rank of what comes behind everything else at its line.
_LEAD = re.compile(r"[ \t]*(?:>[ \t]?)*[ \t]*(?:[-*+][ \t]+)?")


class FactsWriter:
    """Writes the facts that differ between the imported register and the present one."""

    def __init__(self, edits: Edits, layout: Layout, imported: Register, register: Register) -> None:
        self._edits = edits
        self._layout = layout
        self._lines = layout.text.lines
        self._facts = layout.facts
        self._imported = imported
        self._register = register

    def write(self, updated: date | None) -> None:
        """Write every fact, and `updated` as the Last Updated date where the document has one."""
        if self._register.title != self._imported.title:
            self._title()
        self._labels(updated)
        self._purpose()
        if self._register.cadence != self._imported.cadence:
            self._cadence()

    def _title(self) -> None:
        source = title_source(self._register.title)
        if self._facts.title:
            replace_heading(self._edits, self._lines, self._facts.title, source)
        else:
            self._edits.insert(-1, [f"# {source}", ""])

    def _labels(self, updated: date | None) -> None:
        was = label_values(self._imported, None)
        now = label_values(self._register, None)
        spans = self._facts.labels
        if updated and (span := spans.get("last updated")):
            found = find_date(span.source)
            day = found.again(updated) if found else updated.isoformat()
            whole = span.source[: found.start] + day + span.source[found.end :] if found else day
            self._set(span.line, span.start, span.end, whole)
        new = []
        for name in ("extends", "system", "project total"):
            if was.get(name) == now.get(name):
                continue
            source = now.get(name)
            if name not in spans:
                new.append(f"**{LABELS[name]}:** {source}")
            elif source is None:
                self._drop_label(spans[name].line)
            else:
                self._set(spans[name].line, spans[name].start, spans[name].end, source)
        if new:
            self._add_labels(new)

    def _set(self, number: int, start: int, end: int, source: str) -> None:
        text = self._lines[number]
        before = text[:start] if text[:start].endswith((" ", "\t")) else f"{text[:start]} "
        self._edits.replace(number, before + source + text[end:])

    def _drop_label(self, number: int) -> None:
        self._edits.replace(number)
        for beside in (number + 1, number - 1):
            if 0 <= beside < len(self._lines) and self._lines[beside].strip() == ">":
                self._edits.replace(beside)
                break

    def _add_labels(self, new: Sequence[str]) -> None:
        places = sorted(span.line for span in self._facts.labels.values())
        if not places:
            anchor = self._facts.title.end - 1 if self._facts.title else -1
            quoted = "\n>\n".join(f"> {text}" for text in new).split("\n")
            self._edits.insert(anchor, self._apart(anchor, quoted) if anchor >= 0 else [*quoted, ""])
            return
        lead = _LEAD.match(self._lines[places[-1]])
        prefix = lead[0] if lead else "> "
        dense = any(one + 1 == other for one, other in pairwise(places))
        between = [prefix.rstrip()] if prefix.strip() == ">" and not dense else []
        self._edits.insert(places[-1], [line for text in new for line in (*between, prefix + text)])

    def _apart(self, anchor: int, lines: Sequence[str]) -> list[str]:
        """The lines with a blank line before them, and one behind where none follows."""
        following = self._lines[anchor + 1] if anchor + 1 < len(self._lines) else ""
        return ["", *lines, *([""] if following.strip() else [])]

    def _purpose(self) -> None:
        register, facts = self._register, self._facts
        new_purpose = register.purpose != self._imported.purpose
        new_note = register.note != self._imported.note
        if not (new_purpose or new_note):
            return
        purpose = purpose_source(register.purpose).split("\n") if register.purpose else []
        marks = facts.note.marks if facts.note else "*"
        note = note_source(register.note, marks).split("\n") if register.note else []
        if facts.purpose_heading is None:
            self._add_purpose(purpose, note)
            return
        anchor = facts.purpose_heading.end - 1
        if new_purpose:
            if facts.purpose_rest:
                self._put(facts.purpose_rest, [])
            self._put_or_add(facts.purpose, anchor, purpose)
        if new_note:
            self._put_or_add(facts.note, facts.purpose.end - 1 if facts.purpose else anchor, note)

    def _put_or_add(self, prose: Prose | None, anchor: int, lines: Sequence[str]) -> None:
        if prose:
            self._put(prose, lines)
        elif lines:
            self._edits.insert(anchor, self._apart(anchor, lines))

    def _put(self, prose: Prose, lines: Sequence[str]) -> None:
        replace_prose(self._edits, self._lines, prose, lines)

    def _add_purpose(self, purpose: Sequence[str], note: Sequence[str]) -> None:
        headings = [b for b in self._layout.blocks if b.kind == "heading" and not b.nested and b != self._facts.title]
        lines = [PURPOSE_HEADING, "", *(line for part in (purpose, note) if part for line in (*part, ""))]
        if not headings:
            append_section(self._edits, self._lines, lines[:-1])
            return
        before = headings[0].start
        blank = before == 0 or not self._lines[before - 1].strip()
        self._edits.insert(before - 1, lines if blank else ["", *lines])

    def _cadence(self) -> None:
        facts = self._facts
        if not facts.entries:
            lines = cadence_lines(self._register.cadence)
            if facts.cadence_heading:
                anchor = facts.cadence_heading.end - 1
                self._edits.insert(anchor, self._apart(anchor, lines[2:]))
            else:
                append_section(self._edits, self._lines, lines)
            return
        old = [(entry.label, entry.text) for entry in facts.entries]
        new = [(entry.label, entry.text) for entry in self._register.cadence]
        for kind, first, last, start, end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
            if kind != "equal":
                self._entries(facts.entries, range(first, last), self._register.cadence[start:end])

    def _entries(self, old: Sequence[Entry], places: range, new: Sequence[CadenceEntry]) -> None:
        for index, place in enumerate(places):
            entry = old[place]
            self._edits.remove(entry.start, entry.end)
            if index < len(new):
                self._edits.replace(entry.start, entry_source(new[index], entry.marker or "- "))
        like = old[max(0, places.stop - 1)]
        anchor = like.end - 1 if places.stop else like.start - 1
        self._edits.insert(anchor, [entry_source(entry, like.marker or "- ") for entry in new[len(places) :]])


def replace_heading(edits: Edits, lines: Sequence[str], heading: Block, source: str) -> None:
    """Give a heading another text; an underlined one becomes one with marks before it."""
    match = re.match(r"( {0,3}#{1,6})([ \t]+|\Z)", lines[heading.start])
    closing = re.search(r"[ \t]+#+[ \t]*\Z", lines[heading.start])
    edits.remove(heading.start, heading.end)
    if match and heading.end == heading.start + 1:
        edits.replace(heading.start, f"{match[1]}{match[2] or ' '}{source}{closing[0] if closing else ''}")
    else:
        edits.replace(heading.start, f"{'#' * heading.level} {source}")


def replace_prose(edits: Edits, lines: Sequence[str], prose: Prose, new: Sequence[str]) -> None:
    """Put lines in the place of a text; without any, the blank lines behind it go too."""
    edits.remove(prose.start, prose.end)
    if new:
        edits.replace(prose.start, *new)
        return
    following = prose.end
    while following < len(lines) and not lines[following].strip():
        following += 1
    if following < len(lines):
        edits.remove(prose.end, following)


def append_section(edits: Edits, lines: Sequence[str], section: Sequence[str]) -> None:
    """Add a section at the end of the document."""
    blank = bool(lines) and not lines[-1].strip()
    edits.insert(len(lines) - 1, section if blank else ["", *section], rank=END)


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
