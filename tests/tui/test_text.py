"""User text on its way to a terminal: safe, cut, wrapped, never wider than asked."""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from wcwidth import iter_graphemes, wcswidth, wcwidth

from store.enums import RATINGS, Status
from tests.counts import count
from tui.render.lines import emphasized, width_of, wrapped
from tui.render.text import (
    ASCII,
    COMBINING_LIMIT,
    UNICODE,
    ZWNJ,
    cluster_end,
    cluster_start,
    clusters,
    cut,
    encodable,
    evened,
    fit,
    fit_key,
    line,
    masked,
    safe,
    split_word,
)

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
    return char not in ("\n", ZWNJ) and unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp", "Cs", "Co")


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


JOINED_WORDS = ("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "\u0915\u094d\u200c\u0937")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\u2764\ufe0f on", "\u2764 on"),
        ("1\ufe0f\u20e3", "1\u20e3"),
        ("\U0001f44d\U0001f3fd", "\U0001f44d"),
        ("\u261d\ufe0f\U0001f3fd", "\u261d"),
        ("\U0001f468\u200d\U0001f469\u200d\U0001f467", "\U0001f468\U0001f469\U0001f467"),
        ("\U0001f3f3\ufe0f\u200d\U0001f308", "\U0001f3f3\U0001f308"),
        ("\U0001f1e9\U0001f1ea", "DE"),
        ("\u0915\u094d\u200d\u0937", "\u0915\u094d\u0937"),
        *((word, word) for word in JOINED_WORDS),
        ("a\u200cb", "a<U+200C>b"),
        ("\u0645\u200c ", "\u0645<U+200C>"),
        ("a\u200db", "a<U+200D>b"),
        ("\U0001f3fd", "<U+1F3FD>"),
        ("\ufe0f", ""),
        ("\U0001f3f4\U000e0067", "\U0001f3f4<U+E0067>"),
        ("\u0645\u200b\u202b", "\u0645<U+200B><U+202B>"),
    ],
)
def test_what_terminals_count_differently_is_shown_as_all_draw_it(text: str, shown: str) -> None:
    assert line(text) == shown
    assert len(masked(text)) == len(text)


SIGNS = "\u2764\ufe0f\u200d\u200c\U0001f44d\U0001f3fd\U0001f469\U0001f1e9\U0001f1ea1\u20e3\u0645\u06cca "
SIGNS += "\u0915\u0937\u0301\u6f22\u2615"
LATIN = "\xe9\u0416\u2026\u2500\uac00\u3042"
INDIAN = "\u094d\u0939\u093f\u0928"


@given(st.text(SIGNS))
def test_every_terminal_counts_the_same_cells(text: str) -> None:
    shown = line(text)
    by_code_point = sum(wcwidth(char) for char in shown)
    assert cell_len(shown) == by_code_point == wcswidth(shown)
    assert line(shown) == shown
    assert cell_len(evened(text)) == cell_len(text) == sum(wcwidth(char) for char in evened(text))


def test_vowels_of_indian_scripts_have_room() -> None:
    word = "\u0939\u093f\u0928\u094d\u0926\u0940"
    assert cell_len(word) == 5
    assert [cut(word, width) for width in (1, 2, 3, 4)] == ["…", "…", "\u0939\u093f…", "\u0939\u093f…"]
    assert split_word(word, 2, 3) == [word[:2], word[2:]]


@given(st.text(f"{SIGNS}{LATIN}{INDIAN}\U000e0067\u1112\u1161\u11ab\u0e19\u0e33"))
def test_clusters_are_those_of_unicode(text: str) -> None:
    assert [text[start:end] for start, end in pairwise((0, *clusters(text)))] == list(iter_graphemes(text))
    for at in range(len(text)):
        ends = (0, *clusters(text))
        assert cluster_start(text, at + 1) == max(end for end in ends if end <= at)
        assert cluster_end(text, at) == min(end for end in ends if end > at)


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


@given(st.text(st.characters(exclude_characters="…")), st.integers(min_value=8, max_value=40))
def test_a_key_is_cut_in_the_middle(text: str, width: int) -> None:
    key = line(text)
    shown = fit_key(key, width)
    assert cell_len(shown) == width
    start, more, end = shown.rstrip().partition("…")
    assert bool(more) == (cell_len(key) > width)
    assert key.startswith(start)
    assert key.endswith(end)
    assert not more or cell_len(end) >= width // 2 - 2


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
    assert [span for span in emphasized("**Loop:** a `b|c` _d_ e") if span[0]] == [
        ("Loop:", "strong"),
        (" a ", ""),
        ("b|c", "code"),
        (" ", ""),
        ("d", "emphasis"),
        (" e", ""),
    ]


def test_entities_and_links_reach_no_terminal_as_controls() -> None:
    assert [*emphasized("&#27;[31m **&#x202E;**")] == [("\u241b[31m ", ""), ("<U+202E>", "strong")]


def test_names_with_underscores_are_no_emphasis() -> None:
    assert [span for span in emphasized("set max_pool_size now") if span[0]] == [("set max_pool_size now", "")]


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
