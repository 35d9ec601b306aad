"""Where the items of a register stand at a moment: counts by status, and which rules are broken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.policy.escalation import escalated
from store.queries.overview import summary
from store.queries.register import Counts

if TYPE_CHECKING:
    from sqlmodel import Session

    from store.models import Json

Broken = dict[str, tuple[str, ...]]
"""Rules by the key of the item that breaks them."""
_STATUSES = ("open", "in_progress", "mitigated", "accepted")


def snapshot(session: Session) -> dict[str, Json]:
    """How things stand now, as a review keeps it."""
    counts = summary(session).total.counts
    broken = escalated(session)
    return {
        "counts": {name: getattr(counts, name) for name in _STATUSES},
        "escalated": [[key, list(rules)] for key, rules in broken.items()],
    }


def counts_in(kept: Json) -> Counts:
    """The counts of a snapshot."""
    counts = kept.get("counts") if isinstance(kept, dict) else None
    numbers = counts if isinstance(counts, dict) else {}
    return Counts(**{name: value for name in _STATUSES if isinstance(value := numbers.get(name), int)})


def escalated_in(kept: Json) -> Broken:
    """The broken rules of a snapshot."""
    listed = kept.get("escalated") if isinstance(kept, dict) else None
    found: Broken = {}
    for entry in listed if isinstance(listed, list) else ():
        match entry:
            case [str(key), list(rules)]:
                found[key] = tuple(str(rule) for rule in rules)
    return found
