"""`ai-debt` with a fixed clock and fixed users, for output that is the same on every day and machine."""

from __future__ import annotations

import pwd
import shlex
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from store import clock
from store.commands.items import comment
from store.db.database import Database
from store.review.commands import decide
from tests.cli.door import Door

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import pytest

    from tests.cli.door import Said

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
USER = "ana"
"""The login name of the user; others act through $AI_DEBT_ACTOR."""
ESCAPES = {"\r": "\\r", "\n": "\\n", "\t": "\\t"}


class CommandLine:
    """`ai-debt` in its own home. The clock does not advance during a command and advances a minute before each."""

    def __init__(self, home: Path, patch: pytest.MonkeyPatch) -> None:
        self.home = home
        self.now = START
        self._patch = patch
        self._door = Door(home, patch)
        patch.setattr(pwd, "getpwuid", lambda uid: pwd.struct_passwd((USER, "x", uid, uid, "", str(home), "/bin/sh")))
        # The command line opens databases with the default clock.
        patch.setattr(clock, "now", self.clock)
        for opening in (Database.open, Database.create):
            patch.setitem(opening.__kwdefaults__, "clock", self.clock)

    @property
    def database(self) -> Path:
        """The file of the register."""
        return self._door.database

    def clock(self) -> datetime:
        """The current time."""
        return self.now

    def advance(self, days: int) -> None:
        """Move the clock."""
        self.now += timedelta(days=days)

    def run(self, *arguments: str, by: str = USER, stdin: bytes = b"") -> Said:
        """Run a command line as a user."""
        self.now += timedelta(minutes=1)
        with self._patch.context() as patch:
            if by != USER:
                patch.setenv("AI_DEBT_ACTOR", by)
            return self._door(*arguments, stdin=stdin)

    def done(self, *arguments: str, by: str = USER, stdin: bytes = b"") -> str:
        """Run a command line that must succeed; returns its stdout."""
        said = self.run(*arguments, by=by, stdin=stdin)
        assert said.code == 0, f"{arguments}: {said.err}"
        return said.out

    def comment(self, keys: Sequence[str], text: str, *, by: str = USER) -> None:
        """Comment on items, which only the dashboard offers."""
        self._in_store(comment, keys, text, by=by)

    def decide(self, review_number: int, key: str, seconds: int, *, by: str = USER) -> None:
        """Keep an item unchanged in a review, which only the dashboard offers."""
        self._in_store(decide, review_number, key, seconds=seconds, by=by)

    def rows(self, query: str) -> list[tuple[object, ...]]:
        """Run SQL on the register's file."""
        with closing(sqlite3.connect(self.database)) as connection:
            return connection.execute(query).fetchall()

    def head(self) -> str:
        """Sequence and digest of the newest change; the digest covers the whole trail."""
        newest = self.rows("SELECT sequence, digest FROM change ORDER BY sequence DESC LIMIT 1")
        return " ".join(map(str, newest[0])) if newest else "0"

    def masked(self, text: str) -> str:
        """The text with `~` for the home directory."""
        return text.replace(str(self.home), "~")

    def _in_store(self, verb: Callable[..., object], *arguments: object, by: str, **options: object) -> None:
        self.now += timedelta(minutes=1)
        with Database.open(self.database, actor=by) as opened:
            verb(opened, *arguments, **options)


def command_text(arguments: Sequence[str], by: str = USER) -> str:
    """A command line as one readable line."""
    line = shlex.join(["ai-debt", *arguments]) + (f"  # {by}" if by != USER else "")
    return "".join(char if char.isprintable() else ESCAPES.get(char, f"\\u{ord(char):04x}") for char in line)
