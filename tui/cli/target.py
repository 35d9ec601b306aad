"""Which database a command means, and opening it for reading or writing."""

from __future__ import annotations

import os
from contextlib import contextmanager, nullcontext
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from store.db.filesystem import is_missing
from store.errors import RegisterError, missing_register

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from datetime import date

    from store.db.database import Database

ALLOW_NETWORK_FS = "--allow-network-fs"
"""The option that every command takes; its name is the key that says so in a context's `meta`."""
_FILE_URL = "sqlite:///"


class NamesNothingError(RegisterError):
    """A path that is empty, such as an unset variable in a script."""


def names_something(path: str) -> bool:
    """Whether a path or URL names anything."""
    return bool(path.removeprefix(_FILE_URL).strip()) and "\0" not in path


class Target(NamedTuple):
    """The database that was `named`, by path or URL; without a name, the user's default one."""

    named: str | None
    allow_network_fs: bool = False

    @property
    def path(self) -> Path | None:
        """The file, None where a server holds the register."""
        if self.named is None:
            return default_path()
        if self.named.startswith(_FILE_URL):
            return Path(self.named.removeprefix(_FILE_URL))
        return None if "://" in self.named else Path(os.path.expanduser(self.named))

    @property
    def address(self) -> str | Path:
        """What the store opens: a path, or the URL of a server."""
        return self.path or self.named or ""

    @property
    def missing(self) -> bool:
        """Whether there is no file yet; what a server holds is not known here."""
        return self.path is not None and is_missing(self.path)

    def require(self) -> None:
        """Raise RegisterError, with what to do, if the file is missing."""
        if self.missing:
            raise missing_register(self.named)

    def opened(self) -> Database:
        """The database, which must be there. Raises RegisterError where it is not."""
        from store.db.database import Database

        self.require()
        return _cautioned(Database.open(self.address, allow_network_fs=self.allow_network_fs))

    def present(self) -> AbstractContextManager[Database | None]:
        """The database if there is one already; a register begins with its first import."""
        return nullcontext() if self.missing else self.opened()

    def created(self) -> Database:
        """The database in this place, made if there is none; it may be without a register yet."""
        from store.db.database import Database

        return _cautioned(Database.create(self.address, exist_ok=True, allow_network_fs=self.allow_network_fs))


def _cautioned(opened: Database) -> Database:
    """The database, after its caution was printed."""
    from tui.cli.output import say

    if opened.caution:
        say(f"ai-debt: {opened.caution}")
    return opened


def default_path() -> Path:
    """The store's default path, said without loading the store: the dashboard paints before that."""
    from platformdirs import user_data_path

    return user_data_path("ai-debt", appauthor=False) / "register.db"


def chosen(named: str | None, *, allow_network_fs: bool) -> Target:
    """What was named, else `$AI_DEBT_DB`, else the user's default. Raises NamesNothingError."""
    if named is None:
        named = os.environ.get("AI_DEBT_DB")
        if named is not None and not names_something(named):
            raise NamesNothingError("$AI_DEBT_DB is empty", "name the register's file there, or unset it")
    return Target(named, allow_network_fs)


def day_of(opened: Database) -> date:
    """The day it is by the register's clock, in UTC."""
    return opened.clock().astimezone(UTC).date()


@contextmanager
def past_of(opened: Database, as_of: str) -> Iterator[Database]:
    """A rebuilt database, in a private directory that only its user can enter (0700); says which moment it is."""
    import tempfile

    from store.audit.replay import parse_moment, rebuild_as_of
    from store.clock import format_time
    from tui.cli.output import say

    moment = parse_moment(as_of, opened.clock())
    with (
        tempfile.TemporaryDirectory(prefix="ai-debt-as-of-") as folder,
        rebuild_as_of(opened, moment, Path(folder)) as past,
    ):
        say(f"as of {format_time(moment)} (rebuilt from the trail)")
        yield past
