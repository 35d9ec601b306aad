"""A document is checked by itself, without a register."""

from __future__ import annotations

from datetime import date

from store.formats.document.lint import RULES, lint

TODAY = date(2027, 1, 1)
TEXT = """\
# Debts

## Pumps

| ID | Description | Severity | Status | Due | Accepted Until |
|----|-------------|----------|--------|-----|----------------|
| PU-1 | Ears are the only gauge | Dire | Open | 2026-03-31 | |
| PU-2 | Oil is never weighed | Low | Accepted | | 2026-06-30 |
| PU-3 | Belts are spare | Low | Mitigated | 2026-03-31 | |
| PU-4 | Bolts are loose | High | Open | soon | |

| Category | Open | Mitigated | Total |
|----------|------|-----------|-------|
| Pumps | 3 | 1 | 4 |
"""


def test_findings_are_in_the_order_of_their_lines() -> None:
    found = lint(TEXT, today=TODAY)
    assert [(each.line, each.rule, each.level) for each in found] == [
        (7, "unknown-word", "warning"),
        (7, "overdue", "warning"),
        (8, "acceptance-ended", "warning"),
        (10, "invalid-date", "warning"),
        (14, "wrong-count", "warning"),
    ]
    assert found[1].message == "PU-1 is overdue: it was due on 2026-03-31"
    assert found[2].remedy == RULES["acceptance-ended"].remedy
    assert [each.rule for each in found if each.is_derived] == ["wrong-count"]


def test_rules_can_be_ignored_and_days_pass() -> None:
    ignored = {"unknown-word", "invalid-date", "wrong-count"}
    assert lint(TEXT, today=date(2026, 3, 31), ignore=ignored) == ()
    assert [each.rule for each in lint(TEXT, today=date(2026, 4, 1), ignore=ignored)] == ["overdue"]


def test_what_cannot_be_read_is_an_error() -> None:
    found = lint(TEXT.replace("PU-2", "PU-1"), today=TODAY)
    assert ("duplicate-key", "error", 8) in [(each.rule, each.level, each.line) for each in found]
    assert [(each.rule, each.level) for each in lint("Only words.\n", today=TODAY)] == [("no-items", "error")]
