"""Text that would command a terminal or a markup parser is shown as text, in every field and on every screen."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

import pytest
from rich.cells import cell_len

from store.commands.categories import edit_category
from store.commands.dependencies import link
from store.commands.items import add_item, comment, edit_items, set_status
from store.commands.settings import set_register
from store.db.database import Database
from store.enums import Severity, Status
from store.fields import Affected
from store.formats.document.model import CadenceEntry
from tests.tui.screen import NOON, look_up, seat
from tui.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from tests.tui.screen import Seat

MARKUP = "[/foo] [@click=app.quit]x[/] [bold"
ESCAPES = "\x1b[31mred\x1b]52;c;cGF5\x07\x9b2J\x9d0;t\x9c\x1bP+q\x1b\\"
DIRECTION = "\u202eevil\u2066 zero\u200bwidth\ufeff\U000e0041"
WIDE = "数据漂移和很长的名字"
HOSTILE = f"{MARKUP} {ESCAPES} {DIRECTION} {WIDE} {'long' * 60}"
LINES = f"{HOSTILE}\nsecond\tline\n\n{HOSTILE}"
OPENERS = (
    ("the panes", ()),
    ("help", ("?",)),
    ("edit", ("e",)),
    ("new", ("n",)),
    ("link", ("l",)),
    ("relabel", ("L", "1")),
    ("unlink", ("d",)),
    ("accept", ("a",)),
    ("note", ("M",)),
    ("comment", ("c",)),
    ("severity", ("s",)),
    ("owner", ("w",)),
    ("remove", ("D",)),
    ("export", ("x",)),
    ("register", ("i",)),
    ("facts", ("i", "e")),
    ("cadence", ("i", "enter")),
    ("remove cadence", ("i", "D")),
    ("categories", ("C",)),
    ("category", ("C", "e")),
    ("remove category", ("C", "D")),
    ("filter", ("/",)),
    ("palette", ("ctrl+p",)),
)


def assert_harmless(person: Seat) -> None:
    """No character on the screen that a terminal acts on; every row as wide as the terminal at most."""
    for row in person.rows:
        assert not [char for char in row if unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp", "Co")], repr(row)
        assert cell_len(row) <= person.app.size.width
    assert person.app.is_running
    assert person.app.return_code is None


@pytest.fixture
def hostile(sample: Path) -> Path:
    """The sample with hostile text in every field there is, written by a hostile actor."""
    with Database.open(sample, clock=lambda: NOON, actor=HOSTILE) as bo:
        set_register(
            bo,
            {
                **dict.fromkeys(("title", "system", "extends"), HOSTILE),
                **dict.fromkeys(("purpose", "note"), LINES),
                "cadence": (CadenceEntry(HOSTILE, LINES), CadenceEntry("b", "")),
            },
        )
        edit_category(bo, "BE", {"name": HOSTILE, "definition": LINES})
        edit_items(
            bo,
            ("BE-001", "BE-002"),
            {
                **dict.fromkeys(("title", "description", "mitigation_plan", "status_note"), LINES),
                **dict.fromkeys(("owner", "accepted_by"), HOSTILE),
                "components": (HOSTILE, WIDE, "x; y"),
                "affected": Affected.of(HOSTILE),
            },
        )
        link(bo, "BE-001", "BE-002", HOSTILE)
        link(bo, "BE-002", "BE-001", HOSTILE)
        comment(bo, ("BE-001",), LINES)
    return sample


@pytest.mark.parametrize("size", [(120, 50), (40, 12)], ids=lambda size: f"{size[0]}x{size[1]}")
async def test_every_pane_shows_it_as_text(hostile: Path, size: tuple[int, int]) -> None:
    async with seat(hostile, size) as ana:
        for number in "12345":
            await ana.press(number, "g")
            assert_harmless(ana)
            for _ in range(3):
                await ana.press("pagedown")
                assert_harmless(ana)
            await ana.press("g")


@pytest.mark.parametrize("size", [(200, 50), (80, 24), (40, 12)], ids=lambda size: f"{size[0]}x{size[1]}")
async def test_every_picture_of_the_map_and_the_scores_show_it_as_text(hostile: Path, size: tuple[int, int]) -> None:
    async with seat(hostile, size) as ana:
        await ana.press("2", "g", "5")
        for key in ("]", "]", "f", "enter", "]", "+", "V", "]", "V", "j", "V", "F", "g", "z", "G"):
            await ana.press(key)
            assert_harmless(ana)


async def test_every_screen_shows_it_as_text(hostile: Path) -> None:
    async with seat(hostile, (60, 20), notifications=True) as ana:
        await ana.press("2", "g")
        for name, keys in OPENERS:
            assert ana.chosen == "BE-001"
            for key in keys:
                await ana.press(key)
                assert_harmless(ana)
            assert len(ana.app.screen_stack) > 1 or name in ("the panes", "filter"), name
            for _ in keys:
                await ana.press("escape")
            assert_harmless(ana)
            assert len(ana.app.screen_stack) == 1, name


async def test_it_is_readable_where_there_is_room(hostile: Path) -> None:
    async with seat(hostile, (200, 60)) as ana:
        assert "[/foo] [@click=app.quit]x[/] [bold" in ana.text
        assert "␛[31mred␛]52;c;cGF5␇<U+009B>2J" in ana.text
        assert "<U+202E>evil<U+2066> zero<U+200B>width<U+FEFF><U+E0041>" in ana.text
        assert WIDE in ana.text


async def test_refusals_and_what_was_done_name_it_harmlessly(hostile: Path, tmp_path: Path) -> None:
    async with seat(hostile, (120, 50), notifications=True) as ana:
        await ana.press("2", "g", "m")
        assert_harmless(ana)
        await ana.press("e")
        await ana.to("owner")
        with Database.open(hostile, clock=lambda: NOON, actor=HOSTILE) as bo:
            edit_items(bo, ("BE-001",), {"owner": f"{HOSTILE} again"})
            set_status(bo, ("BE-001",), Status.OPEN)
        await ana.fill(f"mine {MARKUP}")
        await ana.press("ctrl+s")
        assert "BE-001 changed while you were editing" in ana.text
        assert_harmless(ana)
        await ana.press("escape")
        await look_up(ana)
        assert_harmless(ana)
        await ana.press("escape", "y", "u", "h")
        assert_harmless(ana)
        await ana.press("escape")
        assert_harmless(ana)
        await ana.press("x")
        await ana.fill(str(tmp_path / f"{MARKUP.replace('/', '')}\x1b[31m" / "x.md"))
        await ana.press("ctrl+s")
        assert_harmless(ana)


async def test_what_is_typed_is_shown_harmlessly_and_kept(sample: Path) -> None:
    typed = f"{MARKUP} {WIDE}"
    async with seat(sample, (120, 46)) as ana:
        await ana.choose("EN-001")
        await ana.press("e")
        for name in ("title", "owner", "description", "components", "due_on"):
            await ana.to(name)
            await ana.fill(typed)
            assert_harmless(ana)
        await ana.press("ctrl+s")
        assert "date (use YYYY-MM-DD, 2w" in ana.text
        assert_harmless(ana)
        await ana.to("due_on")
        await ana.fill("")
        await ana.press("ctrl+s")
        assert_harmless(ana)
        item = ana.item("EN-001")
        assert (item.title, item.owner, item.description) == (typed, typed, typed)


async def test_an_untouched_form_keeps_every_hostile_character(hostile: Path) -> None:
    async with seat(hostile, (120, 46)) as ana:
        await ana.press("2", "g")
        before = ana.item("BE-001")
        await ana.press("e")
        await ana.to("effort")
        await ana.type("M")
        await ana.press("ctrl+s")
        after = ana.item("BE-001")
        assert after.effort is not None
        same = ("title", "description", "mitigation_plan", "status_note", "owner", "components", "affected")
        assert all(getattr(after, name) == getattr(before, name) for name in same)


async def test_a_preview_of_it(sample: Path, tmp_path: Path) -> None:
    from store.samples import sample_text

    text = sample_text().replace("Recommendation models bypass", f"{MARKUP} {ESCAPES.replace(chr(10), '')} {WIDE}")
    (tmp_path / "evil.md").write_text(text.replace("| EN-003 |", f"| {MARKUP}{ESCAPES} |"), encoding="utf-8")
    async with seat(sample, (120, 40), notifications=True) as ana:
        await ana.press("I")
        await ana.fill(str(tmp_path / "evil.md"))
        await ana.press("ctrl+s")
        assert_harmless(ana)
        assert "[@click=app.quit]" in ana.text
        await ana.press("y", "escape")
        assert_harmless(ana)


async def test_a_hostile_actor_and_path_in_the_header_and_the_trail(sample: Path) -> None:
    with Database.open(sample, clock=lambda: NOON, actor=HOSTILE) as bo:
        set_status(bo, ("BE-001",), Status.MITIGATED)
    async with seat(sample, (120, 40), actor=HOSTILE) as ana:
        assert_harmless(ana)
        await ana.press("a")
        assert_harmless(ana)
        await ana.press("escape")
        assert_harmless(ana)


async def test_ascii_terminals_get_ascii_for_what_is_ours(hostile: Path) -> None:
    async with seat(hostile, (120, 50), settings=Settings(ascii=True)) as ana:
        await ana.press("2", "G")
        for keys in (("?",), ("e",), ("C",), ("s",), ("D",), ("x",), ("i",)):
            await ana.press(*keys)
            ours = [char for row in ana.rows for char in row if char in "│─┌┐└┘├┤▌●◐✓○…·→━▂▄▆█▇╭╮╰╯▔▁"]
            assert not ours, "".join(ours) + ana.text
            await ana.press("escape")


async def test_an_item_of_the_longest_texts(sample: Path) -> None:
    long = ("word " * 12_000).strip()
    with Database.open(sample, clock=lambda: NOON, actor="bo") as bo:
        add_item(
            bo,
            {"category": "BE", "title": "T" * 3000, "description": long, "severity": Severity.LOW, "owner": "o" * 900},
        )
    async with seat(sample, (120, 36)) as ana:
        await ana.choose("BE-003")
        assert_harmless(ana)
        await ana.press("3", "G")
        assert_harmless(ana)
        assert "edit the texts to see all" in "".join(ana.rows) or "by bo" in ana.text
        await ana.press("e")
        assert_harmless(ana)
        await ana.press("escape")
        assert ana.item("BE-003").description == long
