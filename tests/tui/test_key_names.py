"""Messages name only keys that are bound now, and what is wrong with the bindings is seen."""

from __future__ import annotations

import ast
import re
from itertools import count
from typing import TYPE_CHECKING

import pytest
from textual.events import Key

from store.commands.settings import create
from store.db.database import Database
from tests.program import ROOT
from tests.tui.screen import ACTOR, NOON, seat
from tui.commands import BY_ID, COMMANDS, CONTEXTS, of_context
from tui.key_overrides import clashes, rebound
from tui.keys import textual_key
from tui.settings import Settings, load
from tui.terminal_input import LayoutKey

if TYPE_CHECKING:
    from pathlib import Path

    from tests.tui.screen import Seat
    from tui.commands import Command

NAMED = re.compile(r"\b(?:Esc|Enter|Tab|Backspace|PgDn|PgUp|Down|Up|F[0-9]+|ctrl\+\w|shift\+\w+)(?![.\w])")
"""Keys by names that are not words of a sentence."""
LETTER = re.compile(r"(?:^|[\s;,(])(?:[b-zA-HJ-RT-Z/*?]|or a) (?:\w+s|too|and)\b")
"""One character that does something, as in `n adds one`."""
PARTS = ("panes", "screens", "widgets")


def strings(path: Path) -> list[str]:
    """What is in quotation marks in a module and is not a docstring."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told
    ]


@pytest.mark.parametrize("part", PARTS)
def test_no_text_of_a_screen_has_a_key_written_into_it(part: str) -> None:
    found = {
        (path.name, text)
        for path in sorted((ROOT / "tui" / part).rglob("*.py"))
        for text in strings(path)
        if NAMED.search(text) or LETTER.search(text)
    }
    assert found == set()


@pytest.mark.parametrize(
    "text", ["No matches; Esc clears the filter", "n adds one", "No items; n adds one", "(F1 explains)"]
)
def test_a_key_that_is_written_into_a_text_is_found(text: str) -> None:
    assert NAMED.search(text) or LETTER.search(text)


def test_no_help_of_the_table_names_a_key() -> None:
    assert [each.id for each in COMMANDS if NAMED.search(each.help) or LETTER.search(each.help)] == []


def elsewhere() -> tuple[Command, ...]:
    """The table with every command on one key that no command has by default."""
    characters = (chr(code) for code in count(0x430))  # Cyrillic
    # There are too few of these for all commands, but those of one context must differ.
    functions = [f"{more}F{number}" for more in ("", "ctrl+", "shift+", "ctrl+shift+") for number in range(3, 13)]
    keys: dict[str, list[str]] = {}
    for context in CONTEXTS:
        typing = iter(functions)
        for command in of_context(context):
            typed = context not in ("form", "filter", "question")
            keys[command.id] = [next(characters) if typed else next(typing)]
    table = rebound(keys)
    assert clashes(table) == ()
    return table


TABLE = elsewhere()
KEY = {command.id: textual_key(command.keys[0]) for command in TABLE}
DEFAULTS = {key for command in COMMANDS for key in command.keys if len(key) > 1}


def named_wrongly(text: str) -> list[str]:
    """The default keys that the screen names, though none of them is bound."""
    return [word for word in NAMED.findall(text) if word in DEFAULTS] + LETTER.findall(text)


VISITS: tuple[tuple[str, ...], ...] = (
    (),
    ("items.mark",),
    ("items.filter",),
    ("items.filter-help",),
    ("view.list",),
    ("view.list", "view.edit"),
    ("view.list", "view.new"),
    ("view.save",),
    ("item.accept",),
    ("item.edit",),
    ("item.edit", "form.next", "form.next"),
    ("item.new",),
    ("item.remove",),
    ("item.set-severity",),
    ("item.set-due",),
    ("item.link",),
    ("item.relabel",),
    ("item.history",),
    ("item.set-status-mitigated",),
    ("register.page",),
    ("register.page", "register.rule-new"),
    ("register.categories",),
    ("register.as-of",),
    ("register.trend",),
    ("register.import",),
    ("register.export",),
    ("review.open",),
    ("review.since",),
    ("pane.owners",),
    ("pane.fix-first",),
    ("pane.map",),
    ("pane.map", "map.what-if"),
    ("pane.map", "map.mode", "map.mode"),
    ("pane.categories",),
    ("pane.dashboard",),
    ("pane.zoom",),
    ("app.help",),
)


async def act(person: Seat, *commands: str) -> None:
    """Press the keys of some commands with the current bindings."""
    for command in commands:
        await person.press(KEY[command])


@pytest.mark.parametrize("visit", VISITS, ids=lambda visit: " ".join(visit) or "dashboard")
async def test_with_other_keys_no_screen_names_a_default_key(sample: Path, visit: tuple[str, ...]) -> None:
    async with seat(sample, (110, 44), settings=Settings(commands=TABLE), notifications=True) as ana:
        await act(ana, "pane.items", "list.first")
        for command in visit:
            before = ana.text
            await act(ana, command)
            assert ana.text != before, command
        assert named_wrongly(ana.text) == []
        if visit and visit[0] != "app.help":
            assert not any(f" {key} " in ana.rows[-1] for key in ("Esc", "ctrl+s", "q"))


async def test_with_other_keys_an_empty_register_names_them(tmp_path: Path) -> None:
    path = tmp_path / "register.db"
    with Database.create(path, clock=lambda: NOON, actor=ACTOR) as database:
        create(database, title="New", system=None)
    async with seat(path, (110, 44), settings=Settings(commands=TABLE)) as ana:
        assert f"{KEY['item.new']} adds one" in ana.text
        assert f"{KEY['item.link']} links" in ana.text
        await act(ana, "items.filter")
        await ana.type("zebra")
        assert f"No matches; {BY_LABEL['filter.leave']} clears" in ana.text
        assert named_wrongly(ana.text) == []


BY_LABEL = {command.id: command.keys[0] for command in TABLE}


async def test_a_question_names_and_takes_the_keys_that_are_bound(sample: Path) -> None:
    keys = {"question.back": ["F9"], "question.first": ["F8"], "suggestions.next": ["F7"]}
    async with seat(sample, settings=Settings(commands=rebound(keys))) as ana:
        await ana.choose("EN-001")
        await ana.press("D")
        assert "y remove   F9 back" in ana.text
        await ana.press("escape", "enter")
        assert "y remove   F9 back" in ana.text
        await ana.press("f9")
        assert "F9 back" not in ana.text
        await ana.press("t")
        await ana.type("yesterday")
        await ana.press("ctrl+s")
        assert "fix the date (F8)" in ana.text
        await ana.press("f8")
        assert ana.item("EN-001").due_on is None
        await ana.press("ctrl+s", "s", "e")
        await ana.to("status")
        assert "known: F7 chooses" in ana.text
        await ana.fill("")
        await ana.press("down", "f7", "enter", "ctrl+s")
        assert ana.item("EN-001").status.value == "Open"


async def test_what_is_wrong_with_the_settings_is_shown_in_the_dashboard(sample: Path, tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('[keys]\n"item.edit" = "foo"\n"item.new" = "F2"\n"no.such" = "x"\n', encoding="utf-8")
    async with seat(sample, (110, 40), settings=load(file), notifications=True) as ana:
        (said,) = [note.message for note in ana.app._notifications]
        assert said.startswith("config.toml, line 2: item.edit: unknown key 'foo' (write it like x, X")
        assert said.endswith("; e is kept (1 more: `ai-debt keys` lists them)")
        assert len(ana.app.screen.query("Toast")) == 1
        await ana.press("f2")
        assert "New item" in ana.text
    assert BY_ID["item.edit"].keys == ("e",)


@pytest.mark.parametrize(("typed", "latin"), [("й", "q"), ("Ж", ":"), ("є", "'"), ("ς", "w"), ("Σ", "S")])
async def test_a_letter_of_another_layout_gets_a_hint_once(sample: Path, typed: str, latin: str) -> None:
    async with seat(sample) as ana:
        await ana.press(typed)
        assert f"{typed} is {latin} on a Latin layout; switch the keyboard layout" in ana.rows[-1]
        await ana.press("к")
        assert "к is" not in ana.rows[-1]


async def test_the_key_of_a_letter_acts_where_the_terminal_says_which_it_is(sample: Path) -> None:
    settings = Settings(commands=rebound({"pane.zoom": ("ю",)}))
    async with seat(sample, settings=settings) as ana:
        await ana.choose("EN-001")
        for letter, latin in (("ь", "m"), ("ц", "w")):
            ana.app._driver.process_message(LayoutKey(letter, letter, Key(latin, latin)))
            await ana.settle()
        assert ana.item("EN-001").status == "Mitigated"
        await ana.fill("")
        ana.app._driver.process_message(LayoutKey("ф", "ф", Key("a", "a")))
        await ana.settle()
        assert ana.field == "ф"
        await ana.press("escape", "y")
        ana.app._driver.process_message(LayoutKey("ю", "ю", Key("full_stop", ".")))
        await ana.settle()
        assert "2 Items ─3 Item" in ana.text
