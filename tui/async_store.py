"""The async face of the store: every call runs on one worker thread, never on the screen's."""

from __future__ import annotations

import asyncio
import os
import threading
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Concatenate, NamedTuple, ParamSpec, Protocol, TypeVar

from store.audit.log import head
from store.clock import now
from store.db.database import Database
from store.errors import InvalidValueError, NotFoundError, OverwriteError, RegisterError
from store.filters.sql import QueryCache
from store.queries import flags as flag_queries
from store.queries import items as item_queries
from store.queries import overview as overview_queries
from tui.lazy import (
    dependency_map,
    file_lines,
    filter_parser,
    filter_sql,
    history_queries,
    import_apply,
    import_plan,
    priority_queries,
    replay,
    reports,
    review_minutes,
    samples,
    settings_commands,
    trends,
)
from tui.render.text import readable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
    from concurrent.futures import ThreadPoolExecutor
    from datetime import date

    from store.audit.log import Head
    from store.audit.trends import Trend
    from store.clock import Clock
    from store.commands.imports.plan import ImportPlan, Same
    from store.db.reader import Reader
    from store.fields import FieldValue
    from store.filters.ast import ItemFilter, Query
    from store.formats.document.rules import ReadingRules
    from store.queries.dependency_map import BlastRadius, MapRows
    from store.queries.history import Activity, Presence
    from store.queries.items import ItemDetail, Page, WrittenRow
    from store.queries.overview import CategoryRow, Summary
    from store.queries.priorities import Priorities
    from tui.render.import_plan import Preview

P = ParamSpec("P")
T = TypeVar("T")


class Place(NamedTuple):
    """Where a register is kept, and who writes to it when; by default the user and the system's clock."""

    target: str | Path
    clock: Clock | None = None
    actor: str | None = None
    allow_network_fs: bool = False

    def open(self) -> Database:
        """The database that is there."""
        return Database.open(
            self.target, clock=self.clock or now, actor=self.actor, allow_network_fs=self.allow_network_fs
        )

    def create(self) -> Database:
        """A new database, in a directory that is made where it is missing."""
        return Database.create(
            self.target,
            clock=self.clock or now,
            actor=self.actor,
            parents=True,
            allow_network_fs=self.allow_network_fs,
        )


class Wanted(NamedTuple):
    """What the screen shows: a filter, and the item or else the row that holds the cursor.

    rows: how many rows of the list are a page; two pages are read, so that the cursor is inside of them.
    """

    filter: ItemFilter
    key: str | None
    cursor: int
    rows: int


class View(NamedTuple):
    """One consistent answer for the whole screen but the map; `at` is None where `key` is not in the list.

    unknown: for how many items it is unknown whether they are in the list. writes: how many of this user's own
    writes it shows.
    """

    summary: Summary
    page: Page
    at: int | None
    item: ItemDetail | None
    unknown: int = 0
    writes: int = 0


class Expectation(Protocol):
    """What a person saw of the items that they are about to change."""

    def expect(self, key: str, values: Mapping[str, FieldValue | int]) -> None:
        """Take in what the user's own write left in fields of an item."""


class WriteQueue:
    """A queue for writes, and a memory of what they left for as long as the screen may show what was before them.

    A write is checked against what its user saw. What the user's own earlier write left counts as seen, also while
    the screen has not caught up: a conflict is someone else's change and nothing else.
    """

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self.asked = 0
        """The number of writes requested so far."""
        self._waiting: list[Expectation] = []
        self._followers: list[Expectation] = []
        self._left: dict[str, tuple[int, dict[str, FieldValue | int]]] = {}

    @property
    def is_busy(self) -> bool:
        """Whether a write waits or is under way."""
        return bool(self._waiting) or self._lock.locked()

    def follow(self, follower: Expectation) -> None:
        """Notify a follower of the values that each later write leaves."""
        self._followers.append(follower)

    @asynccontextmanager
    async def turn(self, seen: Expectation) -> AsyncIterator[None]:
        """Wait for all writes before, then keep later ones waiting; `seen` takes in what the others leave."""
        self.asked += 1
        self._waiting.append(seen)
        try:
            async with self._lock:
                yield
        finally:
            self._waiting.remove(seen)

    async def drained(self) -> None:
        """Wait until all writes asked for so far are done."""
        async with self._lock:
            return

    def wrote(self, rows: Iterable[WrittenRow], number: int) -> None:
        """Remember what a write left; `number`: how many writes there were up to this one."""
        for row in rows:
            values: dict[str, FieldValue | int] = {**row.values, "version": row.version}
            before = self._left.get(row.key, (0, {}))[1]
            self._left[row.key] = (number, before | values)
            for seen in (*self._waiting, *self._followers):
                seen.expect(row.key, values)

    def left(self, key: str) -> Mapping[str, FieldValue | int]:
        """What own writes left in an item's fields that the screen may not show yet."""
        return self._left.get(key, (0, {}))[1]

    def shown(self, number: int) -> None:
        """The screen shows what the first `number` writes left, and what others wrote since."""
        self._left = {key: left for key, left in self._left.items() if left[0] > number}


class Written(Protocol):
    """What a command returns."""

    @property
    def batch(self) -> int | None:
        """The batch that it wrote, None where nothing changed."""


R = TypeVar("R", bound=Written)


class _AbandonedError(Exception):
    """Nobody waits for it any more."""


async def _on_thread(executor: ThreadPoolExecutor, call: Callable[[], T]) -> T:
    """What a call gives, carried out on the executor's thread."""
    return await asyncio.get_running_loop().run_in_executor(executor, call)


def _preview(database: Database | None, path: Path, settled: ReadingRules | None, same: Same | None) -> Preview:
    """What importing a file would do to a register, or to none, and what is understood of it."""
    from store.formats.document.rules import EVERYTHING
    from tui.render.import_plan import Preview

    text, settled = file_lines.read_file(path), settled or EVERYTHING
    plan = import_plan.plan_import(database, text, path=os.path.abspath(path), settled=settled, same=same or {})
    return Preview(plan, import_plan.understanding(plan))


def find_item(reader: Reader, key: str) -> ItemDetail | None:
    """One item, None where it is gone."""
    try:
        return item_queries.item(reader, key)
    except NotFoundError:
        return None


class AsyncStore:
    """An open register. `read` and `write` carry out any function of the store; raises what the store raises.

    queue: the order in which the user's changes are written. cache: for the reads that take one; only they may use it,
    on the worker thread. recently: how long someone who changed something counts as being there.
    """

    recently = timedelta(minutes=10)

    def __init__(self, database: Database, executor: ThreadPoolExecutor) -> None:
        self.queue = WriteQueue()
        self.cache = QueryCache()
        self._database = database
        self._executor = executor
        self._folder: TemporaryDirectory[str] | None = None
        """The directory of a register that was rebuilt, which goes with it."""
        self._own: set[int] = set()
        """The batches that were written here and not yet reported as activity."""
        self._version = database.data_version()
        with database.read() as reader:
            self._seen_head = head(reader)
        self._unseen = False
        # Only the worker thread uses these.
        self._writes = 0
        self._map: tuple[Head, MapRows] | None = None
        self._priorities: dict[tuple[tuple[Head, date], tuple[str, ...]], Priorities] = {}
        self._trend: tuple[Head, date, Trend] | None = None

    # Opening

    @classmethod
    async def open(cls, place: Place, executor: ThreadPoolExecutor) -> AsyncStore:
        """Open the register that is there."""
        return await _on_thread(executor, lambda: cls(place.open(), executor))

    @classmethod
    async def create(cls, place: Place, executor: ThreadPoolExecutor, *, title: str, system: str | None) -> AsyncStore:
        """Make a new register with the seven categories."""

        def fill(database: Database) -> None:
            settings_commands.create(database, title=title, system=system)

        return await _on_thread(executor, lambda: cls._made(place, executor, fill))

    @classmethod
    async def create_imported(cls, place: Place, executor: ThreadPoolExecutor, plan: ImportPlan) -> AsyncStore:
        """Make a register of what was planned. Nothing is made where that has problems."""

        def fill(database: Database) -> None:
            import_apply.apply_import(database, plan)

        import_plan.require_sound(plan)
        return await _on_thread(executor, lambda: cls._made(place, executor, fill))

    @classmethod
    async def create_sample(cls, place: Place, executor: ThreadPoolExecutor) -> AsyncStore:
        """Make a register of the packaged sample."""
        plan = await _on_thread(executor, lambda: import_plan.plan_import(None, samples.sample_text(), path=None))
        return await cls.create_imported(place, executor, plan)

    @classmethod
    def _made(cls, place: Place, executor: ThreadPoolExecutor, fill: Callable[[Database], None]) -> AsyncStore:
        database = place.create()
        try:
            fill(database)
            return cls(database, executor)
        except BaseException:
            database.close()
            raise

    @staticmethod
    async def load_commands() -> None:
        """Load what changes a register, outside the worker thread: it takes longer than showing the first rows."""
        await asyncio.to_thread(import_module, "store.commands.items")

    async def close(self) -> None:
        """Close the database; a file that was rebuilt is removed."""
        await self._run(self._close)

    def _close(self) -> None:
        self._database.close()
        if self._folder is not None:
            self._folder.cleanup()

    @property
    def actor(self) -> str:
        """Who the changes are recorded for."""
        return self._database.actor

    @property
    def trouble(self) -> str:
        """The sentence of why nothing can be saved here, as far as the last poll or write found out; or empty."""
        return str(self._database.trouble or "")

    def refusal(self, way: str) -> RegisterError | None:
        """Why nothing can be saved here, with what works instead (`way`), or None."""
        return self._database.trouble.but(way) if self._database.trouble is not None else None

    @property
    def frozen(self) -> RegisterError | None:
        """Why nobody is to change it; None for the register of today, whoever may write it."""
        return self._database.trouble if self._database.as_of is not None else None

    @property
    def caution(self) -> str:
        """What should be changed about the place of the register, or empty."""
        return self._database.caution or ""

    @property
    def now(self) -> datetime:
        """The store's clock."""
        return self._database.clock()

    # The two doors

    async def read(self, find: Callable[Concatenate[Reader, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """What a function finds in one snapshot of the register."""

        def run() -> T:
            with self._database.read() as reader:
                return find(reader, *args, **kwargs)

        return await self._run(run)

    async def write(self, command: Callable[Concatenate[Database, P], R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        """Carry out a command, and remember what it left in fields of items."""

        def run() -> tuple[R, tuple[WrittenRow, ...], int]:
            done = command(self._database, *args, **kwargs)
            self._writes += 1
            if done.batch is None:
                return done, (), self._writes
            self._own.add(done.batch)
            return done, self._left_by(done.batch), self._writes

        done, left, number = await self._run(run)
        self.queue.wrote(left, number)
        return done

    def _left_by(self, batch: int) -> tuple[WrittenRow, ...]:
        try:
            with self._database.read() as reader:
                return item_queries.written_values(reader, batch)
        except RegisterError:
            # It is written: to report a failure would have its user write it twice.
            return ()

    async def _run(self, call: Callable[[], T]) -> T:
        return await _on_thread(self._executor, call)

    # The list and its items

    async def view(self, wanted: Wanted) -> View:
        """Everything the panes show but the map, from one moment."""
        return await self.read(self._view, wanted)

    def _view(self, reader: Reader, wanted: Wanted) -> View:
        summary = overview_queries.summary(reader, self.cache)
        index = self._index(reader, wanted)
        at = wanted.cursor if index is None else index
        rows = wanted.rows
        start = max(at // rows - (1 if at % rows < rows // 2 else 0), 0) * rows
        page = item_queries.page(reader, wanted.filter, start=start, limit=2 * rows, cache=self.cache)
        if not page.items and start:
            page = item_queries.page(reader, wanted.filter, start=0, limit=2 * rows, cache=self.cache)
        key = wanted.key
        if key is None and page.items:
            offset = min(max(at - page.start, 0), len(page.items) - 1)
            key, index = page.items[offset].key, page.start + offset
        unknown = len(flag_queries.unknown_keys(reader, wanted.filter.query, self.cache))
        item = find_item(reader, key) if key is not None else None
        return View(summary, page, index, item, unknown, self._writes)

    def _index(self, reader: Reader, wanted: Wanted) -> int | None:
        try:
            return item_queries.locate(reader, wanted.filter, wanted.key, self.cache) if wanted.key else None
        except NotFoundError:  # someone removed the item
            return None

    async def item(self, key: str) -> ItemDetail | None:
        """One item, None where it is gone."""
        return await self.read(find_item, key)

    async def categories(self) -> tuple[CategoryRow, ...]:
        """The categories with their counts."""
        return (await self.read(overview_queries.summary)).categories

    async def parse_filter(self, text: str) -> Query:
        """What a filter means. Raises QueryError, also for what the register does not know of."""
        # Outside the worker thread, which may be busy: errors are shown at once.
        query = await asyncio.to_thread(filter_parser.parse, text)
        for problem in await self.read(filter_sql.problems, query, self.cache):
            raise problem
        return query

    # The map and the scores

    async def map_rows(self, assumed: Sequence[str] = ()) -> MapRows:
        """The dependencies in cascade order, as if the items of the keys `assumed` were Mitigated.

        They are kept: after a few changes only those are read.
        """
        return await self.read(self._read_map, assumed)

    def _read_map(self, reader: Reader, assumed: Sequence[str]) -> MapRows:
        now = head(reader)
        if self._map is None:
            rows = dependency_map.map_rows(reader, assumed=assumed)
        else:
            rows = dependency_map.map_after(reader, self._map[1], self._map[0], assumed=assumed)
        self._map = (now, rows)
        return dependency_map.with_flags(reader, rows, self.cache)

    async def priorities(self, assumed: Sequence[str] = ()) -> Priorities:
        """The unresolved items, what to fix first at the top, as if the items of the keys `assumed` were Mitigated.

        They are kept until something changes; scores are computed next to the worker thread, which stays free.
        """

        def find(reader: Reader) -> tuple[tuple[Head, date], Priorities | Callable[[], Priorities]]:
            # What is overdue or escalated is so on a day.
            now = (head(reader), reader.today)
            return now, self._priorities.get((now, tuple(assumed))) or priority_queries.ranking(reader, assumed=assumed)

        now, found = await self.read(find)
        if callable(found):
            found = await asyncio.to_thread(found)
            self._priorities = {(now, tuple(assumed)): found}
        return found

    async def item_and_blast_radius(
        self, key: str, assumed: Sequence[str]
    ) -> tuple[ItemDetail | None, BlastRadius | None]:
        """One item, None where it is gone, and its blast radius where it has dependencies."""

        def find(reader: Reader) -> tuple[ItemDetail | None, BlastRadius | None]:
            item = find_item(reader, key)
            if item is None or not (item.feeds or item.fed_by):
                return item, None
            return item, dependency_map.blast_radius(reader, key, assumed=assumed)

        return await self.read(find)

    # What others do

    async def changed_elsewhere(self) -> bool:
        """Whether another process committed since `mark_seen` was last called."""

        def ask() -> bool:
            version = self._database.data_version()
            self._unseen = self._unseen or version != self._version
            self._version = version
            return self._unseen

        return await self._run(ask)

    def mark_seen(self) -> None:
        """What others committed is on the screen."""
        self._unseen = False

    async def activity(self) -> tuple[Activity, tuple[Presence, ...]]:
        """What was written elsewhere since this was asked last, and who has changed something recently."""

        def find(reader: Reader) -> tuple[Activity, tuple[Presence, ...]]:
            own = frozenset(self._own)
            found = history_queries.activity(
                reader, self._seen_head.sequence, digest=self._seen_head.digest, excluding=own
            )
            self._seen_head = head(reader)
            self._own -= own
            return found, history_queries.recent_actors(reader, self.now - self.recently)

        return await self.read(find)

    # Other days

    async def moment(self, typed: str) -> datetime:
        """The moment that someone typed. Raises InvalidValueError where the register did not exist yet."""

        def find() -> datetime:
            moment = replay.parse_moment(typed, self._database.clock())
            with self._database.read() as reader:
                if refused := replay.too_early(reader, moment):
                    raise InvalidValueError("moment", refused.what, refused.remedy)
            return moment

        return await self._run(find)

    async def past(self, moment: datetime, progress: Callable[[int, int], None]) -> AsyncStore:
        """The register as of a moment, to be closed like this one.

        It is rebuilt next to the worker thread, which stays free. progress: called on the loop's thread with how many
        changes were read of how many.
        """
        loop, abandoned = asyncio.get_running_loop(), threading.Event()

        def tell(done: int, total: int) -> None:
            if abandoned.is_set():
                raise _AbandonedError
            loop.call_soon_threadsafe(progress, done, total)

        try:
            return await asyncio.to_thread(self._rebuilt, moment, tell)
        except asyncio.CancelledError:
            abandoned.set()
            raise

    def _rebuilt(self, moment: datetime, tell: Callable[[int, int], None]) -> AsyncStore:
        folder = TemporaryDirectory(prefix="ai-debt-as-of-")
        try:
            database = replay.rebuild_as_of(self._database, moment, Path(folder.name), progress=tell)
            try:
                # Once more, as nothing asks whether it is still wanted once the changes are read.
                tell(1, 1)
                found = AsyncStore(database, self._executor)
            except BaseException:
                database.close()
                raise
        except BaseException:
            folder.cleanup()
            raise
        found._folder = folder
        return found

    async def trend(self) -> Trend:
        """Debt trends; the answer is kept until something changes or the day ends."""

        def count() -> Trend:
            with self._database.read() as reader:
                newest = head(reader)
            today = self._database.clock().date()
            if self._trend is None or self._trend[:2] != (newest, today):
                self._trend = (newest, today, trends.trend(self._database))
            return self._trend[2]

        return await asyncio.to_thread(count)

    # Documents

    @staticmethod
    async def plan_first_import(
        executor: ThreadPoolExecutor, path: Path, settled: ReadingRules | None = None, same: Same | None = None
    ) -> Preview:
        """What a register made of a Markdown file would hold; nothing is made."""
        return await _on_thread(executor, lambda: _preview(None, path, settled, same))

    async def plan_import(self, path: Path, settled: ReadingRules | None = None, same: Same | None = None) -> Preview:
        """What importing a file would do."""
        return await self._run(lambda: _preview(self._database, path, settled, same))

    async def export_minutes(self, number: int, path: Path, *, force: bool = False) -> tuple[str, bool]:
        """Write the minutes of a review to a Markdown file: a sentence, and whether the review has ended.

        Another text is replaced only with `force`.
        """

        def export() -> tuple[str, bool]:
            from store.db.files import replacing

            with self._database.read() as reader:
                found = review_minutes.minutes(reader, number)
            data, is_over = readable(reports.minutes_markdown(found)).encode(), found.review.ended is not None
            with replacing(path, register=self._database.path) as file:
                there = file.read()
                if there == data:
                    return f"{path} is up to date", is_over
                if there is not None and not force:
                    raise OverwriteError(f"{path} already exists", "choose another name")
                file.replace(data)
            return f"Exported the minutes to {path}", is_over

        return await self._run(export)
