"""Writes changed items into the tables of a document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.errors import RegisterError
from store.fields import FIELDS
from store.formats.document.diff import in_order
from store.formats.document.table import change_row, columns_of, new_row
from store.formats.document.template import NEEDED, header, item_source
from store.formats.document.values import components_text, write_value
from store.formats.markdown import encode_cell, split_components

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from store.formats.document.edits import Edits
    from store.formats.document.layout import ItemTable, Section
    from store.formats.document.model import Item
    from store.formats.document.table import Row

_FIELDS = ("key", "description", "severity", "components", "mitigation_plan", *NEEDED, "opened_on", "status")
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
            name
            for name in _FIELDS
            if name not in table.columns.fields and name != "opened_on" and any(_has(item, name) for item in items)
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
    if name == "affected":
        return (item.affected and item.affected.text) == (former.affected and former.affected.text)
    return bool(getattr(item, name) == getattr(former, name))
