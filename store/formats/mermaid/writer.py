"""Writes the map of a register as a Mermaid flowchart: a new one, or only what changed in an existing one."""

from __future__ import annotations

import re
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from store.enums import Severity, Status
from store.formats.document.model import Dependency, pair_edges
from store.formats.mermaid.chart import LEADING_KEY, LINE_BREAK, Keys, compact_key, encode_label, is_markdown

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from store.formats.document.model import Item, Register
    from store.formats.lines import Edits
    from store.formats.mermaid.chart import Arrow, Chart, LinkStyle, Mention, NodeStyle, Statement


_RED, _ORANGE = "#ff9999", "#ffcc99"
_SHORT_COLOR = re.compile(r"#([0-9a-f])([0-9a-f])([0-9a-f])")
_RESERVED = frozenset(
    {"end", "graph", "flowchart", "subgraph", "style", "class", "classdef", "click", "default", "href"}
)


def color_of(item: Item) -> str:
    """The fill color of an item's node."""
    return _RED if item.severity in (Severity.CRITICAL, Severity.HIGH) and item.status is Status.OPEN else _ORANGE


def same_color(one: str, other: str) -> bool:
    """Whether two colors are the same, `#f99` being `#ff9999`."""
    long = [_SHORT_COLOR.sub(r"#\1\1\2\2\3\3", c) if len(c) == 4 else c for c in (one.casefold(), other.casefold())]
    return long[0] == long[1]


class WrongColor(NamedTuple):
    """A node whose color is not that of its item."""

    key: str
    node: str
    style: NodeStyle
    right: str


def wrong_colors(chart: Chart, nodes: Mapping[str, str], items: Iterable[Item]) -> Iterator[WrongColor]:
    """The colors in a map that disagree with the items; `nodes` has the keys of the nodes."""
    right = {item.key: color_of(item) for item in items}
    for style in chart.node_styles:
        for node in style.ids:
            key = nodes.get(node)
            if key in right and style.color and not same_color(style.color, right[key]):
                yield WrongColor(key, node, style, right[key])


def write_colors(edits: Edits, chart: Chart, wrong: Iterable[WrongColor]) -> None:
    """Write the right colors in place of the wrong ones."""
    changes = _ChartEdits(edits, chart)
    styles: dict[int, tuple[NodeStyle, dict[str, str]]] = {}
    for each in wrong:
        styles.setdefault(each.style.start, (each.style, {}))[1][each.node] = each.right
    for style, colors in styles.values():
        changes.change_style(style, style.ids, colors)
    changes.write()


def _node(node: str, item: Item) -> str:
    return f"{node}[{_node_label(item.key, item.title)}]"


def _node_label(key: str, title: str | None) -> str:
    text = f"{key}\n{title}" if title else key
    return f'"{encode_label(text)}"'


def _node_id(key: str, taken: set[str]) -> str:
    """A node id for a key that is not among `taken`; it is added to them."""
    base = compact_key(key)
    if base.casefold() in _RESERVED:
        base += "_"
    number, unique = 2, base
    while unique in taken:
        unique, number = f"{base}_{number}", number + 1
    taken.add(unique)
    return unique


def _link(arrow: str, label: str) -> str:
    return f'{arrow}|"{encode_label(label)}"|' if label else arrow


def mapped_items(register: Register) -> tuple[Item, ...]:
    """The items that a map shows: those with a title or a dependency."""
    linked = {key for edge in register.dependencies for key in edge.ends}
    return tuple(item for item in register.items if item.title or item.key in linked)


def write_map(register: Register, keys: Collection[str] | None = None) -> str:
    """The map of a register as a flowchart that `read_chart` reads back: titles, dependencies in order, colors.

    With `keys` it shows these items, whether or not they have a title or a dependency, and what is between them.
    """
    taken: set[str] = set()
    items = mapped_items(register) if keys is None else [item for item in register.items if item.key in keys]
    ids = {item.key: _node_id(item.key, taken) for item in items}
    edges = [edge for edge in register.dependencies if edge.source in ids and edge.target in ids]
    lines = ["graph TD"]
    if items:
        lines.append('    subgraph "Debt Interactions"')
        lines += [f"        {_node(ids[item.key], item)}" for item in items]
        lines += ["    end", ""]
    lines += [f"    {ids[edge.source]} {_link('-->', edge.label)} {ids[edge.target]}" for edge in edges]
    lines += [""] if edges else []
    lines += [f"    style {ids[item.key]} fill:{color_of(item)}" for item in items]
    return "\n".join(lines) + "\n"


_INDENT = re.compile(r"[ \t]*")
_SEPARATORS = "; \t\n"
_LINK_STARTS = ("-", "=", "~", "<")
_LINK = re.compile(r"--|==|-\.|~~~")


class _Change(NamedTuple):
    """The text from `start` to `end` becomes these statements."""

    start: int
    end: int
    statements: tuple[str, ...]


def _apply(text: str, changes: Iterable[_Change], start: int, end: int) -> str:
    """The text from `start` to `end` with some of it replaced, each by one statement."""
    pieces = []
    for change in changes:
        pieces += [text[start : change.start], *change.statements]
        start = change.end
    return "".join(pieces) + text[start:end]


class _ChartEdits:
    """Collects changes to a map; a line without one keeps its bytes."""

    def __init__(self, edits: Edits, chart: Chart) -> None:
        self._edits = edits
        self._chart = chart
        self._changes: list[_Change] = []

    @cached_property
    def _statements(self) -> dict[int, list[tuple[int, int]]]:
        """The spans of the statements that begin on a line, or on those that share a statement with it."""
        chart, found = self._chart, dict[int, list[tuple[int, int]]]()
        known: tuple[Statement | NodeStyle | LinkStyle, ...]
        known = (*chart.statements, *chart.node_styles, *chart.link_styles, *chart.link_properties)
        for start, end in sorted((each.start, each.end) for each in known):
            found.setdefault(chart.joined_lines(chart.line(start)).start, []).append((start, end))
        return found

    def change(self, start: int, end: int, *statements: str) -> None:
        """Replace a statement, or a part of one, by these."""
        self._changes.append(_Change(start, end, statements))

    def change_style(self, style: NodeStyle, nodes: Iterable[str], colors: Mapping[str, str]) -> None:
        """Let a style apply to these nodes, some of them in another color."""
        text, pieces = self._chart.text, []
        if same := [node for node in nodes if node not in colors]:
            pieces.append(_apply(text, [_Change(*style.ids_span, (",".join(same),))], style.start, style.end))
        for node, color in colors.items():
            changes = [_Change(*style.ids_span, (node,)), _Change(*style.color_span, (color,))]
            pieces.append(_apply(text, changes, style.start, style.end))
        self.change(style.start, style.end, *pieces)

    def indent(self, line: int) -> str:
        """The blanks before what is on a line, or belongs after the header."""
        match = _INDENT.match(self._chart.source(line))
        return (match[0] if match else "") + ("    " if line == self._chart.header else "")

    def insert(self, line: int, lines: Sequence[str], *, rank: int) -> None:
        """Add lines after a line and those that it shares a statement with."""
        if lines:
            last = self._chart.joined_lines(line).stop - 1
            self._edits.insert(last, self._closed(lines, last), rank=rank)

    def _closed(self, lines: Sequence[str], last: int) -> list[str]:
        """These lines as they can follow the line `last`, closed where an arrow would continue them.

        Such an arrow begins a line that is not understood: it would join whatever precedes it.
        """
        chart = self._chart
        following = ((line, chart.source(line).strip()) for line in range(last + 1, chart.first + len(chart.starts)))
        after = next(((line, text) for line, text in following if text and not text.startswith("%%")), None)
        if after is None or after[0] not in chart.unknown or not after[1].startswith(_LINK_STARTS):
            return list(lines)
        end = next((at for at in reversed(range(len(lines))) if not lines[at].strip().startswith("%%")), None)
        return [f"{line};" if at == end else line for at, line in enumerate(lines)] or [";"]

    def write(self) -> None:
        """Hand over the changed lines."""
        groups: dict[range, list[_Change]] = {}
        for change in sorted(self._changes):
            groups.setdefault(self._chart.joined_lines(self._chart.line(change.start)), []).append(change)
        for lines, changes in groups.items():
            start, end = self._chart.span(lines)
            # What follows on the line can stay there after one statement that is not a comment.
            if all(len(c.statements) == 1 and not c.statements[0].startswith("%%") for c in changes):
                written = _apply(self._chart.text, changes, start, end).split("\n")
            else:
                written = self._split(lines, changes)
            self._replace(lines, self._chart.text[start:end].split("\n"), written)

    def _split(self, lines: range, changes: Sequence[_Change]) -> list[str]:
        """Every statement on its own line, where one has become several or none."""
        text, (offset, stop) = self._chart.text, self._chart.span(lines)
        indent = self.indent(lines.start)
        pieces: list[str] = []
        for start, end in self._statements[lines.start]:
            inside = [change for change in changes if start <= change.start <= end]
            whole = next((change for change in inside if (change.start, change.end) == (start, end)), None)
            pieces.append(text[offset:start].strip(_SEPARATORS))
            pieces += whole.statements if whole else [_apply(text, inside, start, end)]
            offset = end
        pieces.append(text[offset:stop].lstrip(_SEPARATORS).rstrip())
        pieces = [piece for piece in pieces if piece]
        header = [pieces.pop(0)] if lines.start == self._chart.header else []
        written = self._closed([*header, *(indent + piece for piece in pieces)], lines.stop - 1)
        return "\n".join(written).split("\n") if written else []

    def _replace(self, lines: range, old: Sequence[str], new: Sequence[str]) -> None:
        """Replace lines by others, apart from those at either end that stay the same."""
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


class _Edge(NamedTuple):
    """An edge to draw: an arrow, or one direction of a bidirectional arrow."""

    source: str
    target: str
    label: str
    arrow: str

    def __str__(self) -> str:
        return f"{self.source} {_link(self.arrow, self.label)} {self.target}"


class MapUpdate:
    """Writes what differs between two registers into a map; the items of `register` have an origin in `imported`.

    `keys` are those of `imported`.
    """

    def __init__(self, edits: Edits, chart: Chart, keys: Keys, imported: Register, register: Register) -> None:
        self._document = edits
        self._edits = _ChartEdits(edits, chart)
        self._chart = chart
        self._register = register
        self._old_keys = keys
        self._labels = chart.labels
        self._imported = {item.key: item for item in imported.items}
        self._present = {item.key: item for item in register.items}
        self._new_keys = keys if self._present.keys() == self._imported.keys() else Keys(self._present)
        # The item of a node, its key in the imported register, and the nodes whose item is removed.
        self._items: dict[str, Item] = {}
        self._former: dict[str, str] = {}
        self._removed: set[str] = set()
        # The nodes whose label, or style, may have to change.
        self._to_label: list[str] = []
        self._to_style: set[str] = set()
        # The first node of an item.
        self._nodes: dict[str, str] = {}
        self._find_nodes()
        self._new_labels: dict[str, str] = {}
        # The nodes that change.
        self._affected: set[str] = set()
        edges = [edge for a in chart.arrows for ends in a.ends if (edge := self._dependency(*ends, a.label))]
        pairs = pair_edges(edges, register.dependencies)
        self._relabeled, self._dropped, self._new_edges = dict(pairs.relabeled), set(pairs.removed), pairs.added
        self._done: set[Dependency] = set()
        # By the number of an edge in the chart: as how many edges it stays.
        self._counts: list[int] = []
        self._drawn_links: set[str] = set()

    def _find_nodes(self) -> None:
        by_origin = {item.origin: item for item in self._register.items if item.origin}
        for node, label in self._labels.items():
            former, title = self._old_keys.identify(node, label)
            if former is not None:
                self._former[node] = former
                item = by_origin.get(former)
            else:
                # A node without an item now has the item that got its key.
                item = self._present.get(self._new_keys.identify(node, label)[0] or "")
            if item is None:
                if former is not None:
                    self._removed.add(node)
                continue
            self._items[node] = item
            self._nodes.setdefault(item.key, node)
            if self._new_keys is not self._old_keys or (former, title or None) != (item.key, item.title):
                self._to_label.append(node)
            if former is None or color_of(item) != color_of(self._imported[former]):
                self._to_style.add(node)

    def _dependency(self, source: str, target: str, label: str) -> Dependency | None:
        """The dependency that an arrow is now, None where it is none."""
        if source in self._items and target in self._items:
            return Dependency(self._items[source].key, self._items[target].key, label)
        return None

    def write(self) -> None:
        """Write labels, edges and colors, then what is new."""
        for node in self._to_label:
            self._write_label(node, self._items[node])
        self._affected = self._removed | self._new_labels.keys()
        if self._affected or self._relabeled or self._dropped:
            self._write_statements()
        self._to_style |= self._removed
        for style in self._chart.node_styles:
            if not self._to_style.isdisjoint(style.ids):
                self._write_style(style)
        self._edits.write()
        self._add()

    def _write_label(self, node: str, item: Item) -> None:
        old = self._labels[node]
        first = self._nodes[item.key] == node
        title = item.title if first else self._old_keys.identify(node, old)[1]
        found = self._new_keys.identify(node, old)
        if found[0] == item.key and (not first or (found[1] or None) == title):
            return
        for source in _label_sources(old or "", self._former.get(node), item.key, title):
            if '"' not in source and self._new_keys.identify(node, source) == (item.key, title):
                self._new_labels[node] = f'"{source}"'
                return
        self._new_labels[node] = _node_label(item.key, title)

    def _edges(self, arrow: Arrow) -> list[_Edge]:
        """The edges that an arrow stays as."""
        edges = [(*ends, label) for ends in arrow.ends if (label := self._new_label(*ends, arrow)) is not None]
        drawn = arrow.link.arrow
        if arrow.link.bidirectional and len({label for *_, label in edges}) == 1 and len(edges) == 2:
            return [_Edge(arrow.source, arrow.target, edges[0][2], drawn)]
        return [_Edge(*edge, drawn[1:] if arrow.link.bidirectional else drawn) for edge in edges]

    def _new_label(self, source: str, target: str, arrow: Arrow) -> str | None:
        """The label that an arrow gets from `source` to `target`, None where it goes."""
        if source in self._removed or target in self._removed:
            return None
        edge = None if arrow.link.invisible else self._dependency(source, target, arrow.label)
        if edge is None:
            return arrow.label
        if edge in self._relabeled:
            # An edge that is drawn twice is relabeled once.
            if edge in self._done:
                return None
            self._done.add(edge)
            return self._relabeled[edge].label
        return None if edge in self._dropped else arrow.label

    def _write_statements(self) -> None:
        """Change the statements of nodes and edges that differ, and what refers to their edges."""
        for statement in self._chart.statements:
            self._write_statement(statement)
        self._renumber()
        for statement in self._chart.link_properties:
            if statement.mentions[0].id not in self._drawn_links:
                self._edits.change(statement.start, statement.end)

    def _write_statement(self, statement: Statement) -> None:
        """Change what differs in a statement, and note which of its edges stay."""
        if not statement.links and self._affected.isdisjoint(mention.id for mention in statement.mentions):
            return
        links = [[self._edges(arrow) for arrow in statement.arrows(number)] for number in range(len(statement.links))]
        self._counts += [len(edges) for arrows in links for edges in arrows]
        changes = [change for mention in statement.mentions for change in self._mention_changes(mention)]
        broken = any(mention.id in self._removed for mention in statement.mentions)
        for link, arrows in zip(statement.links, links, strict=True):
            if any(arrows):
                self._drawn_links.add(link.id)
            labels = {edge.label for edges in arrows for edge in edges}
            whole = all(len(edges) == 1 and edges[0].arrow == link.arrow for edges in arrows)
            broken = broken or not whole or len(labels) > 1
            if not broken and labels != {link.label}:
                changes.append(_Change(link.start, link.end, (_link(link.arrow, labels.pop()),)))
        if broken:
            self._edits.change(statement.start, statement.end, *self._parts(statement, links))
        else:
            for change in changes:
                self._edits.change(change.start, change.end, *change.statements)

    def _mention_changes(self, mention: Mention) -> list[_Change]:
        label = self._new_labels.get(mention.id)
        if label is None:
            return []
        if mention.label is not None:
            return [_Change(*mention.label_span, (label,))]
        if self._labels[mention.id] is None and self._chart.mentions[mention.id] is mention:
            after_id = mention.start + len(mention.id)
            return [_Change(after_id, after_id, (f"[{label}]",))]
        return []

    def _parts(self, statement: Statement, links: Sequence[Sequence[Sequence[_Edge]]]) -> list[str]:
        """A statement that loses something, as statements of one node or one edge each."""
        parts = list(statement.comments)
        for mention in statement.mentions:
            changes = self._mention_changes(mention)
            defined = mention.end > mention.start + len(mention.id) or changes or not statement.links
            if mention.id not in self._removed and defined:
                parts.append(_apply(self._chart.text, changes, mention.start, mention.end))
        for link, arrows in zip(statement.links, links, strict=True):
            edges = [edge for each in arrows for edge in each]
            if link.id and edges:
                # The name of an arrow can belong to one edge only.
                edges[0] = edges[0]._replace(arrow=f"{link.id}@{edges[0].arrow}")
            parts += map(str, edges)
        return parts

    def _renumber(self) -> None:
        """Let the styles of edges follow their edges, whose numbers change with those before them."""
        unsure = any(_LINK.search(self._chart.source(line)) for line in self._chart.unknown)
        if unsure or all(count == 1 for count in self._counts):
            return
        starts = list(accumulate(self._counts, initial=0))
        for style in self._chart.link_styles:
            if max(style.numbers) >= len(self._counts):
                continue
            numbers = [str(new) for old in style.numbers for new in range(starts[old], starts[old + 1])]
            if not numbers:
                self._edits.change(style.start, style.end)
            elif numbers != [str(number) for number in style.numbers]:
                separator = ", " if ", " in self._chart.text[slice(*style.numbers_span)] else ","
                self._edits.change(*style.numbers_span, separator.join(numbers))

    def _write_style(self, style: NodeStyle) -> None:
        nodes = [node for node in style.ids if node not in self._removed]
        recolored = [node for node in nodes if style.color and self._is_recolored(node, style.color)]
        if len(nodes) < len(style.ids) or recolored:
            self._edits.change_style(style, nodes, {node: color_of(self._items[node]) for node in recolored})

    def _is_recolored(self, node: str, color: str) -> bool:
        item, former = self._items.get(node), self._former.get(node)
        if item is None:
            return False
        new = color_of(item)
        return new != color_of(self._imported[former]) if former else not same_color(new, color)

    def _add(self) -> None:
        """Add the nodes, edges and styles of what is new."""
        chart, edits, added = self._chart, self._edits, self._new_edges
        linked = {key for edge in added for key in edge.ends}
        new = [i for i in self._register.items if i.key not in self._nodes and (i.title or i.key in linked)]
        taken = {*self._labels, *chart.subgraphs, *(link.id for s in chart.statements for link in s.links)}
        self._nodes |= {item.key: _node_id(item.key, taken) for item in new}
        nodes = [statement.line for statement in chart.statements if not statement.links]
        edges = [statement.line for statement in chart.statements if statement.links]
        line = nodes[-1] if nodes else edges[0] if edges else chart.header
        lines = [edits.indent(line) + _node(self._nodes[item.key], item) for item in new]
        before = chart.joined_lines(line).start - 1
        edits.insert(before if edges and not nodes and before >= chart.header else line, lines, rank=0)
        line = edges[-1] if edges else max([chart.header, *nodes, *chart.subgraph_ends])
        drawn = [_Edge(self._nodes[edge.source], self._nodes[edge.target], edge.label, "-->") for edge in added]
        edits.insert(line, [f"{edits.indent(line)}{edge}" for edge in drawn], rank=1)
        if chart.node_styles:
            line = chart.node_styles[-1].line
            styles = [f"style {self._nodes[item.key]} fill:{color_of(item)}" for item in new]
            last = chart.joined_lines(line).stop - 1
            self._document.insert(last, [edits.indent(line) + style for style in styles], rank=2)


def _label_sources(old: str, former: str | None, key: str, title: str | None) -> list[str]:
    """The label `old` with another key, and with another title, too; in the style it is written in."""
    if former is None:
        return []
    if is_markdown(old):
        return [f"`{source}`" for source in _label_sources(old[1:-1], former, key, title)]
    pieces = LINE_BREAK.split(old)
    line_break = pieces[1] if len(pieces) > 1 else "<br/>"
    title_source = encode_label(title).replace("<br/>", line_break) if title else ""
    keys, new = Keys((former,)), encode_label(key)
    index = next((i for i in range(0, len(pieces), 2) if keys.identify("", pieces[i]) == (former, None)), None)
    if index is not None:
        piece = pieces[index]
        pieces[index] = piece.replace(former, new, 1) if former in piece else piece.replace(piece.strip(), new)
        return ["".join(pieces), pieces[index] + (line_break + title_source if title else "")]
    lead = LEADING_KEY.match(old)
    if lead is None or lead["key"] != former:
        return []
    start = old[: lead.start("key")] + new + old[lead.end("key") : lead.end()]
    return [start + old[lead.end() :], start + title_source]
