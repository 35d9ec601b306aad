"""Lists of items: a page, where an item stands in a list, and its place in the document's order."""

from __future__ import annotations

from bisect import bisect_left
from functools import cached_property
from typing import TYPE_CHECKING

from sqlalchemy import func
from sqlalchemy import select as columns
from sqlmodel import col, select

from store.audit.snapshots import id_of
from store.filters.cache import Kept
from store.filters.ordering import places
from store.filters.sql import conditions, on_index, timely
from store.lead import lead_of
from store.models import Category, Item
from store.queries.flags import Conditions, flags_of
from store.queries.lookup import chunks, find_category, find_item
from store.queries.plain import LEAD
from store.queries.rows_items import ItemFilter, ItemRow, Page, Place

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from sqlalchemy import ColumnElement, Row, Select
    from sqlmodel import Session

    from store.filters.cache import Places

    _Shown = Row[*tuple[Any, ...]]

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
    session: Session,
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


def locate(session: Session, wanted: ItemFilter, key: str, kept: Kept | None = None) -> int | None:
    """The index of an item in a list, None if the list does not have it. Raises NotFoundError."""
    item = find_item(session, key)
    if wanted.category is not None and find_category(session, wanted.category).id != item.category_id:
        return None
    category = session.get_one(Category, item.category_id)
    return _walk(session, wanted, kept or Kept()).index(Place(category.position, item.position, id_of(item)))


def ordered_categories(session: Session, code: str | None = None) -> Sequence[Category]:
    """The categories in order, or the one of a code. Raises NotFoundError."""
    if code is not None:
        return (find_category(session, code),)
    return session.exec(select(Category).order_by(col(Category.position), col(Category.id))).all()


def placed(session: Session, wanted: ItemFilter, kept: Kept) -> Places:
    """The places of a list's items, in its order. Raises NotFoundError, or QueryError."""
    met = conditions(session, wanted.query, kept)
    if wanted.category is not None:
        met.append(col(Item.category_id) == id_of(find_category(session, wanted.category)))
    return places(session, wanted.query.sort, met, kept)


def _walk(session: Session, wanted: ItemFilter, kept: Kept) -> _IndexWalk | _FoundWalk:
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

    def __init__(self, session: Session, kept: Kept) -> None:
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
