"""Tables of a document: their rows and columns, and rows with some cells changed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from store.formats.document.columns import EXTRA_MARK, SAMPLES, Columns, resolve
from store.formats.document.headings import NO_HEADINGS, HeadingContext
from store.formats.markdown import BLANK, FOOTNOTE, decode_cell, encode_cell, split_row

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from store.formats.document.cells import Words
    from store.formats.document.rules import ReadingRules
    from store.formats.lines import Edits


# A first cell that starts like this does not start another block, even if the row has no outer pipe.
_SAFE_START = re.compile(r"(?:\*\*?|__?|`)?[A-Za-z]")
_WRAPPED = re.compile(rf"(\*\*|__|~~|\*|_|`)(?P<inner>.+)\1|(?P<noted>.*\S)\s*{FOOTNOTE}")
_LONGEST_HEADER = 1_000  # of a header whose marks are removed, pair by pair


class Row(NamedTuple):
    """One line of a table."""

    line: int
    text: str

    @property
    def cells(self) -> list[str]:
        """The sources of its cells, without the blanks around them."""
        return [cell.strip(BLANK) for cell in self.segments]

    @property
    def segments(self) -> list[str]:
        """Its cells with the blanks around them."""
        return split_row(self.text)[1]

    @property
    def widths(self) -> list[int]:
        """The widths of the cells with the blanks around them; a last cell without a pipe after it has none."""
        widths = [len(cell) for cell in self.segments]
        return widths if self.text.rstrip(BLANK).endswith("|") else widths[:-1]


class Table(NamedTuple):
    """A table: its header, its delimiter row and its body, and the headers as people read them, without emphasis.

    Of a table of items, `context` is what the headings above it say, `rows` has the key and the row of every item that
    could be read, and `placeholders` the rows that wait for one.
    """

    header: Row
    delimiter: Row
    body: tuple[Row, ...]
    names: tuple[str, ...]
    columns: Columns
    context: HeadingContext = NO_HEADINGS
    rows: tuple[tuple[str, Row], ...] = ()
    placeholders: tuple[Row, ...] = ()

    @property
    def line(self) -> int:
        """Its first line."""
        return self.header.line

    @property
    def last_line(self) -> int:
        """The line of its last row."""
        return (self.body or (self.delimiter,))[-1].line

    def is_aligned(self, row: Row) -> bool:
        """Whether a row's cells are as wide as those of header and delimiter, so that the columns line up."""
        return row.widths == self.header.widths == self.delimiter.widths


def read_table(lines: Sequence[str], start: int, end: int, rules: ReadingRules, words: Words) -> Table:
    """The table on the lines `start` up to, not including, `end`, still without `rows`."""
    header, delimiter, *body = map(Row, range(start, end), lines[start:end])
    names = tuple(without_emphasis(decode_cell(source)) for source in header.cells)
    samples = [] if rules.reference_only else [row.cells for row in body[:SAMPLES]]
    return Table(header, delimiter, tuple(body), names, resolve(names, samples, rules, words))


def without_emphasis(text: str) -> str:
    """A line of text without the emphasis, code or strike marks around all of it, and without a footnote's mark."""
    line = re.sub(r"\s*\n\s*", " ", text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "").strip())
    while len(line) <= _LONGEST_HEADER and (match := _WRAPPED.fullmatch(line)):
        line = (match["inner"] or match["noted"]).strip()
    return line


def change_row(
    row: Row, cells: Mapping[int, str], added: Sequence[tuple[int, str]] = (), *, aligned: bool = False
) -> str:
    """The row's line with the sources of some cells replaced, and cells added before others.

    A cell that was padded with blanks, or any of an `aligned` row, keeps its width if it can. A row without
    outer pipes gets them where it would begin another block, or lose a cell, without them.
    """
    head, old, tail = split_row(row.text)
    if not old:
        return row.text
    needed = max((*(c + 1 for c, source in cells.items() if source), *(c for c, source in added if source)), default=0)
    if needed > len(old):
        # A row may have fewer cells than its header.
        old[-1] = old[-1] if tail.strip(BLANK) else f"{old[-1].rstrip(BLANK)} "
        old += [" "] * (needed - len(old))
    segments: list[str] = []
    for column, segment in enumerate(old):
        segments += [f" {source} " for before, source in added if before == column]
        new = _replace_cell(segment, cells[column]) if column in cells else segment
        segments.append(new.ljust(len(segment)) if aligned else new)
    segments += [f" {source} " for before, source in added if before == len(old)]
    if not head.strip(BLANK):
        segments[0] = segments[0].lstrip(BLANK)
        if not _SAFE_START.match(segments[0]) and (0 in cells or any(before == 0 for before, _ in added)):
            head, segments[0] = head + "|", " " + segments[0]
    if not tail.strip(BLANK):
        last = segments[-1].rstrip(BLANK)
        segments[-1], tail = (last, tail) if last else (" ", "|")
    return head + "|".join(segments) + tail


def add_columns(edits: Edits, table: Table, headers: Sequence[tuple[int, str]]) -> None:
    """Add columns to the header and the delimiter row, each before the column of this number."""
    if headers:
        names = [(column, header_source(name)) for column, name in headers]
        edits.replace(table.header.line, change_row(table.header, {}, names))
        dashes = zip((column for column, _ in headers), delimiter_row([name for _, name in headers]), strict=True)
        edits.replace(table.delimiter.line, change_row(table.delimiter, {}, list(dashes)))


def header_source(name: str) -> str:
    """The source of a header."""
    bare = name.removesuffix(EXTRA_MARK)
    return encode_cell(name) if bare == name else f"{encode_cell(bare.rstrip())} {EXTRA_MARK}"


def delimiter_row(headers: Sequence[str]) -> list[str]:
    """The cells of the delimiter row below these headers."""
    return ["-" * max(3, len(name.removesuffix(EXTRA_MARK).rstrip())) for name in headers]


def _replace_cell(segment: str, source: str) -> str:
    """A cell with the blanks around it, with another source."""
    content = segment.strip(BLANK)
    if not content:
        return f" {source} ".ljust(len(segment)) if source else segment or " "
    start = segment.index(content)
    lead, tail = segment[:start], segment[start + len(content) :]
    if len(tail) > 1 and not tail.strip(" "):
        return lead + source.ljust(len(content) + len(tail) - 1) + " "
    if len(lead) > 1 and not lead.strip(" "):
        return " " + source.rjust(len(lead) - 1 + len(content)) + tail
    return lead + source + (tail or " " if source.endswith("\\") or not source else tail)


def new_row(table: Table, sources: Sequence[str], *, aligned: bool = True) -> str:
    """A new line for a table, in the style of its last row; with `aligned`, padded where all columns are."""
    like = table.body[-1] if table.body and table.body[-1].cells else table.header
    text = like.text.strip(BLANK)
    indent = like.text[: len(like.text) - len(like.text.lstrip(BLANK))]
    first, last = text.startswith("|"), text.endswith("|") and not text.endswith("\\|")
    if aligned and first and last and like is not table.header and table.is_aligned(like):
        sources = [source.ljust(width - 2) for source, width in zip(sources, like.widths, strict=True)]
    line = " | ".join(sources)
    if first or not _SAFE_START.match(line):
        line = f"| {line}"
    if last or not sources[-1]:
        line = f"{line} |"
    return indent + line
