"""The examples of docs/json.md: what the commands with --json print on the sample register."""

from __future__ import annotations

import json
import re
import shlex
import tempfile
from pathlib import Path

import pytest

from store.samples import SAMPLE_NAME, sample_text
from tests.cli.door import Door
from tests.program import ROOT

DOCUMENT = ROOT / "docs" / "json.md"
EXAMPLE = re.compile(
    r"^```sh\n(?P<command>ai-debt [^\n]* --json)\n```\n\n```json\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL
)
VARIES = {
    *("time", "actor", "last_change", "document_path", "path", "digest"),
    *("started", "started_by", "ended", "ended_by", "participants"),
    *("since", "days", "oldest_days", "created", "updated", "last_seen", "quiet_seconds"),
}
VARIES_BELOW = (".trend.points", ".trend.months")
"""Where all values depend on the day."""
VARIES_AT = {".findings[0].what", ".report.movement[1].items[0].by"}
"""Values that vary though others of their name do not."""


def examples() -> list[tuple[str, object]]:
    """The commands of the document, each with the object it shows."""
    return [
        (found["command"], json.loads(found["body"]))
        for found in EXAMPLE.finditer(DOCUMENT.read_text(encoding="utf-8"))
    ]


ALERTS = (
    {
        "name": "FeatureDrift",
        "severity": "page",
        "summary": "PSI of watch_minutes is 0.31",
        "starts": "2026-03-01T08:00:00Z",
        "labels": {"model": "mdl-rec-7"},
        "link": "https://runbooks.example/feature-drift",
    },
    {"name": "LateTable", "starts": "2026-03-02T08:00:00Z", "labels": {"table": "plays"}},
)
"""What the examples of signals take in."""


def brought_up_to_date(shown: object, printed: object, place: str = "") -> object:
    """An example with what is printed; it may end a list early, and it keeps values that vary from run to run."""
    if isinstance(shown, dict) and isinstance(printed, dict):
        return {
            name: shown[name]
            if type(shown.get(name)) is type(value) and (name in VARIES or f"{place}.{name}" in VARIES_AT)
            else brought_up_to_date(shown.get(name), value, f"{place}.{name}")
            for name, value in printed.items()
        }
    if isinstance(shown, list) and isinstance(printed, list):
        pairs = zip(shown, printed, strict=False)
        return [brought_up_to_date(one, each, f"{place}[{at}]") for at, (one, each) in enumerate(pairs)] or printed[:1]
    return shown if place.startswith(VARIES_BELOW) and type(shown) is type(printed) else printed


def prepare(sample: Door, command: str) -> None:
    """What the document says was done before a command."""
    if command.startswith("diff"):
        changed = sample_text().replace("| High | MDL-REC, MDL-QUAL |", "| Low | MDL-REC, MDL-QUAL |")
        changed = changed.replace("## Debt Categories", "## Categories")
        (sample.home / "changed.md").write_text(changed, encoding="utf-8")
    if command.startswith("signals"):
        lines = "".join(f"{json.dumps(each)}\n" for each in ALERTS)
        (sample.home / "alerts.jsonl").write_text(lines, encoding="utf-8")
        sample.done("signals", "add-rule", 'alertname="FeatureDrift", model=~"mdl-rec.*"', "FL-001")
        if "ingest" not in command:
            sample.done("signals", "ingest", "alerts.jsonl", "--from", "json")
    reviewed = command.startswith("review")
    if reviewed or command.startswith("followups"):
        sample.done("review", "start", "--title", "Spring review")
    if command.startswith("followups"):
        sample.done("followups", "add", "EN-001", "Ask the vendor", "--owner", "bo", "--due-on", "2099-12-31")
    sample.done("set", "EN-001", "--status", "mitigated", "--note", "pinned versions")
    if command.startswith("accepted"):
        terms = ("--accepted-by", "Board", "--accepted-until", "2099-12-31")
        sample.done("set", "EN-002", "--status", "accepted", "--note", "cheaper than the cure", *terms)
    if reviewed and "diff" in command:
        sample.done("review", "finish", "1")
        sample.done("set", "EN-002", "--status", "in-progress")


def printed_by(sample: Door, command: str) -> object:
    """What a command of the document prints on the sample register."""
    prepare(sample, command.removeprefix("ai-debt "))
    return sample.done(*shlex.split(command)[1:]).json


def with_examples(text: str) -> str:
    """The document with its examples brought up to date."""

    def example(found: re.Match[str]) -> str:
        with tempfile.TemporaryDirectory() as home, pytest.MonkeyPatch.context() as patch:
            sample = Door(Path(home), patch)
            (sample.home / SAMPLE_NAME).write_bytes(sample_text().encode())
            sample.done("import", SAMPLE_NAME, "--yes")
            shown = brought_up_to_date(json.loads(found["body"]), printed_by(sample, found["command"]))
        body = json.dumps(shown, indent=2, ensure_ascii=False)
        return found[0].replace(found["body"], f"{body}\n")

    return EXAMPLE.sub(example, text)
