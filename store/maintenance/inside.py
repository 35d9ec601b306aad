"""What a register's file holds, read without changing a byte of it: revision, schema, integrity, the trail's head."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING

from sqlalchemy import create_engine
from sqlalchemy.pool import StaticPool
from sqlmodel import Session

from store.audit.chain import Head
from store.audit.chain import head as newest
from store.columns import UnreadableValueError
from store.db import migrate
from store.db.errors import speaking
from store.db.schema import foreign, missing_guards
from store.db.waiting import is_busy
from store.errors import RegisterError
from store.maintenance.checks import Check, ok, problem, refused, warning
from store.maintenance.leftovers import is_cut_short

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from store.db.kept import Kept

PATIENCE = 2.0
"""Seconds to wait for a lock."""
LONGEST = 60.0
"""Seconds after which the rest is left to `verify`: a file that somebody prepared may keep SQLite busy for ever."""
_STEPS = 100_000  # of SQLite's machine between two looks at the clock
_MOST = 5
_WITH_LOG = 2


@dataclass(slots=True)
class Inside:
    """A look into the register that is `kept`; `head` is known once its checks were all made."""

    kept: Kept
    head: Head | None = None

    def checks(self) -> Iterator[Check]:
        """What the file holds; what cannot be read is a check as well."""
        path = self.kept.path
        if said := self._beside():
            yield said
            return
        yield ok("journal", "it is kept with a rollback journal, as it should be")
        try:
            with speaking(path, self.kept.descriptor), closing(self._connected()) as connection:
                yield from self._read(connection)
        except RegisterError as error:
            yield _unread(path, error)

    def _beside(self) -> Check | None:
        """Why SQLite cannot look into the file without writing beside it or into it."""
        file = self.kept.path.resolve()
        if max(self.kept.read(2, 18)) == _WITH_LOG or file.with_name(f"{file.name}-wal").exists():
            return warning(
                "journal",
                "it is kept with a write-ahead log by another program, and was not looked into, since that would write",
                "leave that program, then open it once with `ai-debt list`, which goes back to a rollback journal",
            )
        # SQLite leaves it alone, too, but as root it gives the journal another owner.
        return _cut_short() if is_cut_short(file, self.kept) else None

    def _connected(self) -> sqlite3.Connection:
        connection = migrate.connect(self.kept.path, mode="ro", patience=PATIENCE)
        end = monotonic() + LONGEST
        connection.set_progress_handler(lambda: monotonic() > end, _STEPS)
        return connection

    def _read(self, connection: sqlite3.Connection) -> Iterator[Check]:
        # One transaction: what is read in it belongs together.
        connection.execute("BEGIN")
        path = self.kept.path
        strange = list(foreign(path, connection))
        yield from (refused("schema", error) for error in strange)
        try:
            revision = migrate.read_revision(connection)
        except RegisterError as error:
            yield refused("revision", error)
            revision = None
        else:
            yield _revision(self.kept, revision)
        if revision == migrate.HEAD:
            yield from _guards(connection, strange=bool(strange))
        yield from _integrity(connection)
        if revision == migrate.HEAD:
            yield self._trail(connection)

    def _trail(self, connection: sqlite3.Connection) -> Check:
        engine = create_engine("sqlite://", creator=lambda: connection, poolclass=StaticPool)
        try:
            with Session(engine) as session:
                found = newest(session)
        except UnreadableValueError:
            found = Head(digest="")
        if len(found.digest) != len(Head().digest):
            return problem("trail", "the newest change has no digest", "run `ai-debt verify`")
        self.head = found
        what = f"its head is {found.digest}, change {found.sequence:,}"
        return ok("trail", what, "`ai-debt verify` checks all of it, which takes longer")


def _unread(path: Path, error: RegisterError) -> Check:
    """Why the file could not be read to its end."""
    cause = getattr(error.__cause__, "orig", None) or error.__cause__
    code = getattr(cause, "sqlite_errorcode", None)
    if cause is not None and is_busy(cause):
        return warning("content", f"it could not be looked into: {error.what}", "try again in a moment")
    if code == sqlite3.SQLITE_READONLY_ROLLBACK:
        return _cut_short()
    if code == sqlite3.SQLITE_INTERRUPT:
        what = f"{path} could not be looked through in {LONGEST:.0f} seconds"
        return warning("content", what, "run `ai-debt verify`, which takes its time")
    return refused("content", error)


def _cut_short() -> Check:
    what = "a write was cut short and has to be taken back before it is looked into, which would write"
    return warning("content", what, "what to do is said of the journal, under leftovers")


def _revision(kept: Kept, revision: str | None) -> Check:
    if revision == migrate.HEAD:
        return ok("revision", f"its revision is {revision}, the newest that this ai-debt knows")
    if revision is None:
        return problem("revision", f"{kept.path} holds no tables, it was never finished", "restore it from a backup")
    if revision > migrate.HEAD:
        return refused("revision", migrate.newer(kept.path, revision))
    return warning(
        "revision",
        f"its revision is {revision}, older than {migrate.HEAD}: opening it brings it up to date and keeps a copy",
        "see that everybody has this ai-debt, then open it with `ai-debt list`: an older one cannot read it afterwards",
    )


def _guards(connection: sqlite3.Connection, *, strange: bool) -> Iterator[Check]:
    missing = missing_guards(connection.execute)
    for name in missing:
        what = f"the trigger {name} is gone, which keeps the trail from being changed"
        yield problem("schema", what, "run `ai-debt verify`; a restored backup has it again")
    if not missing and not strange:
        yield ok("schema", "it has no triggers but those that protect the trail")


def _integrity(connection: sqlite3.Connection) -> Iterator[Check]:
    said = [" ".join(str(row[0]).split()) for row in connection.execute(f"PRAGMA quick_check({_MOST})")]
    if said == ["ok"]:
        yield ok("integrity", "SQLite finds nothing wrong in the file")
    else:
        for each in said:
            yield problem(
                "integrity", f"the file is damaged: {each}", "restore it from a backup: `ai-debt restore FILE`"
            )
    broken = [row[:3] for row in connection.execute("PRAGMA foreign_key_check").fetchmany(_MOST)]
    for table, row, other in broken:
        yield problem(
            "references",
            f"row {row} of {table} refers to a row of {other} that is not there",
            "restore it from a backup: `ai-debt restore FILE`",
        )
    if not broken:
        yield ok("references", "every row refers to rows that are there")
