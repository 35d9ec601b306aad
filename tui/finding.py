"""What the gateway knows of filters and of saved views."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from store.enums import SavedKind
from store.queries import overview
from tui.lazy import Lazy
from tui.verbs import Verbs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from store.audit.log import Done
    from store.commands import saved_queries as saved_query_commands
    from store.db.reader import Reader
    from store.filters import completion, parser, sql
    from store.filters.ast import Query
    from store.filters.completion import Proposal
    from store.filters.sql import QueryCache
    from store.queries import lookup
    from store.queries.lookup import SavedRow
    from store.queries.overview import ViewRow
else:
    saved_query_commands = Lazy("store.commands.saved_queries")
    completion = Lazy("store.filters.completion")
    parser = Lazy("store.filters.parser")
    sql = Lazy("store.filters.sql")
    lookup = Lazy("store.queries.lookup")

T = TypeVar("T")


class FindingReads(Verbs):
    """Filters as typed, and the views that are kept."""

    _cache: QueryCache

    async def _ask(self, read: Callable[[Reader], T]) -> T:
        raise NotImplementedError

    async def understand(self, text: str) -> Query:
        """What a filter means. Raises QueryError, also for what the register does not know of."""
        # Outside the worker thread, which may be busy: errors are shown at once.
        query = await asyncio.to_thread(parser.parse, text)
        for unknown in await self._ask(lambda reader: sql.problems(reader, query, self._cache)):
            raise unknown
        return query

    async def complete(self, text: str, at: int) -> tuple[Proposal, ...]:
        """Suggestions for the text at the cursor of a filter."""
        return await self._ask(lambda reader: completion.complete(reader, text, at))

    async def views(self) -> tuple[ViewRow, ...]:
        """Every view with its count, the built-in ones first."""
        return await self._ask(lambda reader: overview.views(reader, self._cache))

    async def saved_views(self) -> tuple[SavedRow, ...]:
        """The views that people saved, without counts."""
        return await self._ask(lambda reader: lookup.saved_queries(reader, SavedKind.VIEW))

    async def save_view(self, name: str, query: str, *, before: str | None = None) -> Done:
        """Save a filter as a view."""
        return await self._do(saved_query_commands.save_query, SavedKind.VIEW, name, query, before=before)

    async def edit_view(self, name: str, changes: Mapping[str, str], *, before: Mapping[str, str]) -> Done:
        """Change a saved view's name or filter."""
        return await self._do(saved_query_commands.edit_query, SavedKind.VIEW, name, changes, before=before)

    async def remove_view(self, name: str) -> Done:
        """Remove a saved view."""
        return await self._do(saved_query_commands.remove_query, SavedKind.VIEW, name)
