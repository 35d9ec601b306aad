"""A parsed flowchart, with the position of everything in it."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

_BOTH_WAYS = frozenset({"<>", "oo", "xx"})


class Mention(NamedTuple):
    """A node where a statement names it: its place; its label's source and place if it has one."""

    id: str
    start: int
    end: int
    label: str | None = None
    label_start: int = 0
    label_end: int = 0


class Link(NamedTuple):
    """An arrow between two groups of nodes; `label` is decoded, `arrow` is the arrow without it.

    `id` is the name that Mermaid lets an arrow have; its place is before `start`.
    """

    start: int
    end: int
    arrow: str
    label: str = ""
    id: str = ""

    @property
    def invisible(self) -> bool:
        """Whether it only places its nodes."""
        return self.arrow.startswith("~")

    @property
    def directed(self) -> bool:
        """Whether it has a head at its end."""
        return self.arrow[-1] in ">ox"

    @property
    def both_ways(self) -> bool:
        """Whether it has the same head at both ends."""
        return self.arrow[0] + self.arrow[-1] in _BOTH_WAYS


class Statement(NamedTuple):
    """Nodes, and the links between them: `links[i]` goes from every node of `groups[i]` to those of the next group.

    `remarks` are the comments between its lines.
    """

    line: int
    start: int
    end: int
    groups: tuple[tuple[Mention, ...], ...]
    links: tuple[Link, ...] = ()
    remarks: tuple[str, ...] = ()

    def arrows(self, index: int) -> list[Arrow]:
        """The edges that the link of this number makes, in the order in which Mermaid counts them."""
        link = self.links[index]
        sources, targets = self.groups[index : index + 2]
        return [Arrow(source.id, target.id, link.label, self, link) for source in sources for target in targets]


class Paint(NamedTuple):
    """A style statement: the nodes it colours and the place of its fill colour."""

    line: int
    start: int
    end: int
    ids: tuple[str, ...]
    ids_start: int
    ids_end: int
    colour: str
    colour_start: int
    colour_end: int


class LinkStyle(NamedTuple):
    """A statement that styles edges by their numbers, which count every edge of the chart from 0."""

    line: int
    start: int
    end: int
    numbers: tuple[int, ...]
    numbers_start: int
    numbers_end: int


class Properties(NamedTuple):
    """A statement that says how the arrow of this id is drawn."""

    line: int
    start: int
    end: int
    id: str


class Arrow(NamedTuple):
    """One edge of the chart between two node ids."""

    source: str
    target: str
    label: str
    statement: Statement
    link: Link

    @property
    def invisible(self) -> bool:
        """Whether it only places its nodes; it counts as an edge all the same."""
        return self.link.invisible

    @property
    def ends(self) -> tuple[tuple[str, str], ...]:
        """From which node to which: once, or there and back for an arrow of both ways."""
        there = (self.source, self.target)
        return (there, (self.target, self.source)) if self.link.both_ways else (there,)


class Chart(NamedTuple):
    """A flowchart.

    `line` and its like are numbers of the document's lines; `start`, `end` and their like are places in
    `text`, the chart's lines joined, whose first is the document's line `first`. `unknown` are the lines
    not understood, `subgraphs` the ids of subgraphs, `ends` the lines where one ends, `continued` the
    lines that begin inside a statement of the line before.
    """

    text: str
    first: int
    starts: tuple[int, ...]
    header: int
    statements: tuple[Statement, ...]
    paints: tuple[Paint, ...]
    link_styles: tuple[LinkStyle, ...]
    properties: tuple[Properties, ...]
    subgraphs: frozenset[str]
    ends: tuple[int, ...]
    unknown: tuple[int, ...]
    continued: frozenset[int]

    def line(self, place: int) -> int:
        """The document's line of a place."""
        return self.first + bisect_right(self.starts, place) - 1

    def together(self, line: int) -> range:
        """The lines that statements over several lines join with this one."""
        start, stop = line, line + 1
        while start in self.continued:
            start -= 1
        while stop in self.continued:
            stop += 1
        return range(start, stop)

    def span(self, lines: range) -> tuple[int, int]:
        """The place of these lines, without the end of the last."""
        after = lines.stop - self.first
        return self.starts[lines.start - self.first], (
            self.starts[after] - 1 if after < len(self.starts) else len(self.text)
        )

    def mentions(self) -> Iterator[Mention]:
        """Every node wherever it is named, in order."""
        return (mention for statement in self.statements for group in statement.groups for mention in group)

    def labels(self) -> dict[str, str | None]:
        """Every node id in order, with the source of the last label it is given; a subgraph is no node."""
        found: dict[str, str | None] = {}
        for mention in self.mentions():
            if mention.id not in self.subgraphs and (mention.label is not None or mention.id not in found):
                found[mention.id] = mention.label
        return found

    def arrows(self) -> tuple[Arrow, ...]:
        """Every edge that is drawn, in order."""
        arrows = (arrow for s in self.statements for index in range(len(s.links)) for arrow in s.arrows(index))
        return tuple(arrow for arrow in arrows if not arrow.invisible)
