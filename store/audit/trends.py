"""Trends of the debt over time, counted in one pass over the audit log."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Literal

from store.audit.log import IMPORT
from store.audit.replay import Replay, refusing_malformed, timed, uncollected, walk
from store.enums import Severity, Status

if TYPE_CHECKING:
    from collections.abc import Iterator

    from store.audit.log import Link
    from store.audit.replay import Step
    from store.audit.snapshots import State
    from store.db.database import Database


@dataclass(frozen=True, slots=True)
class Tally:
    """How many items there are: open (In Progress included), Mitigated and Accepted."""

    open: int = 0
    mitigated: int = 0
    accepted: int = 0


@dataclass(frozen=True, slots=True)
class Mean:
    """The mean of `number` spans in days, None of none; of some only a minimum is known where it is `at_least`."""

    days: float | None = None
    at_least: bool = False
    number: int = 0


@dataclass(frozen=True, slots=True)
class Point:
    """What there was at the end of a day (UTC); `high_age` is the age of open debt of severity High.

    `categories` and `severities` go along with those of the trend and of the enum.
    """

    day: date
    counts: Tally
    categories: tuple[Tally, ...]
    severities: tuple[Tally, ...]
    high_age: Mean


@dataclass(frozen=True, slots=True)
class Month:
    """What came and went in the month that begins at `first`; `mitigation` is the time from opening to Mitigated."""

    first: date
    added: int = 0
    reopened: int = 0
    mitigated: int = 0
    accepted: int = 0
    removed: int = 0
    mitigation: Mean = Mean()

    @property
    def inflow(self) -> int:
        """Debt that was not open before."""
        return self.added + self.reopened

    @property
    def outflow(self) -> int:
        """Debt that was open before."""
        return self.mitigated + self.accepted + self.removed


@dataclass(frozen=True, slots=True)
class CategoryName:
    """A category as it is called now, or was when it was removed."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Trend:
    """Points in the order of time, the last one now; the months have all that came and went."""

    unit: Literal["day", "month"]
    categories: tuple[CategoryName, ...]
    points: tuple[Point, ...]
    months: tuple[Month, ...]

    @property
    def nothing(self) -> str:
        """Why there is nothing to draw, as a sentence without its full stop; empty where there is."""
        if not self.points:
            return "nothing is recorded yet, so there is nothing to show over time"
        if len(self.points) == 1:
            return "all of it is of one day, and a trend takes two"
        return ""


DAYS = 92
"""The longest span that is shown day by day; a longer one goes by months."""
_COUNTED = {
    "item": ("status", "severity", "category", "opened_on", "created"),
    "category": ("code", "name", "position"),
}
"""The fields that are counted, by kind."""
_ADDED, _REOPENED, _MITIGATED, _ACCEPTED, _REMOVED = "added", "reopened", "mitigated", "accepted", "removed"
_FIXED, _DAYS, _GUESSED = "fixed", "days", "guessed"
_LEAVING = {Status.MITIGATED: _MITIGATED, Status.ACCEPTED: _ACCEPTED}


def trend(db: Database, *, since: datetime | None = None) -> Trend:
    """What became of the debt since a moment, by default since the trail began.

    What the first import brought was there before: it neither came nor went. What was undone within its month did
    neither. Raises RegisterError.
    """
    now = db.clock().astimezone(UTC)
    counts = _Counts(now, since.astimezone(UTC).date() if since is not None else None)
    with uncollected(), refusing_malformed("the trend cannot be drawn"):
        for link, moment in timed(walk(db), now):
            counts.take(link, moment.date())
        return counts.trend()


@dataclass(frozen=True, slots=True)
class _Item:
    """An item as far as it is counted; `opened` is None where only its `created` is known."""

    status: Status
    severity: Severity
    category: int
    opened: date | None
    created: date

    @classmethod
    def of(cls, state: State, day: date) -> _Item:
        """The item that says this; without a time of its own, it was created on a day."""
        category, opened, created = (state.get(name) for name in ("category", "opened_on", "created"))
        return cls(
            Status(str(state["status"])),
            Severity(str(state["severity"])),
            int(str(category["id"])) if isinstance(category, dict) else 0,
            date.fromisoformat(opened) if isinstance(opened, str) else None,
            datetime.fromisoformat(created).astimezone(UTC).date() if isinstance(created, str) else day,
        )

    @property
    def since(self) -> date:
        return self.opened or self.created


@dataclass(slots=True)
class _Flow:
    """What one batch brought and took away, in which month."""

    month: date
    counts: Counter[str] = field(default_factory=Counter)


class _Counts:
    """What is counted while the trail is read."""

    def __init__(self, now: datetime, since: date | None) -> None:
        self.today = now.date()
        self.since = since
        self.unit: Literal["day", "month"] = "day"
        self.replay = Replay(only=_COUNTED)
        self.items: dict[int, _Item] = {}
        self.categories: dict[int, State] = {}
        self.tally: Counter[tuple[int, Severity, Status]] = Counter()
        self.high: Counter[tuple[date, bool]] = Counter()
        self.months: dict[date, Counter[str]] = {}
        self.flows: dict[int, _Flow] = {}
        self.ends: Iterator[date] = iter(())
        self.end = self.today
        self.snapshots: list[tuple[date, Counter[tuple[int, Severity, Status]], Mean]] = []
        self.batch = 0
        self.is_silent = False
        self.is_begun = False
        self.is_stocked = False

    # The changes, one by one

    def take(self, link: Link, day: date) -> None:
        """Count a change of a day; none is earlier than the one before."""
        if not self.is_begun:
            self._begin(day)
        while day > self.end:
            self._snapshot()
        batch = int(str(link.batch))
        if batch != self.batch:
            self._turn(batch, link, day)
        step = self.replay.take(link)
        if step is None:
            return
        if step.entity == "item":
            self._item(step, day)
        elif step.after is not None:
            self.categories[step.id] = step.after

    def _begin(self, day: date) -> None:
        first = max(day, self.since or day)
        self.unit = "day" if (self.today - first).days <= DAYS else "month"
        self.is_begun = True
        self.ends = _ends(first, self.today, self.unit)
        self.end = next(self.ends)

    def _turn(self, batch: int, link: Link, day: date) -> None:
        """Begin with the next batch; one that takes another back within its month leaves nothing of both."""
        month, reverses = day.replace(day=1), link.reverses
        back = self.flows.get(int(str(reverses))) if reverses is not None else None
        if back is not None and back.month != month:
            back = None
        is_stock = link.verb == IMPORT and not self.is_stocked
        self.batch, self.is_silent = batch, back is not None or is_stock
        flow = self.flows[batch] = _Flow(month)
        if back is not None:
            for name, number in back.counts.items():
                self._flow(flow, name, -number)

    def _flow(self, flow: _Flow, name: str, number: int = 1) -> None:
        flow.counts[name] += number
        self.months.setdefault(flow.month, Counter())[name] += number

    def _item(self, step: Step, day: date) -> None:
        before = self.items.get(step.id)
        if before is None and step.field is not None:
            return
        after = None
        if step.after is not None:
            after = self.items[step.id] = _Item.of(step.after, before.created if before and step.field else day)
        else:
            self.items.pop(step.id, None)
        self.is_stocked = True
        self._count(before, -1)
        self._count(after, 1)
        if not self.is_silent:
            self._moved(before, after, day)

    def _count(self, item: _Item | None, number: int) -> None:
        if item is None:
            return
        self.tally[item.category, item.severity, item.status] += number
        if item.severity is Severity.HIGH and item.status.is_open:
            self.high[item.since, item.opened is None] += number

    def _moved(self, before: _Item | None, there: _Item | None, day: date) -> None:
        flow = self.flows[self.batch]
        was, is_ = before is not None and before.status.is_open, there is not None and there.status.is_open
        if is_ and not was:
            self._flow(flow, _ADDED if before is None else _REOPENED)
        elif was and not is_:
            self._flow(flow, _REMOVED if there is None else _LEAVING[there.status])
        fixed = there is not None and there.status is Status.MITIGATED
        if there is not None and before is not None and fixed and before.status is not Status.MITIGATED:
            self._flow(flow, _FIXED)
            self._flow(flow, _DAYS, max((day - there.since).days, 0))
            self._flow(flow, _GUESSED, int(there.opened is None))

    # What comes of them

    def _snapshot(self) -> None:
        """Keep what there is at the end of a day, and go on to the next."""
        end = self.end
        days = number = 0
        for (since, _), items in self.high.items():
            days += max((end - since).days, 0) * items
            number += items
        guessed = any(items for (_, is_guessed), items in self.high.items() if is_guessed)
        self.snapshots.append((end, Counter(self.tally), _mean(days, number, at_least=guessed)))
        self.end = next(self.ends)

    def trend(self) -> Trend:
        """The trend up to now."""
        if not self.is_begun:
            return Trend("day", (), (), ())
        while len(self.snapshots) < 1 or self.snapshots[-1][0] < self.today:
            self._snapshot()
        present = {row for entity, row in self.replay.states if entity == "category"}
        used = {category for _, tally, _ in self.snapshots for category, _, _ in tally}
        shown = sorted(
            (row for row in self.categories if row in present or row in used),
            key=lambda row: (row not in present, int(str(self.categories[row]["position"])), row),
        )
        points = tuple(_point(day, tally, high, shown) for day, tally, high in self.snapshots)
        first = points[0].day if self.unit == "day" else points[0].day.replace(day=1)
        first = max(first, self.since) if self.since else first
        return Trend(
            self.unit,
            tuple(CategoryName(*(str(self.categories[row][name]) for name in ("code", "name"))) for row in shown),
            points,
            tuple(_month(month, self.months.get(month, Counter())) for month in _firsts(first, self.today)),
        )


def _mean(days: int, number: int, *, at_least: bool) -> Mean:
    return Mean(days / number, at_least, number) if number else Mean()


def _point(day: date, tally: Counter[tuple[int, Severity, Status]], high: Mean, categories: list[int]) -> Point:
    by_category: dict[int, Counter[Status]] = {}
    by_severity: dict[Severity, Counter[Status]] = {}
    whole: Counter[Status] = Counter()
    for (category, severity, status), number in tally.items():
        by_category.setdefault(category, Counter())[status] += number
        by_severity.setdefault(severity, Counter())[status] += number
        whole[status] += number
    none: Counter[Status] = Counter()
    return Point(
        day,
        _tally(whole),
        tuple(_tally(by_category.get(row, none)) for row in categories),
        tuple(_tally(by_severity.get(severity, none)) for severity in Severity),
        high,
    )


def _tally(counts: Counter[Status]) -> Tally:
    unresolved = sum(counts[status] for status in Status if status.is_open)
    return Tally(unresolved, counts[Status.MITIGATED], counts[Status.ACCEPTED])


def _month(first: date, counts: Counter[str]) -> Month:
    return Month(
        first,
        added=counts[_ADDED],
        reopened=counts[_REOPENED],
        mitigated=counts[_MITIGATED],
        accepted=counts[_ACCEPTED],
        removed=counts[_REMOVED],
        mitigation=_mean(counts[_DAYS], counts[_FIXED], at_least=counts[_GUESSED] > 0),
    )


def _firsts(first: date, last: date) -> Iterator[date]:
    """The first days of the months from that of a day to that of another."""
    month = first.replace(day=1)
    while month <= last:
        yield month
        month = _next_month(month)


def _next_month(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)


def _ends(first: date, last: date, unit: str) -> Iterator[date]:
    """The days or the last days of the months from a day on, and at last the last day."""
    day = first
    while day < last:
        end = day if unit == "day" else _next_month(day.replace(day=1)) - timedelta(days=1)
        if end >= last:
            break
        yield end
        day = end + timedelta(days=1)
    yield last
    # A clock that was set back must not bring what is not counted yet behind the end.
    while True:
        yield last
