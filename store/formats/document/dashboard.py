"""The tables of a document that count its items: reading them, checking them, and writing what changed."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from store.enums import Status
from store.errors import quoted
from store.formats.document.layout import Dashboard
from store.formats.document.sections import heading_key
from store.formats.document.tables import add_columns, change_row, delimiter_row, new_row, without_emphasis
from store.formats.document.values import EMPTY
from store.formats.lines import Notice
from store.formats.markdown import decode_cell, encode_cell, row_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from store.formats.document.layout import Layout, Section
    from store.formats.document.model import Register
    from store.formats.document.tables import Row, Table
    from store.formats.lines import Edits


TOTAL = "Total"
WORDS = (*(status.value for status in Status), TOTAL)
_NUMBER = re.compile(r"\d{1,9}(?:,\d{3})*")
_NAMES = frozenset({"category", "debt category", "categories"})
TOTALS = frozenset({"total", "totals", "sum", "all", "overall", "summe", "gesamt", "totale", "totaal", "suma", "soma"})
"""The folded names of rows and columns that count everything."""
_COUNTED = {word.casefold(): word for word in WORDS} | {"in-progress": "In Progress"}


def counts(register: Register) -> Counter[tuple[str | None, str]]:
    """The number of items by category code (None: all of them) and word."""
    found: Counter[tuple[str | None, str]] = Counter()
    for (code, status), number in Counter((item.category, item.status) for item in register.items).items():
        for each in (code, None):
            found[each, status.value] += number
            found[each, TOTAL] += number
    return found


def _read_number(text: str) -> int | None:
    """The number a cell shows; a dash or nothing is 0, and None if there is none."""
    if match := _NUMBER.search(text):
        return int(match[0].replace(",", ""))
    return 0 if text.strip("*_ ") in EMPTY else None


def _write_number(source: str, number: int) -> str:
    """A cell with its number replaced, keeping the emphasis around it."""
    return _NUMBER.sub(str(number), source, count=1) if _NUMBER.search(source) else str(number)


def find_dashboards(tables: Sequence[Table], sections: Sequence[Section]) -> tuple[Dashboard, ...]:
    """The tables of counts among these tables."""
    found = []
    for table in tables:
        names = [" ".join(name.split()).casefold() for name in table.names]
        column = next((index for index, name in enumerate(names) if name in _NAMES), None)
        columns = {_COUNTED[name]: index for index, name in reversed(list(enumerate(names))) if name in _COUNTED}
        if column is not None and columns:
            found.append(Dashboard(table, column, columns, tuple(_find_rows(table, column, sections))))
    return tuple(found)


def _find_rows(table: Table, column: int, sections: Sequence[Section]) -> Iterator[tuple[str | None, Row]]:
    codes: dict[str, list[str]] = {}
    for section in sections:
        codes.setdefault(heading_key(section.name), []).append(section.code)
    for row in table.body:
        name = heading_key(_row_name(row, column))
        if codes.get(name):
            yield codes[name].pop(0), row
        elif name in TOTALS:
            yield None, row


def _row_name(row: Row, column: int) -> str:
    cells = row.cells
    return without_emphasis(decode_cell(cells[column])) if column < len(cells) else ""


def _numbers(dashboard: Dashboard, row: Row) -> Iterator[tuple[str, int]]:
    cells = row.cells
    for word, column in dashboard.columns.items():
        if column < len(cells) and (number := _read_number(cells[column])) is not None:
            yield word, number


class WrongNumber(NamedTuple):
    """A number of a dashboard that disagrees with the items: in the row of which category (None: the total)."""

    code: str | None
    row: Row
    word: str
    number: int
    right: int


def wrong_numbers(dashboard: Dashboard, right: Mapping[tuple[str | None, str], int]) -> Iterator[WrongNumber]:
    """The numbers that disagree with what `counts` says."""
    for code, row in dashboard.rows:
        for word, number in _numbers(dashboard, row):
            if number != right[code, word]:
                yield WrongNumber(code, row, word, number, right[code, word])


def write_numbers(edits: Edits, dashboard: Dashboard, wrong: Iterable[WrongNumber]) -> None:
    """Write the right numbers in place of the wrong ones."""
    rows: dict[Row, dict[int, int]] = {}
    for each in wrong:
        rows.setdefault(each.row, {})[dashboard.columns[each.word]] = each.right
    for row, numbers in rows.items():
        sources = row.cells
        cells = {column: _write_number(sources[column], number) for column, number in numbers.items()}
        edits.replace(row.line, change_row(row, cells, aligned=dashboard.table.is_aligned(row)))


def dashboard_notices(layout: Layout, register: Register) -> Iterator[Notice]:
    """The rows of dashboards that disagree with the items."""
    right = counts(register)
    for dashboard in layout.dashboards:
        known = {row.line for _, row in dashboard.rows}
        for row in dashboard.table.body:
            if row.line not in known and (name := _row_name(row, dashboard.name_column)):
                what = f"the dashboard row {quoted(name)} does not match a category"
                yield Notice(row.line + 1, what, "unknown-category")
        for each in wrong_numbers(dashboard, right):
            counted = f"{each.number} {'in total' if each.word == TOTAL else each.word}"
            name = _row_name(each.row, dashboard.name_column)
            what = f"the dashboard says {counted} for {name}, but the items say {each.right}"
            yield Notice(each.row.line + 1, what, "wrong-count")


def new_dashboard(register: Register) -> list[str]:
    """The lines of a new dashboard; it leaves out In Progress and Accepted where no item has that status."""
    numbers = counts(register)
    optional = (Status.IN_PROGRESS.value, Status.ACCEPTED.value)
    words = [word for word in WORDS if word not in optional or numbers[None, word]]
    rows = [["Category", *words], delimiter_row(("Category", *words))]
    for category in register.categories:
        rows.append([encode_cell(category.name), *(str(numbers[category.code, word]) for word in words)])
    rows.append([f"**{TOTAL}**", *(f"**{numbers[None, word]}**" for word in words)])
    return [row_line(cells) for cells in rows]


class DashboardUpdate:
    """Writes the numbers that differ between two registers into a table of counts.

    `others` are the changed cells of columns that count something else than a status, by line and column.
    """

    def __init__(
        self,
        edits: Edits,
        dashboard: Dashboard,
        imported: Register,
        register: Register,
        others: Mapping[int, Mapping[int, str]],
    ) -> None:
        self._edits = edits
        self._dashboard = dashboard
        self._others = others
        self._old_names = {category.code: category.name for category in imported.categories}
        self._categories = register.categories
        self._names: dict[str | None, str] = {category.code: category.name for category in register.categories}
        # The present codes of the imported ones; None is the row of the totals.
        self._codes: dict[str | None, str | None] = {None: None}
        self._codes |= {c.origin: c.code for c in register.categories if c.origin in self._old_names}
        self._old = counts(imported)
        self._new = counts(register)

    def write(self) -> None:
        """Write the header, the rows that differ and those of new categories."""
        added = self._added_words()
        rows = {row.line: code for code, row in self._dashboard.rows}
        add_columns(self._edits, self._dashboard.table, [(self._column_for(word), word) for word in added])
        for row in self._dashboard.table.body:
            if row.line in rows:
                self._write_row(rows[row.line], row, added)
            elif added:
                self._edits.replace(row.line, change_row(row, {}, [(self._column_for(word), "") for word in added]))
        self._write_order(added)

    def _added_words(self) -> list[str]:
        """The words that some category has now, but did not have before, and the table does not count."""
        former = {code: origin for origin, code in self._codes.items()}
        return [
            word
            for word in WORDS
            if word not in self._dashboard.columns
            and word != TOTAL
            and any(self._new[code, word] and not self._old[former.get(code, ""), word] for code in self._names)
        ]

    def _column_for(self, word: str) -> int:
        """The column before which a word's new column goes."""
        columns = self._dashboard.columns
        later = [columns[other] for other in WORDS[WORDS.index(word) + 1 :] if other in columns]
        return later[0] if later else max(columns.values()) + 1

    def _write_row(self, code: str | None, row: Row, added: Sequence[str]) -> None:
        if code not in self._codes:
            self._edits.replace(row.line)
            return
        present = self._codes[code]
        sources = row.cells
        columns = {word: column for word, column in self._dashboard.columns.items() if column < len(sources)}
        cells = {
            column: _write_number(sources[column], self._new[present, word])
            for word, column in columns.items()
            if self._old[code, word] != self._new[present, word]
        } | dict(self._others.get(row.line, {}))
        if code is not None and self._names[present] != self._old_names[code]:
            cells[self._dashboard.name_column] = encode_cell(self._names[present])
        like = next((sources[column] for column in columns.values()), "")
        inserted = [(self._column_for(word), _write_number(like, self._new[present, word])) for word in added]
        if cells or inserted:
            aligned = self._dashboard.table.is_aligned(row)
            self._edits.replace(row.line, change_row(row, cells, inserted, aligned=aligned))

    def _write_order(self, added: Sequence[str]) -> None:
        """Write the rows in the order of the categories, and those of new categories."""
        rows = {self._codes[code]: row for code, row in self._dashboard.rows if code in self._codes and code}
        total = next((row for code, row in self._dashboard.rows if code is None), None)
        slots = sorted(row.line for row in rows.values())
        order = [slots.index(rows[c.code].line) for c in self._categories if c.code in rows]
        if order != sorted(order):
            self._edits.permute([range(line, line + 1) for line in slots], order)
        table = self._dashboard.table
        last = max(slots) if slots else total.line - 1 if total else table.last_line
        for category in self._categories:
            if category.code in rows:
                last = rows[category.code].line
            elif category.code not in self._codes.values():
                sources = [""] * len(table.names)
                sources[self._dashboard.name_column] = encode_cell(category.name)
                for word, column in self._dashboard.columns.items():
                    sources[column] = str(self._new[category.code, word])
                for word in sorted(added, key=lambda word: (self._column_for(word), WORDS.index(word)), reverse=True):
                    sources.insert(self._column_for(word), str(self._new[category.code, word]))
                self._edits.insert(last, [new_row(table, sources, aligned=not added)])
