"""What was typed when the program ended: every form keeps it, and nothing of it is forced on anybody."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from store.commands.export import export_text
from store.commands.items import edit_items, remove_items
from store.commands.settings import set_register
from store.db.database import Database
from store.formats.document.model import CadenceEntry
from store.queries import items as item_queries
from store.queries.history import changes
from tests.tui.screen import NOON, Seat, mode, seat
from tui.editing.drafts import Draft, Purpose, claim, register_of, save

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from store.queries.items import ItemDetail

TYPED = "typed before the end"


def stored(path: Path) -> str:
    """Everything a register holds, as its document says it, and its comments."""
    with Database.open(path) as database:
        document = export_text(database)
        with database.read() as session:
            return document + repr(changes(session, limit=5))


def item_of(path: Path, key: str) -> ItemDetail:
    """An item as stored."""
    with Database.open(path, clock=lambda: NOON) as database, database.read() as session:
        return item_queries.item(session, key)


FORMS: dict[str, tuple[tuple[str, ...], str, str]] = {
    "edit": (("e",), "title", "editing EN-001"),
    "comment": (("c",), "comment", "commenting on EN-001"),
    "mitigated": (("M",), "status_note", "noting how EN-001 was mitigated"),
    "accept": (("a",), "status_note", "accepting EN-001"),
    "owner": (("w",), "owner", "setting the owner of EN-001"),
    "new": (("n",), "title", "adding an item"),
    "relabel": (("L",), "label", "changing the label of EN-001's dependency"),
    "category": (("C", "e"), "definition", "editing the category"),
    "new category": (("C", "n"), "definition", "adding a category"),
    "facts": (("i", "e"), "purpose", "editing the register page"),
    "cadence": (("i", "enter"), "text", "editing an entry of the review cadence"),
    "new cadence": (("i", "n"), "text", "adding an entry to the review cadence"),
}
"""The keys to each form from EN-001 on, a field of it, and what the question calls it."""


async def end(person: Seat) -> None:
    """End as a signal does, but for leaving."""
    person.app.keep_drafts("the program was ended")


@pytest.mark.parametrize("form", FORMS)
async def test_every_form_is_taken_up_where_it_was_left(form: str, sample: Path, state: Path) -> None:
    keys, field, doing = FORMS[form]
    async with seat(sample, (120, 46)) as ana:
        await ana.choose("EN-001")
        await ana.press(*keys)
        if "Which label?" in ana.text:
            await ana.press("1")
        await ana.to(field)
        await ana.fill(TYPED)
        await end(ana)
    async with seat(sample, (120, 46)) as ana:
        assert f"You were {doing}" in ana.sentences
        assert "when the program was ended (12:00 UTC)" in ana.sentences
        await ana.press("t")
        await ana.to(field)
        assert ana.field == TYPED
        if form == "new category":
            await ana.to("code")
            await ana.fill("XX")
            await ana.to("name")
            await ana.fill("Extra")
        if form == "new":
            await ana.to("description")
            await ana.fill("what it is")
        if form == "new cadence":
            await ana.to("label")
            await ana.fill("Now and then")
        assert TYPED not in stored(sample)
        await ana.press("ctrl+s")
        assert TYPED in stored(sample), ana.text
    assert list((state / "drafts").iterdir()) == []


async def leave_open(sample: Path, keys: str, **fields: str) -> None:
    """Type into a form of EN-001 and let the program end."""
    async with seat(sample) as ana:
        await ana.choose("EN-001")
        await ana.press(keys)
        for name, text in fields.items():
            await ana.to(name)
            await ana.fill(text)
        await end(ana)


async def test_what_others_changed_meanwhile_is_asked_about_never_overwritten(sample: Path) -> None:
    await leave_open(sample, "e", title="mine", owner="mia")
    owner = item_of(sample, "EN-001").owner
    with Database.open(sample, clock=lambda: NOON, actor="bo") as bo:
        edit_items(bo, ("EN-001",), {"title": "theirs", "effort": None, "description": "of bo"})
    async with seat(sample, (120, 46)) as ana:
        await ana.press("t")
        assert 'bo changed this to "theirs"' in ana.sentences
        assert "of bo" in ana.text
        await ana.press("ctrl+s")
        item = ana.item("EN-001")
        assert (item.title, item.owner) == ("theirs", owner)
        await ana.press("m", "ctrl+s")
        item = ana.item("EN-001")
        assert (item.title, item.owner, item.description) == ("mine", "mia", "of bo")


async def test_what_is_gone_is_said_and_the_text_stays(sample: Path, state: Path) -> None:
    await leave_open(sample, "w", owner="mia")
    (file,) = (state / "drafts").iterdir()
    with Database.open(sample, clock=lambda: NOON, actor="bo") as bo:
        remove_items(bo, ("EN-001",))
    async with seat(sample, (120, 46), notifications=True) as ana:
        await ana.press("t")
        assert ana.toasts == [f"bo removed EN-001; what you typed is kept in {file}"]
        assert len(ana.app.screen_stack) == 1
    assert "mia" in file.read_text(encoding="utf-8")


async def test_later_keeps_it_and_dropping_it_takes_a_second_key(sample: Path, state: Path) -> None:
    await leave_open(sample, "w", owner="mia")
    async with seat(sample) as ana:
        await ana.press("escape")
        assert len(ana.app.screen_stack) == 1
    async with seat(sample) as ana:
        await ana.press("d", "escape")
        assert "You were setting the owner of EN-001" in ana.sentences
        await ana.press("d", "y")
        assert len(ana.app.screen_stack) == 1
        assert list((state / "drafts").iterdir()) == []


async def test_leaving_a_form_that_was_taken_up_forgets_it(sample: Path, state: Path) -> None:
    await leave_open(sample, "w", owner="mia")
    async with seat(sample) as ana:
        await ana.press("t", "escape", "y")
        assert list((state / "drafts").iterdir()) == []
        assert ana.item("EN-001").owner != "mia"


async def test_a_form_that_ends_twice_is_one_draft(sample: Path, state: Path) -> None:
    await leave_open(sample, "w", owner="mia")
    async with seat(sample) as ana:
        await ana.press("t")
        await ana.fill("mia again")
        await end(ana)
    async with seat(sample) as ana:
        await ana.press("t")
        assert ana.field == "mia again"
    assert len(list((state / "drafts").iterdir())) == 1


async def fail_in_a_form(sample: Path) -> None:
    """Type into a form and meet a failure of the program."""
    async with seat(sample) as ana:
        await ana.choose("EN-001")
        await ana.press("w")
        await ana.fill("mia")

        def fail() -> None:
            raise RuntimeError("planted")

        ana.app.screen.action_next = fail  # type: ignore[attr-defined]
        ana.send("tab")
        await ana.app._exception_event.wait()


async def test_a_failure_keeps_what_was_typed(sample: Path, state: Path) -> None:
    with pytest.raises(RuntimeError, match="planted"):
        await fail_in_a_form(sample)
    async with seat(sample) as ana:
        assert "You were setting the owner of EN-001 when the program failed" in ana.sentences
    assert len(list((state / "crashes").iterdir())) == 1


async def test_several_are_offered_the_newest_first_and_each_by_one_start_alone(sample: Path) -> None:
    place = register_of(sample)
    for minute, key in enumerate(("EN-001", "EN-003")):
        purpose, ended = Purpose("item.set-owner", key), NOON.replace(minute=minute)
        save(place, Draft(purpose, texts={"owner": f"mia{minute}"}, base={"owner": ""}, seen={}, ended=ended))
    async with seat(sample) as ana:
        assert "owner of EN-003" in ana.sentences
        assert claim(place) == ([], [])
        await ana.press("t")
        assert ana.field == "mia1"
        await ana.press("ctrl+s")
        assert "owner of EN-001" in ana.sentences
        await ana.press("escape")
    assert [each.draft.purpose.name for each in claim(place)[0]] == ["EN-001"]


BAD: dict[str, tuple[Callable[[Path], object], str]] = {
    "wide": (lambda file: file.chmod(0o644), "can be read by others"),
    "a link": (lambda file: (file.rename(file.with_suffix(".x")), file.symlink_to(file.with_suffix(".x"))), "cannot"),
    "no JSON": (lambda file: file.write_text("{"), "is not a draft of this program"),
    "another shape": (lambda file: file.write_text('{"format": 1, "register": []}'), "is not a draft of this program"),
    "a later format": (lambda file: file.write_text(file.read_text().replace('"format": 1', '"format": 2')), "is no"),
    "a pipe": (lambda file: (file.unlink(), os.mkfifo(file, 0o600)), "is not a regular file"),
}


@pytest.mark.parametrize("bad", BAD)
async def test_what_is_no_private_draft_is_named_and_never_in_the_way(bad: str, sample: Path) -> None:
    spoil, why = BAD[bad]
    ended = Draft(Purpose("item.edit", "EN-001"), texts={"title": "x"}, base={}, seen={}, ended=NOON)
    spoil(save(register_of(sample), ended))
    async with seat(sample, (200, 46), notifications=True) as ana:
        assert [why in toast for toast in ana.toasts] == [True]
        assert len(ana.app.screen_stack) == 1


async def test_a_folder_that_others_can_enter_is_closed_first(sample: Path, state: Path) -> None:
    (state / "drafts").mkdir(parents=True, mode=0o755)
    await leave_open(sample, "w", owner="mia")
    assert [mode(state), mode(state / "drafts")] == [0o700, 0o700]
    assert [mode(file) for file in (state / "drafts").iterdir()] == [0o600]


async def test_an_untouched_form_leaves_nothing(sample: Path, state: Path) -> None:
    await leave_open(sample, "w")
    assert list((state / "drafts").iterdir()) == []


async def test_cadence_entries_are_found_again_wherever_they_stand(sample: Path) -> None:
    async with seat(sample) as ana:
        await ana.press("i", "enter")
        await ana.to("text")
        await ana.fill("mine")
        await end(ana)
        cadence = ana.facts().cadence
    with Database.open(sample, clock=lambda: NOON, actor="bo") as bo:
        set_register(bo, {"cadence": (CadenceEntry("First", "of bo"), *cadence)})
    async with seat(sample) as ana:
        await ana.press("t", "ctrl+s")
        assert ana.facts().cadence[:2] == (CadenceEntry("First", "of bo"), CadenceEntry(cadence[0].label, "mine"))


@pytest.mark.usefixtures("state")
async def test_ctrl_c_asks_where_something_is_typed_and_keeps_it(sample: Path) -> None:
    async with seat(sample, (120, 46)) as ana:
        await ana.choose("EN-001")
        await ana.press("w")
        await ana.fill(TYPED)
        await ana.press("ctrl+c")
        assert "Quit? What you typed is kept for the next time." in ana.text
        await ana.press("escape")
        assert ana.field == TYPED
        await ana.press("ctrl+c", "y")
        assert ana.app.return_code == 0
    async with seat(sample, (120, 46)) as ana:
        assert f"You were {FORMS['owner'][2]} when you quit" in ana.sentences
        await ana.press("t")
        assert ana.field == TYPED
        await ana.press("ctrl+c", "ctrl+c")
        assert ana.app.return_code == 0


async def test_ctrl_c_asks_before_a_filter_that_is_typed_is_lost(sample: Path) -> None:
    async with seat(sample) as ana:
        await ana.press("/")
        await ana.type("drift")
        await ana.press("ctrl+c")
        assert "Quit? What you typed will be lost." in ana.text
        await ana.press("n")
        assert ana.field == "drift"
        await ana.press("ctrl+q", "y")
        assert ana.app.return_code == 0


@pytest.mark.parametrize("keys", [(), ("w",), ("/",), ("?",), ("ctrl+p",), ("D",), ("r",)], ids="-".join)
async def test_ctrl_c_quits_at_once_where_nothing_is_typed(sample: Path, keys: tuple[str, ...]) -> None:
    async with seat(sample) as ana:
        await ana.choose("EN-001")
        await ana.press("m", *keys, "ctrl+c")
        assert ana.app.return_code == 0
        assert "to quit" not in ana.sentences
    assert item_of(sample, "EN-001").status == "Mitigated"
