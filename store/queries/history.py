"""The audit log as people read it, and the recent activity of others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from sqlalchemy import and_, func, not_, or_, text
from sqlmodel import col, select

from store.audit.log import RESTORE
from store.audit.snapshots import whole_text
from store.audit.unit_of_work import last_change, sets
from store.fields import text_of
from store.filters.expressions import holds
from store.models import Category, Change, FollowUp, Item, Table
from store.queries.lookup import key_taken
from store.queries.rows import ChangeRecord, ChangeRow, Fate, News, Presence, TrailRows
from store.text import same_name

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import ColumnElement

    from store.db.reader import Reader


def changes(
    session: Reader,
    *,
    key: str | None = None,
    since: datetime | None = None,
    by: str | None = None,
    limit: int | None = None,
) -> tuple[ChangeRow, ...]:
    """The trail, newest first: all of it, or what touched an item and its dependencies, or a category.

    `since` is the earliest moment (aware), `by` a part of the name of who did it, in any case. Items and categories
    that are gone still answer to the key they had; an unknown key has no changes.
    """
    query = select(Change).where(*_asked(session, key, since, by)).order_by(col(Change.sequence).desc())
    return tuple(change_row(change) for change in session.exec(query.limit(limit)))


def trail(session: Reader, *, key: str | None = None, limit: int) -> TrailRows:
    """The newest changes as in `changes`, and how many are older."""
    found = changes(session, key=key, limit=limit)
    if len(found) < limit:
        return TrailRows(found, 0)
    whole = session.exec(select(func.count()).select_from(Change).where(*_asked(session, key, None, None))).one()
    return TrailRows(found, whole - len(found))


def _asked(session: Reader, key: str | None, since: datetime | None, by: str | None) -> list[ColumnElement[bool]]:
    """What a change must meet."""
    wanted = [told()]
    if key is not None:
        wanted.append(about(session, key.strip()))
    if since is not None:
        wanted.append(col(Change.time) >= since)
    if by is not None:
        met = holds("change.actor", by.strip())
        wanted.append(text(met.sql).bindparams(**met.parameters))  # type: ignore[arg-type]
    return wanted


def told() -> ColumnElement[bool]:
    """What people are told of the trail: not where a row stands in the imported text or among its like, and of a
    review only that it went on.
    """
    field = col(Change.field)
    order = and_(field == "position", col(Change.entity) != "category")
    review = and_(
        col(Change.entity).in_(("review", "decision")), field.not_in(("ended", "time", "title", "participants"))
    )
    return or_(field.is_(None), and_(field != "origin", not_(order), not_(review)))


def change_row(change: Change | ChangeRecord) -> ChangeRow:
    """One entry as people read it: a whole row is told in a few words."""
    tell = text_of if change.field else whole_text
    return ChangeRow(
        sequence=change.sequence or 0,
        time=change.time,
        actor=change.actor,
        batch=change.batch,
        verb=change.verb,
        entity=change.entity,
        key=change.key,
        field=change.field,
        before=tell(change.before),
        after=tell(change.after),
        note=change.note,
    )


def about(session: Reader, key: str) -> ColumnElement[bool]:
    """What the trail says under a key, and under the other keys that its item or category had."""
    found = key_taken(session, key) or key
    category = next((one for one in session.exec(select(Category.code)) if same_name(one, key)), key)
    ends = [
        col(Change.key).startswith(f"{found} -> ", autoescape=True),
        col(Change.key).endswith(f" -> {found}", autoescape=True),
    ]
    rows = [col(Change.key) == found]
    for entity, query in (
        ("item", select(Item.id).where(Item.key == found)),
        ("follow-up", select(FollowUp.id).join(Item, col(Item.id) == FollowUp.item_id).where(Item.key == found)),
        ("category", select(Category.id).where(Category.code == category)),
    ):
        rows.append(and_(col(Change.entity) == entity, col(Change.entity_id).in_(query)))
    return or_(*rows, and_(col(Change.entity) == "dependency", or_(*ends)))


def newest(session: Reader) -> int:
    """The sequence of the newest change, 0 without any."""
    return session.exec(select(func.max(Change.sequence))).one() or 0


MOST = 200
"""Entries that are told one by one."""
# Both steps follow the index on actor and batch, from one actor to the next and to the end of each: it does not matter
# how many changes there are.
_NEWEST_OF_EACH = text("""
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
""").columns(*Table.metadata.tables["change"].c["actor", "time"])


def since(
    session: Reader, sequence: int, *, digest: str | None = None, but: Collection[int] = (), most: int = MOST
) -> News:
    """What the trail says after `sequence`, leaving out some batches; at most `most` entries, the newest first.

    Where that change has another `digest` than the given one, a backup was put in the register's place: it says
    what it does from then on.
    """
    end = newest(session)
    there = select(Change.digest).where(Change.sequence == sequence)
    if digest is not None and sequence and session.exec(there).first() != digest:
        restored = session.exec(select(func.max(Change.sequence)).where(Change.verb == RESTORE)).one()
        sequence = (restored or end) - 1
    if end <= sequence:
        return News(end, 0, ())
    wanted = [col(Change.sequence) > sequence, told()]
    if but:
        wanted.append(col(Change.batch).not_in(but))
    found = session.exec(select(Change).where(*wanted).order_by(col(Change.sequence).desc()).limit(most)).all()
    total = len(found)
    if total == most:
        total = session.exec(select(func.count()).select_from(Change).where(*wanted)).one()
    return News(end, total, tuple(change_row(change) for change in found))


def lately(session: Reader, moment: datetime) -> tuple[Presence, ...]:
    """Who changed something since `moment` (aware), the newest first; each once, with the newest time."""
    found = session.execute(_NEWEST_OF_EACH).all()
    return tuple(Presence(actor, time) for actor, time in found if time >= moment)


def fate(session: Reader, entity: Literal["item", "category"], key: str) -> Fate | None:
    """What became of the item or category that last had a key or code; None where nothing ever had it."""
    query = select(Change.entity_id).where(Change.entity == entity, Change.key == key)
    row = session.exec(query.order_by(col(Change.sequence).desc()).limit(1)).first()
    if row is None:
        return None
    named, own = (Item.key, Item.id) if entity == "item" else (Category.code, Category.id)
    present = session.exec(select(named).where(own == row)).first()
    change = last_change(session, entity, row, "key" if entity == "item" else "code")
    return Fate(present, change.actor if change else "somebody")


def author(session: Reader, entity: str, key: str, field: str | None) -> str:
    """Who changed a field of the row that has or had a key last; without a field, who changed the row."""
    query = select(Change.actor).where(Change.entity == entity, Change.key == key)
    if field is not None:
        query = query.where(sets(field))
    return session.exec(query.order_by(col(Change.sequence).desc()).limit(1)).first() or "somebody"
