"""The audit log: what a unit of work records, who did it, and the hash chain over it."""

from __future__ import annotations

import hashlib
import json
import os
import pwd
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from store.db.reader import Reader
    from store.models import Json


START = "0" * 64
"""What stands for the digest before the first change."""
_AT_A_TIME = 2_000
_BEFORE_ALL = -(2**63)


class Head(NamedTuple):
    """The newest change: its sequence (0 where nothing changed yet) and its digest, 64 hexadecimal digits.

    Whoever keeps a digest elsewhere can tell later whether everything up to that change is still as it was.
    """

    sequence: int = 0
    digest: str = START


class Link(NamedTuple):
    """One change as the database keeps it, not decoded: JSON and times as texts."""

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

    def expected(self, previous: str) -> str:
        """The digest that this change must carry behind `previous`."""
        return digest(previous, self[:-1])


LINKED = Link._fields[:-1]
"""The columns that a digest covers, in this order, behind the digest before."""


class ChangeRecord(NamedTuple):
    """One entry of the audit log, decoded; `store.models.Change` says what its columns mean."""

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


CHANGES = f"select {', '.join(f'change.{name}' for name in ChangeRecord._fields)} from change"
"""The start of a statement that finds ChangeRecords."""

_compact = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
# A value of a type that no change holds goes in by its repr: that is never what was written.
linked_text = json.JSONEncoder(separators=(",", ":"), default=repr).encode


def compact(value: object) -> str:
    """A value as the JSON text that the database keeps."""
    return _compact(value)


def stored(value: Json) -> str | None:
    """A value of a change as the database keeps it."""
    return None if value is None else compact(value)


def stored_time(moment: datetime) -> str:
    """A time of a change as the chain reads it: UTC, to the microsecond."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


def digest(previous: str, values: Iterable[object]) -> str:
    """SHA-256 of the JSON array of the digest before and the values of LINKED, as hexadecimal digits."""
    text = linked_text([previous, *values])
    return hashlib.sha256(text.encode()).hexdigest()


HEAD = "select sequence, digest from change order by sequence desc limit 1"
FIRST_DIGEST = "select digest from change order by sequence limit 1"
LINKS = f"""
select {", ".join(f"cast({name} as text)" if name in ("before", "after") else name for name in LINKED)}, digest
from change where sequence > :after order by sequence"""
_SOME_LINKS = f"{LINKS} limit {_AT_A_TIME}"


def head(reader: Reader) -> Head:
    """The newest change."""
    return reader.first(HEAD, row=Head) or Head()


def identity(reader: Reader) -> str | None:
    """What no two registers share and every copy keeps: the digest of the first change; None while there is none."""
    found: str | None = reader.value(FIRST_DIGEST)
    return found


def links(reader: Reader, *, after: int | None = None) -> Iterator[Link]:
    """The changes in their order, those behind `after` or all of them."""
    while found := some_links(reader, after):
        yield from found
        if len(found) < _AT_A_TIME:
            return
        after = found[-1].sequence


def some_links(reader: Reader, after: int | None = None) -> list[Link]:
    """The first changes behind `after`, or of all, as many as are read at a time."""
    return [Link(*row) for row in reader.tuples(_SOME_LINKS, {"after": _BEFORE_ALL if after is None else after})]


IMPORT, IMPORT_MAP, RESTORE = "import", "import-map", "restore"
ESCALATE, CLEAR = "escalate", "clear"
REMARKS = ("comment", RESTORE, ESCALATE, CLEAR)
"""The verbs whose changes say something and change no field."""
IMPORTS = frozenset({IMPORT, IMPORT_MAP})
"""The verbs that read a file: a document is the template of exports from then on, a map alone is not."""
NOT_UNDOABLE = ("create", "export", RESTORE, ESCALATE, CLEAR, "start-review", "end-review", "reopen-review")
"""The verbs that undo passes over: what they did is outside the register, or is a record of what happened."""
UNDONE_BATCHES = """
SELECT undoing.reverses FROM change AS undoing
WHERE undoing.reverses IS NOT NULL AND undoing.verb = 'undo'
  AND NOT EXISTS (SELECT 1 FROM change AS redone WHERE redone.reverses = undoing.batch)
"""
"""The batches that are undone now: reversed by an undo that no redo reversed. Few entries reverse anything."""


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
"""Whether a row of `change` sets a field: making or removing the whole row does, too."""
OF_ROW = "change.entity = :entity and change.entity_id = :entity_id"
LAST_CHANGE = f"{CHANGES} where {OF_ROW} order by change.sequence desc limit 1"
LAST_CHANGE_OF_FIELD = f"{CHANGES} where {OF_ROW} and {SETS_FIELD} order by change.sequence desc limit 1"


def last_change(reader: Reader, entity: str, entity_id: int, field: str | None = None) -> ChangeRecord | None:
    """The newest change of a row, or of one field of it (creating the row was a change of every field)."""
    asked = {"entity": entity, "entity_id": entity_id, "field": field}
    return reader.first(LAST_CHANGE if field is None else LAST_CHANGE_OF_FIELD, asked, row=ChangeRecord)


def who_changed(reader: Reader, entity: str, entity_id: int, field: str | None = None) -> str:
    """Who changed a row or a field last, `somebody` where the trail does not say."""
    change = last_change(reader, entity, entity_id, field)
    return change.actor if change else "somebody"
