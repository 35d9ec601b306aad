"""Cells: where they are, what they mean, and components."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from store.formats.markdown import (
    BLANK,
    decode_cell,
    decode_prose,
    encode_cell,
    encode_prose,
    join_components,
    split_components,
    split_row,
)
from tests.store.hostile import Hostile

seeds = st.integers(0, 2**64)


def contents(line: str) -> list[str]:
    return [cell.strip(BLANK) for cell in split_row(line)[1]]


@pytest.mark.parametrize(
    ("line", "cells"),
    [
        ("| a | b |", ["a", "b"]),
        ("a | b", ["a", "b"]),
        ("  |a|b|  ", ["a", "b"]),
        ("| a \\| b | c |", ["a \\| b", "c"]),
        ("| `a|b` |", ["`a", "b`"]),
        ("| a \\\\| b |", ["a \\\\| b"]),
        ("||", [""]),
        ("| | |", ["", ""]),
        ("|a\u2028b|\x0c|", ["a\u2028b", ""]),
        ("", []),
        ("|", []),
    ],
)
def test_a_row_is_split_at_its_pipes(line: str, cells: list[str]) -> None:
    assert contents(line) == cells


@settings(deadline=None)
@given(seeds)
def test_rows_are_scanned_as_markdown_it_scans_them(seed: int) -> None:
    random = Random(seed)
    hostile = Hostile(random)
    count = random.randint(1, 4)

    def row() -> str:
        cells = [random.choice([hostile.line(), "", " ", "\\", "a"]) for _ in range(random.randint(1, 5))]
        return random.choice(["", "|", "| ", "\xa0"]) + "|".join(cells) + random.choice(["", "|", " |", "|\t"])

    header = "|" + "a|" * count
    lines = [header, "|" + "-|" * count, *(row() for _ in range(4))]
    tokens = MarkdownIt("commonmark").enable("table").parse("\n".join(lines))
    found: dict[int, list[str]] = {}
    for token in tokens[: next(i for i, t in enumerate(tokens) if t.type == "table_close")]:
        if token.type == "inline" and token.map:
            found.setdefault(token.map[0], []).append(token.content)
    for number, cells in found.items():
        mine = [text.replace("\\|", "|") for text in contents(lines[number])]
        assert [*mine, *[""] * count][:count] == cells


@settings(deadline=None)
@given(seeds)
def test_any_text_fits_into_a_cell(seed: int) -> None:
    text = Hostile(Random(seed)).text()
    source = encode_cell(text)
    assert decode_cell(source) == text
    assert contents(f"|{source}|x|") == ([source, "x"] if text else ["", "x"])


@settings(deadline=None)
@given(seeds, st.booleans())
def test_any_text_fits_on_one_line_of_prose(seed: int, punctuation: bool) -> None:
    text = Hostile(Random(seed)).text()
    source = encode_prose(text, punctuation=punctuation)
    assert decode_prose(source) == text
    assert "\n" not in source


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("a \\| b", "a | b"),
        ("a<br>b<BR/>c<br />d", "a\nb\nc\nd"),
        ("&#60;br>", "<br>"),
        ("&#38;#60;", "&#60;"),
        ("&amp; &#233; &#x3c;", "&amp; &#233; &#x3c;"),
        ("*a* `b`", "*a* `b`"),
    ],
)
def test_little_of_a_cell_is_decoded(source: str, text: str) -> None:
    assert decode_cell(source) == text


@pytest.mark.parametrize(
    ("text", "source"),
    [("a | b", "a \\| b"), ("a\nb", "a<br>b"), ("a\\", "a&#92;"), ("a\\\nb", "a&#92;<br>b"), ("&lt;", "&lt;")],
)
def test_little_of_a_text_is_encoded(text: str, source: str) -> None:
    assert encode_cell(text) == source


@pytest.mark.parametrize(
    ("cell", "components"),
    [
        ("Metaflow workflows (3,000+ projects)", ("Metaflow workflows (3,000+ projects)",)),
        ("All models; Flink PL-002; Amber", ("All models", "Flink PL-002", "Amber")),
        ("PL-002 (Flink), PL-003/PL-004 (Spark), all", ("PL-002 (Flink)", "PL-003/PL-004 (Spark)", "all")),
        ("a, b; c", ("a, b", "c")),
        ("f(a; b), g[c, d]", ("f(a; b)", "g[c, d]")),
        ("AT&amp;T, b", ("AT&amp;T", "b")),
        ("a&#59; b", ("a; b",)),
        ("a (b, c", ("a (b", "c")),
        ("a; a;; b ;", ("a", "b")),
        ("a,b", ("a,b",)),
        ("", ()),
    ],
)
def test_a_cell_names_components(cell: str, components: tuple[str, ...]) -> None:
    assert split_components(cell) == components


@pytest.mark.parametrize(
    ("components", "like", "cell"),
    [
        (("a", "b"), None, "a; b"),
        (("a", "b"), "x, y", "a, b"),
        (("a", "b"), "x; y", "a; b"),
        (("a, b",), "x, y", "a, b;"),
        (("a; b", "c"), None, "a&#59; b; c"),
        (("a (b", "c)"), "x, y", "a &#40;b, c&#41;"),
        ((), None, ""),
    ],
)
def test_components_are_joined(components: tuple[str, ...], like: str | None, cell: str) -> None:
    assert join_components(components, like) == cell
    assert split_components(cell) == components


@settings(deadline=None)
@given(seeds, st.sampled_from([None, "a, b", "a; b"]))
def test_any_components_are_joined_and_split_again(seed: int, like: str | None) -> None:
    hostile = Hostile(Random(seed))
    components = tuple(dict.fromkeys(hostile.line() for _ in range(hostile.random.randint(0, 4))))
    assert split_components(join_components(components, like)) == components
