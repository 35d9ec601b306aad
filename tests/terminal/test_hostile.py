"""Text that commands terminals, in every field and on every screen: none of it reaches a real terminal."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import pytest

from store.samples import sample_text
from tests.counts import count
from tests.planting import MARKUP, SEQUENCES, commands_in, plant
from tests.program import PROGRAM, environment
from tests.terminal.harness import ESCAPE, Terminal

if TYPE_CHECKING:
    from pathlib import Path

SIZES = ((120, 40), (80, 24), (40, 12))
VISITS: tuple[tuple[str, ...], ...] = (
    *((number, "g", "j", "G", "PgDn") for number in "12345"),
    ("2", "g", "z", "3", "PgDn", "G", "z"),
    ("5", "]", "]", "f", "Enter", "]", "+", "V", "]", "V", "j", "V", "F", "g", "j", "G", "F"),
    *(("2", "g", *keys, "Esc") for keys in ("?", "e", "n", "l", "L", "d", "a", "M", "c", "s", "w", "D", "x", "I", "h")),
    ("2", "g", "j", "e", *["Tab"] * 10, "x", "Esc", "y"),
    ("2", "g", "a", "Tab", "x", "Esc", "y"),
    ("2", "g", "L", "1", "Esc"),
    ("2", "g", "l", "e", "Down", "Esc", "y"),
    ("i", "j", "G", "Esc"),
    ("i", "e", "Tab", "Tab", "Esc"),
    ("i", "Enter", "Esc", "Esc"),
    ("i", "D", "Esc", "Esc"),
    ("C", "j", "G", "Esc"),
    ("C", "e", "Esc", "Esc"),
    ("C", "D", "y", "Esc", "Esc"),
    ("/", "e", "Esc"),
    ("2", "g", "m", "u"),
    ("ctrl+p", "Esc"),
)
"""Keys to every pane, picture, page, form and question, and back to the dashboard."""


def screens(terminal: Terminal) -> int:
    """Visit every screen; how many different ones there were."""
    seen = set()
    for visit in VISITS[:: count(6, 1)]:
        for key in visit:
            terminal.press(ESCAPE if key == "Esc" else key)
            terminal.settle()
            seen.add(terminal.text)
    return len(seen)


def register(home: Path, **more: str) -> dict[str, str]:
    return environment(home, TERM="xterm-256color", AI_DEBT_DB=str(home / "register.db"), **more)


def assert_clean(terminal: Terminal) -> None:
    """Of a program that has ended or is at rest: before, the last sequence may be half read."""
    assert commands_in(terminal.raw.decode()) == set()


@pytest.mark.soak
@pytest.mark.parametrize("size", SIZES[: count(1, len(SIZES))], ids=str)
def test_no_screen_writes_any_of_it(size: tuple[int, int], sample_copy: Path) -> None:
    plant(sample_copy)
    home = sample_copy.parent
    calls = home / "opened"
    bin_folder = home / "bin"
    bin_folder.mkdir()
    for name in ("browser", "xdg-open", "x-www-browser", "www-browser", "firefox", "open", "ssh"):
        (bin_folder / name).write_text(f'#!/bin/sh\necho "$0 $@" >> {shlex.quote(str(calls))}\n')
        (bin_folder / name).chmod(0o700)
    env = register(home, BROWSER=str(bin_folder / "browser"), AI_DEBT_ACTOR="".join(SEQUENCES[:3]), DISPLAY=":9")
    env["PATH"] = f"{bin_folder}:{env['PATH']}"
    with Terminal([*PROGRAM], env=env, cwd=home, size=size) as terminal:
        terminal.wait_for("2 Items" if size[0] > 40 else "2 It")
        assert screens(terminal) > 12
        assert "evil.example" in terminal.text or size[0] < 120
        click_everything(terminal)
        leave(terminal)
        terminal.press("q")
        assert terminal.wait_exit() == 0
        assert_clean(terminal)
    assert not calls.exists()


def leave(terminal: Terminal) -> None:
    """Go back to the dashboard from whatever is asked."""
    for _ in range(6):
        terminal.press("y" if "Leave without" in terminal.text else ESCAPE)
        terminal.settle()


def click_everything(terminal: Terminal) -> None:
    """Click where a link or an action would be."""
    for y, row in enumerate(terminal.lines):
        for sign in ("http", "click", "link", "ssh:"):
            x = row.find(sign)
            if x >= 0:
                terminal.send(f"\x1b[<0;{x + 2};{y + 1}M\x1b[<0;{x + 2};{y + 1}m")
                terminal.settle()


def test_the_register_was_really_full_of_it(sample_copy: Path) -> None:
    from tests.planting import texts

    plant(sample_copy)
    held = "\n".join(texts(sample_copy))
    assert all(piece.replace("'", "''") in held for piece in (*SEQUENCES, *MARKUP) if "\0" not in piece)


@pytest.mark.parametrize("piece", SEQUENCES, ids=ascii)
def test_what_is_looked_for_is_seen(piece: str) -> None:
    assert commands_in(f"\x1b[1;31mthe {piece} end\x1b[0m\r\n")


def test_a_program_that_lets_it_through_is_caught(tmp_path: Path) -> None:
    pieces = [SEQUENCES[at] for at in (1, 2, 3, -5, -4, -3, -2, -1)]
    (tmp_path / "evil").write_text("".join(pieces), encoding="utf-8")
    with Terminal(["cat", "evil"], env=environment(tmp_path, TERM="xterm"), cwd=tmp_path) as terminal:
        terminal.wait_exit()
        assert all(commands_in(piece) <= commands_in(terminal.raw.decode()) for piece in pieces)


READS = (["list"], ["show"], ["map"], ["first"], ["history"], ["dashboard"], ["register"], ["category"], ["verify"])


@pytest.mark.soak
@pytest.mark.parametrize("arguments", READS[: count(2, len(READS))], ids=lambda words: words[0])
def test_no_command_writes_any_of_it(arguments: list[str], sample_copy: Path) -> None:
    plant(sample_copy)
    home = sample_copy.parent
    with Terminal([*PROGRAM, *arguments], env=register(home), cwd=home, size=(100, 40)) as terminal:
        assert terminal.wait_exit() in (0, 1, 2, 3)
        assert terminal.raw
        assert b"Traceback" not in terminal.raw
        assert_clean(terminal)


def test_an_import_of_a_file_with_such_a_name(sample_copy: Path) -> None:
    home = sample_copy.parent
    name = "a\x1b]0;777\x07\x1b[777m\u202e.md"
    (home / name).write_text(sample_text(), encoding="utf-8")
    with Terminal([*PROGRAM], env=register(home), cwd=home, size=(100, 40)) as terminal:
        terminal.wait_for("EN-001")
        terminal.press("I")
        terminal.wait_for("Import")
        terminal.press("ctrl+u")
        terminal.send(f"{home}/a")
        terminal.settle()
        terminal.press("Down", "Enter")
        terminal.settle()
        terminal.press("ctrl+s")
        terminal.wait_for("No differences from the register")
        terminal.settle()
        assert_clean(terminal)
