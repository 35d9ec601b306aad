"""The verbs on the register itself and on its categories."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from store.commands.categories import add_category, edit_category, move_category, remove_category
from store.commands.items import add_item, edit_items
from store.commands.settings import create, set_register
from store.db.database import Database
from store.errors import ConflictError, InvalidValueError, NotFoundError, RegisterError
from store.formats.document.model import CadenceEntry
from store.queries import overview as overview_queries
from store.queries.overview import names_in_use
from tests.store.asking import content, item, trail

if TYPE_CHECKING:
    from pathlib import Path

    from store.commands.settings import FactValue


def codes(db: Database) -> list[str]:
    return [category.code for category in content(db).categories]


def test_a_register_begins_with_the_taxonomy(tmp_path: Path) -> None:
    with Database.create(tmp_path / "r.db", actor="ana") as db:
        done = create(db, title=" Our\ndebt ", system="")
        assert done.message == "Created the register 'Our debt'"
        found = content(db)
        assert (found.title, found.system, len(found.categories), found.items) == ("Our debt", None, 7, ())
        assert len({change.batch for change in trail(db)}) == 1
        with db.read() as session:
            summary = overview_queries.summary(session)
    assert (summary.total.counts.total, summary.register.version) == (0, 1)
    assert [category.code for category in summary.categories] == ["BE", "EN", "FL", "DD", "PD", "CD", "MS"]


def test_a_database_without_a_register_still_answers(tmp_path: Path) -> None:
    with Database.create(tmp_path / "r.db") as db:
        with db.read() as session:
            summary = overview_queries.summary(session)
            assert names_in_use(session).owners == ()
        assert (summary.register.title, summary.register.version, summary.categories) == ("", 0, ())
        assert content(db).title == ""
        with pytest.raises(RegisterError, match="has no register yet"):
            set_register(db, {"title": "T"})
        with pytest.raises(InvalidValueError, match="title is empty"):
            create(db, title=" ")
        with pytest.raises(NotFoundError, match="unknown category EN: add it first"):
            add_item(db, {"category": "EN", "description": "x", "severity": "low"})


def test_facts_of_the_register(db: Database) -> None:
    cadence = (CadenceEntry(" Weekly ", "triage\r\n"), CadenceEntry("", " "), CadenceEntry("", "all"))
    done = set_register(
        db,
        {
            "title": "New\ntitle",
            "extends": None,
            "system": "Search",
            "purpose": " a\r\nb ",
            "note": "",
            "project_total": "3,000",
            "cadence": cadence,
        },
    )
    assert done.message == "Changed title, extends, system, purpose, note, project total, cadence of the register"
    found = content(db)
    assert (found.title, found.extends, found.system, found.purpose, found.note, found.project_total) == (
        "New title",
        None,
        "Search",
        "a\nb",
        None,
        3000,
    )
    assert found.cadence == (CadenceEntry("Weekly", "triage"), CadenceEntry("", "all"))
    assert set_register(db, {"project_total": 3000, "cadence": found.cadence}).batch is None
    set_register(db, {"project_total": None, "cadence": None})
    assert (content(db).project_total, content(db).cadence) == (None, ())
    told = {change.field: change.after for change in trail(db) if change.batch == done.batch}
    assert told["cadence"] == "Weekly: triage; : all"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": None}, "title"),
        ({"project_total": "many"}, "project_total"),
        ({"project_total": 0}, "project_total"),
        ({"project_total": "9" * 20}, "project_total"),
        ({"project_total": 2**40}, "project_total"),
        ({"cadence": "weekly"}, "cadence"),
        ({"color": "red"}, "color"),
        ({"purpose": "a\0"}, "purpose"),
    ],
)
def test_what_facts_cannot_be(db: Database, changes: dict[str, FactValue], field: str) -> None:
    with pytest.raises(InvalidValueError) as refused:
        set_register(db, changes)
    assert refused.value.field == field


def test_an_empty_total_is_none(db: Database) -> None:
    assert set_register(db, {"project_total": " "}).batch is None


def test_facts_conflict(db: Database, bo: Database) -> None:
    set_register(bo, {"system": "Theirs"})
    with pytest.raises(ConflictError, match="bo changed system of register to 'Theirs' while you were editing"):
        set_register(db, {"system": "Mine"}, before={"system": "Example"})
    assert set_register(db, {"system": "Same", "title": "T"}, before={"system": "Same", "note": ""}).message.endswith(
        "title of the register"
    )
    assert content(db).system == "Theirs"


def test_categories_come_and_go(db: Database) -> None:
    assert add_category(db, code="GV", name=" Governance ", definition=" who\ndecides ").message.endswith("Governance")
    assert content(db).categories[-1].definition == "who\ndecides"
    assert edit_category(db, "gv", {"name": "Rules", "definition": None, "code": "RU"}).keys == ("RU",)
    assert edit_category(db, "RU", {"name": "Rules"}).batch is None
    assert remove_category(db, "ru").message == "Removed category Rules"
    assert len(codes(db)) == 7
    with pytest.raises(RegisterError, match=r"Entanglement still has 3 items: move or remove them first"):
        remove_category(db, "EN")
    with pytest.raises(RegisterError, match="still has 1 item:"):
        remove_category(db, "MS")


def test_a_category_with_another_code_keeps_its_items(db: Database) -> None:
    edit_category(db, "EN", {"code": "CACE"})
    assert item(db, "EN-001").category == "CACE"
    assert edit_items(db, ["EN-001"], {"category": "cace"}).batch is None


@pytest.mark.parametrize(
    ("code", "name", "field"),
    [
        ("en", "New", "code"),
        ("1", "New", "code"),
        ("GV", "entanglement", "name"),
        ("GV", " ", "name"),
    ],
)
def test_what_a_category_cannot_be(db: Database, code: str, name: str, field: str) -> None:
    with pytest.raises(InvalidValueError) as refused:
        add_category(db, code=code, name=name)
    assert refused.value.field == field
    with pytest.raises(InvalidValueError):
        edit_category(db, "BE", {"code": code, "name": name})
    with pytest.raises(InvalidValueError, match="unknown field 'color'"):
        edit_category(db, "BE", {"color": "red"})


def test_categories_conflict(db: Database, bo: Database) -> None:
    edit_category(bo, "EN", {"name": "CACE"})
    with pytest.raises(ConflictError, match="bo changed name of EN to 'CACE' while you were editing"):
        edit_category(db, "EN", {"name": "Mine"}, before={"name": "Entanglement", "definition": ""})


def test_moving_categories(db: Database) -> None:
    assert move_category(db, "fl", -1).message == "Hidden Feedback Loops: position 2 of 7"
    assert codes(db) == ["BE", "FL", "EN", "DD", "PD", "CD", "MS"]
    move_category(db, "BE", 100)
    assert codes(db) == ["FL", "EN", "DD", "PD", "CD", "MS", "BE"]
    assert move_category(db, "BE", 1).batch is None
    move_category(db, "MS", -100)
    assert codes(db)[0] == "MS"
    assert content(db).items[0].key == "MS-001"
