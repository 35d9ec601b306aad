"""`ai-debt signals`: what monitoring wrote is taken in, listed, attached, muted, and made into items and rules."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.program import ROOT

if TYPE_CHECKING:
    from tests.cli.door import Door

DATA = ROOT / "tests" / "store" / "signals" / "data"
WEBHOOK = {
    "version": "4",
    "status": "firing",
    "externalURL": "http://alerts.example",
    "alerts": [
        {
            "status": "firing",
            "labels": {"alertname": "FeatureDrift", "model": "mdl-rec-7", "severity": "page"},
            "annotations": {"summary": "PSI is 0.31", "runbook_url": "https://runbooks.example/drift"},
            "startsAt": "2026-03-01T08:00:00Z",
            "endsAt": "0001-01-01T00:00:00Z",
            "fingerprint": "a1",
        },
        {
            "status": "firing",
            "labels": {"alertname": "ScoreShift", "debt_item": "FL-001"},
            "annotations": {},
            "startsAt": "2026-03-01T09:00:00Z",
            "endsAt": "0001-01-01T00:00:00Z",
            "fingerprint": "b2",
        },
    ],
}


@pytest.fixture
def reported(sample: Door) -> Door:
    """The sample, with one signal in the inbox and one that contradicts FL-001."""
    (sample.home / "alerts.json").write_text(json.dumps(WEBHOOK), encoding="utf-8")
    sample.done("signals", "ingest", "alerts.json", "--from", "alertmanager")
    return sample


def test_a_webhook_is_taken_in(sample: Door) -> None:
    (sample.home / "alerts.json").write_text(json.dumps(WEBHOOK), encoding="utf-8")
    said = sample.done("signals", "ingest", "alerts.json", "--from", "alertmanager")
    assert (said.out, said.err.splitlines()) == (
        "",
        [
            "2 new signals; 1 attached, 1 in the inbox.",
            "Contradicted: FL-001 is mitigated, but ScoreShift has been firing since 2026-03-01",
        ],
    )
    assert sample.done("signals", "ingest", "alerts.json", "--from", "alertmanager").err.startswith("2 repeated.\n")
    sample.done("verify")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "line 1: the file is empty: check that it is the right file"),
        (b"\x1f\x8b\x08\0", "line 1: there is a NUL byte, so this is not a text file: check that it is the right file"),
        ('{"version": 4}'.encode("utf-16"), "line 1: the text is UTF-16: save it as UTF-8"),
    ],
)
def test_a_file_that_is_no_text_is_refused(sample: Door, content: bytes, says: str) -> None:
    (sample.home / "alerts.json").write_bytes(content)
    said = sample("signals", "ingest", "alerts.json", "--from", "alertmanager")
    assert (said.code, said.err) == (1, f"ai-debt: alerts.json, {says}\n")


def test_the_inbox_and_what_else_there_is(reported: Door) -> None:
    assert reported.done("signals").lines == [
        "No  State                    Count  Name          Items  Source        Summary",
        " 1  firing since 2026-03-01      1  FeatureDrift  -      alertmanager  PSI is 0.31",
    ]
    assert reported.done("signals", "FL-001").lines[1].split()[:6] == [
        "2",
        "firing",
        "since",
        "2026-03-01",
        "1",
        "ScoreShift",
    ]
    assert len(reported.done("signals", "--all").lines) == 3
    assert len(reported.done("signals", "list", "--firing").lines) == 3
    assert reported.done("signals", "list", "--muted").err == "no signal matches\n"
    assert reported("signals", "GONE-1").code == 1
    shown = reported.done("signals", "show", "1").out
    assert "Link         https://runbooks.example/drift" in shown
    assert "model=mdl-rec-7" in shown
    assert 'Matchers     alertname="FeatureDrift", model="mdl-rec-7"' in shown
    narrow = reported("signals", columns=40)
    assert narrow.out == "1 FeatureDrift: firing since 2026-03-01;\n  not attached\n"
    assert reported("signals", "show", "9").err.endswith("`ai-debt signals --all` shows their numbers\n")


def test_a_register_without_signals(sample: Door) -> None:
    assert sample.done("signals").err == "the inbox is empty\n"
    assert sample.done("signals", "--all").err == "no signals yet\n"
    assert sample.done("signals", "rules").err.startswith("no rules yet: add one")
    assert "by importer" not in sample.done("signals", "timeline", "EN-001").out


def test_a_signal_is_attached_detached_and_muted(reported: Door) -> None:
    assert reported.done("signals", "attach", "1", "EN-001", "EN-002").err == (
        "Attached FeatureDrift to EN-001 and EN-002.\n"
    )
    assert reported.done("list", "is:firing", "--json").json["items"][0]["key"] == "EN-001"  # type: ignore[index]
    assert reported.done("signals", "detach", "1", "EN-002").err == "Detached FeatureDrift from EN-002.\n"
    assert reported.done("signals", "mute", "2", "--until", "2199-12-31").err == "Muted ScoreShift until 2199-12-31.\n"
    assert reported.done("list", "is:contradicted").err == "no item matches\n"
    assert reported.done("signals", "list", "--muted").lines[1].split()[:4] == ["2", "muted", "until", "2199-12-31"]
    assert reported.done("signals", "unmute", "2").err == "Unmuted ScoreShift.\n"
    assert reported.done("undo").err == "Undid: ScoreShift unmute.\n"
    said = reported("signals", "mute", "2", "--until", "2001-01-01")
    assert (said.code, said.err) == (1, "ai-debt: 2001-01-01 is past: choose today or a later day\n")


def test_a_signal_becomes_an_item(reported: Door) -> None:
    assert reported.done("signals", "new", "1", "--category", "EN", "--severity", "high").err == "Added EN-004.\n"
    item = reported.done("show", "EN-004", "--json").json["item"]
    assert isinstance(item, dict)
    assert (item["description"], item["flags"]) == ("PSI is 0.31", ["firing"])
    assert item["signals"][0]["name"] == "FeatureDrift"
    reported.done("undo")
    assert reported("show", "EN-004").code == 1
    assert len(reported.done("signals").lines) == 2
    assert reported("signals", "new", "9", "--category", "EN").code == 1


def test_rules_attach_what_waits(reported: Door) -> None:
    said = reported.done("signals", "add-rule", 'alertname="FeatureDrift", model=~"mdl-rec.*"', "EN-002")
    assert said.err == ('Added rule 1: alertname="FeatureDrift", model=~"mdl-rec.*" to EN-002; attached 1 signal.\n')
    reported.done("signals", "add-rule", 'severity="page"', "--component-label", "model")
    assert [line.split("  ")[-1].strip() for line in reported.done("signals", "rules").lines[1:]] == [
        "EN-002",
        "open items with the component in model",
    ]
    reported.done("signals", "move-rule", "2", "--before", "1")
    assert reported.done("signals", "rules").lines[1].split()[0] == "2"
    reported.done("signals", "remove-rule", "2")
    reported.done("remove", "EN-002", "--yes")
    assert reported.done("signals", "rules").lines[1].endswith("a removed item (skipped)")
    for wrong in (['alertname="A"'], ['alertname="A"', "EN-001", "--component-label", "model"]):
        assert reported("signals", "add-rule", *wrong).code == 2
    said = reported("signals", "add-rule", "alertname=~(", "EN-001")
    assert said.code == 1


def test_the_timeline_shows_the_quiet(reported: Door) -> None:
    reported.done("signals", "attach", "1", "MS-001")
    lines = reported.done("signals", "timeline", "MS-001").lines
    assert lines[0] == "2026-03-01 08:00Z  FeatureDrift fires"
    assert "  Mitigated by " in lines[1]


def test_contradicted_items_are_reopened_on_request(reported: Door) -> None:
    said = reported.done("signals", "ingest", "alerts.json", "--from", "alertmanager", "--reopen")
    assert said.err.splitlines()[1] == (
        "Contradicted: FL-001 is mitigated, but ScoreShift has been firing since 2026-03-01 (reopened)"
    )
    assert reported.done("list", "is:contradicted").err == "no item matches\n"
    assert reported.done("undo").err == "Undid: FL-001 status change.\n"
    assert reported("check").code == 3


def test_a_complete_list_resolves_the_others(reported: Door) -> None:
    (reported.home / "list.json").write_text("[]", encoding="utf-8")
    said = reported.done("signals", "ingest", "list.json", "--from", "alertmanager")
    assert said.err.splitlines()[0] == "No signals."
    said = reported.done("signals", "ingest", "list.json", "--from", "alertmanager", "--complete")
    assert said.err == "2 resolved.\n"


def test_what_cannot_be_read_changes_nothing(sample: Door) -> None:
    before = sample.done("history", "--json").json["head"]
    (sample.home / "bad.json").write_text('{"version": "3", "alerts": []}', encoding="utf-8")
    said = sample("signals", "ingest", "bad.json", "--from", "alertmanager")
    assert (said.code, said.out) == (1, "")
    assert "version" in said.err
    assert sample("signals", "ingest", "gone.json", "--from", "dbt").code == 1
    assert sample("signals", "ingest", "bad.json").code == 2
    assert sample("signals", "ingest", "bad.json", "--from", "nagios").code == 2
    assert sample.done("history", "--json").json["head"] == before


def test_notices_are_said(sample: Door) -> None:
    lines = [json.dumps({"name": "Drift", "fingerprint": f"{n}", "starts": "2199-01-01T00:00:00Z"}) for n in range(30)]
    (sample.home / "alerts.jsonl").write_text("\n".join(lines), encoding="utf-8")
    said = sample.done("signals", "ingest", "alerts.jsonl", "--from", "json")
    assert said.err.splitlines()[0] == "30 new signals; 30 in the inbox."
    assert len([line for line in said.err.splitlines() if line.startswith("Notice: ")]) == 20
    assert said.err.splitlines()[-1] == "10 more notices; --json has all of them."


def test_show_says_what_the_signals_of_an_item_do(reported: Door) -> None:
    shown = reported.done("show", "FL-001").lines
    assert "Flags                contradicted" in shown
    assert (
        "Contradicted         mitigated, but ScoreShift has been firing since 2026-03-01 "
        "(`ai-debt set FL-001 --status open` reopens it)"
    ) in shown
    assert "Signals              ↯ ScoreShift  since 2026-03-01" in shown
    assert "Timeline             2026-03-01 09:00Z  ScoreShift fires" in shown
    at = shown.index("Timeline             2026-03-01 09:00Z  ScoreShift fires")
    assert shown[at + 1].endswith(", while a signal was firing")
    assert [row["kind"] for row in reported.done("show", "FL-001", "--json").json["timeline"]] == ["firing", "status"]  # type: ignore[union-attr, index]
    reported.done("signals", "mute", "2", "--until", "2199-12-31")
    shown = reported.done("show", "FL-001").lines
    assert "Signals              1 muted signal" in shown
    assert not any(line.startswith(("Flags", "Contradicted")) for line in shown)
    assert not any(line.startswith(("Signals", "Timeline")) for line in reported.done("show", "EN-001").lines)


def test_triage_prints_why_an_item_is_contradicted_and_its_signals(reported: Door) -> None:
    said = reported.done("triage", "--plain", stdin=b"open\nquit\n").out
    assert "Contradicted: mitigated, but ScoreShift has been firing since 2026-03-01 (o to reopen)\n" in said
    assert "Firing: ScoreShift, since 2026-03-01\n" in said
    assert "2026-03-01 09:00: ScoreShift fires\n" in said
    assert "≠" not in said
    assert reported.done("list", "is:contradicted").err == "no item matches\n"
