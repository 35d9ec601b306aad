"""Lists of items, where an item is in a list, and everything about one item."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections import Counter, defaultdict
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from store.audit.log import CHANGES, IS_UNDONE, ChangeRecord
from store.db.reader import id_list
from store.db.values import decoder_of
from store.enums import Flag, Status
from store.fields import FIELDS, STORED_FIELDS, Affected, text_of
from store.filters.ordering import positions
from store.filters.sql import (
    TRUE,
    Condition,
    QueryCache,
    combined,
    condition,
    depends_on_time,
    follows_index,
    in_ids,
    policy,
)
from store.queries.flags import flag_bits, item_flags, overdue_days
from store.queries.follow_ups import find_follow_ups
from store.queries.history import VISIBLE, change_row
from store.queries.lookup import (
    IN_DOCUMENT_ORDER,
    categories,
    component_links,
    find_category,
    find_item,
    grouped,
    text_list,
)
from store.text import lead_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date, datetime

    from store.db.reader import Reader
    from store.db.values import BigInteger, FlagSet, Pairs
    from store.enums import Effort, Severity
    from store.fields import FieldValue
    from store.filters.ast import ItemFilter
    from store.filters.sql import Positions
    from store.formats.links import Link
    from store.queries.follow_ups import FollowUpRow
    from store.queries.history import ChangeRow
    from store.queries.lookup import CategoryRecord
    from store.queries.signals import SignalRow, TimelineEntry


class ItemRecord(NamedTuple):
    """An item as stored."""

    id: int
    key: str
    category_id: int
    position: int
    severity: Severity | None
    status: Status
    effort: Effort | None
    owner: str | None
    due_on: date | None
    opened_on: date | None
    links: str | None
    accepted_by: str | None
    accepted_until: date | None
    affected_text: str | None
    affected_count: BigInteger | None
    affected_percent: float | None
    origin: str | None
    version: int
    created: datetime
    updated: datetime
    title: str | None
    description: str
    status_note: str | None
    components_text: str | None
    mitigation_plan: str | None
    extra: Pairs | None

    @property
    def lead(self) -> str:
        """The title, or the description's lead words."""
        return lead_of(self.title, self.description)


class Position(NamedTuple):
    """Where an item is in document order: the position of its category, its own in it, its row id."""

    category: int
    item: int
    id: int


class ItemRow(NamedTuple):
    """An item of a list; in a page, the description is cut to its beginning."""

    id: int
    key: str
    title: str | None
    description: str
    severity: Severity | None
    status: Status
    owner: str | None
    due_on: date | None
    opened_on: date | None
    created: datetime
    category: str
    category_position: int
    item_position: int
    flags: FlagSet

    @property
    def lead(self) -> str:
        """The title, or the description's lead words."""
        return lead_of(self.title, self.description)

    @property
    def position(self) -> Position:
        """Where it is in document order."""
        return Position(self.category_position, self.item_position, self.id)


class Tally(NamedTuple):
    """How many items of a category have a status and a severity."""

    category_id: int
    status: Status
    severity: Severity | None
    items: int


class Page(NamedTuple):
    """Consecutive items; `start` is the first one's index in the whole list, `total` the list's length.

    today: the day that their flags and ages are as of.
    """

    items: tuple[ItemRow, ...]
    start: int
    total: int
    today: date


class Neighbor(NamedTuple):
    """The other end of a dependency of the item with the row id `item`."""

    item: int
    key: str
    title: str | None
    description: str
    severity: Severity | None
    status: Status
    label: str

    @property
    def lead(self) -> str:
        """The title, or the description's lead words."""
        return lead_of(self.title, self.description)


class ItemDetail(NamedTuple):
    """Everything about one item; `feeds` are the edges out of it, `fed_by` those into it.

    `age_days` counts from `opened_on`, else from the import, and is then `age_at_least`. `broken_rules` are the names
    of the rules that it breaks, `unknown_rules` of those for which that is unknown. `overdue_days`: for how long at
    least it is overdue. `acceptance_days`: the days left of its acceptance, negative once it has ended. `timeline`:
    the events of its signals and its statuses, oldest first, where it was asked for alone and has signals.
    """

    key: str
    title: str | None
    category: str
    category_name: str
    severity: Severity | None
    status: Status
    status_note: str | None
    description: str
    components: tuple[str, ...]
    mitigation_plan: str | None
    owner: str | None
    effort: Effort | None
    affected: Affected | None
    due_on: date | None
    opened_on: date | None
    accepted_by: str | None
    accepted_until: date | None
    links: str | None
    extra: tuple[tuple[str, str], ...]
    version: int
    created: datetime
    updated: datetime
    age_days: int
    age_at_least: bool
    feeds: tuple[Neighbor, ...]
    fed_by: tuple[Neighbor, ...]
    last_change: ChangeRow | None
    comments: tuple[ChangeRow, ...]
    follow_ups: tuple[FollowUpRow, ...] = ()
    signals: tuple[SignalRow, ...] = ()
    timeline: tuple[TimelineEntry, ...] = ()
    flags: FlagSet = frozenset()
    broken_rules: tuple[str, ...] = ()
    unknown_rules: tuple[str, ...] = ()
    overdue_days: int | None = None
    acceptance_days: int | None = None

    @property
    def found_links(self) -> tuple[Link, ...]:
        """Its links, each URL once."""
        # Loaded here, since most items have none.
        from store.formats.links import links_in

        return links_in(self.links or "")

    @property
    def every_link(self) -> tuple[Link, ...]:
        """Its links, then those of its signals, extra columns and texts, each URL once."""
        from store.formats.links import Link, links_in

        found = [*self.found_links, *(Link(f"signal {row.name}", row.link) for row in self.signals if row.link)]
        texts = [*self.extra, ("Status note", self.status_note), ("Mitigation plan", self.mitigation_plan)]
        for name, text in (*texts, ("Description", self.description)):
            found += [Link(f"{name}: {each.label}" if each.label else name, each.url) for each in links_in(text or "")]
        return tuple({each.url: each for each in reversed(found)}.values())[::-1]


class SelectedItem(NamedTuple):
    """An item at the time it was selected; its fields by their names, the category by its code."""

    key: str
    version: int
    category: str
    severity: Severity | None
    status: Status
    status_note: str | None
    accepted_by: str | None
    accepted_until: date | None
    owner: str | None
    due_on: date | None
    effort: Effort | None
    opened_on: date | None


class WrittenRow(NamedTuple):
    """The values that a batch gave to those fields of an item that `SelectedItem` has, and its version now."""

    key: str
    version: int
    values: Mapping[str, FieldValue]


ITEMS = f"select {', '.join(f'item.{name}' for name in ItemRecord._fields)} from {IN_DOCUMENT_ORDER}"


def item_records(reader: Reader, where: Condition = TRUE) -> tuple[ItemRecord, ...]:
    """The items that meet a condition, in document order."""
    return reader.rows(ITEMS.format(where=where.sql), where.parameters, row=ItemRecord)


# The lead words of an item come from the beginning of its description.
CUT = "substr(item.description, 1, 480)"
_COMPUTED = {
    "description": "{description}",
    "category": "category.code",
    "category_position": "category.position",
    "item_position": "item.position",
    "flags": "{flags}",
}
"""Of the columns of a list, those that are not columns of an item."""
LISTED = f"""
select {", ".join(f"{_COMPUTED.get(name, f'item.{name}')} as {name}" for name in ItemRow._fields)}
from item join category on category.id = item.category_id where {{where}}
"""


def list_items(reader: Reader, wanted: ItemFilter) -> tuple[ItemRow, ...]:
    """All items of a list with their whole texts, in its order."""
    cache = QueryCache()
    rows = {row.id: row for row in _rows(reader, _where(reader, wanted, cache), cache, description="item.description")}
    return tuple(rows[item] for _, _, item in _positions(reader, wanted, cache))


def items_by_key(reader: Reader, keys: Sequence[str]) -> dict[str, ItemRow]:
    """Some items as lists show them, by key in the order given."""
    rows = {row.key: row for row in _rows(reader, has_key_in(keys))}
    return {key: rows[key] for key in keys}


def _rows(
    reader: Reader, where: Condition, cache: QueryCache | None = None, *, description: str = CUT
) -> Iterator[ItemRow]:
    """The items that meet a condition, in any order."""
    (flags, condition), parameters = combined(flag_bits(reader, cache), where)
    return reader.each(LISTED.format(description=description, flags=flags, where=condition), parameters, row=ItemRow)


def page(
    reader: Reader,
    wanted: ItemFilter,
    *,
    start: int = 0,
    limit: int = 200,
    after: Position | None = None,
    before: Position | None = None,
    cache: QueryCache | None = None,
) -> Page:
    """Up to `limit` consecutive items of a list, in the order of its query, else in document order.

    They begin at index `start`, or follow the position `after`, or end just before the position `before`. In a sorted
    list, `start` says where the page begins if the position is gone. `cache` avoids finding the same list again while
    nothing has changed.
    """
    cache = cache or QueryCache()
    found = _list(reader, wanted, cache)
    if after is not None and (rank := found.rank(after, after=True)) is not None:
        start = rank
    elif before is not None:
        rank = found.rank(before)
        end = min(start + limit, found.total) if rank is None else rank
        start = max(end - limit, 0)
        limit = end - start
    first = min(max(start, 0), found.total)
    ids = found.ids(first, limit)
    rows = {row.id: row for row in _rows(reader, in_ids("item.id", ids), cache)}
    return Page(items=tuple(rows[item] for item in ids), start=first, total=found.total, today=reader.today)


def locate(reader: Reader, wanted: ItemFilter, key: str, cache: QueryCache | None = None) -> int | None:
    """The index of an item in a list, None if the list does not have it. Raises NotFoundError."""
    item = find_item(reader, key)
    if wanted.category is not None and find_category(reader, wanted.category).id != item.category_id:
        return None
    category = next(row.position for row in categories(reader) if row.id == item.category_id)
    return _list(reader, wanted, cache or QueryCache()).index(Position(category, item.position, item.id))


def _where(reader: Reader, wanted: ItemFilter, cache: QueryCache | None) -> Condition:
    where = condition(reader, wanted.query, cache)
    if wanted.category is not None:
        where &= Condition("item.category_id = :p0", (find_category(reader, wanted.category).id,))
    return where


def _positions(reader: Reader, wanted: ItemFilter, cache: QueryCache) -> Positions:
    """The positions of a list's items, in its order. Raises NotFoundError, or QueryError."""
    return positions(reader, wanted.query.sort, _where(reader, wanted, cache), cache)


def _list(reader: Reader, wanted: ItemFilter, cache: QueryCache) -> _IndexedList | _FoundList:
    if follows_index(wanted.query):
        shown = categories(reader) if wanted.category is None else (find_category(reader, wanted.category),)
        where = _where(reader, wanted, cache)
        counts = _count_by_category(reader, where, cache)
        return _IndexedList(reader, where, [(category, counts[category.id]) for category in shown])
    if depends_on_time(wanted.query):
        found = _positions(reader, wanted, cache)
    else:
        found = cache.get(reader, "positions", lambda: _positions(reader, wanted, cache), key=wanted)
    return _FoundList(found, in_document_order=wanted.query.sort is None)


# In the order of a covering index.
TALLIES = """
select category_id, status, severity, count(*) as items from item group by category_id, status, severity
"""


def tallies(reader: Reader, cache: QueryCache) -> tuple[Tally, ...]:
    """How many items there are, by category, status and severity."""
    return cache.get(reader, "tallies", lambda: reader.rows(TALLIES, row=Tally))


COUNT_TALLIES = """
with item(category_id, status, severity, items) as (
    select json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]'),
           json_extract(value, '$[3]')
    from json_each(:tallies)
)
select category_id, items from item where {where}
"""


def _count_by_category(reader: Reader, where: Condition, cache: QueryCache) -> Counter[int]:
    """How many items meet a condition on status, severity and category, by category id."""
    counted = {"tallies": json.dumps(tallies(reader, cache))}
    counts = Counter[int]()
    for category, number in reader.tuples(COUNT_TALLIES.format(where=where.sql), {**where.parameters, **counted}):
        counts[category] += number
    return counts


class _FoundList:
    """A list whose order no index has: all positions are found at once, and sorted."""

    def __init__(self, found: Positions, *, in_document_order: bool) -> None:
        self._positions = found
        self._in_document_order = in_document_order
        self.total = len(found)

    def index(self, position: Position) -> int | None:
        """The index of an item in the list."""
        if not self._in_document_order:
            return next((at for at, (_, _, item) in enumerate(self._positions) if item == position.id), None)
        at = bisect_left(self._positions, position)
        return at if self._positions[at : at + 1] == [position] else None

    def rank(self, position: Position, *, after: bool = False) -> int | None:
        """How many items are before a position, or up to it (`after`); None if that is not known."""
        if self._in_document_order:
            return bisect_left(self._positions, position._replace(id=position.id + after))
        index = self.index(position)
        return None if index is None else index + after

    def ids(self, start: int, limit: int) -> list[int]:
        """The row ids of the items from an index on."""
        return [item for _, _, item in self._positions[start : start + limit]]


COUNT = "select count(*) from item where {where}"
# Follows a covering index: no row is read.
IDS = "select item.id from item where {where} order by item.position, item.id limit :limit offset :start"


class _IndexedList:
    """A list in document order, found category by category along the index of positions."""

    def __init__(self, reader: Reader, where: Condition, counts: Sequence[tuple[CategoryRecord, int]]) -> None:
        self._reader = reader
        self._where = where
        self._counts = counts
        self.total = sum(count for _, count in counts)

    def index(self, position: Position) -> int | None:
        """The index of an item in the list."""
        here = Condition("item.id = :p0", (position.id,)) & self._where
        return self.rank(position) if self._count(here) else None

    def rank(self, position: Position, *, after: bool = False) -> int:
        """How many items are before a position, or up to it (`after`)."""
        # The index can follow the first comparison; the second decides between equal positions.
        earlier = Condition(
            "item.position <= :p0 and (item.position < :p0 or item.id < :p1)", (position.item, position.id + after)
        )
        before = sum(count for category, count in self._counts if category.position < position.category)
        here = [category for category, _ in self._counts if category.position == position.category]
        return before + sum(self._count(self._of(category) & earlier) for category in here)

    def _of(self, category: CategoryRecord) -> Condition:
        return Condition("item.category_id = :p0", (category.id,)) & self._where

    def _count(self, where: Condition) -> int:
        number: int = self._reader.value(COUNT.format(where=where.sql), where.parameters)
        return number

    def ids(self, start: int, limit: int) -> list[int]:
        """The row ids of the items from an index on."""
        found: list[int] = []
        for category, count in self._counts:
            if start < count and len(found) < limit:
                where = self._of(category)
                span = {"limit": limit - len(found), "start": start}
                found += self._reader.column(IDS.format(where=where.sql), {**where.parameters, **span})
            start = max(start - count, 0)
        return found


def item(reader: Reader, key: str) -> ItemDetail:
    """Everything about one item. Raises NotFoundError suggesting the nearest key."""
    found = _details(reader, item_records(reader, in_ids("item.id", [find_item(reader, key).id])))[0]
    if not found.signals:
        return found
    from store.queries.signals import timeline

    return found._replace(timeline=timeline(reader, found.key))


def details(reader: Reader, wanted: ItemFilter) -> tuple[ItemDetail, ...]:
    """Everything about the items of a list, in its order; the number of statements does not depend on their number."""
    ids = [item for _, _, item in _positions(reader, wanted, QueryCache())]
    rows = {row.id: row for row in item_records(reader, in_ids("item.id", ids))}
    return _details(reader, [rows[item] for item in ids])


def _details(reader: Reader, items: Sequence[ItemRecord]) -> tuple[ItemDetail, ...]:
    today = reader.today
    ids = [item.id for item in items]
    by_id = {category.id: category for category in categories(reader)}
    names = grouped(component_links(reader, ids))
    feeds = _neighbors(reader, ids, "source_id", "target_id")
    fed_by = _neighbors(reader, ids, "target_id", "source_id")
    last, comments = _changes(reader, LAST_CHANGES, ids), _changes(reader, COMMENTS, ids)
    follow_ups = grouped((row.item_id, row) for row in find_follow_ups(reader, in_ids("follow_up.item_id", ids)))
    signals = _signals(reader, ids)
    found_flags, limits = item_flags(reader, ids), policy(reader).mitigate_within or {}
    found: list[ItemDetail] = []
    for item in items:
        category = by_id[item.category_id]
        flags, broken, unknown = found_flags[item.id]
        opened = item.opened_on or item.created.date()
        age = (today - opened).days
        detail = ItemDetail(
            **values_of(item, category.code, names.get(item.id, ())),
            category_name=category.name,
            version=item.version,
            created=item.created,
            updated=item.updated,
            age_days=max(age, 0),
            age_at_least=item.opened_on is None,
            feeds=feeds.get(item.id, ()),
            fed_by=fed_by.get(item.id, ()),
            last_change=last[item.id][0] if item.id in last else None,
            comments=comments.get(item.id, ()),
            follow_ups=follow_ups.get(item.id, ()),
            signals=signals.get(item.id, ()),
            flags=flags,
            broken_rules=broken,
            unknown_rules=unknown,
        )
        if Flag.OVERDUE in flags:
            late = overdue_days(item.due_on, opened, item.severity, limits=limits, today=today)
            detail = detail._replace(overdue_days=max(filter(None, late), default=None))
        if item.status is Status.ACCEPTED and item.accepted_until is not None:
            detail = detail._replace(acceptance_days=(item.accepted_until - today).days)
        found.append(detail)
    return tuple(found)


def _signals(reader: Reader, ids: Sequence[int]) -> dict[int, tuple[SignalRow, ...]]:
    """The signals of items, by id."""
    if reader.value("select 1 from signal_item limit 1") is None:
        return {}
    # Loaded here, since most registers have none.
    from store.queries.signals import item_signals

    return item_signals(reader, ids)


_stored_values = attrgetter(*STORED_FIELDS)


def values_of(item: ItemRecord, code: str, components: tuple[str, ...]) -> dict[str, Any]:
    """The values of an item's fields by name; `code` is that of its category."""
    affected = affected_of(item.affected_text, item.affected_count, item.affected_percent)
    values = dict(zip(STORED_FIELDS, _stored_values(item), strict=True))
    return {**values, "category": code, "components": components, "affected": affected, "extra": extra_of(item.extra)}


def affected_of(text: str | None, count: int | None, percent: float | None) -> Affected | None:
    """The affected projects of their columns."""
    return None if text is None else Affected(text, count, percent)


def extra_of(pairs: Pairs | None) -> tuple[tuple[str, str], ...]:
    """The extra columns of the column that stores them."""
    return tuple((header, text) for header, text in pairs or ())


NEIGHBORS = f"""
select dependency.{{this}} as item, item.key, item.title, {CUT} as description, item.severity, item.status,
       dependency.label
from dependency join item on item.id = dependency.{{other}}
where dependency.{{this}} in (select value from json_each(:ids))
order by dependency.position, dependency.id
"""


def _neighbors(reader: Reader, ids: Sequence[int], this: str, other: str) -> dict[int, tuple[Neighbor, ...]]:
    """The items at the other ends of the dependencies of some, in document order."""
    rows = reader.each(NEIGHBORS.format(this=this, other=other), {"ids": id_list(ids)}, row=Neighbor)
    return grouped((row.item, row) for row in rows)


OF_ITEMS = "change.entity = 'item' and change.entity_id in (select value from json_each(:ids))"
LAST_CHANGES = f"""
{CHANGES} where change.sequence in (
    select max(change.sequence) from change where {OF_ITEMS} and {VISIBLE} group by change.entity_id
)
"""
COMMENTS = f"""
{CHANGES} where {OF_ITEMS} and change.verb = 'comment' and not {IS_UNDONE} order by change.sequence desc
"""


def _changes(reader: Reader, sql: str, ids: Sequence[int]) -> dict[int, tuple[ChangeRow, ...]]:
    """The changes of items that a statement finds, by the id of the item."""
    changes = reader.each(sql, {"ids": id_list(ids)}, row=ChangeRecord)
    return grouped((change.entity_id, change_row(change)) for change in changes)


_COLUMNS = ("category.code as category" if name == "category" else f"item.{name}" for name in SelectedItem._fields)
SELECTED = f"select {', '.join(_COLUMNS)} from {IN_DOCUMENT_ORDER}"


def has_key_in(keys: Iterable[str]) -> Condition:
    """Whether an item has one of some keys, written exactly."""
    return Condition("item.key in (select value from json_each(:p0))", (text_list(keys),))


def selected_items(reader: Reader, wanted: ItemFilter, cache: QueryCache | None = None) -> tuple[SelectedItem, ...]:
    """The items of a list, always in document order; `cache` as in `page`."""
    where = _where(reader, wanted, cache)
    return reader.rows(SELECTED.format(where=where.sql), where.parameters, row=SelectedItem)


def selected_by_key(reader: Reader, keys: Sequence[str]) -> tuple[SelectedItem, ...]:
    """Those of some keys, written exactly, that exist; in the order given."""
    where = has_key_in(keys)
    found = {row.key: row for row in reader.each(SELECTED.format(where=where.sql), where.parameters, row=SelectedItem)}
    return tuple(found[key] for key in keys if key in found)


def listed_keys(
    reader: Reader, wanted: ItemFilter, keys: Iterable[str], cache: QueryCache | None = None
) -> tuple[str, ...]:
    """Those of some keys that are among the items of a list, in the order given; `cache` as in `page`."""
    where = _where(reader, wanted, cache)
    shown = set(reader.column(f"select item.key from item where {where.sql}", where.parameters))
    return tuple(key for key in keys if key in shown)


_FIELDS = "', '".join(name for name in SelectedItem._fields if name in FIELDS and name != "key")
WRITTEN = f"""
select item.key, item.version, change.field, change.after from change join item on item.id = change.entity_id
where change.batch = :batch and change.entity = 'item' and change.field in ('{_FIELDS}')
order by change.sequence
"""


def written_values(reader: Reader, batch: int) -> tuple[WrittenRow, ...]:
    """The values that a batch gave to fields of items, except of those that it removed."""
    decoded = decoder_of("Json | None")
    values: defaultdict[tuple[str, int], dict[str, FieldValue]] = defaultdict(dict)
    for key, version, field, after in reader.tuples(WRITTEN, {"batch": batch}):
        values[key, version][field] = FIELDS[field].read(text_of(decoded(after)) or "")
    return tuple(WrittenRow(key, version, fields) for (key, version), fields in values.items())
