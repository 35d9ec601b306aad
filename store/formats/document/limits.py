"""How much of anything a document may hold, seen before it costs time or memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.fields import TEXT_LIMIT
from store.formats.document.layout import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from store.formats.document.layout import Layout
    from store.formats.document.model import Register
    from store.formats.document.outline import Block

LINES = 500_000
ROWS = 200_000
COLUMNS = 500
CELLS = 2_000_000


def too_long(text: str) -> Problem | None:
    """What forbids a text of more lines than any register needs."""
    number = text.count("\n") + text.count("\r")
    if number <= 2 * LINES and (number <= LINES or number - text.count("\r\n") <= LINES):
        return None
    return Problem(1, f"the text has more than {LINES:,} lines", "keep the register in a document of its own")


def too_many(lines: Sequence[str], blocks: Sequence[Block]) -> Problem | None:
    """The problem of a text with too many rows, columns or cells."""
    rows = cells = 0
    for block in blocks:
        if block.kind != "table" or block.nested:
            continue
        rows += block.end - block.start - 2
        if rows > ROWS:
            what = f"the tables have more than {ROWS:,} rows, the limit of a document"
            return Problem(block.start + 1, what, "split the register into several databases")
        for number in range(block.start, block.end):
            pipes = _pipes(lines[number])
            if pipes > COLUMNS + 1:
                what = f"this row has more than {COLUMNS} cells, the limit of a table"
                return Problem(number + 1, what, "take columns out; a | inside a cell is written \\|")
            cells += pipes
            if cells > CELLS:
                what = f"the tables have more than {CELLS:,} cells, the limit of a document"
                return Problem(number + 1, what, "take columns out, or split the register into several databases")
        if len(lines[block.start]) > TEXT_LIMIT:
            what = f"the headers of this table are longer than {TEXT_LIMIT:,} characters"
            return Problem(block.start + 1, what, "shorten them")
    return None


def _pipes(line: str) -> int:
    """The pipes that part cells, or a few more."""
    number = line.count("|")
    return number if number <= COLUMNS + 1 else number - line.count("\\|")


def long_texts(layout: Layout, register: Register) -> Iterator[Problem]:
    """Every text outside the cells of items that is longer than a field may be."""
    facts = layout.facts
    map_line = layout.chart.header if layout.chart else 0
    labelled = {"extends": register.extends, "system": register.system}
    texts: list[tuple[int, str, str]] = [
        (facts.title.start if facts.title else 0, "the title", register.title),
        *((facts.labels[name].line, f"the {name}", text) for name, text in labelled.items() if text),
        (facts.purpose.start if facts.purpose else 0, "the purpose", register.purpose or ""),
        (facts.note.start if facts.note else 0, "the note", register.note or ""),
        *((entry.start, "this entry of the cadence", entry.label + entry.text) for entry in facts.entries),
        *((s.heading.start if s.heading else 0, "the name of this category", s.name) for s in layout.sections),
        *((s.definition.start, "the definition", s.definition.text) for s in layout.sections if s.definition),
        *((map_line, f"the title of {item.key}", item.title) for item in register.items if item.title),
    ]
    for statement in layout.chart.statements if layout.chart else ():
        texts += [(statement.line, "the label of this arrow", link.label) for link in statement.links]
    for line, what, text in texts:
        if len(text) > TEXT_LIMIT // 4 and len(text.encode(errors="replace")) > TEXT_LIMIT:
            yield Problem(line + 1, f"{what} is longer than {TEXT_LIMIT:,} bytes", "shorten it")
