"""Dependencies under a person's hands: link, relabel, unlink."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.tui.screen import seat

if TYPE_CHECKING:
    from pathlib import Path

    from tests.tui.screen import Seat


def edges(person: Seat, key: str) -> set[tuple[str, str]]:
    """What an item makes worse, as stored: key and label."""
    return {(edge.key, edge.label) for edge in person.item(key).feeds}


async def test_a_target_is_found_by_its_words(sample: Path) -> None:
    async with seat(sample) as ana:
        await ana.choose("BE-001")
        await ana.press("l")
        await ana.type("position bias")
        assert "FL-002" in ana.text
        await ana.press("down", "enter", "tab")
        await ana.type("raw reads hide")
        await ana.press("ctrl+s")
        assert edges(ana, "BE-001") == {("FL-002", "raw reads hide")}
        assert "(u to undo)" in ana.rows[-1]
        await ana.press("5")
        assert "raw reads hide" in ana.text
        await ana.press("u")
        assert edges(ana, "BE-001") == set()
        assert "raw reads hide" not in ana.text


async def test_the_same_edge_twice_is_refused_in_the_form(sample: Path) -> None:
    async with seat(sample) as ana:
        await ana.choose("EN-001")
        await ana.press("l")
        await ana.type("en-002")
        await ana.press("tab")
        await ana.type("feature changes cascade to")
        await ana.press("ctrl+s")
        assert "ctrl+s link" in ana.text
        assert "EN-001 feature changes cascade to EN-002" in ana.text.replace("\n", " ") or "already" in ana.text
        assert len(ana.item("EN-001").feeds) == 1
        await ana.fill("and delays")
        await ana.press("ctrl+s")
        assert edges(ana, "EN-001") == {("EN-002", "feature changes cascade to"), ("EN-002", "and delays")}


async def test_an_unknown_target_is_refused_and_a_wrong_one_said_beside(sample: Path) -> None:
    async with seat(sample) as ana:
        await ana.choose("EN-001")
        await ana.press("l")
        await ana.type("flink jobs")
        await ana.press("ctrl+s")
        assert "'flink jobs' is not an item key" in ana.text
        await ana.fill("EN-009")
        await ana.press("ctrl+s")
        assert "unknown item EN-009" in ana.text
        assert len(ana.item("EN-001").feeds) == 1


async def test_a_loop_to_itself_is_drawn_and_listed_as_a_cycle(sample: Path) -> None:
    async with seat(sample) as ana:
        await ana.choose("CD-002")
        await ana.press("l")
        await ana.type("CD-002")
        await ana.press("tab", "ctrl+s")
        assert edges(ana, "CD-002") == {("CD-002", "")}
        await ana.press("5", "z")
        box = next(y for y, row in enumerate(ana.rows) if "▌M● CD-002" in row)
        assert "┆ ▲" in ana.rows[box + 1]
        assert "└┄┘" in ana.rows[box + 3]
        await ana.press("V", "V", "V")
        assert any("CD-002" in row and "in a cycle" in row for row in ana.rows)


async def test_one_of_several_dependencies_goes(sample: Path) -> None:
    async with seat(sample) as ana:
        await ana.choose("EN-001")
        await ana.press("d")
        assert "2  DD-001 schema breaks cascade to → EN-001" in ana.text
        await ana.press("9", "escape")
        assert len(ana.item("EN-001").fed_by) == 2
        await ana.press("d", "2")
        assert {edge.key for edge in ana.item("EN-001").fed_by} == {"PD-002"}
        assert "DD-001" in ana.rows[-1]
        await ana.press("u")
        assert len(ana.item("EN-001").fed_by) == 2


async def test_the_only_dependency_goes_at_once(sample: Path) -> None:
    async with seat(sample) as ana:
        await ana.choose("EN-002")
        await ana.press("d")
        assert ana.item("EN-002").fed_by == ()
        await ana.press("d")
        assert "EN-002 has no dependencies yet" in ana.rows[-1]


async def test_a_label_is_changed(sample: Path) -> None:
    async with seat(sample) as ana:
        await ana.choose("EN-001")
        await ana.press("L", "3")
        assert "skew amplifies" in ana.text
        await ana.fill("skew doubles")
        await ana.press("ctrl+s")
        assert edges(ana, "PD-002") == {("EN-001", "skew doubles")}
        assert "skew doubles" in ana.text
