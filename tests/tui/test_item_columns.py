"""The columns of the item list in wide terminals: what they show, and how they are chosen and kept."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from rich.cells import cell_len

from store.commands.items import edit_items, set_status
from store.db.database import Database
from store.enums import Status
from store.queries.priorities import priorities
from tests.tui.screen import NOON, as_bo, is_there, look_up, seat
from tui.render.item_columns import COLUMNS, heading, toggled
from tui.settings import Settings, load

if TYPE_CHECKING:
    from pathlib import Path

    from tests.tui.screen import Seat

LONG = "Personalization Foundations and Search Quality"


@pytest.fixture
def owned(sample: Path) -> Path:
    """The sample with owners and due dates, one of them over."""
    with Database.open(sample, clock=lambda: NOON, actor="ana") as ana:
        edit_items(ana, ("EN-001",), {"owner": "ML Platform", "due_on": date(2026, 6, 30)})
        edit_items(ana, ("EN-001",), {"opened_on": date(2021, 3, 1)})
        edit_items(ana, ("EN-002", "FL-001"), {"owner": LONG, "due_on": date(2026, 3, 1)})
        edit_items(ana, ("PD-001",), {"owner": "日本語チーム"})
    return sample


def text_of(file: Path) -> str:
    """What a file says."""
    return file.read_text(encoding="utf-8")


def listed(person: Seat, text: str) -> str:
    """The row of the items pane that shows a text, up to its border."""
    row = next(row for row in person.rows if text in row.partition("││")[0])
    return row.partition("││")[0]


def columns_of(person: Seat, text: str, *labels: str) -> list[str]:
    """What a row of the items pane shows below some labels of columns."""
    head, found = listed(person, "2 Items"), []
    cells = "".join(char + "\0" * (cell_len(char) - 1) for char in listed(person, text))
    for label in labels:
        start = head.index(f" {label} ") + 1
        end = start + len(label)
        is_number = label in ("Score", "Age")
        is_blank = cells[end - 1 if is_number else start] == " "
        shown = cells[:end].rpartition("  ")[2] if is_number else cells[start:].partition("  ")[0]
        found.append("" if is_blank else shown.replace("\0", "").strip())
    return found


@pytest.mark.parametrize("size", [(200, 50), (160, 40)])
async def test_a_wide_terminal_shows_owner_and_due_date(owned: Path, size: tuple[int, int]) -> None:
    async with seat(owned, size) as ana:
        assert columns_of(ana, "EN-001", "Owner", "Due") == ["ML Platform", "2026-06-30"]
        owner, due = columns_of(ana, "EN-002", "Owner", "Due")
        assert (owner[:14].rstrip("…") in LONG, owner[-1], due) == (True, "…", "2026-03-01")
        assert columns_of(ana, "PD-001", "Owner", "Due") == ["日本語チーム", "·"]
        # Nothing is missing in what is resolved.
        assert columns_of(ana, "FL-002", "Owner", "Due") == ["", ""]
        title = listed(ana, "EN-003").split("● ")[1]
        assert title.index("…") >= 35
        # Overdue has its sign next to the title, and its color.
        assert "◷" in listed(ana, "EN-002")
        assert len({cell_len(row.partition("││")[0]) for row in ana.rows if "││" in row}) == 1


@pytest.mark.parametrize("size", [(159, 40), (80, 24)])
async def test_below_160_the_list_is_as_without_columns(owned: Path, size: tuple[int, int]) -> None:
    async with seat(owned, size, settings=Settings(columns=())) as ana:
        without = ana.rows
    async with seat(owned, size) as ana:
        assert ana.rows == without
        assert "Owner" not in ana.text
        await ana.press("|")
        assert f"at least 160 wide; this one is {size[0]} wide" in ana.text


async def test_without_columns_a_wide_terminal_is_laid_out_as_ever(owned: Path) -> None:
    async with seat(owned, (200, 50), settings=Settings(columns=())) as ana:
        assert listed(ana, "EN-001").endswith("Feature Entanglement (Flink windowi…")
        assert cell_len(listed(ana, "EN-001")) == 48


async def test_scores_and_ages(owned: Path) -> None:
    with Database.open(owned) as database, database.read() as reader:
        scores = {row.key: f"{row.score:.2f}" for row in priorities(reader).items}
    async with seat(owned, (160, 40), settings=Settings(columns=("score", "age"))) as ana:
        for key, score in scores.items():
            assert columns_of(ana, key, "Score") == [score]
        assert columns_of(ana, "FL-001", "Score") == [""]
        assert columns_of(ana, "EN-001", "Age") == ["1,855d"]
        assert columns_of(ana, "EN-003", "Age") == ["0+d"]


async def test_scores_follow_changes_of_this_and_of_other_people_and_what_if(owned: Path) -> None:
    async with seat(owned, (160, 40), settings=Settings(columns=("score",))) as ana:
        before = columns_of(ana, "PD-001", "Score")
        await ana.choose("EN-001")
        await ana.press("m")
        mitigated = columns_of(ana, "PD-001", "Score")
        assert columns_of(ana, "EN-001", "Score") == [""]
        assert mitigated != before
        await ana.press("u")
        assert columns_of(ana, "PD-001", "Score") == before
        with as_bo(owned, NOON + timedelta(minutes=1)) as bo:
            set_status(bo, ("EN-001",), Status.MITIGATED)
        await look_up(ana)
        assert columns_of(ana, "PD-001", "Score") == mitigated
        assert "◂ bo" in listed(ana, "EN-001")


@pytest.fixture
def commented(config: Path) -> Path:
    """A settings file that its user wrote."""
    config.parent.mkdir(parents=True)
    config.write_text("# mine\nascii = false\n", encoding="utf-8")
    return config


async def test_keys_choose_columns_at_once_and_the_settings_keep_them(owned: Path, commented: Path) -> None:
    async with seat(owned, (160, 40)) as ana:
        await ana.press("|")
        assert "[x] Owner" in ana.text
        assert "[ ] Score" in ana.text
        await ana.press("s", "o")
        assert "[ ] Owner" in ana.text
        assert columns_of(ana, "PD-001", "Due", "Score") == ["·", "7.50"]
        assert "Owner" not in listed(ana, "2 Items")
        await ana.press("escape")
        assert "[ ]" not in ana.text
        assert text_of(commented) == '# mine\nascii = false\ncolumns = ["due", "score"]\n'
        await ana.press("|", "s", "d", "|")
        assert load(commented).columns == ()
        assert cell_len(listed(ana, "EN-001")) == 48
        await ana.press("|", "a", "o", "enter")
        assert load(commented).columns == ("owner", "age")


async def test_a_choice_that_changes_nothing_writes_nothing(owned: Path, config: Path) -> None:
    async with seat(owned, (160, 40)) as ana:
        await ana.press("|", "s", "s", "x", "escape")
    assert not is_there(config)


@pytest.fixture
def unwritable(config: Path) -> Path:
    """A settings file that there can be no folder for."""
    config.parent.parent.write_text("", encoding="utf-8")
    return config


@pytest.mark.usefixtures("unwritable")
async def test_where_settings_cannot_be_written_the_choice_lasts_until_the_end(owned: Path) -> None:
    async with seat(owned, (160, 40), notifications=True) as ana:
        await ana.press("|", "a", "escape")
        assert "the columns stay as chosen until you quit" in ana.sentences
        assert columns_of(ana, "EN-001", "Age") == ["1,855d"]


async def test_columns_come_and_go_with_the_width(owned: Path) -> None:
    async with seat(owned, (120, 40), settings=Settings(columns=("owner", "score"))) as ana:
        assert "Owner" not in listed(ana, "2 Items")
        await ana.pilot.resize_terminal(180, 40)
        await ana.settle()
        assert columns_of(ana, "EN-001", "Owner", "Score") == ["ML Platform", "6.00"]
        await ana.press("2", "z")
        assert "6.00" in next(row for row in ana.rows if "EN-001" in row)
        await ana.press("z")
        await ana.pilot.resize_terminal(120, 40)
        await ana.settle()
        assert "Owner" not in listed(ana, "2 Items")
        assert "6.00" not in listed(ana, "EN-001")


async def test_marks_filters_and_days_keep_the_columns(owned: Path) -> None:
    async with seat(owned, (160, 40)) as ana:
        await ana.choose("EN-002")
        await ana.press("space")
        assert "◆EN-002" in listed(ana, "EN-002")
        assert columns_of(ana, "EN-001", "Owner", "Due") == ["ML Platform", "2026-06-30"]
        await ana.press("escape", "/")
        await ana.type('owner:"ML Platform"')
        await ana.press("enter")
        assert columns_of(ana, "EN-001", "Owner", "Due") == ["ML Platform", "2026-06-30"]
        assert sum("● " in row.partition("││")[0] for row in ana.rows) == 1
        await ana.press("escape", "t")
        await ana.fill("2026-08-31")
        await ana.press("ctrl+s")
        assert columns_of(ana, "EN-001", "Due") == ["2026-08-31"]


async def test_the_keys_sort_by_every_column(owned: Path) -> None:
    async with seat(owned, (160, 40)) as ana:
        said = []
        for _ in range(8):
            await ana.press(">")
            said.append(listed(ana, "2 Items").partition(" by ")[2].partition(" ")[0])
        assert said == ["score", "age", "severity", "due", "owner", "key", "changed", ""]


def test_labels_stand_over_their_cells() -> None:
    widths = {"owner": 5, "due": 10, "score": 6, "age": 8}
    text = "".join(part for part, _ in heading(widths, "─"))
    assert text == "─ Owner  Due ──────── Score ───── Age "
    assert len(text) == sum(widths.values()) + 2 * 4 + 1


def test_a_column_goes_where_it_usually_is() -> None:
    assert toggled(("owner", "due", "age"), "score") == ("owner", "due", "score", "age")
    assert toggled(("age", "owner"), "due") == ("due", "age", "owner")
    assert toggled(("age", "owner"), "age") == ("owner",)
    assert toggled((), "age") == ("age",)
    assert tuple(COLUMNS) == ("owner", "due", "score", "age")
