"""Saved queries: kept under a name, replaced, renamed, removed, and all of it undone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from store.audit.undo import redo, undo
from store.commands.saved_queries import remove_query, rename_query, save_query
from store.commands.settings import set_register
from store.enums import SavedKind, Severity
from store.errors import ConflictError, InvalidValueError, NotFoundError, RegisterError
from store.queries import lookup
from store.queries.history import changes
from store.queries.lookup import SavedRow
from store.queries.overview import register_row

if TYPE_CHECKING:
    from store.db.database import Database

VIEW, RULE = SavedKind.VIEW, SavedKind.RULE


def saved(db: Database, kind: SavedKind = VIEW) -> list[tuple[str, str]]:
    with db.read() as session:
        rows = lookup.saved_queries(session, kind)
    assert rows == tuple(SavedRow(kind, row.name, row.query) for row in rows)
    return [(row.name, row.query) for row in rows]


def test_a_query_is_kept_under_its_name_whatever_the_case(db: Database) -> None:
    assert save_query(db, VIEW, " Mine ", "owner:ana").message == "Saved view Mine"
    save_query(db, VIEW, "Later", "status:accepted")
    save_query(db, RULE, "Mine", "severity:high")
    assert save_query(db, VIEW, "MINE", "owner:bo").message == "Saved view Mine, replacing 'owner:ana'"
    assert save_query(db, VIEW, "mine", "owner:bo").batch is None
    assert saved(db) == [("Mine", "owner:bo"), ("Later", "status:accepted")]
    undo(db)
    assert saved(db) == [("Mine", "owner:ana"), ("Later", "status:accepted")]


def test_who_saw_another_text_is_told(db: Database, bo: Database) -> None:
    save_query(db, VIEW, "Mine", "owner:ana")
    save_query(bo, VIEW, "Mine", "owner:bo", before="owner:ana")
    with pytest.raises(ConflictError) as caught:
        save_query(db, VIEW, "Mine", "owner:cy", before="owner:ana")
    (conflict,) = caught.value.conflicts
    assert (conflict.key, conflict.theirs, conflict.by) == ("Mine", "owner:bo", "bo")
    with pytest.raises(RegisterError, match="bo has since changed the query of Mine"):
        undo(db)


def test_renamed_removed_and_brought_back(db: Database, bo: Database) -> None:
    save_query(db, VIEW, "Mine", "owner:ana")
    save_query(db, VIEW, "Other", "owner:none")
    with pytest.raises(InvalidValueError, match="there is already a view Other"):
        rename_query(db, VIEW, "mine", "other")
    assert rename_query(db, VIEW, "mine", "MINE").batch is not None
    remove_query(db, VIEW, "mine")
    assert saved(db) == [("Other", "owner:none")]
    save_query(bo, VIEW, "MINE", "taken")
    with pytest.raises(RegisterError, match="bo has since used MINE for another view"):
        undo(db)
    remove_query(bo, VIEW, "MINE")
    undo(db)
    assert saved(db) == [("MINE", "owner:ana"), ("Other", "owner:none")]
    assert undo(db).message == "Undid: MINE rename"
    redo(db)
    assert saved(db)[0][0] == "MINE"


def test_what_is_not_there_or_no_name(db: Database) -> None:
    with pytest.raises(NotFoundError, match="unknown view Mine: no view has been saved yet"):
        remove_query(db, VIEW, "Mine")
    save_query(db, VIEW, "Other", "owner:none")
    with pytest.raises(NotFoundError, match="unknown view Mine: use one of Other"):
        rename_query(db, VIEW, "Mine", "x")
    for name, query in (("", "x"), ("x", " "), ("n" * 121, "x")):
        with pytest.raises(InvalidValueError):
            save_query(db, VIEW, name, query)


def test_days_by_severity(db: Database) -> None:
    set_register(db, {"mitigate_within": "HIGH 30, low:90 days", "accept_for": "medium=14d"})
    with db.read() as session:
        row = register_row(session)
    assert row.mitigate_within == ((Severity.HIGH, 30), (Severity.LOW, 90))
    assert row.accept_for == ((Severity.MEDIUM, 14),)
    with pytest.raises(ConflictError):
        set_register(db, {"accept_for": "low 9"}, before={"accept_for": "medium 15"})
    assert set_register(db, {"accept_for": "low 9"}, before={"accept_for": "Medium 14"}).batch is not None
    for wrong in ("high", "30", "high 0", "huge 3", "high 30 medium"):
        with pytest.raises(InvalidValueError):
            set_register(db, {"accept_for": wrong})
    undo(db)
    set_register(db, {"mitigate_within": ""})
    with db.read() as session:
        assert register_row(session).mitigate_within == ()
        told = changes(session, limit=1)[0]
    assert (told.before, told.after) == ("high 30, low 90", None)
    undo(db)
    with db.read() as session:
        assert register_row(session).mitigate_within == ((Severity.HIGH, 30), (Severity.LOW, 90))
