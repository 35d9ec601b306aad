"""How a review is ended: after a question where items are undecided."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui.screens.base import Flows


async def end(screen: Flows, number: int) -> bool:
    """End a review that goes on; whether it is over now. Raises RegisterError where it cannot be written."""
    review = await screen.store.review(number)
    if review.is_over:
        screen.say(f"{review.ended_by} ended review {number} already")
        return True
    left, whole = review.left, len(review.queue)
    question = f"End review {number}? {left:,} of {whole:,} {'item is' if whole == 1 else 'items are'} undecided."
    if left and not await screen.confirm(question, yes="y", label="end it"):
        return False
    done = await screen.store.finish_review(number)
    screen.say(done.said)
    return True
