"""The JSON shapes of docs/json.md, made of the store's rows."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from store.enums import RATINGS, Flag, Word
from store.fields import JSON_ORDER, Affected

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from store.audit.log import Done, Head
    from store.audit.trends import Mean, Tally, Trend
    from store.audit.verify import Finding
    from store.db.reader import Reader
    from store.fields import FieldValue
    from store.formats.document.diff import Difference
    from store.maintenance.backup import Backup
    from store.maintenance.doctor import Check
    from store.policy import AcceptedRow, CheckRows, OwnerRow, RuleRow
    from store.queries.dependency_map import EdgeRow, NodeRow
    from store.queries.follow_ups import FollowUpRow
    from store.queries.history import ChangeRow
    from store.queries.items import ItemDetail
    from store.queries.overview import CategoryRow, Counts, RegisterRow, Summary
    from store.queries.priorities import CycleRow, Priority
    from store.review.minutes import Acceptance, Diff, DiffEnd, Escalation, ItemChanges, Minutes, MinutesItem
    from store.review.queries import QueueRow, ReviewLine, ReviewRecord, ReviewRow
    from tui.commands import Command

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


def iso(moment: date | datetime | None) -> str | None:
    """A date or a time, null where there is none."""
    return None if moment is None else moment.isoformat()


def head(row: Head) -> Json:
    """The newest change when this was read."""
    return {"sequence": row.sequence, "digest": row.digest}


def as_of(reader: Reader) -> dict[str, Json]:
    """The moment that was looked back to, where one was."""
    moment = reader.as_of
    return {} if moment is None else {"as_of": moment.isoformat(timespec="seconds")}


def trend(row: Trend) -> Json:
    """The debt over time: what there was at the end of each day or month, and what each month brought."""
    return {
        "unit": row.unit,
        "points": [
            {
                "day": point.day.isoformat(),
                **_tally(point.counts),
                "categories": [
                    {"code": category.code, "name": category.name, **_tally(counts)}
                    for category, counts in zip(row.categories, point.categories, strict=True)
                ],
                "severities": [
                    {"severity": severity, **_tally(counts)}
                    for severity, counts in zip(RATINGS, point.severities, strict=True)
                ],
                "open_high_age": _mean(point.high_age),
            }
            for point in row.points
        ],
        "months": [
            {
                "month": f"{month.first:%Y-%m}",
                "added": month.added,
                "reopened": month.reopened,
                "inflow": month.inflow,
                "mitigated": month.mitigated,
                "accepted": month.accepted,
                "removed": month.removed,
                "outflow": month.outflow,
                "time_to_mitigate": _mean(month.mitigation),
            }
            for month in row.months
        ],
    }


def _tally(counts: Tally) -> dict[str, Json]:
    return {"open": counts.open, "mitigated": counts.mitigated, "accepted": counts.accepted}


def _mean(mean: Mean) -> Json:
    days = None if mean.days is None else round(mean.days, 1)
    return {"days": days, "at_least": mean.at_least, "items": mean.number}


def backup(row: Backup) -> Json:
    """A backup that was made."""
    return {"path": str(row.path), "items": row.items, "removed": [str(path) for path in row.removed]}


def findings(rows: tuple[Finding, ...]) -> list[Json]:
    """What is wrong with a register; `change` is the sequence of the change that is wrong or missing."""
    return [
        {
            "kind": row.kind,
            "what": row.what,
            "change": row.sequence,
            "entity": row.entity,
            "key": row.key,
            "field": row.field,
        }
        for row in rows
    ]


def checks(rows: tuple[Check, ...]) -> list[Json]:
    """What was looked at; `remedy` is None where nothing is to do."""
    return [{"subject": row.subject, "state": row.state.value, "what": row.what, "remedy": row.remedy} for row in rows]


def affected(value: Affected | None) -> Json:
    """The projects an item affects."""
    return None if value is None else {"count": value.count, "percent": value.percent, "text": value.text}


def _value(value: FieldValue) -> Json:
    """The value of an item's field."""
    match value:
        case Word():
            return value.value
        case date():
            return value.isoformat()
        case tuple():
            return list(value)
        case Affected():
            return affected(value)
        case _:
            return value


def item(row: ItemDetail) -> dict[str, Json]:
    """One item."""
    return {
        **{name: _value(getattr(row, name)) for name in JSON_ORDER},
        "extra": dict(row.extra),
        "version": row.version,
        "flags": [flag.value for flag in Flag if flag in row.flags],
        "overdue_days": row.overdue_days,
        "follow_ups": follow_ups(row.follow_ups),
        "broken_rules": list(row.broken_rules),
        "untold_rules": list(row.unknown_rules),
    }


def follow_ups(rows: Sequence[FollowUpRow]) -> list[Json]:
    """Follow-ups; `number` names one for good, `removed` says that its item was removed."""
    return [
        {
            "number": row.number,
            "key": row.key,
            "text": row.text,
            "owner": row.owner,
            "due_on": iso(row.due_on),
            "state": row.state.value,
            "overdue_days": row.overdue_days,
            "review": row.review,
            "actor": row.actor,
            "time": iso(row.time),
            "closed_by": row.closed_by,
            "closed_at": iso(row.closed_at),
            "removed": row.gone,
        }
        for row in rows
    ]


def _counts(row: CategoryRow) -> dict[str, Json]:
    return {
        "open": row.counts.open,
        "in_progress": row.counts.in_progress,
        "mitigated": row.counts.mitigated,
        "accepted": row.counts.accepted,
        "total": row.counts.total,
        "unresolved": {
            "total": row.counts.unresolved,
            "critical": row.critical,
            "high": row.high,
            "medium": row.medium,
            "low": row.low,
            "unrated": row.unrated,
        },
    }


def categories(summary: Summary) -> list[Json]:
    """The categories with their counts, in their order."""
    return [
        {"code": row.code, "name": row.name, "definition": row.definition, **_counts(row)} for row in summary.categories
    ]


def total(summary: Summary) -> Json:
    """The counts of the whole register."""
    return _counts(summary.total)


def nodes(rows: tuple[NodeRow, ...]) -> list[Json]:
    """The items of the map, in cascade order."""
    return [
        {
            "key": row.key,
            "title": row.lead,
            "category": row.category,
            "severity": row.severity,
            "status": row.status.value,
            "depth": row.depth,
            "in_cycle": row.in_cycle,
            "assumed": row.assumed,
        }
        for row in rows
    ]


def edges(rows: tuple[EdgeRow, ...]) -> list[Json]:
    """The dependencies of the map, in cascade order."""
    return [{"source": row.source, "target": row.target, "label": row.label, "back": row.back} for row in rows]


def first(rows: tuple[Priority, ...]) -> list[Json]:
    """The open items, what to fix first at the top."""
    return [
        {
            "rank": row.rank,
            "key": row.key,
            "title": row.lead,
            "category": row.category,
            "severity": row.severity,
            "status": row.status.value,
            "owner": row.owner,
            "score": row.score,
            "score_now": row.score_now,
            "share": row.share,
            "feeds": row.feeds,
            "reach": row.reach,
            "frees": row.frees,
            "root": row.is_root,
            "in_cycle": row.in_cycle,
            "reason": row.reason,
        }
        for row in rows
    ]


def cycles(rows: tuple[CycleRow, ...]) -> list[Json]:
    """The cycles of open items."""
    return [{"keys": list(row.keys), "ring": row.ring, "root": row.is_root} for row in rows]


def register(row: RegisterRow) -> Json:
    """The register's own facts."""
    return {
        "title": row.title,
        "extends": row.extends,
        "system": row.system,
        "last_updated": iso(row.last_updated),
        "purpose": row.purpose,
        "note": row.note,
        "project_total": row.project_total,
        "cadence": [{"label": entry.label, "text": entry.text} for entry in row.cadence],
        "mitigate_within": {severity.value: days for severity, days in row.mitigate_within},
        "accept_for": {severity.value: days for severity, days in row.accept_for},
        "document_path": row.document_path,
        "last_change": iso(row.last_change),
        "version": row.version,
    }


def rules(rows: tuple[RuleRow, ...]) -> list[Json]:
    """Rules and what they find; `problem` is None where the rule is understood."""
    return [
        {
            "name": row.name,
            "query": row.query,
            "built_in": row.builtin,
            "broken": list(row.broken),
            "cannot_tell": list(row.unknown),
            "problem": row.problem or None,
        }
        for row in rows
    ]


def checked(found: CheckRows) -> dict[str, Json]:
    """Whether any rule is broken, and what went into the trail."""
    return {
        "broken": found.is_broken,
        "recorded": [{"key": key, "rule": rule} for key, rule in found.recorded],
        "cleared": [{"key": key, "rule": rule} for key, rule in found.cleared],
    }


def accepted(rows: tuple[AcceptedRow, ...]) -> list[Json]:
    """Accepted items; `days` are those left, below zero where the acceptance has ended."""
    return [
        {
            "key": row.key,
            "title": row.lead,
            "category": row.category,
            "severity": row.severity,
            "by": row.by,
            "why": row.why,
            "since": iso(row.since),
            "until": iso(row.until),
            "state": None if row.state == "none" else row.state,
            "days": row.days,
        }
        for row in rows
    ]


def owners(rows: tuple[OwnerRow, ...]) -> list[Json]:
    """Owners with their counts; `owner` is None for what nobody owns."""
    return [row._asdict() for row in rows]


def changes(rows: tuple[ChangeRow, ...]) -> list[Json]:
    """Entries of the audit trail, newest first."""
    return [{**row._asdict(), "time": row.time.isoformat()} for row in rows]


def keys(commands: tuple[Command, ...]) -> list[Json]:
    """The dashboard's keys: an entry for each key of each command."""
    return [
        {"id": each.id, "key": key, "context": each.context, "label": each.label, "help": each.help}
        for each in commands
        for key in each.keys
    ]


def done(row: Done) -> Json:
    """What a verb did."""
    return {
        "said": row.message,
        "keys": list(row.keys),
        "batch": row.batch,
        "undoable": row.undoable,
        "cleared": list(row.cleared),
    }


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
        "before": _review_counts(row.before, row.escalated_before),
        "after": _review_counts(row.after, row.escalated_after),
        "changes": _review_items(row.changes),
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
        "new": _review_items(row.new),
        "mitigated": _review_items(row.mitigated),
        "accepted": _review_items(row.accepted),
        "reopened": _review_items(row.reopened),
        "changed": _review_items(row.changed),
        "removed": _review_items(row.removed),
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


def _review_counts(row: Counts, escalated: int) -> Json:
    return {
        "open": row.open,
        "in_progress": row.in_progress,
        "mitigated": row.mitigated,
        "accepted": row.accepted,
        "total": row.total,
        "escalated": escalated,
    }


def _review_items(rows: Sequence[ItemChanges]) -> list[Json]:
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


def differences(found: Iterable[Difference]) -> list[Json]:
    """Differences as JSON."""
    return [
        {
            "entity": each.entity,
            "key": each.key or None,
            "field": each.field,
            "before": each.before,
            "after": each.after,
        }
        for each in found
    ]
