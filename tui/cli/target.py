"""Which database a command means, and opening it for reading or writing."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from store.errors import RegisterError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import typer
    from sqlmodel import Session

    from store.database import Database


@dataclass(frozen=True, slots=True)
class Target:
    """The database that was `named`, by path or URL; without a name, the user's default one."""

    named: str | None

    @property
    def is_url(self) -> bool:
        """Whether a URL says where the database is."""
        return self.named is not None and "://" in self.named

    @property
    def path(self) -> Path | None:
        """The file, None where a URL says where."""
        if self.named is None:
            # Imported here: the dashboard paints before anything of the database is loaded.
            from store.database import default_path

            return default_path()
        return None if self.is_url else Path(self.named).expanduser()

    @property
    def address(self) -> str | Path:
        """What the store opens: a path, or the URL."""
        return self.path or self.named or ""

    @property
    def missing(self) -> bool:
        """Whether there is no file yet; what a URL points at is not known here."""
        return not self.is_url and not os.path.lexists(self.address)

    def require(self) -> None:
        """Raise RegisterError, with what to do, where there is no file."""
        if self.missing and self.named is None:
            raise RegisterError("there is no register yet", "run `ai-debt init` or `ai-debt import FILE`")
        if self.missing:
            raise RegisterError(
                f"there is no database {self.named}", "check the path, or make one with `init` or `import`"
            )

    def opened(self) -> Database:
        """The database, which must be there. Raises RegisterError where it is not."""
        from store.database import Database

        self.require()
        return Database.open(self.address)

    def created(self) -> Database:
        """A new database in this place, without a register yet. Raises RegisterError where one is there."""
        from store.database import Database

        return Database.create(self.address)


def target(context: typer.Context, db: str | None = None) -> Target:
    """What `--db` names after the subcommand, else before it, else `$AI_DEBT_DB`, else the user's default."""
    named = db
    at: typer.Context | None = context
    while not named and at is not None:
        named = at.params.get("db")
        at = at.parent
    return Target(named or os.environ.get("AI_DEBT_DB") or None)


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
