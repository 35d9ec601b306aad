"""Lists of items, where an item is in a list, and everything about one item."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from dataclasses import fields
from functools import cached_property
from typing import TYPE_CHECKING, cast

from sqlalchemy import func, text
from sqlalchemy import select as columns
from sqlmodel import col, select

from store.audit.log import IS_UNDONE
from store.audit.snapshots import component_names, id_of, text_of
from store.enums import Flag, Status
from store.fields import FIELDS
from store.filters.cache import Kept
from store.filters.ordering import places
from store.filters.sql import conditions, on_index, timely
from store.formats.document.model import Affected
from store.models import Category, Change, Dependency, FollowUp, Item, RegisterFacts
from store.queries.flags import Conditions, flags_of, standings
from store.queries.follow_ups import listed
from store.queries.history import VISIBLE, change_row
from store.queries.lookup import chunks, find_category, find_item
from store.queries.rows import HeldRow, ItemDetail, ItemFilter, ItemRow, Neighbour, Page, Place, WrittenRow
from store.text import lead_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date
    from typing import Any

    from sqlalchemy import ColumnElement, Row, Select

    from store.db.reader import Reader
    from store.fields import FieldValue
    from store.filters.cache import Places
    from store.queries.flags import Standing
    from store.queries.rows import ChangeRow
    from store.review.rows import FollowUpRow

    _Shown = Row[*tuple[Any, ...]]


_ORDER = (col(Category.position), col(Category.id), col(Item.position), col(Item.id))
_ITEM = [col(getattr(Item, name)) for name in Item.model_fields]
_EDGE = [col(getattr(Dependency, name)) for name in Dependency.model_fields]
LEAD = (col(Item.title), func.substr(col(Item.description), 1, 480))
"""What the lead words of an item are made of."""


def plain_items(session: Reader, *met: ColumnElement[bool]) -> Sequence[Item]:
    """The items that meet some conditions, in document order, to be read only."""
    query = columns(*_ITEM).join(Category, col(Category.id) == col(Item.category_id)).where(*met).order_by(*_ORDER)
    # They have every attribute of a table's row, and that is all that reading asks for.
    return cast("Sequence[Item]", session.execute(query).all())


def plain_edges(session: Reader, *met: ColumnElement[bool]) -> Sequence[Dependency]:
    """The dependencies that meet some conditions, in document order, to be read only."""
    query: Select[*tuple[object, ...]] = columns(*_EDGE).where(*met)
    ordered = query.order_by(col(Dependency.position), col(Dependency.id))
    return cast("Sequence[Dependency]", session.execute(ordered).all())


_SHOWN = columns(
    col(Item.id),
    col(Item.key),
    *LEAD,
    col(Item.severity),
    col(Item.status),
    col(Item.owner),
    col(Item.position),
)


def page(
    session: Reader,
    wanted: ItemFilter,
    *,
    start: int = 0,
    limit: int = 200,
    after: Place | None = None,
    before: Place | None = None,
    kept: Kept | None = None,
) -> Page:
    """Up to `limit` consecutive items of a list, in the order of its query, else in document order.

    They begin at index `start`, or follow the place `after`, or end just before the place `before`; those two cost
    the same anywhere in the list. In another order than the document's, `start` says where a place was that is gone.
    `kept` spares finding the same list again while nothing has changed.
    """
    walk = _walk(session, wanted, kept or Kept())
    if after is not None:
        first, rows = walk.forward(after, limit, start)
    elif before is not None:
        first, rows = walk.backward(before, limit, start + limit)
    else:
        first = min(max(start, 0), walk.total)
        rows = walk.at(first, limit)
    return Page(items=tuple(rows), start=first, total=walk.total)


def locate(session: Reader, wanted: ItemFilter, key: str, kept: Kept | None = None) -> int | None:
    """The index of an item in a list, None if the list does not have it. Raises NotFoundError."""
    item = find_item(session, key)
    if wanted.category is not None and find_category(session, wanted.category).id != item.category_id:
        return None
    category = session.get_one(Category, item.category_id)
    return _walk(session, wanted, kept or Kept()).index(Place(category.position, item.position, id_of(item)))


def ordered_categories(session: Reader, code: str | None = None) -> Sequence[Category]:
    """The categories in order, or the one of a code. Raises NotFoundError."""
    if code is not None:
        return (find_category(session, code),)
    return session.exec(select(Category).order_by(col(Category.position), col(Category.id))).all()


def placed(session: Reader, wanted: ItemFilter, kept: Kept) -> Places:
    """The places of a list's items, in its order. Raises NotFoundError, or QueryError."""
    met = conditions(session, wanted.query, kept)
    if wanted.category is not None:
        met.append(col(Item.category_id) == id_of(find_category(session, wanted.category)))
    return places(session, wanted.query.sort, met, kept)


def _walk(session: Reader, wanted: ItemFilter, kept: Kept) -> _IndexWalk | _FoundWalk:
    if not on_index(wanted.query):
        found = placed(session, wanted, kept) if timely(wanted.query) else kept.places(session, wanted, placed)
        return _FoundWalk(_Showing(session, kept), found, in_document_order=wanted.query.sort is None)
    categories = ordered_categories(session, wanted.category)
    met = conditions(session, wanted.query, kept)
    if wanted.category is not None:
        met.append(col(Item.category_id) == id_of(categories[0]))
    return _IndexWalk(_Showing(session, kept), categories, met)


class _Showing:
    """Reads rows of a session as lists show them, with a column for each flag."""

    def __init__(self, session: Reader, kept: Kept) -> None:
        self.session = session
        self._kept = kept

    @cached_property
    def shown(self) -> Select[*tuple[Any, ...]]:
        """What is read of an item."""
        return _SHOWN.add_columns(*Conditions.of(self.session, self._kept).columns)


class _FoundWalk:
    """A list that no index has in order: its places are found once, and sorted."""

    def __init__(self, showing: _Showing, found: Places, *, in_document_order: bool) -> None:
        self._showing = showing
        self._session = showing.session
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
        categories = {row.position: row for row in ordered_categories(self._session)}
        rows: dict[int | None, _Shown] = {}
        for chunk in chunks([item for _, _, item in wanted]):
            rows |= {row.id: row for row in self._session.execute(self._showing.shown.where(col(Item.id).in_(chunk)))}
        return [_row(rows[item], categories[position]) for position, _, item in wanted]

    def _find(self, place: Place) -> int | None:
        """Where an item stands in a list that is in no order of places."""
        return next((at for at, (_, _, item) in enumerate(self._places) if item == place.id), None)


class _IndexWalk:
    """A list of items, walked one category after the other, each along its index of places."""

    def __init__(self, showing: _Showing, categories: Sequence[Category], met: Sequence[ColumnElement[bool]]) -> None:
        self._showing = showing
        session = self._session = showing.session
        self._categories = categories
        self._met = met
        counts = select(Item.category_id, func.count()).where(*met).group_by(col(Item.category_id))
        found = dict(session.exec(counts).all())
        self._counts = [found.get(id_of(category), 0) for category in categories]
        self.total = sum(self._counts)

    def index(self, place: Place) -> int | None:
        """The index of an item in the list."""
        here = select(Item.id).where(Item.id == place.id, *self._met)
        return None if self._session.exec(here).first() is None else self._count_before(place)

    def _count_before(self, place: Place) -> int:
        """How many items of the list stand before a place."""
        number = 0
        for category, count in zip(self._categories, self._counts, strict=True):
            if category.position < place.category:
                number += count
            elif category.position == place.category:
                here = _beyond(place, before=True)
                query = select(func.count()).where(Item.category_id == category.id, here, *self._met)
                number += self._session.exec(query).one()
        return number

    def forward(self, place: Place, limit: int, _: int) -> tuple[int, list[ItemRow]]:
        """The items after a place, and the index of the first."""
        rows: list[ItemRow] = []
        for category in self._categories:
            if category.position >= place.category and len(rows) < limit:
                at = [_beyond(place)] if category.position == place.category else []
                rows += self._rows(category, at, limit - len(rows))
        return self._count_before(Place(place.category, place.position, place.id + 1)), rows

    def backward(self, place: Place, limit: int, _: int) -> tuple[int, list[ItemRow]]:
        """The items before a place, in order, and the index of the first."""
        rows: list[ItemRow] = []
        for category in reversed(self._categories):
            if category.position <= place.category and len(rows) < limit:
                at = [_beyond(place, before=True)] if category.position == place.category else []
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
                at: list[ColumnElement[bool]] = []
                if skipped:
                    at = [_beyond(self._nth(category, skipped - 1))]
                    skipped = 0
                rows += self._rows(category, at, limit - len(rows))
        return rows

    def _nth(self, category: Category, index: int) -> Place:
        """The place of a category's n-th item: counted along the index, no row is read."""
        query = select(Item.position, Item.id).where(Item.category_id == category.id, *self._met)
        position, item = self._session.exec(
            query.order_by(col(Item.position), col(Item.id)).offset(index).limit(1)
        ).one()
        return Place(category=category.position, position=position, id=item or 0)

    def _rows(
        self, category: Category, at: Sequence[ColumnElement[bool]], limit: int, *, back: bool = False
    ) -> Iterator[ItemRow]:
        query = self._showing.shown.where(col(Item.category_id) == category.id, *at, *self._met)
        order = (col(Item.position), col(Item.id))
        query = query.order_by(*(column.desc() for column in order)) if back else query.order_by(*order)
        for row in self._session.execute(query.limit(limit)):
            yield _row(row, category)


def _row(shown: _Shown, category: Category) -> ItemRow:
    item, key, title, text, severity, status, owner, position, *told = shown
    return ItemRow(
        key=key,
        lead=lead_of(title, text),
        severity=severity,
        status=status,
        category=category.code,
        owner=owner,
        place=Place(category=category.position, position=position, id=item or 0),
        flags=flags_of(told),
    )


def _beyond(place: Place, *, before: bool = False) -> ColumnElement[bool]:
    """What stands after a place of its category, or before it."""
    position, item = col(Item.position), col(Item.id)
    # The first comparison is what an index can follow; the second settles equal positions.
    if before:
        return (position <= place.position) & ((position < place.position) | (item < place.id))
    return (position >= place.position) & ((position > place.position) | (item > place.id))


_Neighbours = defaultdict[int, list[Neighbour]]


def item(session: Reader, key: str, *, today: date) -> ItemDetail:
    """Everything about one item, its age as of `today` (UTC). Raises NotFoundError naming the nearest key."""
    return _details(session, (find_item(session, key),), today)[0]


def details(session: Reader, wanted: ItemFilter, *, today: date) -> tuple[ItemDetail, ...]:
    """Everything about the items of a list, in its order; the number of statements hardly depends on theirs."""
    ids = [item for _, _, item in placed(session, wanted, Kept())]
    rows: dict[int, Item] = {}
    for chunk in chunks(ids):
        rows |= {id_of(row): row for row in plain_items(session, col(Item.id).in_(chunk))}
    return _details(session, [rows[item] for item in ids], today)


def _details(session: Reader, items: Sequence[Item], today: date) -> tuple[ItemDetail, ...]:
    ids = [id_of(item) for item in items]
    categories = {category.id: category for category in session.exec(select(Category))}
    names = component_names(session, ids)
    feeds, fed_by = _neighbours(session, ids)
    last, comments = _told(session, ids)
    to_do = _follow_ups(session, ids)
    standing, facts = standings(session, ids), session.get(RegisterFacts, 1)
    limits = (facts.mitigate_within if facts is not None else None) or {}
    return tuple(
        _detail(
            item,
            category=categories[item.category_id],
            components=tuple(names[id_of(item)]),
            feeds=tuple(feeds[id_of(item)]),
            fed_by=tuple(fed_by[id_of(item)]),
            last=last.get(id_of(item)),
            comments=tuple(comments[id_of(item)]),
            follow_ups=tuple(to_do[id_of(item)]),
            standing=standing[id_of(item)],
            limit=limits.get(item.severity.value),
            today=today,
        )
        for item in items
    )


def _detail(
    item: Item,
    *,
    category: Category,
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
        key=item.key,
        title=item.title,
        category=category.code,
        category_name=category.name,
        severity=item.severity,
        status=item.status,
        status_note=item.status_note,
        description=item.description,
        components=components,
        mitigation_plan=item.mitigation_plan,
        owner=item.owner,
        effort=item.effort,
        affected=affected_of(item),
        due_on=item.due_on,
        opened_on=item.opened_on,
        accepted_by=item.accepted_by,
        accepted_until=item.accepted_until,
        extra=extra_of(item),
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
        untold_rules=standing.untold,
        overdue_days=_overdue(item, limit, today) if Flag.OVERDUE in standing.flags else None,
        acceptance_days=_left(item, today),
    )


def _overdue(item: Item, limit: int | None, today: date) -> int | None:
    """The days since an item should have been mitigated, at least: by its due date, or by the days it may stay open."""
    late = [(today - item.due_on).days] if item.due_on is not None else []
    if limit is not None:
        late.append((today - (item.opened_on or item.created.date())).days - limit)
    return max((days for days in late if days > 0), default=None)


def _left(item: Item, today: date) -> int | None:
    """The days left of an acceptance."""
    if item.status is not Status.ACCEPTED or item.accepted_until is None:
        return None
    return (item.accepted_until - today).days


def affected_of(item: Item) -> Affected | None:
    """The projects an item affects."""
    if item.affected_text is None:
        return None
    return Affected(item.affected_text, item.affected_count, item.affected_percent)


def extra_of(item: Item) -> tuple[tuple[str, str], ...]:
    """The columns of an item's row that are no field of ours, in order."""
    return tuple((header, text) for header, text in item.extra or ())


def _neighbours(session: Reader, ids: Sequence[int]) -> tuple[_Neighbours, _Neighbours]:
    """What each item feeds, and what feeds it, in document order."""
    edges: dict[int, Dependency] = {}
    for chunk in chunks(ids):
        ends = col(Dependency.source_id).in_(chunk) | col(Dependency.target_id).in_(chunk)
        edges |= {id_of(edge): edge for edge in plain_edges(session, ends)}
    ordered = sorted(edges.values(), key=lambda edge: (edge.position, id_of(edge)))
    others = sorted({end for edge in ordered for end in (edge.source_id, edge.target_id)})
    rows: dict[int, Item] = {}
    for chunk in chunks(others):
        rows |= {id_of(row): row for row in plain_items(session, col(Item.id).in_(chunk))}
    feeds: _Neighbours = defaultdict(list)
    fed_by: _Neighbours = defaultdict(list)
    for edge in ordered:
        feeds[edge.source_id].append(_neighbour(rows[edge.target_id], edge.label))
        fed_by[edge.target_id].append(_neighbour(rows[edge.source_id], edge.label))
    return feeds, fed_by


def _neighbour(item: Item, label: str) -> Neighbour:
    return Neighbour(item.key, lead_of(item.title, item.description), item.severity, item.status, label)


def _told(session: Reader, ids: Sequence[int]) -> tuple[dict[int, ChangeRow], defaultdict[int, list[ChangeRow]]]:
    """The newest change of each item, and its comments that were not taken back, newest first."""
    last: dict[int, ChangeRow] = {}
    comments: defaultdict[int, list[ChangeRow]] = defaultdict(list)
    for chunk in chunks(ids):
        own = (Change.entity == "item", col(Change.entity_id).in_(chunk))
        newest = select(func.max(Change.sequence)).where(*own, text(VISIBLE)).group_by(col(Change.entity_id))
        for change in session.exec(select(Change).where(col(Change.sequence).in_(newest))):
            last[change.entity_id] = change_row(change)
        said = select(Change).where(*own, Change.verb == "comment", text(f"not {IS_UNDONE}"))
        for change in session.exec(said.order_by(col(Change.sequence).desc())):
            comments[change.entity_id].append(change_row(change))
    return last, comments


def _follow_ups(session: Reader, ids: Sequence[int]) -> defaultdict[int, list[FollowUpRow]]:
    """The follow-ups of each item, those that are open first."""
    found: defaultdict[int, list[FollowUpRow]] = defaultdict(list)
    for chunk in chunks(ids):
        for item, row in listed(session, col(FollowUp.item_id).in_(chunk)):
            found[item].append(row)
    return found


_NAMES = tuple(field.name for field in fields(HeldRow))
_FIELDS = tuple(name for name in _NAMES if name in FIELDS and name != "key")
_HELD = columns(*(col(Category.code if name == "category" else getattr(Item, name)) for name in _NAMES))
_HELD = _HELD.join(Category, col(Category.id) == col(Item.category_id)).order_by(
    col(Category.position), col(Category.id), col(Item.position), col(Item.id)
)


def held(session: Reader, wanted: ItemFilter, kept: Kept | None = None) -> tuple[HeldRow, ...]:
    """The items of a list, in document order whatever its own; `kept` as in `page`."""
    return tuple(_rows(session, *_met(session, wanted, kept)))


def held_of(session: Reader, keys: Sequence[str]) -> tuple[HeldRow, ...]:
    """Those of some keys, written exactly, that are there; in the order given."""
    found: dict[str, HeldRow] = {}
    for chunk in chunks(keys):
        found |= {row.key: row for row in _rows(session, col(Item.key).in_(chunk))}
    return tuple(found[key] for key in keys if key in found)


def there(session: Reader, keys: Sequence[str]) -> frozenset[str]:
    """Those of some keys, written exactly, that an item has."""
    found: set[str] = set()
    for chunk in chunks(keys):
        found.update(session.exec(select(Item.key).where(col(Item.key).in_(chunk))))
    return frozenset(found)


def shown_of(session: Reader, wanted: ItemFilter, keys: Iterable[str], kept: Kept | None = None) -> tuple[str, ...]:
    """Those of some keys that are among the items of a list, in the order given; `kept` as in `page`."""
    shown = set(session.exec(select(Item.key).where(*_met(session, wanted, kept))))
    return tuple(key for key in keys if key in shown)


def written(session: Reader, batch: int) -> tuple[WrittenRow, ...]:
    """What a batch left in the fields of items; those that it removed are left out."""
    query = (
        columns(col(Item.key), col(Item.version), col(Change.field), col(Change.after))
        .join(Item, col(Item.id) == col(Change.entity_id))
        .where(col(Change.batch) == batch, col(Change.entity) == "item", col(Change.field).in_(_FIELDS))
        .order_by(col(Change.sequence))
    )
    values: defaultdict[tuple[str, int], dict[str, FieldValue]] = defaultdict(dict)
    for key, version, field, after in session.execute(query):
        values[key, version][field] = FIELDS[field].read(text_of(after) or "")
    return tuple(WrittenRow(key, version, fields_) for (key, version), fields_ in values.items())


def _met(session: Reader, wanted: ItemFilter, kept: Kept | None) -> list[ColumnElement[bool]]:
    met = conditions(session, wanted.query, kept or Kept())
    if wanted.category is not None:
        met.append(col(Item.category_id) == id_of(find_category(session, wanted.category)))
    return met


def _rows(session: Reader, *met: ColumnElement[bool]) -> Iterator[HeldRow]:
    for row in session.execute(_HELD.where(*met)):
        yield HeldRow(*row)
