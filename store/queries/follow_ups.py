"""Follow-ups of reviews: what is to do, by whom and by when, and what was closed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import and_, func
from sqlalchemy import select as columns
from sqlmodel import col, select

from store.audit.snapshots import id_of
from store.enums import FollowUpState
from store.errors import NotFoundError
from store.filters.ast import Pattern
from store.filters.expressions import named
from store.models import Change, FollowUp, Item
from store.queries.lookup import chunks, find_item
from store.review.rows import FollowUpRow
from store.text import same_name

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import date, datetime

    from sqlalchemy import ColumnElement

    from store.db.reader import Reader

NOBODY = "none"
"""What is typed for the owner of follow-ups that have none."""


class Closed(NamedTuple):
    """Who marked a follow-up done or dropped, and when."""

    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class FollowUpRecord:
    """A follow-up as it is stored."""

    id: int
    review_id: int
    item_id: int
    key: str
    text: str
    owner: str | None
    due_on: date | None
    actor: str
    time: datetime
    resolution: FollowUpState | None


def follow_ups(
    session: Reader,
    *,
    key: str | None = None,
    states: Collection[FollowUpState] | None = None,
    owner: str | None = None,
) -> tuple[FollowUpRow, ...]:
    """Follow-ups, those that are open first and the next due at the top; then those that were closed, newest first.

    `key` is that of an item, also of one that was removed; raises NotFoundError where no item has or had it. `states`
    are all without it. `owner` is a whole name in any case, with `*` for any letters, or `none`.
    """
    met: list[ColumnElement[bool]] = [] if owner is None else [_owned(owner)]
    if states is not None:
        met.append(in_states(states))
    if key is None:
        return tuple(row for _, row in listed(session, *met))
    try:
        item = find_item(session, key)
    except NotFoundError:
        ids = _removed(session, key)
        if not ids:
            raise
        return tuple(row for _, row in listed(session, col(FollowUp.item_id).in_(ids), *met))
    return tuple(row for _, row in listed(session, col(FollowUp.item_id) == id_of(item), *met))


def listed(session: Reader, *met: ColumnElement[bool]) -> list[tuple[int, FollowUpRow]]:
    """The follow-ups that meet some conditions in the order of `follow_ups`, each with the id of its item."""
    rows = session.exec(select(FollowUp).where(*met)).all()
    keys, gone = item_keys(session, sorted({row.item_id for row in rows}))
    ended = closed(session, [id_of(row) for row in rows if row.resolution])
    day = session.today
    found = [
        (
            row.item_id,
            follow_up_row(
                row,
                keys.get(row.item_id, row.key),
                day=day,
                closed=ended.get(id_of(row)),
                gone=row.item_id in gone,
            ),
        )
        for row in rows
    ]
    return sorted(found, key=lambda one: _place(one[1]))


def follow_up_row(
    row: FollowUp | FollowUpRecord, key: str, *, day: date, closed: Closed | None, gone: bool = False
) -> FollowUpRow:
    """A follow-up as it is on a day; `key` is that of its item."""
    state = FollowUpState(row.resolution) if row.resolution else FollowUpState.OPEN
    late = (day - row.due_on).days if row.due_on is not None and state is FollowUpState.OPEN else 0
    return FollowUpRow(
        number=row.id or 0,
        review=row.review_id,
        key=key,
        text=row.text,
        owner=row.owner,
        due_on=row.due_on,
        actor=row.actor,
        time=row.time,
        state=state,
        closed_by=closed.by if closed else None,
        closed_at=closed.at if closed else None,
        overdue_days=late if late > 0 else None,
        gone=gone,
    )


def closed(session: Reader, ids: Sequence[int], *, until: int | None = None) -> Mapping[int, Closed]:
    """Who closed some follow-ups and when, by id; as the trail had it after the change `until`."""
    found: dict[int, Closed] = {}
    for chunk in chunks(ids):
        newest = select(func.max(Change.sequence)).where(
            Change.entity == "follow-up", col(Change.entity_id).in_(chunk), Change.field == "resolution"
        )
        if until is not None:
            newest = newest.where(col(Change.sequence) <= until)
        newest = newest.group_by(col(Change.entity_id))
        asked = columns(col(Change.entity_id), col(Change.actor), col(Change.time))
        for row, actor, time in session.execute(asked.where(col(Change.sequence).in_(newest))):
            found[row] = Closed(actor, time)
    return found


def in_states(states: Collection[FollowUpState]) -> ColumnElement[bool]:
    """Whether a follow-up is in one of some states; never NULL."""
    resolved = [state.value for state in states if state is not FollowUpState.OPEN]
    met = and_(col(FollowUp.resolution).is_not(None), col(FollowUp.resolution).in_(resolved))
    return met | col(FollowUp.resolution).is_(None) if FollowUpState.OPEN in states else met


def _owned(owner: str) -> ColumnElement[bool]:
    name = owner.strip()
    if name.casefold() == NOBODY:
        return col(FollowUp.owner).is_(None)
    return and_(col(FollowUp.owner).is_not(None), named(col(FollowUp.owner), Pattern(name)))


def _place(row: FollowUpRow) -> tuple[int, float, int]:
    if row.is_open:
        return 0, row.due_on.toordinal() if row.due_on else float("inf"), row.number
    return 1, -row.closed_at.timestamp() if row.closed_at else 0, -row.number


def item_keys(session: Reader, ids: Sequence[int]) -> tuple[dict[int, str], set[int]]:
    """The keys of items by id, the last ones of those that were removed; and which were."""
    keys: dict[int, str] = {}
    for chunk in chunks(ids):
        there = columns(col(Item.id), col(Item.key)).where(col(Item.id).in_(chunk))
        keys |= {item or 0: key for item, key in session.execute(there)}
    gone = [item for item in ids if item not in keys]
    for chunk in chunks(gone):
        query = columns(col(Change.entity_id), col(Change.key)).where(*_removals(), col(Change.entity_id).in_(chunk))
        for item, key in session.execute(query.order_by(col(Change.sequence))):
            keys[item] = key
    return keys, set(gone)


def _removed(session: Reader, key: str) -> list[int]:
    """The ids of removed items that have follow-ups and last had a key, in any case."""
    gone = session.exec(select(FollowUp.item_id).where(col(FollowUp.item_id).not_in(select(Item.id))).distinct()).all()
    keys, _ = item_keys(session, gone)
    return [item for item, name in keys.items() if same_name(name, key)]


def _removals() -> tuple[ColumnElement[bool], ...]:
    return (
        col(Change.entity) == "item",
        col(Change.field).is_(None),
        col(Change.before).is_not(None),
        col(Change.after).is_(None),
    )
