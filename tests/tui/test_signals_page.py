"""The signals page and the page of their rules, under a person's hands."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from rich.cells import cell_len

from store.audit.verify import verify
from store.commands.items import remove_items
from store.commands.signals import attach, mute
from store.db.database import Database
from store.enums import Severity, SignalState
from tests.tui import golden
from tests.tui.monitored import (
    DAY,
    DRIFT,
    LATENCY,
    NULLS,
    SHIFT,
    SINCE,
    STALE,
    observed,
    reported,
    rules,
    stored,
)
from tests.tui.reviewing import begun, elsewhere
from tests.tui.screen import NOON, as_bo, look_up, seat
from tui.key_overrides import rebound
from tui.screens.signal_rules import RulesScreen
from tui.screens.signals import SignalsScreen
from tui.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.tui.screen import Seat

SIZES = [(200, 50), (80, 24), (40, 12)]


@pytest.fixture
def monitored(sample: Path) -> Iterator[Path]:
    """Five signals: 1 is on EN-001, 2 contradicts FL-001, 3 to 5 wait in the inbox, of which 5 is resolved."""
    reported(sample, DRIFT, SHIFT, STALE, LATENCY, NULLS, moment=SINCE + 4 * DAY)
    reported(sample, DRIFT, moment=SINCE + 5 * DAY)
    yield sample
    with Database.open(sample, clock=lambda: NOON) as db:
        assert verify(db) == ()


def listed(person: Seat) -> list[str]:
    """The numbers in the list, from top to bottom."""
    lower = next(at for at, row in enumerate(person.rows) if "Signal " in row and at)
    rows = [row.strip("│▌◆ ") for row in person.rows[1:lower]]
    return [row.split()[0] for row in rows if row]


def tabs(person: Seat) -> str:
    """The lists and their counts."""
    return person.rows[0].partition(" ──")[0].strip("┌ ")


@pytest.mark.parametrize("size", SIZES)
async def test_the_page(monitored: Path, size: tuple[int, int]) -> None:
    name = f"{size[0]}x{size[1]}"
    async with seat(monitored, size) as ana:
        await ana.press("S")
        golden.compare(f"signals-{name}", ana)
        await ana.press("right", "j")
        golden.compare(f"signals-all-{name}", ana)
        await ana.press("k", "z")
        golden.compare(f"signals-details-{name}", ana)
        await ana.press("escape")
        assert listed(ana)[0] == "4"
        await ana.press("escape")
        assert "Signals" not in ana.rows[0]


@pytest.mark.parametrize("size", SIZES[1:])
async def test_the_forms_and_the_rules(monitored: Path, size: tuple[int, int]) -> None:
    name = f"{size[0]}x{size[1]}"
    async with seat(monitored, size) as ana:
        await ana.press("S", "j", "a")
        golden.compare(f"signals-attach-{name}", ana)
        await ana.press("escape", "m")
        golden.compare(f"signals-mute-{name}", ana)
        await ana.press("escape", "r")
        golden.compare(f"signals-rule-{name}", ana)
        await ana.press("escape", "R")
        golden.compare(f"signal-rules-none-{name}", ana)
        await ana.press("n")
        await ana.fill('model=~"mdl-.*"')
        await ana.to("label")
        await ana.fill("model")
        await ana.press("ctrl+s", "n")
        await ana.fill('alertname="LatencyHigh", service="ranker"')
        await ana.to("item")
        await ana.fill("PD-002")
        await ana.press("ctrl+s")
        golden.compare(f"signal-rules-{name}", ana)


async def test_without_any_signal_one_sentence_says_how_to_get_one(sample: Path) -> None:
    async with seat(sample, (80, 24)) as ana:
        # Keys that need a signal do nothing.
        await ana.press("S", "a", "d", "m", "M", "n", "space", "*", "z", "enter")
        golden.compare("signals-none-80x24", ana)
        await ana.press("left")
        assert "No signals yet" in ana.text
        reported(sample, STALE)
        await ana.press("right")
        await look_up(ana)
        assert listed(ana) == ["1"]


async def test_the_lists(monitored: Path) -> None:
    async with seat(monitored, (80, 24)) as ana:
        await ana.press("S")
        assert tabs(ana) == "Signals ▌Inbox 3 ─All 5 ─Firing 4 ─Muted 0"
        assert listed(ana) == ["4", "3", "5"]
        await ana.press("tab")
        assert listed(ana) == ["4", "3", "2", "1", "5"]
        await ana.press("right")
        assert listed(ana) == ["4", "3", "2", "1"]
        await ana.press("right")
        assert "No signal is muted." in ana.text
        await ana.press("tab", "left", "left")
        assert "▌Firing 4" in ana.rows[0]
        await ana.click("All 5")
        assert "▌All 5" in ana.rows[0]
        await ana.press("G")
        assert "5 of 5" in ana.rows[0]
        assert "NullRate  resolved 2026-03-22" in ana.text


async def test_a_signal_is_attached_detached_and_gone_to(monitored: Path) -> None:
    async with seat(monitored, (80, 24)) as ana:
        await ana.press("S", "j", "enter")
        assert "This signal is attached to no item; a attaches it" in ana.rows[-1]
        await ana.press("a")
        await ana.type("embedding coup")
        await ana.press("down", "enter", "ctrl+s")
        assert stored(monitored)["StaleEmbeddings"].keys == ("EN-002",)
        assert "Attached StaleEmbeddings to EN-002 (u to undo)" in ana.rows[-1]
        # It stays where it is: pressed again, the key acts on nothing else.
        assert listed(ana) == ["4", "3", "5"]
        assert tabs(ana).startswith("Signals ▌Inbox 2 ")
        await ana.press("a")
        await ana.fill("EN-001; pd-001")
        await ana.press("ctrl+s")
        assert stored(monitored)["StaleEmbeddings"].keys == ("EN-002", "EN-001", "PD-001")
        await ana.press("d")
        assert "Detach StaleEmbeddings" in ana.text
        await ana.fill("EN-001; EN-002")
        await ana.press("ctrl+s")
        assert stored(monitored)["StaleEmbeddings"].keys == ("PD-001",)
        await ana.press("d")
        assert stored(monitored)["StaleEmbeddings"].keys == ()
        assert "Detached StaleEmbeddings from PD-001 (u to undo)" in ana.rows[-1]
        await ana.press("d")
        assert "StaleEmbeddings: attached to no item" in ana.rows[-1]
        await ana.press("u", "u")
        assert stored(monitored)["StaleEmbeddings"].keys == ("EN-002", "EN-001", "PD-001")
        assert "(ctrl+r to redo)" in ana.rows[-1]
        await ana.press("ctrl+r")
        assert stored(monitored)["StaleEmbeddings"].keys == ("PD-001",)
        await ana.press("enter")
        assert ana.chosen == "PD-001"


async def test_where_a_signal_has_several_items_enter_asks(monitored: Path) -> None:
    with elsewhere(monitored) as db:
        attach(db, [1], ["PD-002", "BE-001"])
    async with seat(monitored, (80, 24)) as ana:
        await ana.press("S", "right", "G", "k", "enter")
        assert "Go to which item of FeatureDrift?" in ana.text
        await ana.press("escape")
        assert listed(ana)
        await ana.press("enter", "2")
        assert ana.chosen == "PD-002"
        # The details alone have each item in a line.
        await ana.press("S", "right", "G", "k", "z", "j", "j", "enter")
        assert ana.chosen == "BE-001"


async def test_an_unknown_item_and_a_past_day_are_refused_in_the_form(monitored: Path) -> None:
    async with seat(monitored, (80, 24)) as ana:
        await ana.press("S", "a")
        await ana.fill("ZZ-009")
        await ana.press("ctrl+s")
        assert "unknown item ZZ-009" in ana.text.replace("'", "")
        await ana.fill(" ; ")
        await ana.press("ctrl+s")
        assert "no item is named" in ana.text
        await ana.press("escape", "y", "m")
        await ana.fill("2026-03-29")
        await ana.press("ctrl+s")
        assert "2026-03-29 is past" in ana.text
        await ana.fill("soon")
        await ana.press("ctrl+s")
        assert "'soon' is not a date" in ana.text
        await ana.press("escape", "y")
        assert stored(monitored)["LatencyHigh"].muted_until is None


async def test_a_signal_is_muted_until_a_day_and_unmuted(monitored: Path) -> None:
    async with seat(monitored, (80, 24)) as ana:
        await ana.press("S", "m")
        assert ana.field == "2026-04-06"
        await ana.fill("2w")
        await ana.press("ctrl+s")
        assert stored(monitored)["LatencyHigh"].muted_until == date(2026, 4, 13)
        assert "Muted LatencyHigh until 2026-04-13 (u to undo)" in ana.rows[-1]
        assert listed(ana) == ["4", "3", "5"]
        await ana.press("left")
        assert listed(ana) == ["4"]
        assert "LatencyHigh  muted until 2026-04-13" in ana.text
        await ana.press("m")
        assert ana.field == "2026-04-13"
        await ana.press("escape", "M")
        assert stored(monitored)["LatencyHigh"].muted_until is None
        assert "Unmuted LatencyHigh (u to undo)" in ana.rows[-1]
        await ana.press("u")
        assert stored(monitored)["LatencyHigh"].muted_until == date(2026, 4, 13)


async def test_several_marked_signals_are_one_step(monitored: Path) -> None:
    async with seat(monitored, (80, 24)) as ana:
        await ana.press("S", "space", "space")
        assert ana.rows[-1].startswith(" 2 marked  ")
        await ana.press("a")
        assert "Attach 2 signals" in ana.text
        await ana.fill("CD-002")
        await ana.press("ctrl+s")
        found = stored(monitored)
        assert found["LatencyHigh"].keys == found["StaleEmbeddings"].keys == ("CD-002",)
        assert "Attached 2 signals to CD-002 (u to undo)" in ana.rows[-1]
        assert "marked" not in ana.rows[-1]
        await ana.press("u")
        assert [row.name for row in stored(monitored).values() if row.keys] == ["ScoreShift", "FeatureDrift"]
        await ana.press("*", "m", "ctrl+s")
        assert sum(row.is_muted for row in stored(monitored).values()) == 3
        await ana.press("*", "M")
        assert not any(row.is_muted for row in stored(monitored).values())
        await ana.press("*", "escape")
        assert "marked" not in ana.rows[-1]
        await ana.press("*", "*", "escape")
        assert "Signals" not in ana.rows[0]


async def test_a_signal_becomes_an_item(monitored: Path) -> None:
    async with seat(monitored, (80, 24)) as ana:
        await ana.choose("PD-001")
        await ana.press("S", "j", "n")
        assert "New item from StaleEmbeddings" in ana.text
        assert ana.field == "PD"
        await ana.to("severity")
        await ana.fill("High")
        await ana.press("ctrl+s")
        item = ana.item("PD-003")
        assert (item.title, item.description, item.severity) == (
            "StaleEmbeddings",
            "Embeddings are 9 days old",
            Severity.HIGH,
        )
        assert [row.name for row in item.signals] == ["StaleEmbeddings"]
        assert "Added PD-003" in ana.rows[-1]
        assert "u to undo" in ana.rows[-1]
        assert listed(ana) == ["4", "3", "5"]
        await ana.press("u")
        assert "PD-003" not in ana.stored_keys()
        assert stored(monitored)["StaleEmbeddings"].keys == ()
        # Without a summary, its name says what the debt is.
        await ana.press("k", "n", "ctrl+s")
        assert ana.item("PD-004").description == "LatencyHigh"
        await ana.press("enter")
        assert ana.chosen == "PD-004"


async def test_a_rule_is_made_of_a_signal(monitored: Path) -> None:
    async with seat(monitored, (80, 24)) as ana:
        await ana.press("S", "j", "r")
        assert ana.field == 'alertname="StaleEmbeddings", model="mdl-search"'
        await ana.fill('alertname="StaleEmbeddings", model=~"mdl-('.replace("'", '"'))
        await ana.press("ctrl+s")
        assert "column" in ana.text
        await ana.fill('alertname=~"Stale.*"')
        await ana.press("ctrl+s")
        assert "neither an item nor a label is named" in ana.text
        await ana.to("item")
        await ana.fill("EN-002")
        await ana.to("label")
        await ana.type("mo")
        await ana.press("down", "enter")
        assert ana.field == "model"
        await ana.press("ctrl+s")
        assert "both an item and a label are named" in ana.text
        await ana.to("label")
        await ana.fill("")
        await ana.press("ctrl+s")
        [rule] = rules(monitored)
        assert (rule.matchers, rule.key) == ('alertname=~"Stale.*"', "EN-002")
        assert stored(monitored)["StaleEmbeddings"].keys == ("EN-002",)
        await ana.press("u")
        assert rules(monitored) == ()
        assert stored(monitored)["StaleEmbeddings"].keys == ()


async def test_rules_are_moved_and_removed(monitored: Path) -> None:
    async with seat(monitored, (80, 24)) as ana:
        await ana.press("S", "R")
        for name in "ABC":
            await ana.press("n")
            await ana.fill(f'alertname="{name}"')
            await ana.to("item")
            await ana.fill("EN-001")
            await ana.press("ctrl+s")
        assert [rule.matchers[-2] for rule in rules(monitored)] == ["A", "B", "C"]
        await ana.press("J")
        assert [rule.matchers[-2] for rule in rules(monitored)] == ["B", "A", "C"]
        assert 'Moved rule 1: alertname="A" (u to undo)' in ana.rows[-1]
        await ana.press("J", "J")
        assert [rule.matchers[-2] for rule in rules(monitored)] == ["B", "C", "A"]
        await ana.press("K", "D")
        assert [rule.matchers[-2] for rule in rules(monitored)] == ["B", "C"]
        await ana.press("u", "ctrl+r", "u")
        assert [rule.matchers[-2] for rule in rules(monitored)] == ["B", "A", "C"]
        with as_bo(monitored) as bo:
            remove_items(bo, ["EN-001"])
        await look_up(ana)
        assert "a removed item (skipped)" in ana.text
        await ana.press("enter", "escape", "escape")
        assert "Signals" not in ana.rows[0]


async def test_what_another_process_takes_in_shows_on_the_page(monitored: Path) -> None:
    async with seat(monitored, (80, 24)) as ana:
        await ana.press("S", "j")
        assert "Signal 3" in ana.text
        reported(monitored, observed("z1", "Backlog", starts=NOON), STALE)
        await look_up(ana)
        # The new one is at the top, and the cursor stays with its signal.
        assert listed(ana) == ["6", "4", "3", "5"]
        assert "Signal 3" in ana.text
        assert "Count 2" in ana.text
        with as_bo(monitored) as bo:
            attach(bo, [3], ["EN-002"])
            mute(bo, [4], NOON.date())
        await look_up(ana)
        # What is under the cursor stays until the cursor leaves it.
        assert listed(ana) == ["6", "3", "5"]
        assert "Items  EN-002" in ana.text
        await ana.press("j")
        await look_up(ana)
        reported(monitored, NULLS._replace(state=SignalState.FIRING, ends=None, starts=NOON))
        await look_up(ana)
        assert listed(ana) == ["5", "6"]
        assert "NullRate  firing since 2026-03-30" in ana.text


async def test_other_days_only_show_them(monitored: Path) -> None:
    with elsewhere(monitored, NOON + DAY) as db:
        attach(db, [3], ["EN-002"])
    async with seat(monitored, (80, 24), notifications=True, clock=lambda: NOON + 3 * DAY) as ana:
        await ana.press("T")
        await ana.type("2026-03-30")
        await ana.press("enter", "S")
        assert listed(ana) == ["4", "3", "5"]
        assert "Items  none" in ana.text
        assert "attaches it" not in ana.text
        for key in ("a", "m", "n", "r", "M"):
            await ana.press(key)
            assert isinstance(ana.app.screen, SignalsScreen)
        assert "this is the register as of 2026-03-30" in " ".join(ana.toasts)
        await ana.press("R", "n")
        assert isinstance(ana.app.screen, RulesScreen)
    assert rules(monitored) == ()


async def test_a_review_begins_with_the_signals_of_its_item(monitored: Path) -> None:
    begun(monitored)
    async with seat(monitored, (80, 24)) as ana:
        await ana.press("r", "r", "S")
        assert tabs(ana) == "Signals ▌FL-001 1 ─Inbox 3 ─All 5 ─Firing 4 ─Muted 0"
        assert listed(ana) == ["2"]
        await ana.press("right", "j", "a")
        assert ana.field == "FL-001"
        await ana.press("ctrl+s", "escape")
        assert "↯ StaleEmbeddings  ticket  since 2026-03-23" in ana.text


async def test_what_was_typed_in_a_form_outlives_the_program(monitored: Path) -> None:
    cases = {"a": "attaching signal 3", "m": "muting signal 3", "n": "adding an item from signal 3", "r": "rule"}
    for key, words in cases.items():
        async with seat(monitored, (80, 24)) as ana:
            await ana.press("S", "j", key)
            await ana.type("x")
            ana.app.keep_drafts("the program was ended")
        async with seat(monitored, (80, 24)) as ana:
            assert words in " ".join(ana.text.split())
            await ana.press("t")
            assert "StaleEmbeddings" in ana.text
            assert "x" in ana.field
            await ana.press("escape", "y")
            assert "Signal 3" in ana.text


async def test_a_draft_of_several_signals_is_for_those(monitored: Path) -> None:
    async with seat(monitored, (80, 24)) as ana:
        await ana.press("S", "*", "a")
        await ana.type("EN-003")
        ana.app.keep_drafts("the program was ended")
    async with seat(monitored, (80, 24)) as ana:
        await ana.press("t")
        assert "Attach 3 signals" in ana.text
        await ana.press("ctrl+s")
        assert len([row for row in stored(monitored).values() if row.keys == ("EN-003",)]) == 3


async def test_messages_name_the_keys_as_they_are_bound(monitored: Path) -> None:
    overrides = {"signal.undo": ("U",), "signal.attach": ("A",), "signal.list": ("ctrl+w",), "list.open": ("F5",)}
    async with seat(monitored, (80, 24), settings=Settings(commands=rebound(overrides))) as ana:
        await ana.press("ctrl+w")
        assert "none; A attaches it" in ana.text
        await ana.press("A")
        await ana.fill("EN-001")
        await ana.press("ctrl+s")
        assert "(U to undo)" in ana.rows[-1]
        assert "F5 goes to the item" in ana.text


async def test_hostile_texts_are_shown_as_marks(sample: Path) -> None:
    bad = "[@click=app.quit]x[/] \x1b[31m \u202e 漢字 " + "y" * 3_900
    labels = {"a" * 200: bad, "b\x1b]0;": "\x07", "[/]": "[b]"}
    one = observed("h", bad, summary=bad, severity=bad, link="https://x.example/" + "z" * 3_000)
    reported(sample, one._replace(labels=tuple(labels.items())), observed("i", "漢" * 2_000))
    for size in SIZES:
        async with seat(sample, size) as ana:
            await ana.press("S", "right")
            for keys in ("", "z", "z", "j", "z", "z", "k"):
                await ana.press(*keys)
                assert not {"\x1b", "\x07", "\u202e"} & set(ana.text)
                assert max(map(cell_len, ana.rows)) <= size[0]
            for keys in (("a",), ("m",), ("n",), ("r",)):
                await ana.press(*keys)
                assert not {"\x1b", "\x07", "\u202e"} & set(ana.text)
                await ana.press("escape", "y" if ana.app.screen.has_unsaved else "f5")  # type: ignore[attr-defined]
            assert ana.app.is_running
            assert "Signal " in ana.text


async def test_ten_thousand_signals_are_read_in_parts(sample: Path) -> None:
    many = [
        observed(f"m{n:05}", f"Drift{n % 50}", summary="it drifts " * 20, starts=SINCE - timedelta(minutes=n))
        for n in range(10_000)
    ]
    reported(sample, *many, moment=NOON)
    async with seat(sample, (80, 24)) as ana:
        await ana.press("S")
        page = ana.app.screen
        widgets = len(page.query("*"))
        assert "1 of 10,000" in ana.rows[0]
        assert len(page.signals.rows) <= 400  # type: ignore[attr-defined]
        await ana.press("G")
        assert "10,000 of 10,000" in ana.rows[0]
        assert "│▌10,000  firing  Drift49" in ana.text
        assert "│ …" not in ana.text
        assert "Signal 10,000" in ana.text
        await ana.press("pageup", "pageup", "space", "g", "space", "m", "ctrl+s")
        assert "Muted 2 signals until 2026-04-06 (u to undo)" in ana.rows[-1]
        assert len(page.query("*")) == widgets
        assert len(page.signals.rows) < 1_200  # type: ignore[attr-defined]
        # Where the view is in the middle, what others report does not move it.
        await ana.press(*["pagedown"] * 30)
        before = ana.rows[1:12]
        reported(sample, many[-1])
        await look_up(ana)
        assert ana.rows[1:12] == before
