"""Inline Markdown of users' texts, as styles and without its marks."""

from __future__ import annotations

import re
import sys
from itertools import groupby
from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from store.formats.inline import read_inline, without_marks
from store.text import lead_of

if TYPE_CHECKING:
    from types import FrameType

    from markdown_it.token import Token


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("**Loop:** a `b|c` _d_", [("Loop:", "strong"), (" a ", ""), ("b|c", "code"), (" ", ""), ("d", "emphasis")]),
        ("***both*** ~~gone~~", [("both", "strong emphasis"), (" ", ""), ("gone", "strike")]),
        ("[the *docs*](https://a.example/x_(y) 'T').", [("the ", "link"), ("docs", "emphasis link"), (".", "")]),
        ("<https://a.example> ![a chart](c.png)", [("https://a.example", "link"), (" ", ""), ("a chart", "link")]),
        ("one<br>**two\nthree**", [("one\n", ""), ("two\nthree", "strong")]),
        ("`` a`b `` and ``", [("a`b", "code"), (" and ``", "")]),
        ("**太字。**次**「引用」**", [("太字。", "strong"), ("次", ""), ("「引用」", "strong")]),
        ("**model**s and *it*s", [("model", "strong"), ("s and ", ""), ("it", "emphasis"), ("s", "")]),
        ("**not closed\n\nhere**", [("**not closed\n\nhere**", "")]),
    ],
)
def test_marks_become_styles(text: str, read: list[tuple[str, str]]) -> None:
    assert list(read_inline(text)) == read


@pytest.mark.parametrize(
    "text",
    [
        *("set max_pool_size now", "5 * 3 * 2", "* a point", "a lone *", "[not a link] (a)", "f(x)[0]"),
        *("call __init__ of Model.__init__.py", "p**2 + q**2", "5*x + 6*y", "batch*seq*dim", "2**10 and 3**4"),
        *("f(*args, **kwargs)", "src/**/*.py", "[](x.png)", "![ ](x.png)"),
        *("a < b & c > d", "List<T>", "~5 of ~10", "C:\\data", "_private", "AT&T;", "[^1]"),
    ],
)
def test_what_is_not_markdown_stays(text: str) -> None:
    assert without_marks(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (r"\*not bold\* \_ \\ \[a\](b)", r"*not bold* _ \ [a](b)"),
        ("A &amp; B &lt;C&gt; &#42; &eacute; &nosuch;", "A & B <C> * é &nosuch;"),
        ("&#0; &#xD800;", "\ufffd \ufffd"),
    ],
)
def test_escapes_and_entities_show_as_what_they_name(text: str, shown: str) -> None:
    assert without_marks(text) == shown


MARKS = [*"*_`.(!\\ab1é ", "**", "__", "~~", "***", "[x](u)", "&amp;", "<br>", "\\*", "-"]


@given(st.lists(st.sampled_from(MARKS)).map("".join))
def test_it_reads_as_commonmark_does(text: str) -> None:
    text = text.strip()
    # Names such as __a__ and stars between letters are text.
    assume(text and "~~~" not in text and not re.search(r"__[ab1_]+__|[ab1]\*+[ab1]", text))
    parser = MarkdownIt("commonmark").enable("strikethrough")
    found = list(_expected(parser.parseInline(text)[0].children or [], ()))
    expected = [("".join(piece for piece, _ in same), style) for style, same in groupby(found, lambda one: one[1])]
    assert list(read_inline(text)) == expected


NAMES = {"strong": "strong", "em": "emphasis", "s": "strike", "link": "link"}


def _expected(tokens: list[Token], around: tuple[str, ...]) -> list[tuple[str, str]]:
    found = []
    for token in tokens:
        name = NAMES.get(token.tag if token.tag != "a" else "link", "")
        if token.nesting == 1:
            around += (name,)
        elif token.nesting == -1:
            around = around[:-1]
        else:
            styles = {*around, *(("code",) if token.type == "code_inline" else ())}
            text = "\n" if token.type == "html_inline" else token.content
            order = [style for style in ("strong", "emphasis", "strike", "link", "code") if style in styles]
            found += [(text, " ".join(order))] if text else []
    return found


@pytest.mark.parametrize("part", ["*a ", "*a**b", "``a`", '[a](b "', "[", "[a](b)", "*_", "(*a", "<a b=", "~~a"])
def test_long_texts_of_marks_are_read_in_steps_that_grow_with_the_text_alone(part: str) -> None:
    short, long = (part * (size // len(part)) for size in (10_000, 20_000))
    assert steps_to_read(long, most=300 * len(long)) < 2.1 * steps_to_read(short, most=300 * len(short))


def steps_to_read(text: str, *, most: int) -> int:
    """The calls and returns of functions while a text is read; fails where there are more than `most`."""
    steps = 0

    def count(_frame: FrameType, _event: str, _argument: object) -> None:
        nonlocal steps
        steps += 1
        if steps > most:
            sys.setprofile(None)
            raise AssertionError(f"more than {most:,} steps")

    sys.setprofile(count)
    try:
        read_inline(text)
    finally:
        sys.setprofile(None)
    return steps


def test_lead_words_are_without_marks() -> None:
    assert lead_of("The **hot** `path`", "") == "The **hot** `path`"
    assert lead_of(None, "**Bold** and [linked](x) \\* words") == "Bold and linked * words"
    assert lead_of(None, "**" + "word " * 200 + "**").startswith("word word")
