"""The audit trail, who is there, and what a verb did."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One entry of the audit trail; `before` and `after` are texts as people read them."""

    sequence: int
    time: datetime
    actor: str
    batch: int
    verb: str
    entity: str
    key: str
    field: str | None
    before: str | None
    after: str | None
    note: str | None


@dataclass(frozen=True, slots=True)
class TrailRows:
    """The newest changes of a part of the trail; `older` counts those that are not among them."""

    changes: tuple[ChangeRow, ...]
    older: int


@dataclass(frozen=True, slots=True)
class News:
    """What the trail says since a change: its `newest` sequence, how many entries there are, the newest of them."""

    newest: int
    total: int
    changes: tuple[ChangeRow, ...]


@dataclass(frozen=True, slots=True)
class Presence:
    """Somebody who changed something, and when last (aware, UTC)."""

    actor: str
    time: datetime


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of an item or category: its `key` or code now, None where it was removed, and `by` whom."""

    key: str | None
    by: str


@dataclass(frozen=True, slots=True)
class Done:
    """What a verb did: a sentence for people, the keys it touched and its batch (None if nothing changed).

    `undoable`: whether `undo` takes it back. `cleared`: the fields that it emptied although nobody asked for that.
    """

    said: str
    keys: tuple[str, ...] = ()
    batch: int | None = None
    undoable: bool = False
    cleared: tuple[str, ...] = ()
