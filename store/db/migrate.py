"""Upgrades a database to the newest revision, and checks its schema."""

from __future__ import annotations

import os
import re
import shlex
import sqlite3
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import migrations
from store.clock import Clock, now
from store.db.files import READABLE, make_file
from store.db.sqlite import APPLICATION_ID, connect
from store.errors import RESTORE, DamagedError, RegisterError
from store.text import number_of, plural

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Connection


HEAD = "0007"
MIGRATIONS = Path(str(migrations.__file__)).parent
SCHEMA = MIGRATIONS / "schema.sql"
"""What the revisions make, so that a new register needs no Alembic: tables, then indexes and triggers."""
_PATIENCE = 60.0  # seconds to wait for another process that upgrades the same file
GUARDS = {
    name: f"CREATE TRIGGER {name} BEFORE {doing} ON change BEGIN SELECT RAISE(ABORT, 'the trail is append-only'); END"
    for name, doing in (("change_is_never_changed", "UPDATE"), ("change_is_never_removed", "DELETE"))
}
"""The only triggers of a register: they protect the trail."""
_OBJECTS = "select type, name, sql from sqlite_master where sql is not null order by type desc, name"
_ACTING = re.compile(
    r"\b(?:CASCADE|SET|CONFLICT|COLLATE|GENERATED|AS|VIRTUAL)\b|\bDEFAULT\b(?!\s+''\s)", re.IGNORECASE | re.ASCII
)
"""Clauses by which a table changes or removes other rows, or stores another value than was written.

No table of ours has one. Constraints without them can only refuse.
"""


def refuse_foreign(path: Path, connection: sqlite3.Connection) -> None:
    """Raise the first refusal of `foreign`."""
    for refusal in foreign(path, connection):
        raise refusal


def foreign(path: Path, connection: sqlite3.Connection) -> Iterator[RegisterError]:
    """A refusal for each unknown trigger or view, and each table that acts; DamagedError if reading is unsafe.

    The answer is valid until the end of the transaction.
    """
    # SQLite keeps the schema as it once read it: have it read what is checked here.
    connection.execute("pragma writable_schema = reset")
    for kind, name, sql in connection.execute(_OBJECTS).fetchall():
        acting = _ACTING.search(str(sql))
        if kind == "trigger" and GUARDS.get(name) != sql:
            yield RegisterError(*_not_ours(path, kind, name))
        elif kind == "view" or (kind == "table" and acting and acting[0].upper() == "VIRTUAL"):
            yield DamagedError(*_not_ours(path, kind, name))
        elif kind == "table" and acting:
            yield DamagedError(
                f"the table {name} of {path} was changed and would act on your behalf ({acting[0]})",
                "ask who changed it, then restore the register from a backup: `ai-debt restore FILE`",
            )


def _not_ours(path: Path, kind: object, name: object) -> tuple[str, str]:
    quoted = str(name).replace('"', '""')
    removing = shlex.join(["sqlite3", str(path), f'drop {kind} "{quoted}"'])
    return (
        f"{path} contains an unknown {kind}, {str(name)!r}, which would act on your behalf",
        f"ask who added it, then remove it: {removing}",
    )


def missing_guards(connection: sqlite3.Connection) -> list[str]:
    """A clause for each trigger that protects the trail, but was removed."""
    present = {name for _, name, _ in connection.execute(_OBJECTS)}
    return [f"the trigger {name}, which protects the trail, is missing" for name in GUARDS if name not in present]


def broken_references(connection: sqlite3.Connection) -> Iterator[str]:
    """A clause for each row that refers to a missing row."""
    for table, row, other, _ in connection.execute("pragma foreign_key_check"):
        yield f"row {row} of {table} refers to a missing row of {other}"


@contextmanager
def shared_umask(path: Path) -> Iterator[None]:
    """Lets SQLite make the journal of the file at `path` with the file's own permissions.

    SQLite sets them only after making it: if the process is killed in between, no one else could roll it back.
    """
    before = os.umask(0o777 & ~path.stat().st_mode)
    try:
        yield
    finally:
        os.umask(before)


def open_journal(path: Path, connection: sqlite3.Connection) -> None:
    """Make the journal of a transaction that has its lock, with a write that changes nothing."""
    with shared_umask(path):
        connection.execute(f"pragma application_id = {APPLICATION_ID}")


def read_revision(connection: sqlite3.Connection) -> str | None:
    """The revision of a database, None if it has no tables. Raises RegisterError for tables without a revision."""
    tables = {name for (name,) in connection.execute("select name from sqlite_master where type = 'table'")}
    if not tables:
        return None
    if "alembic_version" in tables:
        for (revision,) in connection.execute("select version_num from alembic_version"):
            return str(revision)
    raise RegisterError("the file has no schema revision", RESTORE)


def build(path: Path, fill: Callable[[sqlite3.Connection], None] = lambda _: None, *, durable: bool = True) -> None:
    """Make a register of the empty file at `path`, in one transaction; `fill` adds rows to its tables.

    Without `durable` a power cut may lose it.
    """
    statements = SCHEMA.read_text(encoding="utf-8").removesuffix(";\n").split(";\n\n")
    tables = [statement for statement in statements if statement.startswith("CREATE TABLE")]
    with closing(connect(path)) as connection:
        if not durable:
            connection.execute("pragma synchronous = off")
            connection.execute("pragma journal_mode = memory")
            connection.execute("pragma cache_size = -65536")
        connection.execute(f"pragma application_id = {APPLICATION_ID}")
        connection.execute("begin")
        for statement in tables:
            connection.execute(statement)
        connection.execute("insert into alembic_version (version_num) values (?)", (HEAD,))
        fill(connection)
        # Indexes that are built from whole tables take a third of the time.
        for statement in statements[len(tables) :]:
            connection.execute(statement)
        connection.execute("commit")


def upgrade(path: Path, *, scripts: Path = MIGRATIONS, aside: bool = True, clock: Clock = now) -> None:
    """Run the revisions of `scripts` that the file at `path` lacks, once even when several processes try.

    The old file is kept next to it as `NAME.before-REVISION.TIME` unless `aside` is off. Raises RegisterError, with
    the file unchanged, for a revision that `scripts` does not know or one that fails.
    """
    from sqlalchemy import create_engine, event
    from sqlalchemy.pool import StaticPool

    with closing(connect(path, patience=_PATIENCE)) as connection:
        # Alembic rebuilds tables on SQLite: with foreign keys on that would delete the rows that refer to them.
        connection.execute("pragma foreign_keys = off")
        engine = create_engine("sqlite://", creator=lambda: connection, poolclass=StaticPool)
        event.listen(engine, "begin", lambda bound: bound.exec_driver_sql("begin immediate"))
        # Alembic joins the open transaction, so that all revisions are applied or none.
        with engine.begin() as bound:
            _upgrade_locked(connection, bound, path, scripts, clock if aside else None)


def _upgrade_locked(
    connection: sqlite3.Connection, bound: Connection, path: Path, scripts: Path, clock: Clock | None
) -> None:
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext
    from alembic.script import ScriptDirectory

    # Another process may have upgraded the file, or changed what acts in it, while this one waited for the lock.
    refuse_foreign(path, connection)
    revision = read_revision(connection)
    script = ScriptDirectory(str(scripts))
    if revision == script.get_current_head():
        return
    if revision is not None and revision not in {known.revision for known in script.walk_revisions()}:
        raise newer(path, revision)
    if clock is not None and revision is not None:
        _copy_aside(path, path.with_name(f"{path.name}.before-{revision}.{clock():%Y%m%dT%H%M%SZ}"))
    config = Config()
    config.attributes["connection"] = bound
    environment = EnvironmentContext(
        config, script, fn=lambda current, _: script._upgrade_revs("head", current), destination_rev="head"
    )
    try:
        open_journal(path, connection)
        with environment:
            script.run_env()
    except Exception as error:
        raise RegisterError(
            f"{path} could not be upgraded from revision {revision}, and was left unchanged ({error})",
            "keep the file and report this",
        ) from error
    if broken := connection.execute("pragma foreign_key_check").fetchall():
        rows = f"{number_of(len(broken), 'row')} {plural(len(broken), 'refers', 'refer')} to a missing row"
        raise RegisterError(f"{path} could not be upgraded, and was left unchanged: {rows}", RESTORE)


def newer(path: Path, revision: str) -> RegisterError:
    """The refusal of a file that only a newer program can read."""
    return RegisterError(
        f"{path} was written by a newer ai-debt (its revision is {revision})", "update ai-debt to open it"
    )


def _copy_aside(path: Path, copy: Path) -> None:
    """Copy the file before its upgrade, readable by the same people."""

    def fill(unfinished: Path) -> None:
        # Others can still read what was committed, so a second connection can, too.
        with closing(connect(path, mode="ro")) as source, closing(connect(unfinished)) as target:
            source.backup(target)

    try:
        # One of this second is of an upgrade that was interrupted.
        copy.unlink(missing_ok=True)
        if not make_file(copy, fill, mode=path.stat().st_mode & READABLE, like=path):
            raise FileExistsError(f"{copy} already exists")
    except (OSError, sqlite3.Error) as error:
        raise RegisterError(
            f"{path} needs an upgrade, but could not be backed up first ({error})", f"free some space in {path.parent}"
        ) from error
