"""Reviews: what is in the queue and why, who reviewed it, and how a review ends."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from store.audit import describe
from store.audit.undo import redo, undo
from store.audit.verify import verify
from store.commands.items import accept, edit_items, remove_items
from store.commands.saved_queries import save_query
from store.commands.settings import create
from store.db.database import Database
from store.enums import SavedKind, Status
from store.errors import InvalidValueError, NotFoundError, QueryError, RegisterError, UnfinishedError
from store.queries.follow_ups import follow_ups
from store.queries.history import changes
from store.review.commands import decide, edit_review, finish, follow_up, reopen, start
from store.review.queries import reviews, unfinished
from tests.store.asking import trail
from tests.store.review.asking import minutes, queue, shown

if TYPE_CHECKING:
    from pathlib import Path

    from store.queries.follow_ups import FollowUpRow
    from tests.conftest import Ticks

OPEN = [
    *("PD-001", "DD-001", "PD-002", "EN-001", "BE-001", "EN-002"),
    *("BE-002", "EN-003", "FL-003", "DD-002", "CD-002"),
]
RESOLVED = ["FL-001", "FL-002", "CD-001", "MS-001"]


def test_the_queue_has_ended_acceptances_then_scores_then_the_rest_each_with_its_reason(db: Database) -> None:
    for key, until in (("EN-003", date(2026, 3, 1)), ("BE-002", date(2026, 2, 1)), ("DD-002", date(2026, 3, 3))):
        accept(db, [key], rationale="cheap", by="cy", until=until)
    started = start(db)
    assert (started.number, started.done.message) == (1, "Started review 1: 15 items to review")
    found = queue(db)
    assert found[:2] == [
        ("BE-002", "acceptance ended 2026-02-01, 30 days ago"),
        ("EN-003", "acceptance ended 2026-03-01, 2 days ago"),
    ]
    # The last day of an acceptance is a day of it.
    rest = [*(key for key in OPEN if key not in ("BE-002", "EN-003", "DD-002")), "FL-001", "FL-002", "DD-002"]
    assert [key for key, _ in found[2:]] == [*rest, "CD-001", "MS-001"]
    assert dict(found)["PD-001"] == "score 7.5, never reviewed"
    assert dict(found)["MS-001"] == "mitigated, never reviewed"
    assert dict(found)["DD-002"] == "accepted, never reviewed"


def test_what_breaks_a_rule_comes_before_what_is_open(db: Database) -> None:
    save_query(db, SavedKind.RULE, "No owner", "no:owner severity:medium")
    save_query(db, SavedKind.RULE, "Of search", "component:mdl-search is:open")
    edit_items(db, [key for key in OPEN if key not in ("EN-003", "CD-002")], {"owner": "ana"})
    start(db)
    found = queue(db)
    assert found[:5] == [
        ("BE-001", "escalated: Of search"),
        ("EN-003", "escalated: No owner and Of search"),
        ("DD-002", "escalated: Of search"),
        ("CD-002", "escalated: No owner"),
        ("FL-002", "escalated: No owner"),
    ]
    assert found[5] == ("PD-001", "score 7.5, never reviewed")


def test_what_was_gone_through_lately_is_skipped_and_ties_begin_with_the_oldest_review(
    db: Database, clock: Ticks
) -> None:
    accept(db, ["EN-003"], rationale="cheap", by="cy", until=date(2026, 3, 5))
    start(db, title="First")
    for key in ("DD-001", "EN-003", "FL-001"):
        decide(db, 1, key)
    finish(db, 1)
    clock.moment += timedelta(days=5)
    start(db, title="Second")
    found = queue(db)
    # It was reviewed before its end, and that it ended is new.
    assert found[0] == ("EN-003", "acceptance ended 2026-03-05, 3 days ago")
    assert "FL-001" not in dict(found)
    assert len(found) == 13
    decide(db, 2, "PD-002")
    decide(db, 2, "EN-003")
    finish(db, 2)
    with pytest.raises(RegisterError, match="no item matches 'zebra': try another filter"):
        start(db, query="zebra")
    with pytest.raises(QueryError, match="did you mean severity:high"):
        start(db, query="severity:hihg")
    backwards = "severity:medium  is:open sort:-key"
    assert [key for key, _ in queue(db, start(db, query=backwards).number)] == [
        "FL-003",
        "DD-002",
        "CD-002",
        "BE-002",
    ]
    assert shown(db).query == "severity:medium is:open sort:-key"
    finish(db, 3)
    clock.moment += timedelta(days=10)
    third = start(db, skip_days=0)
    keys = [key for key, _ in queue(db, third.number)]
    assert keys[:4] == ["EN-003", "PD-001", "DD-001", "PD-002"]
    assert keys[-1] == "FL-001"
    assert dict(queue(db))["DD-001"] == "score 7, last reviewed 2026-03-03"
    finish(db, third.number)
    start(db)
    assert [key for key, _ in queue(db)][:2] == ["PD-001", "DD-001"]
    assert set(keys) - set(dict(queue(db))) == {"EN-003", "PD-002"}


def test_one_review_at_a_time_and_a_second_person_goes_on_with_it(db: Database, bo: Database) -> None:
    with db.read() as session:
        assert unfinished(session) is None
        assert reviews(session) == ()
    started = start(db, title=" Spring ", participants=["ana", " Bo ", "bo", ""])
    with pytest.raises(UnfinishedError, match="ana started on 2026-03-03, is still open: resume it") as refused:
        start(bo)
    assert refused.value.number == started.number
    with bo.read() as session:
        found = unfinished(session)
    assert found is not None
    assert (found.number, found.title, found.participants) == (1, "Spring", ("ana", "Bo"))
    assert (found.started_by, found.is_over, found.decided, found.left) == ("ana", False, 0, 15)
    assert finish(bo, 1).message == "Ended review 1"
    with pytest.raises(RegisterError, match="bo ended review 1 on 2026-03-03: reopen it with `ai-debt"):
        finish(db, 1)
    start(bo)
    assert (shown(db).title, shown(db).participants) == ("Retrospective 2026-03-03", ("bo",))
    with db.read() as session:
        lines = reviews(session)
    assert [(line.number, line.started_by, line.ended_by, line.items, line.decided) for line in lines] == [
        (2, "bo", None, 15, 0),
        (1, "ana", "bo", 15, 0),
    ]


def test_who_goes_through_an_item_again_stands_there_with_the_time_of_both(db: Database, bo: Database) -> None:
    start(db)
    assert decide(db, 1, "en-001", seconds=40).message == "Kept EN-001 unchanged"
    decide(bo, 1, "EN-001", seconds=2)
    decide(bo, 1, "PD-001", seconds=-5)
    rows = {row.key: row for row in shown(db).queue}
    assert [describe.sentence(change) for change in trail(db, "EN-001")[:2]] == [
        "bo reviewed EN-001 again",
        "ana reviewed EN-001",
    ]
    assert (rows["EN-001"].decided_by, rows["EN-001"].seconds) == ("bo", 42)
    assert (rows["PD-001"].decided_by, rows["PD-001"].seconds) == ("bo", 0)
    assert rows["EN-002"].decided_at is None
    assert (shown(db).decided, shown(db).left, shown(db).seconds) == (2, 13, 42)


def test_two_who_go_through_the_same_item_at_once_both_do(db: Database, sample_copy: Path) -> None:
    start(db)

    def go(name: str) -> None:
        with Database.open(sample_copy, actor=name) as own:
            for _ in range(5):
                decide(own, 1, "EN-001", seconds=1)

    with ThreadPoolExecutor() as people:
        list(people.map(go, ["bo", "cy", "di"]))
    row = next(row for row in shown(db).queue if row.key == "EN-001")
    assert row.seconds == 15
    assert row.decided_by in ("bo", "cy", "di")


def test_an_item_that_was_renamed_or_removed_is_still_in_the_queue(db: Database) -> None:
    start(db, query="notebook")
    edit_items(db, ["BE-002"], {"key": "BE-900"})
    decide(db, 1, "BE-900")
    with pytest.raises(RegisterError, match="BE-002 is not in the queue of review 1: choose an item that is in it"):
        decide(db, 1, "BE-002")
    with pytest.raises(RegisterError, match="EN-002 is not in the queue"):
        decide(db, 1, "EN-002")
    remove_items(db, ["BE-900"])
    decide(db, 1, "be-900", seconds=7)
    (row,) = shown(db).queue
    assert (row.key, row.gone, row.seconds, row.status) == ("BE-900", True, 7, Status.OPEN)
    undo(db)
    undo(db)
    assert not shown(db).queue[0].gone


def on(db: Database, key: str) -> tuple[FollowUpRow, ...]:
    with db.read() as session:
        return follow_ups(session, key=key)


def test_undo_takes_follow_ups_back(db: Database, bo: Database) -> None:
    start(db)
    note = follow_up(db, 1, "en-001", text=" measure\r\nit ", owner=" cy ", due_on=date(2026, 5, 1))
    assert (note.message, note.keys) == ("Added follow-up 1 on EN-001", ("EN-001",))
    follow_up(bo, 1, "EN-001", text="again")
    (first, second) = on(db, "EN-001")
    assert (first.text, first.owner, first.due_on, first.actor) == ("measure\nit", "cy", date(2026, 5, 1), "ana")
    assert (second.text, second.owner, second.due_on, second.actor) == ("again", None, None, "bo")
    with pytest.raises(InvalidValueError, match="the follow-up is empty: describe what has to be done"):
        follow_up(db, 1, "EN-001", text="  ")
    undo(db)
    assert [row.text for row in on(db, "EN-001")] == ["again"]
    redo(db)
    assert len(on(db, "EN-001")) == 2
    finish(db, 1)
    for late in (decide, lambda *place: follow_up(*place, text="late")):
        with pytest.raises(RegisterError, match="ana ended review 1 on 2026-03-03: reopen it with `ai-debt review"):
            late(db, 1, "EN-001")


def test_a_review_that_ended_can_be_reopened_while_no_other_is_open(db: Database, bo: Database) -> None:
    start(db, title="First")
    with pytest.raises(RegisterError, match="review 1 is already open"):
        reopen(db, 1)
    decide(db, 1, "EN-001")
    finish(db, 1)
    start(bo, title="Second")
    with pytest.raises(UnfinishedError, match="review 2, which bo started on 2026-03-03, is still open"):
        reopen(db, 1)
    finish(bo, 2)
    assert reopen(bo, 1).message == "Reopened review 1"
    found = shown(db, 1)
    assert (found.is_over, found.ended_by, found.decided) == (False, None, 1)
    with pytest.raises(UnfinishedError, match="review 1, which ana started"):
        start(db)
    # Reopening is not an edit: it is not undone, but ended again.
    undo(db)
    for database in (db, bo):
        with pytest.raises(RegisterError, match="nothing to undo"):
            undo(database)
    decide(db, 1, "EN-002")
    finish(db, 1)
    with db.read() as session:
        told = [describe.sentence(change) for change in changes(session, key="review 1")]
    assert told == ["ana ended review 1", "bo reopened review 1", "ana ended review 1", "ana started review 1: First"]
    assert [(one.by, one.ended_by) for one in minutes(db, 1).reopened] == [("bo", "ana")]
    assert [row.key for row in minutes(db, 1).items] == ["EN-002"]
    with pytest.raises(NotFoundError, match="review 7 does not exist"):
        reopen(db, 7)
    assert verify(db) == ()


def test_who_takes_part_can_be_changed_while_a_review_is_open(db: Database, bo: Database) -> None:
    start(db, title=" Spring ", participants=["ana"])
    assert edit_review(bo, 1, participants=["ana", " Bo ", "bo", ""]).message == "Changed participants of review 1"
    assert (shown(db).title, shown(db).participants) == ("Spring", ("ana", "Bo"))
    assert edit_review(bo, 1, title="Summer").message == "Changed title of review 1"
    assert (shown(db).title, shown(db).participants) == ("Summer", ("ana", "Bo"))
    assert edit_review(bo, 1, title="Summer", participants=["ana; Bo"]).message == "Nothing changed"
    with pytest.raises(InvalidValueError, match="a review needs at least one participant"):
        edit_review(bo, 1, participants=[" ; "])
    with db.read() as session:
        told = [describe.sentence(change) for change in changes(session, key="review 1")]
    assert told[:2] == [
        "bo set the title of review 1 from Spring to Summer",
        "bo set the participants of review 1 from ana to ana; Bo",
    ]
    undo(bo)
    undo(bo)
    assert (shown(db).title, shown(db).participants) == ("Spring", ("ana",))
    redo(bo)
    assert shown(db).participants == ("ana", "Bo")
    finish(db, 1)
    with pytest.raises(RegisterError, match="ana ended review 1 on 2026-03-03: reopen it"):
        edit_review(bo, 1, participants=["cy"])


def test_what_cannot_be_started_or_found_is_refused_in_a_sentence(db: Database, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no reviews yet: start one with `ai-debt review start`"):
        shown(db)
    with pytest.raises(InvalidValueError, match="-1 days cannot be skipped: use 0 to 36500"):
        start(db, skip_days=-1)
    start(db, query="notebook")
    decide(db, 1, "BE-002")
    with pytest.raises(NotFoundError, match=r"review 7 does not exist: use 1$"):
        decide(db, 7, "BE-002")
    finish(db, 1)
    with pytest.raises(RegisterError, match="reviewed within 14 days: skip the last 0 days to review it again"):
        start(db, query="notebook")
    with Database.create(tmp_path / "empty.db") as empty:
        create(empty, title="Empty")
        with pytest.raises(RegisterError, match="the register has no items yet: add or import some first"):
            start(empty)
