"""Minutes, differences and what is new of an item: what is still in effect, and by whom."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from store.audit.undo import undo
from store.commands.dependencies import link, relabel, unlink
from store.commands.items import accept, add_item, comment, edit_items, remove_items, set_status
from store.commands.saved_queries import save_query
from store.enums import SavedKind, Status
from store.errors import RegisterError
from store.formats.reports import minutes_markdown
from store.review.commands import decide, finish, follow_up, reopen, start
from tests.store.review.asking import diff, fields, minutes, news

if TYPE_CHECKING:
    from store.db.database import Database
    from tests.conftest import Ticks


def meet(db: Database, bo: Database) -> None:
    """A review in which two people decide this and that."""
    edit_items(db, ["DD-002"], {"owner": "before"})
    number = start(db, title="Spring | review", participants=["ana", "bo"]).number
    set_status(db, ["PD-001"], Status.IN_PROGRESS)
    set_status(bo, ["PD-001"], Status.MITIGATED, note="jobs *gone*")
    decide(bo, number, "PD-001", seconds=50)
    edit_items(db, ["EN-001"], {"severity": "low", "owner": "cy"}, note="agreed")
    edit_items(bo, ["EN-002"], {"owner": "nobody's"})
    undo(bo)
    decide(db, number, "EN-001", seconds=10)
    decide(db, number, "EN-002", seconds=7)
    comment(bo, ["EN-002"], "# see\n\n- the paper")
    accept(bo, ["EN-003"], rationale="cheap\nto keep", by="di", until=date(2026, 6, 30))
    follow_up(bo, number, "EN-003", text="ask <finance>", owner="cy", due_on=date(2026, 4, 1))
    add_item(db, {"category": "EN", "severity": "low", "description": "new one"})
    set_status(bo, ["EN-004"], Status.IN_PROGRESS)
    remove_items(db, ["MS-001"])
    decide(db, number, "MS-001")
    link(bo, "EN-004", "BE-001", "")
    relabel(bo, "EN-004", "BE-001", "", "feeds")
    relabel(db, "PD-001", "DD-001", "dead jobs mask", "hides")


def test_the_minutes_have_what_still_stands_with_who_did_it(db: Database, bo: Database) -> None:
    meet(db, bo)
    finish(bo, 1)
    found = minutes(db)
    assert [(item.key, item.outcome, item.by, item.seconds) for item in found.items] == [
        ("PD-001", "changed", "bo", 50),
        ("EN-001", "changed", "ana", 10),
        ("EN-002", "kept", "ana", 7),
        ("MS-001", "removed", "ana", 0),
    ]
    assert (found.queued, found.unchanged, found.changed, found.seconds, len(found.left)) == (15, 1, 3, 67, 11)
    assert (found.before.open, found.after.open, found.after.accepted, found.after.total) == (11, 9, 1, 15)
    assert fields(found.changes) == {
        "PD-001": [("status", "Open", "Mitigated", "ana and bo"), ("status_note", None, "jobs *gone*", "bo")],
        "EN-001": [("severity", "High", "Low", "ana"), ("owner", None, "cy", "ana")],
        "EN-002": [(None, None, None, "bo")],
        "EN-003": [
            ("status", "Open", "Accepted", "bo"),
            ("status_note", None, "cheap\nto keep", "bo"),
            ("accepted_by", None, "di", "bo"),
            ("accepted_until", None, "2026-06-30", "bo"),
        ],
        "MS-001": [(None, "Catalog Staleness", None, "ana")],
        "EN-004": [(None, None, "new one", "ana"), ("status", "Open", "In Progress", "bo")],
    }
    assert {(row.key, row.field, row.before, row.after, row.actor) for row in found.links} == {
        ("FL-001 -> MS-001", None, "amplified popularity biases", None, "ana"),
        ("CD-001 -> MS-001", None, "misconfig delays", None, "ana"),
        ("EN-004 -> BE-001", None, None, "feeds", "bo"),
        ("PD-001 -> DD-001", "label", "dead jobs mask", "hides", "ana"),
    }
    (accepted,) = found.accepted
    assert (accepted.key, accepted.rationale, accepted.by, accepted.until, accepted.actor) == (
        *("EN-003", "cheap\nto keep", "di"),
        *(date(2026, 6, 30), "bo"),
    )
    assert [(row.key, row.text, row.owner) for row in found.follow_ups] == [("EN-003", "ask <finance>", "cy")]
    assert (found.escalated, found.escalated_before, found.escalated_after) == ((), 0, 0)


def test_what_comes_after_the_end_changes_no_minutes(db: Database, bo: Database) -> None:
    meet(db, bo)
    going_on = minutes(db)
    assert going_on.review.ended is None
    finish(bo, 1)
    ended = minutes(db)
    assert ended.changes == going_on.changes
    assert ended.after == going_on.after
    undo(bo)
    edit_items(db, ["EN-001"], {"key": "EN-900", "title": "Another"})
    remove_items(db, ["PD-001", "EN-003"])
    assert minutes(db, 1) == ended


def test_taking_back_what_was_done_before_a_review_is_a_change_of_it(db: Database, bo: Database) -> None:
    set_status(db, ["EN-001"], Status.MITIGATED)
    accept(bo, ["EN-002"], rationale="cheap", by="bo", until=date(2026, 6, 30))
    start(db)
    undo(db)
    accept(bo, ["EN-002"], rationale="cheap", by="bo", until=None)
    found = minutes(db)
    assert fields(found.changes) == {
        "EN-001": [("status", "Mitigated", "Open", "ana")],
        "EN-002": [("accepted_until", "2026-06-30", None, "bo")],
    }
    assert [(row.key, row.rationale, row.until) for row in found.accepted] == [("EN-002", "cheap", None)]


def test_what_breaks_a_rule_that_it_did_not_break_before_is_newly_escalated(db: Database) -> None:
    save_query(db, SavedKind.RULE, "No owner", "no:owner severity:low")
    edit_items(db, ["EN-003"], {"severity": "low"})
    start(db)
    edit_items(db, ["EN-003"], {"key": "EN-903"})
    edit_items(db, ["EN-001", "EN-002"], {"severity": "low"})
    edit_items(db, ["EN-002"], {"owner": "bo"})
    found = minutes(db)
    assert (found.escalated_before, found.escalated_after) == (1, 2)
    assert [(row.key, row.rules) for row in found.escalated] == [("EN-001", ("No owner",))]
    assert "\n- **EN-001** Feature Entanglement (Flink windowing): No owner\n" in minutes_markdown(found)
    finish(db, 1)
    save_query(db, SavedKind.RULE, "Cheap", "severity:low")
    edit_items(db, ["EN-001"], {"owner": "ana"})
    assert minutes(db).escalated == found.escalated
    assert sorted((row.key, row.rules) for row in diff(db).escalated) == [
        ("EN-001", ("Cheap",)),
        ("EN-002", ("Cheap",)),
        ("EN-903", ("Cheap",)),
    ]


def test_the_minutes_as_a_document(db: Database, bo: Database) -> None:
    meet(db, bo)
    text = minutes_markdown(minutes(db))
    assert text.startswith(
        "# Spring \\| review\n\n- **Review:** 1\n- **When:** 2026-03-03 09:00 UTC, started by ana; still open, "
    )
    finish(bo, 1)
    text = minutes_markdown(minutes(db))
    for part in (
        "09:00 UTC, started by ana; ended 09:00 UTC by bo\n- **Who:** ana and bo\n",
        "- **Items:** 4 of 15 reviewed: 3 changed, 1 kept; 11 left\n",
        "- **Time:** 1 min 7 s total, 17 s per item\n",
        "| Open | 11 | 9 |\n",
        "\n- status: Open → Mitigated (by ana and bo)\n- status note: none → jobs \\*gone\\* (by bo)\n\n",
        "\n- severity: High → Low (by ana)\n\n  Note: agreed\n- owner: none → cy (by ana)\n\n",
        "\n- comment (by bo): \\# see\n\n  \\- the paper\n\n",
        "\n- added (by ana): Low, In Progress\n- status: Open → In Progress (by bo)\n",
        "\n- removed (by ana): was Mitigated\n",
        "\n- bo linked EN-004 to BE-001: feeds\n",
        "…: until 2026-06-30, by di, recorded by bo\n\n  cheap\\\n  to keep\n\n",
        "\n- **EN-003** (cy, due 2026-04-01): ask \\<finance\\>\n\n",
        "## New escalations\n\nNone.\n\n",
        "\n| PD-001 | Dead Flink Jobs | Mitigated | changed | bo | 50 s |\n",
        "\n- **DD-001** Schema Dependency: score 7, never reviewed\n",
    ):
        assert part in text
    start(db, query="notebook", skip_days=0)
    finish(db, 2)
    text = minutes_markdown(minutes(db))
    assert "- **Query:** notebook\n- **Items:** 0 of 1 reviewed" in text
    assert "## Changes\n\nNone.\n" in text
    reopen(bo, 2)
    text = minutes_markdown(minutes(db))
    assert "started by ana; still open, so these minutes are not final\n- **Reopened:** 2026-03-03 09:0" in text
    assert " UTC by bo, after ana ended it 2026-03-03 09:00 UTC\n- **Who:** " in text


def test_what_differs_since_a_review_has_each_item_once(db: Database, bo: Database, clock: Ticks) -> None:
    with pytest.raises(RegisterError, match="no review has ended yet: start one"):
        diff(db)
    start(db, title="First")
    with pytest.raises(RegisterError, match="no review has ended yet: end it with `ai-debt review finish 1`"):
        diff(db)
    finish(db, 1)
    assert diff(db).is_empty
    meet(db, bo)
    set_status(db, ["FL-001"], Status.OPEN)
    set_status(db, ["CD-002"], Status.OPEN, note="seen")
    edit_items(db, ["BE-001"], {"owner": "x"})
    edit_items(db, ["BE-001"], {"owner": None})
    found = diff(db)
    assert [item.key for item in found.new] == ["EN-004"]
    assert [item.key for item in found.mitigated] == ["PD-001"]
    assert [item.key for item in found.accepted] == ["EN-003"]
    assert [item.key for item in found.reopened] == ["FL-001"]
    assert [item.key for item in found.changed] == ["EN-001", "DD-002", "CD-002"]
    assert [item.key for item in found.removed] == ["MS-001"]
    assert len(found.links) == 4
    assert (found.start.number, found.start.title, found.end.number) == (1, "First", None)
    with pytest.raises(RegisterError, match="review 2 has not ended: end it with `ai-debt review finish 2`"):
        diff(db, 1, 2)
    finish(db, 2)
    clock.moment += timedelta(days=1)
    assert diff(db).is_empty
    between = diff(db, 1, 2)
    assert between.changed == found.changed
    assert between.end.number == 2
    with pytest.raises(RegisterError, match="review 2 ended after review 1: name the earlier one first"):
        diff(db, 2, 1)


def test_what_is_new_of_an_item_since_it_was_last_gone_through(db: Database, bo: Database) -> None:
    assert [change.verb for change in news(db, "DD-001").changes] == ["import", "import", "import"]
    assert (news(db, "DD-001").reviewed, news(db, "DD-001").review) == (None, None)
    start(db, title="First")
    set_status(db, ["DD-001"], Status.IN_PROGRESS)
    decide(bo, 1, "DD-001")
    finish(db, 1)
    edit_items(bo, ["DD-001"], {"owner": "x"})
    undo(bo)
    unlink(db, "PD-001", "DD-001")
    comment(bo, ["DD-001"], "hm")
    found = news(db, "dd-001")
    assert (found.key, found.review, found.title, found.by, found.total) == ("DD-001", 1, "First", "bo", 2)
    assert [(change.verb, change.actor) for change in found.changes] == [("comment", "bo"), ("unlink", "ana")]
    start(db, skip_days=0)
    decide(db, 2, "DD-001")
    assert (news(db, "DD-001").review, news(db, "DD-001").total) == (2, 0)
    assert (news(db, "DD-001", but=2).review, news(db, "DD-001", but=2).total) == (1, 2)
