"""What others did lately: read from the trail's newest end, however long it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from sqlalchemy import func, text
from sqlmodel import col, select

from store.audit.log import RESTORE, last_change, sets
from store.models import Category, Change, Item, Table
from store.queries.changes import Fate, News, Presence
from store.queries.dependency_map import newest
from store.queries.history import change_row, told

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlmodel import Session

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
    session: Session, sequence: int, *, digest: str | None = None, but: Collection[int] = (), most: int = MOST
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


def lately(session: Session, moment: datetime) -> tuple[Presence, ...]:
    """Who changed something since `moment` (aware), the newest first; each once, with the newest time."""
    found = session.execute(_NEWEST_OF_EACH).all()
    return tuple(Presence(actor, time) for actor, time in found if time >= moment)


def fate(session: Session, entity: Literal["item", "category"], key: str) -> Fate | None:
    """What became of the item or category that last had a key or code; None where nothing ever had it."""
    query = select(Change.entity_id).where(Change.entity == entity, Change.key == key)
    row = session.exec(query.order_by(col(Change.sequence).desc()).limit(1)).first()
    if row is None:
        return None
    named, own = (Item.key, Item.id) if entity == "item" else (Category.code, Category.id)
    present = session.exec(select(named).where(own == row)).first()
    change = last_change(session, entity, row, "key" if entity == "item" else "code")
    return Fate(present, change.actor if change else "somebody")


def author(session: Session, entity: str, key: str, field: str | None) -> str:
    """Who changed a field of the row that has or had a key last; without a field, who changed the row."""
    query = select(Change.actor).where(Change.entity == entity, Change.key == key)
    if field is not None:
        query = query.where(sets(field))
    return session.exec(query.order_by(col(Change.sequence).desc()).limit(1)).first() or "somebody"
