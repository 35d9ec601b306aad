"""A review in plain text on a terminal that only writes lines, and where a screen is drawn instead."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest
from rich.cells import cell_len

from tests.program import PROGRAM, environment, run
from tests.terminal.harness import Terminal

if TYPE_CHECKING:
    from pathlib import Path

ALTERNATE = b"\x1b[?1049h"
ANSWERS = (
    *("k", "progress", "M", "One feature library serves both.", "w", "Streaming", "p"),
    *("a", "The API is due for replacement.", "", "", "F", "Ask for a study", "MLP", "2099-12-24", "k"),
    *("m", "s", "low", "keep", "n", "k", "c", "Checked.", "o", "k", "k", "k", "o", "undo", "k", "k"),
)
"""What is typed on the items of the sample until all are decided."""


def triage(database: Path, *arguments: str, columns: int = 80, **more: str) -> Terminal:
    """`ai-debt triage` at a terminal."""
    env = environment(database.parent, **{"TERM": "dumb", "AI_DEBT_ACTOR": "ana", **more})
    command = [*PROGRAM, "--db", str(database), "triage", *arguments]
    return Terminal(command, env=env, cwd=database.parent, size=(columns, 24))


def answer(terminal: Terminal, *answers: str) -> None:
    """Type each answer to the question that is there, and wait for the next question."""
    asked(terminal, 0)
    for each in answers:
        written = len(terminal.raw) + len(each)
        terminal.press(each, "Enter")
        asked(terminal, written)


def asked(terminal: Terminal, after: int) -> None:
    """Wait for a question that ends after this many bytes."""
    terminal.wait_until(lambda: len(terminal.raw) > after and terminal.raw.endswith((b": ", b") ")), "a question")


def without_answer(row: str) -> str:
    """A line without the answer that was typed behind its question."""
    return next((row.removesuffix(answer) for answer in ANSWERS if row.endswith((f": {answer}", f") {answer}"))), row)


def flowing(text: str) -> str:
    """The words of a text on one line."""
    return " ".join(text.split())


@pytest.mark.parametrize(("locale", "columns"), [("C.UTF-8", 80), ("C", 80), ("C.UTF-8", 20), ("C.UTF-8", 200)])
def test_a_whole_review_is_lines_as_wide_as_the_terminal(
    sample_copy: Path, tmp_path: Path, locale: str, columns: int
) -> None:
    with triage(sample_copy, LANG=locale, columns=columns) as terminal:
        answer(terminal, "?", "v", "i", *ANSWERS)
        terminal.press("yes", "Enter")
        assert terminal.wait_exit() == 0
        raw = terminal.raw
    assert all(byte in b"\r\n" or byte >= 0x20 for byte in raw)
    assert b"\x7f" not in raw
    assert locale != "C" or raw.isascii()
    lines = raw.decode().replace("\r\n", "\n").split("\n")
    assert [each for each in lines if cell_len(without_answer(each)) > columns] == []
    text = flowing("\n".join(lines))
    assert text.startswith("Started review 1: 15 items to review. ")
    assert "End review 1? All of its items are decided. (yes or no) yes Ended review 1. " in text
    assert text.endswith(" Review 1: 15 of 15 reviewed; it has ended.")
    shown = run("--db", str(sample_copy), "review", "minutes", cwd=tmp_path)
    minutes = shown.stdout if locale != "C" else shown.stdout.replace("\u2026", "...").replace("\u2192", "->")
    assert "".join(minutes.split()) in "".join(text.split())
    assert run("--db", str(sample_copy), "verify", cwd=tmp_path).returncode == 0


def test_ctrl_d_leaves_the_review_open(sample_copy: Path) -> None:
    with triage(sample_copy) as terminal:
        answer(terminal, "k", "m")
        terminal.press("ctrl+d")
        assert terminal.wait_exit() == 0
        assert b"\r\nReview 1: 2 of 15 reviewed; " in terminal.raw
    with triage(sample_copy) as terminal:
        asked(terminal, 0)
        assert b"is still open. " in terminal.raw
        assert b"Item 3 of 15: 2 reviewed, 13 left" in terminal.raw


@pytest.mark.parametrize("within", [("k",), ("k", "a", "Too dear.")], ids=["decision", "question"])
def test_ctrl_c_keeps_what_was_decided_and_says_how_far_the_review_is(
    sample_copy: Path, tmp_path: Path, within: tuple[str, ...]
) -> None:
    with triage(sample_copy) as terminal:
        answer(terminal, *within)
        terminal.press("ctrl+c")
        assert terminal.wait_exit() == 128 + signal.SIGINT
        assert terminal.raw.rpartition(b"^C\r\n")[2].startswith(b"Review 1: 1 of 15 reviewed; ")
        assert b"Traceback" not in terminal.raw
        assert b"\x1b" not in terminal.raw
    assert run("--db", str(sample_copy), "verify", cwd=tmp_path).returncode == 0


def test_a_terminal_that_is_gone_leaves_the_review_open(sample_copy: Path, tmp_path: Path) -> None:
    with triage(sample_copy) as terminal:
        answer(terminal, "k")
        assert terminal.hang_up() == 128 + signal.SIGHUP
    assert "1 of 15 reviewed" in run("--db", str(sample_copy), "review", "show", cwd=tmp_path).stdout


def test_a_screen_opens_the_review_there(sample_copy: Path, tmp_path: Path) -> None:
    with triage(sample_copy, "is:open", TERM="xterm-256color") as terminal:
        terminal.wait_for("0 reviewed, 11 left")
        assert ALTERNATE in terminal.raw
        terminal.press("Enter")
        terminal.wait_for("1 reviewed, 10 left")
        terminal.press("q")
        terminal.wait_for("1 of 11 reviewed")
        terminal.press("q")
        assert terminal.wait_exit() == 0
    assert "1 of 11 reviewed" in run("--db", str(sample_copy), "review", "show", cwd=tmp_path).stdout


@pytest.mark.parametrize("by", ["option", "setting"])
def test_plain_text_is_to_be_had_on_any_terminal(sample_copy: Path, by: str) -> None:
    settings = sample_copy.parent / ".config" / "ai-debt" / "config.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text(f"screen_reader = {'true' if by == 'setting' else 'false'}\n", encoding="utf-8")
    with triage(sample_copy, *(["--plain"] if by == "option" else []), TERM="xterm-256color") as terminal:
        terminal.wait_for("Decision on PD-001")
        assert b"\x1b" not in terminal.raw
        terminal.press("q", "Enter")
        assert terminal.wait_exit() == 0
