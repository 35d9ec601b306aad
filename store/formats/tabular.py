"""CSV (RFC 4180): its records and cells with their places in the text, and cells as source text."""

from __future__ import annotations

import re
from collections import deque
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


DELIMITERS = (",", ";", "\t", "|")
"""The possible separators of cells; the first one is written by default."""
_SAMPLE = 64 * 1024
"""The characters at the beginning of a text that are compared to find its delimiter."""
_SAMPLE_RECORDS = 50
_BOM = "\ufeff"
_HINT = re.compile(r"sep=(?P<delimiter>[,;\t|])[ \t]*(?:\r\n?|\n|\Z)", re.IGNORECASE)
_BLANK_LINES = re.compile(r"(?: *+(?:\r\n?|\n))++| ++\Z")
_LINE_END = re.compile(r"\r\n?|\n|\Z")


class Cell(NamedTuple):
    """A cell: where it begins and ends in the text, with its quotes, and its value without them."""

    start: int
    end: int
    value: str


class Record(NamedTuple):
    """A record: where it begins and ends in its text, without the line end."""

    text: str
    start: int
    end: int
    delimiter: str

    @property
    def cells(self) -> tuple[Cell, ...]:
        """Its cells, at least one."""
        return tuple(self.each_cell())

    def each_cell(self) -> Iterator[Cell]:
        """Its cells, one after another."""
        return (Cell(match.start(), match.end(), _value(match)) for match in _cells(self))

    @property
    def values(self) -> tuple[str, ...]:
        """The values of its cells."""
        return tuple(cell.value for cell in self.cells)


class Csv(NamedTuple):
    """A scanned text: what is between its cells, its records, where a quote begins that nothing closes, and where the
    lines of the text end.
    """

    delimiter: str
    records: tuple[Record, ...]
    unclosed: int | None
    line_ends: tuple[int, ...]


def scan(text: str, delimiter: str | None = None) -> Csv:
    """The records of a CSV text; blank lines, a byte order mark and a line `sep=;` are none.

    Without `delimiter`, the one that divides the first records most evenly is taken. A quote inside a cell that does
    not begin with one is an ordinary character. A quote that nothing closes includes all the rest.
    """
    start = len(_BOM) if text.startswith(_BOM) else 0
    if hint := _HINT.match(text, start):
        delimiter, start = delimiter or hint["delimiter"], hint.end()
    delimiter = delimiter or find_delimiter(text, start)
    records = tuple(_records(text, start, delimiter))
    unclosed = None
    if records and records[-1].end == len(text):
        last = deque(_cells(records[-1]), maxlen=1)[0]
        unclosed = last.start() if last["close"] == "" else None
    return Csv(delimiter, records, unclosed, _line_ends(text))


def _line_ends(text: str) -> tuple[int, ...]:
    """Where the lines of a text end: found once, since every record is looked for there."""
    return tuple(match.end() for match in re.finditer(r"\r\n?|\n", text))


def find_delimiter(text: str, start: int = 0) -> str:
    """The delimiter that divides the first records of a text most evenly, into most cells."""
    sample = text[start : start + _SAMPLE]
    is_cut = len(text) > start + _SAMPLE

    def evenness(delimiter: str) -> tuple[float, int]:
        counts = [len(record.cells) for record in islice(_records(sample, 0, delimiter), _SAMPLE_RECORDS)]
        if is_cut and 1 < len(counts) < _SAMPLE_RECORDS:
            counts.pop()
        if not counts or counts[0] < 2:
            return 0.0, 0
        return counts.count(counts[0]) / len(counts), counts[0]

    return max(DELIMITERS, key=evenness)


@lru_cache(len(DELIMITERS))
def _cell_pattern(delimiter: str) -> re.Pattern[str]:
    other = rf"[^{re.escape(delimiter)}\r\n]*+"
    return re.compile(rf'(?:"(?P<quoted>[^"]*+(?:""[^"]*+)*+)(?P<close>"|\Z))?(?P<rest>{other})')


@lru_cache(len(DELIMITERS))
def _record_pattern(delimiter: str) -> re.Pattern[str]:
    other = rf"[^{re.escape(delimiter)}\r\n]*+"
    cell = rf'(?:"[^"]*+(?:""[^"]*+)*+(?:"|\Z))?{other}'
    return re.compile(rf"{cell}(?:{re.escape(delimiter)}{cell})*+")


def _records(text: str, start: int, delimiter: str) -> Iterator[Record]:
    pattern = _record_pattern(delimiter)
    at = start
    while at < len(text):
        if blank := _BLANK_LINES.match(text, at):
            at = blank.end()
            continue
        record = pattern.match(text, at)
        end = record.end() if record else at
        yield Record(text, at, end, delimiter)
        line_end = _LINE_END.match(text, end)
        at = line_end.end() if line_end else len(text)


def _cells(record: Record) -> Iterator[re.Match[str]]:
    pattern = _cell_pattern(record.delimiter)
    at = record.start
    while at <= record.end and (match := pattern.match(record.text, at, record.end)):
        yield match
        at = match.end() + 1


def _value(match: re.Match[str]) -> str:
    quoted, rest = match["quoted"], match["rest"]
    if quoted is None:
        return str(rest)
    inner = str(quoted).replace('""', '"')
    return inner + str(rest) if rest.strip(" \t") else inner


def write_cell(value: str, delimiter: str = ",", *, quoted: bool = False) -> str:
    """A value as a cell, in quotes where it needs them or `quoted` asks for them."""
    if quoted or _needs_quotes(value, delimiter):
        return '"' + value.replace('"', '""') + '"'
    return value


def _needs_quotes(value: str, delimiter: str) -> bool:
    return (
        any(character in value for character in (delimiter, '"', "\r", "\n"))
        or value[:1] in (" ", "\t", _BOM)
        or value[-1:] in (" ", "\t")
        or value[:4].lower() == "sep="
    )


def write_record(values: Sequence[str], delimiter: str = ",") -> str:
    """A record, without a line end; a single empty value is a pair of quotes, since a blank line is not a record."""
    if len(values) == 1 and not values[0]:
        return '""'
    return delimiter.join(write_cell(value, delimiter) for value in values)


def write_csv(records: Iterable[Sequence[str]], delimiter: str = ",", line_end: str = "\r\n") -> str:
    """Records as a CSV text."""
    return "".join(write_record(values, delimiter) + line_end for values in records)


_FORMULA = re.compile(r"'*[=+\-@\t\r]")


def neutralize(value: str) -> str:
    """A value that a spreadsheet takes for text: an apostrophe goes before what begins like a formula."""
    return f"'{value}" if _FORMULA.match(value) else value


def restore(value: str) -> str:
    """The value that `neutralize` made safe."""
    return value[1:] if value[:1] == "'" and _FORMULA.match(value) else value
