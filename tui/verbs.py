"""The verbs of an open register, each carried out on its worker thread."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

from tui.lazy import Lazy
from tui.render.import_plan import Preview
from tui.write_queue import WriteQueue

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from concurrent.futures import ThreadPoolExecutor
    from datetime import date
    from pathlib import Path

    from store.audit.log import Done
    from store.commands.imports.plan import ImportPlan, Prefer, Same
    from store.commands.settings import FactValue
    from store.db.database import Database
    from store.enums import Status, Term
    from store.fields import FieldValue
    from store.formats.document.rules import ReadingRules
    from store.queries.items import WrittenRow
    from store.review.queue import ReviewDecision

    Before = Mapping[str, Mapping[str, FieldValue]]
    from store.audit import undo
    from store.commands import categories as category_commands
    from store.commands import dependencies as dependency_commands
    from store.commands import export
    from store.commands import items as item_commands
    from store.commands import settings as settings_commands
    from store.commands.imports import apply
    from store.commands.imports import plan as import_plan
    from store.formats import lines
    from store.queries import items as item_queries
else:
    undo = Lazy("store.audit.undo")
    category_commands = Lazy("store.commands.categories")
    dependency_commands = Lazy("store.commands.dependencies")
    export = Lazy("store.commands.export")
    item_commands = Lazy("store.commands.items")
    settings_commands = Lazy("store.commands.settings")
    apply = Lazy("store.commands.imports.apply")
    import_plan = Lazy("store.commands.imports.plan")
    lines = Lazy("store.formats.lines")
    item_queries = Lazy("store.queries.items")

P = ParamSpec("P")
T = TypeVar("T")


async def on_thread(executor: ThreadPoolExecutor, call: Callable[[], T]) -> T:
    """What a call gives, carried out on the executor's thread."""
    return await asyncio.get_running_loop().run_in_executor(executor, call)


def preview(database: Database | None, path: Path, settled: ReadingRules | None, same: Same | None) -> Preview:
    """What importing a file would do to a register, or to none, and what is understood of it."""
    from store.formats.document.rules import EVERYTHING

    text, settled = lines.read_file(path), settled or EVERYTHING
    plan = import_plan.plan_import(database, text, path=os.path.abspath(path), settled=settled, same=same or {})
    return Preview(plan, import_plan.understanding(plan))


class Verbs:
    """What changes a register. Raises what the store raises.

    own: the batches that were written here and not yet reported as news. queue: the order in which they are written.
    """

    def __init__(self, database: Database, executor: ThreadPoolExecutor) -> None:
        self._database = database
        self._executor = executor
        self.own: set[int] = set()
        self.queue = WriteQueue()
        # Only the worker thread counts.
        self._writes = 0

    async def _do(self, verb: Callable[Concatenate[Database, P], Done], *args: P.args, **kwargs: P.kwargs) -> Done:
        def run() -> Done:
            done = verb(self._database, *args, **kwargs)
            self.note_own(done)
            return done

        return await on_thread(self._executor, run)

    async def _change(self, verb: Callable[Concatenate[Database, P], Done], *args: P.args, **kwargs: P.kwargs) -> Done:
        """Carry out a verb that changes fields of items, and remember what it left in them."""

        def run() -> tuple[Done, tuple[WrittenRow, ...], int]:
            done = verb(self._database, *args, **kwargs)
            self.note_own(done)
            self._writes += 1
            if done.batch is None:
                return done, (), self._writes
            with self._database.read() as reader:
                return done, item_queries.written_values(reader, done.batch), self._writes

        done, left, number = await on_thread(self._executor, run)
        self.queue.wrote(left, number)
        return done

    def note_own(self, done: Done) -> None:
        """What was done here is not news."""
        if done.batch is not None:
            self.own.add(done.batch)

    async def add_item(self, values: Mapping[str, FieldValue]) -> Done:
        """Add an item."""
        return await self._do(item_commands.add_item, values)

    async def edit_items(
        self,
        keys: Sequence[str],
        changes: Mapping[str, FieldValue],
        *,
        before: Before,
        exactly: bool = False,
        instead: Before | None = None,
        decision: ReviewDecision | None = None,
    ) -> Done:
        """Change fields of items, of some otherwise."""
        return await self._change(
            item_commands.edit_items, keys, changes, before=before, exactly=exactly, instead=instead, decision=decision
        )

    async def set_status(
        self,
        keys: Sequence[str],
        status: Status,
        *,
        before: Before,
        note: str | None = None,
        decision: ReviewDecision | None = None,
    ) -> Done:
        """Set a status, with a note or without."""
        return await self._change(item_commands.set_status, keys, status, note=note, before=before, decision=decision)

    async def accept(
        self,
        keys: Sequence[str],
        *,
        rationale: str,
        by: str,
        until: date | Term | None,
        before: Before,
        decision: ReviewDecision | None = None,
    ) -> Done:
        """Accept items."""
        return await self._change(
            item_commands.accept, keys, rationale=rationale, by=by, until=until, before=before, decision=decision
        )

    async def comment(self, keys: Sequence[str], text: str) -> Done:
        """Write a comment into the trail."""
        return await self._do(item_commands.comment, keys, text)

    async def remove_items(self, keys: Sequence[str], *, seen: Mapping[str, int]) -> Done:
        """Remove items with their dependencies, in the versions that were seen."""
        return await self._do(item_commands.remove_items, keys, seen=seen)

    async def link(self, sources: Sequence[str], target: str, label: str) -> Done:
        """Add a dependency of each of some items."""
        return await self._do(dependency_commands.link_items, sources, target, label)

    async def relabel(self, source: str, target: str, old_label: str, label: str) -> Done:
        """Change a dependency's label."""
        return await self._do(dependency_commands.relabel, source, target, old_label, label)

    async def unlink(self, source: str, target: str, label: str) -> Done:
        """Remove a dependency."""
        return await self._do(dependency_commands.unlink, source, target, label)

    async def add_category(self, *, code: str, name: str, definition: str | None) -> Done:
        """Add a category."""
        return await self._do(category_commands.add_category, code=code, name=name, definition=definition)

    async def edit_category(
        self, code: str, changes: Mapping[str, str | None], *, before: Mapping[str, str | None]
    ) -> Done:
        """Change a category."""
        return await self._do(category_commands.edit_category, code, changes, before=before)

    async def remove_category(self, code: str, *, before: Mapping[str, str | None]) -> Done:
        """Remove an empty category."""
        return await self._do(category_commands.remove_category, code, before=before)

    async def move_category(self, code: str, offset: int) -> Done:
        """Move a category up or down."""
        return await self._do(category_commands.move_category, code, offset)

    async def set_register(self, changes: Mapping[str, FactValue], *, before: Mapping[str, FactValue]) -> Done:
        """Change the register's own facts."""
        return await self._do(settings_commands.set_register, changes, before=before)

    async def undo(self, *, confirmed: int | None = None) -> Done:
        """Undo my newest change, an import only when its batch was confirmed."""
        return await self._change(undo.undo, confirmed=confirmed is not None, batch=confirmed)

    async def redo(self) -> Done:
        """Redo what was undone."""
        return await self._change(undo.redo)

    # Documents

    async def plan_import(self, path: Path, settled: ReadingRules | None = None, same: Same | None = None) -> Preview:
        """What importing a file would do."""
        return await on_thread(self._executor, lambda: preview(self._database, path, settled, same))

    async def apply_import(self, plan: ImportPlan, *, prune: bool, prefer: Prefer | None) -> Done:
        """Import what was planned."""
        return await self._do(apply.apply_import, plan, prune=prune, prefer=prefer)

    async def export_file(self, path: Path, *, force: bool = False) -> Done:
        """Write the register to a file, in the format of its suffix."""
        return await self._do(export.export_to, path, force=force)
