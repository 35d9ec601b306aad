"""The audit log: its changes, the hash chain over them, and the unit of work that appends to it."""

from __future__ import annotations

import json
import os
import pwd
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count, islice
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from store.db.bulk import CHUNK, Staged
from store.errors import RegisterError

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from sqlmodel import Session

    from store.db.reader import Reader
    from store.models import Json

IMPORT, IMPORT_MAP, RESTORE = "import", "import-map", "restore"
ESCALATE, CLEAR = "escalate", "clear"
INGEST = "ingest"
MONITOR = "monitor:"
"""How the actor begins who records what a monitor reports."""
REMARKS = ("comment", RESTORE, ESCALATE, CLEAR)
"""The verbs whose changes say something and change no field."""
IMPORTS = frozenset({IMPORT, IMPORT_MAP})
"""The verbs that read a file: a document is the template of exports from then on, a map alone is not."""
NOT_UNDOABLE = ("create", "export", RESTORE, ESCALATE, CLEAR, INGEST, "start-review", "end-review", "reopen-review")
"""The verbs that undo passes over: what they did is outside the register, or is a record of what happened."""
GENESIS = "0" * 64
"""The digest that the first change continues."""
_BATCH_SIZE = 2_000


class Head(NamedTuple):
    """The newest change: its sequence (0 without any) and its digest, 64 hexadecimal digits.

    A digest that was noted elsewhere proves later that everything up to that change is unaltered.
    """

    sequence: int = 0
    digest: str = GENESIS


class Done(NamedTuple):
    """What a command did: a sentence for people, the keys it changed and its batch (None if nothing changed).

    `undoable`: whether `undo` reverts it. `cleared`: the fields that it cleared without being asked to.
    """

    message: str
    keys: tuple[str, ...] = ()
    batch: int | None = None
    undoable: bool = False
    cleared: tuple[str, ...] = ()


class LogEntry(NamedTuple):
    """One change as the database stores it, not decoded: JSON and times are texts."""

    sequence: int
    time: object
    actor: object
    batch: object
    reverses: object
    verb: object
    entity: object
    entity_id: object
    key: object
    field: object
    before: object
    after: object
    note: object
    digest: object

    def expected_digest(self, previous: str) -> str:
        """SHA-256 of the JSON array of the previous digest and the DIGESTED columns, as hexadecimal digits."""
        # What only verifying and writing need takes a millisecond to load.
        from hashlib import sha256

        return sha256(digest_text([previous, *self[:-1]]).encode()).hexdigest()


DIGESTED = LogEntry._fields[:-1]
"""The columns that a digest covers, in this order."""


class ChangeRecord(NamedTuple):
    """One change, decoded; `store.models.Change` documents its columns."""

    sequence: int
    time: datetime
    actor: str
    batch: int
    reverses: int | None
    verb: str
    entity: str
    entity_id: int
    key: str
    field: str | None
    before: Json
    after: Json
    note: str | None


compact_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
"""A value as the JSON text that the database stores."""
# A value of a type that no change holds is digested as its repr, which matches nothing that was ever written.
digest_text = json.JSONEncoder(separators=(",", ":"), default=repr).encode


def stored_time(moment: datetime) -> str:
    """A time as the database stores it: UTC, to the microsecond."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


HEAD = "select sequence, digest from change order by sequence desc limit 1"
FIRST_DIGEST = "select digest from change order by sequence limit 1"
LAST_BATCH = "select batch from change order by sequence desc limit 1"
READ_BACK = {
    name: f"cast(change.{name} as text)" if name in ("before", "after") else f"change.{name}"
    for name in LogEntry._fields
}
"""What reads each column of a LogEntry: the database may store JSON as a number."""
ENTRIES = f"select {', '.join(READ_BACK.values())} from change where sequence > :after order by sequence"
CHANGES = f"select {', '.join(f'change.{name}' for name in ChangeRecord._fields)} from change"
"""The start of a statement that finds ChangeRecords."""
UNDONE_BATCHES = """
select undoing.reverses from change as undoing
where undoing.reverses is not null and undoing.verb = 'undo'
  and not exists (select 1 from change as redone where redone.reverses = undoing.batch)
"""
"""The batches that are undone now: reversed by an undo that no redo reversed. The index on `reverses` finds them."""
IS_UNDONE = """
exists (
    select 1 from change as undoing
    where undoing.reverses = change.batch and undoing.verb = 'undo'
      and not exists (select 1 from change as redone where redone.reverses = undoing.batch)
)
"""
"""Whether a row of `change` is undone now; cheaper than UNDONE_BATCHES for a few changes."""
SETS_FIELD = f"""
(change.field = :field or (change.field is null and change.verb not in {REMARKS}))
"""
"""Whether a row of `change` sets a field; creating or removing the whole row does, too."""
OF_ROW = "change.entity = :entity and change.entity_id = :entity_id"
LAST_CHANGE = f"{CHANGES} where {OF_ROW} order by change.sequence desc limit 1"
LAST_CHANGE_OF_FIELD = f"{CHANGES} where {OF_ROW} and {SETS_FIELD} order by change.sequence desc limit 1"


def head(reader: Reader) -> Head:
    """The newest change."""
    return reader.first(HEAD, row=Head) or Head()


def identity(reader: Reader) -> str | None:
    """What every copy of a register shares with it and no other register has: the digest of its first change."""
    found: str | None = reader.value(FIRST_DIGEST)
    return found


def entries(reader: Reader) -> Iterator[LogEntry]:
    """All changes, in order."""
    # A damaged log may hold sequences below zero.
    after = -(2**63)
    while found := entries_after(reader, after):
        yield from found
        after = found[-1].sequence


def entries_after(reader: Reader, sequence: int) -> list[LogEntry]:
    """The changes after a sequence, as many as are read at a time; empty at the end."""
    rows = reader.tuples(f"{ENTRIES} limit {_BATCH_SIZE}", {"after": sequence})
    return [LogEntry(*row) for row in rows]


def last_change(reader: Reader, entity: str, entity_id: int, field: str | None = None) -> ChangeRecord | None:
    """The newest change of a row, or of one of its fields (creating the row changed every field)."""
    asked = {"entity": entity, "entity_id": entity_id, "field": field}
    return reader.first(LAST_CHANGE if field is None else LAST_CHANGE_OF_FIELD, asked, row=ChangeRecord)


def who_changed(reader: Reader, entity: str, entity_id: int, field: str | None = None) -> str:
    """The actor of `last_change`, `someone` where the log has none."""
    change = last_change(reader, entity, entity_id, field)
    return change.actor if change else "someone"


def current_actor() -> str:
    """The real user's name; through sudo as `root via ana`, with $AI_DEBT_ACTOR as `ana (bo)`.

    It is attribution, not proof: whoever can write a shared file can write any name into it.
    """
    uid = os.getuid()
    try:
        name = pwd.getpwuid(uid).pw_name
    except KeyError:
        name = f"uid {uid}"
    via = _one_line(os.environ.get("SUDO_USER", ""))
    if via and via != name:
        name = f"{name} via {via}"
    claimed = _one_line(os.environ.get("AI_DEBT_ACTOR", ""))
    return f"{name} ({claimed})" if claimed else name


def _one_line(text: str) -> str:
    """A name from the environment as text that any database and encoding can hold, 60 characters at most."""
    readable = text.encode("utf-8", "replace").decode()
    return " ".join("".join(c if c.isprintable() else " " for c in readable).split())[:60]


class PreparedChange(NamedTuple):
    """A change, as far as it is known before the write lock is held: its columns, and the end of its digest's text."""

    values: tuple[object, ...]
    text: str


class LogBatch(NamedTuple):
    """What the changes of a batch share: the time as the database stores it, who made them, and the batch's number."""

    time: str
    actor: str
    number: int


class StagedChanges(Staged):
    """Prepared changes, staged before others have to wait for the write lock."""

    # Such a column stores the JSON text of a number as a number.
    TYPES: ClassVar[Mapping[str, str]] = {"before": "json", "after": "json"}

    def __init__(self, changes: Sequence[PreparedChange]) -> None:
        super().__init__(PREPARED, (change.values for change in changes), len(changes))
        self.changes = changes

    def stage(self, connection: sqlite3.Connection) -> None:
        """Create and fill the table if that pays. Raises RegisterError where it does not hold what it was given."""
        super().stage(connection)
        if self.is_filled:
            columns = ", ".join(READ_BACK[name] for name in PREPARED)
            stored = connection.execute(f"select {columns} from {self.name} as change order by rowid").fetchall()
            if stored != [change.values for change in self.changes]:
                raise _not_as_meant()

    def copy(self, reader: Reader, after: Head, batch: LogBatch) -> None:
        """Link the changes to the newest one, and copy them to the log."""
        chain = list(digests(self.changes, after, batch))
        asked = {"after": after.sequence, **batch._asdict(), "digests": compact_json(chain)}
        reader.connection.execute(COPY_CHANGES.format(staged=self.name), asked)
        if head(reader) != (after.sequence + len(chain), chain[-1]):
            raise _not_as_meant()


Changes = list[PreparedChange] | StagedChanges | Iterator[PreparedChange]


def digests(changes: Iterable[PreparedChange], after: Head, batch: LogBatch) -> Iterator[str]:
    """The digests of changes that continue `after`, each with the digest of the one before it in its own."""
    # What only verifying and writing need takes a millisecond to load.
    from hashlib import sha256

    previous = digest_text(after.digest)
    # The text of LogEntry.expected_digest, most of which was prepared.
    middle = digest_text(batch)[1:-1]
    for sequence, change in enumerate(changes, after.sequence + 1):
        digest = sha256(f"[{previous},{sequence},{middle},{change.text}".encode()).hexdigest()
        previous = f'"{digest}"'
        yield digest


INSERT_CHANGE = f"insert into change ({', '.join(LogEntry._fields)}) values ({', '.join('?' * len(LogEntry._fields))})"
PREPARED = LogEntry._fields[4:-1]
"""The columns of a change that are known before the write lock is held."""
COPY_CHANGES = f"""
insert into change ({", ".join(LogEntry._fields)})
select :after + staged.rowid, :time, :actor, :number, {", ".join(f"staged.{name}" for name in PREPARED)}, digest.value
from json_each(:digests) as digest cross join {{staged}} as staged on staged.rowid = digest.key + 1
"""


def prepare_change(
    verb: str,
    entity: str,
    entity_id: int,
    key: str,
    field: str | None,
    before: Json,
    after: Json,
    *,
    note: str | None = None,
    reverses: int | None = None,
) -> PreparedChange:
    """The change that `UnitOfWork.record` records, with as much of its digest as can be computed now."""
    old, new = (None if value is None else compact_json(value) for value in (before, after))
    values = (reverses, verb, entity, entity_id, key, field, old, new, note)
    return PreparedChange(values, digest_text(values)[1:])


class UnitOfWork:
    """One command: its session, and its changes, which become one batch of the log.

    `time` is aware. `batch` is set with the first change. `reverses` is the batch that an undo or redo reverses.
    """

    def __init__(
        self,
        reader: Reader,
        make_session: Callable[[], Session],
        *,
        verb: str,
        actor: str,
        time: datetime,
        note: str | None,
        reverses: int | None,
    ) -> None:
        self._reader = reader
        self._make_session = make_session
        self._session: Session | None = None
        self.verb = verb
        self.actor = actor
        self.time = time.astimezone(UTC)
        self.note = note
        self.reverses = reverses
        self.batch: int | None = None
        self.has_written = False
        """Whether there is anything to commit."""
        self._changes: list[Changes] = []

    @property
    def session(self) -> Session:
        """A session in the transaction; a command that only writes SQL needs none, and loads no models."""
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
        """Record that `field` of a row (None: the whole row) changed from `before` to `after`."""
        note = self.note if note is None else note
        change = prepare_change(
            self.verb, entity, entity_id, key, field, before, after, note=note, reverses=self.reverses
        )
        self.record_prepared([change])

    def record_prepared(self, changes: Changes) -> None:
        """Record changes of this verb, at least one, that were prepared or are when they are written."""
        if self.batch is None:
            # The write lock is held: no one else appends to the log until this is committed.
            self.batch = (self.reader.value(LAST_BATCH) or 0) + 1
            self.has_written = True
        last = self._changes[-1] if self._changes else None
        if isinstance(last, list) and isinstance(changes, list):
            last += changes
        else:
            self._changes.append(changes)

    def commit_unrecorded(self) -> None:
        """Commit even if no change is recorded."""
        self.has_written = True

    def done(self, message: str, keys: tuple[str, ...] = (), *, cleared: tuple[str, ...] = ()) -> Done:
        """The result of this command; it says whether `undo` takes it back."""
        undoable = self.batch is not None and self.verb not in ("undo", *NOT_UNDOABLE)
        return Done(message, keys, self.batch, undoable, cleared)

    def flush(self) -> None:
        """Write rows, then the changes recorded so far, each linked to the one before it.

        Raises RegisterError where the database then holds something else than what was recorded.
        """
        reader, newest = self.reader, head(self.reader)
        batch = LogBatch(stored_time(self.time), self.actor, self.batch or 0)
        for changes in self._changes:
            if isinstance(changes, StagedChanges) and changes.is_filled:
                changes.copy(reader, newest, batch)
                newest = head(reader)
                continue
            unwritten = iter(changes.changes if isinstance(changes, StagedChanges) else changes)
            while chunk := list(islice(unwritten, CHUNK)):
                linked = zip(count(newest.sequence + 1), chunk, digests(chunk, newest, batch), strict=False)
                rows = [(sequence, *batch, *change.values, digest) for sequence, change, digest in linked]
                reader.connection.executemany(INSERT_CHANGE, rows)
                if reader.connection.execute(ENTRIES, {"after": newest.sequence}).fetchall() != rows:
                    raise _not_as_meant()
                newest = head(reader)
        self._changes.clear()


def _not_as_meant() -> RegisterError:
    return RegisterError("the audit log did not store this change as intended", "nothing was changed; report this")
