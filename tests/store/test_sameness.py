"""One rule of which keys, codes and names are the same, at every door."""

from __future__ import annotations

from typing import TYPE_CHECKING
from unicodedata import normalize

import pytest

from store.audit.undo import undo
from store.commands.categories import add_category, edit_category
from store.commands.imports.apply import apply_import
from store.commands.items import add_item, edit_items
from store.commands.saved_queries import save_query
from store.commands.settings import create
from store.db.database import Database
from store.enums import SavedKind
from store.errors import ConflictError, RegisterError
from store.formats.document.reader import read
from store.policy import rules
from store.queries import overview as overview_queries
from store.text import same_name
from tests.store.asking import content, edges, exported, item
from tests.store.importing import changed, plan, row, take

if TYPE_CHECKING:
    from pathlib import Path

SAME = [("Straße", "STRASSE"), ("Café", normalize("NFD", "CAFÉ")), ("ΣΙΣΥΦΟΣ", "σισυφος"), ("Open ", "open")]
OTHER = [("İ", "I"), ("Café", "Cafe"), ("a b", "ab")]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_spellings_of_one_name_are_the_same(one: str, other: str) -> None:
    assert same_name(one, other)
    assert same_name(other, one)


@pytest.mark.parametrize(("one", "other"), OTHER)
def test_other_letters_are_other_names(one: str, other: str) -> None:
    assert not same_name(one, other)


@pytest.mark.parametrize(("one", "other"), SAME[:3])
def test_no_verb_gives_a_name_that_another_has_in_another_spelling(db: Database, one: str, other: str) -> None:
    add_category(db, code="AA", name=one)
    for refused in (
        lambda: add_category(db, code="AB", name=other),
        lambda: edit_category(db, "BE", {"name": other}),
        lambda: add_category(db, code="aa", name="Another"),
        lambda: edit_category(db, "BE", {"code": "aA"}),
        lambda: add_item(db, {"key": "en-001", "category": "EN", "description": "x", "severity": "low"}),
        lambda: edit_items(db, ["EN-002"], {"key": "En-001"}),
    ):
        with pytest.raises(RegisterError):
            refused()
    save_query(db, SavedKind.VIEW, one, "severity:high")
    save_query(db, SavedKind.VIEW, other, "severity:low")
    save_query(db, SavedKind.RULE, one, "severity:high")
    save_query(db, SavedKind.RULE, other, "severity:low")
    with db.read() as session:
        assert [row.query for row in overview_queries.all_views(session) if same_name(row.name, one)] == [
            "severity:low"
        ]
        assert str(overview_queries.view(session, other)) == str(overview_queries.view(session, one))
        assert [row.query for row in rules(session) if same_name(row.name, one)] == ["severity:low"]


def spelled(old: str, new: str) -> str:
    """The sample where an item's row and node have its key in another spelling."""
    return changed((row(old), row(old).replace(old, new)), (f'["{old}<br/>', f'["{new}<br/>'))


def test_a_key_in_another_spelling_is_the_same_item(db: Database) -> None:
    before = content(db)
    text = spelled("EN-002", "en-002")
    found = plan(db, text)
    assert (found.added, found.missing, found.conflicts) == ((), (), ())
    assert [(one.key, one.field, one.after) for one in found.changed] == [("EN-002", "key", "en-002")]
    assert found.missing_links == ()
    take(db, text)
    assert [one.key for one in content(db).items] == [
        "en-002" if one.key == "EN-002" else one.key for one in before.items
    ]
    assert item(db, "EN-002").key == "en-002"
    assert exported(db) == text
    take(db, text)
    undo(db, confirmed=True)
    assert content(db) == before


def test_a_key_spelled_otherwise_on_both_sides_is_a_conflict(db: Database) -> None:
    edit_items(db, ["EN-002"], {"key": "En-002"})
    assert plan(db, changed()).changed == ()
    found = plan(db, spelled("EN-002", "en-002"))
    assert [(one.key, one.field, one.mine, one.theirs) for one in found.conflicts] == [
        ("En-002", "key", "en-002", "En-002")
    ]
    with pytest.raises(ConflictError):
        apply_import(db, found)
    apply_import(db, found, prefer="register")
    assert item(db, "EN-002").key == "En-002"


def test_a_key_of_a_register_begun_by_hand_is_found_in_another_spelling(tmp_path: Path) -> None:
    with Database.create(tmp_path / "r.db") as db:
        create(db, title="Debt")
        add_item(db, {"key": "EN-001", "category": "EN", "description": "words", "severity": "high"})
        text = (
            "## Entanglement\n\n| ID | Description | Severity | Status |\n|-|-|-|-|\n| en-001 | words | High | Open |\n"
        )
        found = plan(db, text)
        assert (found.added, found.added_categories) == ((), ())
        assert ("EN-001", "key", "en-001") in [(one.key, one.field, one.mine) for one in found.conflicts]
        apply_import(db, found, prefer="file")
        assert [one.key for one in content(db).items] == ["en-001"]


def test_an_item_renamed_here_is_found_by_another_spelling_of_its_former_key(db: Database) -> None:
    edit_items(db, ["EN-002"], {"key": "EN-902"})
    found = plan(db, spelled("EN-002", "en-002"))
    assert (found.added, found.missing) == ((), ())
    assert [(one.key, one.field, one.theirs) for one in found.conflicts] == [("EN-902", "key", "EN-902")]


def test_a_code_in_another_spelling_is_the_same_category(db: Database) -> None:
    text = changed(("### Entanglement\n", "### Knots\n\n<!-- code: en -->\n"))
    found = plan(db, text)
    assert (found.added_categories, found.missing_categories) == ((), ())
    take(db, text)
    assert [one.code for one in content(db).categories][:3] == ["BE", "en", "FL"]
    assert exported(db) == text


def test_two_spellings_in_one_document_are_a_problem_with_both_lines(db: Database) -> None:
    text = changed((row("EN-003"), row("EN-003") + row("EN-003").replace("EN-003", "en-003")))
    line = text[: text.index("| en-003")].count("\n") + 1
    assert [(one.line, one.what) for one in plan(db, text).problems] == [
        (line, f"en-003 appears twice: as EN-003 on line {line - 1}, and on line {line}")
    ]
    table = "| ID | Severity | Status |\n|-|-|-|\n| {}-1 | High | Open |\n\n"
    text = f"## Knots\n\n{table.format('kn')}## Nets\n\n{table.format('KN').replace('-1', '-2')}"
    assert [(one.line, one.what) for one in read(text).problems] == [
        (7, "the category code KN appears twice: as kn on line 1, and on line 7")
    ]


def test_a_key_spelled_otherwise_in_the_map_is_a_problem(db: Database) -> None:
    text = changed((row("EN-002"), row("EN-002").replace("EN-002", "en-002")))
    lines = [text[: text.index(start)].count("\n") + 1 for start in ("| en-002", 'EN002["')]
    assert [(one.line, one.what) for one in plan(db, text).problems] == [
        (lines[1], f"EN002 appears twice: as en-002 on line {lines[0]}, and on line {lines[1]}")
    ]


def test_a_document_imported_before_that_was_a_problem_is_exported(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = changed((row("EN-003"), row("EN-003") + row("EN-003").replace("EN-003", "en-003")))
    with monkeypatch.context() as earlier:
        earlier.setattr("store.formats.document.reader.name_key", str)
        earlier.setattr("store.formats.document.merge.name_key", str)
        take(db, text)
    assert exported(db) == text
    edit_items(db, ["en-003"], {"owner": "Ann"})
    assert [one.owner for one in read(exported(db)).register.items if one.key == "en-003"] == ["Ann"]  # type: ignore[union-attr]


def test_a_map_alone_finds_its_items_in_any_spelling(db: Database) -> None:
    take(db, 'graph TD\n  be001["be-001<br/>Wrapped"] -->|hides| cd001\n  x["en-001: Words"] --> be001\n')
    assert item(db, "BE-001").title == "Wrapped"
    assert {("BE-001", "CD-001", "hides"), ("EN-001", "BE-001", "")} <= edges(db)
