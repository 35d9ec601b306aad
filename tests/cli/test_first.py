"""`ai-debt first`: the table, what is below it, what if, and its JSON."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.cli.test_completion import completed

if TYPE_CHECKING:
    from tests.cli.door import Door

SGR = re.compile(r"\x1b\[[0-9;]*m")
ORDER = [
    *("PD-001", "DD-001", "PD-002", "EN-001", "BE-001", "EN-002"),
    *("BE-002", "EN-003", "FL-003", "DD-002", "CD-002"),
]


def table(lines: list[str]) -> list[str]:
    """The rows of the table, up to the empty line beneath it."""
    start = next(at for at, line in enumerate(lines) if line.startswith("Key"))
    return lines[start + 1 : lines.index("", start)]


def listed(sample: Door, *arguments: str) -> list[dict[str, object]]:
    """The items in JSON."""
    found = sample.done("first", *arguments, "--json").json["first"]
    assert isinstance(found, list)
    return found


def test_the_open_items_are_listed_by_score_with_the_reason(sample: Door) -> None:
    said = sample.done("first")
    assert said.err == ""
    assert said.lines[0].split() == ["Key", "State", "Score", "Share", "Frees", "Why", "Title"]
    rows = table(said.lines)
    assert [row.split()[0] for row in rows] == ORDER
    assert rows[0].split()[1:5] == ["H●", "7.50", "-", "1"]
    assert "feeds DD-001 and, through it, EN-001 and EN-002; High  Dead Flink Jobs" in rows[0]
    assert said.lines[len(rows) + 2 :] == [
        "Roots: PD-001 and PD-002; 6 items are isolated.",
        "Frees the most: PD-001 and EN-001, 1 item each.",
    ]
    assert [(one["rank"], one["key"]) for one in listed(sample)] == list(enumerate(ORDER, 1))


def test_a_share_stands_beside_the_score_and_breaks_ties(sample: Door) -> None:
    sample.done("register", "set", "project-total", "300")
    sample.done("set", "PD-002", "--affected", "25 projects")
    rows = table(sample.done("first").lines)
    assert rows[1].split()[:4] == ["PD-002", "H●", "7.00", "8.3"]
    sample.done("set", "DD-001", "--affected", "12 %")
    assert [row.split()[0] for row in table(sample.done("first").lines)][1:3] == ["DD-001", "PD-002"]
    assert "  12 %  " in sample.done("first").out
    assert [one["share"] for one in listed(sample)][:3] == [None, 12.0, 25 / 3]


def test_as_if_some_were_mitigated(sample: Door) -> None:
    before = sample.database.read_bytes()
    said = sample.done("first", "--if", "pd-001", "--if", "DD-001")
    assert said.lines[0] == "As if PD-001 and DD-001 were mitigated; nothing is written."
    assert said.lines[1] == ""
    assert said.lines[2].split()[2:5] == ["Score", "Now", "Share"]
    assert [row.split()[0] for row in table(said.lines)] == [key for key in ORDER if key not in ("PD-001", "DD-001")]
    assert "Total score: 31.00; now 31.00." in said.lines
    assert "[H? PD-001 Dead Flink Jobs]" in said.out
    assert said.lines[-1].endswith("as if PD-001 and DD-001 were mitigated; nothing is written")
    without = sample.done("first", "--if", "EN-001")
    row = next(row for row in table(without.lines) if row.startswith("PD-001"))
    assert row.split()[2:4] == ["6.00", "7.50"]
    assert "Total score: 32.00; now 39.50." in without.lines
    data = sample.done("first", "--if", "pd-001", "--if", "DD-001", "--json").json
    assert data["assumed"] == ["PD-001", "DD-001"]
    assert sample.database.read_bytes() == before
    refused = sample("first", "--if", "EN-01")
    assert (refused.code, refused.raw) == (1, b"")
    assert refused.err.startswith("ai-debt: unknown item EN-01: did you mean EN-001?")


def test_only_so_many(sample: Door) -> None:
    said = sample.done("first", "-n", "2")
    assert [row.split()[0] for row in table(said.lines)] == ["PD-001", "DD-001"]
    assert said.lines[-1] == "Shown: 2 of 11 open items."
    data = sample.done("first", "--limit", "2", "--json").json
    assert (len(listed(sample, "--limit", "2")), data["unresolved"]) == (2, 11)
    assert "Shown" not in sample.done("first", "-n", "11").out
    assert sample("first", "-n", "0").code == 2


def test_cycles_are_shown_beneath(sample: Door) -> None:
    sample.done("link", "EN-002", "PD-001", "hides")
    sample.done("link", "EN-003", "EN-003", "drifts")
    sample.done("link", "DD-002", "CD-002", "x")
    sample.done("link", "CD-002", "DD-002", "y")
    sample.done("link", "CD-002", "CD-002", "z")
    lines = sample.done("first").lines
    assert lines[lines.index("") + 1 :] == [
        "Roots: PD-002; 4 items are isolated.",
        "Cycle: EN-001 → EN-002 → PD-001 → DD-001 → EN-001.",
        "Cycle: EN-003 → EN-003; no open item outside feeds it.",
        "Cycle of 2: DD-002 and CD-002; no open item outside feeds it.",
        "Frees the most: EN-001, EN-002, PD-001, DD-002 and CD-002, 1 item each.",
    ]
    assert sample.done("first", "--json").json["cycles"] == [
        {"keys": ["EN-001", "EN-002", "PD-001", "DD-001"], "ring": True, "root": False},
        {"keys": ["EN-003"], "ring": True, "root": True},
        {"keys": ["DD-002", "CD-002"], "ring": False, "root": True},
    ]
    ascii_only = sample("first", encoding="ascii")
    assert ascii_only.raw.isascii()
    assert "Cycle: EN-001 -> EN-002 -> PD-001 -> DD-001 -> EN-001." in ascii_only.lines


def test_many_cycles_and_names_are_counted(sample: Door) -> None:
    for _ in range(12):
        key = str(sample.done("add", "--category", "MS", "--severity", "low", "--description", "x", "--json").json)
        found = re.search(r"MS-\d+", key)
        assert found
        sample.done("link", found[0], found[0], "x")
        sample.done("link", found[0], "EN-003", "x")
    lines = sample.done("first").lines
    assert sum(line.startswith("Cycle: ") for line in lines) == 10
    assert "Cycles: 2 more." in lines
    assert any(
        re.fullmatch(r"Roots: PD-001, PD-002(, MS-\d+){5} and 7 more; 5 items are isolated\.", line) for line in lines
    )


def test_where_every_item_is_in_a_cycle_there_are_no_roots(begun: Door) -> None:
    for key in ("MS-001", "MS-002"):
        begun.done("add", "--category", "MS", "--severity", "low", "--description", "x", "--key", key)
    assert begun.done("first").lines[-1] == "Roots: 2 items are isolated."
    begun.done("link", "MS-001", "MS-002", "x")
    begun.done("link", "MS-002", "MS-001", "y")
    assert begun.done("first").lines[-3:] == [
        "Roots: none.",
        "Cycle: MS-001 → MS-002 → MS-001; no open item outside feeds it.",
        "Frees the most: MS-001 and MS-002, 1 item each.",
    ]
    begun.done("set", "MS-002", "--status", "mitigated")
    assert begun.done("first").lines[-1] == "Roots: 1 item is isolated."


def test_without_an_open_item_that_is_said_on_stderr(begun: Door) -> None:
    assert (begun.done("first").raw, begun.done("first").err) == (b"", "the register has no items yet\n")
    begun.done("add", "--category", "MS", "--severity", "low", "--description", "x")
    said = begun.done("first", "--if", "MS-001")
    assert (said.raw, said.err) == (b"", "no item would be open if MS-001 were mitigated\n")
    begun.done("set", "MS-001", "--status", "mitigated")
    said = begun.done("first")
    assert (said.raw, said.err) == (b"", "no item is open\n")
    assert begun.done("first", "--json").answer == {
        "schema": 1,
        "first": [],
        "unresolved": 0,
        "assumed": [],
        "cycles": [],
    }


@pytest.mark.parametrize("columns", [40, 80, 120])
def test_a_terminal_gets_what_it_has_room_for_and_the_reason_first(sample: Door, columns: int) -> None:
    said = SGR.sub("", sample("first", columns=columns).out)
    words = " ".join(said.split())
    assert "feeds DD-001 and, through it, EN-001 and EN-002; High" in words
    assert ("Dead Flink Jobs" in words) == (columns == 120)
    assert ("Share" in words) == (columns >= 80)


def test_keys_are_completed(sample: Door) -> None:
    assert completed(sample, "ai-debt first --if DD-") == ["DD-001", "DD-002"]
    assert completed(sample, "ai-debt first --if DD-001 --if EN-00") == ["EN-001", "EN-002", "EN-003"]
