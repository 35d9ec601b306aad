"""The signals of an item, wherever the item is shown: details, timeline, header, review and plain triage."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from rich.cells import cell_len

from store.commands.items import set_status
from store.commands.saved_queries import save_query
from store.commands.signals import mute
from store.enums import SavedKind, Status
from tests.tui import golden
from tests.tui.monitored import DAY, DRIFT, NULLS, SHIFT, SINCE, STALE, observed, reported, stored
from tests.tui.reviewing import begun, elsewhere
from tests.tui.screen import NOON, look_up, seat
from tui.key_overrides import rebound
from tui.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

SIZES = [(200, 50), (80, 24), (40, 12)]


@pytest.fixture
def monitored(sample: Path) -> Path:
    """EN-001 is firing, and FL-001, which is Mitigated, is contradicted."""
    reported(sample, DRIFT, SHIFT, moment=SINCE + 2 * DAY)
    return sample


@pytest.mark.parametrize("size", SIZES)
async def test_the_details_of_an_item(monitored: Path, size: tuple[int, int]) -> None:
    async with seat(monitored, size) as ana:
        await ana.choose("FL-001")
        golden.compare(f"contradicted-{size[0]}x{size[1]}-list", ana)
        await ana.press("3", "z")
        golden.compare(f"contradicted-{size[0]}x{size[1]}", ana)


@pytest.mark.parametrize("size", [(120, 36), (80, 24), (40, 12)])
async def test_a_review_begins_with_what_is_contradicted(monitored: Path, size: tuple[int, int]) -> None:
    begun(monitored)
    async with seat(monitored, size) as ana:
        await ana.press("r", "r")
        golden.compare(f"contradicted-review-{size[0]}x{size[1]}", ana)
        await ana.press("o")
        assert ana.item("FL-001").status is Status.OPEN


async def test_the_minutes_of_a_review_name_what_is_contradicted(monitored: Path) -> None:
    begun(monitored)
    async with seat(monitored, (80, 24)) as ana:
        await ana.press("r", "r", "i")
        assert "│ Contradicted by signals " in ana.text
        assert "│ · FL-001 Popularity Amplification: mitigated, but ScoreShift has been" in ana.text


async def test_the_key_that_reopens_is_named_as_it_is_bound(monitored: Path) -> None:
    settings = Settings(commands=rebound({"item.set-status-open": ("O",)}))
    async with seat(monitored, (200, 50), settings=settings) as ana:
        await ana.choose("FL-001")
        assert "≠ Contradicted: mitigated, but ScoreShift has been firing since 2026-03-22" in ana.text
        assert "(O to reopen)" in ana.text
        await ana.press("O")
        assert ana.item("FL-001").status is Status.OPEN
        assert "O to reopen" not in ana.text
        assert "contradicted" not in ana.rows[0]
        await ana.press("u")
        assert "(O to reopen)" in ana.text


async def test_what_is_quiet_is_counted_and_the_timeline_says_for_how_long(sample: Path) -> None:
    reported(sample, DRIFT, NULLS._replace(labels=(("debt_item", "EN-001"),)), moment=SINCE + DAY)
    with elsewhere(sample, SINCE + 2 * DAY) as db:
        mute(db, [stored(sample)["FeatureDrift"].number], NOON.date())
    async with seat(sample, (120, 50)) as ana:
        await ana.choose("EN-001")
        await ana.press("3")
        assert "1 resolved signal, 1 muted signal" in ana.text
        assert "↯" not in ana.rows[0]
        assert "firing" not in ana.text.replace("fires", "")
    reported(sample, DRIFT._replace(ends=SINCE + 2 * DAY, state=NULLS.state), moment=SINCE + 2 * DAY)
    with elsewhere(sample, SINCE + 4 * DAY) as db:
        set_status(db, ["EN-001"], Status.MITIGATED)
    async with seat(sample, (120, 50), clock=lambda: SINCE + 16 * DAY) as ana:
        await ana.choose("EN-001")
        await ana.press("3", "z")
        assert "2 resolved signals" in ana.text
        assert [row.strip("│ ") for row in ana.rows if "2026-03-2" in row and ":" in row][:5] == [
            "2026-03-21 12:00  ↯ FeatureDrift fires",
            "2026-03-21 12:00  ↯ NullRate fires",
            "2026-03-22 12:00  · NullRate resolved",
            "2026-03-23 12:00  · FeatureDrift resolved",
            "2026-03-25 12:00  ✓ Mitigated by ana, quiet for 12 days so far",
        ]


async def test_an_item_with_many_signals_names_the_newest(sample: Path) -> None:
    many = [observed(f"m{n}", f"Drift{n}", starts=SINCE + timedelta(hours=n), debt_item="EN-001") for n in range(30)]
    reported(sample, *many, moment=SINCE + 2 * DAY)
    async with seat(sample, (120, 50)) as ana:
        await ana.choose("EN-001")
        await ana.press("3", "z")
        assert [row.split()[2] for row in ana.rows if "↯" in row and "since" in row] == [
            f"Drift{n}" for n in range(29, 24, -1)
        ]
        assert "25 more firing signals" in ana.text
        assert "11 older" in ana.text


async def test_what_another_process_takes_in_shows_within_a_poll(monitored: Path) -> None:
    async with seat(monitored, (120, 50)) as ana:
        await ana.choose("FL-001")
        reported(monitored, SHIFT._replace(state=NULLS.state, ends=NOON), moment=NOON)
        await look_up(ana)
        assert "contradicted" not in ana.rows[0]
        assert "1 resolved signal" in ana.text
        assert "ScoreShift resolved" in ana.text
        assert "monitor:" not in ana.rows[0]
        reported(monitored, STALE._replace(labels=(("debt_item", "EN-002"),)))
        await look_up(ana)
        assert any("EN-002" in row and "↯ ◂ monitor:" in row for row in ana.rows)


async def test_the_header_keeps_the_counts_of_open_items(monitored: Path) -> None:
    with elsewhere(monitored) as db:
        save_query(db, SavedKind.RULE, "Entangled", "category:EN status:open")
    begins = {
        (120, 36): "11 open · 4 mitigated ≠ 1 contradicted ▲ 3 escalated ↯ 2 firing   ana",
        (80, 24): "11 open ≠ 1 contradicted ▲ 3 escalated ↯2   ana",
        (60, 24): "11 open ≠ 1 contradicted ▲3 ↯2",
        (40, 12): "11 open ≠1 ▲3 ↯2",
    }
    for size, words in begins.items():
        async with seat(monitored, size) as ana:
            assert ana.rows[0].endswith(f"  {words}"), ana.rows[0]
    with elsewhere(monitored) as db:
        set_status(db, ["BE-001"], Status.IN_PROGRESS)
    async with seat(monitored, (80, 24)) as ana:
        assert ana.rows[0].endswith("  10 open · 1 in progress … ≠1 ▲3 ↯2   ana")
    async with seat(monitored, (80, 24), encoding="ascii") as ana:
        assert ana.rows[0].endswith("  10 open - 1 in progress .. %1 !3 *2   ana")
        assert any(row.startswith("| EN-001 H*") and row.split("||")[0].endswith(" !*") for row in ana.rows)
        await ana.choose("FL-001")
        await ana.press("3")
        assert "| % Contradicted: mitigated, but ScoreShift" in ana.text
        assert "| * ScoreShift  page  since 2026-03-22" in ana.text


async def test_hostile_text_of_a_signal_is_shown_as_marks(sample: Path) -> None:
    bad = "[@click=app.quit]x[/] \x1b[31m \u202e 漢字 " + "y" * 3_900
    reported(sample, observed("h", bad, summary=bad, severity=bad, debt_item="FL-001"), moment=SINCE + DAY)
    for size in SIZES:
        async with seat(sample, size) as ana:
            await ana.choose("FL-001")
            await ana.press("3", "z")
            assert "[@click=app.quit]x[/]" in ana.text.replace("\n", "")
            assert not {"\x1b", "\u202e"} & set(ana.text)
            assert max(map(cell_len, ana.rows)) <= size[0]
            await ana.press("S", "escape")
            assert ana.app.is_running
