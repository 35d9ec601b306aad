"""Replays the audit log: what each row said, the register as of a time, and which batches are in effect."""

from __future__ import annotations

import gc
import json
import sqlite3
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice, takewhile
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

from store.audit.log import (
    CHANGES,
    IMPORT,
    LINKED,
    REMARKS,
    UNDONE_BATCHES,
    ChangeRecord,
    head,
    some_links,
    stored_time,
)
from store.audit.snapshots import TABLES, kept, states_of, stored_columns
from store.clock import called, end_of
from store.db import migrate
from store.db.database import Database
from store.db.files import make_register
from store.db.reader import id_list
from store.errors import InvalidValueError, RegisterError
from store.formats.dates import Direction, parse_date, parse_since
from store.text import number_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from store.audit.log import Link
    from store.audit.snapshots import State
    from store.db.reader import Reader

    Progress = Callable[[int, int], None]


class Step(NamedTuple):
    """What a change did to a row: what it said before and says after, None where it was not there.

    `field` is the one that was set; None where the whole row was made or removed.
    """

    entity: str
    id: int
    field: str | None
    before: State | None
    after: State | None


@dataclass(slots=True)
class Replay:
    """What every row says, and its key, by kind and id, after the changes that were taken.

    `only` are the fields that matter, by kind; everything without it.
    """

    only: Mapping[str, Collection[str]] | None = None
    states: dict[tuple[str, int], State] = field(default_factory=dict)
    keys: dict[tuple[str, int], str] = field(default_factory=dict)

    def take(self, link: Link) -> Step | None:
        """Take the next change; None where it changes nothing that matters."""
        entity, name = str(link.entity), link.field
        if self.only is not None and (entity not in self.only or name not in (None, *self.only[entity])):
            return None
        try:
            row = (entity, int(str(link.entity_id)))
            after = json.loads(str(link.after)) if link.after else None
        except ValueError:
            # Nothing that the program wrote: `verify` has a finding for it.
            return None
        before, state = self.states.get(row), None
        if name is not None:
            state = {**(before or {}), str(name): after}
        elif isinstance(after, dict):
            state = after if self.only is None else {key: after.get(key) for key in self.only[entity]}
        elif not link.before:
            return None
        if state is None:
            self.states.pop(row, None)
        else:
            self.states[row] = state
        self.keys[row] = str(link.key)
        return Step(*row, None if name is None else str(name), before, state)


def reverted(state: State | None, changes: Iterable[ChangeRecord]) -> State | None:
    """What a row that says `state` said before some changes, given newest first; None where it was not there."""
    for change in changes:
        if change.field is not None:
            state = {**(state or {}), change.field: change.before}
        elif change.before is not None or change.after is not None:
            state = dict(change.before) if isinstance(change.before, dict) else None
    return state


NEWEST = "select max(sequence) from change"
LATER_CHANGES = f"""
{CHANGES}
where change.entity = :entity and change.entity_id in (select value from json_each(:ids))
  and change.sequence > :sequence
order by change.sequence desc
"""


def states_at(reader: Reader, entity: str, ids: Sequence[int], sequence: int | None) -> dict[int, State]:
    """What some rows said after a change (None: what they say now), by id; those that were not there are left out."""
    found = states_of(reader, entity, ids)
    if sequence is None or sequence >= (reader.value(NEWEST) or 0):
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


class OfBatch(Protocol):
    """Something that one batch did."""

    @property
    def batch(self) -> int:
        """The batch."""

    @property
    def reverses(self) -> int | None:
        """The batch that it reversed."""


Entry = TypeVar("Entry", bound=OfBatch)


def in_effect(changes: Sequence[Entry]) -> list[Entry]:
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


@dataclass(frozen=True, slots=True)
class Edit:
    """A change to the register's content: its row, and the field, None where the whole row was made or removed."""

    batch: int
    time: datetime
    entity: str
    entity_id: int
    key: str
    field: str | None


EDITS = f"""
select {", ".join(Edit.__slots__)} from change
where verb not in {("undo", IMPORT, "export", *REMARKS)} and (field is null or field <> 'origin')
order by sequence desc
"""
REVERSALS = "select distinct batch, reverses from change where reverses is not null"


def edits_in_effect(reader: Reader) -> Iterator[Edit]:
    """What was changed here and is neither undone nor an undo, newest first; a redo is the change itself."""
    reverses: dict[int, int] = dict(reader.tuples(REVERSALS))
    undone = set(reader.column(UNDONE_BATCHES))
    for edit in reader.each(EDITS, row=Edit):
        first = edit.batch
        while first in reverses:
            first = reverses[first]
        if first not in undone:
            yield edit


@contextmanager
def uncollected() -> Iterator[None]:
    """No garbage collection: a replay makes many objects and no cycles, and each collection would look at them all."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


@contextmanager
def refusing_malformed(failing: str) -> Iterator[None]:
    """Raise RegisterError, beginning with the clause `failing`, where a stored change is malformed."""
    try:
        yield
    except (
        sqlite3.Error,
        LookupError,
        ValueError,
        TypeError,
        AttributeError,
        ArithmeticError,
        RecursionError,
    ) as error:
        raise RegisterError(f"{failing}: its trail is not what was written", "run `ai-debt verify`") from error


def walk(db: Database) -> Iterator[Link]:
    """The changes of a register in their order. Nobody waits for its end: between transactions others may write.

    Raises RegisterError where another register, such as a restored backup, has taken the place of this one.
    """
    last: Link | None = None
    while True:
        with db.read() as reader:
            # The trail is append-only: while the change that was read last is there, so are all before it.
            found = some_links(reader, None if last is None else last.sequence - 1)
        if last is not None:
            if not found or (found[0].sequence, found[0].digest) != (last.sequence, last.digest):
                raise RegisterError("somebody put another register into its place meanwhile", "try again")
            del found[0]
        if not found:
            return
        yield from found
        last = found[-1]


def timed(found: Iterable[Link], now: datetime) -> Iterator[tuple[Link, datetime]]:
    """Changes, each with its time, which the order of the trail decides where a clock was wrong.

    No change came before the one that it follows, and none after `now` (aware).
    """
    latest = datetime.min.replace(tzinfo=UTC)
    for link in found:
        latest = max(latest, _time(link))
        yield link, min(latest, now)


def _time(link: Link) -> datetime:
    try:
        return datetime.fromisoformat(str(link.time)).replace(tzinfo=UTC)
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)


_NAME = "as-of.db"
_AT_A_TIME = 2_000
_AGO, _FEW, _DAYS = (30, 90), 3, 60
"""Days ago, and how many reviews and days are proposed."""
_COPY = f"INSERT INTO change ({', '.join(LINKED)}, digest) VALUES ({'?, ' * len(LINKED)}?)"
"""Puts changes as they are kept: JSON and times are texts that go over unread."""


def parse_moment(typed: str, now: datetime) -> datetime:
    """The moment that `2026-03-31`, `2026-03-31T14:00`, `30d`, `12h` (ago) or `friday` means, never after `now`.

    Of a day it is the end; without a zone it is UTC. Raises InvalidValueError.
    """
    try:
        found = parse_since(typed, now)
    except InvalidValueError as error:
        raise InvalidValueError("moment", error.what, error.remedy) from None
    if _is_day(typed, now):
        found = end_of(found.date())
    return min(found, now.astimezone(UTC))


def _is_day(typed: str, now: datetime) -> bool:
    try:
        parse_date(typed, "moment", now.astimezone(UTC).date(), Direction.BACK)
    except InvalidValueError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Occasion:
    """A day that one may want to go back to, as it is typed, and what it was in a few words."""

    typed: str
    words: str


FIRST_TIME = "select time from change order by sequence limit 1"
ENDED_REVIEWS = f"select id, title, ended from review where ended is not null order by ended desc limit {_FEW}"
CHANGES_BY_DAY = f"""
select date(time) as day, count(*) as number from change group by date(time) order by date(time) desc limit {_DAYS}
"""


@dataclass(frozen=True, slots=True)
class _Time:
    time: datetime


@dataclass(frozen=True, slots=True)
class _EndedReview:
    id: int
    title: str
    ended: datetime


@dataclass(frozen=True, slots=True)
class _ChangesOfDay:
    day: str
    number: int


def occasions(reader: Reader) -> tuple[Occasion, ...]:
    """A month and a quarter ago, the last reviews, and the newest days on which something changed."""
    now = reader.now
    began = reader.first(FIRST_TIME, row=_Time)
    if began is None:
        return ()
    found = [
        Occasion(f"{days}d", f"{days} days ago, {now - timedelta(days=days):%Y-%m-%d}")
        for days in _AGO
        if now - timedelta(days=days) >= began.time
    ]
    for review in reader.rows(ENDED_REVIEWS, row=_EndedReview):
        found.append(Occasion(f"{review.ended:%Y-%m-%d}", f"review {review.id}: {review.title}"))
    for each in reader.rows(CHANGES_BY_DAY, row=_ChangesOfDay):
        if each.day != f"{now:%Y-%m-%d}":
            found.append(Occasion(each.day, number_of(each.number, "change")))
    return tuple(found)


def too_early(reader: Reader, asked: datetime) -> RegisterError | None:
    """The refusal of a moment before the register began."""
    began = reader.first(FIRST_TIME, row=_Time)
    if began is None:
        return RegisterError("nothing is recorded yet", "there is no day to go back to")
    if min(began.time, reader.now) > asked:
        what = f"the register began on {began.time:%Y-%m-%d %H:%M} UTC, after {called(asked)}"
        return RegisterError(what, "choose a later moment")
    return None


def rebuilt(db: Database, asked: datetime, folder: Path, *, progress: Progress | None = None) -> Database:
    """The register as it was at a moment, in a file of its own in `folder`, open for reading only.

    It holds the trail up to that moment and what that says of every row; its clock stands at that moment. Others can
    go on writing `db` meanwhile. Raises RegisterError for a moment before the register began, and for a trail that
    does not hold.
    """
    now = db.clock().astimezone(UTC)
    asked = min(asked.astimezone(UTC), now)
    with db.read() as reader:
        total = head(reader).sequence
        if refused := too_early(reader, asked):
            raise refused
    path = folder / _NAME

    def fill(connection: sqlite3.Connection) -> None:
        _fill(connection, db, _until(db, asked, now), total, progress)

    with uncollected(), refusing_malformed(f"the register as of {called(asked)} cannot be rebuilt"):
        make_register(path, lambda unfinished: migrate.build(unfinished, fill, durable=False))
    return Database.open_past(path, asked)


def _until(db: Database, last: datetime, now: datetime) -> Iterator[Link]:
    return (link for link, _ in takewhile(lambda found: found[1] <= last, timed(walk(db), now)))


def _fill(
    connection: sqlite3.Connection, db: Database, trail: Iterable[Link], total: int, progress: Progress | None
) -> None:
    replay, touched = Replay(), _Touched()
    changes = iter(trail)
    done = 0
    while chunk := list(islice(changes, _AT_A_TIME)):
        connection.executemany(_COPY, chunk)
        for link in chunk:
            step = replay.take(link)
            if step is not None and step.entity == "item":
                touched.take(step, link)
        done += len(chunk)
        if progress is not None:
            progress(done, total)
    by_table: dict[str, dict[int, State]] = {table: {} for table in TABLES.values()}
    for (entity, row), state in replay.states.items():
        by_table[TABLES[entity]][row] = state
    _copy_documents(connection, db, by_table["register"].values())
    for table, states in by_table.items():
        rows = ({"id": row, **stored_columns(state)} for row, state in states.items())
        if table == "item":
            rows = ({**row, **touched.of(int(str(row["id"])))} for row in rows)
        _insert(connection, table, rows)
    _insert_components(connection, by_table["item"])


class _Touched:
    """When each item was changed last, and how often."""

    def __init__(self) -> None:
        self._times: dict[int, str] = {}
        self._batches: dict[int, tuple[int, object]] = {}

    def take(self, step: Step, link: Link) -> None:
        """A change of an item; where it stands among its like is nobody's edit."""
        batch = link.batch
        number, last = self._batches.get(step.id, (0, None))
        if batch != last:
            self._batches[step.id] = (number + 1, batch)
        if step.field != "position":
            self._times[step.id] = str(link.time)

    def of(self, row: int) -> dict[str, object]:
        """The columns that say so."""
        updated = datetime.fromisoformat(self._times[row]).replace(tzinfo=UTC)
        return {"version": self._batches[row][0], "updated": stored_time(updated)}


DOCUMENT = "select id, text, sha256 from document where id = :id"


def _copy_documents(connection: sqlite3.Connection, db: Database, facts: Iterable[State]) -> None:
    """Copy the texts that the register's facts refer to."""
    wanted = {kept(state).get(name) for state in facts for name in ("document_id", "synced_id")} - {None}
    for document in sorted(int(str(each)) for each in wanted):
        with db.read() as reader:
            rows = reader.tuples(DOCUMENT, {"id": document})
        connection.executemany("INSERT INTO document (id, text, sha256) VALUES (?, ?, ?)", rows)


def _insert_components(connection: sqlite3.Connection, items: Mapping[int, State]) -> None:
    """Link every item to its components."""
    ids: dict[str, int] = {}
    links: list[dict[str, object]] = []
    for item, state in items.items():
        match state.get("components"):
            case {"names": list(names)}:
                for position, name in enumerate(names):
                    component = ids.setdefault(str(name), len(ids) + 1)
                    links.append({"item_id": item, "position": position, "component_id": component})
    _insert(connection, "component", ({"id": row, "name": name} for name, row in ids.items()))
    _insert(connection, "item_component", links)


def _insert(connection: sqlite3.Connection, table: str, rows: Iterable[Mapping[str, object]]) -> None:
    """Insert many rows; what they do not say is null, and their version the first. Raises LookupError."""
    names = [name for _, name, *_ in connection.execute(f"PRAGMA table_info({table})")]
    blank = {name: 1 if name == "version" else None for name in names}

    def whole() -> Iterator[tuple[object, ...]]:
        for row in rows:
            filled = {**blank, **row}
            if len(filled) > len(blank):
                raise LookupError(f"{table} has no columns {filled.keys() - blank.keys()}")
            yield tuple(filled.values())

    marks = ", ".join("?" * len(names))
    connection.executemany(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})", whole())
