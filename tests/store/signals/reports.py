"""Short ways to report signals, and to ask about them, in tests."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from store.commands.ingest import ingest
from store.enums import SignalState
from store.formats.signals.model import Observation, SignalReport
from store.queries import signals as signal_queries

if TYPE_CHECKING:
    from store.commands.ingest import Ingested
    from store.db.database import Database
    from store.queries.signals import SignalRow

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
ALERTMANAGER = "alertmanager"


def firing(fingerprint: str, name: str = "Drift", *, starts: datetime = NOON, **labels: str) -> Observation:
    """An alert that fires."""
    return Observation(
        source=ALERTMANAGER,
        fingerprint=fingerprint,
        name=name,
        state=SignalState.FIRING,
        severity="page",
        summary="it drifts",
        starts=starts,
        ends=None,
        labels=tuple(sorted(labels.items())),
        link="https://runbooks.example/drift",
    )


def resolved(one: Observation, ends: datetime) -> Observation:
    """The same alert, resolved."""
    return one._replace(state=SignalState.RESOLVED, ends=ends)


def report(db: Database, *observations: Observation, **more: object) -> Ingested:
    """Take in what Alertmanager reports."""
    return ingest(db, SignalReport(observations), source=ALERTMANAGER, **more)  # type: ignore[arg-type]


def signals(db: Database, key: str | None = None) -> tuple[SignalRow, ...]:
    """All signals, or those of an item."""
    with db.read() as reader:
        return signal_queries.signals(reader, key=key)


def inbox(db: Database) -> list[str]:
    """The fingerprints of what waits in the inbox."""
    with db.read() as reader:
        return [row.fingerprint for row in signal_queries.inbox(reader)]


def contradicted(db: Database) -> dict[str, str]:
    """Why items are contradicted, by key."""
    with db.read() as reader:
        return {row.key: row.reason for row in signal_queries.contradicted_items(reader)}
