"""What to fix first: the unresolved items by their score, with the reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from store.filters.sql import IS_OPEN, open_graph
from store.graph import freed, roots, shortest_paths
from store.queries.flags import flagged
from store.queries.items import item_records
from store.queries.lookup import categories, find_items
from store.text import MOST, first_few, join_words, lead_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from store.db.reader import Reader
    from store.enums import Flag, Severity, Status
    from store.graph import Cycle, Links, Score


class Priority(NamedTuple):
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


class CycleRow(NamedTuple):
    """Open items each of which leads back to itself over the others, or one that feeds itself.

    In a `ring` each feeds only the next, and the last feeds the first; otherwise they are in document order.
    `is_root`: no open item outside feeds them.
    """

    keys: tuple[str, ...]
    ring: bool
    is_root: bool


class Priorities(NamedTuple):
    """All unresolved items, what to fix first at the top, and their cycles; `assumed` are keys taken as Mitigated."""

    items: tuple[Priority, ...]
    cycles: tuple[CycleRow, ...]
    assumed: tuple[str, ...] = ()


class Reasons:
    """Why each open item is ranked as it is; items are numbered as in `keys`."""

    def __init__(self, keys: Sequence[str], links: Links[int], cycles: Sequence[Cycle]) -> None:
        self._keys = keys
        self._links = links
        self._cycle = {node: cycle for cycle in cycles for node in cycle.members}

    def of(self, node: int, severity: Severity, score: Score) -> str:
        """For example "feeds EN-001 and, through it, EN-002; High"; a cycle comes first."""
        clauses = [self._feeds(node, score), severity.value]
        if cycle := self._cycle.get(node):
            others = (each for each in cycle.members if each != node)
            clauses.insert(0, f"in a cycle with {join_words(self._few(others, len(cycle.members) - 1)) or 'itself'}")
        return "; ".join(clauses)

    def _feeds(self, node: int, score: Score) -> str:
        direct = self._links.targets[node]
        if not direct:
            return "feeds no other open item" if node in self._links.loops else "feeds no open item"
        named = self._few(direct, len(direct))
        beyond = score.reach - len(direct)
        if not beyond:
            return f"feeds {join_words(named)}"
        through = "it" if len(direct) == 1 else "them"
        return f"feeds {', '.join(named)} and, through {through}, {self._beyond(node, beyond, cut=score.cut)}"

    def _beyond(self, node: int, number: int, *, cut: bool) -> str:
        """What an item reaches through others."""
        if number > MOST:
            return f"{'at least ' if cut else ''}{number} more"
        reached = shortest_paths(node, self._links.targets)
        return join_words(self._few((each for each, (distance, _) in reached.items() if distance > 1), number))

    def _few(self, nodes: Iterable[int], number: int) -> list[str]:
        return first_few((self._keys[node] for node in nodes), number)


def priorities(reader: Reader, *, assumed: Sequence[str] = ()) -> Priorities:
    """The open items: highest score first, then share of projects, severity, document order.

    An unknown share comes after every known one. The items whose keys are `assumed` are taken as Mitigated. Raises
    NotFoundError for an unknown one.
    """
    return ranking(reader, assumed=assumed)()


def ranking(reader: Reader, *, assumed: Sequence[str] = ()) -> Callable[[], Priorities]:
    """A function that computes `priorities`: that is slow in a large register, and does not need the reader."""
    taken = find_items(reader, assumed)
    open_items, flags = item_records(reader, IS_OPEN), flagged(reader, IS_OPEN)
    codes = {category.id: category.code for category in categories(reader)}
    whole = open_graph(reader)

    def ranked() -> Priorities:
        graph = whole.without({item.id for item in taken})
        by_id = {item.id: item for item in open_items}
        items = [by_id[node.id] for node in graph.nodes]
        keys = [item.key for item in items]
        now = whole.values if taken else {}
        links, found = graph.links, graph.scores
        reasons = Reasons(keys, links, graph.cycles)
        root_nodes = roots(links)
        cyclic = {node for cycle in graph.cycles for node in cycle.members}
        return Priorities(
            items=tuple(
                Priority(
                    rank=rank,
                    key=keys[node],
                    lead=lead_of(items[node].title, items[node].description),
                    severity=items[node].severity,
                    status=items[node].status,
                    category=codes[items[node].category_id],
                    owner=items[node].owner,
                    score=found[node].value,
                    score_now=now.get(items[node].id),
                    share=graph.nodes[node].share,
                    feeds=len(links.targets[node]),
                    reach=found[node].reach,
                    frees=len(freed(links, node)),
                    is_root=node in root_nodes,
                    in_cycle=node in cyclic,
                    reason=reasons.of(node, items[node].severity, found[node]),
                    flags=flags.get(keys[node], frozenset()),
                )
                for rank, node in enumerate(graph.order, 1)
            ),
            cycles=tuple(
                CycleRow(tuple(keys[node] for node in cycle.members), cycle.ring, cycle.root) for cycle in graph.cycles
            ),
            assumed=tuple(item.key for item in taken),
        )

    return ranked
