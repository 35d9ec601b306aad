"""Import: everything at first, then only what the file changed, and never over what people changed here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from store.audit import log
from store.audit.undo import undo
from store.audit.verify import verify
from store.commands.categories import add_category, edit_category, move_category
from store.commands.dependencies import link, relabel, unlink
from store.commands.export import export_text
from store.commands.imports import apply
from store.commands.imports.apply import apply_import
from store.commands.imports.plan import DocumentCounts, ImportPlan, plan_import
from store.commands.items import edit_items, remove_items, set_status
from store.commands.settings import create, set_register
from store.db import bulk
from store.db.database import Database
from store.enums import Severity, Status
from store.errors import ConflictError
from store.fields import Affected
from store.samples import sample_text
from tests.conftest import Ticks
from tests.store.asking import content, edges, exported, item, trail
from tests.store.importing import changed, plan, row, take

if TYPE_CHECKING:
    from pathlib import Path


def test_the_first_import_takes_everything_in_order(tmp_path: Path) -> None:
    found = plan_import(None, sample_text(), path="debt.md")
    assert found.counts == DocumentCounts(categories=7, items=15, dependencies=7, cadence=4)
    assert (found.first, found.problems, found.changed, found.conflicts) == (True, (), (), ())
    assert len(found.added) == 15
    with Database.create(tmp_path / "r.db", actor="ana") as db:
        done = apply_import(db, found)
        assert done.message == "Imported 7 categories, 15 items, 7 dependencies and 4 cadence entries"
        assert content(db) == found.content
        assert exported(db) == sample_text()
        assert {(change.verb, change.batch, change.actor) for change in trail(db)} == {("import", 1, "ana")}
        assert item(db, "EN-001").age_at_least


def test_a_register_begun_by_hand_takes_a_document_in(tmp_path: Path) -> None:
    with Database.create(tmp_path / "r.db") as db:
        create(db, title="Begun")
        found = plan(db, sample_text())
        assert (found.first, found.conflicts, len(found.added)) == (False, (), 15)
        apply_import(db, found)
        assert exported(db) == sample_text()


def test_the_same_text_again_changes_nothing(db: Database) -> None:
    before = trail(db)
    found = plan_import_of(db)
    assert apply_import(db, found).message == "Nothing changed"
    assert trail(db) == before


def plan_import_of(db: Database) -> ImportPlan:
    return plan_import(db, sample_text(), path=None)


def test_text_around_the_items_is_the_new_template(db: Database) -> None:
    text = sample_text() + "\nOne more line.\n"
    assert take(db, text) == "Imported 15 items: only the text around them changed"
    assert exported(db) == text
    undo(db, confirmed=True)
    assert exported(db) == sample_text()


def test_what_only_the_file_changed_is_taken(db: Database) -> None:
    text = changed(
        (row("BE-002"), row("BE-002").replace("| Medium |", "| Low |")),
        ("### Entanglement", "### CACE"),
        ("| Entanglement |", "| CACE |"),
        ("dead jobs mask", "dead jobs hide"),
        (row("EN-003"), row("EN-003") + row("EN-003").replace("EN-003", "EN-004")),
        ("| CACE | 3 | 0 | 3 |", "| CACE | 4 | 0 | 4 |"),
    )
    found = plan(db, text)
    told = {(one.entity, one.key, one.field, one.before, one.after) for one in found.changed}
    assert told == {
        ("item", "BE-002", "severity", "Medium", "Low"),
        ("category", "EN", "name", "Entanglement", "CACE"),
        ("dependency", "PD-001 -> DD-001", "label", "dead jobs mask", "dead jobs hide"),
    }
    assert (found.added, found.missing, found.conflicts) == (("EN-004",), (), ())
    done = apply_import(db, found)
    assert done.message == "Imported 16 items: 1 added, 3 fields changed"
    assert done.keys == ("EN-004", "BE-002")
    assert content(db) == plan_import(None, text, path=None).content
    assert exported(db) == text


def test_every_field_can_come_from_the_file(db: Database) -> None:
    old = row("BE-002")
    header = "| ID | Description | Severity | Affected Components | Mitigation Plan | Status |"
    section = sample_text()[: sample_text().index(old) + len(old)]
    table = section[section.rindex(header) :]
    cells = (
        "| BE-002 | New words. | High | Amber; Flink | Do it | Accepted (cheap) | S-7 | MLP | S | 12 % | 2026-09-01 |\n"
    )
    more = " Sprint | Owner | Effort | Affected | Due |"
    new = table.replace(header, header + more).replace(old, cells)
    new = "".join(
        line
        if line.startswith(("| ID", "| BE-002"))
        else line.rstrip("\n") + ("---|" * 5 if "|--" in line else " | | | | |") + "\n"
        for line in new.splitlines(keepends=True)
    )
    cadence = next(line for line in sample_text().splitlines(keepends=True) if line.startswith("- **"))
    text = changed((table, new), (cadence, "- **Weekly:** triage\n"), ("# AI Debt Register", "# Our debt"))
    found = plan(db, text)
    assert {one.field for one in found.changed if one.key == "BE-002"} == {
        *("description", "severity", "components", "mitigation_plan", "status", "status_note"),
        *("extra", "owner", "effort", "affected", "due_on"),
    }
    assert ("register", "title", "Our debt") in {(one.key, one.field, one.after) for one in found.changed}
    apply_import(db, found)
    assert content(db) == plan_import(None, text, path=None).content
    assert exported(db) == text
    told = [change.field for change in trail(db, "BE-002") if change.verb == "import" and change.field]
    assert sorted(told) == sorted(set(told))
    undo(db, confirmed=True)
    assert exported(db) == sample_text()


def test_rows_that_were_put_in_another_order_follow(db: Database) -> None:
    text = changed((row("EN-001") + row("EN-002"), row("EN-002") + row("EN-001")))
    take(db, text)
    assert [one.key for one in content(db).items if one.category == "EN"] == ["EN-002", "EN-001", "EN-003"]
    assert exported(db) == text
    undo(db, confirmed=True)
    assert exported(db) == sample_text()


def test_a_new_row_stands_where_the_file_has_it(db: Database) -> None:
    text = changed((row("EN-001"), row("EN-001") + row("EN-003").replace("EN-003", "EN-009")))
    take(db, text)
    assert [one.key for one in content(db).items if one.category == "EN"] == ["EN-001", "EN-009", "EN-002", "EN-003"]
    assert exported(db) == text


def test_lines_of_the_map_in_another_order_follow(db: Database) -> None:
    lines = [line for line in sample_text().splitlines(keepends=True) if "-->|" in line]
    text = changed((lines[0] + lines[1], lines[1] + lines[0]))
    take(db, text)
    assert content(db).dependencies[:2] == plan_import(None, text, path=None).content.dependencies[:2]  # type: ignore[union-attr]


def test_a_cell_written_otherwise_is_kept_as_written(db: Database) -> None:
    text = changed((row("BE-001"), row("BE-001").replace("MDL-REC, MDL-PERS", "MDL-REC,  MDL-PERS")))
    assert plan(db, text).changed == ()
    take(db, text)
    assert exported(db) == text


def test_what_only_the_register_changed_stays(db: Database) -> None:
    set_status(db, ["EN-001"], Status.MITIGATED, note="pinned")
    edit_items(db, ["EN-002"], {"key": "EN-102", "category": "BE"})
    edit_category(db, "PD", {"code": "PIPE", "name": "Pipes"})
    move_category(db, "MS", -6)
    remove_items(db, ["CD-001"])
    unlink(db, "PD-001", "DD-001")
    relabel(db, "FL-003", "FL-001", "misleading signal feeds", "feeds")
    link(db, "EN-003", "CD-002", "x")
    add_category(db, code="GV", name="Governance")
    set_register(db, {"title": "Ours"})
    before = content(db)
    text = changed(("### Entanglement", "### CACE"))
    found = plan(db, text)
    assert found.conflicts == ()
    assert [(one.key, one.field) for one in found.changed] == [("EN", "name")]
    apply_import(db, found)
    after = content(db)
    assert [one.key for one in after.items] == [one.key for one in before.items]
    assert set(after.dependencies) == set(before.dependencies)
    assert after.title == "Ours"
    assert [one.code for one in after.categories] == [one.code for one in before.categories]
    assert item(db, "EN-001").status_note == "pinned"


def test_both_changed_differently_is_for_people_to_say(db: Database) -> None:
    edit_items(db, ["BE-001"], {"severity": "low", "affected": "12 %"})
    set_register(db, {"system": "Theirs"})
    text = changed((row("BE-001"), row("BE-001").replace("| High |", "| Medium |")))
    found = plan(db, text)
    assert [(one.key, one.field, one.before, one.mine, one.theirs, one.by) for one in found.conflicts] == [
        ("BE-001", "severity", "High", "Medium", "Low", "ana")
    ]
    before = trail(db)
    with pytest.raises(ConflictError, match="ana changed severity of BE-001 to 'Low' while you were editing"):
        apply_import(db, found)
    assert trail(db) == before
    apply_import(db, found, prefer="register")
    assert item(db, "BE-001").severity is Severity.LOW
    undo(db, confirmed=True)
    apply_import(db, plan(db, text), prefer="file")
    found_again = item(db, "BE-001")
    assert (found_again.severity, found_again.affected) == (Severity.MEDIUM, Affected("12 %", percent=12.0))


def test_the_same_change_on_both_sides_is_no_conflict(db: Database) -> None:
    edit_items(db, ["BE-001"], {"severity": "medium"})
    found = plan(db, changed((row("BE-001"), row("BE-001").replace("| High |", "| Medium |"))))
    assert (found.conflicts, found.changed) == ((), ())


def test_an_item_removed_here_and_changed_there(db: Database) -> None:
    remove_items(db, ["EN-001"])
    text = changed((row("EN-001"), row("EN-001").replace("| High |", "| Low |")))
    found = plan(db, text)
    assert [(one.key, one.field, one.mine, one.theirs, one.by) for one in found.conflicts] == [
        ("EN-001", "key", "EN-001", "", "ana")
    ]
    apply_import(db, found, prefer="register")
    assert len(content(db).items) == 14
    undo(db, confirmed=True)
    apply_import(db, plan(db, text), prefer="file")
    assert content(db).items == plan_import(None, text, path=None).content.items  # type: ignore[union-attr]
    assert len(edges(db)) == 7


def test_a_link_changed_on_both_sides(db: Database) -> None:
    relabel(db, "PD-001", "DD-001", "dead jobs mask", "hides")
    unlink(db, "EN-001", "EN-002")
    text = changed(("dead jobs mask", "dead jobs veil"), ("feature changes cascade to", "breaks"))
    found = plan(db, text)
    assert {(one.key, one.before, one.mine, one.theirs, one.by) for one in found.conflicts} == {
        ("PD-001 -> DD-001", "dead jobs mask", "dead jobs veil", "hides", "ana"),
        ("EN-001 -> EN-002", "feature changes cascade to", "breaks", "", "ana"),
    }
    apply_import(db, found, prefer="register")
    assert ("PD-001", "DD-001", "hides") in edges(db)
    assert len(edges(db)) == 6
    undo(db, confirmed=True)
    apply_import(db, plan(db, text), prefer="file")
    assert edges(db) >= {("PD-001", "DD-001", "dead jobs veil"), ("EN-001", "EN-002", "breaks")}


def test_new_items_go_to_their_category_whatever_its_code_is_here(db: Database) -> None:
    edit_category(db, "EN", {"code": "XX"})
    remove_items(db, ["EN-001"])
    new = row("EN-002").replace("EN-002", "EN-009")
    text = changed((row("EN-002"), row("EN-002") + new), ("behavioral", "shared behavioral"))
    assert "EN-001" in [conflict.key for conflict in plan(db, text).conflicts]
    take(db, text, prefer="file")
    assert {one.key for one in content(db).items if one.category == "XX"} == {"EN-001", "EN-002", "EN-003", "EN-009"}


def test_a_category_whose_code_follows_from_its_keys_is_the_same_when_they_go(tmp_path: Path) -> None:
    text = "## Old models\n\nWords.\n\n| ID | Severity | Status |\n|---|---|---|\n| X-1 | High | Open |\n"
    with Database.create(tmp_path / "r.db") as db:
        take(db, text)
        for file in (text.replace("X-1", "Y-1"), text.replace("| X-1 | High | Open |\n", "")):
            found = plan(db, file)
            assert (found.added_categories, found.missing_categories) == ((), ())
            apply_import(db, found, prune=True)
            assert [category.name for category in content(db).categories] == ["Old models"]
            assert content(db) == found.content
            assert exported(db) == file
            undo(db, confirmed=True)
            assert exported(db) == text


def test_a_code_changed_here_stays_when_the_keys_of_the_file_change(tmp_path: Path) -> None:
    text = "## Old models\n\n| ID | Severity | Status |\n|---|---|---|\n| X-1 | High | Open |\n"
    with Database.create(tmp_path / "r.db") as db:
        take(db, text)
        edit_category(db, "X", {"code": "OM"})
        take(db, text.replace("X-1", "Y-1"), prune=True)
        assert [(one.code, one.name) for one in content(db).categories] == [("OM", "Old models")]
        assert [(one.key, one.category) for one in content(db).items] == [("Y-1", "OM")]


def written(path: Path) -> tuple[list[tuple[object, ...]], str]:
    """The whole audit log after two imports, and the document."""
    with Database.create(path, clock=Ticks(), actor="importer") as db:
        apply_import(db, plan_import(None, sample_text(), path=None))
        take(db, changed((row("EN-001"), row("EN-001").replace("| High |", "| Low |")), (row("MS-001"), "")))
        assert verify(db) == ()
        with db.read() as reader:
            assert reader.column("select name from temp.sqlite_master") == []
            entries = reader.tuples("select * from change order by sequence")
        return entries, export_text(db)


@pytest.mark.parametrize("most", [20_000, 3])
def test_rows_are_the_same_whether_they_are_staged_or_written_in_chunks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    one_by_one = written(tmp_path / "one.db")
    monkeypatch.setattr(bulk, "FEW", 0)
    for module in (bulk, apply):
        monkeypatch.setattr(module, "AT_ONCE", most)
    for module in (bulk, log):
        monkeypatch.setattr(module, "CHUNK", 2)
    assert written(tmp_path / "other.db") == one_by_one
