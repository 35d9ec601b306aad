"""What a person saw travels with every write; where it is no longer so nothing is written, and it says who."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from store.audit.undo import ImportUndoError, undo
from store.commands.categories import add_category, edit_category, move_category, remove_category
from store.commands.dependencies import link, relabel, unlink
from store.commands.imports.apply import apply_import
from store.commands.imports.plan import plan_import
from store.commands.items import accept, comment, edit_items, remove_items, set_status
from store.enums import Status
from store.errors import ConflictError, RegisterError
from store.queries.history import CurrentKey, current_key
from store.queries.overview import summary
from store.samples import sample_text
from tests.store.asking import item, trail

if TYPE_CHECKING:
    from collections.abc import Callable

    from store.audit.log import Done
    from store.db.database import Database
    from store.fields import FieldValue

OPEN: dict[str, dict[str, FieldValue]] = {"EN-001": {"status": Status.OPEN, "status_note": None}}


# A write with a stale value of each field it changes, and what bo does before it.
STALE: dict[str, tuple[Callable[[Database], object], Callable[[Database], Done], str]] = {
    "edit": (
        lambda bo: edit_items(bo, ["EN-001"], {"owner": "Search"}),
        lambda db: edit_items(db, ["EN-001"], {"owner": "MLP"}, before={"EN-001": {"owner": None}}),
        "owner",
    ),
    "set_status": (
        lambda bo: set_status(bo, ["EN-001"], Status.IN_PROGRESS),
        lambda db: set_status(db, ["EN-001"], Status.MITIGATED, before=OPEN),
        "status",
    ),
    "the note that goes with it": (
        lambda bo: edit_items(bo, ["EN-001"], {"status_note": "half"}),
        lambda db: set_status(db, ["EN-001"], Status.MITIGATED, before=OPEN),
        "status_note",
    ),
    "accept": (
        lambda bo: set_status(bo, ["EN-001"], Status.MITIGATED),
        lambda db: accept(db, ["EN-001"], rationale="why", by="ana", until=None, before=OPEN),
        "status",
    ),
    "a column of its own": (
        lambda bo: edit_items(bo, ["EN-001"], {"extra.Team": "Two"}),
        lambda db: edit_items(db, ["EN-001"], {"extra.Team": "Three"}, before={"EN-001": {"extra.Team": "One"}}),
        "extra",
    ),
}


@pytest.mark.parametrize("name", STALE)
def test_a_stale_write_is_a_conflict_that_names_who(db: Database, bo: Database, name: str) -> None:
    theirs, mine, field = STALE[name]
    edit_items(db, ["EN-001"], {"extra.Team": "One"})
    theirs(bo)
    before = trail(db)
    with pytest.raises(ConflictError) as refused:
        mine(db)
    assert [(one.field, one.by) for one in refused.value.conflicts] == [(field, "bo")]
    assert trail(db) == before


@pytest.mark.parametrize("name", STALE)
def test_the_same_write_is_carried_out_where_nobody_wrote(db: Database, name: str) -> None:
    """The control: it is the other person's change that refuses it."""
    edit_items(db, ["EN-001"], {"extra.Team": "One"})
    assert STALE[name][1](db).batch is not None


def test_each_item_has_its_own_before(db: Database, bo: Database) -> None:
    edit_items(db, ["EN-002"], {"owner": "Ranking"})
    seen: dict[str, dict[str, FieldValue]] = {"EN-001": {"owner": None}, "EN-002": {"owner": "Ranking"}}
    edit_items(bo, ["EN-002"], {"owner": "Streaming"})
    with pytest.raises(ConflictError) as refused:
        edit_items(db, ["EN-001", "EN-002"], {"owner": "MLP"}, before=seen)
    assert [(one.key, one.theirs) for one in refused.value.conflicts] == [("EN-002", "Streaming")]
    assert item(db, "EN-001").owner is None
    edit_items(db, ["EN-001", "EN-002"], {"owner": "MLP"}, before=seen | {"EN-002": {"owner": "Streaming"}})
    assert item(db, "EN-002").owner == "MLP"


def test_a_status_is_wanted_even_where_it_is_the_one_that_was_seen(db: Database, bo: Database) -> None:
    set_status(bo, ["EN-001"], Status.ACCEPTED, note="cheap")
    with pytest.raises(ConflictError):
        set_status(db, ["EN-001"], Status.OPEN, before=OPEN)


def test_exactly_holds_fields_that_stay_to_what_was_seen(db: Database, bo: Database) -> None:
    seen: dict[str, dict[str, FieldValue]] = {"EN-001": {"status": Status.OPEN}}
    set_status(bo, ["EN-001"], Status.MITIGATED)
    with pytest.raises(ConflictError, match="bo changed status of EN-001 to 'Mitigated' while you were editing"):
        edit_items(db, ["EN-001"], {"owner": "MLP"}, before=seen, exactly=True)
    assert edit_items(db, ["EN-001"], {"owner": "MLP"}, before=seen).batch is not None


def test_whoever_wants_what_is_there_overwrites_nobody(db: Database, bo: Database) -> None:
    set_status(bo, ["EN-001"], Status.MITIGATED)
    assert set_status(db, ["EN-001"], Status.MITIGATED, before=OPEN).batch is None
    assert edit_items(db, ["EN-001"], {"status": "mitigated"}, before=OPEN, exactly=True).batch is None


def test_only_the_versions_that_were_seen_are_removed(db: Database, bo: Database) -> None:
    seen = {key: item(db, key).version for key in ("EN-001", "EN-002")}
    comment(bo, ["EN-001"], "no other version")
    set_status(bo, ["EN-002"], Status.MITIGATED)
    with pytest.raises(RegisterError, match="bo changed status of EN-002 since you looked at it: check the change"):
        remove_items(db, ["EN-001", "EN-002"], seen=seen)
    assert item(db, "EN-001").key == "EN-001"
    remove_items(db, ["EN-001", "EN-002"], seen=seen | {"EN-002": item(db, "EN-002").version})
    with db.read() as session:
        assert current_key(session, "item", "EN-002") == CurrentKey(None, "ana")


def test_a_label_that_is_gone_says_who_took_it(db: Database, bo: Database) -> None:
    edge = item(db, "PD-001").feeds[0]
    key = f"PD-001 -> {edge.key}"
    relabel(bo, "PD-001", edge.key, edge.label, "hide")
    for write in (
        lambda: relabel(db, "PD-001", edge.key, edge.label, "mask"),
        lambda: unlink(db, "PD-001", edge.key, edge.label),
    ):
        with pytest.raises(
            RegisterError, match=rf"bo has since changed the label of PD-001 -> {edge.key} from .* to 'hide'"
        ):
            write()
    assert relabel(db, "PD-001", edge.key, edge.label, "hide").batch is None
    unlink(bo, "PD-001", edge.key, "hide")
    with pytest.raises(RegisterError, match=rf"bo has since removed the dependency {key} labeled 'hide'"):
        unlink(db, "PD-001", edge.key, "hide")
    with pytest.raises(RegisterError, match="is not linked"):
        unlink(db, "PD-001", edge.key, "never said")
    link(bo, "PD-001", edge.key, "other")
    with pytest.raises(RegisterError, match="bo has since removed the dependency"):
        relabel(db, "PD-001", edge.key, "hide", "mask")


def test_a_category_is_removed_only_as_it_was_seen(db: Database, bo: Database) -> None:
    add_category(db, code="SD", name="Serving", definition=None)
    seen = {"code": "SD", "name": "Serving", "definition": None}
    edit_category(bo, "SD", {"name": "Serving debt"})
    with pytest.raises(RegisterError, match="bo changed name of SD since you looked at it"):
        remove_category(db, "SD", before=seen)
    remove_category(db, "SD", before=seen | {"name": "Serving debt"})


def test_moves_of_two_people_are_both_kept(db: Database, bo: Database) -> None:
    with db.read() as session:
        codes = [row.code for row in summary(session).categories]
    move_category(bo, codes[0], 2)
    move_category(db, codes[-1], -1)
    with db.read() as session:
        moved = [row.code for row in summary(session).categories]
    assert moved == [codes[1], codes[2], codes[0], *codes[3:-2], codes[-1], codes[-2]]


def test_only_the_import_that_was_asked_about_is_undone(db: Database) -> None:
    plan = plan_import(db, sample_text().replace("| High |", "| Low |", 1), path=None)
    apply_import(db, plan)
    with pytest.raises(ImportUndoError) as asked:
        undo(db)
    comment(db, ["EN-001"], "from my other terminal")
    with pytest.raises(RegisterError, match="your newest change is not the one you were asked about"):
        undo(db, confirmed=True, batch=asked.value.batch)
    undo(db)
    assert undo(db, confirmed=True, batch=asked.value.batch).message == "Undid: import"
