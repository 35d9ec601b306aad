"""Writes changed titles, dependencies and colors into the map of a document."""

from __future__ import annotations

import re
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from store.formats.document.checks import colours, same_colour
from store.formats.document.diff import pair_edges
from store.formats.document.model import Dependency
from store.formats.document.section_writer import append_section
from store.formats.document.template import map_lines
from store.formats.mermaid.writer import (
    Keys,
    edge_text,
    encode_label,
    is_markdown,
    leading_key,
    link_text,
    mapped_items,
    node_id,
    node_label,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from store.formats.document.layout import Layout
    from store.formats.document.model import Item, Register
    from store.formats.document.writer import Edits
    from store.formats.mermaid.chart import Arrow, Chart, LinkStyle, Mention, Paint, Properties, Statement


_INDENT = re.compile(r"[ \t]*")
_BETWEEN = "; \t\n"
_ARROWS = ("-", "=", "~", "<")


class Change(NamedTuple):
    """What stands from `start` to `end` becomes these statements."""

    start: int
    end: int
    statements: tuple[str, ...]

    @property
    def fits(self) -> bool:
        """Whether what stands behind on the line may stay there: one statement, and no comment."""
        return len(self.statements) == 1 and not self.statements[0].startswith("%%")


class ChartEdits:
    """Collects changes to a map; a line without one stays as it is."""

    def __init__(self, edits: Edits, chart: Chart) -> None:
        self._edits = edits
        self._chart = chart
        self._changes: list[Change] = []
        known: tuple[Statement | Paint | LinkStyle | Properties, ...]
        known = (*chart.statements, *chart.paints, *chart.link_styles, *chart.properties)
        self._known: dict[int, list[tuple[int, int]]] = {}
        for start, end in sorted((each.start, each.end) for each in known):
            self._known.setdefault(chart.together(chart.line(start)).start, []).append((start, end))

    def change(self, start: int, end: int, *statements: str) -> None:
        """Put these statements in the place of one, or of a part of one."""
        self._changes.append(Change(start, end, statements))

    def indent(self, line: int) -> str:
        """The blanks before what stands on a line, or is to stand behind the header."""
        start, end = self._chart.span(range(line, line + 1))
        match = _INDENT.match(self._chart.text, start, end)
        indent = match[0] if match else ""
        return indent + "    " if line == self._chart.header else indent

    def closed(self, lines: Sequence[str], last: int) -> list[str]:
        """These lines to stand behind the line `last`, closed where an arrow would go on from them.

        Such an arrow begins a line that is not understood: it would join what comes to stand before it.
        """
        text = self._chart.text
        following = (line for line in range(last + 1, self._chart.first + len(self._chart.starts)))
        shown = ((line, text[slice(*self._chart.span(range(line, line + 1)))].strip()) for line in following)
        after = next(((line, said) for line, said in shown if said and not said.startswith("%%")), None)
        if after is None or after[0] not in self._chart.unknown or not after[1].startswith(_ARROWS):
            return list(lines)
        end = next((at for at in reversed(range(len(lines))) if not lines[at].strip().startswith("%%")), None)
        return [f"{line};" if at == end else line for at, line in enumerate(lines)] or [";"]

    def write(self) -> None:
        """Hand the changed lines on."""
        groups: dict[range, list[Change]] = {}
        for change in sorted(self._changes):
            groups.setdefault(self._chart.together(self._chart.line(change.start)), []).append(change)
        for lines, changes in groups.items():
            start, end = self._chart.span(lines)
            if all(change.fits for change in changes):
                written = apply(self._chart.text, changes, start, end).split("\n")
            else:
                written = self._apart(lines, changes)
            self._replace(lines, self._chart.text[start:end].split("\n"), written)

    def _apart(self, lines: range, changes: Sequence[Change]) -> list[str]:
        """Every statement on a line of its own, where one has become several or none."""
        text, (position, stop) = self._chart.text, self._chart.span(lines)
        indent = self.indent(lines.start)
        pieces: list[str] = []
        for start, end in self._known[lines.start]:
            own = [change for change in changes if start <= change.start <= end]
            whole = next((change for change in own if (change.start, change.end) == (start, end)), None)
            pieces.append(text[position:start].strip(_BETWEEN))
            pieces += whole.statements if whole else [apply(text, own, start, end)]
            position = end
        pieces.append(text[position:stop].lstrip(_BETWEEN).rstrip())
        pieces = [piece for piece in pieces if piece]
        heads = [pieces.pop(0)] if lines.start == self._chart.header else []
        written = self.closed([*heads, *(indent + piece for piece in pieces)], lines.stop - 1)
        return "\n".join(written).split("\n") if written else []

    def _replace(self, lines: range, old: Sequence[str], new: Sequence[str]) -> None:
        """Put lines in the place of others, without those that stay at either end."""
        shorter = min(len(old), len(new))
        head = next((at for at in range(shorter) if old[at] != new[at]), shorter)
        tail = next((at for at in range(shorter - head) if old[-1 - at] != new[-1 - at]), shorter - head)
        first, last, written = lines.start + head, lines.stop - tail, new[head : len(new) - tail]
        if first < last:
            self._edits.replace(first, *written)
            self._edits.remove(first + 1, last)
        elif head:
            self._edits.replace(first - 1, old[head - 1], *written)
        else:
            self._edits.replace(first, *written, old[0])


def apply(text: str, changes: Sequence[Change], start: int, end: int) -> str:
    """The text from `start` to `end` with some spans replaced, each by one statement."""
    pieces = []
    for change in changes:
        pieces += [text[start : change.start], *change.statements]
        start = change.end
    return "".join(pieces) + text[start:end]


_BREAK = re.compile(r"(<br[ \t]*/?>|\\n|\n)", re.IGNORECASE)
_EDGE = re.compile(r"--|==|-\.|~~~")


def write_chart(edits: Edits, layout: Layout, imported: Register, register: Register) -> None:
    """Write what differs in the map; a document without one gets it when something belongs on it."""
    if layout.chart:
        _Writer(edits, layout.chart, imported, register).write()
    elif mapped_items(register):
        if cadence := layout.facts.cadence_heading:
            edits.insert(cadence.start - 1, [*map_lines(register, cadence.level), ""], rank=8)
        else:
            append_section(edits, layout.text.lines, map_lines(register))


class _Drawn(NamedTuple):
    """An edge as it is to be drawn: an arrow, or one way of an arrow of both ways."""

    source: str
    target: str
    label: str
    arrow: str


class _Writer:
    def __init__(self, edits: Edits, chart: Chart, imported: Register, register: Register) -> None:
        self._lines = edits
        self._edits = ChartEdits(edits, chart)
        self._chart = chart
        self._register = register
        self._old_keys = Keys(item.key for item in imported.items)
        self._new_keys = Keys(item.key for item in register.items)
        self._labels = chart.labels()
        self._first: dict[str, Mention] = {}
        for mention in chart.mentions():
            self._first.setdefault(mention.id, mention)
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
        # By the number of an edge in the chart: as how many edges it stays.
        self._stays: list[int] = []
        self._named: set[str] = set()

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
        for properties in self._chart.properties:
            if properties.id not in self._named:
                self._edits.change(properties.start, properties.end)
        self._paint()
        self._edits.write()
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

    def _edge(self, source: str, target: str, label: str) -> Dependency | None:
        """The dependency that an arrow is now, None where it is none."""
        if source in self._homes and target in self._homes:
            return Dependency(self._homes[source].key, self._homes[target].key, label)
        return None

    def _pair(self) -> None:
        ways = [(*ends, arrow.label) for arrow in self._chart.arrows() for ends in arrow.ends]
        pairs = pair_edges([edge for way in ways if (edge := self._edge(*way))], self._register.dependencies)
        self._drop = set(pairs.removed)
        self._relabel = dict(pairs.relabelled)
        self._added = pairs.added

    def _wanted(self, arrow: Arrow) -> list[_Drawn]:
        """As which edges an arrow is to stay."""
        ways = [(*ends, label) for ends in arrow.ends if (label := self._decide(*ends, arrow)) is not None]
        drawn = arrow.link.arrow
        if arrow.link.both_ways and len({label for *_, label in ways}) == 1 and len(ways) == 2:
            return [_Drawn(arrow.source, arrow.target, ways[0][2], drawn)]
        return [_Drawn(*way, drawn[1:] if arrow.link.both_ways else drawn) for way in ways]

    def _decide(self, source: str, target: str, arrow: Arrow) -> str | None:
        """The label an arrow is to have from `source` to `target`, None where it goes."""
        if source in self._gone or target in self._gone:
            return None
        edge = None if arrow.invisible else self._edge(source, target, arrow.label)
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
        wanted = [[self._wanted(arrow) for arrow in each] for each in arrows]
        self._stays += [len(drawn) for each in wanted for drawn in each]
        mentions = [mention for group in statement.groups for mention in group]
        changes = [change for mention in mentions for change in self._mention_change(mention)]
        broken = any(mention.id in self._gone for mention in mentions)
        for link, each in zip(statement.links, wanted, strict=True):
            if any(each):
                self._named.add(link.id)
            labels = {drawn.label for edges in each for drawn in edges}
            whole = all(len(edges) == 1 and edges[0].arrow == link.arrow for edges in each)
            broken = broken or not whole or len(labels) > 1
            if not broken and labels != {link.label}:
                changes.append(Change(link.start, link.end, (link_text(link.arrow, labels.pop()),)))
        if broken:
            self._edits.change(statement.start, statement.end, *self._parts(statement, wanted))
        else:
            for change in changes:
                self._edits.change(change.start, change.end, *change.statements)

    def _mention_change(self, mention: Mention) -> list[Change]:
        label = self._new_labels.get(mention.id)
        if label is None:
            return []
        if mention.label is not None:
            return [Change(mention.label_start, mention.label_end, (label,))]
        if self._labels[mention.id] is None and self._first[mention.id] is mention:
            behind = mention.start + len(mention.id)
            return [Change(behind, behind, (f"[{label}]",))]
        return []

    def _parts(self, statement: Statement, wanted: Sequence[Sequence[Sequence[_Drawn]]]) -> list[str]:
        """A statement that loses something, as statements of one node or one edge each."""
        parts = list(statement.remarks)
        for mention in (mention for group in statement.groups for mention in group):
            changes = self._mention_change(mention)
            defined = mention.end > mention.start + len(mention.id) or changes or not statement.links
            if mention.id not in self._gone and defined:
                parts.append(apply(self._chart.text, changes, mention.start, mention.end))
        for link, each in zip(statement.links, wanted, strict=True):
            # An arrow's name can be that of one edge only.
            name = f"{link.id}@" if link.id else ""
            for drawn in (drawn for edges in each for drawn in edges):
                parts.append(edge_text(drawn.source, drawn.target, drawn.label, name + drawn.arrow))
                name = ""
        return parts

    def _renumber(self) -> None:
        """Let the styles of edges follow their edges, whose numbers change with those before them."""
        text = self._chart.text
        spans = (self._chart.span(range(number, number + 1)) for number in self._chart.unknown)
        if all(count == 1 for count in self._stays) or any(_EDGE.search(text[start:end]) for start, end in spans):
            return
        places = list(accumulate(self._stays, initial=0))
        for style in self._chart.link_styles:
            if max(style.numbers) >= len(self._stays):
                continue
            numbers = [str(place) for n in style.numbers for place in range(places[n], places[n + 1])]
            if not numbers:
                self._edits.change(style.start, style.end)
            elif numbers != [str(number) for number in style.numbers]:
                source = (", " if ", " in text[style.numbers_start : style.numbers_end] else ",").join(numbers)
                self._edits.change(style.numbers_start, style.numbers_end, source)

    def _paint(self) -> None:
        text = self._chart.text
        for paint in self._chart.paints:
            staying = [node for node in paint.ids if node not in self._gone]
            moved = [node for node in staying if paint.colour and self._recoloured(node, paint.colour)]
            still = [node for node in staying if node not in moved]
            if still == list(paint.ids):
                continue
            pieces = []
            ids = (paint.ids_start, paint.ids_end)
            if still:
                pieces.append(apply(text, [Change(*ids, (",".join(still),))], paint.start, paint.end))
            for node in moved:
                colour = Change(paint.colour_start, paint.colour_end, (self._now[self._homes[node].key],))
                pieces.append(apply(text, [Change(*ids, (node,)), colour], paint.start, paint.end))
            self._edits.change(paint.start, paint.end, *pieces)

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
        taken = {*self._labels, *chart.subgraphs, *(link.id for s in chart.statements for link in s.links)}
        self._node |= {item.key: node_id(item.key, taken) for item in new}
        alone = [statement.line for statement in chart.statements if not statement.links]
        edges = [statement.line for statement in chart.statements if statement.links]
        last = alone[-1] if alone else edges[0] if edges else chart.header
        group = chart.together(last)
        anchor = group.start - 1 if edges and not alone and group.start > chart.header else group.stop - 1
        indent = self._edits.indent(last)
        nodes = [f"{indent}{self._node[item.key]}[{node_label(item.key, item.title)}]" for item in new]
        self._insert(anchor, nodes, rank=0)
        below = edges[-1] if edges else max([chart.header, *alone, *chart.ends])
        indent = self._edits.indent(below)
        lines = [indent + edge_text(self._node[e.source], self._node[e.target], e.label) for e in self._added]
        self._insert(chart.together(below).stop - 1, lines, rank=1)
        if chart.paints:
            last = chart.paints[-1].line
            indent = self._edits.indent(last)
            colour = [f"{indent}style {self._node[item.key]} fill:{self._now[item.key]}" for item in new]
            self._lines.insert(chart.together(last).stop - 1, colour, rank=2)

    def _insert(self, after: int, lines: Sequence[str], *, rank: int) -> None:
        if lines:
            self._lines.insert(after, self._edits.closed(lines, after), rank=rank)


def _label_sources(old: str, former: str | None, key: str, title: str | None) -> list[str]:
    """The label `old` with another key in it, and with another title, too; in the manner it is written in."""
    if former is None:
        return []
    if is_markdown(old):
        return [f"`{source}`" for source in _label_sources(old[1:-1], former, key, title)]
    pieces = _BREAK.split(old)
    broken = pieces[1] if len(pieces) > 1 else "<br/>"
    written = encode_label(title).replace("<br/>", broken) if title else ""
    alone, new = Keys((former,)), encode_label(key)
    place = next((i for i in range(0, len(pieces), 2) if alone.identify("", pieces[i]) == (former, None)), None)
    if place is not None:
        piece = pieces[place]
        pieces[place] = piece.replace(former, new, 1) if former in piece else piece.replace(piece.strip(), new)
        return ["".join(pieces), pieces[place] + (broken + written if title else "")]
    lead = leading_key(old)
    if lead is None or lead["key"] != former:
        return []
    keyed = old[: lead.start("key")] + new + old[lead.end("key") : lead.end()]
    return [keyed + old[lead.end() :], keyed + written]
