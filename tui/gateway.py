"""The async face of the store: every call runs on one worker thread, never on the screen's."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

from store import reads, register
from store.database import Database, now
from store.errors import NotFoundError
from store.register import ImportUndoError as ImportUndoError
from store.rows import FirstRows, ItemFilter
from store.samples import sample_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from concurrent.futures import ThreadPoolExecutor
    from datetime import date
    from pathlib import Path

    from sqlmodel import Session

    from store.database import Clock
    from store.fields import FieldValue
    from store.reads import Candidates
    from store.register import FactValue, ImportPlan, Prefer
    from store.rows import (
        CategoryRow,
        Done,
        ItemDetail,
        Known,
        MapRows,
        Page,
        RadiusRow,
        RegisterRow,
        Summary,
    )
    from store.rows import Place as Position
    from store.words import Status

P = ParamSpec("P")
T = TypeVar("T")

AROUND = 200


@dataclass(frozen=True, slots=True)
class Place:
    """Where a register is kept, and who writes to it when; by default the user and the system's clock."""

    target: str | Path
    clock: Clock | None = None
    actor: str | None = None

    def open(self) -> Database:
        """The database that is there."""
        return Database.open(self.target, clock=self.clock or now, actor=self.actor)

    def create(self) -> Database:
        """A new database."""
        return Database.create(self.target, clock=self.clock or now, actor=self.actor)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the screen shows: a filter, and the item or else the row that holds the cursor."""

    filter: ItemFilter
    key: str | None = None
    index: int = 0


@dataclass(frozen=True, slots=True)
class View:
    """One consistent answer for the whole screen but the map; `index` is None where `key` is not in the list."""

    summary: Summary
    page: Page
    index: int | None
    item: ItemDetail | None


class Gateway:
    """An open register. Raises what the store raises."""

    def __init__(self, database: Database, executor: ThreadPoolExecutor) -> None:
        self._database = database
        self._executor = executor
        self._version = database.data_version()
        self._unseen = False
        # Only the worker thread asks for it.
        self._map: tuple[int, MapRows] | None = None
        self._first: dict[tuple[int, tuple[str, ...]], FirstRows] = {}

    @classmethod
    async def open(cls, place: Place, executor: ThreadPoolExecutor) -> Gateway:
        """Open the register that is there."""
        return await _on(executor, lambda: cls(place.open(), executor))

    @classmethod
    async def begin(cls, place: Place, executor: ThreadPoolExecutor, *, title: str, system: str | None) -> Gateway:
        """Make a new register with the seven categories."""

        def make() -> Gateway:
            database = place.create()
            register.create(database, title=title, system=system)
            return cls(database, executor)

        return await _on(executor, make)

    @classmethod
    async def from_file(cls, place: Place, executor: ThreadPoolExecutor, path: Path) -> Gateway:
        """Make a register of a Markdown file. Nothing is made when the file has problems."""
        return await _on(executor, lambda: cls._imported(place, executor, register.read_file(path), path))

    @classmethod
    async def sample(cls, place: Place, executor: ThreadPoolExecutor) -> Gateway:
        """Make a register of the packaged sample."""
        return await _on(executor, lambda: cls._imported(place, executor, sample_text(), None))

    @classmethod
    def _imported(cls, place: Place, executor: ThreadPoolExecutor, text: str, path: Path | None) -> Gateway:
        plan = register.plan_import(None, text, path=os.path.abspath(path) if path else None)
        register.require_sound(plan)
        database = place.create()
        register.apply_import(database, plan)
        return cls(database, executor)

    @property
    def actor(self) -> str:
        """Who the changes are recorded for."""
        return self._database.actor

    @property
    def now(self) -> datetime:
        """The store's clock."""
        return self._database.clock()

    async def close(self) -> None:
        """Close the database."""
        await _on(self._executor, self._database.close)

    async def _ask(self, read: Callable[[Session], T]) -> T:
        def run() -> T:
            with self._database.read() as session:
                return read(session)

        return await _on(self._executor, run)

    async def _do(self, verb: Callable[Concatenate[Database, P], Done], *args: P.args, **kwargs: P.kwargs) -> Done:
        return await _on(self._executor, lambda: verb(self._database, *args, **kwargs))

    # Reads

    async def look(self, wanted: Wanted) -> View:
        """Everything the panes show but the map, from one moment."""
        today = self._database.clock().astimezone(UTC).date()

        def read(session: Session) -> View:
            summary = reads.summary(session)
            index = self._index(session, wanted)
            at = wanted.index if index is None else index
            start = max(at // AROUND - (1 if at % AROUND < AROUND // 2 else 0), 0) * AROUND
            page = reads.page(session, wanted.filter, start=start, limit=2 * AROUND)
            if not page.items and start:
                page = reads.page(session, wanted.filter, start=0, limit=2 * AROUND)
            key = wanted.key
            if key is None and page.items:
                offset = min(max(at - page.start, 0), len(page.items) - 1)
                key, index = page.items[offset].key, page.start + offset
            return View(summary, page, index, self._item(session, key, today))

        return await self._ask(read)

    @staticmethod
    def _index(session: Session, wanted: Wanted) -> int | None:
        try:
            return reads.locate(session, wanted.filter, wanted.key) if wanted.key else None
        except NotFoundError:  # somebody removed the item
            return None

    @staticmethod
    def _item(session: Session, key: str | None, today: date) -> ItemDetail | None:
        if key is None:
            return None
        try:
            return reads.item(session, key, today=today)
        except NotFoundError:
            return None

    async def item(self, key: str) -> ItemDetail | None:
        """One item, None where it is gone."""
        today = self._database.clock().astimezone(UTC).date()
        return await self._ask(lambda session: self._item(session, key, today))

    async def page(self, wanted: ItemFilter, start: int, after: Position | None, before: Position | None) -> Page:
        """The rows from `start` on."""
        return await self._ask(
            lambda session: reads.page(session, wanted, start=start, limit=AROUND, after=after, before=before)
        )

    async def find(self, words: Sequence[str], limit: int = 20) -> Page:
        """The first items that hold every word."""
        return await self._ask(lambda session: reads.page(session, ItemFilter(words=tuple(words)), limit=limit))

    async def map_rows(self, assumed: Sequence[str] = ()) -> MapRows:
        """The dependencies in cascade order, as if the items of the keys `assumed` were Mitigated.

        They are kept: after a few changes only those are read.
        """

        def read(session: Session) -> MapRows:
            now = reads.newest(session)
            if self._map is None:
                rows = reads.map_rows(session, assumed=assumed)
            else:
                rows = reads.map_after(session, self._map[1], self._map[0], assumed=assumed)
            self._map = (now, rows)
            return rows

        return await self._ask(read)

    async def first(self, assumed: Sequence[str] = ()) -> FirstRows:
        """The unresolved items, what to fix first at the top, as if the items of the keys `assumed` were Mitigated.

        They are kept until something changes; scores are added up beside the worker thread, which is free meanwhile.
        """

        def read(session: Session) -> tuple[int, FirstRows | Candidates]:
            now = reads.newest(session)
            known = self._first.get((now, tuple(assumed)))
            return now, known or reads.candidates(session, assumed=assumed)

        now, found = await self._ask(read)
        if not isinstance(found, FirstRows):
            found = await asyncio.to_thread(found.ranked)
            self._first = {(now, tuple(assumed)): found}
        return found

    async def radius(self, key: str, assumed: Sequence[str] = ()) -> RadiusRow:
        """The blast radius of an item and what feeds it, as if the items of the keys `assumed` were Mitigated."""
        return await self._ask(lambda session: reads.radius(session, key, assumed=assumed))

    async def known(self) -> Known:
        """Owners and components in use."""
        return await self._ask(reads.known)

    async def next_key(self, code: str) -> str:
        """The next free key of a category."""
        return await self._ask(lambda session: reads.next_key(session, code))

    async def facts(self) -> RegisterRow:
        """The register's own facts."""
        return await self._ask(reads.register_row)

    async def categories(self) -> tuple[CategoryRow, ...]:
        """The categories with their counts."""
        return (await self._ask(reads.summary)).categories

    async def changed_elsewhere(self) -> bool:
        """Whether another process committed since `seen` was last said."""

        def ask() -> bool:
            version = self._database.data_version()
            self._unseen = self._unseen or version != self._version
            self._version = version
            return self._unseen

        return await _on(self._executor, ask)

    def seen(self) -> None:
        """What others committed is on the screen."""
        self._unseen = False

    # Verbs

    async def add_item(self, values: Mapping[str, FieldValue]) -> Done:
        """Add an item."""
        return await self._do(register.add_item, values)

    async def edit_items(
        self,
        keys: Sequence[str],
        changes: Mapping[str, FieldValue],
        *,
        before: Mapping[str, FieldValue] | None = None,
    ) -> Done:
        """Change fields of items."""
        return await self._do(register.edit_items, keys, changes, before=before)

    async def set_status(self, keys: Sequence[str], status: Status, *, note: str | None = None) -> Done:
        """Set a status, with a note or without."""
        return await self._do(register.set_status, keys, status, note=note)

    async def accept(self, keys: Sequence[str], *, rationale: str, by: str, until: date | None) -> Done:
        """Accept items."""
        return await self._do(register.accept, keys, rationale=rationale, by=by, until=until)

    async def comment(self, keys: Sequence[str], text: str) -> Done:
        """Write a comment into the trail."""
        return await self._do(register.comment, keys, text)

    async def remove_items(self, keys: Sequence[str]) -> Done:
        """Remove items with their dependencies."""
        return await self._do(register.remove_items, keys)

    async def link(self, source: str, target: str, label: str) -> Done:
        """Add a dependency."""
        return await self._do(register.link, source, target, label)

    async def relabel(self, source: str, target: str, old_label: str, label: str) -> Done:
        """Change a dependency's label."""
        return await self._do(register.relabel, source, target, old_label, label)

    async def unlink(self, source: str, target: str, label: str) -> Done:
        """Remove a dependency."""
        return await self._do(register.unlink, source, target, label)

    async def add_category(self, *, code: str, name: str, definition: str | None) -> Done:
        """Add a category."""
        return await self._do(register.add_category, code=code, name=name, definition=definition)

    async def edit_category(
        self, code: str, changes: Mapping[str, str | None], *, before: Mapping[str, str | None]
    ) -> Done:
        """Change a category."""
        return await self._do(register.edit_category, code, changes, before=before)

    async def remove_category(self, code: str) -> Done:
        """Remove an empty category."""
        return await self._do(register.remove_category, code)

    async def move_category(self, code: str, offset: int) -> Done:
        """Move a category up or down."""
        return await self._do(register.move_category, code, offset)

    async def set_register(self, changes: Mapping[str, FactValue], *, before: Mapping[str, FactValue]) -> Done:
        """Change the register's own facts."""
        return await self._do(register.set_register, changes, before=before)

    async def undo(self, *, confirmed: bool = False) -> Done:
        """Undo my newest change."""
        return await self._do(register.undo, confirmed=confirmed)

    async def redo(self) -> Done:
        """Redo what was undone."""
        return await self._do(register.redo)

    # Documents

    async def plan_import(self, path: Path) -> ImportPlan:
        """What importing a file would do."""

        def plan() -> ImportPlan:
            text = register.read_file(path)
            with self._database.read() as session:
                return register.plan_import(session, text, path=os.path.abspath(path))

        return await _on(self._executor, plan)

    async def apply_import(self, plan: ImportPlan, *, prune: bool, prefer: Prefer | None) -> Done:
        """Import what was planned."""
        return await self._do(register.apply_import, plan, prune=prune, prefer=prefer)

    async def export_file(self, path: Path, *, force: bool = False) -> Done:
        """Write the register to its Markdown file."""
        return await self._do(register.export_file, path, force=force)


async def _on(executor: ThreadPoolExecutor, call: Callable[[], T]) -> T:
    return await asyncio.get_running_loop().run_in_executor(executor, call)
