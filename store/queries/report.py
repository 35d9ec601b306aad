"""The report for leadership: the state of the debt, what moved, what needs attention, and what was decided."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal, NamedTuple

from store.audit.describe import called
from store.audit.log import IMPORT, head, stored_time
from store.audit.trends import trend
from store.enums import FollowUpState, Status
from store.errors import RegisterError
from store.fields import LONG_FIELDS, STATUS_FIELDS, no_value, text_of
from store.filters.sql import policy
from store.policy import accepted, builtin_rule, owners, rules
from store.queries.dependency_map import map_rows, with_flags
from store.queries.flags import overdue_days
from store.queries.follow_ups import follow_ups
from store.queries.items import items_by_key
from store.queries.lookup import grouped
from store.queries.overview import Counts, summary
from store.queries.priorities import ranking
from store.queries.signals import contradicted_items, signal_counts
from store.review.minutes import between, grouped_by_effect, minutes
from store.review.queries import ENDED_LAST, ItemSummary, ReviewRecord, newest_ended
from store.text import days, join_words, plural

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from store.audit.log import Head
    from store.audit.trends import Trend
    from store.db.database import Database
    from store.db.reader import Reader
    from store.enums import Flag, Severity
    from store.policy import AcceptedRow, OwnerRow
    from store.queries.dependency_map import MapRows
    from store.queries.follow_ups import FollowUpRow
    from store.queries.history import ChangeRow
    from store.queries.items import ItemRow
    from store.queries.overview import CategoryRow, RegisterRow
    from store.queries.priorities import Priority
    from store.queries.signals import SignalCounts
    from store.review.minutes import Acceptance, Effect, ItemChanges, Minutes, NetChange


LISTED = 20
"""The most entries of a list; its total counts all of them."""
FIRST = 10
"""How many items are named as the ones to fix first."""
DAYS = 90
"""The days that are reported where no review has ended."""
MONTHS = 24
"""The months that the trend goes back at most."""
STEP = 7
"""The days between two points of a trend by day, once there are many."""
MOST_POINTS = 16
"""The points up to which a trend by day has all of them."""
MAP_ITEMS, MAP_DEPENDENCIES = 25, 60
"""The largest map that is shown item by item; a larger one is counted by category."""


class Since(NamedTuple):
    """The moment that the report compares with: the end of a review, a date, or the register's beginning.

    `is_default`: it was not asked for.
    """

    kind: Literal["review", "date", "beginning"]
    time: datetime
    review: int | None = None
    title: str | None = None
    is_default: bool = False


class MovedItem(NamedTuple):
    """An item that moved; of a removed one everything is as it last was. `by` did it, `note` is its status note."""

    key: str
    lead: str
    severity: Severity | None
    status: Status
    by: str
    note: str | None


class Movement(NamedTuple):
    """What happened to some items since then: how many, and the first of them in document order."""

    effect: Effect
    total: int
    items: tuple[MovedItem, ...]


class AlarmingItem(NamedTuple):
    """An item that leadership is to know of, and why, in words."""

    key: str
    lead: str
    severity: Severity | None
    status: Status
    owner: str | None
    reason: str


class MapLink(NamedTuple):
    """A dependency between two items, or, without a label, `number` of them between two categories, by code."""

    source: str
    target: str
    label: str | None
    number: int = 1


class MapPart(NamedTuple):
    """The dependency map: item by item, or if it is large by category, the most dependencies first.

    `links_total` counts the links, of which those by category are the first; pictures are drawn from `rows`.
    """

    items: int
    dependencies: int
    by_category: bool
    links: tuple[MapLink, ...]
    links_total: int
    rows: MapRows


class Decision(NamedTuple):
    """What a review decided about an item, in words, and who recorded it."""

    key: str
    lead: str
    status: Status
    what: tuple[str, ...]
    by: str


class LastReview(NamedTuple):
    """The review that ended last: how many items it had and were reviewed, and the first of its decisions."""

    number: int
    title: str
    participants: tuple[str, ...]
    started: datetime
    ended: datetime | None
    items: int
    reviewed: int
    decisions: tuple[Decision, ...]
    decisions_total: int


class Report(NamedTuple):
    """Everything that leadership reads, as of one moment. Lists have the first entries; totals count all.

    `before` are the counts at `since`. `unchecked` items are those for which it is unknown whether they break a rule.
    `acceptances` have ended or are ending.
    """

    register: RegisterRow
    time: datetime
    head: Head
    since: Since
    counts: Counts
    before: Counts
    flagged: tuple[tuple[Flag, int], ...]
    signals: SignalCounts
    movement: tuple[Movement, ...]
    contradicted: tuple[AlarmingItem, ...]
    escalated: tuple[AlarmingItem, ...]
    escalated_total: int
    unchecked: int
    overdue: tuple[AlarmingItem, ...]
    overdue_total: int
    first: tuple[Priority, ...]
    acceptances: tuple[AcceptedRow, ...]
    acceptances_total: int
    owners: tuple[OwnerRow, ...]
    owners_total: int
    categories: tuple[CategoryRow, ...]
    trend: Trend
    map: MapPart
    review: LastReview | None
    follow_ups: tuple[FollowUpRow, ...]
    follow_ups_total: int

    @property
    def contradicted_total(self) -> int:
        """How many items firing signals contradict."""
        return self.signals.contradicted


def report(db: Database, *, since: datetime | Literal["review"] | None = None) -> Report:
    """The report on what happened since a moment, or since the end of the review that ended last.

    Without `since`, that is the last review if one has ended, else DAYS ago or the register's beginning. Raises
    RegisterError for a moment in the future, and where no review has ended.
    """
    with db.read() as reader:
        start, sequence = _start(reader, since)
        # What is slow in a large register is computed afterwards, so that others can write again.
        ranked = ranking(reader)
        found, at = summary(reader), head(reader)
        items, _ = between(reader, sequence, None)
        moved = grouped_by_effect(reader, items)
        contradicted = contradicted_items(reader)
        broken, unchecked = _escalations(reader)
        rows = items_by_key(reader, [*dict.fromkeys((*(row.key for row in contradicted[:LISTED]), *broken))])
        late = _overdue(reader)
        ending = [row for row in accepted(reader) if row.state != "none"]
        everyone, tasks = owners(reader), follow_ups(reader, states=[FollowUpState.OPEN])
        linked = with_flags(reader, map_rows(reader))
        last = reader.first(ENDED_LAST, row=ReviewRecord)
        review = None if last is None else _last_review(minutes(reader, last.number))
        now, signals = reader.now, signal_counts(reader)
    first = ranked().items
    counts = found.total.counts
    return Report(
        register=found.register,
        time=now,
        head=at,
        since=start,
        counts=counts,
        before=_counts_before(counts, items.values()),
        flagged=found.flagged,
        signals=signals,
        movement=tuple(_movement(effect, changes) for effect, changes in moved.items()),
        contradicted=tuple(_alarming(rows[row.key], row.reason) for row in contradicted[:LISTED]),
        escalated=_escalated(broken, rows, first),
        escalated_total=len(broken),
        unchecked=unchecked,
        overdue=late[:LISTED],
        overdue_total=len(late),
        first=first[:FIRST],
        acceptances=tuple(ending[:LISTED]),
        acceptances_total=len(ending),
        owners=everyone[:LISTED],
        owners_total=len(everyone),
        categories=found.categories,
        trend=_trend(db, now, at),
        map=_map(linked, found.categories),
        review=review,
        follow_ups=tasks[:LISTED],
        follow_ups_total=len(tasks),
    )


FIRST_IMPORT = """
select max(sequence) as sequence, max(time) as time from change
where batch = (select batch from change where verb = :verb order by sequence limit 1)
  and not exists (
    select 1 from change as earlier where earlier.entity = 'item'
      and earlier.sequence < (select min(sequence) from change where verb = :verb))
having count(*) > 0
"""
FIRST_CHANGE = "select sequence - 1 as sequence, time from change order by sequence limit 1"
LATER = "select min(sequence) from change where time > :moment"


class _Moment(NamedTuple):
    """The last change at some time."""

    sequence: int
    time: datetime


def _start(reader: Reader, since: datetime | Literal["review"] | None) -> tuple[Since, int]:
    """The moment to compare with, and the sequence of the last change before it."""
    last = newest_ended(reader) if since == "review" else reader.first(ENDED_LAST, row=ReviewRecord)
    if last is not None and (since is None or since == "review"):
        start = Since("review", last.ended or last.started, last.number, last.title, is_default=since is None)
        return start, last.last_sequence or 0
    moment = since if isinstance(since, datetime) else reader.now - timedelta(days=DAYS)
    if moment > reader.now:
        raise RegisterError(f"{moment:%Y-%m-%d} is in the future", "choose an earlier date")
    # The items of the first import existed before.
    begun = reader.first(FIRST_IMPORT, {"verb": IMPORT}, row=_Moment) or reader.first(FIRST_CHANGE, row=_Moment)
    if begun is not None and moment < begun.time:
        return Since("beginning", begun.time, is_default=since is None), begun.sequence
    later = reader.value(LATER, {"moment": stored_time(moment)})
    sequence = head(reader).sequence if later is None else later - 1
    return Since("date", moment, is_default=since is None), sequence


def _counts_before(counts: Counts, items: Iterable[NetChange]) -> Counts:
    """The counts before some net changes, from those after them."""
    numbers = dict(zip(Status, counts, strict=True))
    for one in items:
        for state, number in ((one.before, 1), (one.after, -1)):
            if state is not None:
                numbers[Status(str(state["status"]))] += number
    return Counts(*numbers.values())


def _movement(effect: Effect, changes: Sequence[NetChange]) -> Movement:
    return Movement(effect, len(changes), tuple(map(_moved, changes[:LISTED])))


def _moved(one: NetChange) -> MovedItem:
    state = one.after or one.before or {}
    by = one.by(*(STATUS_FIELDS if one.before and one.after else ()))
    return MovedItem(*ItemSummary.of(state)[:4], by=by, note=text_of(state.get("status_note")))


def _escalations(reader: Reader) -> tuple[dict[str, tuple[str, ...]], int]:
    """The names of the rules that items break, by key, and for how many other items that is unknown."""
    found = rules(reader)
    broken = grouped((key, rule.name) for rule in found for key in rule.broken)
    return broken, len({key for rule in found for key in rule.unknown} - broken.keys())


def _alarming(row: ItemRow, reason: str) -> AlarmingItem:
    return AlarmingItem(row.key, row.lead, row.severity, row.status, row.owner, reason)


def _escalated(
    broken: Mapping[str, tuple[str, ...]], rows: Mapping[str, ItemRow], first: Sequence[Priority]
) -> tuple[AlarmingItem, ...]:
    """The first of the items that break rules: those to fix first at the top, then resolved ones."""
    ranks = {row.key: row.rank for row in first}
    keys = sorted(broken, key=lambda key: ranks.get(key, len(ranks) + 1))
    return tuple(_alarming(rows[key], _broken(broken[key])) for key in keys[:LISTED])


def _broken(names: Sequence[str]) -> str:
    """`breaks the rules "A" and "B"`."""
    named = join_words([f'"{name}"' for name in names])
    return f"breaks the {plural(len(names), 'rule')} {named}"


def _overdue(reader: Reader) -> tuple[AlarmingItem, ...]:
    """The overdue items, the longest overdue first."""
    limits, today = policy(reader).mitigate_within or {}, reader.today
    found: list[tuple[int, AlarmingItem]] = []
    for row in items_by_key(reader, builtin_rule(reader, "Overdue").broken).values():
        opened = row.opened_on or row.created.date()
        past, longer = overdue_days(row.due_on, opened, row.severity, limits=limits, today=today)
        words = [f"was due {row.due_on}, {days(past)} ago"] if past else []
        if longer:
            is_bound = row.opened_on is None
            age = days((today - opened).days, at_least=is_bound)
            words.append(f"open for {age}, {longer:,}{'+' * is_bound} more than {row.severity} allows")
        found.append((max(past or 0, longer or 0), _alarming(row, "; ".join(words))))
    return tuple(row for _, row in sorted(found, key=lambda each: -each[0]))


def _trend(db: Database, now: datetime, until: Head) -> Trend:
    """The trend of the last months; of many days, those a week apart."""
    month = now.year * 12 + now.month - 1 - MONTHS
    found = trend(db, since=now.replace(year=month // 12, month=month % 12 + 1, day=1), until=until)
    if found.unit == "day" and len(found.points) > MOST_POINTS:
        return found._replace(points=found.points[::-STEP][::-1])
    return found


def _map(rows: MapRows, named: Sequence[CategoryRow]) -> MapPart:
    """The map item by item, or where that is too much by category."""
    nodes, edges = rows
    if len(nodes) <= MAP_ITEMS and len(edges) <= MAP_DEPENDENCIES:
        links = tuple(MapLink(edge.source, edge.target, edge.label) for edge in edges)
        return MapPart(len(nodes), len(edges), by_category=False, links=links, links_total=len(links), rows=rows)
    codes = {node.key: node.category for node in nodes}
    order = {row.code: rank for rank, row in enumerate(named)}
    pairs = Counter((codes[edge.source], codes[edge.target]) for edge in edges)
    ordered = sorted(pairs, key=lambda pair: (-pairs[pair], order[pair[0]], order[pair[1]]))
    counted = tuple(MapLink(source, target, None, pairs[source, target]) for source, target in ordered[:LISTED])
    return MapPart(len(nodes), len(edges), by_category=True, links=counted, links_total=len(ordered), rows=rows)


def _last_review(found: Minutes) -> LastReview:
    accepted = {row.key: row for row in found.accepted}
    return LastReview(
        number=found.review.number,
        title=found.review.title,
        participants=tuple(found.review.participants),
        started=found.review.started,
        ended=found.review.ended,
        items=found.queued,
        reviewed=len(found.items),
        decisions=tuple(_decision(item, accepted.get(item.key)) for item in found.changes[:LISTED]),
        decisions_total=len(found.changes),
    )


def _decision(item: ItemChanges, acceptance: Acceptance | None) -> Decision:
    """What was decided about an item; an acceptance says what all fields of its status do."""
    words = [] if acceptance is None else [_accepted(acceptance)]
    rest = item.changes if acceptance is None else [each for each in item.changes if each.field not in STATUS_FIELDS]
    words += map(_changed, rest)
    by = join_words(list(dict.fromkeys(change.actor for change in item.changes)))
    return Decision(item.key, item.lead, item.status, tuple(words), by)


def _accepted(row: Acceptance) -> str:
    """`accepted by Board until 2027-03-31: cheaper than the cure`."""
    end = f"until {row.until}" if row.until else "without an end date"
    why = f": {row.rationale}" if row.rationale else ""
    return f"accepted by {row.by or row.actor} {end}{why}"


def _changed(change: ChangeRow) -> str:
    """A change in a few words: `status: Open to Mitigated`, `mitigation plan changed`."""
    note = f": {change.note}" if change.note else ""
    if change.field is None:
        is_comment = change.before is None and change.after is None
        return ("comment" if is_comment else "added" if change.before is None else "removed") + note
    if change.field in LONG_FIELDS:
        return f"{called(change.field)} changed"
    before, after = (text or no_value(change.field, "none") for text in (change.before, change.after))
    return f"{called(change.field)}: {before} to {after}{note}"
