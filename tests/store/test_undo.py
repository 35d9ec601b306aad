"""Undo and redo: one's own newest edit, in every process, never over someone else's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from store.audit.undo import ImportUndoError, redo, undo
from store.commands.categories import add_category, edit_category, move_category, remove_category
from store.commands.dependencies import link, relabel, unlink
from store.commands.export import export_file
from store.commands.imports.apply import apply_import
from store.commands.imports.plan import plan_import
from store.commands.items import accept, add_item, comment, edit_items, remove_items, set_status
from store.commands.settings import create, set_register
from store.db.database import Database
from store.enums import Severity, Status
from store.errors import RegisterError
from store.formats.document.model import CadenceEntry
from store.review.commands import finish, start
from store.samples import sample_text
from tests.store.asking import content, edges, item, processes, reversed_by, trail

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from store.audit.log import Done

VERBS: list[Callable[[Database], Done]] = [
    lambda db: set_status(db, ["EN-001", "FL-001"], Status.OPEN, note="again"),
    lambda db: accept(db, ["EN-002"], rationale="cheap", by="bo", until=None),
    lambda db: edit_items(
        db, ["EN-001"], {"owner": "MLP", "components": "Amber; X", "affected": "12%", "due_on": "2026-09-01"}
    ),
    lambda db: edit_items(db, ["EN-001", "EN-002"], {"category": "BE"}),
    lambda db: edit_items(db, ["EN-001"], {"key": "EN-101", "effort": "XL", "title": None}),
    lambda db: add_item(db, {"category": "EN", "description": "x", "severity": "low", "components": "New; Parts"}),
    lambda db: remove_items(db, ["EN-001", "MS-001"]),
    lambda db: comment(db, ["EN-001"], "hello"),
    lambda db: link(db, "EN-003", "EN-003", "x"),
    lambda db: relabel(db, "EN-001", "EN-002", "feature changes cascade to", "breaks"),
    lambda db: unlink(db, "EN-001", "EN-002"),
    lambda db: add_category(db, code="GV", name="Governance"),
    lambda db: edit_category(db, "EN", {"code": "CACE", "definition": None}),
    lambda db: move_category(db, "EN", -1),
    lambda db: set_register(db, {"title": "T", "cadence": (CadenceEntry("a", "b"),), "project_total": 7}),
]


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_is_undone_and_redone_exactly(db: Database, verb: Callable[[Database], object]) -> None:
    before = content(db)
    verb(db)
    after = content(db)
    told = len(trail(db))
    assert undo(db).message.startswith("Undid: ")
    assert content(db) == before
    assert redo(db).message.startswith("Redid: ")
    assert content(db) == after
    undo(db)
    assert content(db) == before
    assert len(trail(db)) > told


def test_steps_are_taken_back_in_turn_and_forward_again(db: Database) -> None:
    seen = [content(db)]
    for verb in VERBS[:3]:
        verb(db)
        seen.append(content(db))
    assert undo(db).message == "Undid: EN-001 edit"
    assert undo(db).message == "Undid: EN-002 acceptance"
    assert content(db) == seen[1]
    assert redo(db).message == "Redid: EN-002 acceptance"
    assert undo(db).message == "Undid: EN-002 acceptance"
    assert undo(db).message == "Undid: status change of 2 items"
    assert content(db) == seen[0]
    for state in seen[1:]:
        redo(db)
        assert content(db) == state
    with pytest.raises(RegisterError, match="nothing to redo"):
        redo(db)


def test_a_new_edit_ends_what_could_be_redone(db: Database) -> None:
    set_status(db, ["EN-001"], Status.MITIGATED)
    undo(db)
    edit_items(db, ["EN-002"], {"owner": "MLP"})
    with pytest.raises(RegisterError, match="nothing to redo"):
        redo(db)
    undo(db)
    assert redo(db).message == "Redid: EN-002 edit"
    with pytest.raises(RegisterError, match="nothing to redo"):
        redo(db)


def test_everyone_undoes_their_own(db: Database, bo: Database) -> None:
    edit_items(db, ["EN-001"], {"owner": "MLP"})
    edit_items(bo, ["EN-001"], {"severity": "low"})
    assert undo(db).message == "Undid: EN-001 edit"
    found = item(db, "EN-001")
    assert (found.owner, found.severity) == (None, Severity.LOW)
    with pytest.raises(RegisterError, match="nothing to undo"):
        undo(db)
    with pytest.raises(RegisterError, match="nothing to redo"):
        redo(bo)
    assert undo(bo).batch


def later_edits() -> dict[str, tuple[Callable[[Database], object], Callable[[Database], object], str]]:
    """What ana does, what bo does after it, and why ana cannot undo hers."""
    new = {"category": "EN", "description": "x", "severity": "low"}
    return {
        "field": (
            lambda db: edit_items(db, ["EN-001"], {"owner": "MLP"}),
            lambda db: edit_items(db, ["EN-001"], {"owner": "Ads"}),
            "bo has since changed the owner of EN-001",
        ),
        "components": (
            lambda db: edit_items(db, ["EN-001"], {"components": "A"}),
            lambda db: edit_items(db, ["EN-001"], {"components": "B"}),
            "bo has since changed the components of EN-001",
        ),
        "removed": (
            lambda db: edit_items(db, ["EN-001"], {"owner": "MLP"}),
            lambda db: remove_items(db, ["EN-001"]),
            "bo has since removed EN-001",
        ),
        "new item edited": (
            lambda db: add_item(db, new),
            lambda db: edit_items(db, ["EN-004"], {"owner": "Ads"}),
            "bo has since changed the owner of EN-004",
        ),
        "new item removed": (
            lambda db: add_item(db, new),
            lambda db: remove_items(db, ["EN-004"]),
            "bo has since removed EN-004",
        ),
        "new item linked": (
            lambda db: add_item(db, new),
            lambda db: link(db, "EN-004", "EN-001", "x"),
            "bo has since linked EN-004 -> EN-001",
        ),
        "old key taken": (
            lambda db: edit_items(db, ["EN-001"], {"key": "EN-101"}),
            lambda db: add_item(db, new | {"key": "EN-001"}),
            "bo has since used EN-001 for another item",
        ),
        "removed key taken": (
            lambda db: remove_items(db, ["EN-001"]),
            lambda db: add_item(db, new | {"key": "EN-001"}),
            "bo has since used EN-001 for another item",
        ),
        "category gone": (
            lambda db: edit_items(db, ["MS-001"], {"category": "EN"}),
            lambda db: remove_category(db, "MS"),
            "bo has since removed the category MS",
        ),
        "category of removed gone": (
            lambda db: remove_items(db, ["MS-001"]),
            lambda db: remove_category(db, "MS"),
            "bo has since removed the category MS",
        ),
        "new category used": (
            lambda db: add_category(db, code="GV", name="Governance"),
            lambda db: add_item(db, new | {"category": "GV"}),
            "bo has since moved GV-001 to this category",
        ),
        "category edited": (
            lambda db: edit_category(db, "EN", {"name": "A"}),
            lambda db: edit_category(db, "EN", {"name": "B"}),
            "bo has since changed the name of EN",
        ),
        "code taken": (
            lambda db: edit_category(db, "EN", {"code": "CACE"}),
            lambda db: add_category(db, code="EN", name="Other"),
            "bo has since used EN for another category",
        ),
        "category moved": (
            lambda db: move_category(db, "EN", -1),
            lambda db: move_category(db, "EN", 3),
            "bo has since changed the position of BE",
        ),
        "relabeled": (
            lambda db: relabel(db, "EN-001", "EN-002", "feature changes cascade to", "a"),
            lambda db: relabel(db, "EN-001", "EN-002", "a", "b"),
            "bo has since changed the label of EN-001 -> EN-002",
        ),
        "old label taken": (
            lambda db: relabel(db, "EN-001", "EN-002", "feature changes cascade to", "a"),
            lambda db: link(db, "EN-001", "EN-002", "feature changes cascade to"),
            "bo has since linked EN-001 -> EN-002 with that label",
        ),
        "linked again": (
            lambda db: unlink(db, "EN-001", "EN-002"),
            lambda db: link(db, "EN-001", "EN-002", "feature changes cascade to"),
            "bo has since linked EN-001 -> EN-002 with that label",
        ),
        "end gone": (
            lambda db: unlink(db, "EN-001", "EN-002"),
            lambda db: remove_items(db, ["EN-002"]),
            "bo has since removed the item EN-002",
        ),
        "fact": (
            lambda db: set_register(db, {"title": "A"}),
            lambda db: set_register(db, {"title": "B"}),
            "bo has since changed the title of the register",
        ),
    }


@pytest.mark.parametrize("case", later_edits())
def test_nothing_of_somebody_else_is_overwritten(db: Database, bo: Database, case: str) -> None:
    mine, theirs, says = later_edits()[case]
    mine(db)
    theirs(bo)
    before, told = content(db), trail(db)
    with pytest.raises(RegisterError, match=says):
        undo(db)
    assert content(db) == before
    assert trail(db) == told


def test_a_redo_is_refused_the_same_way(db: Database, bo: Database) -> None:
    edit_items(db, ["EN-001"], {"owner": "MLP"})
    undo(db)
    edit_items(bo, ["EN-001"], {"owner": "Ads"})
    with pytest.raises(RegisterError, match="bo has since changed the owner of EN-001"):
        redo(db)


def test_what_somebody_redid_and_undid_again_is_not_in_the_way(db: Database, bo: Database) -> None:
    edit_items(db, ["EN-001"], {"owner": "MLP"})
    edit_items(bo, ["EN-001"], {"owner": "Ads"})
    for verb in (undo, redo):
        verb(bo)
    with pytest.raises(RegisterError, match="bo has since changed the owner of EN-001"):
        undo(db)
    undo(bo)
    undo(db)
    assert item(db, "EN-001").owner is None


def test_renaming_an_end_does_not_hold_up_a_link(db: Database, bo: Database) -> None:
    link(db, "EN-003", "EN-001", "x")
    edit_items(bo, ["EN-001"], {"key": "EN-101"})
    assert undo(db).batch
    assert ("EN-003", "EN-101", "x") not in edges(db)


def test_a_comment_that_was_taken_back_is_not_shown(db: Database) -> None:
    comment(db, ["EN-001"], "oops")
    undo(db)
    assert item(db, "EN-001").comments == ()
    redo(db)
    assert [one.note for one in item(db, "EN-001").comments] == ["oops"]


def test_an_import_is_undone_when_that_is_confirmed(tmp_path: Path) -> None:
    with Database.create(tmp_path / "r.db", actor="ana") as db:
        create(db, title="Empty")
        before = content(db)
        plan = plan_import(db, sample_text(), path=None)
        apply_import(db, plan)
        after = content(db)
        with pytest.raises(ImportUndoError, match="confirm with"):
            undo(db)
        assert content(db) == after
        assert undo(db, confirmed=True).message == "Undid: import"
        assert content(db) == before
        assert redo(db).message == "Redid: import"
        assert content(db) == after
        assert undo(db, confirmed=True).batch
        with pytest.raises(RegisterError, match="nothing to undo"):
            undo(db)


def test_an_export_is_not_undone(db: Database, tmp_path: Path) -> None:
    edit_items(db, ["EN-001"], {"owner": "MLP"})
    undo(db)
    export_file(db, tmp_path / "out.md")
    assert redo(db).message == "Redid: EN-001 edit"
    export_file(db, tmp_path / "out.md")
    assert undo(db).message == "Undid: EN-001 edit"


STEP = """
import sys
from pathlib import Path
from store.db.database import Database
from store.audit.undo import redo, undo
print("ready", flush=True)
sys.stdin.readline()
with Database.open(Path(sys.argv[1]), actor="ana") as db:
    print({"undo": undo, "redo": redo}[sys.argv[2]](db).message)
"""


def test_another_process_goes_on_where_this_one_stopped(db: Database, sample_copy: Path) -> None:
    before = content(db)
    set_status(db, ["EN-001"], Status.MITIGATED)
    after = content(db)
    assert processes(STEP, [str(sample_copy), "undo"], number=1) == ["Undid: EN-001 status change"]
    assert content(db) == before
    assert processes(STEP, [str(sample_copy), "redo"], number=1) == ["Redid: EN-001 status change"]
    assert content(db) == after
    assert undo(db).batch


def test_two_processes_that_undo_take_two_steps(db: Database, sample_copy: Path) -> None:
    before = content(db)
    set_status(db, ["EN-001"], Status.MITIGATED)
    edit_items(db, ["EN-001"], {"owner": "MLP"})
    said = processes(STEP, [str(sample_copy), "undo"], number=2)
    assert sorted(said) == ["Undid: EN-001 edit", "Undid: EN-001 status change"]
    assert content(db) == before


# Any two people, any edits, undone and redone in any order.


@pytest.mark.parametrize("verb", VERBS)
def test_what_says_that_it_is_undoable_is_what_undo_takes_back(db: Database, verb: Callable[[Database], Done]) -> None:
    done = verb(db)
    assert done.undoable
    undone = undo(db)
    assert reversed_by(db, undone) == done.batch
    assert not undone.undoable
    assert redo(db).undoable


def test_what_says_that_it_is_not_undoable_is_passed_over_by_undo(db: Database, tmp_path: Path) -> None:
    fixed: list[Callable[[], Done]] = [
        lambda: export_file(db, tmp_path / "debt.md"),
        lambda: export_file(db, tmp_path / "debt.md"),
        lambda: start(db, title="Weekly").done,
        lambda: finish(db, 1),
    ]
    for verb in fixed:
        mine = set_status(db, ["EN-001"], Status.MITIGATED)
        assert not verb().undoable
        assert reversed_by(db, undo(db)) == mine.batch
    assert (tmp_path / "debt.md").exists()
