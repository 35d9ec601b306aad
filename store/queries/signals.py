"""Signals of monitoring: which fire, the items that they are attached to, and how both changed over time."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Literal, NamedTuple

from store.audit.log import CHANGES, UNDONE_BATCHES, ChangeRecord
from store.db.reader import id_list
from store.enums import SignalState, Status
from store.errors import NotFoundError
from store.fields import SIGNAL_LABEL
from store.filters.sql import FIRING_ITEMS, OPEN_SQL, TRUE, Condition, in_ids
from store.queries.lookup import IN_DOCUMENT_ORDER, find_item, grouped
from store.text import join_few, plural

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date, timedelta

    from store.db.reader import Reader
    from store.db.values import Pairs

WINDOW = 400
"""The signals of a list that are read with it."""


class SignalRow(NamedTuple):
    """A signal: what monitoring says about a debt. The first fields are as stored; `id` is its number.

    It has been firing since `starts`, or fired from then until `ends`. `last_seen` is when it was last reported,
    `reports` how often it was reported as firing (both None in a register of the past). `keys` are those of the items
    that it is attached to.
    """

    id: int
    source: str
    name: str
    fingerprint: str
    state: SignalState
    starts: datetime
    ends: datetime | None
    muted_until: date | None
    severity: str | None
    summary: str | None
    label_pairs: Pairs | None
    link: str | None
    origin: str | None
    last_seen: datetime | None
    reports: int | None
    keys: tuple[str, ...] = ()
    is_muted: bool = False

    @property
    def number(self) -> int:
        """The number that people use."""
        return self.id

    @property
    def labels(self) -> tuple[tuple[str, str], ...]:
        """Its labels by name."""
        return tuple((name, value) for name, value in self.label_pairs or ())

    @property
    def is_firing(self) -> bool:
        """Whether it fires and is not muted."""
        return self.state is SignalState.FIRING and not self.is_muted

    @property
    def in_inbox(self) -> bool:
        """Whether it waits for someone to decide what it is about."""
        return not self.keys and not self.is_muted


IN_ORDER = "order by case when state = 'firing' then 0 else 1 end, coalesce(ends, starts) desc, id"
SIGNALS = f"""
select id, source, name, fingerprint, state, starts, ends, muted_until, severity, summary, labels as label_pairs, link,
       origin, last_seen, count as reports
from signal where {{where}}
{IN_ORDER}
"""
ATTACHED = """
select signal_item.signal_id, item.key from signal_item join item on item.id = signal_item.item_id
where signal_item.attached = 1 and signal_item.signal_id in (select value from json_each(:ids))
order by signal_item.id
"""
OF_ITEMS = """
select signal_item.item_id, signal_item.signal_id from signal_item
where signal_item.attached = 1 and signal_item.item_id in (select value from json_each(:ids))
"""
IN_INBOX = Condition(
    """not exists (
    select 1 from signal_item join item on item.id = signal_item.item_id
    where signal_item.signal_id = signal.id and signal_item.attached = 1
) and (signal.muted_until is null or signal.muted_until < :p0)"""
)


def signals(reader: Reader, *, key: str | None = None) -> tuple[SignalRow, ...]:
    """All signals, or those of an item: firing ones first, then the newest. Raises NotFoundError for an unknown key."""
    if key is None:
        return find_signals(reader, TRUE)
    return item_signals(reader, [item := find_item(reader, key).id]).get(item, ())


def inbox(reader: Reader) -> tuple[SignalRow, ...]:
    """The signals that are attached to no item and not muted, in the order of `signals`."""
    return find_signals(reader, Condition(IN_INBOX.sql, (reader.today.isoformat(),)))


def signal(reader: Reader, number: int) -> SignalRow:
    """The signal of a number. Raises NotFoundError."""
    if found := find_signals(reader, in_ids("signal.id", [number])):
        return found[0]
    raise NotFoundError(f"unknown signal {number}", "`ai-debt signals --all` shows their numbers")


def find_signals(reader: Reader, where: Condition) -> tuple[SignalRow, ...]:
    """The signals that meet a condition, in the order of `signals`."""
    found = reader.rows(SIGNALS.format(where=where.sql), where.parameters, row=SignalRow)
    attached = reader.tuples(ATTACHED, {"ids": id_list(row.id for row in found)}) if found else ()
    keys: dict[int, tuple[str, ...]] = grouped((number, key) for number, key in attached)
    today = reader.today
    return tuple(
        row._replace(
            keys=tuple(keys.get(row.id, ())), is_muted=row.muted_until is not None and row.muted_until >= today
        )
        for row in found
    )


def item_signals(reader: Reader, ids: Sequence[int]) -> dict[int, tuple[SignalRow, ...]]:
    """The signals of items by id, in the order of `signals`."""
    pairs = reader.tuples(OF_ITEMS, {"ids": id_list(ids)})
    if not pairs:
        return {}
    rows = find_signals(reader, in_ids("signal.id", {number for _, number in pairs}))
    items = grouped((number, item) for item, number in pairs)
    return grouped((item, row) for row in rows for item in items[row.id])


class SignalList(StrEnum):
    """A list of signals that a person looks through."""

    INBOX = "inbox"
    ALL = "all"
    FIRING = "firing"
    MUTED = "muted"


class SignalListing(NamedTuple):
    """The numbers of the signals of a list, in the order of `signals`, and how many signals each list has.

    `rows` are some of its signals by number; `of_item` is how many an item has, None where none was asked about.
    """

    numbers: tuple[int, ...]
    counts: Mapping[SignalList, int]
    of_item: int | None
    rows: Mapping[int, SignalRow]


_IN_LIST = {
    SignalList.INBOX: IN_INBOX.sql,
    SignalList.ALL: TRUE.sql,
    SignalList.FIRING: "state = 'firing' and (muted_until is null or muted_until < :p0)",
    SignalList.MUTED: "muted_until >= :p0",
}
_OF_ITEM = "signal.id in (select signal_id from signal_item where item_id = :item and attached = 1)"
NUMBERS = f"""
select id from signal where ({{where}}) or id in (select value from json_each(:also)) {IN_ORDER}
"""
_COUNTED = (f"count(case when {where} then 1 end)" for where in (*_IN_LIST.values(), _OF_ITEM))
LIST_COUNTS = f"select {', '.join(_COUNTED)} from signal"


def listing(
    reader: Reader, wanted: SignalList | None, *, key: str | None = None, also: Iterable[int] = (), around: int = 0
) -> SignalListing:
    """A list of signals, or without one those of the item `key`; `also` are numbers that belong to it anyway.

    Its rows are those of the `WINDOW` signals around the number `around`, or around the first one. Raises NotFoundError
    for an unknown key.
    """
    item = find_item(reader, key).id if key is not None else 0
    parameters = {"p0": reader.today.isoformat(), "item": item, "also": id_list(also)}
    where = _OF_ITEM if wanted is None else _IN_LIST[wanted]
    numbers = tuple(reader.column(NUMBERS.format(where=where), parameters))
    [(*counts, of_item)] = reader.tuples(LIST_COUNTS, parameters)
    at = numbers.index(around) if around in numbers else 0
    start = max(at - WINDOW // 2, 0)
    rows = signals_by_number(reader, numbers[start : start + WINDOW])
    return SignalListing(numbers, dict(zip(SignalList, counts, strict=True)), of_item if key else None, rows)


def signals_by_number(reader: Reader, numbers: Iterable[int]) -> dict[int, SignalRow]:
    """Those of some signals that exist, by number."""
    return {row.number: row for row in find_signals(reader, in_ids("signal.id", numbers))}


class SignalCounts(NamedTuple):
    """How many signals fire, how many wait in the inbox, and how many items are contradicted."""

    firing: int
    inbox: int
    contradicted: int


COUNTS = f"""
select (select count(*) from signal
        where state = 'firing' and (muted_until is null or muted_until < :p0)) as firing,
       (select count(*) from signal where {IN_INBOX.sql}) as inbox,
       (select count(*) from item
        where status not in {OPEN_SQL} and item.id in ({FIRING_ITEMS.format(day=":p0")})) as contradicted
"""


def signal_counts(reader: Reader) -> SignalCounts:
    """What the signals come to today."""
    found = reader.first(COUNTS, {"p0": reader.today.isoformat()}, row=SignalCounts)
    assert found is not None
    return found


class ContradictedRow(NamedTuple):
    """A Mitigated or Accepted item with firing signals, and why it is contradicted, in words."""

    id: int
    key: str
    status: Status
    reason: str = ""


IS_CONTRADICTED = f"item.status not in {OPEN_SQL} and item.id in ({FIRING_ITEMS.format(day=':today')})"
CONTRADICTED = f"select item.id, item.key, item.status from {IN_DOCUMENT_ORDER.format(where=IS_CONTRADICTED)}"


def contradictions(reader: Reader) -> dict[int, tuple[SignalRow, ...]]:
    """The firing signals of each Mitigated or Accepted item that has any, by item id; the longest firing first."""
    ids = [row.id for row in _contradicted(reader)]
    found = item_signals(reader, ids) if ids else {}
    return {item: tuple(sorted(filter(_is_firing, rows), key=_by_start)) for item, rows in found.items()}


def contradicted_items(reader: Reader) -> tuple[ContradictedRow, ...]:
    """The items that are contradicted, in document order."""
    firing = contradictions(reader)
    return tuple(row._replace(reason=contradiction(row.status, firing[row.id])) for row in _contradicted(reader))


def _contradicted(reader: Reader) -> tuple[ContradictedRow, ...]:
    return reader.rows(CONTRADICTED, {"today": reader.today.isoformat()}, row=ContradictedRow)


def _is_firing(row: SignalRow) -> bool:
    return row.is_firing


def _by_start(row: SignalRow) -> tuple[datetime, int]:
    return row.starts, row.id


def contradiction(status: Status, firing: Sequence[SignalRow]) -> str:
    """`mitigated, but FeatureDrift has been firing since 2026-11-12`, for firing signals, the longest firing first."""
    names = list(dict.fromkeys(row.name for row in firing))
    has = plural(len(names), "has", "have")
    return f"{status.value.lower()}, but {join_few(names)} {has} been firing since {firing[0].starts:%Y-%m-%d}"


class TimelineEntry(NamedTuple):
    """An event in the life of an item: a signal that started or stopped firing, or a new status.

    `signal` is the number of the signal, None for a status; `text` is the signal's name or the status, `actor` who or
    which monitor recorded it. `quiet` is, for Mitigated and Accepted, how long no attached signal fired after it: None
    if one was firing then, and `is_quiet_now` says that the quiet lasts.
    """

    time: datetime
    kind: Literal["firing", "resolved", "status"]
    text: str
    actor: str
    signal: int | None = None
    quiet: timedelta | None = None
    is_quiet_now: bool = False

    @property
    def quiet_seconds(self) -> int | None:
        """The quiet in seconds."""
        return None if self.quiet is None else int(self.quiet.total_seconds())


EPISODES = f"""
{CHANGES}
where change.entity = 'signal' and change.entity_id in (select value from json_each(:ids))
  and (change.field = 'episode' or (change.field is null and change.after is not null))
order by change.sequence
"""
STATUSES = f"""
{CHANGES}
where change.entity = 'item' and change.entity_id = :item
  and (change.field = 'status' or (change.field is null and change.before is null and change.after is not null))
  and change.verb not in ('undo') and change.batch not in ({UNDONE_BATCHES})
order by change.sequence
"""


def timeline(reader: Reader, key: str) -> tuple[TimelineEntry, ...]:
    """What happened to an item and its signals, oldest first. Raises NotFoundError for an unknown key."""
    item = find_item(reader, key).id
    numbers = [number for _, number in reader.tuples(OF_ITEMS, {"ids": id_list([item])})]
    events: list[TimelineEntry] = []
    for change in reader.each(EPISODES, {"ids": id_list(numbers)}, row=ChangeRecord):
        events += _episode(change)
    statuses = [*_statuses(reader.each(STATUSES, {"item": item}, row=ChangeRecord))]
    # The end of an episode is recorded with its start.
    events = sorted({(event.time, event.kind, event.signal): event for event in events[::-1]}.values(), key=_by_time)
    found = [*events, *(_with_quiet(status, events, reader.now) for status in statuses)]
    return tuple(sorted(found, key=_by_time))


def _by_time(event: TimelineEntry) -> datetime:
    return event.time


def _episode(change: ChangeRecord) -> list[TimelineEntry]:
    """The start, and the end if it has one, of the episode that a change of a signal recorded."""
    whole = change.after if isinstance(change.after, dict) else {}
    episode = whole.get("episode", whole)
    if not isinstance(episode, dict):
        return []
    found: list[TimelineEntry] = []
    ends: tuple[tuple[Literal["firing", "resolved"], str], ...] = (("firing", "starts"), ("resolved", "ends"))
    for kind, part in ends:
        if moment := episode.get(part):
            time = datetime.fromisoformat(str(moment))
            found.append(TimelineEntry(time, kind, change.key, change.actor, change.entity_id))
    return found


def _statuses(changes: Iterable[ChangeRecord]) -> Iterable[TimelineEntry]:
    for change in changes:
        status = change.after.get("status") if isinstance(change.after, dict) else change.after
        yield TimelineEntry(change.time, "status", str(status), change.actor)


def _with_quiet(status: TimelineEntry, events: Sequence[TimelineEntry], now: datetime) -> TimelineEntry:
    """A status with the time after it in which no signal fired."""
    if not events or Status(status.text).is_open:
        return status
    firing = {event.signal: event.kind == "firing" for event in events if event.time <= status.time}
    if any(firing.values()):
        return status
    next_start = next((event.time for event in events if event.time > status.time and event.kind == "firing"), None)
    return status._replace(quiet=(next_start or now) - status.time, is_quiet_now=next_start is None)


class SignalRuleRow(NamedTuple):
    """A rule that attaches the signals that match: to the item `key`, or by the components that `label` names.

    `id` is its number; `key` is None for a label, and for an item that was removed, which `is_gone` says.
    """

    id: int
    matchers: str
    item_id: int | None
    label: str | None
    position: int
    key: str | None = None

    @property
    def number(self) -> int:
        """The number that people use."""
        return self.id

    @property
    def is_gone(self) -> bool:
        """Whether its item was removed, so that it is skipped."""
        return self.label is None and self.key is None


RULES = """
select signal_rule.id, matchers, item_id, label, signal_rule.position, item.key
from signal_rule left join item on item.id = signal_rule.item_id
order by signal_rule.position, signal_rule.id
"""


def signal_rules(reader: Reader) -> tuple[SignalRuleRow, ...]:
    """The rules, in the order in which they are tried."""
    return reader.rows(RULES, row=SignalRuleRow)


def item_label(reader: Reader) -> str:
    """The label whose value is the key of an item."""
    label: str | None = reader.value("select signal_label from register where id = 1")
    return label or SIGNAL_LABEL
