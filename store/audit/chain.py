"""The chain over the audit trail: every change carries a SHA-256 over itself and the digest of the change before it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import Text, cast, type_coerce
from sqlalchemy import select as columns
from sqlmodel import col

from store.models import Change

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sqlalchemy import Label
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
