"""A flowchart taken apart, with the place of everything in it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mention:
    """A node where a statement names it: `start` to `end` on the line; its label's source and place if it has one."""

    id: str
    start: int
    end: int
    label: str | None = None
    label_start: int = 0
    label_end: int = 0


@dataclass(frozen=True, slots=True)
class Link:
    """An arrow between two groups of nodes; `label` is decoded, `arrow` is the arrow without it."""

    start: int
    end: int
    arrow: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Statement:
    """Nodes, and the links between them: `links[i]` goes from every node of `groups[i]` to those of the next group."""

    line: int
    start: int
    end: int
    groups: tuple[tuple[Mention, ...], ...]
    links: tuple[Link, ...] = ()

    def arrows(self, index: int) -> list[Arrow]:
        """The edges that the link of this number makes, in the order in which Mermaid counts them."""
        link = self.links[index]
        sources, targets = self.groups[index : index + 2]
        return [Arrow(source.id, target.id, link.label, self, link) for source in sources for target in targets]


@dataclass(frozen=True, slots=True)
class Paint:
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


@dataclass(frozen=True, slots=True)
class LinkStyle:
    """A statement that styles edges by their numbers, which count every edge of the chart from 0."""

    line: int
    start: int
    end: int
    numbers: tuple[int, ...]
    numbers_start: int
    numbers_end: int


@dataclass(frozen=True, slots=True)
class Arrow:
    """One edge of the chart between two node ids."""

    source: str
    target: str
    label: str
    statement: Statement
    link: Link

    @property
    def invisible(self) -> bool:
        """Whether it only places its nodes; it counts as an edge all the same."""
        return self.link.arrow.startswith("~")


@dataclass(frozen=True, slots=True)
class Chart:
    """A flowchart: lines are numbered as in the document, `unknown` are those not understood."""

    header: int
    last: int
    statements: tuple[Statement, ...]
    paints: tuple[Paint, ...]
    link_styles: tuple[LinkStyle, ...]
    ends: tuple[int, ...]
    unknown: tuple[int, ...]

    def labels(self) -> dict[str, str | None]:
        """Every node id in order, with the source of the first label it is given."""
        found: dict[str, str | None] = {}
        for statement in self.statements:
            for mention in (mention for group in statement.groups for mention in group):
                if found.get(mention.id) is None:
                    found[mention.id] = mention.label
        return found

    def arrows(self) -> tuple[Arrow, ...]:
        """Every edge that is drawn, in order."""
        arrows = (arrow for s in self.statements for index in range(len(s.links)) for arrow in s.arrows(index))
        return tuple(arrow for arrow in arrows if not arrow.invisible)
