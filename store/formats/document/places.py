"""Where the items of a document are, and the other parts that are known by a name whatever they say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.formats.document.csv_lens import record_lines
from store.formats.document.entries import Entry
from store.formats.document.sections import heading_key
from store.formats.document.tables import Table
from store.text import name_key

if TYPE_CHECKING:
    from collections.abc import Iterator

    from store.formats.document.layout import Facts, Layout
    from store.formats.document.tables import Row
    from store.formats.mermaid.chart import Chart

Landmark = tuple[str, ...]
"""A part of a document: its kind, and its name among those of its kind."""

ITEM, HEADER, COUNTED, COUNT, STYLE, EDGE = "item", "header", "counted", "count", "style", "edge"
HEADERS = frozenset({HEADER, COUNTED})
"""The header rows of a table, those of items and those that count them."""
OF_CATEGORY = frozenset({HEADER, "heading", "code", "definition"})
"""The kinds of parts that are named by the code of a category."""
LAST_UPDATED: Landmark = ("label", "last updated", "1")


def is_derived(landmark: Landmark) -> bool:
    """Whether a part follows from the items: a row of numbers, a color, the date of the last change."""
    return landmark[0] in (COUNT, STYLE) or landmark == LAST_UPDATED


def item_landmark(key: str) -> Landmark:
    """The landmark of an item."""
    return (ITEM, name_key(key), "1")


def derived_lines(layout: Layout) -> frozenset[int]:
    """The lines (from 0) of a document that follow from its items."""
    return frozenset(line for landmark, place in landmarks(layout).items() if is_derived(landmark) for line in place)


def item_lines(layout: Layout) -> dict[str, range]:
    """The lines (from 0) of each item that could be read, by its key, in the order of the document."""
    found = {key: lines_of(record) for each in layout.lists for key, record in each.rows}
    if layout.csv:
        found = {key: record_lines(layout.csv, lines.start) for key, lines in found.items()}
    return dict(sorted(found.items(), key=lambda each: each[1].start))


def lines_of(record: Row | Entry) -> range:
    """The lines of an item."""
    return range(record.start, record.end) if isinstance(record, Entry) else range(record.line, record.line + 1)


def landmarks(layout: Layout) -> dict[Landmark, range]:
    """The lines of the parts of a document in its order; no line belongs to two of them.

    They are the items, the header rows of tables, the headings and definitions of categories, the rows of dashboards,
    the statements of the map, the register's own facts and the entries of the review cadence.
    """
    found: dict[Landmark, range] = {}
    end = 0
    for (kind, *name), lines in sorted(_parts(layout), key=lambda each: (each[1].start, each[1].stop)):
        if lines.start < end:
            continue
        end = lines.stop
        number = 1
        while (landmark := (kind, *name, str(number))) in found:
            number += 1
        found[landmark] = lines
    return found


def _parts(layout: Layout) -> Iterator[tuple[Landmark, range]]:
    for key, lines in item_lines(layout).items():
        yield (ITEM, name_key(key)), lines
    if layout.csv:
        return
    for section in layout.sections:
        for each in layout.lists_of(section):
            if isinstance(each, Table):
                yield (HEADER, section.code), range(each.header.line, each.delimiter.line + 1)
        for heading in section.headings:
            yield ("heading", section.code), range(heading.start, heading.end)
        if section.code_line is not None:
            yield ("code", section.code), range(section.code_line, section.code_line + 1)
        if section.definition:
            yield ("definition", section.code), range(section.definition.start, section.definition.end)
    for number, dashboard in enumerate(layout.dashboards):
        table = dashboard.table
        yield (COUNTED, str(number)), range(table.header.line, table.delimiter.line + 1)
        for _, row in dashboard.rows:
            name = heading_key(row.cells[dashboard.name_column])
            yield (COUNT, str(number), name), range(row.line, row.line + 1)
    if layout.chart:
        yield from _statements(layout.chart)
    yield from _facts(layout.facts)


def _facts(facts: Facts) -> Iterator[tuple[Landmark, range]]:
    for name, span in facts.labels.items():
        yield ("label", name), range(span.line, span.line + 1)
    named = {"title": facts.title, "purpose": facts.purpose, "rest": facts.purpose_rest, "note": facts.note}
    for name, part in named.items():
        if part:
            yield (name,), range(part.start, part.end)
    for entry in facts.entries:
        if entry.label:
            yield ("cadence", name_key(entry.label)), range(entry.start, entry.end)


def _statements(chart: Chart) -> Iterator[tuple[Landmark, range]]:
    """The lines of a map that consist of nodes, arrows between them and styles."""
    names: dict[range, list[str]] = {}
    kinds: dict[range, str] = {}
    for statement in chart.statements:
        lines = chart.joined_lines(chart.line(statement.start))
        kinds[lines] = EDGE if statement.links else "node"
        names.setdefault(lines, []).extend(mention.id for mention in statement.mentions)
    for style in chart.node_styles:
        lines = chart.joined_lines(chart.line(style.start))
        kinds.setdefault(lines, STYLE)
        names.setdefault(lines, []).extend(style.ids)
    for lines, ids in names.items():
        if chart.header not in lines:
            yield (kinds[lines], *ids), lines
