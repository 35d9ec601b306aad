"""Search terms are highlighted where they show."""

from __future__ import annotations

import pytest

from tui.render.highlight import ROLE, lit, lit_lines, rows_with
from tui.render.lines import Line, width_of


def hits(lines: list[Line]) -> list[list[str]]:
    """The highlighted pieces of each row."""
    return [[text for text, style in row if ROLE in style.split()] for row in lines]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ((), []),
        (("flink",), ["Flink", "fLINK"]),
        (("nk jo",), ["nk jo"]),
        (("link", "flink"), ["Flink", "fLINK"]),
        (("a+b",), ["a+b"]),
        (("zebra", " "), []),
        (("wide 数据",), ["wide 数据"]),
    ],
)
def test_words_are_lit_in_any_case_and_across_styles(words: tuple[str, ...], found: list[str]) -> None:
    row: Line = (
        ("EN-001 ", "strong"),
        ("Flink jobs", ""),
        (" of fLINK", "quiet"),
        (" a+b", "code"),
        (" wide 数据", ""),
    )
    shown = lit(row, words)
    assert hits([shown]) == [found]
    assert "".join(text for text, _ in shown) == "".join(text for text, _ in row)
    assert width_of(shown) == width_of(row)
    assert all(set(style.split()) - {ROLE} <= {"strong", "quiet", "code"} for _, style in shown)


def test_a_phrase_is_lit_across_the_end_of_a_row_but_not_of_a_paragraph() -> None:
    lines: list[Line] = [(("the dead", ""),), (("  ", ""), ("jobs", "strong"), (" mask", "")), (), (("dead", ""),), ()]
    assert hits(lit_lines(lines, ("dead jobs mask",))) == [["dead"], ["jobs", " mask"], [], [], []]
    assert rows_with(lines, ("dead jobs mask",)) == (0,)
    assert rows_with(lines, ("dead", "mask")) == (0, 1, 3)
    assert rows_with(lines, ("mask dead", " ")) == ()
    assert hits(lit_lines(lines, ("mask dead",))) == [[], [], [], [], []]
    assert [width_of(row) for row in lit_lines(lines, ("dead",))] == [width_of(row) for row in lines]
