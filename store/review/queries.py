"""Reviews as they are: their items, their participants, and what differs between two of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func
from sqlalchemy import select as columns
from sqlmodel import col, select

from store.audit.log import in_effect
from store.audit.snapshots import id_of
from store.clock import moment
from store.enums import Status
from store.errors import NotFoundError, RegisterError
from store.models import Change, Decision, Item, Review
from store.queries.history import about, change_row, told
from store.queries.lookup import chunks, find_item, key_taken
from store.review.changes import (
    ITEM,
    LINK,
    between,
    escalated_in,
    in_document_order,
    item_changes,
    last_states,
    newly_escalated,
    shown,
    snapshot,
)
from store.review.rows import Diff, DiffEnd, ItemNews, QueueRow, ReviewLine, ReviewRow
from store.text import same_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from store.db.reader import Reader
    from store.review.changes import Became


_START = "start one with `ai-debt review start`"


def find_review(session: Reader, number: int | None) -> Review:
    """The review of a number, the newest without one. Raises NotFoundError."""
    newest = newest_review(session)
    review = newest if number is None else session.get(Review, number)
    if newest is None:
        raise NotFoundError("there was no review yet", _START)
    if review is None:
        raise NotFoundError(f"there is no review {number}", "use 1" if newest.id == 1 else f"use 1 to {newest.id}")
    return review


def newest_ended(session: Reader) -> Review:
    """The review that ended last. Raises NotFoundError."""
    query = select(Review).where(col(Review.ended).is_not(None)).order_by(col(Review.last_sequence).desc()).limit(1)
    review = session.exec(query).first()
    if review is None:
        first = newest_review(session)
        remedy = f"end it with `ai-debt review finish {first.id}`" if first else _START
        raise NotFoundError("no review has ended yet", remedy)
    return review


def newest_review(session: Reader) -> Review | None:
    """The review that was started last."""
    return session.exec(select(Review).order_by(col(Review.id).desc()).limit(1)).first()


def going_on(session: Reader) -> Review | None:
    """The review that has not ended; there is one at most."""
    return session.exec(select(Review).where(col(Review.ended).is_(None)).order_by(col(Review.id))).first()


def find_open(session: Reader, number: int) -> Review:
    """A review that goes on. Raises RegisterError where it has ended."""
    review = find_review(session, number)
    if review.ended is not None:
        what = f"{review.ended_by} ended review {number} on {review.ended:%Y-%m-%d}"
        raise RegisterError(what, f"reopen it with `ai-debt review reopen {number}`")
    return review


def queued(review: Review) -> list[tuple[int, str, str]]:
    """A review's queue: ids, the keys of then, and reasons."""
    return [(int(item), str(key), str(reason)) for item, key, reason in review.queue or ()]


def queued_item(session: Reader, review: Review, key: str) -> tuple[int, str]:
    """The id and the key of now of an item in a review's queue; one that is gone answers to its last key.

    Raises RegisterError for an item that the review does not go through.
    """
    ids = [item for item, _, _ in queued(review)]
    wanted = key.strip()
    if taken := key_taken(session, wanted):
        item = find_item(session, taken).id
        if item in ids:
            return item, taken
    for item, state in last_states(session, _gone(session, ids)).items():
        if same_name(name := str(state["key"]), wanted):
            return item, name
    raise not_queued(review, wanted)


def not_queued(review: Review, key: str) -> RegisterError:
    """The refusal of an item that a review does not go through."""
    return RegisterError(f"{key} is not in the queue of review {review.id}", "choose an item that is in it")


def _gone(session: Reader, ids: Sequence[int]) -> list[int]:
    there: set[int | None] = set()
    for chunk in chunks(ids):
        there |= set(session.scalars(columns(col(Item.id)).where(col(Item.id).in_(chunk))))
    return [item for item in ids if item not in there]


MOST = 200
"""Changes that are told one by one."""


def unfinished(session: Reader) -> ReviewRow | None:
    """The review that goes on, whoever began it; there is one at most."""
    found = going_on(session)
    return None if found is None else _row(session, found)


def review(session: Reader, number: int | None = None) -> ReviewRow:
    """One review, the newest without a number. Raises RegisterError where there is none."""
    return _row(session, find_review(session, number))


def reviews(session: Reader) -> tuple[ReviewLine, ...]:
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


def item_news(session: Reader, key: str, *, but: int | None = None) -> ItemNews:
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


def _row(session: Reader, found: Review) -> ReviewRow:
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


_GROUPS = ("new", "mitigated", "accepted", "reopened", "changed", "removed")


def diff(session: Reader, number: int | None = None, other: int | None = None) -> Diff:
    """What differs from the end of a review (of the one that ended last, without a number) to that of another, or now.

    What was changed and changed back is no difference. Raises RegisterError where one of them has not ended, or the
    other ended earlier.
    """
    start = newest_ended(session) if number is None else find_review(session, number)
    end = None if other is None else find_review(session, other)
    for review in (start, end):
        if review is not None and review.ended is None:
            what = f"review {review.id} has not ended"
            raise RegisterError(what, f"end it with `ai-debt review finish {review.id}`")
    first, last = start.last_sequence or 0, end.last_sequence if end else None
    if last is not None and last < first:
        raise RegisterError(f"review {number} ended after review {other}", "name the earlier one first")
    became = between(session, first, last)
    items = [one for one in became.values() if one.entity == ITEM]
    groups: dict[str, list[Became]] = {name: [] for name in _GROUPS}
    for one in in_document_order(session, items):
        if one.differs:
            groups[_group(one)].append(one)
    after = end.after if end else snapshot(session)
    return Diff(
        start=_end(start),
        end=_end(end) if end else DiffEnd(None, None, moment(session)),
        **{name: tuple(item_changes(one) for one in found) for name, found in groups.items()},
        links=tuple(row for one in became.values() if one.entity == LINK and one.differs for row in one.told()),
        escalated=newly_escalated(session, escalated_in(start.after), escalated_in(after), became),
    )


def _end(review: Review) -> DiffEnd:
    return DiffEnd(id_of(review), review.title, review.ended or review.started)


def _group(one: Became) -> str:
    """The first group that an item fits that differs."""
    if one.before is None or one.after is None:
        return "new" if one.before is None else "removed"
    was, is_ = Status(str(one.before["status"])), Status(str(one.after["status"]))
    if was is is_:
        return "changed"
    if is_ is Status.MITIGATED:
        return "mitigated"
    if is_ is Status.ACCEPTED:
        return "accepted"
    return "changed" if was.is_open else "reopened"
