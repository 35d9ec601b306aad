"""A register's file that is filled at once, read, and thrown away."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from sqlalchemy import create_engine, event
from sqlalchemy.pool import StaticPool

from store.audit.chain import compact
from store.db import migrate
from store.db.database import build_empty
from store.db.files import make_register

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy import Connection

_INDEXES = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"


def make_filled(path: Path, fill: Callable[[Connection], None]) -> None:
    """Make a register of what `fill` writes in one transaction; nothing is there where that fails.

    Nothing is brought to the disk in particular: it is not missed when the power is cut.
    """

    def build(unfinished: Path) -> None:
        build_empty(unfinished)
        with closing(migrate.connect(unfinished)) as raw:
            raw.execute("PRAGMA synchronous = OFF")
            raw.execute("PRAGMA journal_mode = MEMORY")
            raw.execute("PRAGMA cache_size = -65536")
            engine = create_engine("sqlite://", creator=lambda: raw, poolclass=StaticPool, json_serializer=compact)
            event.listen(engine, "begin", lambda bound: bound.exec_driver_sql("BEGIN"))
            with engine.begin() as connection:
                # Sorted once they are whole, the indexes take a third of the time.
                found = connection.exec_driver_sql(_INDEXES).all()
                for name, _ in found:
                    connection.exec_driver_sql(f"DROP INDEX {name}")
                fill(connection)
                for _, made in found:
                    connection.exec_driver_sql(made)

    make_register(path, build)
