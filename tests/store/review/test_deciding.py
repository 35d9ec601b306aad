"""Deciding an item and the change that decides it are one step: undone and redone together, others' left alone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from store.audit.undo import redo, undo
from store.audit.verify import verify
from store.commands.items import accept, edit_items, set_status
from store.enums import Status
from store.errors import RegisterError
from store.review.commands import decide, edit_review, finish, reopen, start
from store.review.queue import ReviewDecision
from tests.store.asking import content, item
from tests.store.review.asking import minutes, shown

if TYPE_CHECKING:
    from collections.abc import Callable

    from store.audit.log import Done
    from store.db.database import Database

DECISIONS: dict[str, Callable[[Database, ReviewDecision], Done]] = {
    "status": lambda db, decision: set_status(db, ["EN-001"], Status.MITIGATED, decision=decision),
    "status with a note": lambda db, decision: set_status(
        db, ["EN-001"], Status.MITIGATED, note="pinned", decision=decision
    ),
    "the status that it has": lambda db, decision: set_status(db, ["EN-001"], Status.OPEN, decision=decision),
    "accept": lambda db, decision: accept(db, ["EN-001"], rationale="cheap", by="cy", until=None, decision=decision),
    "edit": lambda db, decision: edit_items(db, ["EN-001"], {"status": Status.IN_PROGRESS}, decision=decision),
    "keep": lambda db, decision: decide(db, decision.review, "EN-001", seconds=decision.seconds),
}
"""What decides an item of a review."""


def reviewed(db: Database) -> dict[str, tuple[str | None, int]]:
    """Who decided which items of the newest review, and in how many seconds."""
    return {row.key: (row.decided_by, row.seconds) for row in shown(db).queue if row.decided_at}


@pytest.mark.parametrize("name", DECISIONS)
def test_undo_takes_back_a_decision_together_with_its_change_and_redo_brings_back_both(db: Database, name: str) -> None:
    number = start(db).number
    before = content(db)
    done = DECISIONS[name](db, ReviewDecision(number, seconds=40))
    after = content(db)
    assert done.batch is not None
    assert reviewed(db) == {"EN-001": ("ana", 40)}
    undone = undo(db)
    assert undone.keys == ("EN-001",)
    assert re.fullmatch(r"Undid: EN-001 (decision|.+ and its decision) in review 1", undone.message)
    assert (reviewed(db), content(db)) == ({}, before)
    assert (minutes(db).items, minutes(db).changes) == ((), ())
    with pytest.raises(RegisterError, match="nothing to undo"):
        undo(db)
    redo(db)
    assert reviewed(db) == {"EN-001": ("ana", 40)}
    assert content(db) == after
    assert [row.key for row in minutes(db).items] == ["EN-001"]
    undo(db)
    assert reviewed(db) == {}
    assert verify(db) == ()


def test_an_item_that_is_decided_again_is_taken_back_step_by_step(db: Database, bo: Database) -> None:
    number = start(db).number
    set_status(bo, ["EN-001"], Status.MITIGATED, decision=ReviewDecision(number, 5))
    set_status(db, ["EN-001"], Status.OPEN, decision=ReviewDecision(number, 2))
    assert reviewed(db) == {"EN-001": ("ana", 7)}
    # It was bo's before, and is bo's again.
    undo(db)
    assert reviewed(db) == {"EN-001": ("bo", 5)}
    assert item(db, "EN-001").status is Status.MITIGATED
    with pytest.raises(RegisterError, match="nothing to undo"):
        undo(db)
    redo(db)
    assert reviewed(db) == {"EN-001": ("ana", 7)}
    undo(db)
    undo(bo)
    assert reviewed(db) == {}
    assert verify(db) == ()


def test_undo_and_redo_leave_decisions_of_others_alone(db: Database, bo: Database) -> None:
    number = start(db).number
    decide(db, number, "EN-001")
    decide(bo, number, "EN-002", seconds=3)
    undo(db)
    assert reviewed(db) == {"EN-002": ("bo", 3)}
    decide(bo, number, "EN-001", seconds=4)
    with pytest.raises(RegisterError, match="bo has since decided EN-001 in review 1"):
        redo(db)
    set_status(db, ["EN-003"], Status.MITIGATED, decision=ReviewDecision(number))
    set_status(bo, ["EN-003"], Status.MITIGATED, decision=ReviewDecision(number))
    with pytest.raises(RegisterError, match=r"bo has since changed the decision on EN-003"):
        undo(db)
    assert reviewed(db) == {"EN-001": ("bo", 4), "EN-002": ("bo", 3), "EN-003": ("bo", 0)}
    assert item(db, "EN-003").status is Status.MITIGATED


def test_what_was_decided_in_a_review_that_ended_stays_in_its_minutes(db: Database) -> None:
    set_status(db, ["PD-001"], Status.IN_PROGRESS)
    number = start(db, participants=["ana"]).number
    set_status(db, ["EN-001"], Status.MITIGATED, decision=ReviewDecision(number))
    set_status(db, ["FL-001"], Status.MITIGATED, decision=ReviewDecision(number))
    decide(db, number, "EN-002")
    undo(db)
    edit_review(db, number, participants=["ana", "bo"])
    decide(db, number, "EN-003")
    finish(db, number)
    at_the_end = minutes(db)
    with pytest.raises(RegisterError, match="nothing to redo"):
        redo(db)
    # Neither the edit of the review nor its decisions: the item's own change is next.
    assert undo(db).message == "Undid: EN-001 status change"
    assert undo(db).message == "Undid: PD-001 status change"
    assert redo(db).message == "Redid: PD-001 status change"
    assert redo(db).message == "Redid: EN-001 status change"
    assert undo(db).message == "Undid: EN-001 status change"
    assert minutes(db) == at_the_end
    # Once it is open again, they can be taken back like any other.
    reopen(db, number)
    assert undo(db).message == "Undid: EN-003 decision in review 1"
    assert undo(db).message == "Undid: review 1 edit"
    assert undo(db).message == "Undid: FL-001 decision in review 1"
    assert set(reviewed(db)) == {"EN-001"}
    assert verify(db) == ()


def test_what_ended_in_between_is_not_redone_in_a_review(db: Database) -> None:
    number = start(db).number
    set_status(db, ["EN-001"], Status.MITIGATED, decision=ReviewDecision(number))
    undo(db)
    finish(db, number)
    assert redo(db).message == "Redid: EN-001 status change"
    assert reviewed(db) == {}
    reopen(db, number)
    # The decision is not there any more, and does not get in the way.
    assert undo(db).message == "Undid: EN-001 status change"
    decide(db, number, "EN-001")
    undo(db)
    finish(db, number)
    with pytest.raises(RegisterError, match="review 1 has ended: reopen it with `ai-debt review reopen 1`"):
        redo(db)
    assert verify(db) == ()


def test_a_change_that_decides_is_refused_as_a_whole(db: Database, bo: Database) -> None:
    number = start(db, query="key:EN-001").number
    for name, key in (("of another review", "EN-002"), ("of one that has ended", "EN-001")):
        with pytest.raises(RegisterError, match=r"EN-002 is not in the queue|bo ended review 1"):
            set_status(db, [key], Status.MITIGATED, decision=ReviewDecision(number))
        assert item(db, key).status is Status.OPEN, name
        if key == "EN-002":
            finish(bo, number)
    assert reviewed(db) == {}
