"""What the scores say in words: where cascades begin, run in circles, and what is freed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.text import first_few, join_words, number_of, plural
from tui.render.text import line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from store.queries.dependency_map import BlastRadius, ReachRow
    from store.queries.priorities import CycleRow, Priorities, Priority
    from tui.render.text import Glyphs

CYCLES = 10
NAMES = 8


def names(keys: Iterable[str]) -> str:
    """Keys in a row, the first of them where there are many."""
    every = tuple(keys)
    return join_words(first_few((line(key) for key in every), len(every), most=NAMES))


def items(number: int) -> str:
    """A number of items in words."""
    return number_of(number, "item")


def as_if(assumed: Sequence[str]) -> str:
    """What is supposed, as a sentence."""
    return f"As if {names(assumed)} were mitigated; nothing is written."


def nothing(assumed: Sequence[str]) -> str:
    """What there is to say where no item is open."""
    return f"no item would be open if {names(assumed)} were mitigated" if assumed else "no item is open"


def share(row: Priority) -> str:
    """The share of projects affected with one decimal at most; nothing where it is not known."""
    return "" if row.share is None else f"{row.share:.1f}".removesuffix(".0") + " %"


def summary(rows: Priorities, glyphs: Glyphs) -> list[str]:
    """A sentence each on roots, cycles, what frees the most, what is unrated, and what is supposed to change."""
    lines = [_roots(rows), *(_cycle(each, glyphs) for each in rows.cycles[:CYCLES])]
    if more := len(rows.cycles[CYCLES:]):
        lines.append(f"Cycles: {more} more.")
    if most := max((row.frees for row in rows.items), default=0):
        freeing = [row.key for row in rows.items if row.frees == most]
        each = " each" if len(freeing) > 1 else ""
        lines.append(f"Frees the most: {names(freeing)}, {items(most)}{each}.")
    if unrated := [row.key for row in rows.items if row.severity is None]:
        lines.append(f"Unrated: {names(unrated)} (no weight until rated).")
    if rows.assumed:
        score, now = sum(row.score for row in rows.items), sum(row.score_now or 0 for row in rows.items)
        lines.append(f"Total score: {score:.2f}; now {now:.2f}.")
    return lines


def radius(row: BlastRadius) -> list[str]:
    """A sentence each on what an item reaches and over which others, what reaches it, and what mitigating it does."""
    lines = []
    if row.reached:
        lines.append(f"Reaches {items(len(row.reached))}: {_ways(row.reached)}.")
    if any(each.distance > 1 for each in row.fed_by):
        lines.append(f"Fed by {items(len(row.fed_by))}: {_ways(row.fed_by)}.")
    if row.score is not None:
        effects = [f"free {names(row.frees)}"] if row.frees else []
        effects += [f"lower the other scores by {row.drop:.2f}"] if row.drop else []
        then = f"; mitigating it would {join_words(effects)}" if effects else ""
        lines.append(f"Score {row.score:.2f}{then}.")
    return lines


def _ways(rows: Sequence[ReachRow]) -> str:
    """Items with those that lead there, the nearest first."""
    told = []
    for row in rows[:NAMES]:
        between = row.path[1:-1]
        told.append(f"{line(row.key)} via {names(between)}" if between else line(row.key))
    more = len(rows) - len(told)
    return "; ".join([*told, f"{more} more"] if more else told)


def _roots(rows: Priorities) -> str:
    """Where cascades begin, and how many items are isolated."""
    begin = [row.key for row in rows.items if row.is_root and row.feeds]
    alone = sum(row.is_root and not row.feeds for row in rows.items)
    parts = [names(begin)] if begin else []
    if alone:
        parts.append(f"{items(alone)} {plural(alone, 'is', 'are')} isolated")
    return f"Roots: {'; '.join(parts) or 'none'}."


def _cycle(cycle: CycleRow, glyphs: Glyphs) -> str:
    """A cycle: around it where it is a ring, else its items."""
    root = "; no open item outside feeds it" if cycle.is_root else ""
    if not cycle.ring:
        return f"Cycle of {len(cycle.keys)}: {names(cycle.keys)}{root}."
    named = first_few((line(key) for key in cycle.keys), len(cycle.keys), most=NAMES)
    return f"Cycle: {f' {glyphs.arrow} '.join([*named, line(cycle.keys[0])])}{root}."
