"""An empty register to be filled in: of the usual categories, or like one that there is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from store.commands.export import blank_text
from store.commands.items import add_item, edit_items
from store.db.database import Database
from store.enums import Severity
from store.formats.document.model import TAXONOMY
from store.formats.document.reader import read
from tests.store.asking import content
from tests.store.importing import take

if TYPE_CHECKING:
    from pathlib import Path


def test_without_a_register_it_has_the_usual_categories() -> None:
    register = read(blank_text(None, "markdown")).register
    assert register is not None
    assert [category.name for category in register.categories] == [category.name for category in TAXONOMY]
    assert (register.title, register.items) == ("AI Debt Register", ())
    assert json.loads(blank_text(None, "json"))["items"] == []


def test_it_has_the_categories_and_columns_of_a_register(db: Database) -> None:
    edit_items(db, ["BE-001"], {"owner": "Ann", "extra.Ticket": "T-1"})
    text = blank_text(db, "markdown")
    register = read(text).register
    assert register is not None
    assert register.items == ()
    assert [(each.code, each.name) for each in register.categories] == [
        (each.code, each.name) for each in content(db).categories
    ]
    assert "| ID | Description | Severity | Affected Components | Mitigation Plan | Owner | Ticket | Status |" in text
    header = blank_text(db, "csv").splitlines()
    assert len(header) == 1
    assert {"Owner", "Ticket"} <= set(header[0].split(","))


def test_it_can_be_filled_in(db: Database, tmp_path: Path) -> None:
    with Database.create(tmp_path / "blank.db") as blank:
        take(blank, blank_text(db, "markdown"))
        add_item(blank, {"category": "EN", "description": "Words", "severity": Severity.LOW})
        assert [item.key for item in content(blank).items] == ["EN-001"]


def test_a_register_without_items_needs_no_more_columns(tmp_path: Path) -> None:
    with Database.create(tmp_path / "r.db") as db:
        take(db, blank_text(None, "markdown"))
        assert blank_text(db, "markdown") == blank_text(None, "markdown")
