"""What was understood of a document, changed in the preview of its import and kept for the next one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.db.database import Database
from store.filters.ast import ItemFilter
from store.queries.items import page
from tests.tui.screen import Seat, seat

if TYPE_CHECKING:
    from pathlib import Path

HARBOR = """\
# Harbor

| Berth | Worry | Danger | Mood |
|---|---|---|---|
| B1 | Tide tables are copied by hand | Sev-1 | Parked |
| B2 | Nobody owns the pilot model | Sev-2 | Rolling |
"""
UNTITLED = "# Harbor\n\n| Severity | Worry |\n|---|---|\n| High | Old charts |\n| High | No tide data |\n"
KEYLESS = "# Harbor\n\n## High\n\n- **Tide tables are copied by hand every week**\n- **Nobody owns the pilot model**\n"


SIZE = (100, 44)


async def preview(ana: Seat, file: Path, key: str = "I") -> None:
    """Open the preview of importing a file."""
    await ana.press(key)
    await ana.fill(str(file))
    await ana.press("ctrl+s")


async def change(ana: Seat, name: str, means: str) -> None:
    """Change what the row that begins with a name means."""
    await ana.press("g")
    for _ in range(40):
        if any(row.lstrip("│").startswith(f"▌{name} ") for row in ana.rows):
            break
        await ana.press("j")
    await ana.press("e")
    await ana.fill(means)
    await ana.press("ctrl+s")


def items(path: Path) -> list[tuple[str, str | None, str, str]]:
    """The keys, titles, severities and statuses of the register."""
    with Database.open(path) as db, db.read() as reader:
        rows = page(reader, ItemFilter(), limit=100).items
    return [(row.key, row.title, row.severity and row.severity.value, row.status.value) for row in rows]


async def test_columns_and_words_are_changed_and_kept_for_the_next_import(tmp_path: Path) -> None:
    register, file = tmp_path / "register.db", tmp_path / "harbor.md"
    file.write_text(HARBOR, encoding="utf-8")
    async with seat(register, SIZE, named=False) as ana:
        await preview(ana, file, "i")
        assert "line 3: no column of this table is known as a title" in ana.text
        assert "y import" not in ana.text
        for name, means in (("Worry", "title"), ("Berth", "ID"), ("Danger", "severity"), ("Mood", "status")):
            await change(ana, name, means)
        assert "Sev-1    severity unrated, 1 item, not known: kept as text" in ana.text
        words = {"Sev-1": "critical", "Sev-2": "low", "Parked": "accepted", "Rolling": "in progress"}
        for word, means in words.items():
            await change(ana, word, means)
        assert "Sev-1    severity Critical, 1 item" in ana.text
        await ana.press("y")
        expected = [
            ("B1", "Tide tables are copied by hand", "Critical", "Accepted"),
            ("B2", "Nobody owns the pilot model", "Low", "In Progress"),
        ]
        assert items(register) == expected
        file.write_text(f"{HARBOR}| B3 | The buoys drift | Sev-1 | Rolling |\n", encoding="utf-8")
        await preview(ana, file)
        await ana.press("y")
        assert items(register) == [*expected, ("B3", "The buoys drift", "Critical", "In Progress")]


async def test_a_field_that_there_is_not_is_refused_in_the_form(tmp_path: Path) -> None:
    file = tmp_path / "harbor.md"
    file.write_text(UNTITLED, encoding="utf-8")
    async with seat(tmp_path / "register.db", SIZE, named=False) as ana:
        await preview(ana, file, "i")
        assert "but no ID or title column" in ana.text
        await change(ana, "Worry", "sorrow")
        assert "unknown field 'sorrow'" in ana.text
        await ana.fill("title")
        await ana.press("ctrl+s")
        assert "2 items" in ana.text
        assert "y import" in ana.text


async def test_an_item_that_may_be_a_known_one_is_asked_about(tmp_path: Path) -> None:
    register, file = tmp_path / "register.db", tmp_path / "harbor.md"
    file.write_text(KEYLESS, encoding="utf-8")
    async with seat(register, SIZE, named=False) as ana:
        await preview(ana, file, "i")
        await ana.press("y")
        first, second = items(register)
        lines = KEYLESS.splitlines(keepends=True)
        moved = ["- **Charts are old**\n", "- **Tide tables are copied by Sam in Rotterdam**\n"]
        file.write_text("".join([*lines[:-2], lines[-1], *moved]), encoding="utf-8")
        await preview(ana, file)
        assert "Items without a key that may already exist; choose for each (1)" in ana.text
        assert "y import" not in ana.text
        await ana.press("g", "enter")
        await ana.fill(first[0])
        await ana.press("ctrl+s")
        assert "may be known ones" not in ana.text
        await ana.press("y")
        titled = {key: title for key, title, *_ in items(register)}
        assert titled[first[0]] == "Tide tables are copied by Sam in Rotterdam"
        assert titled[second[0]] == second[1]
        assert len(titled) == 3
