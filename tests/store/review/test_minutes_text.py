"""Minutes as Markdown: every text is shown unchanged, whatever it contains."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from store.formats.markdown import block, inline

if TYPE_CHECKING:
    from markdown_it.token import Token

MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])
PIECES = st.sampled_from(
    [
        *"\\`*_[]<>|#~&!-+=.)(:^$ \n\t",
        "a",
        "1",
        "&lt;",
        "&#35;",
        "<br>",
        "](x)",
        "* ",
        "1. ",
        "---",
        "```",
        "~~",
        "**",
        "  ",
    ]
)
TEXTS = st.lists(PIECES, min_size=1, max_size=12).map("".join).filter(str.strip)


def words(tokens: list[Token]) -> str:
    """What a rendered document shows, every blank as one."""
    shown: list[str] = []
    for token in tokens:
        for each in token.children or ():
            assert each.type in ("text", "softbreak", "hardbreak"), each
            shown.append(each.content or "\n")
        shown.append("\n")
    return " ".join("".join(shown).split())


def kinds(tokens: list[Token]) -> set[str]:
    return {re.sub(r"_(open|close)$", "", token.type) for token in tokens}


@given(TEXTS)
@example("a\n\n    code\n\n> quoted\n===\n- list\n1) one")
@example("&amp; <script>alert(1)</script> [x](javascript:1) ![i](y) <http://a>")
@example("snake_case_name __init__ _a_ 5*3 C# #1 # # |x| \\| \\")
def test_a_text_shows_as_it_is_wherever_it_stands(text: str) -> None:
    wanted = " ".join(text.split())
    assert words(MARKDOWN.parse(f"# {inline(text)}")) == wanted
    assert words(MARKDOWN.parse(inline(text))) == wanted
    found = MARKDOWN.parse(f"| a | b |\n|---|---|\n| {inline(text)} | x |")
    assert words(found) == f"a b {wanted} x"
    found = MARKDOWN.parse(f"- said: {block(text)}\n- next")
    assert words(found) == f"said: {wanted} next"
    assert kinds(found) <= {"bullet_list", "list_item", "paragraph", "inline"}
    assert sum(token.type == "list_item_open" for token in found) == 2


def test_what_needs_no_escape_stays_as_it_was_typed() -> None:
    assert inline("EN-001: 12 % of snake_case (see docs/a-b.md); 3,000+ & more!") == (
        "EN-001: 12 % of snake_case (see docs/a-b.md); 3,000+ & more!"
    )
    assert block("one\ntwo\n\n\nthree") == "one\\\n  two\n\n  three"
