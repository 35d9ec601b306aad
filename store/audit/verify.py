"""Verifies that a register matches its audit log: the file, the hash chain, and every row."""

from __future__ import annotations

import hashlib
import sqlite3
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Literal

from store.audit.log import START, Link, links
from store.audit.replay import Replay, uncollected
from store.audit.snapshots import each_state, key_of
from store.db.errors import unreadable
from store.db.migrate import missing_guards
from store.fields import text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from store.audit.snapshots import State
    from store.db.database import Database
    from store.db.reader import Reader
    from store.models import Json

    _Check = Callable[["Reader", "_Trail"], Iterator["Finding"]]

MOST = 100
"""Findings after which nobody needs more of them."""
LEAST_DIGITS = 8
_UNREADABLE = (sqlite3.Error, LookupError, ValueError, TypeError, AttributeError, RecursionError)
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
    with uncollected(), db.read() as reader:
        return tuple(islice(_findings(reader, head), MOST))


def _findings(reader: Reader, head: str | None) -> Iterator[Finding]:
    try:
        yield from _file(reader)
    except _UNREADABLE as error:
        yield Finding("file", f"the file cannot be read to its end ({error})")
    trail = _Trail()
    try:
        yield from trail.follow(reader, head)
    except _UNREADABLE as error:
        yield Finding("chain", f"the trail cannot be read behind change {trail.last} ({error})", trail.last + 1)
    wrong = list(islice(_wrong(reader), MOST))
    yield from wrong
    for kind, check in _CHECKS.items():
        try:
            yield from check(reader, trail)
        except _UNREADABLE as error:
            if not wrong:
                yield Finding("content", f"{kind} cannot be read ({error})")
    if not wrong:
        # Rows that cannot be read are not gone.
        yield from trail.left()


def _wrong(reader: Reader) -> Iterator[Finding]:
    """Values that their columns cannot hold."""
    for each in unreadable(reader.connection):
        yield Finding("content", each.what)


def _file(reader: Reader) -> Iterator[Finding]:
    """What SQLite itself finds."""
    connection = reader.connection
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

    def follow(self, reader: Reader, head: str | None) -> Iterator[Finding]:
        """Go along the chain; each change is held against the digest of the one before it, right or wrong."""
        previous, known = START, head is None or _is(START, head)
        for link in links(reader):
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
        highest = _highest(reader)
        if highest > self.last:
            yield _gone(self.last + 1, highest)
        if not known:
            what = f"no change has the digest {head}: changes were removed or rewritten since it was noted"
            yield Finding("chain", what, self.last + 1)

    def _replay(self, link: Link) -> None:
        step = self.replay.take(link)
        if step is not None and step.field is not None:
            self.said[step.entity, step.id, step.field] = link.sequence
        elif step is not None:
            self.made[step.entity, step.id] = link.sequence

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
            key = self.replay.keys[entity, row]
            sequence = self.made.get((entity, row))
            yield Finding("content", f"{_row(entity, key)} is gone, but not by the trail", sequence, entity, key)


def _is(digest: str, head: str) -> bool:
    wanted = head.strip().lower()
    return len(wanted) >= LEAST_DIGITS and digest.startswith(wanted)


def _gone(first: int, last: int) -> Finding:
    what = f"change {first} is missing" if first == last else f"changes {first} to {last} are missing"
    return Finding("chain", what, first)


HIGHEST = "SELECT max(seq) FROM sqlite_sequence WHERE name = 'change'"


def _highest(reader: Reader) -> int:
    """The highest sequence that was ever given; SQLite keeps it when the newest changes are removed."""
    return int(reader.value(HIGHEST) or 0)


def _row(entity: str, key: str) -> str:
    return "the register" if entity == "register" else f"the {entity} {key}"


def _called(entity: str, key: str) -> str:
    return key if entity == "item" else _row(entity, key)


def _quoted(value: Json) -> str:
    text = text_of(value)
    return "empty" if not text else repr(text if len(text) <= 60 else text[:59] + "…")


def _rows(*entities: str) -> _Check:
    """What holds the rows of some kinds against the trail."""

    def check(reader: Reader, trail: _Trail) -> Iterator[Finding]:
        for entity in entities:
            for row, state in each_state(reader, entity):
                yield from trail.compare(entity, row, state)

    return check


DOCUMENT_IDS = "select id from document order by id"
DOCUMENT = "select text, sha256 from document where id = :id"


def _documents(reader: Reader, _: _Trail) -> Iterator[Finding]:
    """Texts that were imported or exported, each held against its fingerprint."""
    for document in reader.column(DOCUMENT_IDS):
        [(text, sha256)] = reader.tuples(DOCUMENT, {"id": document})
        if hashlib.sha256(text.encode()).hexdigest() != sha256:
            what = f"the text of document {document} is not what was read"
            yield Finding("content", what, None, "document", str(document))


_CHECKS: dict[str, _Check] = {
    "facts": _rows("register"),
    "categories": _rows("category"),
    "items": _rows("item"),
    "edges": _rows("dependency"),
    "queries": _rows("view", "rule"),
    "reviews": _rows("review", "decision", "follow-up"),
    "documents": _documents,
}
"""How each kind of rows is checked, by what a finding calls it."""
