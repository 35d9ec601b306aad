"""Import of what is missing, only here, of another system, out of date or no document at all."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from store.audit.undo import undo
from store.commands.categories import remove_category
from store.commands.export import export_file
from store.commands.imports.apply import apply_import
from store.commands.imports.plan import ImportPlan, plan_import, require_sound
from store.commands.items import add_item, edit_items, remove_items, set_status
from store.commands.settings import create, set_register
from store.db.database import Database
from store.enums import Severity, Status
from store.errors import DocumentError, RegisterError
from store.formats.lines import read_file
from store.samples import sample_text
from tests.store.asking import content, edges, exported, item
from tests.store.importing import EDGE, changed, plan, row, take

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def without_entanglement() -> str:
    """The sample without one category, its items and what links them."""
    lines = sample_text().splitlines(keepends=True)
    start = lines.index("### Entanglement\n")
    end = next(number for number in range(start + 1, len(lines)) if lines[number].startswith("###"))
    kept = lines[:start] + lines[end:]
    return "".join(line for line in kept if not any(word in line for word in ("EN00", "| Entanglement")))


def test_what_is_missing_is_kept_unless_asked(db: Database) -> None:
    found = plan(db, without_entanglement())
    assert found.missing == ("EN-001", "EN-002", "EN-003")
    assert found.missing_categories == ("EN",)
    assert found.missing_links == (
        "EN-001 -> EN-002 (feature changes cascade to)",
        "DD-001 -> EN-001 (schema breaks cascade to)",
        "PD-002 -> EN-001 (skew amplifies)",
    )
    said = apply_import(db, found).message
    assert "3 missing and kept" in said
    assert len(content(db).items) == 15
    assert len(edges(db)) == 7
    undo(db, confirmed=True)
    assert "3 missing and removed" in take(db, without_entanglement(), prune=True)
    after = content(db)
    assert (len(after.items), len(after.categories)) == (12, 6)
    assert not [edge for edge in edges(db) if "EN-001" in edge]
    assert exported(db) == without_entanglement()
    undo(db, confirmed=True)
    assert exported(db) == sample_text()


def test_what_an_import_kept_can_be_removed_by_the_next(db: Database) -> None:
    take(db, without_entanglement())
    added = add_item(db, {"category": "PD", "description": "x", "severity": "low"})
    found = plan(db, without_entanglement())
    assert found.missing == ("EN-001", "EN-002", "EN-003")
    assert found.register_only == added.keys
    apply_import(db, found, prune=True)
    assert len(content(db).items) == 13
    undo(db, confirmed=True)
    assert len(content(db).items) == 16


def test_a_link_that_is_missing_is_kept_unless_asked(db: Database) -> None:
    text = changed((EDGE, ""))
    found = plan(db, text)
    assert found.missing_links == ("EN-001 -> EN-002 (feature changes cascade to)",)
    apply_import(db, found)
    assert len(edges(db)) == 7
    undo(db, confirmed=True)
    take(db, text, prune=True)
    assert len(edges(db)) == 6


def test_what_is_only_here_is_kept_and_said(db: Database) -> None:
    added = add_item(db, {"category": "EN", "description": "x", "severity": "low"})
    found = plan(db, sample_text() + "\nmore\n")
    assert found.register_only == ("EN-004",) == added.keys
    apply_import(db, found, prune=True)
    assert item(db, "EN-004").description == "x"


def test_a_text_that_was_exported_is_what_the_next_one_is_compared_with(db: Database, tmp_path: Path) -> None:
    file = tmp_path / "debt.md"
    set_status(db, ["EN-001"], Status.MITIGATED)
    add_item(db, {"category": "EN", "description": "new", "severity": "low"})
    edit_items(db, ["EN-002"], {"key": "EN-102"})
    export_file(db, file)
    before = content(db)
    found = plan(db, read_file(file))
    assert (found.changed, found.conflicts, found.added, found.missing, found.register_only) == ((), (), (), (), ())
    text = read_file(file).replace("| Medium |", "| Low |", 1)
    set_status(db, ["EN-001"], Status.OPEN)
    edit_items(db, ["EN-004"], {"key": "EN-104"})
    found = plan(db, text)
    assert [(one.key, one.field) for one in found.changed] == [("BE-002", "severity")]
    apply_import(db, found)
    assert item(db, "EN-001").status is Status.OPEN
    assert [one.key for one in content(db).items][2:6] == ["EN-001", "EN-102", "EN-003", "EN-104"]
    assert {one.origin for one in content(db).items} >= {"EN-102", "EN-004"}
    assert before.items[3].key == "EN-102"


def test_a_key_that_was_given_away_is_another_item(db: Database, tmp_path: Path) -> None:
    edit_items(db, ["EN-001"], {"key": "EN-101"})
    export_file(db, tmp_path / "debt.md")
    text = read_file(tmp_path / "debt.md")
    line = next(one for one in text.splitlines(keepends=True) if one.startswith("| EN-101 |"))
    found = plan(db, text.replace(line, line + line.replace("EN-101", "EN-001")))
    assert found.added == ("EN-001",)


def test_another_systems_document_is_refused(db: Database) -> None:
    system = content(db).system
    assert system
    with pytest.raises(RegisterError, match=r"describes Another One, but the register is for .*: use a separate"):
        plan(db, changed((system, "Another One")))
    set_register(db, {"system": "Another One"})
    assert plan(db, changed((system, "Another One"))).conflicts == ()


def test_a_plan_that_is_out_of_date_is_refused(db: Database, bo: Database) -> None:
    found = plan(db, changed((row("BE-001"), row("BE-001").replace("| High |", "| Medium |"))))
    edit_items(bo, ["BE-001"], {"severity": "low"})
    with pytest.raises(RegisterError, match="the register changed since this import was previewed"):
        apply_import(db, found)
    edit_items(bo, ["BE-001"], {"severity": "high", "owner": "MLP"})
    apply_import(db, found)
    assert item(db, "BE-001").severity is Severity.MEDIUM


def test_without_a_text_to_compare_with_every_difference_is_asked(tmp_path: Path) -> None:
    with Database.create(tmp_path / "r.db", actor="ana") as db:
        create(db, title="Begun")
        add_item(db, {"category": "EN", "key": "EN-001", "description": "mine", "severity": "high"})
        found = plan(db, sample_text())
        assert {("EN-001", "description", "mine"), ("register", "title", "Begun")} <= {
            (one.key, one.field, one.theirs) for one in found.conflicts
        }
        assert len(found.added) == 14
        apply_import(db, found, prefer="file")
        assert item(db, "EN-001").title
        assert content(db).title != "Begun"


def test_a_category_removed_here_comes_back_with_its_new_item(db: Database) -> None:
    remove_items(db, ["MS-001"])
    remove_category(db, "MS")
    take(db, changed((row("MS-001"), row("MS-001") + row("MS-001").replace("MS-001", "MS-002"))))
    assert [one.key for one in content(db).items][-1] == "MS-002"
    assert content(db).categories[-1].code == "MS"


def test_a_document_with_problems_is_refused(db: Database) -> None:
    text = changed((row("EN-002"), row("EN-001") + row("EN-001")))
    found = plan(db, text)
    assert len(found.problems) > 1
    with pytest.raises(DocumentError, match=r"debt.md, line \d+: .*\(and \d+ more problems?\)"):
        apply_import(db, found)
    with pytest.raises(DocumentError, match="this text does not contain a register"):
        require_sound(ImportPlan("", None, None))
    assert content(db) == plan_import(None, sample_text(), path=None).content


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda _: None, "cannot be read"),
        (lambda path: path.mkdir(), "is not a regular file"),
        (lambda path: os.mkfifo(path), "is not a regular file"),
        (lambda path: path.write_bytes(b""), "empty"),
        (lambda path: path.write_bytes(b"a\0b"), "NUL"),
        (lambda path: path.write_bytes(b"\xff"), "UTF-8"),
        (lambda path: (path.write_bytes(b""), os.truncate(path, 65 * 1024**2)), "larger than 64 MiB"),
    ],
)
def test_files_that_are_no_document(tmp_path: Path, make: Callable[[Path], object], says: str) -> None:
    path = tmp_path / "debt.md"
    make(path)
    with pytest.raises(DocumentError, match=says) as refused:
        read_file(path)
    assert str(path) in str(refused.value)
