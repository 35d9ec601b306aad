"""Two people at one register: what another person does shows, and no key acts on what is gone."""

from __future__ import annotations

from datetime import timedelta
from time import monotonic
from typing import TYPE_CHECKING

import pytest

from store.commands.dependencies import link
from store.commands.imports.apply import apply_import
from store.commands.imports.plan import plan_import
from store.commands.items import add_item, comment, edit_items, remove_items, set_status
from store.db.database import Database
from store.enums import Severity, Status
from store.samples import sample_text
from tests.program import PATIENCE
from tests.tui.golden import compare
from tests.tui.screen import NOON, as_bo, look_up, seat
from tui.dashboard import live_updates, screen

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from tests.tui.screen import Seat
    from tui.panes.items import ItemsPane

NEWS = "◂ "


class Hand:
    """A clock that someone moves by hand."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def __call__(self) -> datetime:
        return self.moment


def marked(person: Seat) -> dict[str, str]:
    """Who is named behind which item of the list."""
    rows = [row[2:].partition("│")[0].split() for row in person.rows if NEWS in row.partition("││")[0]]
    return {row[0]: row[-1] for row in rows if "-" in row[0]}


async def test_what_another_person_does_shows_by_itself(sample: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert screen.POLL_SECONDS > 1, "the fixture stops the clock"
    monkeypatch.setattr(screen, "POLL_SECONDS", 0.05)
    # With a clock that goes on there is no settling: on a slow machine it always ticks again before that.
    async with seat(sample, wait=False) as ana:
        await ana.wait_for("11 open · 4 mitigated")
        with as_bo(sample) as bo:
            set_status(bo, ("EN-001",), Status.MITIGATED)
        await ana.wait_for("10 open · 5 mitigated")


async def test_the_next_item_is_chosen_when_i_remove_one(sample: Path) -> None:
    async with seat(sample, notifications=True) as ana:
        await ana.choose("EN-001")
        await ana.press("D", "y")
        assert ana.chosen == "EN-002"
        assert not any("EN-001 " in row for row in ana.rows[:-1])
        assert "3 of 14" in ana.text
        await ana.press("u")
        assert ana.chosen == "EN-001"


async def test_the_last_item_of_the_list_is_removed(sample: Path) -> None:
    async with seat(sample, notifications=True) as ana:
        await ana.press("2", "G", "D", "y")
        assert ana.chosen == "CD-002"
        assert "14 of 14" in ana.text


async def test_another_person_removes_the_chosen_item(sample: Path) -> None:
    async with seat(sample, notifications=True) as ana:
        await ana.choose("EN-001")
        with as_bo(sample) as bo:
            remove_items(bo, ("EN-001",))
        await look_up(ana)
        assert ana.chosen == "EN-002"
        assert "of 14" in ana.text


async def test_a_key_on_an_item_that_is_gone_is_refused(sample: Path) -> None:
    async with seat(sample, notifications=True) as ana:
        await ana.choose("EN-001")
        with as_bo(sample) as bo:
            remove_items(bo, ("EN-001",))
        await ana.press("m")
        assert "bo removed EN-001: nothing was written" in ana.sentences
        for key in ("e", "a", "l", "d", "E", "D", "s"):
            await ana.press(key)
            await ana.press("escape")
        assert ana.summary().total.counts.mitigated == 4


async def test_another_person_renames_the_chosen_item(sample: Path) -> None:
    async with seat(sample, notifications=True) as ana:
        await ana.choose("EN-001")
        with as_bo(sample) as bo:
            edit_items(bo, ("EN-001",), {"key": "EN-010"})
        await look_up(ana)
        assert "EN-010" in ana.text
        assert not any(row[1:].startswith((" EN-001 ", "▌EN-001 ")) for row in ana.rows)


async def test_the_cursor_stays_on_its_item_when_others_come_before_it(sample: Path) -> None:
    async with seat(sample) as ana:
        await ana.choose("EN-001")
        with as_bo(sample) as bo:
            add_item(bo, {"category": "BE", "description": "New.", "severity": Severity.LOW})
        await look_up(ana)
        assert ana.chosen == "EN-001"
        assert "4 of 16" in ana.text
        await ana.press("m")
        assert ana.item("EN-001").status is Status.MITIGATED


async def test_undo_is_refused_where_another_person_changed_the_field_since(sample: Path) -> None:
    async with seat(sample, notifications=True) as ana:
        await ana.choose("EN-001")
        await ana.press("m")
        with as_bo(sample) as bo:
            set_status(bo, ("EN-001",), Status.IN_PROGRESS)
        await ana.press("u")
        assert "bo has since changed the status of EN-001: nothing was undone" in ana.sentences
        assert ana.item("EN-001").status is Status.IN_PROGRESS


async def test_a_change_during_a_form_shows_when_the_form_is_left(sample: Path) -> None:
    async with seat(sample) as ana:
        await ana.choose("EN-001")
        await ana.press("c")
        with as_bo(sample) as bo:
            set_status(bo, ("EN-001",), Status.MITIGATED)
        await ana.press("escape")
        await look_up(ana)
        assert "10 open · 5 mitigated" in ana.rows[0]


# Who else is here, and what they did


def items_of(person: Seat) -> ItemsPane:
    """The list of items."""
    return person.app.screen_stack[0].panes.items  # type: ignore[attr-defined,no-any-return]


def header(person: Seat) -> str:
    """The top row."""
    return person.rows[0]


async def test_what_another_person_changed_is_marked_for_a_moment(sample: Path) -> None:
    async with seat(sample, (120, 36)) as ana:
        await ana.choose("EN-001")
        with as_bo(sample) as bo:
            set_status(bo, ("EN-001", "PD-001"), Status.IN_PROGRESS)
            link(bo, "CD-001", "CD-002", "hides")
        await look_up(ana)
        compare("others-120x36", ana)
        assert marked(ana) == dict.fromkeys(("EN-001", "PD-001", "CD-001", "CD-002"), "bo")
        assert "bo set the status of EN-001 from Open to In Progress just now" in ana.text
        await ana.choose("CD-001")
        assert "bo linked CD-001 to CD-002: hides just now" in ana.text
        ana.app.screen.live_updates.unmark()  # type: ignore[attr-defined]
        await ana.settle()
        assert NEWS not in ana.text


async def test_marks_go_by_themselves(sample: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with seat(sample) as ana:
        monkeypatch.setattr(live_updates, "MARK_SECONDS", 0.05)
        with as_bo(sample) as bo:
            set_status(bo, ("EN-001",), Status.IN_PROGRESS)
        ana.app.screen.live_updates.poll()  # type: ignore[attr-defined]
        await ana.wait_for("1 in progress")
        deadline = monotonic() + PATIENCE
        while NEWS in ana.text:
            assert monotonic() < deadline
            await ana.pilot.pause(0.05)


async def test_my_own_change_here_is_no_news(sample: Path) -> None:
    async with seat(sample) as ana:
        await ana.choose("EN-001")
        await ana.press("m")
        with as_bo(sample) as bo:
            set_status(bo, ("EN-002",), Status.IN_PROGRESS)
        await look_up(ana)
        assert marked(ana) == {"EN-002": "bo"}


async def test_my_change_in_another_terminal_is_shown_and_is_mine(sample: Path) -> None:
    async with seat(sample, (80, 30)) as ana:
        with Database.open(sample, clock=lambda: NOON, actor="ana") as elsewhere:
            set_status(elsewhere, ("EN-002",), Status.MITIGATED)
        await look_up(ana)
        assert marked(ana) == {"EN-002": "ana"}
        assert any(row[1:].startswith(" Entanglement ") and f"{NEWS} 2 of 3" in row for row in ana.rows)
        await ana.pilot.resize_terminal(80, 24)
        await ana.settle()
        assert f"{NEWS}10 of 15 open" in ana.rows[1]
        assert "with" not in header(ana)


async def test_the_header_says_who_is_here_until_ten_minutes_are_over(sample: Path) -> None:
    clock = Hand(NOON)
    for name, minutes in (("dora", 11), ("carla", 4), ("bo", 2)):
        with Database.open(sample, clock=Hand(NOON - timedelta(minutes=minutes)), actor=name) as other:
            comment(other, ("EN-001",), "Here.")
    async with seat(sample, (120, 36), clock=clock) as ana:
        assert header(ana).endswith("ana  with bo, carla")
        clock.moment = NOON + timedelta(minutes=7)
        await look_up(ana)
        assert header(ana).endswith("ana  with bo")
        clock.moment = NOON + timedelta(minutes=9)
        await look_up(ana)
        assert header(ana).endswith("ana")


@pytest.mark.parametrize(
    ("width", "said"),
    [
        (120, "ana  with jo, ida, hoa, gil, fay +4"),
        (80, "ana  with jo, ida, hoa, gil +5"),
        (60, "  with jo, ida, hoa +6"),
        (40, "with 9"),
    ],
)
async def test_many_names_are_counted(sample: Path, width: int, said: str) -> None:
    for name in ("bo", "carla", "a-long-name-for-a-person", "emil", "fay", "gil", "hoa", "ida", "jo"):
        with Database.open(sample, clock=lambda: NOON, actor=name) as other:
            comment(other, ("EN-001",), "Here.")
    async with seat(sample, (width, 24)) as ana:
        assert header(ana).endswith(said)
        assert "11 open" in header(ana)


async def test_one_long_name_is_cut(sample: Path) -> None:
    for name in ("bo", "the-longest-name-that-anybody-in-this-house-ever-had"):
        with Database.open(sample, clock=lambda: NOON, actor=name) as other:
            comment(other, ("EN-001",), "Here.")
    async with seat(sample, (80, 24)) as ana:
        assert header(ana).endswith("ana  with the-longest-name… +1")


async def test_a_batch_of_many_changes_is_told_in_one_sentence(sample: Path) -> None:
    async with seat(sample, (120, 36)) as ana:
        await ana.choose("EN-001")
        with as_bo(sample) as bo:
            for at in range(30):
                comment(bo, ("BE-001",), f"{at}")
        await look_up(ana)
        assert marked(ana) == {"BE-001": "bo"}
        with as_bo(sample) as bo:
            edit_items(bo, ana.stored_keys(), {"owner": "MLP", "effort": "L"})
        await look_up(ana)
        assert "bo made 30 changes (edit)" in ana.rows[-1]
        assert marked(ana) == {"BE-001": "bo"}
        assert ana.chosen == "EN-001"


async def test_an_import_is_told_in_one_sentence(sample: Path) -> None:
    new = [f"| BE-1{at:02} | Debt number {at}. | High | one | plan | Open |" for at in range(40)]
    lines = sample_text().splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("| BE-002"))
    many = "\n".join([*lines[: at + 1], *new, *lines[at + 1 :], ""])
    async with seat(sample, (120, 36)) as ana:
        await ana.choose("EN-001")
        with as_bo(sample) as bo:
            plan = plan_import(bo, many, path=None)
            apply_import(bo, plan)
        await look_up(ana)
        assert "bo imported a document: 4" in ana.rows[-1]
        assert marked(ana) == {}
        assert ana.chosen == "EN-001"
        assert "3 of 55" in ana.text


async def test_the_filter_that_is_typed_and_the_scroll_position_stay(sample: Path) -> None:
    async with seat(sample, (80, 16)) as ana:
        await ana.press("2", "G")
        top = items_of(ana).scroll_offset.y
        assert top > 0
        with as_bo(sample) as bo:
            set_status(bo, ("EN-001",), Status.MITIGATED)
        await look_up(ana)
        assert items_of(ana).scroll_offset.y == top
        await ana.press("/")
        await ana.type("embed")
        with as_bo(sample) as bo:
            edit_items(bo, ("BE-001",), {"title": "Embedding everywhere"})
        await look_up(ana)
        assert ana.field == "embed"
        assert "BE-001" in ana.text


async def test_nothing_is_painted_when_nothing_changed(sample: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with seat(sample, (120, 36)) as ana:
        with as_bo(sample) as bo:
            set_status(bo, ("EN-001",), Status.MITIGATED)
        await look_up(ana)
        painted: list[object] = []
        monkeypatch.setattr(ana.app, "_display", lambda *what: painted.append(what))
        for _ in range(3):
            await look_up(ana)
        assert painted == []
        with as_bo(sample) as bo:
            set_status(bo, ("EN-001",), Status.OPEN)
        await look_up(ana)
        assert painted
