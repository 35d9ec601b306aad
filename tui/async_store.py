"""The async face of the store: every call runs on one worker thread, never on the screen's."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from importlib import import_module
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeVar

from store.audit.log import head
from store.clock import now
from store.db.database import Database
from store.errors import NotFoundError, RegisterError
from store.filters.ast import ItemFilter
from store.filters.sql import QueryCache
from store.queries import flags as flag_queries
from store.queries import items as item_queries
from store.queries import overview as overview_queries
from tui.finding import FindingReads
from tui.lazy import Lazy
from tui.policies import Policies
from tui.reviews import Reviews
from tui.selection_reads import SelectionReads
from tui.times import Times
from tui.verbs import on_thread, preview

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import ThreadPoolExecutor
    from datetime import date
    from pathlib import Path

    from store import samples
    from store.audit.log import Head
    from store.clock import Clock
    from store.commands import settings as settings_commands
    from store.commands.imports import apply as import_apply
    from store.commands.imports import plan as import_plan
    from store.commands.imports.plan import ImportPlan, Same
    from store.db.reader import Reader
    from store.filters import ast as filter_ast
    from store.formats.document.rules import ReadingRules
    from store.queries import dependency_map, lookup, priorities
    from store.queries import history as history_queries
    from store.queries.dependency_map import BlastRadius, MapRows
    from store.queries.history import Activity, CurrentKey, Presence, RecentChanges
    from store.queries.items import ItemDetail, Page, Position
    from store.queries.overview import CategoryRow, NamesInUse, RegisterRow, Summary
    from store.queries.priorities import Priorities
    from tui.render.import_plan import Preview
else:
    settings_commands = Lazy("store.commands.settings")
    import_apply = Lazy("store.commands.imports.apply")
    import_plan = Lazy("store.commands.imports.plan")
    filter_ast = Lazy("store.filters.ast")
    samples = Lazy("store.samples")
    dependency_map = Lazy("store.queries.dependency_map")
    lookup = Lazy("store.queries.lookup")
    priorities = Lazy("store.queries.priorities")
    history_queries = Lazy("store.queries.history")

T = TypeVar("T")

AROUND = 200
HISTORY = 500
"""The changes that the history shows."""


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
    """What the screen shows: a filter, and the item or else the row that holds the cursor."""

    filter: ItemFilter
    key: str | None = None
    cursor: int = 0


class View(NamedTuple):
    """One consistent answer for the whole screen but the map; `at` is None where `key` is not in the list.

    unknown: for how many items it is unknown whether they are in the list. writes: how many of this user's own
    changes of items it shows.
    """

    summary: Summary
    page: Page
    at: int | None
    item: ItemDetail | None
    unknown: int = 0
    writes: int = 0


class Gateway(FindingReads, SelectionReads, Times, Reviews, Policies):
    """An open register. Raises what the store raises.

    recently: how long someone who changed something counts as being there.
    """

    lately = timedelta(minutes=10)

    def __init__(self, database: Database, executor: ThreadPoolExecutor) -> None:
        super().__init__(database, executor)
        self._version = database.data_version()
        with database.read() as reader:
            self._seen_head = head(reader)
        self._unseen = False
        # Only the worker thread asks for it.
        self._map: tuple[Head, MapRows] | None = None
        self._priorities: dict[tuple[tuple[Head, date], tuple[str, ...]], Priorities] = {}
        self._cache = QueryCache()

    @classmethod
    async def open(cls, place: Place, executor: ThreadPoolExecutor) -> Gateway:
        """Open the register that is there."""
        return await on_thread(executor, lambda: cls(place.open(), executor))

    @classmethod
    async def begin(cls, place: Place, executor: ThreadPoolExecutor, *, title: str, system: str | None) -> Gateway:
        """Make a new register with the seven categories."""

        def fill(database: Database) -> None:
            settings_commands.create(database, title=title, system=system)

        return await on_thread(executor, lambda: cls._made(place, executor, fill))

    @staticmethod
    async def plan_first(
        executor: ThreadPoolExecutor, path: Path, settled: ReadingRules | None = None, same: Same | None = None
    ) -> Preview:
        """What a register made of a Markdown file would hold; nothing is made."""
        return await on_thread(executor, lambda: preview(None, path, settled, same))

    @classmethod
    async def imported(cls, place: Place, executor: ThreadPoolExecutor, plan: ImportPlan) -> Gateway:
        """Make a register of what was planned. Nothing is made where that has problems."""

        def fill(database: Database) -> None:
            import_apply.apply_import(database, plan)

        import_plan.require_sound(plan)
        return await on_thread(executor, lambda: cls._made(place, executor, fill))

    @classmethod
    async def sample(cls, place: Place, executor: ThreadPoolExecutor) -> Gateway:
        """Make a register of the packaged sample."""
        plan = await on_thread(executor, lambda: import_plan.plan_import(None, samples.sample_text(), path=None))
        return await cls.imported(place, executor, plan)

    @classmethod
    def _made(cls, place: Place, executor: ThreadPoolExecutor, fill: Callable[[Database], None]) -> Gateway:
        database = place.create()
        try:
            fill(database)
            return cls(database, executor)
        except BaseException:
            database.close()
            raise

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

    @staticmethod
    async def load_verbs() -> None:
        """Load what changes a register, outside the worker thread: it takes longer than showing the first rows."""
        await asyncio.to_thread(import_module, "store.commands.items")

    async def close(self) -> None:
        """Close the database."""
        await on_thread(self._executor, self.leave)

    async def _ask(self, read: Callable[[Reader], T]) -> T:
        def run() -> T:
            with self._database.read() as reader:
                return read(reader)

        return await on_thread(self._executor, run)

    # Reads

    async def look(self, wanted: Wanted) -> View:
        """Everything the panes show but the map, from one moment."""

        def read(reader: Reader) -> View:
            summary = overview_queries.summary(reader, self._cache)
            index = self._index(reader, wanted)
            at = wanted.cursor if index is None else index
            start = max(at // AROUND - (1 if at % AROUND < AROUND // 2 else 0), 0) * AROUND
            page = item_queries.page(reader, wanted.filter, start=start, limit=2 * AROUND, cache=self._cache)
            if not page.items and start:
                page = item_queries.page(reader, wanted.filter, start=0, limit=2 * AROUND, cache=self._cache)
            key = wanted.key
            if key is None and page.items:
                offset = min(max(at - page.start, 0), len(page.items) - 1)
                key, index = page.items[offset].key, page.start + offset
            unknown = len(flag_queries.unknown_keys(reader, wanted.filter.query, self._cache))
            return View(summary, page, index, self._item(reader, key), unknown, self._writes)

        return await self._ask(read)

    def _index(self, reader: Reader, wanted: Wanted) -> int | None:
        try:
            return item_queries.locate(reader, wanted.filter, wanted.key, self._cache) if wanted.key else None
        except NotFoundError:  # someone removed the item
            return None

    @staticmethod
    def _item(reader: Reader, key: str | None) -> ItemDetail | None:
        if key is None:
            return None
        try:
            return item_queries.item(reader, key)
        except NotFoundError:
            return None

    async def item(self, key: str) -> ItemDetail | None:
        """One item, None where it is gone."""
        return await self._ask(lambda reader: self._item(reader, key))

    async def items_markdown(self, keys: Sequence[str]) -> str:
        """Some items as Markdown, one after another. Raises NotFoundError where one is gone."""
        from store.formats.reports import items_markdown

        return await self._ask(lambda reader: items_markdown([item_queries.item(reader, key) for key in keys]))

    async def item_and_blast_radius(
        self, key: str, assumed: Sequence[str]
    ) -> tuple[ItemDetail | None, BlastRadius | None]:
        """One item, None where it is gone, and its blast radius where it has dependencies."""

        def read(reader: Reader) -> tuple[ItemDetail | None, BlastRadius | None]:
            item = self._item(reader, key)
            if item is None or not (item.feeds or item.fed_by):
                return item, None
            return item, dependency_map.blast_radius(reader, key, assumed=assumed)

        return await self._ask(read)

    async def page(self, wanted: ItemFilter, start: int, after: Position | None, before: Position | None) -> Page:
        """The rows from `start` on."""
        return await self._ask(
            lambda reader: item_queries.page(
                reader, wanted, start=start, limit=AROUND, after=after, before=before, cache=self._cache
            )
        )

    async def find(self, words: Sequence[str], limit: int = 20) -> Page:
        """The first items that hold every word."""
        return await self._ask(
            lambda reader: item_queries.page(reader, ItemFilter(filter_ast.phrases(*words)), limit=limit)
        )

    async def map_rows(self, assumed: Sequence[str] = ()) -> MapRows:
        """The dependencies in cascade order, as if the items of the keys `assumed` were Mitigated.

        They are kept: after a few changes only those are read.
        """

        def read(reader: Reader) -> MapRows:
            now = head(reader)
            if self._map is None:
                rows = dependency_map.map_rows(reader, assumed=assumed)
            else:
                rows = dependency_map.map_after(reader, self._map[1], self._map[0], assumed=assumed)
            self._map = (now, rows)
            return dependency_map.with_flags(reader, rows, self._cache)

        return await self._ask(read)

    async def priorities(self, assumed: Sequence[str] = ()) -> Priorities:
        """The unresolved items, what to fix first at the top, as if the items of the keys `assumed` were Mitigated.

        They are kept until something changes; scores are computed next to the worker thread, which stays free.
        """

        def read(reader: Reader) -> tuple[tuple[Head, date], Priorities | Callable[[], Priorities]]:
            # What is overdue or escalated is so on a day.
            now = (head(reader), reader.today)
            return now, self._priorities.get((now, tuple(assumed))) or priorities.ranking(reader, assumed=assumed)

        now, found = await self._ask(read)
        if callable(found):
            found = await asyncio.to_thread(found)
            self._priorities = {(now, tuple(assumed)): found}
        return found

    async def blast_radius(self, key: str, assumed: Sequence[str] = ()) -> BlastRadius:
        """The blast radius of an item and what feeds it, as if the items of the keys `assumed` were Mitigated."""
        return await self._ask(lambda reader: dependency_map.blast_radius(reader, key, assumed=assumed))

    async def known(self) -> NamesInUse:
        """Owners and components in use."""
        return await self._ask(overview_queries.names_in_use)

    async def next_key(self, code: str) -> str:
        """The next free key of a category."""
        return await self._ask(lambda reader: lookup.next_key(reader, code))

    async def facts(self) -> RegisterRow:
        """The register's own facts."""
        return await self._ask(overview_queries.register_row)

    async def categories(self) -> tuple[CategoryRow, ...]:
        """The categories with their counts."""
        return (await self._ask(overview_queries.summary)).categories

    async def changed_elsewhere(self) -> bool:
        """Whether another process committed since `seen` was last said."""

        def ask() -> bool:
            version = self._database.data_version()
            self._unseen = self._unseen or version != self._version
            self._version = version
            return self._unseen

        return await on_thread(self._executor, ask)

    def seen(self) -> None:
        """What others committed is on the screen."""
        self._unseen = False

    async def activity(self) -> tuple[Activity, tuple[Presence, ...]]:
        """What was written elsewhere since this was asked last, and who has changed something recently."""

        def read(reader: Reader) -> tuple[Activity, tuple[Presence, ...]]:
            own = frozenset(self.own)
            found = history_queries.activity(
                reader, self._seen_head.sequence, digest=self._seen_head.digest, excluding=own
            )
            self._seen_head = head(reader)
            self.own -= own
            return found, history_queries.recent_actors(reader, self.now - self.lately)

        return await self._ask(read)

    async def current_key(self, key: str, entity: Literal["item", "category"] = "item") -> CurrentKey | None:
        """What happened to the item that had a key, or the category that had a code."""
        return await self._ask(lambda reader: history_queries.current_key(reader, entity, key))

    async def author(self, entity: str, key: str, field: str | None) -> str:
        """Who changed a field last, or removed the row that had a key."""
        return await self._ask(lambda reader: history_queries.author(reader, entity, key, field))

    async def recent_changes(self, key: str | None) -> RecentChanges:
        """The newest changes of an item, a category or the whole register."""
        return await self._ask(lambda reader: history_queries.recent_changes(reader, key=key, limit=HISTORY))
