"""Every key hits what its user saw: at typing speed, in one packet, whatever is under way."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from textual.events import Key

from store.commands.items import add_item, edit_items, remove_items, set_status
from store.enums import Severity, Status
from store.queries import items as item_queries
from tests.tui.reviewing import begun, decided, heading
from tests.tui.screen import ACTOR, as_bo, key_event, look_up, seat
from tests.tui.test_threads import held
from tests.tui.triage import changes_by, keys_of, open_register, stored

if TYPE_CHECKING:
    from pathlib import Path

    from store.db.reader import Reader
    from store.queries.items import ItemDetail
    from tests.tui.screen import Seat

OPEN, PROGRESS, MITIGATED = Status.OPEN, Status.IN_PROGRESS, Status.MITIGATED
FIFTEEN = keys_of(15)


@pytest.fixture
def fifteen(tmp_path: Path) -> Path:
    """A register of fifteen open items."""
    return open_register(tmp_path / "fifteen.db", 15)


def statuses(path: Path) -> dict[str, Status]:
    """The items that are not open any more."""
    return {key: row.status for key, row in stored(path).items() if row.status is not OPEN}


async def type_slowly(person: Seat, keys: str, pause: float) -> None:
    """Type keys with a pause between them, whatever the dashboard is doing; then wait until it rests."""
    for key in keys:
        person.send(key)
        await asyncio.sleep(pause)
    await person.settle()


# The cursor


@pytest.mark.parametrize("pause", [0.0, 0.1, 0.15, 0.2])
async def test_a_reload_never_moves_the_cursor_against_a_key(fifteen: Path, pause: float) -> None:
    async with seat(fifteen) as ana:
        await type_slowly(ana, "gmjpjmjpjmj", pause)
        decisions = zip(FIFTEEN, (MITIGATED, PROGRESS, MITIGATED, PROGRESS, MITIGATED), strict=False)
        assert statuses(fifteen) == dict(decisions)
        assert ana.chosen == FIFTEEN[5]


async def test_of_the_items_that_keys_pass_while_one_is_read_only_the_last_is_read(
    fifteen: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with seat(fifteen) as ana:
        read: list[str] = []
        read_item = item_queries.item

        def item(reader: Reader, key: str) -> ItemDetail:
            read.append(key)
            return read_item(reader, key)

        monkeypatch.setattr(item_queries, "item", item)
        with held(monkeypatch, "item") as gate:
            ana.send("j")
            await gate.arrival()
            ana.send(*"jjjjjj")
            await ana.calm()
        await ana.settle()
        assert read == [FIFTEEN[1], FIFTEEN[7]]
        assert f"│ {FIFTEEN[7]}" in ana.text


async def test_one_packet_leaves_the_cursor_where_its_keys_led(fifteen: Path) -> None:
    async with seat(fifteen) as ana:
        ana.send(*"mjmjmjmjm")
        await ana.settle()
        assert statuses(fifteen) == dict.fromkeys(FIFTEEN[:5], MITIGATED)
        assert ana.chosen == FIFTEEN[4]
        assert "5 of 15" in ana.text


@pytest.mark.parametrize("keys", ["/status:open\n", ">>>", "1j2", "/status:open sort:status\n"])
@pytest.mark.parametrize("pause", [0.0, 0.1])
async def test_an_edited_item_keeps_its_row_until_the_cursor_leaves_it(fifteen: Path, keys: str, pause: float) -> None:
    async with seat(fifteen) as ana:
        for key in keys:
            ana.send("enter" if key == "\n" else key)
        await type_slowly(ana, "mjmjp", pause)
        first, second, third = FIFTEEN[:3]
        assert statuses(fifteen) == {first: MITIGATED, second: MITIGATED, third: PROGRESS}
        assert ana.chosen == third
        assert f"▌{third} M◐" in ana.text


async def test_an_edited_item_leaves_a_list_that_it_is_not_in_any_more(fifteen: Path) -> None:
    async with seat(fifteen) as ana:
        ana.send("/", *"status:open", "enter", "m")
        await ana.settle()
        assert f"▌{FIFTEEN[0]} M✓" in ana.text
        await ana.press("j")
        assert f"{FIFTEEN[0]} M✓" not in ana.text
        assert ana.chosen == FIFTEEN[1]
        await ana.press("k")
        assert ana.chosen == FIFTEEN[1]
        await ana.press("u")
        assert ana.chosen == FIFTEEN[0]
        assert statuses(fifteen) == {}


async def test_a_key_waits_for_the_row_under_the_cursor(tmp_path: Path) -> None:
    path = open_register(tmp_path / "many.db", 420)
    keys = keys_of(420)
    async with seat(path) as ana:
        ana.send("G", "m", "g", "j", "p", "G", "k", "space", "2", "G", "3", "p")
        await ana.settle()
        assert statuses(path) == {keys[-1]: MITIGATED, keys[1]: PROGRESS, keys[-2]: PROGRESS}
        await ana.press("escape")
        ana.send("/", *"the", "enter", "G", "s", "h", "k", "M", *"done", "ctrl+s")
        await ana.settle()
        rows = stored(path)
        assert rows[keys[-1]].severity is Severity.HIGH
        assert [key for key, row in rows.items() if row.status_note] == [keys[-2]]


async def test_marked_items_that_are_changed_together_leave_the_list_at_once(fifteen: Path) -> None:
    first, second, third = FIFTEEN[:3]
    async with seat(fifteen) as ana:
        ana.send("/", *"status:open", "enter", "space", "space", "g", "m")
        await ana.settle()
        assert ana.chosen == third
        assert first not in ana.text
        # Both marked items are hidden now. Their earlier change is our own, so it must not cause a conflict.
        await ana.press("p", "a")
        assert statuses(fifteen) == {first: PROGRESS, second: PROGRESS}


async def test_keys_wait_for_the_list_that_clearing_a_category_brings_back(fifteen: Path) -> None:
    async with seat(fifteen) as ana:
        await ana.press("1", "G", "3")
        assert ana.chosen is None
        ana.send("escape", "m")
        await ana.settle()
        assert statuses(fifteen) == {FIFTEEN[0]: MITIGATED}


async def test_a_reload_keeps_the_row_of_the_cursor_where_it_is_on_the_screen(tmp_path: Path) -> None:
    path = open_register(tmp_path / "forty.db", 40)
    async with seat(path) as ana:
        ana.send("G", *"kkkk")
        await ana.settle()
        chosen = ana.chosen
        before = next(at for at, row in enumerate(ana.rows) if f"▌{chosen}" in row)
        with as_bo(path) as bo:
            add_item(bo, {"category": "BE", "description": "Above all", "severity": Severity.HIGH})
        await look_up(ana)
        assert ana.chosen == chosen
        assert f"▌{chosen}" in ana.rows[before]


async def test_a_reload_does_not_scroll_back_to_the_cursor(tmp_path: Path) -> None:
    path = open_register(tmp_path / "forty.db", 40)
    async with seat(path) as ana:
        for at in range(4):
            await ana.wheel("BE-004" if at == 0 else "BE-008")
        before = ana.app.screen.panes.items.scroll_offset.y
        assert before > 0
        with as_bo(path) as bo:
            set_status(bo, ("BE-001",), MITIGATED)
        await look_up(ana)
        assert ana.app.screen.panes.items.scroll_offset.y == before


async def test_keys_typed_before_another_item_came_under_the_cursor_are_not_for_it(fifteen: Path) -> None:
    async with seat(fifteen) as ana:
        early = key_event("m")
        with as_bo(fifteen) as bo:
            remove_items(bo, (FIFTEEN[0],))
        await look_up(ana)
        assert ana.chosen == FIFTEEN[1]
        ana.app._driver.send_message(early)
        await ana.settle()
        assert statuses(fifteen) == {}
        assert "The list has changed; the key was ignored" in ana.text
        await ana.press("m")
        assert statuses(fifteen) == {FIFTEEN[1]: MITIGATED}


# One's earlier keys are not a conflict


@pytest.mark.parametrize("keys", ["mp", "mo", "mpm", "opmo", "mmpp"])
@pytest.mark.parametrize("pause", [0.0, 0.05, 0.2])
async def test_nobody_conflicts_with_themselves(fifteen: Path, keys: str, pause: float) -> None:
    async with seat(fifteen, notifications=True) as ana:
        await type_slowly(ana, keys, pause)
        last = {"o": OPEN, "p": PROGRESS, "m": MITIGATED}[keys[-1]]
        assert stored(fifteen)[FIFTEEN[0]].status is last
        assert ana.app.screen is ana.app.screen_stack[0]
        assert not ana.app._notifications


async def test_a_form_is_based_on_what_the_keys_before_it_left(fifteen: Path) -> None:
    async with seat(fifteen) as ana:
        ana.send("p", "M", *"pinned", "ctrl+s")
        await ana.settle()
        row = stored(fifteen)[FIFTEEN[0]]
        assert (row.status, row.status_note) == (MITIGATED, "pinned")
        ana.send("o", "a", *"cheaper", "tab", "tab", "ctrl+u", *"no end", "ctrl+s", "p", "e", "escape", "o")
        await ana.settle()
        assert ana.app.screen is ana.app.screen_stack[0]
        assert changes_by(fifteen)[-1] == ("set-status", (FIFTEEN[0],))
        assert stored(fifteen)[FIFTEEN[0]].status is OPEN


async def test_a_second_window_of_the_same_user_is_somebody_else(fifteen: Path) -> None:
    async with seat(fifteen) as ana:
        with as_bo(fifteen) as window:
            window.actor = ACTOR
            set_status(window, (FIFTEEN[0],), PROGRESS)
        await ana.press("m")
        assert f"{FIFTEEN[0]} Status" in ana.text or "Status" in ana.text
        assert ana.app.screen is not ana.app.screen_stack[0]
        assert stored(fifteen)[FIFTEEN[0]].status is PROGRESS


async def test_a_conflict_behind_more_keys_is_refused_and_not_answered_by_them(fifteen: Path) -> None:
    async with seat(fifteen, notifications=True) as ana:
        with as_bo(fifteen) as bo:
            set_status(bo, (FIFTEEN[0],), PROGRESS)
        ana.send(*"mjm")
        await ana.settle()
        assert ana.app.screen is ana.app.screen_stack[0]
        assert statuses(fifteen) == {FIFTEEN[0]: PROGRESS, FIFTEEN[1]: MITIGATED}
        assert ana.app._notifications


async def test_keys_typed_before_a_conflict_was_painted_do_not_answer_it(fifteen: Path) -> None:
    async with seat(fifteen) as ana:
        await ana.press("space", "space")
        with as_bo(fifteen) as bo:
            set_status(bo, (FIFTEEN[0],), PROGRESS)
        ana.send("m", "m", "enter", "ctrl+s")
        await ana.settle()
        assert "not chosen yet" in ana.text
        assert statuses(fifteen) == {FIFTEEN[0]: PROGRESS}


async def test_what_was_asked_for_is_written_before_the_program_ends(
    fifteen: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with seat(fifteen) as ana:
        with held(monkeypatch, "written_values") as gate:
            ana.send(*"mjmjmq")
            await ana.calm()
            await gate.arrival()
            assert ana.app.is_running
        await ana.settle()
        assert ana.app._exit
    assert statuses(fifteen) == dict.fromkeys(FIFTEEN[:3], MITIGATED)


# The focus


async def test_each_key_of_a_packet_meets_the_focus_that_the_one_before_it_left(fifteen: Path) -> None:
    async with seat(fifteen) as ana:
        await ana.press("4")
        ana.send(*"2Gm")
        await ana.settle()
        assert statuses(fifteen) == {FIFTEEN[-1]: MITIGATED}
        ana.send(*"1j2jp", *"1k2gjo", "tab", "shift+tab", *"Gkp", *"5z.z2gm")
        await ana.settle()
        assert statuses(fifteen) == {FIFTEEN[-1]: MITIGATED, FIFTEEN[-2]: PROGRESS, FIFTEEN[0]: MITIGATED}


async def test_the_keys_of_a_form_go_from_field_to_field_in_one_packet(sample: Path) -> None:
    begun(sample)
    async with seat(sample, (100, 40)) as ana:
        await ana.press("r", "enter")
        ana.send("F", *"abc", "enter", *"cy", "enter", *"2026-12-15", "enter")
        await ana.settle()
        await ana.press("i")
        assert "abc" in ana.text
        assert "cy" in ana.text
        assert "2026-12-15" in ana.text
        assert "abccy" not in ana.text


async def test_a_form_a_page_and_a_filter_in_one_packet(sample: Path) -> None:
    async with seat(sample) as ana:
        ana.send(
            "w", *"mop", "enter", "j", "h", "escape", "?", "q", "c", *"so", "ctrl+s", "/", *"flink", "enter", "g", "p"
        )
        await ana.settle()
        assert ana.item("BE-001").owner == "mop"
        assert ana.item("EN-001").status is PROGRESS
        assert [verb for verb, _ in changes_by(sample)][-3:] == ["edit", "comment", "set-status"]
        assert changes_by(sample)[-2][1] == ("BE-002",)


async def test_proposals_wait_for_what_was_typed_before_them(sample: Path) -> None:
    with as_bo(sample) as bo:
        edit_items(bo, ("EN-001",), {"owner": "Machine learning platform"})
    async with seat(sample) as ana:
        ana.send("/", *"sev", "tab", *"hi", "down", "enter", "enter", "g", "m")
        await ana.settle()
        assert "/severity:high" in ana.text
        assert ana.item("BE-001").status is MITIGATED


# What was painted


async def test_a_key_that_is_held_down_decides_no_item_that_nobody_saw(sample: Path) -> None:
    begun(sample)
    async with seat(sample) as ana:
        await ana.press("r", "enter")
        first = heading(ana)
        ana.send(*"mmmmmmmm")
        await ana.settle()
        assert decided(sample) == {first: ACTOR}
        second = heading(ana)
        assert second != first
        await asyncio.sleep(0)
        late = Key("m", "m")
        late.time += 1
        ana.app._driver.send_message(late)
        await ana.settle()
        assert set(decided(sample)) == {first, second}


async def test_enter_and_choices_typed_before_the_next_item_showed_are_dropped(sample: Path) -> None:
    begun(sample)
    async with seat(sample) as ana:
        await ana.press("r", "enter")
        first = heading(ana)
        ana.send("enter", "enter", "p", "o", "enter")
        await ana.settle()
        assert decided(sample) == {first: ACTOR}


# Marks that are hidden


async def marked_and_hidden(person: Seat, *, shown: bool) -> None:
    """Mark two items, one of which `/schema` shows where `shown`; then filter."""
    await person.press("g", "space", *(["j", "j", "j"] if shown else []), "space")
    await person.press("/")
    await person.type("schema")
    await person.press("enter", "g")


async def test_marks_that_the_filter_hides_are_asked_about(fifteen: Path) -> None:
    async with seat(fifteen, (120, 36)) as ana:
        await marked_and_hidden(ana, shown=True)
        ana.send("m", "enter", "y")
        await ana.settle()
        assert "1 of 2 marked items is not shown by the filter. Change which?" in ana.text
        assert "s  only the 1 shown" in ana.text
        assert statuses(fifteen) == {}
        await ana.press("enter")
        assert statuses(fifteen) == {FIFTEEN[4]: MITIGATED}
        await ana.press("p", "a")
        assert statuses(fifteen) == {FIFTEEN[0]: PROGRESS, FIFTEEN[4]: PROGRESS}
        await ana.press("o", "escape")
        assert statuses(fifteen) == {FIFTEEN[0]: PROGRESS, FIFTEEN[4]: PROGRESS}


async def test_with_all_marks_hidden_the_first_answer_is_the_item_under_the_cursor(fifteen: Path) -> None:
    async with seat(fifteen, (120, 36)) as ana:
        await marked_and_hidden(ana, shown=False)
        await ana.press("m")
        assert f"s  only {FIFTEEN[4]}, under the cursor" in ana.text
        await ana.press("enter")
        assert statuses(fifteen) == {FIFTEEN[4]: MITIGATED}
