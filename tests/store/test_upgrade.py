"""Bringing older databases up to date, and leaving newer ones alone."""

from __future__ import annotations

import shutil
import sqlite3
import stat
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from store.commands.items import edit_items
from store.db.database import Database
from store.db.migrate import HEAD, MIGRATIONS, SCHEMA, upgrade
from store.db.sqlite import APPLICATION_ID
from store.db.values import TABLES, kinds_of
from store.errors import RegisterError
from store.models import Table
from tests.database_schema import schema_sql
from tests.store.asking import content, processes
from tests.store.releases import rebuild

if TYPE_CHECKING:
    from pathlib import Path

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)

NEWER = f"{int(HEAD) + 1:04d}"
"""A revision after the newest one."""

# It rebuilds the table that item_component and dependency refer to: with foreign keys on their rows would go.
NEXT = f'''
"""One revision more."""
import sqlalchemy as sa
from alembic import op

revision = "{NEWER}"
down_revision = "{HEAD}"

def upgrade():
    with op.batch_alter_table("item", recreate="always") as batch:
        batch.add_column(sa.Column("color", sa.Text()))
    op.execute("UPDATE item SET color = 'red'")
'''

UPGRADE = """
import sys
from pathlib import Path
from store.db.migrate import upgrade
print("ready", flush=True)
sys.stdin.readline()
upgrade(Path(sys.argv[1]), scripts=Path(sys.argv[2]))
print("done")
"""


def with_revision(tmp_path: Path, body: str) -> Path:
    """Our revisions and one more."""
    scripts = tmp_path / "newer"
    shutil.copytree(MIGRATIONS, scripts, ignore=shutil.ignore_patterns("__pycache__"))
    (scripts / "versions" / f"{NEWER}_next.py").write_text(body, encoding="utf-8")
    return scripts


ORDERED = "SELECT * FROM dependency ORDER BY id"
NEWEST = "SELECT seq FROM sqlite_sequence WHERE name = 'item'"


def ask(path: Path, question: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(question).fetchall()


def downgrade(path: Path, revision: str) -> None:
    """Take a database back to a revision."""
    script, config = ScriptDirectory(str(MIGRATIONS)), Config()
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        with EnvironmentContext(
            config, script, fn=lambda now, _: script._downgrade_revs(revision, now), destination_rev=revision
        ):
            script.run_env()
    engine.dispose()


def test_the_revisions_make_the_tables_that_the_models_say(sample_copy: Path) -> None:
    engine = create_engine(f"sqlite:///{sample_copy}")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Table.metadata) == []
        checks = connection.exec_driver_sql("SELECT sql FROM sqlite_master WHERE name = 'item'").scalar()
    engine.dispose()
    assert [name in str(checks) for name in ("ck_item_severity", "ck_item_status", "ck_item_effort")] == [True] * 3


def test_plain_sql_knows_the_columns_that_the_models_have() -> None:
    tables = Table.metadata.sorted_tables
    assert tuple(table.name for table in tables) == TABLES
    for table in tables:
        assert kinds_of(table.name) == {column.name: column.type.kind for column in table.c}, table.name


def test_the_newest_revision_is_the_one_that_opening_looks_for() -> None:
    assert ScriptDirectory(str(MIGRATIONS)).get_current_head() == HEAD


def test_a_new_register_has_the_schema_that_the_revisions_make(tmp_path: Path) -> None:
    assert SCHEMA.read_text(encoding="utf-8") == schema_sql(tmp_path), "`make docs` writes what the revisions make"


def test_every_revision_has_a_way_back(sample_copy: Path) -> None:
    downgrade(sample_copy, "base")
    left = ask(sample_copy, "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    assert left == [("alembic_version",)]


def test_items_keep_their_indexes_their_links_and_their_ids_where_their_table_is_made_anew(tmp_path: Path) -> None:
    path = rebuild("0004", tmp_path / "register.db")
    with closing(sqlite3.connect(path)) as connection:
        # The release removed item 18; the trail still has its id, and that of the one that is removed here.
        connection.execute("DELETE FROM dependency WHERE source_id = 17")
        connection.execute("DELETE FROM item_component WHERE item_id = 17")
        connection.execute("DELETE FROM item WHERE id = 17")
        connection.execute("CREATE INDEX by_owner_and_title ON item (lower(title)) WHERE owner IS NOT NULL")
        connection.commit()
    indexes = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'item' ORDER BY name"
    linked = "SELECT * FROM item_component ORDER BY item_id, position"
    columns = ", ".join(f'"{name}"' for _, name, *_ in ask(path, "PRAGMA table_info(item)"))
    asked = (indexes, linked, f"SELECT {columns} FROM item", ORDERED)
    before = [ask(path, each) for each in asked]
    upgrade(path, aside=False)
    assert [ask(path, each) for each in asked] == before
    with closing(sqlite3.connect(path)) as connection:
        added = connection.execute(
            "INSERT INTO item (key, category_id, position, status, version, created, updated, description)"
            " SELECT 'BE-099', category_id, 99, status, 1, created, updated, description FROM item LIMIT 1"
        )
        assert added.lastrowid == 19
        connection.execute("UPDATE item SET severity = 'Critical' WHERE id = 19")
        with pytest.raises(sqlite3.IntegrityError, match="ck_item_severity"):
            connection.execute("UPDATE item SET severity = 'Blocker' WHERE id = 19")


def test_a_register_without_items_is_upgraded_too(tmp_path: Path) -> None:
    path = rebuild("0004", tmp_path / "register.db")
    with closing(sqlite3.connect(path)) as connection:
        for table in ("dependency", "item_component", "item"):
            connection.execute(f"DELETE FROM {table}")
        connection.commit()
    upgrade(path, aside=False)
    assert ask(path, "SELECT count(*) FROM item") == [(0,)]
    assert ask(path, NEWEST) == [(18,)]


def test_what_is_critical_or_unrated_stays_an_item_on_the_way_back(sample_copy: Path) -> None:
    with Database.open(sample_copy) as db:
        edit_items(db, ["EN-001"], {"severity": "critical"})
        edit_items(db, ["EN-003"], {"severity": None})
    downgrade(sample_copy, "0004")
    found = ask(sample_copy, "SELECT key, severity FROM item WHERE key IN ('EN-001', 'EN-002', 'EN-003') ORDER BY key")
    assert found == [("EN-001", "High"), ("EN-002", "High"), ("EN-003", "Medium")]
    upgrade(sample_copy, aside=False)
    with Database.open(sample_copy) as db:
        assert len(content(db).items) == 15


def test_an_older_database_is_copied_aside_and_upgraded(sample_copy: Path, tmp_path: Path) -> None:
    sample_copy.chmod(0o640)
    before = ask(sample_copy, "SELECT * FROM item_component")
    upgrade(sample_copy, scripts=with_revision(tmp_path, NEXT), clock=lambda: NOON)
    assert ask(sample_copy, "SELECT version_num FROM alembic_version") == [(NEWER,)]
    assert ask(sample_copy, "SELECT DISTINCT color FROM item") == [("red",)]
    assert ask(sample_copy, "SELECT * FROM item_component") == before
    assert len(ask(sample_copy, "SELECT * FROM dependency")) == 7
    copy = tmp_path / f"register.db.before-{HEAD}.20260504T120000Z"
    assert stat.S_IMODE(copy.stat().st_mode) == 0o640
    with Database.open(copy) as db:
        assert len(content(db).items) == 15
    assert not [entry for entry in tmp_path.iterdir() if entry.name.startswith(".")]


def test_a_database_without_tables_is_brought_up_from_the_beginning(tmp_path: Path) -> None:
    path = tmp_path / "register.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    with Database.open(path) as db:
        assert content(db).items == ()
    assert [entry.name for entry in tmp_path.iterdir()] == ["register.db"]


def test_processes_upgrade_once(sample_copy: Path, tmp_path: Path) -> None:
    scripts = with_revision(tmp_path, NEXT)
    assert processes(UPGRADE, [str(sample_copy), str(scripts)]) == ["done"] * 3
    assert ask(sample_copy, "SELECT count(*) FROM item WHERE color = 'red'") == [(15,)]
    assert len(list(tmp_path.glob("register.db.before-*"))) == 1


def test_a_newer_database_is_refused_and_left_alone(sample_copy: Path, tmp_path: Path) -> None:
    upgrade(sample_copy, scripts=with_revision(tmp_path, NEXT), aside=False)
    before = sample_copy.read_bytes()
    with pytest.raises(RegisterError, match=rf"written by a newer ai-debt.*{NEWER}.*update ai-debt"):
        Database.open(sample_copy)
    assert sample_copy.read_bytes() == before


@pytest.mark.parametrize(
    "breaking",
    [
        "op.execute('nonsense')",
        "op.execute('DELETE FROM item')",
    ],
)
def test_a_revision_that_fails_changes_nothing(sample_copy: Path, tmp_path: Path, breaking: str) -> None:
    scripts = with_revision(tmp_path, f"{NEXT}\n    {breaking}\n")
    with pytest.raises(RegisterError, match="left unchanged"):
        upgrade(sample_copy, scripts=scripts, clock=lambda: NOON)
    assert ask(sample_copy, "SELECT version_num FROM alembic_version") == [(HEAD,)]
    assert ask(sample_copy, "SELECT name FROM sqlite_master WHERE name LIKE '_alembic%'") == []
    with Database.open(sample_copy) as db:
        assert len(content(db).items) == 15


def test_without_a_copy_there_is_no_upgrade(sample_copy: Path, tmp_path: Path) -> None:
    # Its name is taken by a directory.
    (tmp_path / f"register.db.before-{HEAD}.20260504T120000Z").mkdir()
    with pytest.raises(RegisterError, match="could not be backed up"):
        upgrade(sample_copy, scripts=with_revision(tmp_path, NEXT), clock=lambda: NOON)
    assert ask(sample_copy, "SELECT version_num FROM alembic_version") == [(HEAD,)]
