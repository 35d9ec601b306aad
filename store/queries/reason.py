"""Why an item stands where it does among those to fix first, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.graph.links import nearest
from store.text import MOST, few, in_a_row

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from store.enums import Severity
    from store.graph.cycles import Cycle
    from store.graph.links import Links
    from store.graph.scores import Score


class Reasons:
    """The reasons of a register's open items; each is named by its number in `keys`."""

    def __init__(self, keys: Sequence[str], links: Links[int], cycles: Sequence[Cycle]) -> None:
        self._keys = keys
        self._links = links
        self._cycle = {node: cycle for cycle in cycles for node in cycle.members}

    def of(self, node: int, severity: Severity, score: Score) -> str:
        """As in "feeds EN-001 and, through it, EN-002; High"; a cycle comes first."""
        clauses = [self._feeds(node, score), severity.value]
        if cycle := self._cycle.get(node):
            others = (each for each in cycle.members if each != node)
            clauses.insert(0, f"in a cycle with {in_a_row(self._few(others, len(cycle.members) - 1)) or 'itself'}")
        return "; ".join(clauses)

    def _feeds(self, node: int, score: Score) -> str:
        direct = self._links.targets[node]
        if not direct:
            return "feeds no other open item" if node in self._links.loops else "feeds no open item"
        named = self._few(direct, len(direct))
        beyond = score.reach - len(direct)
        if not beyond:
            return f"feeds {in_a_row(named)}"
        through = "it" if len(direct) == 1 else "them"
        return f"feeds {', '.join(named)} and, through {through}, {self._beyond(node, beyond, cut=score.cut)}"

    def _beyond(self, node: int, number: int, *, cut: bool) -> str:
        """What an item reaches over others."""
        if number > MOST:
            return f"{'at least ' if cut else ''}{number} more"
        reached = nearest(node, self._links.targets)
        return in_a_row(self._few((each for each, (distance, _) in reached.items() if distance > 1), number))

    def _few(self, nodes: Iterable[int], number: int) -> list[str]:
        return few((self._keys[node] for node in nodes), number)
