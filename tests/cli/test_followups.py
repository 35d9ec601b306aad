"""`ai-debt followups`: what is still to do after reviews, and marking it done."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.door import Door

LATE, FAR = "2020-01-31", "2199-12-31"


@pytest.fixture
def reviewed(sample: Door) -> Door:
    """A review that ended with three follow-ups."""
    sample.done("review", "start")
    sample.done("followups", "add", "EN-001", "measure it")
    sample.done("followups", "add", "EN-003", "ask the vendor", "--owner", "bo", "--due-on", LATE, "--allow-past")
    sample.done("followups", "add", "EN-001", "call", "--owner", "Cy", "--due-on", FAR)
    sample.done("review", "finish", "1")
    return sample


def rows(door: Door, *words: str) -> list[list[str]]:
    """The rows of the table, by cell."""
    return [re.split(r"  +", line.strip()) for line in door.done("followups", *words).lines[1:]]


def numbers(door: Door, *words: str) -> list[str]:
    return [row[0] for row in rows(door, *words)]


def test_open_ones_are_listed_with_what_is_overdue_in_words(reviewed: Door) -> None:
    assert reviewed.done("followups").lines[0].split() == ["No", "Key", "State", "Due", "Owner", "Follow-up"]
    late = (datetime.now(UTC).date() - datetime.fromisoformat(LATE).date()).days
    assert rows(reviewed) == [
        ["2", "EN-003", f"open, overdue by {late:,} days", LATE, "bo", "ask the vendor"],
        ["3", "EN-001", "open", FAR, "Cy", "call"],
        ["1", "EN-001", "open", "-", "-", "measure it"],
    ]
    assert numbers(reviewed, "EN-001") == ["3", "1"]
    assert numbers(reviewed, "en-003") == ["2"]


def test_they_are_asked_for_by_state_and_owner(reviewed: Door) -> None:
    assert reviewed.done("followups", "done", "3", "2").err == "Marked 2 follow-ups done.\n"
    assert numbers(reviewed) == ["1"]
    assert sorted(numbers(reviewed, "--done")) == ["2", "3"]
    assert numbers(reviewed, "--overdue", "--all") == numbers(reviewed, "--all")
    assert reviewed.done("followups", "reopen", "2").err == "Reopened follow-up 2 on EN-003.\n"
    assert reviewed.done("followups", "drop", "1").err == "Dropped follow-up 1 on EN-001.\n"
    assert numbers(reviewed, "--overdue") == ["2"]
    assert numbers(reviewed, "--open", "--dropped") == ["2", "1"]
    assert numbers(reviewed, "--all", "--owner", "cy") == ["3"]
    assert numbers(reviewed, "--all", "--owner", "none") == ["1"]
    assert numbers(reviewed, "list", "EN-001", "--dropped") == ["1"]
    assert re.fullmatch(r"done by .+ on \d{4}-\d\d-\d\d", rows(reviewed, "--done")[0][2])
    nothing = reviewed.done("followups", "EN-001")
    assert (nothing.raw, nothing.err) == (b"", "no follow-up matches\n")


def test_json_is_one_object_whatever_is_found(reviewed: Door) -> None:
    reviewed.done("followups", "drop", "1")
    found = reviewed.done("followups", "EN-001", "--all", "--json").answer
    assert list(found) == ["schema", "followups"]
    first, second = found["followups"]  # type: ignore[misc]
    assert (first["number"], first["state"], first["due_on"], first["closed_by"]) == (3, "open", FAR, None)
    assert (second["number"], second["state"], second["removed"]) == (1, "dropped", False)
    assert second["closed_by"]
    item = reviewed.done("show", "EN-001", "--json").json["item"]
    assert item["follow_ups"] == found["followups"]  # type: ignore[call-overload,index]
    shown = reviewed.done("show", "EN-001").out
    assert "Follow-ups " in shown
    assert f"#3 open: call (owner Cy, due {FAR})" in shown
    assert reviewed.done("followups", "PD-001", "--json").answer["followups"] == []


def test_an_edit_changes_what_is_said_and_an_empty_text_clears(reviewed: Door) -> None:
    said = reviewed.done("followups", "edit", "1", "--text", "measure twice", "--owner", "di", "--due-on", FAR)
    assert said.err == "Changed follow-up 1 on EN-001.\n"
    assert ["1", "EN-001", "open", FAR, "di", "measure twice"] in rows(reviewed)
    reviewed.done("followups", "edit", "1", "--owner", "", "--due-on", "")
    assert ["1", "EN-001", "open", "-", "-", "measure twice"] in rows(reviewed)
    assert reviewed.done("undo").err == "Undid: EN-001 follow-up edit.\n"
    assert ["1", "EN-001", "open", FAR, "di", "measure twice"] in rows(reviewed)
    wrong = reviewed("followups", "edit", "1", "--due-on", "soon")
    assert wrong.code == 1
    assert "'soon'" in wrong.err
    nothing = reviewed("followups", "edit", "1")
    assert nothing.code == 2
    assert "nothing to change: add --text, --owner or --due-on" in nothing.err


def test_what_is_not_there_is_refused(reviewed: Door) -> None:
    for verb in (["done", "1", "9"], ["edit", "9", "--text", "x"]):
        said = reviewed("followups", *verb)
        assert said.code == 1
        assert said.err == "ai-debt: follow-up 9 does not exist: `ai-debt followups --all` lists them\n"
    assert numbers(reviewed) == ["2", "3", "1"]
    assert reviewed("followups", "XX-001").code == 1
    assert reviewed("followups", "done").code == 2
    late = reviewed("followups", "add", "EN-001", "late")
    assert (late.code, late.err) == (
        1,
        "ai-debt: no review is open: start one with `ai-debt review start`\n",
    )


def test_the_follow_ups_of_a_removed_item_stay_and_say_so(reviewed: Door) -> None:
    reviewed.done("remove", "EN-003", "--yes")
    assert rows(reviewed)[0][1] == "EN-003 (removed)"
    assert numbers(reviewed, "EN-003") == ["2"]
    reviewed.done("undo")
    assert rows(reviewed)[0][1] == "EN-003"


def test_before_there_are_any_it_says_where_they_come_from(sample: Door) -> None:
    said = sample.done("followups")
    assert (said.raw, said.err) == (b"", "no follow-ups yet; record them in a review\n")
    sample.done("review", "start")
    sample.done("followups", "add", "EN-001", "x")
    sample.done("followups", "done", "1")
    assert sample.done("followups").err == "no open follow-ups\n"


def test_they_are_listed_as_they_were_on_a_day(reviewed: Door) -> None:
    said = reviewed.done("followups", "--as-of", "2199-01-01")
    assert len(said.lines) == 4
    assert said.err.startswith("as of ")
    assert list(reviewed.done("followups", "--as-of", "0d", "--json").json) == ["schema", "followups", "head", "as_of"]


def test_a_narrow_terminal_keeps_number_key_state_and_text(reviewed: Door) -> None:
    shown = reviewed("followups", columns=40)
    plain = re.sub(r"\x1b\[[0-9;]*m", "", shown.out).splitlines()
    assert plain[0].split() == ["No", "Key", "State", "Follow-up"]
    assert all(len(line) <= 40 for line in plain)
    assert "overdue" in plain[1]
    assert "ask the" in plain[1]


def test_the_database_is_named_before_or_after_the_verb(reviewed: Door) -> None:
    elsewhere = str(reviewed.database.rename(reviewed.home / "other.db"))
    reviewed.done("--db", elsewhere, "followups", "done", "1")
    reviewed.done("followups", "--db", elsewhere, "done", "2")
    reviewed.done("followups", "done", "3", "--db", elsewhere)
    assert reviewed.done("followups", "--db", elsewhere).err == "no open follow-ups\n"
