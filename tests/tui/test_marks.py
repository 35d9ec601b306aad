"""Marks: the editing keys act on all marked items, in one transaction and one undo step, and overwrite nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from store.commands.items import accept, edit_items, remove_items, set_status
from store.enums import Severity, Status
from store.queries import history as history_queries
from tests.tui.screen import as_bo, look_up, seat
from tui.editing import session
from tui.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from tests.tui.screen import Seat

ENTANGLED = ("EN-001", "EN-002", "EN-003")


def marked(person: Seat) -> tuple[str, ...]:
    """The keys behind a mark in the list, from top to bottom."""
    return tuple(row[3:9] for row in person.rows if row[2:3] == "◆")


def batches(path: Path) -> list[tuple[str, str]]:
    """Who did what, the newest first."""
    with as_bo(path) as db, db.read() as session:
        changes = history_queries.changes(session)
    return list({change.batch: (change.actor, change.verb) for change in changes}.values())


async def mark_entangled(person: Seat) -> None:
    """Mark the three items of a category, and leave the category."""
    await person.press("1", "j", "j", "2", "*", "1", "g", "2")
    assert marked(person) == ENTANGLED


async def test_space_star_and_bang_mark_and_esc_clears_in_turn(sample: Path) -> None:
    async with seat(sample, (120, 36)) as ana:
        await ana.press("j", "space", "j", "space")
        assert marked(ana) == ("BE-002", "EN-002")
        assert ana.chosen == "EN-003"
        assert "2 marked · 5 of 15" in ana.text
        assert ana.rows[-1].startswith(" 2 marked  m mitigated")
        # Again on a marked one: no mark, and on it goes.
        await ana.press("k", "space")
        assert (marked(ana), ana.chosen) == (("BE-002",), "EN-003")
        # A filter hides a mark and takes none away.
        await ana.press("/")
        await ana.type("embedding")
        await ana.press("enter", "*")
        assert marked(ana) == ("EN-002", "DD-002", "MS-001")
        assert "4 marked (1 not shown) /embedd…" in ana.text
        # Of those shown none is left, and all again.
        await ana.press("!")
        assert marked(ana) == ()
        assert "1 marked (1 not shown) /embedd…" in ana.text
        await ana.press("!")
        assert len(marked(ana)) == 3
        await ana.press("escape")
        assert "marked" not in ana.text
        assert "/embedding" in ana.text
        await ana.press("escape")
        assert "/embedding" not in ana.text


@pytest.mark.parametrize(
    ("size", "hidden", "shown"),
    [
        ((200, 50), "3 marked (1 not shown) · 3 of 3 /embedding", "2 marked · 2 of 3 /embedding"),
        ((120, 36), "3 marked (1 not shown) /embedd…", "2 marked · 2 of 3 /embedding"),
        ((80, 24), "3 marked (1 not shown) /embedding", "2 marked · 2 of 3 /embedding"),
        ((40, 12), "1 hidden /emb…", "2 marked /emb…"),
    ],
    ids=lambda value: value if isinstance(value, str) else f"{value[0]}x{value[1]}",
)
async def test_the_filter_shows_beside_the_number_of_marks(
    sample: Path, size: tuple[int, int], hidden: str, shown: str
) -> None:
    async with seat(sample) as ana:
        await ana.press("g", "space", "/")
        await ana.type("embedding")
        await ana.press("enter", "g", "space", "space")
        await ana.pilot.resize_terminal(*size)
        await ana.settle()
        assert f" {hidden} " in ana.text, ana.text
        await ana.press("escape", "g", "space", "space", "k")
        assert f" {shown} " in ana.text, ana.text
        await ana.press("escape")
        assert "marked" not in ana.text
        assert "/emb" in ana.text


async def test_a_category_that_hides_marks_says_how_many(sample: Path) -> None:
    async with seat(sample) as ana:
        await ana.press("g", "space", "space", "1", "G", "2")
        assert " 2 marked (2 not shown) " in ana.text


async def test_a_status_of_all_is_one_step_back(sample: Path) -> None:
    async with seat(sample, (120, 36)) as ana:
        await mark_entangled(ana)
        await ana.press("m")
        assert "3 items: Mitigated (u to undo)" in ana.text
        assert {ana.item(key).status for key in ENTANGLED} == {Status.MITIGATED}
        assert marked(ana) == ENTANGLED
        # What I did myself is not a conflict, also where the filter hides it.
        await ana.press("1", "j", "2", "p")
        assert "3 of 3 marked items are not shown by the filter. Change which?" in ana.text
        assert "s  only BE-001, under the cursor" in ana.text
        await ana.press("a")
        assert {ana.item(key).status for key in ENTANGLED} == {Status.IN_PROGRESS}
        await ana.press("u", "u", "m", "a")
        assert {ana.item(key).status for key in ENTANGLED} == {Status.MITIGATED}
        await ana.press("u")
        assert {ana.item(key).status for key in ENTANGLED} == {Status.OPEN}
    assert [verb for _, verb in batches(sample)][:6] == [
        "undo",
        "set-status",
        "undo",
        "undo",
        "set-status",
        "set-status",
    ]


async def test_forms_write_to_all_and_leave_what_is_not_touched(sample: Path) -> None:
    with as_bo(sample) as bo:
        edit_items(bo, ("EN-002",), {"owner": "Search", "due_on": "2026-09-01", "effort": "L"})
    async with seat(sample, (120, 50)) as ana:
        await mark_entangled(ana)
        await ana.press("e")
        assert "3 items" in ana.text
        assert "several values; - clears them" in ana.text
        assert "Title" not in ana.text
        await ana.to("severity")
        await ana.fill("low")
        await ana.to("due_on")
        await ana.fill("-")
        await ana.press("ctrl+s")
        assert "Changed severity and due of 3 items" in ana.text
        await ana.press("w")
        await ana.type("MLP")
        await ana.press("enter", "s", "h", "c")
        await ana.type("All of one kind")
        await ana.press("ctrl+s")
    for key in ENTANGLED:
        item = ana.item(key)
        assert (item.owner, item.severity, item.due_on) == ("MLP", Severity.HIGH, None)
        assert item.effort == ("L" if key == "EN-002" else None)
        assert [comment.note for comment in item.comments] == ["All of one kind"]
    assert [verb for _, verb in batches(sample)][:4] == ["comment", "edit", "edit", "edit"]


async def test_accepting_linking_copying_and_removing_all(sample: Path) -> None:
    async with seat(sample, (120, 50)) as ana:
        await mark_entangled(ana)
        await ana.press("y")
        assert ana.app.clipboard == "EN-001 EN-002 EN-003"
        await ana.press("Y")
        assert [row for row in ana.app.clipboard.splitlines() if row.startswith("## ")] == [
            "## EN-001 Feature Entanglement (Flink windowing)",
            "## EN-002 Embedding Coupling (SemanticGNN)",
            "## EN-003",
        ]
        assert "Copied 3 items as Markdown to the clipboard" in ana.rows[-1]
        await ana.press("a")
        await ana.type("cheaper than a cure")
        await ana.press("ctrl+s")
        assert {ana.item(key).accepted_by for key in ENTANGLED} == {"ana"}
        await ana.press("l")
        await ana.type("EN-002")
        await ana.press("tab")
        await ana.type("worsens")
        await ana.press("ctrl+s")
        assert "EN-002 is one of the marked items" in ana.text
        await ana.to("target")
        await ana.fill("CD-002")
        await ana.press("ctrl+s")
        assert "Linked 3 items to CD-002" in ana.text
        assert {edge.key for edge in ana.item("CD-002").fed_by} >= set(ENTANGLED)
        await ana.press("D")
        assert "Remove 3 items (EN-001, EN-002 and EN-003)" in ana.text
        await ana.press("y")
        assert "Removed 3 items" in ana.text
        assert not set(ENTANGLED) & set(ana.stored_keys())
        assert "marked" not in ana.text
        await ana.press("u", "u", "u")
    assert {ana.item(key).status for key in ENTANGLED} == {Status.OPEN}


async def test_what_is_for_one_item_says_so(sample: Path) -> None:
    async with seat(sample, (120, 36)) as ana:
        await mark_entangled(ana)
        await ana.choose("DD-001")
        await ana.press("L")
        assert "L acts on one item: DD-001, not on the marked ones" in ana.text


async def test_a_conflict_is_shown_by_item_and_all_or_nothing_is_written(sample: Path) -> None:
    async with seat(sample, (100, 50)) as ana:
        await mark_entangled(ana)
        # Beyond the category nothing of them is on the screen: they are held against what was shown.
        await ana.press("1", "j", "2")
        with as_bo(sample) as bo:
            accept(bo, ("EN-001",), rationale="cheaper", by="bo", until=None)
            set_status(bo, ("EN-003",), Status.IN_PROGRESS)
        await look_up(ana)
        await ana.press("m", "a")
        assert "EN-001 and EN-003 changed while you were editing" in ana.text
        assert "EN-001 Status" in ana.text
        assert ana.item("EN-002").status is Status.OPEN
        await ana.press("escape")
        assert "Nothing was changed" in ana.text
        await ana.press("m", "a")
        # EN-001 stays as bo left it, EN-003 is mine.
        assert "EN-001 Status note" in ana.text
        while "not chosen yet" in ana.text:
            here = next(row for row in ana.rows if "not chosen yet" in row)
            await ana.press("t" if "EN-001" in here else "m")
        await ana.press("enter")
        found = [(ana.item(key).status, ana.item(key).status_note) for key in ENTANGLED]
        assert found == [(Status.ACCEPTED, "cheaper"), (Status.MITIGATED, None), (Status.MITIGATED, None)]
        await ana.press("u")
        assert [ana.item(key).status for key in ENTANGLED] == [Status.ACCEPTED, Status.OPEN, Status.IN_PROGRESS]


async def test_more_conflicts_than_anybody_answers_are_refused_until_the_items_are_marked_anew(
    sample: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "MOST_ASKED", 1)
    async with seat(sample, (120, 36), notifications=True) as ana:
        await mark_entangled(ana)
        await ana.press("1", "j", "2")
        with as_bo(sample) as bo:
            set_status(bo, ("EN-001", "EN-003"), Status.IN_PROGRESS)
        for _ in range(2):
            await ana.press("m", "a")
            assert "bo changed status of EN-001 and EN-003 while you were editing: nothing was written" in ana.sentences
            assert [ana.item(key).status for key in ENTANGLED] == [Status.IN_PROGRESS, Status.OPEN, Status.IN_PROGRESS]
        await ana.press("escape", "1", "g", "2")
        await mark_entangled(ana)
        await ana.press("m")
        assert {ana.item(key).status for key in ENTANGLED} == {Status.MITIGATED}


async def test_a_form_follows_others_and_asks_by_item(sample: Path) -> None:
    async with seat(sample, (100, 50)) as ana:
        await mark_entangled(ana)
        await ana.press("e")
        await ana.to("owner")
        await ana.type("MLP")
        with as_bo(sample) as bo:
            edit_items(bo, ("EN-002",), {"owner": "Search", "effort": "S"})
            remove_items(bo, ("EN-003",))
        await look_up(ana)
        assert "bo changed this of EN-002; saving will ask" in ana.text
        assert "bo removed EN-003" in ana.text
        await ana.press("ctrl+s")
        assert "EN-002 Owner" in ana.text
        await ana.press("t", "enter")
        assert "Changed owner of EN-001" in ana.text
    assert [ana.item(key).owner for key in ENTANGLED[:2]] == ["MLP", "Search"]


async def test_nothing_is_written_before_i_know_what_is_gone(sample: Path) -> None:
    async with seat(sample, (120, 36), notifications=True) as ana:
        await mark_entangled(ana)
        with as_bo(sample) as bo:
            remove_items(bo, ("EN-001",))
        await ana.press("m")
        assert "bo removed EN-001: nothing was written" in ana.sentences
        assert ana.item("EN-002").status is Status.OPEN
        await look_up(ana)
        assert "bo removed EN-001, so it is no longer marked" in ana.sentences
        assert marked(ana) == ENTANGLED[1:]
        with as_bo(sample) as bo:
            set_status(bo, ("EN-003",), Status.IN_PROGRESS)
        await ana.press("D", "y")
        assert "bo changed status of EN-003 since you looked at it" in ana.sentences
        assert "EN-002" in ana.stored_keys()


async def test_a_draft_of_many_is_taken_up_for_all(sample: Path) -> None:
    async with seat(sample, (100, 40)) as ana:
        await mark_entangled(ana)
        await ana.press("w")
        await ana.type("MLP")
        ana.app.leave(15)
        await ana.pilot.pause()
    with as_bo(sample) as bo:
        edit_items(bo, ("EN-002",), {"owner": "Search"})
    async with seat(sample, (100, 40)) as ana:
        assert "You were setting the owner of EN-001, EN-002 and EN-003 when" in ana.sentences
        await ana.press("t", "ctrl+s")
        assert "EN-002 Owner" in ana.text
        await ana.press("m", "enter")
    assert {ana.item(key).owner for key in ENTANGLED} == {"MLP"}


async def test_marks_in_a_small_terminal_and_in_ascii(sample: Path) -> None:
    async with seat(sample, (40, 12), settings=Settings(ascii=True)) as ana:
        await ana.press("space", "space", "3")
        assert ana.rows[-1].startswith(" 2 marked  m mitigated")
        await ana.press("space")
        assert "# EN-001" in ana.text
        assert "EN-001 is marked" in ana.text
        await ana.press("2")
        assert [row[2:9] for row in ana.rows if row[2:3] == "#"] == ["#BE-001", "#BE-002", "#EN-001"]


async def test_marks_in_the_list_of_what_to_fix_first(sample: Path) -> None:
    async with seat(sample, (120, 36)) as ana:
        await ana.press("F", "j", "k")
        first = ana.chosen
        assert first is not None
        await ana.press("space")
        assert f"◆{first} " in ana.text
        assert ana.chosen != first
        await ana.press("m")
    assert ana.item(first).status is Status.MITIGATED
