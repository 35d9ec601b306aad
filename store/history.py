"""The audit trail: what a verb records while it works, and who changed what last."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import func, insert
from sqlmodel import col, select

from store.models import Change

if TYPE_CHECKING:
    from datetime import datetime

    from sqlmodel import Session

    from store.models import Json


IMPORT, IMPORT_MAP = "import", "import-map"
IMPORTS = frozenset({IMPORT, IMPORT_MAP})
"""The verbs that read a file: a document is the template of exports from then on, a map alone is not."""


@dataclass(slots=True)
class Writer:
    """One verb at work: its session, and the recorder of its changes; everything it records is one batch."""

    session: Session
    verb: str
    actor: str
    time: datetime
    note: str | None = None
    reverses: int | None = None
    batch: int | None = None
    _changes: list[dict[str, object]] = field(default_factory=list)

    def record(
        self,
        entity: str,
        entity_id: int,
        key: str,
        field: str | None,
        before: Json,
        after: Json,
        *,
        note: str | None = None,
    ) -> None:
        """Note that `field` of a row (None: the whole row) went from `before` to `after`."""
        if self.batch is None:
            self.batch = (self.session.exec(select(func.max(Change.batch))).one() or 0) + 1
        self._changes.append(
            {
                "time": self.time,
                "actor": self.actor,
                "batch": self.batch,
                "reverses": self.reverses,
                "verb": self.verb,
                "entity": entity,
                "entity_id": entity_id,
                "key": key,
                "field": field,
                "before": before,
                "after": after,
                "note": self.note if note is None else note,
            }
        )

    def flush(self) -> None:
        """Write rows, then the changes recorded so far."""
        self.session.flush()
        if self._changes:
            self.session.execute(insert(Change), self._changes)
            self._changes.clear()


def last_change(session: Session, entity: str, entity_id: int, field: str | None = None) -> Change | None:
    """The newest change of a row, or of one field of it (creating the row was a change of every field)."""
    query = select(Change).where(Change.entity == entity, Change.entity_id == entity_id)
    if field is not None:
        query = query.where((col(Change.field) == field) | (col(Change.field).is_(None) & (Change.verb != "comment")))
    return session.exec(query.order_by(col(Change.sequence).desc()).limit(1)).first()


def who_changed(session: Session, entity: str, entity_id: int, field: str | None = None) -> str:
    """Who changed a row or a field last, `somebody` where the trail does not say."""
    change = last_change(session, entity, entity_id, field)
    return change.actor if change else "somebody"
