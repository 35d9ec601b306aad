"""`ai-debt check`, `rule`, `owners` and the days of policy, as a pipeline and a person see them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.door import Door, Said

ESCAPE = re.compile(r"\x1b\[[0-9;]*m")
RULE = "High-severity debt once it affects > 10% of all ML projects"


def plain(said: Said) -> str:
    """What is printed, without its styles."""
    return ESCAPE.sub("", said.out)


def test_what_one_cannot_tell_is_listed_and_breaks_nothing(sample: Door) -> None:
    said = sample.done("check")
    assert said.lines == [
        f"Could not check BE-001, EN-001, EN-002, DD-001, PD-001 and PD-002 against {RULE}.",
        "",
        "No rule is broken; 6 items could not be checked.",
    ]
    assert sample.done("check", "--quiet").raw == b""


def test_a_broken_rule_is_exit_code_3(sample: Door) -> None:
    sample.done("set", "EN-001", "--affected", "450 projects", "--owner", "MLP")
    sample.done("register", "set", "project-total", "3000")
    said = sample("check")
    assert (said.code, said.err) == (3, "")
    assert said.lines[:2] == [RULE, "severity:high status:open,in-progress share:>10%"]
    assert said.lines[3].split() == ["EN-001", "High", "Open", "MLP", "Feature", "Entanglement", "(Flink", "windowing)"]
    assert said.lines[-1] == "1 rule is broken by 1 item; 5 items could not be checked."
    quiet = sample("check", "--quiet", "--json")
    assert (quiet.code, quiet.raw, quiet.err) == (3, b"", "")
    found = sample("check", "--json")
    assert (found.code, found.json["broken"]) == (3, True)
    assert found.json["rules"][0]["broken"] == ["EN-001"]  # type: ignore[index]
    narrow = sample("check", columns=40)
    assert "EN-001 H● Feature Entanglement" in plain(narrow)
    assert all(len(line) <= 40 for line in plain(narrow).splitlines())


def test_recording_tells_what_is_new_once(sample: Door) -> None:
    sample.done("set", "EN-001", "--affected", "12%")
    said = sample("check", "--record")
    assert (said.code, said.err) == (3, "Recorded: 1 new escalation, 0 cleared.\n")
    assert sample("check", "--record").err == "Nothing new was recorded.\n"
    first = sample.done("history", "--limit", "1", "--json").json["changes"][0]  # type: ignore[index]
    assert (first["actor"], first["verb"], first["key"], first["note"]) == ("policy", "escalate", "EN-001", RULE)
    sample.done("set", "EN-001", "--affected", "2%")
    found = sample.done("check", "--record", "--json").json
    assert found["cleared"] == [{"key": "EN-001", "rule": RULE}]
    sample.done("verify")


def test_rules_are_kept_at_the_command_line(sample: Door) -> None:
    said = sample.done("rule", "save", "Amber", "component:Amber", "status:open", "age:>14d")
    assert said.err == "Saved rule Amber.\nNo item breaks it; 4 items could not be checked.\n"
    assert [line.split()[:2] for line in sample.done("rule").lines[1:]] == [["0", "6"], ["0", "4"]]
    assert sample.done("rule", "list").out == sample.done("rule").out
    sample.done("rule", "rename", "amber", "Two weeks")
    assert sample.done("rule", "save", "Two weeks", "key:EN-001").err.endswith("1 item breaks it.\n")
    # A line end is a blank.
    assert sample.done("rule", "save", " Two\nweeks ", "key:EN-001").err.endswith("1 item breaks it.\n")
    assert sample("check").code == 3
    shown = sample.done("show", "EN-001").out
    assert "Escalated by" in shown
    assert "Two weeks" in shown
    sample.done("rule", "remove", "two WEEKS")
    sample.done("check")
    sample.done("undo")
    assert "Two weeks" in sample.done("rule").out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["save", "X", "severity:hihg"], "did you mean severity:high"),
        (["save", "X", "is:escalated"], "cannot use is:escalated"),
        (["save", "Overdue", "severity:high"], "is a built-in rule"),
        (["remove", "Nothing"], "unknown rule Nothing"),
        (["rename", "Nothing", "New"], "unknown rule Nothing"),
    ],
    ids=" ".join,
)
def test_what_can_be_no_rule_is_refused(sample: Door, arguments: list[str], said: str) -> None:
    refused = sample("rule", *arguments)
    assert (refused.code, refused.raw) == (1, b"")
    assert said in refused.err


def test_no_rules_and_no_items_say_so(begun: Door) -> None:
    assert "no rules yet" in begun.done("rule").err
    assert begun.done("check").lines == ["No rule is broken."]
    assert "no items yet" in begun.done("owners").err
    assert "nothing is accepted" in begun.done("accepted").err


def test_overdue_debt_is_marked_and_a_rule(sample: Door) -> None:
    sample.done("set", "EN-003", "--due-on", "2020-01-31", "--allow-past")
    assert sample.done("register", "set", "mitigate-within", "medium 90, high 30").err.startswith("Changed mitigate")
    assert "Mitigate within  high 30, medium 90" in sample.done("register").out
    assert "is not a number of days" in sample("register", "set", "accept-for", "high never").err
    assert "Overdue\nis:overdue\n" in sample("check").out
    assert "overdue by" in sample.done("show", "EN-003").out
    assert "overdue" in next(line for line in sample.done("list").lines if line.startswith("EN-003"))
    assert "1 overdue" in sample.done("dashboard").out


def test_owners_are_listed_with_nobody_first(sample: Door) -> None:
    sample.done("set", "EN-001", "EN-002", "--owner", "MLP", "--affected", "12%")
    rows = [line.split() for line in sample.done("owners").lines]
    assert rows[0] == ["Owner", "Open", "High", "Escalated", "Overdue", "Oldest", "Items"]
    assert rows[1][:5] == ["unassigned", "9", "4", "0", "0"]
    assert rows[2][:5] == ["MLP", "2", "2", "2", "0"]
