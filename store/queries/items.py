"""Lists of items, where an item is in a list, and everything about one item."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from functools import cached_property
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from store.audit.log import CHANGES, IS_UNDONE, ChangeRecord
from store.db.reader import id_list
from store.enums import Flag, Status
from store.fields import FIELDS, PLAIN, text_of
from store.filters.cache import QueryCache
from store.filters.expressions import TRUE, Condition, together
from store.filters.ordering import places
from store.filters.situations import policy
from store.filters.sql import condition, on_index, timely
from store.formats.document.model import Affected
from store.queries.flags import Conditions, flags_of, standings
from store.queries.follow_ups import listed, of_items
from store.queries.history import VISIBLE, change_row
from store.queries.lookup import categories, component_names, find_category, find_item, text_list
from store.queries.rows import (
    CategoryRecord,
    DependencyRecord,
    ItemDetail,
    ItemFilter,
    ItemRecord,
    ItemRow,
    Neighbour,
    Page,
    Place,
    SelectedItem,
    WholeItemRow,
    WrittenRow,
)
from store.text import lead_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from store.db.reader import Reader
    from store.enums import Severity
    from store.fields import FieldValue
    from store.filters.cache import Places
    from store.models import Json
    from store.queries.flags import Standing
    from store.queries.follow_ups import FollowUpRow
    from store.queries.rows import ChangeRow


ITEMS = f"""
SELECT {", ".join(f"item.{name}" for name in ItemRecord._fields)}
FROM item JOIN category ON category.id = item.category_id WHERE {{met}}
ORDER BY category.position, category.id, item.position, item.id
"""
DEPENDENCIES = """
SELECT id, source_id, target_id, label, position FROM dependency WHERE {met} ORDER BY position, id
"""
LEAD = "item.title, substr(item.description, 1, 480) AS description"
"""What the lead words of an item are made of."""


def plain_items(reader: Reader, met: Condition = TRUE) -> tuple[ItemRecord, ...]:
    """The items that meet a condition, in document order."""
    return reader.rows(ITEMS.format(met=met.sql), met.parameters, row=ItemRecord)


def plain_edges(reader: Reader, met: Condition = TRUE) -> tuple[DependencyRecord, ...]:
    """The dependencies that meet a condition, in document order."""
    return reader.rows(DEPENDENCIES.format(met=met.sql), met.parameters, row=DependencyRecord)


def in_rows(column: str, ids: Iterable[int]) -> Condition:
    """Whether a column has one of some row ids."""
    return Condition(f"{column} IN (SELECT value FROM json_each(:p0))", (id_list(ids),))


class _Listed(NamedTuple):
    """What is read of an item that a list shows; a flag is None where one cannot tell."""

    id: int
    key: str
    title: str | None
    description: str
    severity: Severity
    status: Status
    owner: str | None
    position: int
    escalated: bool | None
    overdue: bool | None
    ended: bool | None
    ending: bool | None


LISTED = f"""
SELECT item.id, item.key, {LEAD}, item.severity, item.status, item.owner, item.position, {{flags}}
FROM item WHERE {{met}}
"""
FORWARD = "ORDER BY item.position, item.id"
BACKWARD = "ORDER BY item.position DESC, item.id DESC"


def page(
    reader: Reader,
    wanted: ItemFilter,
    *,
    start: int = 0,
    limit: int = 200,
    after: Place | None = None,
    before: Place | None = None,
    cache: QueryCache | None = None,
) -> Page:
    """Up to `limit` consecutive items of a list, in the order of its query, else in document order.

    They begin at index `start`, or follow the place `after`, or end just before the place `before`; those two cost
    the same anywhere in the list. In another order than the document's, `start` says where a place was that is gone.
    `cache` spares finding the same list again while nothing has changed.
    """
    walk = _walk(reader, wanted, cache or QueryCache())
    if after is not None:
        first, rows = walk.forward(after, limit, start)
    elif before is not None:
        first, rows = walk.backward(before, limit, start + limit)
    else:
        first = min(max(start, 0), walk.total)
        rows = walk.at(first, limit)
    return Page(items=tuple(rows), start=first, total=walk.total)


def locate(reader: Reader, wanted: ItemFilter, key: str, cache: QueryCache | None = None) -> int | None:
    """The index of an item in a list, None if the list does not have it. Raises NotFoundError."""
    item = find_item(reader, key)
    if wanted.category is not None and find_category(reader, wanted.category).id != item.category_id:
        return None
    position = next(row.position for row in categories(reader) if row.id == item.category_id)
    return _walk(reader, wanted, cache or QueryCache()).index(Place(position, item.position, item.id))


def placed(reader: Reader, wanted: ItemFilter, cache: QueryCache) -> Places:
    """The places of a list's items, in its order. Raises NotFoundError, or QueryError."""
    return places(reader, wanted.query.sort, _met(reader, wanted, cache), cache)


def _met(reader: Reader, wanted: ItemFilter, cache: QueryCache | None) -> Condition:
    met = condition(reader, wanted.query, cache)
    if wanted.category is not None:
        met &= Condition("item.category_id = :p0", (find_category(reader, wanted.category).id,))
    return met


def _walk(reader: Reader, wanted: ItemFilter, cache: QueryCache) -> _IndexWalk | _FoundWalk:
    lister = _Lister(reader, cache)
    if on_index(wanted.query):
        shown = categories(reader) if wanted.category is None else (find_category(reader, wanted.category),)
        met = _met(reader, wanted, cache)
        found = cache.counts(reader, wanted, lambda: dict(reader.tuples(COUNTS.format(met=met.sql), met.parameters)))
        return _IndexWalk(lister, shown, met, [found.get(category.id, 0) for category in shown])
    ordered = placed(reader, wanted, cache) if timely(wanted.query) else cache.places(reader, wanted, placed)
    return _FoundWalk(lister, ordered, in_document_order=wanted.query.sort is None)


class _Lister:
    """Reads items as lists show them, with their flags."""

    def __init__(self, reader: Reader, cache: QueryCache) -> None:
        self.reader = reader
        self._cache = cache

    @cached_property
    def _flags(self) -> tuple[Condition, ...]:
        return Conditions.of(self.reader, self._cache).columns

    def rows(self, met: Condition, limit: int, order: str = "") -> Iterator[_Listed]:
        """The items that meet a condition."""
        (*flags, wanted), parameters = together(*self._flags, met)
        sql = f"{LISTED.format(flags=_named(flags), met=wanted)} {order} LIMIT :limit"
        return self.reader.each(sql, {**parameters, "limit": limit}, row=_Listed)


def _named(flags: Sequence[str]) -> str:
    """The conditions of all flags as columns."""
    return ", ".join(f"{sql} AS {flag}" for sql, flag in zip(flags, Flag, strict=True))


class _FoundWalk:
    """A list that no index has in order: its places are found once, and sorted."""

    def __init__(self, lister: _Lister, found: Places, *, in_document_order: bool) -> None:
        self._lister = lister
        self._places = found
        self._sorted = in_document_order
        self.total = len(found)

    def index(self, place: Place) -> int | None:
        """The index of an item in the list."""
        wanted = (place.category, place.position, place.id)
        at = bisect_left(self._places, wanted) if self._sorted else self._find(place)
        return at if at is not None and at < self.total and self._places[at] == wanted else None

    def forward(self, place: Place, limit: int, start: int) -> tuple[int, list[ItemRow]]:
        """The items after a place, and the index of the first; where the place is not known, from `start` on."""
        at = self._find(place)
        if self._sorted:
            at = bisect_left(self._places, (place.category, place.position, place.id + 1))
        elif at is not None:
            at += 1
        first = min(max(start, 0), self.total) if at is None else at
        return first, self.at(first, limit)

    def backward(self, place: Place, limit: int, end: int) -> tuple[int, list[ItemRow]]:
        """The items before a place, in order, and the index of the first; where it is not known, those up to `end`."""
        at = self._find(place)
        if self._sorted:
            at = bisect_left(self._places, (place.category, place.position, place.id))
        last = min(max(end, 0), self.total) if at is None else at
        first = max(last - limit, 0)
        return first, self.at(first, last - first)

    def at(self, start: int, limit: int) -> list[ItemRow]:
        """The items from an index on."""
        wanted = self._places[start : start + limit]
        by_position = {row.position: row for row in categories(self._lister.reader)}
        met = in_rows("item.id", (item for _, _, item in wanted))
        rows = {row.id: row for row in self._lister.rows(met, len(wanted))}
        return [_row(rows[item], by_position[position]) for position, _, item in wanted]

    def _find(self, place: Place) -> int | None:
        """Where an item stands in a list that is in no order of places."""
        return next((at for at, (_, _, item) in enumerate(self._places) if item == place.id), None)


COUNTS = "SELECT item.category_id, count(*) FROM item WHERE {met} GROUP BY item.category_id"
COUNT = "SELECT count(*) FROM item WHERE {met}"
# Counted along the index, no row is read.
NTH = "SELECT item.position, item.id FROM item WHERE {met} ORDER BY item.position, item.id LIMIT 1 OFFSET :index"


class _IndexWalk:
    """A list of items, walked one category after the other, each along its index of places."""

    def __init__(
        self, lister: _Lister, categories: Sequence[CategoryRecord], met: Condition, counts: Sequence[int]
    ) -> None:
        self._lister = lister
        self._reader = lister.reader
        self._categories = categories
        self._met = met
        self._counts = counts
        self.total = sum(counts)

    def index(self, place: Place) -> int | None:
        """The index of an item in the list."""
        here = Condition("item.id = :p0", (place.id,)) & self._met
        return self._count_before(place) if self._count(here) else None

    def _count(self, met: Condition) -> int:
        number: int = self._reader.value(COUNT.format(met=met.sql), met.parameters)
        return number

    def _count_before(self, place: Place) -> int:
        """How many items of the list stand before a place."""
        number = 0
        for category, count in zip(self._categories, self._counts, strict=True):
            if category.position < place.category:
                number += count
            elif category.position == place.category:
                number += self._count(self._of(category) & _beyond(place, before=True))
        return number

    def _of(self, category: CategoryRecord) -> Condition:
        return Condition("item.category_id = :p0", (category.id,)) & self._met

    def forward(self, place: Place, limit: int, _: int) -> tuple[int, list[ItemRow]]:
        """The items after a place, and the index of the first."""
        rows: list[ItemRow] = []
        for category in self._categories:
            if category.position >= place.category and len(rows) < limit:
                at = _beyond(place) if category.position == place.category else TRUE
                rows += self._rows(category, at, limit - len(rows))
        return self._count_before(Place(place.category, place.position, place.id + 1)), rows

    def backward(self, place: Place, limit: int, _: int) -> tuple[int, list[ItemRow]]:
        """The items before a place, in order, and the index of the first."""
        rows: list[ItemRow] = []
        for category in reversed(self._categories):
            if category.position <= place.category and len(rows) < limit:
                at = _beyond(place, before=True) if category.position == place.category else TRUE
                rows += self._rows(category, at, limit - len(rows), back=True)
        return self._count_before(place) - len(rows), rows[::-1]

    def at(self, start: int, limit: int) -> list[ItemRow]:
        """The items from an index on."""
        rows: list[ItemRow] = []
        skipped = start
        for category, count in zip(self._categories, self._counts, strict=True):
            if skipped >= count:
                skipped -= count
            elif len(rows) < limit:
                at = _beyond(self._nth(category, skipped - 1)) if skipped else TRUE
                skipped = 0
                rows += self._rows(category, at, limit - len(rows))
        return rows

    def _nth(self, category: CategoryRecord, index: int) -> Place:
        """The place of a category's n-th item."""
        met = self._of(category)
        ((position, item),) = self._reader.tuples(NTH.format(met=met.sql), {**met.parameters, "index": index})
        return Place(category=category.position, position=position, id=item)

    def _rows(self, category: CategoryRecord, at: Condition, limit: int, *, back: bool = False) -> Iterator[ItemRow]:
        met = self._of(category) & at
        return (_row(row, category) for row in self._lister.rows(met, limit, BACKWARD if back else FORWARD))


def _row(shown: _Listed, category: CategoryRecord) -> ItemRow:
    return ItemRow(
        key=shown.key,
        lead=lead_of(shown.title, shown.description),
        severity=shown.severity,
        status=shown.status,
        category=category.code,
        owner=shown.owner,
        place=Place(category=category.position, position=shown.position, id=shown.id),
        flags=flags_of((shown.escalated, shown.overdue, shown.ended, shown.ending)),
    )


def _beyond(place: Place, *, before: bool = False) -> Condition:
    """What stands after a place of its category, or before it."""
    # The first comparison is what an index can follow; the second settles equal positions.
    sign = "<" if before else ">"
    return Condition(
        f"item.position {sign}= :p0 AND (item.position {sign} :p0 OR item.id {sign} :p1)", (place.position, place.id)
    )


class _Whole(NamedTuple):
    id: int
    key: str
    title: str | None
    description: str
    severity: Severity
    status: Status
    category: str
    owner: str | None
    escalated: bool | None
    overdue: bool | None
    ended: bool | None
    ending: bool | None


WHOLE = """
SELECT item.id, item.key, item.title, item.description, item.severity, item.status, category.code AS category,
       item.owner, {flags}
FROM item JOIN category ON category.id = item.category_id WHERE {met}
ORDER BY category.position, category.id, item.position, item.id
"""


def whole(reader: Reader, wanted: ItemFilter) -> tuple[WholeItemRow, ...]:
    """All items of a list with their whole texts, in its order."""
    cache = QueryCache()
    met = _met(reader, wanted, cache)
    (*flags, found), parameters = together(*Conditions.of(reader, cache).columns, met)
    rows = {
        row.id: WholeItemRow(
            row.key,
            row.title,
            row.description,
            row.severity,
            row.status,
            row.category,
            row.owner,
            flags_of((row.escalated, row.overdue, row.ended, row.ending)),
        )
        for row in reader.each(WHOLE.format(flags=_named(flags), met=found), parameters, row=_Whole)
    }
    if wanted.query.sort is None:
        return tuple(rows.values())
    return tuple(rows[item] for _, _, item in places(reader, wanted.query.sort, met, cache))


_Neighbours = defaultdict[int, list[Neighbour]]


def item(reader: Reader, key: str, *, today: date) -> ItemDetail:
    """Everything about one item, its age as of `today` (UTC). Raises NotFoundError naming the nearest key."""
    return _details(reader, plain_items(reader, in_rows("item.id", [find_item(reader, key).id])), today)[0]


def details(reader: Reader, wanted: ItemFilter, *, today: date) -> tuple[ItemDetail, ...]:
    """Everything about the items of a list, in its order; the number of statements does not depend on theirs."""
    ids = [item for _, _, item in placed(reader, wanted, QueryCache())]
    rows = {row.id: row for row in plain_items(reader, in_rows("item.id", ids))}
    return _details(reader, [rows[item] for item in ids], today)


def _details(reader: Reader, items: Sequence[ItemRecord], today: date) -> tuple[ItemDetail, ...]:
    ids = [item.id for item in items]
    by_id = {category.id: category for category in categories(reader)}
    names = component_names(reader, ids)
    feeds, fed_by = _neighbours(reader, ids)
    last, comments = _changes(reader, ids)
    to_do = _follow_ups(reader, ids)
    standing, limits = standings(reader, ids), policy(reader).mitigate_within or {}
    return tuple(
        _detail(
            item,
            category=by_id[item.category_id],
            components=tuple(names.get(item.id, ())),
            feeds=tuple(feeds.get(item.id, ())),
            fed_by=tuple(fed_by.get(item.id, ())),
            last=last.get(item.id),
            comments=tuple(comments.get(item.id, ())),
            follow_ups=tuple(to_do.get(item.id, ())),
            standing=standing[item.id],
            limit=limits.get(item.severity.value),
            today=today,
        )
        for item in items
    )


def _detail(
    item: ItemRecord,
    *,
    category: CategoryRecord,
    components: tuple[str, ...],
    feeds: tuple[Neighbour, ...],
    fed_by: tuple[Neighbour, ...],
    last: ChangeRow | None,
    comments: tuple[ChangeRow, ...],
    follow_ups: tuple[FollowUpRow, ...],
    standing: Standing,
    limit: int | None,
    today: date,
) -> ItemDetail:
    since = item.opened_on or item.created.date()
    return ItemDetail(
        **values_of(item, category.code, components),
        category_name=category.name,
        version=item.version,
        created=item.created,
        updated=item.updated,
        age_days=max((today - since).days, 0),
        age_at_least=item.opened_on is None,
        feeds=feeds,
        fed_by=fed_by,
        last_change=last,
        comments=comments,
        follow_ups=follow_ups,
        flags=standing.flags,
        broken_rules=standing.broken,
        unknown_rules=standing.unknown,
        overdue_days=_overdue(item, limit, today) if Flag.OVERDUE in standing.flags else None,
        acceptance_days=_left(item, today),
    )


def _overdue(item: ItemRecord, limit: int | None, today: date) -> int | None:
    """The days since an item should have been mitigated, at least: by its due date, or by the days it may stay open."""
    late = [(today - item.due_on).days] if item.due_on is not None else []
    if limit is not None:
        late.append((today - (item.opened_on or item.created.date())).days - limit)
    return max((days for days in late if days > 0), default=None)


def _left(item: ItemRecord, today: date) -> int | None:
    """The days left of an acceptance."""
    if item.status is not Status.ACCEPTED or item.accepted_until is None:
        return None
    return (item.accepted_until - today).days


_PLAIN = attrgetter(*PLAIN)


def values_of(item: ItemRecord, code: str, components: tuple[str, ...]) -> dict[str, Any]:
    """The values of an item's fields by name, of one in the category of a code."""
    values = dict(zip(PLAIN, _PLAIN(item), strict=True))
    return values | {
        "category": code,
        "components": components,
        "affected": affected_of(item),
        "extra": extra_of(item),
    }


def affected_of(item: ItemRecord) -> Affected | None:
    """The projects an item affects."""
    if item.affected_text is None:
        return None
    return Affected(item.affected_text, item.affected_count, item.affected_percent)


def extra_of(item: ItemRecord) -> tuple[tuple[str, str], ...]:
    """The columns of an item's row that are no field of ours, in order."""
    return tuple((header, text) for header, text in item.extra or ())


class _End(NamedTuple):
    """What is read of the other end of a dependency, `item` being the one that is asked about."""

    item: int
    key: str
    title: str | None
    description: str
    severity: Severity
    status: Status
    label: str


ENDS = f"""
SELECT dependency.{{this}} AS item, item.key, {LEAD}, item.severity, item.status, dependency.label
FROM dependency JOIN item ON item.id = dependency.{{other}}
WHERE dependency.{{this}} IN (SELECT value FROM json_each(:ids))
ORDER BY dependency.position, dependency.id
"""


def _neighbours(reader: Reader, ids: Sequence[int]) -> tuple[_Neighbours, _Neighbours]:
    """What each item feeds, and what feeds it, in document order."""
    feeds, fed_by = _Neighbours(list), _Neighbours(list)
    for found, this, other in ((feeds, "source_id", "target_id"), (fed_by, "target_id", "source_id")):
        for end in reader.each(ENDS.format(this=this, other=other), {"ids": id_list(ids)}, row=_End):
            lead = lead_of(end.title, end.description)
            found[end.item].append(Neighbour(end.key, lead, end.severity, end.status, end.label))
    return feeds, fed_by


OF_ITEMS = "change.entity = 'item' AND change.entity_id IN (SELECT value FROM json_each(:ids))"
LAST_CHANGES = f"""
{CHANGES} WHERE change.sequence IN (
    SELECT max(change.sequence) FROM change WHERE {OF_ITEMS} AND {VISIBLE} GROUP BY change.entity_id
)
"""
COMMENTS = f"""
{CHANGES} WHERE {OF_ITEMS} AND change.verb = 'comment' AND NOT {IS_UNDONE} ORDER BY change.sequence DESC
"""


def _changes(reader: Reader, ids: Sequence[int]) -> tuple[dict[int, ChangeRow], defaultdict[int, list[ChangeRow]]]:
    """The newest change of each item, and its comments that were not taken back, newest first."""
    wanted = {"ids": id_list(ids)}
    last = {change.entity_id: change_row(change) for change in reader.each(LAST_CHANGES, wanted, row=ChangeRecord)}
    comments: defaultdict[int, list[ChangeRow]] = defaultdict(list)
    for change in reader.each(COMMENTS, wanted, row=ChangeRecord):
        comments[change.entity_id].append(change_row(change))
    return last, comments


def _follow_ups(reader: Reader, ids: Sequence[int]) -> defaultdict[int, list[FollowUpRow]]:
    """The follow-ups of each item, those that are open first."""
    found: defaultdict[int, list[FollowUpRow]] = defaultdict(list)
    for item, row in listed(reader, of_items(ids)):
        found[item].append(row)
    return found


_FIELDS = tuple(name for name in SelectedItem._fields if name in FIELDS and name != "key")
_COLUMNS = ("category.code AS category" if name == "category" else f"item.{name}" for name in SelectedItem._fields)
SELECTED = f"""
SELECT {", ".join(_COLUMNS)}
FROM item JOIN category ON category.id = item.category_id WHERE {{met}}
ORDER BY category.position, category.id, item.position, item.id
"""
OF_KEYS = "item.key IN (SELECT value FROM json_each(:p0))"


def selected_items(reader: Reader, wanted: ItemFilter, cache: QueryCache | None = None) -> tuple[SelectedItem, ...]:
    """The items of a list, in document order whatever its own; `cache` as in `page`."""
    met = _met(reader, wanted, cache)
    return reader.rows(SELECTED.format(met=met.sql), met.parameters, row=SelectedItem)


def selected_by_key(reader: Reader, keys: Sequence[str]) -> tuple[SelectedItem, ...]:
    """Those of some keys, written exactly, that are there; in the order given."""
    met = Condition(OF_KEYS, (text_list(keys),))
    found = {row.key: row for row in reader.each(SELECTED.format(met=met.sql), met.parameters, row=SelectedItem)}
    return tuple(found[key] for key in keys if key in found)


def there(reader: Reader, keys: Sequence[str]) -> frozenset[str]:
    """Those of some keys, written exactly, that an item has."""
    return frozenset(_keys(reader, Condition(OF_KEYS, (text_list(keys),))))


def shown_of(
    reader: Reader, wanted: ItemFilter, keys: Iterable[str], cache: QueryCache | None = None
) -> tuple[str, ...]:
    """Those of some keys that are among the items of a list, in the order given; `cache` as in `page`."""
    shown = set(_keys(reader, _met(reader, wanted, cache)))
    return tuple(key for key in keys if key in shown)


def _keys(reader: Reader, met: Condition) -> list[str]:
    return reader.column(f"SELECT item.key FROM item WHERE {met.sql}", met.parameters)


class _Written(NamedTuple):
    key: str
    version: int
    field: str
    after: Json | None


WRITTEN = f"""
SELECT item.key, item.version, change.field, change.after FROM change JOIN item ON item.id = change.entity_id
WHERE change.batch = :batch AND change.entity = 'item' AND change.field IN ('{"', '".join(_FIELDS)}')
ORDER BY change.sequence
"""


def written(reader: Reader, batch: int) -> tuple[WrittenRow, ...]:
    """What a batch left in the fields of items; those that it removed are left out."""
    values: defaultdict[tuple[str, int], dict[str, FieldValue]] = defaultdict(dict)
    for row in reader.each(WRITTEN, {"batch": batch}, row=_Written):
        values[row.key, row.version][row.field] = FIELDS[row.field].read(text_of(row.after) or "")
    return tuple(WrittenRow(key, version, fields_) for (key, version), fields_ in values.items())
