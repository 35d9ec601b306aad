"""Follow-ups of reviews: what is to be done, by whom and by when, and what was closed."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from store.db import values
from store.db.reader import id_list
from store.enums import FollowUpState
from store.errors import NotFoundError
from store.filters.ast import Pattern
from store.filters.sql import Condition, all_of, in_ids, matches_name, one_of
from store.queries.lookup import find_item
from store.text import same_name

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import date, datetime

    from store.db.reader import Reader


class FollowUpRow(NamedTuple):
    """What is to be done about an item after a review; the first fields are as stored, and `number` is never reused.

    `key` is the item's key, the last one it had if it was removed (`gone`). `actor` recorded the follow-up at `time`.
    `closed_by` marked it done or dropped at `closed_at`, both None while it is open. `overdue_days` are the days
    since an open one was due, None if it is not overdue.
    """

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
    closed_by: str | None = None
    closed_at: datetime | None = None
    overdue_days: int | None = None
    gone: bool = False

    @property
    def number(self) -> int:
        """The number that people use."""
        return self.id

    @property
    def review(self) -> int:
        """The number of the review."""
        return self.review_id

    @property
    def state(self) -> FollowUpState:
        """Open, done or dropped."""
        return FollowUpState(self.resolution or FollowUpState.OPEN)

    @property
    def is_open(self) -> bool:
        """Whether it is neither done nor dropped."""
        return self.resolution is None


def follow_ups(
    reader: Reader, *, key: str | None = None, states: Collection[FollowUpState] | None = None, owner: str | None = None
) -> tuple[FollowUpRow, ...]:
    """Follow-ups, open ones first and the earliest due date first, then closed ones, newest first.

    `key` is that of an item, which may be removed; raises NotFoundError if no item has or had it. `owner` is a full
    name, ignoring case, with `*` for any text, or `none`.
    """
    where: list[Condition] = []
    if key is not None:
        try:
            ids = [find_item(reader, key).id]
        except NotFoundError:
            ids = _removed(reader, key)
            if not ids:
                raise
        where.append(in_ids("follow_up.item_id", ids))
    if owner is not None:
        name = owner.strip()
        unassigned = Condition("follow_up.owner is null")
        where.append(unassigned if name.casefold() == "none" else matches_name("follow_up.owner", Pattern(name)))
    if states is not None:
        where.append(one_of("coalesce(follow_up.resolution, 'open')", [state.value for state in states]))
    return find_follow_ups(reader, all_of(where))


FOLLOW_UPS = """
select id, review_id, item_id, key, text, owner, due_on, actor, time, resolution from follow_up where {where}
"""


def find_follow_ups(reader: Reader, where: Condition) -> tuple[FollowUpRow, ...]:
    """The follow-ups that meet a condition, in the order of `follow_ups`."""
    rows = reader.rows(FOLLOW_UPS.format(where=where.sql), where.parameters, row=FollowUpRow)
    keys, gone = item_keys(reader, sorted({row.item_id for row in rows}))
    closed = closings(reader, [row.id for row in rows if row.resolution])
    found = (with_closing(row, keys, reader.today, closed)._replace(gone=row.item_id in gone) for row in rows)
    return tuple(sorted(found, key=_sort_key))


Closing = tuple[str, "datetime"]
"""Who marked a follow-up done or dropped, and when."""


def with_closing(row: FollowUpRow, keys: Mapping[int, str], day: date, closed: Mapping[int, Closing]) -> FollowUpRow:
    """A stored follow-up as of a day, with the key of its item and its closing."""
    late = (day - row.due_on).days if row.due_on is not None and row.is_open else 0
    closed_by, closed_at = closed.get(row.id, (None, None))
    return row._replace(
        key=keys.get(row.item_id, row.key),
        closed_by=closed_by,
        closed_at=closed_at,
        overdue_days=late if late > 0 else None,
    )


CLOSINGS = """
select entity_id, actor, time from change where sequence in (
    select max(sequence) from change
    where entity = 'follow-up' and entity_id in (select value from json_each(:ids))
      and field = 'resolution' and (:until is null or sequence <= :until)
    group by entity_id
)
"""


def closings(reader: Reader, ids: Sequence[int], *, until: int | None = None) -> dict[int, Closing]:
    """Who closed follow-ups and when, by id, as of the change `until`."""
    found = reader.tuples(CLOSINGS, {"ids": id_list(ids), "until": until}) if ids else ()
    return {number: (actor, values.timestamp(time)) for number, actor, time in found}


def _sort_key(row: FollowUpRow) -> tuple[int, float, int]:
    if row.is_open:
        return 0, row.due_on.toordinal() if row.due_on else float("inf"), row.number
    return 1, -row.closed_at.timestamp() if row.closed_at else 0, -row.number


KEYS = "select id, key from item where id in (select value from json_each(:ids))"
LAST_KEYS = """
select entity_id, key from change
where entity = 'item' and field is null and before is not null and after is null
  and entity_id in (select value from json_each(:ids))
order by sequence
"""


def item_keys(reader: Reader, ids: Sequence[int]) -> tuple[dict[int, str], set[int]]:
    """The keys of items by id, for removed items the last key; and which items are removed."""
    keys: dict[int, str] = dict(reader.tuples(KEYS, {"ids": id_list(ids)})) if ids else {}
    gone = [item for item in ids if item not in keys]
    if gone:
        keys.update(reader.tuples(LAST_KEYS, {"ids": id_list(gone)}))
    return keys, set(gone)


REMOVED = "select distinct item_id from follow_up where item_id not in (select id from item)"


def _removed(reader: Reader, key: str) -> list[int]:
    """The ids of removed items with follow-ups whose last key this was, ignoring case."""
    keys, _ = item_keys(reader, reader.column(REMOVED))
    return [item for item, name in keys.items() if same_name(name, key)]
