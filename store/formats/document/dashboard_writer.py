"""Writes changed counts into the dashboards of a document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.formats.document.derived import TOTAL, WORDS, counts, write_number
from store.formats.document.table import change_row, new_row
from store.formats.markdown import encode_cell

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from store.formats.document.derived import Counts
    from store.formats.document.edits import Edits
    from store.formats.document.layout import Dashboard
    from store.formats.document.model import Register
    from store.formats.document.table import Row


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
