"""The links of an item on the screen: in its details, in its form, and to click or copy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from store.commands.items import edit_items
from store.db.database import Database
from tests.tui.screen import seat

if TYPE_CHECKING:
    from pathlib import Path

    from store.fields import FieldValue

RUNBOOK = "https://wiki.example/drift"
TICKET = "https://tickets.example/ML-42"


def give(path: Path, key: str, **values: FieldValue) -> None:
    """Change an item before anyone looks at it."""
    with Database.open(path, actor="bo") as db:
        edit_items(db, [key], {name.replace("__", "."): value for name, value in values.items()})


async def test_they_are_in_the_details_and_a_key_copies_one(sample: Path) -> None:
    give(sample, "BE-001", links=f"Runbook {RUNBOOK}", extra__Ticket=f"[ML-42]({TICKET})")
    async with seat(sample, size=(160, 50)) as ana:
        await ana.choose("BE-001")
        assert f"Runbook  {RUNBOOK}" in ana.text
        await ana.press("b")
        assert "Links of BE-001: click to open, key to copy" in ana.text
        assert "1  Runbook" in ana.text
        assert RUNBOOK in ana.text
        assert "2  Ticket: ML-42" in ana.text
        assert TICKET in ana.text
        await ana.press("2")
        assert ana.app.clipboard == TICKET
        assert f"Copied {TICKET} to the clipboard" in ana.rows[-1]


async def test_an_item_without_links_says_how_to_add_them(sample: Path) -> None:
    async with seat(sample) as ana:
        await ana.choose("BE-001")
        await ana.press("b")
        assert "BE-001 has no links; e adds some" in ana.rows[-1]


async def test_a_form_refuses_what_is_no_link_and_keeps_what_a_document_says(sample: Path) -> None:
    give(sample, "BE-001", links="see the wiki")
    async with seat(sample, size=(100, 50)) as ana:
        await ana.choose("BE-001")
        assert "Links  see the wiki" in ana.text
        await ana.press("w")
        await ana.fill("cy")
        await ana.press("ctrl+s")
        assert ana.item("BE-001").owner == "cy"
        await ana.press("e")
        await ana.fill("Raw reads")
        await ana.press("ctrl+s")
        assert ana.item("BE-001").title == "Raw reads"
        assert ana.item("BE-001").links == "see the wiki"
        await ana.press("e", *["tab"] * 11)
        await ana.fill("ask bo")
        await ana.press("ctrl+s")
        assert "'ask bo' has no http or https link" in ana.text
        await ana.fill(RUNBOOK)
        await ana.press("ctrl+s")
        assert ana.item("BE-001").links == RUNBOOK


@pytest.mark.parametrize("size", [(80, 24), (40, 12)])
async def test_more_links_than_fit_are_counted(sample: Path, size: tuple[int, int]) -> None:
    give(sample, "BE-001", links="\n".join(f"Page {n} https://wiki.example/{n}" for n in range(1, 31)))
    async with seat(sample, size=size) as ana:
        await ana.choose("BE-001")
        await ana.press("b")
        shown = sum(f"https://wiki.example/{n}" in ana.text.split() for n in range(1, 31))
        assert shown > 1
        assert f"back; {30 - shown} more in the item's details" in " ".join(ana.text.replace("│", " ").split())


async def test_hostile_labels_are_text(sample: Path) -> None:
    give(sample, "BE-001", links="[red]a[/red] \x1b\u202eb https://x.example/[b]\n漢字 https://x.example/漢")
    async with seat(sample, size=(120, 40)) as ana:
        await ana.choose("BE-001")
        await ana.press("b")
        assert "[red]a[/red]" in ana.text
        assert "\x1b" not in ana.text
        assert "\u202e" not in ana.text
        await ana.press("1")
        assert ana.app.clipboard == "https://x.example/[b]"
