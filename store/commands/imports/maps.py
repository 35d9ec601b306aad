"""A map alone: what its titles and dependencies add to a register that is there already."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from store.commands.imports.merge import Edit, Merge
from store.errors import InvalidValueError
from store.fields import clean_text
from store.formats.document.checks import first_lines, not_understood, without_head
from store.formats.document.layout import Notice, Problem
from store.formats.document.model import Dependency
from store.formats.mermaid.labels import Keys, decode_label

if TYPE_CHECKING:
    from store.commands.imports.merge import Names
    from store.formats.document.model import Register
    from store.formats.mermaid.chart import Chart

_SHOWN = 60


@dataclass(frozen=True, slots=True)
class MapSays:
    """What a map adds, what of it is left out and why, and how many dependencies it has between items."""

    found: Merge
    problems: tuple[Problem, ...]
    notices: tuple[Notice, ...]
    count: int


def weigh_map(chart: Chart, present: Register, names: Names) -> MapSays:
    """What a map adds: titles of items that have none, and dependencies that are not there.

    A key that an item had before stands for it, too. An arrow without a label says nothing new of two
    items that are linked already.
    """
    weighing = _Weighing(chart, present, names)
    weighing.titles()
    weighing.dependencies()
    notices = sorted(weighing.notices, key=lambda notice: notice.line)
    return MapSays(weighing.found, tuple(weighing.problems), tuple(notices), len(weighing.edges))


@dataclass(slots=True)
class _Weighing:
    chart: Chart
    present: Register
    names: Names
    found: Merge = field(default_factory=Merge)
    problems: list[Problem] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    nodes: dict[str, str] = field(default_factory=dict)
    edges: set[Dependency] = field(default_factory=set)

    def titles(self) -> None:
        """Find the items that the nodes stand for, and those that get their title from here."""
        lines = first_lines(self.chart)
        items = {item.key: item for item in self.present.items}
        own, former = Keys(items, any_case=True), Keys(self.names.keys, any_case=True)
        titled: set[str] = set()
        for node, label in self.chart.labels().items():
            key, title = own.identify(node, label)
            if key is None and (known := former.identify(node, label))[0] is not None:
                key, title = self.names.keys[known[0]], known[1]
            if key is None:
                first = (decode_label(label).strip() if label else "") or node
                what = f"the map has a node for {first.split(chr(10))[0][:_SHOWN]}, which is no item here"
                self.notices.append(Notice(lines[node] + 1, what))
                continue
            self.nodes[node] = key
            title = self._clean("title", title or "", lines[node])
            if not title or key in titled:
                continue
            titled.add(key)
            there = items[key].title
            if not there:
                self.found.edits.append(Edit("item", key, "title", None, title))
            elif title.split() != there.split():
                one, other = (" ".join(text.split())[:_SHOWN] for text in (title, there))
                self.notices.append(Notice(lines[node] + 1, f"the map calls {key} {one!r}, its title stays {other!r}"))

    def dependencies(self) -> None:
        """Find the arrows between items that are dependencies not there yet, and say what is left out."""
        there = set(self.present.dependencies)
        linked = {(edge.source, edge.target) for edge in there}
        self.notices += [*not_understood(self.chart), *without_head(self.chart, self.nodes)]
        for arrow in self.chart.arrows():
            line = self.chart.line(arrow.link.start)
            if groups := [node for node in (arrow.source, arrow.target) if node in self.chart.subgraphs]:
                what = f"the dependency {arrow.source} to {arrow.target} is left out: {groups[0]} is a subgraph"
                self.notices.append(Notice(line + 1, what))
            label = self._clean("label", arrow.label, line)
            for source, target in arrow.ends:
                if label is None or source not in self.nodes or target not in self.nodes:
                    continue
                edge = Dependency(self.nodes[source], self.nodes[target], label)
                new = edge not in there and (label or (edge.source, edge.target) not in linked)
                if new and edge not in self.edges:
                    self.found.edges.append(edge)
                self.edges.add(edge)

    def _clean(self, name: str, text: str, line: int) -> str | None:
        try:
            return clean_text(name, text)
        except InvalidValueError as error:
            self.problems.append(Problem(line + 1, error.what, error.remedy))
            return None
