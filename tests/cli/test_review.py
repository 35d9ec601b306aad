"""`ai-debt review`: the list, the queue, the minutes and what differs since."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from store.commands.items import set_status
from store.db.database import Database
from store.enums import Status
from store.review.commands import decide, follow_up
from store.review.queue import ReviewDecision

if TYPE_CHECKING:
    from tests.cli.door import Door

SGR = re.compile(r"\x1b\[[0-9;]*m")


def test_a_review_from_its_start_to_its_minutes(sample: Door) -> None:
    said = sample.done("review")
    assert (said.raw, said.err) == (b"", "no reviews yet; start one with `ai-debt review start`\n")
    refused = sample("review", "minutes")
    assert (refused.code, refused.raw) == (1, b"")
    assert refused.err == "ai-debt: no reviews yet: start one with `ai-debt review start`\n"
    said = sample.done("review", "start", "--title", "Spring", "--with", "bo, cy")
    assert said.err == "Started review 1: 15 items to review.\n"
    assert said.lines[0].split() == ["No", "Key", "Why", "Title"]
    assert said.lines[1].split("  ") == [" 1", "PD-001", "H●", "score 7.5, never reviewed", "Dead Flink Jobs"]
    again = sample("review", "start")
    assert again.code == 1
    assert re.fullmatch(
        r"ai-debt: review 1, which \S.* started on \d{4}-\d\d-\d\d, is still open: "
        r"resume it, or end it with `ai-debt review finish 1`\n",
        again.err,
    )
    sample.done("set", "EN-001", "--status", "mitigated", "--note", "pinned | versions")
    with Database.open(sample.database, actor="bo") as db:
        decide(db, 1, "EN-001", seconds=75)
        follow_up(db, 1, "EN-001", text="measure")
    shown = sample.done("review", "show").lines
    assert shown[0] == "Review 1  Spring"
    assert re.fullmatch(r"Who +\S.*, bo and cy", shown[4])
    assert shown[5:7] == ["Items    1 of 15 reviewed, 14 left", "Time     1 min 15 s"]
    row = next(line for line in shown if "EN-001" in line)
    assert "  bo, 1 min 15 s  score 6, never reviewed  " in row
    minutes = sample.done("review", "minutes", "1")
    assert minutes.out.startswith("# Spring\n\n- **Review:** 1\n")
    assert "- **EN-001** (unassigned): measure\n" in minutes.out
    assert "pinned \\| versions (by " in minutes.out
    done = sample.done("review", "finish", "1", "--json").json["done"]
    assert isinstance(done, dict)
    assert done["said"] == "Ended review 1"
    assert sample("review", "finish", "1").code == 1
    assert sample.done("review", "list").lines[1].split()[-1] == "Spring"
    assert sample("review", "show", "2").err == "ai-debt: review 2 does not exist: use 1\n"


def test_a_review_is_changed_while_it_is_open_and_reopened_after_its_end(sample: Door) -> None:
    sample.done("review", "start", "--title", "Spring", "--query", "notebook")
    assert sample.done("review", "set", "1", "--participants", "bo; cy").err == "Changed participants of review 1.\n"
    assert re.fullmatch(r"Who +bo and cy", sample.done("review", "show").lines[4])
    assert sample.done("undo").err == "Undid: review 1 edit.\n"
    assert sample.done("review", "set", "1", "--title", "Summer", "--json").json["done"]
    assert sample.done("review", "show").lines[0] == "Review 1  Summer"
    assert sample("review", "set", "1").code == 2
    assert sample("review", "set", "1", "--participants", ";").err.endswith("at least one participant: name one\n")
    refused = sample("review", "reopen", "1")
    assert (refused.code, refused.err) == (1, "ai-debt: review 1 is already open: there is nothing to reopen\n")
    sample.done("review", "finish", "1")
    refused = sample("review", "set", "1", "--title", "Autumn")
    assert refused.err.endswith(": reopen it with `ai-debt review reopen 1`\n")
    sample.done("review", "start")
    refused = sample("review", "reopen", "1")
    assert (refused.code, refused.err.partition("still open: ")[2]) == (
        1,
        "resume it, or end it with `ai-debt review finish 2`\n",
    )
    sample.done("review", "finish", "2")
    assert sample.done("review", "reopen", "1").err == "Reopened review 1.\n"
    assert [line.split()[2] for line in sample.done("review", "list").lines[1:]] != ["open", "open"]
    assert "- **Reopened:** " in sample.done("review", "minutes", "1").out
    minutes = sample.done("review", "minutes", "1", "--json").json["minutes"]
    assert isinstance(minutes, dict)
    assert len(minutes["reopened"]) == 1
    assert any(line.endswith(" reopened review 1") for line in sample.done("history").lines)


def test_undo_takes_back_a_decision_with_its_change(sample: Door) -> None:
    sample.done("review", "start", "--query", "notebook")
    with Database.open(sample.database) as db:
        set_status(db, ["BE-002"], Status.MITIGATED, decision=ReviewDecision(1, 5))
    assert "1 of 1 reviewed, 0 left" in sample.done("review", "show").out
    assert sample.done("undo").err == "Undid: BE-002 status change and its decision in review 1.\n"
    assert "0 of 1 reviewed, 1 left" in sample.done("review", "show").out
    assert "## Left undecided\n\n- **BE-002**" in sample.done("review", "minutes").out
    sample.done("redo")
    assert "1 of 1 reviewed, 0 left" in sample.done("review", "show").out


def test_what_differs_since_a_review(sample: Door) -> None:
    sample.done("review", "start", "--title", "Spring", "--query", "notebook")
    assert [line.split()[1] for line in sample.done("review", "show").lines[9:]] == ["BE-002"]
    sample.done("review", "finish", "1")
    said = sample.done("review", "diff").lines
    assert re.fullmatch(r"From the end of review 1 \(Spring\), [-\d]+ [\d:]+Z to now, [-\d]+ [\d:]+Z", said[0])
    assert said[1:] == ["", "No differences."]
    sample.done("set", "MS-001", "--status", "open")
    sample.done("set", "EN-002", "--owner", "bo")
    sample.done("remove", "BE-002", "--yes")
    sample.done("link", "EN-002", "CD-002", "slows")
    lines = sample.done("review", "diff", "1").lines
    titles = [lines[at + 1] for at, line in enumerate(lines) if line == ""]
    assert titles == ["Reopened", "Changed", "Removed", "Dependencies"]
    assert lines[3] == "H● MS-001  Catalog Staleness"
    assert lines[4].endswith(" set the status of MS-001 from Mitigated to Open")
    assert lines[-1].endswith(" linked EN-002 to CD-002: slows")
    sample.done("review", "start", "--title", "Summer")
    refused = sample("review", "diff", "1", "2")
    assert refused.err == "ai-debt: review 2 has not ended: end it with `ai-debt review finish 2`\n"
    sample.done("review", "finish", "2")
    assert sample("review", "start", "--skip-days", "9" * 20).err.endswith(" days cannot be skipped: use 0 to 36500\n")
    assert sample.done("review", "start", "--skip-days", "36500", "--json").json["review"] == 3
    assert "to the end of review 2 (Summer)" in sample.done("review", "diff", "1", "2").lines[0]
    assert sample("review", "diff", "0").code == 2


@pytest.mark.parametrize("columns", [40, 120])
def test_a_terminal_gets_what_it_has_room_for_and_nothing_that_it_would_act_on(sample: Door, columns: int) -> None:
    title = "\x1b[31mred\x1b[0m " + "long " * 30
    sample.done("review", "start", "--title", title, "--with", "\x1b]0;x\x07eve")
    for command in (["list"], ["show"], ["minutes"]):
        said = SGR.sub("", sample("review", *command, columns=columns).out)
        assert not set(said) & {"\x1b", "\x07"}
        if command != ["minutes"]:
            assert max(map(len, said.splitlines())) <= columns
    assert ("Dead Flink Jobs" in sample("review", "show", columns=columns).out) == (columns == 120)
    plain = sample("review", "show", encoding="ascii")
    assert plain.raw.isascii()
    assert "H*" in plain.out
