"""The verbs on items."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from store.audit.undo import undo
from store.commands.items import accept, add_item, comment, edit_items, remove_items, set_status
from store.enums import Effort, Severity, Status
from store.errors import ConflictError, InvalidValueError, NotFoundError
from store.fields import Affected
from tests.store.asking import content, edges, item, trail

if TYPE_CHECKING:
    from store.db.database import Database
    from store.fields import FieldValue


def test_an_item_with_every_field(db: Database) -> None:
    values: dict[str, FieldValue] = {
        "key": "EN-077",
        "category": "en",
        "title": "Shared features\n(windowing)",
        "description": "Models share features.",
        "severity": Severity.LOW,
        "status": Status.ACCEPTED,
        "status_note": "for now",
        "components": ("Amber", "Flink"),
        "mitigation_plan": "Version them",
        "owner": "MLP",
        "effort": "xl",
        "affected": Affected("12 %", percent=12.0),
        "due_on": "2026-09-01",
        "opened_on": date(2025, 1, 2),
        "accepted_by": "bo",
        "accepted_until": date(2026, 12, 31),
    }
    done = add_item(db, values)
    assert (done.message, done.keys) == ("Added EN-077", ("EN-077",))
    found = item(db, "en-077")
    assert {name: getattr(found, name) for name in values} == values | {
        "category": "EN",
        "effort": Effort.XL,
        "due_on": date(2026, 9, 1),
    }
    assert (found.version, found.age_days, found.age_at_least) == (1, 425, False)
    assert content(db).items[5].key == "EN-077"


def test_a_key_is_proposed_and_the_rest_has_defaults(db: Database) -> None:
    assert add_item(db, {"category": "EN", "description": "x", "severity": "high", "key": None}).keys == ("EN-004",)
    found = item(db, "EN-004")
    assert (found.status, found.opened_on, found.components) == (Status.OPEN, date(2026, 3, 3), ())


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"category": None}, "category"),
        ({"category": "no code"}, "category"),
        ({"description": " "}, "description"),
        ({"severity": "grave"}, "severity"),
        ({"key": "nonsense"}, "key"),
        ({"key": "en-001"}, "key"),
        ({"status": "closed"}, "status"),
        ({"due_on": "tomorrow"}, "due_on"),
        ({"owner": "a\0b"}, "owner"),
        ({"components": ("a\0b",)}, "components"),
        ({"affected": Affected("\ud800")}, "affected"),
        ({"description": "x" * 70_000}, "description"),
        ({"color": "red"}, "color"),
    ],
)
def test_what_an_item_cannot_be(db: Database, change: dict[str, FieldValue], field: str) -> None:
    before = content(db)
    values: dict[str, FieldValue] = {"category": "EN", "description": "x", "severity": "high"}
    with pytest.raises(InvalidValueError) as refused:
        add_item(db, values | change)
    assert refused.value.field == field
    assert content(db) == before


def test_a_category_that_is_not_there(db: Database) -> None:
    with pytest.raises(NotFoundError, match="unknown category XX: use BE, EN"):
        add_item(db, {"category": "XX", "description": "x", "severity": "high"})


def test_text_is_stored_clean_whatever_door_it_comes_through(db: Database) -> None:
    changes: dict[str, FieldValue] = {
        "description": " one\r\ntwo ",
        "owner": "a\nb",
        "components": (" Amber ", "", "Amber", "x\ny"),
        "affected": Affected(" 4\n5 "),
    }
    edit_items(db, ["EN-001"], changes)
    found = item(db, "EN-001")
    assert (found.description, found.owner, found.components) == ("one\ntwo", "a b", ("Amber", "x y"))
    assert found.affected == Affected("4 5")


def test_every_changed_field_is_one_change(db: Database) -> None:
    done = edit_items(
        db, ["en-001"], {"owner": "MLP", "severity": "low", "title": "Feature Entanglement"}, note="triage"
    )
    assert done.message == "Changed owner, severity and title of EN-001"
    made = [change for change in trail(db, "EN-001") if change.batch == done.batch]
    told = {(change.field, change.before, change.after) for change in made}
    assert ("owner", None, "MLP") in told
    assert ("severity", "High", "Low") in told
    assert {(change.actor, change.verb, change.note) for change in made} == {("ana", "edit", "triage")}
    assert item(db, "EN-001").version == 2


def test_what_is_so_already_changes_nothing(db: Database) -> None:
    before = trail(db)
    for done in (
        edit_items(db, ["EN-001"], {"severity": "high"}),
        set_status(db, ["EN-001"], Status.OPEN),
        edit_items(db, [], {"severity": "high"}),
        remove_items(db, []),
        comment(db, [], "hello"),
    ):
        assert (done.message, done.batch) == ("Nothing changed", None)
    assert trail(db) == before
    assert item(db, "EN-001").version == 1


def test_several_at_once_are_one_batch(db: Database) -> None:
    done = set_status(db, ["EN-001", "EN-002", "EN-001", "en-003"], Status.IN_PROGRESS)
    assert (done.message, done.keys) == ("3 items: In Progress", ("EN-001", "EN-002", "EN-003"))
    assert {change.batch for change in trail(db)[:3]} == {done.batch}
    assert edit_items(db, ["EN-001"], {"status": "open"}).message == "EN-001: Open"
    assert edit_items(db, ["EN-001", "EN-002"], {"owner": "MLP"}).message == "Changed owner of 2 items"


def test_one_key_that_is_wrong_stops_all(db: Database) -> None:
    with pytest.raises(NotFoundError, match=r"unknown item EN-00I: did you mean EN-00\d"):
        set_status(db, ["EN-002", "EN-00I"], Status.MITIGATED)
    assert item(db, "EN-002").status is Status.OPEN


def test_a_key_like_no_other(db: Database) -> None:
    with pytest.raises(NotFoundError, match="`ai-debt list` shows all keys"):
        remove_items(db, ["ÅÅÅ"])


def test_a_status_note_belongs_to_its_status(db: Database) -> None:
    set_status(db, ["EN-001"], Status.MITIGATED, note="pinned versions")
    assert item(db, "EN-001").status_note == "pinned versions"
    set_status(db, ["EN-001"], Status.MITIGATED)
    assert item(db, "EN-001").status_note == "pinned versions"
    set_status(db, ["EN-001"], Status.OPEN)
    assert item(db, "EN-001").status_note is None
    edit_items(db, ["EN-001"], {"status": "mitigated", "status_note": "again"})
    edit_items(db, ["EN-001"], {"status": "in-progress", "status_note": "again"})
    assert item(db, "EN-001").status_note == "again"


def test_acceptance_ends_with_the_status(db: Database) -> None:
    done = accept(db, ["EN-001"], rationale="cheap to keep", by="bo", until=date(2026, 12, 1))
    assert done.message == "EN-001: Accepted"
    found = item(db, "EN-001")
    assert (found.status_note, found.accepted_by, found.accepted_until) == ("cheap to keep", "bo", date(2026, 12, 1))
    set_status(db, ["EN-001"], Status.OPEN)
    found = item(db, "EN-001")
    assert (found.status_note, found.accepted_by, found.accepted_until) == (None, None, None)


def test_acceptance_needs_a_reason_and_a_name(db: Database) -> None:
    with pytest.raises(InvalidValueError, match="status note is empty"):
        accept(db, ["EN-001"], rationale=" ", by="bo", until=None)
    with pytest.raises(InvalidValueError, match="accepted_by is empty"):
        accept(db, ["EN-001"], rationale="so", by="", until=None)


def test_moving_puts_items_at_the_end_in_order(db: Database) -> None:
    edit_items(db, ["EN-003", "BE-001", "EN-001"], {"category": "BE"})
    keys = [found.key for found in content(db).items if found.category == "BE"]
    assert keys == ["BE-001", "BE-002", "EN-003", "EN-001"]
    assert {(change.field, change.before, change.after) for change in trail(db)[:2]} == {("category", "EN", "BE")}


def test_a_new_key(db: Database) -> None:
    edit_items(db, ["EN-001"], {"key": "EN-101"})
    assert ("EN-101", "EN-002", "feature changes cascade to") in edges(db)
    assert edit_items(db, ["EN-101"], {"key": "en-101"}).keys == ("en-101",)
    for keys, key, says in ((["en-101"], "EN-002", "in use"), (["EN-002", "EN-003"], "EN-9", "several items")):
        with pytest.raises(InvalidValueError, match=says) as refused:
            edit_items(db, keys, {"key": key})
        assert refused.value.field == "key"


def test_required_fields_stay(db: Database) -> None:
    with pytest.raises(InvalidValueError, match="Description is empty"):
        edit_items(db, ["EN-001"], {"description": None})


def test_components_written_alike_are_no_change(db: Database) -> None:
    found = next(one for one in content(db).items if one.key == "EN-001")
    assert edit_items(db, ["EN-001"], {"components": found.components}).batch is None
    edit_items(db, ["EN-001"], {"components": "Amber; Flink"})
    changed = next(one for one in content(db).items if one.key == "EN-001")
    assert (changed.components, changed.components_text) == (("Amber", "Flink"), None)


def test_comments_change_nothing_but_the_trail(db: Database) -> None:
    assert comment(db, ["EN-001"], " why so\nlate? ").message == "Commented on EN-001"
    assert comment(db, ["EN-001", "EN-002"], "both").message == "Commented on 2 items"
    found = item(db, "EN-001")
    assert [one.note for one in found.comments] == ["both", "why so\nlate?"]
    assert found.version == 1
    assert found.last_change is not None
    assert (found.last_change.verb, found.last_change.actor) == ("comment", "ana")
    with pytest.raises(InvalidValueError, match="comment is empty"):
        comment(db, ["EN-001"], " ")


def test_removing_takes_what_refers_to_it(db: Database) -> None:
    assert remove_items(db, ["EN-001", "en-002"]).message == "Removed 2 items and 3 dependencies"
    assert not [edge for edge in edges(db) if {"EN-001", "EN-002"} & set(edge[:2])]
    assert len(content(db).items) == 13
    told = trail(db, "EN-001")
    assert (told[0].verb, told[0].after) == ("remove", None)
    assert told[0].before is not None
    with pytest.raises(NotFoundError):
        item(db, "EN-001")


def test_columns_of_ones_own(db: Database) -> None:
    added = add_item(db, {"category": "EN", "description": "x", "severity": "low", "extra.Ticket": " ML-1\r\nML-2 "})
    assert item(db, added.keys[0]).extra == (("Ticket", "ML-1\nML-2"),)
    done = edit_items(db, added.keys, {"extra.Sprint": "7", "extra.Ticket": "", "owner": "MLP"})
    assert done.message == "Changed owner and extra columns of EN-004"
    assert item(db, "EN-004").extra == (("Sprint", "7"),)
    assert edit_items(db, added.keys, {"extra.Sprint": "7"}).batch is None
    for name, says in (("extra. ", "needs a name"), ("extra.owner", "is not an extra column")):
        with pytest.raises(InvalidValueError, match=says):
            edit_items(db, added.keys, {name: "x"})


# Someone else edits between reading and writing.


def test_a_field_that_somebody_changed_is_a_conflict(db: Database, bo: Database) -> None:
    edit_items(bo, ["EN-001"], {"owner": "Search", "severity": "medium"})
    before = trail(db)
    with pytest.raises(ConflictError) as refused:
        edit_items(
            db,
            ["EN-001"],
            {"owner": "MLP", "severity": "low", "title": "T"},
            before={
                "EN-001": {
                    "owner": None,
                    "severity": Severity.HIGH,
                    "title": "Feature Entanglement\n(Flink windowing)",
                }
            },
        )
    told = {(one.key, one.field, one.before, one.mine, one.theirs, one.by) for one in refused.value.conflicts}
    assert told == {
        ("EN-001", "owner", "", "MLP", "Search", "bo"),
        ("EN-001", "severity", "High", "Low", "Medium", "bo"),
    }
    assert "bo changed" in str(refused.value)
    assert trail(db) == before


def test_other_fields_are_no_conflict(db: Database, bo: Database) -> None:
    edit_items(bo, ["EN-001"], {"owner": "Search"})
    seen: dict[str, FieldValue] = {"owner": None, "severity": Severity.HIGH, "category": "EN", "components": ()}
    done = edit_items(db, ["EN-001"], {"owner": None, "severity": "low"}, before={"EN-001": seen})
    assert done.message == "Changed severity of EN-001"
    assert item(db, "EN-001").owner == "Search"


def test_the_same_edit_by_two_is_no_conflict(db: Database, bo: Database) -> None:
    edit_items(bo, ["EN-001"], {"owner": "Search"})
    assert edit_items(db, ["EN-001"], {"owner": "Search"}, before={"EN-001": {"owner": None}}).batch is None


def test_moves_conflict_too(db: Database, bo: Database) -> None:
    edit_items(bo, ["EN-001"], {"category": "BE"})
    with pytest.raises(ConflictError, match="bo changed category of EN-001 to 'BE' while you were editing"):
        edit_items(db, ["EN-001"], {"category": "FL"}, before={"en-001": {"category": "EN"}})


def test_a_status_says_which_note_and_acceptance_it_removed(db: Database) -> None:
    set_status(db, ["EN-001"], Status.MITIGATED, note="pinned versions")
    done = set_status(db, ["EN-001"], Status.OPEN)
    assert (done.message, done.cleared) == ("EN-001: Open; cleared its note 'pinned versions'", ("status_note",))
    assert undo(db).batch
    assert item(db, "EN-001").status_note == "pinned versions"
    accept(db, ["EN-001"], rationale="cheap", by="bo", until=date(2027, 3, 31))
    done = edit_items(db, ["EN-001"], {"status": "in-progress", "owner": "MLP"})
    assert done.message == (
        "Changed status and owner of EN-001; cleared its note 'cheap' and its acceptance by bo until 2027-03-31"
    )
    assert done.cleared == ("status_note", "accepted_by", "accepted_until")
    undo(db)
    found = item(db, "EN-001")
    assert (found.status_note, found.accepted_by, found.accepted_until) == ("cheap", "bo", date(2027, 3, 31))
    # Who says what the note is to be loses nothing unawares.
    assert set_status(db, ["EN-001"], Status.ACCEPTED, note="cheaper").cleared == ()
    assert (
        set_status(db, ["EN-001"], Status.MITIGATED, note="").message
        == "EN-001: Mitigated; cleared its acceptance by bo until 2027-03-31"
    )


def test_a_status_of_several_counts_what_it_removed(db: Database) -> None:
    set_status(db, ["EN-001", "EN-002"], Status.MITIGATED, note="pinned")
    accept(db, ["EN-003"], rationale="cheap", by="bo", until=None)
    done = set_status(db, ["EN-001", "EN-002", "EN-003", "BE-001"], Status.IN_PROGRESS)
    assert done.message == "4 items: In Progress; cleared 3 notes and 1 acceptance"
    undo(db)
    assert [item(db, key).status_note for key in ("EN-001", "EN-002", "EN-003")] == ["pinned", "pinned", "cheap"]
    assert item(db, "EN-003").accepted_by == "bo"


def test_a_removal_says_how_many_dependencies_went_along(db: Database) -> None:
    assert remove_items(db, ["EN-001"]).message == "Removed EN-001 and 3 dependencies"
    assert undo(db).batch
    assert remove_items(db, ["BE-001"]).message == "Removed BE-001"
