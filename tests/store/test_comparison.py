"""What changed between two documents: values of items, and the lines that do not follow from them."""

from __future__ import annotations

from store.formats.document.comparison import compare
from store.formats.document.diff import Difference
from store.samples import sample_text

OLD = """\
# Quarry debts

> **Last Updated:** 2026-03-04

We meet on Mondays.

| ID | Debt | Severity | Status |
|----|------|----------|--------|
| QR-1 | Carts are counted twice | High | Open |
| QR-2 | One key for all gates | Low | Open |

Ask the foreman.

Then ask the mill.

See you on Monday.
"""


def test_a_changed_value_is_no_changed_line() -> None:
    new = OLD.replace("| High | Open |", "| High | Mitigated |").replace("2026-03-04", "2026-03-05")
    found = compare(OLD, new)
    assert found.differences == (
        Difference("item", "QR-1", "status", "Open", "Mitigated"),
        Difference("register", "", "last_updated", "2026-03-04", "2026-03-05"),
    )
    assert found.lines == ()


def test_blanks_that_only_line_columns_up_do_not_count() -> None:
    new = OLD.replace("| QR-2 | One key for all gates | Low |", "| QR-2 | One key for all gates   | Low    |")
    assert compare(OLD, new)[:2] == ((), ())


def test_other_lines_are_shown_with_the_lines_around_them() -> None:
    new = OLD.replace("Mondays", "Tuesdays").replace("the mill", "the lime kiln")
    new = new.replace("| Low | Open |", "| Low | In Progress |")
    found = compare(OLD, new)
    assert found.differences == (Difference("item", "QR-2", "status", "Open", "In Progress"),)
    assert found.lines == (
        "@@ -4,3 +4,3 @@",
        " ",
        "-We meet on Mondays.",
        "+We meet on Tuesdays.",
        " ",
        "@@ -13,3 +13,3 @@",
        " ",
        "-Then ask the mill.",
        "+Then ask the lime kiln.",
        " ",
    )


def test_changes_close_to_each_other_are_shown_together() -> None:
    new = OLD.replace("Ask the foreman.\n\nThen ask the mill.", "Ask the clerk.\n\nThen ask the kiln.")
    assert compare(OLD, new).lines == (
        "@@ -11,5 +11,5 @@",
        " ",
        "-Ask the foreman.",
        "+Ask the clerk.",
        " ",
        "-Then ask the mill.",
        "+Then ask the kiln.",
        " ",
    )
    assert compare(OLD, OLD.replace("See you on Monday.\n", "")).lines == (
        "@@ -15,2 +15 @@",
        " ",
        "-See you on Monday.",
    )


def test_a_paragraph_that_moved_is_not_torn_apart() -> None:
    parts = OLD.split("\n\n")
    new = "\n\n".join([*parts[:-3], parts[-2], parts[-3], parts[-1]])
    assert compare(OLD, new).lines == (
        "@@ -11,5 +11,5 @@",
        " ",
        "-Ask the foreman.",
        "-",
        " Then ask the mill.",
        "+",
        "+Ask the foreman.",
        " ",
    )


def test_numbers_that_follow_from_the_items_are_no_changes_of_their_own() -> None:
    old = sample_text()
    row = next(line for line in old.split("\n") if line.startswith("| BE-001 |"))
    assert row.endswith("| Open |")
    new = old.replace(row, row.removesuffix("| Open |") + "| Mitigated |")
    assert compare(old, new)[:2] == ((Difference("item", "BE-001", "status", "Open", "Mitigated"),), ())


def test_a_document_that_cannot_be_read_is_compared_line_by_line() -> None:
    found = compare(OLD, "Nothing but words.\n")
    assert found.differences is None
    assert found.lines[-1] == "+Nothing but words."
    before, after = found.problems
    assert before is None
    assert after is not None
    assert after.what == "the document does not contain a list of items"
    assert compare(OLD, OLD.replace("QR-2", "QR-1")).differences is None
