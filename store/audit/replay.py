"""Replays the audit log: the register as of a time, and which batches are in effect."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice, takewhile
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import func, insert
from sqlalchemy import select as columns
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import col

from store.audit.log import LINKED, head, some_links
from store.audit.snapshots import TABLES, kept
from store.clock import called, end_of, moment
from store.db.database import Database, make_filled
from store.errors import InvalidValueError, RegisterError
from store.formats.dates import Direction, parse_date, parse_since
from store.models import Change, Component, Document, ItemComponent, Review
from store.text import number_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from sqlalchemy import Connection

    from store.audit.log import Link
    from store.audit.snapshots import State
    from store.db.reader import Reader

    Progress = Callable[[int, int], None]


class Told(NamedTuple):
    """The row that a change was about, and the field; without one the whole row was made or removed."""

    entity: str
    row: int
    field: str | None


@dataclass(slots=True)
class Replay:
    """What every row says, and how it is called, by kind and id, after the changes that were taken."""

    states: dict[tuple[str, int], State] = field(default_factory=dict)
    named: dict[tuple[str, int], str] = field(default_factory=dict)

    def take(self, link: Link) -> Told | None:
        """Take the next change; None where it changes no row."""
        values = link.values
        try:
            row = (str(values["entity"]), int(str(values["entity_id"])))
            after = json.loads(str(values["after"])) if values["after"] else None
        except ValueError:
            # Nothing that the program wrote: `verify` has a finding for it.
            return None
        name = values["field"]
        if name is not None:
            self.states.setdefault(row, {})[str(name)] = after
        elif isinstance(after, dict):
            self.states[row] = dict(after)
        elif values["before"]:
            self.states.pop(row, None)
        else:
            return None
        self.named[row] = str(values["key"])
        return Told(*row, None if name is None else str(name))


@contextmanager
def replaying(failing: str) -> Iterator[None]:
    """Raise RegisterError, beginning with the clause `failing`, where a stored change is malformed."""
    try:
        yield
    except (
        SQLAlchemyError,
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

    Raises RegisterError where another register, such as a restored backup, took the place of this one meanwhile.
    """
    last: Link | None = None
    while True:
        with db.read() as session:
            # The trail is append-only: while the change that was read last is there, so are all before it.
            found = some_links(session, None if last is None else last.sequence - 1)
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
        return datetime.fromisoformat(str(link.values["time"])).replace(tzinfo=UTC)
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


def occasions(session: Reader) -> tuple[Occasion, ...]:
    """A month and a quarter ago, the last reviews, and the newest days on which something changed."""
    now = moment(session)
    began = session.scalars(columns(col(Change.time)).order_by(col(Change.sequence)).limit(1)).first()
    if began is None:
        return ()
    found = [
        Occasion(f"{days}d", f"{days} days ago, {now - timedelta(days=days):%Y-%m-%d}")
        for days in _AGO
        if now - timedelta(days=days) >= began
    ]
    ended = columns(col(Review.id), col(Review.title), col(Review.ended)).where(col(Review.ended).is_not(None))
    for number, title, end in session.execute(ended.order_by(col(Review.ended).desc()).limit(_FEW)):
        found.append(Occasion(f"{end:%Y-%m-%d}", f"review {number}: {title}"))
    day = func.date(col(Change.time))
    counted = columns(day, func.count()).group_by(day).order_by(day.desc()).limit(_DAYS)
    for each, number in session.execute(counted):
        if str(each) != f"{now:%Y-%m-%d}":
            found.append(Occasion(str(each), number_of(number, "change")))
    return tuple(found)


def too_early(session: Reader, asked: datetime) -> RegisterError | None:
    """The refusal of a moment before the register began."""
    began = session.scalars(columns(col(Change.time)).order_by(col(Change.sequence)).limit(1)).first()
    if began is None:
        return RegisterError("nothing is recorded yet", "there is no day to go back to")
    if min(began, moment(session)) > asked:
        what = f"the register began on {began:%Y-%m-%d %H:%M} UTC, after {called(asked)}"
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
    with db.read() as session:
        total = head(session).sequence
        if refused := too_early(session, asked):
            raise refused
    path = folder / _NAME
    with replaying(f"the register as of {called(asked)} cannot be rebuilt"):
        make_filled(path, lambda connection: _fill(connection, db, _until(db, asked, now), total, progress))
    return Database.open_past(path, asked)


def _until(db: Database, last: datetime, now: datetime) -> Iterator[Link]:
    return (link for link, _ in takewhile(lambda found: found[1] <= last, timed(walk(db), now)))


def _fill(connection: Connection, db: Database, trail: Iterable[Link], total: int, progress: Progress | None) -> None:
    replay, touched = Replay(), _Touched()
    changes = iter(trail)
    done = 0
    while chunk := list(islice(changes, _AT_A_TIME)):
        connection.exec_driver_sql(_COPY, [(*link.values.values(), link.digest) for link in chunk])
        for link in chunk:
            told = replay.take(link)
            if told is not None and told.entity == "item":
                touched.take(told.row, told.field, link)
        done += len(chunk)
        if progress is not None:
            progress(done, total)
    by_kind: dict[str, dict[int, State]] = {entity: {} for entity in TABLES}
    for (entity, row), state in replay.states.items():
        by_kind[entity][row] = state
    _documents(connection, db, by_kind["register"].values())
    for entity, states in by_kind.items():
        rows = ({"id": row, **kept(state)} for row, state in states.items())
        if entity == "item":
            rows = ({**row, **touched.of(int(str(row["id"])))} for row in rows)
        _insert(connection, TABLES[entity], rows)
    _components(connection, by_kind["item"])


class _Touched:
    """When each item was changed last, and how often."""

    def __init__(self) -> None:
        self._times: dict[int, datetime] = {}
        self._batches: dict[int, tuple[int, object]] = {}

    def take(self, row: int, field: str | None, link: Link) -> None:
        """A change of an item; where it stands among its like is nobody's edit."""
        batch = link.values["batch"]
        number, last = self._batches.get(row, (0, None))
        if batch != last:
            self._batches[row] = (number + 1, batch)
        if field != "position":
            self._times[row] = datetime.fromisoformat(str(link.values["time"])).replace(tzinfo=UTC)

    def of(self, row: int) -> dict[str, object]:
        """The columns that say so."""
        return {"version": self._batches[row][0], "updated": self._times[row]}


def _documents(connection: Connection, db: Database, facts: Iterable[State]) -> None:
    """Copy the texts that the register's facts refer to."""
    wanted = {kept(state).get(name) for state in facts for name in ("document_id", "synced_id")} - {None}
    for document in sorted(int(str(each)) for each in wanted):
        with db.read() as session:
            query = columns(*(col(getattr(Document, name)) for name in Document.model_fields))
            rows = [dict(row) for row in session.execute(query.where(col(Document.id) == document)).mappings()]
        _insert(connection, Document, rows)


def _components(connection: Connection, items: Mapping[int, State]) -> None:
    """Link every item to its components."""
    ids: dict[str, int] = {}
    links = []
    for item, state in items.items():
        match state.get("components"):
            case {"names": list(names)}:
                for position, name in enumerate(names):
                    component = ids.setdefault(str(name), len(ids) + 1)
                    links.append({"item_id": item, "position": position, "component_id": component})
    _insert(connection, Component, ({"id": row, "name": name} for name, row in ids.items()))
    _insert(connection, ItemComponent, links)


def _insert(connection: Connection, model: type, rows: Iterable[Mapping[str, object]]) -> None:
    """Insert many rows; what they do not say is null, and their version the first."""
    names = [each.key for each in model.__table__.columns]  # type: ignore[attr-defined]
    blank = {name: 1 if name == "version" else None for name in names}
    listed = iter(rows)
    while chunk := [blank | dict(row) for row in islice(listed, _AT_A_TIME)]:
        connection.execute(insert(model), chunk)
