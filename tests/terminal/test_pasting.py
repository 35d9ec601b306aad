"""What a terminal pastes: whole, in order with the keys around it, and never keys that act."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from textual.events import Paste

from tests.program import PROGRAM, environment, run
from tests.terminal.harness import Terminal
from tui.terminal_input import PASTE_SECONDS, InputParser

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from textual.message import Message

BEGIN, END = "\x1b[200~", "\x1b[201~"


def said(messages: Iterable[Message]) -> list[str]:
    """Keys by their names, pasted text in quotes."""
    return [repr(each.text) if isinstance(each, Paste) else each.key for each in messages]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("sent", "heard"),
    [
        (f"x{BEGIN}ab\x1bcd {END}yz", ["x", r"'ab\x1bcd '", "y", "z"]),
        (f"{BEGIN}\x1b[31mred\x1b[0m\rq\r{END}\r", [r"'\x1b[31mred\x1b[0m\rq\r'", "enter"]),
        (f"{BEGIN}\x1b\x1b{END}{BEGIN}\x1b[20{END}j", [r"'\x1b\x1b'", r"'\x1b[20'", "j"]),
        (f"{BEGIN}{END}\x1b[A", ["''", "up"]),
        (f"{BEGIN}{BEGIN}a{END}", [r"'\x1b[200~a'"]),
        (f"{BEGIN}a\0b{END}", ["'ab'"]),
        (f"{BEGIN}a{END}{END}b", ["'a'", "b"]),
        (f"\x1b{BEGIN}ä✓{END}", ["escape", "'ä✓'"]),
    ],
)
def test_pasted_text_is_whole_and_in_order_wherever_it_is_split(sent: str, heard: list[str]) -> None:
    assert said(InputParser().feed(sent)) == heard
    whole = InputParser()
    assert said(message for char in sent for message in whole.feed(char)) == heard
    for at in range(len(sent) + 1):
        for to in range(at, len(sent) + 1):
            parser, places = InputParser(), (0, at, to, len(sent))
            parts = [sent[begin:end] for begin, end in pairwise(places)]
            assert said(message for part in parts for message in parser.feed(part)) == heard, parts


def test_a_paste_without_an_end_is_over_once_nothing_more_comes() -> None:
    now = 100.0
    parser = InputParser(clock=lambda: now)
    assert said(parser.feed(f"{BEGIN}ab\x1b")) == []
    now += PASTE_SECONDS - 1
    assert said(parser.tick()) == []
    assert said(parser.feed("cd")) == []
    now += PASTE_SECONDS - 1
    assert said(parser.tick()) == []
    now += 1
    assert said(parser.tick()) == [r"'ab\x1bcd'"]
    assert said(parser.feed(f"j{END}k{BEGIN}l{END}")) == ["j", "k", "'l'"]


def test_pasted_escapes_reach_the_field_and_the_register(tmp_path: Path) -> None:
    assert run("init", cwd=tmp_path).returncode == 0
    words = "add --category BE --severity high --description Pasted"
    assert run(*words.split(), cwd=tmp_path).returncode == 0
    with Terminal(PROGRAM, env=environment(tmp_path, TERM="xterm"), cwd=tmp_path) as terminal:
        terminal.wait_for("BE-001")
        terminal.press("w")
        terminal.wait_for("Owner of BE-001")
        terminal.send(f"{BEGIN}ab\x1bcd {END}ef{BEGIN}\x1b[31mg\rh\r")
        terminal.send(f"i{END}!")
        terminal.wait_for("ab␛cd ef␛[31mg h i!")
        terminal.press("ctrl+s")
        terminal.wait_gone("Owner of BE-001")
        # On the dashboard there is nothing to paste into: no character of it may act.
        terminal.send(f"{BEGIN}\x1bDy\x1b\rm{END}?")
        terminal.wait_for("Add an item")
        terminal.press("q", "q")
        assert terminal.wait_exit() == 0
    item = json.loads(run("show", "BE-001", "--json", cwd=tmp_path).stdout)["item"]
    assert (item["owner"], item["status"]) == ("ab\x1bcd ef\x1b[31mg h i!", "Open")


def test_bytes_that_are_not_text_are_shown_as_such(tmp_path: Path) -> None:
    with Terminal([*PROGRAM, "demo"], env=environment(tmp_path, TERM="xterm"), cwd=tmp_path) as terminal:
        terminal.wait_for("BE-001")
        terminal.press("w")
        terminal.wait_for("Owner of BE-001")
        terminal.send(f"a\udce9b{BEGIN}c\udce9d{END}")
        terminal.wait_for("a\ufffdbc\ufffdd")
        terminal.press("ctrl+s")
        terminal.wait_gone("Owner of BE-001")
        terminal.press("q")
        assert terminal.wait_exit() == 0


def test_a_paste_that_does_not_end_leaves_the_keys_alone(tmp_path: Path) -> None:
    with Terminal([*PROGRAM, "demo"], env=environment(tmp_path, TERM="xterm"), cwd=tmp_path) as terminal:
        terminal.wait_for("BE-001")
        terminal.press("w")
        terminal.wait_for("Owner of BE-001")
        terminal.send(f"{BEGIN}Streaming")
        terminal.wait_for("Streaming")
        terminal.press("ctrl+s")
        terminal.wait_gone("Owner of BE-001")
        terminal.press("q")
        assert terminal.wait_exit() == 0
