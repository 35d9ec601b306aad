"""The metrics of a register for Prometheus: the table of what each one counts, and their values."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, date, datetime, time
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from store.audit.log import READ_BACK, LogEntry, compact_json, head
from store.audit.replay import FIRST_TIME, Replay, refusing_malformed
from store.db import values
from store.enums import RATINGS, UNRATED, Flag, Severity, Status
from store.fields import ENDING_DAYS
from store.filters.sql import OPEN_SQL, QueryCache, open_graph
from store.policy import all_rules, owners
from store.queries.flags import flag_counts
from store.queries.items import tallies
from store.queries.lookup import categories
from store.queries.overview import register_row
from store.queries.signals import signal_counts
from store.text import join_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from store.audit.snapshots import State
    from store.db.database import Database
    from store.db.reader import Reader
    from store.graph import OpenGraph
    from store.policy import OwnerRow, RuleRow
    from store.queries.items import Tally
    from store.queries.signals import SignalCounts


MOST_VALUES = 50
"""The values of a label that are free texts; the items of all others are counted under OTHER."""
MOST_CHARACTERS = 128
"""The characters of the value of a label; a longer text is cut."""
OTHER, UNASSIGNED = "other", "unassigned"
_DAY = 86_400
BUCKETS = tuple(days * _DAY for days in (1, 7, 14, 30, 60, 90, 180, 365, 730))
"""The upper bounds of the times to mitigate, in seconds."""
LABELS = {
    "system": "The system of the register, empty if it has none. Every metric has this label.",
    "title": "The title of the register.",
    "revision": "The revision of the schema of its database.",
    "category": f"The codes of the first {MOST_VALUES} categories, and `{OTHER}` for all others.",
    "severity": f"{', '.join(f'`{each.typed}`' for each in Severity)} and `{UNRATED}`; that of a signal is what "
    "its source says, or else empty.",
    "status": f"{', '.join(f'`{each.typed}`' for each in Status)}.",
    "owner": f"The {MOST_VALUES} owners with the most unresolved items, `{UNASSIGNED}`, and `{OTHER}` for all others.",
    "rule": "The names of the rules, of which a register has at most 50, and of the built-in ones.",
    "source": f"The sources of signals. The {MOST_VALUES} pairs of source and severity with the most signals have "
    f"series, and all others are `{OTHER}` in both.",
    "le": f"The buckets of a duration: {join_words([str(each // _DAY) for each in BUCKETS])} days, in seconds.",
}
"""The values of each label."""


class Kind(StrEnum):
    """The types of metrics."""

    GAUGE = "gauge"
    COUNTER = "counter"
    HISTOGRAM = "histogram"


class Histogram(NamedTuple):
    """How many of some durations are at most each of BUCKETS, then how many there are, and their sum in seconds."""

    counts: tuple[int, ...]
    total: float


class Sample(NamedTuple):
    """A value of a metric with the values of its labels."""

    labels: tuple[str, ...]
    value: float | Histogram


class Metric(NamedTuple):
    """A row of METRICS: a metric without the label `system`, which all have.

    help: one sentence. values: what it counts. absent: when samples are missing, in a few words, else empty.
    """

    name: str
    kind: Kind
    help: str
    values: Callable[[Facts], Iterable[Sample]]
    labels: tuple[str, ...] = ()
    absent: str = ""

    @property
    def unit(self) -> str:
        """The unit that its name ends in, if it has one."""
        return next((unit for unit in ("seconds", "bytes") if self.name.endswith(f"_{unit}")), "")


class Family(NamedTuple):
    """A metric with its samples, whose labels begin with `system`."""

    metric: Metric
    samples: tuple[Sample, ...]


class OldestRow(NamedTuple):
    """The unresolved items of a severity: the first opening date, and the first creation of those without one."""

    severity: Severity | None
    opened_on: date | None
    created: datetime | None


class SourceRow(NamedTuple):
    """The signals of a source and severity: how many fire and are not muted."""

    source: str
    severity: str | None
    firing: int


class Facts(NamedTuple):
    """What the metrics of a register are made of, from one moment; a time is None before it first happened."""

    now: datetime
    title: str
    system: str
    revision: str
    size: int
    changes: int
    began: datetime | None
    backup: datetime | None
    categories: dict[int, str]
    tallies: tuple[Tally, ...]
    owners: tuple[OwnerRow, ...]
    oldest: tuple[OldestRow, ...]
    flags: dict[Flag, int]
    rules: tuple[RuleRow, ...]
    graph: OpenGraph
    created: int
    mitigations: dict[Severity | None, list[float]]
    reviewed: datetime | None
    undecided: int
    sources: tuple[SourceRow, ...]
    signals: SignalCounts


OLDEST = f"""
select severity, min(opened_on) as opened_on, min(created) filter (where opened_on is null) as created
from item where status in {OPEN_SQL} group by severity
"""
REVISION = "select version_num from alembic_version"
# Ids are never reused, so an item that is removed and restored counts once.
CREATED = """
select count(distinct entity_id) from change
where entity = 'item' and field is null and before is null and after is not null
"""
_REPLAYED = {"item": ("status", "severity", "opened_on", "created")}
MITIGATED = f"""
select {", ".join(READ_BACK.values())} from change
where entity = 'item' and (field is null or field in {_REPLAYED["item"]}) and entity_id in (
    select entity_id from change where entity = 'item' and field = 'status' and cast(after as text) = :mitigated
)
order by sequence
"""
REVIEWED = "select max(ended) from review"
UNDECIDED = """
select coalesce(json_array_length(queue), 0)
       - (select count(*) from decision where decision.review_id = review.id)
from review where ended is null order by id limit 1
"""

# Those with the most signals come first; a pair stays when none of its signals fires any more.
SOURCES = """
select source, severity,
       count(*) filter (where state = 'firing' and (muted_until is null or muted_until < :today)) as firing
from signal group by source, severity order by count(*) desc, source, severity
"""


def metrics(db: Database, *, backups: Iterable[Path] = ()) -> tuple[Family, ...]:
    """Every metric of a register, in the order of METRICS, also where it has no samples.

    `backups` are directories to look for backups in, besides the one of the register. Raises RegisterError.
    """
    # Loaded here, since the metrics are shown in documents and checked without it.
    from store.maintenance.backup import newest_backup

    size = db.path.stat().st_size
    backup = newest_backup(db, (db.path.parent, *backups))
    with db.read() as reader:
        facts, entries = _facts(reader, size=size, backup=backup)
    # What takes long in a large register keeps no one else from writing.
    with refusing_malformed("metrics cannot be computed"):
        facts = facts._replace(mitigations=_mitigations(map(LogEntry._make, entries)))
    system = label_value(facts.system)
    return tuple(
        Family(metric, tuple(Sample((system, *labels), value) for labels, value in metric.values(facts)))
        for metric in METRICS
    )


def _facts(reader: Reader, *, size: int, backup: datetime | None) -> tuple[Facts, list[tuple[object, ...]]]:
    """What is read of a register, still without its mitigations, and the changes that those are found in."""
    row, cache = register_row(reader), QueryCache()
    facts = Facts(
        now=reader.now,
        title=row.title,
        system=row.system or "",
        revision=str(reader.value(REVISION)),
        size=size,
        changes=head(reader).sequence,
        began=_moment(reader, FIRST_TIME),
        backup=backup,
        categories={category.id: category.code for category in categories(reader)},
        tallies=tallies(reader, cache),
        owners=owners(reader),
        oldest=reader.rows(OLDEST, row=OldestRow),
        flags=dict(flag_counts(reader, cache)),
        rules=all_rules(reader),
        graph=open_graph(reader),
        created=reader.value(CREATED),
        mitigations={},
        reviewed=_moment(reader, REVIEWED),
        undecided=reader.value(UNDECIDED) or 0,
        sources=reader.rows(SOURCES, {"today": reader.today.isoformat()}, row=SourceRow),
        signals=signal_counts(reader),
    )
    return facts, reader.tuples(MITIGATED, {"mitigated": compact_json(Status.MITIGATED.value)})


def _moment(reader: Reader, sql: str) -> datetime | None:
    found = reader.value(sql)
    return None if found is None else values.timestamp(found)


def _mitigations(entries: Iterable[LogEntry]) -> dict[Severity | None, list[float]]:
    """The seconds from opening to each time that an item became Mitigated, by its severity then.

    Nothing of it depends on later changes, and undo and redo count nothing, so later changes only add to it.
    """
    found: dict[Severity | None, list[float]] = {severity: [] for severity in RATINGS}
    replay = Replay(only=_REPLAYED)
    for entry in entries:
        step = replay.apply(entry)
        if step is None or step.field != "status" or step.after is None or entry.reverses is not None:
            continue
        if step.after["status"] == Status.MITIGATED and (step.before or {}).get("status") != Status.MITIGATED:
            moment = values.timestamp(entry.time)
            severity = step.after.get("severity")
            seconds = (moment - _opened(step.after, moment)).total_seconds()
            found[None if severity is None else Severity(str(severity))].append(max(seconds, 0))
    return found


def _opened(state: State, otherwise: datetime) -> datetime:
    """When an item was opened: if that is unknown, when it was created."""
    opened, created = state.get("opened_on"), state.get("created")
    if isinstance(opened, str):
        return _midnight(date.fromisoformat(opened))
    return datetime.fromisoformat(created).astimezone(UTC) if isinstance(created, str) else otherwise


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def label_value(text: str) -> str:
    """A text as the value of a label: unchanged, or cut."""
    return text if len(text) <= MOST_CHARACTERS else f"{text[: MOST_CHARACTERS - 1]}…"


def _one(value: float | None, *labels: str) -> Iterator[Sample]:
    """The one sample of a metric; none without a value."""
    if value is not None:
        yield Sample(labels, value)


def _at(moment: datetime | None) -> Iterator[Sample]:
    return _one(None if moment is None else moment.timestamp())


def _summed(counts: Iterable[tuple[tuple[str, ...], int]]) -> Iterator[Sample]:
    """A sample for each set of labels: several texts may be cut to the same, or be counted under OTHER."""
    total: defaultdict[tuple[str, ...], int] = defaultdict(int)
    for labels, number in counts:
        total[labels] += number
    yield from map(Sample._make, total.items())


def _limited(texts: Iterable[str]) -> Callable[[str], str]:
    """The value of a label for each text: the first MOST_VALUES have their own, all others share OTHER."""
    first = set(list(dict.fromkeys(map(label_value, texts)))[:MOST_VALUES])
    return lambda text: value if (value := label_value(text)) in first else OTHER


def _items(facts: Facts) -> Iterator[Sample]:
    """Every combination of category, severity and status, so that none appears or disappears."""
    label = _limited(facts.categories.values())
    numbers = Counter[tuple[str, Severity | None, Status]]()
    for tally in facts.tallies:
        numbers[label(facts.categories[tally.category_id]), tally.severity, tally.status] += tally.items
    for category in dict.fromkeys(map(label, facts.categories.values())):
        for severity in RATINGS:
            for status in Status:
                yield Sample((category, _typed(severity), status.typed), numbers[category, severity, status])


def _typed(severity: Severity | None) -> str:
    return UNRATED if severity is None else severity.typed


def _owners(facts: Facts) -> Iterator[Sample]:
    # Those with the most unresolved items come first.
    counts = [(label_value(row.owner or UNASSIGNED), row.open) for row in facts.owners]
    label = _limited(name for name, _ in counts if name != UNASSIGNED)
    labeled = sorted((name if name == UNASSIGNED else label(name), number) for name, number in counts)
    return _summed(((name,), number) for name, number in [(UNASSIGNED, 0), *labeled])


def _oldest(facts: Facts) -> Iterator[Sample]:
    found = {row.severity: row for row in facts.oldest}
    for severity in RATINGS:
        if row := found.get(severity):
            opened = [] if row.opened_on is None else [_midnight(row.opened_on)]
            opened += [] if row.created is None else [row.created]
            # An opening date in the future counts as today.
            yield from _one(min(facts.now, *opened).timestamp(), _typed(severity))


def _by_rule(facts: Facts, keys: Callable[[RuleRow], Sequence[str]]) -> Iterator[Sample]:
    return _summed(((label_value(rule.name),), len(keys(rule))) for rule in facts.rules if not rule.problem)


def _durations(facts: Facts) -> Iterator[Sample]:
    for severity, seconds in facts.mitigations.items():
        counts = [sum(each <= bound for each in seconds) for bound in BUCKETS]
        yield Sample((_typed(severity),), Histogram((*counts, len(seconds)), sum(seconds)))


def _firing(facts: Facts) -> Iterator[Sample]:
    rows = [((label_value(row.source), label_value(row.severity or "")), row.firing) for row in facts.sources]
    own = set(list(dict.fromkeys(labels for labels, _ in rows))[:MOST_VALUES])
    return _summed((labels if labels in own else (OTHER, OTHER), number) for labels, number in rows)


GAUGE, COUNTER = Kind.GAUGE, Kind.COUNTER
METRICS = (
    Metric("ai_debt_register_info", GAUGE, "The title of the register and the revision of its schema; always 1.",
           lambda facts: _one(1, label_value(facts.title), facts.revision), ("title", "revision")),
    Metric("ai_debt_register_size_bytes", GAUGE, "Size of the database file.", lambda facts: _one(facts.size)),
    Metric("ai_debt_register_changes_total", COUNTER, "Changes in the trail.", lambda facts: _one(facts.changes)),
    Metric("ai_debt_register_created_timestamp_seconds", GAUGE, "Time of the first change in the trail.",
           lambda facts: _at(facts.began), absent="before the first change"),
    Metric("ai_debt_newest_backup_timestamp_seconds", GAUGE, "Time of the newest backup that was found.",
           lambda facts: _at(facts.backup), absent="without a backup"),
    Metric("ai_debt_metrics_generated_timestamp_seconds", GAUGE, "Time at which these metrics were computed.",
           lambda facts: _at(facts.now)),
    Metric("ai_debt_items", GAUGE, "Items by category, severity and status.", _items,
           ("category", "severity", "status")),
    Metric("ai_debt_owner_unresolved_items", GAUGE, "Unresolved items by owner.", _owners, ("owner",)),
    Metric("ai_debt_oldest_unresolved_timestamp_seconds", GAUGE,
           "Time at which the oldest unresolved item was opened, or else created.", _oldest, ("severity",),
           absent="for a severity without unresolved items"),
    Metric("ai_debt_overdue_items", GAUGE, "Items that are overdue.",
           lambda facts: _one(facts.flags.get(Flag.OVERDUE, 0))),
    Metric("ai_debt_escalated_items", GAUGE, "Items that break an escalation rule.",
           lambda facts: _one(facts.flags.get(Flag.ESCALATED, 0))),
    Metric("ai_debt_ended_acceptances", GAUGE, "Accepted items whose acceptance has ended.",
           lambda facts: _one(facts.flags.get(Flag.ENDED, 0))),
    Metric("ai_debt_ending_acceptances", GAUGE, f"Accepted items whose acceptance ends within {ENDING_DAYS} days.",
           lambda facts: _one(facts.flags.get(Flag.ENDING, 0))),
    Metric("ai_debt_rule_broken_items", GAUGE, "Items that break each rule.",
           lambda facts: _by_rule(facts, lambda rule: rule.broken), ("rule",), absent="for an invalid rule"),
    Metric("ai_debt_rule_unknown_items", GAUGE, "Items for which it is unknown whether they break each rule.",
           lambda facts: _by_rule(facts, lambda rule: rule.unknown), ("rule",), absent="for an invalid rule"),
    Metric("ai_debt_invalid_rules", GAUGE, "Rules that cannot be checked.",
           lambda facts: _one(sum(bool(rule.problem) for rule in facts.rules))),
    Metric("ai_debt_score", GAUGE, "Sum of the scores of all unresolved items.",
           lambda facts: _one(sum(facts.graph.values.values()))),
    Metric("ai_debt_largest_blast_radius_items", GAUGE, "The most unresolved items that an unresolved item reaches.",
           lambda facts: _one(max((score.reach for score in facts.graph.scores), default=0))),
    Metric("ai_debt_created_items_total", COUNTER, "Items ever created.", lambda facts: _one(facts.created)),
    Metric("ai_debt_mitigated_items_total", COUNTER, "Times that an item became Mitigated, by its severity then.",
           lambda facts: (Sample((_typed(severity),), len(each)) for severity, each in facts.mitigations.items()),
           ("severity",)),
    Metric("ai_debt_time_to_mitigate_seconds", Kind.HISTOGRAM,
           "Time from opening to becoming Mitigated, by the severity then.", _durations, ("severity",)),
    Metric("ai_debt_last_review_timestamp_seconds", GAUGE, "Time at which the last review ended.",
           lambda facts: _at(facts.reviewed), absent="until a review has ended"),
    Metric("ai_debt_review_undecided_items", GAUGE, "Items of the open review that are not decided yet.",
           lambda facts: _one(facts.undecided)),
    Metric("ai_debt_contradicted_items", GAUGE, "Mitigated and Accepted items with a firing signal.",
           lambda facts: _one(facts.signals.contradicted)),
    Metric("ai_debt_firing_signals", GAUGE, "Signals that fire and are not muted, by source and severity.", _firing,
           ("source", "severity"), absent="before the first signal"),
    Metric("ai_debt_inbox_signals", GAUGE, "Signals that are neither attached to an item nor muted.",
           lambda facts: _one(facts.signals.inbox)),
)  # fmt: skip
"""The metrics, in the order of the output."""
