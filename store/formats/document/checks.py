"""Checks what a document says against its own items: numbers, colors, edges to nowhere."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from store.enums import Status
from store.errors import quoted
from store.formats.document.layout import Dashboard, Notice
from store.formats.document.sections import section_blocks
from store.formats.document.values import NOTHING, columns_of, folded, is_key, plain
from store.formats.escalation import is_escalation, read_escalation
from store.formats.markdown import decode_cell
from store.formats.mermaid.writer import Keys, colors, decode_label, same_color

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from store.formats.document.layout import Layout, Section
    from store.formats.document.model import Register
    from store.formats.document.values import Row, Table
    from store.formats.mermaid.parser import Chart


TOTAL = "Total"
WORDS = (*(status.value for status in Status), TOTAL)
_NUMBER = re.compile(r"\d{1,9}(?:,\d{3})*")
Counts = dict[str | None, dict[str, int]]


def counts(register: Register) -> Counts:
    """How many items stand where: category code (None: all of them) to word to number."""
    found: Counts = {None: dict.fromkeys(WORDS, 0)}
    for category in register.categories:
        found[category.code] = dict.fromkeys(WORDS, 0)
    for item in register.items:
        for code in (item.category, None):
            row = found.setdefault(code, dict.fromkeys(WORDS, 0))
            row[item.status.value] += 1
            row[TOTAL] += 1
    return found


def read_number(text: str) -> int | None:
    """The number a cell shows; a dash or nothing is 0, and None where there is none."""
    if match := _NUMBER.search(text):
        return int(match[0].replace(",", ""))
    return 0 if text.strip("*_ ") in NOTHING else None


def write_number(source: str, number: int) -> str:
    """A cell with its number replaced, keeping the emphasis around it."""
    if match := _NUMBER.search(source):
        return source[: match.start()] + str(number) + source[match.end() :]
    return str(number)


_NAMES = frozenset({"category", "debt category", "categories"})
_TOTALS = frozenset({"total", "totals", "sum", "all"})
_COUNTED = {word.casefold(): word for word in WORDS} | {"in-progress": "In Progress"}


def dashboards_of(tables: Sequence[Table], sections: Sequence[Section]) -> tuple[Dashboard, ...]:
    """The tables of counts among these tables."""
    found = []
    for table in tables:
        names = [" ".join(name.split()).casefold() for name in table.names]
        column = next((index for index, name in enumerate(names) if name in _NAMES), None)
        columns = {_COUNTED[name]: index for index, name in reversed(list(enumerate(names))) if name in _COUNTED}
        if column is not None and columns:
            found.append(Dashboard(table, column, columns, tuple(_rows(table, column, sections))))
    return tuple(found)


def _rows(table: Table, column: int, sections: Sequence[Section]) -> list[tuple[str | None, Row]]:
    codes: dict[str, list[str]] = {}
    for section in sections:
        codes.setdefault(folded(section.name), []).append(section.code)
    rows: list[tuple[str | None, Row]] = []
    for row in table.body:
        name = folded(row_name(row, column))
        if codes.get(name):
            rows.append((codes[name].pop(0), row))
        elif name in _TOTALS:
            rows.append((None, row))
    return rows


def row_name(row: Row, column: int) -> str:
    """The category's name in a row of a dashboard."""
    return plain(decode_cell(row.source(column))) if column < len(row.cells) else ""


def shown_numbers(layout: Layout) -> tuple[tuple[int, str, tuple[tuple[str, int], ...]], ...]:
    """Line, name and numbers of every dashboard row that is understood."""
    found = []
    for dashboard in layout.dashboards:
        for _, row in dashboard.rows:
            numbers = [
                (word, number)
                for word, column in dashboard.columns.items()
                if column < len(row.cells) and (number := read_number(row.source(column))) is not None
            ]
            order = sorted(numbers, key=lambda pair: WORDS.index(pair[0]))
            found.append((row.line + 1, row_name(row, dashboard.name_column), tuple(order)))
    return tuple(found)


def find_notices(layout: Layout, register: Register) -> list[Notice]:
    """Everything in a document that a reader should know."""
    notices = [*_numbers(layout, register), *_tables(layout), *_cadence(layout), *_diagrams(layout)]
    if layout.chart:
        notices += _nodes(layout.chart, register)
    return notices


def _diagrams(layout: Layout) -> list[Notice]:
    """The mermaid blocks that cannot be read; where there is no map, those of another kind too."""
    found = []
    for diagram in layout.diagrams:
        first = diagram.text.split("\n")[0].strip()
        if diagram.kind is None:
            why = f"this mermaid block cannot be read ({quoted(first)})" if first else "this mermaid block is empty"
            stays = "the titles and dependencies of its items stay as they are in the register"
            found.append(Notice(diagram.line + 1, f"{why}: {stays}"))
        elif layout.chart is None:
            what = f"this {diagram.kind} diagram is not a map: titles and dependencies are read from a flowchart only"
            found.append(Notice(diagram.line + 1, what))
    return found


def _tables(layout: Layout) -> list[Notice]:
    found = []
    for block in layout.blocks:
        if block.kind == "table" and block.nested:
            names = [plain(name) for name in layout.text.lines[block.start].lstrip("> \t-*+").strip("|").split("|")]
            if columns_of(names).is_items:
                found.append(Notice(block.start + 1, "a table of items inside a list or a quotation is not read"))
    return found


def _cadence(layout: Layout) -> list[Notice]:
    """What stands under the heading of the review cadence where that has no list; what makes no rule of it."""
    facts = layout.facts
    if facts.entries:
        entry = next((entry for entry in facts.entries if is_escalation(entry.label)), None)
        unread = read_escalation(entry.text).unread if entry else ()
        line = entry.start + 1 if entry else 0
        return [Notice(line, f"the escalation {quoted(text)} is not understood, and makes no rule") for text in unread]
    if facts.cadence_heading is None:
        return []
    inside = section_blocks([block for block in layout.blocks if not block.nested], facts.cadence_heading, ())
    told = next((block for block in inside if block.kind in ("table", "paragraph", "quote")), None)
    if told is None:
        return []
    return [Notice(told.start + 1, "the review cadence is read from a list only: nothing of this is")]


def _numbers(layout: Layout, register: Register) -> list[Notice]:
    found = []
    wanted = counts(register)
    for dashboard in layout.dashboards:
        known = {row.line for _, row in dashboard.rows}
        for row in dashboard.table.body:
            if row.line not in known and (name := row_name(row, dashboard.name_column)):
                found.append(
                    Notice(row.line + 1, f"the dashboard has a row for {quoted(name)}, which is no category here")
                )
        for code, row in dashboard.rows:
            name = row_name(row, dashboard.name_column)
            for word, column in dashboard.columns.items():
                number = read_number(row.source(column)) if column < len(row.cells) else None
                right = wanted[code][word]
                if number is not None and number != right:
                    label = "in all" if word == TOTAL else word
                    what = f"the dashboard says {number} {label} for {name}, the items say {right}"
                    found.append(Notice(row.line + 1, what))
    return found


def _nodes(chart: Chart, register: Register) -> list[Notice]:
    keys = Keys(item.key for item in register.items)
    found = not_understood(chart)
    labels = chart.labels()
    nodes = {node: key for node, label in labels.items() if (key := keys.identify(node, label)[0])}
    places = first_lines(chart)
    for node, label in labels.items():
        first = decode_label(label).split("\n")[0].strip() if label else node
        if node not in nodes and label and is_key(first):
            found.append(Notice(places[node] + 1, f"the map has a node for {first}, which is no item here"))
    for arrow in chart.arrows():
        missing = [node for node in (arrow.source, arrow.target) if node not in nodes]
        if missing:
            why = f"{missing[0]} is {'a subgraph' if missing[0] in chart.subgraphs else 'no item here'}"
            what = f"the dependency {arrow.source} to {arrow.target} is left in the text: {why}"
            found.append(Notice(arrow.statement.line + 1, what))
    found += without_head(chart, nodes)
    right = colors(register)
    for style in chart.node_styles:
        for node in style.ids:
            key = nodes.get(node)
            if key and style.color and not same_color(style.color, right[key]):
                what = f"the map colours {key} {style.color}, its severity and status say {right[key]}"
                found.append(Notice(style.line + 1, what))
    return found


def not_understood(chart: Chart) -> list[Notice]:
    """Every line of a map that is not understood."""
    what = "this line of the map is not understood"
    return [Notice(line + 1, f"{what}: {chart.source(line).strip()[:60]}") for line in chart.unknown]


def first_lines(chart: Chart) -> dict[str, int]:
    """Where every node is named first."""
    places: dict[str, int] = {}
    for mention in chart.mentions():
        places.setdefault(mention.id, chart.line(mention.start))
    return places


def without_head(chart: Chart, nodes: Mapping[str, str]) -> list[Notice]:
    """The arrows between items (`nodes` has their keys) that do not say which way they go."""
    return [
        Notice(
            chart.line(arrow.link.start) + 1,
            f"the line between {arrow.source} and {arrow.target} has no arrowhead: "
            f"it is read as {nodes[arrow.source]} to {nodes[arrow.target]}",
        )
        for arrow in chart.arrows()
        if arrow.source in nodes and arrow.target in nodes and not arrow.link.directed
    ]
