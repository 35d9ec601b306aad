"""Reviews by their number, and the places of items in a review's queue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select as columns
from sqlmodel import col, select

from store.audit.snapshots import id_of
from store.errors import NotFoundError, RegisterError
from store.models import Item, Review
from store.queries.lookup import chunks, find_item, key_taken
from store.review.shown import last_states
from store.sameness import same_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlmodel import Session


_START = "start one with `ai-debt review start`"


def find_review(session: Session, number: int | None) -> Review:
    """The review of a number, the newest without one. Raises NotFoundError."""
    newest = newest_review(session)
    review = newest if number is None else session.get(Review, number)
    if newest is None:
        raise NotFoundError("there was no review yet", _START)
    if review is None:
        raise NotFoundError(f"there is no review {number}", "use 1" if newest.id == 1 else f"use 1 to {newest.id}")
    return review


def newest_ended(session: Session) -> Review:
    """The review that ended last. Raises NotFoundError."""
    query = select(Review).where(col(Review.ended).is_not(None)).order_by(col(Review.last_sequence).desc()).limit(1)
    review = session.exec(query).first()
    if review is None:
        first = newest_review(session)
        remedy = f"end it with `ai-debt review finish {first.id}`" if first else _START
        raise NotFoundError("no review has ended yet", remedy)
    return review


def newest_review(session: Session) -> Review | None:
    """The review that was started last."""
    return session.exec(select(Review).order_by(col(Review.id).desc()).limit(1)).first()


def going_on(session: Session) -> Review | None:
    """The review that has not ended; there is one at most."""
    return session.exec(select(Review).where(col(Review.ended).is_(None)).order_by(col(Review.id))).first()


def find_open(session: Session, number: int) -> Review:
    """A review that goes on. Raises RegisterError where it has ended."""
    review = find_review(session, number)
    if review.ended is not None:
        what = f"{review.ended_by} ended review {number} on {review.ended:%Y-%m-%d}"
        raise RegisterError(what, f"reopen it with `ai-debt review reopen {number}`")
    return review


def queued(review: Review) -> list[tuple[int, str, str]]:
    """A review's queue: ids, the keys of then, and reasons."""
    return [(int(item), str(key), str(reason)) for item, key, reason in review.queue or ()]


def queued_item(session: Session, review: Review, key: str) -> tuple[int, str]:
    """The id and the key of now of an item in a review's queue; one that is gone answers to its last key.

    Raises RegisterError for an item that the review does not go through.
    """
    ids = [item for item, _, _ in queued(review)]
    wanted = key.strip()
    if taken := key_taken(session, wanted):
        item = id_of(find_item(session, taken))
        if item in ids:
            return item, taken
    for item, state in last_states(session, _gone(session, ids)).items():
        if same_name(name := str(state["key"]), wanted):
            return item, name
    raise not_queued(review, wanted)


def not_queued(review: Review, key: str) -> RegisterError:
    """The refusal of an item that a review does not go through."""
    return RegisterError(f"{key} is not in the queue of review {review.id}", "choose an item that is in it")


def _gone(session: Session, ids: Sequence[int]) -> list[int]:
    there: set[int | None] = set()
    for chunk in chunks(ids):
        there |= set(session.scalars(columns(col(Item.id)).where(col(Item.id).in_(chunk))))
    return [item for item in ids if item not in there]
