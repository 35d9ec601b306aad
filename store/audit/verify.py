"""Verifies that a register matches its audit log: the file, the hash chain, and every row."""

from __future__ import annotations

import hashlib
import sqlite3
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Literal, cast

from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import col, select

from store.audit.log import START, Link, links
from store.audit.replay import Replay
from store.audit.snapshots import edge_states, entity_of, id_of, item_states, key_of, plain_state, state_of
from store.db.errors import unreadable
from store.db.migrate import missing_guards
from store.fields import text_of
from store.models import Category, Decision, Document, FollowUp, RegisterFacts, Review, SavedQuery
from store.queries.items import plain_edges, plain_items

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from store.audit.snapshots import Plain, State
    from store.db.database import Database
    from store.db.reader import Reader
    from store.models import Json

MOST = 100
"""Findings after which nobody needs more of them."""
LEAST_DIGITS = 8
_UNREADABLE = (SQLAlchemyError, sqlite3.Error, LookupError, ValueError, TypeError, AttributeError, RecursionError)
_BY_ID = {"category": "id", "source": "id", "target": "id"}
"""Parts of a row that name another row: its id tells, the rest is how it was called."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong, as a sentence without its full stop.

    `sequence` is the change that is wrong or missing; `entity` and `key` name the row that does not say what the
    trail says.
    """

    kind: Literal["file", "chain", "content"]
    what: str
    sequence: int | None = None
    entity: str | None = None
    key: str | None = None
    field: str | None = None


def verify(db: Database, *, head: str | None = None) -> tuple[Finding, ...]:
    """What is wrong with a register, at most MOST findings: its file first, then the first wrong change, then rows.

    `head` is a digest that was noted earlier, or its first digits (8 at least): everything up to that change must
    still be there. Raises RegisterError for what cannot be opened or read at all.
    """
    with db.read() as session:
        return tuple(islice(_findings(session, head), MOST))


def _findings(session: Reader, head: str | None) -> Iterator[Finding]:
    try:
        yield from _file(session)
    except _UNREADABLE as error:
        yield Finding("file", f"the file cannot be read to its end ({_told(error)})")
    trail = _Trail()
    try:
        yield from trail.follow(session, head)
    except _UNREADABLE as error:
        yield Finding("chain", f"the trail cannot be read behind change {trail.last} ({_told(error)})", trail.last + 1)
    wrong = list(islice(_wrong(session), MOST))
    yield from wrong
    for kind in (_facts, _categories, _items, _edges, _queries, _reviews, _documents):
        try:
            yield from kind(session, trail)
        except _UNREADABLE as error:
            if not wrong:
                yield Finding("content", f"{kind.__name__.strip('_')} cannot be read ({_told(error)})")
    if not wrong:
        # Rows that cannot be read are not gone.
        yield from trail.left()


def _wrong(session: Reader) -> Iterator[Finding]:
    """Values that their columns cannot hold."""
    for each in unreadable(session.connection):
        yield Finding("content", each.what)


def _told(error: BaseException) -> str:
    return str(getattr(error, "orig", None) or error)


def _file(session: Reader) -> Iterator[Finding]:
    """What SQLite itself finds."""
    connection = session.connection
    for (said,) in connection.execute(f"PRAGMA integrity_check({MOST})"):
        if said != "ok":
            yield Finding("file", f"the file is damaged: {said}")
    for table, row, other, _ in connection.execute("PRAGMA foreign_key_check"):
        yield Finding("file", f"row {row} of {table} refers to a row of {other} that is not there")
    for name in missing_guards(connection.execute):
        yield Finding("file", f"the trigger {name} is gone, which keeps the trail from being changed")


@dataclass(slots=True)
class _Trail:
    """What every row must say by the trail, and which change said so last."""

    last: int = 0
    replay: Replay = field(default_factory=Replay)
    made: dict[tuple[str, int], int] = field(default_factory=dict)
    said: dict[tuple[str, int, str], int] = field(default_factory=dict)

    def follow(self, session: Reader, head: str | None) -> Iterator[Finding]:
        """Go along the chain; each change is held against the digest of the one before it, right or wrong."""
        previous, known = START, head is None or _is(START, head)
        for link in links(session):
            expected, sequence = self.last + 1, link.sequence
            if sequence < expected:
                yield Finding("chain", f"change {sequence} does not belong to the trail", sequence)
                continue
            if sequence > expected:
                yield _gone(expected, sequence - 1)
            elif link.digest != link.expected(previous):
                what = f"change {sequence} is not what was written, or stands where another one was"
                yield Finding("chain", what, sequence)
            previous, self.last = str(link.digest), sequence
            known = known or _is(previous, head or "")
            self._replay(link)
        highest = _highest(session)
        if highest > self.last:
            yield _gone(self.last + 1, highest)
        if not known:
            what = f"no change has the digest {head}: changes were removed or rewritten since it was noted"
            yield Finding("chain", what, self.last + 1)

    def _replay(self, link: Link) -> None:
        told = self.replay.take(link)
        if told is not None and told.field is not None:
            self.said[told.entity, told.row, told.field] = link.sequence
        elif told is not None:
            self.made[told.entity, told.row] = link.sequence

    def compare(self, entity: str, row: int, present: State) -> Iterator[Finding]:
        """Hold a row that is there against the trail."""
        expected = self.replay.states.pop((entity, row), None)
        if expected == present:
            return
        key = key_of(entity, present)
        if expected is None:
            yield Finding("content", f"{_row(entity, key)} is there, but not by the trail", None, entity, key)
            return
        for name in present:
            wanted, there = expected.get(name), present[name]
            part = _BY_ID.get(name)
            if part and isinstance(wanted, dict) and isinstance(there, dict):
                wanted, there = wanted.get(part), there.get(part)
            if wanted != there:
                sequence = max(self.said.get((entity, row, name), 0), self.made.get((entity, row), 0))
                what = f"{name.replace('_', ' ')} of {_called(entity, key)} is {_quoted(present[name])}"
                by = f"change {sequence} left it {_quoted(expected.get(name))}"
                yield Finding("content", f"{what}, but {by}", sequence, entity, key, name)

    def left(self) -> Iterator[Finding]:
        """Rows that the trail knows and that are gone."""
        for entity, row in sorted(self.replay.states):
            key = self.replay.named[entity, row]
            sequence = self.made.get((entity, row))
            yield Finding("content", f"{_row(entity, key)} is gone, but not by the trail", sequence, entity, key)


def _is(digest: str, head: str) -> bool:
    wanted = head.strip().lower()
    return len(wanted) >= LEAST_DIGITS and digest.startswith(wanted)


def _gone(first: int, last: int) -> Finding:
    what = f"change {first} is missing" if first == last else f"changes {first} to {last} are missing"
    return Finding("chain", what, first)


def _highest(session: Reader) -> int:
    """The highest sequence that was ever given; SQLite keeps it when the newest changes are removed."""
    return int(session.value("SELECT max(seq) FROM sqlite_sequence WHERE name = 'change'") or 0)


def _row(entity: str, key: str) -> str:
    return "the register" if entity == "register" else f"the {entity} {key}"


def _called(entity: str, key: str) -> str:
    return key if entity == "item" else _row(entity, key)


def _quoted(value: Json) -> str:
    text = text_of(value)
    return "empty" if not text else repr(text if len(text) <= 60 else text[:59] + "…")


def _facts(session: Reader, trail: _Trail) -> Iterator[Finding]:
    for facts in session.exec(select(RegisterFacts)):
        yield from trail.compare("register", facts.id, state_of(session, facts))


def _categories(session: Reader, trail: _Trail) -> Iterator[Finding]:
    for category in session.exec(select(Category).order_by(col(Category.id))):
        yield from trail.compare("category", category.id or 0, state_of(session, category))


def _items(session: Reader, trail: _Trail) -> Iterator[Finding]:
    yield from _compared(trail, "item", item_states(session, plain_items(session)))


def _edges(session: Reader, trail: _Trail) -> Iterator[Finding]:
    yield from _compared(trail, "dependency", edge_states(session, plain_edges(session)))


def _queries(session: Reader, trail: _Trail) -> Iterator[Finding]:
    yield from _plain(session, trail, SavedQuery)


def _reviews(session: Reader, trail: _Trail) -> Iterator[Finding]:
    for table in (Review, Decision, FollowUp):
        yield from _plain(session, trail, table)


def _plain(session: Reader, trail: _Trail, table: type[Plain]) -> Iterator[Finding]:
    for row in cast("Sequence[Plain]", session.exec(select(table).order_by(col(table.id))).all()):
        yield from trail.compare(entity_of(row), id_of(row), plain_state(row))


def _compared(trail: _Trail, entity: str, states: dict[int, State]) -> Iterable[Finding]:
    for row, state in states.items():
        yield from trail.compare(entity, row, state)


def _documents(session: Reader, _: _Trail) -> Iterator[Finding]:
    """Texts that were imported or exported, each held against its fingerprint."""
    for document in session.scalars(select(Document.id).order_by(col(Document.id))).all():
        row = session.get_one(Document, document)
        if hashlib.sha256(row.text.encode()).hexdigest() != row.sha256:
            yield Finding(
                "content", f"the text of document {row.id} is not what was read", None, "document", str(row.id)
            )
        session.expunge(row)
