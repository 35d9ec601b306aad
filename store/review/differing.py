"""What differs between the ends of two reviews, or between one and now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.audit.between import ITEM, LINK, between
from store.audit.snapshots import id_of
from store.clock import moment
from store.enums import Status
from store.errors import RegisterError
from store.review.changes import in_document_order, item_changes, newly_escalated
from store.review.found import find_review, newest_ended
from store.review.rows import Diff, DiffEnd
from store.review.standing import escalated_in, snapshot

if TYPE_CHECKING:
    from sqlmodel import Session

    from store.audit.between import Became
    from store.models import Review

_GROUPS = ("new", "mitigated", "accepted", "reopened", "changed", "removed")


def diff(session: Session, number: int | None = None, other: int | None = None) -> Diff:
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
