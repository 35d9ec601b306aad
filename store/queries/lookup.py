"""Finds rows by the keys and codes that people type, and the next key of a category."""

from __future__ import annotations

import difflib
import json
import re
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from store.db.reader import id_list
from store.errors import SHOWS_KEYS, NotFoundError
from store.text import is_storable, join_words, name_key, same_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from store.db.reader import Reader
    from store.enums import SavedKind


class CategoryRecord(NamedTuple):
    """A category as stored."""

    id: int
    code: str
    name: str
    definition: str | None
    position: int
    origin: str | None
    version: int


class SavedRow(NamedTuple):
    """A query with a name: a view or a rule."""

    kind: SavedKind
    name: str
    query: str


IN_DOCUMENT_ORDER = """
item join category on category.id = item.category_id where {where}
order by category.position, category.id, item.position, item.id
"""
K = TypeVar("K")
T = TypeVar("T")
_CHUNK = 5_000  # values in one list of a statement, well under the limit of every database
_NEAR = 5_000  # keys among which a suggestion is searched for


def chunks(values: Sequence[T]) -> Iterator[Sequence[T]]:
    """The values in chunks that fit one statement."""
    for start in range(0, len(values), _CHUNK):
        yield values[start : start + _CHUNK]


def grouped(pairs: Iterable[tuple[K, T]]) -> dict[K, tuple[T, ...]]:
    """The second of each pair by the first, in order."""
    found: defaultdict[K, list[T]] = defaultdict(list)
    for key, value in pairs:
        found[key].append(value)
    return {key: tuple(values) for key, values in found.items()}


def text_list(texts: Iterable[str]) -> str:
    """Texts as one parameter, for `in (select value from json_each(:texts))`; only those that can be stored."""
    return json.dumps([text for text in texts if is_storable(text)], ensure_ascii=False)


class FoundItem(NamedTuple):
    """An item found by its key, and its position."""

    id: int
    key: str
    category_id: int
    position: int


ITEMS_BY_KEY = "select id, key, category_id, position from item where key in (select value from json_each(:keys))"
KEYS = r"select key from item where lower(key) like :pattern escape '\' order by key limit :most"
SAME_KEY = "select key from item where key = :key"
# Keys are ASCII, which the database can lowercase.
KEY_IN_ANY_CASE = "select key from item where lower(key) = :key order by key limit 1"


def find_item(reader: Reader, key: str) -> FoundItem:
    """The item of a key. Raises NotFoundError suggesting the nearest key."""
    return find_items(reader, (key,))[0]


def find_items(reader: Reader, keys: Iterable[str]) -> list[FoundItem]:
    """The items of some keys, each once, in the order given. Raises NotFoundError for the first unknown one."""
    wanted = list(dict.fromkeys(key.strip() for key in keys))
    found = {item.key: item for item in _items(reader, wanted)}
    for key in wanted:
        if key not in found:
            alike = find_key(reader, key)
            if alike is None:
                raise NotFoundError(f"unknown item {key}", _nearest(reader, key))
            (found[key],) = _items(reader, (alike,))
    return list({found[key].id: found[key] for key in wanted}.values())


def _items(reader: Reader, keys: Iterable[str]) -> tuple[FoundItem, ...]:
    return reader.rows(ITEMS_BY_KEY, {"keys": text_list(keys)}, row=FoundItem)


def find_key(reader: Reader, key: str) -> str | None:
    """The key in use that equals this one, ignoring case."""
    if not is_storable(key):
        return None
    found: str | None = reader.value(SAME_KEY, {"key": key}) or reader.value(KEY_IN_ANY_CASE, {"key": name_key(key)})
    return found


def _nearest(reader: Reader, key: str) -> str:
    prefix = re.sub(r"([\\%_])", r"\\\1", key[:2].lower()) if is_storable(key) else ""
    alike, every = ({"pattern": pattern, "most": _NEAR} for pattern in (f"{prefix}%", "%"))
    near = difflib.get_close_matches(key.upper(), reader.column(KEYS, alike) or reader.column(KEYS, every), 1, 0.5)
    return f"did you mean {near[0]}?" if near else SHOWS_KEYS


SAVED = "select kind, name, query from saved_query where kind = :kind order by position, id"


def saved_queries(reader: Reader, kind: SavedKind) -> tuple[SavedRow, ...]:
    """The saved queries of a kind, in the order they were saved."""
    return reader.rows(SAVED, {"kind": kind.value}, row=SavedRow)


CATEGORIES = """
select id, code, name, definition, position, origin, version from category order by position, id
"""


def categories(reader: Reader) -> tuple[CategoryRecord, ...]:
    """The categories in order."""
    return reader.rows(CATEGORIES, row=CategoryRecord)


def find_category(reader: Reader, code: str) -> CategoryRecord:
    """The category of a code. Raises NotFoundError listing the codes."""
    wanted = code.strip()
    found = categories(reader)
    for category in found:
        if category.code == wanted:
            return category
    for category in found:
        if same_name(category.code, wanted):
            return category
    codes = join_words([category.code for category in found], "or")
    raise NotFoundError(f"unknown category {wanted}", f"use {codes}" if codes else "add it first")


COMPONENTS = """
select item_component.item_id, component.name
from item_component join component on component.id = item_component.component_id
{where}order by item_component.item_id, item_component.position
"""
OF_ITEMS = "where item_component.item_id in (select value from json_each(:ids)) "


def component_links(reader: Reader, ids: Iterable[int] | None = None) -> list[tuple[int, str]]:
    """The item ids and components of some items (without `ids`, of all), in order."""
    if ids is None:
        return reader.tuples(COMPONENTS.format(where=""))
    return reader.tuples(COMPONENTS.format(where=OF_ITEMS), {"ids": id_list(ids)})


NAMES_IN_USE = "select {column}, count(*) from item where {column} is not null group by {column}"
COMPONENTS_IN_USE = """
select component.name, count(*) from item_component join component on component.id = item_component.component_id
group by component.id, component.name
"""
SIGNALS_IN_USE = """
select signal.name, count(distinct signal_item.item_id)
from signal join signal_item on signal_item.signal_id = signal.id
where signal_item.attached = 1 group by signal.name
"""


def most_used(reader: Reader, sql: str) -> list[tuple[str, int]]:
    """The names that a statement finds with the number of their items, most used first."""
    ranked = sorted((-number, name) for name, number in reader.tuples(sql) if name)
    return [(name, -number) for number, name in ranked]


_LATEST = 200  # keys that show the pattern of a category, and its highest number
_NUMBERED = re.compile(r"(?P<prefix>.*?)(?P<number>\d{1,9})")
LATEST_KEYS = "select key from item where category_id = :category order by position desc limit :most"
# Indexes find the range; the longest keys have the highest numbers.
HIGHEST_KEYS = """
select key from (
    select key from item where key >= :first and key < :last
    union select key from change where key >= :first and key < :last and entity = 'item'
) as keys
order by length(key) desc, key desc limit :most
"""


def next_key(reader: Reader, code: str) -> str:
    """The key after the highest one in a category, in the pattern of most of its keys (else CODE-001).

    Keys of removed items are not reused: the log still refers to them, and undo may bring them back.
    """
    category = find_category(reader, code)
    latest = reader.column(LATEST_KEYS, {"category": category.id, "most": _LATEST})
    prefixes = Counter(match["prefix"] for match in _numbered(latest))
    prefix = prefixes.most_common(1)[0][0] if prefixes else f"{category.code}-"
    wanted = {"first": prefix, "last": f"{prefix}\uffff", "most": _LATEST}
    # Depending on the collation, other keys may be in the range.
    highest = [match["number"] for match in _numbered(reader.column(HIGHEST_KEYS, wanted)) if match["prefix"] == prefix]
    width = max(map(len, highest), default=3)
    return f"{prefix}{max(map(int, highest), default=0) + 1:0{width}}"


def _numbered(keys: Iterable[str]) -> list[re.Match[str]]:
    return [match for key in keys if (match := _NUMBERED.fullmatch(key))]
