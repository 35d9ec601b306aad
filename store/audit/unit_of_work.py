"""A unit of work: the changes of one command, recorded in the audit log as one batch."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING, Any

from sqlalchemy import Integer, insert, text

from store.audit.log import LINKED, NOT_UNDOABLE, UNDONE_BATCHES, Head, digest, head, links, stored, stored_time
from store.db.reader import reader_of
from store.errors import RegisterError
from store.models import Change
from store.queries.rows import Done

if TYPE_CHECKING:
    from sqlalchemy.sql.selectable import TextualSelect
    from sqlmodel import Session

    from store.models import Json


LAST_BATCH = "select batch from change order by sequence desc limit 1"


@dataclass(slots=True)
class UnitOfWork:
    """One command at work: its session, and the recorder of its changes; everything it records is one batch."""

    session: Session
    verb: str
    actor: str
    time: datetime
    note: str | None = None
    reverses: int | None = None
    batch: int | None = None
    _changes: list[dict[str, Any]] = field(default_factory=list)
    _head: Head = field(default_factory=Head)
    _keeps: bool = False

    def __post_init__(self) -> None:
        """Times are kept in UTC, whatever zone the clock is in."""
        self.time = self.time.astimezone(UTC)

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
            # The write lock is held: nobody else adds to the trail until this is committed.
            reader = reader_of(self.session)
            self._head = head(reader)
            self.batch = (reader.value(LAST_BATCH) or 0) + 1
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

    def commit_unrecorded(self) -> None:
        """Commit even if nothing is recorded in the trail."""
        self._keeps = True

    @property
    def has_written(self) -> bool:
        """Whether there is something to commit."""
        return self._keeps or self.batch is not None

    def done(self, said: str, keys: tuple[str, ...] = (), *, cleared: tuple[str, ...] = ()) -> Done:
        """What this verb did; every verb tells it this way, so that none promises an undo that does not happen."""
        undoable = self.batch is not None and self.verb not in ("undo", *NOT_UNDOABLE)
        return Done(said, keys, self.batch, undoable, cleared)

    def flush(self) -> None:
        """Write rows, then the changes recorded so far, each linked to the one before it.

        Raises RegisterError when what the database then holds is not what was meant.
        """
        self.session.flush()
        if not self._changes:
            return
        before = self._head
        for sequence, change in zip(count(before.sequence + 1), self._changes, strict=False):
            change["sequence"] = sequence
            kept = {
                "time": stored_time(self.time),
                "before": stored(change["before"]),
                "after": stored(change["after"]),
            }
            values = change | kept
            change["digest"] = digest(self._head.digest, (values[name] for name in LINKED))
            self._head = Head(sequence, change["digest"])
        self.session.execute(insert(Change), self._changes)
        self._changes.clear()
        self._read_back(before)

    def _read_back(self, before: Head) -> None:
        """Look at what was written as somebody who verifies the trail will."""
        reached = before
        for link in links(reader_of(self.session), after=before.sequence):
            if link.digest != link.expected(reached.digest):
                break
            reached = Head(link.sequence, str(link.digest))
        if reached != self._head:
            raise RegisterError(
                "the trail did not take this change as it was meant", "nothing was changed; report this"
            )


def undone() -> TextualSelect:
    """UNDONE_BATCHES, for a statement of SQLAlchemy."""
    return text(UNDONE_BATCHES).columns(reverses=Integer())
