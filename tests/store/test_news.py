"""Reading the trail's newest end: what others did, who is here, what happened to a key; and the trail in words."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, time, timedelta, timezone
from typing import TYPE_CHECKING

import pytest

from store.audit import describe
from store.audit.log import head
from store.audit.undo import undo
from store.commands.categories import add_category, edit_category, move_category, remove_category
from store.commands.dependencies import link, relabel, unlink
from store.commands.items import add_item, comment, edit_items, remove_items, set_status
from store.commands.settings import set_register
from store.db.database import Database
from store.enums import Status
from store.errors import InvalidValueError
from store.formats.dates import parse_since
from store.queries import history as history_queries
from store.queries.history import author, current_key, recent_changes
from store.queries.items import item
from tests.conftest import START

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlmodel import Session

    from store.queries.history import ChangeRow

NOW = datetime(2026, 4, 1, 12, 0, tzinfo=UTC)


def newest(db: Database) -> int:
    """The sequence of the newest change."""
    with db.read() as session:
        return head(session).sequence


def told(db: Database, number: int = 1, key: str | None = None) -> list[str]:
    """The newest changes as sentences, the newest first."""
    with db.read() as session:
        return [describe.sentence(change) for change in history_queries.changes(session, key=key, limit=number)]


def test_what_was_written_since(db: Database, bo: Database) -> None:
    at = newest(db)
    with db.read() as session:
        assert history_queries.activity(session, at).total == 0
    own = set_status(db, ["EN-001"], Status.MITIGATED).batch
    theirs = edit_items(bo, ["EN-002"], {"owner": "Search", "effort": "L"}).batch
    assert own is not None
    with db.read() as session:
        news = history_queries.activity(session, at, excluding={own})
        few = history_queries.activity(session, at, limit=2)
    assert [(change.batch, change.field) for change in news.changes] == [(theirs, "effort"), (theirs, "owner")]
    assert (news.total, news.newest) == (2, newest(db))
    assert (len(few.changes), few.total) == (2, 3)


def at(path: Path, actor: str, moment: datetime) -> Database:
    """The register in someone's hands at a moment."""
    return Database.open(path, clock=lambda: moment, actor=actor)


def test_who_was_here_lately(sample_copy: Path) -> None:
    for actor, minutes in (("ana", 30), ("bo", 8), ("carla", 5), ("bo", 2), ("ana", 1)):
        with at(sample_copy, actor, NOW - timedelta(minutes=minutes)) as db:
            comment(db, ["EN-001"], "Here.")
    with at(sample_copy, "ana", NOW) as db, db.read() as session:
        found = history_queries.recent_actors(session, NOW - timedelta(minutes=10))
        assert [(one.actor, NOW - one.time) for one in found] == [
            ("ana", timedelta(minutes=1)),
            ("bo", timedelta(minutes=2)),
            ("carla", timedelta(minutes=5)),
        ]
        assert [one.actor for one in history_queries.recent_actors(session, NOW - timedelta(minutes=2))] == [
            "ana",
            "bo",
        ]
        assert history_queries.recent_actors(session, NOW) == ()


def test_somebody_whose_clock_is_wrong_hides_nobody(sample_copy: Path) -> None:
    for actor, minutes in (("ana", 3), ("bo", 600), ("carla", -60), ("bo", 90)):
        with at(sample_copy, actor, NOW - timedelta(minutes=minutes)) as db:
            comment(db, ["EN-001"], "Here.")
    with at(sample_copy, "ana", NOW) as db, db.read() as session:
        found = history_queries.recent_actors(session, NOW - timedelta(minutes=10))
    assert [one.actor for one in found] == ["carla", "ana"]


def write_batches(path: Path, number: int, changes: int) -> None:
    """Batches of this many changes each, as ana and bo in turn write them."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :number * :changes), "
            "last AS (SELECT max(sequence) AS sequence, max(batch) AS batch FROM change) "
            "INSERT INTO change (sequence, time, actor, batch, verb, entity, entity_id, key, field, digest) "
            "SELECT last.sequence + 1 + i, '2026-04-01 11:59:00.000000', "
            "CASE i / :changes % 2 WHEN 0 THEN 'ana' ELSE 'bo' END, last.batch + 1 + i / :changes, 'edit', 'item', "
            "1 + i % 15, 'EN-001', 'owner', hex(zeroblob(32)) FROM n, last",
            {"number": number, "changes": changes},
        )


def steps(db: Database, read: Callable[[Session], object]) -> int:
    """The steps that SQLite's machine takes for what is read."""
    taken: list[None] = []

    def step() -> int:
        taken.append(None)
        return 0

    with db.read() as session:
        raw = session.connection
        assert isinstance(raw, sqlite3.Connection)
        raw.set_progress_handler(step, 1)
        try:
            read(session)
        finally:
            raw.set_progress_handler(None, 1)
    return len(taken)


@pytest.mark.parametrize("changes", [1, 30])
def test_what_others_did_costs_the_same_however_much_was_written_before(sample_copy: Path, changes: int) -> None:
    """What a dashboard reads of the trail when someone else changed something, after 10 batches and after 1,000."""
    costs: list[tuple[int, int]] = []
    with at(sample_copy, "carla", NOW) as db:
        for number in (10, 990):
            write_batches(sample_copy, number, changes)
            last = newest(db)
            lately = steps(db, lambda session: history_queries.recent_actors(session, NOW - timedelta(minutes=10)))
            since = steps(db, lambda session, last=last: history_queries.activity(session, last - 5))  # type: ignore[misc]
            costs.append((lately, since))
        with db.read() as session:
            assert [one.actor for one in history_queries.recent_actors(session, NOW - timedelta(minutes=10))] == [
                "bo",
                "ana",
            ]
    assert costs[0] == costs[1]


def test_the_comments_of_an_item_cost_the_same_however_much_was_undone(sample_copy: Path) -> None:
    with at(sample_copy, "ana", NOW) as db:
        comment(db, ["EN-001"], "Here.")
        comment(db, ["EN-001"], "Not here.")
        undo(db)
        costs: list[int] = []
        for number in (1, 15):
            for _ in range(number):
                set_status(db, ["EN-002"], Status.MITIGATED)
                undo(db)
            costs.append(steps(db, lambda session: item(session, "EN-001")))
        with db.read() as session:
            assert [each.note for each in item(session, "EN-001").comments] == ["Here."]
    assert costs[0] == costs[1]


def test_what_became_of_a_key(db: Database, bo: Database) -> None:
    edit_items(bo, ["EN-001"], {"key": "EN-010"})
    edit_category(bo, "FL", {"code": "LO"})
    remove_items(bo, ["EN-002"])
    with db.read() as session:
        ends = [current_key(session, "item", key) for key in ("EN-001", "EN-010", "EN-002", "EN-999")]
        assert [end and (end.key, end.by) for end in ends] == [
            ("EN-010", "bo"),
            ("EN-010", "bo"),
            (None, "bo"),
            None,
        ]
        category = current_key(session, "category", "FL")
        assert category is not None
        assert category.key == "LO"
        assert author(session, "item", "EN-010", "key") == "bo"
        assert author(session, "item", "EN-003", "owner") == "importer"
        assert author(session, "item", "none", None) == "someone"


# In words


def test_each_kind_of_change_in_words(db: Database, bo: Database) -> None:
    edge = "PD-001", "CD-002"
    said: list[str] = []

    def note(done: object, number: int = 1) -> None:
        del done
        said.extend(reversed(told(db, number)))

    note(set_status(db, ["EN-001"], Status.MITIGATED))
    note(edit_items(db, ["EN-001"], {"due_on": "2026-06-30"}))
    note(edit_items(bo, ["EN-001"], {"due_on": ""}))
    note(undo(bo))
    note(comment(db, ["EN-001"], "May."))
    note(link(db, *edge, "hides"))
    note(relabel(db, *edge, "hides", "masks"))
    note(unlink(db, *edge, "masks"))
    note(link(db, *edge, ""))
    note(add_category(db, code="SD", name="Serving"))
    note(edit_category(db, "SD", {"definition": "What serving owes."}))
    note(move_category(db, "SD", -1), 2)
    note(remove_category(db, "SD"))
    note(set_register(db, {"project_total": 3000}))
    note(add_item(db, {"category": "BE", "description": "New debt.", "severity": "low"}))
    note(remove_items(db, ["BE-003"]))
    assert said == [
        "ana set the status of EN-001 from Open to Mitigated",
        "ana set the due date of EN-001 to 2026-06-30",
        "bo cleared the due date of EN-001, which was 2026-06-30",
        "bo set the due date of EN-001 to 2026-06-30 (undo)",
        "ana commented on EN-001: May.",
        "ana linked PD-001 to CD-002: hides",
        "ana set the label of the link from PD-001 to CD-002 from hides to masks",
        "ana unlinked PD-001 from CD-002: masks",
        "ana linked PD-001 to CD-002",
        "ana added the category SD: Serving",
        "ana set the definition of the category SD to What serving owes.",
        "ana moved the category SD",
        "ana moved the category MS",
        "ana removed the category SD: Serving",
        "ana set the total projects of the register to 3000",
        "ana added BE-003: New debt.",
        "ana removed BE-003: New debt.",
    ]


def test_a_batch_in_words() -> None:
    assert describe.summed_up("import", 812) == "imported a document: 812 changes"
    assert describe.summed_up("import-map", 1) == "imported a map: 1 change"
    assert describe.summed_up("undo", 1200) == "undid 1,200 changes"
    assert describe.summed_up("set-status", 30) == "made 30 changes (set status)"


def test_the_fields_of_one_item_in_one_sentence(db: Database) -> None:
    edit_items(db, ["EN-001"], {"owner": "MLP", "due_on": "2026-06-30", "effort": "L", "title": "T"})
    with db.read() as session:
        changes: list[ChangeRow] = list(reversed(history_queries.changes(session, limit=4)))
    assert describe.of_one(changes) == "ana changed owner, due date and 2 more of EN-001"
    assert describe.of_one(changes[:1]) == "ana set the owner of EN-001 to MLP"
    assert describe.of_one(changes[:1], cut=lambda text: text[:2]) == "ana set the owner of EN-001 to ML"


# By whom, since when


def test_the_trail_by_whom_and_since_when(db: Database, bo: Database) -> None:
    comment(db, ["EN-001"], "One.")
    comment(bo, ["EN-001"], "Two.")
    with db.read() as session:

        def number(since: datetime | None = None, by: str | None = None) -> int:
            return len(history_queries.changes(session, since=since, by=by))

        whole = number()
        assert [number(by=name) for name in ("ana", "ANA", "AN", "bo", "b%", "")] == [1, 1, 1, 1, 0, whole]
        assert number(since=START + timedelta(hours=20)) == 2
        assert number(since=START + timedelta(hours=20), by="imp") == 0
        last = history_queries.changes(session, limit=1)[0].time
        assert number(since=last) == 1
        assert number(since=last + timedelta(microseconds=1)) == 0
        assert recent_changes(session, limit=2).older == whole - 2
        assert recent_changes(session, key="EN-001", limit=1000).older == 0


def test_moments_are_read() -> None:
    for typed, meant in {
        "2026-03-31": datetime(2026, 3, 31, tzinfo=UTC),
        " 2026-03-31T14:00 ": datetime(2026, 3, 31, 14, tzinfo=UTC),
        "2026-03-31T14:00+02:00": datetime(2026, 3, 31, 12, tzinfo=UTC),
        "12h": NOW - timedelta(hours=12),
        "7D": NOW - timedelta(days=7),
        "yesterday": datetime.combine(NOW.date() - timedelta(days=1), time(), UTC),
        "7w": datetime.combine(NOW.date() - timedelta(weeks=7), time(), UTC),
        "31.12.2025": datetime(2025, 12, 31, tzinfo=UTC),
    }.items():
        assert parse_since(typed, NOW) == meant
    assert parse_since("2026-03-31T14:00+02:00", NOW).tzinfo is not timezone(timedelta(hours=2))
    assert parse_since("999999d", NOW) == datetime.min.replace(tzinfo=UTC)
    for typed in ("", "soon", "7", "7x", "2026-02-30"):
        with pytest.raises(InvalidValueError, match="write it like"):
            parse_since(typed, NOW)
