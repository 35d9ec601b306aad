"""What a person settles about how a document is read, and what is reported as understood."""

from __future__ import annotations

import pytest

from store.enums import Severity, Status
from store.errors import InvalidValueError
from store.formats.document.reader import read
from store.formats.document.rules import EVERYTHING, REFERENCE, ReadingRules, read_mapping, stored_rules
from store.formats.document.understanding import FoundList, FoundName, FoundWord, LeftText, understand, unused
from store.samples import sample_text

MAPPING = """\
[columns]
"Sore point" = "title"
"When we logged it" = "Opened"
Smell = "extra"
Mood = "ignore"

[severities]
"Sev-1" = "critical"
Shrug = "unrated"

[statuses]
Parked = "accepted"
"""
DOCUMENT = """\
# Sore points of the mill

Kept by the millers.

## Points of the crew

| Sore point | Severity | Status | When we logged it | Smell | Mood |
|------------|----------|--------|-------------------|-------|------|
| Stones are dressed by eye | Sev-1 | Parked | 2026-05-06 | dust | low |
| The sluice has two owners | Shrug | Sleeping | | | |
| | | | | | |

## What we do on Mondays

We read this aloud.
And then we do not.

| Severity | Hours | Status |
|----------|-------|--------|
| Sev-1 | 3 | Parked |
| Sev-1 | 4 | Parked |
"""


def test_a_mapping_says_what_columns_and_words_mean() -> None:
    rules = read_mapping(MAPPING)
    register = read(DOCUMENT, rules=rules).register
    assert register is not None
    first, second = register.items
    assert (first.title, first.severity, first.status) == (
        "Stones are dressed by eye",
        Severity.CRITICAL,
        Status.ACCEPTED,
    )
    assert (str(first.opened_on), first.extra) == ("2026-05-06", (("Smell", "dust"),))
    assert (second.severity, second.status) == (None, Status.OPEN)


def test_rules_are_stored_and_read_back() -> None:
    rules = read_mapping(MAPPING)
    assert rules.role("  sore POINT ") == "title"
    assert rules.role("Where") is EVERYTHING.role("Where") is None
    assert stored_rules(rules.json, ["TD-001", "TD-002"]) == rules._replace(keys=("TD-001", "TD-002"))
    assert stored_rules(EVERYTHING.json, None) == EVERYTHING
    # A mapping from before there were links.
    assert stored_rules({}, None) == EVERYTHING._replace(unread=frozenset({"links"}))
    assert stored_rules(None, None) is REFERENCE


def test_new_rules_come_before_former_ones() -> None:
    former = read_mapping(MAPPING)._replace(keys=("TD-001",))
    newer = ReadingRules().with_role("Smell", "description").with_status("Parked", "mitigated")
    both = newer.with_severity("Sev-2", "high").over(former)
    assert (both.role("Smell"), both.role("Mood"), both.keys) == ("description", "ignore", ())
    assert both.statuses == {"parked": Status.MITIGATED}
    assert set(both.severities.values()) == {Severity.CRITICAL, None, Severity.HIGH}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[columns", "the mapping is not TOML"),
        ("[colors]\nRed = 'high'", "unknown entry 'colors' in the mapping"),
        ("columns = 3", "unknown entry 'columns' in the mapping"),
        ("[columns]\nRisk = 3", r"'Risk' in \[columns\] of the mapping is not a string"),
        ("[columns]\nRisk = 'color'", "unknown field 'color'"),
        ("[columns]\n'**' = 'title'", r"'\*\*' has no letters or digits"),
        ("[severities]\nRed = 'awful'", "unknown severity 'awful'"),
        ("[statuses]\nRed = 'gone'", "unknown status 'gone'"),
    ],
)
def test_a_mapping_that_cannot_be_used_is_refused(text: str, said: str) -> None:
    with pytest.raises(InvalidValueError, match=said):
        read_mapping(text)


def test_what_was_understood_names_every_list_column_and_word() -> None:
    found = understand(DOCUMENT, read_mapping(MAPPING))
    assert found.lists == (FoundList("table", 7, 2, "Points of the crew", "Points of the crew"),)
    assert found.names[:6] == (
        FoundName("Sore point", "title", (7,)),
        FoundName("Severity", "severity", (7,)),
        FoundName("Status", "status", (7,)),
        FoundName("When we logged it", "opened_on", (7,)),
        FoundName("Smell", "extra", (7,)),
        FoundName("Mood", "ignore", (7,)),
    )
    assert found.roles_of("severity") == ["severity", None]
    assert found.words == (
        FoundWord("severity", "Sev-1", Severity.CRITICAL, True, 1),
        FoundWord("severity", "Shrug", None, True, 1),
        FoundWord("status", "Parked", Status.ACCEPTED, True, 1),
        FoundWord("status", "Sleeping", Status.OPEN, False, 1),
    )
    assert found.text == (
        LeftText("Sore points of the mill", 1, 1),
        LeftText("What we do on Mondays", 13, 6),
    )
    assert [each.what for each in found.not_items] == ["this row is not an item: it is empty"]
    assert [(each.line, each.what) for each in found.not_taken] == [
        (18, "this table has Severity and Status but no ID or title column")
    ]
    assert not found.is_usual


def test_the_sample_is_the_usual_shape() -> None:
    found = understand(sample_text())
    assert found.is_usual
    assert {each.shape for each in found.lists} == {"table"}
    assert sum(each.items for each in found.lists) == 15
    assert {each.role for each in found.names} == {
        *("key", "description", "severity", "status", "components", "mitigation_plan")
    }
    assert all(each.known for each in found.words)


ENTRIES = """\
# Owed

## High

### Steam is measured twice

- **Owner:** Boiler room
- **Why not now:** nobody is there
- **Mood:** low

## Low

1. **Gauges are blurred**
   - Status: ~~Open~~
2. **The bell is loud**
   - Status: -
"""


def test_headings_and_lists_are_understood_like_tables() -> None:
    found = understand(ENTRIES, ReadingRules().with_role("Mood", "ignore"))
    assert [(each.shape, each.line, each.items, each.heading, each.severity) for each in found.lists] == [
        ("headings", 5, 1, "High", Severity.HIGH),
        ("list", 13, 2, "Low", Severity.LOW),
    ]
    assert [(each.name, each.role, each.lines) for each in found.names] == [
        ("Owner", "owner", (5,)),
        ("Why not now", "extra", (5,)),
        ("Mood", "ignore", (5,)),
        ("Status", "status", (13,)),
    ]
    assert [(each.word, each.uses) for each in found.words] == [("Open", 1)]


def test_lines_of_csv_are_those_of_the_file() -> None:
    text = 'Debt,Severity,Plan\n"Two\nlines",High,later\nOne line,Sore,\n'
    found = understand(text)
    assert found.lists == (FoundList("CSV", 1, 2),)
    assert found.text == ()
    assert ("severity", "Sore", False) in {(each.field, each.word, each.known) for each in found.words}


def test_a_rule_that_nothing_needs_is_named() -> None:
    rules = read_mapping(MAPPING)
    assert unused(DOCUMENT, rules) is None
    assert unused(DOCUMENT, rules.with_status("Adrift", "open")) == "adrift"
    assert unused(DOCUMENT, EVERYTHING) is None
