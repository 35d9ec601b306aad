"""Replays the audit log: the state of each row, the register as of a time, and which batches are in effect."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from itertools import islice, takewhile
from typing import TYPE_CHECKING, NamedTuple

from store.audit.log import (
    CHANGES,
    IMPORT,
    INSERT_CHANGE,
    REMARKS,
    UNDONE_BATCHES,
    ChangeRecord,
    entries_after,
    head,
    stored_time,
)
from store.audit.snapshots import TABLES, link_components, states_of, stored_columns
from store.clock import end_of_day, format_time
from store.db import migrate
from store.db.bulk import garbage_collection_paused
from store.db.database import Database
from store.db.files import make_register
from store.db.reader import Reader, id_list
from store.db.values import kinds_of
from store.enums import Direction
from store.errors import InvalidValueError, RegisterError
from store.formats.dates import parse_date, parse_since
from store.text import number_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from store.audit.log import LogEntry
    from store.audit.snapshots import State

    Progress = Callable[[int, int], None]


class Step(NamedTuple):
    """What a change did to a row: its state before and after, None where there was no row.

    `field` is the one that was set; None where the whole row was created or removed.
    """

    entity: str
    id: int
    field: str | None
    before: State | None
    after: State | None


class Replay:
    """The state of every row, and its key, by entity and id, after the changes that were applied.

    `only` are the fields that matter, by entity; all of them without it.
    """

    def __init__(self, only: Mapping[str, Collection[str]] | None = None) -> None:
        self.only = only
        self.states: dict[tuple[str, int], State] = {}
        self.keys: dict[tuple[str, int], str] = {}

    def apply(self, entry: LogEntry) -> Step | None:
        """Apply the next change; None where it changes nothing that matters."""
        entity, name = str(entry.entity), entry.field
        if self.only is not None and (entity not in self.only or name not in (None, *self.only[entity])):
            return None
        try:
            row = (entity, int(str(entry.entity_id)))
            after = json.loads(str(entry.after)) if entry.after else None
        except ValueError:
            # The program never wrote this: `verify` has a finding for it.
            return None
        before, state = self.states.get(row), None
        if name is not None:
            state = {**(before or {}), str(name): after}
        elif isinstance(after, dict):
            state = after if self.only is None else {key: after.get(key) for key in self.only[entity]}
        elif not entry.before:
            return None
        if state is None:
            self.states.pop(row, None)
        else:
            self.states[row] = state
        self.keys[row] = str(entry.key)
        return Step(*row, None if name is None else str(name), before, state)


def reverted(state: State | None, changes: Iterable[ChangeRecord]) -> State | None:
    """The state of a row before some changes, given newest first, where it is `state` now; None for no row."""
    for change in changes:
        if change.field is not None:
            state = {**(state or {}), change.field: change.before}
        elif change.before is not None or change.after is not None:
            state = dict(change.before) if isinstance(change.before, dict) else None
    return state


LATER_CHANGES = f"""
{CHANGES}
where change.entity = :entity and change.entity_id in (select value from json_each(:ids))
  and change.sequence > :sequence
order by change.sequence desc
"""


def states_at(reader: Reader, entity: str, ids: Sequence[int], sequence: int | None) -> dict[int, State]:
    """The states of some rows after a change (None: now), by id; without those that did not exist."""
    found = states_of(reader, entity, ids)
    if sequence is None or sequence >= head(reader).sequence:
        return found
    later: defaultdict[int, list[ChangeRecord]] = defaultdict(list)
    asked = {"entity": entity, "ids": id_list(ids), "sequence": sequence}
    for change in reader.each(LATER_CHANGES, asked, row=ChangeRecord):
        later[change.entity_id].append(change)
    for row, changes in later.items():
        state = reverted(found.pop(row, None), changes)
        if state is not None:
            found[row] = state
    return found


class Edit(NamedTuple):
    """A change to the register's content: its row, and the field, None where the whole row was created or removed."""

    batch: int
    time: datetime
    entity: str
    entity_id: int
    key: str
    field: str | None


EDITS = f"""
select {", ".join(Edit._fields)} from change
where verb not in {("undo", IMPORT, "export", *REMARKS)} and (field is null or field <> 'origin')
order by sequence desc
"""
REVERSALS = "select distinct batch, reverses from change where reverses is not null"


def in_effect(changes: Sequence[ChangeRecord]) -> list[ChangeRecord]:
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


def edits_in_effect(reader: Reader) -> Iterator[Edit]:
    """The edits that are neither undone nor undos, newest first; a redo counts as the edit that it redid."""
    reverses: dict[int, int] = dict(reader.tuples(REVERSALS))
    undone = set(reader.column(UNDONE_BATCHES))
    for edit in reader.each(EDITS, row=Edit):
        original = edit.batch
        while original in reverses:
            original = reverses[original]
        if original not in undone:
            yield edit


MALFORMED = (sqlite3.Error, LookupError, ValueError, TypeError, AttributeError, ArithmeticError, RecursionError)
"""What reading or applying changes raises that the program did not write."""


@contextmanager
def refusing_malformed(failing: str) -> Iterator[None]:
    """Raise RegisterError, beginning with the clause `failing`, where a stored change is malformed."""
    try:
        yield
    except MALFORMED as error:
        raise RegisterError(f"{failing}: its trail is damaged", "run `ai-debt verify`") from error


def read_entries(db: Database) -> Iterator[LogEntry]:
    """The changes of a register in order, read in many short transactions, between which others may write.

    Raises RegisterError where another register, such as a restored backup, has replaced this one.
    """
    last: LogEntry | None = None
    while True:
        with db.read() as reader:
            # The log is append-only: while the change that was read last exists, so do all before it.
            found = entries_after(reader, -(2**63) if last is None else last.sequence - 1)
        if last is not None:
            if not found or (found[0].sequence, found[0].digest) != (last.sequence, last.digest):
                raise RegisterError("another register has replaced this one", "try again")
            del found[0]
        if not found:
            return
        yield from found
        last = found[-1]


def timed(entries: Iterable[LogEntry], now: datetime) -> Iterator[tuple[LogEntry, datetime]]:
    """Changes, each with its time: where a clock was wrong, none came before the one it follows, or after `now`."""
    latest = datetime.min.replace(tzinfo=UTC)
    for entry in entries:
        with suppress(ValueError):
            latest = max(latest, datetime.fromisoformat(str(entry.time)).replace(tzinfo=UTC))
        yield entry, min(latest, now)


def parse_moment(typed: str, now: datetime) -> datetime:
    """The moment that `2026-03-31`, `2026-03-31T14:00`, `30d`, `12h` (ago) or `friday` means, never after `now`.

    A day means its end; without a zone it is UTC. Raises InvalidValueError.
    """
    try:
        found = parse_since(typed, now)
    except InvalidValueError as error:
        raise InvalidValueError("moment", error.what, error.remedy) from None
    with suppress(InvalidValueError):
        parse_date(typed, "moment", now.astimezone(UTC).date(), Direction.BACK)
        found = end_of_day(found.date())
    return min(found, now.astimezone(UTC))


class SuggestedDay(NamedTuple):
    """A day to go back to, as typed, and what it was in a few words."""

    typed: str
    words: str


class _Time(NamedTuple):
    time: datetime


FIRST_TIME = "select time from change order by sequence limit 1"


def _beginning(reader: Reader) -> datetime | None:
    """The time of the first change."""
    first = reader.first(FIRST_TIME, row=_Time)
    return first.time if first else None


ENDED_REVIEWS = """
select substr(ended, 1, 10), 'review ' || id || ': ' || title
from review where ended is not null order by ended desc limit 3
"""
CHANGES_BY_DAY = "select date(time) as day, count(*) from change group by day order by day desc limit 60"
_DAYS_AGO = (30, 90)


def suggested_days(reader: Reader) -> tuple[SuggestedDay, ...]:
    """A month and a quarter ago, the last reviews, and the newest days on which something changed."""
    now, beginning = reader.now, _beginning(reader)
    if beginning is None:
        return ()
    ago = [(days, now - timedelta(days=days)) for days in _DAYS_AGO]
    return (
        *(SuggestedDay(f"{days}d", f"{days} days ago, {day:%Y-%m-%d}") for days, day in ago if day >= beginning),
        *(SuggestedDay(day, words) for day, words in reader.tuples(ENDED_REVIEWS)),
        *(
            SuggestedDay(day, number_of(number, "change"))
            for day, number in reader.tuples(CHANGES_BY_DAY)
            if day != f"{now:%Y-%m-%d}"
        ),
    )


def too_early(reader: Reader, moment: datetime) -> RegisterError | None:
    """The refusal of a moment before the register began."""
    beginning = _beginning(reader)
    if beginning is None:
        return RegisterError("no changes recorded yet", "import a document or add an item first")
    if min(beginning, reader.now) > moment:
        what = f"the register was created on {beginning:%Y-%m-%d %H:%M} UTC, after {format_time(moment)}"
        return RegisterError(what, "choose a later time")
    return None


def rebuild_as_of(db: Database, moment: datetime, folder: Path, *, progress: Progress | None = None) -> Database:
    """The register as of a moment, in a new file in `folder`, open for reading only; others can keep writing `db`.

    It contains the log up to that moment and the rows that follow from it; its clock shows that moment. Raises
    RegisterError for a moment before the register began, and for a malformed log.
    """
    now = db.clock().astimezone(UTC)
    moment = min(moment.astimezone(UTC), now)
    with db.read() as reader:
        total = head(reader).sequence
        if refused := too_early(reader, moment):
            raise refused
    path = folder / "as-of.db"
    entries = (entry for entry, _ in takewhile(lambda found: found[1] <= moment, timed(read_entries(db), now)))

    def fill(connection: sqlite3.Connection) -> None:
        _fill(connection, db, entries, total, progress)

    with garbage_collection_paused(), refusing_malformed(f"the register as of {format_time(moment)} cannot be rebuilt"):
        make_register(path, lambda unfinished: migrate.build(unfinished, fill, durable=False))
    return Database.open_past(path, moment)


_BATCH_SIZE = 2_000


def _fill(
    connection: sqlite3.Connection, db: Database, entries: Iterator[LogEntry], total: int, progress: Progress | None
) -> None:
    replay, edited = Replay(), dict[int, tuple[int, object, str]]()
    done = 0
    while chunk := list(islice(entries, _BATCH_SIZE)):
        connection.executemany(INSERT_CHANGE, chunk)
        for entry in chunk:
            step = replay.apply(entry)
            if step is not None and step.entity == "item":
                # Each batch makes a version; a new position is not an edit.
                version, batch, time = edited.get(step.id, (0, None, ""))
                version += entry.batch != batch
                edited[step.id] = version, entry.batch, time if step.field == "position" else str(entry.time)
        done += len(chunk)
        if progress is not None:
            progress(done, total)
    tables: dict[str, dict[int, State]] = {table: {} for table in TABLES.values()}
    for (entity, row), state in replay.states.items():
        tables[TABLES[entity]][row] = state
    _copy_documents(connection, db, tables["register"].values())
    for table, states in tables.items():
        _insert(connection, table, states, edited if table == "item" else {})
    components = {row: state["components"] for row, state in tables["item"].items() if "components" in state}
    link_components(Reader(connection, clock=db.clock), components)


DOCUMENT = "select id, text, sha256 from document where id = :id"


def _copy_documents(connection: sqlite3.Connection, db: Database, facts: Iterable[State]) -> None:
    """Copy the texts that the register's facts refer to."""
    wanted = {stored_columns(state).get(name) for state in facts for name in ("document_id", "synced_id")} - {None}
    for document in sorted(int(str(each)) for each in wanted):
        with db.read() as reader:
            rows = reader.tuples(DOCUMENT, {"id": document})
        connection.executemany("insert into document (id, text, sha256) values (?, ?, ?)", rows)


def _insert(
    connection: sqlite3.Connection,
    table: str,
    states: Mapping[int, State],
    edited: Mapping[int, tuple[int, object, str]],
) -> None:
    """Insert the rows that say these states. Raises LookupError for columns that the table does not have."""
    blank = {name: 1 if name == "version" else None for name in kinds_of(table)}

    def rows() -> Iterator[tuple[object, ...]]:
        for row, state in states.items():
            columns = {**blank, **stored_columns(state), "id": row}
            if row in edited:
                version, _, time = edited[row]
                updated = stored_time(datetime.fromisoformat(time).replace(tzinfo=UTC))
                columns |= {"version": version, "updated": updated}
            if len(columns) > len(blank):
                raise LookupError(f"{table} has no columns {columns.keys() - blank.keys()}")
            yield tuple(columns.values())

    marks = ", ".join("?" * len(blank))
    connection.executemany(f"insert into {table} ({', '.join(blank)}) values ({marks})", rows())
