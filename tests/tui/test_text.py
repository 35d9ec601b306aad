"""User text on its way to a terminal: safe, cut, wrapped, never wider than asked."""

from __future__ import annotations

import re
import unicodedata
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from store.enums import RATINGS, Status
from tests.counts import count
from tui.render.lines import emphasised, width_of, wrapped
from tui.render.text import ASCII, COMBINING_LIMIT, UNICODE, cut, encodable, fit, line, masked, safe, split_word

HOSTILE = (
    "\x1b[31mred",
    "\x1b]52;c;cGF5bG9hZA==\x07",
    "\x1bP+q544e\x1b\\",
    "\x9b31m",
    "\x9d0;title\x9c",
    "\x00\x07\x08\x7f",
    "\u202eevil\u2066",
    "zero\u200bwidth\ufeff",
    "\U000e0041\U000e0042",
    "a\u2028b\u2029c",
)


def acts_on_terminal(char: str) -> bool:
    return char != "\n" and unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp", "Cs", "Co")


@pytest.mark.parametrize("text", HOSTILE)
def test_sequences_become_visible_marks(text: str) -> None:
    shown = safe(text)
    assert not any(acts_on_terminal(char) for char in shown)
    assert len(shown) >= len(text)


@given(st.text())
def test_nothing_a_terminal_acts_on_is_left(text: str) -> None:
    shown = safe(text)
    assert not any(acts_on_terminal(char) for char in shown)
    assert safe(shown) == shown


def test_marks_name_the_character() -> None:
    assert safe("\x1b[0m\u202e") == "\u241b[0m<U+202E>"


def test_combining_marks_are_bounded() -> None:
    shown = safe("e" + "\u0301" * 50)
    assert shown == "e" + "\u0301" * COMBINING_LIMIT


def test_markup_stays_as_written() -> None:
    assert safe("[/foo] [@click=app.quit]x[/]") == "[/foo] [@click=app.quit]x[/]"


def test_a_line_has_no_line_ends() -> None:
    assert line("a\n b\t\tc ") == "a b c"
    assert line(None) == ""


@given(st.text(), st.integers(min_value=1, max_value=40))
def test_cut_and_fit_keep_the_width(text: str, width: int) -> None:
    shown = line(text)
    assert cell_len(cut(shown, width)) <= width
    assert cell_len(fit(shown, width)) == width
    if cell_len(shown) > width:
        assert cut(shown, width).endswith("…")


@given(st.text(), st.integers(min_value=4, max_value=60))
def test_wrapping_loses_no_word_and_keeps_the_width(text: str, width: int) -> None:
    lines = wrapped(((safe(text), ""),), width)
    assert all(width_of(row) <= width for row in lines)
    written = "".join(part for row in lines for part, _ in row)
    assert "".join(written.split()) == "".join(safe(text).split())


def test_wrapping_breaks_between_words() -> None:
    rows = ["".join(text for text, _ in row) for row in wrapped((("one two three four", ""),), 9)]
    assert rows == ["one two", "three", "four"]


@pytest.mark.parametrize("sign", ["❤️", "1️⃣", "e\u0301", "学", "👍🏽"])
def test_a_word_is_broken_between_signs_not_inside_them(sign: str) -> None:
    pieces = split_word(sign * 9, 3, 5)
    assert "".join(pieces) == sign * 9
    assert all(piece == sign * piece.count(sign) for piece in pieces)
    assert cell_len(pieces[0]) <= 3
    assert all(cell_len(piece) <= 5 for piece in pieces)


def test_emphasis_becomes_style() -> None:
    assert [span for span in emphasised("**Loop:** a `b|c` _d_ e") if span[0]] == [
        ("Loop:", "strong"),
        (" a ", ""),
        ("b|c", "code"),
        (" ", ""),
        ("d", "emphasis"),
        (" e", ""),
    ]


def test_entities_and_links_reach_no_terminal_as_controls() -> None:
    assert [*emphasised("&#27;[31m **&#x202E;**")] == [("\u241b[31m ", ""), ("<U+202E>", "strong")]


def test_names_with_underscores_are_no_emphasis() -> None:
    assert [span for span in emphasised("set max_pool_size now") if span[0]] == [("set max_pool_size now", "")]


def test_what_an_encoding_cannot_write_is_named() -> None:
    assert encodable("café ●", "latin-1") == "café <U+25CF>"
    assert encodable("plain", "ascii") == "plain"


def test_each_state_has_its_own_sign_in_both_glyph_sets() -> None:
    for glyphs in (UNICODE, ASCII):
        signs = {glyphs.state(severity, status) for severity in RATINGS for status in Status}
        assert len(signs) == len(RATINGS) * len(Status)
        assert all(cell_len(sign) == 2 for sign in signs)
    assert all(mark.isascii() for mark in ASCII.marks)


@given(st.text())
def test_masking_keeps_every_place(text: str) -> None:
    shown = masked(text)
    assert len(shown) == len(text)
    assert not any(acts_on_terminal(char) or char == "\n" for char in shown)


ALPHABETS = (
    "".join(map(chr, range(0x20))),
    "".join(map(chr, range(0x7F, 0xA1))),
    "\u061c\u200b\u200e\u202a\u202e\u2028\u2029\u2060\u2066\u2069\ufeff\U000e0001\U000e007f\xad",
    "\u0300\u0301\u0336\u20dd\ufe0f\u1160\u3164\ud800\udfff\ue000\uffff\U0010ffff",
    "[]/\\@()=;:'\"$#%{}<>*_`~|",
    "abc XYZ 019 \u6f22\u5b57 \u05d0\u05d1 \U0001f600 \U0001f469\u200d\U0001f680",
)


@pytest.mark.soak
def test_fuzzed_text_never_acts_on_a_terminal() -> None:
    random = Random(20261124)
    bad = 0
    for _ in range(count(2_000, 100_000)):
        text = "".join(random.choice(random.choice(ALPHABETS)) for _ in range(random.randrange(40)))
        shown = safe(text)
        run = re.search(r"(?:[\u0300\u0301\u0336\u20dd\ufe0f]){5}", shown)
        bad += any(acts_on_terminal(char) for char in shown) or safe(shown) != shown or run is not None
        bad += len(masked(text)) != len(text) or any(acts_on_terminal(char) for char in masked(text))
        bad += "\n" in line(text) or any(acts_on_terminal(char) for char in line(text))
    assert bad == 0
