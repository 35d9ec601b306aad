"""Items without keys are recognized in another version of their document: by text, by place, by likeness."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from store.commands.imports.apply import apply_import
from store.commands.imports.plan import plan_import
from store.db.database import Database
from store.errors import InvalidValueError
from tests.store.asking import content, exported
from tests.store.importing import plan, take

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HEAD = "# Owed by the ferry desk\n\n| Debt | Priority |\n|---|---|\n"
PIER = "| The pier camera is read once an hour | High |\n"
FARES = "| Fares are rounded twice before they are shown | Low |\n"
CREW = "| Nobody can say who trained the crew model | Medium |\n"
TIDES = "| Tides come from a table of last year | High |\n"
TEXT = HEAD + PIER + FARES + CREW + TIDES


@pytest.fixture
def ferry(tmp_path: Path) -> Iterator[Database]:
    with Database.create(tmp_path / "r.db") as db:
        take(db, TEXT)
        yield db


def texts(db: Database) -> dict[str, str | None]:
    return {item.key: item.title for item in content(db).items}


def test_keys_are_given_in_order(ferry: Database) -> None:
    assert list(texts(ferry)) == ["TD-001", "TD-002", "TD-003", "TD-004"]
    assert exported(ferry) == TEXT


def test_rows_that_moved_are_the_same_items(ferry: Database) -> None:
    before = texts(ferry)
    found = plan(ferry, HEAD + TIDES + CREW + PIER + FARES)
    assert (found.added, found.missing, found.uncertain) == ((), (), ())
    apply_import(ferry, found)
    assert texts(ferry) == before
    assert list(texts(ferry)) == ["TD-004", "TD-003", "TD-001", "TD-002"]


def test_a_row_in_between_is_new_and_the_others_stay(ferry: Database) -> None:
    new = "| Tickets are checked by eye | Low |\n"
    found = plan(ferry, HEAD + PIER + new + FARES + CREW + TIDES)
    assert (found.added, found.missing, found.changed) == (("TD-005",), (), ())
    apply_import(ferry, found)
    assert texts(ferry)["TD-005"] == "Tickets are checked by eye"


def test_a_text_that_was_rewritten_in_its_place_is_the_same_item(ferry: Database) -> None:
    new = "| Fares are rounded three times before they are shown | Low |\n"
    found = plan(ferry, HEAD + PIER + new + CREW + TIDES)
    assert (found.added, found.missing, found.uncertain) == ((), (), ())
    assert [(each.key, each.field) for each in found.changed] == [("TD-002", "title")]


def test_a_text_that_is_much_like_one_elsewhere_is_that_item(ferry: Database) -> None:
    new = "| The pier camera is read only once an hour | High |\n"
    found = plan(ferry, HEAD + FARES + CREW + TIDES + new + "| Boats have two names | Low |\n")
    assert (found.added, found.missing, found.uncertain) == (("TD-005",), (), ())
    assert [(each.key, each.field) for each in found.changed] == [("TD-001", "title")]


def test_a_text_that_is_like_none_is_new_and_the_known_one_is_missing(ferry: Database) -> None:
    found = plan(ferry, HEAD + PIER + "| Boats have two names | Low |\n" + CREW + TIDES)
    assert (found.added, found.missing, found.uncertain) == (("TD-005",), ("TD-002",), ())


def test_a_row_that_is_gone_is_missing(ferry: Database) -> None:
    found = plan(ferry, HEAD + PIER + CREW + TIDES)
    assert (found.added, found.missing, found.changed) == ((), ("TD-002",), ())
    apply_import(ferry, found, prune=True)
    assert list(texts(ferry)) == ["TD-001", "TD-003", "TD-004"]


LIKE_BOTH = (
    HEAD
    + "| The old pump is checked by hand each day | High |\n"
    + PIER
    + "| The new pump is checked by hand each day | Low |\n"
)
UNSURE = HEAD + PIER + "| The third pump is checked by hand every second week | Low |\n" + FARES


def test_what_may_be_either_of_two_is_asked(tmp_path: Path) -> None:
    with Database.create(tmp_path / "r.db") as db:
        take(db, LIKE_BOTH)
        found = plan(db, UNSURE)
        assert [(each.text, set(each.candidates)) for each in found.uncertain] == [
            ("The third pump is checked by hand every second week", {"TD-001", "TD-003"})
        ]
        said = {"the third pump is checked by hand every second week": "td-003"}
        settled = plan_import(db, UNSURE, path="debt.md", same=said)
        assert settled.uncertain == ()
        assert settled.missing == ("TD-001",)
        apply_import(db, settled, prune=True)
        assert texts(db)["TD-003"] == "The third pump is checked by hand every second week"
        assert exported(db) == UNSURE


def test_what_may_be_a_known_one_can_be_said_to_be_new(tmp_path: Path) -> None:
    with Database.create(tmp_path / "r.db") as db:
        take(db, LIKE_BOTH)
        said = {"The third pump is checked by hand every second week": "new"}
        settled = plan_import(db, UNSURE, path="debt.md", same=said)
        assert (settled.uncertain, settled.missing) == ((), ("TD-001", "TD-003"))
        assert set(settled.added) == {"TD-004", "TD-005"}


def test_what_is_said_has_to_be_there(ferry: Database) -> None:
    with pytest.raises(InvalidValueError, match="no item without a key is called"):
        plan_import(ferry, TEXT, path="debt.md", same={"Boats": "TD-001"})
    with pytest.raises(InvalidValueError, match="which is not one of the known items"):
        plan_import(ferry, TEXT, path="debt.md", same={"Tides come from a table of last year": "TD-099"})
    with pytest.raises(InvalidValueError, match="no item without a key"):
        plan_import(None, TEXT, path="debt.md", same={"Boats": "TD-001"})


def test_two_items_of_the_same_text_stay_two(tmp_path: Path) -> None:
    text = HEAD + PIER + FARES + PIER
    with Database.create(tmp_path / "r.db") as db:
        take(db, text)
        found = plan(db, HEAD + FARES + PIER + PIER)
        assert (found.added, found.missing, found.changed, found.uncertain) == ((), (), (), ())


def test_new_items_never_get_a_key_that_another_one_has(tmp_path: Path) -> None:
    text = "# Debt\n\n| ID | Debt | Priority |\n|---|---|---|\n| TD-001 | Pumps | High |\n| | Valves | Low |\n"
    with Database.create(tmp_path / "r.db") as db:
        take(db, text)
        assert texts(db) == {"TD-001": "Pumps", "TD-002": "Valves"}
        found = plan(db, text + "| TD-002 | Hoses | Low |\n| | Seals | Low |\n")
        apply_import(db, found)
        assert sorted(texts(db).values()) == ["Hoses", "Pumps", "Seals", "Valves"]
        assert len(texts(db)) == 4


def test_among_very_many_changed_items_only_the_place_tells(tmp_path: Path) -> None:
    rows = [f"| Gate {number} opens late on odd days | Low |\n" for number in range(320)]
    with Database.create(tmp_path / "r.db") as db:
        take(db, HEAD + "".join(rows))
        other = [row.replace("odd", "wet") for row in reversed(rows)]
        found = plan(db, HEAD + PIER + "".join(other))
        assert (len(found.added), len(found.missing), found.uncertain) == (321, 320, ())
