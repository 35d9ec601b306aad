"""Values of any kind in any column, as other programs can write them: each verb works on, or says in which row."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from itertools import cycle, islice
from typing import TYPE_CHECKING, TypeVar

import pytest

from store.db.database import Database
from store.db.migrate import GUARDS
from store.models import Table
from store.review.commands import decide
from tests.cli.door import Door
from tests.counts import count

if TYPE_CHECKING:
    from pathlib import Path

T = TypeVar("T")
KINDS = {
    "integer": "20260101",
    "huge": "9223372036854775807",
    "negative": "-9223372036854775808",
    "real": "1.5",
    "infinite": "9e999",
    "blob": "x'00ff'",
    "bytes": "CAST(x'ff41' AS TEXT)",
    "text": "'soon'",
    "late": "'2026-01-01T10:00+01:00 or so'",
    "json": "'{\"a\": [1e999, null]}'",
    "deep": f"'{'[' * 5_000}'",
    "empty": "''",
    "null": "NULL",
}
VERBS = (
    ["list"],
    ["list", "is:overdue or age:>3d or due:<2w", "--json"],
    ["show", "EN-001"],
    ["show", "EN-001", "--json"],
    ["dashboard"],
    ["map"],
    ["map", "EN-001", "--json"],
    ["history"],
    ["history", "EN-001", "--json"],
    ["register"],
    ["category"],
    ["review", "list"],
    ["review", "show", "1"],
    ["review", "minutes", "1"],
    ["review", "diff", "1"],
    ["view"],
    ["rule"],
    ["check"],
    ["accepted"],
    ["owners"],
    ["followups", "--all"],
    ["first"],
    ["trend"],
    ["export"],
    ["list", "--as-of", "2099-01-01"],
    ["doctor"],
    ["backup", "--dir", "."],
    ["set", "EN-002", "--owner", "Search"],
    ["undo"],
)
COLUMNS = [(table.name, column.name) for table in Table.metadata.sorted_tables for column in table.c]


def turned(every: tuple[T, ...], number: int) -> tuple[T, ...]:
    """The same ones, beginning with another one for each number."""
    return every[number % len(every) :] + every[: number % len(every)]


@pytest.fixture(scope="module")
def full(imported: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A register with rows in every table."""
    home = tmp_path_factory.mktemp("full")
    shutil.copyfile(imported / "register.db", home / "register.db")
    with pytest.MonkeyPatch.context() as patch:
        door = Door(home, patch)
        door.done("view", "save", "Mine", "is:open")
        door.done("rule", "save", "Old", "age:>1d")
        door.done("set", "EN-001", "--status", "accepted", "--note", "fine", "--due-on", "2099-01-01", "--effort", "L")
        door.done("set", "EN-003", "--owner", "MLP")
        door.done("undo")
        door.done("review", "start", "--with", "bo")
        with Database.open(door.database) as db:
            decide(db, 1, "EN-001", seconds=75)
        door.done("followups", "add", "EN-001", "Ask the vendor", "--due-on", "2099-12-31")
        door.done("followups", "done", "1")
        door.done("review", "finish", "1")
    return home / "register.db"


def put(path: Path, table: str, column: str, value: str) -> bool:
    """Put a value into the last row of a table; whether the database took it."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        for name in GUARDS:
            connection.execute(f"DROP TRIGGER {name}")
        try:
            connection.execute(
                f'UPDATE "{table}" SET "{column}" = {value} WHERE rowid = (SELECT max(rowid) FROM "{table}")'
            )
        except sqlite3.IntegrityError:
            return False
        finally:
            for sql in GUARDS.values():
                connection.execute(sql)
    return True


@pytest.mark.parametrize(
    ("table", "column", "value", "says"),
    [
        ("item", "due_on", "20260101", "due_on of item 15 is 20260101, not a date"),
        ("item", "owner", "x'00ff'", r"owner of item 15 is b'\x00\xff', not text"),
        ("item", "title", "CAST(x'ff41' AS TEXT)", r"title of item 15 is b'\xffA', not text"),
        ("item", "severity", "'Extreme'", "severity of item 15 is 'Extreme', not one of Critical, High, Medium, Low"),
        ("item", "affected_percent", "9e999", "affected_percent of item 15 is inf, not a number"),
        ("item", "extra", "'5'", "extra of item 15 is 5, not a list of pairs of texts"),
    ],
)
def test_a_value_that_cannot_be_read_is_named_with_its_row(
    full: Path, bare: Door, table: str, column: str, value: str, says: str
) -> None:
    shutil.copyfile(full, bare.database)
    assert put(bare.database, table, column, value)
    for verb in (["list"], ["list", "--json"], ["export"]):
        said = bare(*verb)
        if said.code:
            remedy = "ask who wrote it, or restore it from a backup"
            assert (said.code, said.err) == (1, f"ai-debt: {bare.database} is damaged: {says}: {remedy}\n")
    assert bare("export").code == 1
    said = bare("verify")
    assert said.code == 3
    assert f"{says[0].upper()}{says[1:]}." in said.lines
    assert "is gone" not in said.out


@pytest.mark.parametrize(("table", "column"), COLUMNS)
def test_whatever_a_column_holds_is_shown_or_named(full: Path, bare: Door, table: str, column: str) -> None:
    """In every run a few kinds and verbs for each column, below `make soak` all of them."""
    number = COLUMNS.index((table, column))
    verbs, values = cycle(turned(VERBS, number)), turned(tuple(KINDS.values()), number)
    for value in values[: count(3, len(KINDS))]:
        shutil.copyfile(full, bare.database)
        if not put(bare.database, table, column, value):
            continue
        for verb in (*islice(verbs, count(1, len(VERBS))), ["verify"]):
            said = bare(*verb)
            assert said.code in (0, 1, 3), (verb, value, said)
            assert "went wrong" not in said.err, (verb, value, said)
