"""`ai-debt lint`: documents checked without a register, for people, for pipelines and for pull requests."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from store import clock
from store.formats.document.lint import RULES
from tests.program import ROOT

if TYPE_CHECKING:
    from tests.cli.door import Door

CLEAN = """\
# Debt of the ranking team

> **System:** Ranking
> **Last Updated:** 2026-02-01

## Entanglement

| ID | Description | Severity | Due | Accepted Until | Status |
|---|---|---|---|---|---|
| EN-1 | Two rankers share features | High | 2026-05-01 | | Open |
| EN-2 | Thresholds copied by hand | Low | | 2026-06-30 | Accepted |

## Dashboard

| Category | Open | Accepted | Total |
|---|---|---|---|
| Entanglement | 1 | 1 | 2 |
| **Total** | **1** | **1** | **2** |

## Map

```mermaid
graph TD
    EN1["EN-1"] -->|"slows"| EN2["EN-2"]
    style EN1 fill:#ff9999
    style EN2 fill:#ffcc99
```
"""
CODE = "<!-- code: A -->"
EMPTY = "\n| ID | Severity | Status |\n|---|---|---|\n\n"
BROKEN = CLEAN.replace("| 1 | 1 | 2 |", "| 2 | 1 | 2 |").replace("EN2 fill:#ffcc99", "EN2 fill:#FF9999")


@pytest.fixture(autouse=True)
def in_march(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 3, 2, 9, tzinfo=UTC))


@pytest.fixture
def document(bare: Door) -> Path:
    path = bare.home / "debt.md"
    path.write_text(CLEAN, encoding="utf-8")
    return path


def rules_in(door: Door, text: str) -> list[tuple[int, str]]:
    """The line and the rule of everything that is found in a text."""
    said = door("lint", "-", "--json", stdin=text.encode())
    findings = said.json["findings"]
    assert isinstance(findings, list)
    assert said.code == (3 if findings else 0)
    assert all(each["severity"] == RULES[each["rule"]].level and each["remedy"] for each in findings)
    return [(each["line"], each["rule"]) for each in findings]


@pytest.mark.usefixtures("document")
def test_a_clean_document_is_exit_code_0_and_needs_no_register(bare: Door) -> None:
    said = bare.done("lint", "debt.md")
    assert (said.out, said.err) == ("No problems in 1 file.\n", "")
    assert bare.done("lint", "debt.md", "--format", "github").raw == b""
    assert bare.done("lint", "debt.md", "--json").json == {"schema": 1, "findings": [], "fixed": []}
    assert not bare.database.exists()


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("| EN-2 | T", "| EN-1 | T", (11, "duplicate-key")),
        ("| EN-2 | T", "| en-1 | T", (11, "spelled-twice")),
        ("| EN-2 | T", "| ??? | T", (11, "invalid-key")),
        ("| Low |", "| Lowish |", (11, "unknown-word")),
        ("| Open |\n", "| Ajar |\n", (10, "unknown-word")),
        ("2026-05-01", "some day", (10, "invalid-date")),
        ("2026-05-01", "2026-03-01", (10, "overdue")),
        ("2026-06-30", "2026-03-01", (11, "acceptance-ended")),
        ("| Accepted |\n", "| Accepted | more |\n", (11, "cell-count")),
        ("> **System:**", "<<<<<<< ours\n> **System:**", (3, "conflict-marker")),
        ("| Entanglement | 1 | 1 |", "| Entanglement | 7 | 1 |", (17, "wrong-count")),
        ("| Entanglement | 1 |", "| Pipelines | 0 | 0 | 0 |\n| Entanglement | 1 |", (17, "unknown-category")),
        ("EN1 fill:#ff9999", "EN1 fill:#00ff00", (25, "wrong-color")),
        ("    style EN1", "    EN1 --> GONE\n    style EN1", (25, "dangling-dependency")),
        ("    style EN1", '    X["EN-9<br/>Gone"]\n    style EN1', (25, "dangling-node")),
        ("    style EN1", "    EN1 --- EN2\n    style EN1", (25, "undirected-dependency")),
        ("    style EN1", "    ~~ what\n    style EN1", (25, "unread-map")),
        ("## Dashboard", "> | ID | Severity | Status |\n> |-|-|-|\n\n## Dashboard", (13, "unread-table")),
        ("## Dashboard", "## Review Cadence\n\nEvery week.\n\n## Dashboard", (15, "unread-cadence")),
        ("## Dashboard", "<!-- code: A -->\n## Dashboard", None),
        ("## Entanglement\n", f"## Loops\n{CODE}\n{EMPTY}## Entanglement\n{CODE}\n", (13, "duplicate-code")),
        (CLEAN, "# Only words\n", (1, "no-items")),
        ("Ranking\n", "Ranking" + "x" * 70_000 + "\n", (3, "too-long")),
        ("> **System:**", "> **Project Total:** many\n> **System:**", (3, "invalid-value")),
    ],
)
def test_each_rule_finds_its_line(bare: Door, old: str, new: str, found: tuple[int, str] | None) -> None:
    text = CLEAN.replace(old, new, 1)
    assert text != CLEAN
    assert rules_in(bare, text)[:1] == ([found] if found else [])


def test_everything_that_is_wrong_is_found_at_once(bare: Door) -> None:
    text = BROKEN.replace("2026-05-01", "2026-01-31")
    assert rules_in(bare, text) == [(10, "overdue"), (17, "wrong-count"), (26, "wrong-color")]
    said = bare("lint", "-", stdin=text.encode())
    assert said.code == 3
    assert said.lines[0] == (
        "stdin:10: warning: EN-1 is overdue: it was due on 2026-01-31: resolve it, or set a new date [overdue]"
    )


COUNTED = """\
# Owed

| Priority | Count | Days to answer |
|----------|-------|----------------|
| High     | 2     | 1              |
| Low      | **7** | 30             |

## High (3)

| Item     | Owner |
|----------|-------|
| Slow job | Ida   |
| ~~Old data~~ |   |

## Low (1)

- **No notes**

## History (2025)

- **Rust**: [P1]
"""


def test_numbers_in_headings_and_tables_are_checked_and_corrected(bare: Door) -> None:
    found = bare("lint", "-", stdin=COUNTED.encode())
    assert found.lines[:2] == [
        "stdin:6: warning: 'Low, Count' says 7, but the items say 1: run `ai-debt lint --fix` [wrong-count]",
        "stdin:8: warning: 'High' says 3, but the items say 2: run `ai-debt lint --fix` [wrong-count]",
    ]
    Path("owed.md").write_text(COUNTED, encoding="utf-8")
    bare.done("lint", "owed.md", "--fix")
    right = COUNTED.replace("| **7** |", "| **1** |").replace("High (3)", "High (2)")
    assert Path("owed.md").read_text(encoding="utf-8") == right


def test_overdue_debt_that_is_resolved_is_left_alone(bare: Door) -> None:
    text = CLEAN.replace("2026-05-01 | | Open", "2026-03-01 | | Accepted").replace("2026-06-30", "2026-03-02")
    assert {rule for _, rule in rules_in(bare, text)} == {"wrong-count", "wrong-color"}


def test_fix_corrects_derived_text_and_nothing_else(bare: Door, document: Path) -> None:
    text = BROKEN.replace("2026-05-01", "2026-01-31").replace("\n", "\r\n")
    document.write_bytes(text.encode())
    document.chmod(0o640)
    said = bare("lint", "debt.md", "--fix")
    assert said.code == 3
    assert [line.partition(": ")[2].partition(":")[0] for line in said.lines[:-1]] == ["fixed", "fixed", "warning"]
    assert said.lines[-1] == "2 findings fixed, 1 warning in 1 file."
    assert document.read_bytes().decode() == CLEAN.replace("2026-05-01", "2026-01-31").replace("\n", "\r\n")
    assert document.stat().st_mode & 0o777 == 0o640
    before = document.stat().st_mtime_ns
    assert "fixed" not in bare("lint", "debt.md", "--fix").out
    assert document.stat().st_mtime_ns == before


def test_what_is_ignored_is_neither_reported_nor_fixed(bare: Door, document: Path) -> None:
    document.write_text(BROKEN, encoding="utf-8")
    said = bare.done("lint", "debt.md", "--fix", "--ignore", "wrong-color", "--json").json
    assert said["findings"] == []
    assert [each["rule"] for each in said["fixed"]] == ["wrong-count"]  # type: ignore[index, union-attr]
    assert document.read_text(encoding="utf-8") == CLEAN.replace("EN2 fill:#ffcc99", "EN2 fill:#FF9999")
    wrong = bare("lint", "debt.md", "--ignore", "wrong-colors")
    assert wrong.code == 2
    assert "unknown rule 'wrong-colors'" in wrong.err


def test_styles_of_several_nodes_are_split_where_one_is_wrong(bare: Door, document: Path) -> None:
    document.write_text(
        CLEAN.replace(
            "    style EN1 fill:#ff9999\n    style EN2 fill:#ffcc99\n", "    style EN1,EN2 fill:#f99,stroke:#333\n"
        ),
        encoding="utf-8",
    )
    bare.done("lint", "debt.md", "--fix")
    styles = [line for line in document.read_text(encoding="utf-8").splitlines() if "style" in line]
    assert styles == ["    style EN1 fill:#f99,stroke:#333", "    style EN2 fill:#ffcc99,stroke:#333"]


def test_annotations_escape_what_a_workflow_command_would_read(bare: Door) -> None:
    name = "a,b:c%d.md"
    (bare.home / name).write_text(CLEAN.replace("| Open |\n", "| 50%::x |\n"), encoding="utf-8")
    said = bare("lint", name, "--format", "github")
    assert said.code == 3
    assert said.lines == [
        "::warning file=a%2Cb%3Ac%25d.md,line=10,title=unknown-word::EN-1: unknown status '50%25::x': "
        "it is kept as text: correct it, or say what it means when you import it"
    ]


def test_several_files_are_checked_also_where_one_cannot_be_read(bare: Door, document: Path) -> None:
    (bare.home / "broken.md").write_text(BROKEN, encoding="utf-8")
    (bare.home / "binary.md").write_bytes(b"\x00\x01")
    said = bare("lint", "broken.md", "missing.md", "binary.md", str(document))
    assert said.code == 1
    assert said.lines[-1] == "2 warnings in 2 files; 2 can be fixed with --fix."
    assert "missing.md cannot be read (No such file or directory)" in said.err
    assert "binary.md, line 1: there is a NUL byte" in said.err


@pytest.mark.parametrize(
    "arguments", [["lint"], ["lint", ""], ["lint", "-", "--fix"], ["lint", "-", "--format", "xml"]], ids=" ".join
)
def test_wrong_usage_is_exit_code_2(bare: Door, arguments: list[str]) -> None:
    said = bare(*arguments)
    assert (said.code, said.raw) == (2, b"")


def test_every_rule_is_documented() -> None:
    text = (ROOT / "docs" / "documents-as-code.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `([a-z-]+)` \| (\w+) \|", text, re.MULTILINE))
    assert rows == {name: rule.level for name, rule in RULES.items()}
