"""A review on the screen: the keys decide an item and bring the next one, and nothing is lost in between."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from store.commands.dependencies import link
from store.enums import Severity, Status
from store.review.commands import decide
from tests.tui.golden import compare
from tests.tui.reviewing import QUEUE, begun, decided, elsewhere, heading, stored
from tests.tui.screen import as_bo, look_up, seat
from tui.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from tests.tui.screen import Seat


class Hand:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


@pytest.mark.parametrize("size", [(80, 24), (40, 12), (120, 36)], ids=["80x24", "40x12", "120x36"])
async def test_an_item_fills_the_screen(sample: Path, size: tuple[int, int]) -> None:
    with as_bo(sample) as bo:
        link(bo, "EN-001", "PD-001", "needs")
    begun(sample)
    async with seat(sample, size) as ana:
        await ana.press("r", "enter")
        compare(f"review-{size[0]}x{size[1]}", ana)


async def test_a_review_begins_in_a_form_that_counts(sample: Path) -> None:
    async with seat(sample, (80, 24), notifications=True) as ana:
        await ana.press("r")
        assert "Retrospective 2026-03-30" in ana.text
        assert "15 items to review" in ana.text
        await ana.to("participants")
        await ana.fill("ana; bo")
        await ana.to("query")
        await ana.fill("nothing-like-it")
        assert "0 items to review" in ana.text
        await ana.press("ctrl+s")
        assert "no item" in ana.text
        await ana.fill("flink")
        await ana.to("skip_days")
        await ana.fill("soon")
        await ana.press("ctrl+s")
        assert "soon is not a number of days" in ana.text
        await ana.fill("0")
        await ana.press("ctrl+s")
        there = stored(sample)
        assert (there.title, there.participants, there.query) == ("Retrospective 2026-03-30", ("ana", "bo"), "flink")
        assert f"1 of {len(there.queue)}" in ana.rows[0]
        assert "Started review 1" in ana.rows[-1]


async def test_keys_decide_and_bring_the_next_item(sample: Path) -> None:
    begun(sample)
    async with seat(sample, (100, 30)) as ana:
        await ana.press("r", "enter", "enter", "p", "n", "m", "o")
        assert heading(ana) == QUEUE[5]
        assert decided(sample) == dict.fromkeys((QUEUE[0], QUEUE[1], QUEUE[3], QUEUE[4]), "ana")
        statuses = [ana.item(key).status for key in QUEUE[:5]]
        assert statuses == [Status.OPEN, Status.IN_PROGRESS, Status.OPEN, Status.MITIGATED, Status.OPEN]
        assert f"Kept {QUEUE[4]} unchanged" in ana.rows[-1]
        assert "4 reviewed, 11 left" in ana.rows[1]
        await ana.press("M")
        await ana.type("Pinned.")
        await ana.press("escape", "y")
        assert heading(ana) == QUEUE[5]
        await ana.press("M")
        await ana.type("Pinned.")
        await ana.press("ctrl+s")
        assert heading(ana) == QUEUE[6]
        await ana.press("a")
        await ana.type("Cheap to keep.")
        await ana.press("ctrl+s")
        accepted = ana.item(QUEUE[6])
        assert (accepted.status, accepted.status_note) == (Status.ACCEPTED, "Cheap to keep.")
        assert ana.item(QUEUE[5]).status_note == "Pinned."
        assert heading(ana) == QUEUE[7]


async def test_other_keys_change_an_item_and_stay(sample: Path) -> None:
    begun(sample)
    async with seat(sample, (100, 30)) as ana:
        await ana.press("r", "enter", "s", "l")
        assert ana.item(QUEUE[0]).severity is Severity.LOW
        await ana.press("w")
        await ana.type("Search")
        await ana.press("ctrl+s", "c")
        await ana.type("Asked the vendor.")
        await ana.press("ctrl+s")
        assert (heading(ana), decided(sample)) == (QUEUE[0], {})
        assert "Low" in ana.rows[3]
        assert "owner Search" in ana.rows[3]
        await ana.press("F")
        await ana.type("Ask again")
        await ana.to("due_on")
        await ana.type("yesterday")
        await ana.press("ctrl+s")
        assert "This date is in the past: due 2026-03-29." in ana.text
        await ana.press("enter")
        await ana.fill("next friday")
        await ana.press("ctrl+s", "G")
        assert "15 of 15" in ana.rows[0]
        await ana.press("g")
        assert "Ask again  owner Search, due 2026-04-03" in await whole(ana)
        await ana.press("right", "right", "left")
        assert heading(ana) == QUEUE[1]
        assert decided(sample) == {}
        await ana.press("F")
        await ana.type("Ask the vendor")
        ana.app.keep_drafts("the program was ended")
    async with seat(sample) as ana:
        assert f"You were recording a follow-up on {QUEUE[1]}" in ana.sentences
        await ana.press("t", "ctrl+s")
        assert "Added follow-up 2 on" in ana.rows[-1]


async def whole(person: Seat) -> str:
    """The page, read to its end."""
    text = person.text
    for _ in range(9):
        await person.press("pagedown")
        text += person.text
    return text


KEEP = ("enter",)
NOTE = ("M", *"Pinned.", "ctrl+s")
ACCEPT = ("a", *"Cheap.", "ctrl+s")


@pytest.mark.parametrize("keys", [KEEP, ("m",), ("o",), NOTE, ACCEPT], ids=["keep", "m", "o, as it was", "note", "a"])
async def test_undo_brings_an_item_back_undecided_and_redo_decides_it_again(
    sample: Path, keys: tuple[str, ...]
) -> None:
    begun(sample)
    hand = Hand()
    async with seat(sample, (100, 30), monotonic=hand) as ana:
        await ana.press("r", "enter")
        before = ana.item(QUEUE[0])
        hand.seconds += 30
        await ana.press(*keys)
        after = ana.item(QUEUE[0])
        assert (heading(ana), decided(sample)) == (QUEUE[1], {QUEUE[0]: "ana"})
        assert "(u to undo)" in ana.rows[-1]
        await ana.press("u")
        assert (heading(ana), decided(sample)) == (QUEUE[0], {})
        assert "reviewed by you" not in ana.text
        assert "0 reviewed, 15 left" in ana.rows[1]
        assert (ana.item(QUEUE[0]).status, ana.item(QUEUE[0]).status_note) == (before.status, before.status_note)
        # The time that was spent on it is not lost.
        assert ana.rows[0].endswith("0:30 this item · 0:30 total")
        await ana.press("i")
        assert "0 of 15 reviewed" in ana.text
        await ana.press("escape", "v")
        assert ana.rows[1].startswith(f"│▌   1  {QUEUE[0]}")
        await ana.press("escape", "ctrl+r")
        assert (heading(ana), decided(sample)) == (QUEUE[0], {QUEUE[0]: "ana"})
        assert (ana.item(QUEUE[0]).status, ana.item(QUEUE[0]).status_note) == (after.status, after.status_note)
        assert stored(sample).seconds == 30
        assert ana.rows[0].endswith("0:00 this item · 0:30 total")
        assert "1 reviewed, 14 left" in ana.rows[1]


async def test_the_key_after_undo_is_for_the_item_that_it_brought_back(sample: Path) -> None:
    begun(sample)
    async with seat(sample, (100, 30)) as ana:
        await ana.press("r", "enter", "m", "enter", "u", "u", "p")
        assert ana.item(QUEUE[0]).status is Status.IN_PROGRESS
        assert (heading(ana), decided(sample)) == (QUEUE[1], {QUEUE[0]: "ana"})
        # What someone else decided stays, and is passed over.
        with as_bo(sample) as bo:
            decide(bo, 1, QUEUE[1])
        await ana.press("u")
        assert (heading(ana), decided(sample)) == (QUEUE[0], {QUEUE[1]: "bo"})
        await ana.press("enter")
        assert heading(ana) == QUEUE[2]
        # Undo anywhere else does the same.
        await ana.press("q", "u")
        assert decided(sample) == {QUEUE[1]: "bo"}
        assert f"Undid: {QUEUE[0]} decision in review 1" in ana.rows[-1]


async def test_an_item_that_came_back_and_that_somebody_else_decided_is_said(sample: Path) -> None:
    begun(sample)
    with elsewhere(sample) as there:
        decide(there, 1, QUEUE[1])
    async with seat(sample, (100, 30)) as ana:
        await ana.press("r", "enter", "u", "left")
        assert (heading(ana), decided(sample)) == (QUEUE[0], {})
        with as_bo(sample) as bo:
            decide(bo, 1, QUEUE[1])
        await ana.press("enter")
        assert heading(ana) == QUEUE[2]
        assert f"bo has reviewed {QUEUE[1]}" in ana.rows[-1]


async def test_the_clock_is_the_items_own_and_paints_only_itself(sample: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun(sample)
    hand = Hand()
    async with seat(sample, (100, 30), monotonic=hand) as ana:
        await ana.press("r", "enter")
        hand.seconds += 41.7
        painted: list[object] = []
        monkeypatch.setattr(ana.app, "_display", lambda _, what: painted.append(what))
        for _ in range(3):
            ana.app.screen.tick()  # type: ignore[attr-defined]
            await look_up(ana)
        monkeypatch.undo()
        assert ana.rows[0].endswith("0:41 this item · 0:41 total")
        assert [update.spans for update in painted] == [[(0, 70, 100)]]  # type: ignore[attr-defined]
        await ana.press("n")
        hand.seconds += 62
        await ana.press("enter", "left")
        assert [row.seconds for row in stored(sample).queue[:2]] == [0, 62]
        assert ana.rows[0].endswith("0:00 this item · 1:43 total")
        hand.seconds += 3600
        await ana.press("v", "escape")
        assert ana.rows[0].endswith("1:00:00 this item · 1:01:43 total")


async def test_the_queue_shows_what_is_decided_and_enter_goes_there(sample: Path) -> None:
    begun(sample)
    with as_bo(sample) as bo:
        decide(bo, 1, QUEUE[1])
    async with seat(sample, (80, 24), settings=Settings(ascii=True)) as ana:
        await ana.press("r", "enter", "enter")
        assert ana.text.isascii()
        assert "##" in ana.rows[1]
        await ana.press("v")
        compare("review-queue-80x24", ana)
        await ana.press("j", "j", "enter")
        assert heading(ana) == QUEUE[4]
        await ana.press("v", "q", "q")
        assert "Review 1: 2 of 15 reviewed; r resumes it" in ana.rows[-1]
