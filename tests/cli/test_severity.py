"""Critical and unrated items on the command line: distinguished, left out if there are none, null in JSON."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.door import Door

SGR = re.compile(r"\x1b\[[0-9;]*m")
HEADS = ["Owner", "Open", "High", "Escalated", "Overdue", "Oldest", "Items"]


@pytest.fixture
def mixed(sample: Door) -> Door:
    """The sample with EN-001 Critical, and BE-002 and DD-001 unrated."""
    sample.done("set", "EN-001", "--severity", "critical")
    sample.done("set", "BE-002", "--severity", "none")
    sample.done("set", "DD-001", "--severity", "")
    return sample


def cells(said: str, key: str) -> list[str]:
    """The row of an item in a table."""
    return next(row.split() for row in said.splitlines() if row.startswith(key))


def test_lists_have_the_word_or_the_letter(mixed: Door) -> None:
    listed = mixed.done("list").out
    assert [cells(listed, key)[1] for key in ("EN-001", "EN-002", "BE-002", "DD-001")] == [
        "Critical",
        "High",
        "unrated",
        "unrated",
    ]
    narrow = mixed("list", columns=40).out
    assert "C●" in narrow.split("EN-001")[1].splitlines()[0]
    assert "-●" in narrow.split("DD-001")[1].splitlines()[0]


@pytest.mark.parametrize(
    ("query", "keys"),
    [
        (["severity:none"], ["BE-002", "DD-001"]),
        (["--severity", "none"], ["BE-002", "DD-001"]),
        (["--severity", "unrated,critical"], ["BE-002", "EN-001", "DD-001"]),
        (["severity:>high"], ["EN-001"]),
        (["severity:none", "sort:score"], ["DD-001", "BE-002"]),
    ],
)
def test_queries_find_them(mixed: Door, query: list[str], keys: list[str]) -> None:
    assert [row.split()[0] for row in mixed.done("list", *query).lines[1:]] == keys


def test_an_operator_does_not_go_with_none(sample: Door) -> None:
    refused = sample("list", "severity:>=none")
    assert (refused.code, refused.out) == (1, "")
    assert "none does not support >=: did you mean severity:none?" in refused.err


def test_an_item_says_that_it_is_unrated_and_json_says_null(mixed: Door) -> None:
    shown = mixed.done("show", "DD-001").out
    assert "Severity             unrated\n" in shown
    assert "severity: High → unrated" in shown
    item = mixed.done("show", "DD-001", "--json").json["item"]
    assert isinstance(item, dict)
    assert item["severity"] is None
    assert mixed.done("history", "DD-001").lines[1].endswith("set the severity of DD-001 from High to unrated")


def test_the_dashboard_counts_them_apart(mixed: Door) -> None:
    said = mixed.done("dashboard").out
    assert "Unresolved: 11 of 15, 1 Critical, 4 High, 4 Medium, 0 Low, 2 unrated\n" in said
    counts = mixed.done("dashboard", "--json").json["total"]
    assert isinstance(counts, dict)
    assert counts["unresolved"] == {"total": 11, "critical": 1, "high": 4, "medium": 4, "low": 0, "unrated": 2}


def test_where_there_are_none_nothing_is_said_of_them(sample: Door) -> None:
    assert "Unresolved: 11 of 15, 6 High, 5 Medium, 0 Low\n" in sample.done("dashboard").out
    assert sample.done("owners").lines[0].split() == HEADS
    assert "nrated" not in sample.done("first").out
    sample.done("set", "EN-001", "--owner", "Ranking", "--severity", "critical")
    assert sample.done("owners").lines[0].split() == [*HEADS[:2], "Critical", *HEADS[2:]]


def test_owners_fit_a_narrow_terminal(mixed: Door) -> None:
    mixed.done("set", "EN-001", "--owner", "Ranking and search")
    assert mixed.done("owners").lines[0].split() == ["Owner", "Open", "Critical", "High", "Unrated", *HEADS[3:]]
    assert all(len(SGR.sub("", row)) <= 40 for row in mixed("owners", columns=40).out.splitlines())
    rows = [SGR.sub("", row).split() for row in mixed("owners", columns=70).out.splitlines()]
    assert rows[0] == ["Owner", "Open", "Crit.", "High", "Unr.", "Esc.", "Late", "Oldest", "Items"]
    assert rows[1][:5] == ["unassigned", "10", "0", "4", "2"]


def test_what_to_fix_first_names_what_is_unrated(mixed: Door) -> None:
    said = mixed.done("first")
    assert cells(said.out, "EN-001")[1:3] == ["C●", "10.00"]
    assert cells(said.out, "DD-001")[1:3] == ["-●", "5.00"]
    assert said.lines[-1] == "Unrated: DD-001 and BE-002 (no weight until rated)."
    mixed.done("set", "DD-001", "--severity", "low")
    assert mixed.done("first").lines[-1] == "Unrated: BE-002 (no weight until rated)."


def test_a_review_begins_with_them(mixed: Door) -> None:
    mixed.done("review", "start", "--title", "Rating")
    queue = mixed.done("review", "show", "--json").json["review"]
    assert isinstance(queue, dict)
    assert [(row["key"], row["severity"], row["reason"]) for row in queue["queue"][:2]] == [
        ("DD-001", None, "unrated; score 5, never reviewed"),
        ("BE-002", None, "unrated; score 0, never reviewed"),
    ]


def test_days_by_severity_have_critical_and_never_unrated(sample: Door) -> None:
    sample.done("register", "set", "mitigate-within", "critical 7, high 30")
    assert "Mitigate within  critical 7, high 30" in sample.done("register").out
    refused = sample("register", "set", "accept-for", "unrated 3")
    assert "unknown severity 'unrated': use critical, high, medium or low" in refused.err


def test_an_item_is_added_without_a_severity(begun: Door) -> None:
    begun.done("add", "--category", "EN", "--description", "Nobody has looked yet")
    assert cells(begun.done("list").out, "EN-001")[1] == "unrated"
    assert begun.done("trend", "--json").answer
