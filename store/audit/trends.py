"""Trends of the debt over time, counted in one pass over the audit log."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from itertools import takewhile
from typing import TYPE_CHECKING, Literal, NamedTuple

from store.audit.log import IMPORT
from store.audit.replay import Replay, read_entries, refusing_malformed, timed
from store.db.bulk import garbage_collection_paused
from store.enums import RATINGS, Severity, Status, rating

if TYPE_CHECKING:
    from collections.abc import Iterator

    from store.audit.log import Head, LogEntry
    from store.audit.replay import Step
    from store.audit.snapshots import State
    from store.db.database import Database

    Unit = Literal["day", "month"]
    Counts = Counter[tuple[int, Severity | None, Status]]
    """Items by the id of their category, severity and status."""


class Tally(NamedTuple):
    """How many items there are: open (In Progress included), Mitigated and Accepted."""

    open: int = 0
    mitigated: int = 0
    accepted: int = 0


class Mean(NamedTuple):
    """The mean of `number` spans in days, None of none; `at_least` where only a minimum is known of some."""

    days: float | None = None
    at_least: bool = False
    number: int = 0

    @property
    def rounded(self) -> float | None:
        """The mean to a tenth of a day."""
        return None if self.days is None else round(self.days, 1)


class Point(NamedTuple):
    """The counts at the end of a day (UTC); `high_age` is the age of open debt that is High or Critical.

    `categories` and `severities` are in the order of the trend's categories and of `RATINGS`.
    """

    day: date
    counts: Tally
    categories: tuple[Tally, ...]
    severities: tuple[Tally, ...]
    high_age: Mean


class Month(NamedTuple):
    """What came and went in the month that begins at `first`; `mitigation` is the time from opening to Mitigated."""

    first: date
    added: int = 0
    reopened: int = 0
    mitigated: int = 0
    accepted: int = 0
    removed: int = 0
    mitigation: Mean = Mean()

    @property
    def name(self) -> str:
        """The month as in `2026-03`."""
        return f"{self.first:%Y-%m}"

    @property
    def inflow(self) -> int:
        """Debt that was not open before."""
        return self.added + self.reopened

    @property
    def outflow(self) -> int:
        """Debt that was open before."""
        return self.mitigated + self.accepted + self.removed


class CategoryName(NamedTuple):
    """A category by its present name, or its name when it was removed."""

    code: str
    name: str


class Trend(NamedTuple):
    """Points in the order of time, the last one now; the months have all that came and went."""

    unit: Unit
    categories: tuple[CategoryName, ...]
    points: tuple[Point, ...]
    months: tuple[Month, ...]

    @property
    def nothing(self) -> str:
        """Why there is nothing to draw, as a sentence without its full stop; else empty."""
        if not self.points:
            return "no changes recorded yet; import a document or add an item first"
        if len(self.points) == 1:
            return "all changes are from one day; trends need at least two days"
        return ""


DAYS = 92
"""The longest span that is shown day by day; a longer one goes by months."""
_COUNTED = {
    "item": ("status", "severity", "category", "opened_on", "created"),
    "category": ("code", "name", "position"),
}
"""The fields that are counted, by entity."""
# What is counted of a month: the fields of Month, and what the mean time to Mitigated is made of.
_ADDED, _REOPENED, _MITIGATED, _ACCEPTED, _REMOVED = FLOWS = Month._fields[1:6]
_FIXED, _DAYS, _GUESSED = "fixed", "days", "guessed"
_ALL = ""
"""The group of all items."""


def trend(db: Database, *, since: datetime | None = None, until: Head | None = None) -> Trend:
    """The debt over time since a moment, by default since the register began, with the changes up to `until`.

    Items of the first import existed before: they count as neither added nor removed, nor does what was undone
    within its month. Raises RegisterError.
    """
    now = db.clock().astimezone(UTC)
    count = _TrendCount(now.date(), since.astimezone(UTC).date() if since is not None else None)
    entries = read_entries(db)
    if until is not None:
        entries = takewhile(lambda entry: entry.sequence <= until.sequence, entries)
    with garbage_collection_paused(), refusing_malformed("trends cannot be computed"):
        for entry, moment in timed(entries, now):
            count.apply(entry, moment.date())
        return count.trend()


class _Item(NamedTuple):
    """The counted facts of an item; `opened` is None where only its `created` is known."""

    status: Status
    severity: Severity | None
    category: int
    opened: date | None
    created: date

    @classmethod
    def of(cls, state: State, day: date) -> _Item:
        """The item with a state; one without a time of creation was created on a day."""
        category, opened, created = (state.get(name) for name in ("category", "opened_on", "created"))
        return cls(
            Status(str(state["status"])),
            None if state["severity"] is None else Severity(str(state["severity"])),
            int(str(category["id"])) if isinstance(category, dict) else 0,
            date.fromisoformat(opened) if isinstance(opened, str) else None,
            datetime.fromisoformat(created).astimezone(UTC).date() if isinstance(created, str) else day,
        )

    @property
    def since(self) -> date:
        return self.opened or self.created


class _TrendCount:
    """What is counted while the log is read."""

    def __init__(self, today: date, since: date | None) -> None:
        self.today = today
        self.since = since
        self.unit: Unit = "day"
        self.replay = Replay(only=_COUNTED)
        self.items: dict[int, _Item] = {}
        self.categories: dict[int, State] = {}
        self.counts: Counts = Counter()
        self.open_high: Counter[tuple[date, bool]] = Counter()
        """Open items that are High or Critical, by the day they were opened and whether that is a guess."""
        self.months: defaultdict[date, Counter[str]] = defaultdict(Counter)
        self.batches: dict[int, tuple[date, Counter[str]]] = {}
        """The month of each batch, and what came and went with it."""
        self.batch = 0
        self.counts_flow = True
        self.has_items = False
        self.point_days: Iterator[date] | None = None
        self.point_day = today
        """The day whose end is counted next."""
        self.points: list[tuple[date, Counts, Mean]] = []

    def apply(self, entry: LogEntry, day: date) -> None:
        """Count a change of a day; none is earlier than the one before."""
        if self.point_days is None:
            first = max(day, self.since or day)
            self.unit = "day" if (self.today - first).days <= DAYS else "month"
            self.point_days = _point_days(first, self.today, self.unit)
            self.point_day = next(self.point_days)
        while day > self.point_day:
            self._add_point(self.point_days)
        batch = int(str(entry.batch))
        if batch != self.batch:
            self._begin_batch(batch, entry, day)
        step = self.replay.apply(entry)
        if step is not None and step.entity == "item":
            self._count_item(step, day)
        elif step is not None and step.after is not None:
            self.categories[step.id] = step.after

    def _begin_batch(self, batch: int, entry: LogEntry, day: date) -> None:
        """Begin with the next batch; one that reverses another one of its month cancels it out."""
        month = day.replace(day=1)
        reversed_batch = self.batches.get(int(str(entry.reverses))) if entry.reverses is not None else None
        cancels = reversed_batch is not None and reversed_batch[0] == month
        self.batch = batch
        self.counts_flow = not cancels and (entry.verb != IMPORT or self.has_items)
        self.batches[batch] = month, Counter()
        if reversed_batch is not None and cancels:
            for name, number in reversed_batch[1].items():
                self._flow(name, -number)

    def _flow(self, name: str, number: int = 1) -> None:
        month, counts = self.batches[self.batch]
        counts[name] += number
        self.months[month][name] += number

    def _count_item(self, step: Step, day: date) -> None:
        before = self.items.pop(step.id, None)
        if before is None and step.field is not None:
            return
        after = None
        if step.after is not None:
            after = self.items[step.id] = _Item.of(step.after, before.created if before and step.field else day)
        self.has_items = True
        for item, number in ((before, -1), (after, 1)):
            if item is not None:
                self.counts[item.category, item.severity, item.status] += number
                if item.severity in (Severity.CRITICAL, Severity.HIGH) and item.status.is_open:
                    self.open_high[item.since, item.opened is None] += number
        if self.counts_flow:
            self._count_flow(before, after, day)

    def _count_flow(self, before: _Item | None, after: _Item | None, day: date) -> None:
        was_open, is_open = before is not None and before.status.is_open, after is not None and after.status.is_open
        if is_open and not was_open:
            self._flow(_ADDED if before is None else _REOPENED)
        elif was_open and not is_open:
            self._flow(_REMOVED if after is None else _MITIGATED if after.status is Status.MITIGATED else _ACCEPTED)
        if before is None or after is None or after.status is not Status.MITIGATED:
            return
        if before.status is not Status.MITIGATED:
            self._flow(_FIXED)
            self._flow(_DAYS, max((day - after.since).days, 0))
            self._flow(_GUESSED, int(after.opened is None))

    def _add_point(self, days: Iterator[date]) -> None:
        """Store the counts at the end of a day, and go on to the next."""
        total = sum(max((self.point_day - since).days, 0) * number for (since, _), number in self.open_high.items())
        guessed = any(number for (_, is_guessed), number in self.open_high.items() if is_guessed)
        age = _mean(total, self.open_high.total(), at_least=guessed)
        self.points.append((self.point_day, Counter(self.counts), age))
        self.point_day = next(days)

    def trend(self) -> Trend:
        """The trend up to now."""
        if self.point_days is None:
            return Trend("day", (), (), ())
        while not self.points or self.points[-1][0] < self.today:
            self._add_point(self.point_days)
        present = {row for entity, row in self.replay.states if entity == "category"}
        used = {category for _, counts, _ in self.points for category, _, _ in counts}
        shown = sorted(
            (row for row in self.categories if row in present or row in used),
            key=lambda row: (row not in present, int(str(self.categories[row]["position"])), row),
        )
        points = tuple(_point(day, counts, age, shown) for day, counts, age in self.points)
        first = points[0].day if self.unit == "day" else points[0].day.replace(day=1)
        first = max(first, self.since) if self.since else first
        return Trend(
            self.unit,
            tuple(CategoryName(*(str(self.categories[row][name]) for name in CategoryName._fields)) for row in shown),
            points,
            tuple(_month(month, self.months[month]) for month in _months(first, self.today)),
        )


def _mean(days: int, number: int, *, at_least: bool) -> Mean:
    return Mean(days / number, at_least, number) if number else Mean()


def _point(day: date, counts: Counts, high_age: Mean, categories: list[int]) -> Point:
    groups: defaultdict[int | str, Counter[Status]] = defaultdict(Counter)
    for (category, severity, status), number in counts.items():
        for group in (category, rating(severity), _ALL):
            groups[group][status] += number

    def tally(group: int | str) -> Tally:
        found = groups[group]
        unresolved = sum(found[status] for status in Status if status.is_open)
        return Tally(unresolved, found[Status.MITIGATED], found[Status.ACCEPTED])

    return Point(day, tally(_ALL), tuple(map(tally, categories)), tuple(map(tally, map(rating, RATINGS))), high_age)


def _month(first: date, counts: Counter[str]) -> Month:
    mitigation = _mean(counts[_DAYS], counts[_FIXED], at_least=counts[_GUESSED] > 0)
    return Month._make((first, *(counts[name] for name in FLOWS), mitigation))


def _months(first: date, last: date) -> Iterator[date]:
    """The first days of the months from that of a day to that of another."""
    month = first.replace(day=1)
    while month <= last:
        yield month
        month = _next_month(month)


def _next_month(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)


def _point_days(first: date, last: date, unit: Unit) -> Iterator[date]:
    """The days from a day on, or the last days of their months, and at last the last day."""
    day = first
    while day < last:
        end = day if unit == "day" else _next_month(day.replace(day=1)) - timedelta(days=1)
        if end >= last:
            break
        yield end
        day = end + timedelta(days=1)
    # A clock that was set back must not put what is not counted yet after the end.
    while True:
        yield last
