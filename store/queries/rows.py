"""The dependency map, what to fix first, and blast radii."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from store.enums import Flag, Severity, Status


@dataclass(frozen=True, slots=True)
class EdgeRow:
    """A dependency; `back` is set where it closes a cycle in cascade order. `position`: its place in the document."""

    source: str
    target: str
    label: str
    back: bool = False
    position: int = 0


@dataclass(frozen=True, slots=True)
class NodeRow:
    """An item of the map, at `depth` edges below the first item of its cascade.

    One that is `assumed` has the status Mitigated here, whatever the register says. `rank`: its place in the document
    among the items of the map.
    """

    key: str
    lead: str
    severity: Severity
    status: Status
    category: str
    depth: int
    in_cycle: bool
    assumed: bool = False
    rank: int = 0
    flags: frozenset[Flag] = frozenset()


@dataclass(frozen=True, slots=True)
class MapRows:
    """The dependencies in cascade order: every item that has one, and every edge."""

    nodes: tuple[NodeRow, ...]
    edges: tuple[EdgeRow, ...]


@dataclass(frozen=True, slots=True)
class FirstRow:
    """An unresolved item as one to fix first; "open" here means Open or In Progress.

    `score` is its weight plus weight / 2^d of each open item that it reaches over open items alone, d edges
    away; `score_now` is the same without what is assumed, None where nothing is. `share` is the percentage of
    projects affected, None where unknown. `feeds` counts the open items that it feeds directly, `reach` all
    that count in the score, `frees` those that no other open item feeds. A root is fed by no open item but
    perhaps itself. `reason` is a clause in words.
    """

    rank: int
    key: str
    lead: str
    severity: Severity
    status: Status
    category: str
    owner: str | None
    score: float
    score_now: float | None
    share: float | None
    feeds: int
    reach: int
    frees: int
    is_root: bool
    in_cycle: bool
    reason: str
    flags: frozenset[Flag] = frozenset()


@dataclass(frozen=True, slots=True)
class CycleRow:
    """Open items each of which leads back to itself over the others, or one that feeds itself.

    In a `ring` each feeds the next and the last the first, and that is all; else they are in document order.
    No open item outside feeds the items of a root.
    """

    keys: tuple[str, ...]
    ring: bool
    is_root: bool


@dataclass(frozen=True, slots=True)
class FirstRows:
    """All unresolved items, what to fix first at the top, and their cycles; `assumed` are keys taken as Mitigated."""

    items: tuple[FirstRow, ...]
    cycles: tuple[CycleRow, ...]
    assumed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReachRow:
    """An item that another one reaches, or with `upstream` one that reaches it, `distance` edges away.

    `points` is what the one further down adds to the score of the other; None where it does not count because
    one of them, or every path between them, is not open. `before` is the row before this one on the path.
    """

    key: str
    lead: str
    severity: Severity
    status: Status
    distance: int
    points: float | None
    upstream: bool
    before: ReachRow | None = field(repr=False, compare=False)

    @property
    def path(self) -> tuple[str, ...]:
        """The keys along a shortest path in the direction of the edges, both ends included; over open items
        alone where it counts.
        """
        keys: list[str] = []
        row: ReachRow | None = self
        while row is not None:
            keys.append(row.key)
            row = row.before
        return tuple(keys if self.upstream else reversed(keys))


@dataclass(frozen=True, slots=True)
class RadiusRow:
    """The blast radius of an item and what feeds it, all of it, nearest first; `assumed` as in FirstRows.

    `score` is None where the item is neither Open nor In Progress. Mitigated, it would leave the items in `frees`
    fed by no open item, and the scores of all others would add up to `drop` less.
    """

    key: str
    lead: str
    severity: Severity
    status: Status
    score: float | None
    reached: tuple[ReachRow, ...]
    fed_by: tuple[ReachRow, ...]
    frees: tuple[str, ...]
    drop: float
    assumed: tuple[str, ...] = ()
