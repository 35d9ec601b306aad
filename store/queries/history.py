"""The audit log as people read it, and the recent activity of others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from store.audit.log import CHANGES, MONITOR, RESTORE, SETS_FIELD, ChangeRecord, head, stored_time, who_changed
from store.db.reader import id_list
from store.fields import text_of, whole_text
from store.filters.sql import Condition, all_of, contains, escaped
from store.queries.lookup import categories, find_key
from store.text import same_name

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from store.db.reader import Reader


class ChangeRow(NamedTuple):
    """A change in the audit log; `before` and `after` are texts for people."""

    sequence: int
    time: datetime
    actor: str
    batch: int
    verb: str
    entity: str
    key: str
    field: str | None
    before: str | None
    after: str | None
    note: str | None


class RecentChanges(NamedTuple):
    """The newest changes; `older` counts those before them."""

    changes: tuple[ChangeRow, ...]
    older: int


class Activity(NamedTuple):
    """The changes since a given one: the sequence of the newest change, their number, and the newest of them."""

    newest: int
    total: int
    changes: tuple[ChangeRow, ...]


class Presence(NamedTuple):
    """Who changed something, and when last (aware, UTC)."""

    actor: str
    time: datetime


class CurrentKey(NamedTuple):
    """The key or code that an item or category has now, None if it was removed, and who changed that."""

    key: str | None
    by: str


VISIBLE = """
(change.field is null
 or (change.field <> 'origin'
     and not (change.field = 'position' and change.entity <> 'category')
     and not (change.entity in ('review', 'decision')
              and change.field not in ('ended', 'time', 'title', 'participants'))))
"""
"""Whether a change is shown: not the position of a row, nor most of what a review records about itself."""
ABOUT = """
(change.key = :p0
 or (change.entity = 'item' and change.entity_id in (select item.id from item where item.key = :p0))
 or (change.entity = 'follow-up' and change.entity_id in (
     select follow_up.id from follow_up join item on item.id = follow_up.item_id where item.key = :p0))
 or (change.entity = 'category' and change.entity_id in (select category.id from category where code = :p1))
 or (change.entity in ('dependency', 'signal-item')
     and (change.key like :p2 escape '\\' or change.key like :p3 escape '\\'))
 or (change.entity = 'signal' and change.entity_id in (
     select signal_item.signal_id from signal_item join item on item.id = signal_item.item_id
     where item.key = :p0 and signal_item.attached = 1)))
"""


def changes(
    reader: Reader,
    *,
    key: str | None = None,
    since: datetime | None = None,
    by: str | None = None,
    limit: int | None = None,
) -> tuple[ChangeRow, ...]:
    """The changes, newest first: all of them, or those of an item and its dependencies, or of a category.

    `since` is the earliest time (aware), `by` a part of the actor's name, in any case. Removed items and categories
    are found by the key they had; an unknown key has no changes.
    """
    where = _where(reader, key, since, by)
    sql = f"{CHANGES} where {where.sql} order by change.sequence desc" + ("" if limit is None else " limit :limit")
    return tuple(map(change_row, reader.each(sql, {**where.parameters, "limit": limit}, row=ChangeRecord)))


def recent_changes(reader: Reader, *, key: str | None = None, limit: int) -> RecentChanges:
    """The newest changes as in `changes`, and how many are older."""
    found = changes(reader, key=key, limit=limit)
    where = _where(reader, key)
    total = reader.value(f"select count(*) from change where {where.sql}", where.parameters)
    return RecentChanges(found, total - len(found))


def _where(reader: Reader, key: str | None, since: datetime | None = None, by: str | None = None) -> Condition:
    where = [Condition(VISIBLE)]
    if key is not None:
        where.append(about(reader, key.strip()))
    if since is not None:
        where.append(Condition("change.time >= :p0", (stored_time(since),)))
    if by is not None:
        where.append(contains("change.actor", by.strip()))
    return all_of(where)


def change_row(change: ChangeRecord) -> ChangeRow:
    """One entry as people read it: a whole row in a few words."""
    shown = text_of if change.field else whole_text
    values = {name: getattr(change, name) for name in ChangeRow._fields}
    return ChangeRow(**{**values, "before": shown(change.before), "after": shown(change.after)})


def about(reader: Reader, key: str) -> Condition:
    """Whether a change is under a key, or under the other keys that its item or category had."""
    found = find_key(reader, key) or key
    code = next((category.code for category in categories(reader) if same_name(category.code, key)), key)
    pattern = escaped(found)
    return Condition(ABOUT, (found, code, f"{pattern} -> %", f"% -> {pattern}"))


MAX_LISTED = 200
"""The most changes that are listed one by one."""
# Both steps follow the index on actor and batch, from one actor to the next and to the last change of each, so the
# number of changes does not matter.
NEWEST_OF_EACH = """
with recursive person(actor) as (
    select min(actor) from change
    union all
    select (select min(change.actor) from change where change.actor > person.actor)
    from person where person.actor is not null
)
select change.actor, change.time
from person join change on change.sequence = (
    select own.sequence from change as own where own.actor = person.actor
    order by own.batch desc, own.sequence desc limit 1
)
order by change.sequence desc
"""
LAST_RESTORE = f"select max(sequence) from change where verb = '{RESTORE}'"
DIGEST = "select digest from change where sequence = :sequence"
LATER = f"change.sequence > :sequence and {VISIBLE} and change.batch not in (select value from json_each(:excluded))"
LATER_CHANGES = f"{CHANGES} where {LATER} order by change.sequence desc limit :limit"
COUNT_LATER = f"select count(*) from change where {LATER}"


def activity(
    reader: Reader,
    sequence: int,
    *,
    digest: str | None = None,
    excluding: Collection[int] = (),
    limit: int = MAX_LISTED,
) -> Activity:
    """The changes after `sequence`, except those of some batches; at most `limit` of them, newest first.

    If that change has a different `digest`, a backup was restored: then the changes since the restore.
    """
    end = head(reader).sequence
    if digest is not None and sequence and reader.value(DIGEST, {"sequence": sequence}) != digest:
        sequence = (reader.value(LAST_RESTORE) or end) - 1
    if end <= sequence:
        return Activity(end, 0, ())
    parameters = {"sequence": sequence, "excluded": id_list(excluding), "limit": limit}
    found = reader.rows(LATER_CHANGES, parameters, row=ChangeRecord)
    total = len(found)
    if total == limit:
        total = reader.value(COUNT_LATER, parameters)
    return Activity(end, total, tuple(map(change_row, found)))


def recent_actors(reader: Reader, moment: datetime) -> tuple[Presence, ...]:
    """The people who changed something since `moment` (aware), with the time of their last change, newest first."""
    found = (row for row in reader.each(NEWEST_OF_EACH, row=Presence) if row.time >= moment)
    return tuple(row for row in found if not row.actor.startswith(MONITOR))


LAST_ROW = "select entity_id from change where entity = :entity and key = :key order by sequence desc limit 1"
PRESENT_NAME = {"item": "select key from item where id = :id", "category": "select code from category where id = :id"}


def current_key(reader: Reader, entity: Literal["item", "category"], key: str) -> CurrentKey | None:
    """The present key or code of the row that last had a key or code; None if none ever had it."""
    row = reader.value(LAST_ROW, {"entity": entity, "key": key})
    if row is None:
        return None
    present = reader.value(PRESENT_NAME[entity], {"id": row})
    return CurrentKey(present, who_changed(reader, entity, row, "key" if entity == "item" else "code"))


PRESENT_ID = {"item": "select id from item where key = :key", "category": "select id from category where code = :key"}
LAST_ACTOR = f"""
select change.actor from change
where change.entity = :entity and change.key = :key and (:field is null or {SETS_FIELD})
order by change.sequence desc limit 1
"""


def author(reader: Reader, entity: str, key: str, field: str | None) -> str:
    """Who last changed a field of the row that has a key, or without a field the row; who removed it if it is gone."""
    row = 1 if entity == "register" else None
    if entity in PRESENT_ID:
        row = reader.value(PRESENT_ID[entity], {"key": key})
    if row is not None:
        return who_changed(reader, entity, row, field)
    return reader.value(LAST_ACTOR, {"entity": entity, "key": key, "field": field}) or "someone"
