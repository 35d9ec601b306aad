"""The settings file: what it can say, and that a wrong one is a sentence."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.program import ROOT
from tui.commands import COMMANDS, clashes
from tui.settings import THEMES, Settings, load

if TYPE_CHECKING:
    from pathlib import Path


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    assert load(tmp_path / "config.toml") == Settings()


def test_theme_glyphs_and_keys(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(
        'theme = "nord"\nascii = true\n[keys]\n"item.edit" = ["f2", "e"]\n"register.export" = "X"\n', encoding="utf-8"
    )
    settings = load(file)
    keys = {command.id: command.keys for command in settings.commands}
    assert (settings.theme, settings.ascii, settings.problems) == ("nord", True, ())
    assert keys["item.edit"] == ("F2", "e")
    assert keys["register.export"] == ("X",)


def test_the_documents_example_is_read_and_its_themes_are_those_there_are(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    file = tmp_path / "config.toml"
    file.write_text(page.split("```toml\n")[1].split("```")[0], encoding="utf-8")
    settings = load(file)
    keys = {command.id: command.keys for command in settings.commands}
    assert (settings.theme, settings.ascii, settings.screen_reader) == ("register-light", True, True)
    assert (keys["item.edit"], keys["register.export"]) == (("F2",), ("x", "ctrl+e"))
    named = set(re.findall(r"`([a-z-]+)`", page.split("## Themes")[1].split("\n## ")[0]))
    assert named == set(THEMES)


KEPT = (
    ('theme = "neon"', 1, "unknown theme 'neon' (use auto or one of register-dark,"),
    ("ascii = 1", 1, "ascii must be true or false"),
    ('screen_reader = "yes"', 1, "screen_reader must be true or false"),
    ("colour = 1", 1, "unknown setting 'colour' (use theme, ascii, screen_reader and [keys])"),
    ('keys = "e"', 1, "[keys] must be a table of command ids"),
    ('[keys]\n"item.edit" = 3', 2, "item.edit: write a key such as"),
    ('[keys]\n"item.edit" = []', 2, "item.edit: write a key such as"),
    ('[keys]\nitem.edit = "f2"', 2, 'item: put the whole id in quotation marks, as in "item.edit" = "e"'),
    ('[keys]\n\n"item.edit" = "foo"', 3, "item.edit: unknown key 'foo' (write it like x, X, /, ctrl+r"),
    ('[keys]\n"item.edit" = "n"', 2, "item.edit: n is the key of item.new already; e is kept"),
    ('[keys]\n"item.edit" = "ctrl+i"', 2, "item.edit: a terminal cannot tell ctrl+i from Tab"),
    ('[keys]\n"form.save" = "s"', 2, "form.save: s types or edits text there"),
    ('[keys]\n"item.edit" = "f2"\n"item.new" = "F2"', 3, "item.new: F2 is the key of item.edit already; n is kept"),
    ('[keys]\n"no.such" = "n"', 2, "no.such: unknown command 'no.such' (`ai-debt keys` lists them)"),
)


@pytest.mark.parametrize(("text", "number", "said"), KEPT)
def test_an_entry_that_cannot_be_used_is_named_with_its_line_and_the_others_hold(
    tmp_path: Path, text: str, number: int, said: str
) -> None:
    file = tmp_path / "config.toml"
    file.write_text(text, encoding="utf-8")
    settings = load(file)
    (problem,) = settings.problems
    assert problem.told(file).startswith(f"{file}, line {number}: ")
    assert said in problem.what
    assert clashes(settings.commands) == ()
    assert (settings.theme, settings.ascii, settings.screen_reader) == (THEMES[0], None, False)
    if "f2" not in text:
        assert settings.commands == COMMANDS


def test_what_can_be_used_is_used_beside_what_cannot(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('theme = "nord"\nascii = 3\n[keys]\n"item.edit" = "F2"\n"item.new" = "zz"\n', encoding="utf-8")
    settings = load(file)
    keys = {command.id: command.keys for command in settings.commands}
    assert (settings.theme, settings.ascii, keys["item.edit"], keys["item.new"]) == ("nord", None, ("F2",), ("n",))
    assert [problem.line for problem in settings.problems] == [2, 5]


def test_two_commands_can_swap_their_keys(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('[keys]\n"pane.zoom" = "v"\n"view.list" = "z"\n', encoding="utf-8")
    settings = load(file)
    keys = {command.id: command.keys for command in settings.commands}
    assert (settings.problems, keys["pane.zoom"], keys["view.list"]) == ((), ("v",), ("z",))


@pytest.mark.parametrize("content", [b"theme = ", b"\xff\xfe"])
def test_a_file_that_cannot_be_read_is_one_sentence(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "config.toml"
    file.write_bytes(content)
    settings = load(file)
    (problem,) = settings.problems
    assert problem.told(file).startswith(f"{file}: cannot be read: ")
    assert problem.what.endswith("; the defaults are used")
    assert settings.commands == COMMANDS
