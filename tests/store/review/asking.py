"""Short ways to ask about reviews in tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.review import minutes as minutes_queries
from store.review import minutes as review_minutes
from store.review.queries import item_activity, review

if TYPE_CHECKING:
    from store.db.database import Database
    from store.review.minutes import Diff, ItemChanges, Minutes
    from store.review.queries import ItemActivity, ReviewRow


def shown(db: Database, number: int | None = None) -> ReviewRow:
    """A review as stored."""
    with db.read() as session:
        return review(session, number)


def queue(db: Database, number: int | None = None) -> list[tuple[str, str]]:
    """What a review goes through, and why."""
    return [(row.key, row.reason) for row in shown(db, number).queue]


def minutes(db: Database, number: int | None = None) -> Minutes:
    """The minutes of a review."""
    with db.read() as session:
        return minutes_queries.minutes(session, number)


def diff(db: Database, number: int | None = None, other: int | None = None) -> Diff:
    """What differs between two moments."""
    with db.read() as session:
        return review_minutes.diff(session, number, other)


def news(db: Database, key: str, *, but: int | None = None) -> ItemActivity:
    """What happened to an item since it was last reviewed."""
    with db.read() as session:
        return item_activity(session, key, but=but)


def fields(items: tuple[ItemChanges, ...]) -> dict[str, list[tuple[str | None, str | None, str | None, str]]]:
    """What happened to items: field, before, after and by whom."""
    return {
        item.key: [(change.field, change.before, change.after, change.actor) for change in item.changes]
        for item in items
    }
