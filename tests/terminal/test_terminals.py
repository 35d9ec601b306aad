"""The dashboard on the terminals, locales and sizes that people have, and its refusal without a terminal."""

from __future__ import annotations

import os
import subprocess
from base64 import b64encode
from itertools import cycle, product
from typing import TYPE_CHECKING

import pytest

from store.commands.items import edit_items
from store.db.database import Database
from tests.program import PATIENCE, PROGRAM, environment
from tests.terminal.harness import Terminal, colors

if TYPE_CHECKING:
    from pathlib import Path

TERMS = ("xterm", "linux", "screen", "tmux-256color", "vt100", "dumb", None)
LOCALES = {
    "C": {"LANG": "C"},
    "C.UTF-8": {"LANG": "C.UTF-8"},
    # Few machines have such a locale installed; what it does to Python's streams is set directly.
    "latin-1": {"LANG": "en_US.ISO-8859-1", "PYTHONUTF8": "0", "PYTHONIOENCODING": "latin-1"},
}
SIZES = ((40, 12), (80, 24), (200, 50), (1, 1))
ALL = tuple(product(TERMS, LOCALES, SIZES))
FEW = tuple((term, *case) for term, case in zip(cycle(TERMS), product(LOCALES, SIZES), strict=False))
"""A choice of ALL with every terminal, and every size in every locale; AI_DEBT_ALL_TERMINALS=1 runs ALL."""

CASES = ALL if os.environ.get("AI_DEBT_ALL_TERMINALS") else FEW
ALTERNATE_ON, ALTERNATE_OFF, CURSOR_ON, HOME = b"\x1b[?1049h", b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[1;1H"


def terminal_of(term: str | None, **more: str) -> dict[str, str]:
    return {**more, "TERM": term} if term is not None else more


def visit(terminal: Terminal) -> int:
    """Start, move, ask for help, and leave; the exit code."""
    terminal.wait_until(lambda: ALTERNATE_ON in terminal.raw, "the dashboard to begin")
    if terminal.columns >= 40:
        terminal.wait_for("BE-001")
        terminal.press("j", "?")
        terminal.wait_for("Legend")
        terminal.press("Esc")
        terminal.wait_gone("Legend")
    else:
        terminal.wait_until(lambda: HOME in terminal.raw, "the dashboard to be painted")
    terminal.press("q")
    return terminal.wait_exit()


def test_the_chosen_cases_hold_every_terminal_and_every_size_in_every_locale() -> None:
    assert {term for term, _, _ in FEW} == set(TERMS)
    assert sorted(case[1:] for case in FEW) == sorted(product(LOCALES, SIZES))


def test_a_terminal_that_reports_no_size_has_80_columns(sample_copy: Path) -> None:
    env = environment(sample_copy.parent, TERM="xterm-256color", AI_DEBT_DB=str(sample_copy))
    command = ["sh", "-c", 'stty rows 0 cols 0; exec "$@"', "sh", *PROGRAM]
    with Terminal(command, env=env, cwd=sample_copy.parent) as terminal:
        assert visit(terminal) == 0
        assert terminal.raw.count(b"Categories") < 10


@pytest.mark.parametrize(("term", "locale", "size"), CASES)
def test_the_dashboard_comes_and_goes(term: str | None, locale: str, size: tuple[int, int], tmp_path: Path) -> None:
    env = environment(tmp_path, **terminal_of(term, **LOCALES[locale]))
    with Terminal([*PROGRAM, "demo"], env=env, cwd=tmp_path, size=size, encoding=encoding(locale)) as terminal:
        if term == "dumb":
            assert terminal.wait_exit() == 2
            assert b"\x1b" not in terminal.raw
        else:
            assert visit(terminal) == 0
            assert terminal.raw.rfind(ALTERNATE_OFF) > terminal.raw.rfind(ALTERNATE_ON)
            assert terminal.raw.rfind(CURSOR_ON) > terminal.raw.rfind(ALTERNATE_ON)
        assert b"Traceback" not in terminal.raw
        assert b"\\u" not in terminal.raw


def encoding(locale: str) -> str:
    return "latin-1" if locale == "latin-1" else "utf-8"


@pytest.mark.parametrize(
    ("term", "depth", "value"), [("xterm", "truecolor", "1"), ("tmux-256color", "truecolor", ""), ("screen", "", "1")]
)
def test_no_color_sends_no_color(term: str, depth: str, value: str, tmp_path: Path) -> None:
    env = environment(tmp_path, TERM=term, COLORTERM=depth, NO_COLOR=value)
    with Terminal([*PROGRAM, "demo"], env=env, cwd=tmp_path) as terminal:
        assert visit(terminal) == 0
        assert colors(terminal.raw) == set()


@pytest.mark.parametrize("term", ["xterm", "xterm-256color"])
def test_with_color_allowed_there_is_some_and_every_word_stands_out_from_its_ground(term: str, tmp_path: Path) -> None:
    env = environment(tmp_path, TERM=term, COLORTERM="truecolor" if term.endswith("color") else "")
    with Terminal([*PROGRAM, "demo"], env=env, cwd=tmp_path, size=(120, 36)) as terminal:
        terminal.wait_for("1 of 15")
        terminal.settle()
        hidden = [
            "".join(cell.data for cell in row if cell.data.isalnum() and cell.fg == cell.bg != "default")
            for row in terminal.cells
        ]
        assert not any(hidden)
        assert colors(terminal.raw)


DESCRIPTION = """
plain|a terminal without a color in its name, cols#80, lines#24, colors#%d,
"""


def described(place: Path, colors: int) -> dict[str, str]:
    """A terminal by a name that says nothing, whose description says how many colors it has."""
    source = place / "plain.ti"
    source.write_text(DESCRIPTION % colors, encoding="utf-8")
    subprocess.run(["tic", "-o", place / "terminfo", source], check=True, capture_output=True)
    return {"TERM": "plain", "TERMINFO": str(place / "terminfo")}


def test_of_16_colors_those_are_sent_that_mean_different_things(tmp_path: Path) -> None:
    terms = [{"TERM": name} for name in ("screen", "linux", "xterm", "unheard-of")]
    for term in (*terms, described(tmp_path, 8)):
        env = environment(tmp_path, **term)
        with Terminal([*PROGRAM, "demo"], env=env, cwd=tmp_path, size=(120, 36)) as terminal:
            terminal.wait_for("1 of 15")
            terminal.press("2", "j", "m")
            terminal.wait_for("10 open")
            terminal.settle()
            sent = {code for each in colors(terminal.raw) for code in each.split(";")}
        # Bright red for High, yellow for Medium, green for mitigated, cyan for the cursor and its row, on black.
        assert {"91", "93", "92", "96", "46", "40", "97"} <= sent, term
        assert not sent & {"38", "48", "39", "49"}, term


@pytest.mark.parametrize("term", ["xterm-256color", "described"])
def test_of_256_colors_no_others_are_sent(term: str, tmp_path: Path) -> None:
    more = described(tmp_path, 256) if term == "described" else {"TERM": term}
    with Terminal([*PROGRAM, "demo"], env=environment(tmp_path, **more), cwd=tmp_path) as terminal:
        assert visit(terminal) == 0
        sent = colors(terminal.raw)
    assert any("38;5" in each for each in sent)
    assert not any("38;2" in each or "48;2" in each for each in sent)


@pytest.mark.parametrize("arguments", [[], ["demo"]])
@pytest.mark.parametrize("ends", ["input", "output", "both"])
def test_without_a_terminal_it_refuses_at_once(arguments: list[str], ends: str, tmp_path: Path) -> None:
    master, slave = os.openpty()
    try:
        done = subprocess.run(
            [*PROGRAM, *arguments],
            env=environment(tmp_path, TERM="xterm", PYTHONPROFILEIMPORTTIME="1"),
            cwd=tmp_path,
            stdin=slave if ends == "output" else subprocess.DEVNULL,
            stdout=slave if ends == "input" else subprocess.PIPE,
            stderr=subprocess.PIPE,
            timeout=PATIENCE,
            check=False,
        )
        os.set_blocking(master, False)
        try:
            shown = os.read(master, 65536)
        except BlockingIOError:
            shown = b""
    finally:
        os.close(master)
        os.close(slave)
    assert done.returncode == 2
    assert b"needs a terminal" in done.stderr
    assert b"\x1b" not in shown + (done.stdout or b"") + done.stderr
    # At once means: before what takes long is loaded. How long anything takes is up to the machine.
    loaded = {row.rpartition(b"|")[2].strip().partition(b".")[0] for row in done.stderr.splitlines() if b"|" in row}
    assert b"typer" in loaded
    assert not loaded & {b"textual", b"sqlmodel", b"sqlalchemy", b"alembic"}


def test_rows_that_change_leave_the_notification_over_them_alone(sample_copy: Path, tmp_path: Path) -> None:
    settings = tmp_path / ".config" / "ai-debt" / "config.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text('theme = "none"\n', encoding="utf-8")
    env = environment(tmp_path, TERM="xterm-256color")
    with Terminal([*PROGRAM, "--db", str(sample_copy)], env=env, cwd=tmp_path) as terminal:
        terminal.wait_for("solarized-light")
        terminal.wait_for("11 open")
        # Without the mark at the border that the item goes on below.
        notification = [row[:-2] for row in terminal.lines[18:23]]
        terminal.press("j", "j", "j")
        terminal.wait_for("│ EN-002  Embedding")
        assert [row[:-2] for row in terminal.lines[18:23]] == notification
        terminal.press("q")
        assert terminal.wait_exit() == 0


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
def test_no_text_moves_a_border(sample_copy: Path, tmp_path: Path, size: tuple[int, int]) -> None:
    signs = "\u2764\ufe0f\U0001f44d\U0001f3fd \U0001f468\u200d\U0001f469 \U0001f1e9\U0001f1ea 1\ufe0f\u20e3"
    words = f"{signs} \u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645 \u0939\u093f\u0928\u094d\u0926\u0940 \u6f22"
    with Database.open(sample_copy) as db:
        texts = {"title": words, "description": f"{words} " * 6, "owner": words, "status_note": words}
        edit_items(db, ["BE-001"], texts)
    env = environment(tmp_path, TERM="xterm-256color")
    with Terminal([*PROGRAM, "--db", str(sample_copy)], env=env, cwd=tmp_path, size=size) as terminal:
        terminal.wait_for("11 open")
        terminal.press("2", "g")
        terminal.wait_for("\u0645\u06cc\u200c\u062e")
        for keys in ((), ("j",), ("k",), ("3", "j"), ("z",), ("z",)):
            terminal.press(*keys)
            terminal.settle()
            last = {row[-1].data for row in terminal.cells[1:-1]}
            assert last <= set("┐│┤┘")
        assert "<U+" not in terminal.text
        assert "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645" in terminal.text
        terminal.press("q")
        assert terminal.wait_exit() == 0


def test_dragging_with_the_mouse_copies_text(sample_copy: Path, tmp_path: Path) -> None:
    env = environment(tmp_path, TERM="xterm-256color")
    with Terminal([*PROGRAM, "--db", str(sample_copy)], env=env, cwd=tmp_path, size=(120, 36)) as terminal:
        terminal.wait_for("11 open")
        terminal.wait_for("BE-001  ")
        line = next(y for y, row in enumerate(terminal.lines, 1) if "BE-001  " in row)
        at = terminal.lines[line - 1].index("BE-001  ") + 1
        terminal.send(f"\x1b[<0;{at};{line}M\x1b[<32;{at + 5};{line}M\x1b[<0;{at + 5};{line}m")
        terminal.wait_for("Copied 1 line")
        assert b"\x1b]52;c;" + b64encode(b"BE-001") in terminal.raw
        terminal.press("q")
        assert terminal.wait_exit() == 0
