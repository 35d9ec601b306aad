"""What undo and redo bring back: in its place, and never next to another of the same name."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from store.audit.undo import redo, undo
from store.commands.categories import add_category, edit_category, move_category, remove_category
from store.commands.items import add_item, edit_items, remove_items
from store.commands.saved_queries import remove_query, rename_query, save_query
from store.enums import SavedKind
from store.errors import RegisterError
from store.filters.ast import ItemFilter
from store.queries import items as item_queries
from store.queries.lookup import categories, saved_queries
from tests.store.asking import content, reversed_by

if TYPE_CHECKING:
    from collections.abc import Callable

    from store.audit.log import Done
    from store.db.database import Database


def order(db: Database) -> list[str]:
    """The codes of the categories in order, which no two may share a place of."""
    with db.read() as session:
        rows = categories(session)
    assert len({row.position for row in rows}) == len(rows)
    return [row.code for row in rows]


def test_a_category_comes_back_to_its_place_and_what_took_it_makes_room(db: Database, bo: Database) -> None:
    remove_items(db, ["MS-001"])
    remove_category(db, "MS")
    added = add_category(bo, code="ZZ", name="Other")
    add_item(bo, {"key": "ZZ-001", "category": "ZZ", "description": "x", "severity": "low"})
    assert undo(db).message == "Undid: MS removal; ZZ moved down to make room"
    assert order(db)[-2:] == ["MS", "ZZ"]
    assert undo(db).message == "Undid: MS-001 removal"
    with db.read() as session:
        pages = [item_queries.page(session, ItemFilter(), start=start, limit=2).items for start in range(0, 20, 2)]
    listed = [row.key for page in pages for row in page]
    assert sorted(listed) == sorted(item.key for item in content(db).items)
    # Whoever was moved aside can take back what they did all the same, and the removal can be redone and undone.
    undo(bo)
    redo(db)
    redo(db)
    assert order(db)[-1] == "ZZ"
    assert undo(db).message == "Undid: MS removal"
    assert order(db)[-2:] == ["MS", "ZZ"]
    assert reversed_by(bo, undo(bo)) == added.batch
    assert order(db)[-1] == "MS"


def test_an_item_comes_back_to_its_place_in_its_category(db: Database, bo: Database) -> None:
    before = [item.key for item in content(db).items]
    remove_items(db, ["EN-003"])
    add_item(bo, {"key": "EN-009", "category": "EN", "description": "x", "severity": "low"})
    assert undo(db).message == "Undid: EN-003 removal; EN-009 moved down to make room"
    with db.read() as session:
        places = session.column(
            "SELECT item.position FROM item JOIN category ON category.id = item.category_id WHERE code = 'EN'"
        )
    assert sorted(places) == [0, 1, 2, 3]
    undo(bo)
    assert [item.key for item in content(db).items] == before


def test_a_moved_category_is_not_moved_back_over_somebody_elses_move(db: Database, bo: Database) -> None:
    add_category(db, code="ZZ", name="Other")
    move_category(bo, "ZZ", -1)
    with pytest.raises(RegisterError, match="bo has since changed the position of ZZ"):
        undo(db)
    undo(bo)
    assert undo(db).message == "Undid: ZZ addition"


SAME: list[tuple[Callable[[Database], Done], Callable[[Database], Done], str]] = [
    (
        lambda db: remove_items(db, ["BE-001"]),
        lambda db: add_item(db, {"key": "be-001", "category": "BE", "description": "x", "severity": "low"}),
        "bo has since used be-001 for another item",
    ),
    (
        lambda db: edit_items(db, ["BE-001"], {"key": "BE-101"}),
        lambda db: add_item(db, {"key": "be-001", "category": "BE", "description": "x", "severity": "low"}),
        "bo has since used be-001 for another item",
    ),
    (
        lambda db: remove_category(db, "GV"),
        lambda db: add_category(db, code="gv", name="Other"),
        "bo has since used gv for another category",
    ),
    (
        lambda db: remove_category(db, "GV"),
        lambda db: add_category(db, code="XX", name="äNDERUNG"),
        "bo has since used äNDERUNG for another category",
    ),
    (
        lambda db: edit_category(db, "GV", {"name": "Governance"}),
        lambda db: add_category(db, code="XX", name="äNDERUNG"),
        "bo has since used äNDERUNG for another category",
    ),
    (
        lambda db: remove_query(db, SavedKind.VIEW, "Änderung"),
        lambda db: save_query(db, SavedKind.VIEW, "änderung", "is:open"),
        "bo has since used änderung for another view",
    ),
    (
        lambda db: rename_query(db, SavedKind.RULE, "Änderung", "New"),
        lambda db: save_query(db, SavedKind.RULE, "änderung", "is:open"),
        "bo has since used änderung for another rule",
    ),
]


@pytest.mark.parametrize(("mine", "theirs", "said"), SAME)
def test_undo_and_redo_bring_no_name_back_beside_the_same_in_another_case(
    db: Database,
    bo: Database,
    mine: Callable[[Database], Done],
    theirs: Callable[[Database], Done],
    said: str,
) -> None:
    add_category(db, code="GV", name="Änderung")
    save_query(db, SavedKind.VIEW, "Änderung", "is:open")
    save_query(db, SavedKind.RULE, "Änderung", "is:overdue")
    mine(db)
    theirs(bo)
    before = content(db)
    with pytest.raises(RegisterError, match=said):
        undo(db)
    assert content(db) == before
    undo(bo)
    undo(db)
    with suppress(RegisterError):
        theirs(bo)
    with db.read() as session:
        called = [
            session.column(f"SELECT {column} FROM {table}")
            for table, column in (("item", "key"), ("category", "code"), ("category", "name"))
        ]
        called += [[row.name for row in saved_queries(session, kind)] for kind in SavedKind]
    for names in called:
        assert len({name.casefold() for name in names}) == len(names)


def test_redo_adds_no_key_beside_the_same_in_another_case(db: Database, bo: Database) -> None:
    add_item(db, {"key": "EN-050", "category": "EN", "description": "x", "severity": "low"})
    undo(db)
    add_item(bo, {"key": "en-050", "category": "EN", "description": "x", "severity": "low"})
    with pytest.raises(RegisterError, match="bo has since used en-050 for another item"):
        redo(db)
