"""Imports while others write: nobody waits for the work, and nothing of theirs is lost."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from store.audit.log import PreparedChange, StagedChanges
from store.audit.verify import verify
from store.commands.imports.apply import Draft, apply_import
from store.commands.items import comment, edit_items
from store.commands.settings import set_register
from store.db import bulk, sqlite
from store.enums import Severity
from store.errors import OutdatedPlanError, RegisterError
from store.samples import sample_text
from tests.store.asking import item, trail
from tests.store.importing import changed, plan, row

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

    from store.db.bulk import Staged
    from store.db.database import Database

TEXT = changed((row("EN-001"), row("EN-001").replace("| High |", "| Low |")))


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[int], object]], list[int]]:
    """Let someone act when an import is worked out and not written; how often that was is counted."""
    times: list[int] = []

    def let(act: Callable[[int], object]) -> list[int]:
        stage = Draft.stage

        def acting(self: Draft) -> list[Staged]:
            times.append(len(times))
            act(times[-1])
            return stage(self)

        monkeypatch.setattr(Draft, "stage", acting)
        return times

    return let


@pytest.mark.parametrize("few", [bulk.FEW, 0])
def test_what_the_file_leaves_alone_may_change(
    db: Database,
    bo: Database,
    meanwhile: Callable[[Callable[[int], object]], list[int]],
    monkeypatch: pytest.MonkeyPatch,
    few: int,
) -> None:
    # With 0, rows are staged before the others write.
    monkeypatch.setattr(bulk, "FEW", few)
    assert "| Low |" in TEXT
    found = plan(db, TEXT)

    def act(_: int) -> None:
        edit_items(bo, ["EN-001"], {"owner": "bo"})
        edit_items(bo, ["EN-002"], {"severity": "low"})
        comment(bo, ["EN-001"], "hello")

    times = meanwhile(act)
    apply_import(db, found)
    assert len(times) == 1
    assert (item(db, "EN-001").severity, item(db, "EN-001").owner) == (Severity.LOW, "bo")
    assert item(db, "EN-002").severity is Severity.LOW
    assert [change.verb for change in trail(db)[:2]] == ["import", "import"]
    assert verify(db) == ()


def test_rows_are_staged_without_a_lock(db: Database, bo: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "FEW", 0)
    monkeypatch.setattr(sqlite, "PATIENCE", 0.1)
    stage, done = bulk.Staged.stage, []

    def acting(self: bulk.Staged, connection: sqlite3.Connection) -> None:
        stage(self, connection)
        done.append(edit_items(bo, ["EN-001"], {"owner": f"bo {len(done)}"}))

    monkeypatch.setattr(bulk.Staged, "stage", acting)
    apply_import(db, plan(db, TEXT))
    assert len(done) >= 3
    assert item(db, "EN-001").owner == f"bo {len(done) - 1}"
    assert verify(db) == ()


@pytest.mark.parametrize("few", [bulk.FEW, 0])
def test_a_change_that_would_be_stored_as_something_else_is_refused(
    db: Database, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(bulk, "FEW", few)
    # SQLite stores this as a number of fewer digits.
    values = (None, "set", "item", 1, "EN-001", "due_on", None, "0.1234567890123456789", None)
    changes, before = StagedChanges([PreparedChange(values, "")]), trail(db)
    with (
        pytest.raises(RegisterError, match="did not store this change"),
        db.write("set", prepared=[changes]) as writer,
    ):
        writer.record_prepared(changes)
    assert trail(db) == before


def test_where_others_change_the_same_the_plan_is_another_one(
    db: Database, bo: Database, meanwhile: Callable[[Callable[[int], object]], list[int]]
) -> None:
    found = plan(db, TEXT)
    before = trail(db)
    times = meanwhile(lambda _: edit_items(bo, ["EN-001"], {"severity": "medium"}))
    with pytest.raises(OutdatedPlanError):
        apply_import(db, found)
    assert len(times) == 1
    assert len(trail(db)) == len(before) + 1
    assert item(db, "EN-001").severity is Severity.MEDIUM


def test_where_the_plan_stays_the_same_it_is_worked_out_again(
    db: Database, bo: Database, meanwhile: Callable[[Callable[[int], object]], list[int]]
) -> None:
    found = plan(db, TEXT)
    times = meanwhile(lambda number: number or set_register(bo, {"note": "Ours."}))
    apply_import(db, found)
    assert len(times) == 2
    assert item(db, "EN-001").severity is Severity.LOW
    assert verify(db) == ()


def test_a_document_that_an_export_stores_takes_no_id_from_an_import(
    db: Database, bo: Database, meanwhile: Callable[[Callable[[int], object]], list[int]]
) -> None:
    found = plan(db, TEXT)

    def act(number: int) -> None:
        if not number:
            with bo.write("export") as writer:
                bulk.insert(
                    writer.reader.connection,
                    "document",
                    {"text": "theirs", "sha256": hashlib.sha256(b"theirs").hexdigest()},
                )
                writer.commit_unrecorded()

    times = meanwhile(act)
    apply_import(db, found)
    assert len(times) == 2
    with db.read() as reader:
        assert reader.column("select text from document order by id desc limit 2") == [TEXT, "theirs"]


def test_somebody_who_never_stops_is_given_way_to(
    db: Database, bo: Database, meanwhile: Callable[[Callable[[int], object]], list[int]]
) -> None:
    found = plan(db, TEXT)
    times = meanwhile(lambda number: set_register(bo, {"note": f"Ours, {number}."}))
    with pytest.raises(OutdatedPlanError):
        apply_import(db, found)
    assert 1 < len(times) < 10
    assert item(db, "EN-001").severity is Severity.HIGH
    assert sample_text() != TEXT
