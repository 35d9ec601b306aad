"""The queue of a review: which items, in which order, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from store.enums import Severity, Status
from store.filters.ordering import positions
from store.filters.parser import parse
from store.filters.sql import QueryCache, condition
from store.policy import escalated
from store.text import few, in_a_row, plural

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from store.db.reader import Reader
    from store.filters.ast import Query
    from store.filters.sql import Condition

    _Place = tuple[int, float, float, int]


SKIP_DAYS = 14
"""How many days an item that was gone through is left out, unless something else is asked for."""


QueueEntry = list[int | str]
"""An item's id, its key and why it is there, as a review keeps them."""


_TO_DO, _ENDED, _ESCALATED, _UNRESOLVED, _REST = range(5)


@dataclass(frozen=True, slots=True)
class _Candidate:
    """An item that may be reviewed; `number` is its place in the document, `reviewed` when it was reviewed last.

    It has `to_do` open follow-ups, the next of which is due on `due` where any has a date.
    """

    number: int
    id: int
    key: str
    severity: Severity
    status: Status
    until: date | None
    reviewed: datetime | None
    to_do: int
    due: date | None

    def ended(self, today: date) -> bool:
        """Whether it was accepted until a day before today."""
        return self.status is Status.ACCEPTED and self.until is not None and self.until < today


def queue(reader: Reader, query: Query, *, skip_days: int, moment: datetime) -> list[QueueEntry]:
    """What a query finds and nobody went through within so many days, with the reason of each.

    Items with open follow-ups come first: the longest overdue, then the next due, then those without a date. Then
    acceptances that ended, the longest ended first; then what is escalated and what is unresolved, each by score, the
    oldest review first; then the rest, the oldest review first. A query that says an order gives it. An item with an
    open follow-up is not skipped, nor is an acceptance that has ended since its review.
    """
    met = condition(reader, query)
    since = moment - timedelta(days=skip_days) if skip_days else None
    left = [one for one in _candidates(reader, met) if not _skipped(one, since, moment.date())]
    cache = QueryCache()
    order = _Order(moment.date(), escalated(reader), cache.graph(reader).scores)
    left.sort(key=order.place)
    if query.sort is not None:
        asked = {item: at for at, (_, _, item) in enumerate(positions(reader, query.sort, met, cache))}
        left.sort(key=lambda one: asked[one.id])
    return [[one.id, one.key, order.reason(one)] for one in left]


def planned(reader: Reader, *, query: str | None, skip_days: int) -> int:
    """How many items a review that began now would go through. Raises QueryError."""
    now = reader.now
    since = now - timedelta(days=skip_days) if skip_days else None
    met = condition(reader, parse(query or ""))
    return sum(not _skipped(one, since, now.date()) for one in _candidates(reader, met))


@dataclass(frozen=True, slots=True)
class _Order:
    """What comes first on a day, and why: by the rules that items break, by key, and by their scores, by id."""

    today: date
    broken: Mapping[str, tuple[str, ...]]
    scores: Mapping[int, float]

    def group(self, one: _Candidate) -> int:
        return _TO_DO if one.to_do else self._standing(one)

    def _standing(self, one: _Candidate) -> int:
        """The group of an item, whatever there is to do about it."""
        if one.ended(self.today):
            return _ENDED
        if one.key in self.broken:
            return _ESCALATED
        return _UNRESOLVED if one.status.is_open else _REST

    def place(self, one: _Candidate) -> _Place:
        group = self.group(one)
        if group == _TO_DO:
            return group, one.due.toordinal() if one.due else float("inf"), 0, one.number
        if group == _ENDED and one.until is not None:
            return group, one.until.toordinal(), 0, one.number
        reviewed = one.reviewed.timestamp() if one.reviewed else float("-inf")
        return group, -self.scores.get(one.id, 0), reviewed, one.number

    def reason(self, one: _Candidate) -> str:
        standing = self._reason(one)
        return f"{self._to_do(one)}; {standing}" if one.to_do else standing

    def _to_do(self, one: _Candidate) -> str:
        """`follow-up overdue by 5 days`, `2 open follow-ups, the next due 2026-12-01`."""
        late = (self.today - one.due).days if one.due else 0
        named = plural(one.to_do, "open follow-up", f"{one.to_do} open follow-ups")
        if late > 0:
            days = f"overdue by {late} {plural(late, 'day')}"
            return f"follow-up {days}" if one.to_do == 1 else f"{named}, {days}"
        if one.due is None:
            return named
        return f"{named}, {'' if one.to_do == 1 else 'the next '}due {one.due}"

    def _reason(self, one: _Candidate) -> str:
        group = self._standing(one)
        if group == _ENDED and one.until is not None:
            days = (self.today - one.until).days
            return f"acceptance ended {one.until}, {days} {plural(days, 'day')} ago"
        if group == _ESCALATED:
            rules = self.broken[one.key]
            return f"escalated: {in_a_row(few(rules, len(rules)))}"
        reviewed = f"last reviewed {one.reviewed.date()}" if one.reviewed else "never reviewed"
        if group == _UNRESOLVED:
            points = f"{self.scores[one.id]:.2f}".rstrip("0").rstrip(".")
            return f"score {points}, {reviewed}"
        return f"{one.status.value.lower()}, {reviewed}"


def _skipped(one: _Candidate, since: datetime | None, today: date) -> bool:
    """Whether an item was reviewed lately and nothing is to do about it."""
    if one.to_do or since is None or one.reviewed is None or one.reviewed < since:
        return False
    return not (one.ended(today) and one.until is not None and one.reviewed.date() <= one.until)


class _Found(NamedTuple):
    id: int
    key: str
    severity: Severity
    status: Status
    accepted_until: date | None


class _Reviewed(NamedTuple):
    item_id: int
    time: datetime


class _ToDo(NamedTuple):
    item_id: int
    number: int
    due_on: date | None


REVIEWED = "SELECT item_id, max(time) AS time FROM decision GROUP BY item_id"


TO_DO = """
SELECT item_id, count(*) AS number, min(due_on) AS due_on FROM follow_up WHERE resolution IS NULL GROUP BY item_id
"""


FOUND = """
SELECT item.id, item.key, item.severity, item.status, item.accepted_until
FROM item JOIN category ON category.id = item.category_id WHERE {met}
ORDER BY category.position, category.id, item.position, item.id
"""


def _candidates(reader: Reader, met: Condition) -> list[_Candidate]:
    """The items that meet a condition, in document order."""
    reviewed = {one.item_id: one.time for one in reader.each(REVIEWED, row=_Reviewed)}
    to_do = {one.item_id: (one.number, one.due_on) for one in reader.each(TO_DO, row=_ToDo)}
    found = reader.each(FOUND.format(met=met.sql), met.parameters, row=_Found)
    return [
        _Candidate(
            number,
            item.id,
            item.key,
            item.severity,
            item.status,
            item.accepted_until,
            reviewed.get(item.id),
            *to_do.get(item.id, (0, None)),
        )
        for number, item in enumerate(found)
    ]
