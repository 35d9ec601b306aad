"""Reads about many items, each one call on the store's worker thread."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from store.queries import items as item_queries
from store.queries.items import SelectedItem
from tui.verbs import Verbs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from store.db.reader import Reader
    from store.fields import FieldValue
    from store.filters.ast import ItemFilter
    from store.filters.sql import QueryCache

T = TypeVar("T")

SELECTED_FIELDS = tuple(name for name in SelectedItem._fields if name != "key")
"""The fields of a marked item that are remembered."""
SelectedValues = dict[str, "FieldValue | int"]
"""What a marked item said when it was last shown, as far as shown."""


class SelectionReads(Verbs):
    """What the dashboard asks about the items that are marked."""

    _cache: QueryCache

    async def _ask(self, read: Callable[[Reader], T]) -> T:
        """What a read gives."""
        raise NotImplementedError

    async def selected_items(self, wanted: ItemFilter) -> dict[str, SelectedValues]:
        """The items of a list by key, in document order."""

        def read(reader: Reader) -> dict[str, SelectedValues]:
            return {
                row.key: {name: getattr(row, name) for name in SELECTED_FIELDS}
                for row in item_queries.selected_items(reader, wanted, self._cache)
            }

        return await self._ask(read)

    async def selected_by_key(self, keys: Sequence[str]) -> tuple[SelectedItem, ...]:
        """The items of some keys, without those that are gone."""
        return await self._ask(lambda reader: item_queries.selected_by_key(reader, keys))

    async def existing_keys(self, keys: Sequence[str]) -> frozenset[str]:
        """Those of some keys that an item has."""
        return frozenset(row.key for row in await self.selected_by_key(keys))

    async def listed_keys(self, wanted: ItemFilter, keys: Iterable[str]) -> tuple[str, ...]:
        """Those of some keys that are among the items of a list, in the order given."""
        known = tuple(keys)
        return await self._ask(lambda reader: item_queries.listed_keys(reader, wanted, known, self._cache))
