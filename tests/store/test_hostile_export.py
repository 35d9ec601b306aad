"""Texts from anywhere in exported documents: for other readers they stay the text of one cell, line or label."""

from __future__ import annotations

import re
from random import Random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from store.formats.document.columns import EXTRA_MARK
from store.formats.document.diff import differences
from store.formats.document.reader import read
from store.formats.document.writer import write
from store.formats.markdown import decode_cell, encode_cell
from store.formats.mermaid.writer import write_map
from store.samples import sample_text
from tests.counts import count
from tests.store.hostile import Hostile

if TYPE_CHECKING:
    from collections.abc import Callable

    from markdown_it.token import Token

    from store.formats.document.model import Register

MARKUP = (
    *(
        "<script>alert(1)</script>",
        "[x](javascript:alert(1))",
        "[x](<javascript:a>)",
        "[x]( JavaScript:a)",
        "<img src=x>",
    ),
    *(
        "![x](data:text/html,y)",
        "[x](java&#115;cript:a)",
        "[x](&#106;avascript:a)",
        "<javascript:a>",
        "<!-- a",
        "</td>",
    ),
    *("[a]: javascript:b", "[^1]: note", "[^1]", "<?php", "<![CDATA[", "[x](vbscript:a)", "[x](\\javascript:a)"),
    *("`<b>`", "`a <b> c", "[`x`](https://a`) <b>`", "# a", "- a", "1. a", "> a", "```\na", "~~~", "    code", "***"),
)
# The comments of categories, which depend on their names.
CODE = re.compile(r"<!-- (?:code: [\w.]+|no definition) -->")
# The places of a map without text, and the characters of its labels.
LINES = re.compile(
    r'graph TD|    subgraph "Debt Interactions"|    end|'
    r'        \w+\["(?:[^"`<>;%{}\[\]|\\#&]|#\d+;|<br/>)*"\]|'
    r'    \w+ -->(?:\|"(?:[^"`<>;%{}\[\]|\\#&]|#\d+;|<br/>)*"\|)? \w+|    style \w+ fill:#[0-9a-f]{6}|'
)
READER = MarkdownIt("commonmark", {"html": True}).enable("table")
READER.validateLink = lambda _: True  # type: ignore[method-assign]  # what another reader may let through


class Marked(Hostile):
    """Registers with markup in every field."""

    def raw(self, most: int = 7) -> str:
        return super().raw(most) + (self.random.choice(MARKUP) if self.random.random() < 0.4 else "")


def inside(tokens: list[Token]) -> list[Token]:
    """Every token inside of blocks."""
    return [child for token in tokens if token.type == "inline" for child in token.children or []]


def shape(text: str) -> list[tuple[str, str]]:
    """What a document is made of for another reader, without prose, which may hold lists and quotations."""
    tokens = READER.parse(text)
    keep = ("heading_open", "fence", "table_open", "tr_open", "td_open", "th_open", "html_block", "code_block", "hr")
    return [(t.type, t.tag) for t in tokens if t.type in keep and not CODE.fullmatch(t.content.strip())]


def blank(register: Register) -> Register:
    """The same register with a plain word for every text that another person may have typed."""

    def word(text: str | None) -> str | None:
        return "word" if text else text

    return register._replace(
        title="word",
        extends=word(register.extends),
        system=word(register.system),
        purpose=word(register.purpose),
        note=word(register.note),
        cadence=tuple(entry._replace(label=entry.label and "word", text="word") for entry in register.cadence),
        categories=tuple(
            c._replace(definition=word(c.definition), name=f"word {n}") for n, c in enumerate(register.categories)
        ),
        items=tuple(
            item._replace(
                title=word(item.title),
                description=item.description and "word",
                status_note=word(item.status_note),
                components=("word",) if item.components else (),
                mitigation_plan=word(item.mitigation_plan),
                owner=word(item.owner),
                affected=item.affected,
                accepted_by=word(item.accepted_by),
                extra=tuple((name, "word") for name, _ in item.extra),
            )
            for item in register.items
        ),
    )


def wrong(text: str, plain: str) -> list[str]:
    """What the text of a document does that plain words would not."""
    environment: dict[str, object] = {}
    tokens = READER.parse(text, environment)
    found = [] if shape(text) == shape(plain) else ["another shape"]
    found += ["a reference"] if environment.get("references") else []
    html = [token.content for token in inside(tokens) if token.type == "html_inline"]
    found += [f"HTML {content}" for content in html if content not in ("<br>", EXTRA_MARK)]
    for token in inside(tokens):
        target = str(token.attrs.get("href", token.attrs.get("src", "")))
        if ":" in target.split("/")[0] and not target.casefold().startswith(("http:", "https:", "mailto:")):
            found.append(f"a link to {target}")
    return found


def exported_badly(seed: int, change: Callable[[str], str] = str) -> list[str]:
    """What a register of any text becomes that it must not, in its document and in its map."""
    register = Marked(Random(seed)).register()
    text = write(register)
    again = read(text)
    assert again.register is not None
    found = [str(difference) for difference in differences(register, again.register, by="key")]
    found += wrong(change(text), change(write(blank(register))))
    chart = write_map(register)
    found += [f"in the map: {line}" for line in chart.splitlines() if not LINES.fullmatch(line)]
    return found


@pytest.mark.soak
def test_any_register_is_a_document_of_the_same_shape() -> None:
    assert {seed: bad for seed in range(count(25, 10_000)) if (bad := exported_badly(seed))} == {}


@pytest.mark.parametrize("text", MARKUP)
def test_markup_is_text_in_a_cell_and_comes_back(text: str) -> None:
    source = encode_cell(text)
    assert decode_cell(source) == text
    assert wrong(f"| a |\n|---|\n| {source} |", "| a |\n|---|\n| x |") == []


@pytest.mark.parametrize(
    "text", ["[x](docs/a.md)", "[x](https://a/b:c)", "[x](#a)", "a `<b>` c", "a < b", "*x*", "a<1"]
)
def test_what_does_no_harm_stays_as_it_is(text: str) -> None:
    assert encode_cell(text) == text


@settings(deadline=None)
@given(st.lists(st.one_of(st.sampled_from(MARKUP), st.sampled_from("`<>[]()\\a: "), st.text(max_size=3)), max_size=9))
def test_no_mixture_of_markup_gets_through(pieces: list[str]) -> None:
    text = "".join(pieces).replace("\r", "").replace("\0", "").strip()
    source = encode_cell(text)
    assert decode_cell(source) == text
    assert wrong(f"| a |\n|---|\n| x{source}x |", "| a |\n|---|\n| x |") == []


def test_a_writer_that_encodes_nothing_is_caught() -> None:
    def bare(text: str) -> str:
        return re.sub(r"&#(\d+);", lambda match: chr(int(match[1])), text)

    assert sum(bool(exported_badly(seed, bare)) for seed in range(40)) > 20


def test_what_a_person_wrote_in_the_document_stays() -> None:
    html = "<b>kept</b> [x](javascript:y)"
    template = sample_text().replace("| Open |", f"{html} | Open |", 1)
    register = read(template).register
    assert register is not None
    assert write(register, template=template) == template
    other = register.items[-1]
    changed = register._replace(items=(*register.items[:-1], other._replace(description="<i>new</i>")))
    text = write(changed, template=template)
    assert html in text
    assert "&#60;i>new&#60;/i>" in text
