"""From the register to a shipped alert: a file, node_exporter, Prometheus and Alertmanager, all of them real."""

from __future__ import annotations

import json
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from tests.cli.door import Door
from tests.monitoring.servers import alertmanager, awaited, fetched, firing, node_exporter, prometheus, samples
from tests.monitoring.shipped import ALERTMANAGER, PLACES, RULES, expressions, jobs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SYSTEM = "Netflix ML Platform (Metaflow/Maestro)"
LABELS = {"alertname": "ScoreShift", "debt_item": "FL-001", "severity": "page"}
SIGNAL = {"source": "ci", "fingerprint": "1", "name": "Drift", "state": "firing"}
HOSTILE = 'two "quotes", a \\ and {owner="x"} 漢字'


class Stack:
    """The register and the servers that watch it; `ai_debt` is its command line."""

    def __init__(self, ai_debt: Door, prometheus: str, alertmanager: str) -> None:
        self.ai_debt = ai_debt
        self.prometheus = prometheus
        self.alertmanager = alertmanager

    def run_jobs(self) -> None:
        """Run what the timers run: check the rules, pull signals, write the metrics, back up."""
        seen = []
        for job in jobs({**PLACES, ALERTMANAGER: self.alertmanager}):
            if job not in seen:
                code = self.ai_debt(*job).code
                assert code in ((0, 3) if job[0] == "check" else (0,))
                seen.append(job)

    def alert(self, **more: object) -> None:
        """Post an alert about a debt to Alertmanager, as Prometheus does."""
        alert = {"labels": LABELS, "annotations": {"summary": "the scores have shifted"}, **more}
        fetched(f"{self.alertmanager}/api/v2/alerts", [alert])

    def received(self, name: str) -> dict[str, object] | None:
        """The alert of a name in Alertmanager."""
        found = fetched(f"{self.alertmanager}/api/v2/alerts")
        assert isinstance(found, list)
        return next((each for each in found if each["labels"]["alertname"] == name), None)

    def value(self, query: str) -> float | None:
        """The value that Prometheus has for a query with one answer."""
        found = samples(self.prometheus, query)
        return next(iter(found.values())) if len(found) == 1 else None


@pytest.fixture
def stack(sample_copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stack]:
    """The sample register, watched."""
    home, folder, backups = (tmp_path / name for name in ("servers", *PLACES.values()))
    for each in (home, folder, backups):
        each.mkdir()
    with ExitStack() as servers:
        manager = servers.enter_context(alertmanager(home))
        exporter = servers.enter_context(node_exporter(folder, home))
        watching = prometheus(home, rules=RULES, scrapes=exporter, alerts_to=manager)
        url = servers.enter_context(watching)
        door = Door(tmp_path, monkeypatch)
        assert door.database == sample_copy
        yield Stack(door, url, manager)


def test_an_ended_acceptance_becomes_an_alert_until_it_is_reopened(stack: Stack) -> None:
    words = ("--status", "accepted", "--note", "cheap", "--accepted-until", "2020-01-31", "--allow-past")
    stack.ai_debt.done("set", "EN-001", *words)
    stack.ai_debt.done("set", "EN-002", "--owner", HOSTILE)
    stack.ai_debt.done("signals", "ingest", "-", "--from", "json", stdin=json.dumps(SIGNAL).encode())
    stack.run_jobs()
    awaited(lambda: stack.value("ai_debt_ended_acceptances == 1"), "the metric")
    # What node_exporter and Prometheus make of a label is the text itself.
    assert samples(stack.prometheus, "ai_debt_owner_unresolved_items") == {
        frozenset((HOSTILE, SYSTEM)): 1,
        frozenset(("unassigned", SYSTEM)): 9,
    }
    labels = awaited(lambda: firing(stack.prometheus).get("AIDebtAcceptanceEnded"), "the alert")
    assert (labels["system"], labels["severity"]) == (SYSTEM, "warning")
    alert = awaited(lambda: stack.received("AIDebtAcceptanceEnded"), "the alert in Alertmanager")
    assert isinstance(alert["annotations"], dict)
    assert alert["annotations"]["summary"] == f"Acceptances of debt have ended: 1 ({SYSTEM})"

    # Prometheus has an answer for every panel of the dashboard, but for what there is none of.
    def unanswered() -> set[str]:
        return {panel for panel, expression in expressions().items() if not samples(stack.prometheus, expression)}

    nothing = {"Unknown answers B"}
    awaited(lambda: unanswered() == nothing, f"answers for all panels but {nothing}")

    stack.ai_debt.done("accepted", "--reopen")
    stack.run_jobs()
    awaited(lambda: "AIDebtAcceptanceEnded" not in firing(stack.prometheus), "the end of the alert")
    assert stack.value("ai_debt_ended_acceptances") == 0
    assert stack.value("node_textfile_scrape_error") == 0


def test_an_alert_contradicts_a_mitigated_item_until_it_is_resolved(stack: Stack) -> None:
    ai_debt = stack.ai_debt
    assert ai_debt.done("list", "is:contradicted").raw == b""
    stack.alert()
    awaited(lambda: stack.received("ScoreShift"), "the alert in Alertmanager")
    stack.run_jobs()
    assert [item["key"] for item in items(ai_debt, "is:contradicted")] == ["FL-001"]
    labels = awaited(lambda: firing(stack.prometheus).get("AIDebtContradicted"), "the alert about the register")
    assert labels["system"] == SYSTEM
    assert stack.value("ai_debt_contradicted_items") == 1
    assert samples(stack.prometheus, "ai_debt_firing_signals") == {frozenset(("alertmanager", "page", SYSTEM)): 1}

    # That alert reaches Alertmanager, too, and is not pulled as a signal.
    awaited(lambda: stack.received("AIDebtContradicted"), "the alert about the register in Alertmanager")
    stack.run_jobs()
    assert [signal["name"] for signal in signals(ai_debt)] == ["ScoreShift"]

    stack.alert(endsAt=datetime.now(UTC).isoformat())
    awaited(lambda: stack.received("ScoreShift") is None, "the end of the alert")
    stack.run_jobs()
    assert items(ai_debt, "is:contradicted") == []
    awaited(lambda: "AIDebtContradicted" not in firing(stack.prometheus), "the end of the alert about the register")
    assert samples(stack.prometheus, "ai_debt_firing_signals") == {frozenset(("alertmanager", "page", SYSTEM)): 0}
    ai_debt.done("verify")


def items(ai_debt: Door, query: str) -> list[dict[str, object]]:
    """The items that match a query."""
    found = ai_debt.done("list", query, "--json").json["items"]
    assert isinstance(found, list)
    return found


def signals(ai_debt: Door) -> list[dict[str, object]]:
    """All signals."""
    found = ai_debt.done("signals", "list", "--all", "--json").json["signals"]
    assert isinstance(found, list)
    return found
