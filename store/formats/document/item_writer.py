"""Writes the items of a register into the lists of its document: changed, new, moved and removed ones."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

from store.enums import UNRATED, Severity, Status
from store.errors import RegisterError
from store.fields import same
from store.formats.dates import find_date
from store.formats.document.cells import is_nothing, read_state, struck
from store.formats.document.columns import (
    ALWAYS,
    EXTRA_MARK,
    OPTIONAL,
    SAMPLES,
    STATUS,
    header,
    is_named_as_reference,
    key_number,
    resolve,
    roles_of,
)
from store.formats.document.diff import in_order
from store.formats.document.entries import Entries, Entry
from store.formats.document.entry_style import EntryStyle
from store.formats.document.entry_writer import EntryWriter
from store.formats.document.item_lists import repeated_key
from store.formats.document.items import unmarked, unstruck
from store.formats.document.new_entry import NewEntries
from store.formats.document.tables import Table, add_columns, change_row, new_row
from store.formats.document.template import table_lines
from store.formats.document.values import components_text, guarded, write_value
from store.formats.markdown import encode_cell, split_components
from store.text import name_key

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from store.formats.document.layout import Layout
    from store.formats.document.model import Category, Item, Register
    from store.formats.document.tables import Row
    from store.formats.lines import Edits


_FREE = ("title", "description")
_OTHERWISE = {STATUS: "State", "severity": "Priority"}
"""Headers that a table of another shape gets where the usual ones would make it one of the usual shape."""
_NEW_ROWS = 0
_BLOCK = 3


class ItemsUpdate:
    """Writes items into their lists, given the register that was read from the document and the present one."""

    def __init__(self, edits: Edits, layout: Layout, imported: Register, register: Register) -> None:
        self._edits = edits
        self._layout = layout
        self._words = layout.words
        self._imported = {item.key: item for item in imported.items}
        style = EntryStyle(edits, layout)
        self._entries, self._new_entries = EntryWriter(style), NewEntries(style)
        self._spots: dict[str, tuple[int, Row | Entry]] = {
            key: (number, record) for number, each in enumerate(layout.lists) for key, record in each.rows
        }
        self._order = {key: number for number, key in enumerate(self._spots)}
        self._ordered = not any(each.context.severity or each.context.status for each in layout.lists)
        self._home = {section.code: number for number, section in enumerate(layout.sections)}
        self._names = {category.code: category.name for category in register.categories}
        self._origins = {category.code: category.origin for category in register.categories}
        self._list_styles: dict[int, str | None] = {}
        self._language = layout.words.language
        self._given = frozenset(layout.rules.keys)
        self._strikes = self._is_striking()
        self._taken_out: dict[str, list[str]] = {}
        self._numbered = {number for number, each in enumerate(layout.lists) if self._has_no_keys(each)}
        self.targets: dict[str, int | None] = {}
        """The number of the list that each item is in afterwards, by its key."""

    def _has_no_keys(self, each: Table | Entries) -> bool:
        if isinstance(each, Table):
            return "key" not in each.columns.fields or each.columns.numbered
        return not self._entries.is_keyed(each.entries[-1])

    def is_keyed(self, item: Item) -> bool:
        """Whether the key of an item is in the document afterwards."""
        target, spot = self.targets.get(item.key), self._spots.get(item.origin or "")
        if spot and spot[0] == target:
            return item.origin not in self._given
        untitled = target is not None and not item.title and isinstance(self._layout.lists[target], Entries)
        return target not in self._numbered or untitled

    def _is_striking(self) -> bool:
        """Whether rows of mitigated items are struck through in a document without statuses."""
        tables = [each for each in self._layout.lists if isinstance(each, Table) and STATUS not in each.columns.fields]
        return any("~~" in row.text and self._is_struck(table, row) for table in tables for _, row in table.rows)

    def _is_struck(self, table: Table, row: Row) -> bool:
        cells = row.cells
        columns = [table.columns.fields[name] for name in ("key", *_FREE) if name in table.columns.fields]
        return any(column < len(cells) and struck(cells[column]) is not None for column in columns)

    def write(self, categories: Sequence[Category], items: Mapping[str, Sequence[Item]]) -> None:
        """Write the items of every category, in their order."""
        present = {item.origin for each in items.values() for item in each}
        for key, (number, record) in self._spots.items():
            if key not in present:
                self._remove(self._layout.lists[number], record)
        # By list, each item, and the line after which it goes if it is new there.
        rows: dict[int, list[tuple[Item, int | None]]] = {number: [] for number in range(len(self._layout.lists))}
        for category in categories:
            self._place(category, items[category.code], rows)
        for number, each in enumerate(self._layout.lists):
            self._take_out(each, rows[number])
        for number, each in enumerate(self._layout.lists):
            if isinstance(each, Table):
                self._write_table(each, rows[number])
            else:
                self._write_entries(each, rows[number])
        if self._layout.is_emptied([item for each in items.values() for item in each]):
            self._edits.insert(self._layout.lists[0].line - 1, table_lines(self._language), rank=_BLOCK)

    def _place(self, category: Category, items: Sequence[Item], rows: dict[int, list[tuple[Item, int | None]]]) -> None:
        """Find the list of every item of a category, and where in it the new ones go."""
        lists = self._layout.lists
        known = [
            item.origin
            for item in items
            if item.origin in self._spots and self._imported[item.origin].category == category.origin
        ]
        staying = {known[index] for index in in_order([self._order[key] for key in known if key])}
        staying = staying if self._ordered else set(known)
        anchors: dict[int, int] = {}
        last: int | None = None
        for item in items:
            spot = self._spots.get(item.origin or "")
            current = spot[0] if spot else None
            target = self.targets[item.key] = self._target(category, item, current, last)
            if target is None:
                # A new section gets the item.
                if spot:
                    self._remove(lists[spot[0]], spot[1])
                continue
            last = target
            if spot and target == current and item.origin in staying:
                rows[target].append((item, None))
                anchors[target] = _last_line(spot[1])
                continue
            if spot:
                self._leave(lists[spot[0]], spot[1], moves=self._kind(lists[target]) == self._kind(spot[1]))
            anchor = anchors.get(target)
            if anchor is None:
                first = self._ordered and any(self._spots[key][0] == target for key in staying if key)
                anchor = self._before_first(lists[target]) if first else self._end_of(lists[target])
            rows[target].append((item, anchor))

    def _before_first(self, each: Table | Entries) -> int:
        return each.delimiter.line if isinstance(each, Table) else each.line - 1

    def _end_of(self, each: Table | Entries) -> int:
        if isinstance(each, Table) and each.rows:
            return each.rows[-1][1].line if not self._ordered else each.last_line
        return each.last_line

    def _target(self, category: Category, item: Item, current: int | None, last: int | None) -> int | None:
        """The number of the list that an item belongs in; None if only a new section can hold it."""
        home = self._home.get(category.origin or "")
        section = self._layout.sections[home] if home is not None else None
        lists = self._layout.lists
        numbers = [
            n for n in range(len(lists)) if section and not section.by_column and lists[n].context.section == home
        ]
        if not numbers:
            if not self._holds_categories() and (section is None or section.heading is not None):
                return None
            numbers = list(range(len(lists)))
        if current is not None and section and section.by_column:
            numbers = sorted({*numbers, current})

        former = self._imported.get(item.origin or "")
        if current in numbers and former and (former.severity, former.status) == (item.severity, item.status):
            return current

        own = lists[current].context if current is not None else None
        wanted = item.severity, item.status
        if own and former:
            # Only a changed value moves an item to another section.
            severity = own.severity or item.severity if former.severity is item.severity else item.severity
            wanted = severity, own.status or item.status if former.status is item.status else item.status

        def score(number: int) -> tuple[int, int, int, int]:
            context = lists[number].context
            status = _fit(context.status, own.status if own else None, wanted[1], is_new=own is None)
            severity = _fit(context.severity, own.severity if own else None, wanted[0], is_new=own is None)
            return status + severity, number == current, number == last, number if lists[number].rows else -1

        return max(numbers, key=score)

    def _holds_categories(self) -> bool:
        """Whether the lists can have items of any category: a column or a label says it, or nothing does."""
        return all(section.by_column or section.heading is None for section in self._layout.sections)

    def _implied(self, each: Table | Entries) -> tuple[Severity | None, Status]:
        return each.context.severity, each.context.status or Status.OPEN

    def _remove(self, each: Table | Entries, record: Row | Entry) -> None:
        if not isinstance(record, Entry):
            self._edits.replace(record.line)
            return
        end = record.end
        while end < len(self._edits.lines) and self._edits.is_blank(end):
            end += 1
        if isinstance(each, Entries) and each.kind == "list":
            end = record.end
        self._edits.remove(record.start, end)

    def _kind(self, each: Table | Entries | Row | Entry) -> str:
        return each.kind if isinstance(each, Entries | Entry) else "table"

    def _leave(self, each: Table | Entries, record: Row | Entry, *, moves: bool) -> None:
        """Take an item out of the list that it leaves; the lines of one that stays an entry move with it."""
        if not (moves and isinstance(record, Entry)):
            self._remove(each, record)

    def _write_entries(self, each: Entries, rows: Sequence[tuple[Item, int | None]]) -> None:
        implied = self._implied(each)
        for item, after in rows:
            former = self._imported.get(item.origin or "")
            spot = self._spots.get(item.origin or "")
            if after is None and former and spot and isinstance(spot[1], Entry):
                if item != former:
                    self._entries.change(spot[1], item, former, self._said(former, implied))
                continue
            assert after is not None
            if item.key in self._taken_out:
                lines = self._new_entries.like_others(each, self._taken_out[item.key])
            else:
                lines = self._new_entries.new_lines(each, item, implied, keyed=item.key not in self._given)
            if each.kind == "heading":
                self._insert_block(after, lines, each)
            else:
                self._edits.insert(after, lines, rank=_BLOCK)

    def _take_out(self, each: Table | Entries, rows: Sequence[tuple[Item, int | None]]) -> None:
        """Take the lines of the items that move to a list out of theirs, before any are added there."""
        for item, after in rows:
            former, spot = self._imported.get(item.origin or ""), self._spots.get(item.origin or "")
            if after is None or not (former and spot and isinstance(spot[1], Entry)):
                continue
            if self._kind(each) == spot[1].kind:
                self._entries.change(spot[1], item, former, self._implied(each))
                self._taken_out[item.key] = self._cut(spot[1])

    def _said(self, former: Item, implied: tuple[Severity | None, Status]) -> tuple[Severity | None, Status]:
        """What an item's headings say, unless it says otherwise itself already."""
        return implied[0] if former.severity is implied[0] else former.severity, implied[1]

    def _cut(self, entry: Entry) -> list[str]:
        lines = self._edits.cut(entry.start, entry.end)
        end = entry.end
        while entry.kind == "heading" and end < len(self._edits.lines) and self._edits.is_blank(end):
            end += 1
        self._edits.remove(entry.end, end)
        return lines

    def _insert_block(self, after: int, lines: Sequence[str], each: Entries) -> None:
        """Add the lines of a heading's item, with what is between the others."""
        between = [""]
        if len(each.entries) > 1:
            one, other = each.entries[-2:]
            rule = [self._edits.lines[n] for n in range(one.end, other.start)]
            between = rule if any(text.strip() for text in rule) else [""]
        if after < each.line:
            self._edits.insert(after, [*lines, *between], rank=_BLOCK)
            return
        following = after + 1
        while following < len(self._edits.lines) and not self._edits.current(following):
            following += 1
        ends = following < len(self._edits.lines) and following > after + 1 and not self._edits.is_blank(following)
        self._edits.insert(after, [*between, *lines, *([""] if ends else [])], rank=_BLOCK)

    def _write_table(self, table: Table, rows: Sequence[tuple[Item, int | None]]) -> None:
        new = [item for item, after in rows if after is not None or item != self._imported.get(item.origin or "")]
        fields, extra = self._new_columns(table, new)
        column = self._column(table)
        headers = self._headers(table, fields, extra)
        add_columns(self._edits, table, [(column, name) for name in headers])
        written: set[int] = set()
        placeholders = list(table.placeholders)
        for item, after in rows:
            if after is None and item.origin is not None:
                row = self._spots[item.origin][1]
                assert not isinstance(row, Entry)
                former = self._imported[item.origin]
                cells = {} if item == former else self._changed_cells(item, table, row)
                if cells or headers:
                    added = [(column, source) for source in self._new_cells(item, table, fields, extra)]
                    self._edits.replace(row.line, change_row(row, cells, added, aligned=table.is_aligned(row)))
                    written.add(row.line)
            elif after is not None:
                sources = self._cells(item, table)
                sources[column:column] = self._new_cells(item, table, fields, extra)
                line = new_row(table, sources, aligned=not headers)
                if placeholders:
                    self._edits.replace(placeholders.pop(0).line, line)
                else:
                    self._edits.insert(after, [line], rank=_NEW_ROWS)
        if headers:
            self._pad(table, column, len(headers), written)

    def _pad(self, table: Table, column: int, number: int, written: set[int]) -> None:
        """Give the rows that are not items empty cells in new columns."""
        items = {row.line for _, row in table.rows}
        for row in table.body:
            known = row.line in items or row.line in written or row.line in self._edits.replaced
            if not known and "|" in row.text:
                self._edits.replace(row.line, change_row(row, {}, [(column, "")] * number))

    def _new_cells(self, item: Item, table: Table, fields: Sequence[str], extra: Sequence[str]) -> list[str]:
        """The cells of an item in new columns: of these fields, then the extra columns of these names."""
        values = dict(item.extra)
        severity, status = self._implied(table)
        sources = []
        for name in fields:
            if name == "category":
                sources.append(encode_cell(self._names[item.category]) if self._needs_category(item, table) else "")
            elif (
                (name == STATUS and item.status is status and not item.status_note and table.context.status)
                or (name == STATUS and (self._keeps_marks(item, table) or self._gets_marks(item, table)))
                or (name == "severity" and item.severity is severity and severity is not None)
            ):
                sources.append("")
            else:
                sources.append(self._source(item, name, table=table))
        return sources + [guarded(encode_cell(values.get(name, ""))) for name in extra]

    def _marks(self, item: Item, table: Table) -> bool:
        """Whether strike marks say that an item is mitigated, as they do in this document: it has a text for them."""
        texts = [getattr(item, name) for name in table.columns.texts]
        return item.status is Status.MITIGATED and self._strikes and any(texts)

    def _gets_marks(self, item: Item, table: Table) -> bool:
        former = self._imported.get(item.origin or "")
        same = former is not None and same_value(item, former, STATUS) and self._stays(item, table)
        return self._marks(item, table) and not same

    def _keeps_marks(self, item: Item, table: Table) -> bool:
        """Whether the marks of an item's row go on saying its status."""
        former = self._imported.get(item.origin or "")
        if former is None or not same_value(item, former, STATUS) or not self._stays(item, table):
            return False
        record = self._spots[former.key][1]
        cells = () if isinstance(record, Entry) else record.cells
        columns = [table.columns.fields[name] for name in table.columns.texts]
        return any(unmarked(cells[column])[2] for column in columns if column < len(cells))

    def _needs_category(self, item: Item, table: Table) -> bool:
        return self._home.get(self._origins.get(item.category) or "") != table.context.section

    def _new_columns(self, table: Table, items: Sequence[Item]) -> tuple[list[str], list[str]]:
        """The fields and the extra columns that these items need and the table lacks. Raises RegisterError."""
        wanted = ("title", *ALWAYS[1:], *OPTIONAL, STATUS)
        lacking = [name for name in wanted if name not in table.columns.fields]
        fields = [name for name in lacking if any(self._needs(item, name, table) for item in items)]
        if "category" not in table.columns.fields and any(self._needs_category(item, table) for item in items):
            fields.append("category")
        known = table.columns.extra.keys() | self._named(table)
        extra = list(dict.fromkeys(n for i in items for n, text in i.extra if text and n not in known))
        if fields or extra:
            headers, column, old = self._headers(table, fields, extra), self._column(table), table.names
            samples = [row.cells for row in table.body[:SAMPLES]]
            samples = [[*cells[:column], *[""] * len(headers), *cells[column:]] for cells in samples]
            found = resolve([*old[:column], *headers, *old[column:]], samples, self._layout.rules, self._words)
            if any(name not in found.fields for name in fields) or any(name not in found.extra for name in extra):
                where = f"the table on line {table.line + 1}"
                raise RegisterError(
                    f"the columns {', '.join(headers)} cannot be added to {where}",
                    "rename that table's columns in the document and import it again",
                )
        return fields, extra

    def _headers(self, table: Table, fields: Sequence[str], extra: Sequence[str]) -> list[str]:
        names = {name: header(name, self._language) for name in fields}
        if names.keys() & _OTHERWISE.keys() and table.columns.texts == {"title"} and "description" not in names:
            columns = {name: len(table.names) + number for number, name in enumerate(names)}
            if is_named_as_reference({**table.columns.fields, **columns}, [*table.names, *names.values()]):
                # Next to ID, Severity and Status, the only text is a description.
                changed = next(name for name in _OTHERWISE if name in names)
                names[changed] = _OTHERWISE[changed]
        marked = (f"{name} {EXTRA_MARK}" if roles_of(name, self._layout.rules) else name for name in extra)
        return [*names.values(), *marked]

    def _column(self, table: Table) -> int:
        """The column before which new ones go: the status, unless that is the first."""
        return table.columns.fields.get(STATUS) or len(table.names)

    def _named(self, table: Table) -> set[str]:
        """The names of columns of fields with texts that could not be read as values."""
        return {table.names[column] for column in table.columns.fields.values()}

    def _needs(self, item: Item, name: str, table: Table) -> bool:
        """Whether a table needs a column for a field of an item."""
        severity, status = self._implied(table)
        if name == STATUS:
            former = self._imported.get(item.origin or "")
            unchanged = former is not None and same_value(item, former, STATUS) and self._stays(item, table)
            if unchanged and former and all(same_value(item, former, name) for name in table.columns.texts):
                return False
            if self._marks(item, table):
                return False
            if item.status is not Status.MITIGATED and any(self._is_marked(item, name) for name in table.columns.texts):
                return True
            noted = bool(item.status_note) and "status_note" not in table.columns.fields
            return item.status is not status or noted
        if name == "severity":
            return item.severity is not severity
        if name == "title":
            return bool(item.title) and self._layout.holds_title(item.origin)
        return getattr(item, name) not in (None, "", ())

    def _is_marked(self, item: Item, name: str) -> bool:
        """Whether a text of an item begins or ends with a mark of what is done."""
        text = getattr(item, name)
        return bool(text) and unmarked(self._source(item, name))[2]

    def _stays(self, item: Item, table: Table) -> bool:
        spot = self._spots.get(item.origin or "")
        return spot is not None and self._layout.lists[spot[0]] is table

    def _changed_cells(self, item: Item, table: Table, row: Row) -> dict[int, str]:
        """The cells of a row that differ from what the document had."""
        former = self._imported[item.origin or ""]
        sources = row.cells
        sources += [""] * (len(table.names) - len(sources))
        cells: dict[int, str] = {}
        for name, column in table.columns.fields.items():
            if name == "category":
                if self._names[item.category] != self._category_of(former):
                    cells[column] = encode_cell(self._names[item.category])
            elif name == "key" and table.columns.numbered:
                continue
            elif not same_value(item, former, name):
                cells[column] = self._cell(item, name, sources[column], table)
        if not same_value(item, former, STATUS):
            self._restrike(item, former, table, sources, cells)
        old, new = dict(former.extra), dict(item.extra)
        for name, column in table.columns.extra.items():
            if old.get(name, "") != new.get(name, ""):
                cells[column] = guarded(encode_cell(new.get(name, "")))
        return cells | self._unread_cells(item, table, former)

    def _unread_cells(self, item: Item, table: Table, former: Item | None) -> dict[int, str]:
        """The changed texts in columns of fields that cannot be read as those."""
        old = dict(former.extra) if former else {}
        return {
            column: guarded(encode_cell(text))
            for name, text in item.extra
            for field, column in table.columns.fields.items()
            if table.names[column] == name and text != old.get(name) and getattr(item, field) in (None, (), "")
        }

    def _category_of(self, item: Item) -> str:
        """What a category is called in the document."""
        number = self._home.get(item.category)
        return self._layout.sections[number].name if number is not None else ""

    def _cell(self, item: Item, name: str, source: str, table: Table) -> str:
        """The source of a changed value in place of another, in the same marks."""
        if name in _FREE:
            former = self._imported.get(item.origin or "")
            own = former is not None and unmarked(getattr(former, name) or "")[2]
            # Next to a status, marks are a part of the text.
            text, _, marked = (source, "", False) if own else unmarked(source)
            written = self._source(item, name, text, table)
            return source.replace(text, written, 1) if marked and text else written
        inner = unstruck(source)
        written = self._source(item, name, inner, table)
        return f"~~{written}~~" if inner != source.strip() and written else written

    def _source(self, item: Item, name: str, like: str | None = None, table: Table | None = None) -> str:
        """The source of a value that is read back as that value."""
        if isinstance(getattr(item, name), date) and find_date(like or "") is None and table is not None:
            like = self._date_style(table, name)
        if name == STATUS and table is not None and "status_note" in table.columns.fields:
            item = item._replace(status_note=None)
        source = write_value(item, name, self._words, like)
        if name == "severity" and not source and table is not None and table.context.severity:
            return UNRATED
        if name in (STATUS, "severity") or (name == "description" and not source.startswith("~~")):
            return source
        return guarded(source)

    def _restrike(self, item: Item, former: Item, table: Table, sources: Sequence[str], cells: dict[int, str]) -> None:
        """Strike the cells of an item that becomes mitigated, where others are, or take the marks off."""
        columns = table.columns.fields
        free = [columns[name] for name in _FREE if name in columns]
        if STATUS in columns and not (former.status is Status.MITIGATED and is_nothing(sources[columns[STATUS]])):
            # The marks of a row say its status only where no cell does.
            return
        if former.status is Status.MITIGATED and (item.status is not former.status or STATUS in columns):
            for column, source in enumerate(sources):
                text = cells.get(column, source)
                if column in free:
                    bare, _, marked = unmarked(text)
                    cells |= {column: bare} if marked else {}
                elif unstruck(text) != text.strip():
                    cells[column] = unstruck(text)
        elif self._marks(item, table):
            names = _FREE if former.status is item.status else ("key", *_FREE)
            for column in [columns[name] for name in names if name in columns]:
                text = cells.get(column, sources[column])
                text = unmarked(text)[0] if column in free else unstruck(text)
                if text and not is_nothing(text):
                    note = f" {encode_cell(item.status_note)}" if item.status_note and column in free[:1] else ""
                    cells[column] = f"~~{text}~~{note}"

    def _cells(self, item: Item, table: Table) -> list[str]:
        """The cells of a row that is new in a table; an item that moves keeps those that still mean the same."""
        sources = [""] * len(table.names)
        former = self._imported.get(item.origin or "")
        spot = self._spots.get(item.origin or "")
        old_table = self._layout.lists[spot[0]] if spot else None
        old_row = spot[1] if spot and isinstance(old_table, Table) and not isinstance(spot[1], Entry) else None
        for name, column in table.columns.fields.items():
            if name == "category":
                sources[column] = encode_cell(self._names[item.category])
            elif name == "key" and (table.columns.numbered or (item.key in self._given and not old_row)):
                sources[column] = self._next_number(table, column) if table.columns.numbered else ""
            elif former and old_row and isinstance(old_table, Table) and name in old_table.columns.fields:
                cells = old_row.cells
                at = old_table.columns.fields[name]
                old = cells[at] if at < len(cells) else ""
                sources[column] = old if same_value(item, former, name) else self._cell(item, name, old, table)
            elif name == "components" and not item.components_text:
                sources[column] = self._source(item, name, self._list_style(table, column))
            else:
                sources[column] = self._source(item, name, table=table)
        for name, column in table.columns.extra.items():
            sources[column] = guarded(encode_cell(dict(item.extra).get(name, "")))
        for column, source in self._unread_cells(item, table, None).items():
            sources[column] = source
        marked = dict[int, str]()
        self._restrike(item, former or item._replace(status=Status.OPEN), table, sources, marked)
        return [marked.get(column, source) for column, source in enumerate(sources)]

    def _next_number(self, table: Table, column: int) -> str:
        numbers = [key_number(row.cells[column]) or 0 for row in table.body if column < len(row.cells)]
        like = table.body[-1].cells[column] if table.body and column < len(table.body[-1].cells) else ""
        return re.sub(r"\d+", str(max(numbers, default=0) + 1), unstruck(like), count=1) if key_number(like) else "1"

    def _date_style(self, table: Table, name: str) -> str | None:
        """The first cell of a column of dates that holds one whose day is certain."""
        column = table.columns.fields.get(name)
        if column is None:
            return None
        sources = (cells[column] for _, row in table.rows if column < len(cells := row.cells))
        return next((source for source in sources if (found := find_date(source)) and found.certain), None)

    def _list_style(self, table: Table, column: int) -> str | None:
        """The first components cell of a table that names several."""
        line = table.line
        if line not in self._list_styles:
            cells = (row.cells for _, row in table.rows)
            sources = (each[column] for each in cells if column < len(each))
            several = (source for source in sources if len(split_components(components_text(source))) > 1)
            self._list_styles[line] = next(several, None)
        return self._list_styles[line]


class RepeatsUpdate:
    """Writes items into tables that repeat some of their fields: the cells that said what the items said."""

    def __init__(self, edits: Edits, layout: Layout, imported: Register, register: Register) -> None:
        self._edits = edits
        self._layout = layout
        self._former = {name_key(item.key): item for item in imported.items}
        self._present = {item.origin: item for item in register.items if item.origin}

    def write(self) -> None:
        """Write all of them."""
        for table in self._layout.repeated:
            for row in table.body:
                self._row(table, row)

    def _row(self, table: Table, row: Row) -> None:
        sources = row.cells
        column = table.columns.fields["key"]
        key = repeated_key(sources[column]) if column < len(sources) else ""
        former = self._former.get(key)
        if former is None:
            return
        item = self._present.get(former.key)
        if item is None:
            self._edits.replace(row.line)
            return
        cells: dict[int, str] = {}
        for name, column in table.columns.fields.items():
            if column >= len(sources) or same_value(item, former, name):
                continue
            if name == "key":
                cells[column] = sources[column].replace(former.key, item.key, 1)
            elif name != "category" and self._agrees(former, name, sources[column], table):
                cells[column] = write_value(item, name, self._layout.words, sources[column])
        if cells:
            self._edits.replace(row.line, change_row(row, cells, aligned=table.is_aligned(row)))

    def _agrees(self, item: Item, name: str, source: str, table: Table) -> bool:
        """Whether a cell says what an item does."""
        words = self._layout.words
        if name == STATUS:
            state = read_state(source, words)
            return state is not None and state.status is item.status
        if name == "severity":
            word = words.severity(source, table.columns.scale)
            return word is not None and word.value is item.severity
        return write_value(item, name, words, source) == source


def same_value(item: Item, former: Item, name: str) -> bool:
    """Whether two items have the same value of a field; the note belongs to the status."""
    if name == STATUS:
        return (item.status, item.status_note) == (former.status, former.status_note)
    return same(name, getattr(item, name), getattr(former, name))


def _last_line(record: Row | Entry) -> int:
    return record.end - 1 if isinstance(record, Entry) else record.line


def _fit(context: object, own: object, value: object, *, is_new: bool) -> int:
    """How well what the headings of a list say fits a value: 0 is least."""
    if is_new:
        return 3 if context is value and context is not None else 2 if context is None else _near(context, value)
    if own is None:
        return 2 if context is None else 0
    return 3 if context is value else 2 * _near(context, value) or (1 if context is None else 0)


def _near(context: object, value: object) -> int:
    """1 where a list of what is open can hold what is not mitigated, else 0."""
    return int(context is Status.OPEN and value in (Status.IN_PROGRESS, Status.ACCEPTED))
