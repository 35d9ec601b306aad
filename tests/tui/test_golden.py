"""The main screens as a person sees them, held in text files that one can read in a diff."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from store.commands.dependencies import link
from store.commands.items import accept, add_item, comment, edit_items, set_status
from store.db.database import Database
from store.enums import Effort, Severity, Status
from store.samples import sample_text
from tests.tui.golden import compare
from tests.tui.screen import NOON, seat

SIZES = ((200, 50), (120, 36), (80, 24), (40, 12))
PANES = ("categories", "items", "item", "dashboard", "map")


@pytest.fixture
def lived_in(sample: Path) -> Path:
    """The sample after some weeks of use: every status, a cycle, a comment, an item without title or dependencies."""
    later = NOON + timedelta(days=20)
    with Database.open(sample, clock=lambda: later, actor="bo") as bo:
        set_status(bo, ("PD-002",), Status.IN_PROGRESS, note="parity tests in CI")
        accept(bo, ("DD-002",), rationale="cheaper than a cure", by="ML Platform", until=date(2026, 9, 30))
        edit_items(bo, ("EN-001",), {"owner": "ML Platform", "due_on": date(2026, 6, 30), "effort": Effort.L})
        comment(bo, ("EN-001",), "The vendor answers in May.")
        link(bo, "EN-002", "DD-001", "stale embeddings hide")
        add_item(
            bo,
            {
                "category": "BE",
                "description": "Nobody knows which notebook wrote the weights.",
                "severity": Severity.LOW,
            },
        )
    return sample


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_the_panes(sample: Path, size: tuple[int, int]) -> None:
    async with seat(sample, size) as ana:
        await ana.choose("EN-001")
        for number, pane in enumerate(PANES, start=1):
            await ana.press(str(number))
            compare(f"main-{size[0]}x{size[1]}-{number}-{pane}", ana)


@pytest.mark.parametrize("size", [(120, 36), (80, 24)], ids=lambda size: f"{size[0]}x{size[1]}")
async def test_a_register_in_use(lived_in: Path, size: tuple[int, int]) -> None:
    async with seat(lived_in, size) as ana:
        await ana.choose("EN-001")
        compare(f"used-{size[0]}x{size[1]}-item", ana)
        await ana.press("5")
        compare(f"used-{size[0]}x{size[1]}-map", ana)
        await ana.press("1", "j", "4")
        compare(f"used-{size[0]}x{size[1]}-category", ana)
        await ana.choose("BE-003")
        await ana.press("3")
        compare(f"used-{size[0]}x{size[1]}-untitled", ana)


async def test_ascii(lived_in: Path) -> None:
    async with seat(lived_in, encoding="ascii") as ana:
        await ana.choose("EN-001")
        compare("ascii-80x24-item", ana)
        await ana.press("5")
        compare("ascii-80x24-map", ana)
        await ana.press("4")
        compare("ascii-80x24-dashboard", ana)
        await ana.press("2", "e")
        compare("ascii-80x24-form", ana)
        assert "ML Platform" in ana.text
        await ana.press("escape", "ctrl+p")
        await ana.wait_for("Add an item")
        assert ana.text.isascii()


@pytest.mark.parametrize("size", [(80, 24), (40, 12)], ids=lambda size: f"{size[0]}x{size[1]}")
async def test_forms_and_pages(sample: Path, size: tuple[int, int]) -> None:
    name = f"{size[0]}x{size[1]}"
    async with seat(sample, size) as ana:
        await ana.choose("EN-001")
        for page, keys in {
            "help": ("?",),
            "register": ("i",),
            "categories": ("C",),
            "form-edit": ("e",),
            "form-new": ("n",),
            "form-link": ("l",),
            "form-accept": ("a",),
            "form-comment": ("c",),
            "choice-severity": ("s",),
            "choice-edge": ("d",),
            "confirm-remove": ("D",),
        }.items():
            await ana.press(*keys)
            compare(f"{page}-{name}", ana)
            await ana.press("escape")
        await ana.press("e", "ctrl+u")
        await ana.type("Another title")
        await ana.press("tab")
        await ana.type("x")
        await ana.press("tab")
        compare(f"form-wrong-{name}", ana)
        await ana.press("escape")
        compare(f"form-leave-{name}", ana)


async def test_after_a_change(sample: Path) -> None:
    async with seat(sample) as ana:
        await ana.choose("EN-001")
        await ana.press("m")
        compare("changed-80x24", ana)
        await ana.press("/")
        await ana.type("zebra")
        compare("filter-80x24", ana)


@pytest.mark.parametrize("size", [(80, 24), (40, 12)], ids=lambda size: f"{size[0]}x{size[1]}")
async def test_the_welcome(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]) -> None:
    monkeypatch.chdir(tmp_path)
    async with seat(Path("register.db"), size, named=False) as ana:
        compare(f"welcome-{size[0]}x{size[1]}", ana)
        await ana.press("n")
        compare(f"welcome-new-{size[0]}x{size[1]}", ana)
        await ana.press("ctrl+s")
        compare(f"empty-{size[0]}x{size[1]}", ana)


async def test_the_import_preview(sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = sample_text()
    kept = [line for line in text.splitlines(keepends=True) if not line.startswith("| EN-003")]
    (tmp_path / "changed.md").write_text("".join(kept).replace("| High |", "| Low |", 1), encoding="utf-8")
    (tmp_path / "broken.md").write_text(text.replace("| BE-002 |", "| BE-001 |", 1), encoding="utf-8")
    async with seat(sample) as ana:
        for name in ("changed", "broken"):
            await ana.press("I")
            await ana.fill(f"{name}.md")
            await ana.press("ctrl+s")
            compare(f"preview-{name}-80x24", ana)
            await ana.press("escape")
