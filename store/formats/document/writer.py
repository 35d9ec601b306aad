"""Writes a register into its document: only what changed, or the whole where there is no document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.errors import RegisterError
from store.fields import FIELDS, same
from store.formats.document.checks import TOTAL, WORDS, counts, write_number
from store.formats.document.diff import differences, in_order
from store.formats.document.layout import Edits
from store.formats.document.reader import masked, parse
from store.formats.document.section_writer import FactsWriter, SectionWriter, append_section
from store.formats.document.template import ALWAYS, LAST, NEEDED, header, item_source, map_lines, write_fresh
from store.formats.document.values import change_row, columns_of, components_text, new_row, write_value
from store.formats.markdown import encode_cell, split_components
from store.formats.mermaid.writer import MapUpdate, mapped_items

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from store.formats.document.checks import Counts
    from store.formats.document.diff import Difference
    from store.formats.document.layout import Dashboard, ItemTable, Layout, Section
    from store.formats.document.model import Item, Register
    from store.formats.document.reader import Parsed
    from store.formats.document.values import Row


_FIELDS = (*ALWAYS, *NEEDED, LAST)
_ROWS = 0


class ItemWriter:
    """Writes items into the tables where `imported`, the items as the document has them, stand."""

    def __init__(self, edits: Edits, sections: Sequence[Section], imported: Mapping[str, Item]) -> None:
        self._edits = edits
        self._imported = imported
        self._places: dict[str, tuple[ItemTable, Row]] = {}
        self._order: dict[str, int] = {}
        self._likes: dict[int, str | None] = {}
        for section in sections:
            for table in section.tables:
                for key, row in table.rows:
                    self._places[key] = (table, row)
                    self._order[key] = len(self._order)

    def write(self, section: Section, items: Sequence[Item]) -> None:
        """Write the items of a category, in their order, into its tables."""
        own = {key for table in section.tables for key, _ in table.rows}
        present = [item.origin for item in items if item.origin in own]
        kept = {present[index] for index in in_order([self._order[key] for key in present if key])}
        for key in own - kept:
            self._edits.remove(self._places[key][1].line, self._places[key][1].line + 1)
        homes: list[tuple[Item, ItemTable, int | None]] = []
        table, line = section.tables[0], section.tables[0].table.delimiter.line
        if not kept:
            table = section.tables[-1]
            line = (table.table.body or (table.table.delimiter,))[-1].line
        for item in items:
            if item.origin in kept and item.origin is not None:
                table, row = self._places[item.origin]
                line = row.line
                homes.append((item, table, None))
            else:
                homes.append((item, table, line))
        for each in section.tables:
            rows = [(item, after) for item, home, after in homes if home is each]
            self._write_table(each, rows)

    def _write_table(self, table: ItemTable, rows: Sequence[tuple[Item, int | None]]) -> None:
        added = self._missing(table, [item for item, _ in rows])
        place = table.columns.fields["status"]
        inserts = [(place, encode_cell(name)) for name in added]
        if added:
            self._edits.replace(table.table.header.line, change_row(table.table.header, {}, inserts))
            dashes = [(place, "-" * max(3, len(name))) for name in added]
            self._edits.replace(table.table.delimiter.line, change_row(table.table.delimiter, {}, dashes))
        last: dict[int, list[str]] = {}
        for item, after in rows:
            if after is None and item.origin is not None:
                row = self._places[item.origin][1]
                cells = self._changed(item, table, row)
                new = [(place, self._added(item, name)) for name in added]
                if cells or new:
                    self._edits.replace(row.line, change_row(row, cells, new, even=table.table.is_even(row)))
            elif after is not None:
                sources = self._sources(item, table)
                sources[place:place] = [self._added(item, name) for name in added]
                last.setdefault(after, []).append(new_row(table.table, sources, even=not added))
        for after, lines in last.items():
            self._edits.insert(after, lines, rank=_ROWS)

    def _missing(self, table: ItemTable, items: Sequence[Item]) -> list[str]:
        """The headers of the columns that these items need and the table lacks."""
        names = [
            name for name in _FIELDS if name not in table.columns.fields and any(_has(item, name) for item in items)
        ]
        extra = dict.fromkeys(n for item in items for n, text in item.extra if text and n not in table.columns.extra)
        headers = [*(header(name) for name in names), *extra]
        if headers:
            place = table.columns.fields["status"]
            old = table.table.names
            found = columns_of([*old[:place], *headers, *old[place:]])
            if any(name not in found.fields for name in names) or any(name not in found.extra for name in extra):
                where = f"the table on line {table.table.header.line + 1}"
                raise RegisterError(
                    f"the columns {', '.join(headers)} cannot be added to {where}",
                    "rename that table's columns in the document and import it again",
                )
        return headers

    def _added(self, item: Item, name: str) -> str:
        field = next(
            (f.name for f in FIELDS.values() if f.columns[:1] == (name,) and name not in dict(item.extra)), None
        )
        return item_source(item, field) if field else encode_cell(dict(item.extra).get(name, ""))

    def _changed(self, item: Item, table: ItemTable, row: Row) -> dict[int, str]:
        """The cells of a row that differ from what the document had."""
        former = self._imported[item.origin or ""]
        cells = {
            column: self._source(item, name, row.source(column))
            for name, column in table.columns.fields.items()
            if not _same(item, former, name)
        }
        was, now = dict(former.extra), dict(item.extra)
        for name, column in table.columns.extra.items():
            if was.get(name, "") != now.get(name, ""):
                cells[column] = encode_cell(now.get(name, ""))
        return cells

    def _source(self, item: Item, name: str, like: str) -> str:
        if name == "components" and item.components_text and split_components(item.components_text) == item.components:
            return item_source(item, name)
        return write_value(item, name, like)

    def _sources(self, item: Item, table: ItemTable) -> list[str]:
        """The cells of a row that is new in a table: as they were elsewhere where they mean the same still."""
        sources = [""] * len(table.table.header.cells)
        former = self._imported.get(item.origin or "")
        place = self._places.get(item.origin or "")
        for name, column in table.columns.fields.items():
            if former and place and name in place[0].columns.fields:
                old = place[1].source(place[0].columns.fields[name])
                sources[column] = old if _same(item, former, name) else self._source(item, name, old)
            elif name == "components" and not item.components_text:
                sources[column] = write_value(item, name, self._usual(table, column))
            else:
                sources[column] = item_source(item, name)
        for name, column in table.columns.extra.items():
            sources[column] = encode_cell(dict(item.extra).get(name, ""))
        return sources

    def _usual(self, table: ItemTable, column: int) -> str | None:
        line = table.table.header.line
        if line not in self._likes:
            self._likes[line] = _usual(table, column)
        return self._likes[line]


def _usual(table: ItemTable, column: int) -> str | None:
    """The first components cell of a table that names several."""
    sources = (row.source(column) for _, row in table.rows)
    return next((source for source in sources if len(split_components(components_text(source))) > 1), None)


def _has(item: Item, name: str) -> bool:
    return getattr(item, name) not in (None, "", ())


def _same(item: Item, former: Item, name: str) -> bool:
    if name == "status":
        return (item.status, item.status_note) == (former.status, former.status_note)
    return same(name, getattr(item, name), getattr(former, name))


def write_dashboards(edits: Edits, dashboards: Sequence[Dashboard], imported: Register, register: Register) -> None:
    """Write what is counted otherwise in the present register than in the imported one."""
    for dashboard in dashboards:
        _Writer(edits, dashboard, imported, register).write()


class _Writer:
    def __init__(self, edits: Edits, dashboard: Dashboard, imported: Register, register: Register) -> None:
        self._edits = edits
        self._board = dashboard
        self._register = register
        self._names = {category.code: category.name for category in imported.categories}
        self._origins = {c.code: c.origin for c in register.categories if c.origin in self._names}
        self._present: dict[str | None, str | None] = {origin: code for code, origin in self._origins.items()}
        self._present[None] = None
        self._was: Counts = counts(imported)
        self._now: Counts = counts(register)

    def write(self) -> None:
        added = self._added_words()
        rows = {row.line: code for code, row in self._board.rows}
        table = self._board.table
        if added:
            headers = [(self._place(word), word) for word in added]
            self._edits.replace(table.header.line, change_row(table.header, {}, headers))
            dashes = [(place, "-" * max(3, len(word))) for place, word in headers]
            self._edits.replace(table.delimiter.line, change_row(table.delimiter, {}, dashes))
        for row in table.body:
            if row.line in rows:
                self._row(rows[row.line], row, added)
            elif added:
                self._edits.replace(row.line, change_row(row, {}, [(self._place(word), "") for word in added]))
        self._order_rows(added)

    def _added_words(self) -> list[str]:
        nothing: Mapping[str, int] = dict.fromkeys(WORDS, 0)
        return [
            word
            for word in WORDS
            if word not in self._board.columns
            and word != TOTAL
            and any(
                self._now[c.code][word] and not self._was.get(self._origins.get(c.code) or "", nothing)[word]
                for c in self._register.categories
            )
        ]

    def _place(self, word: str) -> int:
        """The column before which a word's new column goes."""
        columns = self._board.columns
        later = [columns[other] for other in WORDS[WORDS.index(word) + 1 :] if other in columns]
        return later[0] if later else max(columns.values()) + 1

    def _row(self, code: str | None, row: Row, added: Sequence[str]) -> None:
        if code not in self._present:
            self._edits.replace(row.line)
            return
        present = self._present[code]
        was, now = self._was[code], self._now[present]
        cells = {
            column: write_number(row.source(column), now[word])
            for word, column in self._board.columns.items()
            if column < len(row.cells) and was[word] != now[word]
        }
        if code is not None and present is not None:
            name = next(c.name for c in self._register.categories if c.code == present)
            if name != self._names[code]:
                cells[self._board.name_column] = encode_cell(name)
        like = next((row.source(c) for c in self._board.columns.values() if c < len(row.cells)), "")
        new = [(self._place(word), write_number(like, now[word])) for word in added]
        if cells or new:
            self._edits.replace(row.line, change_row(row, cells, new, even=self._board.table.is_even(row)))

    def _order_rows(self, added: Sequence[str]) -> None:
        rows = {self._present[code]: row for code, row in self._board.rows if code in self._present and code}
        total = next((row for code, row in self._board.rows if code is None), None)
        slots = sorted(row.line for row in rows.values())
        wanted = [slots.index(rows[c.code].line) for c in self._register.categories if c.code in rows]
        if wanted != sorted(wanted):
            self._edits.permute([range(line, line + 1) for line in slots], wanted)
        table = self._board.table
        anchor = total.line - 1 if total else (table.body[-1] if table.body else table.delimiter).line
        last = anchor if not slots else max(slots)
        for category in self._register.categories:
            if category.code in rows:
                last = rows[category.code].line
            elif category.code not in self._origins:
                sources = [""] * len(table.header.cells)
                sources[self._board.name_column] = encode_cell(category.name)
                for word, column in self._board.columns.items():
                    sources[column] = str(self._now[category.code][word])
                for word in sorted(added, key=lambda word: (self._place(word), WORDS.index(word)), reverse=True):
                    sources.insert(self._place(word), str(self._now[category.code][word]))
                self._edits.insert(last, [new_row(table, sources, even=not added)])


def write(
    register: Register, *, template: str | None = None, updated: date | None = None, known: Register | None = None
) -> str:
    """The document of a register.

    With a template only what differs from the register read from it is written, items and categories
    being found by their `origin`; where nothing differs the template comes back as it is. `updated` is
    the new Last Updated date. `known` is what was known of the map before lines of it could not be read.
    Raises RegisterError rather than giving a document that reads back otherwise.
    """
    if template is not None:
        return DocumentUpdate(template, parse(template), register, known).text(updated)
    _check(register)
    text = write_fresh(register, updated)
    _confirm(text, register)
    return text


class DocumentUpdate:
    """A register that is to be written into its parsed document; the arguments are those of `write`."""

    def __init__(self, template: str, parsed: Parsed, register: Register, known: Register | None) -> None:
        _check(register)
        self._template = template
        self._parsed = parsed
        self._shown = register
        self.differences: tuple[Difference, ...] = ()
        """What the register says otherwise than the document."""
        if parsed.register is not None:
            self._shown = masked(register, parsed.layout.unread, parsed.register, known)
            self.differences = differences(parsed.register, self._shown)

    def text(self, updated: date | None) -> str:
        """The document with the differences written into it. Raises RegisterError as `write` does."""
        text = _write_into(self._template, self._parsed, self._shown, self.differences, updated)
        if text != self._template:
            _confirm(text, self._shown)
        return text


def _check(register: Register) -> None:
    """Raise where a register contradicts itself."""
    keys, codes = {item.key for item in register.items}, {category.code for category in register.categories}
    lost = {key for edge in register.dependencies for key in (edge.source, edge.target)} - keys
    strays = {item.category for item in register.items} - codes
    if not codes:
        raise RegisterError("a register without a category cannot be a document", "add a category first")
    if len(keys) < len(register.items) or len(codes) < len(register.categories):
        raise RegisterError("two items or two categories have the same key", "give one of them another key")
    if lost or strays:
        name = min(lost or strays)
        raise RegisterError(f"the register names {name}, which it does not hold", "remove what names it")


def _write_into(
    template: str, parsed: Parsed, register: Register, differing: Sequence[Difference], updated: date | None
) -> str:
    layout, imported = parsed.layout, parsed.register
    if imported is None or parsed.problems:
        problem = parsed.problems[0]
        raise RegisterError(f"the document cannot be read, line {problem.line}: {problem.what}", problem.remedy)
    columns = {key: table.columns.fields for s in layout.sections for table in s.tables for key, _ in table.rows}
    origins = {item.key: item.origin for item in register.items}
    changed = [
        found
        for found in differing
        if found.field != "opened_on" or "opened_on" in columns.get(origins.get(found.key) or "", {})
    ]
    if not changed:
        return template
    edits = Edits(layout.text)
    FactsWriter(edits, layout, imported, register).write(updated)
    _write_categories(edits, layout, imported, register)
    write_dashboards(edits, layout.dashboards, imported, register)
    _write_map(edits, layout, imported, register)
    return edits.text()


def _write_map(edits: Edits, layout: Layout, imported: Register, register: Register) -> None:
    """Write what differs in the map; a document without one gets it when something belongs on it."""
    if layout.chart:
        MapUpdate(edits, layout.chart, imported, register).write()
    elif mapped_items(register):
        if cadence := layout.facts.cadence_heading:
            edits.insert(cadence.start - 1, [*map_lines(register, cadence.level), ""], rank=8)
        else:
            append_section(edits, layout.text.lines, map_lines(register))


def _write_categories(edits: Edits, layout: Layout, imported: Register, register: Register) -> None:
    items: dict[str, list[Item]] = {category.code: [] for category in register.categories}
    for item in register.items:
        items.setdefault(item.category, []).append(item)
    former = {item.key: item for item in imported.items}
    sections = SectionWriter(edits, layout, imported, register)
    rows = ItemWriter(edits, layout.sections, former)
    for category in register.categories:
        if section := sections.section(category):
            rows.write(section, items[category.code])
    sections.write(items)


def _confirm(text: str, register: Register) -> None:
    """Raise unless the text reads back as the register."""
    again = parse(text)
    remedy = "please report this; nothing was written"
    if again.problems:
        raise RegisterError(f"the register cannot be written as a document, line {again.problems[0]}", remedy)
    if again.register is None:
        raise RegisterError("the register cannot be written as a document: nothing of it would be read back", remedy)
    for found in differences(register, again.register, by="key"):
        if found.field == "opened_on" and found.after is None:
            continue
        part = " ".join(word for word in (found.key, found.field or found.entity) if word)
        raise RegisterError(f"the register cannot be written as a document: {part} would read back otherwise", remedy)
