"""Wrapping: nothing of a label is lost, few lines, then narrow ones, and words whole where a line has room for them."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tests.map_layout.checking import squeezed
from tui.map_layout.canvas import label_of, longest_word, narrowed_label, wrapped_label

WORDS = st.sampled_from(
    ["a", "to", "skew", "cascade", "偏り", "学", "e\u0301t", "❤️", "train-serve", "antidisestablishment"]
)
LABELS = st.lists(WORDS, max_size=9).map(" ".join)
WIDTHS = st.integers(2, 32)
"""A wide character has room in any of them."""


def widest(lines: tuple[str, ...]) -> int:
    return max(map(cell_len, lines), default=0)


def fewest_lines(label: str, width: int) -> int:
    """The least number of lines, by trying every place to end each of them; all words fit the width."""
    words = label.split()

    @cache
    def least(start: int) -> int:
        if start == len(words):
            return 0
        ends = [end for end in range(start + 1, len(words) + 1) if cell_len(" ".join(words[start:end])) <= width]
        return 1 + min(least(end) for end in ends)

    return least(0)


def breaks_more(label: str, narrow: int, wide: int) -> bool:
    """Whether a width breaks a word that another one leaves whole."""
    return any(narrow < cell_len(word) <= wide for word in label.split())


@given(LABELS, WIDTHS)
def test_nothing_is_lost(label: str, width: int) -> None:
    lines = wrapped_label(label, width)
    assert squeezed("".join(lines)) == squeezed(label)
    assert all(line and line == line.strip() for line in lines)
    assert widest(lines) <= width


@given(LABELS, WIDTHS)
def test_words_that_fit_stay_whole(label: str, width: int) -> None:
    pieces = " ".join(wrapped_label(label, width)).split()
    assert all(word in pieces for word in label.split() if cell_len(word) <= width)


@given(LABELS, WIDTHS)
def test_as_few_lines_as_can_be(label: str, width: int) -> None:
    width = max(width, longest_word(label))
    assert len(wrapped_label(label, width)) == fewest_lines(label, width)


@given(LABELS, WIDTHS)
def test_as_narrow_as_that_many_lines_allow(label: str, width: int) -> None:
    lines = wrapped_label(label, width)
    for narrower in range(2, widest(lines)):
        assert breaks_more(label, narrower, width) or len(wrapped_label(label, narrower)) > len(lines)


@given(LABELS, WIDTHS, st.integers(0, 5))
def test_more_lines_make_it_narrower_to_a_quarter_at_most(label: str, width: int, more: int) -> None:
    lines = wrapped_label(label, width)
    if not lines:
        return
    most = len(lines) + more
    narrow = narrowed_label(label, lines, most)
    assert squeezed("".join(narrow)) == squeezed(label)
    assert len(narrow) <= most
    assert widest(narrow) <= widest(lines)
    assert not breaks_more(label, widest(narrow), widest(lines))
    for narrower in range(max(widest(lines) // 4, 2), widest(narrow)):
        assert breaks_more(label, narrower, widest(lines)) or len(wrapped_label(label, narrower)) > most


@pytest.mark.parametrize(
    ("width", "lines"),
    [
        (30, ("schema breaks cascade to",)),
        (22, ("schema breaks", "cascade to")),
        (12, ("schema", "breaks", "cascade to")),
        (9, ("schema", "breaks", "cascade", "to")),
        (4, ("sche", "ma", "brea", "ks", "casc", "ade", "to")),
    ],
)
def test_the_same_label_at_several_widths(width: int, lines: tuple[str, ...]) -> None:
    assert wrapped_label("schema breaks cascade to", width) == lines


def test_as_many_lines_as_the_row_has_anyway() -> None:
    lines = wrapped_label("schema breaks cascade to", 30)
    assert narrowed_label("schema breaks cascade to", lines, 2) == ("schema breaks", "cascade to")
    assert narrowed_label("schema breaks cascade to", lines, 3) == ("schema", "breaks", "cascade to")
    assert narrowed_label("schema breaks cascade to", lines, 9) == ("schema", "breaks", "cascade", "to")


def test_a_character_wider_than_the_line_has_one_to_itself() -> None:
    assert wrapped_label("a学 b", 1) == ("a", "学", "b")


def test_no_label_has_no_lines() -> None:
    assert wrapped_label("", 30) == wrapped_label("  ", 30) == ()
    assert longest_word("") == 0


def test_a_label_is_safe_and_on_one_line() -> None:
    assert label_of(None) == label_of(" \n\u0301 ") == ""
    assert label_of(" skew\n\tamplifies\x07 ") == "skew amplifies\u2407"
    assert label_of("\u0301e\u0301 to") == "e\u0301 to"
