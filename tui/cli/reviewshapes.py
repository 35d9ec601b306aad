"""The JSON shapes of reviews."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.cli.shapes import changes, follow_ups, iso

if TYPE_CHECKING:
    from collections.abc import Sequence

    from store.queries.overview import Counts
    from store.review.minutes import Acceptance, Diff, DiffEnd, Escalation, ItemChanges, Minutes, MinutesItem
    from store.review.queries import QueueRow, ReviewLine, ReviewRecord, ReviewRow
    from tui.cli.output import Json


def reviews(rows: tuple[ReviewLine, ...]) -> list[Json]:
    """All reviews, the newest first."""
    return [{**_named(row), "items": row.items, "decided": row.decided} for row in rows]


def review(row: ReviewRow) -> Json:
    """One review with its queue."""
    return {
        **_named(row),
        "query": row.query,
        "skip_days": row.skip_days,
        "decided": row.decided,
        "left": row.left,
        "seconds": row.seconds,
        "queue": [_queued(each) for each in row.queue],
    }


def minutes(row: Minutes) -> Json:
    """The minutes of a review."""
    return {
        **_named(row.review),
        "reopened": [
            {"time": iso(each.time), "by": each.by, "ended": iso(each.ended), "ended_by": each.ended_by}
            for each in row.reopened
        ],
        "query": row.review.query,
        "seconds": row.seconds,
        "before": _counts(row.before, row.escalated_before),
        "after": _counts(row.after, row.escalated_after),
        "changes": _items(row.changes),
        "links": changes(row.links),
        "accepted": [_acceptance(each) for each in row.accepted],
        "follow_ups": follow_ups(row.follow_ups),
        "closed_follow_ups": follow_ups(row.closed),
        "escalated": _escalations(row.escalated),
        "items": [_reviewed(each) for each in row.items],
        "left": [_reviewed(each) for each in row.left],
    }


def diff(row: Diff) -> Json:
    """What differs between two moments."""
    return {
        "start": _end(row.start),
        "end": _end(row.end),
        "new": _items(row.new),
        "mitigated": _items(row.mitigated),
        "accepted": _items(row.accepted),
        "reopened": _items(row.reopened),
        "changed": _items(row.changed),
        "removed": _items(row.removed),
        "links": changes(row.links),
        "escalated": _escalations(row.escalated),
    }


def _named(row: ReviewLine | ReviewRow | ReviewRecord) -> dict[str, Json]:
    return {
        "number": row.number,
        "title": row.title,
        "participants": list(row.participants),
        "started": iso(row.started),
        "started_by": row.started_by,
        "ended": iso(row.ended),
        "ended_by": row.ended_by,
    }


def _queued(row: QueueRow) -> Json:
    return {
        "key": row.key,
        "title": row.lead,
        "severity": row.severity,
        "status": row.status.value,
        "reason": row.reason,
        "decided_by": row.decided_by,
        "decided_at": iso(row.decided_at),
        "seconds": row.seconds,
        "gone": row.gone,
    }


def _counts(row: Counts, escalated: int) -> Json:
    return {
        "open": row.open,
        "in_progress": row.in_progress,
        "mitigated": row.mitigated,
        "accepted": row.accepted,
        "total": row.total,
        "escalated": escalated,
    }


def _items(rows: Sequence[ItemChanges]) -> list[Json]:
    return [
        {
            "key": row.key,
            "title": row.lead,
            "severity": row.severity,
            "status": row.status.value,
            "changes": changes(row.changes),
        }
        for row in rows
    ]


def _acceptance(row: Acceptance) -> Json:
    return {
        "key": row.key,
        "title": row.lead,
        "rationale": row.rationale,
        "by": row.by,
        "until": iso(row.until),
        "actor": row.actor,
    }


def _escalations(rows: Sequence[Escalation]) -> list[Json]:
    return [{"key": row.key, "title": row.lead, "rules": list(row.rules)} for row in rows]


def _reviewed(row: MinutesItem) -> Json:
    return {
        "key": row.key,
        "title": row.lead,
        "severity": row.severity,
        "status": row.status.value,
        "reason": row.reason,
        "outcome": row.outcome,
        "by": row.by,
        "seconds": row.seconds,
    }


def _end(row: DiffEnd) -> Json:
    return {"number": row.number, "title": row.title, "time": iso(row.time)}
