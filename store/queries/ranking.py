"""What an item counts for when items are ranked: its share of the projects, and its place among the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.enums import Severity

if TYPE_CHECKING:
    from store.graph.scores import Score

_SEVERITIES = list(Severity)


def share_of(percent: float | None, count: int | None, projects: int | None) -> float | None:
    """The percentage of projects that an item affects, as far as the register says."""
    if percent is not None:
        return percent
    if count is None or not projects:
        return None
    return 100 * count / projects


def place_of(node: int, score: Score, share: float | None, severity: Severity) -> tuple[int, bool, float, int, int]:
    """What sorts items: highest score first, then share of projects, severity, document order."""
    return -score.units, share is None, -(share or 0), _SEVERITIES.index(severity), node
