"""From the register to a shipped alert: a file, node_exporter, Prometheus and Alertmanager, all of them real."""

from __future__ import annotations

import json
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from tests.cli.door import Door
from tests.monitoring.servers import alertmanager, awaited, fetched, firing, node_exporter, prometheus, samples
from tests.monitoring.shipped import RULES, expressions

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SYSTEM = "Netflix ML Platform (Metaflow/Maestro)"
SIGNAL = {"source": "ci", "fingerprint": "1", "name": "Drift", "state": "firing"}
HOSTILE = 'two "quotes", a \\ and {owner="x"} 漢字'


class Stack:
    """The register and the servers that watch it; `ai_debt` is its command line."""

    def __init__(self, ai_debt: Door, folder: Path, prometheus: str, alertmanager: str) -> None:
        self.ai_debt = ai_debt
        self.prometheus = prometheus
        self.alertmanager = alertmanager
        self._file = folder / "ai-debt.prom"

    def publish(self) -> None:
        """Write the metrics for node_exporter."""
        self.ai_debt.done("metrics", "--textfile", str(self._file))

    def value(self, query: str) -> float | None:
        """The value that Prometheus has for a query with one answer."""
        found = samples(self.prometheus, query)
        return next(iter(found.values())) if len(found) == 1 else None


@pytest.fixture
def stack(sample_copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stack]:
    """The sample register, watched."""
    home, folder = tmp_path / "servers", tmp_path / "collected"
    home.mkdir()
    folder.mkdir()
    with ExitStack() as servers:
        manager = servers.enter_context(alertmanager(home))
        exporter = servers.enter_context(node_exporter(folder, home))
        watching = prometheus(home, rules=RULES, scrapes=exporter, alerts_to=manager)
        url = servers.enter_context(watching)
        door = Door(tmp_path, monkeypatch)
        assert door.database == sample_copy
        yield Stack(door, folder, url, manager)


def test_an_ended_acceptance_becomes_an_alert_until_it_is_reopened(stack: Stack) -> None:
    words = ("--status", "accepted", "--note", "cheap", "--accepted-until", "2020-01-31", "--allow-past")
    stack.ai_debt.done("set", "EN-001", *words)
    stack.ai_debt.done("set", "EN-002", "--owner", HOSTILE)
    stack.ai_debt.done("signals", "ingest", "-", "--from", "json", stdin=json.dumps(SIGNAL).encode())
    stack.publish()
    awaited(lambda: stack.value("ai_debt_ended_acceptances == 1"), "the metric")
    # What node_exporter and Prometheus make of a label is the text itself.
    assert samples(stack.prometheus, "ai_debt_owner_unresolved_items") == {
        frozenset((HOSTILE, SYSTEM)): 1,
        frozenset(("unassigned", SYSTEM)): 9,
    }
    labels = awaited(lambda: firing(stack.prometheus).get("AIDebtAcceptanceEnded"), "the alert")
    assert (labels["system"], labels["severity"]) == (SYSTEM, "warning")

    def received() -> dict[str, object] | None:
        found = fetched(f"{stack.alertmanager}/api/v2/alerts")
        assert isinstance(found, list)
        return next((each for each in found if each["labels"]["alertname"] == "AIDebtAcceptanceEnded"), None)

    alert = awaited(received, "the alert in Alertmanager")
    assert isinstance(alert["annotations"], dict)
    assert alert["annotations"]["summary"] == f"Acceptances of debt have ended: 1 ({SYSTEM})"

    # Prometheus has an answer for every panel of the dashboard, but for what there is none of.
    def unanswered() -> set[str]:
        return {panel for panel, expression in expressions().items() if not samples(stack.prometheus, expression)}

    nothing = {"Unknown answers B"}
    awaited(lambda: unanswered() == nothing, f"answers for all panels but {nothing}")

    stack.ai_debt.done("accepted", "--reopen")
    stack.publish()
    awaited(lambda: "AIDebtAcceptanceEnded" not in firing(stack.prometheus), "the end of the alert")
    assert stack.value("ai_debt_ended_acceptances") == 0
    assert stack.value("node_textfile_scrape_error") == 0
