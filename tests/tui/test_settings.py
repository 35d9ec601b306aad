"""The settings file: what it can say, and that a wrong one is a sentence."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.program import ROOT
from tui.settings import THEMES, Settings, SettingsError, load

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
    assert (settings.theme, settings.ascii) == ("nord", True)
    assert keys["item.edit"] == ("f2", "e")
    assert keys["register.export"] == ("X",)


def test_the_documents_example_is_read_and_its_themes_are_those_there_are(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    file = tmp_path / "config.toml"
    file.write_text(page.split("```toml\n")[1].split("```")[0], encoding="utf-8")
    settings = load(file)
    keys = {command.id: command.keys for command in settings.commands}
    assert (settings.theme, settings.ascii) == ("register-light", True)
    assert (keys["item.edit"], keys["register.export"]) == (("f2",), ("x", "ctrl+e"))
    named = set(re.findall(r"`([a-z-]+)`", page.split("## Themes")[1].split("`NO_COLOR`")[0]))
    assert named == set(THEMES)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("theme = ", "cannot be read"),
        ('theme = "neon"', "there is no theme 'neon'"),
        ("ascii = 1", "ascii is true or false"),
        ("colour = 1", "there is no setting 'colour'"),
        ('keys = "e"', "[keys] is a table"),
        ('[keys]\n"item.edit" = 3', "item.edit wants a key"),
        ('[keys]\n"item.edit" = []', "item.edit wants a key"),
        ('[keys]\n"item.edit" = "n"', "n would be both item.new and item.edit"),
        ('[keys]\n"no.such" = "n"', "there is no command 'no.such'"),
    ],
)
def test_a_wrong_file_is_one_sentence_that_names_it(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "config.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError) as refused:
        load(file)
    assert said in str(refused.value)
    assert str(file) in str(refused.value)
    assert "\n" not in str(refused.value).strip()


def test_a_file_that_is_not_text_is_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError, match="cannot be read"):
        load(file)
