"""Several people in one review, its end, its minutes, and what happened since it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from store.commands.items import accept, add_item, edit_items, remove_items, set_status
from store.enums import Severity, Status
from store.review.commands import decide, edit_review, finish
from tests.tui.golden import compare
from tests.tui.reviewing import QUEUE, begun, decided, elsewhere, heading, stored
from tests.tui.screen import NOON, as_bo, look_up, seat
from tui.key_overrides import rebound
from tui.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

LAST = NOON - timedelta(days=60)
"""When the review before was held."""


def held(path: Path) -> None:
    """A review that ended some time ago."""
    begun(path, LAST, query="category:MS")
    with elsewhere(path, LAST) as ana:
        for row in stored(path).queue:
            decide(ana, 1, row.key, seconds=10)
        finish(ana, 1)


async def test_what_the_other_decides_shows_and_is_passed_over(sample: Path) -> None:
    begun(sample)
    async with seat(sample, (100, 30)) as ana:
        await ana.press("r", "enter")
        with as_bo(sample) as bo:
            set_status(bo, (QUEUE[0],), Status.IN_PROGRESS)
            for key in QUEUE[:2]:
                decide(bo, 1, key)
        await look_up(ana)
        assert "reviewed by bo just now" in ana.text
        assert f"bo set the status of {QUEUE[0]} from Open to In Progress just now" in ana.text
        assert "2 reviewed, 13 left" in ana.rows[1]
        ana.app.screen.unmark()  # type: ignore[attr-defined]
        await ana.settle()
        assert "reviewed by bo at 12:00 UTC" in ana.text
        assert "just now" not in ana.text
        with as_bo(sample) as bo:
            decide(bo, 1, QUEUE[3])
        # It is bo's decision: keeping what it says adds none of ana's.
        await ana.press("enter")
        assert heading(ana) == QUEUE[2]
        assert f"bo has reviewed {QUEUE[0]} already" in ana.rows[-1]
        assert f"bo has reviewed {QUEUE[1]}" in ana.rows[-1]
        await ana.press("m")
        assert heading(ana) == QUEUE[4]
        assert f"bo has reviewed {QUEUE[3]}" in ana.rows[-1]
        assert decided(sample) == {QUEUE[0]: "bo", QUEUE[1]: "bo", QUEUE[2]: "ana", QUEUE[3]: "bo"}
        assert "bo 3, ana 1" in ana.rows[1]


async def test_a_conflict_is_asked_about_before_anything_is_decided(sample: Path) -> None:
    begun(sample)
    async with seat(sample, (100, 30)) as ana:
        await ana.press("r", "enter")
        with as_bo(sample) as bo:
            set_status(bo, (QUEUE[0],), Status.IN_PROGRESS)
        await ana.press("m")
        assert f"{QUEUE[0]} changed while you were editing" in ana.text
        await ana.press("escape")
        assert (heading(ana), decided(sample)) == (QUEUE[0], {})
        await ana.press("m", "m", "enter")
        assert ana.item(QUEUE[0]).status is Status.MITIGATED
        assert heading(ana) == QUEUE[1]
        with as_bo(sample) as bo:
            remove_items(bo, (QUEUE[1],))
        await look_up(ana)
        assert "This item was removed." in ana.text
        await ana.press("m")
        assert heading(ana) == QUEUE[1]
        await ana.press("enter")
        assert heading(ana) == QUEUE[2]


async def test_the_question_about_an_ended_acceptance_takes_the_keys_that_are_bound(sample: Path) -> None:
    key = QUEUE[2]
    with elsewhere(sample, LAST) as ana:
        accept(ana, (key,), rationale="cheap", by="ana", until=date(2026, 3, 1))
    begun(sample)
    table = rebound({"item.set-status-open": ["F2"], "item.accept": ["Space"], "review.page-down": ["PgDn"]})
    async with seat(sample, (80, 24), settings=Settings(commands=table)) as ana:
        await ana.press("r", "enter", "enter")
        assert "F2  open it again" in ana.text
        assert "Space  accept it again" in ana.text
        await ana.press("space")
        assert f"Accept {key}" in ana.text
        await ana.press("escape", "enter", "f2")
        assert ana.item(key).status is Status.OPEN


async def test_an_acceptance_that_ended_is_confirmed(sample: Path) -> None:
    keys = QUEUE[2:5]
    with elsewhere(sample, LAST) as ana:
        for key in keys:
            accept(ana, (key,), rationale="cheap", by="ana", until=date(2026, 3, 1))
    begun(sample)
    async with seat(sample, (80, 24)) as ana:
        await ana.press("r", "enter")
        compare("review-ended-80x24", ana)
        # In document order, for they ended on one day.
        opened, kept, anew = sorted(keys)
        await ana.press("enter", "o", "enter", "k", "enter", "a")
        await ana.type("still cheap")
        await ana.press("ctrl+s")
        assert ana.item(opened).status is Status.OPEN
        assert (ana.item(kept).status, ana.item(kept).accepted_until) == (Status.ACCEPTED, date(2026, 3, 1))
        assert (ana.item(anew).status_note, ana.item(anew).acceptance_days) == ("still cheap", 90)
        assert decided(sample) == dict.fromkeys((opened, kept, anew), "ana")


async def test_enter_never_ends_a_review(sample: Path) -> None:
    begun(sample)
    async with seat(sample, (80, 24)) as ana:
        # Enter again and again: it keeps every item, and does nothing in the minutes that follow.
        await ana.press("r", *["enter"] * 18)
        assert len(decided(sample)) == 15
        assert "Minutes of review 1" in ana.rows[0]
        assert "still open" in ana.rows[0]
        ana.send(*["X"] * 5, *["enter"] * 5)
        await ana.settle()
        await ana.press("X")
        assert "End review 1? All of its items are decided." in ana.text
        await ana.press("X")
        assert "End review 1?" in ana.text
        await ana.press("enter")
        assert "Minutes of review 1" in ana.rows[0]
        assert not stored(sample).is_over
        # From the last item it leads to the minutes again.
        await ana.press("escape", "enter", "enter", "enter")
        assert "Minutes of review 1" in ana.rows[0]
        assert not stored(sample).is_over


@pytest.mark.parametrize("door", [("i", "X"), ("X",), ("q", "r", "e")], ids=["minutes", "review", "dashboard"])
async def test_what_is_typed_before_the_question_is_seen_does_not_end_a_review(
    sample: Path, door: tuple[str, ...]
) -> None:
    begun(sample)
    async with seat(sample, (80, 24)) as ana:
        await ana.press("r", "enter", *door[:-1])
        ana.send(door[-1], "y", "y")
        await ana.settle()
        assert "End review 1? 15 of 15 items are undecided." in ana.text
        assert not stored(sample).is_over
        await ana.press("y")
        assert stored(sample).ended_by == "ana"
        assert "Review 1 has ended: export its minutes" in ana.text


async def test_a_review_that_somebody_else_has_ended_is_not_ended_again(sample: Path) -> None:
    begun(sample)
    async with seat(sample, (80, 24)) as ana:
        await ana.press("r", "enter")
        with as_bo(sample) as bo:
            finish(bo, 1)
        await ana.press("X")
        # Whoever ended it has been asked for the file.
        assert "Minutes of review 1" in ana.rows[0]
        assert "Export" not in ana.text
        await ana.press("q")
        assert stored(sample).ended_by == "bo"
        assert "1 All categories" in ana.rows[1]


async def test_the_key_that_asks_does_not_answer_however_it_is_bound(sample: Path) -> None:
    begun(sample)
    settings = Settings(commands=rebound({"review.end": ("y",), "item.copy-key": ("Y",)}))
    async with seat(sample, (80, 24), settings=settings) as ana:
        await ana.press("r", "enter", "y", "y")
        assert "End review 1?" in ana.text
        assert not stored(sample).is_over
        await ana.press("Y")
        assert stored(sample).is_over


async def test_minutes_are_exported_before_the_end_and_offered_after_it(
    sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with as_bo(sample) as bo:
        edit_items(bo, ("CD-001",), {"title": "esc \x1b[31m \u202e"})
    begun(sample)
    monkeypatch.chdir(tmp_path)
    place = tmp_path / "minutes.md"
    place.write_text("not mine", encoding="utf-8")
    async with seat(sample, (100, 24), notifications=True) as ana:
        await ana.press("r", "enter", "m", "i", "x")
        await ana.fill(str(sample))
        await ana.press("ctrl+s")
        assert "is the register itself: choose another file" in ana.sentences
        await ana.press("escape", "y", "x")
        await ana.fill(str(place))
        await ana.press("ctrl+s", "escape")
        assert place.read_text(encoding="utf-8") == "not mine"
        await ana.press("x")
        await ana.fill(str(place))
        await ana.press("ctrl+s", "R")
        assert "started by ana; still open, so these minutes are not final" in place.read_text(encoding="utf-8")
        assert "esc \u241b\\[31m <U+202E>" in place.read_text(encoding="utf-8")
        assert "Review 1 is still open (X ends it) · Exported the minutes" in ana.rows[-1]
        await ana.press("X", "y")
        assert "Review 1 has ended: export its minutes" in ana.text
        await ana.press("ctrl+s")
        assert "ended 12:00 UTC by ana" in (tmp_path / "review-1.md").read_text(encoding="utf-8")
        assert ana.rows[-1].lstrip().startswith("Exported the minutes to")
        assert "ended" in ana.rows[0]
        await ana.press("enter")
        assert "Minutes of review 1" in ana.rows[0]
        await ana.press("q")
        assert "1 All categories" in ana.rows[1]


async def test_a_review_that_ended_is_reopened_from_the_list_and_from_its_minutes(sample: Path) -> None:
    held(sample)
    async with seat(sample, (80, 24), notifications=True) as ana:
        await ana.press("R", "v", "o")
        assert "Reopen review 1? ana ended it 2026-01-29 12:00 UTC." in ana.text
        await ana.press("o", "enter")
        assert stored(sample).is_over
        await ana.press("o", "y")
        assert "Reopened review 1 · r on the dashboard resumes it" in ana.rows[-1]
        assert "open" in ana.rows[1]
        assert not stored(sample).is_over
        await ana.press("o")
        assert "review 1 is already open" in ana.text
        await ana.press("enter", "X", "y", "escape", "o", "y")
        assert "still open" in ana.rows[0]
        assert "Reopened" in ana.text
        await ana.press("X", "y", "escape", "q", "q", "q")
        begun(sample)
        await ana.press("R", "v", "G", "o")
        assert "review 2, which ana started on 2026-03-30, is still open: resume it" in " ".join(ana.text.split())
        assert stored(sample).is_over


async def test_who_takes_part_is_changed_while_the_review_is_open(sample: Path) -> None:
    begun(sample)
    async with seat(sample, (80, 24)) as ana:
        await ana.press("r", "enter", "P")
        await ana.type("; bo")
        await ana.press("ctrl+s")
        assert stored(sample).participants == ("ana", "bo")
        assert heading(ana) == QUEUE[0]
        assert "Changed participants of review 1 (u to undo)" in ana.rows[-1]
        await ana.press("P")
        await ana.fill(" ; ")
        await ana.press("ctrl+s")
        assert "a review needs at least one participant" in ana.text
        await ana.fill("cy")
        with as_bo(sample) as bo:
            edit_review(bo, 1, participants=["bo"])
        await ana.press("ctrl+s")
        assert "bo changed participants of review 1" in " ".join(ana.text.split())
        await ana.press("escape", "y", "P")
        assert ana.field == "bo"
        await ana.type("; cy")
        await ana.to("title")
        await ana.fill("Spring")
        await ana.press("ctrl+s")
        assert "Review 1 · Spring" in ana.rows[0]
        await ana.press("u", "u")
        assert stored(sample).participants == ("bo",)


async def test_anybody_resumes_or_ends_what_is_not_ended(sample: Path) -> None:
    begun(sample)
    with elsewhere(sample) as ana:
        decide(ana, 1, QUEUE[0])
    async with seat(sample, (80, 24), actor="bo") as bo:
        await bo.press("r")
        assert "ana started it 2026-03-30 12:00 UTC; 1 of 15 items reviewed." in " ".join(bo.text.split())
        await bo.press("m", "q", "l")
        assert "Retrospective  ana" in bo.rows[1]
        assert "1 of 15  open" in bo.rows[1]
        await bo.press("q", "r")
        assert heading(bo) == QUEUE[1]
        await bo.press("q", "r", "e", "y")
        assert stored(sample).ended_by == "bo"
        assert "Review 1 has ended: export its minutes" in bo.text
        await bo.press("escape", "q", "r")
        assert "Start a review" in bo.text


async def test_since_the_last_review(sample: Path) -> None:
    async with seat(sample, (100, 40)) as ana:
        await ana.press("R")
        assert "No review has ended yet" in ana.text
        await ana.press("q")
        held(sample)
        with as_bo(sample) as bo:
            set_status(bo, ("EN-001",), Status.MITIGATED, note="pinned")
            set_status(bo, ("FL-001",), Status.OPEN)
            edit_items(bo, ("PD-001",), {"severity": Severity.LOW})
            add_item(bo, {"key": "PD-009", "category": "PD", "severity": "High", "description": "New."})
        await ana.press("R")
        compare("since-100x40", ana)
        await ana.press("G", "enter")
        assert ana.chosen == "PD-001"
        await ana.press("R", "v", "enter")
        assert "Minutes of review 1" in ana.rows[0]
        await ana.press("q", "q", "q")
        begun(sample)
        await ana.press("r", "enter", "v")
        assert "PD-009" in ana.text
        await ana.press("G", "enter")
        assert "Since review 1 (Retrospective)" in ana.text
