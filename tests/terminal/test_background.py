"""The theme `auto` asks the terminal for its background, briefly, and loses no key that is typed while it does."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from textual.events import Key

from tests.program import PATIENCE, PROGRAM, START, environment
from tests.terminal.harness import Terminal
from tui.terminal_input import LATE_SECONDS, InputParser

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from textual.message import Message

ASKED = b"\x1b]11;?\x1b\\\x1b[c"
ATTRIBUTES = "\x1b[?64;1;2;22c"
GROUNDS = {"dark": b"48;2;34;37;43m AI Debt", "light": b"48;2;235;233;228m AI Debt"}
"""The title of the dashboard on the panel of either theme."""
PATIENT = f"import tui.terminal_input as asking; asking.ANSWER_SECONDS = {PATIENCE}; {START}"


def opened(place: Path, *arguments: str, **more: str) -> Terminal:
    env = environment(place, **{"TERM": "xterm-256color", "COLORTERM": "truecolor", **more})
    return Terminal([*PROGRAM, *arguments], env=env, cwd=place)


def patient(place: Path, *arguments: str) -> Terminal:
    """A dashboard that waits for an answer however slow the machine is."""
    env = environment(place, TERM="xterm-256color", COLORTERM="truecolor")
    return Terminal([sys.executable, "-P", "-c", PATIENT, *arguments], env=env, cwd=place)


def wait_asked(terminal: Terminal) -> None:
    terminal.wait_until(lambda: ASKED in terminal.raw, "the question for the background")


def theme(terminal: Terminal) -> str:
    """Which theme the dashboard is in."""
    terminal.wait_for("11 open")
    return next(name for name, ground in GROUNDS.items() if ground in terminal.raw)


ANSWERS = {
    "16 bits, light": ("\x1b]11;rgb:fafa/fafa/f5f5\x1b\\", "light"),
    "16 bits, dark": ("\x1b]11;rgb:1c1c/1c1c/1c1c\x07", "dark"),
    "8 bits, light": ("\x1b]11;rgb:ee/ee/ee\x07", "light"),
    "8 bits, dark": ("\x1b]11;rgb:00/2b/36\x1b\\", "dark"),
    "with opacity": ("\x1b]11;rgba:ffff/ffff/dddd/ffff\x1b\\", "light"),
    "a green that is bright to the eye": ("\x1b]11;rgb:6060/b0b0/6060\x1b\\", "light"),
    "a blue that is dark to the eye": ("\x1b]11;rgb:2020/2020/ffff\x1b\\", "dark"),
    "no end": ("\x1b]11;rgb:ffff/ffff/ffff", "light"),
    "half a color": ("\x1b]11;rgb:ffff/ff\x07", "dark"),
    "no color": ("\x1b]11;who knows\x1b\\", "dark"),
    "attributes alone": ("", "dark"),
}


@pytest.mark.parametrize(("answer", "expected"), ANSWERS.values(), ids=ANSWERS)
def test_the_theme_is_like_the_background(answer: str, expected: str, tmp_path: Path) -> None:
    with patient(tmp_path, "demo", "--theme", "auto") as terminal:
        wait_asked(terminal)
        terminal.send(answer + ATTRIBUTES)
        assert theme(terminal) == expected
        terminal.press("q")
        assert terminal.wait_exit() == 0


@pytest.mark.parametrize(("colors", "expected"), [("", "dark"), ("0;15", "light"), ("15;default;0", "dark")])
def test_a_terminal_that_does_not_answer_is_not_waited_for(colors: str, expected: str, tmp_path: Path) -> None:
    with opened(tmp_path, "--theme=auto", "demo", COLORFGBG=colors) as terminal:
        wait_asked(terminal)
        assert theme(terminal) == expected


def test_what_is_typed_meanwhile_acts_in_order_and_the_answer_does_not(tmp_path: Path) -> None:
    with patient(tmp_path, "demo", "--theme", "auto") as terminal:
        wait_asked(terminal)
        terminal.send("jj\x1b]11;rgb:ffff/")
        terminal.send("ffff/ffff\x1b\\j" + ATTRIBUTES + "/fli")
        terminal.send("nk\r")
        assert theme(terminal) == "light"
        terminal.wait_for("of 4")
        assert "/flink" in terminal.text


def test_an_answer_that_comes_too_late_presses_no_key(tmp_path: Path) -> None:
    with opened(tmp_path, "demo", "--theme", "auto") as terminal:
        assert theme(terminal) == "dark"
        terminal.send("j\x1b]11;rgb:eded/")
        terminal.settle()
        terminal.send("aaaa/dddd\x1b\\" + ATTRIBUTES + "j")
        terminal.wait_for("3 of 15")
        terminal.settle()
        assert "3 of 15" in terminal.text
        terminal.press("q")
        assert terminal.wait_exit() == 0


def test_a_late_answer_without_an_end_takes_in_no_keys_for_long() -> None:
    now = 100.0
    parser = InputParser(clock=lambda: now)
    assert keys_of(parser.feed("j\x1b]11;rgb:ed")) == ["j"]
    assert keys_of(parser.feed("ed/")) == []
    now += LATE_SECONDS
    assert keys_of(parser.tick()) == []
    assert keys_of(parser.feed("jk\x1b[B")) == ["j", "k", "down"]
    assert keys_of(parser.feed("\x1b]11;rgb:ed\x1b[Aj\x1b[?64")) == ["up", "j"]
    assert keys_of(parser.feed("ck")) == ["k"]


def keys_of(messages: Iterable[Message]) -> list[str]:
    return [message.key for message in messages if isinstance(message, Key)]


def test_the_settings_can_ask_for_it_and_the_option_goes_before_them(tmp_path: Path) -> None:
    settings = tmp_path / ".config" / "ai-debt" / "config.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text('theme = "auto"', encoding="utf-8")
    with patient(tmp_path, "demo") as terminal:
        wait_asked(terminal)
        terminal.send("\x1b]11;rgb:ff/ff/ff\x07" + ATTRIBUTES)
        assert theme(terminal) == "light"
    with opened(tmp_path, "demo", "--theme", "register-dark") as terminal:
        assert theme(terminal) == "dark"
        assert ASKED not in terminal.raw


def test_nobody_is_asked_who_need_not_be(tmp_path: Path) -> None:
    with opened(tmp_path, "demo") as terminal:
        assert theme(terminal) == "dark"
        assert ASKED not in terminal.raw
    with opened(tmp_path, "demo", "--theme", "auto", TERM="linux", COLORTERM="") as terminal:
        terminal.wait_for("11 open")
        assert ASKED not in terminal.raw


def test_a_theme_that_there_is_not_is_named(tmp_path: Path) -> None:
    with opened(tmp_path, "demo", "--theme", "neon") as terminal:
        assert terminal.wait_exit() == 2
        assert "unknown theme 'neon' (use auto or one of" in terminal.text


def test_the_modes_of_the_terminal_are_as_before(tmp_path: Path) -> None:
    with patient(tmp_path, "demo", "--theme", "auto") as terminal:
        before = terminal.modes
        wait_asked(terminal)
        terminal.send(ATTRIBUTES)
        theme(terminal)
        terminal.press("q")
        assert terminal.wait_exit() == 0
        assert terminal.modes == before
