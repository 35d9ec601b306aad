"""A unit of work: the changes of one command, recorded in the audit log as one batch."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import Integer, text

from store.audit.log import LINKED, LINKS, NOT_UNDOABLE, UNDONE_BATCHES, Head, head, linked_text, stored, stored_time
from store.errors import RegisterError
from store.queries.rows import Done

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy.sql.selectable import TextualSelect
    from sqlmodel import Session

    from store.db.reader import Reader
    from store.models import Json


LAST_BATCH = "select batch from change order by sequence desc limit 1"


@dataclass(slots=True)
class PreparedChange:
    """One change, as far as it is known before the write lock is held."""

    values: tuple[object, ...]
    """Those of the columns _KNOWN, as the database keeps them."""
    linked: str
    """The end of the text that the digest is made of: from `reverses` on."""


_KNOWN = ("reverses", "verb", "entity", "entity_id", "key", "field", "before", "after", "note")
assert ("sequence", "time", "actor", "batch", *_KNOWN) == LINKED
_ADD = f"""
insert into change (sequence, time, actor, batch, {", ".join(_KNOWN)}, digest)
values ({", ".join("?" * (len(_KNOWN) + 5))})
"""
Recorded = tuple[str, int, str, str | None, "Json", "Json", str | None]
"""Entity, its id, its key, the field (None: the whole row), before, after, note."""


@dataclass(slots=True)
class UnitOfWork:
    """One command at work: its session, and the recorder of its changes; everything it records is one batch."""

    _reader: Reader
    _make_session: Callable[[], Session]
    verb: str
    actor: str
    time: datetime
    note: str | None = None
    reverses: int | None = None
    batch: int | None = None
    _changes: list[PreparedChange] = field(default_factory=list)
    _head: Head = field(default_factory=Head)
    _keeps: bool = False
    _session: Session | None = None

    def __post_init__(self) -> None:
        """Times are kept in UTC, whatever zone the clock is in."""
        self.time = self.time.astimezone(UTC)

    @property
    def session(self) -> Session:
        """A session in the transaction; what only writes plain SQL needs none, and loads no models."""
        if self._session is None:
            self._session = self._make_session()
        return self._session

    @property
    def reader(self) -> Reader:
        """The reader of the transaction; what the session has changed is written first."""
        if self._session is not None:
            self._session.flush()
        return self._reader

    def close(self) -> None:
        """Close the session; what it did not write is forgotten."""
        if self._session is not None:
            self._session.close()

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
        note = self.note if note is None else note
        known = (entity, entity_id, key, field, before, after, note)
        self.record_prepared([prepared(self.verb, known, reverses=self.reverses)])

    def record_prepared(self, changes: Sequence[PreparedChange]) -> None:
        """Note changes that were prepared for this verb."""
        if changes and self.batch is None:
            # The write lock is held: nobody else adds to the trail until this is committed.
            reader = self.reader
            self._head = head(reader)
            self.batch = (reader.value(LAST_BATCH) or 0) + 1
        self._changes += changes

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
        reader = self.reader
        if not self._changes:
            return
        # The digest's text is that of `digest`, of which most was prepared.
        time = stored_time(self.time)
        start = linked_text([time, self.actor, self.batch])[1:-1]
        before, previous, rows = self._head, self._head.digest, []
        for sequence, change in enumerate(self._changes, before.sequence + 1):
            said = f"[{linked_text(previous)},{sequence},{start},{change.linked}"
            previous = hashlib.sha256(said.encode()).hexdigest()
            rows.append((sequence, time, self.actor, self.batch, *change.values, previous))
        self._head = Head(before.sequence + len(rows), previous)
        reader.connection.executemany(_ADD, rows)
        self._changes.clear()
        self._read_back(before, rows)

    def _read_back(self, before: Head, rows: Sequence[tuple[object, ...]]) -> None:
        """Look at what was written as somebody who verifies the trail will."""
        found = self._reader.tuples(LINKS, {"after": before.sequence})
        if found != rows:
            raise RegisterError(
                "the trail did not take this change as it was meant", "nothing was changed; report this"
            )


def prepared(verb: str, recorded: Recorded, *, reverses: int | None = None) -> PreparedChange:
    """A change of a verb, with as much of its digest as can be made now."""
    entity, entity_id, key, name, before, after, note = recorded
    values = (reverses, verb, entity, entity_id, key, name, stored(before), stored(after), note)
    return PreparedChange(values, linked_text(values)[1:])


def undone() -> TextualSelect:
    """UNDONE_BATCHES, for a statement of SQLAlchemy."""
    return text(UNDONE_BATCHES).columns(reverses=Integer())
