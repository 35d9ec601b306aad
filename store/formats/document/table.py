"""Tables of a document: rows as cells, and rows written again with some cells changed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from store.fields import IDENTIFYING, ITEM_FIELDS
from store.formats.markdown import BLANK, FOOTNOTE, Cell, decode_cell, scan_row

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from store.formats.document.outline import Block

# A first cell that begins so cannot be taken for the start of another block where the row has no outer pipe.
_SAFE_START = re.compile(r"(?:\*\*?|__?|`)?[A-Za-z]")
_DRESSED = re.compile(rf"(\*\*|__|~~|\*|_|`)(?P<inner>.+)\1|(?P<noted>.*\S)\s*{FOOTNOTE}")
_LONGEST = 1_000  # of a header whose marks are taken off, one pair after another
_ALIASES: dict[str, list[tuple[int, str]]] = {}
for _field in ITEM_FIELDS:
    for _rank, _alias in enumerate(_field.columns):
        _ALIASES.setdefault(_alias.casefold(), []).append((_rank, _field.name))
# A column Item beside a column ID tells what the item is.
_ALIASES["item"].append((9, "description"))


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table."""

    line: int
    text: str
    cells: tuple[Cell, ...]

    @classmethod
    def of(cls, line: int, text: str) -> Row:
        """Scan a line into cells."""
        return cls(line, text, scan_row(text))

    @property
    def widths(self) -> list[int]:
        """The widths of the cells with the blanks around them; a last cell without a pipe behind it has none."""
        widths = [cell.outer_end - cell.outer for cell in self.cells]
        return widths if self.text.rstrip(BLANK).endswith("|") else widths[:-1]

    def source(self, column: int) -> str:
        """The source of a cell, without the blanks around it."""
        cell = self.cells[column]
        return self.text[cell.start : cell.end]


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its header, its delimiter row and its body."""

    header: Row
    delimiter: Row
    body: tuple[Row, ...]

    @classmethod
    def of(cls, block: Block, lines: Sequence[str]) -> Table:
        """The table that stands in a block."""
        rows = tuple(Row.of(line, lines[line]) for line in range(block.start, block.end))
        return cls(rows[0], rows[1], rows[2:])

    @property
    def names(self) -> tuple[str, ...]:
        """The headers as people read them, without emphasis."""
        return tuple(plain(decode_cell(self.header.source(column))) for column in range(len(self.header.cells)))

    def is_even(self, row: Row) -> bool:
        """Whether a row's cells are as wide as those of header and delimiter, so that the columns line up."""
        return row.widths == self.header.widths == self.delimiter.widths


@dataclass(frozen=True, slots=True)
class Columns:
    """What the columns of an item table mean: item field to column, and the extra columns by name."""

    fields: Mapping[str, int]
    extra: Mapping[str, int]

    @property
    def is_items(self) -> bool:
        """Whether this is a table of items."""
        return all(name in self.fields for name in IDENTIFYING)


def plain(text: str) -> str:
    """A line of text without the emphasis, code or strike marks around all of it, and without a footnote's mark."""
    line = re.sub(r"\s*\n\s*", " ", text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "").strip())
    while len(line) <= _LONGEST and (match := _DRESSED.fullmatch(line)):
        line = (match["inner"] or match["noted"]).strip()
    return line


def _aliases(name: str) -> list[tuple[int, str]]:
    return _ALIASES.get(" ".join(name.split()).casefold(), [])


def columns_of(names: Sequence[str]) -> Columns:
    """What the columns under these headers mean; where two mean the same field the better name has it."""
    claims = [(rank, column, field) for column, name in enumerate(names) for rank, field in _aliases(name)]
    fields: dict[str, int] = {}
    for _, column, field in sorted(claims):
        if field not in fields and column not in fields.values():
            fields[field] = column
    extra: dict[str, int] = {}
    for column, name in enumerate(names):
        if column in fields.values():
            continue
        wanted = unique = name or f"Column {column + 1}"
        number = 2
        if _aliases(name):
            # Under its own name it would be taken for the field in another table.
            unique, number = f"{name} (2)", 3
        while unique in extra:
            unique, number = f"{wanted} ({number})", number + 1
        extra[unique] = column
    return Columns(fields, extra)


def change_row(row: Row, cells: Mapping[int, str], added: Sequence[tuple[int, str]] = (), *, even: bool = False) -> str:
    """The row's line with the sources of some cells replaced, and cells added before others.

    A cell that was filled up with blanks, or any of an `even` row, keeps its width where it can. A row without
    outer pipes gets them where it would begin another block, or lose a cell, without them.
    """
    if not row.cells:
        return row.text
    head, tail = row.text[: row.cells[0].outer], row.text[row.cells[-1].outer_end :]
    segments: list[str] = []
    for column, cell in enumerate(row.cells):
        segments += [_fresh(source) for before, source in added if before == column]
        segment = row.text[cell.outer : cell.outer_end]
        new = _segment(segment, cells[column]) if column in cells else segment
        segments.append(new.ljust(len(segment)) if even else new)
    segments += [_fresh(source) for before, source in added if before == len(row.cells)]
    if not head.strip(BLANK):
        segments[0] = segments[0].lstrip(BLANK)
        if not _SAFE_START.match(segments[0]) and (0 in cells or any(before == 0 for before, _ in added)):
            head, segments[0] = head + "|", " " + segments[0]
    if not tail.strip(BLANK):
        last = segments[-1].rstrip(BLANK)
        segments[-1], tail = (last, tail) if last else (" ", "|")
    return head + "|".join(segments) + tail


def _fresh(source: str) -> str:
    return f" {source} "


def _segment(segment: str, source: str) -> str:
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


def new_row(table: Table, sources: Sequence[str], *, even: bool = True) -> str:
    """A new line for a table, in the manner of its last row; with `even`, filled up where all columns are."""
    like = table.body[-1] if table.body and table.body[-1].cells else table.header
    text = like.text.strip(BLANK)
    indent = like.text[: len(like.text) - len(like.text.lstrip(BLANK))]
    first, last = text.startswith("|"), text.endswith("|") and not text.endswith("\\|")
    if even and first and last and like is not table.header and table.is_even(like):
        sources = [source.ljust(width - 2) for source, width in zip(sources, like.widths, strict=True)]
    line = " | ".join(sources)
    if first or not _SAFE_START.match(line):
        line = f"| {line}"
    if last or not sources[-1]:
        line = f"{line} |"
    return indent + line
