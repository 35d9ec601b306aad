"""The terminal shows the same with less written to it."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pyte
import pytest

from tests.counts import count
from tui.terminal import TerminalOutput

if TYPE_CHECKING:
    from pyte.screens import Char

    from tui.terminal import Row

COLUMNS, ROWS = 24, 6
PENS = ("1;38;2;9;9;9;48;2;1;1;1", "38;2;9;9;9;48;2;1;1;1", "31", "1;4;97;41", "7;38;5;8;48;5;9", "3;90;107", "2;39;49")
TEXTS = ("a", "abc", "     ", "ab cd", "  x  ", "│", "漢字", "e\u0301x", "─────", "01 H●", "漢", "e\u0301漢")
OTHERS = ("\x1b[2J\x1b[H", "\x1b[?1049h\x1b[2J\x1b[H", "\x1b[K")


def looks(screen: pyte.Screen) -> list[list[tuple[object, ...]]]:
    """The cells, of a blank only what shows of it."""
    return [[_look(screen.buffer[y][x]) for x in range(COLUMNS)] for y in range(ROWS)]


def _look(cell: Char) -> tuple[object, ...]:
    shows_all = cell.data.strip() or cell.reverse or cell.underscore
    return tuple(cell) if shows_all else (cell.data, cell.bg)


def painted(chance: Random) -> str:
    """What Textual writes at a time: some rows, each of some runs of text."""
    parts = []
    for _ in range(chance.randint(1, 4)):
        column, row = chance.randint(1, COLUMNS - 10), chance.randint(1, ROWS)
        parts.append(f"\x1b[{row};{column}H")
        parts += [run(chance) for _ in range(chance.randint(1, 2))]
        if row < ROWS and chance.random() < 0.3:
            parts.append(f"\n{run(chance)}")
    if chance.random() < 0.05:
        parts.append(chance.choice(OTHERS))
    return "".join(parts) + "\x1b[1;1H"


def run(chance: Random) -> str:
    """Text with a pen or without."""
    pen, text = chance.choice(("", *PENS)), chance.choice(TEXTS)
    return f"\x1b[{pen}m{text}\x1b[0m" if pen else text


def row(chance: Random) -> Row:
    """Some texts beside one another, each with a pen or without."""
    runs = [(chance.choice(TEXTS), chance.choice(("", *PENS))) for _ in range(chance.randint(1, 3))]
    return chance.randint(0, COLUMNS - 16), chance.randint(0, ROWS - 1), runs


def written(row: Row) -> str:
    """A row as Textual writes it."""
    column, line, runs = row
    return f"\x1b[{line + 1};{column + 1}H" + "".join(f"\x1b[{pen}m{text}\x1b[0m" for text, pen in runs)


@pytest.mark.parametrize("seed", range(count(6, 500)))
def test_any_stream_shows_the_same(seed: int) -> None:
    chance = Random(seed)
    plain, short = pyte.Screen(COLUMNS, ROWS), pyte.Screen(COLUMNS, ROWS)
    for screen in (plain, short):
        screen.set_mode(pyte.modes.LNM)
    wrote, output = pyte.Stream(plain), TerminalOutput()
    kept = pyte.Stream(short)
    for _ in range(200):
        if chance.random() < 0.5:
            data = painted(chance)
            less = output.shortened(data)
        else:
            rows = [row(chance) for _ in range(chance.randint(1, 4))]
            data, less = "".join(map(written, rows)) + "\x1b[1;1H", output.painted(rows, (0, 0))
        wrote.feed(data)
        kept.feed(less)
        assert looks(short) == looks(plain), repr(data)
        assert (short.cursor.x, short.cursor.y) == (plain.cursor.x, plain.cursor.y)


def test_what_shows_already_is_not_written_again() -> None:
    output = TerminalOutput()
    row = "\x1b[2;3H\x1b[1;38;2;9;9;9;48;2;1;1;1mBE-001\x1b[0m\x1b[38;2;9;9;9;48;2;1;1;1m  Drift of a model \x1b[0m"
    assert output.shortened(row)
    assert output.shortened(f"{row}\x1b[2;28H") == ""
    assert output.shortened(row.replace("a model", "a table") + "\x1b[1;1H") == ("\x1b[2;22Htable\x1b[1;1H")
    output.forget()
    assert "BE-001" in output.shortened(row)


def test_modes_pass_and_a_cleared_screen_is_painted_anew() -> None:
    output = TerminalOutput()
    assert output.shortened("\x1b[?25l\x1b[?2026h") == "\x1b[?25l\x1b[?2026h"
    assert output.shortened("\x1b[1;1H\x1b[31mx\x1b[0m")
    assert output.shortened("\x1b[?1049l") == "\x1b[0m\x1b[?1049l"
    assert "x" in output.shortened("\x1b[1;1H\x1b[31mx\x1b[0m")


def test_a_wide_character_does_not_make_up_for_one_without_width() -> None:
    output = TerminalOutput()
    assert output.shortened("\x1b[1;1He\u0301漢\x1b[1;1H")
    assert output.shortened("\x1b[1;1He\u0301字\x1b[1;1H") == "e\u0301字\x1b[1;1H"
