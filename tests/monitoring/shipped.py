"""What docs/monitoring ships: alerts, the expressions of the dashboard, and the jobs of timers and crontab."""

from __future__ import annotations

import json
import re
import shlex
from typing import TYPE_CHECKING

import yaml

from tests.program import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SHIPPED = ROOT / "docs" / "monitoring"
RULES, CASES, BOARD = (SHIPPED / f"ai-debt.{name}" for name in ("rules.yml", "rules.test.yml", "dashboard.json"))
UNITS = sorted(path for path in SHIPPED.iterdir() if path.suffix in (".service", ".timer"))
CRONTAB = SHIPPED / "ai-debt.cron"
ALERTMANAGER = "http://localhost:9093"
PLACES = {"/var/lib/prometheus/node-exporter": "collected", "/var/backups/ai-debt": "backups"}
"""The directories of the jobs, and those that tests have in their place."""


def alerts() -> dict[str, str]:
    """The alerts with their expressions."""
    (group,) = yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]
    return {rule["alert"]: rule["expr"] for rule in group["rules"]}


def panels() -> list[dict[str, object]]:
    """The panels of the dashboard."""
    found = json.loads(BOARD.read_text(encoding="utf-8"))["panels"]
    assert isinstance(found, list)
    return found


def expressions() -> dict[str, str]:
    """The expressions of the dashboard, by the panel and the letter of each, with values for the variables."""
    return {
        f"{panel['title']} {target['refId']}": target["expr"].replace("$system", ".*")
        for panel in panels()
        for target in panel["targets"]  # type: ignore[attr-defined]
    }


def command_lines() -> Iterator[list[str]]:
    """The command lines of the services and of the crontab, as words."""
    for path in UNITS:
        if path.suffix == ".service":
            for line in path.read_text(encoding="utf-8").splitlines():
                if match := re.fullmatch(r"Exec(?:Start|StopPost)=(?P<command>.*)", line):
                    yield shlex.split(match["command"])
    for line in CRONTAB.read_text(encoding="utf-8").splitlines():
        if re.match(r"[*\d]", line):
            *_, user, command = line.split(maxsplit=6)
            assert user == "ai-debt"
            yield shlex.split(command)


def jobs(places: Mapping[str, str]) -> Iterator[list[str]]:
    """The arguments of `ai-debt` in each job of the services, then of the crontab, with other paths and addresses."""
    for program, *words in command_lines():
        assert program in ("ai-debt", "/usr/local/bin/ai-debt")
        for place, other in places.items():
            words = [word.replace(place, other) for word in words]
        yield words
