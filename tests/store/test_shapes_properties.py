"""Documents of every shape, drawn at random: what is not changed stays, and what was written is read back."""

from __future__ import annotations

import re
from random import Random
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from store.formats.document.confirm import settled
from store.formats.document.diff import differences
from store.formats.document.entries import Entries
from store.formats.document.places import item_lines
from store.formats.document.reader import ParsedTexts, read
from store.formats.document.writer import DocumentUpdate, texts_in_place, write
from tests.counts import count
from tests.store.shapes import Shapes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from store.formats.document.layout import Layout
    from store.formats.document.model import Item, Register
    from store.formats.document.rules import ReadingRules

seeds = st.integers(0, 2**64)
NUMBER = re.compile(r"\d+")
ADDED = re.compile(r"\s*|<!-- code: \w+ -->|(?:-{3,}|\*{3,})")
"""The lines that may be added or taken out between items."""


def drawn(seed: int) -> tuple[Shapes, str, Register, ReadingRules]:
    """A document and the register in it."""
    shapes = Shapes(Random(seed))
    text = shapes.document()
    reading = read(text)
    assert reading.problems == ()
    assert reading.register is not None
    return shapes, text, reading.register, reading.rules


def says(item: Item, rules: ReadingRules) -> Item:
    """An item as it can be read back."""
    return settled(item, rules)._replace(
        origin=None, category="", components_text=None, extra=tuple(sorted(settled(item, rules).extra))
    )


def lines_of(text: str) -> list[str]:
    return re.split(r"\r\n|\n|\r", text.removeprefix("\ufeff"))


def outside(layout: Layout, lines: Sequence[str], keys: Iterable[str]) -> Iterator[tuple[str, bool]]:
    """The lines that are not of these items, and whether they are those of an item."""
    ranges = item_lines(layout)
    own = {number for key in keys if key in ranges for number in ranges[key]}
    known = {number for lines in ranges.values() for number in lines}
    for number, line in enumerate(lines):
        if number not in own:
            yield line, number in known


def headers(layout: Layout) -> set[str]:
    """The header and delimiter rows of tables of items, and the first line of CSV."""
    if layout.csv:
        return {lines_of(layout.csv.records[0].text)[0]}
    tables = [each for each in layout.lists if not isinstance(each, Entries)]
    return {row.text for table in tables for row in (table.header, table.delimiter)}


def without_new_map(lines: list[str]) -> list[str]:
    """Lines without the map that titles get in a document of the usual shape."""
    if "## Debt Dependency Map" not in lines:
        return lines
    start = lines.index("## Debt Dependency Map")
    return lines[:start] + lines[lines.index("```", start) + 1 :]


def unlike(line: str) -> str:
    """A line without its numbers: those that count items are written when they agreed."""
    return NUMBER.sub("0", line)


def widened(line: str, other: str) -> bool:
    """Whether a row is another one with more cells."""
    own, rest = (re.split(r"[|;,\t]", each) for each in (line, other))
    cells = iter([cell.strip() for cell in rest])
    return all(cell.strip() in cells for cell in own if cell.strip())


def missing(wanted: Sequence[tuple[str, bool]], found: Sequence[str], *, more_columns: bool) -> list[str]:
    """The lines that are not there any more, in their order; those outside of items may have other numbers."""
    gone, at = [], 0
    for line, of_item in wanted:
        if ADDED.fullmatch(line):
            continue
        for number in range(at, len(found)):
            other = found[number]
            same = line == other or (not of_item and unlike(line) == unlike(other))
            if same or (more_columns and widened(line, other)):
                at = number + 1
                break
        else:
            gone.append(line)
    return gone


@settings(max_examples=count(60, 200))
@given(seeds)
def test_an_untouched_document_is_written_byte_for_byte(seed: int) -> None:
    _, text, register, rules = drawn(seed)
    assert write(register, template=text, rules=rules) == text


@settings(max_examples=count(120, 400))
@given(seeds)
def test_a_change_writes_lines_of_its_items_alone_and_is_read_back(seed: int) -> None:
    shapes, text, register, rules = drawn(seed)
    after = register
    for _ in range(shapes.random.choice([1, 1, 1, 2, 4])):
        after = shapes.change(after)
    texts = ParsedTexts()
    update = DocumentUpdate(text, after, None, texts=texts, rules=rules)
    written = update.text(None)
    again = texts.parse(written, rules._replace(keys=update.keys))
    assert again.register is not None
    # It says what the register does, and the next export changes nothing.
    found = {item.key: says(item, rules) for item in again.register.items}
    after = texts_in_place(after, texts.parse(text, rules).layout, register)
    wanted = {item.key: says(item, rules) for item in after.items}
    for key, item in found.items():
        if item.opened_on is None:
            # It is written only where the document has a place for it.
            wanted[key] = wanted[key]._replace(opened_on=None)
    assert found == wanted
    assert write(again.register, template=written, rules=again.layout.rules) == written
    # What is of other items, or of none, stays.
    changed = {each.key for each in differences(register, after, by="key") if each.entity == "item"}
    layout = texts.parse(text, rules).layout
    before, now = lines_of(text), lines_of(written)
    assert without_new_map(before) == before
    heads = headers(layout), headers(again.layout)
    more_columns = heads[0] != heads[1]
    kept = [(line, of_item) for line, of_item in outside(layout, before, changed) if line not in heads[0]]
    assert missing(kept, now, more_columns=more_columns) == []
    new = [(line, of_item) for line, of_item in outside(again.layout, now, changed) if line not in heads[1]]
    mapped = set(now) - set(without_new_map(now))
    extra = [line for line in missing(new, before, more_columns=False) if line not in mapped]
    assert [line for line in extra if not (more_columns and line[:1] != "#")] == []


@settings(max_examples=count(60, 200))
@given(seeds)
def test_damaged_documents_are_read_or_refused(seed: int) -> None:
    shapes = Shapes(Random(seed))
    text = shapes.damaged(shapes.document())
    reading = read(text)
    assert (reading.register is None) <= bool(reading.problems)
    if reading.register is not None and not reading.problems:
        assert write(reading.register, template=text, rules=reading.rules) == text
