"""Small registers of the shapes in which teams keep debt: what they say, and what one change writes into them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from store.commands.export import export_file
from store.commands.imports.apply import apply_import
from store.commands.items import add_item, edit_items, remove_items, set_status
from store.db.database import Database
from store.enums import Severity, Status
from store.formats.document.reader import read
from store.formats.document.writer import write
from tests.store.asking import content, exported
from tests.store.changing import changed, difference
from tests.store.importing import plan, take

if TYPE_CHECKING:
    from collections.abc import Iterator

    from store.formats.document.layout import Reading
    from store.formats.document.model import Item, Register

FAMILY = Path(__file__).parent / "family"
TRUTH: dict[str, list[dict[str, object]]] = json.loads((FAMILY / "truth.json").read_text(encoding="utf-8"))
BY_NAME = pytest.mark.parametrize("name", TRUTH)
WITH_ITEMS = pytest.mark.parametrize("name", [name for name, items in TRUTH.items() if items])


class Change(NamedTuple):
    """One change of a register, and the lines that it takes out of its file and puts in."""

    name: str
    lines: list[str]


def changes() -> Iterator[Change]:
    """The changes in `changes.diff`."""
    text = (FAMILY / "changes.diff").read_text(encoding="utf-8")
    for part in text.removeprefix("# ").split("\n\n# "):
        name, *lines = part.rstrip("\n").split("\n")
        yield Change(name, lines)


CHANGES = list(changes())


def text_of(name: str) -> str:
    return (FAMILY / name).read_bytes().decode()


def readable(name: str) -> Reading:
    reading = read(text_of(name))
    assert reading.problems == ()
    assert reading.register is not None
    return reading


def register(name: str) -> Register:
    found = readable(name).register
    assert found is not None
    return found


def described(item: Item, register: Register) -> dict[str, object]:
    """What an item says, without what it does not say."""
    names = {category.code: category.name for category in register.categories}
    values = {
        **item._asdict(),
        "components": list(item.components),
        "extra": dict(item.extra),
        "category": names[item.category] if len(names) > 1 else None,
        "due_on": item.due_on and item.due_on.isoformat(),
        "opened_on": item.opened_on and item.opened_on.isoformat(),
    }
    for name in ("origin", "components_text"):
        del values[name]
    return {name: value for name, value in values.items() if value or name == "severity"}


@BY_NAME
def test_each_register_says_what_it_says(name: str) -> None:
    found = register(name)
    assert [described(item, found) for item in found.items] == TRUTH[name]


@BY_NAME
def test_an_untouched_register_is_written_byte_for_byte(name: str) -> None:
    reading = readable(name)
    assert reading.register is not None
    assert write(reading.register, template=text_of(name), rules=reading.rules) == text_of(name)


@pytest.mark.parametrize("change", CHANGES, ids=[change.name for change in CHANGES])
def test_a_change_writes_the_lines_that_it_should(change: Change) -> None:
    name, _, what = change.name.partition(" ")
    text = text_of(name)
    reading = readable(name)
    assert reading.register is not None
    after = changed(reading.register, what)
    written = write(after, template=text, rules=reading.rules)
    assert difference(text, written) == change.lines


@pytest.mark.parametrize("name", ["help.md", "report.md"])
def test_what_is_no_register_is_refused(name: str) -> None:
    reading = read(text_of(name))
    assert reading.register is None
    assert [problem.rule for problem in reading.problems] == ["no-items"]


# Through the database.


def items_of(register: Register) -> list[Item]:
    """The items by their keys, wherever they are in the document."""
    return sorted((item._replace(origin=None) for item in register.items), key=lambda item: item.key)


@WITH_ITEMS
def test_what_was_exported_is_imported_as_the_same_register(name: str, tmp_path: Path) -> None:
    text, file = text_of(name), tmp_path / name
    with Database.create(tmp_path / "r.db") as db:
        take(db, text)
        assert exported(db) == text
        first, *others = [item.key for item in content(db).items]
        set_status(db, [first], Status.MITIGATED)
        edit_items(db, others[:1], {"owner": "Mira", "severity": Severity.LOW})
        add_item(db, {"category": content(db).categories[-1].code, "description": "New", "severity": None})
        remove_items(db, others[1:2])
        export_file(db, file)
        present, written = items_of(content(db)), file.read_bytes().decode()
        found = plan(db, written)
        assert (found.added, found.missing, found.uncertain) == ((), (), ())
        assert (found.changed, found.conflicts, found.links) == ((), (), ())
        apply_import(db, found)
        assert items_of(content(db)) == present
        assert exported(db) == written
    with Database.create(tmp_path / "other.db") as other:
        take(other, written)
        assert exported(other) == written
        # Where a list has one text, that is read as the title.
        says = [(item.title or item.description, item.severity, item.status) for item in content(other).items]
        assert sorted(map(str, says)) == sorted(
            str((item.title or item.description, item.severity, item.status)) for item in present
        )
