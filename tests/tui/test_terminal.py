"""The terminal shows the same with less written to it."""

from __future__ import annotations

import re
from itertools import pairwise
from random import Random
from typing import TYPE_CHECKING
from unicodedata import category

import pyte
import pytest
from rich.cells import cell_len
from textual.events import Key

from tests.counts import count
from tui.render.text import clusters, fit
from tui.terminal import TerminalOutput
from tui.terminal_input import InputParser, LayoutKey

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
    """Some texts next to one another, each with a pen or without."""
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


SIGNS = ("\u0939\u093f", "\u0928\u094d\u0926\u0940", "\U0001f44d", "\u0915\u094d\u0937", "\u1112\u1161\u11ab", "\u2615")
SIGNS += ("e\u0301", "漢")


class Counting:
    """A terminal that counts the cells of each code point, or of a cluster, and may take wide signs to be narrow."""

    def __init__(self, *, marks: int, wide: int, clusters_of: bool) -> None:
        self.marks, self.wide, self.clusters_of = marks, wide, clusters_of
        self.shown = [[" "] * COLUMNS for _ in range(ROWS)]
        self.x = self.y = 0

    def _cells(self, sign: str) -> list[str]:
        if self.clusters_of:
            more = self.marks * any(category(char) == "Mc" for char in sign)
            return [sign, *[""] * (min(self._wide(sign[0]) + more, 2) - 1)]
        return [sign, *[""] * (sum(self._wide(char) for char in sign) - 1)]

    def _wide(self, char: str) -> int:
        if category(char) == "Mc":
            return self.marks
        return min(cell_len(char), self.wide if category(char) == "So" else 2)

    def feed(self, data: str) -> None:
        """Take in what moves the cursor, and text."""
        for move, y, x, text in re.findall(r"(\x1b\[(?:(\d+);(\d+)H|[\d;]*m))|([^\x1b]+)", data):
            if y:
                self.x, self.y = int(x) - 1, int(y) - 1
            for start, end in pairwise((0, *clusters(text)) if not move else ()):
                for cell in self._cells(text[start:end]):
                    if self.x < COLUMNS:
                        self.shown[self.y][self.x] = cell
                        self.x += 1


@pytest.mark.parametrize("clusters_of", [True, False])
@pytest.mark.parametrize("marks", [0, 1])
@pytest.mark.parametrize("wide", [1, 2])
def test_what_is_beside_a_sign_stays_where_it_is_however_wide_the_terminal_draws_it(
    marks: int, wide: int, clusters_of: bool
) -> None:
    chance = Random(7)
    output, terminal = TerminalOutput(), Counting(marks=marks, wide=wide, clusters_of=clusters_of)
    for _ in range(300):
        line, sign, begin = chance.randrange(ROWS), chance.choice(SIGNS), chance.randrange(4)
        body = fit("." * begin + sign * chance.randint(1, 3) + "." * chance.randrange(4), COLUMNS - 4)
        if chance.random() < 0.5:
            terminal.feed(output.painted([(0, line, [("|", "31"), (body, ""), ("|=|", "32")])], (0, 0)))
        else:
            terminal.feed(output.shortened(f"\x1b[{line + 1};1H|{body}\x1b[32m|=|\x1b[0m\x1b[1;1H"))
        assert "".join(terminal.shown[line][-3:]) == "|=|"
        assert "".join(terminal.shown[line][: begin + 1]) == "|" + "." * begin
        other = chance.choice(SIGNS)
        terminal.feed(output.painted([(begin + 1, line, [(fit(other, COLUMNS - 4 - begin), "1")])], (0, 0)))
        assert "".join(terminal.shown[line][-3:]) == "|=|"


@pytest.mark.parametrize(
    ("sent", "key", "character", "latin"),
    [
        ("\x1b[1081::113;;1081u", "й", "й", "q"),
        ("\x1b[1081:1049:113;2;1049u", "Й", "Й", "Q"),
        ("\x1b[1073:1041:44;2;1041u", "Б", "Б", "<"),
        ("\x1b[1093::91;129;1093u", "\u0445", "\u0445", "["),
        ("\x1b[959::111;;959u", "\u03bf", "\u03bf", "o"),
        ("\x1b[1089::99;5u", "ctrl+c", None, None),
        ("\x1b[97:65;2;65u", "A", "A", None),
        ("\x1b[98::110;;98u", "b", "b", None),
        ("\x1b[233:50:50;;233u", "é", "é", None),
        ("\x1b[178::96;;178u", "²", "²", None),
    ],
)
def test_a_letter_of_another_script_has_the_key_of_its_place(
    sent: str, key: str, character: str | None, latin: str | None
) -> None:
    for parts in ((sent,), sent):
        parser = InputParser()
        (event,) = [event for part in parts for event in parser.feed(part)]
        assert isinstance(event, Key)
        assert (event.key, event.character) == (key, character)
        assert (event.latin.character if isinstance(event, LayoutKey) else None) == latin


def test_a_link_is_written_where_it_begins_or_ends_and_not_again() -> None:
    output, link, end = TerminalOutput(), "\x1b]8;id=1;https://x.example/\x1b\\", "\x1b]8;;\x1b\\"
    plain = "\x1b[1;1Hsee \x1b[4mx.example\x1b[0m now\x1b[1;1H"
    linked = plain.replace("\x1b[4mx.example\x1b[0m", f"{link}\x1b[4mx.example\x1b[0m{end}")
    assert output.shortened(plain)
    assert output.shortened(linked) == f"\x1b[1;5H\x1b[4m{link}x.example{end}\x1b[1;1H"
    assert output.shortened(linked) == ""
    assert output.shortened(plain) == "\x1b[1;5Hx.example\x1b[1;1H"
    wide = f"\x1b[2;1H{link}漢字{end}\x1b[1;1H"
    assert f"{link}漢字{end}" in output.shortened(wide)
    assert output.shortened(wide) == ""
    assert link not in output.shortened("\x1b[2;1H漢字\x1b[1;1H")
