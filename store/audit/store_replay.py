"""The trail from its beginning: read in short transactions, and replayed to what every row says."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy.exc import SQLAlchemyError

from store.audit.chain import some_links
from store.errors import RegisterError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from store.audit.chain import Link
    from store.audit.snapshots import State
    from store.db.database import Database


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
