"""Documents from anywhere: taken in whole or refused in a sentence, and a refusal leaves the register unchanged."""

from __future__ import annotations

import shutil
import sys
from random import Random
from typing import TYPE_CHECKING

import pytest

from store.commands.imports.apply import apply_import
from store.commands.imports.plan import plan_import
from store.commands.items import add_item
from store.db.database import Database
from store.errors import RegisterError
from store.formats.document.outline import CELLS, COLUMNS, DEPTH, HEADINGS, ROWS
from store.formats.document.reader import read
from store.formats.document.writer import write
from store.formats.lines import LINES, decode
from store.formats.mermaid import parser
from store.formats.mermaid.parser import ARROWS
from store.samples import sample_text
from tests.counts import count
from tests.store.asking import content
from tests.store.charts import Charts
from tests.store.documents import BY_HAND, COMPACT, FOOTNOTES, ODD
from tests.store.hostile import PIECES, Hostile

if TYPE_CHECKING:
    import re
    from collections.abc import Callable
    from pathlib import Path
    from types import FrameType

TABLE = "| ID | Description | Severity | Status |\n|---|---|---|---|\n"
ROW = "| A-1 | words | High | Open |\n"
BOMBS = (*("[", "*_", "`", "<br>", "&#60;", "|", "> ", "- ", "(", "\\", "http://a.", "9", "A1 & ", "[(", "%%{"), "<b ")


def drawn(random: Random) -> str:
    """A document of some hand."""
    kinds = [
        sample_text,
        lambda: COMPACT,
        lambda: BY_HAND,
        lambda: ODD,
        lambda: FOOTNOTES,
        lambda: write(Hostile(random).register()),
        lambda: f"{TABLE}{ROW}\n```mermaid\n" + "\n".join(Charts(random).chart().lines) + "\n```\n",
        lambda: "\n".join(Charts(random).chart().lines),
    ]
    return random.choice(kinds)()


def mutated(text: str, random: Random) -> bytes:
    """The bytes of a document after a few accidents."""
    for _ in range(random.randint(1, 4)):
        lines = text.split("\n")
        at, to = sorted(random.randrange(len(text) + 1) for _ in range(2))
        line = random.randrange(len(lines))
        accident = random.randrange(8)
        if accident == 0:
            text = text[:at] + random.choice(PIECES) + text[at:]
        elif accident == 1:
            text = text[:at] + text[min(to, at + 40) :]
        elif accident == 2:
            text = text[:at] + text[at : at + 200] * 2 + text[at + 200 :]
        elif accident == 3:
            lines[line : line + 1] = [lines[line]] * random.randint(0, 3)
            text = "\n".join(lines)
        elif accident == 4:
            random.shuffle(lines)
            text = "\n".join(lines)
        elif accident == 5:
            text = text[:at] + random.choice(BOMBS) * random.choice([10, 1_000]) + text[at:]
        elif accident == 6:
            other = drawn(random)
            text = text[:at] + other[random.randrange(len(other)) :]
        else:
            text = text.replace(random.choice(lines), Hostile(random).text())
    data = text.encode(errors="replace")
    if random.random() < 0.1:
        at = random.randrange(len(data) + 1)
        data = data[:at] + random.randbytes(3) + data[at:]
    return data


def take(db: Database, data: bytes, random: Random) -> None:
    """Import a document as the command does."""
    text = decode(data, "debt.md")
    plan = plan_import(db, text, path="debt.md")
    apply_import(db, plan, prune=random.random() < 0.2 and not plan.map_alone, prefer="file")
    if plan.content is not None:
        there = {item.key for item in content(db).items}
        assert {plan.reading and item.origin for item in plan.content.items} <= there


def partly(folder: Path, started: Path, tries: int, importer: Callable[[Database, bytes, Random], None]) -> list[int]:
    """The seeds whose import was refused and changed the register all the same, or in more than a sentence."""
    found, refused, taken = [], 0, 0
    for seed in range(tries):
        random = Random(seed)
        if seed % 20 == 0:
            shutil.copyfile(started, folder / "register.db")
        with Database.open(folder / "register.db", actor="ana") as db:
            before = (folder / "register.db").read_bytes()
            try:
                importer(db, mutated(drawn(random), random), random)
                taken += 1
            except RegisterError as error:
                refused += 1
                if (folder / "register.db").read_bytes() != before or len(str(error)) > 1_000:
                    found.append(seed)
    assert min(taken, refused) > tries // 20
    return found


@pytest.fixture
def started(sample_copy: Path) -> Path:
    """A register to import into."""
    return sample_copy


@pytest.mark.soak
def test_any_document_is_taken_in_whole_or_not_at_all(tmp_path: Path, started: Path) -> None:
    (tmp_path / "here").mkdir()
    assert partly(tmp_path / "here", started, count(25, 200_000), take) == []


def test_an_importer_that_goes_half_the_way_is_caught(tmp_path: Path, started: Path) -> None:
    def half(db: Database, data: bytes, random: Random) -> None:
        add_item(db, {"category": "BE", "description": "half", "severity": "low"})
        take(db, data, random)

    (tmp_path / "here").mkdir()
    assert len(partly(tmp_path / "here", started, 20, half)) > 2


def document(before: str = "", rows: str = ROW, after: str = "") -> str:
    return f"# Debt\n\n{before}\n\n## Entanglement\n\n{TABLE}{rows}\n{after}"


def chart(*lines: str) -> str:
    return document(after="\n".join(["```mermaid", "graph TD", *lines, "```", ""]))


NODES = " & ".join(f"n{number}" for number in range(300))
REFUSED = {
    "lines": (document("x\n" * (LINES + 1)), f"more than {LINES:,} lines"),
    "rows": (document(rows="| A-1 | | High | Open |\n" * (ROWS + 1)), f"more than {ROWS:,} rows"),
    "columns": (document(after=f"|{'a|' * (COLUMNS + 2)}\n|{'-|' * (COLUMNS + 2)}\n"), f"more than {COLUMNS} cells"),
    "cells": (document(rows=f"{ROW}|{'|' * 100_000}\n"), f"more than {COLUMNS} cells"),
    "all cells": (
        document(after=f"|{'a|' * 400}\n|{'-|' * 400}\n" + f"|{'a|' * 400}\n" * 5_000),
        f"than {CELLS:,} cells",
    ),
    "headings": (document("# a\n" * (HEADINGS + 1)), f"more than {HEADINGS:,} headings"),
    "underlined headings": (document("a\n-\n" * (HEADINGS + 1)), f"more than {HEADINGS:,} headings"),
    "arrows": (chart(f"{NODES} --> {NODES}"), f"the map has more than {ARROWS:,} arrows"),
    "chain": (chart("A1-->" * (ARROWS + 1) + "A1"), f"the map has more than {ARROWS:,} arrows"),
    "lists": (document("- " * 20_000 + "x"), f"more than {DEPTH} deep"),
    "quotations": (document(">" * 20_000 + "x"), f"more than {DEPTH} deep"),
    "cell": (document(rows=f"| A-1 | {'x' * 70_000} | High | Open |\n"), "longer than 65,536 bytes"),
    "number": (document(rows=f"| A-1 | {'1' * 10**6} | High | Open |\n"), "longer than 65,536 bytes"),
    "header": (document(after=f"| {'*' * 70_000} | b |\n|-|-|\n"), "headers of this table are longer than 65,536"),
    "title": ("# " + "x" * 70_000 + document(), "the title is longer than 65,536 bytes"),
    "definition": (
        document(rows=ROW).replace("\n\n| ID", "\n\n" + "x " * 40_000 + "\n\n| ID"),
        "the definition is longer",
    ),
    "node": (chart(f'A1["A-1<br/>{"x" * 70_000}"]'), "the title of A-1 is longer"),
    "label": (chart(f'A1 -->|"{"x" * 70_000}"| A1'), "the label of this arrow is longer"),
}
FEW = 1_000
"""What the limits of the cases below are set to."""
PROSE = ("document.outline.STEPS", f"more than {FEW // 2} lines of text outside of tables and fences")
NAMED = ("document.outline.HEADINGS", f"more than {FEW:,} headings")
PARTS = ("mermaid.parser.PARTS", f"more than {FEW:,} nodes and other statements")
LINKS = ("mermaid.parser.ARROWS", f"more than {FEW:,} arrows")
MAP = "```mermaid\ngraph TD"
ENDLESS = {
    "prose": ("# A\n\n", "x\n", PROSE),
    "entries": ("# A\n\n", "*\n", PROSE),
    "quotation": ("# A\n\n", "> x\n", PROSE),
    "paragraphs": ("# A\n\n", "x\n\n", PROSE),
    "references": ("# A\n\n", "[a]: /b\n", PROSE),
    "lists in lists": ("# A\n\n", "- - - x\n", PROSE),
    "nodes": (f"{MAP}\n", "A1 & ", PARTS),
    "lines of nodes": (f"{MAP}\n", "A1\n", PARTS),
    "lines not understood": (f"{MAP}\n", "?\n", PARTS),
    "styles": (f"{MAP}\n", "style A1 fill:#fff;", PARTS),
    "styled nodes": (f"{MAP}\nstyle A1", ",A1", PARTS),
    "styled arrows": (f"{MAP}\nlinkStyle 1", ",1", PARTS),
    "comments": (f"{MAP}\n", "%%{ a }%%", PARTS),
    "comments in an arrow": (f"{MAP}\nA1 -->", "%%{ a }%%", PARTS),
    "subgraphs": (f"{MAP}\n", "subgraph A\n", PARTS),
    "chain": (f"{MAP}\n", "A1 --> ", LINKS),
    "lines of arrows": (f"{MAP}\n", "A1 --> A2\n", LINKS),
    "headings": ("", "# A\n", NAMED),
    "underlined headings": ("", "A\n-\n", NAMED),
}
TAKEN = {
    "total": document(f"> **Project Total:** {'9' * 60_000}"),
    "links": document("http://a." * 5_000),
    "brackets": document("[" * 50_000, rows=f"| A-1 | {'[' * 50_000} | High | Open |\n"),
    "one line": document("word " * 10_000, after="word " * 200_000),
    "emphasis": document("*a " * 20_000),
    "lists": document("\n".join("  " * depth + "- x" for depth in range(30))),
    "fence": document(after="```\n" + "x\n" * 10_000),
    "subgraphs": chart(*["subgraph s"] * 10_000, *["end"] * 10_000),
    "open labels": chart(*["A1>"] * 50_000),
    "blanks": chart("A1" + " " * 10**6 + ";" * 10**6),
    "fences": document(after="```\n" * 100_000),
    "shapes": chart("A1" + "[(" * 25_000),
    "references": document("".join(f"[a{number}]: /b\n" for number in range(5_000))),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_too_much_is_a_problem_that_names_the_limit(name: str) -> None:
    text, says = REFUSED[name]
    reading = read(text)
    assert says in str(reading.problems[0])
    assert len(str(reading.problems[0])) < 300
    assert reading.problems[0].remedy


def test_a_long_word_that_is_not_a_status_is_noticed_in_short() -> None:
    reading = read(document(rows=f"| A-1 | | High | {'(' * 50_000} |\n"))
    assert reading.problems == ()
    assert "unknown status" in reading.notices[0].what
    assert len(reading.notices[0].what) < 300


def calls(text: str) -> int:
    """How many functions reading a text calls."""
    number = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal number
        number += event == "call"

    sys.setprofile(count)
    try:
        read(text)
    finally:
        sys.setprofile(None)
    return number


@pytest.mark.parametrize("name", ENDLESS)
def test_what_is_past_a_limit_is_refused_before_the_work(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    start, piece, (limit, says) = ENDLESS[name]
    monkeypatch.setattr(f"store.formats.{limit}", FEW)
    ending = " A1 fill:#fff" if piece in (",A1", ",1") else ""
    few, many = (f"{start}{piece * times}{ending}\n" for times in (2 * FEW, 8 * FEW))
    assert [says in problem.what for problem in read(few).problems] == [True]
    assert read(few).problems == read(many).problems
    # Parting a text into lines costs two calls each, reading a line of prose twenty.
    more = calls(many) - calls(few)
    assert more < 5 * (many.count("\n") - few.count("\n")) + 100


def test_a_map_alone_has_the_limits_of_a_map(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("store.formats.document.outline.STEPS", FEW)
    text = "graph TD\n" + "A1 --> A2\n" * 2 * FEW
    assert read(text).map is not None
    monkeypatch.setattr("store.formats.mermaid.parser.ARROWS", FEW)
    assert read(text).map is None
    assert [LINKS[1] in problem.what for problem in read(text).problems] == [True]


def test_labels_that_do_not_end_are_looked_through_once(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = 0

    class Counting:
        def match(self, text: str, position: int) -> re.Match[str] | None:
            nonlocal seen
            found = bare.match(text, position)
            seen += len(found[0]) if found else 0
            return found

    bare = parser._UNQUOTED
    monkeypatch.setattr(parser, "_UNQUOTED", Counting())
    text = chart(*["A1>"] * 5_000)
    assert read(text).problems == ()
    assert seen < 2 * len(text)


def test_codes_of_many_categories_are_found_in_one_go() -> None:
    def attempts(number: int) -> int:
        text = "# Debt\n\n" + "".join(f"## x{n}\n\n{TABLE}| {n} | | High | Open |\n\n" for n in range(number))
        return calls(text)

    # The first time fills caches.
    attempts(200)
    assert attempts(400) < 2.2 * attempts(200)


@pytest.mark.parametrize("name", TAKEN)
def test_what_only_looks_like_much_is_read(name: str) -> None:
    reading = read(TAKEN[name])
    assert reading.problems == ()
    assert reading.register is not None
    assert [item.key for item in reading.register.items] == ["A-1"]


def test_what_stands_behind_deep_lists_is_read() -> None:
    deep = "\n".join("  " * depth + "- x" for depth in range(20))
    reading = read(document(deep, after=f"{deep}\n\n## Other\n\n{TABLE}{ROW.replace('A-1', 'B-1')}"))
    assert reading.register is not None
    assert [item.key for item in reading.register.items] == ["A-1", "B-1"]
