"""A CSV file as a document: it is read as the Markdown table of its records, and changed record by record."""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import islice
from operator import eq
from typing import TYPE_CHECKING

from store.formats.document.columns import describes_items, resolve
from store.formats.document.outline import COLUMNS
from store.formats.lines import Edits, Text
from store.formats.markdown import BLANK, decode_cell, encode_cell, row_line, split_row
from store.formats.tabular import find_delimiter, neutralize, restore, scan, write_cell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from store.formats.document.cells import Words
    from store.formats.document.rules import ReadingRules
    from store.formats.tabular import Cell, Csv, Record


_BEGINNING = 10_000
"""The characters at the beginning of a text that show whether it is CSV."""
_MARKDOWN = re.compile(r"[ \t]*(?:#{1,6}[ \t]|[-*+][ \t]|>|`{3}|---|\|)")
_DELIMITER_ROW = re.compile(r"[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*")


def read_csv(text: str, rules: ReadingRules, words: Words) -> Csv | None:
    """The records of a text whose first line is the header of a list of items; None for any other text."""
    beginning = text[:_BEGINNING].removeprefix("\ufeff")
    first, _, rest = beginning.partition("\n")
    if rules.reference_only or _MARKDOWN.match(first) or _DELIMITER_ROW.fullmatch(rest.partition("\n")[0].rstrip("\r")):
        return None
    delimiter = find_delimiter(beginning)
    head = scan(beginning, delimiter)
    if not head.records:
        return None
    names = [value.strip() for value in head.records[0].values]
    if len(names) < 2 or any(len(name) > 80 for name in names):
        return None
    rows = [[encode_cell(restore(value)) for value in record.values] for record in head.records[1:20]]
    columns = resolve(names, rows, rules, words)
    if (len(columns.fields) < 2 and not columns.settled) or not describes_items(columns, names, rows, placed=False):
        return None
    return scan(text, head.delimiter)


def as_table(csv: Csv) -> Text:
    """The records as the lines of a Markdown table."""
    lines = [_row(record) for record in csv.records]
    delimiter = row_line(["---"] * len(_cells_of(csv.records[0])))
    return Text.of("\n".join([lines[0], delimiter, *lines[1:]]) + "\n")


def _row(record: Record) -> str:
    return row_line(encode_cell(restore(value.strip())) for value in _cells_of(record))


def _cells_of(record: Record) -> tuple[str, ...]:
    """The values of a record; of more than a table may have, one more than that, so that it is refused."""
    return tuple(cell.value for cell in islice(record.each_cell(), COLUMNS + 1))


def line_of(csv: Csv, number: int) -> int:
    """The line (from 0) in the CSV text of a line of its table."""
    return record_lines(csv, number).start


def record_lines(csv: Csv, number: int) -> range:
    """The lines (from 0) in the CSV text of a line of its table."""
    record = csv.records[min(max(0, number - 1), len(csv.records) - 1)]
    return range(bisect_right(csv.line_ends, record.start), bisect_right(csv.line_ends, record.end) + 1)


class CsvEdits(Edits):
    """Changes to the table of a CSV text, which are made in its records; everything else stays unchanged."""

    def __init__(self, table: Text, csv: Csv) -> None:
        super().__init__(table)
        self._csv = csv

    def text(self) -> str:
        """The CSV text with every change applied."""
        records, source = self._csv.records, self._csv.records[0].text
        line_end = next(iter(re.findall(r"\r\n?|\n", source[records[0].end : records[0].end + 2])), "\r\n")
        parts: list[str] = [source[: records[0].start]]
        for number in range(len(self.lines)):
            record = None if number == 1 else records[max(0, number - 1)]
            new = self.current(number)
            if record is not None:
                following = number if number else 1
                end = records[following].start if following < len(records) else len(source)
                if new == (self.lines[number],):
                    parts.append(source[record.start : end])
                elif new:
                    parts.append(self._rewritten(record, new[0]) + source[record.end : end])
            for line in self._inserted(number):
                if parts[-1] and not parts[-1].endswith(("\n", "\r")):
                    parts.append(line_end)
                parts.append(self._record(_cells(line)) + line_end)
        return "".join(parts)

    def _inserted(self, number: int) -> list[str]:
        return [line for line, _ in self._added(number, "\n")]

    def _rewritten(self, record: Record, line: str) -> str:
        """A record with the cells of a changed row."""
        new = _cells(line)
        pieces = []
        for cell, was, now in zip(*_aligned(record.cells, _cells(_row(record)), new), new, strict=True):
            source = record.text[cell.start : cell.end] if cell is not None else None
            if source is not None and was == now:
                pieces.append(source)
            else:
                quoted = source is not None and source.startswith('"')
                pieces.append(write_cell(neutralize(decode_cell(now)), self._csv.delimiter, quoted=quoted))
        return self._csv.delimiter.join(pieces)

    def _record(self, cells: Sequence[str]) -> str:
        return self._csv.delimiter.join(
            write_cell(neutralize(decode_cell(cell)), self._csv.delimiter) for cell in cells
        )


def _aligned(
    cells: Sequence[Cell], old: Sequence[str], new: Sequence[str]
) -> tuple[list[Cell | None], list[str | None]]:
    """The cells of a record and their sources at the columns that they have in a row with more columns."""
    more = len(new) - len(old)
    places = range(len(old) + 1)
    at = max(places, key=lambda place: sum(map(eq, [*old[:place], *[None] * more, *old[place:]], new)))
    return [*cells[:at], *[None] * more, *cells[at:]], [*old[:at], *[None] * more, *old[at:]]


def _cells(line: str) -> list[str]:
    return [cell.strip(BLANK) for cell in split_row(line)[1]]
