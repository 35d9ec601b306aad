"""Follow-ups after their review: listed, done, dropped, reopened, edited, and first in the next review."""

from __future__ import annotations

import itertools
import shutil
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.audit import describe
from store.audit.log import CHANGES, ChangeRecord
from store.audit.replay import rebuild_as_of
from store.audit.undo import redo, undo
from store.audit.verify import verify
from store.commands.items import accept, edit_items, remove_items, set_status
from store.db.database import Database
from store.enums import FollowUpState, Status
from store.errors import ConflictError, InvalidValueError, NotFoundError, RegisterError
from store.filters.ast import ItemFilter
from store.filters.parser import parse
from store.filters.sql import condition
from store.formats.reports import minutes_markdown
from store.queries import items as item_queries
from store.queries.follow_ups import follow_ups
from store.queries.history import changes
from store.queries.items import page
from store.review import commands as review_commands
from store.review.commands import decide, edit_follow_up, finish, follow_up, mark_follow_ups
from store.review.queue import planned
from tests.conftest import Ticks
from tests.counts import count
from tests.store.asking import trail
from tests.store.releases import rebuild
from tests.store.review.asking import minutes, queue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from store.queries.follow_ups import FollowUpRow

OPEN, DONE, DROPPED = FollowUpState
LATE, NEXT = date(2026, 2, 26), date(2026, 3, 20)


@pytest.fixture
def reviewed(db: Database, bo: Database) -> Database:
    """A review of everything that has ended, with four follow-ups; today is 2026-03-03."""
    review_commands.start(db, title="Spring")
    for each in reads_queue(db):
        decide(db, 1, each)
    follow_up(db, 1, "EN-003", text="no date")
    follow_up(db, 1, "EN-001", text="later", owner="cy", due_on=NEXT)
    follow_up(bo, 1, "FL-001", text="late", owner="Di", due_on=LATE)
    follow_up(db, 1, "EN-001", text="second")
    finish(db, 1)
    return db


def reads_queue(db: Database) -> list[str]:
    return [key for key, _ in queue(db)]


def rows(db: Database, **asked: object) -> list[FollowUpRow]:
    with db.read() as session:
        return list(follow_ups(session, **asked))  # type: ignore[arg-type]


def states(db: Database) -> dict[int, FollowUpState]:
    return {row.number: row.state for row in rows(db)}


def found(db: Database, query: str) -> list[str]:
    with db.read() as session:
        return [row.key for row in page(session, ItemFilter(parse(query)), limit=100).items]


def test_open_ones_come_first_by_due_date_and_closed_ones_last(reviewed: Database, bo: Database) -> None:
    assert [(row.number, row.key, row.overdue_days) for row in rows(reviewed)] == [
        (3, "FL-001", 5),
        (2, "EN-001", None),
        (1, "EN-003", None),
        (4, "EN-001", None),
    ]
    done = mark_follow_ups(bo, [3, 2], DONE)
    assert (done.message, done.keys) == ("Marked 2 follow-ups done", ("EN-001", "FL-001"))
    assert mark_follow_ups(reviewed, [1], DROPPED).message == "Dropped follow-up 1 on EN-003"
    assert [(row.number, row.state, row.closed_by, row.overdue_days) for row in rows(reviewed)] == [
        (4, OPEN, None, None),
        (1, DROPPED, "ana", None),
        (3, DONE, "bo", None),
        (2, DONE, "bo", None),
    ]
    assert rows(reviewed)[1].closed_at == trail(reviewed)[0].time
    assert [row.number for row in rows(reviewed, states=[OPEN])] == [4]
    assert [row.number for row in rows(reviewed, states=[DONE, OPEN])] == [4, 3, 2]
    assert [row.number for row in rows(reviewed, key="en-001")] == [4, 2]
    assert [row.number for row in rows(reviewed, owner="di")] == [3]
    assert [row.number for row in rows(reviewed, owner="*Y")] == [2]
    assert [row.number for row in rows(reviewed, owner="none")] == [4, 1]
    with pytest.raises(NotFoundError, match="unknown item EN-099"):
        rows(reviewed, key="EN-099")


def test_each_verb_is_one_batch_that_undo_takes_back_and_redo_brings_again(reviewed: Database) -> None:
    before = states(reviewed)
    batches = {change.batch for change in trail(reviewed)}
    done = mark_follow_ups(reviewed, [1, 2], DONE)
    assert {change.batch for change in trail(reviewed)} - batches == {done.batch}
    assert undo(reviewed).message == "Undid: closing of 2 follow-ups"
    assert states(reviewed) == before
    assert redo(reviewed).message == "Redid: closing of 2 follow-ups"
    assert states(reviewed) == before | {1: DONE, 2: DONE}
    assert mark_follow_ups(reviewed, [2], OPEN).message == "Reopened follow-up 2 on EN-001"
    assert undo(reviewed).message == "Undid: EN-001 follow-up reopening"
    assert states(reviewed)[2] is DONE
    edited = edit_follow_up(reviewed, 2, {"text": " sooner ", "owner": "", "due_on": LATE})
    assert edited.message == "Changed follow-up 2 on EN-001"
    row = next(row for row in rows(reviewed) if row.number == 2)
    assert (row.text, row.owner, row.due_on) == ("sooner", None, LATE)
    assert undo(reviewed).message == "Undid: EN-001 follow-up edit"
    row = next(row for row in rows(reviewed) if row.number == 2)
    assert (row.text, row.owner, row.due_on) == ("later", "cy", NEXT)


def test_what_changes_nothing_writes_nothing(reviewed: Database) -> None:
    newest = trail(reviewed)[0]
    assert mark_follow_ups(reviewed, [1], OPEN).message == "Nothing changed"
    assert edit_follow_up(reviewed, 1, {"text": "no date"}).message == "Nothing changed"
    assert trail(reviewed)[0] == newest


def test_what_is_wrong_is_refused(reviewed: Database) -> None:
    with pytest.raises(NotFoundError, match="follow-up 9 does not exist: `ai-debt followups --all` lists them"):
        mark_follow_ups(reviewed, [1, 9], DONE)
    assert states(reviewed)[1] is OPEN
    with pytest.raises(NotFoundError, match="follow-up 9 does not exist"):
        edit_follow_up(reviewed, 9, {"text": "new"})
    with pytest.raises(InvalidValueError, match="the follow-up is empty"):
        edit_follow_up(reviewed, 1, {"text": " "})
    with pytest.raises(InvalidValueError, match="is not a due on of a follow-up"):
        edit_follow_up(reviewed, 1, {"due_on": "soon"})
    with pytest.raises(InvalidValueError, match="is not a key of a follow-up"):
        edit_follow_up(reviewed, 1, {"key": "EN-001"})


def test_nobody_overwrites_what_somebody_else_decided_since(reviewed: Database, bo: Database) -> None:
    mark_follow_ups(bo, [1], DROPPED)
    words = "bo changed state of follow-up 1 on EN-003 to 'dropped'"
    with pytest.raises(ConflictError, match=words) as refused:
        mark_follow_ups(reviewed, [1], DONE, before={1: OPEN})
    (conflict,) = refused.value.conflicts
    assert (conflict.field, conflict.before, conflict.mine, conflict.theirs) == ("state", "open", "done", "dropped")
    # Setting the value that is already stored overwrites no one.
    assert mark_follow_ups(reviewed, [1], DROPPED, before={1: OPEN}).batch is None
    edit_follow_up(bo, 2, {"owner": "bo"})
    edit_follow_up(reviewed, 2, {"due_on": LATE}, before={"due_on": NEXT})
    with pytest.raises(ConflictError, match="bo changed owner of EN-001 to 'bo'"):
        edit_follow_up(reviewed, 2, {"owner": "di"}, before={"owner": "cy"})
    mark_follow_ups(reviewed, [4], DONE)
    mark_follow_ups(bo, [4], OPEN)
    with pytest.raises(RegisterError, match="bo has since changed the follow-up on EN-001"):
        undo(reviewed)


def test_the_trail_says_what_was_done(reviewed: Database) -> None:
    mark_follow_ups(reviewed, [2], DONE)
    mark_follow_ups(reviewed, [2], OPEN)
    mark_follow_ups(reviewed, [2], DROPPED)
    edit_follow_up(reviewed, 2, {"owner": None})
    with reviewed.read() as session:
        told = [describe.sentence(change) for change in changes(session, key="EN-001", limit=4)]
    assert told == [
        "ana cleared the owner of the follow-up on EN-001, which was cy",
        "ana dropped the follow-up on EN-001",
        "ana reopened the follow-up on EN-001",
        "ana completed the follow-up on EN-001",
    ]


def test_it_follows_its_item_to_another_key(reviewed: Database) -> None:
    edit_items(reviewed, ["EN-001"], {"key": "EN-100"})
    assert [row.key for row in rows(reviewed)] == ["FL-001", "EN-100", "EN-003", "EN-100"]
    assert [row.number for row in rows(reviewed, key="EN-100")] == [2, 4]
    assert mark_follow_ups(reviewed, [2], DONE).message == "Marked follow-up 2 on EN-100 done"
    with reviewed.read() as session:
        told = [describe.sentence(change) for change in changes(session, key="EN-100")]
    assert "ana completed the follow-up on EN-100" in told
    assert "ana added the follow-up on EN-001: later" in told


def test_it_outlives_its_item_and_is_there_when_that_comes_back(reviewed: Database) -> None:
    edit_items(reviewed, ["EN-001"], {"key": "EN-100"})
    remove_items(reviewed, ["EN-100"])
    assert [(row.number, row.key, row.gone) for row in rows(reviewed)] == [
        (3, "FL-001", False),
        (2, "EN-100", True),
        (1, "EN-003", False),
        (4, "EN-100", True),
    ]
    assert [row.number for row in rows(reviewed, key="en-100")] == [2, 4]
    done = mark_follow_ups(reviewed, [2], DROPPED)
    assert (done.message, done.keys) == ("Dropped follow-up 2 on EN-100", ())
    undo(reviewed)
    undo(reviewed)
    assert [(row.key, row.gone) for row in rows(reviewed, key="EN-100")] == [("EN-100", False)] * 2
    with reviewed.read() as session:
        item = item_queries.item(session, "EN-100")
    assert [(row.number, row.text) for row in item.follow_ups] == [(2, "later"), (4, "second")]


def test_filters_find_the_items(reviewed: Database) -> None:
    mark_follow_ups(reviewed, [1], DONE)
    mark_follow_ups(reviewed, [4], DROPPED)
    assert found(reviewed, "has:followup") == ["EN-001", "FL-001"]
    assert found(reviewed, "followup:open") == ["EN-001", "FL-001"]
    assert found(reviewed, "followup:overdue") == ["FL-001"]
    assert found(reviewed, "followup:done") == ["EN-003"]
    assert found(reviewed, "followup:dropped") == ["EN-001"]
    assert found(reviewed, "followup:done,overdue") == ["EN-003", "FL-001"]
    without = found(reviewed, "no:followup")
    assert without == found(reviewed, "-has:followup") == found(reviewed, "-followup:open")
    assert len(without) == 13
    assert found(reviewed, "-followup:overdue has:followup") == ["EN-001"]
    with reviewed.read() as session:
        assert condition(session, parse("followup:open")).sql.count("select") == 1


def test_the_next_review_begins_with_them_and_says_why(reviewed: Database, clock: Ticks) -> None:
    accept(reviewed, ["BE-001"], rationale="cheap", by="cy", until=date(2026, 3, 1))
    # The others were reviewed recently, and the acceptance has ended since.
    with reviewed.read() as session:
        assert planned(session, query=None, skip_days=14) == 3
    review_commands.start(reviewed)
    assert queue(reviewed) == [
        ("FL-001", "follow-up overdue by 5 days; mitigated, last reviewed 2026-03-03"),
        ("EN-001", "2 open follow-ups, the next due 2026-03-20; score 6, last reviewed 2026-03-03"),
        ("EN-003", "open follow-up; score 2, last reviewed 2026-03-03"),
    ]
    finish(reviewed, 2)
    clock.moment += timedelta(days=60)
    mark_follow_ups(reviewed, [2], DONE)
    edit_follow_up(reviewed, 1, {"due_on": date(2026, 5, 2)})
    review_commands.start(reviewed)
    assert [(key, reason.split(";")[0]) for key, reason in queue(reviewed)[:4]] == [
        ("FL-001", "follow-up overdue by 65 days"),
        ("EN-003", "open follow-up, due 2026-05-02"),
        ("EN-001", "open follow-up"),
        ("BE-001", "acceptance ended 2026-03-01, 62 days ago"),
    ]


def test_a_review_that_asks_for_an_order_or_for_some_items_gets_that(reviewed: Database) -> None:
    review_commands.start(reviewed, query="category:EN sort:key", skip_days=0)
    assert reads_queue(reviewed) == ["EN-001", "EN-002", "EN-003"]


def test_several_overdue_ones_are_counted(reviewed: Database) -> None:
    edit_follow_up(reviewed, 4, {"due_on": date(2026, 3, 2)})
    review_commands.start(reviewed, query="EN-001 key:EN-001")
    assert queue(reviewed)[0][1].startswith("2 open follow-ups, overdue by 1 day; ")


def test_the_minutes_stay_as_they_were_at_the_end(reviewed: Database) -> None:
    before = minutes(reviewed, 1)
    assert [(row.number, row.key, row.text) for row in before.follow_ups] == [
        (1, "EN-003", "no date"),
        (2, "EN-001", "later"),
        (3, "FL-001", "late"),
        (4, "EN-001", "second"),
    ]
    text = minutes_markdown(before)
    edit_items(reviewed, ["EN-001"], {"key": "EN-100"})
    remove_items(reviewed, ["EN-003"])
    edit_follow_up(reviewed, 2, {"text": "sooner", "due_on": None})
    mark_follow_ups(reviewed, [1], DONE)
    assert minutes(reviewed, 1) == before
    assert minutes_markdown(minutes(reviewed, 1)) == text
    assert "Follow-ups closed" not in text


def test_the_minutes_of_the_review_that_closes_them_say_so(reviewed: Database, bo: Database) -> None:
    review_commands.start(reviewed, title="Summer")
    mark_follow_ups(bo, [3], DONE)
    mark_follow_ups(reviewed, [2], DROPPED)
    mark_follow_ups(reviewed, [4], DONE)
    mark_follow_ups(reviewed, [4], OPEN)
    follow_up(reviewed, 2, "EN-001", text="anew", owner="cy")
    mark_follow_ups(reviewed, [5], DONE)
    going_on = minutes(reviewed, 2)
    finish(reviewed, 2)
    mark_follow_ups(reviewed, [3, 2], OPEN)
    ended = minutes(reviewed, 2)
    assert (ended.follow_ups, ended.closed) == (going_on.follow_ups, going_on.closed)
    text = minutes_markdown(ended)
    assert "## Follow-ups\n\n- **EN-001** (cy, done): anew\n" in text
    assert text.split("## Follow-ups closed\n\n")[1].startswith(
        "- **EN-001** (dropped by ana): later\n- **FL-001** (done by bo): late\n- **EN-001** (done by ana): anew\n"
    )


def test_another_day_shows_them_as_they_were_then(reviewed: Database, clock: Ticks, tmp_path: Path) -> None:
    before = rows(reviewed)
    then = clock.moment
    clock.moment += timedelta(days=10)
    mark_follow_ups(reviewed, [3], DONE)
    edit_follow_up(reviewed, 2, {"due_on": None})
    now = clock.moment
    clock.moment += timedelta(days=10)
    mark_follow_ups(reviewed, [3], OPEN)
    with rebuild_as_of(reviewed, then, tmp_path) as past:
        assert rows(past) == before
    (tmp_path / "as-of.db").unlink()
    with rebuild_as_of(reviewed, now, tmp_path) as past:
        assert [(row.number, row.state, row.due_on) for row in rows(past)][-1] == (3, DONE, LATE)
        assert found(past, "followup:done") == ["FL-001"]


def test_a_register_of_the_release_before_keeps_its_follow_ups_open(tmp_path: Path, clock: Ticks) -> None:
    path = rebuild("0003", tmp_path / "register.db")
    with Database.open(path, clock=clock, actor="ana") as old:
        assert [(row.number, row.key, row.state, row.gone) for row in rows(old)] == [
            (1, "BE-010", OPEN, False),
            (4, "EN-003", OPEN, True),
            (2, "PD-001", OPEN, False),
        ]
        mark_follow_ups(old, [1], DONE)
        assert verify(old) == ()
        undo(old)
        assert states(old)[1] is OPEN
        mark_follow_ups(old, [2], DROPPED)
        assert verify(old) == ()
    with Database.open(path, clock=clock, actor="bo") as other:
        # What bo recorded in that release was dropped by ana since: bo's undo does not remove it.
        with Database.open(path, clock=clock, actor="ana") as ana:
            mark_follow_ups(ana, [4], DROPPED)
        undo(other)  # the removal of EN-003
        undo(other)  # the new key of BE-010
        with pytest.raises(RegisterError, match="ana has since changed the follow-up on EN-003"):
            undo(other)


def test_a_status_that_closes_the_item_leaves_the_follow_up_open(reviewed: Database) -> None:
    set_status(reviewed, ["EN-003"], Status.MITIGATED)
    assert found(reviewed, "has:followup status:mitigated") == ["EN-003", "FL-001"]


NUMBERS = st.lists(st.sampled_from([1, 2]), min_size=1, max_size=2)
EDITS = st.sampled_from([{"text": "x"}, {"owner": "ana"}, {"owner": None, "due_on": LATE}])
STEPS = st.one_of(
    st.tuples(st.just(mark_follow_ups), NUMBERS, st.sampled_from(FollowUpState)),
    st.tuples(st.just(edit_follow_up), st.sampled_from([1, 2]), EDITS),
    st.tuples(st.just(undo)),
    st.tuples(st.just(redo)),
)


def tried(db: Database, verb: Callable[..., object], *arguments: object) -> str:
    """Do it; why not, where it is refused."""
    try:
        verb(db, *arguments)
    except RegisterError as refused:
        return str(refused)
    return ""


@pytest.fixture(scope="session")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A place for the database of each example."""
    return (tmp_path_factory.mktemp("follow-ups") / "register.db" for _ in itertools.count())


@pytest.mark.soak
@settings(max_examples=count(8, 60), deadline=None)
@given(steps=st.lists(st.tuples(st.booleans(), STEPS), min_size=1, max_size=10))
def test_two_people_never_undo_each_other(
    sample_register: Path, places: Iterator[Path], steps: list[tuple[bool, tuple[Callable[..., object], object]]]
) -> None:
    path = shutil.copyfile(sample_register, next(places))
    clock = Ticks()
    with Database.open(path, clock=clock, actor="ana") as ana, Database.open(path, clock=clock, actor="bo") as bo:
        with Database.open(path, clock=clock, actor="cy") as cy:
            review_commands.start(cy)
            for key in ("EN-001", "EN-003"):
                follow_up(cy, 1, key, text="do it", owner="cy", due_on=NEXT)
        start, last = rows(ana), trail(ana)[0].sequence
        for mine, (verb, *arguments) in steps:
            tried(ana if mine else bo, verb, *arguments)
        reasons = [""]
        while "" in reasons:
            reasons = [tried(ana, undo), tried(bo, undo)]
        if all("nothing to undo" in reason for reason in reasons):
            assert rows(ana) == start
        batches = {change.batch: change.actor for change in trail(ana)}
        with ana.read() as session:
            where = "WHERE sequence > :last AND reverses IS NOT NULL"
            undone = session.rows(f"{CHANGES} {where}", {"last": last}, row=ChangeRecord)
            assert all(batches[change.reverses or 0] == change.actor for change in undone)
        assert verify(ana) == ()
