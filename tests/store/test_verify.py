"""The chain over the trail, and the rows that it speaks of: whatever was changed behind its back is found."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.audit.log import GENESIS, Head, entries, head
from store.audit.undo import undo
from store.audit.verify import Finding, verify
from store.commands.dependencies import link
from store.commands.imports.apply import apply_import
from store.commands.imports.plan import plan_import
from store.commands.items import set_status
from store.db.database import Database
from store.db.migrate import GUARDS
from store.enums import Status
from store.errors import RegisterError
from store.samples import sample_text
from tests.conftest import START as IMPORTED
from tests.conftest import Ticks
from tests.counts import count
from tests.store.asking import content

if TYPE_CHECKING:
    from pathlib import Path


def attack(path: Path, *statements: str, guarded: bool = False) -> None:
    """Change the file as someone with the `sqlite3` program would; the guards are taken away and put back."""
    with closing(sqlite3.connect(path)) as connection, connection:
        if not guarded:
            for name in GUARDS:
                connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            connection.execute(statement)
        if not guarded:
            for sql in GUARDS.values():
                connection.execute(sql)


def found(path: Path, *, head: str | None = None) -> tuple[Finding, ...]:
    with Database.open(path) as db:
        return verify(db, head=head)


@pytest.fixture(scope="module")
def changed(sample_register: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample with some changes behind its import; to be copied, not written to."""
    path = shutil.copyfile(sample_register, tmp_path_factory.mktemp("changed") / "register.db")
    with Database.open(path, clock=Ticks(IMPORTED + timedelta(days=1)), actor="ana") as db:
        set_status(db, ["EN-001", "EN-002"], Status.MITIGATED, note="pinned")
        link(db, "EN-001", "MS-001", "delays")
        undo(db)
        assert verify(db) == ()
    return path


@pytest.fixture
def busy(changed: Path, tmp_path: Path) -> Path:
    """A copy of it, of this test alone."""
    return shutil.copyfile(changed, tmp_path / "register.db")


def last(path: Path) -> Head:
    with Database.open(path) as db, db.read() as session:
        return head(session)


def test_an_empty_database_has_a_head_and_nothing_wrong(tmp_path: Path) -> None:
    with Database.create(tmp_path / "register.db") as db:
        with db.read() as session:
            assert head(session) == Head(0, GENESIS)
        assert verify(db) == ()


def test_the_head_is_the_newest_change_and_links_the_whole_trail(busy: Path) -> None:
    with Database.open(busy) as db, db.read() as session:
        chain = list(entries(session))
        previous = GENESIS
        for number, one in enumerate(chain, 1):
            assert one.sequence == number
            assert one.digest == one.expected_digest(previous)
            previous = str(one.digest)
        assert head(session) == Head(len(chain), previous)


@pytest.mark.parametrize(
    ("statement", "sequence"),
    [
        ("UPDATE change SET actor = 'mallory' WHERE sequence = 3", 3),
        ("UPDATE change SET note = 'x' WHERE sequence = 27", 27),
        ("UPDATE change SET after = '\"High\"' WHERE sequence = 27", 27),
        ("UPDATE change SET before = 'null' WHERE sequence = 1", 1),
        ("UPDATE change SET time = '2026-03-03 09:00:03' WHERE sequence = 28", 28),
        ("UPDATE change SET digest = '' WHERE sequence = 5", 5),
        ("UPDATE change SET entity_id = 'x' WHERE sequence = 4", 4),
        ("UPDATE change SET after = X'00' WHERE sequence = 29", 29),
        ("DELETE FROM change WHERE sequence = 1", 1),
        ("DELETE FROM change WHERE sequence = 12", 12),
        ("DELETE FROM change WHERE sequence > 31", 32),
        ("UPDATE change SET sequence = -1 WHERE sequence = 9", -1),
        ("UPDATE change SET sequence = CASE sequence WHEN 7 THEN -7 ELSE 7 END WHERE sequence IN (7)", -7),
        (
            "INSERT INTO change SELECT 1000, time, actor, batch, reverses, verb, entity, entity_id, key, field, before,"
            " after, note, digest FROM change WHERE sequence = 5",
            0,
        ),
    ],
)
def test_a_change_that_was_tampered_with_is_named(busy: Path, statement: str, sequence: int) -> None:
    wanted = sequence or last(busy).sequence + 1
    attack(busy, statement)
    first = found(busy)[0]
    assert (first.kind, first.sequence) == ("chain", wanted)


def test_changes_that_were_exchanged_are_named(busy: Path) -> None:
    attack(
        busy,
        "UPDATE change SET sequence = -1 WHERE sequence = 20",
        "UPDATE change SET sequence = 20 WHERE sequence = 24",
        "UPDATE change SET sequence = 24 WHERE sequence = -1",
    )
    assert [each.sequence for each in found(busy) if each.kind == "chain"] == [20, 21, 24, 25]


@pytest.mark.parametrize(
    ("statement", "entity", "key", "field"),
    [
        ("UPDATE item SET severity = 'Low' WHERE key = 'EN-001'", "item", "EN-001", "severity"),
        ("UPDATE item SET status = 'Open' WHERE key = 'EN-002'", "item", "EN-002", "status"),
        ("UPDATE item SET category_id = 1 WHERE key = 'EN-003'", "item", "EN-003", "category"),
        ("UPDATE item SET extra = '[[\"a\",\"b\"]]' WHERE key = 'EN-003'", "item", "EN-003", "extra"),
        ("UPDATE item SET key = 'EN-009' WHERE key = 'EN-003'", "item", "EN-009", "key"),
        ("UPDATE component SET name = 'x' WHERE id = 1", "item", None, "components"),
        ("DELETE FROM item_component WHERE position > 0", "item", None, "components"),
        ("UPDATE dependency SET label = 'x' WHERE id = 2", "dependency", None, "label"),
        ("DELETE FROM dependency WHERE id = 3", "dependency", None, None),
        ("INSERT INTO dependency VALUES (99, 1, 2, 'x', 99)", "dependency", None, None),
        ("UPDATE category SET name = 'x' WHERE code = 'EN'", "category", "EN", "name"),
        ("UPDATE register SET purpose = 'x'", "register", "register", "purpose"),
        ("UPDATE document SET text = text || 'x'", "document", "1", None),
    ],
)
def test_a_row_that_was_changed_behind_the_trail_is_named(
    busy: Path, statement: str, entity: str, key: str | None, field: str | None
) -> None:
    attack(busy, statement)
    first = found(busy)[0]
    assert (first.kind, first.entity, first.field) == ("content", entity, field)
    assert first.key == key or key is None


def test_a_row_without_its_category_is_damage(busy: Path) -> None:
    attack(busy, "UPDATE item SET category_id = 77 WHERE key = 'EN-001'")
    kinds = [each.kind for each in found(busy)]
    assert kinds[0] == "file"
    assert "content" in kinds


def test_a_row_that_refers_to_nothing_is_damage_when_it_is_read(busy: Path) -> None:
    attack(busy, "DELETE FROM item_component WHERE item_id = 3", "DELETE FROM item WHERE id = 3")
    with Database.open(busy) as db, pytest.raises(RegisterError, match=r"damaged \(something refers to a missing row"):
        content(db)


def test_an_item_that_was_removed_behind_the_trail_is_named(busy: Path) -> None:
    attack(busy, "DELETE FROM item_component WHERE item_id = 1", "DELETE FROM item WHERE id = 1")
    assert "the item BE-001 is missing, but not removed in the trail" in {each.what for each in found(busy)}


def test_a_head_that_was_noted_tells_of_a_rewritten_end(busy: Path) -> None:
    noted = last(busy)
    assert found(busy, head=noted.digest) == ()
    assert found(busy, head=noted.digest[:8].upper()) == ()
    attack(
        busy,
        f"DELETE FROM change WHERE sequence = {noted.sequence}",
        f"UPDATE sqlite_sequence SET seq = {noted.sequence - 1} WHERE name = 'change'",
    )
    assert [each for each in found(busy) if each.kind == "chain"] == []
    first = found(busy, head=noted.digest)[0]
    assert (first.kind, first.sequence) == ("chain", noted.sequence)
    assert "no change has the digest" in first.what


@pytest.mark.parametrize("noted", ["", "1234567", "0" * 63 + "x"])
def test_a_head_that_is_none_is_no_head(busy: Path, noted: str) -> None:
    assert [each.kind for each in found(busy, head=noted)] == ["chain"]


def written(db: Database, *statements: str) -> None:
    """A comment on BE-001, after some statements in the same transaction."""
    with db.write("comment", note="x") as writer:
        for statement in statements:
            writer.session.connection().exec_driver_sql(statement)
        writer.record("item", 1, "BE-001", None, None, None)


def test_the_guards_keep_the_trail(busy: Path) -> None:
    for statement in (
        "UPDATE change SET actor = 'mallory'",
        "DELETE FROM change",
    ):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            attack(busy, statement, guarded=True)
    with Database.open(busy) as db, pytest.raises(RegisterError, match="append-only"):
        written(db, "INSERT OR REPLACE INTO change SELECT * FROM change WHERE sequence = 1")
    assert found(busy) == ()


def test_a_guard_that_is_gone_is_named(busy: Path) -> None:
    attack(busy, "DROP TRIGGER change_is_never_removed", guarded=True)
    assert [each.what for each in found(busy)] == [
        "the trigger change_is_never_removed, which protects the trail, is missing"
    ]


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TRIGGER owned AFTER UPDATE ON item BEGIN UPDATE item SET owner = 'mallory'; END",
        "CREATE VIEW shown AS SELECT 1",
        "CREATE TRIGGER change_is_never_changed BEFORE UPDATE ON change BEGIN SELECT 1; END",
    ],
)
def test_a_trigger_or_view_that_is_not_ours_is_refused_by_name(busy: Path, statement: str) -> None:
    name = statement.split()[2]
    attack(busy, *([f"DROP TRIGGER {name}"] if name in GUARDS else []), statement, guarded=True)
    before = busy.read_bytes()
    with pytest.raises(RegisterError, match=f"contains an unknown [a-z]+, '{name}'"):
        Database.open(busy)
    assert busy.read_bytes() == before


def test_a_change_that_does_not_arrive_as_it_was_meant_is_not_kept(busy: Path) -> None:
    before = last(busy)
    forging = "UPDATE change SET actor = 'mallory' WHERE sequence = new.sequence"
    with Database.open(busy) as db, pytest.raises(RegisterError, match="did not store this change"):
        written(
            db,
            "DROP TRIGGER change_is_never_changed",
            f"CREATE TRIGGER forged AFTER INSERT ON change BEGIN {forging}; END",
        )
    assert last(busy) == before
    assert found(busy) == ()


@settings(max_examples=count(12, 30))
@given(data=st.data())
def test_any_cell_of_the_trail_that_is_changed_is_found(
    sample_register: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("cell") / "register.db"
    path.write_bytes(sample_register.read_bytes())
    sequence = data.draw(st.integers(1, last(path).sequence))
    column = data.draw(st.sampled_from(["time", "actor", "batch", "verb", "entity", "key", "field", "after", "note"]))
    value = data.draw(
        st.one_of(st.text(max_size=5).filter(lambda text: "\0" not in text and text.isascii()), st.integers(0, 9))
    )
    with closing(sqlite3.connect(path)) as connection, connection:
        was = connection.execute(f"SELECT {column} FROM change WHERE sequence = ?", (sequence,)).fetchone()
        connection.execute("DROP TRIGGER change_is_never_changed")
        connection.execute(f"UPDATE change SET {column} = ? WHERE sequence = ?", (value, sequence))
        now = connection.execute(f"SELECT {column} FROM change WHERE sequence = ?", (sequence,)).fetchone()
        connection.execute(GUARDS["change_is_never_changed"])
    chain = [each for each in found(path) if each.kind == "chain"]
    assert [each.sequence for each in chain] == ([] if was == now else [sequence])


def test_the_first_import_of_a_database_is_verified_too(tmp_path: Path) -> None:
    with Database.create(tmp_path / "register.db", clock=Ticks()) as db:
        apply_import(db, plan_import(None, sample_text(), path=None))
        assert verify(db) == ()
