"""Many items at once: what is selected of them, and one verb on all of them as one batch that one undo takes back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from store.audit.undo import redo, undo
from store.commands.dependencies import link_items
from store.commands.items import accept, comment, edit_items, remove_items, set_status
from store.enums import Severity, Status
from store.errors import ConflictError, NotFoundError, RegisterError
from store.filters.ast import ItemFilter
from store.queries import items as item_queries
from store.queries.items import listed_keys, selected_items, written_values
from tests.store.asking import content, edges, item, trail

if TYPE_CHECKING:
    from collections.abc import Callable

    from store.audit.log import Done
    from store.db.database import Database
    from store.queries.items import SelectedItem

MANY = ("FL-003", "EN-001", "PD-001", "EN-002")


def selected(db: Database, keys: tuple[str, ...]) -> tuple[SelectedItem, ...]:
    """Some items as they look when they are selected."""
    with db.read() as session:
        return item_queries.selected_by_key(session, keys)


VERBS: dict[str, tuple[Callable[[Database], Done], str]] = {
    "a status": (lambda db: set_status(db, MANY, Status.IN_PROGRESS), "status change of 4 items"),
    "an acceptance": (
        lambda db: accept(db, MANY, rationale="cheap", by="bo", until=None),
        "acceptance of 4 items",
    ),
    "fields": (lambda db: edit_items(db, MANY, {"owner": "MLP", "category": "BE"}), "edit of 4 items"),
    "a comment": (lambda db: comment(db, MANY, "seen"), "comment on 4 items"),
    "a removal": (lambda db: remove_items(db, MANY), "removal of 4 items"),
    "links": (lambda db: link_items(db, MANY, "CD-001", "worsen"), "link of 4 dependencies"),
}


@pytest.mark.parametrize("name", VERBS)
def test_one_batch_and_one_undo(db: Database, name: str) -> None:
    verb, undone = VERBS[name]
    before = content(db)
    done = verb(db)
    after = content(db)
    assert set(MANY) <= set(done.keys)
    assert {change.batch for change in trail(db) if change.actor == "ana"} == {done.batch}
    assert undo(db).message == f"Undid: {undone}"
    assert content(db) == before
    redo(db)
    assert content(db) == after


def test_single_items_are_given_something_else(db: Database, bo: Database) -> None:
    set_status(bo, ("EN-002",), Status.ACCEPTED, note="cheaper")
    done = edit_items(
        db,
        ("EN-001", "EN-002", "EN-003"),
        {"status": Status.MITIGATED, "category": "BE"},
        before={"EN-002": {"status": Status.ACCEPTED}},
        exactly=True,
        instead={"en-002": {"status": Status.ACCEPTED, "category": "FL"}, "EN-003": {"owner": "MLP"}},
    )
    assert done.message == "Changed status, category and owner of 3 items"
    found = [(i.category, i.status, i.status_note, i.owner) for i in (item(db, key) for key in done.keys)]
    assert found == [
        ("BE", Status.MITIGATED, None, None),
        ("FL", Status.ACCEPTED, "cheaper", None),
        ("BE", Status.MITIGATED, None, "MLP"),
    ]
    keys = [each.key for each in content(db).items]
    assert keys[keys.index("EN-001") + 1] == "EN-003"


def test_what_one_item_says_otherwise_stops_all(db: Database, bo: Database) -> None:
    edit_items(bo, ("EN-002", "EN-003"), {"owner": "Search"})
    before = content(db)
    with pytest.raises(ConflictError) as refused:
        edit_items(db, MANY, {"owner": "MLP"}, before={key: {"owner": None} for key in MANY}, exactly=True)
    assert [(each.key, each.theirs, each.by) for each in refused.value.conflicts] == [("EN-002", "Search", "bo")]
    assert content(db) == before


def test_all_are_linked_or_none(db: Database) -> None:
    there = edges(db)
    done = link_items(db, ("EN-001", "EN-002"), "CD-001", "worsen")
    assert (done.message, done.keys) == ("Linked 2 items to CD-001", ("EN-001", "EN-002", "CD-001"))
    assert edges(db) - there == {("EN-001", "CD-001", "worsen"), ("EN-002", "CD-001", "worsen")}
    with pytest.raises(RegisterError, match="EN-002 is already linked to CD-001 labeled 'worsen'"):
        link_items(db, ("EN-003", "EN-002"), "CD-001", "worsen")
    with pytest.raises(NotFoundError, match="unknown item EN-099"):
        link_items(db, ("EN-003", "EN-099"), "CD-001", "worsen")
    assert len(edges(db)) == len(there) + 2


def test_the_selected_items_of_a_list(db: Database) -> None:
    edit_items(db, ("EN-001",), {"owner": "MLP", "due_on": "2026-09-01", "effort": "L"})
    accept(db, ("EN-002",), rationale="cheap", by="bo", until=None)
    wanted = ItemFilter(category="en")
    with db.read() as session:
        rows = selected_items(session, wanted)
        assert len(listed_keys(session, wanted, MANY)) == len(MANY) - 2
        assert listed_keys(session, ItemFilter(), MANY) == tuple(MANY)
        found = item_queries.selected_by_key(session, ("EN-001", "en-002", "EN-099"))
        assert [row.key for row in found] == ["EN-001"]
    assert [row.key for row in rows] == ["EN-001", "EN-002", "EN-003"]
    for row in rows:
        detail = item(db, row.key)
        assert all(getattr(detail, name) == getattr(row, name) for name in type(row).__slots__)
    assert selected(db, ("EN-003", "EN-099", "EN-001")) == (rows[2], rows[0])


def test_what_a_batch_left_in_its_items(db: Database, bo: Database) -> None:
    edit_items(bo, ("EN-003",), {"owner": "Search"})
    done = edit_items(db, ("EN-001", "EN-002"), {"severity": Severity.LOW, "status": Status.MITIGATED, "title": "x"})
    with db.read() as session:
        rows = {row.key: row for row in written_values(session, done.batch or 0)}
    assert set(rows) == {"EN-001", "EN-002"}
    assert rows["EN-001"].values == {"severity": Severity.LOW, "status": Status.MITIGATED}
    assert rows["EN-001"].version == item(db, "EN-001").version
    undone = undo(db)
    with db.read() as session:
        (row, _) = written_values(session, undone.batch or 0)
    assert row.values == {"severity": Severity.HIGH, "status": Status.OPEN}
