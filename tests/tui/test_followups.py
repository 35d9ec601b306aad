"""The follow-ups page, and follow-ups where an item is shown, under a person's hands."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from store.commands.items import edit_items, remove_items
from store.db.database import Database
from store.enums import FollowUpState
from store.queries.follow_ups import follow_ups
from store.review.commands import edit_follow_up, finish, follow_up, mark_follow_ups
from tests.tui import golden
from tests.tui.reviewing import begun, elsewhere, heading
from tests.tui.screen import NOON, as_bo, look_up, seat
from tui.key_overrides import rebound
from tui.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from store.queries.follow_ups import FollowUpRow
    from tests.tui.screen import Seat

OPEN, DONE, DROPPED = FollowUpState


@pytest.fixture
def noted(sample: Path) -> Path:
    """A register whose last review left three follow-ups; the first in the list is 5 days overdue."""
    begun(sample, NOON - timedelta(days=20))
    with elsewhere(sample, NOON - timedelta(days=20)) as db:
        follow_up(db, 1, "EN-001", text="Measure what the *old* windows cost", owner="bo")
        follow_up(db, 1, "PD-002", text="Ask the vendor", owner="cy", due_on=date(2026, 3, 25))
        follow_up(db, 1, "EN-001", text="Call the team", due_on=date(2026, 4, 30))
        finish(db, 1)
    return sample


def stored(path: Path) -> dict[int, FollowUpRow]:
    with Database.open(path, clock=lambda: NOON) as db, db.read() as session:
        return {row.number: row for row in follow_ups(session)}


def states(path: Path) -> dict[int, FollowUpState]:
    return {number: row.state for number, row in sorted(stored(path).items())}


def listed(person: Seat) -> list[str]:
    """The numbers in the list, from top to bottom."""
    found = [row.split("#")[1].split()[0] for row in person.rows if "#" in row]
    return found


@pytest.mark.parametrize("size", [(80, 24), (40, 12)])
async def test_the_page(noted: Path, size: tuple[int, int]) -> None:
    name = f"{size[0]}x{size[1]}"
    async with seat(noted, size) as ana:
        await ana.press("W")
        golden.compare(f"followups-{name}", ana)
        await ana.press("escape")
        assert "Follow-ups" not in ana.rows[0]


async def test_without_any_the_page_says_how_to_get_one(sample: Path) -> None:
    async with seat(sample, (80, 24)) as ana:
        await ana.press("W", "d", "x", "o", "e", "enter", "j")
        golden.compare("followups-none-80x24", ana)


async def test_keys_mark_them_done_drop_and_reopen_them_in_their_places(noted: Path) -> None:
    async with seat(noted, (80, 24)) as ana:
        await ana.press("W")
        assert listed(ana) == ["2", "3", "1"]
        await ana.press("d")
        assert states(noted) == {1: OPEN, 2: DONE, 3: OPEN}
        assert "Marked follow-up 2 on PD-002 done (u to undo)" in ana.rows[-1]
        assert "done by ana on 2026-03-30" in ana.text
        # It stays under the cursor: pressed again, the key acts on nothing else.
        await ana.press("d", "d")
        assert states(noted) == {1: OPEN, 2: DONE, 3: OPEN}
        assert listed(ana) == ["2", "3", "1"]
        await ana.press("j", "x")
        assert states(noted) == {1: OPEN, 2: DONE, 3: DROPPED}
        await ana.press("u")
        assert states(noted) == {1: OPEN, 2: DONE, 3: OPEN}
        assert "Undid: EN-001 follow-up closing (ctrl+r to redo)" in ana.rows[-1]
        await ana.press("ctrl+r", "k", "o")
        assert states(noted) == {1: OPEN, 2: OPEN, 3: DROPPED}
        await ana.press("escape", "W")
        assert listed(ana) == ["2", "1"]
        assert "1 done or dropped; a shows all." in ana.text
        await ana.press("a")
        assert listed(ana) == ["2", "1", "3"]
        await ana.press("a")
        assert listed(ana) == ["2", "1"]


async def test_all_of_one_packet_acts_on_what_it_was_typed_for(noted: Path) -> None:
    async with seat(noted, (80, 24)) as ana:
        await ana.press("W")
        ana.send("d", "j", "x", "j", "d", "k", "o")
        await ana.settle()
        assert states(noted) == {1: DONE, 2: DONE, 3: OPEN}


async def test_enter_goes_to_the_item(noted: Path) -> None:
    async with seat(noted, (80, 24)) as ana:
        await ana.press("W", "enter")
        assert ana.chosen == "PD-002"
        await ana.press("W", "j", "enter")
        assert ana.chosen == "EN-001"


async def test_one_of_a_removed_item_stays_and_says_so(noted: Path) -> None:
    with elsewhere(noted) as db:
        remove_items(db, ["PD-002"])
    async with seat(noted, (80, 24), notifications=True) as ana:
        await ana.press("W")
        assert "PD-002 (removed)" in ana.text
        await ana.press("enter")
        assert "PD-002 was removed: drop its follow-up" in " ".join(ana.text.split())
        await ana.press("x", "escape", "u", "u")
        assert states(noted)[2] is OPEN
        await ana.press("W")
        assert "PD-002  open" in ana.text


async def test_removing_an_item_says_that_its_open_follow_ups_stay(noted: Path) -> None:
    async with seat(noted, (80, 24)) as ana:
        await ana.choose("EN-001")
        await ana.press("D")
        assert "Its 2 open follow-ups stay listed." in ana.text
        await ana.press("escape")
        await ana.choose("PD-001")
        await ana.press("D")
        assert "Remove PD-001" in ana.text
        assert "follow-up" not in ana.text


async def test_a_form_changes_text_owner_and_due_date(noted: Path) -> None:
    async with seat(noted, (80, 24)) as ana:
        await ana.press("W", "e")
        assert ana.field == "Ask the vendor"
        await ana.fill(" ")
        await ana.press("ctrl+s")
        assert "text is empty" in ana.text
        await ana.fill("Ask again")
        await ana.to("owner")
        await ana.fill("di")
        await ana.to("due_on")
        await ana.fill("2026-05-01")
        await ana.press("ctrl+s")
        row = stored(noted)[2]
        assert (row.text, row.owner, row.due_on) == ("Ask again", "di", date(2026, 5, 1))
        assert "Changed follow-up 2 on PD-002 (u to undo)" in ana.rows[-1]
        assert "owner di, due 2026-05-01" in ana.text
        await ana.press("e")
        await ana.to("due_on")
        await ana.fill("")
        await ana.press("ctrl+s")
        assert stored(noted)[2].due_on is None


async def test_what_somebody_else_did_meanwhile_is_not_overwritten(noted: Path) -> None:
    async with seat(noted, (100, 30), notifications=True) as ana:
        await ana.press("W")
        with as_bo(noted) as bo:
            mark_follow_ups(bo, [2], DROPPED)
        await ana.press("d")
        assert states(noted)[2] is DROPPED
        assert "bo changed state of follow-up 2 on PD-002 to 'dropped'" in " ".join(ana.text.split())
        assert "dropped by bo on 2026-03-30" in ana.text
        await ana.press("j", "e")
        await ana.fill("Mine")
        with as_bo(noted) as bo:
            edit_follow_up(bo, 3, {"text": "Theirs"})
        await ana.press("ctrl+s")
        assert "bo: Theirs" in ana.text
        await ana.press("m", "enter")
        assert stored(noted)[3].text == "Mine"


async def test_what_others_do_shows_on_the_page_and_beside_the_item(noted: Path) -> None:
    async with seat(noted, (120, 36)) as ana:
        await ana.choose("PD-002")
        with as_bo(noted) as bo:
            mark_follow_ups(bo, [2], DONE)
        await look_up(ana)
        assert "bo completed the follow-up on PD-002 just now" in ana.text
        await ana.press("W")
        assert listed(ana) == ["3", "1"]
        with as_bo(noted) as bo:
            mark_follow_ups(bo, [3], DONE)
        await look_up(ana)
        assert listed(ana) == ["3", "1"]
        assert "done by bo on 2026-03-30" in ana.text


async def test_the_item_says_what_is_still_to_do_about_it(noted: Path) -> None:
    with elsewhere(noted) as db:
        mark_follow_ups(db, [3], DROPPED)
        edit_items(db, ["PD-002"], {"key": "PD-200"})
    async with seat(noted, (120, 50)) as ana:
        await ana.choose("EN-001")
        text = " ".join(ana.text.split())
        assert "Follow-ups" in text
        assert "open Measure what the old windows cost owner bo" in text
        assert "dropped by ana on 2026-03-30 Call the team unassigned, due 2026-04-30" in text
        await ana.choose("PD-200")
        assert "open, overdue by 5 days Ask the vendor owner cy, due 2026-03-25" in " ".join(ana.text.split())


async def test_a_review_begins_with_them_and_closes_them(noted: Path) -> None:
    begun(noted, NOON)
    async with seat(noted, (80, 24)) as ana:
        await ana.press("r", "r")
        assert heading(ana) == "PD-002"
        assert "Here because  follow-up overdue by 5 days; score 7" in ana.text
        assert "open, overdue by 5 days  Ask the vendor" in ana.text
        await ana.press("W")
        assert listed(ana) == ["2"]
        assert "Follow-ups of PD-002" in ana.rows[0]
        await ana.press("d", "escape")
        assert states(noted)[2] is DONE
        assert heading(ana) == "PD-002"
        assert "open, overdue" not in ana.text
        await ana.press("enter")
        assert heading(ana) == "EN-001"


async def test_what_was_typed_in_the_form_outlives_the_program(noted: Path) -> None:
    async with seat(noted, (80, 24)) as ana:
        await ana.press("W", "j", "e")
        await ana.fill("Call everybody")
        ana.app.keep_drafts("the program was ended")
    async with seat(noted, (80, 24)) as ana:
        assert "You were editing follow-up 3" in " ".join(ana.text.split())
        await ana.press("t", "ctrl+s")
        assert stored(noted)[3].text == "Call everybody"


async def test_other_days_only_show_them(noted: Path) -> None:
    with elsewhere(noted, NOON + timedelta(days=2)) as db:
        mark_follow_ups(db, [2], DONE)
    async with seat(noted, (100, 30), notifications=True, clock=lambda: NOON + timedelta(days=3)) as ana:
        await ana.press("T")
        await ana.type("2026-03-30")
        await ana.press("enter", "W")
        assert "overdue by 5 days" in ana.text
        await ana.press("d")
        assert "this is the register as of 2026-03-30" in " ".join(ana.text.split())
        assert states(noted)[2] is DONE


async def test_messages_name_the_keys_as_they_are_bound(noted: Path) -> None:
    overrides = {"followup.undo": ("U",), "followup.all": ("A",), "followup.done": ("f",), "followup.list": ("ctrl+w",)}
    async with seat(noted, (80, 24), settings=Settings(commands=rebound(overrides))) as ana:
        await ana.press("ctrl+w", "f")
        assert states(noted)[2] is DONE
        assert "(U to undo)" in ana.rows[-1]
        await ana.press("escape", "ctrl+w")
        assert "A shows all" in ana.text


async def test_a_hostile_text_is_shown_as_marks(sample: Path) -> None:
    begun(sample)
    with elsewhere(sample) as db:
        follow_up(db, 1, "EN-001", text="[@click=app.quit]x[/] \x1b[31m \u202e", owner="[/]\x07")
    async with seat(sample, (100, 30)) as ana:
        await ana.press("W")
        assert "[@click=app.quit]x[/]" in ana.text
        assert "\x1b" not in ana.text
        await ana.press("e", "escape", "escape", "escape")
        assert ana.app.is_running
