"""What can be asked of an item, as conditions of SQL: its situation, its dates, and what of it is filled in."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, NamedTuple

from store.audit.log import UNDONE_BATCHES, stored_time
from store.enums import Severity, Status
from store.fields import ENDING_DAYS
from store.filters.ast import Operator, RelativeDate, Value
from store.filters.expressions import TRUE, Condition, all_of, any_of
from store.formats.dates import Direction, parse_date

if TYPE_CHECKING:
    from store.db.reader import Reader
    from store.queries.rows import BigInteger, DaysBySeverity

OPEN = tuple(status.value for status in Status if status.is_open)
"""The statuses of what is unresolved, as they are stored."""
OPEN_SQL = "('" + "', '".join(OPEN) + "')"
"""The same as a list of SQL."""


class Policy(NamedTuple):
    """What a register says that decides about its items: how many projects there are, and days by severity."""

    project_total: BigInteger | None = None
    mitigate_within: DaysBySeverity | None = None


POLICY = "SELECT project_total, mitigate_within FROM register WHERE id = 1"


def policy(reader: Reader) -> Policy:
    """What the register says; nothing where it says nothing yet."""
    return reader.first(POLICY, row=Policy) or Policy()


def unresolved() -> Condition:
    """Open or In Progress."""
    return Condition(f"item.status IN {OPEN_SQL}")


def overdue(policy: Policy, today: date) -> Condition:
    """Unresolved and past its due date, or there for longer than its severity may; NULL where one cannot tell."""
    days = policy.mitigate_within or {}
    late = [Condition("item.due_on IS NOT NULL AND item.due_on < :p0", (today.isoformat(),))]
    late += [
        Condition("item.severity = :p0", (severity.value,)) & older(days[severity.value], today)
        for severity in Severity
        if severity.value in days
    ]
    return unresolved() & any_of(late)


def ended(today: date) -> Condition:
    """Accepted until a day that is past."""
    return Condition(
        "item.status = :p0 AND item.accepted_until IS NOT NULL AND item.accepted_until < :p1",
        (Status.ACCEPTED.value, today.isoformat()),
    )


def ending(today: date) -> Condition:
    """Accepted until a day that is near."""
    return Condition(
        "item.status = :p0 AND item.accepted_until IS NOT NULL AND item.accepted_until >= :p1"
        " AND item.accepted_until <= :p2",
        (Status.ACCEPTED.value, today.isoformat(), (today + timedelta(days=ENDING_DAYS)).isoformat()),
    )


_FED = f"""item.id NOT IN (
    SELECT dependency.target_id FROM dependency JOIN item AS source ON source.id = dependency.source_id
    WHERE source.status IN {OPEN_SQL} AND dependency.source_id != dependency.target_id
)"""


def root() -> Condition:
    """Unresolved, and fed by no other unresolved item."""
    return unresolved() & Condition(_FED)


def among(ids: str) -> Condition:
    """One of some row ids, given as the text of a JSON array."""
    return Condition("item.id IN (SELECT value FROM json_each(:p0))", (ids,))


def changed_since_review(reader: Reader) -> Condition:
    """Changed after the newest review that has ended; everything before there was one."""
    last = reader.value("SELECT max(ended) FROM review")
    return TRUE if last is None else Condition("item.updated > :p0", (last,))


def filled(part: str, policy: Policy) -> Condition:
    """Whether a part of an item is filled in."""
    match part:
        case "share":
            return ~share(policy).is_unknown
        case "components":
            return Condition("item.id IN (SELECT item_component.item_id FROM item_component)")
        case "comment":
            return Condition(
                "item.id IN (SELECT change.entity_id FROM change WHERE change.entity = 'item'"
                f" AND change.verb = 'comment' AND change.batch NOT IN ({UNDONE_BATCHES}))"
            )
        case "followup":
            return _followed(_IS_OPEN)
        case "acceptance":
            return Condition("item.accepted_by IS NOT NULL OR item.accepted_until IS NOT NULL")
        case _:
            return Condition(f"item.{_COLUMNS[part]} IS NOT NULL")


_COLUMNS = {
    "note": "status_note",
    "owner": "owner",
    "plan": "mitigation_plan",
    "due": "due_on",
    "effort": "effort",
    "title": "title",
}


def share(policy: Policy) -> Condition:
    """The percentage of projects that an item affects; NULL where the register does not say."""
    percent = "CAST(item.affected_percent AS FLOAT)"
    if not policy.project_total:
        return Condition(percent)
    return Condition(f"coalesce({percent}, 100.0 * item.affected_count / :p0)", (float(policy.project_total),))


def share_compared(operator: Operator, bound: float, policy: Policy) -> Condition:
    """How the share of projects compares with a percentage."""
    counted = share(policy)
    return Condition(f"{counted.sql} {comparison(operator)} :p{len(counted.values)}", (*counted.values, bound))


_IS_OPEN = Condition("follow_up.resolution IS NULL")


def follow_up(state: str, today: date) -> Condition:
    """Whether an item has a follow-up in a state, or one that is overdue."""
    if state == "open":
        return _followed(_IS_OPEN)
    if state == "overdue":
        return _followed(Condition(f"{_IS_OPEN.sql} AND follow_up.due_on < :p0", (today.isoformat(),)))
    return _followed(Condition("follow_up.resolution = :p0", (state,)))


def _followed(met: Condition) -> Condition:
    """Whether an item has a follow-up that meets a condition."""
    return Condition(f"item.id IN (SELECT follow_up.item_id FROM follow_up WHERE {met.sql})", met.values)


AGO = {
    Operator.BELOW: Operator.ABOVE,
    Operator.AT_MOST: Operator.AT_LEAST,
    Operator.ABOVE: Operator.BELOW,
    Operator.AT_LEAST: Operator.AT_MOST,
}
"""Less than so long ago is later than that."""


def due(value: Value, today: date) -> Condition:
    """When an item is due; what has no date is due never."""
    if value.meant is None:
        return Condition("item.due_on IS NULL")
    bound = today + value.meant if isinstance(value.meant, timedelta) else _date(value, today, Direction.AHEAD)
    return Condition(f"item.due_on IS NOT NULL AND item.due_on {comparison(value.operator)} :p0", (bound.isoformat(),))


def opened(value: Value, today: date) -> Condition:
    """When an item was opened; where the document does not say, no later than its import, which may not settle it."""
    if isinstance(value.meant, timedelta):
        return _opened(AGO[value.operator], today - value.meant, today)
    return _opened(value.operator, _date(value, today, Direction.BACK), today)


def older(days: int, today: date) -> Condition:
    """Whether an item has been there for more than so many days."""
    return _opened(Operator.BELOW, today - timedelta(days=days), today)


def changed(value: Value, now: datetime) -> Condition:
    """When an item was changed last."""
    return all_of(
        Condition(f"item.updated {comparison(operator)} :p0", (stored_time(bound),))
        for operator, bound in _instants(value, now)
    )


def reviewed(value: Value, now: datetime) -> Condition:
    """When an item was gone through last in a review; never is before any time."""
    if value.meant is None:
        return Condition("item.id NOT IN (SELECT decision.item_id FROM decision)")
    return all_of(_reviewed(operator, bound) for operator, bound in _instants(value, now))


def _reviewed(operator: Operator, bound: datetime) -> Condition:
    # The newest decision is before a time where none is after it.
    how, compared = {
        Operator.ABOVE: ("IN", ">"),
        Operator.AT_LEAST: ("IN", ">="),
        Operator.BELOW: ("NOT IN", ">="),
        Operator.AT_MOST: ("NOT IN", ">"),
    }[operator]
    return Condition(
        f"item.id {how} (SELECT decision.item_id FROM decision WHERE decision.time {compared} :p0)",
        (stored_time(bound),),
    )


_GUESSED = {
    Operator.BELOW: ("<", "TRUE"),
    Operator.AT_MOST: ("<=", "TRUE"),
    Operator.ABOVE: ("<=", "FALSE"),
    Operator.AT_LEAST: ("<", "FALSE"),
    Operator.IS: ("<", "FALSE"),
}
"""What is known of an opening that is no later than the import: how that compares with the bound, and what follows."""


def _opened(operator: Operator, bound: date, today: date) -> Condition:
    compared, follows = _GUESSED[operator]
    day = _ends(bound) if compared == "<=" else _begins(bound)
    # What is said to be opened in the future is opened today.
    return Condition(
        "CASE WHEN item.opened_on IS NOT NULL THEN"
        f" CASE WHEN item.opened_on > :p0 THEN :p0 ELSE item.opened_on END {comparison(operator)} :p1"
        f" WHEN item.created {compared} :p2 THEN {follows} ELSE NULL END",
        (today.isoformat(), bound.isoformat(), stored_time(day)),
    )


def comparison(operator: Operator) -> str:
    """An operator of the filter language as one of SQL."""
    return operator.value or "="


def _instants(value: Value, now: datetime) -> list[tuple[Operator, datetime]]:
    """What a moment must meet: to be so far before now, or on, before or after a day in UTC."""
    if isinstance(value.meant, timedelta):
        return [(AGO[value.operator], now - value.meant)]
    day = _date(value, now.date(), Direction.BACK)
    match value.operator:
        case Operator.ABOVE | Operator.AT_MOST:
            return [(value.operator, _ends(day))]
        case Operator.BELOW | Operator.AT_LEAST:
            return [(value.operator, _begins(day))]
        case Operator.IS:
            return [(Operator.AT_LEAST, _begins(day)), (Operator.AT_MOST, _ends(day))]


def _date(value: Value, today: date, direction: Direction) -> date:
    if isinstance(value.meant, RelativeDate):
        return parse_date(value.meant.text, "date", today, direction)
    assert isinstance(value.meant, date)
    return value.meant


def _begins(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)


def _ends(day: date) -> datetime:
    return datetime.combine(day, time.max, UTC)
