"""Writes a register into its document, changing only what differs, or into a new document."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from store.errors import RegisterError
from store.fields import WHEN_THERE
from store.formats.dates import find_date
from store.formats.document.columns import TEXTS
from store.formats.document.confirm import read_back
from store.formats.document.counts import CountsUpdate
from store.formats.document.csv_lens import CsvEdits
from store.formats.document.dashboard import DashboardUpdate
from store.formats.document.diff import differences
from store.formats.document.entries import Entries
from store.formats.document.headings import uncounted
from store.formats.document.item_writer import ItemsUpdate, RepeatsUpdate
from store.formats.document.maps import by_map
from store.formats.document.reader import ParsedTexts, without_unread
from store.formats.document.rules import EVERYTHING
from store.formats.document.sections import LABELS, NO_DEFINITION, codes_to_write
from store.formats.document.tables import Table
from store.formats.document.template import (
    PURPOSE_HEADING,
    cadence_lines,
    code_comment,
    definition_source,
    entry_source,
    items_by_category,
    label_values,
    map_lines,
    name_source,
    note_source,
    purpose_source,
    section_lines,
    title_source,
    write_new,
)
from store.formats.lines import Edits
from store.formats.mermaid.writer import MapUpdate, mapped_items

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import date

    from store.formats.document.diff import Difference
    from store.formats.document.layout import Layout, Prose, Section, Span
    from store.formats.document.model import CadenceEntry, Category, Item, Register
    from store.formats.document.outline import Block
    from store.formats.document.rules import ReadingRules


# The order of lines that are inserted after the same line; those at the end of the text have rank 9.
_ROWS, _DEFINITION, _SECTIONS, _MAP = 0, 1, 5, 8


def write(
    register: Register,
    *,
    template: str | None = None,
    updated: date | None = None,
    known: Register | None = None,
    rules: ReadingRules = EVERYTHING,
) -> str:
    """The document of a register.

    With a template, which is read by `rules`, only what differs from the register read from it is written; items and
    categories are matched by their `origin`. If nothing differs, the template is returned unchanged. `updated` is the
    new Last Updated date. `known` is what was known of the map before lines of it could not be read.
    Raises RegisterError rather than returning a document that would not read back as the register.
    """
    texts = ParsedTexts()
    if template is not None:
        return DocumentUpdate(template, register, known, texts=texts, rules=rules).text(updated)
    _check(register)
    text = write_new(register, updated)
    read_back(text, register, EVERYTHING, texts)
    return text


class DocumentUpdate:
    """A register that is to be written into its document; the arguments are those of `write`."""

    def __init__(
        self,
        template: str,
        register: Register,
        known: Register | None,
        *,
        texts: ParsedTexts,
        rules: ReadingRules = EVERYTHING,
    ) -> None:
        _check(register)
        self._template = template
        self._texts = texts
        self._rules = rules
        self._parsed = parsed = texts.parse(template, rules)
        self._register = register
        self.differences: tuple[Difference, ...] = ()
        """How the register differs from the document."""
        self.keys = parsed.layout.rules.keys
        """The keys of the items that have none in the written document, in its order."""
        if parsed.register is not None:
            present = without_unread(register, parsed.layout.unread, parsed.register, known)
            self._register = texts_in_place(present, parsed.layout, parsed.register)
            self.differences = differences(parsed.register, self._register)

    def text(self, updated: date | None) -> str:
        """The document with the differences written into it. Raises RegisterError as `write` does."""
        layout, imported, register = self._parsed.layout, self._parsed.register, self._register
        if imported is None or self._parsed.problems:
            problem = self._parsed.problems[0]
            raise RegisterError(f"the document cannot be read, line {problem.line}: {problem.what}", problem.remedy)
        if not self._has_changes():
            return self._template
        items = items_by_category(register)
        if layout.csv:
            records = CsvEdits(layout.text, layout.csv)
            ItemsUpdate(records, layout, imported, register).write(register.categories, items)
            return self._confirmed(records.text())
        edits = Edits(layout.text)
        _FactsUpdate(edits, layout, imported, register).write(updated)
        sections = _SectionsUpdate(edits, layout, imported, register)
        rows = ItemsUpdate(edits, layout, imported, register)
        rows.write(register.categories, items)
        sections.write(items, {item.key for item in register.items if rows.is_keyed(item)})
        counts = None if self._rules.reference_only else self._write_counts(edits, rows.targets)
        for dashboard in layout.dashboards:
            others = counts.cells_of(dashboard) if counts else {}
            DashboardUpdate(edits, dashboard, imported, register, others).write()
        self._write_map(edits)
        return self._confirmed(edits.text())

    def _confirmed(self, text: str) -> str:
        self.keys = read_back(text, self._register, self._rules, self._texts).layout.rules.keys
        return text

    def _write_counts(self, edits: Edits, targets: Mapping[str, int | None]) -> CountsUpdate:
        """Write the numbers outside of dashboards that agreed with the items."""
        layout, imported = self._parsed.layout, self._parsed.register
        assert imported is not None
        counts = CountsUpdate(edits, layout, imported, self._register, targets)
        counts.write()
        if layout.repeated:
            RepeatsUpdate(edits, layout, imported, self._register).write()
        return counts

    def _write_map(self, edits: Edits) -> None:
        layout, imported = self._parsed.layout, self._parsed.register
        assert imported is not None
        before, after = self._map_titles(imported, self._register)
        if layout.charts:
            shares = by_map(self._texts.maps(layout), before, after)
            for chart, (old, new) in zip(layout.charts, shares, strict=True):
                MapUpdate(edits, chart, layout.keys, old, new).write()
        elif mapped_items(after):
            if cadence := layout.facts.cadence_heading:
                edits.insert(cadence.start - 1, [*map_lines(after, cadence.level), ""], rank=_MAP)
            else:
                edits.append_section(map_lines(after))

    def _map_titles(self, imported: Register, register: Register) -> tuple[Register, Register]:
        """Both registers with the titles of the map: those of items whose list has them follow it, or are its own."""
        layout = self._parsed.layout
        titled = layout.titled
        if not layout.titles_in_lists:
            return imported, register
        titles = self._texts.titles(layout)
        former = {item.key: item for item in imported.items}
        linked = {key for edge in register.dependencies for key in edge.ends}

        def title_of(item: Item) -> str | None:
            if item.origin in titles:
                own = titles[item.origin]
                same_title = item.origin not in titled or own == former[item.origin].title
                return item.title if same_title else own
            return item.title if item.key in linked or not layout.holds_title(item.origin) else None

        before = [item._replace(title=titles.get(item.key)) if item.key in titled else item for item in imported.items]
        after = [item._replace(title=title_of(item)) for item in register.items]
        return imported._replace(items=tuple(before)), register._replace(items=tuple(after))

    def _has_changes(self) -> bool:
        """Whether more differs than fields for which the document has no column."""
        lists = self._parsed.layout.lists
        placed = {
            (field, key)
            for field in WHEN_THERE
            for each in lists
            if isinstance(each, Entries) or field in each.columns.fields
            for key, _ in each.rows
        }
        origins = {item.key: item.origin for item in self._register.items}
        return any(
            each.field not in WHEN_THERE or (each.field, origins.get(each.key)) in placed for each in self.differences
        )


def _lone_texts(each: Table | Entries) -> frozenset[str]:
    """What an item of a list has if it has one text: that of a list entry is its title."""
    if isinstance(each, Entries):
        return frozenset({"title"} if each.kind == "list" else TEXTS)
    return frozenset(each.columns.texts)


def texts_in_place(register: Register, layout: Layout, known: Register) -> Register:
    """A register whose items with one text have it where all lists have it: as the title or as the description.

    Those that have one where they have it in the document (`known`) keep it there.
    """
    texts = {_lone_texts(each) for each in layout.lists}
    if not layout.titles_in_lists or len(texts) != 1 or len(own := next(iter(texts))) != 1:
        return register
    former = {item.key: (bool(item.title), bool(item.description)) for item in known.items}

    def placed(item: Item) -> Item:
        if former.get(item.origin or "") == (bool(item.title), bool(item.description)):
            return item
        if "title" in own:
            is_line = not item.title and item.description and "\n" not in item.description
            return item._replace(title=item.description, description="") if is_line else item
        return item if item.description else item._replace(title=None, description=item.title or "")

    items = [placed(item) for item in register.items]
    return register if items == list(register.items) else register._replace(items=tuple(items))


def _check(register: Register) -> None:
    """Raise where a register contradicts itself."""
    keys, codes = {item.key for item in register.items}, {category.code for category in register.categories}
    missing = {key for edge in register.dependencies for key in edge.ends} - keys
    missing = missing or {item.category for item in register.items} - codes
    if not codes:
        raise RegisterError("a register without categories cannot be written as a document", "add a category first")
    if len(keys) < len(register.items) or len(codes) < len(register.categories):
        raise RegisterError("two items or two categories have the same key", "give one of them a different key")
    if missing:
        raise RegisterError(f"the register refers to {min(missing)}, which does not exist", "remove what refers to it")


def _replace_heading(edits: Edits, heading: Block, source: str) -> None:
    """Give a heading another text; an underlined one becomes one with `#` before it."""
    line = edits.lines[heading.start]
    match = re.match(r"( {0,3}#{1,6})([ \t]+|\Z)", line)
    closing = re.search(r"[ \t]+#+[ \t]*\Z", line)
    edits.remove(heading.start, heading.end)
    if match and heading.end == heading.start + 1:
        edits.replace(heading.start, f"{match[1]}{match[2] or ' '}{source}{closing[0] if closing else ''}")
    else:
        edits.replace(heading.start, f"{'#' * heading.level} {source}")


def _replace_prose(edits: Edits, prose: Prose | None, lines: Sequence[str], *, after: int, rank: int = 0) -> None:
    """Replace a text by lines, or remove it and the blank lines after it; a new one goes after line `after`."""
    if prose is None:
        if lines:
            edits.insert_block(after, lines, rank=rank)
        return
    edits.remove(prose.start, prose.end)
    if lines:
        edits.replace(prose.start, *lines)
        return
    end = prose.end
    while end < len(edits.lines) and edits.is_blank(end):
        end += 1
    if end < len(edits.lines):
        edits.remove(prose.end, end)


_LABEL_START = re.compile(r"[ \t]*(?:>[ \t]?)*[ \t]*(?:[-*+][ \t]+)?")


class _FactsUpdate:
    """Writes the register's own facts that differ between the imported register and the present one."""

    def __init__(self, edits: Edits, layout: Layout, imported: Register, register: Register) -> None:
        self._edits = edits
        self._layout = layout
        self._facts = layout.facts
        self._imported = imported
        self._register = register

    def write(self, updated: date | None) -> None:
        """Write every fact, and `updated` as the Last Updated date where the document has one."""
        if self._register.title != self._imported.title:
            source = title_source(self._register.title)
            if self._facts.title:
                _replace_heading(self._edits, self._facts.title, source)
            else:
                self._edits.insert(-1, [f"# {source}", ""])
        self._write_labels(updated)
        self._write_purpose()
        if self._register.cadence != self._imported.cadence:
            self._write_cadence()

    def _write_labels(self, updated: date | None) -> None:
        old = label_values(self._imported, None)
        new = label_values(self._register, None)
        spans = self._facts.labels
        if updated and (span := spans.get("last updated")):
            found = find_date(span.source)
            if found is None:
                self._set_label(span, updated.isoformat())
            elif found.certain:
                # Which of 05/11/2026 is the day is not guessed.
                rewritten = span.source[: found.start] + found.rewrite(updated) + span.source[found.end :]
                self._set_label(span, rewritten)
        added = []
        for name in ("extends", "system", "project total"):
            source = new.get(name)
            if old.get(name) == source:
                continue
            if name not in spans:
                added.append(f"**{LABELS[name]}:** {source}")
            elif source is None:
                self._drop_label(spans[name].line)
            else:
                self._set_label(spans[name], source)
        if added:
            self._add_labels(added)

    def _set_label(self, span: Span, source: str) -> None:
        line = self._edits.lines[span.line]
        before = line[: span.start] if line[: span.start].endswith((" ", "\t")) else f"{line[: span.start]} "
        self._edits.replace(span.line, before + source + line[span.end :])

    def _drop_label(self, number: int) -> None:
        """Remove a label and an empty line of the quotation next to it."""
        self._edits.replace(number)
        for neighbor in (number + 1, number - 1):
            if not self._edits.is_blank(neighbor) and self._edits.lines[neighbor].strip() == ">":
                self._edits.replace(neighbor)
                break

    def _add_labels(self, added: Sequence[str]) -> None:
        lines = sorted(span.line for span in self._facts.labels.values())
        if not lines:
            quoted = "\n>\n".join(f"> {text}" for text in added).split("\n")
            if self._facts.title:
                self._edits.insert_block(self._facts.title.end - 1, quoted)
            else:
                self._edits.insert(-1, [*quoted, ""])
            return
        start = _LABEL_START.match(self._edits.lines[lines[-1]])
        prefix = start[0] if start else "> "
        dense = any(one + 1 == other for one, other in pairwise(lines))
        between = [prefix.rstrip()] if prefix.strip() == ">" and not dense else []
        self._edits.insert(lines[-1], [line for text in added for line in (*between, prefix + text)])

    def _write_purpose(self) -> None:
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
            _replace_prose(self._edits, facts.purpose_rest, [], after=anchor)
            _replace_prose(self._edits, facts.purpose, purpose, after=anchor)
        if new_note:
            _replace_prose(self._edits, facts.note, note, after=facts.purpose.end - 1 if facts.purpose else anchor)

    def _add_purpose(self, purpose: Sequence[str], note: Sequence[str]) -> None:
        """Add the section of purpose and note before the first section."""
        lines = [PURPOSE_HEADING, "", *(line for part in (purpose, note) if part for line in (*part, ""))]
        first = next((heading for heading in self._layout.headings if heading != self._facts.title), None)
        if first is None:
            self._edits.append_section(lines[:-1])
        else:
            before = first.start - 1
            self._edits.insert(before, lines if self._edits.is_blank(before) else ["", *lines])

    def _write_cadence(self) -> None:
        facts, cadence = self._facts, self._register.cadence
        if not facts.entries:
            lines = cadence_lines(cadence)
            if facts.cadence_heading:
                self._edits.insert_block(facts.cadence_heading.end - 1, lines[2:])
            else:
                self._edits.append_section(lines)
            return
        old = [(entry.label, entry.text) for entry in facts.entries]
        for kind, first, last, start, end in SequenceMatcher(None, old, cadence, autojunk=False).get_opcodes():
            if kind != "equal":
                self._write_entries(range(first, last), cadence[start:end])

    def _write_entries(self, replaced: range, new: Sequence[CadenceEntry]) -> None:
        """Write entries in place of those with these numbers."""
        old = self._facts.entries
        for index, number in enumerate(replaced):
            entry = old[number]
            self._edits.remove(entry.start, entry.end)
            if index < len(new):
                self._edits.replace(entry.start, entry_source(new[index], entry.marker or "- "))
        like = old[max(0, replaced.stop - 1)]
        anchor = like.end - 1 if replaced.stop else like.start - 1
        self._edits.insert(anchor, [entry_source(entry, like.marker or "- ") for entry in new[len(replaced) :]])


class _SectionsUpdate:
    """Writes the categories of `register` where the document has those of `imported`."""

    def __init__(self, edits: Edits, layout: Layout, imported: Register, register: Register) -> None:
        self._edits = edits
        self._layout = layout
        self._sections = {section.code: section for section in layout.sections if layout.can_be_headed(section)}
        self._imported = {category.code: category for category in imported.categories}
        self._register = register
        self._categories = register.categories
        self._headed: set[int] = set()

    def _lists(self, section: Section) -> list[Table | Entries]:
        return self._layout.lists_of(section)

    def section(self, category: Category) -> Section | None:
        """The section that a category has in the document."""
        return self._sections.get(category.origin) if category.origin else None

    def write(self, items: Mapping[str, Sequence[Item]], keyed: Collection[str]) -> None:
        """Write every category; `items` are those of each present code, `keyed` the keys that are in the document."""
        headed = [category for category in self._categories if not self._is_unheaded(category)]
        sections = [self.section(category) for category in headed]
        coded = self._coded(headed, items, keyed)
        for category, section in zip(headed, sections, strict=True):
            if section:
                self._write_category(section, category, coded=category.code in coded)
        staying = [section.code for section in sections if section]
        for code, section in self._sections.items():
            if code not in staying:
                self._remove(section)
        self._reorder(staying)
        self._add(items, coded)

    def _coded(
        self, headed: Sequence[Category], items: Mapping[str, Sequence[Item]], keyed: Collection[str]
    ) -> frozenset[str]:
        """The codes that have to be written for the categories to have them."""
        read = [category for category in headed if items[category.code] or self._is_read_empty(category)]
        sections = [self.section(category) for category in read]
        named = [
            (
                category.name,
                section.written if section else None,
                [item.key for item in items[category.code] if item.key in keyed],
            )
            for category, section in zip(read, sections, strict=True)
        ]
        codes = [category.code for category in read]
        numbers = codes_to_write(named, codes, reference_only=self._layout.rules.reference_only)
        return frozenset(codes[number] for number in numbers)

    def _is_read_empty(self, category: Category) -> bool:
        """Whether a category without items is read as one: it has a table, or will get one."""
        section = self.section(category)
        if section is None or any(isinstance(each, Table) for each in self._lists(section)):
            return True
        return self._layout.lists[0] in self._lists(section) and self._layout.is_emptied(self._register.items)

    def _is_unheaded(self, category: Category) -> bool:
        """Whether no heading can say a category: only a column does, or nothing. A new one is as those there are."""
        sections = self._layout.sections
        section = next((each for each in sections if each.code == category.origin), None)
        if section is not None:
            return not self._layout.can_be_headed(section)
        return not any(self._layout.can_be_headed(each) for each in sections)

    def _write_category(self, section: Section, category: Category, *, coded: bool) -> None:
        former = self._imported[section.code]
        renamed, redefined = category.name != former.name, category.definition != former.definition
        comment = [code_comment(category.code)] if coded else []
        if section.code_line is not None:
            if category.code != section.written:
                self._edits.replace(section.code_line, *comment)
            comment = []
        if section.heading is None:
            if renamed or redefined or comment:
                definition = [*self._definition(section, category), ""] if category.definition else []
                self._add_heading(section, [*comment, "", *definition])
            return
        for heading in section.headings:
            if renamed and uncounted(heading.text) == former.name != heading.text:
                # The number of items after the name is written with the other counts.
                at = self._edits.lines[heading.start].index(heading.text)
                self._edits.splice(heading.start, at, at + len(former.name), name_source(category.name))
            elif renamed:
                _replace_heading(self._edits, heading, name_source(category.name))
            self._edits.insert(heading.end - 1, comment)
        if redefined:
            after = section.heading.end - 1 if section.code_line is None else section.code_line
            self._write_definition(section, after, self._definition(section, category))

    def _definition(self, section: Section, category: Category) -> list[str]:
        if not category.definition:
            return []
        marks = section.definition.marks if section.definition else "*"
        return definition_source(category.definition, marks).split("\n")

    def _write_definition(self, section: Section, after: int, lines: Sequence[str]) -> None:
        start = section.heading.end if section.heading else 0
        end = self._lists(section)[0].line
        between = [block for block in self._layout.blocks if start <= block.start < end]
        absent = next((b for b in between if self._edits.lines[b.start].strip() == NO_DEFINITION), None)
        if absent:
            self._edits.remove(absent.start, absent.end)
            self._edits.replace(absent.start, *lines)
            return
        old = section.definition
        texts = [block.start for block in between if block.kind in ("paragraph", "list", "quote")]
        if old and not lines and any(start not in range(old.start, old.end) for start in texts):
            # Otherwise the next text would become the definition.
            lines = [NO_DEFINITION]
        _replace_prose(self._edits, old, lines, after=after, rank=_DEFINITION)

    def _range(self, heading: Block) -> range:
        """The lines of the section under a heading, without the blank ones after it."""
        ends = (
            block.start
            for block in self._layout.headings
            if block.start > heading.start and (block.level <= heading.level or block.start in self._own_headings)
        )
        end = next(ends, len(self._edits.lines))
        while end > heading.end and self._edits.is_blank(end - 1):
            end -= 1
        return range(heading.start, end)

    @cached_property
    def _other_parts(self) -> list[int]:
        """The lines where dashboards and the map begin."""
        fence = self._layout.fence
        return [each.table.line for each in self._layout.dashboards] + ([fence.start] if fence else [])

    @cached_property
    def _own_headings(self) -> set[int]:
        """The lines of headings of parts of the register."""
        layout, facts = self._layout, self._layout.facts
        starts = [heading.start for heading in layout.headings]
        found = {max((start for start in starts if start < line), default=-1) for line in self._other_parts}
        found |= {heading.start for section in layout.sections for heading in section.headings}
        return found | {h.start for h in (facts.title, facts.purpose_heading, facts.cadence_heading) if h}

    def _is_shared(self, heading: Block) -> bool:
        """Whether there is more than a category under a heading, so that it cannot be removed."""
        lines = self._range(heading)
        return heading == self._layout.facts.title or any(line in lines for line in self._other_parts)

    def _remove(self, section: Section) -> None:
        for heading in section.headings:
            if not self._is_shared(heading):
                end = self._range(heading).stop
                while end < len(self._edits.lines) and self._edits.is_blank(end):
                    end += 1
                self._edits.remove(heading.start, end)
        for table in self._lists(section):
            self._edits.remove(table.line, table.last_line + 1)

    def _own_heading(self, section: Section) -> Block | None:
        """The heading of a section, unless that is the title."""
        return section.heading if section.heading != self._layout.facts.title else None

    def _add_heading(self, section: Section, lines: Sequence[str]) -> None:
        """Put a heading before the table of a category that has none and stays."""
        first = self._lists(section)[0].line
        category = next((c for c in self._categories if c.origin == section.code), None)
        if category and first not in self._headed:
            self._headed.add(first)
            self._edits.prefix(first, [f"## {name_source(category.name)}", *lines])

    def _reorder(self, codes: Sequence[str]) -> None:
        """Move the sections that stay into this order."""
        old = [code for code in self._sections if code in codes]
        if codes == old:
            return
        slots = []
        for section in (self._sections[code] for code in old):
            if heading := self._own_heading(section):
                slots.append(self._range(heading))
            else:
                self._add_heading(section, [""])
                table = self._lists(section)[0]
                slots.append(range(table.line, table.last_line + 1))
        self._edits.permute(slots, [old.index(code) for code in codes])

    def _add(self, items: Mapping[str, Sequence[Item]], coded: frozenset[str]) -> None:
        """Add the sections of new categories."""
        levels = [heading.level for s in self._layout.sections if (heading := self._own_heading(s))]
        last: Section | None = None
        for category in self._categories:
            if section := self.section(category):
                last = section
                continue
            if self._is_unheaded(category):
                continue
            level = levels[-1] if levels else 2
            lines = section_lines(
                category,
                items[category.code],
                code=category.code in coded,
                level=level,
                titled=self._layout.titles_in_lists,
            )
            if last:
                self._edits.insert(self._last_line(last), ["", *lines], rank=_SECTIONS)
            else:
                self._add_first(lines)

    def _add_first(self, lines: Sequence[str]) -> None:
        """Add a section before all the others."""
        first = self._layout.sections[0]
        if heading := self._own_heading(first):
            anchor = heading.start - 1
        else:
            anchor = self._lists(first)[0].line - 1
            self._add_heading(first, [""])
        self._edits.insert(anchor, [*lines, ""] if self._edits.is_blank(anchor) else ["", *lines, ""], rank=_SECTIONS)

    def _last_line(self, section: Section) -> int:
        end = self._lists(section)[-1].last_line
        if section.headings and not self._is_shared(section.headings[-1]):
            return max(end, self._range(section.headings[-1]).stop - 1)
        return end
