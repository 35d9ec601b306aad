"""What was typed when the program last ended: offered when the register is open, the newest first."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from store.errors import RegisterError
from store.text import join_few

if TYPE_CHECKING:
    from datetime import datetime

    from tui.editing.drafts import Claim, Draft
    from tui.editing.item_actions import ItemScreen
    from tui.screens.dialogs import Choice

DOING = {
    "item.edit": "editing {name}",
    "item.new": "adding an item",
    "item.comment": "commenting on {name}",
    "item.accept": "accepting {name}",
    "item.mitigate-with-note": "noting how {name} was mitigated",
    "item.set-owner": "setting the owner of {name}",
    "item.set-due": "setting the due date of {name}",
    "item.edit-texts": "editing the texts of {name} in your editor",
    "item.link": "linking {name} to another item",
    "item.relabel": "changing the label of {name}'s dependency",
    "category.new": "adding a category",
    "category.edit": "editing the category {name}",
    "register.edit": "editing the register page",
    "register.cadence-new": "adding an entry to the review cadence",
    "register.cadence-edit": "editing an entry of the review cadence",
    "view.new": "adding a view",
    "view.edit": "editing the view {name}",
    "view.save": "saving the filter as a view",
    "review.open": "starting a review",
    "followup.edit": "editing follow-up {name}",
    "signal.attach": "attaching signal {name} to an item",
    "signal.detach": "detaching signal {name} from an item",
    "signal.mute": "muting signal {name}",
    "signal.new-item": "adding an item from signal {name}",
    "signal.new-rule": "adding a rule of signals",
    "review.participants": "changing the participants of the review",
    "review.follow-up": "recording a follow-up on {name}",
    "register.rule-new": "adding an escalation rule",
    "register.rule-edit": "editing the rule {name}",
    "register.export": "exporting the register",
    "register.import": "importing a document",
}
"""What a person was doing in the form of each command."""


def question(draft: Draft, today: datetime) -> str:
    """What a person is asked about a draft."""
    keys = draft.purpose.name.split(" ")
    doing = DOING[draft.purpose.command].format(name=join_few(keys))
    ended = draft.ended
    day = "" if ended.date() == today.date() else f"{ended:%Y-%m-%d} "
    text = f"You were {doing} when {draft.how} ({day}{ended:%H:%M} UTC)"
    return f"{text}; the text is in {draft.file}" if draft.file else text


async def offer_drafts(screen: ItemScreen) -> None:
    """Ask about each draft of this register."""
    from tui.editing import drafts

    target = screen.host.target
    if target.sample:
        return
    claims, ignored = await asyncio.to_thread(drafts.claim, drafts.register_of(target.place))
    known = []
    for claim in claims:
        if claim.draft.file is not None and not claim.is_kept_elsewhere:
            claim.forget()
        elif claim.draft.purpose.command in DOING:
            known.append(claim)
        else:
            claim.release()
    for words in ignored:
        screen.refuse(RegisterError(words))
    if known:
        screen.converse(_offer(screen, known))


async def _offer(screen: ItemScreen, claims: list[Claim]) -> None:
    from tui.screens.dialogs import Choice

    take, drop = Choice("t", "resume it", "take"), Choice("d", "discard it", "drop")
    for claim in claims:
        is_read = await asyncio.to_thread(_read_file, claim)
        choices = (take, drop) if is_read else (drop,)
        answer = await _answer(screen, question(claim.draft, screen.host.target.now), choices)
        if answer == "take":
            await _take_up(screen, claim)
        elif answer == "drop":
            claim.forget()
        else:
            claim.release()


def _read_file(claim: Claim) -> bool:
    """Take in what an editor has kept; whether it was understood."""
    from pathlib import Path

    from tui.editing import external_editor

    draft = claim.draft
    if draft.file is None:
        return True
    try:
        text = Path(draft.file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return False
    texts = external_editor.from_file(text, tuple(draft.base))
    if texts is not None:
        claim.draft = replace(draft, texts=texts)
    return texts is not None


async def _answer(screen: ItemScreen, asked: str, choices: tuple[Choice, ...]) -> str | None:
    """Take it, drop it, or None for later; what was typed is dropped only after another key."""
    from tui.screens.dialogs import choose, confirm

    while True:
        answer = await choose(screen, asked, choices, leave="later")
        if answer != "drop" or await confirm(screen, "Discard what you typed?", yes="y", label="discard it"):
            return answer


async def _take_up(screen: ItemScreen, claim: Claim) -> None:
    screen.resuming = claim
    try:
        await screen.resume_dialog(claim.draft.purpose)
    except RegisterError as error:
        screen.refuse(RegisterError(f"{error.what}; what you typed is kept in {claim.draft.file or claim.place}"))
    finally:
        if screen.resuming is not None:
            screen.resuming = None
            claim.release()
