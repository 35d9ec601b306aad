"""The settings file: what it can say, and that a wrong one is a sentence."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from itertools import combinations
from typing import TYPE_CHECKING

import pytest

from store.errors import RegisterError
from tests.program import ROOT
from tui.commands import COMMANDS
from tui.key_overrides import clashes
from tui.render.item_columns import COLUMNS
from tui.settings import THEMES, UNSAVED, Settings, load, save_columns

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
    assert settings.columns == ("owner", "due", "score")
    assert (keys["item.edit"], keys["register.export"]) == (("F2",), ("x", "ctrl+e"))
    named = set(re.findall(r"`([a-z-]+)`", page.split("## Themes")[1].split("\n## ")[0]))
    assert named == set(THEMES)


KEPT = (
    ('theme = "neon"', 1, "unknown theme 'neon' (use auto or one of register-dark,"),
    ("ascii = 1", 1, "ascii must be true or false"),
    ('screen_reader = "yes"', 1, "screen_reader must be true or false"),
    ("color = 1", 1, "unknown setting 'color' (use theme, ascii, screen_reader, columns and [keys])"),
    ('columns = "owner"', 1, 'columns must be a list, such as ["owner", "due"] (use owner, due, score, age)'),
    ('\ncolumns = ["owner", "due", "cost"]', 2, "unknown column 'cost' (use owner, due, score, age)"),
    ('columns = ["owner", 3, "due"]', 1, "unknown column 3 (use owner, due, score, age)"),
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
    assert settings.columns == ("owner", "due")
    if "f2" not in text:
        assert settings.commands == COMMANDS


def test_columns_in_the_order_written_each_once_or_none(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('columns = ["age", "owner", "age"]\n', encoding="utf-8")
    assert (load(file).columns, load(file).problems) == (("age", "owner"), ())
    file.write_text("columns = []\n", encoding="utf-8")
    assert (load(file).columns, load(file).problems) == ((), ())


WRITTEN = (
    ("", 'columns = ["age"]\n'),
    ("# mine\n", '# mine\ncolumns = ["age"]\n'),
    (
        '# mine\r\ncolumns = [\r\n  "due",\r\n] # why\r\n\r\n[keys] # ours\r\n"item.edit" = "f2"\r\n',
        '# mine\r\ncolumns = ["age"] # why\r\n\r\n[keys] # ours\r\n"item.edit" = "f2"\r\n',
    ),
    ('theme = "nord"\n\n[keys]\n"a" = "b"\n', 'theme = "nord"\ncolumns = ["age"]\n\n[keys]\n"a" = "b"\n'),
)


@pytest.mark.parametrize(("before", "after"), WRITTEN)
def test_saving_columns_changes_nothing_else(tmp_path: Path, before: str, after: str) -> None:
    file = tmp_path / "config.toml"
    file.write_bytes(before.encode())
    file.chmod(0o640)
    save_columns(file, ("age",))
    assert file.read_bytes().decode() == after
    assert file.stat().st_mode & 0o777 == 0o640
    assert load(file).columns == ("age",)
    assert [path.name for path in tmp_path.iterdir()] == ["config.toml"]


def test_saving_columns_makes_the_file_and_its_folder(tmp_path: Path) -> None:
    file = tmp_path / "a" / "b" / "config.toml"
    save_columns(file, ("score", "age"))
    assert load(file).columns == ("score", "age")
    assert file.stat().st_mode & 0o777 == 0o600


def test_saving_columns_follows_a_link(tmp_path: Path) -> None:
    file, kept = tmp_path / "config.toml", tmp_path / "dotfiles.toml"
    kept.write_text("ascii = true\n", encoding="utf-8")
    file.symlink_to(kept)
    save_columns(file, ("age",))
    assert file.is_symlink()
    assert kept.read_text(encoding="utf-8") == 'ascii = true\ncolumns = ["age"]\n'


@pytest.mark.parametrize("content", [b"theme = ", b"\xff\xfe"])
def test_columns_are_not_saved_into_a_file_that_cannot_be_read(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "config.toml"
    file.write_bytes(content)
    with pytest.raises(RegisterError, match=rf"config.toml cannot be read .*: {UNSAVED}"):
        save_columns(file, ("age",))
    assert file.read_bytes() == content


def test_columns_are_not_saved_where_no_folder_can_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(RegisterError, match=rf"cannot be written .*: {UNSAVED}"):
        save_columns(tmp_path / "file" / "config.toml", ("age",))


def test_many_who_save_at_once_leave_a_whole_file(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('# mine\ntheme = "nord"\n[keys]\n"item.edit" = "f2"\n', encoding="utf-8")
    chosen = [tuple(names) for size in range(5) for names in combinations(COLUMNS, size)]
    with ThreadPoolExecutor(8) as threads:
        for saved in [threads.submit(save_columns, file, names) for names in chosen * 4]:
            saved.result()
    text = file.read_text(encoding="utf-8")
    assert load(file).columns in chosen
    assert text.startswith('# mine\ntheme = "nord"\ncolumns = [')
    assert text.endswith(']\n\n[keys]\n"item.edit" = "f2"\n')


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
