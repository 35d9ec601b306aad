"""The audit log: what a unit of work records, who did it, and the hash chain over it."""

from __future__ import annotations

import hashlib
import json
import os
import pwd
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING, Any

from sqlalchemy import Text, cast, insert, type_coerce
from sqlalchemy import select as columns
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from store.errors import RegisterError
from store.models import Change
from store.queries.rows import Done

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sqlalchemy import ColumnElement, Label, Select
    from sqlmodel import Session

    from store.models import Json


START = "0" * 64
"""What stands for the digest before the first change."""
LINKED = (
    "sequence", "time", "actor", "batch", "reverses", "verb", "entity", "entity_id", "key", "field",
    "before", "after", "note",
)  # fmt: skip
"""The columns that a digest covers, in this order, behind the digest before."""
_AT_A_TIME = 2_000


@dataclass(frozen=True, slots=True)
class Head:
    """The newest change: its sequence (0 where nothing changed yet) and its digest, 64 hexadecimal digits.

    Whoever keeps a digest elsewhere can tell later whether everything up to that change is still as it was.
    """

    sequence: int = 0
    digest: str = START


@dataclass(frozen=True, slots=True)
class Link:
    """One change as the database keeps it, unread: `values` by the names of LINKED, JSON as text."""

    sequence: int
    values: Mapping[str, object]
    digest: object

    def expected(self, previous: str) -> str:
        """The digest that this change must carry behind `previous`."""
        return digest(previous, self.values)


def compact(value: object) -> str:
    """A value as the JSON text that the database keeps."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def stored(value: Json) -> str | None:
    """A value of a change as the database keeps it."""
    return None if value is None else compact(value)


def stored_time(moment: datetime) -> str:
    """A time of a change as the chain reads it: UTC, to the microsecond."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


def digest(previous: str, values: Mapping[str, object]) -> str:
    """SHA-256 of the JSON array of the digest before and the values of LINKED, as hexadecimal digits."""
    # What is of no type that a change holds is told by its look: that is never what was written.
    text = json.dumps([previous, *(values[name] for name in LINKED)], separators=(",", ":"), default=repr)
    return hashlib.sha256(text.encode()).hexdigest()


def head(session: Session) -> Head:
    """The newest change."""
    query = columns(col(Change.sequence), col(Change.digest)).order_by(col(Change.sequence).desc()).limit(1)
    found = session.execute(query).first()
    return Head(found[0], found[1]) if found else Head()


def identity(session: Session) -> str | None:
    """What no two registers share and every copy keeps: the digest of the first change; None while there is none."""
    found: str | None = session.scalars(columns(col(Change.digest)).order_by(col(Change.sequence)).limit(1)).first()
    return found


def links(session: Session, *, after: int | None = None) -> Iterator[Link]:
    """The changes in their order, those behind `after` or all of them."""
    while found := some_links(session, after):
        yield from found
        if len(found) < _AT_A_TIME:
            return
        after = found[-1].sequence


def some_links(session: Session, after: int | None = None) -> list[Link]:
    """The first changes behind `after`, or of all, as many as are read at a time."""
    raw: list[Label[str]] = [_raw(name) for name in (*LINKED, "digest")]
    query = columns(*raw).order_by(col(Change.sequence)).limit(_AT_A_TIME)
    if after is not None:
        query = query.where(col(Change.sequence) > after)
    found = []
    for row in session.execute(query):
        values = dict(zip(LINKED, row[:-1], strict=True))
        if isinstance(moment := values["time"], datetime):
            values["time"] = stored_time(moment)
        found.append(Link(int(row[0]), values, row[-1]))
    return found


def _raw(name: str) -> Label[str]:
    """A column as it is kept: JSON is not parsed, and on SQLite a time neither."""
    column = col(getattr(Change, name))
    labelled = cast(column, Text) if name in ("before", "after") else type_coerce(column, Text)
    return labelled.label(name)


IMPORT, IMPORT_MAP, RESTORE = "import", "import-map", "restore"
ESCALATE, CLEAR = "escalate", "clear"
TOLD = ("comment", RESTORE, ESCALATE, CLEAR)
"""The verbs whose changes say something and change no field."""
IMPORTS = frozenset({IMPORT, IMPORT_MAP})
"""The verbs that read a file: a document is the template of exports from then on, a map alone is not."""
NOT_UNDOABLE = ("create", "export", RESTORE, ESCALATE, CLEAR, "start-review", "end-review", "reopen-review")
"""The verbs that undo passes over: what they did is outside the register, or is a record of what happened."""


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
            self._head = head(self.session)
            last = self.session.get(Change, self._head.sequence)
            self.batch = (last.batch if last else 0) + 1
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
            change["digest"] = digest(self._head.digest, change | kept)
            self._head = Head(sequence, change["digest"])
        self.session.execute(insert(Change), self._changes)
        self._changes.clear()
        self._read_back(before)

    def _read_back(self, before: Head) -> None:
        """Look at what was written as somebody who verifies the trail will."""
        reached = before
        for link in links(self.session, after=before.sequence):
            if link.digest != link.expected(reached.digest):
                break
            reached = Head(link.sequence, str(link.digest))
        if reached != self._head:
            raise RegisterError(
                "the trail did not take this change as it was meant", "nothing was changed; report this"
            )


def sets(field: str) -> ColumnElement[bool]:
    """What changes a field: making or removing its row does, too."""
    return (col(Change.field) == field) | (col(Change.field).is_(None) & col(Change.verb).not_in(TOLD))


def last_change(session: Session, entity: str, entity_id: int, field: str | None = None) -> Change | None:
    """The newest change of a row, or of one field of it (creating the row was a change of every field)."""
    query = select(Change).where(Change.entity == entity, Change.entity_id == entity_id)
    if field is not None:
        query = query.where(sets(field))
    return session.exec(query.order_by(col(Change.sequence).desc()).limit(1)).first()


def who_changed(session: Session, entity: str, entity_id: int, field: str | None = None) -> str:
    """Who changed a row or a field last, `somebody` where the trail does not say."""
    change = last_change(session, entity, entity_id, field)
    return change.actor if change else "somebody"


def acting() -> str:
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
    """A name from the environment as text any store and encoding can carry, 60 characters at most."""
    readable = text.encode("utf-8", "replace").decode()
    return " ".join("".join(c if c.isprintable() else " " for c in readable).split())[:60]


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


def in_effect(changes: Sequence[Change]) -> list[Change]:
    """The changes that no later one of them took back, in their order.

    An undo, or a redo, of something older than all of them is a change like any other.
    """
    batches = {change.batch: change.reverses for change in changes}
    taken_back: set[int] = set()
    for batch in sorted(batches, reverse=True):
        reverses = batches[batch]
        if reverses is not None and reverses in batches and batch not in taken_back:
            taken_back.add(reverses)
    return [change for change in changes if change.batch not in taken_back and change.reverses not in batches]
