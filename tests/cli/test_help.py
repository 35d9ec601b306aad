"""Help, usage errors and what the quick commands load."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from typer.main import get_command

from store.fields import FIELDS
from tests.program import ROOT, environment
from tui.cli.application import COMMANDS as MODULES
from tui.cli.application import app_of, command_for
from tui.cli.options import option_name
from tui.commands import COMMANDS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.door import Door

HEAVY = ("textual", "sqlmodel", "sqlalchemy", "alembic", "networkx", "markdown_it")


def command_lines() -> list[list[str]]:
    """Every command and subcommand."""
    found: list[list[str]] = [[]]
    for name, command in get_command(app_of()).commands.items():  # type: ignore[attr-defined]
        found.append([name])
        found += [[name, sub] for sub in getattr(command, "commands", {})]
    return found


@pytest.mark.parametrize("words", command_lines(), ids=" ".join)
def test_every_command_has_help_with_its_options_explained(bare: Door, words: list[str]) -> None:
    said = bare.done(*words, "--help")
    assert said.lines[0].startswith(" ".join(["Usage: ai-debt", *words]))
    assert "[required]" not in said.lines[0]
    assert all(len(line) <= 100 for line in said.lines)
    _, found, examples = said.out.partition("  Examples:\n")
    assert found
    assert " ".join(["ai-debt", *words]) in examples


@pytest.mark.parametrize(
    "group", [(), ("category",), ("review",), ("followups",), ("rule",), ("view",), ("register",), ("signals",)]
)
def test_a_list_of_commands_cuts_no_summary(bare: Door, group: tuple[str, ...]) -> None:
    listed = bare.done(*group, "--help").out.partition("Commands:\n")[2].partition("\n\n")[0].splitlines()
    assert listed
    assert [each for each in listed if each.endswith("...")] == []


def test_one_command_is_found_without_the_others() -> None:
    alone = {
        name: set(command_for([*before, name, "--json"]).commands)  # type: ignore[union-attr]
        for before in ([], ["--db", "list"], ["--db=x", "--allow-network-fs"])
        for (name, *_) in command_lines()[1:]
    }
    assert alone == {name: {each for each in MODULES if MODULES[each] == MODULES[name]} for name in MODULES}


@pytest.mark.parametrize(
    "arguments", [["--help"], ["list", "--help"], ["keys"], ["keys", "--json"], ["--version"]], ids=" ".join
)
def test_help_and_keys_load_neither_screen_nor_database(tmp_path: Path, arguments: list[str]) -> None:
    look = (
        "import sys\nfrom tui.cli.main import main\n"
        "try:\n    main()\nfinally:\n"
        f"    print('loaded:', [name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", look, *arguments],
        cwd=tmp_path,
        env=environment(tmp_path, PYTHONPATH=str(ROOT)),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    assert "loaded: []" in done.stderr


def test_every_field_of_an_item_can_be_set_and_added(bare: Door) -> None:
    for command in ("set", "add"):
        shown = bare.done(command, "--help").out
        for name in FIELDS:
            assert f"  {option_name(name)} " in shown, f"{command} has no option for {name}"


def test_keys_are_those_of_the_command_table(bare: Door) -> None:
    entries = bare.done("keys", "--json").json["keys"]
    assert isinstance(entries, list)
    wanted = [(command.id, key, command.context) for command in COMMANDS for key in command.keys]
    assert [(entry["id"], entry["key"], entry["context"]) for entry in entries] == wanted
    shown = bare.done("keys").out
    assert all(command.id in shown and command.help in shown for command in COMMANDS)


def test_keys_bound_anew_are_shown(bare: Door) -> None:
    settings = bare.home / ".config" / "ai-debt" / "config.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text('[keys]\n"change.undo" = "U"\n', encoding="utf-8")
    entries = bare.done("keys", "--json").json["keys"]
    assert isinstance(entries, list)
    assert [entry["key"] for entry in entries if entry["id"] == "change.undo"] == ["U"]
    settings.write_text("[keys\n", encoding="utf-8")
    said = bare.done("keys")
    assert "config.toml" in said.err
    assert "change.undo" in said.out


@pytest.mark.parametrize(
    "arguments",
    [
        ["lits"],
        ["list", "--colour"],
        ["show"],
        ["set"],
        ["set", "EN-001"],
        ["add", "--category", "EN"],
        ["link", "EN-001", "EN-002"],
        ["import"],
        ["import", "x.md", "--prefer", "mine"],
        ["history", "--limit", "0"],
        ["category", "edit", "EN"],
        ["category", "move", "EN", "sideways"],
        ["register", "set", "colour", "red"],
        ["register", "set", "title", "two", "words"],
    ],
    ids=" ".join,
)
def test_wrong_usage_is_exit_code_2_with_words_on_stderr(begun: Door, arguments: list[str]) -> None:
    said = begun(*arguments)
    assert said.code == 2
    assert said.raw == b""
    assert said.err.startswith("Usage: ai-debt")
    assert "Error: " in said.err


def test_a_mistyped_command_gets_a_proposal(bare: Door) -> None:
    assert "Did you mean 'list'" in bare("lits").err


def test_version(bare: Door) -> None:
    assert bare.done("--version").out.startswith("ai-debt")


@pytest.mark.parametrize("arguments", [[], ["demo"]], ids=["dashboard", "demo"])
def test_the_dashboard_without_a_terminal_is_exit_code_2(bare: Door, arguments: list[str]) -> None:
    said = bare(*arguments)
    assert said.code == 2
    assert said.raw == b""
    assert "needs a terminal" in said.err
    assert "\x1b" not in said.err
