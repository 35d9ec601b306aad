"""`ai-debt accepted`: the auditor's page, and opening again what has ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.cli.door import Door


def accepted(door: Door) -> list[dict[str, object]]:
    """The accepted items."""
    rows = door.done("accepted", "--json").json["accepted"]
    assert isinstance(rows, list)
    return rows


def ended(door: Door) -> None:
    """Accept three items, one of them until a day long past."""
    door.done(
        "set", "EN-001", "--status", "accepted", "--note", "cheap", "--accepted-until", "2020-01-31", "--allow-past"
    )
    door.done(
        "set", "EN-002", "--status", "accepted", "--note", "so", "--accepted-until", "none", "--accepted-by", "Board"
    )
    door.done("set", "EN-003", "--status", "accepted", "--note", "later")


def test_accepting_needs_a_reason(sample: Door) -> None:
    refused = sample("set", "EN-001", "--status", "accepted")
    assert (refused.code, refused.raw) == (1, b"")
    assert "--note" in refused.err
    assert "give a date, or none" in sample("set", "EN-001", "--status", "accepted", "--accepted-until", "").err
    assert (
        "not a date" in sample("set", "EN-001", "--status", "accepted", "--note", "x", "--accepted-until", "later").err
    )
    assert accepted(sample) == []


def test_what_ended_comes_first_with_by_whom_why_and_until_when(sample: Door) -> None:
    ended(sample)
    rows = accepted(sample)
    assert [(row["key"], row["why"], row["until"], row["state"]) for row in rows[::2]] == [
        ("EN-001", "cheap", "2020-01-31", "ended"),
        ("EN-002", "so", None, None),
    ]
    assert [row["by"] for row in rows[2:]] == ["Board"]
    assert rows[1]["state"] is None
    assert isinstance(rows[1]["days"], int)
    assert rows[1]["days"] == 180
    lines = sample.done("accepted").lines
    assert lines[0].split() == ["Key", "Severity", "Until", "Since", "By", "Why", "Title"]
    assert "2020-01-31, ended" in lines[1]
    assert "no end" in lines[3]
    narrow = sample("accepted", columns=40).out
    assert "ended" in narrow
    assert "no reason" not in narrow
    document = sample.done("accepted", "--markdown").lines
    assert document[0] == "# Accepted debt"
    assert [line.split(" | ")[0] for line in document[6:]] == ["| EN-001", "| EN-003", "| EN-002"]
    assert sample("check").code == 3


def test_opening_again_what_has_ended(sample: Door) -> None:
    ended(sample)
    said = sample.done("accepted", "--reopen").err
    assert said.startswith("EN-001: Open; cleared its note 'cheap' and its acceptance by ")
    assert sample.done("accepted", "--reopen").err == "No acceptance has ended.\n"
    sample.done("undo")
    assert [row["key"] for row in accepted(sample)] == ["EN-001", "EN-003", "EN-002"]
    said = sample.done("accepted", "--reopen", "en-002", "EN-003").err
    assert said.startswith("2 items: Open; cleared 2 notes and 2 acceptances (")
    assert "not Accepted" in sample("accepted", "--reopen", "EN-002").err
    for wrong in (["EN-001"], ["--markdown", "--json"], ["--markdown", "--reopen"]):
        assert sample("accepted", *wrong).code == 2
