"""What tests of signals on the screen share: what monitoring has reported about the sample."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from store.commands.ingest import ingest
from store.db.database import Database
from store.enums import SignalState
from store.formats.signals.model import Observation, SignalReport
from store.queries import signals as signal_queries
from tests.tui.screen import ACTOR, NOON

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from store.queries.signals import SignalRow, SignalRuleRow

DAY = timedelta(days=1)
SINCE = NOON - 9 * DAY


def observed(
    fingerprint: str,
    name: str,
    *,
    summary: str | None = None,
    severity: str | None = "page",
    starts: datetime = SINCE,
    ends: datetime | None = None,
    link: str | None = None,
    **labels: str,
) -> Observation:
    """What Alertmanager says about a signal, which fires unless it has an end."""
    state = SignalState.FIRING if ends is None else SignalState.RESOLVED
    return Observation(
        source="alertmanager",
        fingerprint=fingerprint,
        name=name,
        state=state,
        severity=severity,
        summary=summary,
        starts=starts,
        ends=ends,
        labels=tuple(sorted(labels.items())),
        link=link,
    )


DRIFT = observed(
    "d1",
    "FeatureDrift",
    summary="PSI of watch_time is 0.31, above 0.2",
    link="https://runbooks.example/drift",
    alertname="FeatureDrift",
    debt_item="EN-001",
    model="mdl-rec-7",
)
SHIFT = observed("s1", "ScoreShift", summary="The mean score moved by 12 %", starts=SINCE + DAY, debt_item="FL-001")
STALE = observed(
    "e1",
    "StaleEmbeddings",
    summary="Embeddings are 9 days old",
    severity="ticket",
    starts=SINCE + 2 * DAY,
    link="https://runbooks.example/stale",
    alertname="StaleEmbeddings",
    instance="10.0.0.7:9090",
    model="mdl-search",
)
LATENCY = observed("l1", "LatencyHigh", severity=None, starts=SINCE + 3 * DAY, service="ranker")
NULLS = observed("n1", "NullRate", summary="Nulls in features.age", starts=SINCE, ends=SINCE + DAY, table="features")


def reported(path: Path, *observations: Observation, moment: datetime = NOON) -> None:
    """Alertmanager reports something, to another process."""
    with Database.open(path, clock=lambda: moment, actor=ACTOR) as database:
        ingest(database, SignalReport(observations), source="alertmanager")


def stored(path: Path) -> dict[str, SignalRow]:
    """All signals as stored, by name."""
    with Database.open(path, clock=lambda: NOON) as database, database.read() as reader:
        return {row.name: row for row in signal_queries.signals(reader)}


def rules(path: Path) -> tuple[SignalRuleRow, ...]:
    """The rules as stored."""
    with Database.open(path) as database, database.read() as reader:
        return signal_queries.signal_rules(reader)
