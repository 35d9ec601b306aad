"""Documents from anywhere: taken in whole or refused in a sentence, and a refusal leaves the register as it was."""

from __future__ import annotations

import shutil
from random import Random
from typing import TYPE_CHECKING

import pytest

from store.database import Database
from store.errors import RegisterError
from store.formats.document import decode, read, write
from store.formats.document.limits import ARROWS, COLUMNS, HEADINGS, LINES, ROWS
from store.formats.document.outline import DEPTH
from store.register import add_item, apply_import, plan_import
from store.samples import sample_text
from tests.counts import count
from tests.store.asking import content
from tests.store.charts import Charts
from tests.store.documents import BY_HAND, COMPACT, FOOTNOTES, ODD
from tests.store.hostile import PIECES, Hostile

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

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
    with db.read() as session:
        plan = plan_import(session, text, path="debt.md")
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
    "headings": (document("# a\n" * (HEADINGS + 1)), f"the limit is {HEADINGS:,}"),
    "arrows": (chart(f"{NODES} --> {NODES}"), f"the map has 90,000 arrows, the limit is {ARROWS:,}"),
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
    "total": (document(f"> **Project Total:** {'9' * 10**6}"), "is no number"),
    "status": (document(rows=f"| A-1 | | High | {'(' * 50_000} |\n"), "there is no status"),
}
TAKEN = {
    "links": document("http://a." * 5_000),
    "brackets": document("[" * 50_000, rows=f"| A-1 | {'[' * 50_000} | High | Open |\n"),
    "one line": document("word " * 10_000, after="word " * 200_000),
    "emphasis": document("*a " * 20_000),
    "lists": document("\n".join("  " * depth + "- x" for depth in range(30))),
    "fence": document(after="```\n" + "x\n" * 10_000),
    "subgraphs": chart(*["subgraph s"] * 10_000, *["end"] * 10_000),
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
