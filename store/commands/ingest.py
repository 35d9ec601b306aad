"""Takes in what monitoring reports: new signals, those that start or stop firing, and the items they are about."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from store.audit.log import INGEST, MONITOR, compact_json, prepare_change, stored_time
from store.audit.snapshots import stored_columns
from store.commands.items import edit_items
from store.commands.signals import Matching, next_id, prepare_attachments
from store.db.bulk import Insert, updates
from store.db.values import kinds_of
from store.enums import SignalState, Status
from store.queries.lookup import text_list
from store.queries.signals import contradicted_items
from store.text import number_of, plural

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from store.audit.log import PreparedChange, UnitOfWork
    from store.audit.snapshots import State
    from store.db.database import Database
    from store.formats.signals.model import Observation, SignalReport
    from store.models import Json


class Ingested(NamedTuple):
    """What a report changed: numbers of signals that are new, fire again, are resolved, and were known as reported.

    `ignored` counts the passed checks of which no signal is known, `attached` the attachments that labels and rules
    made, `waiting` the new signals in the inbox. `contradicted` are the keys of the items that are now contradicted,
    with the reason; `reopened` those that were reopened.
    """

    new: int = 0
    firing_again: int = 0
    resolved: int = 0
    repeated: int = 0
    ignored: int = 0
    attached: int = 0
    waiting: int = 0
    contradicted: tuple[tuple[str, str], ...] = ()
    reopened: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()

    @property
    def message(self) -> str:
        """`2 new signals, 1 resolved, 997 repeated; 1 attached, 1 in the inbox`."""
        parts = [number_of(self.new, "new signal")] if self.new else []
        counts = (
            (self.firing_again, "firing again"),
            (self.resolved, "resolved"),
            (self.repeated, "repeated"),
            (self.ignored, "passed"),
        )
        parts += [f"{number:,} {word}" for number, word in counts if number]
        after = [(self.attached, "attached"), (self.waiting, "in the inbox")]
        then = ", ".join(f"{number:,} {word}" for number, word in after if number)
        return (", ".join(parts) or "No signals") + (f"; {then}" if then else "")


def ingest(
    db: Database,
    report: SignalReport,
    *,
    source: str,
    asked: datetime | None = None,
    started: datetime | None = None,
    reopen: bool = False,
) -> Ingested:
    """Take in a report of a source, all of it or, where it is refused, nothing.

    A signal is identified by its source and fingerprint. The trail has its first report and each start and end, by the
    actor `monitor:SOURCE`; the rest of a report replaces that of the one before. `asked` is when a monitor was asked,
    if that was before now: what was resolved since does not fire again. `started` is when it started, if that is so
    recent that it may not know everything yet: what it last reported before that is not resolved. `reopen` sets the
    items that are contradicted then to Open.
    """
    with db.write(INGEST) as writer:
        writer.actor = f"{MONITOR}{source}"
        found = _Intake(writer, report, source=source, asked=asked or writer.time, started=started).run()
    with db.read() as reader:
        contradicted = contradicted_items(reader)
    found = found._replace(contradicted=tuple((row.key, row.reason) for row in contradicted))
    if reopen and contradicted:
        found = found._replace(reopened=reopen_contradicted(db, [row.key for row in contradicted]))
    return found


def reopen_contradicted(db: Database, keys: Sequence[str]) -> tuple[str, ...]:
    """Set items that firing signals contradict to Open; undo takes that back."""
    return edit_items(db, keys, {"status": Status.OPEN}, verb="set-status", note="a signal is firing").keys


class _Known(NamedTuple):
    """A signal as stored."""

    id: int
    source: str
    fingerprint: str
    name: str
    state: SignalState
    starts: datetime
    ends: datetime | None
    origin: str | None
    last_seen: datetime | None
    reports: int

    @property
    def episode(self) -> Json:
        """Its episode as the trail has it."""
        return _episode(self.state, self.starts, self.ends)


KNOWN = """
select id, source, fingerprint, name, state, starts, ends, origin, last_seen, coalesce(count, 0) as reports from signal
where source in (select value from json_each(:sources))
  and (state = 'firing' or fingerprint in (select value from json_each(:fingerprints)))
"""


class _Intake:
    """Takes in one report."""

    def __init__(
        self, writer: UnitOfWork, report: SignalReport, *, source: str, asked: datetime, started: datetime | None
    ) -> None:
        self._writer = writer
        self._reader = writer.reader
        self._report = report
        self._source = source
        self._asked = asked
        self._started = started
        self._latest: dict[tuple[str, str], Observation] = {}
        self._reports: dict[tuple[str, str], int] = {}
        self._added = range(0)
        self._changes: list[PreparedChange] = []
        self._values: dict[int, dict[str, object]] = {}
        self._ids: dict[tuple[str, str], int] = {}
        self._counts = Counter[str]()

    def run(self) -> Ingested:
        """Write what the report says."""
        for one in self._report.observations:
            identity = one.source, one.fingerprint
            self._latest[identity] = one
            self._reports[identity] = self._reports.get(identity, 0) + (one.state is SignalState.FIRING)
        known = self._known()
        for identity, one in self._latest.items():
            if identity in known:
                self._report_again(known[identity], one)
        if self._report.is_complete:
            self._resolve_missing(known)
        self._add([one for identity, one in self._latest.items() if identity not in known])
        for update in updates("signal", self._values):
            update.execute(self._reader.connection)
        if self._values:
            self._writer.commit_unrecorded()
        made = self._attach()
        if self._changes:
            self._writer.record_prepared(self._changes)
        waiting = self._counts["new"] - len({number for number, _ in made if number in self._added})
        return Ingested(
            new=self._counts["new"],
            firing_again=self._counts["firing_again"],
            resolved=self._counts["resolved"],
            repeated=self._counts["repeated"],
            ignored=self._counts["ignored"],
            attached=len(made),
            waiting=waiting,
            notices=(*self._report.notices, *self._doubts()),
        )

    def _doubts(self) -> Iterator[str]:
        """A notice about what may still fire."""
        if number := self._counts["doubtful"]:
            listed = f"{number_of(number, 'signal')} that it reported before {plural(number, 'stays', 'stay')} firing"
            yield f"{self._source} has just started and may not list everything yet: {listed}"

    def _known(self) -> dict[tuple[str, str], _Known]:
        sources = {self._source, *(source for source, _ in self._latest)}
        asked = {
            "sources": text_list(sources),
            "fingerprints": text_list({fingerprint for _, fingerprint in self._latest}),
        }
        rows = self._reader.rows(KNOWN, asked, row=_Known)
        return {(row.source, row.fingerprint): row for row in rows}

    def _report_again(self, known: _Known, one: Observation) -> None:
        """Update a known signal."""
        self._ids[known.source, known.fingerprint] = known.id
        count = known.reports + self._reports[known.source, known.fingerprint]
        is_late = self._is_late(known, one)
        self._values[known.id] = {**({} if is_late else self._newest(one)), "count": count}
        episode = known.episode if is_late else self._new_episode(known, one)
        if episode == known.episode:
            self._counts["repeated"] += 1
            return
        self._counts["resolved" if one.state is SignalState.RESOLVED else "firing_again"] += 1
        self._set_episode(known, episode)

    def _newest(self, one: Observation) -> dict[str, object]:
        """The columns that each report replaces; a passed check keeps what it has no value for."""
        newest: dict[str, object] = {
            "severity": one.severity,
            "summary": one.summary,
            "labels": compact_json([list(pair) for pair in one.labels]),
            "link": one.link,
            "origin": self._report.origin,
            "last_seen": stored_time(self._writer.time),
        }
        return newest if one.is_new else {name: value for name, value in newest.items() if value is not None}

    def _new_episode(self, known: _Known, one: Observation) -> Json:
        """The episode that a known signal is in after an observation that is not late."""
        if one.state is SignalState.RESOLVED:
            if known.state is SignalState.RESOLVED and (not one.knows_start or one.starts <= known.starts):
                return known.episode
            starts = one.starts if one.knows_start and one.starts > known.starts else known.starts
            return _episode(SignalState.RESOLVED, starts, one.ends or self._writer.time)
        if known.state is SignalState.FIRING:
            starts = one.starts if one.knows_start and one.starts > known.starts else known.starts
            return _episode(SignalState.FIRING, starts, None)
        return _episode(SignalState.FIRING, one.starts, None)

    def _is_late(self, known: _Known, one: Observation) -> bool:
        """Whether an observation is about the time before the episode that is known, or before its end."""
        if one.state is SignalState.RESOLVED:
            return (one.ends or self._writer.time) < known.starts
        if known.ends is None:
            return False
        if not one.knows_start:
            return one.starts <= known.ends
        return one.starts < known.starts or (one.starts == known.starts and self._asked < known.ends)

    def _resolve_missing(self, known: dict[tuple[str, str], _Known]) -> None:
        """Resolve what fires of the source and origin, and is not in the complete list."""
        for identity, row in known.items():
            is_listed = identity in self._latest or row.source != self._source
            is_elsewhere = self._report.origin is not None and row.origin not in (None, self._report.origin)
            if is_listed or is_elsewhere or row.state is not SignalState.FIRING or row.starts > self._asked:
                continue
            if self._started is not None and (row.last_seen is None or row.last_seen < self._started):
                self._counts["doubtful"] += 1
                continue
            self._counts["resolved"] += 1
            self._set_episode(row, _episode(SignalState.RESOLVED, row.starts, self._asked))

    def _set_episode(self, known: _Known, episode: Json) -> None:
        self._values[known.id] = self._values.get(known.id, {}) | stored_columns({"episode": episode})
        change = prepare_change(INGEST, "signal", known.id, known.name, "episode", known.episode, episode)
        self._changes.append(change)

    def _add(self, observations: Sequence[Observation]) -> None:
        """Add the signals that are new."""
        added = [one for one in observations if one.is_new]
        self._counts["ignored"] += len(observations) - len(added)
        self._counts["new"] += len(added)
        columns = list(kinds_of("signal"))
        first = next_id(self._reader, "signal")
        rows: list[list[object]] = []
        for number, one in enumerate(added, first):
            identity = one.source, one.fingerprint
            self._ids[identity] = number
            state: State = {
                "source": one.source,
                "name": one.name,
                "fingerprint": one.fingerprint,
                "episode": _episode(one.state, one.starts, one.ends or self._writer.time),
                "muted_until": None,
            }
            self._changes.append(prepare_change(INGEST, "signal", number, one.name, None, None, state))
            values = {"id": number, **stored_columns(state), **self._newest(one), "count": self._reports[identity]}
            rows.append([values[column] for column in columns])
        self._added = range(first, first + len(rows))
        if rows:
            Insert("signal", columns, rows, len(rows)).execute(self._reader.connection)

    def _attach(self) -> list[tuple[int, int]]:
        """Attach new signals, and those that fire, to the items that their labels and the rules name."""
        firing = [
            (self._ids[identity], one)
            for identity, one in self._latest.items()
            if identity in self._ids and (one.state is SignalState.FIRING or self._ids[identity] in self._added)
        ]
        matching = Matching.of(self._reader)
        wanted = {number: matching.items(one.source, one.name, one.labels) for number, one in firing}
        names = {number: one.name for number, one in firing}
        return prepare_attachments(self._reader, INGEST, wanted, names, self._changes)


def _episode(state: SignalState, starts: datetime, ends: datetime | None) -> Json:
    """An episode as the trail has it; what fires has no end."""
    stops = None if ends is None or state is SignalState.FIRING else max(ends, starts).isoformat()
    return {"state": state.value, "starts": starts.isoformat(), "ends": stops}
