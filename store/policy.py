"""The policy of a register: rules, acceptances with an end, days to mitigate, and owners."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal, NamedTuple

from store.audit.log import CHANGES, CLEAR, ESCALATE, UNDONE_BATCHES, ChangeRecord, compact_json
from store.db import values
from store.db.reader import id_list
from store.enums import RATINGS, Flag, Severity, Status
from store.errors import QueryError
from store.fields import ENDING_DAYS, accept_days
from store.filters.parser import parse
from store.filters.sql import OPEN_SQL, Condition, combined, condition, flag_conditions, one_of, rule_conditions
from store.queries.items import item_records, items_by_key
from store.queries.lookup import IN_DOCUMENT_ORDER, categories, grouped
from store.queries.overview import register_row

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from store.db.database import Database
    from store.db.reader import Reader
    from store.queries.items import ItemRow

    Pair = tuple[int, str]


BUILTIN = {"Contradicted": "is:contradicted", "Overdue": "is:overdue", "Acceptance ended": "is:ended"}
"""The queries of the built-in rules, by name."""


AcceptedState = Literal["none", "ending", "ended"]


class RuleRow(NamedTuple):
    """A rule: the keys of the items that break it, and of those for which that is unknown, in document order.

    `builtin`: every register has it. `problem`: why it is invalid, else empty.
    """

    name: str
    query: str
    broken: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    builtin: bool = False
    problem: str = ""


class CheckRows(NamedTuple):
    """The result of all rules; `items` by key. `recorded` and `cleared` are the pairs of key and rule recorded now."""

    rules: tuple[RuleRow, ...]
    items: dict[str, ItemRow]
    recorded: tuple[tuple[str, str], ...] = ()
    cleared: tuple[tuple[str, str], ...] = ()

    @property
    def is_broken(self) -> bool:
        """Whether any rule is broken or invalid; one whose answer is unknown is not broken."""
        return any(rule.broken or rule.problem for rule in self.rules)


class AcceptedRow(NamedTuple):
    """An accepted item: by whom, why, since when (UTC), and the last day of the acceptance.

    `state`: "ended" after `until`, "ending" in the last 14 days, else "none". `days` are those left, negative once it
    has ended; None without an end.
    """

    key: str
    lead: str
    severity: Severity | None
    category: str
    by: str | None
    why: str | None
    since: datetime
    until: date | None
    state: AcceptedState
    days: int | None


class OwnerRow(NamedTuple):
    """An owner (None: unassigned) with their items: all, open, of these Critical, High and unrated, then escalated and
    overdue.

    `oldest_days` is the age of the oldest open item, a lower bound if `oldest_at_least`.
    """

    owner: str | None
    items: int
    open: int
    critical: int
    high: int
    unrated: int
    escalated: int
    overdue: int
    oldest_days: int | None
    oldest_at_least: bool


def rules(reader: Reader) -> tuple[RuleRow, ...]:
    """The rules in order, each with the items that break it, and those for which that is unknown."""
    return tuple(_rule(reader, row.name, row.query, where) for row, where in rule_conditions(reader))


def all_rules(reader: Reader) -> tuple[RuleRow, ...]:
    """The rules of the register, then the built-in ones."""
    return (*rules(reader), *(builtin_rule(reader, name) for name in BUILTIN))


def builtin_rule(reader: Reader, name: str) -> RuleRow:
    """One of the rules in BUILTIN, by its name."""
    return _rule(reader, name, BUILTIN[name], condition(reader, parse(BUILTIN[name])), builtin=True)


KEYS = f"select item.key, {{where}} from {IN_DOCUMENT_ORDER.format(where='({where}) is null or {where}')}"


def _rule(reader: Reader, name: str, query: str, where: Condition | QueryError, *, builtin: bool = False) -> RuleRow:
    if isinstance(where, QueryError):
        return RuleRow(name, query, problem=str(where))
    answers = reader.tuples(KEYS.format(where=where.sql), where.parameters)
    return RuleRow(
        name,
        query,
        broken=tuple(key for key, is_broken in answers if is_broken is not None),
        unknown=tuple(key for key, is_broken in answers if is_broken is None),
        builtin=builtin,
    )


def escalated(reader: Reader) -> dict[str, tuple[str, ...]]:
    """The names of the rules that each item breaks, by key, the items of the first rule first."""
    return grouped((key, rule.name) for rule in rules(reader) for key in rule.broken)


def days_of(accept_for: Mapping[str, int] | None) -> dict[Severity, int]:
    """The default days of an acceptance by severity, from the settings of a register."""
    return accept_days((Severity(name), days) for name, days in (accept_for or {}).items())


def proposed_end(days: Mapping[Severity, int], severity: Severity | None, today: date) -> date | None:
    """The default end of an acceptance, at most the last date that can be stored; unrated debt has none."""
    if severity is None:
        return None
    try:
        return today + timedelta(days=days[severity])
    except OverflowError:
        return date.max


def proposed_ends(reader: Reader) -> dict[Severity | None, date | None]:
    """The default end of an acceptance that begins today, for each severity and for unrated debt."""
    days = accept_days(register_row(reader).accept_for)
    return {severity: proposed_end(days, severity, reader.today) for severity in RATINGS}


def acceptance_state(until: date | None, day: date) -> AcceptedState:
    """Whether an acceptance until a day is ending or has ended on another; it includes its last day."""
    if until is None or (until - day).days > ENDING_DAYS:
        return "none"
    return "ended" if until < day else "ending"


def accepted(reader: Reader) -> tuple[AcceptedRow, ...]:
    """Every accepted item: ended acceptances first, then those that end next, then those without an end."""
    day = reader.today
    items = item_records(reader, one_of("item.status", [Status.ACCEPTED.value]))
    since = _since(reader, [item.id for item in items])
    codes = {category.id: category.code for category in categories(reader)}
    rows = [
        AcceptedRow(
            key=item.key,
            lead=item.lead,
            severity=item.severity,
            category=codes[item.category_id],
            by=item.accepted_by,
            why=item.status_note,
            since=since.get(item.id, item.created),
            until=item.accepted_until,
            state=acceptance_state(item.accepted_until, day),
            days=None if item.accepted_until is None else (item.accepted_until - day).days,
        )
        for item in items
    ]
    return tuple(sorted(rows, key=lambda row: (row.days is None, row.days)))


STATUSES = f"""
select entity_id, time, after from change
where entity = 'item' and entity_id in (select value from json_each(:ids)) and field = 'status' and verb != 'undo'
  and batch not in ({UNDONE_BATCHES})
order by sequence
"""


def _since(reader: Reader, ids: Sequence[int]) -> dict[int, datetime]:
    """When each item was last accepted, except those added as accepted; undone changes do not count."""
    changes = reader.tuples(STATUSES, {"ids": id_list(ids)})
    accepted = compact_json(Status.ACCEPTED.value)
    return {item: values.timestamp(time) for item, time, after in changes if after == accepted}


ACTOR = "policy"
"""The actor of recorded escalations."""


def check(db: Database, *, record: bool = False) -> CheckRows:
    """The items that break the rules now, and those for which that is unknown.

    With `record`, each new escalation of an item by a rule is recorded as `escalate`, and its end as `clear`, in one
    batch; nothing is recorded twice, nor where the answer is unknown.
    """
    if not record:
        with db.read() as reader:
            return _checked(reader)
    with db.write(ESCALATE) as writer:
        writer.actor = ACTOR
        reader = writer.reader
        found = _checked(reader)
        ids = dict(reader.tuples("select key, id from item"))
        keys = {item: key for key, item in ids.items()}
        before = {(item, rule) for item, rule in _recorded(reader) if item in keys}
        broken = {(ids[key], rule.name) for rule in found.rules for key in rule.broken}
        unknown = {(ids[key], rule.name) for rule in found.rules for key in rule.unknown}
        escalated = _in_order(broken - before, found.rules)
        cleared = _in_order(before - broken - unknown, found.rules)
        for verb, pairs in ((ESCALATE, escalated), (CLEAR, cleared)):
            writer.verb = verb
            for item, rule in pairs:
                writer.record("item", item, keys[item], None, None, None, note=rule)
    return found._replace(
        recorded=tuple((keys[item], rule) for item, rule in escalated),
        cleared=tuple((keys[item], rule) for item, rule in cleared),
    )


def _checked(reader: Reader) -> CheckRows:
    rules = all_rules(reader)
    listed = list(dict.fromkeys(key for rule in rules for key in (*rule.broken, *rule.unknown)))
    return CheckRows(rules, items_by_key(reader, listed))


ESCALATIONS = f"""
{CHANGES} where change.verb in ('{ESCALATE}', '{CLEAR}') or (change.entity = 'rule' and change.field = 'name')
order by change.sequence
"""


def _recorded(reader: Reader) -> set[Pair]:
    """The recorded escalations that were not cleared: ids of items, and the current names of rules."""
    found: set[Pair] = set()
    for change in reader.each(ESCALATIONS, row=ChangeRecord):
        if change.field:
            # A rule was renamed.
            found = {(item, str(change.after) if rule == change.before else rule) for item, rule in found}
        elif change.verb == ESCALATE:
            found.add((change.entity_id, str(change.note)))
        else:
            found.discard((change.entity_id, str(change.note)))
    return found


def _in_order(pairs: set[Pair], rules: Sequence[RuleRow]) -> list[Pair]:
    """By rule, removed rules last, then in the order the items were added."""
    order = {rule.name: number for number, rule in enumerate(rules)}
    return sorted(pairs, key=lambda pair: (order.get(pair[1], len(order)), pair[1], pair[0]))


_IS_OPEN = f"item.status in {OPEN_SQL}"
OWNERS = f"""
select item.owner, count(*) as items,
       count(*) filter (where {_IS_OPEN}) as open,
       count(*) filter (where {_IS_OPEN} and item.severity = 'Critical') as critical,
       count(*) filter (where {_IS_OPEN} and item.severity = 'High') as high,
       count(*) filter (where {_IS_OPEN} and item.severity is null) as unrated,
       count(*) filter (where {{escalated}}) as escalated,
       count(*) filter (where {{overdue}}) as overdue,
       min(item.opened_on) filter (where {_IS_OPEN}) as opened_on,
       min(item.created) filter (where {_IS_OPEN} and item.opened_on is null) as created
from item group by item.owner
"""


def owners(reader: Reader) -> tuple[OwnerRow, ...]:
    """Unassigned items first, if there are any, then the owners, those with the most open debt first."""
    flags = flag_conditions(reader)
    (escalated, overdue), parameters = combined(flags[Flag.ESCALATED], flags[Flag.OVERDUE])
    rows = [
        OwnerRow._make((owner, *counts, *_oldest(opened, created, reader.today)))
        for owner, *counts, opened, created in reader.tuples(
            OWNERS.format(escalated=escalated, overdue=overdue), parameters
        )
    ]
    return tuple(sorted(rows, key=lambda row: (row.owner is not None, -row.open, -row.items, row.owner or "")))


def _oldest(opened: str | None, created: str | None, day: date) -> tuple[int | None, bool]:
    """The age of the oldest item in days, from opening dates or else import times; whether it is a lower bound."""
    dates = [values.day(opened)] if opened is not None else []
    dates += [values.timestamp(created).date()] if created is not None else []
    return (max((day - min(dates)).days, 0) if dates else None), created is not None
