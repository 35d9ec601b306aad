"""Writes changed titles, dependencies and colours into the map of a document."""

from __future__ import annotations

import re
from itertools import accumulate
from typing import TYPE_CHECKING

from store.content import Dependency
from store.differences import pair_edges
from store.formats.document.derived import colours, same_colour
from store.formats.document.facts_writer import append_section
from store.formats.document.fresh import map_lines
from store.formats.mermaid import (
    Keys,
    decode_label,
    edge_text,
    encode_label,
    leading_key,
    link_text,
    mapped_items,
    node_id,
    node_label,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from store.content import Item, Register
    from store.formats.document.edits import Edits
    from store.formats.document.layout import Layout
    from store.formats.mermaid import Arrow, Chart, LinkStyle, Mention, Paint, Statement

_BREAK = re.compile(r"(<br[ \t]*/?>)", re.IGNORECASE)
_INDENT = re.compile(r"[ \t]*")
_EDGE = re.compile(r"--|==|-\.|~~~")


def write_chart(edits: Edits, layout: Layout, imported: Register, register: Register) -> None:
    """Write what differs in the map; a document without one gets it when something belongs on it."""
    if layout.chart:
        _Writer(edits, layout, layout.chart, imported, register).write()
    elif mapped_items(register):
        if cadence := layout.facts.cadence_heading:
            edits.insert(cadence.start - 1, [*map_lines(register, cadence.level), ""], rank=8)
        else:
            append_section(edits, layout.text.lines, map_lines(register))


class _Writer:
    def __init__(self, edits: Edits, layout: Layout, chart: Chart, imported: Register, register: Register) -> None:
        self._edits = edits
        self._lines = layout.text.lines
        self._chart = chart
        self._register = register
        self._old_keys = Keys(item.key for item in imported.items)
        self._new_keys = Keys(item.key for item in register.items)
        self._labels = chart.labels()
        self._first = {
            m.id: m for statement in reversed(chart.statements) for g in reversed(statement.groups) for m in reversed(g)
        }
        self._was = colours(imported)
        self._now = colours(register)
        self._homes: dict[str, Item] = {}
        self._former: dict[str, str] = {}
        self._gone: set[str] = set()
        self._node: dict[str, str] = {}
        self._find_nodes()
        self._new_labels: dict[str, str] = {}
        self._drop: set[Dependency] = set()
        self._relabel: dict[Dependency, Dependency] = {}
        self._added: tuple[Dependency, ...] = ()
        self._done: set[Dependency] = set()
        self._changes: dict[int, list[tuple[int, int, str]]] = {}
        self._apart: set[int] = set()
        self._stays: list[bool] = []

    def _find_nodes(self) -> None:
        by_origin = {item.origin: item for item in self._register.items if item.origin}
        by_key = {item.key: item for item in self._register.items}
        for node, label in self._labels.items():
            former = self._old_keys.identify(node, label)[0]
            if former is not None:
                self._former[node] = former
                item = by_origin.get(former)
            else:
                # What was a node of nothing is now the node of an item that has come to have its key.
                item = by_key.get(self._new_keys.identify(node, label)[0] or "")
            if item is not None:
                self._homes[node] = item
                self._node.setdefault(item.key, node)
            elif former is not None:
                self._gone.add(node)

    def write(self) -> None:
        """Labels, edges, colours, then what is new."""
        for node, item in self._homes.items():
            self._label(node, item)
        self._pair()
        for statement in self._chart.statements:
            self._statement(statement)
        self._renumber()
        self._paint()
        for number in self._changes:
            self._write_line(number)
        self._add()

    def _label(self, node: str, item: Item) -> None:
        old = self._labels[node]
        first = self._node[item.key] == node
        title = item.title if first else self._old_keys.identify(node, old)[1]
        found = self._new_keys.identify(node, old)
        if found[0] == item.key and (not first or (found[1] or None) == title):
            return
        for source in _label_sources(old or "", self._former.get(node), item.key, title):
            if '"' not in source and self._new_keys.identify(node, source) == (item.key, title):
                self._new_labels[node] = f'"{source}"'
                return
        self._new_labels[node] = node_label(item.key, title)

    def _edge(self, arrow: Arrow) -> Dependency | None:
        """The dependency that an arrow is now, None where it is none."""
        if arrow.source in self._homes and arrow.target in self._homes:
            return Dependency(self._homes[arrow.source].key, self._homes[arrow.target].key, arrow.label)
        return None

    def _pair(self) -> None:
        there = [edge for arrow in self._chart.arrows() if (edge := self._edge(arrow))]
        pairs = pair_edges(there, self._register.dependencies)
        self._drop = set(pairs.removed)
        self._relabel = dict(pairs.relabelled)
        self._added = pairs.added

    def _decide(self, arrow: Arrow) -> str | None:
        """The label an arrow is to have, None where it goes."""
        if arrow.source in self._gone or arrow.target in self._gone:
            return None
        edge = None if arrow.invisible else self._edge(arrow)
        if edge is None:
            return arrow.label
        if edge in self._relabel:
            # The same edge drawn twice is relabelled once.
            if edge in self._done:
                return None
            self._done.add(edge)
            return self._relabel[edge].label
        return None if edge in self._drop else arrow.label

    def _statement(self, statement: Statement) -> None:
        """Note what changes in a statement, and which of its edges stay."""
        arrows = [statement.arrows(number) for number in range(len(statement.links))]
        wanted = [[self._decide(arrow) for arrow in each] for each in arrows]
        self._stays += [new is not None for news in wanted for new in news]
        mentions = [mention for group in statement.groups for mention in group]
        changes = [change for mention in mentions for change in self._mention_change(mention)]
        broken = any(mention.id in self._gone for mention in mentions)
        for link, each, news in zip(statement.links, arrows, wanted, strict=True):
            changed = [new != arrow.label for new, arrow in zip(news, each, strict=True)]
            broken = broken or None in news or (any(changed) and len(set(news)) > 1)
            if any(changed) and not broken:
                changes.append((link.start, link.end, link_text(link.arrow, news[0] or "")))
        if broken:
            parts = self._parts(self._lines[statement.line], statement, arrows, wanted)
            self._change(statement.line, statement.start, statement.end, *parts)
        elif changes:
            self._changes.setdefault(statement.line, []).extend(changes)

    def _change(self, line: int, start: int, end: int, *statements: str) -> None:
        """Put these statements in the place of one; where that is not one for one each gets a line of its own."""
        self._changes.setdefault(line, []).append((start, end, "\n".join(statements)))
        if len(statements) != 1:
            self._apart.add(line)

    def _write_line(self, number: int) -> None:
        text, changes = self._lines[number], self._changes[number]
        if number not in self._apart:
            self._edits.replace(number, _apply(text, changes, 0, len(text)))
            return
        chart = self._chart
        known: tuple[Statement | Paint | LinkStyle, ...] = (*chart.statements, *chart.paints, *chart.link_styles)
        pieces: list[str] = []
        position = 0
        for start, end in sorted((each.start, each.end) for each in known if each.line == number):
            own = [change for change in changes if start <= change[0] <= end]
            pieces += [text[position:start].strip("; \t"), *_apply(text, own, start, end).split("\n")]
            position = end
        behind = text[position:].lstrip("; \t").rstrip()
        lines = [piece for piece in (*pieces, behind) if piece]
        indent = self._indent(number)
        heads = [lines.pop(0)] if number == chart.header else []
        self._edits.replace(number, *heads, *(indent + line for line in lines))

    def _mention_change(self, mention: Mention) -> list[tuple[int, int, str]]:
        label = self._new_labels.get(mention.id)
        if label is None:
            return []
        if mention.label is not None:
            return [(mention.label_start, mention.label_end, label)]
        if self._labels[mention.id] is None and self._first[mention.id] is mention:
            return [(mention.start + len(mention.id), mention.start + len(mention.id), f"[{label}]")]
        return []

    def _parts(
        self,
        text: str,
        statement: Statement,
        arrows: Sequence[Sequence[Arrow]],
        wanted: Sequence[Sequence[str | None]],
    ) -> list[str]:
        """A statement that loses something, as statements of one node or one edge each."""
        parts = []
        for mention in (mention for group in statement.groups for mention in group):
            changes = self._mention_change(mention)
            defined = mention.end > mention.start + len(mention.id) or changes or not statement.links
            if mention.id not in self._gone and defined:
                parts.append(_apply(text, changes, mention.start, mention.end))
        for each, news in zip(arrows, wanted, strict=True):
            for arrow, label in zip(each, news, strict=True):
                if label is not None:
                    parts.append(edge_text(arrow.source, arrow.target, label, arrow.link.arrow))
        return parts

    def _indent(self, number: int) -> str:
        match = _INDENT.match(self._lines[number])
        indent = match[0] if match else ""
        return indent + "    " if number == self._chart.header else indent

    def _renumber(self) -> None:
        """Let the styles of edges follow their edges, whose numbers change with those that go before them."""
        if all(self._stays) or any(_EDGE.search(self._lines[number]) for number in self._chart.unknown):
            return
        places = list(accumulate(self._stays, initial=0))
        for style in self._chart.link_styles:
            text = self._lines[style.line]
            if max(style.numbers) >= len(self._stays):
                continue
            numbers = [str(places[number]) for number in style.numbers if self._stays[number]]
            if not numbers:
                self._change(style.line, style.start, style.end)
            elif numbers != [str(number) for number in style.numbers]:
                source = (", " if ", " in text[style.numbers_start : style.numbers_end] else ",").join(numbers)
                self._changes.setdefault(style.line, []).append((style.numbers_start, style.numbers_end, source))

    def _paint(self) -> None:
        for paint in self._chart.paints:
            text = self._lines[paint.line]
            staying = [node for node in paint.ids if node not in self._gone]
            moved = [node for node in staying if paint.colour and self._recoloured(node, paint.colour)]
            still = [node for node in staying if node not in moved]
            if still == list(paint.ids):
                continue
            pieces = []
            ids = (paint.ids_start, paint.ids_end)
            if still:
                pieces.append(_apply(text, [(*ids, ",".join(still))], paint.start, paint.end))
            for node in moved:
                colour = (paint.colour_start, paint.colour_end, self._now[self._homes[node].key])
                pieces.append(_apply(text, [(*ids, node), colour], paint.start, paint.end))
            self._change(paint.line, paint.start, paint.end, *pieces)

    def _recoloured(self, node: str, painted: str) -> bool:
        item, former = self._homes.get(node), self._former.get(node)
        if item is None:
            return False
        now = self._now[item.key]
        return now != self._was[former] if former else not same_colour(now, painted)

    def _add(self) -> None:
        chart, register = self._chart, self._register
        ends = {key for edge in self._added for key in (edge.source, edge.target)}
        new = [item for item in register.items if item.key not in self._node and (item.title or item.key in ends)]
        taken = set(self._labels)
        self._node |= {item.key: node_id(item.key, taken) for item in new}
        alone = [statement.line for statement in chart.statements if not statement.links]
        edges = [statement.line for statement in chart.statements if statement.links]
        anchor = alone[-1] if alone else max(edges[0] - 1, chart.header) if edges else chart.header
        indent = self._indent(alone[-1] if alone else edges[0] if edges else chart.header)
        nodes = [f"{indent}{self._node[item.key]}[{node_label(item.key, item.title)}]" for item in new]
        self._edits.insert(anchor, nodes, rank=0)
        below = edges[-1] if edges else max([chart.header, *alone, *chart.ends])
        indent = self._indent(below)
        lines = [indent + edge_text(self._node[e.source], self._node[e.target], e.label) for e in self._added]
        self._edits.insert(below, lines, rank=1)
        if chart.paints:
            last = chart.paints[-1].line
            indent = self._indent(last)
            colour = [f"{indent}style {self._node[item.key]} fill:{self._now[item.key]}" for item in new]
            self._edits.insert(last, colour, rank=2)


def _label_sources(old: str, former: str | None, key: str, title: str | None) -> list[str]:
    """The label `old` with another key in it, and with another title, too; in the manner it is written in."""
    pieces = _BREAK.split(old)
    broken = pieces[1] if len(pieces) > 1 else "<br/>"
    written = encode_label(title).replace("<br/>", broken) if title else ""
    place = next((i for i in range(0, len(pieces), 2) if decode_label(pieces[i]).strip() == former), None)
    if place is not None:
        pieces[place] = pieces[place].replace(pieces[place].strip(), encode_label(key))
        return ["".join(pieces), pieces[place] + (broken + written if title else "")]
    lead = leading_key(old)
    if lead is None or lead["key"] != former:
        return []
    keyed = old[: lead.start("key")] + encode_label(key) + lead["mark"]
    return [keyed + old[lead.end() :], keyed + written]


def _apply(text: str, changes: Sequence[tuple[int, int, str]], start: int, end: int) -> str:
    """The text from `start` to `end` with some spans replaced."""
    pieces = []
    for first, last, new in sorted(changes):
        pieces += [text[start:first], new]
        start = last
    return "".join(pieces) + text[start:end]
