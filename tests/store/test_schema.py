"""What others put into the schema of a register: nothing of it acts in anybody else's name, whenever it comes."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from store.audit.undo import redo, undo
from store.audit.verify import verify
from store.commands.imports.apply import apply_import
from store.commands.imports.plan import plan_import
from store.commands.items import add_item, comment, set_status
from store.commands.saved_queries import save_query
from store.db.database import Database
from store.db.migrate import upgrade
from store.db.sqlite import APPLICATION_ID
from store.enums import SavedKind, Status
from store.errors import RegisterError
from store.maintenance.backup import back_up
from store.maintenance.restore import plan_restore, restore
from store.review.commands import start
from store.samples import sample_text
from tests.conftest import Ticks
from tests.store.asking import content, item
from tests.store.releases import rebuild

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TRIGGER = "CREATE TRIGGER planted AFTER INSERT ON change BEGIN DELETE FROM dependency; END"
VIEW = (
    "ALTER TABLE item RENAME TO other",
    "CREATE VIEW item AS SELECT * FROM other",
)
PLANTER = "import sqlite3, sys; sqlite3.connect(sys.argv[1]).executescript(sys.argv[2])"


def import_more(db: Database) -> None:
    """Import the sample with another line."""
    plan = plan_import(db, f"{sample_text()}\nMore.\n", path=None)
    apply_import(db, plan)


WAYS: dict[str, Callable[[Database], object]] = {
    "set": lambda db: set_status(db, ["EN-001"], Status.MITIGATED),
    "add": lambda db: add_item(db, {"category": "BE", "description": "New debt.", "severity": "low"}),
    "undo": undo,
    "redo": redo,
    "import": import_more,
    "view": lambda db: save_query(db, SavedKind.VIEW, "mine", "is:open"),
    "review": lambda db: start(db),
}


def plant(path: Path, *statements: str) -> None:
    """Change the schema as another program does."""
    code = [sys.executable, "-I", "-c", PLANTER, str(path), ";".join(statements)]
    subprocess.run(code, check=True)


def altered(table: str, before: str, after: str) -> tuple[str, ...]:
    """What lets a table of ours say something else."""
    return (
        "PRAGMA writable_schema = ON",
        f"UPDATE sqlite_master SET sql = replace(sql, '{before}', '{after}') WHERE name = '{table}'",
        "PRAGMA schema_version = 4321",
    )


ACTING = {
    "CASCADE": altered("dependency", "REFERENCES item (id)", "REFERENCES item (id) ON DELETE CASCADE"),
    "SET": altered("register", "REFERENCES document (id)", "REFERENCES document (id) ON DELETE SET NULL"),
    "CONFLICT": altered("item", 'UNIQUE ("key")', 'UNIQUE ("key") ON CONFLICT REPLACE'),
    "COLLATE": altered("item", "owner TEXT", "owner TEXT COLLATE NOCASE"),
    "GENERATED": altered("item", "owner TEXT", "owner TEXT GENERATED ALWAYS AS (''x'')"),
    "as": altered("item", "owner TEXT", "owner TEXT as (''x'')"),
    "DEFAULT": altered("item", "owner TEXT", "owner TEXT DEFAULT ''x''"),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_trigger_that_comes_while_it_is_open_never_acts(sample_copy: Path, db: Database, way: str) -> None:
    set_status(db, ["EN-002"], Status.MITIGATED)
    set_status(db, ["EN-003"], Status.MITIGATED)
    undo(db)
    before = content(db)
    plant(sample_copy, TRIGGER)
    with pytest.raises(RegisterError, match=r"contains an unknown trigger, 'planted'.*drop trigger \"planted\""):
        WAYS[way](db)
    assert "'planted'" in str(db.trouble)
    assert content(db) == before
    plant(sample_copy, "DROP TRIGGER planted")
    WAYS[way](db)
    assert db.trouble is None
    assert len(content(db).dependencies) == len(before.dependencies)


def test_a_trigger_is_noticed_at_the_next_poll_and_forgotten_after_it_went(sample_copy: Path, db: Database) -> None:
    db.data_version()
    assert db.trouble is None
    plant(sample_copy, TRIGGER)
    db.data_version()
    assert "'planted'" in str(db.trouble)
    plant(sample_copy, "DROP TRIGGER planted")
    db.data_version()
    assert db.trouble is None


def test_a_trigger_that_hides_behind_an_unchanged_number_never_acts(sample_copy: Path, db: Database) -> None:
    edges = len(content(db).dependencies)
    with closing(sqlite3.connect(sample_copy)) as other:
        (number,) = other.execute("PRAGMA schema_version").fetchone()
        other.execute(TRIGGER)
        other.execute(f"PRAGMA schema_version = {number}")
    comment(db, ["EN-001"], "hello")
    assert len(content(db).dependencies) == edges
    with pytest.raises(RegisterError, match="'planted'"):
        Database.open(sample_copy)


def test_a_view_in_place_of_a_table_is_not_read(sample_copy: Path, db: Database) -> None:
    plant(sample_copy, *VIEW)
    for use in (content, lambda opened: comment(opened, ["EN-001"], "hello")):
        with pytest.raises(RegisterError, match="contains an unknown view, 'item'"):
            use(db)
    plant(sample_copy, "DROP VIEW item", "ALTER TABLE other RENAME TO item")
    assert len(content(db).items) == 15


@pytest.mark.parametrize("word", ACTING)
def test_a_table_that_would_act_is_refused(sample_copy: Path, word: str) -> None:
    changed = f"was changed and would act on your behalf \\({word}\\): ask who changed it, then restore"
    with Database.open(sample_copy) as db:
        count = len(content(db).items)
        backup = back_up(db).path
        plant(sample_copy, *ACTING[word])
        with pytest.raises(RegisterError, match=changed):
            comment(db, ["EN-001"], "hello")
    with pytest.raises(RegisterError, match=changed):
        Database.open(sample_copy)
    restore(sample_copy, plan_restore(sample_copy, backup), clock=Ticks())
    with Database.open(sample_copy) as again:
        assert len(content(again).items) == count


def test_a_virtual_table_is_refused(sample_copy: Path) -> None:
    plant(sample_copy, "CREATE VIRTUAL TABLE search USING fts5(text)")
    with pytest.raises(RegisterError, match=r"contains an unknown table, 'search'.*drop table \"search\""):
        Database.open(sample_copy)


def test_what_only_makes_it_faster_or_lies_beside_is_let_be(sample_copy: Path, db: Database) -> None:
    plant(
        sample_copy,
        "CREATE INDEX by_title ON item (lower(title)) WHERE title IS NOT NULL",
        "CREATE TABLE aside (id INTEGER PRIMARY KEY, said TEXT)",
        "ANALYZE",
    )
    set_status(db, ["EN-001"], Status.MITIGATED)
    with Database.open(sample_copy) as again:
        assert item(again, "EN-001").status == Status.MITIGATED


def test_an_upgrade_looks_again_once_it_has_the_lock(tmp_path: Path) -> None:
    path = rebuild("0003", tmp_path / "register.db")
    plant(path, f"PRAGMA application_id = {APPLICATION_ID}", TRIGGER.replace("INSERT ON change", "UPDATE ON item"))
    before = path.read_bytes()
    with pytest.raises(RegisterError, match="'planted'"):
        upgrade(path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_backups_that_hold_something_else_are_not_removed(db: Database) -> None:
    old = back_up(db).path
    plant(old, "ALTER TABLE change RENAME TO other", "CREATE VIEW change AS SELECT * FROM other")
    back_up(db, keep=1)
    assert old.exists()
    assert verify(db) == ()
