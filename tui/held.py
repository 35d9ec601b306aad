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

HELD = tuple(name for name in SelectedItem._fields if name != "key")
"""What is held of a marked item."""
Held = dict[str, "FieldValue | int"]
"""What was seen of a marked item, as far as it was shown."""


class HoldsMany(Verbs):
    """What the dashboard asks about the items that are marked."""

    _cache: QueryCache

    async def _ask(self, read: Callable[[Reader], T]) -> T:
        """What a read gives."""
        raise NotImplementedError

    async def held(self, wanted: ItemFilter) -> dict[str, Held]:
        """The items of a list by key, in document order."""

        def read(reader: Reader) -> dict[str, Held]:
            return {
                row.key: {name: getattr(row, name) for name in HELD}
                for row in item_queries.selected_items(reader, wanted, self._cache)
            }

        return await self._ask(read)

    async def held_of(self, keys: Sequence[str]) -> tuple[SelectedItem, ...]:
        """Those of some keys that are there."""
        return await self._ask(lambda reader: item_queries.selected_by_key(reader, keys))

    async def there(self, keys: Sequence[str]) -> frozenset[str]:
        """Those of some keys that an item has."""
        return frozenset(row.key for row in await self.held_of(keys))

    async def shown_of(self, wanted: ItemFilter, keys: Iterable[str]) -> tuple[str, ...]:
        """Those of some keys that are among the items of a list, in the order given."""
        known = tuple(keys)
        return await self._ask(lambda reader: item_queries.listed_keys(reader, wanted, known, self._cache))
