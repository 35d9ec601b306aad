"""The register of every earlier release opens, and says what it said."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from store.audit.undo import undo
from store.audit.verify import verify
from store.db.database import Database
from store.db.migrate import HEAD
from tests.store.asking import content, item, trail
from tests.store.releases import kept, rebuild

if TYPE_CHECKING:
    from pathlib import Path

TABLES = ("register", "category", "item", "component", "item_component", "dependency", "document", "change")


def rows(path: Path, columns: dict[str, list[str]] | None = None) -> dict[str, list[dict[str, object]]]:
    """Every row of every table, of these columns or of all that there are."""
    found = {}
    with closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        for table in TABLES:
            asked = ", ".join(columns[table]) if columns else "*"
            found[table] = [dict(row) for row in connection.execute(f"SELECT {asked} FROM {table} ORDER BY rowid")]
    return found


@pytest.mark.parametrize("revision", kept())
def test_nothing_that_it_said_is_gone(revision: str, tmp_path: Path) -> None:
    path = rebuild(revision, tmp_path / "register.db")
    before = rows(path)
    with Database.open(path) as db:
        assert verify(db) == ()
    assert rows(path, {table: list(listed[0]) for table, listed in before.items()}) == before


def test_the_first_release(tmp_path: Path) -> None:
    with Database.open(rebuild("0001", tmp_path / "register.db"), actor="bo") as db:
        register, told = content(db), trail(db)
        assert register.title
        assert len(register.items) == 16
        assert len(register.categories) == 7
        assert len(register.dependencies) == 7
        renamed = item(db, "EN-001")
        assert (renamed.title, renamed.status, renamed.status_note) == (
            "Renamed by bo",
            "Mitigated",
            "shipped with the spring release",
        )
        odd = next(one for one in register.items if one.title == "A new item")
        assert odd.description.splitlines()[0] == "Naïve — “quoted”, 'single', ünïcode 漢字"
        assert odd.description.splitlines()[1] == "and a second line; DROP TABLE item;--"
        assert [(change.actor, change.verb) for change in told[:3]] == [
            ("bo", "edit"),
            ("ana", "add"),
            ("ana", "comment"),
        ]
        # Whoever did the last thing then takes it back now.
        undo(db)
        assert item(db, "EN-001").title != "Renamed by bo"
        assert verify(db) == ()


def test_the_newest_revision_needs_no_fixture_and_every_other_has_one() -> None:
    assert {f"{number:04d}" for number in range(1, int(HEAD))} == set(kept())
