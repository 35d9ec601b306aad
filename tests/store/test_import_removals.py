"""Removing what the file no longer has, and what someone changed here since."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from store.audit.undo import undo
from store.commands.categories import edit_category
from store.commands.dependencies import link, relabel, unlink
from store.commands.export import export_file
from store.commands.imports.apply import apply_import
from store.commands.items import add_item, edit_items, set_status
from store.enums import Status
from store.errors import ConflictError, OutdatedPlanError
from store.formats.lines import read_file
from store.review.commands import decide, follow_up, start
from tests.store.asking import content, edges
from tests.store.importing import EDGE, changed, plan, row, take
from tests.store.test_import_missing import without_entanglement

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from store.db.database import Database

WITHOUT = changed((row("BE-002"), ""))
"""The sample without an item that nothing is linked to."""


def keys(db: Database) -> set[str]:
    return {item.key for item in content(db).items}


def codes(db: Database) -> list[str]:
    return [category.code for category in content(db).categories]


CHANGES: dict[str, tuple[Callable[[Database], object], str]] = {
    "a field": (lambda db: edit_items(db, ["BE-002"], {"owner": "Ann"}), "owner"),
    "its status": (lambda db: set_status(db, ["BE-002"], Status.MITIGATED), "status"),
    "its title": (lambda db: edit_items(db, ["BE-002"], {"title": "Named"}), "title"),
    "its key": (lambda db: edit_items(db, ["BE-002"], {"key": "BE-902"}), "key"),
    "its category": (lambda db: edit_items(db, ["BE-002"], {"category": "EN"}), "category"),
    "its components": (lambda db: edit_items(db, ["BE-002"], {"components": "Another"}), "components"),
    "a dependency from it": (lambda db: link(db, "BE-002", "EN-001", "hides"), "dependency"),
    "a dependency to it": (lambda db: link(db, "EN-001", "BE-002", "hides"), "dependency"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_an_item_that_was_changed_here_is_removed_only_where_the_file_is_preferred(db: Database, what: str) -> None:
    change, field = CHANGES[what]
    change(db)
    before = content(db)
    found = plan(db, WITHOUT)
    key = found.missing[0]
    assert [(one.key, one.field, one.mine, one.by) for one in found.pruning.conflicts] == [(key, field, "", "ana")]
    assert found.conflicts == ()
    with pytest.raises(ConflictError):
        apply_import(db, found, prune=True)
    assert content(db) == before
    apply_import(db, found)
    assert key in keys(db)
    undo(db, confirmed=True)
    apply_import(db, plan(db, WITHOUT), prune=True, prefer="register")
    assert key in keys(db)
    assert edges(db) == {(edge.source, edge.target, edge.label) for edge in before.dependencies}
    undo(db, confirmed=True)
    assert "1 missing and removed" in take(db, WITHOUT, prune=True, prefer="file")
    assert key not in keys(db)


def test_what_was_changed_and_changed_back_is_removed(db: Database) -> None:
    edit_items(db, ["BE-002"], {"owner": "Ann"})
    undo(db)
    link(db, "BE-002", "EN-001", "hides")
    unlink(db, "BE-002", "EN-001")
    assert plan(db, WITHOUT).pruning.conflicts == ()
    take(db, WITHOUT, prune=True)
    assert "BE-002" not in keys(db)


def test_what_the_file_saw_is_removed(db: Database, tmp_path: Path) -> None:
    edit_items(db, ["BE-002"], {"owner": "Ann"})
    added = add_item(db, {"category": "BE", "description": "new", "severity": "low"}).keys[0]
    export_file(db, tmp_path / "debt.md")
    lines = read_file(tmp_path / "debt.md").splitlines(keepends=True)
    text = "".join(line for line in lines if not line.startswith(("| BE-002 |", f"| {added} |")))
    assert plan(db, text).pruning.conflicts == ()
    take(db, text, prune=True)
    assert keys(db).isdisjoint({"BE-002", added})


def test_what_an_import_kept_and_somebody_changed_since_is_a_conflict(db: Database) -> None:
    take(db, WITHOUT)
    assert plan(db, WITHOUT).pruning.conflicts == ()
    edit_items(db, ["BE-002"], {"owner": "Ann"})
    found = plan(db, WITHOUT)
    assert [(one.key, one.field) for one in found.pruning.conflicts] == [("BE-002", "owner")]
    apply_import(db, found, prune=True, prefer="register")
    assert "BE-002" in keys(db)


def test_a_change_between_preview_and_import_is_found(db: Database, bo: Database) -> None:
    for change in (
        lambda: edit_items(bo, ["EN-003"], {"owner": "Bo"}),
        lambda: link(bo, "EN-003", "BE-001", "hides"),
        lambda: edit_category(bo, "EN", {"definition": "Other"}),
        lambda: add_item(bo, {"category": "EN", "description": "new", "severity": "low"}),
    ):
        found = plan(db, without_entanglement())
        change()
        with pytest.raises(OutdatedPlanError):
            apply_import(db, found, prune=True, prefer="file")
    assert "EN-003" in keys(db)


def test_a_label_changed_here_is_not_removed_with_the_line_of_the_map(db: Database) -> None:
    relabel(db, "EN-001", "EN-002", "feature changes cascade to", label="breaks")
    text = changed((EDGE, ""))
    found = plan(db, text)
    assert [(one.key, one.field, one.before, one.theirs) for one in found.pruning.conflicts] == [
        ("EN-001 -> EN-002", "label", "feature changes cascade to", "breaks")
    ]
    with pytest.raises(ConflictError):
        apply_import(db, found, prune=True)
    apply_import(db, found, prune=True, prefer="register")
    assert ("EN-001", "EN-002", "breaks") in edges(db)
    undo(db, confirmed=True)
    apply_import(db, plan(db, text), prune=True, prefer="file")
    assert {(source, target) for source, target, _ in edges(db)}.isdisjoint({("EN-001", "EN-002")})


@pytest.mark.parametrize("field", ["name", "definition", "code"])
def test_a_category_changed_here_is_not_removed_with_its_items(db: Database, field: str) -> None:
    edit_category(db, "EN", {field: "XX"})
    found = plan(db, without_entanglement())
    code = found.missing_categories[0]
    assert [(one.key, one.field, one.theirs) for one in found.pruning.conflicts] == [(code, field, "XX")]
    assert found.removed("file").categories == (code,)
    assert found.removed("register").categories == ()
    apply_import(db, found, prune=True, prefer="register")
    assert code in codes(db)
    assert keys(db).isdisjoint({"EN-001", "EN-002", "EN-003"})
    undo(db, confirmed=True)
    apply_import(db, plan(db, without_entanglement()), prune=True, prefer="file")
    assert code not in codes(db)


@pytest.mark.parametrize("prefer", ["file", "register"])
def test_a_category_goes_only_when_nothing_is_left_in_it_as_was_shown(db: Database, prefer: str) -> None:
    for change, staying in (
        (lambda: add_item(db, {"category": "EN", "description": "new", "severity": "low"}), {"EN"}),
        (lambda: edit_items(db, ["BE-001"], {"category": "EN"}), {"EN"}),
        (lambda: edit_items(db, ["EN-001"], {"owner": "Ann"}), {"EN"} if prefer == "register" else set()),
        (lambda: edit_items(db, ["EN-001"], {"category": "BE"}), set()),
    ):
        change()
        found = plan(db, without_entanglement())
        assert found.missing_categories == ("EN",)
        apply_import(db, found, prune=True, prefer=prefer)  # type: ignore[arg-type]
        going = found.removed(prefer)  # type: ignore[arg-type]
        assert {"EN"} - set(going.categories) == staying == set(codes(db)) & {"EN"}
        assert keys(db).isdisjoint(going.items)
        assert {edge.text for edge in content(db).dependencies}.isdisjoint(edge.text for edge in going.edges)
        undo(db, confirmed=True)
        undo(db)


def test_a_follow_up_and_a_decision_are_changes_of_their_item(db: Database) -> None:
    number = start(db).number
    decide(db, number, "BE-002")
    follow_up(db, number, "BE-002", text="Ask the team")
    found = plan(db, WITHOUT)
    assert [(one.key, one.field, one.by) for one in found.pruning.conflicts] == [
        ("BE-002", "decision", "ana"),
        ("BE-002", "follow-up", "ana"),
    ]
