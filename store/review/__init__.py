"""Reviews: a queue of items that people go through together, what they decide, and what changed since."""

from store.review.deciding import decide, follow_up
from store.review.differing import diff
from store.review.follow_ups import edit_follow_up, mark_follow_ups
from store.review.minutes import minutes
from store.review.queue import planned
from store.review.reading import item_news, review, reviews, unfinished
from store.review.starting import SKIP_DAYS, edit_review, finish, reopen, start, usual_title

__all__ = [
    "SKIP_DAYS",
    "decide",
    "diff",
    "edit_follow_up",
    "edit_review",
    "finish",
    "follow_up",
    "item_news",
    "mark_follow_ups",
    "minutes",
    "planned",
    "reopen",
    "review",
    "reviews",
    "start",
    "unfinished",
    "usual_title",
]
