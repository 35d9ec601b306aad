"""`ai-debt diff`: what changed between two documents, for people, as JSON, and as git's diff driver."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from store.samples import SAMPLE_NAME, sample_text

if TYPE_CHECKING:
    from tests.cli.door import Door

TEXT = sample_text()


def told(door: Door, old: str, new: str) -> list[str]:
    """The lines that say how one document differs from another."""
    (door.home / "old.md").write_text(old, encoding="utf-8")
    return door.done("diff", "old.md", "-", stdin=new.encode()).lines


def edited(old: str, new: str, text: str = TEXT) -> str:
    """A text with one place changed."""
    assert text.count(old) == 1, old
    return text.replace(old, new)


def row(key: str, text: str = TEXT) -> str:
    """The line of an item's row."""
    return next(line for line in text.splitlines(keepends=True) if line.startswith(f"| {key} "))


def test_two_equal_documents(bare: Door) -> None:
    assert told(bare, TEXT, TEXT) == ["No changes."]
    assert told(bare, TEXT, TEXT.replace("\n", "\r\n")) == ["No changes."]
    assert bare("diff", "old.md", "old.md", "--exit-code").code == 0


def test_fields_items_and_dependencies_are_told_in_sentences(bare: Door) -> None:
    new = edited(row("CD-001"), row("CD-001").replace("High", "Low"))
    new = edited(row("MS-001", new), "", new)
    new = edited(row("EN-001", new), "| EN-009 | New debt | Low | | Fix it | Open |\n" + row("EN-001", new), new)
    new = edited('PD001 -->|"dead jobs mask"| DD001', 'PD001 -->|"hides"| DD001', new)
    new = edited("2026-02-17", "2026-03-01", new)
    assert told(bare, TEXT, new) == [
        "Removed MS-001: Catalog Staleness.",
        "Added EN-009: New debt.",
        "Set the severity of CD-001 from High to Low.",
        "Unlinked FL-001 from MS-001: amplified popularity biases.",
        "Unlinked CD-001 from MS-001: misconfig delays.",
        "Set the label of the link from PD-001 to DD-001 from dead jobs mask to hides.",
        "Set the Last Updated date of the register from 2026-02-17 to 2026-03-01.",
    ]


def test_what_follows_from_the_items_is_not_told_again(bare: Door) -> None:
    new = edited(row("EN-001"), row("EN-001").replace("Open", "Mitigated (pinned)"))
    new = edited("| Entanglement | 3 | 0 | 3 |", "| Entanglement | 2 | 1 | 3 |", new)
    new = edited("| **Total** | **11** | **4** | **15** |", "| **Total** | **10** | **5** | **15** |", new)
    new = edited("style EN001 fill:#ff9999", "style EN001 fill:#ffcc99", new)
    assert told(bare, TEXT, new) == [
        "Set the status of EN-001 from Open to Mitigated.",
        "Set the status note of EN-001 to pinned.",
    ]


def test_a_long_text_shows_what_differs_in_it(bare: Door) -> None:
    new = edited("the same Flink jobs. Changing a job's windowing", "the same Beam jobs. Changing a job's windowing")
    assert told(bare, TEXT, new) == [
        "Changed the description of EN-001:",
        "  - …features that come from the same Flink jobs. Changing a job's windowing,…",
        "  + …features that come from the same Beam jobs. Changing a job's windowing,…",
    ]


def test_lines_besides_the_register_are_shown(bare: Door) -> None:
    new = edited("## Debt Summary Dashboard\n", "## Debt Summary Dashboard\n\nCounted every Monday.\n")
    assert told(bare, TEXT, new) == [
        "Lines that do not change the register:",
        "@@ -82,2 +82,4 @@",
        " ",
        "+Counted every Monday.",
        "+",
        " | Category | Open | Mitigated | Total |",
    ]


def test_a_moved_item_is_told_where_it_went(bare: Door) -> None:
    moved = edited(row("EN-002"), "")
    new = edited(row("EN-001", moved), row("EN-002") + row("EN-001", moved), moved)
    assert told(bare, TEXT, new)[0] == "Moved EN-001."
    other = edited(row("PD-001", moved), row("EN-002") + row("PD-001", moved), moved)
    assert told(bare, TEXT, other)[0] == "Set the category of EN-002 from EN to PD."


def test_a_document_that_cannot_be_read_is_compared_by_lines(bare: Door) -> None:
    (bare.home / "old.md").write_text(TEXT, encoding="utf-8")
    new = edited(row("EN-001"), row("EN-001").replace("EN-001", "EN-003"))
    said = bare.done("diff", "old.md", "-", stdin=new.encode())
    assert [line[:9] for line in said.lines] == ["@@ -31,3 ", " |----|--", "-| EN-001", "+| EN-003", " | EN-002"]
    assert said.err == "stdin, line 34: EN-003 appears twice, on lines 32 and 34, so its lines are compared\n"
    shape = bare.done("diff", "old.md", "-", "--json", stdin=new.encode()).json
    assert shape["changes"] is None
    assert len(shape["lines"]) == 5  # type: ignore[arg-type]


def test_json_and_exit_code(bare: Door) -> None:
    (bare.home / "old.md").write_text(TEXT, encoding="utf-8")
    new = edited(row("CD-001"), row("CD-001").replace("High", "Low")).encode()
    said = bare("diff", "old.md", "-", "--json", "--exit-code", stdin=new)
    assert said.code == 3
    assert said.json == {
        "schema": 1,
        "changes": [{"entity": "item", "key": "CD-001", "field": "severity", "before": "High", "after": "Low"}],
        "lines": [],
    }


@pytest.mark.parametrize(
    "arguments",
    [*(["diff", *names] for names in ([], ["a"], ["a", "b", "c"], ["-", "-"], ["--git", "a", "b"]))],
    ids=" ".join,
)
def test_wrong_usage_is_exit_code_2(bare: Door, arguments: list[str]) -> None:
    said = bare(*arguments)
    assert (said.code, said.raw) == (2, b"")


def test_a_missing_document_is_refused(sample: Door) -> None:
    said = sample("diff", SAMPLE_NAME, "missing.md")
    assert (said.code, said.raw) == (1, b"")
    assert "missing.md cannot be read" in said.err
