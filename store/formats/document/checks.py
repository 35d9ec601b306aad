"""Checks the texts of a document for their length, and what it says against its own items."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.errors import quoted
from store.fields import TEXT_LIMIT, is_key
from store.formats.document.columns import describes_items, resolve
from store.formats.document.counts import count_notices
from store.formats.document.dashboard import dashboard_notices
from store.formats.document.sections import section_blocks
from store.formats.document.tables import without_emphasis
from store.formats.document.values import is_too_long
from store.formats.escalation import is_escalation, read_escalation
from store.formats.lines import Notice, Problem
from store.formats.mermaid.chart import decode_label
from store.formats.mermaid.writer import wrong_colors

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from store.formats.document.layout import Layout
    from store.formats.document.model import Register
    from store.formats.mermaid.chart import Chart, Keys


def long_texts(layout: Layout, register: Register) -> Iterator[Problem]:
    """A problem for each text outside the cells of items that is longer than a field may be."""
    facts = layout.facts
    map_line = layout.chart.header if layout.chart else 0
    labeled = {"extends": register.extends, "system": register.system}
    texts: list[tuple[int, str, str]] = [
        (facts.title.start if facts.title else 0, "the title", register.title),
        *((facts.labels[name].line, f"the {name}", text) for name, text in labeled.items() if text),
        (facts.purpose.start if facts.purpose else 0, "the purpose", register.purpose or ""),
        (facts.note.start if facts.note else 0, "the note", register.note or ""),
        *((entry.start, "this entry of the review cadence", entry.label + entry.text) for entry in facts.entries),
        *((s.heading.start if s.heading else 0, "the name of this category", s.name) for s in layout.sections),
        *((s.definition.start, "the definition", s.definition.text) for s in layout.sections if s.definition),
    ]
    # Of these there are many.
    titled = (item for item in register.items if item.title and is_too_long(item.title))
    texts += [(map_line, f"the title of {item.key}", item.title or "") for item in titled]
    statements = layout.chart.statements if layout.chart else ()
    links = ((each.line, link.label) for each in statements for link in each.links if is_too_long(link.label))
    texts += [(line, "the label of this arrow", label) for line, label in links]
    for line, what, text in texts:
        if is_too_long(text):
            yield Problem(line + 1, f"{what} is longer than {TEXT_LIMIT:,} bytes", "shorten it", "too-long")


def find_notices(layout: Layout, register: Register) -> Iterator[Notice]:
    """Everything in a document that a reader should know."""
    yield from dashboard_notices(layout, register)
    yield from count_notices(layout, register)
    yield from _nested_tables(layout)
    yield from _cadence(layout)
    yield from _diagrams(layout)
    for chart in layout.charts:
        yield from _map(chart, layout.keys, register)


def _diagrams(layout: Layout) -> Iterator[Notice]:
    """The Mermaid blocks that cannot be read and, in a document without a map, diagrams of other types."""
    for diagram in layout.diagrams:
        first = diagram.text.split("\n")[0].strip()
        if diagram.kind is None:
            why = f"this mermaid block cannot be read ({quoted(first)})" if first else "this mermaid block is empty"
            result = "the register keeps the titles and dependencies of its items"
            yield Notice(diagram.line + 1, f"{why}: {result}", "unread-map")
        elif layout.chart is None:
            what = f"this {diagram.kind} diagram is not a map: titles and dependencies are read only from a flowchart"
            yield Notice(diagram.line + 1, what, "unread-map")


def _nested_tables(layout: Layout) -> Iterator[Notice]:
    for block in layout.nested_tables:
        sources = layout.text.lines[block.start].lstrip("> \t-*+").strip("|").split("|")
        names = [without_emphasis(name) for name in sources]
        columns = resolve(names, [], layout.rules, layout.words)
        if columns.is_reference or describes_items(columns, names, [], placed=False):
            yield Notice(block.start + 1, "a table of items inside a list or quotation is not read", "unread-table")


def _cadence(layout: Layout) -> Iterator[Notice]:
    """The escalations that make no rule; where the review cadence has no list, whatever is there instead."""
    facts = layout.facts
    if entry := next((entry for entry in facts.entries if is_escalation(entry.label)), None):
        for text in read_escalation(entry.text).unread:
            what = f"the escalation {quoted(text)} is not understood and did not become a rule"
            yield Notice(entry.start + 1, what, "unread-cadence")
    if facts.cadence_heading and not facts.entries:
        inside = section_blocks(layout.blocks, facts.cadence_heading, ())
        unread = next((block for block in inside if block.kind in ("table", "paragraph", "quote")), None)
        if unread:
            what = "the review cadence is read only from a list: this text is ignored"
            yield Notice(unread.start + 1, what, "unread-cadence")


def _map(chart: Chart, keys: Keys, register: Register) -> Iterator[Notice]:
    yield from unknown_lines(chart)
    labels, nodes = chart.labels, keys.of_nodes(chart)
    for node, label in labels.items():
        first = decode_label(label).split("\n")[0].strip() if label else node
        if node not in nodes and label and is_key(first):
            what = f"the map has a node for {first}, which is not an item"
            yield Notice(chart.line_of(node) + 1, what, "dangling-node")
    for arrow in chart.arrows:
        missing = [node for node in (arrow.source, arrow.target) if node not in nodes]
        if missing:
            why = f"{missing[0]} is {'a subgraph' if missing[0] in chart.subgraphs else 'not an item'}"
            what = f"the dependency {arrow.source} to {arrow.target} is not imported: {why}"
            yield Notice(arrow.statement.line + 1, what, "dangling-dependency")
    yield from undirected_arrows(chart, nodes)
    for each in wrong_colors(chart, nodes, register.items):
        what = f"the map colors {each.key} {each.style.color} instead of {each.right}"
        yield Notice(each.style.line + 1, what, "wrong-color")


def unknown_lines(chart: Chart) -> Iterator[Notice]:
    """The lines of a map that are not understood."""
    for line in chart.unknown:
        what = f"this line of the map is not understood: {chart.source(line).strip()[:60]}"
        yield Notice(line + 1, what, "unread-map")


def undirected_arrows(chart: Chart, nodes: Mapping[str, str]) -> Iterator[Notice]:
    """The arrows between items (`nodes` has their keys) that have no direction."""
    for arrow in chart.arrows:
        if arrow.source in nodes and arrow.target in nodes and not arrow.link.directed:
            what = f"the line between {arrow.source} and {arrow.target} has no arrowhead"
            read = f"it is read as {nodes[arrow.source]} to {nodes[arrow.target]}"
            yield Notice(chart.line(arrow.link.start) + 1, f"{what}: {read}", "undirected-dependency")
