"""The policy of a register: rules, acceptances with an end, days to mitigate, and owners."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal

from sqlalchemy import case, func
from sqlalchemy import select as columns
from sqlmodel import col, select

from store.audit.log import CLEAR, ESCALATE
from store.audit.unit_of_work import undone
from store.clock import today
from store.db.reader import reader_of
from store.enums import SavedKind, Severity, Status
from store.fields import ENDING_DAYS, accept_days
from store.filters.parser import parse
from store.filters.sql import condition
from store.models import Category, Change, Item, RegisterFacts
from store.queries.flags import Conditions, flagged
from store.queries.items import LEAD
from store.queries.lookup import chunks
from store.queries.saved_queries import saved
from store.text import lead_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement

    from store.db.database import Database
    from store.db.reader import Reader
    from store.enums import Flag

    Pair = tuple[int, str]


BUILTIN = {"Overdue": "is:overdue", "Acceptance ended": "is:ended"}
"""Their queries by name."""


AcceptedState = Literal["none", "ending", "ended"]


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A rule: the keys of the items that break it, and of those of which one cannot tell, in document order.

    `builtin`: it comes with the program. `problem` says why a rule finds nothing that is not understood; or empty.
    """

    name: str
    query: str
    broken: tuple[str, ...] = ()
    untold: tuple[str, ...] = ()
    builtin: bool = False
    problem: str = ""


@dataclass(frozen=True, slots=True)
class FoundRow:
    """An item that a rule found, as lists show it."""

    key: str
    lead: str
    severity: Severity
    status: Status
    owner: str | None
    flags: frozenset[Flag] = frozenset()


@dataclass(frozen=True, slots=True)
class CheckRows:
    """What all rules found; `items` by key. `recorded` and `cleared` are pairs of key and rule new to the trail."""

    rules: tuple[RuleRow, ...]
    items: dict[str, FoundRow]
    recorded: tuple[tuple[str, str], ...] = ()
    cleared: tuple[tuple[str, str], ...] = ()

    @property
    def is_broken(self) -> bool:
        """Whether any rule is broken or not understood; one of which one cannot tell is not broken."""
        return any(rule.broken or rule.problem for rule in self.rules)


@dataclass(frozen=True, slots=True)
class AcceptedRow:
    """An accepted item: by whom, why, since when (UTC), until which day at most.

    `state`: "ended" from the day after `until` on, "ending" in the last 14 days, else "none". `days` are those left,
    below zero where it ended; None without an end.
    """

    key: str
    lead: str
    severity: Severity
    category: str
    by: str | None
    why: str | None
    since: datetime
    until: date | None
    state: AcceptedState
    days: int | None


@dataclass(frozen=True, slots=True)
class OwnerRow:
    """An owner, None for nobody, with their items: all, unresolved, of these High, escalated and overdue.

    `oldest_days` is the age of the oldest unresolved one, at least so much where `oldest_at_least`.
    """

    owner: str | None
    items: int
    open: int
    high: int
    escalated: int
    overdue: int
    oldest_days: int | None
    oldest_at_least: bool


def rules(session: Reader) -> tuple[RuleRow, ...]:
    """The rules in order, each with the items that break it and those of which one cannot tell."""
    asked = Conditions.of(session)
    met = {row.name: met for row, met in asked.rules}
    return tuple(
        _found(session, RuleRow(row.name, row.query), met[row.name])
        if row.name in met
        else RuleRow(row.name, row.query, problem=asked.problems[row.name])
        for row in saved(session, SavedKind.RULE)
    )


def all_rules(session: Reader) -> tuple[RuleRow, ...]:
    """The rules of the register, then those that come with the program."""
    own = (
        _found(session, RuleRow(name, query, builtin=True), condition(session, parse(query)))
        for name, query in BUILTIN.items()
    )
    return (*rules(session), *own)


def _found(session: Reader, row: RuleRow, met: ColumnElement[bool]) -> RuleRow:
    query = (
        columns(col(Item.key), met.label("met"))
        .join(Category, col(Category.id) == col(Item.category_id))
        .where(met.is_(None) | met)
        .order_by(col(Category.position), col(Category.id), col(Item.position), col(Item.id))
    )
    told = session.execute(query).all()
    return RuleRow(
        row.name,
        row.query,
        broken=tuple(key for key, is_so in told if is_so is not None),
        untold=tuple(key for key, is_so in told if is_so is None),
        builtin=row.builtin,
    )


def escalated(session: Reader) -> dict[str, tuple[str, ...]]:
    """The items that break a rule, by key, each with the names of its rules: those of the first rule first."""
    found: dict[str, list[str]] = {}
    for rule in rules(session):
        for key in rule.broken:
            found.setdefault(key, []).append(rule.name)
    return {key: tuple(names) for key, names in found.items()}


def days_of(facts: RegisterFacts | None) -> dict[Severity, int]:
    """The days that debt of each severity is accepted for in a register."""
    said = (facts.accept_for if facts is not None else None) or {}
    return accept_days((Severity(name), days) for name, days in said.items())


def proposed_end(days: Mapping[Severity, int], severity: Severity, today: date) -> date:
    """Until when debt of a severity is accepted where nobody says; the last day there is where that is beyond."""
    try:
        return today + timedelta(days=days[severity])
    except OverflowError:
        return date.max


def proposed_ends(session: Reader) -> dict[Severity, date]:
    """Until when debt of each severity is accepted today where nobody says."""
    day, days = today(session), days_of(session.get(RegisterFacts, 1))
    return {severity: proposed_end(days, severity, day) for severity in Severity}


def state_of_end(until: date | None, day: date) -> AcceptedState:
    """How an acceptance until a day stands on another: it ends after its last day."""
    if until is None or (until - day).days > ENDING_DAYS:
        return "none"
    return "ended" if until < day else "ending"


def accepted(session: Reader) -> tuple[AcceptedRow, ...]:
    """Every accepted item: ended acceptances first, then those that end next, then those without an end."""
    day = today(session)
    query = (
        columns(
            col(Item.id),
            col(Item.key),
            *LEAD,
            col(Item.severity),
            col(Category.code),
            col(Item.accepted_by),
            col(Item.status_note),
            col(Item.accepted_until),
            col(Item.created),
        )
        .join(Category, col(Category.id) == col(Item.category_id))
        .where(col(Item.status) == Status.ACCEPTED)
        .order_by(col(Category.position), col(Category.id), col(Item.position), col(Item.id))
    )
    found = session.execute(query).all()
    since = _since(session, [row[0] for row in found])
    rows = [
        AcceptedRow(
            key=key,
            lead=lead_of(title, text),
            severity=severity,
            category=category,
            by=by,
            why=why,
            since=since.get(item, created),
            until=until,
            state=state_of_end(until, day),
            days=None if until is None else (until - day).days,
        )
        for item, key, title, text, severity, category, by, why, until, created in found
    ]
    return tuple(sorted(rows, key=lambda row: (row.days is None, row.days)))


def _since(session: Reader, ids: Sequence[int]) -> dict[int, datetime]:
    """When each item was accepted last, of those that were not made accepted; what was taken back does not count."""
    found: dict[int, datetime] = {}
    for chunk in chunks(ids):
        set_ = columns(col(Change.entity_id), col(Change.time), col(Change.after)).where(
            col(Change.entity) == "item",
            col(Change.entity_id).in_(chunk),
            col(Change.field) == "status",
            col(Change.verb) != "undo",
            col(Change.batch).not_in(undone()),
        )
        for item, time, status in session.execute(set_.order_by(col(Change.sequence))):
            if status == Status.ACCEPTED.value:
                found[item] = time
    return found


ACTOR = "policy"
"""Who the trail says escalates: nobody in person."""


def check(db: Database, *, record: bool = False) -> CheckRows:
    """What breaks the rules now, and of what one cannot tell.

    With `record`, what is newly broken goes into the trail as `escalate`, once for each item and rule until it is
    found whole again, which goes in as `clear`: all in one batch, and nothing where nothing is new. What one cannot
    tell neither escalates nor clears.
    """
    if not record:
        with db.read() as session:
            return _checked(session)
    with db.write(ESCALATE) as writer:
        writer.actor = ACTOR
        session = writer.session
        found = _checked(reader_of(session))
        ids = dict(session.exec(select(Item.key, Item.id)).all())
        keys = {item or 0: key for key, item in ids.items()}
        standing = _standing(reader_of(session), keys)
        broken = {(ids[key] or 0, rule.name) for rule in found.rules for key in rule.broken}
        untold = {(ids[key] or 0, rule.name) for rule in found.rules for key in rule.untold}
        fresh, whole = _in_order(broken - standing, found.rules), _in_order(standing - broken - untold, found.rules)
        for verb, pairs in ((ESCALATE, fresh), (CLEAR, whole)):
            writer.verb = verb
            for item, rule in pairs:
                writer.record("item", item, keys[item], None, None, None, note=rule)
    return CheckRows(
        found.rules,
        found.items,
        recorded=tuple((keys[item], rule) for item, rule in fresh),
        cleared=tuple((keys[item], rule) for item, rule in whole),
    )


def _checked(session: Reader) -> CheckRows:
    rules = all_rules(session)
    listed = list(dict.fromkeys(key for rule in rules for key in (*rule.broken, *rule.untold)))
    return CheckRows(rules, _items(session, listed))


def _items(session: Reader, keys: Sequence[str]) -> dict[str, FoundRow]:
    """Some items as lists show them, by key."""
    found: dict[str, FoundRow] = {}
    shown = (col(Item.id), col(Item.key), *LEAD, col(Item.severity), col(Item.status), col(Item.owner))
    for chunk in chunks(keys):
        flags = flagged(session, col(Item.key).in_(chunk))
        for item, key, title, text, severity, status, owner in session.execute(
            columns(*shown).where(col(Item.key).in_(chunk))
        ):
            found[key] = FoundRow(key, lead_of(title, text), severity, status, owner, flags.get(item, frozenset()))
    return {key: found[key] for key in keys}


def _standing(session: Reader, there: Iterable[int]) -> set[Pair]:
    """The items that are there, with the rules that the trail says they break; a rule's new name is taken for it."""
    told = columns(col(Change.entity), col(Change.entity_id), col(Change.verb), col(Change.note))
    names = (col(Change.before), col(Change.after))
    said = col(Change.verb).in_((ESCALATE, CLEAR))
    renamed = (col(Change.entity) == SavedKind.RULE.value) & (col(Change.field) == "name")
    found: set[Pair] = set()
    for entity, item, verb, note, before, new in session.execute(
        told.add_columns(*names).where(said | renamed).order_by(col(Change.sequence))
    ):
        if entity == SavedKind.RULE.value:
            found = {(each, str(new) if rule == before else rule) for each, rule in found}
        elif verb == ESCALATE:
            found.add((item, str(note)))
        else:
            found.discard((item, str(note)))
    alive = set(there)
    return {pair for pair in found if pair[0] in alive}


def _in_order(pairs: set[Pair], rules: Sequence[RuleRow]) -> list[Pair]:
    """By rule, the rules that are no more last, then in the order the items were made."""
    place = {rule.name: number for number, rule in enumerate(rules)}
    return sorted(pairs, key=lambda pair: (place.get(pair[1], len(place)), pair[1], pair[0]))


_UNRESOLVED = col(Item.status).in_([status for status in Status if status.is_open])


def owners(session: Reader) -> tuple[OwnerRow, ...]:
    """Nobody first, where anything is without an owner, then every owner, who has most open debt first."""
    asked = Conditions.of(session)
    overdue = asked.own[0]
    unknown = _UNRESOLVED & col(Item.opened_on).is_(None)
    query = columns(
        col(Item.owner),
        func.count(),
        _number(_UNRESOLVED),
        _number(_UNRESOLVED & (col(Item.severity) == Severity.HIGH)),
        _number(asked.escalated),
        _number(overdue),
        func.min(case((_UNRESOLVED, col(Item.opened_on)))),
        func.min(case((unknown, col(Item.created)))),
    ).group_by(col(Item.owner))
    day = today(session)
    rows = [
        OwnerRow(owner, items, open_, high, broken, late, *_oldest(opened, came, day))
        for owner, items, open_, high, broken, late, opened, came in session.execute(query)
    ]
    return tuple(sorted(rows, key=lambda row: (row.owner is not None, -row.open, -row.items, row.owner or "")))


def _number(met: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((met, 1), else_=0)), 0)


def _oldest(opened: date | None, came: datetime | None, day: date) -> tuple[int | None, bool]:
    """The age of the oldest of some items: the earliest known opening, and when the first of the others came in."""
    known = [begun for begun in (opened, came.date() if came is not None else None) if begun is not None]
    return (max((day - min(known)).days, 0) if known else None), came is not None
