"""The register, its categories and their counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from store.enums import Flag

if TYPE_CHECKING:
    from datetime import date, datetime

    from store.enums import SavedKind, Severity
    from store.formats.document.model import CadenceEntry


@dataclass(frozen=True, slots=True)
class Counts:
    """How many items stand where."""

    open: int = 0
    in_progress: int = 0
    mitigated: int = 0
    accepted: int = 0

    @property
    def total(self) -> int:
        """All items."""
        return self.open + self.in_progress + self.mitigated + self.accepted

    @property
    def unresolved(self) -> int:
        """Open or In Progress."""
        return self.open + self.in_progress


@dataclass(frozen=True, slots=True)
class CategoryRow:
    """A category with its counts; `high`, `medium`, `low` count its unresolved items."""

    code: str
    name: str
    definition: str | None
    counts: Counts
    high: int = 0
    medium: int = 0
    low: int = 0


@dataclass(frozen=True, slots=True)
class RegisterRow:
    """The register's own facts; `last_change` is the newest change's time (aware, UTC).

    `mitigate_within` and `accept_for` are days by severity, of those alone that have any.
    """

    title: str
    extends: str | None
    system: str | None
    last_updated: date | None
    purpose: str | None
    note: str | None
    project_total: int | None
    cadence: tuple[CadenceEntry, ...]
    document_path: str | None
    version: int
    last_change: datetime | None = None
    mitigate_within: tuple[tuple[Severity, int], ...] = ()
    accept_for: tuple[tuple[Severity, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Summary:
    """What the screen's frame shows: the register, every category, the totals, and how many items have which flag."""

    register: RegisterRow
    categories: tuple[CategoryRow, ...]
    total: CategoryRow
    flagged: tuple[tuple[Flag, int], ...] = ()

    @property
    def escalated(self) -> int:
        """The items that break a rule."""
        return dict(self.flagged).get(Flag.ESCALATED, 0)


@dataclass(frozen=True, slots=True)
class Known:
    """What forms propose: owners and components in use, most used first."""

    owners: tuple[str, ...]
    components: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SavedRow:
    """A query with a name: a view or a rule."""

    kind: SavedKind
    name: str
    query: str
