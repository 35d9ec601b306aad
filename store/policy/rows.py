"""What the policy of a register finds: broken rules, acceptances, owners."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import date, datetime

    from store.enums import Flag, Severity, Status

AcceptedState = Literal["none", "ending", "ended"]


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A rule: the keys of the items that break it, and of those of which one cannot tell, in document order.

    `builtin`: it comes with the program. `problem` says why a rule finds nothing that is not understood; or empty.
    """

    name: str
    query: str
    broken: tuple[str, ...] = ()
    untold: tuple[str, ...] = ()
    builtin: bool = False
    problem: str = ""


@dataclass(frozen=True, slots=True)
class FoundRow:
    """An item that a rule found, as lists show it."""

    key: str
    lead: str
    severity: Severity
    status: Status
    owner: str | None
    flags: frozenset[Flag] = frozenset()


@dataclass(frozen=True, slots=True)
class CheckRows:
    """What all rules found; `items` by key. `recorded` and `cleared` are pairs of key and rule new to the trail."""

    rules: tuple[RuleRow, ...]
    items: dict[str, FoundRow]
    recorded: tuple[tuple[str, str], ...] = ()
    cleared: tuple[tuple[str, str], ...] = ()

    @property
    def is_broken(self) -> bool:
        """Whether any rule is broken or not understood; one of which one cannot tell is not broken."""
        return any(rule.broken or rule.problem for rule in self.rules)


@dataclass(frozen=True, slots=True)
class AcceptedRow:
    """An accepted item: by whom, why, since when (UTC), until which day at most.

    `state`: "ended" from the day after `until` on, "ending" in the last 14 days, else "none". `days` are those left,
    below zero where it ended; None without an end.
    """

    key: str
    lead: str
    severity: Severity
    category: str
    by: str | None
    why: str | None
    since: datetime
    until: date | None
    state: AcceptedState
    days: int | None


@dataclass(frozen=True, slots=True)
class OwnerRow:
    """An owner, None for nobody, with their items: all, unresolved, of these High, escalated and overdue.

    `oldest_days` is the age of the oldest unresolved one, at least so much where `oldest_at_least`.
    """

    owner: str | None
    items: int
    open: int
    high: int
    escalated: int
    overdue: int
    oldest_days: int | None
    oldest_at_least: bool
