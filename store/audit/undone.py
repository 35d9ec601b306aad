"""Which batches of the trail are undone now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select as columns
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from store.models import Change

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Select


def undone() -> Select[int | None]:
    """The batches that are undone now: reversed by an undo that no redo reversed."""
    redone = aliased(Change)
    again = select(redone.sequence).where(redone.reverses == col(Change.batch)).exists()
    # Few entries reverse anything: the index on `reverses` finds them.
    reversing = columns(col(Change.reverses)).where(col(Change.reverses).is_not(None))
    return reversing.where(col(Change.verb) == "undo", ~again).distinct()


def is_undone() -> ColumnElement[bool]:
    """Whether a change is undone now; cheaper than `undone` for a few changes."""
    undoing, redone = aliased(Change), aliased(Change)
    again = select(redone.sequence).where(redone.reverses == undoing.batch).exists()
    found = select(undoing.sequence).where(undoing.reverses == col(Change.batch), undoing.verb == "undo", ~again)
    return found.exists()
