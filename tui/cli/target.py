"""Which database a command means, and opening it for reading or writing."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from store.errors import RegisterError
from tui.cli.help import ALLOW_NETWORK_FS

if TYPE_CHECKING:
    from collections.abc import Iterator

    import typer
    from sqlmodel import Session

    from store.database import Database


_FILE_URL = "sqlite:///"


@dataclass(frozen=True, slots=True)
class Target:
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
        return self.path is not None and not os.path.lexists(self.path)

    def require(self) -> None:
        """Raise RegisterError, with what to do, where there is no file."""
        if self.missing and self.named is None:
            raise RegisterError("there is no register yet", "run `ai-debt init` or `ai-debt import FILE`")
        if self.missing:
            raise RegisterError(
                f"there is no register at {self.named}", "check the path, or make one with `init` or `import`"
            )

    def opened(self) -> Database:
        """The database, which must be there. Raises RegisterError where it is not."""
        from store.database import Database

        self.require()
        return _cautioned(Database.open(self.address, allow_network_fs=self.allow_network_fs))

    def created(self) -> Database:
        """The database in this place, made where there is none; it may be without a register yet."""
        from store.database import Database

        return _cautioned(Database.create(self.address, exist_ok=True, allow_network_fs=self.allow_network_fs))


def _cautioned(opened: Database) -> Database:
    """The database, after its caution was said."""
    from tui.cli.output import say

    if opened.caution:
        say(f"ai-debt: {opened.caution}")
    return opened


def default_path() -> Path:
    """The store's default path, said without loading the store: the dashboard paints before that."""
    from platformdirs import user_data_path

    return user_data_path("ai-debt", appauthor=False) / "register.db"


def target(context: typer.Context, db: str | None = None) -> Target:
    """What `--db` names after the subcommand, else before it, else `$AI_DEBT_DB`, else the user's default.

    `--allow-network-fs` counts wherever it stands.
    """
    named = db
    at: typer.Context | None = context
    while not named and at is not None:
        named = at.params.get("db")
        at = at.parent  # type: ignore[assignment]  # declared as the class below typer.Context
    return Target(named or os.environ.get("AI_DEBT_DB") or None, bool(context.meta.get(ALLOW_NETWORK_FS)))


@contextmanager
def database(context: typer.Context, db: str | None) -> Iterator[Database]:
    """The chosen database, open for one command's writing."""
    opened = target(context, db).opened()
    try:
        yield opened
    finally:
        opened.close()


@contextmanager
def reading(context: typer.Context, db: str | None) -> Iterator[Session]:
    """A short reading transaction of the chosen database."""
    with database(context, db) as opened, opened.read() as session:
        yield session
