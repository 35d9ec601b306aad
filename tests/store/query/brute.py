"""The filter language once more, in plain Python: whether an item meets a query, or that this is unknown."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from store.enums import Effort, SavedKind, Severity, Status, Word
from store.filters.ast import ItemFilter, Pattern
from store.filters.parser import parse
from store.queries import priorities as priority_queries
from store.queries.items import details
from store.queries.lookup import saved_queries
from store.queries.overview import register_row

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlmodel import Session

    from store.filters.ast import Query, Term, Value
    from store.queries.items import ItemDetail
    from store.queries.overview import RegisterRow
    from store.queries.priorities import Priority

Told = bool | None
FAR = datetime(1, 1, 1, tzinfo=UTC)


def any_of(found: Iterable[Told]) -> Told:
    values = list(found)
    return True if True in values else None if None in values else False


def negation(found: Told) -> Told:
    return None if found is None else not found


def all_of(found: Iterable[Told]) -> Told:
    return negation(any_of(negation(one) for one in found))


def compared(left: float | date, operator: str, right: float | date) -> bool:
    return {
        "": left == right,
        "<": left < right,  # type: ignore[operator]
        "<=": left <= right,  # type: ignore[operator]
        ">": left > right,  # type: ignore[operator]
        ">=": left >= right,  # type: ignore[operator]
    }[operator]


@dataclass(frozen=True)
class Register:
    """What a register says, read by the public reads, and what was reviewed."""

    items: tuple[ItemDetail, ...]
    facts: RegisterRow
    first: Mapping[str, Priority]
    rules: tuple[str, ...]
    now: datetime
    reviewed: Mapping[str, datetime]
    review_ended: datetime | None

    @classmethod
    def of(cls, session: Session, now: datetime, reviewed: Mapping[str, datetime], ended: datetime | None) -> Register:
        return cls(
            items=details(session, ItemFilter()),
            facts=register_row(session),
            first={row.key: row for row in priority_queries.priorities(session).items},
            rules=tuple(row.query for row in saved_queries(session, SavedKind.RULE)),
            now=now,
            reviewed=reviewed,
            review_ended=ended,
        )

    def meets(self, item: ItemDetail, query: Query) -> Told:
        return all_of(self._term(item, term) for term in query.terms)

    def _term(self, item: ItemDetail, term: Term) -> Told:
        found = any_of(self._value(item, term.name, value) for value in term.values)
        return negation(found) if term.negated else found

    def _value(self, item: ItemDetail, name: str, value: Value) -> Told:
        match name:
            case "":
                return any(value.text.casefold() in text.casefold() for text in texts(item))
            case "status":
                return item.status is value.parsed
            case "severity":
                return self._compared([*reversed(Severity)], item.severity, value)
            case "category":
                return value.text.casefold() in (item.category.casefold(), item.category_name.casefold())
            case "component":
                return matches_name(item.components, value)
            case "owner":
                return matches_name([item.owner] if item.owner else [], value)
            case "key":
                return matches_name([item.key], value)
            case "effort":
                return self._compared([*Effort], item.effort, value)
            case "share":
                return self._share(item, value)
            case "age" | "opened":
                return self._opened(item, value)
            case "changed":
                return self._moment(item.updated, value)
            case "reviewed":
                last = self.reviewed.get(item.key)
                return last is None if value.parsed is None else self._moment(last or FAR, value)
            case "due":
                return self._due(item, value)
            case "is":
                return self._situation(item, str(value.parsed))
            case "has" | "no":
                found = self._has(item, str(value.parsed))
                return found if name == "has" else not found
            case "followup":
                return self._follow_up(item, str(value.parsed))
            case "signal":
                return matches_name([row.name for row in item.signals], value)
            case "signals":
                assert isinstance(value.parsed, float)
                return compared(len(item.signals), value.operator, value.parsed)
            case "feeds":
                return value.text.casefold() in [other.key.casefold() for other in item.feeds]
            case "fed-by":
                return value.text.casefold() in [other.key.casefold() for other in item.fed_by]
        raise AssertionError(name)

    def share(self, item: ItemDetail) -> float | None:
        if item.affected is None:
            return None
        if item.affected.percent is not None:
            return item.affected.percent
        total = self.facts.project_total
        return None if item.affected.count is None or not total else 100 * item.affected.count / total

    def _share(self, item: ItemDetail, value: Value) -> Told:
        share = self.share(item)
        if not isinstance(value.parsed, float):
            return share is None
        return None if share is None else compared(share, value.operator, value.parsed)

    @staticmethod
    def _compared(rising: Sequence[Word], own: Word | None, value: Value) -> bool:
        if not isinstance(value.parsed, Word):
            return own is None
        return own is not None and compared(rising.index(own), value.operator, rising.index(value.parsed))

    def _opened(self, item: ItemDetail, value: Value) -> Told:
        if isinstance(value.parsed, timedelta):
            days = value.parsed.days
            return self._older(item, lambda age: compared(age, value.operator, days))
        assert isinstance(value.parsed, date)
        ago = (self.now.date() - value.parsed).days
        turned = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "": ""}[value.operator]
        return self._older(item, lambda age: compared(age, turned, ago))

    @staticmethod
    def _older(item: ItemDetail, holds: object) -> Told:
        assert callable(holds)
        if not item.age_at_least:
            return bool(holds(item.age_days))
        # Every age from the least one on; nothing that is asked changes beyond a thousand days.
        found = {bool(holds(age)) for age in range(item.age_days, 1_000)}
        return found.pop() if len(found) == 1 else None

    def _moment(self, moment: datetime, value: Value) -> bool:
        if isinstance(value.parsed, timedelta):
            return compared((self.now - moment) / timedelta(days=1), value.operator, value.parsed.days)
        assert isinstance(value.parsed, date)
        return compared(moment.date(), value.operator, value.parsed)

    def _due(self, item: ItemDetail, value: Value) -> bool:
        if value.parsed is None:
            return item.due_on is None
        if item.due_on is None:
            return False
        if isinstance(value.parsed, timedelta):
            return compared((item.due_on - self.now.date()).days, value.operator, value.parsed.days)
        assert isinstance(value.parsed, date)
        return compared(item.due_on, value.operator, value.parsed)

    def _situation(self, item: ItemDetail, name: str) -> Told:
        today = self.now.date()
        until = item.accepted_until if item.status is Status.ACCEPTED else None
        match name:
            case "open":
                return item.status in (Status.OPEN, Status.IN_PROGRESS)
            case "resolved":
                return item.status in (Status.MITIGATED, Status.ACCEPTED)
            case "root":
                return item.key in self.first and self.first[item.key].is_root
            case "cycle":
                return item.key in self.first and self.first[item.key].in_cycle
            case "ended":
                return until is not None and until < today
            case "ending":
                return until is not None and 0 <= (until - today).days <= 14
            case "firing":
                return _fires(item, today)
            case "contradicted":
                return item.status in (Status.MITIGATED, Status.ACCEPTED) and _fires(item, today)
            case "escalated":
                return any_of(self._breaks(item, parse(rule)) for rule in self.rules)
            case "overdue":
                allowed = dict(self.facts.mitigate_within).get(item.severity) if item.severity else None
                late = item.due_on is not None and item.due_on < today
                old = False if allowed is None else self._older(item, lambda age: age > allowed)
                return all_of([item.status.is_open, any_of([late, old])])
            case "changed-since-review":
                return self.review_ended is None or item.updated > self.review_ended
        raise AssertionError(name)

    def _breaks(self, item: ItemDetail, rule: Query) -> Told:
        """Whether an item meets a rule; of one that names a missing item, that is unknown."""
        named = {value.text for term in rule.terms if term.name in ("feeds", "fed-by") for value in term.values}
        return self.meets(item, rule) if named <= {one.key for one in self.items} else None

    def _has(self, item: ItemDetail, part: str) -> bool:
        found: dict[str, object] = {
            "note": item.status_note,
            "owner": item.owner,
            "plan": item.mitigation_plan,
            "due": item.due_on,
            "severity": item.severity,
            "effort": item.effort,
            "share": self.share(item) is not None,
            "title": item.title,
            "components": item.components,
            "comment": item.comments,
            "acceptance": item.accepted_by or item.accepted_until,
            "followup": any(row.is_open for row in item.follow_ups),
        }
        return bool(found[part])

    def _follow_up(self, item: ItemDetail, state: str) -> bool:
        if state == "overdue":
            today = self.now.date()
            return any(row.is_open and row.due_on is not None and row.due_on < today for row in item.follow_ups)
        return any(row.state.value == state for row in item.follow_ups)

    def ordered(self, query: Query) -> list[str]:
        """The keys of the items that meet a query, in its order."""
        met = [item for item in self.items if self.meets(item, query) is True]
        if query.sort is None:
            return [item.key for item in met]
        if query.sort.name == "document":
            return [item.key for item in (met[::-1] if query.sort.reverse else met)]
        values = {item.key: self._sorted_by(item, query.sort.name) for item in met}
        known = [item.key for item in met if values[item.key] is not None]
        known.sort(key=lambda key: values[key], reverse=query.sort.reverse)  # type: ignore[arg-type,return-value]
        return known + [item.key for item in met if values[item.key] is None]

    def _sorted_by(self, item: ItemDetail, name: str) -> object:
        share = self.share(item)
        found: dict[str, object] = {
            "score": self.first[item.key].rank if item.key in self.first else None,
            "severity": None if item.severity is None else list(Severity).index(item.severity),
            "status": list(Status).index(item.status),
            "effort": None if item.effort is None else list(Effort).index(item.effort),
            "age": item.opened_on or item.created.date(),
            "changed": -item.updated.timestamp(),
            "reviewed": self.reviewed.get(item.key, FAR),
            "due": item.due_on,
            "share": None if share is None else -share,
            "owner": None if item.owner is None else item.owner.casefold(),
            "category": item.category.casefold(),
            "key": item.key.casefold(),
            "title": (item.title or item.description).casefold(),
        }
        return found[name]


def texts(item: ItemDetail) -> list[str]:
    """The texts that words are looked for in."""
    found = [item.key, item.title, item.description, item.status_note, item.mitigation_plan, item.owner]
    found += [item.accepted_by, item.links, item.affected.text if item.affected else None]
    found.append(item.severity and item.severity.value)
    found.append(item.status.value)
    return [text for text in (*found, *item.components) if text]


def matches_name(names: Iterable[str], value: Value) -> bool:
    there = [name.casefold() for name in names]
    if value.parsed is None:
        return not there
    if isinstance(value.parsed, Pattern):
        wanted = ".*".join(map(re.escape, value.parsed.text.casefold().split("*")))
        return any(re.fullmatch(wanted, name, re.DOTALL) for name in there)
    return value.text.casefold() in there


def midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)


def _fires(item: ItemDetail, today: date) -> bool:
    unmuted = [row for row in item.signals if row.muted_until is None or row.muted_until < today]
    return any(row.state.value == "firing" for row in unmuted)
