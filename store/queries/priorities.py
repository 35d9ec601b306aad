"""What to fix first: the unresolved items by their score, with the reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from store.enums import rating
from store.filters.sql import IS_OPEN, open_graph
from store.graph import freed, roots, shortest_paths
from store.queries.flags import flagged
from store.queries.items import item_records
from store.queries.lookup import categories, find_items
from store.text import MOST, first_few, join_words, plural

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from store.db.reader import Reader
    from store.enums import Flag, Severity, Status
    from store.graph import Cycle, OpenGraph


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
    severity: Severity | None
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

        def named(nodes: Iterable[int], number: int) -> list[str]:
            return first_few((keys[node] for node in nodes), number)

        now = whole.values if taken else {}
        links, found = graph.links, graph.scores
        root_nodes = roots(links)
        cycle_of = {node: cycle for cycle in graph.cycles for node in cycle.members}
        return Priorities(
            items=tuple(
                Priority(
                    rank=rank,
                    key=keys[node],
                    lead=items[node].lead,
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
                    in_cycle=node in cycle_of,
                    reason=_reason(graph, node, cycle_of.get(node), named),
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


def _reason(graph: OpenGraph, node: int, cycle: Cycle | None, named: Callable[[Iterable[int], int], list[str]]) -> str:
    """For example "feeds EN-001 and, through it, EN-002; High"; a cycle comes first."""
    clauses = [_feeds(graph, node, named), rating(graph.nodes[node].severity)]
    if cycle is not None:
        others = (each for each in cycle.members if each != node)
        clauses.insert(0, f"in a cycle with {join_words(named(others, len(cycle.members) - 1)) or 'itself'}")
    return "; ".join(clauses)


def _feeds(graph: OpenGraph, node: int, named: Callable[[Iterable[int], int], list[str]]) -> str:
    direct, score = graph.links.targets[node], graph.scores[node]
    if not direct:
        return "feeds no other open item" if node in graph.links.loops else "feeds no open item"
    feeds, beyond = named(direct, len(direct)), score.reach - len(direct)
    if not beyond:
        return f"feeds {join_words(feeds)}"
    if beyond > MOST:
        reached = f"{'at least ' if score.cut else ''}{beyond} more"
    else:
        paths = shortest_paths(node, graph.links.targets)
        reached = join_words(named((each for each, (distance, _) in paths.items() if distance > 1), beyond))
    return f"feeds {', '.join(feeds)} and, through {plural(len(direct), 'it', 'them')}, {reached}"
