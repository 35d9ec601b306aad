"""Reviews as they stand: what they go through, who went through it, and what happened to an item since."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func
from sqlalchemy import select as columns
from sqlmodel import col, select

from store.audit.effect import in_effect
from store.audit.snapshots import id_of
from store.models import Change, Decision, Review
from store.queries.history import about, change_row, told
from store.queries.lookup import find_item
from store.review.found import find_review, going_on, queued
from store.review.rows import ItemNews, QueueRow, ReviewLine, ReviewRow
from store.review.shown import shown

if TYPE_CHECKING:
    from sqlmodel import Session

MOST = 200
"""Changes that are told one by one."""


def unfinished(session: Session) -> ReviewRow | None:
    """The review that goes on, whoever began it; there is one at most."""
    found = going_on(session)
    return None if found is None else _row(session, found)


def review(session: Session, number: int | None = None) -> ReviewRow:
    """One review, the newest without a number. Raises RegisterError where there is none."""
    return _row(session, find_review(session, number))


def reviews(session: Session) -> tuple[ReviewLine, ...]:
    """All reviews, the newest first."""
    counted = columns(col(Decision.review_id), func.count()).group_by(col(Decision.review_id))
    decided: dict[int, int] = dict(session.execute(counted).all())
    length = func.json_array_length(col(Review.queue))
    wanted = (Review.id, Review.title, Review.participants, Review.started, Review.started_by)
    query = columns(*map(col, wanted), col(Review.ended), col(Review.ended_by), length).order_by(col(Review.id).desc())
    return tuple(
        ReviewLine(
            number=number,
            title=title,
            participants=tuple(participants or ()),
            started=started,
            started_by=started_by,
            ended=ended,
            ended_by=ended_by,
            items=items,
            decided=decided.get(number, 0),
        )
        for number, title, participants, started, started_by, ended, ended_by, items in session.execute(query)
    )


def item_news(session: Session, key: str, *, but: int | None = None) -> ItemNews:
    """What happened to an item since it was last gone through, in another review than `but`. Raises NotFoundError."""
    item = find_item(session, key)
    query = select(Decision).where(Decision.item_id == item.id, col(Decision.review_id) != (but or 0))
    last = session.exec(query.order_by(col(Decision.time).desc(), col(Decision.id).desc()).limit(1)).first()
    since = 0
    if last is not None:
        own = select(func.max(Change.sequence)).where(Change.entity == "decision", Change.entity_id == last.id)
        since = session.exec(own).one() or 0
    later = select(Change).where(about(session, item.key), told(), col(Change.entity).in_(("item", "dependency")))
    found = in_effect(session.exec(later.where(col(Change.sequence) > since).order_by(col(Change.sequence))).all())
    newest = [change_row(change) for change in reversed(found)]
    return ItemNews(
        key=item.key,
        reviewed=last.time if last else None,
        review=last.review_id if last else None,
        title=session.get_one(Review, last.review_id).title if last else None,
        by=last.actor if last else None,
        changes=tuple(newest[:MOST]),
        total=len(newest),
    )


def _row(session: Session, found: Review) -> ReviewRow:
    entries = queued(found)
    decisions = {
        decision.item_id: decision for decision in session.exec(select(Decision).where(Decision.review_id == found.id))
    }
    items = shown(session, [item for item, _, _ in entries])
    rows: list[QueueRow] = []
    for item, _, reason in entries:
        decision = decisions.get(item)
        rows.append(
            QueueRow(
                key=items[item].key,
                lead=items[item].lead,
                severity=items[item].severity,
                status=items[item].status,
                reason=reason,
                decided_by=decision.actor if decision else None,
                decided_at=decision.time if decision else None,
                seconds=decision.seconds if decision else 0,
                gone=items[item].gone,
            )
        )
    return ReviewRow(
        number=id_of(found),
        title=found.title,
        participants=tuple(found.participants or ()),
        query=found.query,
        skip_days=found.skip_days,
        started=found.started,
        started_by=found.started_by,
        ended=found.ended,
        ended_by=found.ended_by,
        queue=tuple(rows),
    )
