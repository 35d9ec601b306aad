"""Transactions: who waits, who sees what, and which messages people get."""

from __future__ import annotations

import os
import pwd
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from store.clock import now
from store.commands.items import add_item, comment, remove_items, set_status
from store.db import sqlite
from store.db.database import Database
from store.enums import Status
from store.errors import RegisterError
from store.models import Item
from tests.store.asking import content, item, trail

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _synchronous() -> None:
    """Wait for the disk with each commit, as the program does."""


def test_every_connection_is_set_up(db: Database) -> None:
    asked = {"foreign_keys": 1, "journal_mode": "delete", "synchronous": 3, "trusted_schema": 0, "cell_size_check": 1}
    with db.read() as session:
        found = {name: session.value(f"PRAGMA {name}") for name in asked}
        patience = session.value("PRAGMA busy_timeout")
    assert found == asked
    assert patience == 10_000


def test_foreign_keys_hold(db: Database) -> None:
    with pytest.raises(RegisterError, match="FOREIGN KEY"), db.write("edit") as writer:
        writer.session.connection().exec_driver_sql("DELETE FROM category")
    assert len(content(db).categories) == 7


def fail_in_the_middle(db: Database) -> None:
    with db.write("edit") as writer:
        writer.session.connection().exec_driver_sql("UPDATE item SET owner = 'nobody'")
        writer.record("item", 1, "BE-001", "owner", None, "nobody")
        writer.flush()
        raise ZeroDivisionError


def test_a_write_that_fails_leaves_nothing(db: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        fail_in_the_middle(db)
    assert item(db, "BE-001").owner is None
    assert {change.verb for change in trail(db)} == {"import"}


def test_transactions_do_not_nest(db: Database) -> None:
    with db.read(), pytest.raises(RuntimeError, match="open in this thread already"), db.read():
        pass
    assert len(content(db).items) == 15


def test_others_commits_show_and_ones_own_do_not(db: Database, bo: Database) -> None:
    before = db.data_version()
    set_status(db, ["EN-001"], Status.OPEN)
    set_status(db, ["EN-001"], Status.IN_PROGRESS)
    assert db.data_version() == before
    set_status(bo, ["EN-001"], Status.MITIGATED)
    assert db.data_version() != before
    assert item(db, "EN-001").status is Status.MITIGATED


def test_another_thread_may_use_it(db: Database) -> None:
    with ThreadPoolExecutor(1) as executor:
        executor.submit(set_status, db, ["EN-001"], Status.MITIGATED).result()
    assert item(db, "EN-001").status is Status.MITIGATED


def test_a_reader_does_not_keep_writers_from_the_lock(sample_copy: Path, db: Database) -> None:
    with closing(sqlite3.connect(sample_copy, isolation_level=None, timeout=0)) as other, db.read() as session:
        session.value("SELECT count(*) FROM item")
        other.execute("BEGIN IMMEDIATE")
        other.execute("ROLLBACK")


def test_a_file_that_somebody_else_writes(sample_copy: Path, db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "PATIENCE", 0.0)
    with closing(sqlite3.connect(sample_copy, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(RegisterError, match=r"is being written by someone else: nothing was changed"):
            set_status(db, ["EN-001"], Status.MITIGATED)
        other.execute("ROLLBACK")
    assert set_status(db, ["EN-001"], Status.MITIGATED).batch


def test_a_file_that_may_only_be_read(sample_copy: Path) -> None:
    with Database.open(sample_copy) as db:
        with db.read() as session:
            session.connection.execute("PRAGMA query_only = ON")
        with pytest.raises(RegisterError, match="is read-only for you"):
            comment(db, ["EN-001"], "hello")
        assert len(content(db).items) == 15


def test_a_file_with_a_write_ahead_log_goes_without_one(sample_copy: Path) -> None:
    with closing(sqlite3.connect(sample_copy)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
    with Database.open(sample_copy) as db, db.read() as session:
        assert session.value("PRAGMA journal_mode") == "delete"


def test_a_damaged_page_is_a_sentence(sample_copy: Path) -> None:
    with Database.open(sample_copy) as db:
        size = sample_copy.stat().st_size
        with sample_copy.open("r+b") as file:
            file.seek(4096)
            file.write(b"\xff" * (size - 4096))
        with pytest.raises(RegisterError, match="is damaged: restore it from a backup"):
            content(db)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("postgresql://ana:secret@host/debt", "postgresql databases are not supported"),
        ("nosuch://host/debt", "nosuch databases are not supported"),
        ("://", "are not supported"),
        ("sqlite://", "does not name a file"),
        ("sqlite:///", "does not name a file"),
    ],
)
def test_urls_that_lead_nowhere(url: str, says: str) -> None:
    for way in (Database.open, Database.create):
        with pytest.raises(RegisterError, match=says) as refused:
            way(url)
        assert "secret" not in str(refused.value)


def test_a_row_that_another_transaction_changed_first(db: Database) -> None:
    def overtaken() -> None:
        with db.write("edit") as writer:
            row = writer.session.get_one(Item, 1)
            writer.session.connection().exec_driver_sql("UPDATE item SET version = version + 1")
            row.owner = "MLP"
            writer.record("item", 1, "BE-001", "owner", None, "MLP")
            writer.flush()

    with pytest.raises(RegisterError, match="someone else changed the same row at the same time"):
        overtaken()
    assert item(db, "BE-001").owner is None


def test_a_url_of_a_file(sample_copy: Path) -> None:
    with Database.open(f"sqlite:///{sample_copy}") as db:
        assert db.path == sample_copy


def test_the_clock_is_aware() -> None:
    assert now().utcoffset() is not None


@pytest.fixture
def user(monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of the user who seems to run this: whoever really does may have none, or be called as another here."""
    monkeypatch.setattr(pwd, "getpwuid", lambda _: SimpleNamespace(pw_name="carla"))
    return "carla"


@pytest.mark.parametrize(
    ("variables", "actor"),
    [
        ({}, "{user}"),
        ({"LOGNAME": "mallory", "USER": "mallory"}, "{user}"),
        ({"SUDO_USER": "ana"}, "{user} via ana"),
        ({"AI_DEBT_ACTOR": "bo"}, "{user} (bo)"),
        ({"AI_DEBT_ACTOR": " bo\n\x1b[31m\tx "}, "{user} (bo [31m x)"),
        ({"AI_DEBT_ACTOR": "\udcff"}, "{user} (?)"),
        ({"AI_DEBT_ACTOR": "b" * 100}, "{user} (" + "b" * 60 + ")"),
        ({"SUDO_USER": "ana", "AI_DEBT_ACTOR": "bo"}, "{user} via ana (bo)"),
    ],
)
def test_who_acts(
    sample_copy: Path, monkeypatch: pytest.MonkeyPatch, user: str, variables: dict[str, str], actor: str
) -> None:
    for name in ("SUDO_USER", "AI_DEBT_ACTOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with Database.open(sample_copy) as db:
        assert db.actor == actor.format(user=user)
        comment(db, ["EN-001"], "hello")
        assert trail(db)[0].actor == db.actor


def test_a_user_without_a_name(sample_copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SUDO_USER", raising=False)
    monkeypatch.delenv("AI_DEBT_ACTOR", raising=False)
    monkeypatch.setattr(os, "getuid", lambda: 3_999_999_999)
    with Database.open(sample_copy) as db:
        assert db.actor == "uid 3999999999"


def test_removed_rows_do_not_give_their_ids_away(db: Database) -> None:
    with db.read() as session:
        last = session.value("SELECT max(id) FROM item")
    remove_items(db, ["MS-001"])
    add_item(db, {"category": "MS", "description": "new", "severity": "low"})
    with db.read() as session:
        assert session.value("SELECT max(id) FROM item") == last + 1
