"""Import and export of documents whose map cannot be read, in whole or in part: nothing that it held is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from store.audit.undo import undo
from store.audit.verify import verify
from store.commands.dependencies import link, relabel, unlink
from store.commands.export import export_file
from store.commands.imports.apply import apply_import
from store.commands.imports.plan import plan_import
from store.commands.items import edit_items
from store.db.database import Database
from store.samples import sample_text
from tests.conftest import Ticks
from tests.store.asking import content, edges, exported, item
from tests.store.importing import EDGE, changed, plan, take

if TYPE_CHECKING:
    from pathlib import Path

    from store.formats.document.model import Dependency, Item

BROKEN = "this is not mermaid {{{"
HEADER = ("graph TD\n", f"{BROKEN}\n")
FIRST = '        EN001["EN-001<br/>Feature Entanglement<br/>(Flink windowing)"]\n'
BODY = sample_text()[sample_text().index("graph TD\n") : sample_text().index("```\n\n## Review Cadence")]
TITLE = "Feature Entanglement\n(Flink windowing)"


def titles(db: Database) -> dict[str, str | None]:
    """The titles of the items."""
    return {each.key: each.title for each in content(db).items}


def notices(db: Database, text: str) -> list[str]:
    """What the preview says about a text, except for its changes and what it says about the sample."""
    known = {notice.what for notice in plan(db, sample_text()).notices}
    return [str(notice) for notice in plan(db, text).notices if notice.what not in known]


def held(db: Database) -> tuple[tuple[Item, ...], tuple[Dependency, ...]]:
    """The items and the dependencies."""
    return content(db).items, content(db).dependencies


@pytest.mark.parametrize("prune", [False, True])
@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (*HEADER, "line 97: this mermaid block cannot be read ('this is not mermaid {{{')"),
        ("graph TD\n", "grph TD\n", "line 97: this mermaid block cannot be read ('grph TD')"),
        (BODY, "%% a comment\n\n???\n", "line 99: this mermaid block cannot be read ('???')"),
        (BODY, "", "line 96: this mermaid block is empty"),
    ],
)
def test_a_block_that_cannot_be_read_is_named_and_takes_nothing(
    db: Database, tmp_path: Path, old: str, new: str, said: str, *, prune: bool
) -> None:
    before, text = held(db), changed((old, new))
    told = notices(db, text)
    assert len(told) == 1
    assert told[0].startswith(f"{said}: the register keeps the titles and dependencies")
    found = plan(db, text)
    assert (found.changed, found.missing_links, found.counts.dependencies) == ((), (), 0)
    assert take(db, text, prune=prune) == "Imported 15 items: only the text around them changed"
    assert held(db) == before
    # Its text is the template now, and stays what it is.
    assert exported(db) == text
    edit_items(db, ["EN-001"], {"title": "Another", "status": "mitigated"})
    link(db, "BE-001", "BE-002", "feeds")
    unlink(db, "PD-001", "DD-001")
    written = exported(db)
    assert written.count("```mermaid") == 1
    assert f"```mermaid\n{new if old == BODY else BODY.replace(old, new)}```" in written
    assert "Mitigated |" in next(line for line in written.splitlines() if line.startswith("| EN-001 |"))
    # What was exported tells no more of the map: what was edited here stays.
    export_file(db, tmp_path / "debt.md")
    after = held(db)
    assert take(db, written) == "Imported 15 items: only the text around them changed"
    assert held(db) == after
    # Once it is fixed, the map is compared with what it said before it broke.
    fixed = written.replace(
        f"```mermaid\n{new if old == BODY else BODY.replace(old, new)}```", f"```mermaid\n{BODY}```"
    )
    found = plan(db, fixed)
    assert (found.conflicts, found.changed, found.links, found.missing_links) == ((), (), (), ())
    take(db, fixed)
    assert held(db) == after
    assert 'PD001 -->|"dead jobs mask"| DD001' not in exported(db)
    assert '"EN-001<br/>Another"' in exported(db)


def test_what_the_fixed_map_says_otherwise_is_taken(db: Database) -> None:
    take(db, changed(HEADER))
    take(db, changed(HEADER, ("Dead Flink Jobs", "Dead Jobs")))
    edit_items(db, ["DD-001"], {"title": "Ours"})
    fixed = changed(("Popularity Amplification", "Popularity"), ("dead jobs mask", "hide"), (EDGE, ""))
    found = plan(db, fixed)
    assert [(each.key, each.before, each.after) for each in found.changed] == [
        ("FL-001", "Popularity Amplification", "Popularity"),
        ("PD-001 -> DD-001", "dead jobs mask", "hide"),
    ]
    assert found.missing_links == ("EN-001 -> EN-002 (feature changes cascade to)",)
    assert found.conflicts == ()
    take(db, fixed, prune=True)
    assert (item(db, "FL-001").title, item(db, "DD-001").title) == ("Popularity", "Ours")
    assert ("PD-001", "DD-001", "hide") in edges(db)
    assert len(edges(db)) == 6


def test_an_import_of_a_broken_map_that_was_undone_is_not_what_the_next_is_compared_with(db: Database) -> None:
    take(db, changed(HEADER))
    take(db, changed(("Popularity Amplification", "Popularity")))
    undo(db, confirmed=True)
    assert titles(db)["FL-001"] == "Popularity Amplification"
    assert plan(db, sample_text()).changed == ()
    assert plan(db, sample_text()).conflicts == ()


def test_a_first_import_with_a_broken_map_takes_the_rest_and_the_next_the_map(tmp_path: Path) -> None:
    with Database.create(tmp_path / "register.db", clock=Ticks(), actor="ana") as db:
        found = plan_import(None, changed(HEADER), path=None)
        assert [notice.line for notice in found.notices if BROKEN in notice.what] == [97]
        apply_import(db, found)
        assert set(titles(db).values()) == {None}
        edit_items(db, ["BE-001"], {"title": "Mine"})
        link(db, "BE-001", "BE-002", "feeds")
        assert exported(db) == changed(HEADER)
        take(db, sample_text())
        assert titles(db)["EN-001"] == TITLE
        assert titles(db)["BE-001"] == "Mine"
        assert len(edges(db)) == 8
        assert verify(db) == ()
        assert exported(db).count("```mermaid") == 1
        assert "BE-001<br/>Mine" in exported(db)


UNREAD_NODE = (FIRST, '        EN001["EN-001<br/>Feature Entanglement<br/>(Flink windowing)\n')
UNREAD_EDGE = (EDGE, '    EN001 -->|"feature changes cascade to EN002\n')


@pytest.mark.parametrize("prune", [False, True])
@pytest.mark.parametrize("pair", [UNREAD_NODE, UNREAD_EDGE])
def test_a_line_that_cannot_be_read_takes_nothing_that_it_may_hold(
    db: Database, pair: tuple[str, str], *, prune: bool
) -> None:
    before, text = held(db), changed(pair, ("Popularity Amplification", "Popularity"))
    told = notices(db, text)
    assert any("this line of the map is not understood" in each for each in told)
    take(db, text, prune=prune)
    assert titles(db) == {each.key: each.title for each in before[0]} | {"FL-001": "Popularity"}
    assert content(db).dependencies == before[1]
    assert exported(db) == text
    # What the readable lines hold is written and read as ever; what the other may hold is not written again.
    edit_items(db, ["EN-001"], {"title": "Another"})
    edit_items(db, ["DD-001"], {"title": "Schemas"})
    relabel(db, "PD-001", "DD-001", "dead jobs mask", "hide")
    written = exported(db)
    assert pair[1] in written
    assert "DD-001<br/>Schemas" in written
    assert 'PD001 -->|"hide"| DD001' in written
    assert written.count("EN-001<br/>") == 1
    after = held(db)
    assert take(db, written, prune=prune).startswith("Imported 15 items")
    assert held(db) == after


def test_a_readable_map_counts_wherever_a_broken_block_is(db: Database) -> None:
    broken = f"```mermaid\n{BROKEN}\n  FL001 --> MS001\n```\n\n"
    text = changed(("```mermaid\ngraph TD", f"{broken}```mermaid\ngraph TD"), ("Dead Flink Jobs", "Dead Jobs"))
    assert len(notices(db, text)) == 1
    take(db, text)
    assert titles(db)["PD-001"] == "Dead Jobs"
    assert exported(db) == text
    edit_items(db, ["PD-002"], {"title": "Skew"})
    assert "PD-002<br/>Skew" in exported(db)
    assert broken in exported(db)


@pytest.mark.parametrize(
    ("kind", "first"),
    [("sequenceDiagram", "sequenceDiagram"), ("pie", "pie title Debt"), ("gantt", "gantt"), ("mindmap", "mindmap")],
)
def test_another_diagram_is_not_a_map_and_is_named_where_there_is_none(db: Database, kind: str, first: str) -> None:
    other = f"```mermaid\n{first}\n    a: 1\n```\n\n"
    beside = changed(("```mermaid\ngraph TD", f"{other}```mermaid\ngraph TD"))
    assert notices(db, beside) == []
    assert plan(db, beside).changed == ()
    instead = changed((f"```mermaid\n{BODY}```\n\n", other))
    assert notices(db, instead) == [
        f"line 97: this {kind} diagram is not a map: titles and dependencies are read only from a flowchart"
    ]
    assert len(plan(db, instead).changed) == 9


def test_a_map_that_was_removed_on_purpose_is_removed(db: Database) -> None:
    text = changed((f"```mermaid\n{BODY}```\n\n", ""))
    assert notices(db, text) == []
    found = plan(db, text)
    assert {each.field for each in found.changed} == {"title"}
    assert len(found.missing_links) == 7
    take(db, text, prune=True)
    assert edges(db) == set()
    assert exported(db) == text


@pytest.mark.parametrize("damage", [" {{{ ?", '"', " <<<<", "] ["])
def test_no_damaged_line_of_a_map_takes_anything(db: Database, damage: str) -> None:
    lines = BODY.splitlines(keepends=True)
    for number, line in enumerate(lines):
        broken = "".join((*lines[:number], line.rstrip("\n") + damage + "\n", *lines[number + 1 :]))
        found = plan(db, changed((BODY, broken)))
        assert [(each.key, each.after) for each in found.changed if each.after is None] == [], line
        assert found.missing_links == (), line
