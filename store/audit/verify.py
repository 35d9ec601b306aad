"""Verifies that a register matches its audit log: the file, the hash chain, and every row."""

from __future__ import annotations

import hashlib
from itertools import chain, islice
from typing import TYPE_CHECKING, Literal, NamedTuple

from store.audit.log import GENESIS, entries
from store.audit.replay import MALFORMED, Replay
from store.audit.snapshots import each_state, key_of
from store.db.bulk import garbage_collection_paused
from store.db.errors import unreadable_values
from store.db.migrate import broken_references, missing_guards
from store.fields import text_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from store.audit.snapshots import State
    from store.db.database import Database
    from store.db.reader import Reader
    from store.models import Json

MOST = 100
"""The most findings that are listed."""
LEAST_DIGITS = 8
_BY_ID = dict.fromkeys(("category", "source", "target", "signal", "item"), "id")
"""The part of a field that identifies another row; the rest is what it was called."""
_CONTENT = {
    "facts": ("register",),
    "categories": ("category",),
    "items": ("item",),
    "edges": ("dependency",),
    "queries": ("view", "rule"),
    "reviews": ("review", "decision", "follow-up"),
    "signals": ("signal", "signal-item", "signal-rule"),
}
"""The entities whose rows are compared, by what a finding calls them."""


class Finding(NamedTuple):
    """Something that is wrong, as a sentence without its full stop.

    `sequence` is the change that is wrong or missing; `entity` and `key` name the row that does not match the log.
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
    with garbage_collection_paused(), db.read() as reader:
        return tuple(islice(_findings(reader, head), MOST))


def _findings(reader: Reader, head: str | None) -> Iterator[Finding]:
    try:
        yield from _file(reader)
    except MALFORMED as error:
        yield Finding("file", f"the file cannot be read completely ({error})")
    log = _Log()
    try:
        yield from log.follow(reader, head)
    except MALFORMED as error:
        yield Finding("chain", f"the trail cannot be read after change {log.last} ({error})", log.last + 1)
    wrong = [Finding("content", each) for each in islice(unreadable_values(reader.connection), MOST)]
    yield from wrong
    content = {name: log.compare(reader, entities) for name, entities in _CONTENT.items()}
    for name, findings in (content | {"documents": _documents(reader)}).items():
        try:
            yield from findings
        except MALFORMED as error:
            if not wrong:
                yield Finding("content", f"{name} cannot be read ({error})")
    if not wrong:
        # Rows that cannot be read are not missing.
        yield from log.missing_rows()


def _file(reader: Reader) -> Iterator[Finding]:
    """What SQLite itself finds."""
    connection = reader.connection
    for (result,) in connection.execute(f"pragma integrity_check({MOST})"):
        if result != "ok":
            yield Finding("file", f"the file is damaged: {result}")
    for what in chain(broken_references(connection), missing_guards(connection)):
        yield Finding("file", what)


HIGHEST_SEQUENCE = "select max(seq) from sqlite_sequence where name = 'change'"
"""The highest sequence that was ever assigned; SQLite keeps it when the newest changes are removed."""


class _Log:
    """The state of every row by the log, and the last change of each field (None: of the whole row)."""

    def __init__(self) -> None:
        self.last = 0
        self.replay = Replay()
        self.sequences: dict[tuple[str, int, str | None], int] = {}

    def follow(self, reader: Reader, head: str | None) -> Iterator[Finding]:
        """Check the chain; each change is compared with the digest of the one before it, right or wrong."""
        previous, known = GENESIS, head is None or _begins(GENESIS, head)
        for entry in entries(reader):
            expected, sequence = self.last + 1, entry.sequence
            if sequence < expected:
                yield Finding("chain", f"change {sequence} is not part of the trail", sequence)
                continue
            if sequence > expected:
                yield _missing(expected, sequence - 1)
            elif entry.digest != entry.expected_digest(previous):
                what = f"change {sequence} was altered or replaced"
                yield Finding("chain", what, sequence)
            previous, self.last = str(entry.digest), sequence
            known = known or _begins(previous, head or "")
            if (step := self.replay.apply(entry)) is not None:
                self.sequences[step.entity, step.id, step.field] = sequence
        highest = int(reader.value(HIGHEST_SEQUENCE) or 0)
        if highest > self.last:
            yield _missing(self.last + 1, highest)
        if not known:
            what = f"no change has the digest {head}: changes were removed or rewritten since it was noted"
            yield Finding("chain", what, self.last + 1)

    def compare(self, reader: Reader, entities: Sequence[str]) -> Iterator[Finding]:
        """Compare the rows of some entities with the log."""
        for entity in entities:
            for row, state in each_state(reader, entity):
                yield from self._compare(entity, row, state)

    def _compare(self, entity: str, row: int, present: State) -> Iterator[Finding]:
        expected = self.replay.states.pop((entity, row), None)
        if expected == present:
            return
        key = key_of(entity, present)
        if expected is None:
            yield Finding("content", f"{_row(entity, key)} is not in the trail", None, entity, key)
            return
        for name in present:
            wanted, found = expected.get(name), present[name]
            part = _BY_ID.get(name)
            if part and isinstance(wanted, dict) and isinstance(found, dict):
                wanted, found = wanted.get(part), found.get(part)
            if wanted != found:
                sequence = max(self.sequences.get((entity, row, field), 0) for field in (name, None))
                named = key if entity == "item" else _row(entity, key)
                what = f"{name.replace('_', ' ')} of {named} is {_quoted(present[name])}"
                by = f"change {sequence} left it {_quoted(expected.get(name))}"
                yield Finding("content", f"{what}, but {by}", sequence, entity, key, name)

    def missing_rows(self) -> Iterator[Finding]:
        """The rows that the log has and that were not compared."""
        for entity, row in sorted(self.replay.states):
            key = self.replay.keys[entity, row]
            what = f"{_row(entity, key)} is missing, but not removed in the trail"
            yield Finding("content", what, self.sequences.get((entity, row, None)), entity, key)


def _begins(digest: str, head: str) -> bool:
    wanted = head.strip().lower()
    return len(wanted) >= LEAST_DIGITS and digest.startswith(wanted)


def _missing(first: int, last: int) -> Finding:
    what = f"change {first} is missing" if first == last else f"changes {first} to {last} are missing"
    return Finding("chain", what, first)


def _row(entity: str, key: str) -> str:
    return "the register" if entity == "register" else f"the {entity} {key}"


def _quoted(value: Json) -> str:
    text = text_of(value)
    return "empty" if not text else repr(text if len(text) <= 60 else text[:59] + "…")


DOCUMENT_IDS = "select id from document order by id"
DOCUMENT = "select text, sha256 from document where id = :id"


def _documents(reader: Reader) -> Iterator[Finding]:
    """Texts that were imported or exported, each compared with its fingerprint."""
    for document in reader.column(DOCUMENT_IDS):
        [(text, sha256)] = reader.tuples(DOCUMENT, {"id": document})
        if hashlib.sha256(text.encode()).hexdigest() != sha256:
            what = f"the text of document {document} was altered"
            yield Finding("content", what, None, "document", str(document))
