"""The fields of forms and of the filter: what is pasted into them, and that the one with the cursor is always seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.tui.screen import seat
from tests.tui.test_filter_bar import found, listed

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("pasted", "shown"),
    [
        ("Streaming\nPlatform", "Streaming Platform"),
        ("Streaming\r\nPlatform\r\n", "Streaming Platform"),
        ("Streaming\rPlatform\r", "Streaming Platform"),
        ("\nStreaming  \n\n  Platform\n\n", "Streaming Platform"),
        ("Streaming\tPlatform", "Streaming Platform"),
        (" and others ", " and others "),
        ("  ", "  "),
        ("red\x1b[0m\nPlatform", "red\x1b[0m Platform"),
        ("\n", ""),
        ("", ""),
    ],
)
async def test_pasted_lines_are_joined_in_a_field_of_one_line(sample: Path, pasted: str, shown: str) -> None:
    async with seat(sample) as ana:
        await ana.choose("EN-001")
        await ana.press("w")
        await ana.type("[]")
        await ana.press("left")
        await ana.paste(pasted)
        assert ana.field == f"[{shown}]"
        await ana.type("!")
        assert ana.field == f"[{shown}!]"
        await ana.press("home", "shift+end")
        await ana.paste("the\nwhole")
        assert ana.field == "the whole"
        await ana.press("home", "shift+end")
        await ana.paste("")
        assert ana.field == "the whole"


async def test_lines_pasted_into_the_filter_are_joined(sample: Path) -> None:
    async with seat(sample) as ana:
        await ana.press("/")
        await ana.paste("severity:high\nflink\n")
        assert ana.field == "severity:high flink"
        assert listed(ana) == found(sample, "severity:high flink")


async def test_a_long_paste_is_taken_in_whole_and_refused_in_a_sentence(sample: Path) -> None:
    async with seat(sample) as ana:
        await ana.choose("EN-001")
        await ana.press("w")
        await ana.paste("word\n" * 20_000)
        assert ana.field == " ".join(["word"] * 20_000)
        await ana.press("ctrl+s")
        assert "99,999 bytes long" in ana.text
        await ana.fill("Streaming")
        await ana.press("ctrl+s")
        assert ana.item("EN-001").owner == "Streaming"


async def test_lines_pasted_into_a_field_of_several_lines_stay_lines(sample: Path) -> None:
    async with seat(sample) as ana:
        await ana.choose("EN-001")
        await ana.press("M")
        await ana.paste("pinned\r\nversions\rtoday")
        await ana.press("ctrl+s")
        assert ana.item("EN-001").status_note == "pinned\nversions\ntoday"
