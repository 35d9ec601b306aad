"""The fields of forms and of the filter: what is pasted into them, and that the one with the cursor is always seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from rich.cells import cell_len
from textual.widgets import Input, TextArea

from store.commands import export
from store.errors import RegisterError
from tests.tui.screen import seat
from tests.tui.test_filter_bar import found, listed
from tui.render.text import safe
from tui.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from tests.tui.screen import Seat


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


def cursor_in_sight(person: Seat) -> bool:
    """Whether the cursor of the field that has the focus is on the screen, where nothing covers it."""
    focused, screen = person.app.focused, person.app.screen
    assert isinstance(focused, Input | TextArea)
    at = focused.cursor_screen_offset
    if isinstance(focused, Input) and focused.cursor_at_end:
        # Textual counts the cell behind the cursor then.
        at -= (1, 0)
    return at in screen.find_widget(focused).visible_region and screen.get_widget_at(*at)[0] is focused


@pytest.mark.parametrize("tabs", [0, 3, 8, 10, 15])
async def test_the_field_with_the_cursor_stays_in_sight_when_the_terminal_changes(sample: Path, tabs: int) -> None:
    async with seat(sample) as ana:
        await ana.choose("EN-001")
        await ana.press("e", *["tab"] * tabs)
        assert cursor_in_sight(ana)
        for size in ((60, 14), (40, 12), (80, 24), (200, 12), (40, 12)):
            await ana.pilot.resize_terminal(*size)
            await ana.settle()
            assert cursor_in_sight(ana), f"{size}:\n{ana.text}"


@pytest.mark.parametrize("size", [(80, 24), (60, 14), (40, 12)], ids=lambda size: f"{size[0]}x{size[1]}")
async def test_the_field_with_the_cursor_stays_in_sight_when_an_error_shows(
    sample: Path, size: tuple[int, int]
) -> None:
    async with seat(sample, size) as ana:
        await ana.choose("EN-001")
        await ana.press("e")
        for name in ("severity", "status", "due_on", "effort", "affected", "description", "category", "opened_on"):
            await ana.to(name)
            await ana.fill("")
            await ana.paste("wrong, wrong and so long that the sentence about it takes several rows of the form")
            await ana.press("tab")
            assert cursor_in_sight(ana), f"{name}:\n{ana.text}"
        await ana.to("accepted_until")
        await ana.press("ctrl+s")
        assert ana.app.focused is not None
        assert ana.app.focused.id == "field-severity"
        assert cursor_in_sight(ana), ana.text


@pytest.mark.parametrize("size", [(80, 24), (40, 12)], ids=lambda size: f"{size[0]}x{size[1]}")
async def test_the_cursor_stays_in_sight_in_a_text_that_is_longer_than_its_field(
    sample: Path, size: tuple[int, int]
) -> None:
    async with seat(sample) as ana:
        for keys in ("/", "w", "M"):
            await ana.press(*keys)
            await ana.type("a long text with many words " * 8)
            await ana.press(*["left"] * 9)
            for narrow in (size, (60, 14), size):
                await ana.pilot.resize_terminal(*narrow)
                await ana.settle()
                assert cursor_in_sight(ana), f"{keys} at {narrow}:\n{ana.text}"
            await ana.press("escape", "y")
            await ana.pilot.resize_terminal(80, 24)
            await ana.settle()


async def test_the_cursor_stays_in_sight_in_the_forms_of_a_review(sample: Path) -> None:
    async with seat(sample) as ana:
        await ana.press("r")
        for tabs in range(4):
            await ana.pilot.resize_terminal(80, 24)
            await ana.settle()
            await ana.press(*["tab"] * min(tabs, 1))
            for size in ((60, 14), (40, 12), (40, 8), (80, 24), (40, 12)):
                await ana.pilot.resize_terminal(*size)
                await ana.settle()
                assert cursor_in_sight(ana), f"{tabs} at {size}:\n{ana.text}"
        await ana.press("ctrl+s")
        await ana.press("F")
        await ana.fill("")
        await ana.press("ctrl+s")
        assert "is empty" in ana.text
        assert cursor_in_sight(ana), ana.text
        await ana.press("tab", "tab")
        assert cursor_in_sight(ana), ana.text


async def test_the_wheel_can_look_elsewhere_in_a_form(sample: Path) -> None:
    async with seat(sample, (80, 14)) as ana:
        await ana.choose("EN-001")
        await ana.press("e")
        for _ in range(6):
            await ana.wheel("Effort" if "Effort" in ana.text else "Description")
        assert not cursor_in_sight(ana)
        assert "Description" in ana.text
        await ana.type("!")
        await ana.press("tab")
        assert cursor_in_sight(ana)


async def test_a_long_refusal_leaves_the_cursor_and_the_keys_in_sight_in_a_small_terminal(
    sample: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise RegisterError(f"{'a folder with a long name/' * 8}debt.md could not be written", "choose another place")

    monkeypatch.setattr(export, "export_to", refuse)
    async with seat(sample, (40, 12)) as ana:
        await ana.press("x", "ctrl+s")
        assert ana.app.screen.query_one(".refusal").display
        assert cursor_in_sight(ana), ana.text
        assert "ctrl+s export" in ana.text, ana.text
        await ana.press("backspace")
        assert cursor_in_sight(ana), ana.text
        assert "the Markdown file to write" in ana.text


@pytest.mark.parametrize("is_ascii", [False, True], ids=["unicode", "ascii"])
async def test_a_form_shows_most_of_its_fields_in_80_columns_and_all_of_a_long_text_that_is_edited(
    sample: Path, is_ascii: bool
) -> None:
    async with seat(sample, settings=Settings(ascii=is_ascii)) as ana:
        await ana.choose("BE-001")
        await ana.press("e")
        labels = ("Title", "Severity", "Status", "Status note", "Owner", "Due", "Effort", "Affected components",
                  "Affected projects", "Description", "Mitigation plan", "Category", "Key", "Opened")  # fmt: skip
        assert all(any(row[2:].startswith(f"{label} ") for row in ana.rows) for label in labels), ana.text
        assert "separate from the backend's" not in ana.text
        await ana.to("mitigation_plan")
        assert "separate from the backend's" in ana.text
        assert cursor_in_sight(ana), ana.text


async def test_a_field_its_error_and_its_proposals_fit_the_smallest_terminal(sample: Path) -> None:
    async with seat(sample, (40, 12)) as ana:
        await ana.choose("EN-001")
        await ana.press("e")
        await ana.to("severity")
        await ana.fill("hi")
        await ana.press("ctrl+s")
        assert cursor_in_sight(ana), ana.text
        assert "unknown severity 'hi'" in ana.text
        assert "  High" in ana.rows[-3]
        assert "ctrl+s save" in ana.rows[-1]


CLUSTERS = ("\U0001f468\u200d\U0001f469\u200d\U0001f467", "\U0001f44d\U0001f3fd", "\u2764\ufe0f")
CLUSTERS += ("\U0001f1e9\U0001f1ea", "e\u0301")


@pytest.mark.parametrize("key", ["w", "M", "/", "ctrl+p"], ids=["one line", "several lines", "filter", "palette"])
@pytest.mark.parametrize("sign", [*CLUSTERS, "\u0928\u093f", "\u0915\u094d\u0937", "\u1112\u1161\u11ab"])
async def test_one_key_moves_over_and_removes_what_people_take_for_one_character(
    sample: Path, sign: str, key: str
) -> None:
    async with seat(sample) as ana:
        await ana.choose("EN-001")
        await ana.press(key)
        await ana.fill("")
        await ana.paste(f"a{sign}{sign}b")
        for pressed, left in (
            (("left", "backspace"), f"a{sign}b"),
            (("left", "delete"), "ab"),
            (("z",), "azb"),
        ):
            await ana.press(*pressed)
            assert ana.field == left
        await ana.fill("")
        await ana.paste(f"{sign}c{sign}")
        await ana.press("home", "right", "backspace")
        assert ana.field == f"c{sign}"
        await ana.press("right", "shift+right", "backspace")
        assert ana.field == "c"


@pytest.mark.parametrize(("is_ascii", "more"), [(False, "…"), (True, "..")])
async def test_marks_say_where_a_line_goes_on(sample: Path, is_ascii: bool, more: str) -> None:
    words = " ".join(f"word{number:02}" for number in range(20))
    async with seat(sample, settings=Settings(ascii=is_ascii)) as ana:
        await ana.press("/")
        await ana.paste(words)

        def shown() -> str:
            return next(row for row in ana.rows if "word" in row and "/" not in row)

        assert shown() == more + words[len(words) - 79 + len(more) :]
        await ana.press("home")
        assert shown() == words[: 80 - len(more)] + more
        await ana.press(*["right"] * 79)
        assert shown() == words[:80]
        await ana.press("escape", "2", "g", "w")
        await ana.fill(words)
        await ana.press("ctrl+s", "e")
        assert any(row[1:-1].rstrip().endswith(more) for row in ana.rows if " Owner  " in row), ana.text


async def test_the_cursor_is_where_the_text_goes_on(sample: Path) -> None:
    async with seat(sample) as ana:
        await ana.choose("EN-001")
        for key in ("w", "M"):
            await ana.press(key)
            await ana.fill("")
            await ana.paste("".join((*CLUSTERS, "z")))
            await ana.press("left")
            field = ana.app.focused
            assert isinstance(field, Input | TextArea)
            start = field.region.x + field.gutter.left
            assert field.cursor_screen_offset.x - start == cell_len(safe("".join(CLUSTERS)))
            await ana.press("escape", "y")
