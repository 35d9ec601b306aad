"""What is held of marked items: the fields that many items can be given at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from store.enums import Effort, Severity, Status
    from store.fields import FieldValue


@dataclass(frozen=True, slots=True)
class HeldRow:
    """An item as it was when it was marked; its fields by their own names, the category by its code."""

    key: str
    version: int
    category: str
    severity: Severity
    status: Status
    status_note: str | None
    accepted_by: str | None
    accepted_until: date | None
    owner: str | None
    due_on: date | None
    effort: Effort | None
    opened_on: date | None


@dataclass(frozen=True, slots=True)
class WrittenRow:
    """What a batch left in the fields of an item, as far as `HeldRow` has them, and its version now."""

    key: str
    version: int
    values: Mapping[str, FieldValue]
