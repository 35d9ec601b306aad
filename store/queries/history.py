"""The audit trail as people read it: newest first, values as texts."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import and_, func, not_, or_
from sqlmodel import col, select

from store.audit.snapshots import text_of, whole_text
from store.errors import InvalidValueError, quoted
from store.filters.texts import holds
from store.formats.dates import Direction, parse_date
from store.models import Category, Change, FollowUp, Item
from store.queries.changes import ChangeRow, TrailRows
from store.queries.lookup import key_taken
from store.sameness import same_name

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import ColumnElement
    from sqlmodel import Session


_SPAN = re.compile(r"(\d{1,6})\s*([hd])")


def changes(
    session: Session,
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


def trail(session: Session, *, key: str | None = None, limit: int) -> TrailRows:
    """The newest changes as in `changes`, and how many are older."""
    found = changes(session, key=key, limit=limit)
    if len(found) < limit:
        return TrailRows(found, 0)
    whole = session.exec(select(func.count()).select_from(Change).where(*_asked(session, key, None, None))).one()
    return TrailRows(found, whole - len(found))


def parse_since(typed: str, now: datetime) -> datetime:
    """The moment that `2026-03-31`, `2026-03-31T14:00`, `12h`, `7d` or `last friday` means; without a zone it is UTC.

    Of a day it is the beginning. Raises InvalidValueError.
    """
    text = typed.strip()
    if span := _SPAN.fullmatch(text.lower()):
        hours = int(span[1]) * (24 if span[2] == "d" else 1)
        with suppress(OverflowError):
            return now - timedelta(hours=hours)
        return datetime.min.replace(tzinfo=UTC)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = datetime.combine(_past_day(text, now), time())
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _past_day(text: str, now: datetime) -> date:
    try:
        return parse_date(text, "since", now.astimezone(UTC).date(), Direction.BACK)
    except InvalidValueError as error:
        if error.remedy:
            raise
        what = f"{quoted(text)} is not a date or a span of time"
        remedy = "write it like 2026-03-31, 2026-03-31T14:00, 12h, 7d or friday"
        raise InvalidValueError("since", what, remedy) from None


def _asked(session: Session, key: str | None, since: datetime | None, by: str | None) -> list[ColumnElement[bool]]:
    """What a change must meet."""
    wanted = [told()]
    if key is not None:
        wanted.append(about(session, key.strip()))
    if since is not None:
        wanted.append(col(Change.time) >= since)
    if by is not None:
        wanted.append(holds(col(Change.actor), by.strip()))
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


def change_row(change: Change) -> ChangeRow:
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


def about(session: Session, key: str) -> ColumnElement[bool]:
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
