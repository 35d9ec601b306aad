"""What the reading commands print where stdout is not a terminal: plain, aligned and uncut."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.door import Door

ALL = [
    *("BE-001", "BE-002", "EN-001", "EN-002", "EN-003", "FL-001", "FL-002", "FL-003"),
    *("DD-001", "DD-002", "PD-001", "PD-002", "CD-001", "CD-002", "MS-001"),
]


def keys_of(door: Door, *arguments: str) -> list[str]:
    """The keys that `list` prints."""
    return [line.split()[0] for line in door.done("list", *arguments).lines[1:]]


def test_list_has_every_item_in_document_order(sample: Door) -> None:
    said = sample.done("list")
    assert said.err == ""
    assert said.lines[0].split() == ["Key", "Severity", "Status", "Category", "Owner", "Title"]
    assert [line.split()[0] for line in said.lines[1:]] == ALL
    assert "…" not in said.out
    assert "\x1b" not in said.out


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (["--severity", "high", "--category", "EN"], ["EN-001", "EN-002"]),
        (["--category", "entanglement"], ["EN-001", "EN-002", "EN-003"]),
        (["--category", "en", "--severity", "MEDIUM"], ["EN-003"]),
        (["--status", "mitigated"], ["FL-001", "FL-002", "CD-001", "MS-001"]),
        (["--status", "in-progress", "--status", "mitigated", "--severity", "medium"], ["FL-002"]),
        (["--component", "Amber", "--severity", "high"], ["BE-001", "EN-001", "DD-001", "PD-001"]),
        (["windowing"], ["EN-001"]),
        (["WINDOWING", "amber"], ["EN-001"]),
        (["windowing amber"], []),
        (["fl-003"], ["FL-003"]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_list_narrows_to_what_is_asked_for(sample: Door, arguments: list[str], found: list[str]) -> None:
    assert keys_of(sample, *arguments) == found
    as_json = sample.done("list", *arguments, "--json").json["items"]
    assert isinstance(as_json, list)
    assert [item["key"] for item in as_json] == found


@pytest.mark.parametrize(
    ("arguments", "query", "found"),
    [
        (["severity:high", "status:open", "-component:Amber"], None, ["EN-002", "PD-002"]),
        (["severity:high status:open -component:Amber"], None, ["EN-002", "PD-002"]),
        (["-amber", "-is:open", "severity:medium"], "severity:medium -amber -is:open", ["FL-002"]),
        (["computed by the same"], '"computed by the same"', []),
        (["-the same", "category:en"], 'category:en -"the same"', ["EN-002"]),
        (["owner:ML Platform,bo"], 'owner:"ML Platform",bo', ["EN-001", "BE-001"]),
        (["-category:boundary erosion", "--owner", "ml platform"], None, ["EN-001"]),
        (["is:open", "--sort", "-severity", "--category", "pd"], "is:open category:pd sort:-severity", None),
        (["sort:score", "severity:high", "--status", "open,in-progress"], None, None),
    ],
    ids=lambda value: " ".join(value)[:20] if isinstance(value, list) else None,
)
def test_list_takes_a_query(sample: Door, arguments: list[str], query: str | None, found: list[str] | None) -> None:
    sample.done("set", "EN-001", "--owner", "ML Platform")
    sample.done("set", "BE-001", "--owner", "bo")
    said = sample.done("list", *arguments, "--json").json
    items = said["items"]
    assert isinstance(items, list)
    if found is not None:
        assert sorted(item["key"] for item in items) == sorted(found)
    if query is not None:
        assert said["query"] == query


def test_a_wrong_query_is_shown_with_what_is_wrong_below_it(sample: Door) -> None:
    said = sample("list", "日本", "is:open", "sverity:high")
    assert (said.code, said.raw) == (1, b"")
    assert said.err.splitlines() == [
        "ai-debt: unknown qualifier 'sverity': did you mean severity:high?",
        "  日本 is:open sverity:high",
        "               ^^^^^^^",
    ]
    with_signs = sample("list", "\U0001f44d\U0001f3fd", "sverity:high").err.splitlines()
    assert with_signs[1:] == ["  \U0001f44d sverity:high", "     ^^^^^^^"]
    at_the_end = sample("list", "x" * 100, "severity:").err.splitlines()
    assert at_the_end[1].endswith("xxx severity:")
    assert at_the_end[2] == " " * len(at_the_end[1]) + "^"
    assert "sort: " not in sample("list", "--sort", "size").err


def test_what_cannot_be_told_is_said_apart(sample: Door) -> None:
    sample.done("set", "EN-001", "EN-002", "--affected", "12 %")
    said = sample.done("list", "severity:high", "category:EN,DD", "share:>10%")
    assert [line.split()[0] for line in said.lines[1:]] == ["EN-001", "EN-002"]
    assert said.err == "could not check DD-001: share of projects or age unknown\n"
    as_json = sample.done("list", "category:EN,DD", "-share:<10%", "--json").json
    assert as_json["cannot_tell"] == ["EN-003", "DD-001", "DD-002"]


def test_the_words_that_were_looked_for_stand_out_at_a_terminal(sample: Door) -> None:
    shown = sample("list", "flink", columns=100).out
    assert "Dead \x1b[1mFlink\x1b[0m Jobs" in shown
    assert "\x1b[1mFlink" not in sample("list", "is:open", columns=100).out


def test_list_by_owner(sample: Door) -> None:
    sample.done("set", "EN-001", "DD-001", "--owner", "Feature Team")
    assert keys_of(sample, "--owner", "Feature Team") == ["EN-001", "DD-001"]
    row = next(line for line in sample.done("list").lines if line.startswith("EN-001"))
    assert "Feature Team" in row


def test_list_without_a_match_says_so_on_stderr_only(sample: Door) -> None:
    said = sample.done("list", "nothing-like-this")
    assert (said.raw, said.err) == (b"", "no item matches\n")
    assert sample.done("list", "nothing-like-this", "--json").answer == {
        "schema": 1,
        "items": [],
        "query": "nothing-like-this",
        "cannot_tell": [],
    }


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--status", "done"], "open, in-progress, mitigated or accepted"),
        (["--severity", "urgent"], "critical, high, medium, low or none"),
        (["--category", "XX"], "BE, EN, FL, DD, PD, CD or MS"),
    ],
    ids=["status", "severity", "category"],
)
def test_list_refuses_words_that_there_are_not_and_names_those_there_are(
    sample: Door, arguments: list[str], named: str
) -> None:
    said = sample("list", *arguments)
    assert (said.code, said.raw) == (1, b"")
    assert named in said.err


def test_show_has_everything_about_an_item(sample: Door) -> None:
    sample.done(
        "set", "EN-001", "--owner", "MLP", "--effort", "l", "--due-on", "2030-01-31", "--affected", "450 projects"
    )
    shown = sample.done("show", "EN-001").out
    assert shown.startswith("EN-001  Feature Entanglement (Flink windowing)\n")
    for said in (
        "Entanglement (EN)",
        "MLP",
        "2030-01-31",
        "450 projects",
        "All models consuming real-time features",
        "Several recommendation models read behavioral features",
        "Version features in Amber",
        "feature changes cascade to → H● EN-002",
        "DD-001",
        "schema breaks cascade to →",
        "PD-002",
    ):
        assert said in shown


def test_show_of_a_key_that_there_is_not_names_the_nearest(sample: Door) -> None:
    said = sample("show", "EN-01")
    assert (said.code, said.raw) == (1, b"")
    assert said.err.startswith("ai-debt: unknown ")
    assert "EN-001" in said.err


def test_the_dashboard_counts_by_category(sample: Door) -> None:
    lines = sample.done("dashboard").lines
    assert lines[0] == "AI Debt Register · Netflix ML Platform (Metaflow/Maestro)"
    counts = {line[:21].strip(): line[21:].split()[:3] for line in lines[3:11]}
    assert counts["Entanglement"] == ["3", "0", "3"]
    assert counts["Hidden Feedback Loops"] == ["1", "2", "3"]
    assert counts["Total"] == ["11", "4", "15"]
    assert "In Progress" not in lines[2]
    assert lines[-1].startswith("Unresolved: 11 of 15, ")
    sample.done("set", "EN-003", "--status", "in-progress")
    assert "In Progress" in sample.done("dashboard").lines[2]


def test_the_register_page(sample: Door) -> None:
    shown = sample.done("register").out
    for said in ("AI Debt Register", "arc42 S11", "2026-02-17", "This register tracks", "Escalation"):
        assert said in shown


def test_history_tells_who_changed_what(sample: Door) -> None:
    sample.done("set", "EN-001", "--status", "mitigated", "--note", "pinned versions")
    sample.done("set", "EN-002", "--owner", "ana")
    lines = sample.done("history").lines
    assert lines[0].split() == ["Time", "(UTC)", "By", "Change"]
    assert "set the owner of EN-002 to ana" in lines[1]
    own = sample.done("history", "EN-001").out
    assert "set the status of EN-001 from Open to Mitigated" in own
    assert "set the status note of EN-001 to pinned versions" in own
    assert "EN-002 to ana" not in own
    assert len(sample.done("history", "-n", "1").lines) == 2


def test_an_empty_register_says_what_is_not_there(begun: Door) -> None:
    assert begun.done("list").err == "the register has no items yet\n"
    assert begun.done("map").err == "no dependencies yet\n"
    assert "Total" in begun.done("dashboard").out


def test_ascii_stdout_gets_ascii(sample: Door) -> None:
    sample.done("set", "EN-001", "--owner", "Łukasz ●")
    for arguments in (["list"], ["show", "EN-001"], ["map"], ["dashboard"], ["history"], ["keys"]):
        said = sample(*arguments, encoding="ascii")
        assert said.code == 0
        assert said.raw.isascii()
    assert "<U+0141>ukasz <U+25CF>" in sample("show", "EN-001", encoding="ascii").raw.decode()
    as_json = sample("show", "EN-001", "--json", encoding="ascii")
    assert as_json.raw.isascii()
    item = as_json.json["item"]
    assert isinstance(item, dict)
    assert item["owner"] == "Łukasz ●"
