"""The queue of a review: which items, in which order, and why."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from store.enums import UNRATED, Status
from store.filters.ordering import positions
from store.filters.parser import parse
from store.filters.sql import QueryCache, condition
from store.policy import escalated
from store.queries.signals import contradiction, contradictions
from store.text import days, join_few, plural

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from store.db.reader import Reader
    from store.enums import Severity
    from store.filters.ast import Query
    from store.filters.sql import Condition
    from store.queries.signals import SignalRow

    Firing = Mapping[int, Sequence[SignalRow]]
    """The firing signals of the items that they contradict, by item id."""

    QueueEntry = list[int | str]
    """An item's id, its key and why it is in the queue, as a review stores them."""


class ReviewDecision(NamedTuple):
    """The open review in which a change decides its item, and the seconds that this took."""

    review: int
    seconds: int = 0


SKIP_DAYS = 14
"""How many days a reviewed item is skipped by default."""
_CONTRADICTED, _UNRATED, _FOLLOW_UPS, _ENDED, _ESCALATED, _UNRESOLVED, _OTHER = range(7)


def default_title(moment: datetime) -> str:
    """The title of a review that starts then, unless it is given another one."""
    return f"Retrospective {moment.astimezone(UTC).date()}"


class _Candidate(NamedTuple):
    """An item that may be reviewed; `until` is the end of its acceptance, `reviewed` the time of its last review.

    It has `follow_ups` open follow-ups, the next of which is due on `due` where any has a date.
    """

    id: int
    key: str
    severity: Severity | None
    status: Status
    until: date | None
    reviewed: datetime | None
    follow_ups: int
    due: date | None

    def days_since_end(self, today: date) -> int:
        """The days since its acceptance ended, 0 where that has not."""
        return max((today - self.until).days, 0) if self.status is Status.ACCEPTED and self.until is not None else 0


def queue(reader: Reader, query: Query, *, skip_days: int, moment: datetime) -> list[QueueEntry]:
    """The items that match a query and were not reviewed within `skip_days`, with the reason of each.

    Items that firing signals contradict come first, the longest firing first. Then unrated items that are unresolved,
    by score, the oldest review first: they have to be rated. Then items with open follow-ups: the longest overdue, then
    the next due, then those without a date. Then acceptances that ended, the longest ended first; then what is
    escalated and what is unresolved, each by score, the oldest review first; then the rest, the oldest review first. A
    query with an order decides it instead. Not skipped are items with an open follow-up, and those whose acceptance
    has ended, or that a signal has contradicted, since their review.
    """
    where, cache = condition(reader, query), QueryCache()
    # In document order, which sorting keeps among equals.
    firing = contradictions(reader)
    found = _candidates(reader, where, firing, skip_days=skip_days, moment=moment)
    broken, scores = escalated(reader), cache.graph(reader).values
    ranked = {one.id: _ranked(one, moment.date(), broken, scores, firing.get(one.id, ())) for one in found}
    found.sort(key=lambda one: ranked[one.id][0])
    if query.sort is not None:
        order = {item: index for index, (_, _, item) in enumerate(positions(reader, query.sort, where, cache))}
        found.sort(key=lambda one: order[one.id])
    return [[one.id, one.key, ranked[one.id][1]] for one in found]


def planned(reader: Reader, *, query: str | None, skip_days: int) -> int:
    """How many items a review that starts now would have. Raises QueryError."""
    where = condition(reader, parse(query or ""))
    return len(_candidates(reader, where, contradictions(reader), skip_days=skip_days, moment=reader.now))


CANDIDATES = """
select item.id, item.key, item.severity, item.status, item.accepted_until as until,
       (select max(time) from decision where decision.item_id = item.id) as reviewed,
       (select count(*) from follow_up where follow_up.item_id = item.id and resolution is null) as follow_ups,
       (select min(due_on) from follow_up where follow_up.item_id = item.id and resolution is null) as due
from item join category on category.id = item.category_id where {where}
order by category.position, category.id, item.position, item.id
"""


def _candidates(
    reader: Reader, where: Condition, firing: Firing, *, skip_days: int, moment: datetime
) -> list[_Candidate]:
    """The items that meet a condition and are not skipped, in document order."""
    since = moment - timedelta(days=skip_days) if skip_days else None
    found = reader.each(CANDIDATES.format(where=where.sql), where.parameters, row=_Candidate)
    return [one for one in found if not _is_skipped(one, since, moment.date(), firing.get(one.id, ()))]


def _is_skipped(one: _Candidate, since: datetime | None, today: date, firing: Sequence[SignalRow]) -> bool:
    """Whether an item was reviewed recently and needs no attention."""
    if one.follow_ups or since is None or one.reviewed is None or one.reviewed < since:
        return False
    if any(row.starts > one.reviewed for row in firing):
        return False
    ended = one.days_since_end(today)
    return not ended or (today - one.reviewed.date()).days < ended


def _ranked(
    one: _Candidate,
    today: date,
    broken: Mapping[str, tuple[str, ...]],
    scores: Mapping[int, float],
    firing: Sequence[SignalRow],
) -> tuple[tuple[float, ...], str]:
    """What an item is sorted by, and why it is in the queue."""
    reviewed = f"last reviewed {one.reviewed.date()}" if one.reviewed else "never reviewed"
    by_score = -scores.get(one.id, 0), one.reviewed.timestamp() if one.reviewed else float("-inf")
    rank: tuple[float, ...]
    if ended := one.days_since_end(today):
        rank, reason = (_ENDED, -ended), f"acceptance ended {one.until}, {ended} {plural(ended, 'day')} ago"
    elif one.key in broken:
        rank, reason = (_ESCALATED, *by_score), f"escalated: {join_few(broken[one.key])}"
    elif one.status.is_open:
        points = f"{scores[one.id]:.2f}".rstrip("0").rstrip(".")
        rank, reason = (_UNRESOLVED, *by_score), f"score {points}, {reviewed}"
    else:
        rank, reason = (_OTHER, *by_score), f"{one.status.value.lower()}, {reviewed}"
    if one.follow_ups:
        rank = _FOLLOW_UPS, one.due.toordinal() if one.due else float("inf")
        reason = f"{_follow_ups(one, today)}; {reason}"
    if one.severity is None and one.status.is_open:
        rank, reason = (_UNRATED, *by_score), f"{UNRATED}; {reason}"
    if firing:
        rank, reason = (_CONTRADICTED, firing[0].starts.timestamp()), contradiction(one.status, firing)
    return rank, reason


def _follow_ups(one: _Candidate, today: date) -> str:
    """`follow-up overdue by 5 days`, `2 open follow-ups, the next due 2026-12-01`."""
    late = (today - one.due).days if one.due else 0
    named = plural(one.follow_ups, "open follow-up", f"{one.follow_ups} open follow-ups")
    if late > 0:
        return f"{plural(one.follow_ups, 'follow-up', f'{named},')} overdue by {days(late)}"
    if one.due is None:
        return named
    return f"{named}, {plural(one.follow_ups, 'due', 'the next due')} {one.due}"
