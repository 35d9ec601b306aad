"""A map alone: it adds to a register that is there, and the register's own document stays what it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from store.audit.undo import ImportUndoError, undo
from store.commands.dependencies import unlink
from store.commands.export import export_file
from store.commands.imports.apply import apply_import
from store.commands.imports.plan import DocumentCounts, plan_import, refuse_pruning
from store.commands.items import add_item, edit_items
from store.commands.settings import create
from store.db.database import Database
from store.errors import DocumentError, RegisterError
from store.samples import sample_text
from tests.store.asking import content, edges, exported, item, trail
from tests.store.importing import plan, take

if TYPE_CHECKING:
    from pathlib import Path

MAP = """\
flowchart LR
  subgraph S [Elsewhere]
    EN001["EN-001<br/>Feature Entanglement (Flink windowing)"] <-->|confuse| BE001["BE-001<br/>Wrapped"]
  end
  BE001 --- BE002
  X[Outside] --> S
  EN001 --> EN002[EN-002: Otherwise called]
  EN001 <-- EN003
"""


@pytest.mark.parametrize("text", [MAP, f"# Our map\n\nWords.\n\n```mermaid\n{MAP}```\n"])
def test_a_map_adds_what_is_not_there_and_names_what_it_leaves_out(db: Database, text: str) -> None:
    found, first = plan(db, text), text[: text.index("flowchart")].count("\n")
    assert (found.map_alone, found.first, found.problems) == (True, False, ())
    assert found.counts == DocumentCounts(dependencies=4)
    assert found.links == ("EN-001 -> BE-001 (confuse)", "BE-001 -> EN-001 (confuse)", "BE-001 -> BE-002")
    assert [(one.key, one.field, one.before, one.after) for one in found.changed] == [
        ("BE-001", "title", None, "Wrapped")
    ]
    assert (found.missing, found.missing_links, found.missing_categories, found.register_only) == ((), (), (), ())
    own = " ".join((item(db, "EN-002").title or "").split())
    assert [(notice.line - first, notice.what) for notice in found.notices] == [
        (5, "the line between BE001 and BE002 has no arrowhead: it is read as BE-001 to BE-002"),
        (6, "the map has a node for Outside, which is not an item"),
        (6, "the dependency X to S is left out: S is a subgraph"),
        (7, f"the map calls EN-002 'Otherwise called', its title stays {own!r}"),
        (8, "this line of the map is not understood: EN001 <-- EN003"),
    ]


def test_a_map_is_one_step_that_can_be_undone(db: Database) -> None:
    before, linked = content(db), edges(db)
    assert take(db, MAP) == "Imported the map: 1 titled, 3 linked"
    assert item(db, "BE-001").title == "Wrapped"
    new = {("EN-001", "BE-001", "confuse"), ("BE-001", "EN-001", "confuse"), ("BE-001", "BE-002", "")}
    assert edges(db) == {*linked, *new}
    assert len({change.batch for change in trail(db) if change.verb == "import-map"}) == 1
    assert take(db, MAP) == "Nothing changed"
    with pytest.raises(ImportUndoError):
        undo(db)
    assert undo(db, confirmed=True).message == "Undid: import"
    assert content(db) == before
    assert exported(db) == sample_text()


def test_a_map_leaves_the_document_what_it_is(db: Database, tmp_path: Path) -> None:
    file = tmp_path / "debt.md"
    export_file(db, file)
    take(db, MAP)
    old, new = sample_text().split("\n"), exported(db).split("\n")
    assert [line for line in old if line not in new] == ["> **Last Updated:** 2026-02-17"]
    assert {line for line in new if line not in old} == {
        "> **Last Updated:** 2026-03-03",
        '        BE001["BE-001<br/>Wrapped"]',
        '        BE002["BE-002"]',
        '    EN001 -->|"confuse"| BE001',
        '    BE001 -->|"confuse"| EN001',
        "    BE001 --> BE002",
        "    style BE001 fill:#ff9999",
        "    style BE002 fill:#ffcc99",
    }
    # The file is still known unchanged, so it is overwritten without being forced, and reads back the same.
    export_file(db, file)
    found = plan(db, file.read_text(encoding="utf-8"))
    assert (found.changed, found.links, found.missing_links, found.conflicts) == ((), (), (), ())


def test_a_map_knows_items_by_the_keys_they_had(db: Database) -> None:
    edit_items(db, ["BE-001"], {"key": "BE-009"})
    assert plan(db, "graph TD\nBE001 -->|x| BE002").links == ("BE-009 -> BE-002 (x)",)


def test_an_arrow_drawn_twice_is_added_once(db: Database) -> None:
    assert plan(db, "graph TD\nBE001 -->|x| BE002 -->|y| BE001\nBE001 ==> |x| BE002").links == (
        "BE-001 -> BE-002 (x)",
        "BE-002 -> BE-001 (y)",
    )


def test_what_no_register_can_hold_is_a_problem(db: Database) -> None:
    found = plan(db, f"graph TD\nBE001[{'x' * 70_000}]\nBE001 -->|{'y' * 70_000}| BE002")
    assert [(problem.line, problem.what) for problem in found.problems] == [
        (2, "title is 70,000 bytes long, the limit is 65,536"),
        (3, "label is 70,000 bytes long, the limit is 65,536"),
    ]
    with pytest.raises(DocumentError, match="line 2"):
        apply_import(db, found)


def test_a_map_alone_begins_no_register(tmp_path: Path) -> None:
    found = plan_import(None, f"%% ours\n{MAP}", path="map.mmd")
    assert (found.map_alone, [problem.line for problem in found.problems]) == (False, [2])
    assert "no severities and statuses" in found.problems[0].remedy
    with Database.create(tmp_path / "r.db") as db:
        with pytest.raises(DocumentError, match="this is a map without a table of items"):
            apply_import(db, found)
        assert plan(db, MAP).problems
        create(db, title="Begun")
        assert plan(db, MAP).problems
        for _ in range(2):
            add_item(db, {"category": "BE", "severity": "high", "description": "Words"})
        assert plan(db, MAP).links == ("BE-001 -> BE-002",)


def test_a_map_takes_nothing_away(db: Database) -> None:
    found = plan(db, MAP)
    for refuse in (lambda: refuse_pruning(found), lambda: apply_import(db, found, prune=True)):
        with pytest.raises(RegisterError, match="a map alone does not show what was removed"):
            refuse()
    assert exported(db) == sample_text()


def test_a_map_of_another_system_is_refused(db: Database) -> None:
    with pytest.raises(RegisterError, match="describes Another"):
        plan(db, f"# Map\n\n> **System:** Another\n\n```mermaid\n{MAP}```\n")


def test_a_map_is_not_taken_when_the_register_changed_meanwhile(db: Database, bo: Database) -> None:
    found = plan(db, MAP)
    unlink(bo, "EN-001", "EN-002")
    with pytest.raises(RegisterError, match="the register changed since"):
        apply_import(db, found)
