"""The Markdown of a report: tables and a flowchart that other readers understand, and texts that stay texts."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from markdown_it import MarkdownIt

from store.commands.dependencies import link
from store.commands.items import add_item
from store.db.database import Database
from store.formats.mermaid.chart import decode_label, unquote
from store.formats.mermaid.parser import read_chart
from store.queries.report import report
from tests.report.parsed import parsed, tables
from tests.report.scenario import NOW, live
from tui.report.html import html
from tui.report.markdown import markdown
from tui.report.page import page

if TYPE_CHECKING:
    from pathlib import Path

    from markdown_it.token import Token

    from store.formats.mermaid.chart import Chart

HOSTILE = (
    "<script>alert(1)</script>",
    "| a | b |",
    "**bold** `code` _it_",
    "![x](https://example.org/x.png)",
    "[x](javascript:alert(1))",
    '"] --> x["y',
    "```\n# Heading",
    "&lt;b&gt; #35; %%{init}%%",
    "direction LR end",
    "bidi \u202e esc \x1b[2J",
)


def read(text: str) -> list[Token]:
    """The document as GitHub reads it."""
    return MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text)


def rows(tokens: list[Token]) -> list[list[list[str]]]:
    """The cells of all tables, below their heads."""
    found: list[list[list[str]]] = []
    for at, token in enumerate(tokens):
        if token.type == "tbody_open":
            found.append([])
        elif token.type == "tr_open" and found and tokens[at + 1].type == "td_open":
            found[-1].append([])
        elif token.type == "inline" and tokens[at - 1].type == "td_open":
            found[-1][-1].append("".join(child.content for child in token.children or []))
    return found


def written(path: Path) -> str:
    with Database.open(path, clock=lambda: NOW) as db:
        return markdown(page(report(db)))


def flowchart(tokens: list[Token]) -> Chart:
    """The one flowchart of a document."""
    (source,) = [each.content for each in tokens if each.type == "fence" and each.info == "mermaid"]
    return read_chart(source.splitlines(), 1)


def labels(chart: Chart) -> dict[str, str]:
    """The labels of the boxes by id."""
    return {node: decode_label(unquote(source or "")) for node, source in chart.labels.items()}


def test_its_tables_are_those_of_the_html(db: Database) -> None:
    found = report(db)
    both = rows(read(markdown(page(found)))), list(tables(parsed(html(page(found), found.trend))).values())
    assert both[0] == both[1]


def test_its_map_is_a_flowchart_of_the_dependencies(db: Database) -> None:
    found = report(db)
    chart = flowchart(read(markdown(page(found))))
    boxes = labels(chart)
    assert len(boxes) == 9
    assert boxes["n1"].split("\n") == ["FL-003 Artwork Feedback Loop", "Medium, Open"]
    ends = [(boxes[each.source].split()[0], each.label, boxes[each.target].split()[0]) for each in chart.arrows]
    assert ends == [(each.source, each.label, each.target) for each in found.map.links]
    assert chart.unknown == ()


def test_a_large_map_is_a_flowchart_of_the_categories(db: Database) -> None:
    for at in range(30):
        (key,) = add_item(db, {"category": "FL", "description": f"item {at}"}).keys
        link(db, key, "EN-001", "feeds")
    chart = flowchart(read(markdown(page(report(db)))))
    assert "FL Hidden Feedback Loops" in labels(chart).values()
    assert "30 dependencies" in [each.label for each in chart.arrows]


def test_a_heading_and_a_table_have_an_empty_line_before_them(db: Database) -> None:
    lines = markdown(page(report(db))).splitlines()
    for before, line in pairwise(lines):
        assert not line.startswith("#") or not before
        assert not re.match(r"\| -", line) or before.startswith("|")


@pytest.fixture(scope="session")
def harmless(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The kinds of blocks of the register with harmless texts."""
    path = tmp_path_factory.mktemp("harmless") / "register.db"
    live(path, " harmless")
    return [token.type for token in read(written(path))]


@pytest.mark.parametrize("mark", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_stays_text(harmless: list[str], tmp_path: Path, mark: str) -> None:
    path = tmp_path / "hostile.db"
    live(path, f" {mark}".replace("\n", " "))
    text = written(path)
    tokens = read(text)
    assert [token.type for token in tokens] == harmless
    inside = {child.type for token in tokens for child in token.children or []}
    assert inside <= {"text", "strong_open", "strong_close", "text_special"}
    chart = flowchart(tokens)
    assert (len(chart.labels), len(chart.arrows), chart.unknown) == (9, 7, ())
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e]", text)
