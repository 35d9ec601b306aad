"""How a review is ended and reopened: after a question that the key which asked for it does not answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from tui.render.text import line
from tui.review.progress import ending
from tui.screens.dialogs import confirm

if TYPE_CHECKING:
    from tui.screens.base import StoreScreen

YES = ("y", "Y")
"""The keys that say yes; the second one where the first is bound to what asks."""

Ending = Literal["open", "now", "before"]


async def end(screen: StoreScreen, number: int) -> Ending:
    """Ask, then end a review: whether it is still `open`, ended `now`, or was ended `before` by someone else.

    Raises RegisterError where it cannot be written.
    """
    review = await screen.store.review(number)
    if review.is_over:
        screen.say(f"{line(review.ended_by)} has ended review {number} already")
        return "before"
    if not await _agrees(screen, ending(review), ("review.end", "minutes.end"), label="end it"):
        return "open"
    done = await screen.store.finish_review(number)
    screen.say(done.message)
    return "now"


async def reopen(screen: StoreScreen, number: int) -> bool:
    """Ask, then open a review again; whether it is open now.

    Raises RegisterError where it has not ended, or another review is open.
    """
    review = await screen.store.review(number)
    # What would be refused is not asked about.
    if review.ended is not None and await screen.store.unfinished() is None:
        question = f"Reopen review {number}? {line(review.ended_by)} ended it {review.ended:%Y-%m-%d %H:%M} UTC."
        if not await _agrees(screen, question, ("reviews.reopen", "minutes.reopen"), label="reopen it"):
            return False
    done = await screen.store.reopen_review(number)
    screen.say(f"{done.message} {screen.host.glyphs.dot} {screen.key_of('review.open')} on the dashboard resumes it")
    return True


async def _agrees(screen: StoreScreen, question: str, asked_by: tuple[str, ...], *, label: str) -> bool:
    """Ask a question of some commands; neither their keys nor what was typed before it is shown say yes."""
    taken = {key for command in screen.host.commands if command.id in asked_by for key in command.keys}
    yes = next((key for key in YES if key not in taken), YES[0])
    return await confirm(screen, question, yes=yes, label=label, expected=False)
